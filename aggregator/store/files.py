"""The files of a cache folder: looked at before they are opened, made whole before they get their name.

A file that is not ours, is newer than we are or is damaged is refused and left as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.private import make_folder
from aggregator.store import backup
from aggregator.store.connecting import connect, create
from aggregator.store.damage import version_of
from aggregator.store.database import explained
from aggregator.store.places import Files
from aggregator.store.schema import MIGRATIONS, Migration, migrate, run_script
from aggregator.store.search_schema import SEARCH, SEARCH_VERSION


def prepare_folder(cache: Path) -> None:
    """Make the folder, for its owner only."""
    try:
        make_folder(cache)
    except OSError as error:
        raise StoreError(
            f"{cache}: cannot be made ({error.strerror}); choose another cache folder."
        ) from error


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
        create(files.news, lambda connection: migrate(connection, migrations))
    elif version < len(migrations):
        backup.make(files, f"version-{version}")
        bring_file_up_to_date(files.news, migrations)
    if not search_is_current(files):
        create(files.search, _make_search)


def bring_file_up_to_date(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Migrate one file that nobody has open. Raises StoreError."""
    try:
        with closing(connect(path)) as connection:
            migrate(connection, migrations)
            # the header, which version_of reads, is to tell the version
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        raise explained(error, path) from error


def remake_search(files: Files) -> None:
    """Make the search file anew, empty; with the write lock held and no connection of this process open."""
    create(files.search, _make_search)


def _make_search(connection: sqlite3.Connection) -> None:
    run_script(connection, SEARCH)
    connection.execute(f"PRAGMA user_version = {SEARCH_VERSION}")
