"""Edit the feeds of config.toml: add, take out, turn on and off. How a file is edited: ``toml_edit``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from aggregator import config, toml_edit
from aggregator.config import Feed, Settings
from aggregator.errors import ConfigError

TABLE = "feeds"
USUAL = msgspec.to_builtins(Feed(url=""))
LANGUAGES = ("reader", "languages")

Feeds = tuple[Feed, ...]


def add(path: Path, feed: Feed) -> None:
    """Append a [[feeds]] block. Raises ConfigError, also when the address is listed already."""
    if add_all(path, [feed]) == 0:
        where = config.without_password(feed.url)
        raise ConfigError(f"{path}: {where} is listed already; nothing was changed.", str(path), "url")


def add_all(path: Path, feeds: Sequence[Feed]) -> int:
    """Append those that are not listed yet, in one step; how many that were. Raises ConfigError."""

    def wanted(old: Feeds) -> Feeds:
        return with_missing(old, feeds)

    def append(text: str, goal: Settings) -> str:
        fresh = goal.feeds[len(config.parse(text, path).feeds) :]
        return toml_edit.appended(text, TABLE, [said(feed) for feed in fresh])

    return edit(path, wanted, append)


def follow_all(path: Path, feeds: Sequence[Feed]) -> int:
    """Append those that are not listed yet and turn on those that are, in one step; how many that changed.

    Raises ConfigError; the file is then as it was.
    """
    followed = {feed.url for feed in feeds}

    def goal(settings: Settings) -> Settings:
        listed = tuple(
            msgspec.structs.replace(feed, enabled=True) if feed.url in followed else feed
            for feed in settings.feeds
        )
        return msgspec.structs.replace(settings, feeds=with_missing(listed, feeds))

    def by_lines(text: str, goal: Settings) -> str:
        listed = len(config.parse(text, path).feeds)
        known = msgspec.structs.replace(goal, feeds=goal.feeds[:listed])
        fresh = [said(feed) for feed in goal.feeds[listed:]]
        return toml_edit.appended(switched(text, path, known), TABLE, fresh)

    before, after = toml_edit.edit(path, goal, (by_lines, rewritten))
    return len({*after.feeds} - {*before.feeds})


def with_missing(listed: Feeds, feeds: Sequence[Feed]) -> Feeds:
    """The feeds that are listed, then those that are not; of two with one address the first."""
    fresh = {feed.url: feed for feed in reversed(feeds)}
    for feed in listed:
        fresh.pop(feed.url, None)
    return listed + tuple(reversed(fresh.values()))


def remove(path: Path, url: str) -> bool:
    """Take the feed's block out; comments before and after it stay. False when there is no such feed."""

    def wanted(old: Feeds) -> Feeds:
        return tuple(feed for feed in old if feed.url != url)

    return edit(path, wanted, lambda text, _: toml_edit.without(text, block(text, path, url))) > 0


def set_enabled(path: Path, url: str, enabled: bool) -> bool:
    """Turn the feed on or off. False when there is no such feed; True also when it was so already."""

    def wanted(old: Feeds) -> Feeds:
        return tuple(msgspec.structs.replace(f, enabled=enabled) if f.url == url else f for f in old)

    def switch(text: str, goal: Settings) -> str:
        return toml_edit.with_value(text, block(text, path, url), "enabled", enabled)

    edit(path, wanted, switch)
    return any(feed.url == url for feed in config.read(path).feeds)


def choose(path: Path, enabled: Mapping[str, bool], languages: tuple[str, ...]) -> None:
    """Turn several feeds on and off and set the languages of the reader, in one step.

    Feeds that are not in ``enabled`` stay as they are. Raises ConfigError; the file is then as it was.
    """

    def goal(settings: Settings) -> Settings:
        feeds = tuple(
            msgspec.structs.replace(feed, enabled=enabled.get(feed.url, feed.enabled))
            for feed in settings.feeds
        )
        reader = msgspec.structs.replace(settings.reader, languages=languages)
        return msgspec.structs.replace(settings, feeds=feeds, reader=reader)

    def by_lines(text: str, goal: Settings) -> str:
        return with_languages(switched(text, path, goal), goal)

    def by_editor(text: str, goal: Settings) -> str:
        return toml_edit.with_setting(rewritten(text, goal), *LANGUAGES, list(goal.reader.languages))

    def by_both(text: str, goal: Settings) -> str:
        return toml_edit.with_setting(switched(text, path, goal), *LANGUAGES, list(goal.reader.languages))

    toml_edit.edit(path, goal, (by_lines, by_both, by_editor))


def switched(text: str, path: Path, goal: Settings) -> str:
    """The text with ``enabled`` of its [[feeds]] blocks as in the goal; from the end, so that places hold."""
    old = config.parse(text, path).feeds
    places = toml_edit.blocks(text, TABLE)
    for place, before, after in reversed(list(zip(places, old, goal.feeds, strict=True))):
        if before.enabled != after.enabled:
            text = toml_edit.with_value(text, place, "enabled", after.enabled)
    return text


def with_languages(text: str, goal: Settings) -> str:
    """The text with the reader's languages set as a new line of its [reader]."""
    table, key = LANGUAGES
    (place,) = toml_edit.tables(text, table)  # ValueError where it is written in another way
    return toml_edit.with_value(text, place, key, list(goal.reader.languages))


def block(text: str, path: Path, url: str) -> tuple[int, int]:
    """Where the feed's block starts and ends."""
    return toml_edit.block(text, TABLE, [feed.url for feed in config.parse(text, path).feeds].index(url))


def said(feed: Feed) -> dict[str, Any]:
    """The keys of a feed that say something, and whether it is enabled."""
    return {key: value for key, value in msgspec.to_builtins(feed).items() if value or key == "enabled"}


def edit(path: Path, wanted: Callable[[Feeds], Feeds], quick: toml_edit.Way) -> int:
    """Change the file so that its feeds are ``wanted``; how many feeds came or went; a changed one did both.

    ``quick`` edits blocks as lines. Raises ConfigError; the file is then as it was.
    """

    def goal(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, feeds=wanted(settings.feeds))

    before, after = toml_edit.edit(path, goal, (quick, rewritten))
    return len({*after.feeds} ^ {*before.feeds})


def rewritten(text: str, goal: Settings) -> str:
    """The text with exactly these feeds, where they are written in another layout."""
    rows = [msgspec.to_builtins(feed) for feed in goal.feeds]
    return toml_edit.rewritten(text, TABLE, rows, "url", USUAL)
