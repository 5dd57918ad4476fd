"""Caches as earlier versions left them: today's rows in yesterday's tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from aggregator.store.schema import APPLICATION_ID, Migration, migrate


def make_older(folder: Path, migrations: Sequence[Migration]) -> None:
    """Turn the cache in a folder, which nobody has open, into one of the version that ``migrations`` make."""
    path, newer = folder / "news.sqlite3", folder / "newer.sqlite3"
    path.rename(newer)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(database, migrations)
        database.execute("ATTACH ? AS newer", (str(newer),))
        found = database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in found:
            shared = ", ".join(columns(database, "main", table) & columns(database, "newer", table))
            database.execute(
                f"INSERT OR REPLACE INTO main.{table} ({shared}) SELECT {shared} FROM newer.{table}"
            )
    newer.unlink()
    path.chmod(0o600)


def columns(database: sqlite3.Connection, schema: str, table: str) -> set[str]:
    """The names of a table's columns."""
    return {row[1] for row in database.execute(f"PRAGMA {schema}.table_info({table})")}
