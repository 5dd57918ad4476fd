"""One SQLite connection: statements, write phases, and SQLite's errors told as ours.

Every part of the store goes through the four methods ``all``, ``one``, ``run`` and ``many``, so that
no sqlite3 exception leaves this package and every write happens inside ``write``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aggregator.errors import (
    Interrupted,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreReplaced,
)
from aggregator.store import settling
from aggregator.store.lock import WriteLock
from aggregator.store.marker import Left, state_of

Row = tuple[Any, ...]
Parameters = Sequence[Any]

BUSY_MS = 8000  # how long SQLite itself waits for a lock before it gives up
READ_CACHE_KIB = 8_000  # page cache of a connection that reads; a million articles' inner pages fit
WRITE_CACHE_KIB = 12_000  # of one that writes, a file; 64 MB were no faster, the system caches what spills
WAL_LIMIT = 64 * 2**20  # bytes of write-ahead log after which a write phase folds it in (reads slow down)

MENDED = "leave the reader, then `hakawati sync` or `hakawati doctor --repair` restores it"
FULL = "can keep nothing more because the disk is full; make room and try again"
LIMITED = "can keep nothing more (a full disk, a quota or a limit on files); make room and try again"
UNDECODABLE = "Could not decode to UTF-8"  # the module's words for a text that is none
FILES = 2  # of a cache: articles and search index
LITTLE_ROOM = 64 * 1024  # bytes free on a disk that count as none: SQLite's shared memory grows by 32 KB
_WRITE_ERRORS = frozenset(
    {sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE}
)

_MESSAGES: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreLocked, "is held by another process; try again when it is done"),
    sqlite3.SQLITE_LOCKED: (StoreLocked, "is held by another connection; try again"),
    sqlite3.SQLITE_CORRUPT: (StoreDamaged, f"or search.sqlite3 beside it is damaged; {MENDED}"),
    sqlite3.SQLITE_NOTADB: (StoreDamaged, f"or search.sqlite3 beside it is no database; {MENDED}"),
    sqlite3.SQLITE_FULL: (StoreFull, FULL),
    sqlite3.SQLITE_IOERR: (StoreError, "cannot be read or written (input/output error); check the disk"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened; check that its folder exists and is yours"),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, "is read-only; check who owns it"),
    sqlite3.SQLITE_PERM: (StoreReadOnly, "may not be opened; check who owns it"),
}


def explained(error: sqlite3.Error, path: Path) -> Exception:
    """SQLite's error as a StoreError with one sentence; a mistake of our own (bad SQL) as it is."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_INTERRUPT:
        return Interrupted("The query was stopped.")
    if reason := unwritable(code, path):
        return reason
    if code & 0xFF in _MESSAGES:
        kind, message = _MESSAGES[code & 0xFF]
        return kind(f"{path}: {message}.")
    if "no such table" in str(error) or "no such column" in str(error):
        return StoreDamaged(f"{path}: lacks a part that it should have; `hakawati doctor --repair` mends it.")
    if UNDECODABLE in str(error):
        return StoreDamaged(f"{path}: a text in it is damaged; {MENDED}.")
    return error


def unwritable(code: int, path: Path) -> StoreError | None:
    """What forbids writing, where SQLite itself cannot tell why it failed; None where nothing is found."""
    if code & 0xFF not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        return None
    if has_no_room(path):
        return StoreFull(f"{path}: {FULL}.")
    if path.parent.is_dir() and not os.access(path.parent, os.W_OK):
        return StoreReadOnly(f"{path}: lies in a folder or on a disk that cannot be written to.")
    if code in _WRITE_ERRORS:  # the kernel refused bytes for another reason than a full disk
        return StoreFull(f"{path}: {LIMITED}.")
    return None


