"""What watches looked at and what they told, and the articles that they judge."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.model import Alert
from aggregator.store.database import Database
from aggregator.store.feeds import LOG_KEPT
from aggregator.store.filters import numbers, select_ids, select_with_feeds
from aggregator.store.times import time_of
from aggregator.text.query_tree import EVERYTHING, Query, Term, Value

HOUR = 3600
ALERTS_KEPT = 1000  # months of them, for whoever looks at the list
ALL_TOLD: Final = 3  # every bit of ``told``: see notify.Channel

_COLUMNS = "id, filter, kind, at, told, detail, articles"
# The feed was heard before this article came, so that it is no part of its first document. Where the log goes
# back no further and knows of failures only, an earlier article says it.
_POLLED = (
    "(EXISTS (SELECT 1 FROM fetch_log l WHERE l.feed_id = a.feed_id AND l.outcome <> 'failed' "
    "AND l.at < b.first_seen) OR ((SELECT count(*) FROM fetch_log l WHERE l.feed_id = a.feed_id) "
    f">= {LOG_KEPT} AND EXISTS (SELECT 1 FROM articles o JOIN bodies p ON p.id = o.id "
    "WHERE o.feed_id = a.feed_id AND p.first_seen < b.first_seen)))"
)


@dataclass(frozen=True, slots=True)
class Look:
    """When a watch last looked, and what it told as unusual last: packed by ``watches``, "" for nothing."""

    at: int
    spike: str = ""


@dataclass(frozen=True, slots=True)
class Matches:
    """Articles of a query, oldest first, each with its outlet."""

    ids: Sequence[int]
    outlets: Sequence[str]

    @property
    def times(self) -> list[int]:
        """Their times."""
        return [time_of(i) for i in self.ids]


class Alerts:
    """The tables alerts and looks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- looks ---

    def looks(self) -> dict[str, Look]:
        """Each watch's last look, by the name of its filter."""
        rows = self._database.all("SELECT filter, at, spike FROM looks")
        return {name: Look(at, spike) for name, at, spike in rows}

    def looked(self, name: str, look: Look) -> None:
        """Remember a look; in a write phase."""
        self._database.run("INSERT OR REPLACE INTO looks VALUES (?, ?, ?)", (name, look.at, look.spike))

    def forget_looks(self, kept: Iterable[str]) -> None:
        """Let go of the looks of filters that are no watches any more; in a write phase."""
        self._database.run(
            "DELETE FROM looks WHERE filter NOT IN (SELECT value FROM json_each(?))",
            (json.dumps(list(kept)),),
        )

    def skip(self, now: int) -> None:
        """What was first seen up to ``now`` is no news for any watch; in a write phase."""
        self._database.run("UPDATE looks SET at = max(at, ?)", (now,))

    # --- articles to judge ---

    def newest_seen(self) -> int:
        """When the newest article came."""
        return int(self._database.value("SELECT max(first_seen) FROM bodies") or 0)

    def polled_since(self) -> int | None:
        """When the first article came by polling; None when none did. Reads past archives' articles."""
        value = self._database.value(
            "SELECT b.first_seen FROM bodies b JOIN articles a ON a.id = b.id "
            "JOIN feeds f ON f.id = a.feed_id WHERE NOT f.imported ORDER BY b.first_seen LIMIT 1"
        )
        return None if value is None else int(value)

    def fresh(self, query: Query, since: int) -> array[int]:
        """The articles of a query that came after ``since``, newest first, but no feed's first document."""
        came = numbers(
            self._database.value(
                "SELECT json_group_array(b.id) FROM bodies b JOIN articles a ON a.id = b.id "
                f"WHERE b.first_seen > ? AND {_POLLED}",
                (since,),
            )
        )
        if not came:
            return array("q")
        wanted = {*came}
        return array("q", (i for i in self._ids(query, time_of(min(came))) if i in wanted))

    def matches(self, query: Query, since: int) -> Matches:
        """The articles of a query since a time."""
        ids, feeds = select_with_feeds(self._database, _since(query, since))
        outlets: dict[int, str] = dict(self._database.all("SELECT id, outlet_folded FROM feeds"))
        return Matches(ids[::-1], [outlets[feed] for feed in reversed(feeds)])

    def times_of_all(self, since: int, now: int) -> list[int]:
        """The times of all articles that lists show, since a time, oldest first."""
        return [time_of(i) for i in reversed(self._ids(replace(EVERYTHING, now=now), since))]

    def strangers(self, ids: Sequence[int]) -> set[int]:
        """Which of these came with their feed's first document, or from an archive."""
        rows = self._database.all(
            "SELECT b.id FROM json_each(?) w CROSS JOIN bodies b ON b.id = w.value "
            f"JOIN articles a ON a.id = b.id WHERE NOT {_POLLED}",
            (json.dumps(list(ids)),),
        )
        return {row[0] for row in rows}

    def outlet_count(self) -> int:
        """How many outlets are subscribed to."""
        return int(
            self._database.value("SELECT count(DISTINCT outlet_folded) FROM feeds WHERE subscribed", (), 0)
        )

    def _ids(self, query: Query, since: int) -> array[int]:
        return select_ids(self._database, _since(query, since))

    # --- alerts ---

    def add(self, name: str, kind: str, at: int, text: str, articles: Sequence[int]) -> None:
        """An alert that is to be told; in a write phase."""
        self._database.run(
            "INSERT INTO alerts (filter, kind, at, told, detail, articles) VALUES (?, ?, ?, 0, ?, ?)",
            (name, kind, at, text, json.dumps(list(articles))),
        )

    def due(self, since: int) -> list[Alert]:
        """Alerts from ``since`` on that are not told everywhere, oldest first."""
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM alerts WHERE told <> {ALL_TOLD} AND at >= ? ORDER BY id", (since,)
        )
        return [_alert(*row) for row in rows]

    def told(self, alert_id: int, channels: int) -> None:
        """Note where an alert is told by now; in a write phase."""
        self._database.run("UPDATE alerts SET told = told | ? WHERE id = ?", (channels, alert_id))

    def since(self, at: int, limit: int = ALERTS_KEPT) -> list[Alert]:
        """The newest alerts from a time on, newest first, told or not."""
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM alerts WHERE at >= ? ORDER BY id DESC LIMIT ?", (at, limit)
        )
        return [_alert(*row) for row in rows]

    def forget_old(self) -> None:
        """Keep the newest alerts; in a write phase."""
        self._database.run(
            "DELETE FROM alerts WHERE id <= (SELECT id FROM alerts ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (ALERTS_KEPT,),
        )

    def rename(self, old: str, new: str) -> None:
        """A filter has another name."""
        with self._database.write():
            self._database.run("UPDATE alerts SET filter = ? WHERE filter = ? AND kind <> 'rule'", (new, old))
            self._database.run("UPDATE OR REPLACE looks SET filter = ? WHERE filter = ?", (new, old))


def _since(query: Query, since: int) -> Query:
    """The query without its order, narrowed to articles since a time (which it names to the hour)."""
    hours = max(1, -(-(query.now - since) // HOUR))
    return replace(query.also(Term("since", (Value(f"{hours}h"),))), sort="")


def _alert(alert_id: int, name: str, kind: str, at: int, told: int, text: str, articles: str) -> Alert:
    return Alert(alert_id, name, kind, at, told, text, tuple(numbers(articles)))
