"""The files of a cache folder: looked at before they are opened, made whole before they get their name.

A file that is not ours, is newer than we are or is broken at its head is refused and left as it is.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from aggregator.dataclass import dataclass
from aggregator.errors import StoreDamaged, StoreError, StoreTooNew
from aggregator.store.database import BUSY_MS, READ_CACHE_KIB, WRITE_CACHE_KIB, explained
from aggregator.store.schema import APPLICATION_ID, MIGRATIONS, Migration, migrate, run_script
from aggregator.store.search_schema import SEARCH, SEARCH_VERSION

MAGIC = b"SQLite format 3\0"  # https://sqlite.org/fileformat.html §1.3
HEADER_BYTES = 100
USER_VERSION = slice(60, 64)
APPLICATION = slice(68, 72)
BACKUPS_KEPT = 3  # copies made before migrations


@dataclass(frozen=True, slots=True)
class Files:
    """Where things lie in a cache folder."""

    cache: Path

    @property
    def news(self) -> Path:
        """Articles, feeds, marks: all that cannot be made again from the rest."""
        return self.cache / "news.sqlite3"

    @property
    def search(self) -> Path:
        """The search index; made again from ``news`` when lost."""
        return self.cache / "search.sqlite3"

    @property
    def lock(self) -> Path:
        """Locked by whoever writes."""
        return self.cache / "write.lock"

    @property
    def backups(self) -> Path:
        """Copies of ``news`` from before migrations."""
        return self.cache / "backups"


def prepare_folder(cache: Path) -> None:
    """Make the folder, for its owner only."""
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{cache}: cannot be made ({error.strerror}); choose another cache folder."
        ) from error


def version_of(path: Path, newest: int) -> int | None:
    """The schema version in a file's header, None when there is no file.

    Not for a file that this process has open: see ``db.Opened``.
    Raises StoreDamaged for what is no database of ours, StoreTooNew for one above ``newest``.
    """
    if not os.path.lexists(path):
        return None
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
    except OSError as error:
        raise StoreDamaged(f"{path}: cannot be read ({error.strerror}); move it away.") from error
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise StoreDamaged(f"{path}: is no database (it may be damaged); move it away and start again.")
    if int.from_bytes(header[APPLICATION], "big") != APPLICATION_ID:
        raise StoreDamaged(f"{path}: is a database of another program; choose another cache folder.")
    version = int.from_bytes(header[USER_VERSION], "big")
    if version > newest:
        raise StoreTooNew(f"{path}: was made by a newer version of this program; update the program.")
    return version


def is_current(files: Files) -> bool:
    """Whether both files are there in their newest version; raises as ``version_of``."""
    return version_of(files.news, len(MIGRATIONS)) == len(MIGRATIONS) and search_is_current(files)


def search_is_current(files: Files) -> bool:
    """Whether the search file can be used; anything else than ours can, and will, be replaced."""
    try:
        return version_of(files.search, SEARCH_VERSION) == SEARCH_VERSION
    except StoreError:
        return False


def bring_up_to_date(files: Files, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Create or migrate both files; to be called with the write lock held."""
    version = version_of(files.news, len(migrations))
    if version is None:
        _create(files.news, lambda connection: migrate(connection, migrations))
    elif version < len(migrations):
        back_up(files, f"version-{version}")
        _migrate(files.news, migrations)
    if not search_is_current(files):
        _create(files.search, _make_search)


def _migrate(path: Path, migrations: Sequence[Migration]) -> None:
    try:
        with closing(connect(path)) as connection:
            migrate(connection, migrations)
            # the header, which version_of reads, is to tell the version
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise explained(error, path) from error


def back_up(files: Files, name: str) -> Path:
    """Copy the articles' file as it is now to ``backups``; returns the copy. Older copies go."""
    prepare_folder(files.backups)
    target = files.backups / f"news-{name}.sqlite3"
    _private(target)
    try:
        with closing(connect(files.news, readonly=True)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()  # a copy is one file
    except sqlite3.Error as error:
        raise explained(error, target) from error
    copies = sorted(files.backups.glob("news-*.sqlite3"), key=lambda path: path.stat().st_mtime_ns)
    for old in copies[:-BACKUPS_KEPT]:
        old.unlink(missing_ok=True)
    return target


def connect(path: Path, *, readonly: bool = False) -> sqlite3.Connection:
    """A connection to one of our files with our settings; raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={'ro' if readonly else 'rw'}",
        uri=True,
        isolation_level=None,  # transactions are ours, not the module's
        check_same_thread=False,  # interrupt comes from another thread; the library keeps the rest apart
        cached_statements=256,
    )
    for pragma in (
        f"busy_timeout = {BUSY_MS}",
        "wal_autocheckpoint = 0",  # folding in happens under the write lock only
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "secure_delete = FAST",
        "temp_store = MEMORY",
        f"cache_size = -{READ_CACHE_KIB if readonly else WRITE_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def remake_search(files: Files) -> bool:
    """Make the search file anew, empty, if the articles' file is sound without it; False if it is not.

    For a search file that is damaged inside. To be called while this process has no connection open
    and with the write lock held.
    """
    try:
        with closing(connect(files.news, readonly=True)) as connection:
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                return False
    except sqlite3.Error:
        return False
    _create(files.search, _make_search)
    return True


def attach_search(connection: sqlite3.Connection, files: Files, *, readonly: bool) -> None:
    """Attach the search file under the name "search"; raises sqlite3.Error."""
    connection.execute(
        "ATTACH DATABASE ? AS search", (f"{files.search.as_uri()}?mode={'ro' if readonly else 'rw'}",)
    )
    for pragma in (
        "secure_delete = OFF",  # zeroes cost time, and the words are those of the articles beside it
        "synchronous = NORMAL",
        f"cache_size = -{READ_CACHE_KIB if readonly else WRITE_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA search.{pragma}").fetchall()


def _make_search(connection: sqlite3.Connection) -> None:
    run_script(connection, SEARCH)
    connection.execute(f"PRAGMA user_version = {SEARCH_VERSION}")


def _create(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a database beside its place and move it there when it is whole."""
    draft = path.with_name(f"{path.name}.new")
    for leftover in (draft, _wal(draft), _shm(draft), _wal(path), _shm(path)):
        leftover.unlink(missing_ok=True)  # a log without its database would be replayed into the new one
    _private(draft)
    try:
        with closing(connect_new(draft)) as connection:
            fill(connection)
    except sqlite3.Error as error:
        raise explained(error, path) from error
    draft.replace(path)
    _sync_folder(path.parent)


def connect_new(path: Path) -> sqlite3.Connection:
    """A connection to an empty file that is to become a database of ours."""
    connection = connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    return connection


def _private(path: Path) -> None:
    """An empty file that only its owner may read; SQLite gives its log files the same rights."""
    try:
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"{path}: cannot be made ({error.strerror}).") from error


def _sync_folder(folder: Path) -> None:
    """Make sure that a new name survives a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _shm(path: Path) -> Path:
    return path.with_name(f"{path.name}-shm")
