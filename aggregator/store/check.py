"""What ``hakawati doctor`` asks: are the files sound, private, and do the kept numbers agree?"""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from aggregator.errors import StoreError
from aggregator.store import versions
from aggregator.store.backup import copies
from aggregator.store.database import Database
from aggregator.store.mounts import network_kind, synced_folder
from aggregator.store.places import NAMES, Files

MAX_FINDINGS = 20  # a damaged file can have thousands; the first ones tell enough


def findings(database: Database, files: Files) -> Iterator[str]:
    """What is wrong, a sentence each. Reads both files wholly."""
    yield from _sound(database)
    yield from _counts(database)
    yield from _hidden(database)
    yield from _private(files)


def _sound(database: Database) -> Iterator[str]:
    for schema, check in (("main", "integrity_check"), ("search", "quick_check")):
        for (answer,) in database.all(f"PRAGMA {schema}.{check}({MAX_FINDINGS})"):
            if answer != "ok":
                yield f"A database file is damaged: {answer}; `hakawati doctor --repair` mends it."
    orphans = database.all("PRAGMA main.foreign_key_check")
    if orphans:
        tables = ", ".join(sorted({row[0] for row in orphans}))
        yield f"{len(orphans)} rows belong to articles or feeds that are not there (in {tables})."


def _counts(database: Database) -> Iterator[str]:
    wrong = database.value(
        "SELECT count(*) FROM feeds f LEFT JOIN feed_counts c ON c.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM articles GROUP BY feed_id) a ON a.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM unread GROUP BY feed_id) u ON u.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM hidden GROUP BY feed_id) h ON h.feed_id = f.id "
        "WHERE c.total IS NOT coalesce(a.n, 0) OR c.unread IS NOT coalesce(u.n, 0) "
        "OR c.hidden IS NOT coalesce(h.n, 0)"
    )
    if wrong:
        yield f"The kept numbers of articles are wrong for {wrong} feeds."
    stray = database.value("SELECT count(*) FROM unread WHERE id NOT IN (SELECT id FROM articles)")
    if stray:
        yield f"{stray} articles are marked unread but are not there."


def _hidden(database: Database) -> Iterator[str]:
    both = database.value("SELECT count(*) FROM hidden h JOIN unread u ON u.id = h.id")
    if both:
        yield f"{both} articles are hidden and in the lists of unread ones at once."
    ruled = database.value(
        "SELECT count(*) FROM articles a LEFT JOIN hidden h ON h.id = a.id WHERE (h.id IS NOT NULL) <> "
        "EXISTS (SELECT 1 FROM rule_hits r JOIN rules q ON q.id = r.rule_id "
        "WHERE r.article_id = a.id AND q.hides)"
    )
    if ruled:
        yield f"{ruled} articles are hidden without a rule, or shown in spite of one."


def _private(files: Files) -> Iterator[str]:
    for path in _open_to_others(files):
        yield f"{path}: can be read by other users of this computer; run `chmod go= {path}`."


def _open_to_others(files: Files) -> list[Path]:
    """The cache's files and folders that not only their owner may read."""
    ours = [files.cache, *(path for name in NAMES for path in files.cache.glob(name))]
    inside = [path for folder in (files.backups, files.aside) if folder.is_dir() for path in folder.iterdir()]
    return [path for path in (*ours, *inside) if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]


def narrow(files: Files) -> Iterator[str]:
    """Let only their owner read the cache's files; says which were open to others."""
    for path in _open_to_others(files):
        try:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o700)
        except OSError as error:
            raise StoreError(f"{path}: its rights cannot be changed ({error.strerror}).") from error
        yield f"{path} was open to other users and is no more."


def ground(files: Files) -> Iterator[str]:
    """What the cache stands on, in lines: SQLite, the disk, copies and files that were set aside."""
    version = sqlite3.sqlite_version
    if versions.has_wal_reset_bug():
        version += " (can lose writes of two programs at once; hakawati's own wait for each other. Let no"
        version += " other program write to the cache)"
    yield f"SQLite         {version}"
    if kind := network_kind(files.cache):
        yield f"disk           {kind}, over a network: the slower journal is used; your own disk is safer"
    if service := synced_folder(files.cache):
        yield f"disk           a folder of {service}, which may copy files while they are written"
    found = copies(files)
    newest = datetime.fromtimestamp(found[0].stat().st_mtime, UTC) if found else None
    told = (
        f"{len(found)} in {files.backups}, the newest of {newest:%Y-%m-%d %H:%M} UTC"
        if newest
        else "none yet"
    )
    yield f"copies         {told}"
    if files.aside.is_dir() and (aside := sorted(files.aside.glob("*.sqlite3"))):
        taken = sum(path.stat().st_size for path in aside) / 1e6
        yield f"set aside      {len(aside)} in {files.aside}, {taken:,.1f} MB; delete what you need no more"
