"""Before a cache is opened: made where it is missing, migrated where it is old, looked through in doubt."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from aggregator.errors import StoreDamaged, StoreError
from aggregator.private import FILE
from aggregator.store import backup, damage, rescue, settling, versions
from aggregator.store.connecting import connect
from aggregator.store.database import UNDECODABLE, explained
from aggregator.store.files import (
    bring_up_to_date,
    is_current,
    prepare_folder,
    remake_search,
    search_is_current,
)
from aggregator.store.lock import WriteLock
from aggregator.store.marker import NOTHING, Left
from aggregator.store.mounts import network_kind
from aggregator.store.places import Files, logs
from aggregator.store.schema import MIGRATIONS, migrate

CHECK_SECONDS: Final = 1.5  # a reader's wait at most; a sync looks through the rest, however long that takes
INDEXES: Final = "has indexes out of step"
UNFINISHED: Final = "not looked through yet"
LOST_LOG: Final = (
    "news.sqlite3-wal, which held the latest changes, is gone: marks of the last session may be lost, and "
    "the next sync asks every feed for everything."
)
SEARCH_REMADE: Final = "The search index was damaged and is made anew; no article was in danger."


def make_ready(files: Files, lock: WriteLock, seconds: float | None) -> list[str]:
    """Let the cache be opened; returns what the user should know of that, sentences.

    ``seconds`` at most for looking through files that were not left as they lie there, None for as long as
    it takes. Raises StoreError kinds; the files are then as they were.
    """
    if versions.is_too_old():
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; hakawati needs 3.38 or newer.")
    prepare_folder(files.cache)
    _prove_there(files)
    if files.whole.exists() or not is_current(files):
        with lock:
            return prepare(files, lock, seconds)
    if _left_well(files, _note(files.lock), seconds) or not lock.try_once():
        return []  # somebody writes, so somebody opened it and lives
    with lock:
        return prepare(files, lock, seconds)


def prepare(files: Files, lock: WriteLock, seconds: float | None) -> list[str]:
    """The same with the lock held."""
    rescue.finish(files)
    _prove_there(files)
    told: list[str] = []
    version = damage.version_of(files.news, len(MIGRATIONS))
    note = lock.read_note()
    if version is not None and not _left_well(files, note, seconds):
        told = _look_through(files, Left.read(note), seconds if version == len(MIGRATIONS) else None)
    bring_up_to_date(files)
    _change_journal(files)
    lock.note(Left.now(files.news, files.search).note)
    return told


def restore_damaged(files: Files, lock: WriteLock, *, anything: bool = False) -> list[str]:
    """Look the cache through with the lock held and make it whole if it is damaged; what was done, sentences.

    ``anything`` is the user's own word that also a file with nothing of ours in it may be set aside.
    Nothing of it may be open in this process. Raises StoreError.
    """
    try:
        return prepare(files, lock, None)
    except StoreDamaged as error:
        if error.foreign and not anything:
            raise
        told = [_mend_or_rescue(files, error)]
    told += _mend_search(files, None)
    lock.note(Left.now(files.news, files.search).note)  # both were looked through
    return [*told, *prepare(files, lock, None)]


def replace(files: Files, lock: WriteLock, source: Path) -> str:
    """Let a copy take the place of ``news``, with the lock held; what was done, in words."""
    was_there = os.path.lexists(files.news)
    aside = rescue.replace(files, source, time.time())
    bring_up_to_date(files)
    lock.note(Left.now(files.news, files.search).note)
    kept = f"; what was here is set aside as {aside}" if was_there else ""
    return f"{source} is restored{kept}. The next sync asks every feed for everything."


def _mend_or_rescue(files: Files, error: StoreDamaged) -> str:
    if INDEXES in str(error) and rescue.mend_indexes(files):
        files.suspect.unlink(missing_ok=True)
        return "Indexes of the cache were out of step and are made anew; nothing was in danger."
    return rescue.rescue(files, str(error), time.time(), foreign=error.foreign).sentence


def _change_journal(files: Files) -> None:
    """Give a cache that was copied to a network disk the journal for it, unless somebody has it open."""
    if not (kind := network_kind(files.cache)):
        return
    for path in (files.news, files.search):
        with suppress(sqlite3.Error), closing(connect(path)) as connection:
            connection.execute(f"PRAGMA journal_mode = {versions.journal_mode(kind)}").fetchall()


def _prove_there(files: Files) -> None:
    """Raise StoreDamaged where the articles' file is gone and was here before."""
    if os.path.lexists(files.news) or files.whole.exists():
        return
    left = Left.read(_note(files.lock))
    was_here = left is not None and left.news != NOTHING
    if was_here or backup.copies(files) or damage.holds_ours(logs(files.news)[0]):
        raise StoreDamaged(f"{files.news}: is gone; {damage.REPAIR}.")


