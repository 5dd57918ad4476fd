"""Edit the tables of config.toml as a careful person would: comments, order and everything else stay.

Blocks of [[table]] are edited as lines, because a TOML editor moves comments from one block to the next.
Other layouts (``feeds = [{...}]``) go through tomlkit. Either way the result is read back, and only a
text that means exactly the old settings with the one wanted change replaces the file.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeAlias

import tomlkit
from tomlkit.exceptions import TOMLKitError

from aggregator import config
from aggregator.config import Settings
from aggregator.errors import ConfigError

TRIES = 3  # times to start again when an editor saved the file meanwhile
LOCK_WAIT = 10.0  # seconds; an edit of the largest file takes two
POLL = 0.02  # seconds between tries
FRESH = ".config-edit-"  # how the new file is called until it takes the old one's place

Row: TypeAlias = Mapping[str, Any]  # the keys of a block with their values
Way: TypeAlias = Callable[[str, Settings], str]  # makes the new text from the old one and the new meaning
# Gets the old and the new text when all is ready; what it gives is entered, the file changed, and it is left:
# with the error where the file could not be changed.
Keeper: TypeAlias = Callable[[str, str], AbstractContextManager[None]]

_KEEPER: ContextVar[Keeper] = ContextVar("keeper", default=lambda old, new: nullcontext())

_STRING = r'"""(?:\\.|[^\\])*?"{3,5}' + r"|'''.*?'{3,5}" + r'|"(?:\\.|[^"\\\n])*"' + r"|'[^'\n]*'"
# Everything in TOML that may hold the look of a header or a key without being one, and these themselves.
_TOKEN = re.compile(
    r"#[^\n]*"
    r"|(?P<header>^[ \t\ufeff]*\[(?P<name>[^\n#]*)\])"
    rf"|(?P<entry>^[ \t]*(?P<key>[A-Za-z0-9_-]+)[ \t]*=[ \t]*(?P<value>{_STRING}|[\w.+-]+))"
    rf"|{_STRING}",
    re.DOTALL | re.MULTILINE,
)


# --- the pure part: text in, text out ------------------------------------------------------------


def blocks(text: str, table: str) -> list[tuple[int, int]]:
    """Where each [[table]] block starts and ends; its end is that of its last line with a key."""
    return list(_blocks(text, re.compile(rf"\[\s*{re.escape(table)}\s*\]")))


def tables(text: str, table: str) -> list[tuple[int, int]]:
    """The same for a [table]; there is one at most in a text that can be read."""
    return list(_blocks(text, re.compile(re.escape(table))))


def _blocks(text: str, wanted: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    headers = [match for match in _TOKEN.finditer(text) if match["header"]]
    ends = [match.start() for match in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        if wanted.fullmatch(header["name"].strip()):
            lines = text[header.start() : end].splitlines(keepends=True)
            while len(lines) > 1 and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
                lines.pop()
            yield header.start(), header.start() + sum(map(len, lines))


def block(text: str, table: str, number: int) -> tuple[int, int]:
    """Where the block of that number (from 0) starts and ends; ValueError where there is none."""
    found = blocks(text, table)
    if number >= len(found):
        raise ValueError("there is no such block")
    return found[number]


def with_value(text: str, span: tuple[int, int], key: str, value: Any) -> str:
    """A key of the block set to ``value``, in its place or as a new last line of the block."""
    new = tomlkit.item(value).as_string()
    for match in _TOKEN.finditer(text, *span):
        if match["key"] == key:
            start, end = match.span("value")
            return f"{text[:start]}{new}{text[end:]}"
    before, newline = text[: span[1]], newline_of(text)
    gap = "" if before.endswith(newline) else newline
    return f"{before}{gap}{key} = {new}{newline}{text[span[1] :]}"


def without(text: str, span: tuple[int, int]) -> str:
    """The text without a block; of the empty lines around it, one stays, and so do comments."""
    before, rest = text[: span[0]], text[span[1] :]
    if rest.strip():
        return before + re.sub(r"\A[ \t]*\r?\n", "", rest)
    return re.sub(r"(\r?\n)[ \t]*\r?\n\Z", r"\1", before)


def reordered(text: str, spans: Sequence[tuple[int, int]], order: Sequence[int]) -> str:
    """The blocks in another order, each in the place of another; what stands between them stays."""
    newline = newline_of(text)
    bodies = [text[start:end].rstrip("\r\n") + newline for start, end in spans]
    parts, position = [], 0
    for (start, end), number in zip(spans, order, strict=True):
        parts += [text[position:start], bodies[number]]
        position = end
    return "".join(parts) + text[position:]


def appended(text: str, table: str, rows: Sequence[Row], after: int | None = None) -> str:
    """The text with blocks of these rows behind the position ``after``, else at its end."""
    newline = newline_of(text)
    before, rest = (text, "") if after is None else (text[:after], text[after:])
    if before and not before.endswith("\n"):
        before += newline
    return before + "".join(newline + written(table, row).replace("\n", newline) for row in rows) + rest


def written(table: str, row: Row) -> str:
    """A row as a [[table]] block."""
    lines = (f"{key} = {tomlkit.item(value).as_string()}\n" for key, value in row.items())
    return f"[[{table}]]\n" + "".join(lines)


def newline_of(text: str) -> str:
    """The line end that the file uses."""
    return "\r\n" if "\r\n" in text else "\n"


def rewritten(text: str, table: str, rows: Sequence[Row], identity: str, usual: Row) -> str:
    """The text with exactly these rows in a table, by tomlkit: for layouts other than [[table]] blocks.

    Rows are known by their key ``identity``; as many rows as before are changed where they stand.
    A key is written only where it differs from what it is or, being absent, from its ``usual`` value.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = tomlkit.parse(text.removeprefix("\ufeff"))
    listed = document.setdefault(table, tomlkit.aot())
    if len(listed) != len(rows):
        _come_and_go(listed, rows, identity, usual)
    for item, row in zip(listed, rows, strict=True):
        for key, value in row.items():
            if item.get(key, usual.get(key)) != value:
                item[key] = value
    return mark + document.as_string()


def with_setting(text: str, table: str, key: str, value: Any) -> str:
    """The text with a key of a [table] set, by tomlkit; the table is made where there is none."""
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    document = tomlkit.parse(text.removeprefix("\ufeff"))
    document.setdefault(table, tomlkit.table())[key] = value
    return mark + document.as_string()


def _come_and_go(listed: Any, rows: Sequence[Row], identity: str, usual: Row) -> None:
    """Take out of a tomlkit list what is no row any more, and add at its end what is new."""
    kept = {row[identity] for row in rows}
    for number in reversed(range(len(listed))):
        if listed[number][identity] not in kept:
            del listed[number]
    known = {item[identity] for item in listed}
    for row in rows:
        if row[identity] not in known:
            listed.append({key: value for key, value in row.items() if value or usual.get(key)})


# --- the file ------------------------------------------------------------------------------------


@contextmanager
def kept_by(keeper: Keeper) -> Iterator[None]:
    """Let ``keeper`` note each edit that is made within, on this thread, before it takes place."""
    token = _KEEPER.set(keeper)
    try:
        yield
    finally:
        _KEEPER.reset(token)


def edit(
    path: Path, wanted: Callable[[Settings], Settings], ways: Sequence[Way]
) -> tuple[Settings, Settings]:
    """Change the file so that it means what ``wanted`` makes of its meaning; returns (before, after).

    ``ways`` make the new text, the most careful first. Raises ConfigError; the file is then as it was.
    """
    with locked(path) as alone:
        if alone:
            clear_away(path.resolve().parent)
        for _ in range(TRIES):
            old = read_text(path)
            before = config.parse(old, path)
            after = wanted(before)
            if after == before or replace(path, old, proven(old, after, path, ways)):
                return before, after
    raise ConfigError(f"{path}: another program keeps saving it; nothing was changed, try again.", str(path))


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Keep other processes and threads of ours from editing a file of this folder meanwhile.

    The lock is on the folder itself, so it leaves no file behind and dies with its owner. Yields False where
    the system cannot lock; raises ConfigError when another holds it too long.
    """
    try:
        folder = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield False  # reading the file says what is wrong
        return
    try:
        yield taken(folder, path)
    finally:
        os.close(folder)


def taken(folder: int, path: Path) -> bool:
    """Take the lock, or wait for it."""
    until = time.monotonic() + LOCK_WAIT
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                raise ConfigError(
                    f"{path}: another process is changing it; nothing was changed, try again.", str(path)
                ) from None
            time.sleep(POLL)
        except OSError:  # a file system without locks
            return False


def clear_away(folder: Path) -> None:
    """Delete what an edit left that was killed; who has the lock knows that nobody is at it."""
    for left in folder.glob(f"{FRESH}*"):
        with suppress(OSError):
            left.unlink()


def proven(text: str, goal: Settings, path: Path, ways: Sequence[Way]) -> str:
    """The new text by the first way whose result means exactly the goal; ConfigError if none does."""
    config.check(goal, path)
    for way in ways:
        try:
            new = way(text, goal)
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
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=FRESH, delete=False) as file:
            fresh = Path(file.name)
            file.write(new.encode("utf-8"))
            file.flush()
            os.fchmod(file.fileno(), target.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        if read_text(target) != old:
            return False
        with _KEEPER.get()(old, new):
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
