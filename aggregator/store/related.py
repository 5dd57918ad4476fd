"""Related lists as a front end shows them: an article's own edges, then the steps of its story's thread."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aggregator.model import LinkKind, Related
from aggregator.store.articles import Articles
from aggregator.store.database import Database
from aggregator.store.links import WORTH_SHOWING, Links
from aggregator.store.stories import Stories
from aggregator.store.threads import Threads

STEPS = 8  # earlier and later stories shown, of each


class RelatedLists:
    """Reads only; two or three indexed look-ups an article."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._articles = Articles(database)
        self._links = Links(database)
        self._stories = Stories(database)
        self._threads = Threads(database)

    def of(self, article_id: int) -> list[Related]:
        """What is related to an article and not hidden, best first; the publisher's own links at the end."""
        direct = [r for r in self._links.of(article_id) if not r.row.hidden]
        own = [r for r in direct if r.kind is LinkKind.PUBLISHER]
        found = [r for r in direct if r.kind is not LinkKind.PUBLISHER]
        return [*found, *self._steps(article_id, direct), *own]

    def folded(self, article_id: int) -> list[Related]:
        """The same with articles of one text in one line: its first one, which names the others' outlets."""
        related = [r for r in self.of(article_id) if r.kind is not LinkKind.MAYBE or r.score >= WORTH_SHOWING]
        copies = self._copies([article_id, *(r.row.id for r in related)])
        mine = copies.get(article_id, article_id)
        lines: dict[int, Related] = {}
        for item in related:
            text = copies.get(item.row.id, item.row.id)
            key = -1 if text == mine and item.kind is not LinkKind.PUBLISHER else text
            first = lines.get(key)
            if first is None:
                lines[key] = item
            elif item.row.outlet not in (first.row.outlet, *first.also):
                lines[key] = replace(first, also=(*first.also, item.row.outlet))
        return list(lines.values())

    def _steps(self, article_id: int, listed: Sequence[Related]) -> list[Related]:
        """An article of each story that this one's goes on from or leads to, where none is listed yet."""
        story = self._stories.id_of(article_id)
        steps = self._threads.of(story, STEPS) if story else []
        if not steps:
            return []
        told = set(self._stories.placed([r.row.id for r in listed]).values())
        chosen = self._representatives([step.story for step in steps], article_id)
        rows = {row.id: row for row in self._articles.rows(list(chosen.values()))}
        return [
            Related(
                rows[chosen[step.story]],
                LinkKind.LATER if step.later else LinkKind.EARLIER,
                step.score,
                step.evidence,
            )
            for step in sorted(steps, key=lambda step: -step.score)
            if step.story not in told and chosen.get(step.story) in rows
        ]

    def _representatives(self, stories: Iterable[int], article_id: int) -> dict[int, int]:
        """story -> its first article that is not hidden, rather one in the language of an article."""
        found = self._database.all(
            "SELECT m.story_id, min(m.article_id + (m.role << 60) + "
            "((a.language <> (SELECT language FROM articles WHERE id = ?)) << 61)) & ((1 << 60) - 1) "
            "FROM json_each(?) w CROSS JOIN story_members m ON m.story_id = w.value "
            "JOIN articles a ON a.id = m.article_id "
            "WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = a.id) GROUP BY m.story_id",
            (article_id, json.dumps(list(stories))),
        )
        return dict(found)

    def _copies(self, ids: Sequence[int]) -> dict[int, int]:
        """copy -> the article whose text it is."""
        rows = self._database.all(
            "SELECT m.article_id, m.copy_of FROM json_each(?) w "
            "CROSS JOIN story_members m ON m.article_id = w.value WHERE m.copy_of <> 0",
            (json.dumps(list(ids)),),
        )
        return dict(rows)
