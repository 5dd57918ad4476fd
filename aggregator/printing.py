"""Records -> the JSON objects and plain lines that the commands print. Pure; the JSON keys are stable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aggregator.config import without_password
from aggregator.model import Article, ArticleRow, FeedInfo, LinkKind, Related, Story
from aggregator.polling import describe_next
from aggregator.text.inert import clean_text
from aggregator.text.times import iso

if TYPE_CHECKING:
    from aggregator.writer import FeedResult

Json = dict[str, Any]
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
    }


def whole_json(article: Article, related: list[Related]) -> Json:
    """The object of ``show --json``."""
    return article_json(article) | {
        "text": article.text,
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


def feed_json(info: FeedInfo) -> Json:
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
    }


def row_line(row: ArticleRow) -> str:
    """A line of ``list``: marks, time, id, outlet, language, title."""
    marks = ("*" if row.unread else " ") + ("s" if row.starred else " ")
    outlet = clean_text(row.outlet, limit=22)
    language = clean_text(row.language, limit=8)
    return f"{marks} {when(row.at)}  {row.id:<17} {outlet:<22} {language:<2}  {clean_text(row.title)}"


def article_lines(article: Article, related: list[Related]) -> Iterator[str]:
    """The lines of ``show``: plain logical text, no box drawing, for screen readers and pipes."""
    row = article.row
    yield clean_text(row.title)
    about = (row.outlet, article.author, when(row.at), row.language)
    yield " · ".join(clean_text(part, limit=200) for part in about if part)
    if article.url:
        yield clean_text(article.url, limit=2000)
    for revision in article.revisions:
        yield f"Edited; until {when(revision.seen)} the headline was: {clean_text(revision.title)}"
    yield ""
    links: list[str] = []
    for block in article.blocks:
        text = block.text
        for link in reversed(block.links):
            text = f"{text[: link.end]} [{len(links) + 1 + block.links.index(link)}]{text[link.end :]}"
        links += [link.url for link in block.links]
        yield clean_text(text, limit=100_000, multiline=True)
        yield ""
    if not article.blocks:
        yield clean_text(article.summary, limit=5000)
        yield ""
    yield from (f"[{number}] {url}" for number, url in enumerate(links, 1))
    yield from related_lines(related)


def related_lines(related: list[Related]) -> Iterator[str]:
    """The Related section: kind by kind, each with its reasons."""
    for kind, heading in HEADINGS.items():
        others = [other for other in related if other.kind is kind]
        if others:
            yield f"\n{heading}"
        for other in others:
            yield f"  {row_line(other.row)}"
            if other.also:
                yield f"     also in {clean_text(', '.join(other.also))}"
            yield f"     why: {clean_text(', '.join(other.evidence))}"


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
    yield f"       {trouble}last success {when(state.last_success)}; {describe_next(state, now)}"
