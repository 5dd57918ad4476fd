"""What the hits of rules do to articles: hide them, tag them, score them; and what rules do once, on arrival.

Everything here is worked out from what changes, inside the write phase that changes the hits, so that the
kept numbers are right after every one of them.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

from aggregator.actions import Actions
from aggregator.dataclass import dataclass
from aggregator.store.company import recount
from aggregator.store.database import Database
from aggregator.store.filters import numbers
from aggregator.text.fold import fold

_SHOWN = (
    "SELECT a.id, a.feed_id, u.id IS NOT NULL FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value "
    "LEFT JOIN unread u ON u.id = a.id WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = a.id)"
)
_NO_LONGER_HIDDEN = (
    "SELECT h.id, h.feed_id, h.unread FROM json_each(?) w CROSS JOIN hidden h ON h.id = w.value "
    "WHERE NOT EXISTS (SELECT 1 FROM rule_hits r JOIN rules q ON q.id = r.rule_id "
    "WHERE r.article_id = h.id AND q.hides)"
)
_COUNT = "UPDATE feed_counts SET hidden = hidden + ?, unread = unread + ? WHERE feed_id = ?"


@dataclass(frozen=True, slots=True)
class Standing:
    """How some articles stand: how many are hidden, unread (and not hidden), starred."""

    hidden: int
    unread: int
    starred: int


class RuleEffects:
    """Inside a write phase, ``standing`` apart. Ids are those of articles that are there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rule_id: int, actions: Actions, ids: array[int]) -> None:
        """What follows from new hits of a rule."""
        if actions.hide:
            self._hide(ids)
        if actions.score:
            self._score(actions.score, ids)
        for tag in actions.tags:
            folded = fold(tag)
            self._database.run("INSERT OR IGNORE INTO tag_names VALUES (?, ?)", (folded, tag))
            self._database.run(
                "INSERT OR IGNORE INTO article_tags SELECT ?, value, ? FROM json_each(?)",
                (folded, rule_id, _json(ids)),
            )

    def remove(self, rule_id: int, actions: Actions, ids: array[int]) -> None:
        """What follows from hits of a rule that are no more, after these were deleted."""
        if actions.hide:
            self._show(ids)
        if actions.score:
            self._score(-actions.score, ids)
        for tag in actions.tags:
            self._database.run(
                "DELETE FROM article_tags WHERE tag = ? AND rule_id = ? "
                "AND article_id IN (SELECT value FROM json_each(?))",
                (fold(tag), rule_id, _json(ids)),
            )

    def read(self, ids: Iterable[int]) -> None:
        """Mark articles read, hidden or not."""
        wanted = _json(ids)
        run = self._database.run
        run("UPDATE hidden SET unread = 0 WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        feeds = numbers(
            self._database.value(
                "SELECT json_group_array(u.feed_id) FROM json_each(?) w "
                "CROSS JOIN unread u ON u.id = w.value",
                (wanted,),
            )
        )
        run("DELETE FROM unread WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        self._database.many(_COUNT, [(0, -number, feed) for feed, number in Counter(feeds).items()])

    def star(self, ids: Iterable[int], now: int) -> None:
        """Star articles."""
        self._database.run(
            "INSERT OR IGNORE INTO starred SELECT value, ? FROM json_each(?)", (now, _json(ids))
        )

    def visible(self, ids: Sequence[int]) -> array[int]:
        """Those of some articles that are not hidden, in their order."""
        return numbers(
            self._database.value(
                "SELECT json_group_array(w.value) FROM json_each(?) w "
                "WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = w.value)",
                (_json(ids),),
            )
        )

    def standing(self, ids: Sequence[int]) -> Standing:
        """How some articles stand now."""
        counted = self._database.one(
            "SELECT count(h.id), count(u.id), count(s.id) FROM json_each(?) w "
            "LEFT JOIN hidden h ON h.id = w.value LEFT JOIN unread u ON u.id = w.value "
            "LEFT JOIN starred s ON s.id = w.value",
            (_json(ids),),
        )
        return Standing(*(counted or (0, 0, 0)))

    def _hide(self, ids: array[int]) -> None:
        rows = self._database.all(_SHOWN, (_json(ids),))
        self._database.many("INSERT INTO hidden VALUES (?, ?, ?)", rows)
        self._database.many("DELETE FROM unread WHERE id = ?", [(i,) for i, _, unread in rows if unread])
        self._count(((feed, unread) for _, feed, unread in rows), 1)
        recount(self._database, [i for i, _, _ in rows])

    def _show(self, ids: array[int]) -> None:
        """Bring back what no other rule hides, unread or read as it was."""
        rows = self._database.all(_NO_LONGER_HIDDEN, (_json(ids),))
        self._database.many("DELETE FROM hidden WHERE id = ?", [(i,) for i, _, _ in rows])
        self._database.many("INSERT INTO unread VALUES (?, ?)", [(i, feed) for i, feed, new in rows if new])
        self._count(((feed, unread) for _, feed, unread in rows), -1)
        recount(self._database, [i for i, _, _ in rows])

    def _count(self, became: Iterable[tuple[int, int]], sign: int) -> None:
        """Keep the numbers of feeds: (feed, whether unread) of each article that was hidden or shown."""
        hidden: Counter[int] = Counter()
        unread: Counter[int] = Counter()
        for feed, was_unread in became:
            hidden[feed] += sign
            unread[feed] -= sign * was_unread
        self._database.many(_COUNT, [(number, unread[feed], feed) for feed, number in hidden.items()])

    def _score(self, points: int, ids: array[int]) -> None:
        self._database.run(
            "INSERT INTO scores SELECT value, ? FROM json_each(?) WHERE true "
            "ON CONFLICT (id) DO UPDATE SET score = score + excluded.score",
            (points, _json(ids)),
        )
        self._database.run(
            "DELETE FROM scores WHERE score = 0 AND id IN (SELECT value FROM json_each(?))", (_json(ids),)
        )


def _json(ids: Iterable[int]) -> str:
    """Ids as a JSON list, the one way to hand SQLite many values in one statement."""
    return json.dumps(list(ids))
