"""Related articles as lines: three kinds that are never mixed, and why a row is among them, in words. Pure.

*Same story* and *earlier / later* are computed; *maybe* is computed and not sure enough to be a story; the
publisher's own links were not computed at all, and are shown with their host.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from urllib.parse import urlsplit

from aggregator.dataclass import dataclass
from aggregator.model import Article, ArticleRow, LinkKind, PageRelated, Related, Story
from aggregator.text.inert import safe_url
from tui import render
from tui.keys import key_of
from tui.lines import Document, Line, Target, flow, joined, listed, readable
from tui.render import GLYPHS, Span

HEADINGS = {
    LinkKind.SAME: "SAME STORY",
    LinkKind.EARLIER: "EARLIER IN THE STORYLINE",
    LinkKind.LATER: "LATER IN THE STORYLINE",
    LinkKind.MAYBE: "MAYBE RELATED",
    LinkKind.PUBLISHER: "PUBLISHER'S OWN LINKS",
}
MEANING = {
    LinkKind.SAME: "Both tell the same story. Computed from their words, names, numbers and times.",
    LinkKind.EARLIER: "An earlier story that this one goes on from. Computed.",
    LinkKind.LATER: "A later story that goes on from this one. Computed.",
    LinkKind.MAYBE: "Perhaps the same story, perhaps only like it. Computed.",
    LinkKind.PUBLISHER: "The publisher's own page links to it. Nothing was computed.",
}
CACHED = "cached"
"""The mark of a publisher's link that opens here; what has it not opens in the browser."""
ONE_LINE = 64
"""Cells from which number, outlet, headline and time stand in one line; below, the headline is under them."""
NUMBER, LANGUAGE, OUTLET, APART = 3, 3, 19, 12
"""Cells of the columns round the headline: ``12 ``, ``ar ``, an outlet, ``  day before``."""
TITLE_LINES = 3
"""Lines of a headline at most: longer ones are a paragraph, which opening them shows."""
DAYS = 14
"""Days from which a date says more than a distance."""
SURE = ((0.9, "very sure"), (0.7, "fairly sure"), (0.5, "more likely than not"), (0.0, "not sure"))
"""Least probability -> how sure that is in words."""


def section(document: Document, article: Article, related: Sequence[Related], now: int) -> None:
    """The related articles by kind, numbered through; the publisher's links are the last kind."""
    elsewhere = elsewhere_links(article)
    if not related and not elsewhere:
        document.text(
            "None yet. They are looked for when an article arrives, in all feeds and languages.", "dim"
        )
    numbers = count(1)
    for kind in HEADINGS:
        group = [item for item in related if item.kind is kind]
        links = elsewhere if kind is LinkKind.PUBLISHER else []
        if group or links:
            document.gap()
            heading(document, kind, len(group) + len(links), host(article.url))
        for item in group:
            related_row(document, item, next(numbers), article.row.at, now)
        for link in links:
            elsewhere_row(document, link, next(numbers))


def elsewhere_links(article: Article) -> list[PageRelated]:
    """What the publisher's page links to that is not in the cache."""
    return [link for link in article.page.related if safe_url(link.url)] if article.page else []


def heading(document: Document, kind: LinkKind, number: int, where: str) -> None:
    """What kind the rows below are, and how many; the publisher's with the host."""
    facts = {LinkKind.PUBLISHER: joined((where, str(number))), LinkKind.SAME: f"{number} more"}
    room = document.width - render.cells(HEADINGS[kind]) - 2
    fact = render.line(facts.get(kind, str(number)), room).rstrip() if room > 0 else ""
    document.add((HEADINGS[kind], "head"), (f"  {fact}" if fact else "", "dim"))


