"""Records -> the JSON objects and plain lines that the commands print. Pure; the JSON keys are stable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.config import without_password
from aggregator.model import (
    Article,
    ArticleRow,
    Block,
    FeedInfo,
    FeedState,
    LinkKind,
    Page,
    PageRelated,
    Related,
    Story,
)
from aggregator.polling import condition, describe_next
from aggregator.text import reasons
from aggregator.text.inert import clean_text
from aggregator.text.times import iso

if TYPE_CHECKING:
    from aggregator.writer import FeedResult

Json = dict[str, Any]
REASONS = reasons.REASONS
PREFIXES = {"h2": "## ", "h3": "### ", "h4": "#### ", "li": "• ", "quote": "| ", "rule": "* * *"}
PREFIXES |= {"figure": "[picture] ", "embed": "[embedded] "}
Guids = Mapping[int, tuple[str, int | None]]

HEADINGS = {
    LinkKind.SAME: "Same event",
    LinkKind.EARLIER: "Earlier",
    LinkKind.LATER: "Later",
    LinkKind.MAYBE: "Maybe related",
    LinkKind.PUBLISHER: "From the publisher",
}


def when(seconds: int) -> str:
    """Local date and time to the minute, "never" for 0."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M") if seconds else "never"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 article", "2 articles"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def iso_or_none(seconds: int | None) -> str | None:
    """ISO 8601 in UTC, or None where there is no time."""
    return iso(seconds) if seconds else None


def sync_json(result: FeedResult) -> Json:
    """A feed's line of ``sync --json``."""
    return {
        "url": without_password(result.url),
        "outcome": result.outcome.value,
        "new": result.new,
        "updated": result.updated,
        "error": result.error or None,
        "status": result.status,
        "next_check": iso(result.next_check),
    }


def sync_line(result: FeedResult) -> str:
    """A feed's line of ``sync``."""
    counts = f"{result.new:>4} new {result.updated:>3} updated" if result.new or result.updated else " " * 20
    line = f"{result.outcome.value:<12} {counts}  {clean_text(without_password(result.url), limit=200)}"
    return f"{line}  ({clean_text(result.error, limit=300)})" if result.error else line


def row_json(row: ArticleRow) -> Json:
    """What every JSON article has."""
    return {
        "id": row.id,
        "title": row.title,
        "outlet": row.outlet,
        "language": row.language,
        "time": iso(row.at),
        "unread": row.unread,
        "starred": row.starred,
        "updated": row.updated,
        "related": row.related,
        "hidden": row.hidden,
        "my_tags": list(row.tags),
        "noted": row.noted,
        "score": row.score,
    }


def blocks_json(blocks: Iterable[Block]) -> list[Json]:
    """Blocks of text with their links."""
    return [
        {
            "kind": block.kind,
            "text": block.text,
            "links": [{"start": one.start, "end": one.end, "url": one.url} for one in block.links],
        }
        for block in blocks
    ]


def page_json(page: Page) -> Json:
    """What is known of an article's page, but for its text."""
    return {
        "url": page.url,
        "fetched": iso(page.fetched),
        "reason": page.reason or None,
        "note": reasons.told(page.reason) or None,
        "title": page.title,
        "standfirst": page.standfirst,
        "authors": list(page.authors),
        "dateline": page.dateline,
        "published": iso_or_none(page.published),
        "language": page.language,
        "images": [{"url": one.url, "caption": one.caption, "credit": one.credit} for one in page.images],
        "related": [
            {"text": one.text, "url": one.url, "marker": one.marker, "position": one.position}
            for one in page.related
        ],
    }


def article_json(article: Article) -> Json:
    """A line of ``list --json``."""
    return row_json(article.row) | {
        "url": article.url,
        "feed": without_password(article.feed_url),
        "guid": article.guid,
        "author": article.author,
        "summary": article.summary,
        "published": iso_or_none(article.published),
        "first_seen": iso(article.first_seen),
        "note": article.note,
        "rules": list(article.rules),
    }


def shows_page(article: Article, source: str = "") -> bool:
    """Whether the page's text is shown: ``source`` is "feed", "page" or "" for whichever tells more."""
    page = article.page
    return page is not None and bool(page.blocks) and (source == "page" if source else article.page_is_whole)


