"""Marks: what a user did to articles, kept at once and safe from power cuts, undone by the same statements.

An article is unread while it has a row in ``unread``, starred while it has one in ``starred``.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence

import msgspec
import zstandard

from aggregator.model import MarkAction
from aggregator.store.database import Database
from aggregator.store.filters import numbers, select_with_feeds
from aggregator.text.query import UNREAD, Query, Term

UNDO_STEPS = 100  # actions that can be undone
UNDO_BYTES = 8 * 2**20  # packed ids kept for that in all; a hundred thousand articles take about 200 kB

INVERSE = {
    MarkAction.READ: MarkAction.UNREAD,
    MarkAction.UNREAD: MarkAction.READ,
    MarkAction.STAR: MarkAction.UNSTAR,
    MarkAction.UNSTAR: MarkAction.STAR,
}
# Articles that an action changes, as a condition that narrows a query.
_CHANGEABLE = {
    MarkAction.READ: UNREAD,
    MarkAction.UNREAD: Term("is", ("read",)),
    MarkAction.STAR: Term("is", ("starred",), negated=True),
    MarkAction.UNSTAR: Term("is", ("starred",)),
}
# Each action adds rows to a table of marks, or takes rows out of it.
_TABLE = {
    MarkAction.READ: "unread",
    MarkAction.UNREAD: "unread",
    MarkAction.STAR: "starred",
    MarkAction.UNSTAR: "starred",
}
_ADDS = (MarkAction.UNREAD, MarkAction.STAR)
_CHOOSE = "SELECT json_group_array(a.id), json_group_array(a.feed_id) FROM json_each(?) w CROSS JOIN"
_MANY = 1000  # marks from which it pays to look whether they are all there are in their range of ids


class Marks:
    """The user's marks, with undo and redo."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, action: MarkAction, ids: Sequence[int]) -> int:
        """Do something to articles; returns how many it changed. What changes nothing is not undoable."""
        if not ids:
            return 0
        with self._database.write(durable=True):
            changed, feeds = self._changing(action, sorted(set(ids)))
            return self._do(action, changed, feeds)

    def apply_query(self, action: MarkAction, query: Query) -> int:
        """Do something to all articles of a query; returns how many it changed."""
        with self._database.write(durable=True):
            changed, feeds = select_with_feeds(self._database, query.also(_CHANGEABLE[action]))
            return self._do(action, changed[::-1], feeds[::-1])

    def starred_count(self) -> int:
        """How many articles are starred."""
        return int(self._database.value("SELECT count(*) FROM starred"))

    def undo(self) -> tuple[MarkAction, int] | None:
        """Take back the last action; returns it and how many articles that changed, None without one."""
        return self._step("WHERE undone = 0 ORDER BY id DESC", undone=1)

    def redo(self) -> tuple[MarkAction, int] | None:
        """Do again what was last undone; returns it and how many articles that changed."""
        return self._step("WHERE undone = 1 ORDER BY id", undone=0)

    def _step(self, which: str, *, undone: int) -> tuple[MarkAction, int] | None:
        with self._database.write(durable=True):
            row = self._database.one(f"SELECT id, action, ids FROM journal {which} LIMIT 1")
            if row is None:
                return None
            action = MarkAction(row[1])
            now = INVERSE[action] if undone else action
            changed, feeds = self._changing(now, _unpack(row[2]))
            self._change(now, changed, feeds)
            self._database.run("UPDATE journal SET undone = ? WHERE id = ?", (undone, row[0]))
        return action, len(changed)

    def _do(self, action: MarkAction, changed: array[int], feeds: array[int]) -> int:
        if changed:
            self._change(action, changed, feeds)
            self._note(action, changed)
        return len(changed)

    def _changing(self, action: MarkAction, ids: Sequence[int]) -> tuple[array[int], array[int]]:
        """Which of some ascending ids an action changes, and the feed of each."""
        table = _TABLE[action]
        if action in _ADDS:
            rest = f"articles a ON a.id = w.value LEFT JOIN {table} m ON m.id = a.id WHERE m.id IS NULL"
        elif table == "unread":  # has the feed itself
            rest = "unread a ON a.id = w.value"
        else:
            rest = f"{table} m ON m.id = w.value CROSS JOIN articles a ON a.id = m.id"
        changed, feeds = self._database.one(f"{_CHOOSE} {rest}", (_json(ids),)) or ("[]", "[]")
        return numbers(changed), numbers(feeds)

    def _change(self, action: MarkAction, changed: array[int], feeds: array[int]) -> None:
        """Change what ``_changing`` chose, and keep the counts."""
        if not changed:
            return
        if action in _ADDS:
            self._add(_TABLE[action], changed)
        else:
            self._remove(_TABLE[action], changed)
        if _TABLE[action] == "unread":
            sign = 1 if action in _ADDS else -1
            self._database.many(
                "UPDATE feed_counts SET unread = unread + ? WHERE feed_id = ?",
                [(sign * number, feed) for feed, number in Counter(feeds).items()],
            )

    def _add(self, table: str, changed: array[int]) -> None:
        columns = "a.id, a.feed_id" if table == "unread" else "a.id, unixepoch()"
        if self._is_all_of("articles", changed):
            between = (changed[0], changed[-1])
            source = "articles a WHERE a.id BETWEEN ? AND ? ORDER BY a.id"
            self._database.run(f"INSERT INTO {table} SELECT {columns} FROM {source}", between)
        else:
            source = "json_each(?) w CROSS JOIN articles a ON a.id = w.value"
            self._database.run(f"INSERT INTO {table} SELECT {columns} FROM {source}", (_json(changed),))

    def _remove(self, table: str, changed: array[int]) -> None:
        if self._is_all_of(table, changed):
            self._database.run(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", (changed[0], changed[-1]))
        else:
            listed = f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
            self._database.run(listed, (_json(changed),))

    def _is_all_of(self, table: str, ids: array[int]) -> bool:
        """Whether ascending ids are all that a table has between the first and the last of them."""
        if len(ids) < _MANY:
            return False
        between = (ids[0], ids[-1])
        number = self._database.value(f"SELECT count(*) FROM {table} WHERE id BETWEEN ? AND ?", between)
        return bool(number == len(ids))

    def _note(self, action: MarkAction, changed: array[int]) -> None:
        """Journal an action; what was undone before it can no longer be redone."""
        run = self._database.run
        run("DELETE FROM journal WHERE undone = 1")
        run("INSERT INTO journal (action, ids) VALUES (?, ?)", (action.value, _pack(changed)))
        run(
            "DELETE FROM journal WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER newest AS steps, "
            "sum(length(ids)) OVER newest AS bytes FROM journal WINDOW newest AS (ORDER BY id DESC)) "
            "WHERE steps > ? OR (bytes > ? AND steps > 1))",
            (UNDO_STEPS, UNDO_BYTES),
        )


def _json(ids: Sequence[int]) -> str:
    """Ids as a JSON list, the one way to hand SQLite many values in one statement."""
    return msgspec.json.encode(list(ids)).decode()


def _pack(ids: array[int]) -> bytes:
    """Ids in few bytes; level 1, as a user waits and higher levels save a tenth."""
    return zstandard.ZstdCompressor(level=1).compress(ids.tobytes())


def _unpack(data: bytes) -> array[int]:
    """What ``_pack`` packed."""
    return array("q", zstandard.ZstdDecompressor().decompress(data))
