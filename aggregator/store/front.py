"""The front page: the stories of what was published lately, the hottest first.

However large the cache is, only the newest articles are looked at: news that is older is found by filters.
"""

from __future__ import annotations

import json
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import log2
from typing import Final, NamedTuple

from aggregator.model import ACTIVITY_HOURS, ACTIVITY_STEPS, FrontPage, StoryRow
from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.store.times import first_id, time_of
from aggregator.text.query_tree import Query

LOOKED_AT: Final = 10_000  # of the newest articles that match: about four days of 300 feeds, 40 ms
HALF_LIFE: Final = 12.0  # hours in which a story that nobody tells any more loses half of its heat
ALONE_SECONDS: Final = 86_400  # articles without company are counted for a day
HOUR: Final = 3600
STEPS: Final = ACTIVITY_STEPS


class _Member(NamedTuple):
    story: int
    id: int
    language: str
    title: str
    outlet: str
    unread: int
    new: int
    starred: int
    beside: int
    copy: int


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
        members: defaultdict[int, list[_Member]] = defaultdict(list)
        for row in self._database.all(_MEMBERS, (json.dumps(list(stories)),)):
            members[row[0]].append(_Member(*row))
        return [_row(story, members[story], languages, now) for story in stories if members[story]]


def heat(outlets: int, last: int, now: int) -> float:
    """How much a story is the news: by how many outlets tell it, and when the last one did."""
    return float(log2(1 + outlets) * 0.5 ** (max(0, now - last) / HOUR / HALF_LIFE))


_MEMBERS = (
    "SELECT m.story_id, a.id, a.language, a.title, f.outlet, u.id IS NOT NULL, "
    "b.first_seen > coalesce((SELECT value FROM meta WHERE key = 'last_look'), 0), s.id IS NOT NULL, "
    "m.role, m.copy_of FROM json_each(?) w CROSS JOIN story_members m ON m.story_id = w.value "
    "JOIN articles a ON a.id = m.article_id JOIN bodies b ON b.id = a.id JOIN feeds f ON f.id = a.feed_id "
    "LEFT JOIN unread u ON u.id = a.id LEFT JOIN starred s ON s.id = a.id "
    "WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = a.id) ORDER BY m.article_id"
)


def _row(story: int, members: Sequence[_Member], languages: Sequence[str], now: int) -> StoryRow:
    lead = _lead(members, languages)
    counts = Counter(member.language for member in members)
    leading = tuple(dict.fromkeys(member.outlet for member in members if not member.copy))
    return StoryRow(
        id=story,
        lead=lead.id,
        title=lead.title,
        language=lead.language,
        first=time_of(members[0].id),
        last=time_of(members[-1].id),
        articles=len(members),
        outlets=len({member.outlet for member in members}),
        unread=sum(member.unread for member in members),
        new=sum(member.new for member in members),
        starred=any(member.starred for member in members),
        live=any(member.beside for member in members),
        counts=tuple(counts.most_common()),
        leading=leading,
        activity=tuple(_activity([time_of(member.id) for member in members], now)),
    )


def _lead(members: Sequence[_Member], languages: Sequence[str]) -> _Member:
    """The article whose headline stands for the story."""
    reports = [m for m in members if not m.copy and not m.beside] or list(members)
    for language in languages:
        for member in reports:
            if member.language == language:
                return member
    return reports[0]


def _activity(times: Sequence[int], now: int) -> Iterator[int]:
    """Articles of each of the last steps of ``ACTIVITY_HOURS``, the oldest first."""
    step = ACTIVITY_HOURS * HOUR
    ages = Counter(max(0, now - at) // step for at in times)
    return (ages[age] for age in reversed(range(STEPS)))