def related_row(document: Document, item: Related, number: int, reference: int, now: int) -> None:
    """One related article: number, language, outlet, headline, how much later; who else has its text."""
    row = item.row
    document.targets.append(Target("related", article_id=row.id))
    here = f"{CACHED} " if item.kind is LinkKind.PUBLISHER and document.width >= ONE_LINE else ""
    role = "unread" if row.unread else "text"
    entry(
        document,
        number,
        (row.language, row.outlet, here + apart(row.at, reference, now)),
        (readable(row.title) or "(no title)", role),
        row.language,
    )
    if item.also:
        under(document, f"same text: {listed(item.also)}")


def elsewhere_row(document: Document, link: PageRelated, number: int) -> None:
    """A publisher's link to what is not in the cache: its host, the words that announce it, its address."""
    url = safe_url(link.url)
    document.targets.append(Target("related", url=url))
    words = ": ".join(part for part in map(readable, (link.marker, link.text)) if part)
    entry(document, number, ("", host(url), "in browser"), (words or url, "link"), "")
    lead = f"{' ' * indent(document)}not {CACHED} {GLYPHS.dot} "
    address = render.line(url, document.width - render.cells(lead))
    document.add((lead, "dim"), (address, "dim"), target=len(document.targets) - 1)


def indent(document: Document) -> int:
    """Where headlines begin."""
    return NUMBER + LANGUAGE + (OUTLET + 1 if document.width >= ONE_LINE else 0)


def entry(document: Document, number: int, facts: tuple[str, str, str], title: Span, language: str) -> None:
    """A row of the section; ``facts`` are language, outlet, time."""
    code, outlet, when = facts
    width, target, paragraph = document.width, len(document.targets) - 1, document.begin()
    head: list[Span] = [(f"{number:>2} ", "accent"), (f"{render.line(code, 2)} ", "dim")]
    left = width - indent(document)
    after: tuple[Span, ...] = ()
    if width >= ONE_LINE:
        head.append((f"{at_left(outlet, OUTLET)} ", "dim"))
        after = ((render.right(when, max(APART, render.cells(when) + 1)), "dim"),)
        left -= render.span_cells(after)
    else:
        room = max(0, left - render.cells(when) - 1)
        document.add(*head, (at_left(outlet, room), "dim"), (f" {when}", "dim"), target=target)
        head = [(" " * indent(document), "dim")]
    for line in headline(title, left, language):
        spans = (*head, *line.spans, (" " * (left - render.span_cells(line.spans)), "dim"), *after)
        source = line.source and replace(line.source, left=line.source.left + render.span_cells(head))
        document.lines.append(Line(spans, target, paragraph=paragraph, source=source))
        head, after = [(" " * indent(document), "dim")], ()


def at_left(name: str, width: int) -> str:
    """A name in ``width`` cells at the left, beside the language that it belongs to, in whatever script."""
    shown = render.line(name, min(width, render.cells(name)))
    return shown + " " * (width - render.cells(shown))


def headline(title: Span, room: int, language: str) -> list[Line]:
    """A headline in lines of ``room`` cells; the last one is cut where there are too many."""
    text, role = title
    lines = list(flow((text, []), room, role, ("", role), ("", role), language))
    if len(lines) > TITLE_LINES and (last := lines[TITLE_LINES - 1].source):
        rest = render.line(text[last.start :], room, language)
        lines[TITLE_LINES - 1 :] = [Line(((rest, role),), source=replace(last, end=len(text)))]
    return lines or [Line(((text, role),))]


def under(document: Document, text: str) -> None:
    """A dim line more of the row before."""
    room = document.width - indent(document)
    lead = " " * indent(document)
    document.add((lead, "dim"), (render.line(text, room), "dim"), target=len(document.targets) - 1)


def apart(at: int, reference: int, now: int) -> str:
    """How far an article lies from the one that is read: ``11m later``, ``day before``, ``12 Nov``."""
    seconds = abs(at - reference)
    which = "later" if at > reference else "earlier"
    if seconds < render.MINUTE:
        return "same time"
    if seconds < render.HOUR:
        return f"{seconds // render.MINUTE}m {which}"
    if seconds < render.DAY:
        return f"{seconds // render.HOUR}h {which}"
    days = abs((render.local(at).date() - render.local(reference).date()).days)
    if days <= 1:
        return "day after" if at > reference else "day before"
    if days <= DAYS:
        return f"{days}d {which}"
    then = render.local(at)
    return f"{then.day} {then:%b}" + ("" if then.year == render.local(now).year else f" {then.year}")


