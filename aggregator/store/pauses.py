"""Pauses: which feeds the reader wants asked no more for now, or asked again.

The detail of a step of the journal is ``[address, before, after]``, the two being what stood in ``parked``.
"""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.model import PAUSED
from aggregator.store.database import Database
from aggregator.store.journal import Entry, Journal


class Pauses:
    """Stops and resumes polling by the reader's own word; what polling itself gives up is no step."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        journal.register("pause", undo=self._undo, redo=self._redo)

    def set(self, url: str, reason: str, now: int | None = None) -> bool:
        """Stop polling a feed, saying why, or with "" take it up again; whether that changed something."""
        with self._database.write(durable=True):
            row = self._database.one("SELECT parked, title FROM feeds WHERE url = ?", (url,))
            if row is None or row[0] == reason:
                return False
            before, title = row
            self._park(url, reason)
            label = f"{title} {'paused' if reason else 'asked again'}"
            self._journal.note("pause", label, [url, before, reason], now=now)
        return True

    def paused(self) -> list[str]:
        """The addresses of the paused feeds that are followed."""
        rows = self._database.all(
            "SELECT url FROM feeds WHERE subscribed AND parked = ? ORDER BY url", (PAUSED,)
        )
        return [url for (url,) in rows]

    def again(self, urls: Iterable[str]) -> None:
        """Pause feeds that were so before; in a write phase. No step: it is part of one."""
        for url in urls:
            self._database.run("UPDATE feeds SET parked = ? WHERE url = ? AND parked = ''", (PAUSED, url))

    def _undo(self, entry: Entry) -> str:
        url, before, after = entry.detail
        return self._turn(url, after, before)

    def _redo(self, entry: Entry) -> str:
        url, before, after = entry.detail
        return self._turn(url, before, after)

    def _turn(self, url: str, held: str, wanted: str) -> str:
        """Bring a feed from one state into the other; returns a remark or ""."""
        known = self._database.value("SELECT parked FROM feeds WHERE url = ?", (url,))
        if known is None:
            return "but the feed is gone"
        if known not in (held, wanted):  # polling has found since that it is dead, or moved
            return f"but by now the feed is {known or 'asked'}"
        self._park(url, wanted)
        return ""

    def _park(self, url: str, reason: str) -> None:
        self._database.run("UPDATE feeds SET parked = ? WHERE url = ?", (reason, url))
