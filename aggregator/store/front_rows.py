"""How a story looks on the front page, and how hot it is; apart from the records, for a first look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import log2
from typing import Any, Final, NamedTuple

from aggregator.store.times import time_of

HALF_LIFE: Final = 12.0  # hours in which a story that nobody tells any more loses half of its heat
HOUR: Final = 3600
MEMBERS: Final = (
    "SELECT m.story_id, a.id, a.language, a.title, f.outlet, u.id IS NOT NULL, "
    "b.first_seen > coalesce(nullif((SELECT value FROM meta WHERE key = 'last_look'), 0), 1 << 62), "
    "s.id IS NOT NULL, "
    "m.role, m.copy_of FROM json_each(?) w CROSS JOIN story_members m ON m.story_id = w.value "
    "JOIN articles a ON a.id = m.article_id JOIN bodies b ON b.id = a.id JOIN feeds f ON f.id = a.feed_id "
    "LEFT JOIN unread u ON u.id = a.id LEFT JOIN starred s ON s.id = a.id "
    "WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = a.id) ORDER BY m.article_id"
)


class Member(NamedTuple):
    """An article of a story: a row of ``MEMBERS``."""

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


def heat(outlets: int, last: int, now: int) -> float:
    """How much a story is the news: by how many outlets tell it, and when the last one did."""
    return float(log2(1 + outlets) * 0.5 ** (max(0, now - last) / HOUR / HALF_LIFE))


def told(
    stories: Sequence[int],
    rows: Iterable[Sequence[Any]],
    languages: Sequence[str],
    now: int,
    *,
    step: int,
    steps: int,
) -> Iterator[dict[str, Any]]:
    """The fields of a StoryRow of each story that is still there, in their order.

    ``rows`` are those of ``MEMBERS``; activity is counted in ``steps`` steps of ``step`` seconds.
    """
    members: defaultdict[int, list[Member]] = defaultdict(list)
    for row in rows:
        members[row[0]].append(Member(*row))
    for story in stories:
        if found := members[story]:
            yield _fields(story, found, languages) | {
                "activity": tuple(_activity([time_of(m.id) for m in found], now, step, steps))
            }


def _fields(story: int, members: Sequence[Member], languages: Sequence[str]) -> dict[str, Any]:
    lead = _lead(members, languages)
    counts = Counter(member.language for member in members)
    return {
        "id": story,
        "lead": lead.id,
        "title": lead.title,
        "language": lead.language,
        "first": time_of(members[0].id),
        "last": time_of(members[-1].id),
        "articles": len(members),
        "outlets": len({member.outlet for member in members}),
        "unread": sum(member.unread for member in members),
        "new": sum(member.new for member in members),
        "starred": any(member.starred for member in members),
        "live": any(member.beside for member in members),
        "counts": tuple(counts.most_common()),
        "leading": tuple(dict.fromkeys(member.outlet for member in members if not member.copy)),
    }


def _lead(members: Sequence[Member], languages: Sequence[str]) -> Member:
    """The article whose headline stands for the story."""
    reports = [m for m in members if not m.copy and not m.beside] or list(members)
    for language in languages:
        for member in reports:
            if member.language == language:
                return member
    return reports[0]


def _activity(times: Sequence[int], now: int, step: int, steps: int) -> Iterator[int]:
    """Articles of each of the last steps of time, the oldest first."""
    ages = Counter(max(0, now - at) // step for at in times)
    return (ages[age] for age in reversed(range(steps)))
