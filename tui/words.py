"""Sentences of the screens: header, sync, empty lists. Pure."""

from __future__ import annotations

from aggregator.dataclass import dataclass
from aggregator.model import Snippet
from aggregator.text import reasons
from tui import render
from tui.keys import key_of
from tui.render import GLYPHS, Span
from tui.scope import Scope

PAGE_ASKED = f"Fetching the page of this article{GLYPHS.ellipsis}"
PAGE_CAME = "The page was fetched and is in the cache."
FROM_FEED = "text from the feed"
FETCHING = f"fetching the whole text{GLYPHS.ellipsis}"


@dataclass(frozen=True, slots=True)
class SyncView:
    """What is known of syncing; ``ended`` is 0 until a sync has ended in this session."""

    running: bool = False
    elsewhere: bool = False
    feeds: int = 0
    new: int = 0
    failed: int = 0
    offline: bool = False  # nothing at all could be reached
    ended: int = 0
    problem: str = ""
    whole: bool = False  # it has told its totals
    mended: str = ""  # what it had to mend of the cache, sentences


NARROW = 100
"""Columns below which the header has room for a few words about syncing only."""


def sync_spans(view: SyncView, failing: int, last_success: int, now: int, width: int = NARROW) -> list[Span]:
    """The right end of the header."""
    return [
        *sync_state(view, last_success, now, width),
        *([(f"  ! {failing} failing", "error")] if failing else []),
        (" ", "text"),
    ]


def sync_state(view: SyncView, last_success: int, now: int, width: int = NARROW) -> list[Span]:
    """What syncing is doing, or when it last did."""
    again = f"{key_of('sync')} tries again"
    last = f"last sync {render.clock(last_success, now)}" if last_success else "never synced"
    if view.running:
        return [(f"syncing: {render.counted(view.feeds, 'feed')}, {view.new:,} new", "accent")]
    if view.elsewhere:
        return [("another process is syncing", "accent")]
    if view.problem:
        said = "sync failed" if width < NARROW else view.problem.rstrip(".")
        return [(f"{said}. {again}", "error")]
    if view.offline:
        at = render.clock(last_success, now) if last_success else ""
        if width < NARROW:
            return [(f"offline {at}, {again}" if at else f"offline, {again}", "warn")]
        return [(f"offline: showing what is cached{at and f' of {at}'}, {again}", "warn")]
    if view.ended and view.mended:
        return [(f"synced {render.clock(view.ended, now)}, the cache was mended", "warn")]
    if view.ended:
        return [(f"synced {render.clock(view.ended, now)}, {view.new:,} new", "dim")]
    return [(last, "dim")]


def list_spans(
    scope: Scope, typed: str, total: int | None, unread: int | None, arrived: int, flat: bool = True
) -> list[Span]:
    """The left end of the header: the view, what the list shows, how much of it there is (None: unknown)."""
    spans: list[Span] = [
        (" Stories", "dim" if flat else "title"),
        ("  Latest", "title" if flat else "dim"),
        (f"  {render.shown(scope.name)}", "accent"),
    ]
    if total is not None:
        stories = f"{total:,} {'story' if total == 1 else 'stories'}"
        spans.append((f" {GLYPHS.dot} {render.counted(total, 'article') if flat else stories}", "dim"))
    if unread:
        spans.append((f", {unread:,} unread", "dim"))
    if arrived:
        spans.append((f" {GLYPHS.dot} {arrived:,} new ({key_of('row.first')})", "accent"))
    if typed.strip():
        spans.append((f" {GLYPHS.dot} {render.shown(typed.strip())}", "accent"))
    return spans


def empty_list(scope: Scope, typed: str, subscribed: int, articles: int, view: SyncView) -> tuple[str, ...]:
    """Why the list is empty, and the key that changes it."""
    if not subscribed:
        return (
            "No feeds are followed.",
            f"{key_of('catalogue')} opens the catalogue, where {key_of('toggle')} follows a feed and "
            f"{key_of('add')} adds one.",
        )
    if not articles:
        return empty_cache(view)
    name = render.inert(scope.name)
    if typed.strip():
        return (
            f"Nothing in {name} matches the filter.",
            f"{key_of('filter.clear')} clears the filter, {key_of('filter')} changes it.",
        )
    why, keys = EMPTY.get(scope.kind, (f"{name} has no articles.", ("feeds", "health")))
    return why, ", ".join(f"{key_of(key)} {DOES[key]}" for key in keys) + "."


