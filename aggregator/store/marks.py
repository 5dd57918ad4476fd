"""Marks: what a user did to articles, kept at once and safe from power cuts, undone by the same statements.

An article is unread while it has a row in ``unread``, starred while it has one in ``starred``.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from itertools import chain

from aggregator.model import MarkAction
from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.store.packing import ascending, pack, unpack
from aggregator.text.query import UNREAD, Query, Term

UNDO_STEPS = 100  # actions that can be undone
UNDO_BYTES = 8 * 2**20  # packed ids kept for that in all; a hundred thousand articles take about 300 kB

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
_WANTED = "SELECT value FROM json_each(?)"
# Each changes what is to be changed among the given ids, and tells which that were.
_APPLY = {
    MarkAction.READ: f"DELETE FROM unread WHERE id IN ({_WANTED}) RETURNING id",
    MarkAction.UNREAD: "INSERT INTO unread SELECT a.id, a.feed_id FROM json_each(?) w CROSS JOIN articles a "
    "ON a.id = w.value WHERE true ON CONFLICT DO NOTHING RETURNING id",
    MarkAction.STAR: "INSERT INTO starred (id) SELECT a.id FROM json_each(?) w CROSS JOIN articles a "
    "ON a.id = w.value WHERE true ON CONFLICT DO NOTHING RETURNING id",
    MarkAction.UNSTAR: f"DELETE FROM starred WHERE id IN ({_WANTED}) RETURNING id",
}
_COUNT = (
    "UPDATE feed_counts SET unread = unread + ?1 * changed.number FROM (SELECT a.feed_id, count(*) AS number "
    "FROM json_each(?2) w CROSS JOIN articles a ON a.id = w.value GROUP BY a.feed_id) AS changed "
    "WHERE changed.feed_id = feed_counts.feed_id"
)


class Marks:
    """The user's marks, with undo and redo."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, action: MarkAction, ids: Sequence[int]) -> int:
        """Do something to articles; returns how many it changed. What changes nothing is not undoable."""
        if not ids:
            return 0
        with self._database.write(durable=True):
            changed = self._change(action, ids)
            if changed:
                self._note(action, changed)
        return len(changed)

    def apply_query(self, action: MarkAction, query: Query) -> int:
        """Do something to all articles of a query; returns how many it changed."""
        with self._database.write(durable=True):
            return self.apply(action, select_ids(self._database, query.also(_CHANGEABLE[action])))

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
            changed = self._change(INVERSE[action] if undone else action, unpack(row[2]))
            self._database.run("UPDATE journal SET undone = ? WHERE id = ?", (undone, row[0]))
        return action, len(changed)

    def _change(self, action: MarkAction, ids: Sequence[int]) -> array[int]:
        """Change what is to be changed, keep the counts; returns the changed ids, ascending."""
        rows = self._database.all(_APPLY[action], (json.dumps(list(ids)),))
        changed = ascending(chain.from_iterable(rows))
        if changed and action in (MarkAction.READ, MarkAction.UNREAD):
            self._database.run(
                _COUNT, (1 if action is MarkAction.UNREAD else -1, json.dumps(changed.tolist()))
            )
        return changed

    def _note(self, action: MarkAction, changed: array[int]) -> None:
        """Journal an action; what was undone before it can no longer be redone."""
        run = self._database.run
        run("DELETE FROM journal WHERE undone = 1")
        run("INSERT INTO journal (action, ids) VALUES (?, ?)", (action.value, pack(changed)))
        run(
            "DELETE FROM journal WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER newest AS steps, "
            "sum(length(ids)) OVER newest AS bytes FROM journal WINDOW newest AS (ORDER BY id DESC)) "
            "WHERE steps > ? OR (bytes > ? AND steps > 1))",
            (UNDO_STEPS, UNDO_BYTES),
        )
