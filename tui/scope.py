"""What the list shows (everything, a saved filter, an outlet, one feed), and the remembered state."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from aggregator.late import pattern
from aggregator.text.query import as_typed, describe, parse, within


class Scope(msgspec.Struct, frozen=True):
    """A part of all articles, chosen in the feeds pane; ``query`` is in the filter language, "" is all."""

    kind: str = "all"  # all, unread, starred, new, filter, tag, outlet, feed, other
    name: str = "All articles"
    query: str = ""


ALL = Scope()
UNREAD = Scope("unread", "Unread", "unread")
STARRED = Scope("starred", "Starred", "starred")
NEW = Scope("new", "New since last look", "new")


def effective(scope: Scope, typed: str, now: int, filters: Mapping[str, str] | None = None) -> str:
    """The whole query, its unfinished last word made a prefix. Raises QueryError about what is typed.

    ``filters`` are the saved ones, by name. An OR that is typed stays inside the scope.
    """
    if not typed.strip():
        return scope.query
    named = filters or {}
    return describe(within(parse(scope.query, now, named), as_typed(typed, now, named)))


def quoted(value: str) -> str:
    """A value as the filter language reads it back."""
    return '"' + value.replace('"', " ").strip() + '"'


def outlet(name: str) -> Scope:
    """Everything an outlet publishes."""
    return Scope("outlet", name, f"outlet:{quoted(name)}")


def feed(title: str, url: str) -> Scope:
    """One feed, named by its address, which is unique where titles are not."""
    return Scope("feed", title, f"feed:{quoted(url)}")


def tag(name: str) -> Scope:
    """Everything with a tag."""
    return Scope("tag", name, f"tag:{quoted(name)}")


def other(name: str, query: str) -> Scope:
    """What another screen wants to be shown."""
    return Scope("other", name, query)


TERM = pattern(r'(?:"[^"]*"|[^\s"])+')
LANGUAGE = pattern(r"(?i)lang(?:uage)?:\S+")


def only(typed: str, language: str) -> str:
    """What is typed, in one language alone; in every one where ``language`` is "" or stands there already."""
    terms = TERM.findall(typed)
    wanted, rest = f"lang:{language}", [term for term in terms if not LANGUAGE.fullmatch(term)]
    if not language or (wanted in terms and len(rest) == len(terms) - 1):
        return " ".join(rest)
    joined = " ".join(rest)
    return f"{wanted} ({joined})" if "OR" in rest else f"{wanted} {joined}".strip()


def languages(query: str) -> tuple[str, ...]:
    """The languages that a query is limited to by a term of its own, as far as that is plain to see."""
    terms = [] if " OR " in query else TERM.findall(query.replace("(", " ").replace(")", " "))
    found = [term.partition(":")[2] for term in terms if LANGUAGE.fullmatch(term)]
    return tuple(found[0].lower().split(",")) if len(found) == 1 else ()


def saved(name: str, query: str) -> Scope:
    """A filter of config.toml."""
    return Scope("filter", name, query)


class State(msgspec.Struct, frozen=True):
    """What comes back after a restart."""

    scope: Scope = ALL
    filter: str = ""
    selected: int = 0
    pane: str = "list"
    article: int = 0
    scroll: int = 0
    theme: str = ""
    flat: bool | None = None  # None: as the configuration says
    text_width: int = 0  # cells of the text, 0: as the configuration says


KEY = "reader"
"""The key of the state in the store."""


def load(text: str) -> State:
    """State from what was stored; anything unreadable is the beginning."""
    try:
        return msgspec.json.decode(text, type=State)
    except msgspec.MsgspecError:
        return State()


def dump(state: State) -> str:
    """State as JSON text."""
    return msgspec.json.encode(state).decode()