def _left_well(files: Files, note: bytes, seconds: float | None) -> bool:
    """Whether the files lie there as they were left, and nobody met damage in them."""
    left = Left.read(note)
    if left is None or left != Left.now(files.news, files.search):
        return False
    try:
        why = files.suspect.read_text("utf-8", "replace")
    except OSError:
        return True
    return why == UNFINISHED and seconds is not None


def _note(lock: Path) -> bytes:
    try:
        return lock.read_bytes()
    except OSError:
        return b""


def _look_through(files: Files, left: Left | None, seconds: float | None) -> list[str]:
    """Look through both files; raises StoreDamaged for the articles', makes the search file anew."""
    told: list[str] = []
    # a power cut may leave a shorter log, but never none
    gone = not logs(files.news)[0].exists()
    lost = gone and left is not None and left.lost_log(Left.now(files.news, files.search))
    try:
        if _has_bad_texts(files):
            told.append(_mend_texts(files))
        if found := _problems(files.news, seconds, whole=True):
            kind = INDEXES if damage.only_indexes(found) else "is damaged"
            raise StoreDamaged(f"{files.news}: {kind} ({found[0]}); {damage.REPAIR}.")
        told += _mend_search(files, seconds)
    except damage.Unfinished:
        suspect(files, UNFINISHED)
    else:
        files.suspect.unlink(missing_ok=True)
    if lost:
        _ask_for_everything(files)
        told.append(LOST_LOG)
    return told


def _mend_search(files: Files, seconds: float | None) -> list[str]:
    """Make the search file anew if it is damaged; a sync fills it."""
    if not search_is_current(files):
        return []  # it will be made anew anyway
    found = _problems(files.search, seconds)
    if not found and seconds is None:
        found = _problems_of_words(files.search)
    if not found:
        return []
    remake_search(files)
    return [SEARCH_REMADE]


def _problems_of_words(path: Path) -> list[str]:
    """What is wrong inside the full-text index, whose parts are mere bytes to SQLite's own check."""
    try:
        with closing(connect(path)) as connection:
            connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
            return []
    except sqlite3.DatabaseError as error:
        told = explained(error, path)
        if isinstance(told, StoreDamaged):
            return [str(error)]
        raise told from error


def _problems(path: Path, seconds: float | None, *, whole: bool = False) -> list[str]:
    """What is wrong in a file; ``whole``: also which of the newest version's parts it lacks."""
    if seconds is None:
        damage.read_ahead(path)
    try:
        with closing(connect(path, readonly=True)) as connection:
            found = damage.problems(connection, "main", seconds)
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if whole and not found and version == len(MIGRATIONS):
                found = [f"lacks {name}" for name in sorted(_parts_of_new() - _parts(connection))]
            return found
    except sqlite3.DatabaseError as error:
        told = explained(error, path)
        if isinstance(told, StoreDamaged):
            return [str(error)]
        raise told from error


def _parts(connection: sqlite3.Connection) -> set[str]:
    named = "SELECT type || ' ' || name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
    return {str(name) for (name,) in connection.execute(named)}


def _parts_of_new() -> set[str]:
    """The tables and indexes of the newest version."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        return _parts(fresh)


def _has_bad_texts(files: Files) -> bool:
    """Whether somebody met a text that is no UTF-8, which SQLite itself does not mind."""
    try:
        return UNDECODABLE in files.suspect.read_text("utf-8", "replace")
    except OSError:
        return False


def _mend_texts(files: Files) -> str:
    try:
        with closing(connect(files.news)) as connection:
            mended = settling.mend_texts(connection)
    except sqlite3.Error as error:
        raise explained(error, files.news) from error
    return (
        f"Letters in {mended} texts of the cache were damaged; each shows as \N{REPLACEMENT CHARACTER} now."
    )


def _ask_for_everything(files: Files) -> None:
    try:
        with closing(connect(files.news)) as connection:
            settling.forget_validators(connection)
    except sqlite3.Error as error:
        raise explained(error, files.news) from error


def suspect(files: Files, why: str) -> None:
    """Let whoever opens the cache next look it through."""
    with suppress(OSError):
        handle = os.open(files.suspect, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(why)
