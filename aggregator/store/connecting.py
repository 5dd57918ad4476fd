"""Connections to our files, with our settings, and new files that get their name when they are whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.private import keep_name, make_file
from aggregator.store.database import BUSY_MS, READ_CACHE_KIB, WRITE_CACHE_KIB, explained
from aggregator.store.mounts import network_kind
from aggregator.store.places import Files, logs
from aggregator.store.schema import APPLICATION_ID
from aggregator.store.versions import journal_mode


def connect(path: Path, *, readonly: bool = False, frozen: bool = False) -> sqlite3.Connection:
    """A connection to one of our files with our settings; raises sqlite3.Error.

    A ``frozen`` one makes no file beside it: for a full or read-only disk where nobody writes.
    """
    connection = sqlite3.connect(
        address(path, readonly=readonly, frozen=frozen),
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


def address(path: Path, *, readonly: bool, frozen: bool = False) -> str:
    """A file as SQLite wants it named."""
    return f"{path.as_uri()}?mode={'ro' if readonly else 'rw'}{'&immutable=1' if frozen else ''}"


def attach_search(
    connection: sqlite3.Connection, files: Files, *, readonly: bool, frozen: bool = False
) -> None:
    """Attach the search file under the name "search"; raises sqlite3.Error."""
    named = address(files.search, readonly=readonly, frozen=frozen)
    connection.execute("ATTACH DATABASE ? AS search", (named,))
    for pragma in (
        "secure_delete = OFF",  # zeroes cost time, and the words are those of the articles beside it
        "synchronous = NORMAL",
        f"cache_size = -{READ_CACHE_KIB if readonly else WRITE_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA search.{pragma}").fetchall()


def create(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a database beside its place and move it there when it is whole."""
    draft = path.with_name(f"{path.name}.new")
    try:
        for leftover in (draft, *logs(draft), *logs(path)):
            leftover.unlink(missing_ok=True)  # a log without its database would be replayed into the new one
        make_file(draft)
        with closing(connect_new(draft)) as connection:
            fill(connection)
            # closing folds the log in too, but tells nobody when the disk is too full for that
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        draft.replace(path)
        keep_name(path)
    except sqlite3.Error as error:
        _forget(draft)
        raise explained(error, path) from error
    except OSError as error:
        _forget(draft)
        raise StoreError(f"{path}: cannot be made ({error.strerror}).") from error


def _forget(draft: Path) -> None:
    """Give back the room of a file that did not become whole."""
    for leftover in (draft, *logs(draft)):
        with suppress(OSError):
            leftover.unlink()


def connect_new(path: Path) -> sqlite3.Connection:
    """A connection to an empty file that is to become a database of ours."""
    connection = connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA journal_mode = {journal_mode(network_kind(path))}").fetchall()
    return connection