def host(url: str) -> str:
    """The host of an address, as far as it can be read."""
    try:
        return render.inert((urlsplit(url).hostname or "").removeprefix("www."))
    except ValueError:
        return ""


# --- why, in words ---


@dataclass(frozen=True, slots=True)
class Subject:
    """What is explained: a related article or a publisher's link, beside the article that is read."""

    article: Article
    item: Related | None = None
    link: PageRelated | None = None
    story: Story | None = None


def explain(subject: Subject, width: int, now: int) -> Document:
    """Why a row is there: kind, what both share, how sure, how far apart, whose text it is."""
    document = Document(width)
    if subject.item is not None:
        explain_article(document, subject, subject.item, now)
    elif subject.link is not None:
        explain_link(document, subject.link)
    return document


def explain_article(document: Document, subject: Subject, item: Related, now: int) -> None:
    """A related article."""
    here, there = subject.article.row, item.row
    document.text(readable(there.title) or "(no title)", "title")
    document.text(joined((there.outlet, there.language, render.full_time(there.at, now))), "dim")
    document.gap()
    document.text(MEANING[item.kind])
    if reasons := evidence(item):
        what = "the link" if item.kind is LinkKind.PUBLISHER else "shared"
        document.text(f"{what}: {listed(reasons)}", "accent")
    if item.kind is not LinkKind.PUBLISHER:
        document.text(how_sure(item))
    document.text(f"time: {render.distance(there.at, here.at)}")
    if here.language != there.language:
        document.text(f"languages: {here.language} and {there.language}, compared across languages")
    if copies := same_text(item, subject.story):
        document.text(f"same text as: {listed(copies)}", "warn")


def evidence(item: Related) -> list[str]:
    """Why a row is there, as it is stored; words of a link that only repeat the title are left out."""
    title = render.inert(item.row.title).casefold()
    return [reason for reason in item.evidence if render.inert(reason).casefold() != title]


def how_sure(item: Related) -> str:
    """How sure the computation is, in words, with the number that it rests on."""
    words = next(words for least, words in SURE if item.score >= least)
    what = "one running story" if item.kind in (LinkKind.EARLIER, LinkKind.LATER) else "one event"
    return f"how sure: {words} ({min(99, max(1, round(item.score * 100)))} in 100 that it is {what})"


def same_text(item: Related, story: Story | None) -> list[str]:
    """The outlets that bring the text of a related article."""
    outlets = dict.fromkeys(item.also)
    if story is not None:
        text = story.copies.get(item.row.id, item.row.id)
        for row in story.articles:
            if story.copies.get(row.id, row.id) == text and row.id != item.row.id:
                outlets[row.outlet] = None
    outlets.pop(item.row.outlet, None)
    return list(outlets)


def explain_link(document: Document, link: PageRelated) -> None:
    """A publisher's link to what is not in the cache."""
    url = safe_url(link.url)
    document.text(readable(link.text) or url, "title")
    document.text(host(url), "dim")
    document.gap()
    document.text(MEANING[LinkKind.PUBLISHER])
    if link.marker:
        document.text(f"announced with: {render.apart(link.marker)}", "accent")
    document.text(f"It is not in the cache: {key_of('follow')} opens it in the browser.")
    document.text(url, "dim")


def by_target(article: Article, related: Sequence[Related], target: Target) -> Related | PageRelated | None:
    """What a row that can be followed is about."""
    if target.article_id:
        return next((item for item in related if item.row.id == target.article_id), None)
    return next((link for link in elsewhere_links(article) if safe_url(link.url) == target.url), None)


def is_within(row: ArticleRow, story: Story | None) -> bool:
    """Is an article in this story?"""
    return story is not None and any(row.id == other.id for other in story.articles)