def whole_json(article: Article, related: list[Related], source: str = "") -> Json:
    """The object of ``show --json``; ``source`` as in ``shows_page``."""
    shown = article.page if article.page and shows_page(article, source) else article
    return article_json(article) | {
        "source": "page" if shown is article.page else "feed",
        "text": shown.text,
        "blocks": blocks_json(shown.blocks),
        "page": page_json(article.page) if article.page else None,
        "tags": list(article.tags),
        "enclosures": [{"url": e.url, "type": e.type, "length": e.length} for e in article.enclosures],
        "revisions": [
            {"seen": iso(r.seen), "title": r.title, "summary": r.summary} for r in article.revisions
        ],
        "related": [
            row_json(other.row)
            | {
                "kind": other.kind.value,
                "score": other.score,
                "why": list(other.evidence),
                "also": list(other.also),
            }
            for other in related
        ],
    }


def story_json(story: Story, guids: Guids) -> Json:
    """A line of ``stories --json``; ``guids`` is article -> (guid, publisher's time)."""
    texts = {copy: guids[text][0] for copy, text in story.copies.items() if text in guids}
    return {
        "id": story.id,
        "title": story.title,
        "first": iso(story.first),
        "last": iso(story.last),
        "outlets": story.outlets,
        "languages": list(story.languages),
        "reports": story.reports,
        "articles": [
            row_json(row)
            | {
                "guid": guids[row.id][0],
                "published": iso_or_none(guids[row.id][1]),
                "same_text_as": texts.get(row.id),
            }
            for row in story.articles
        ],
    }


def links_json(row: ArticleRow, story: int, related: list[Related], guids: Guids) -> Json:
    """A line of ``links --json``."""
    return {
        "guid": guids[row.id][0],
        "story": story or None,
        "related": [
            {
                "guid": guids[other.row.id][0],
                "kind": other.kind.value,
                "p": other.score,
                "why": [*other.evidence, distance(other.row.at - row.at)],
            }
            for other in related
        ],
    }


