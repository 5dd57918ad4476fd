"""Forgetting: old articles go, in small steps; what the reader put a mark on stays. Nothing comes back.

Kept whatever the limits say: starred articles and their stories, articles with a tag or a note of the
reader's own. Kept by age, but not by number, or nothing would bound the cache: what a rule tagged, what a
watch watches, and stories in which something is unread.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

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
EVERY_FEED = 0  # no feed has this number

_VICTIMS = (
    "SELECT a.id, a.feed_id, a.url_key, b.guid, b.url, EXISTS (SELECT 1 FROM articles o "
    "WHERE o.url_key = a.url_key AND o.feed_id = a.feed_id AND o.id <> a.id) "
    "FROM articles a{index} JOIN bodies b ON b.id = a.id "
    "WHERE {feeds} AND a.id > ? AND a.id < ? AND b.first_seen < ? "
    "AND NOT EXISTS (SELECT 1 FROM starred s WHERE s.id = a.id) "
    "AND NOT EXISTS (SELECT 1 FROM story_members m JOIN story_members n ON n.story_id = m.story_id "
    "JOIN starred s ON s.id = n.article_id WHERE m.article_id = a.id) "
    "AND NOT EXISTS (SELECT 1 FROM article_tags t WHERE t.article_id = a.id AND t.rule_id = 0) "
    "AND NOT EXISTS (SELECT 1 FROM notes n WHERE n.id = a.id){kept} ORDER BY a.id LIMIT ?"
)
# By age only: what came in an archive of a feed that we do not poll, what rules tagged or watches watch, and
# stories with something unread.
_KEPT_BY_AGE = (
    " AND NOT EXISTS (SELECT 1 FROM feeds f WHERE f.id = a.feed_id AND f.imported) "
    "AND NOT EXISTS (SELECT 1 FROM article_tags t WHERE t.article_id = a.id) "
    "AND a.id NOT IN (SELECT value FROM json_each(?)) "
    "AND NOT EXISTS (SELECT 1 FROM story_members m JOIN story_members n ON n.story_id = m.story_id "
    "JOIN unread u ON u.id = n.article_id WHERE m.article_id = a.id)"
)


class Limits(NamedTuple):
    """What a feed keeps by a word of its own; None is what all feeds keep, 0 is no limit."""

    days: int | None = None
    articles: int | None = None


class Reach(NamedTuple):
    """What a pass looks at: ids below, first seen before, of one feed or (EVERY_FEED) of all but others."""

    below: int
    seen_before: int
    feed: int
    others: Sequence[int] = ()  # feeds left to a pass of their own


class Pruner:
    """Deletes what the settings say is old enough."""

    def __init__(self, database: Database, search: Search) -> None:
        self._database = database
        self._search = search
        self._links = Links(database)
        self._stories = Stories(database)
        self._verdicts = Verdicts(database)

    def prune(
        self,
        settings: config.Retention,
        now: int,
        own: Mapping[int, Limits] | None = None,
        watched: Collection[int] = (),
    ) -> int:
        """Delete articles by age and number; returns how many. 0 days or 0 articles mean no such limit.

        By age goes what is dated, and has been with us, for more than ``days``. ``own`` are the limits of
        single feeds by their number; ``watched`` the articles that watches watch.
        """
        own = own or {}
        pruned = self._prune_by_age(settings, now, own, watched)
        for feed, count in self._numbers(settings, own).items():
            pruned += self._prune_by_number(feed, count, now)
        if settings.max_articles:
            pruned += self._prune_by_number(EVERY_FEED, settings.max_articles, now)
        return pruned

    def _prune_by_age(
        self, settings: config.Retention, now: int, own: Mapping[int, Limits], watched: Collection[int]
    ) -> int:
        special = {feed: limits.days for feed, limits in own.items() if limits.days is not None}
        pruned = 0
        for feed, days in {EVERY_FEED: settings.days, **special}.items():
            if days:
                oldest = max(now - days * DAY, 0)
                others = list(special) if feed == EVERY_FEED else ()
                pruned += self._prune_below(Reach(first_id(oldest), oldest, feed, others), watched)
        return pruned

    def _numbers(self, settings: config.Retention, own: Mapping[int, Limits]) -> dict[int, int]:
        """feed -> how many articles it keeps, of those that hold more."""
        found = {}
        for feed, total in self._database.all("SELECT feed_id, total FROM feed_counts WHERE total > 0"):
            limit = own[feed].articles if feed in own else None
            count = settings.per_feed if limit is None else limit
            if count and total > count:
                found[feed] = count
        return found

    def _prune_by_number(self, feed: int, count: int, now: int) -> int:
        where = "" if feed == EVERY_FEED else f"WHERE feed_id = {feed:d} "
        newest_too_many = self._database.value(
            f"SELECT id FROM articles {where}ORDER BY id DESC LIMIT 1 OFFSET ?", (count,)
        )
        if newest_too_many is None:
            return 0
        return self._prune_below(Reach(newest_too_many + 1, now + 1, feed), None)

    def _prune_below(self, reach: Reach, watched: Collection[int] | None) -> int:
        """One pass; ``watched`` None is one by number."""
        single = reach.feed != EVERY_FEED
        sql = _VICTIMS.format(
            index=" INDEXED BY articles_by_feed" if single else "",
            feeds="a.feed_id = ?" if single else "a.feed_id NOT IN (SELECT value FROM json_each(?))",
            kept="" if watched is None else _KEPT_BY_AGE,
        )
        feeds = reach.feed if single else json.dumps(list(reach.others))
        kept = () if watched is None else (json.dumps(list(watched)),)
        after, pruned, victims = -1, 0, 1
        while victims:
            with self._database.write():  # what to delete is looked up inside: a star may have come just now
                rows = self._database.all(sql, (feeds, after, reach.below, reach.seen_before, *kept, STEP))
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
        listed = "IN (SELECT value FROM json_each(?))"
        self._database.run(f"DELETE FROM unread WHERE id {listed}", (wanted,))
        self._database.run(f"DELETE FROM article_tags WHERE article_id {listed}", (wanted,))
        self._database.run(f"DELETE FROM articles WHERE id {listed}", (wanted,))
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
            "unread = feed_counts.unread - gone.unread, hidden = feed_counts.hidden - gone.hidden FROM ("
            "SELECT a.feed_id, count(*) AS total, count(u.id) AS unread, count(h.id) AS hidden "
            "FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value LEFT JOIN unread u ON u.id = a.id "
            "LEFT JOIN hidden h ON h.id = a.id GROUP BY a.feed_id"
            ") AS gone WHERE gone.feed_id = feed_counts.feed_id",
            (wanted,),
        )
