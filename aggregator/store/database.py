"""One SQLite connection: statements, write phases, and SQLite's errors told as ours.

Every part of the store goes through the four methods ``all``, ``one``, ``run`` and ``many``, so that
no sqlite3 exception leaves this package and every write happens inside ``write``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from aggregator.errors import Interrupted, StoreDamaged, StoreError, StoreLocked
from aggregator.store.lock import WriteLock

Row = tuple[Any, ...]
Parameters = Sequence[Any]

BUSY_MS = 8000  # how long SQLite itself waits for a lock before it gives up
READ_CACHE_KIB = 8_000  # page cache of a connection that reads; a million articles' inner pages fit
WRITE_CACHE_KIB = 12_000  # of one that writes, a file; 64 MB were no faster, the system caches what spills
WAL_LIMIT = 64 * 2**20  # bytes of write-ahead log after which a write phase folds it in (reads slow down)

_MESSAGES: dict[int, tuple[type[StoreError], str]] = {
    sqlite3.SQLITE_BUSY: (StoreLocked, "is held by another process; try again when it is done"),
    sqlite3.SQLITE_LOCKED: (StoreLocked, "is held by another connection; try again"),
    sqlite3.SQLITE_CORRUPT: (StoreDamaged, "or search.sqlite3 beside it is damaged; run `hakawati doctor`"),
    sqlite3.SQLITE_NOTADB: (StoreDamaged, "is no database; move it away and start again"),
    sqlite3.SQLITE_FULL: (StoreError, "cannot grow because the disk is full; make room and try again"),
    sqlite3.SQLITE_IOERR: (StoreError, "cannot be read or written (input/output error); check the disk"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "cannot be opened; check that its folder exists and is yours"),
    sqlite3.SQLITE_READONLY: (StoreError, "is read-only; check who owns it"),
    sqlite3.SQLITE_PERM: (StoreError, "may not be opened; check who owns it"),
}


def explained(error: sqlite3.Error, path: Path) -> Exception:
    """SQLite's error as a StoreError with one sentence; a mistake of our own (bad SQL) as it is."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_INTERRUPT:
        return Interrupted("The query was stopped.")
    if code & 0xFF in _MESSAGES:
        kind, message = _MESSAGES[code & 0xFF]
        return kind(f"{path}: {message}.")
    if "no such table" in str(error) or "no such column" in str(error):
        return StoreDamaged(f"{path}: lacks a part that it should have; run `hakawati doctor`.")
    return error


class Database:
    """A connection with its write lock; ``lock`` is None for one that only reads."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, lock: WriteLock | None, *attached: Path
    ) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._logs = tuple(Path(f"{file}-wal") for file in (path, *attached))
        self._depth = 0

    def all(self, sql: str, parameters: Parameters = ()) -> list[Row]:
        """All rows of a statement."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise explained(error, self.path) from error

    def one(self, sql: str, parameters: Parameters = ()) -> Row | None:
        """The first row of a statement, or None."""
        try:
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise explained(error, self.path) from error
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
            raise explained(error, self.path) from error

    def many(self, sql: str, rows: Iterable[Parameters]) -> None:
        """Execute one statement for each of ``rows``."""
        try:
            self._connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise explained(error, self.path) from error

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
        with self._lock:
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
        with self._lock:
            yield

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file; readers never wait for it, nor it for them."""
        if self._lock is None or self._depth:
            return
        with self._lock:
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
            with suppress(StoreLocked), self._lock:  # somebody writes: then we are not the last
                self._connection.close()
        finally:
            self._connection.close()
            self._lock.close()

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


def _size(path: Path) -> int:
    """Bytes of a file, 0 where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
