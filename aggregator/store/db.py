"""class Store: the cache as one object, a part for each concern.

Files: news.sqlite3 (articles, feeds, marks), search.sqlite3 (can be rebuilt), write.lock, backups/.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreDamaged, StoreError
from aggregator.store import backup
from aggregator.store.alerts import Alerts
from aggregator.store.articles import Articles
from aggregator.store.check import findings, ground, narrow
from aggregator.store.connecting import attach_search, connect
from aggregator.store.corrections import Corrections
from aggregator.store.database import Database, explained
from aggregator.store.feeds import Feeds
from aggregator.store.files import prepare_folder
from aggregator.store.front import Front
from aggregator.store.journal import Journal
from aggregator.store.links import Links
from aggregator.store.lock import LOCK_WAIT, WriteLock
from aggregator.store.marker import Left
from aggregator.store.marks import Marks
from aggregator.store.notes import Notes
from aggregator.store.opening import CHECK_SECONDS, make_ready, replace, restore_damaged, suspect
from aggregator.store.page_queue import PageQueue
from aggregator.store.pages import Pages
from aggregator.store.pauses import Pauses
from aggregator.store.places import NAMES, Files
from aggregator.store.related import RelatedLists
from aggregator.store.relating import Relating
from aggregator.store.retention import Pruner
from aggregator.store.rules import Rules
from aggregator.store.search import Search
from aggregator.store.sizes import Sizes
from aggregator.store.stories import Stories
from aggregator.store.tags import Tags
from aggregator.store.threads import Threads
from aggregator.store.turns import Turns
from aggregator.store.ui import Ui
from aggregator.store.values import Values
from aggregator.store.verdicts import Verdicts
from aggregator.store.visits import Visits


class Opened:
    """How many connections this process has to each cache.

    Closing any descriptor of a file drops all locks that the process has on it (POSIX;
    sqlite.org/howtocorrupt.html §2.2), and then another process may take away the log of a database
    that is open here. So the headers are read only while no connection is open; one that is open
    has proved them already.
    """

    def __init__(self) -> None:
        self._guard = threading.RLock()
        self._counts: Counter[Path] = Counter()

    @contextmanager
    def alone(self, cache: Path) -> Iterator[bool]:
        """Keep the other threads of this process from opening it; yields whether one is open already."""
        with self._guard:
            yield self._counts[cache] > 0

    def opened(self, cache: Path) -> None:
        """One more was opened."""
        with self._guard:
            self._counts[cache] += 1

    def closed(self, cache: Path) -> None:
        """One was closed."""
        with self._guard:
            self._counts[cache] -= 1


OPENED = Opened()
VERSIONS = 2**32  # of one file's data, before the number of the next file


class Store:
    """An open cache; a context manager. One thread at a time uses it, ``interrupt`` apart."""

    NAMES = NAMES

    def __init__(self, database: Database, files: Files) -> None:
        self.files = files
        self.told: list[str] = []  # what opening it had to mend, sentences
        self._closed = False
        database.suspect = lambda why: suspect(files, why)
        self._database = database
        self.feeds = Feeds(database)
        self.turns = Turns(database)
        self.articles = Articles(database)
        self.journal = Journal(database)
        self.alerts = Alerts(database)
        self.marks = Marks(database, self.journal)
        self.tags = Tags(database, self.journal)
        self.search = Search(database)
        self.rules = Rules(database, self.journal, self.search)
        self.notes = Notes(database, self.journal)
        self.pauses = Pauses(database, self.journal)
        self.visits = Visits(database, self.journal)
        self.corrections = Corrections(database, self.journal)
        self.links = Links(database)
        self.pages = Pages(database)
        self.page_queue = PageQueue(database)
        self.front = Front(database)
        self.stories = Stories(database)
        self.related = RelatedLists(database)
        self.relating = Relating(database)
        self.threads = Threads(database)
        self.values = Values(database)
        self.verdicts = Verdicts(database)
        self.retention = Pruner(database, self.search)
        self.sizes = Sizes(database)
        self.ui = Ui(database)

    @classmethod
    def open(
        cls,
        cache: Path,
        *,
        readonly: bool = False,
        lock_wait: float = LOCK_WAIT,
        check_seconds: float | None = CHECK_SECONDS,
    ) -> Self:
        """Open the cache in a folder, made or migrated when needed.

        A ``readonly`` store takes no lock and works while another process writes. ``lock_wait`` is
        how long, in seconds, to wait for another writer; ``check_seconds`` how long files may be looked
        through that were not left in order, None for as long as it takes. Raises StoreDamaged and
        StoreTooNew (the file stays as it is), StoreLocked, StoreError.
        """
        files = Files(cache.absolute())
        lock = WriteLock(files.lock, lock_wait)
        try:
            with OPENED.alone(files.cache) as open_already:
                told = [] if open_already else make_ready(files, lock, check_seconds)
                connection, frozen = _connect(files, readonly=readonly)
                OPENED.opened(files.cache)
        except BaseException:
            lock.close()
            raise
        if readonly:
            lock.close()
        database = Database(connection, files.news, None if readonly else lock, files.search, frozen=frozen)
        store = cls(database, files)
        store.told = told
        return store

    @classmethod
    def open_restored(cls, cache: Path, *, check_seconds: float | None = CHECK_SECONDS) -> Self:
        """The same for writing, with a cache that was damaged made whole first: ``told`` says so.

        Raises StoreDamaged only for a file that has nothing of ours in it.
        """
        try:
            return cls.open(cache, check_seconds=check_seconds)
        except StoreDamaged as error:
            if error.foreign or not (told := cls.restore(cache)):
                raise
        store = cls.open(cache)
        store.told = [*told, *store.told]
        return store

    @classmethod
    def restore(cls, cache: Path, *, anything: bool = False) -> list[str]:
        """Look the cache through and make it whole if it is damaged; what was done, sentences.

        With ``anything`` also a file that has nothing of ours in it is set aside. Nothing of this process
        may have the cache open (then nothing is done). Raises StoreError kinds.
        """
        files = Files(cache.absolute())
        lock = WriteLock(files.lock, LOCK_WAIT)
        try:
            with OPENED.alone(files.cache) as open_already:
                if open_already:
                    return []
                prepare_folder(files.cache)
                with lock:
                    return restore_damaged(files, lock, anything=anything)
        finally:
            lock.close()

    @classmethod
    def replace(cls, cache: Path, source: Path) -> str:
        """Let a sound copy take the place of the articles' file, which is set aside; what was done, in words.

        Nothing of this process may have the cache open. Raises StoreError; everything is then as it was.
        """
        files = Files(cache.absolute())
        lock = WriteLock(files.lock, LOCK_WAIT)
        try:
            with OPENED.alone(files.cache) as open_already:
                if open_already:
                    raise StoreError(f"{files.news}: is in use by this process.")
                prepare_folder(files.cache)
                with lock:
                    return replace(files, lock, source)
        finally:
            lock.close()

    def copy_to(self, target: Path) -> None:
        """Copy the articles' file as it is now to another file. Raises StoreError."""
        backup.copy(self.files.news, target)

    def close(self) -> None:
        """Close it; closing twice does no harm."""
        if not self._closed:
            self._closed = True
            self._database.close()
            OPENED.closed(self.files.cache)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, *, durable: bool = False) -> AbstractContextManager[None]:
        """A write phase, all or nothing; see ``Database.write``."""
        return self._database.write(durable=durable)

    def checkpoint(self) -> None:
        """Fold the write-ahead logs into the files; at the end of a sync."""
        self._database.checkpoint()

    def back_up(self, now: int, keep: int, stopped: Callable[[], bool] = lambda: False) -> Path | None:
        """Make the day's copy if it is due, and let all but ``keep`` go; None where none was due or made.

        A copy that turns out damaged lets whoever opens the cache next look it through. Raises StoreError.
        """
        try:
            return backup.daily(self.files, now, keep, stopped)
        except StoreDamaged as error:
            suspect(self.files, str(error))
            raise StoreError(f"{self.files.news}: seems damaged; the next sync looks it through.") from error

    def data_version(self) -> int:
        """A number that changes when another connection has written articles, feeds or marks."""
        return self._database.serial * VERSIONS + int(self._database.value("PRAGMA main.data_version"))

    @property
    def moved(self) -> bool:
        """Whether another file has taken the place of one that is open here: it is to be opened anew."""
        return self._database.moved

    def interrupt(self) -> None:
        """Stop the query that is running (it raises ``Interrupted``); may come from another thread."""
        self._database.interrupt()

    @staticmethod
    def ground(cache: Path) -> Iterator[str]:
        """What the cache stands on: SQLite, the disk, its copies; lines for ``doctor``."""
        return ground(Files(cache.absolute()))

    def repair(self) -> Iterator[str]:
        """Mend what ``check`` finds beside damage to a file: rights, kept numbers; tells what was done."""
        yield from narrow(self.files)
        if any(findings(self._database, self.files)):
            with self._database.alone():
                self._database.settle()
            yield "Rows that belonged to nothing are gone, and the kept numbers are counted anew."

    def check(self) -> list[str]:
        """What is wrong with the files, a sentence each; empty when they are sound. Reads them wholly."""
        return list(self._check())

    def _check(self) -> Iterator[str]:
        yield from findings(self._database, self.files)
        yield from self.search.findings()


def _connect(files: Files, *, readonly: bool, frozen: bool = False) -> tuple[sqlite3.Connection, bool]:
    """A connection with both files, and whether it is a frozen one; raises StoreError."""
    connection: sqlite3.Connection | None = None
    try:
        connection = connect(files.news, readonly=readonly, frozen=frozen)
        attach_search(connection, files, readonly=readonly, frozen=frozen)
        connection.execute("SELECT value FROM meta WHERE key = 'search_serial'").fetchone()
        connection.execute("SELECT serial FROM search.state").fetchone()
        if readonly:
            connection.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        if connection is not None:
            connection.close()
        if readonly and not frozen and can_be_frozen(error, files):
            return _connect(files, readonly=True, frozen=True)
        told = explained(error, files.news)
        if isinstance(told, StoreDamaged):
            suspect(files, str(error))
        raise told from error
    return connection, frozen


def can_be_frozen(error: sqlite3.Error, files: Files) -> bool:
    """Whether all that fails is making a log's index, on a full or read-only disk, and no log is needed."""
    unable = (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)
    left = Left.now(files.news, files.search)
    return error.sqlite_errorcode & 0xFF in unable and left.log == left.search_log == "-"
