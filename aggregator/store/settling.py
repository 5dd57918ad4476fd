"""Make the rows of a file agree with each other again after some were lost; kept numbers are counted anew."""

from __future__ import annotations

import sqlite3
from typing import Final

ROUNDS: Final = 8  # tables that hang on each other: article → page → link is the longest chain
FRESH: Final = 1_000_003  # added to the index's serial, so that it is believed complete no more

# Nothing of the user's may go because the text of its article did: such an article stays, without a text.
_KEPT: Final = (
    "SELECT id FROM starred UNION SELECT id FROM notes UNION SELECT article_id FROM article_tags "
    "WHERE rule_id = 0"
)
_ARTICLES: Final = (
    f"INSERT INTO bodies SELECT id, '', '', '', '', NULL, NULL, id >> 20, '', x'' FROM articles "
    f"WHERE id NOT IN (SELECT id FROM bodies) AND id IN ({_KEPT})",
    "DELETE FROM articles WHERE id NOT IN (SELECT id FROM bodies)",
    # articles whose feed is lost stay in the lists, as those of an imported archive do
    "INSERT INTO feeds (id, url, fetch_url, title, outlet, imported) SELECT DISTINCT feed_id, "
    "'lost:' || feed_id, 'lost:' || feed_id, 'Lost feed ' || feed_id, 'Lost feed', 1 FROM articles "
    "WHERE feed_id NOT IN (SELECT id FROM feeds)",
    "DELETE FROM seen WHERE article_id <> 0 AND article_id NOT IN (SELECT id FROM articles)",
    "DELETE FROM unread WHERE id NOT IN (SELECT id FROM articles)",
)
_HIDING: Final = (
    "SELECT r.article_id FROM rule_hits r JOIN rules q ON q.id = r.rule_id WHERE q.hides "
    "AND r.article_id IN (SELECT id FROM articles)"
)
_NUMBERS: Final = (
    # what a rule hides is in "hidden" and not in "unread", and the other way round
    f"INSERT OR IGNORE INTO unread SELECT id, feed_id FROM hidden WHERE unread AND id NOT IN ({_HIDING})",
    f"DELETE FROM hidden WHERE id NOT IN ({_HIDING})",
    "INSERT OR IGNORE INTO hidden SELECT a.id, a.feed_id, EXISTS (SELECT 1 FROM unread u WHERE u.id = a.id) "
    f"FROM articles a WHERE a.id IN ({_HIDING})",
    "DELETE FROM unread WHERE id IN (SELECT id FROM hidden)",
    "DELETE FROM feed_counts",
    "INSERT INTO feed_counts (feed_id, unread, total, hidden) "
    "SELECT f.id, coalesce(u.n, 0), coalesce(a.n, 0), coalesce(h.n, 0) FROM feeds f "
    "LEFT JOIN (SELECT feed_id, count(*) AS n FROM unread GROUP BY feed_id) u ON u.feed_id = f.id "
    "LEFT JOIN (SELECT feed_id, count(*) AS n FROM articles GROUP BY feed_id) a ON a.feed_id = f.id "
    "LEFT JOIN (SELECT feed_id, count(*) AS n FROM hidden GROUP BY feed_id) h ON h.feed_id = f.id",
)
_SERIALS: Final = (
    f"INSERT INTO meta VALUES ('search_serial', {FRESH}) ON CONFLICT DO UPDATE SET value = value + {FRESH}",
    "INSERT INTO meta SELECT 'last_story', max(id) FROM stories HAVING max(id) IS NOT NULL "
    "ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
)
# What a server said may be of a time that was lost: the next poll asks for everything.
_VALIDATORS: Final = (
    "UPDATE feeds SET etag = NULL, last_modified = NULL, validators_url = '', body_hash = x'', "
    "item_hashes = x'', last_full = 0"
)


def settle(connection: sqlite3.Connection) -> None:
    """Let go of what belongs to nothing, count anew, forget validators; in one transaction.

    To be called for a file of the newest version, with ``foreign_keys`` off. Raises sqlite3.Error.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _ARTICLES:
            connection.execute(statement)
        _drop_orphans(connection)
        for statement in (*_NUMBERS, *_SERIALS, _VALIDATORS):
            connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


def forget_validators(connection: sqlite3.Connection) -> None:
    """Let the next poll of every feed ask for everything."""
    connection.execute(_VALIDATORS)


def _drop_orphans(connection: sqlite3.Connection) -> None:
    for _ in range(ROUNDS):
        wanting = {(row[0], row[3]) for row in connection.execute("PRAGMA main.foreign_key_check")}
        if not wanting:
            return
        for table, number in wanting:
            for key in connection.execute(f"PRAGMA main.foreign_key_list({table})").fetchall():
                if key[0] == number:
                    _drop(connection, table, key[3], key[2])


def _drop(connection: sqlite3.Connection, table: str, column: str, parent: str) -> None:
    """Delete a table's rows whose parent is not there."""
    (name,) = next(
        (row[1],) for row in connection.execute(f"PRAGMA main.table_info({parent})") if row[5] == 1
    )
    connection.execute(
        f"DELETE FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {name} FROM {parent})"
    )


def mend_texts(connection: sqlite3.Connection) -> int:
    """Replace bytes in texts that are no UTF-8, which Python would not read; returns how many texts."""
    connection.create_function("fit", 1, _fit, deterministic=True)
    mended = 0
    for (table,) in connection.execute(
        "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        for row in connection.execute(f"PRAGMA main.table_info({table})").fetchall():
            name, kind, key = row[1], row[2], row[5]
            if kind == "TEXT" and not key:
                change = f"UPDATE OR IGNORE {table} SET {name} = fit(CAST({name} AS BLOB)) "
                unfit = f"WHERE {name} IS NOT NULL AND fit(CAST({name} AS BLOB)) IS NOT {name}"
                mended += connection.execute(change + unfit).rowcount
    return mended


def _fit(data: bytes) -> str:
    return data.decode("utf-8", "replace")