def has_no_room(path: Path) -> bool:
    """Whether the disk that a file is on is full."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return False
    return disk.f_bavail * disk.f_frsize < LITTLE_ROOM


class Database:
    """A connection with its write lock; ``lock`` is None for one that only reads."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        lock: WriteLock | None,
        *attached: Path,
        frozen: bool = False,
    ) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._logs = tuple(Path(f"{file}-wal") for file in (path, *attached))
        self._files = (path, *attached)
        self._identity = state_of if frozen else identity  # a frozen one must not see any change
        self._watched = (*self._files, *self._logs) if frozen else self._files
        self._opened = [self._identity(file) for file in self._watched]
        self._depth = 0
        self.suspect: Callable[[str], None] = lambda why: None

    def all(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def one(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a statement, or None."""
        try:
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return row

    def value(self, sql: str, parameters: Parameters = (), default: Any = None) -> Any:
        """The first column of the first row, or ``default``."""
        row = self.one(sql, parameters)
        return default if row is None else row[0]

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute one statement; returns the number of rows it changed."""
        try:
            return self._connection.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Execute one statement for each of ``rows``."""
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    @property
    def readonly(self) -> bool:
        """Whether this connection may not write."""
        return self._lock is None

    @property
    def changes(self) -> int:
        """Rows written by this connection since it was opened."""
        return self._connection.total_changes

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[None]:
        """A write phase: all or nothing; inside another one it joins that.

        ``durable`` waits for the disk, for what a user did and cannot be fetched again.
        Raises StoreLocked when another process writes for longer than we wait.
        """
        if self._lock is None:
            raise StoreError("This connection only reads.")
        if self._depth:
            yield
            return
        with self._held(self._lock):
            self.run(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self.run("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._depth = 0
            if any(_size(log) > WAL_LIMIT for log in self._logs):
                self._fold_in()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other writers out without a transaction, for statements that must not stand in one."""
        if self._lock is None or self._depth:
            raise StoreError("This connection only reads." if self._lock is None else "A write is under way.")
        with self._held(self._lock):
            yield

    def settle(self) -> None:
        """Make the rows agree with each other; inside ``alone``. See ``settling``."""
        self.run("PRAGMA foreign_keys = OFF")
        try:
            settling.settle(self._connection)
        except sqlite3.Error as error:
            raise self._explained(error) from error
        finally:
            self.run("PRAGMA foreign_keys = ON")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; readers never wait for it, nor it for them."""
        if self._lock is None or self._depth:
            return
        with self._held(self._lock):
            self._fold_in()

    def interrupt(self) -> None:
        """Stop the statement that is running; may be called from another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection; the last one of all folds the log in, so a writer does it locked."""
        if self._lock is None:
            self._connection.close()
            return
        try:
            with suppress(StoreError), self._held(self._lock):  # somebody writes: then we are not the last
                self._connection.close()
        finally:
            self._connection.close()
            self._lock.close()

    @property
    def serial(self) -> int:
        """The number that the file system gave to the file."""
        return identity(self.path)[1]

    @property
    def moved(self) -> bool:
        """Whether another file has taken the place of one that is open (a restored backup)."""
        return [self._identity(file) for file in self._watched] != self._opened

    @contextmanager
    def _held(self, lock: WriteLock) -> Iterator[None]:
        """Hold the lock, and leave a note of how the files are when it is given back."""
        with lock:
            if self.moved:
                raise StoreReplaced(
                    f"{self.path}: was restored or moved away meanwhile; please do that again."
                )
            try:
                yield
            finally:
                if len(self._files) == FILES and not self.moved:
                    lock.note(Left.now(*self._files).note)

    def _explained(self, error: sqlite3.Error) -> Exception:
        """SQLite's error as ours; a damage is remembered for whoever opens the cache next."""
        told = explained(error, self.path)
        if isinstance(told, StoreDamaged):
            self.suspect(str(error))
        return told

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            with suppress(StoreError):  # the first error is the one to tell
                self.run("ROLLBACK")

    def _fold_in(self) -> None:
        busy, frames, done = self.one("PRAGMA wal_checkpoint(PASSIVE)") or (1, 0, 0)
        if busy or frames != done:
            return
        self.run("PRAGMA busy_timeout = 0")  # shorten the file only if nobody reads at this moment
        try:
            self.all("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self.run(f"PRAGMA busy_timeout = {BUSY_MS}")


def identity(path: Path) -> tuple[int, int]:
    """Which file has this name now; zeros for none."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino


def _size(path: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
