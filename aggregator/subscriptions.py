"""Edit the feeds of config.toml as a careful person would: comments, order and everything else stay.

Blocks of [[feeds]] are edited as lines, because a TOML editor moves comments from one block to the
next. Other layouts (``feeds = [{...}]``) go through tomlkit. Either way the result is read back, and
only a text that means exactly the old settings with the one wanted change replaces the file.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import tomlkit
from tomlkit.exceptions import TOMLKitError

from aggregator import config
from aggregator.errors import ConfigError

TRIES = 3  # times to start again when somebody else saved the file meanwhile

Feeds = tuple[config.Feed, ...]
Edit = Callable[[str, Feeds], str]

# Everything in TOML that may hold the look of a header without being one, and headers themselves.
TOKEN = re.compile(
    r'#[^\n]*|"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'"
    r"|(?P<header>^[ \t\ufeff]*\[(?P<name>[^\n#]*)\])"
    r"|(?P<enabled>^[ \t]*enabled[ \t]*=[ \t]*(?P<value>true|false)\b)",
    re.DOTALL | re.MULTILINE,
)
FEEDS_HEADER = re.compile(r"\[\s*feeds\s*\]")


def add(path: Path, feed: config.Feed) -> None:
    """Append a [[feeds]] block. Raises ConfigError, also when the address is listed already."""
    if add_all(path, [feed]) == 0:
        where = config.without_password(feed.url)
        raise ConfigError(f"{path}: {where} is listed already; nothing was changed.", str(path), "url")


def add_all(path: Path, feeds: Sequence[config.Feed]) -> int:
    """Append those that are not listed yet, in one step; how many that were. Raises ConfigError."""

    def wanted(old: Feeds) -> Feeds:
        fresh = {feed.url: feed for feed in reversed(feeds)}
        for listed in old:
            fresh.pop(listed.url, None)
        return old + tuple(reversed(fresh.values()))

    return edit(path, wanted, lambda text, new: appended(text, new[len(config.parse(text, path).feeds) :]))


def remove(path: Path, url: str) -> bool:
    """Take the feed's block out; comments before and after it stay. False when there is no such feed."""

    def wanted(old: Feeds) -> Feeds:
        return tuple(feed for feed in old if feed.url != url)

    def cut(text: str, new: Feeds) -> str:
        start, end = block(text, place(text, path, url))
        before, rest = text[:start], text[end:]
        if rest.strip():  # of the empty lines around it, one stays
            return before + re.sub(r"\A[ \t]*\r?\n", "", rest)
        return re.sub(r"(\r?\n)[ \t]*\r?\n\Z", r"\1", before)

    return edit(path, wanted, cut) > 0


def set_enabled(path: Path, url: str, enabled: bool) -> bool:
    """Turn the feed on or off. False when there is no such feed; True also when it was so already."""

    def wanted(old: Feeds) -> Feeds:
        return tuple(msgspec.structs.replace(f, enabled=enabled) if f.url == url else f for f in old)

    def switch(text: str, new: Feeds) -> str:
        return switched(text, *block(text, place(text, path, url)), "true" if enabled else "false")

    edit(path, wanted, switch)
    return any(feed.url == url for feed in config.read(path).feeds)


