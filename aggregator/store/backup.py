"""Copies of the articles' file: made daily and before migrations, looked through before they count.

SQLite's own online copy reads one moment of the file and holds up nobody: readers and writers go on.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aggregator.errors import StoreDamaged, StoreError, StoreFull
from aggregator.private import keep_name, make_file, make_folder, write_through
from aggregator.store import damage
from aggregator.store.connecting import connect
from aggregator.store.database import explained
from aggregator.store.places import Files, logs
from aggregator.store.schema import MIGRATIONS

KEPT: Final = 3  # copies, where nothing else is said
DAY: Final = 86400
ROOM: Final = 64 * 2**20  # bytes that a copy must leave free: the next syncs need them
STEP: Final = 2_000  # pages (8 MB) between two looks whether to stop
STAMP: Final = "%Y%m%d-%H%M%S"


class Stopped(Exception):
    """A copy was given up because the program is to end."""


def copies(files: Files) -> list[Path]:
    """The copies, newest first."""
    found = [(path.stat().st_mtime_ns, path) for path in files.backups.glob("news-*.sqlite3")]
    return [path for _, path in sorted(found, reverse=True)]


def newest_good(files: Files) -> Path | None:
    """The newest copy that is sound and not of a newer program, None for none."""
    return next((path for path in copies(files) if is_sound(path)), None)


def is_sound(path: Path) -> bool:
    """Whether a file is a sound cache of ours that this version can read."""
    with suppress(StoreError):
        prove(path)
        return True
    return False


def prove(path: Path) -> None:
    """Look through a file that nobody has open; raises StoreError with what is wrong."""
    try:
        version = damage.version_of(path, len(MIGRATIONS))
    except StoreDamaged as error:
        told = str(error).removesuffix(f"; {damage.REPAIR}.")  # that is said of the cache, not of a copy
        raise StoreDamaged(f"{told}; choose another copy.", foreign=error.foreign) from error
    if version is None:
        raise StoreError(f"{path}: is not there.")
    try:
        # immutable: nothing beside it is read or made, and it is left exactly as it is
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1&mode=ro", uri=True)) as connection:
            found = damage.problems(connection, "main")
    except sqlite3.Error as error:
        found = [str(error)]
    if found:
        raise StoreDamaged(f"{path}: is damaged ({found[0]}); choose another copy.")


def is_due(files: Files, now: int) -> bool:
    """Whether the last daily copy is over a day old, or of a clock that ran wrong."""
    stamps = [path.name.removeprefix("news-").removesuffix(".sqlite3") for path in copies(files)]
    ages = [now - at for at in map(_time_of, stamps) if at is not None]
    return not any(-DAY < age < DAY for age in ages)


def _time_of(stamp: str) -> int | None:
    with suppress(ValueError):
        return int(datetime.strptime(stamp, STAMP).replace(tzinfo=UTC).timestamp())
    return None


def daily(files: Files, now: int, keep: int, stop: Callable[[], bool] = lambda: False) -> Path | None:
    """Make the day's copy if it is due and let the oldest go; None where none was due or time was up.

    ``keep`` is how many stay, 0 for no daily copies. Raises StoreFull where the disk has no room for it.
    """
    if not keep or not is_due(files, now):
        return None
    name = datetime.fromtimestamp(now, UTC).strftime(STAMP)
    try:
        return make(files, name, keep, stop)
    except Stopped:
        return None


def make(files: Files, name: str, keep: int = KEPT, stop: Callable[[], bool] = lambda: False) -> Path:
    """Copy the articles' file as it is now to ``backups``; returns the copy. Older copies go.

    Raises StoreError, Stopped.
    """
    make_folder(files.backups)
    for leftover in files.backups.glob("*.new*"):  # of one that was killed
        leftover.unlink(missing_ok=True)
    target = files.backups / f"news-{name}.sqlite3"
    copy(files.news, target, stop)
    for old in copies(files)[max(keep, 1) :]:
        old.unlink(missing_ok=True)
    return target


def copy(source: Path, target: Path, stop: Callable[[], bool] = lambda: False) -> None:
    """Copy a cache file, open or not, to a new file; the copy is whole or not there at all.

    Raises StoreError, StoreFull with nothing written where there is no room, Stopped.
    """
    prove_room(source, target)
    draft = target.with_name(f"{target.name}.new")
    try:
        make_file(draft)
        _copy_pages(source, draft, stop)
        if stop():
            raise Stopped
        prove(draft)
        write_through(draft)
        draft.replace(target)
        keep_name(target)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise explained(error, target) from error
    finally:
        for leftover in (draft, draft.with_name(f"{draft.name}-journal")):
            leftover.unlink(missing_ok=True)


def _copy_pages(source: Path, draft: Path, stop: Callable[[], bool]) -> None:
    def look(status: int, remaining: int, total: int) -> None:
        if stop():
            raise Stopped

    frozen = not any(log.exists() for log in logs(source))  # so that nothing is made beside it
    with (
        closing(connect(source, readonly=True, frozen=frozen)) as read,
        closing(sqlite3.connect(draft)) as written,
    ):
        written.execute("PRAGMA synchronous = OFF")  # one fsync at the end does
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_master").fetchone()  # one moment, whoever writes meanwhile
        read.backup(written, pages=STEP, progress=look, sleep=0)
        written.execute("PRAGMA journal_mode = DELETE").fetchall()  # a copy is one file


def prove_room(source: Path, target: Path) -> None:
    """Raise StoreFull where the disk has no room for a copy."""
    try:
        size = sum(file.stat().st_size for file in (source, logs(source)[0]) if file.exists())
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise StoreError(f"{target}: cannot be written ({error.strerror}).") from error
    if free < size + ROOM:
        raise StoreFull(
            f"{target}: was not made, because the disk has {free / 1e6:,.0f} MB free and a copy needs "
            f"{(size + ROOM) / 1e6:,.0f} MB; make room, or choose another folder."
        )
