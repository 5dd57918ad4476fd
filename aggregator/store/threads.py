"""Threads: which stories go on from which. A row leads from the later story to the earlier one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aggregator.store.database import Database


class StoryHead(NamedTuple):
    """A story's number, first and last time in seconds, articles, centre and rare names."""

    id: int
    first: int
    last: int
    members: int
    centre: bytes
    names: Mapping[int, float]


class Step(NamedTuple):
    """A story that another goes on from, or that goes on from it."""

    story: int
    later: bool
    score: float
    evidence: tuple[str, ...]


class Threads:
    """The stored threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, limit: int) -> list[int]:
        """Stories that changed and whose thread was not looked for since, the oldest first."""
        rows = self._database.all(
            "SELECT id FROM stories WHERE NOT threaded ORDER BY last, id LIMIT ?", (limit,)
        )
        return [row[0] for row in rows]

    def heads(self, story_ids: Iterable[int]) -> list[StoryHead]:
        """What threads compare of stories."""
        wanted = json.dumps(list(story_ids))
        names: defaultdict[int, dict[int, float]] = defaultdict(dict)
        for story, name, rarity in self._database.all(
            "SELECT n.story_id, n.name, n.rarity FROM json_each(?) w "
            "CROSS JOIN story_names n ON n.story_id = w.value",
            (wanted,),
        ):
            names[story][name] = rarity
        rows = self._database.all(
            "SELECT s.id, s.first, s.last, s.members, s.centre FROM json_each(?) w "
            "CROSS JOIN stories s ON s.id = w.value ORDER BY w.key",
            (wanted,),
        )
        return [
            StoryHead(story, first, last, members, centre, names[story])
            for story, first, last, members, centre in rows
        ]

    def describe(self, story_id: int, centre: bytes, names: Mapping[int, float]) -> None:
        """Remember what a story is compared by; in a write phase."""
        self._database.run("UPDATE stories SET centre = ? WHERE id = ?", (centre, story_id))
        self._database.run("DELETE FROM story_names WHERE story_id = ?", (story_id,))
        self._database.many(
            "INSERT INTO story_names SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM stories WHERE id = ?2)",
            [(name, story_id, rarity) for name, rarity in sorted(names.items())],
        )

    def sharing(self, names: Iterable[int], since: int, until: int, limit: int) -> list[int]:
        """The stories of a time that share names, those with the rarest first."""
        rows = self._database.all(
            "SELECT n.story_id FROM json_each(?) w CROSS JOIN story_names n ON n.name = w.value "
            "JOIN stories s ON s.id = n.story_id WHERE s.last >= ? AND s.first <= ? "
            "GROUP BY n.story_id ORDER BY sum(n.rarity) DESC, n.story_id DESC LIMIT ?",
            (json.dumps(list(names)), since, until, limit),
        )
        return [row[0] for row in rows]

    def centres(self, since: int, since_alone: int) -> list[tuple[int, bytes]]:
        """(story, centre) of the stories since a time, those of one article since another."""
        return self._database.all(
            "SELECT id, centre FROM stories WHERE last >= ? AND (members > 1 OR last >= ?) AND centre <> x''",
            (since, since_alone),
        )

    def replace(self, story_id: int, steps: Sequence[tuple[int, float, tuple[str, ...]]]) -> None:
        """Store the earlier stories of a story with score and evidence; in a write phase.

        A story that no longer began after this one goes on from it no more.
        """
        self._database.run("DELETE FROM story_links WHERE source = ?", (story_id,))
        self._database.run(
            "DELETE FROM story_links WHERE target = ?1 AND (SELECT first FROM stories WHERE id = source) "
            "<= (SELECT first FROM stories WHERE id = ?1)",
            (story_id,),
        )
        self._database.many(
            "INSERT INTO story_links SELECT ?1, ?2, ?3, ?4 "
            "WHERE EXISTS (SELECT 1 FROM stories WHERE id = ?2)",
            [
                (story_id, target, round(score, 3), json.dumps(evidence, ensure_ascii=False))
                for target, score, evidence in steps
            ],
        )
        self._database.run("UPDATE stories SET threaded = 1 WHERE id = ?", (story_id,))

    def line(self, story_id: int, limit: int) -> list[int]:
        """The stories that lead to one or on from it, step by step: itself, then the nearest first."""
        rows = self._database.all(
            "WITH RECURSIVE line(id) AS (VALUES (?) UNION "
            "SELECT iif(l.source = line.id, l.target, l.source) FROM line "
            "CROSS JOIN story_links l ON l.source = line.id OR l.target = line.id) "
            "SELECT id FROM line LIMIT ?",
            (story_id, limit),
        )
        return [row[0] for row in rows]

    def of(self, story_id: int, limit: int) -> list[Step]:
        """The earlier and later stories of a story, at most ``limit`` of each, the surest first."""
        earlier = self._database.all(
            "SELECT target, score, evidence FROM story_links WHERE source = ? "
            "ORDER BY score DESC, target LIMIT ?",
            (story_id, limit),
        )
        later = self._database.all(
            "SELECT source, score, evidence FROM story_links WHERE target = ? "
            "ORDER BY score DESC, source LIMIT ?",
            (story_id, limit),
        )
        return [
            Step(story, is_later, score, tuple(json.loads(evidence)))
            for is_later, rows in ((False, earlier), (True, later))
            for story, score, evidence in rows
        ]
