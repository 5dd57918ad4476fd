"""Edit the saved filters of config.toml: save, take out, rename, move. How a file is edited: ``toml_edit``.

A filter may stand in others and in rules as ``filter:name``. One that is used so is not taken out, and a
new name goes wherever the old one stood.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import msgspec

from aggregator import config, toml_edit
from aggregator.config import Notify, SavedFilter, Settings
from aggregator.errors import ConfigError, QueryError
from aggregator.text import query as queries
from aggregator.text.inert import clean_text
from aggregator.text.query_scan import Token, scan
from aggregator.text.query_tree import Query

TABLE = "filters"
MAX_NAME = 60  # characters; what a list beside the articles can show
PLAIN = re.compile(r"[\w-]+")  # a name that needs no quotes
USUAL = msgspec.to_builtins(SavedFilter(name="", query=""))

Filters = tuple[SavedFilter, ...]
changed = msgspec.structs.replace


def save(path: Path, name: str, query: str, now: int, notify: Notify | None = None) -> None:
    """Add a filter at the end, or give the one of this name another query.

    ``notify`` makes it a watch or none; None leaves a known one what it is. ``now`` in UTC seconds.
    Raises QueryError where the query cannot be understood, else ConfigError.
    """

    def wanted(old: Settings) -> Settings:
        number = find(old.filters, name)
        if number is None:
            saved = SavedFilter(name=checked_name(path, name), query=query, notify=notify or "")
        else:
            was = old.filters[number]
            saved = changed(was, query=query, notify=was.notify if notify is None else notify)
        settings = changed(old, filters=put(old.filters, number, saved))
        queries.parse(query, now, settings.named_queries)
        return sound(path, old, settings, now)

    edit(path, wanted)


def remove(path: Path, name: str) -> None:
    """Take a filter out; comments before and after it stay. Raises ConfigError, also where it is used."""

    def wanted(old: Settings) -> Settings:
        number = place(path, old, name)
        gone = old.filters[number].name
        rest = changed(old, filters=old.filters[:number] + old.filters[number + 1 :])
        for where, text in texts(rest):
            if renamed(text, gone, "") != text:
                refuse(path, f"{where} uses the filter {shown(gone)}; change that first")
        return rest

    edit(path, wanted)


def rename(path: Path, old_name: str, new_name: str, now: int) -> None:
    """Give a filter another name, also where filters and rules use it. Raises ConfigError."""

    def wanted(old: Settings) -> Settings:
        number = place(path, old, old_name)
        name = checked_name(path, new_name)
        if find(old.filters, name) not in (None, number):
            refuse(path, f"a filter {shown(name)} is there already")
        was = old.filters[number].name
        filters = put(old.filters, number, changed(old.filters[number], name=name))
        new = changed(
            old,
            filters=tuple(changed(f, query=renamed(f.query, was, name)) for f in filters),
            rules=tuple(changed(r, when=renamed(r.when, was, name)) for r in old.rules),
        )
        if meanings(new, now) != meanings(old, now):
            refuse(path, f"with the name {shown(name)}, another filter or rule would mean something else")
        return new

    edit(path, wanted)


def move(path: Path, name: str, wanted_place: int) -> None:
    """Put a filter at a place of the list, 0 being the first; what is beyond its ends is the end.

    Raises ConfigError.
    """

    def wanted(old: Settings) -> Settings:
        number = place(path, old, name)
        rest = list(old.filters)
        rest.insert(max(0, wanted_place), rest.pop(number))
        return changed(old, filters=tuple(rest))

    edit(path, wanted)


# --- the pure part -------------------------------------------------------------------------------


def find(filters: Filters, name: str) -> int | None:
    """The number (from 0) of the filter that ``filter:name`` means; None where there is none."""
    names = [saved.name for saved in filters]
    if name in names:
        return names.index(name)
    folded = [known.casefold() for known in names]
    return folded.index(name.casefold()) if name.casefold() in folded else None


def place(path: Path, settings: Settings, name: str) -> int:
    """The same; raises ConfigError where there is none."""
    number = find(settings.filters, name)
    if number is None:
        known = ", ".join(shown(saved.name) for saved in settings.filters) or "none"
        refuse(path, f"there is no filter {shown(name)}; there are: {known}")
    return number


def put(filters: Filters, number: int | None, saved: SavedFilter) -> Filters:
    """The filters with one in the place of that number, or at the end."""
    if number is None:
        return (*filters, saved)
    return (*filters[:number], saved, *filters[number + 1 :])


def texts(settings: Settings) -> Iterator[tuple[str, str]]:
    """What holds a query, in words, and the query."""
    for saved in settings.filters:
        yield f"the filter {shown(saved.name)}", saved.query
    for rule in settings.rules:
        yield f"the rule {shown(rule.title)}", rule.when


def meanings(settings: Settings, now: int) -> list[Query | None]:
    """What the queries of all filters and rules mean; None for one that cannot be understood."""
    return [meaning(text, settings, now) for _, text in texts(settings)]


def meaning(text: str, settings: Settings, now: int) -> Query | None:
    """The same of one query."""
    try:
        return queries.parse(text, now, settings.named_queries)
    except QueryError:
        return None


def sound(path: Path, old: Settings, new: Settings, now: int) -> Settings:
    """The new settings; raises ConfigError where a query that was understood is so no more."""
    wrong = {where for where, text in texts(old) if meaning(text, old, now) is None}
    for where, text in texts(new):
        if meaning(text, new, now) is None and where not in wrong:
            refuse(path, f"{where} could not be understood any more")
    return new


def renamed(text: str, old: str, new: str) -> str:
    """A query in which ``filter:old`` became ``filter:new``, and all else is as it was."""
    for token in reversed(filter_names(text)):
        if token.text.casefold() == old.casefold():
            name = new if PLAIN.fullmatch(new) else f'"{new}"'
            text = f"{text[: token.start]}{name}{text[token.end :]}"
    return text


def filter_names(text: str) -> list[Token]:
    """The names of filters that a query uses, in order."""
    names, inside = [], False
    for token in scan(text):
        if token.kind in ("value", "comma"):
            names += [token] if inside and token.kind == "value" else []
        else:
            inside = token.kind == "field" and token.text.casefold() == "filter"
    return names


def checked_name(path: Path, name: str) -> str:
    """A name that a list can show and a query can hold; raises ConfigError for another."""
    name = name.strip()
    if not name or len(name) > MAX_NAME or name != clean_text(name) or '"' in name:
        refuse(path, f"a filter's name has 1 to {MAX_NAME} characters on one line and no quotation marks")
    return name


def shown(name: str) -> str:
    """A name in a message."""
    return f'"{clean_text(name, limit=MAX_NAME)}"'


def refuse(path: Path, why: str) -> NoReturn:
    """Say why nothing is changed."""
    raise ConfigError(f"{path}: {why}; nothing was changed.", str(path), TABLE)


# --- the text ------------------------------------------------------------------------------------


def edit(path: Path, wanted: Callable[[Settings], Settings]) -> None:
    """Change the file so that it means what ``wanted`` makes of its meaning. Raises ConfigError."""
    toml_edit.edit(path, wanted, (lambda text, goal: lines(text, config.parse(text, path), goal), rewritten))


def lines(text: str, old: Settings, new: Settings) -> str:
    """The text with the filters and the queries of rules of ``new``, its blocks edited as lines."""
    spans = toml_edit.blocks(text, TABLE)
    if len(new.filters) > len(old.filters):
        after = spans[-1][1] if spans else None
        return toml_edit.appended(text, TABLE, [said(new.filters[-1])], after)
    if len(new.filters) < len(old.filters):
        gone = next(n for n, saved in enumerate(old.filters) if new.filters[n : n + 1] != (saved,))
        return toml_edit.without(text, spans[gone])
    if {*new.filters} == {*old.filters}:
        return toml_edit.reordered(text, spans, [old.filters.index(saved) for saved in new.filters])
    for number, (saved, was) in enumerate(zip(new.filters, old.filters, strict=True)):
        text = with_values(text, TABLE, number, msgspec.to_builtins(saved), msgspec.to_builtins(was))
    for number, (rule, before) in enumerate(zip(new.rules, old.rules, strict=True)):
        text = with_values(text, "rules", number, {"when": rule.when}, {"when": before.when})
    return text


def with_values(text: str, table: str, number: int, new: toml_edit.Row, old: toml_edit.Row) -> str:
    """The text with what differs of a row."""
    for key, value in new.items():
        if value != old[key]:
            text = toml_edit.with_value(text, toml_edit.block(text, table, number), key, value)
    return text


def said(saved: SavedFilter) -> dict[str, str]:
    """The keys of a filter that say something."""
    return {key: value for key, value in msgspec.to_builtins(saved).items() if value or key != "notify"}


def rewritten(text: str, goal: Settings) -> str:
    """The text with these filters, where they are written in another layout."""
    rows = [msgspec.to_builtins(saved) for saved in goal.filters]
    return toml_edit.rewritten(text, TABLE, rows, "name", USUAL)