# --- the pure part: text in, text out ------------------------------------------------------------


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """Where each [[feeds]] block starts and ends; its end is that of its last line with a key."""
    headers = [match for match in TOKEN.finditer(text) if match["header"]]
    ends = [match.start() for match in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        if FEEDS_HEADER.fullmatch(header["name"].strip()):
            lines = text[header.start() : end].splitlines(keepends=True)
            while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
                lines.pop()
            yield header.start(), header.start() + sum(map(len, lines))


def block(text: str, number: int) -> tuple[int, int]:
    """Where the block of that number (from 0) starts and ends; (0, 0) where there is none."""
    found = list(blocks(text))
    return found[number] if number < len(found) else (0, 0)


def place(text: str, path: Path, url: str) -> int:
    """The number of the feed in the file, from 0."""
    return [feed.url for feed in config.parse(text, path).feeds].index(url)


def switched(text: str, start: int, end: int, value: str) -> str:
    """``enabled`` of the block set to ``value``, in its place or as a new last line of the block."""
    for match in TOKEN.finditer(text, start, end):
        if match["enabled"]:
            return text[: match.start("value")] + value + text[match.end("value") :]
    before, newline = text[:end], newline_of(text)
    return f"{before}{'' if before.endswith(newline) else newline}enabled = {value}{newline}{text[end:]}"


def appended(text: str, feeds: Sequence[config.Feed]) -> str:
    """The text with blocks of these feeds at its end."""
    newline = newline_of(text)
    if text and not text.endswith("\n"):
        text += newline
    return text + "".join(newline + written(feed).replace("\n", newline) for feed in feeds)


def written(feed: config.Feed) -> str:
    """A feed as a [[feeds]] block: its address, whatever else is known, and whether it is enabled."""
    return "[[feeds]]\n" + "".join(
        f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in said(feed)
    )


def said(feed: config.Feed) -> list[tuple[str, Any]]:
    """The keys of a feed that say something, with their values."""
    return [(key, value) for key, value in msgspec.to_builtins(feed).items() if value or key == "enabled"]


def newline_of(text: str) -> str:
    """The line end that the file uses."""
    return "\r\n" if "\r\n" in text else "\n"


def rewritten(text: str, feeds: Feeds) -> str:
    """The text with exactly these feeds, by tomlkit: for layouts other than [[feeds]] blocks."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = tomlkit.parse(text.removeprefix("\ufeff"))
    listed = document.setdefault("feeds", tomlkit.aot())
    keep = {feed.url: feed for feed in feeds}
    for number in reversed(range(len(listed))):
        feed = keep.pop(str(listed[number]["url"]), None)
        if feed is None:
            del listed[number]
        elif listed[number].get("enabled", True) != feed.enabled:
            listed[number]["enabled"] = feed.enabled
    for feed in keep.values():
        listed.append(dict(said(feed)))
    return mark + document.as_string()


# --- the file ------------------------------------------------------------------------------------


def edit(path: Path, wanted: Callable[[Feeds], Feeds], quick: Edit) -> int:
    """Change the file so that its feeds are ``wanted``; how many feeds came or went; a changed one did both.

    ``quick`` makes the new text from the old one. Raises ConfigError; the file is then as it was.
    """
    for _ in range(TRIES):
        old = read_text(path)
        settings = config.parse(old, path)
        feeds = wanted(settings.feeds)
        changes = len({*feeds} ^ {*settings.feeds})
        if changes == 0:
            return 0
        goal = msgspec.structs.replace(settings, feeds=feeds)
        if replace(path, old, proven(old, goal, path, quick)):
            return changes
    raise ConfigError(f"{path}: another program keeps saving it; nothing was changed, try again.", str(path))


def proven(text: str, goal: config.Settings, path: Path, quick: Edit) -> str:
    """The new text by the first way whose result means exactly the goal; ConfigError if none does."""
    config.check(goal, path)
    for way in (quick, rewritten):
        try:
            new = way(text, goal.feeds)
            if config.parse(new, path) == goal:
                return new
        except (ConfigError, TOMLKitError, ValueError, TypeError):
            continue
    raise ConfigError(f"{path}: cannot be edited without changing more; edit it by hand.", str(path))


def read_text(path: Path) -> str:
    """The file with its line ends as they are; raises ConfigError."""
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        config.read(path)  # says it in the usual words
        raise


def replace(path: Path, old: str, new: str) -> bool:
    """Put the new text in the file's place unless it is not the old one any more; False then.

    A reader sees the old file or the new one, whenever the machine stops. Raises ConfigError.
    """
    target = path.resolve()  # a symbolic link stays one
    fresh: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".config-", delete=False) as file:
            fresh = Path(file.name)
            file.write(new.encode("utf-8"))
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        if read_text(target) != old:
            return False
        fresh.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be written ({error.strerror}); nothing was changed.", str(path)
        ) from error
    finally:
        if fresh is not None:
            fresh.unlink(missing_ok=True)
    return True


def sync_folder(folder: Path) -> None:
    """Make the renaming last, where the system can."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
