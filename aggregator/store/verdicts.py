"""The reader's own word on stories: these two articles belong together, or do not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from aggregator.store.database import Database

Pair = tuple[int, int]


class Verdicts:
    """Kept for as long as both articles are, and above whatever a score says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def say(self, pairs: Iterable[Pair], now: int, *, together: bool) -> None:
        """Remember a word on pairs of articles; the last word on a pair counts. In a write phase."""
        self._database.many(
            "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?)",
            [(min(pair), max(pair), int(together), now) for pair in pairs if pair[0] != pair[1]],
        )

    def among(self, ids: Sequence[int]) -> tuple[list[Pair], list[Pair]]:
        """(pairs that are apart, pairs that are together) with both ends among the articles."""
        wanted = json.dumps(list(ids))
        rows = self._database.all(
            "SELECT v.one, v.other, v.together FROM json_each(?1) w CROSS JOIN verdicts v ON v.one = w.value "
            "WHERE v.other IN (SELECT value FROM json_each(?1)) ORDER BY v.one, v.other",
            (wanted,),
        )
        apart = [(one, other) for one, other, together in rows if not together]
        return apart, [(one, other) for one, other, together in rows if together]

    def partners(self, ids: Sequence[int]) -> list[int]:
        """The articles that the reader said belong with these."""
        wanted = json.dumps(list(ids))
        rows = self._database.all(
            "SELECT v.other FROM json_each(?1) w CROSS JOIN verdicts v ON v.one = w.value WHERE v.together "
            "UNION SELECT v.one FROM json_each(?1) w CROSS JOIN verdicts v ON v.other = w.value "
            "WHERE v.together",
            (wanted,),
        )
        return [row[0] for row in rows]

    def forget(self, ids: Sequence[int]) -> None:
        """Articles that are gone need no word any more; in a write phase."""
        rows = [(i,) for i in ids]
        self._database.many("DELETE FROM verdicts WHERE one = ?", rows)
        self._database.many("DELETE FROM verdicts WHERE other = ?", rows)
