"""The front page: the stories of what was published lately, the hottest first.

However large the cache is, only the newest articles are looked at: news that is older is found by filters.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import Final

from aggregator.model import ACTIVITY_HOURS, ACTIVITY_STEPS, FrontPage, StoryRow
from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.store.front_rows import HOUR, MEMBERS, heat, told
from aggregator.store.times import first_id
from aggregator.text.query_tree import Query

LOOKED_AT: Final = 10_000  # of the newest articles that match: about four days of 300 feeds, 40 ms
ALONE_SECONDS: Final = 86_400  # articles without company are counted for a day


class Front:
    """Reads stories for the front page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: Query, now: int) -> FrontPage:
        """The stories of at least two outlets with an article of the query, and the number of the others."""
        ids = select_ids(self._database, query, limit=LOOKED_AT)
        hot: dict[int, float] = {}
        alone = 0
        since = first_id(now - ALONE_SECONDS)
        for article, story, outlets, last in self._database.all(
            "SELECT w.value, s.id, s.outlets, s.last FROM json_each(?) w "
            "LEFT JOIN story_members m ON m.article_id = w.value LEFT JOIN stories s ON s.id = m.story_id",
            (json.dumps(ids.tolist()),),
        ):
            if story is not None and outlets > 1:
                hot.setdefault(story, heat(outlets, last, now))
            elif article >= since:
                alone += 1
        return FrontPage(array("q", sorted(hot, key=lambda story: (-hot[story], -story))), alone)

    def rows(self, stories: Sequence[int], languages: Sequence[str], now: int) -> list[StoryRow]:
        """What the front page shows of stories, in their order; those that are gone are left out."""
        members = self._database.all(MEMBERS, (json.dumps(list(stories)),))
        step = ACTIVITY_HOURS * HOUR
        fields = told(stories, members, languages, now, step=step, steps=ACTIVITY_STEPS)
        return [StoryRow(**row) for row in fields]