def distance(seconds: int) -> str:
    """How far apart two articles are, in words: "3 hours earlier"."""
    size = abs(seconds)
    number, unit = (size // 86400, "day") if size >= 2 * 86400 else (size // 3600, "hour")
    if not number:
        number, unit = size // 60, "minute"
    return (
        f"{counted(number, unit)} {'later' if seconds > 0 else 'earlier'}" if number else "at the same time"
    )


def feed_json(info: FeedInfo, now: int) -> Json:
    """A line of ``feeds --json``."""
    state = info.state
    return {
        "url": without_password(state.url),
        "title": state.title,
        "outlet": state.outlet,
        "language": state.language,
        "country": state.country,
        "tags": list(state.tags),
        "articles": info.total,
        "unread": info.unread,
        "last_checked": iso_or_none(state.last_checked),
        "last_success": iso_or_none(state.last_success),
        "last_new": iso_or_none(state.last_new),
        "next_check": iso_or_none(state.next_check),
        "interval": state.interval,
        "failures": state.failures,
        "error": state.error or None,
        "status": state.status,
        "parked": state.parked or None,
        "fetch_url": without_password(state.fetch_url),
        "moved_to": without_password(state.moved_to) or None,
        "moved_count": state.moved_count,
        "moved_first": iso_or_none(state.moved_first),
        "moves": [
            {
                "from": without_password(step.old),
                "to": without_password(step.new),
                "at": iso(step.at),
                "why": step.why,
            }
            for step in state.moves
        ],
        "state": condition(state, now),
        "error_kind": state.error_kind or None,
        "failing_since": iso_or_none(state.failed_since),
        "waiting_until": iso_or_none(state.told_until if state.told_until > now else 0),
    }


def row_line(row: ArticleRow) -> str:
    """A line of ``list``: marks, time, id, outlet, language, title."""
    marks = ("*" if row.unread else " ") + ("s" if row.starred else " ")
    outlet = clean_text(row.outlet, limit=22)
    language = clean_text(row.language, limit=8)
    return f"{marks} {when(row.at)}  {row.id:<17} {outlet:<22} {language:<2}  {clean_text(row.title)}"


def article_lines(article: Article, related: list[Related], source: str = "") -> Iterator[str]:
    """The lines of ``show``: plain logical text, no box drawing, for screen readers and pipes.

    ``source`` as in ``shows_page``.
    """
    row, page = article.row, article.page
    shown = page if page and shows_page(article, source) else None
    yield clean_text(row.title)
    author = ", ".join(shown.authors) if shown and shown.authors else article.author
    about = (row.outlet, author, when(row.at), row.language)
    yield " · ".join(clean_text(part, limit=200) for part in about if part)
    if article.url:
        yield clean_text(article.url, limit=2000)
    if row.tags:
        yield f"Tagged: {clean_text(', '.join(row.tags))}"
    if article.rules:
        yield f"{'Hidden by' if row.hidden else 'Matched by'}: {clean_text(', '.join(article.rules))}"
    if article.note:
        yield f"Note: {clean_text(article.note, limit=10_000)}"
    for revision in article.revisions:
        yield f"Edited; until {when(revision.seen)} the headline was: {clean_text(revision.title)}"
    if page and (note := reasons.told(page.reason)):
        yield clean_text(note)
    yield ""
    if shown:
        yield from head_lines(shown)
    yield from text_lines(shown.blocks if shown else article.blocks, article.summary)
    yield from related_lines(related, page.related if page else ())


def head_lines(page: Page) -> Iterator[str]:
    """What stands above a page's text: the standfirst, the lead picture's caption."""
    if page.standfirst:
        yield from (clean_text(page.standfirst, limit=5000), "")
    for image in page.images[:1]:
        if image.caption or image.credit:
            caption = f"{image.caption} ({image.credit})" if image.credit else image.caption
            yield from (PREFIXES["figure"] + clean_text(caption.strip(), limit=5000), "")


def text_lines(blocks: Sequence[Block], summary: str) -> Iterator[str]:
    """An article's text, its links numbered and listed below; the summary where there is none."""
    links: list[str] = []
    for block in blocks:
        text = block.text
        for link in reversed(block.links):
            text = f"{text[: link.end]} [{len(links) + 1 + block.links.index(link)}]{text[link.end :]}"
        links += [link.url for link in block.links]
        bar = PREFIXES.get(block.kind, "")
        yield bar + clean_text(text, limit=100_000, multiline=True).replace("\n", f"\n{' ' * len(bar)}")
        yield ""
    if not blocks:
        yield from (clean_text(summary, limit=5000), "")
    yield from (f"[{number}] {url}" for number, url in enumerate(links, 1))


def related_lines(related: list[Related], elsewhere: Sequence[PageRelated] = ()) -> Iterator[str]:
    """The Related section: kind by kind, each with its reasons.

    ``elsewhere`` are the publisher's links to stories that are not here; those that are have a ✓.
    """
    for kind, heading in HEADINGS.items():
        others = [other for other in related if other.kind is kind]
        is_publisher = kind is LinkKind.PUBLISHER
        if others or (is_publisher and elsewhere):
            yield f"\n{heading}"
        for other in others:
            yield f"{'✓ ' if is_publisher else '  '}{row_line(other.row)}"
            if other.also:
                yield f"     also in {clean_text(', '.join(other.also))}"
            yield f"     why: {clean_text(', '.join(other.evidence))}"
    for one in elsewhere:
        yield f"  {clean_text(f'{one.marker}: {one.text}' if one.marker else one.text)}"
        yield f"     {clean_text(one.url, limit=2000)}"


def story_lines(story: Story) -> Iterator[str]:
    """A story and its articles."""
    counts = f"{counted(story.outlets, 'outlet')}, {counted(story.reports, 'report')}, story {story.id}"
    yield f"{clean_text(story.title)}  ({counts})"
    for row in story.articles:
        if row.id not in story.copies:
            yield f"  {row_line(row)}"
            also = [other.outlet for other in story.articles if story.copies.get(other.id) == row.id]
            if also:
                yield f"     also in {clean_text(', '.join(dict.fromkeys(also)))}"


def feed_lines(info: FeedInfo, now: int) -> Iterator[str]:
    """A feed of ``feeds``: its numbers, its state, when it is asked next."""
    state = info.state
    title = clean_text(state.title or without_password(state.url), limit=40)
    yield f"{info.unread:>5} unread {info.total:>6}  {clean_text(state.language, limit=8):<2} {title}"
    yield f"       {clean_text(without_password(state.url), limit=300)}"
    trouble = f"{clean_text(state.error, limit=300)}; " if state.error else ""
    trouble = f"dead? {trouble}" if condition(state, now) == "dead?" else trouble
    yield f"       {trouble}last success {when(state.last_success)}; {describe_next(state, now)}"
    yield from (f"       {line}" for line in move_lines(state))


def move_lines(state: FeedState) -> Iterator[str]:
    """Where a feed moved, or may move."""
    if state.fetch_url != state.url:
        yield f"it moved and is asked at {shown_url(state.fetch_url)} (hakawati feeds back undoes that)"
    if state.moved_to and state.moved_count:
        yield f"it may have moved to {shown_url(state.moved_to)} (seen {counted(state.moved_count, 'time')})"
    elif state.moved_to:
        yield f"its server sends us to another feed, {shown_url(state.moved_to)}; the address stays"


def shown_url(url: str) -> str:
    """An address for a line."""
    return clean_text(without_password(url), limit=300)
