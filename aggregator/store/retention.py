"""Forgetting: old articles go, in small steps; stars and their stories stay. Nothing comes back.

By age, a story that has an unread article stays too; by number it goes, or nothing would bound the cache.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aggregator import config
from aggregator.store.database import Database, Row
from aggregator.store.identity import NO_KEY, by_guid, by_guid_and_link, by_link, is_front_page, shared_marker
from aggregator.store.links import Links
from aggregator.store.search import Search
from aggregator.store.stories import Stories
from aggregator.store.times import first_id, time_of
from aggregator.store.verdicts import Verdicts

STEP = 500  # articles a write phase: about 0.1 s, so that a key press never waits longer
DAY = 86400

# Below an id, not starred, in no story with a starred article (nor, by age, with an unread one), and with
# us for long enough.
_VICTIMS = (
    "SELECT a.id, a.feed_id, a.url_key, b.guid, b.url, EXISTS (SELECT 1 FROM articles o "
    "WHERE o.url_key = a.url_key AND o.feed_id = a.feed_id AND o.id <> a.id) "
    "FROM articles a JOIN bodies b ON b.id = a.id WHERE a.id > ? AND a.id < ? AND b.first_seen < ? "
    "AND NOT EXISTS (SELECT 1 FROM starred s WHERE s.id = a.id) "
    "AND NOT EXISTS (SELECT 1 FROM story_members m JOIN story_members n ON n.story_id = m.story_id "
    "JOIN starred s ON s.id = n.article_id WHERE m.article_id = a.id) "
    "AND (? OR NOT EXISTS (SELECT 1 FROM feeds f WHERE f.id = a.feed_id AND f.imported)) "
    "AND (? OR NOT EXISTS (SELECT 1 FROM story_members m JOIN story_members n ON n.story_id = m.story_id "
    "JOIN unread u ON u.id = n.article_id WHERE m.article_id = a.id)) ORDER BY a.id LIMIT ?"
)


class Pruner:
    """Deletes what the settings say is old enough."""

    def __init__(self, database: Database, search: Search) -> None:
        self._database = database
        self._search = search
        self._links = Links(database)
        self._stories = Stories(database)
        self._verdicts = Verdicts(database)

    def prune(self, settings: config.Retention, now: int) -> int:
        """Delete articles by age and number; returns how many. 0 days or 0 articles mean no such limit.

        By age goes what is dated, and has been with us, for more than ``days``, read or not, unless it
        belongs to a story in which something is unread, or came in an archive of a feed that we do not poll.
        """
        pruned = 0
        if settings.days:
            oldest = now - settings.days * DAY
            pruned += self._prune_below(first_id(max(oldest, 0)), oldest, unread_too=False)
        if settings.max_articles:
            newest_too_many = self._database.value(
                "SELECT id FROM articles ORDER BY id DESC LIMIT 1 OFFSET ?", (settings.max_articles,)
            )
            if newest_too_many is not None:
                pruned += self._prune_below(newest_too_many + 1, now + 1, unread_too=True)
        return pruned

    def _prune_below(self, below: int, seen_before: int, *, unread_too: bool) -> int:
        after, pruned, victims = -1, 0, 1
        while victims:
            with self._database.write():  # what to delete is looked up inside: a star may have come just now
                rows = self._database.all(_VICTIMS, (after, below, seen_before, unread_too, unread_too, STEP))
                if rows:
                    self._delete(rows)
                    after = rows[-1][0]
            victims = len(rows)
            pruned += victims
        return pruned

    def _delete(self, victims: Sequence[Row]) -> None:
        ids = [row[0] for row in victims]
        wanted = json.dumps(ids)
        stories = self._database.all(
            "SELECT DISTINCT m.story_id FROM json_each(?) w "
            "CROSS JOIN story_members m ON m.article_id = w.value",
            (wanted,),
        )
        self._search.remove(ids)
        self._links.forget(ids)
        self._verdicts.forget(ids)
        self._bury(victims)
        self._discount(wanted)
        self._database.run("DELETE FROM unread WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        self._database.run("DELETE FROM articles WHERE id IN (SELECT value FROM json_each(?))", (wanted,))
        self._stories.refresh(row[0] for row in stories)

    def _bury(self, victims: Sequence[Row]) -> None:
        """Remember what is gone, by all names under which it could come again."""
        for article_id, feed_id, key, guid, url, link_is_common in victims:
            self._database.run(
                "UPDATE seen SET article_id = 0 WHERE feed_id = ? AND identity IN (?, ?) AND article_id = ?",
                (feed_id, by_guid(guid), by_guid_and_link(guid, key), article_id),
            )
            self._database.run(
                "INSERT OR REPLACE INTO seen SELECT feed_id, ?, 0 FROM seen "
                "WHERE feed_id = ? AND identity = ?",
                (by_guid_and_link(guid, key), feed_id, shared_marker(guid)),
            )
            if key != NO_KEY and not link_is_common and not is_front_page(url):
                self._database.run(
                    "INSERT OR REPLACE INTO seen VALUES (?, ?, ?)",
                    (feed_id, by_link(key), -time_of(article_id)),
                )

    def _discount(self, wanted: str) -> None:
        self._database.run(
            "UPDATE feed_counts SET total = feed_counts.total - gone.total, "
            "unread = feed_counts.unread - gone.unread FROM ("
            "SELECT a.feed_id, count(*) AS total, count(u.id) AS unread FROM json_each(?) w "
            "CROSS JOIN articles a ON a.id = w.value LEFT JOIN unread u ON u.id = a.id GROUP BY a.feed_id"
            ") AS gone WHERE gone.feed_id = feed_counts.feed_id",
            (wanted,),
        )
