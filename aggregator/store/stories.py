"""Stories: the articles that tell one event, joined pair by pair as they arrive."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain

from aggregator.model import Story
from aggregator.store.articles import Articles
from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.text.query import Query

STEP = 500  # articles of a query looked at at a time until enough stories are found


class Stories:
    """The stored stories."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._articles = Articles(database)

    def assign(self, pairs: Iterable[tuple[int, int]]) -> None:
        """Join the articles of each pair; where two stories meet, the one with the lower id takes all."""
        groups = _groups(pairs)
        if not groups:
            return
        with self._database.write():
            touched = {story for group in groups if (story := self._join(group))}
            self.refresh(touched)

    def of(self, article_id: int) -> Story | None:
        """The story an article belongs to."""
        row = self._database.one("SELECT story_id FROM story_members WHERE article_id = ?", (article_id,))
        return None if row is None else next(iter(self._load([row[0]])), None)

    def page(self, query: Query, limit: int) -> list[Story]:
        """The stories with an article of the query, by their newest such article, newest first."""
        found: dict[int, None] = {}
        before: int | None = None
        while len(found) < limit:
            ids = select_ids(self._database, query, before=before, limit=STEP)
            if not ids:
                break
            found |= dict.fromkeys(self._stories_of(ids))
            before = ids[-1]
        return self._load(list(found)[:limit])

    def refresh(self, story_ids: Iterable[int]) -> None:
        """Work out title, times and outlets anew; what has fewer than two articles ends. In a write phase."""
        wanted = json.dumps(list(story_ids))
        run = self._database.run
        alone = (
            "SELECT w.value FROM json_each(?) w "
            "WHERE (SELECT count(*) FROM story_members WHERE story_id = w.value) < 2"
        )
        run(f"DELETE FROM story_members WHERE story_id IN ({alone})", (wanted,))
        run(f"DELETE FROM stories WHERE id IN ({alone})", (wanted,))
        run(
            "UPDATE stories SET first = n.first >> 20, last = n.last >> 20, outlets = n.outlets, "
            "title = (SELECT title FROM articles WHERE id = n.first) FROM ("
            "SELECT m.story_id, min(m.article_id) AS first, max(m.article_id) AS last, "
            "count(DISTINCT f.outlet) AS outlets FROM json_each(?) w CROSS JOIN story_members m "
            "ON m.story_id = w.value JOIN articles a ON a.id = m.article_id JOIN feeds f ON f.id = a.feed_id "
            "GROUP BY m.story_id) AS n WHERE stories.id = n.story_id",
            (wanted,),
        )

    def _join(self, group: Sequence[int]) -> int | None:
        """Put a group of articles into one story; returns its id, None when fewer than two are stored."""
        wanted = json.dumps(group)
        present = [
            row[0]
            for row in self._database.all(
                "SELECT a.id FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value", (wanted,)
            )
        ]
        if len(present) < 2:
            return None
        known = sorted(set(self._stories_of(present)))
        story = known[0] if known else self._new()
        merged = json.dumps(known[1:])
        run = self._database.run
        run(
            "UPDATE story_members SET story_id = ? WHERE story_id IN (SELECT value FROM json_each(?))",
            (story, merged),
        )
        run("DELETE FROM stories WHERE id IN (SELECT value FROM json_each(?))", (merged,))
        self._database.many(
            "INSERT OR REPLACE INTO story_members VALUES (?, ?)", ((i, story) for i in present)
        )
        return story

    def _new(self) -> int:
        """A story id that was never used, so that a remembered one never means another story."""
        last = int(self._database.value("SELECT value FROM meta WHERE key = 'last_story'", (), 0)) + 1
        self._database.run("INSERT OR REPLACE INTO meta VALUES ('last_story', ?)", (last,))
        self._database.run("INSERT INTO stories VALUES (?, '', 0, 0, 0)", (last,))
        return last

    def _stories_of(self, ids: Iterable[int]) -> list[int]:
        """The stories of articles, in their order."""
        rows = self._database.all(
            "SELECT m.story_id FROM json_each(?) w CROSS JOIN story_members m ON m.article_id = w.value "
            "ORDER BY w.key",
            (json.dumps(list(ids)),),
        )
        return [row[0] for row in rows]

    def _load(self, story_ids: Sequence[int]) -> list[Story]:
        wanted = json.dumps(list(story_ids))
        heads = self._database.all(
            "SELECT s.* FROM json_each(?) w CROSS JOIN stories s ON s.id = w.value ORDER BY w.key", (wanted,)
        )
        members: defaultdict[int, list[int]] = defaultdict(list)
        for story_id, article_id in self._database.all(
            "SELECT m.story_id, m.article_id FROM json_each(?) w "
            "CROSS JOIN story_members m ON m.story_id = w.value ORDER BY m.article_id DESC",
            (wanted,),
        ):
            members[story_id].append(article_id)
        rows = {row.id: row for row in self._articles.rows(list(chain.from_iterable(members.values())))}
        return [
            Story(story, title, first, last, outlets, tuple(rows[i] for i in members[story] if i in rows))
            for story, title, first, last, outlets in heads
        ]


def _groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The connected components of the pairs, each sorted."""
    parent: dict[int, int] = {}

    def root(item: int) -> int:
        parent.setdefault(item, item)
        while parent[item] != item:
            parent[item] = item = parent[parent[item]]
        return item

    for left, right in pairs:
        one, other = sorted((root(left), root(right)))
        parent[other] = one
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for item in sorted(parent):
        groups[root(item)].append(item)
    return [group for _, group in sorted(groups.items()) if len(group) > 1]
