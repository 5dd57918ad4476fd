"""When the reader last looked, so that what is new since can be told, and which articles were opened.

A visit is a row of looks with no long pause between them. ``last_look`` is the end of the visit before this
one, so it stays while a visit lasts; what was first seen after it is new. Both times are in ``meta``.
"""

from __future__ import annotations

from typing import Final

from aggregator.store.database import Database
from aggregator.store.journal import Entry, Journal

PAUSE: Final = 30 * 60  # seconds without a look after which a visit is over: a phone call is no new visit
LOOK: Final = "last_look"
SEEN: Final = "looked_at"  # the newest look of this visit
OPENINGS_KEPT: Final = 10_000  # a year of thirty articles a day
SAME_OPENING: Final = 60  # seconds in which an article that is opened again was not put away


class Visits:
    """Looks and openings."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        journal.register("look", undo=self._undo, redo=self._redo)

    # --- what is new ---

    def last_look(self) -> int:
        """The end of the visit before this one in seconds, 0 where there was none."""
        return int(self._database.value("SELECT value FROM meta WHERE key = ?", (LOOK,), 0))

    def look(self, now: int, *, ongoing: bool = False) -> int:
        """The reader looks at ``now`` (seconds); returns the time since when all is new.

        After a pause a new visit begins, unless the look is ``ongoing``: of a screen that was open meanwhile.
        """
        with self._database.write():
            seen = int(self._database.value("SELECT value FROM meta WHERE key = ?", (SEEN,), 0))
            if now - seen > PAUSE and not ongoing:
                self._remember(LOOK, seen)
            if now > seen:
                self._remember(SEEN, now)
        return self.last_look()

    def begin_anew(self, now: int) -> int:
        """Nothing is new from ``now`` on, as the reader asked; returns since when things were. Undoable."""
        with self._database.write(durable=True):
            before = self.last_look()
            if before != now:
                self._remember(LOOK, now)
                self._remember(SEEN, now)
                self._journal.note("look", "what was new counted as seen", [before, now], now=now)
        return before

    def new_count(self) -> int:
        """How many articles that lists show were first seen since the last look."""
        since = self.last_look()
        dropped = self._database.value(
            "SELECT EXISTS (SELECT 1 FROM feeds f JOIN feed_counts c ON c.feed_id = f.id "
            "WHERE NOT f.subscribed AND c.total > 0)"
        )
        if not since:
            return self._everything() + (self._kept() if dropped else 0)
        left_out = f" AND NOT ({_DROPPED} AND NOT {_KEPT})" if dropped else ""
        return int(
            self._database.value(
                f"SELECT count(*) FROM bodies b WHERE b.first_seen > ? AND {_SHOWN}{left_out}", (since,)
            )
        )

    def _everything(self) -> int:
        """The articles of the feeds that are subscribed to, by the numbers that are kept."""
        return int(
            self._database.value(
                "SELECT coalesce(sum(c.total - c.hidden), 0) FROM feed_counts c "
                "JOIN feeds f ON f.id = c.feed_id WHERE f.subscribed"
            )
        )

    def _kept(self) -> int:
        """Articles that the reader keeps of feeds that were dropped."""
        return int(
            self._database.value(
                "SELECT count(*) FROM (SELECT id FROM starred UNION SELECT article_id FROM article_tags "
                f"UNION SELECT id FROM notes) b WHERE {_DROPPED} AND {_SHOWN}"
            )
        )

    def _undo(self, entry: Entry) -> str:
        self._remember(LOOK, entry.detail[0])
        return ""

    def _redo(self, entry: Entry) -> str:
        self._remember(LOOK, entry.detail[1])
        return ""

    def _remember(self, key: str, value: int) -> None:
        """Keep a time; 0 is none."""
        self._database.run("DELETE FROM meta WHERE key = ?", (key,))
        if value:
            self._database.run("INSERT INTO meta VALUES (?, ?)", (key, value))

    # --- history ---

    def opened(self, article_id: int, now: int) -> None:
        """Remember that an article was opened; the same one within a minute counts once."""
        with self._database.write():
            last = self._database.value(
                "SELECT at FROM openings WHERE article_id = ? ORDER BY id DESC LIMIT 1", (article_id,)
            )
            if last is not None and abs(now - last) < SAME_OPENING:
                return
            self._database.run(
                "INSERT INTO openings (article_id, at) SELECT id, ?2 FROM articles WHERE id = ?1",
                (article_id, now),
            )
            too_old = "SELECT id FROM openings ORDER BY id DESC LIMIT 1 OFFSET ?"
            self._database.run(f"DELETE FROM openings WHERE id <= ({too_old})", (OPENINGS_KEPT,))

    def openings(self, limit: int) -> list[tuple[int, int]]:
        """(article, time in seconds) of what was opened, newest first; an article as often as it was."""
        return self._database.all("SELECT article_id, at FROM openings ORDER BY id DESC LIMIT ?", (limit,))


_SHOWN: Final = "NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.id = b.id)"
_DROPPED: Final = (
    "EXISTS (SELECT 1 FROM articles a JOIN feeds f ON f.id = a.feed_id "
    "WHERE a.id = b.id AND NOT f.subscribed)"
)
_KEPT: Final = (
    "(EXISTS (SELECT 1 FROM starred WHERE starred.id = b.id) "
    "OR EXISTS (SELECT 1 FROM article_tags t WHERE t.article_id = b.id) "
    "OR EXISTS (SELECT 1 FROM notes WHERE notes.id = b.id))"
)
