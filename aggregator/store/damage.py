"""Is a file one of ours, and is it sound? It is asked before it is opened, or looked through in doubt."""

from __future__ import annotations

import mmap
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aggregator.errors import StoreDamaged, StoreTooNew
from aggregator.store.schema import APPLICATION_ID

MAGIC: Final = b"SQLite format 3\0"  # https://sqlite.org/fileformat.html §1.3
HEADER_BYTES: Final = 100
PAGE_SIZE, CHANGES, PAGES = slice(16, 18), slice(24, 28), slice(28, 32)
USER_VERSION, APPLICATION, VALID_FOR = slice(60, 64), slice(68, 72), slice(92, 96)
PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
OLDEST_DAMAGE: Final = 10_000  # a schema version that no migration will ever reach: a damaged header
SCHEMA_WORDS: Final = b"CREATE TABLE feed_counts"  # stand in every file of ours, and in no other program's
MAX_FINDINGS: Final = 20  # a damaged file can have thousands; the first ones tell enough
LONGEST: Final = 150  # characters of a finding
STEPS: Final = 20_000  # of SQLite's machine between two looks at the clock: about a millisecond
PACE: Final = 50_000_000  # bytes that are looked through in a second at least, read ahead; measured 240 MB
REPAIR: Final = "`hakawati doctor --repair` sets it aside and restores the newest backup"


@dataclass(frozen=True, slots=True)
class Header:
    """What the first bytes of a database say."""

    page_size: int
    pages: int
    application: int
    version: int

    @classmethod
    def of(cls, data: bytes) -> Header | None:
        """Read it; None where there is none."""
        if len(data) < HEADER_BYTES or not data.startswith(MAGIC):
            return None

        def number(where: slice) -> int:
            return int.from_bytes(data[where], "big")

        size = number(PAGE_SIZE)
        # the number of pages is only meant where the last writer knew of it (§1.3.7 there)
        pages = number(PAGES) if number(CHANGES) == number(VALID_FOR) else 0
        return cls(65536 if size == 1 else size, pages, number(APPLICATION), number(USER_VERSION))


def version_of(path: Path, newest: int) -> int | None:
    """The schema version in a file's header, None when there is no file.

    Not for a file that this process has open: see ``db.Opened``. Raises StoreDamaged for what is no sound
    database of ours, ``foreign`` where nothing in it is ours, and StoreTooNew for one above ``newest``.
    """
    if not os.path.lexists(path):
        return None
    try:
        with path.open("rb") as file:
            header = Header.of(file.read(HEADER_BYTES))
            size = file.seek(0, os.SEEK_END)
    except OSError as error:
        raise StoreDamaged(
            f"{path}: cannot be read ({error.strerror}) and was left as it is; {REPAIR}.", foreign=True
        ) from error
    if size == 0:
        raise StoreDamaged(f"{path}: is empty and was left as it is; {REPAIR}.", foreign=True)
    if header is None or header.application != APPLICATION_ID:
        raise _not_ours(path, header)
    if newest < header.version < OLDEST_DAMAGE:
        raise StoreTooNew(f"{path}: was made by a newer version of this program; update the program.")
    _prove(path, header, size, newest)
    return header.version


def _not_ours(path: Path, header: Header | None) -> StoreDamaged:
    """The error for a file whose head is not ours: whose file is it?"""
    if looks_ours(path):
        return StoreDamaged(f"{path}: has a damaged head; {REPAIR}.")
    what = "is no database" if header is None else "is a database of another program"
    return StoreDamaged(f"{path}: {what} and was left as it is; {REPAIR}.", foreign=True)


def _prove(path: Path, header: Header, size: int, newest: int) -> None:
    if header.page_size not in PAGE_SIZES or header.version > newest:
        raise StoreDamaged(f"{path}: has a damaged head; {REPAIR}.")
    log = Path(f"{path}-wal")
    if size < header.pages * header.page_size and not (log.exists() and log.stat().st_size):
        raise StoreDamaged(f"{path}: lacks its end; {REPAIR}.")


def looks_ours(path: Path) -> bool:
    """Whether a file without our head was once ours: our tables' words stand in it, or it is all zeros.

    Zeros are what file systems leave of files after a power cut; nobody else keeps anything in them.
    """
    return holds_ours(path) or holds_ours(Path(f"{path}-wal")) or _is_zeros(path)


def holds_ours(path: Path) -> bool:
    """Whether our tables' words stand anywhere in a file."""
    with (
        suppress(OSError, ValueError),  # a file of no bytes cannot be mapped
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(SCHEMA_WORDS) >= 0
    return False


def _is_zeros(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        while piece := file.read(2**20):
            if piece.strip(b"\0"):
                return False
        return True
    return False


class Unfinished(Exception):
    """The time was up before a file was looked through."""


def problems(connection: sqlite3.Connection, schema: str, seconds: float | None = None) -> list[str]:
    """What is wrong inside a file, the first findings; empty when it is sound, indexes included.

    ``seconds`` at most, None for as long as it takes. Raises Unfinished where they are not enough. SQLite
    before 3.43 cannot be stopped inside the check, so a file that is too large for it is not begun.
    """
    end = time.monotonic() + (seconds or 0)
    if seconds is not None:
        if _bytes(connection, schema) > seconds * PACE:
            raise Unfinished
        connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
    try:
        return list(_problems(connection, schema))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            return [str(error)]
        raise Unfinished from error
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        connection.set_progress_handler(None, 0)


def _bytes(connection: sqlite3.Connection, schema: str) -> int:
    with suppress(sqlite3.Error):
        (pages,) = connection.execute(f"PRAGMA {schema}.page_count").fetchone()
        (size,) = connection.execute(f"PRAGMA {schema}.page_size").fetchone()
        return int(pages * size)
    return 0


def _problems(connection: sqlite3.Connection, schema: str) -> Iterator[str]:
    for (answer,) in connection.execute(f"PRAGMA {schema}.integrity_check({MAX_FINDINGS})"):
        if answer != "ok":
            yield _one_line(str(answer))


def _one_line(finding: str) -> str:
    """SQLite's finding without the name that it gives to the file."""
    return " ".join(finding.replace("*** in database main ***", "").split("\n")[:2]).strip()[:LONGEST]


def only_indexes(found: list[str]) -> bool:
    """Whether all that is wrong is that indexes are out of step with their tables, which hold the data."""
    marks = ("missing from index", "wrong # of entries in index", "non-unique entry in index")
    return bool(found) and all(any(mark in finding for mark in marks) for finding in found)


def read_ahead(path: Path) -> None:
    """Read a file in one go: looked through page by page from a cold disk it takes minutes."""
    with suppress(OSError), path.open("rb") as file:
        while file.read(2**20):
            pass
