"""When feeds have their turn: what is due next, who was asked a moment ago, who wishes to be left alone.

Times are UTC seconds. What is written here before a request tells the next run what this one did not live
to tell itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aggregator.model import FeedState
from aggregator.store.database import Database
from aggregator.text.hosts import host_of

FAR = 7 * 86400  # seconds; a later next check can only come from a clock that was wrong

# ?1 is now. Only what has a last check can tell by how much the clock was wrong.
_REBASE = (
    "UPDATE feeds SET next_check = ?1 + min(max(next_check - last_checked, 0), ?2), "
    "told_until = ?1 + min(max(told_until - last_checked, 0), ?2), last_checked = ?1 WHERE last_checked > ?1"
)
_CLAMP = (
    "UPDATE feeds SET next_check = min(next_check, ?1 + ?2), told_until = min(told_until, ?1 + ?2), "
    + ", ".join(
        f"{name} = min({name}, ?1)"
        for name in ("asked", "last_success", "last_new", "last_full", "moved_first", "failed_since")
    )
)


class Turns:
    """The feeds' turns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_due(self, now: int) -> int | None:
        """When the next subscribed feed is due (UTC seconds), None when there is none to poll."""
        mend_times(self._database, now)
        value = self._database.value("SELECT min(next_check) FROM feeds WHERE subscribed AND parked = ''")
        return None if value is None else int(value)

    def resting(self, now: int, longest: int) -> dict[str, int]:
        """The hosts that told one of their feeds to stay away, until when: ``longest`` seconds at most."""
        return dict(
            self._database.all(
                "SELECT told_host, max(min(told_until, last_checked + ?2)) FROM feeds "
                "WHERE subscribed AND told_host <> '' AND told_until > ?1 GROUP BY told_host",
                (now, longest),
            )
        )

    def just_asked(self, now: float, spacing: float) -> dict[str, float]:
        """The hosts whose feeds or pages were asked within ``spacing`` seconds, and what is left of those."""
        since = now - spacing
        rows = self._database.all(
            "SELECT fetch_url, max(asked, last_checked) + 1.0 FROM feeds "
            "WHERE max(asked, last_checked) + 1 > ?1 "
            "UNION ALL SELECT 'https://' || host || '/', turn_at FROM page_hosts WHERE turn_at > ?1",
            (since,),
        )
        left: dict[str, float] = {}
        for url, at in rows:
            host = host_of(url)
            left[host] = max(left.get(host, 0.0), min(at - since, spacing))
        return left

    def begin(self, feed_ids: Sequence[int], now: int) -> None:
        """Write down that these feeds are about to be asked; ``save`` tells the end of it."""
        with self._database.write():
            self._database.many(
                "UPDATE feeds SET asked = ?, attempts = attempts + 1 WHERE id = ?",
                ((now, feed_id) for feed_id in feed_ids),
            )

    def abandon(self, unsent: Iterable[int], cut: Iterable[int]) -> None:
        """Take it back: we were told to stop before, or in the middle of, a request."""
        with self._database.write():
            self._database.many(
                "UPDATE feeds SET asked = min(asked, last_checked), attempts = 0 WHERE id = ?",
                ((feed_id,) for feed_id in unsent),
            )
            self._database.many("UPDATE feeds SET attempts = 0 WHERE id = ?", ((feed_id,) for feed_id in cut))

    def postpone(self, states: Iterable[FeedState]) -> None:
        """Keep a later ``next_check``."""
        later = [(state.next_check, state.id) for state in states]
        if later:
            with self._database.write():
                self._database.many("UPDATE feeds SET next_check = ? WHERE id = ?", later)


def mend_times(database: Database, now: int) -> None:
    """Put right what a clock that was ahead has written: waits keep their length, counted from now.

    A next check beyond ``FAR`` from now is brought back to that.
    """
    wrong = "SELECT 1 FROM feeds WHERE max(last_checked, asked, next_check - ?2) > ?1"
    if database.one(wrong, (now, FAR)):
        with database.write():
            database.run(_REBASE, (now, FAR))
            database.run(_CLAMP, (now, FAR))