DOES = {
    "feeds": "chooses another list",
    "sync": "fetches the feeds now",
    "undo": "undoes a marking",
    "star": "stars the article under the cursor",
    "tag": "tags an article",
    "health": "shows how the feed is doing",
}
"""Command -> what it does about an empty list."""
EMPTY: dict[str, tuple[str, tuple[str, ...]]] = {
    "unread": ("Everything is read.", ("feeds", "sync", "undo")),
    "starred": ("No article is starred.", ("star", "feeds")),
    "new": ("Nothing came since you last looked.", ("sync", "feeds")),
    "tag": ("No article has this tag any more.", ("tag", "feeds")),
    "filter": ("Nothing matches this saved filter.", ("feeds", "sync")),
}
"""Kind of a scope -> why it is empty, and the commands that change it."""


def empty_cache(view: SyncView) -> tuple[str, ...]:
    """Why nothing is here yet."""
    health, sync = key_of("health"), key_of("sync")
    if view.running or view.elsewhere:
        who = "The first sync is" if view.running else "Another process is syncing and"
        going = "running" if view.running else "fetches the feeds"
        return (
            f"{who} {going}; articles appear as soon as a feed has answered.",
            f"{health} shows how each of them is doing.",
        )
    if view.problem:
        return (
            f"{view.problem.rstrip('.')}.",
            f"{sync} tries again; the command hakawati doctor looks for what is wrong.",
        )
    if view.offline:
        return (
            "No feed could be reached: is this machine offline?",
            f"{sync} tries again; the command hakawati demo shows invented sample news without a network.",
        )
    if view.ended and view.failed:
        return (
            f"No feed gave an article, {view.failed:,} failed.",
            f"{health} says why, and {key_of('health.detail')} there in full; {sync} tries again.",
        )
    return (
        "Nothing has been fetched yet.",
        f"{sync} fetches the feeds now, {health} shows how each of them is doing.",
    )


def snippet_spans(snippet: Snippet, width: int) -> list[Span]:
    """A piece of text in ``width`` cells with its marked words; marks are offsets into the text as stored."""
    spans: list[Span] = [("   ", "dim")]
    text = render.clean(snippet.text)
    if text == snippet.text and render.turned(text):
        line = render.paragraph(text).line(0, len(text), max(1, width - 4))
        return spans + line.spans([(start, stop, "accent") for start, stop in snippet.marks], "dim")
    end = 0
    for start, stop in snippet.marks:
        spans.append((render.inert_piece(snippet.text[end:start]), "dim"))
        spans.append((render.inert_piece(snippet.text[start:stop]), "accent"))
        end = stop
    return [*spans, (render.inert_piece(snippet.text[end:]), "dim")]


def too_small(width: int, height: int) -> str:
    """What a tiny terminal is told."""
    why = f"{width}x{height} is too small. Hakawati needs 40x10."
    return f"{why}\nEnlarge it, or press {key_of('leave')} to leave."


def no_whole_text(reason: str) -> str:
    """Why there is no whole text, as a sentence: ``reason`` is a PageReason, or what went wrong in words."""
    return render.inert(reasons.told(reason.rstrip(".")))


def from_page(fetched: int, now: int) -> str:
    """Where the text is from."""
    return f"text from the page, fetched {ago(fetched, now)}"


def other_text(whose: str) -> str:
    """How to get at the text that is not shown: ``whose`` is feed or page."""
    return f"{key_of('flip')} shows the {whose}'s"


def one_text() -> str:
    """There is nothing to flip to."""
    return f"There is one text only; {key_of('fetch')} fetches the publisher's page."


def again() -> str:
    """How to get a newer text of a page that goes on."""
    return f"{key_of('fetch')} renews it"


def undone_by() -> str:
    """The offer behind whatever was changed."""
    return f"{key_of('undo')} undoes it."


def ago(at: int, now: int) -> str:
    """``3 h ago``; a time that has not come yet is said to be so."""
    if at > now + render.MINUTE:
        return f"dated {render.duration(at - now)} ahead"
    return "just now" if now - at < render.MINUTE else f"{render.duration(now - at)} ago"
