"""The Related section: articles with why they are there, and the publisher's own links. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from aggregator.model import Article, LinkKind, PageRelated, Related
from aggregator.text.inert import safe_url
from tui import render
from tui.lines import Document, Target, joined
from tui.render import GLYPHS

HEADINGS = {
    LinkKind.SAME: "Same event",
    LinkKind.EARLIER: "Earlier",
    LinkKind.LATER: "Later",
    LinkKind.MAYBE: "Maybe related",
    LinkKind.PUBLISHER: "From the publisher",
}
CACHED = "cached"
"""The mark of a publisher's link that opens here; what has it not opens in the browser."""


def related_section(document: Document, article: Article, related: Sequence[Related], now: int) -> None:
    """The related articles by kind, numbered through; the publisher's links are the last kind."""
    document.gap()
    title = f"{GLYPHS.rule * 2} Related "
    document.add((title + GLYPHS.rule * (document.width - render.cells(title)), "head"))
    elsewhere = [link for link in article.page.related if safe_url(link.url)] if article.page else []
    if not related and not elsewhere:
        document.text(
            "None yet. They are looked for when an article arrives, in all feeds and languages.", "dim"
        )
    numbers = count(1)
    for kind, heading in HEADINGS.items():
        group = [item for item in related if item.kind is kind]
        links = elsewhere if kind is LinkKind.PUBLISHER else []
        if group or links:
            document.gap()
            document.add((heading, "head"))
        for item in group:
            related_row(document, item, next(numbers), article.row.at, now)
        for link in links:
            elsewhere_row(document, link, next(numbers))


def related_row(document: Document, item: Related, number: int, reference: int, now: int) -> None:
    """One related article: number and title, then outlet, language, time and why."""
    document.targets.append(Target("related", article_id=item.row.id))
    target = len(document.targets) - 1
    role = "unread" if item.row.unread else "text"
    document.text(render.inert(item.row.title) or "(no title)", role, f"{number:>2} ", target)
    when = f"{render.clock(item.row.at, now)}, {render.distance(item.row.at, reference)}"
    also = f"also in {', '.join(item.also)}" if item.also else ""
    mark = CACHED if item.kind is LinkKind.PUBLISHER else ""
    facts = joined((mark, item.row.outlet, also, item.row.language, when, why(item)))
    document.text(facts, "dim", "   ", target)


def why(item: Related) -> str:
    """Why a row is there; words of a link that only repeat its title are left out."""
    title = render.inert(item.row.title).casefold()
    reasons = [reason for reason in item.evidence if render.inert(reason).casefold() != title]
    if reasons:
        return "why: " + ", ".join(reasons)
    return "why: the publisher links to it" if item.kind is LinkKind.PUBLISHER else ""


def elsewhere_row(document: Document, link: PageRelated, number: int) -> None:
    """A publisher's link to what is not in the cache: the words that announce it, its own, its address."""
    url = safe_url(link.url)
    document.targets.append(Target("related", url=url))
    target = len(document.targets) - 1
    words = ": ".join(part for part in map(render.inert, (link.marker, link.text)) if part)
    document.text(words or url, "link", f"{number:>2} ", target)
    lead = f"   not {CACHED} {GLYPHS.dot} "
    address = render.line(url, document.width - render.cells(lead))
    document.add((lead, "dim"), (address, "dim"), target=target)
