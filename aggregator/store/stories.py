"""Stories: the articles that tell one event, as the engine grouped them; and the stories of one thread."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

from aggregator.model import Story
from aggregator.store.articles import Articles
from aggregator.store.company import OUTLETS
from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.store.visibility import asks_hidden
from aggregator.text.query_tree import Query

STEP = 500  # articles of a query looked at at a time until enough stories are found
_SHOWN = "NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = {}.article_id)"
MEMBER, BESIDE = 0, 1  # roles: tells the event; a live page or round-up that stands beside it


class Placed(NamedTuple):
    """A story as it is to be: ``story`` None makes a new one; ``copies`` is copy -> article it copies."""

    story: int | None
    members: Sequence[int]
    beside: Sequence[int]
    copies: Mapping[int, int]


class Stories:
    """The stored stories."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._articles = Articles(database)

    # --- reading ---

    def of(self, article_id: int) -> Story | None:
        """The story an article belongs to, where it has company."""
        story = self.id_of(article_id)
        found = self._load([story]) if story else []
        return found[0] if found and len(found[0].articles) > 1 else None

    def id_of(self, article_id: int) -> int:
        """The number of an article's story, 0 for none."""
        return int(
            self._database.value("SELECT story_id FROM story_members WHERE article_id = ?", (article_id,), 0)
        )

    def get(self, story_id: int) -> Story | None:
        """A story by its number, also one that it had before."""
        row = self._database.one("SELECT story_id FROM story_aliases WHERE old = ?", (story_id,))
        return next(iter(self._load([row[0] if row else story_id])), None)

    def page(self, query: Query, limit: int) -> list[Story]:
        """The stories in company with an article of the query, by their newest such article, newest first.

        Hidden articles are neither listed nor company, unless the query asks for them.
        """
        query = replace(query, sort="")
        hidden = asks_hidden(query.root)
        found: dict[int, None] = {}
        before: int | None = None
        while len(found) < limit:
            ids = select_ids(self._database, query, before=before, limit=STEP)
            if not ids:
                break
            found |= dict.fromkeys(self._in_company(ids, hidden=hidden))
            before = ids[-1]
        return self._load(list(found)[:limit], hidden=hidden)

    def placed(self, article_ids: Sequence[int]) -> dict[int, int]:
        """article -> story of those articles that are in one."""
        return dict(
            self._database.all(
                "SELECT m.article_id, m.story_id FROM json_each(?) w "
                "CROSS JOIN story_members m ON m.article_id = w.value",
                (json.dumps(list(article_ids)),),
            )
        )

    def members(self, story_ids: Iterable[int]) -> dict[int, list[int]]:
        """story -> its articles of any role, oldest first."""
        found: defaultdict[int, list[int]] = defaultdict(list)
        for story, article in self._database.all(
            "SELECT m.story_id, m.article_id FROM json_each(?) w "
            "CROSS JOIN story_members m ON m.story_id = w.value ORDER BY m.article_id",
            (json.dumps(list(story_ids)),),
        ):
            found[story].append(article)
        return found

    # --- writing; inside a write phase ---

    def arrange(self, placements: Sequence[Placed], ended: Mapping[int, int]) -> list[int]:
        """Put articles into stories; ``ended`` is old story -> placement it goes on in. Returns the ids."""
        ids = [self._new() if placed.story is None else placed.story for placed in placements]
        rows = [
            (article, story, role, placed.copies.get(article, 0))
            for story, placed in zip(ids, placements, strict=True)
            for role, articles in ((MEMBER, placed.members), (BESIDE, placed.beside))
            for article in articles
        ]
        before = set(self.placed([row[0] for row in rows]).values())
        self._database.many("INSERT OR REPLACE INTO story_members VALUES (?, ?, ?, ?)", sorted(rows))
        for old, at in ended.items():
            self._alias(old, ids[at])
        self.refresh({*ids, *before, *ended})
        return ids

    def take_out(self, article_id: int) -> list[int]:
        """Give an article a story of its own; returns the others of the one that it was in."""
        story = self.id_of(article_id)
        others = [a for a in self.members([story]).get(story, []) if a != article_id]
        if others:
            self.arrange([Placed(None, [article_id], [], {})], {})
        return others

    def put_together(self, one: int, other: int) -> tuple[list[int], list[int]]:
        """Make the stories of two articles one, under the older number; returns both memberships before."""
        first, second = self.id_of(one), self.id_of(other)
        members = self.members([story for story in (first, second) if story])
        ours, theirs = members.get(first, [one]), members.get(second, [other])
        if first != second or not first:
            kept = min(filter(None, (first, second)), default=None)
            gone = {story: 0 for story in (first, second) if story and story != kept}
            self.arrange([Placed(kept, sorted({*ours, *theirs}), [], {})], gone)
        return ours, theirs

    def leave(self, article_ids: Sequence[int]) -> None:
        """Take articles out of their stories."""
        stories = set(self.placed(article_ids).values())
        self._database.many("DELETE FROM story_members WHERE article_id = ?", [(i,) for i in article_ids])
        self.refresh(stories)

    def refresh(self, story_ids: Iterable[int]) -> None:
        """Work out title, times, outlets and numbers anew; a story without an article ends."""
        wanted = json.dumps(list(story_ids))
        run = self._database.run
        run(  # of copies whose original has left, the first is the original now
            "UPDATE story_members SET copy_of = iif(article_id = n.first, 0, n.first) FROM ("
            "SELECT m.story_id, m.copy_of, min(m.article_id) AS first FROM json_each(?) w "
            "CROSS JOIN story_members m ON m.story_id = w.value WHERE m.copy_of <> 0 AND NOT EXISTS "
            "(SELECT 1 FROM story_members o WHERE o.article_id = m.copy_of AND o.story_id = m.story_id) "
            "GROUP BY m.story_id, m.copy_of) AS n "
            "WHERE story_members.story_id = n.story_id AND story_members.copy_of = n.copy_of",
            (wanted,),
        )
        run(
            "DELETE FROM stories WHERE id IN (SELECT w.value FROM json_each(?) w "
            "WHERE NOT EXISTS (SELECT 1 FROM story_members WHERE story_id = w.value))",
            (wanted,),
        )
        run(
            "UPDATE stories SET first = n.first >> 20, last = n.last >> 20, outlets = n.outlets, "
            "threaded = 0, members = n.members, reports = n.reports, languages = n.languages, "
            "title = (SELECT title FROM articles WHERE id = n.first) FROM ("
            "SELECT m.story_id, min(m.article_id + (m.role << 61)) & ((1 << 61) - 1) AS first, "
            "max(m.article_id) AS last, "
            f"{OUTLETS} AS outlets, sum(m.role = 0) AS members, "
            "sum(m.role = 0 AND m.copy_of = 0) AS reports, group_concat(DISTINCT a.language) AS languages "
            "FROM json_each(?) w CROSS JOIN story_members m "
            "ON m.story_id = w.value JOIN articles a ON a.id = m.article_id JOIN feeds f ON f.id = a.feed_id "
            "GROUP BY m.story_id) AS n WHERE stories.id = n.story_id",
            (wanted,),
        )

    # --- inside ---

    def _alias(self, old: int, story: int) -> None:
        """The story goes on under another number."""
        self._database.run("UPDATE story_aliases SET story_id = ? WHERE story_id = ?", (story, old))
        self._database.run("INSERT OR REPLACE INTO story_aliases VALUES (?, ?)", (old, story))

    def _new(self) -> int:
        """A story id that was never used, so that a remembered one never means another story."""
        last = int(self._database.value("SELECT value FROM meta WHERE key = 'last_story'", (), 0)) + 1
        self._database.run("INSERT OR REPLACE INTO meta VALUES ('last_story', ?)", (last,))
        self._database.run(
            "INSERT INTO stories (id, title, first, last, outlets) VALUES (?, '', 0, 0, 0)", (last,)
        )
        return last

    def _in_company(self, ids: Iterable[int], *, hidden: bool) -> list[int]:
        """The stories of articles in their order, those with a single article left out."""
        shown = "" if hidden else f" AND {_SHOWN.format('n')}"
        rows = self._database.all(
            "SELECT m.story_id FROM json_each(?) w CROSS JOIN story_members m ON m.article_id = w.value "
            f"WHERE (SELECT count(*) FROM story_members n WHERE n.story_id = m.story_id{shown}) > 1 "
            "ORDER BY w.key",
            (json.dumps(list(ids)),),
        )
        return [row[0] for row in rows]

    def _load(self, story_ids: Sequence[int], *, hidden: bool = True) -> list[Story]:
        """Stories in this order, with their hidden articles or without."""
        shown = "" if hidden else f"WHERE {_SHOWN.format('m')} "
        wanted = json.dumps(list(story_ids))
        heads = self._database.all(
            "SELECT s.id, s.title, s.first, s.last, s.outlets, s.languages, s.reports FROM json_each(?) w "
            "CROSS JOIN stories s ON s.id = w.value ORDER BY w.key",
            (wanted,),
        )
        members: defaultdict[int, list[int]] = defaultdict(list)
        copies: defaultdict[int, dict[int, int]] = defaultdict(dict)
        for story_id, article_id, copy_of in self._database.all(
            "SELECT m.story_id, m.article_id, m.copy_of FROM json_each(?) w "
            f"CROSS JOIN story_members m ON m.story_id = w.value {shown}ORDER BY m.article_id DESC",
            (wanted,),
        ):
            members[story_id].append(article_id)
            if copy_of:
                copies[story_id][article_id] = copy_of
        rows = {row.id: row for row in self._articles.rows(list(chain.from_iterable(members.values())))}
        return [
            Story(
                id=story,
                title=title,
                first=first,
                last=last,
                outlets=outlets,
                languages=tuple(sorted(filter(None, languages.split(",")))),
                reports=reports,
                articles=tuple(rows[i] for i in members[story] if i in rows),
                copies=copies[story],
            )
            for story, title, first, last, outlets, languages, reports in heads
        ]
