"""Which earlier stories a story goes on from. Pure but for the vectors.

Words decide which update of a crisis an article tells, meaning decides which crisis (research note, §2.2):
so stories are compared by their centres first, by the rare names they share, and less the longer ago
the earlier one ended (§3.5; the half-lives below).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from aggregator.dataclass import dataclass

DAY: Final = 86400
LOOK_BACK: Final = 90 * DAY  # how old an earlier story may be
LOOK_BACK_ALONE: Final = 14 * DAY  # … one of a single article
NEAR: Final = 18 * 3600  # the articles of stories that lie nearer were compared with one another already
HALF_LIFE: Final = 90 * DAY  # of a likeness of meaning: a crisis is told in the same words for months
HALF_LIFE_NAMES: Final = 14 * DAY  # of shared names alone
ENOUGH_NAMES: Final = 12.0  # summed rarity of shared names that counts in full
NAME_SHARE: Final = 0.2  # of the strength that names decide where there are vectors
LEAST: Final = 0.25  # strength from which a story is an earlier step of another
SURE_MEANING: Final = 0.35  # cosine from which no shared name is needed
NEAR_MEANING: Final = 0.60  # … that stories nearer than NEAR need: much of one day's news is alike
LEAST_NAMES: Final = 6.0  # summed rarity of shared names that two stories without vectors need
LEAST_SHARED: Final = 2  # … and how many they need: one that two share is often another of that name
MAX_LINKS: Final = 8
PER_DAY: Final = 2  # links to stories of one day, so that eight links are eight steps
CANDIDATES: Final = 60
RARE: Final = 2.0  # rarity from which a name tells a story: one article in seven or fewer has it


@dataclass(frozen=True, slots=True)
class Head:
    """A story as threads see it: times in seconds, its centre (b"" without vectors), names with rarity."""

    id: int
    first: int
    last: int
    members: int
    centre: bytes
    names: Mapping[int, float]


def strength(story: Head, earlier: Head, meaning: float | None) -> float:
    """How surely ``story`` goes on from ``earlier``, 0..1; ``meaning`` is the cosine of their centres.

    The constants are set on the labelled threads: of 2,100 steps between the updates of seven crises 99 in
    100 are right, of the few within one day of all news two in three.
    """
    both = [min(rarity, earlier.names[name]) for name, rarity in story.names.items() if name in earlier.names]
    shared = sum(both)
    told = min(1.0, shared / ENOUGH_NAMES)
    apart = max(story.first - earlier.last, 0)
    if meaning is None:
        enough = apart >= NEAR and shared >= LEAST_NAMES and len(both) >= LEAST_SHARED
        return told * 0.5 ** (apart / HALF_LIFE_NAMES) if enough else 0.0
    if meaning < (NEAR_MEANING if apart < NEAR else 0.0 if shared else SURE_MEANING):
        return 0.0
    return float(meaning * (1 - NAME_SHARE + NAME_SHARE * told) * 0.5 ** (apart / HALF_LIFE))


def may_precede(story: Head, earlier: Head) -> bool:
    """Whether one began before the other, not too long ago for its weight."""
    back = LOOK_BACK if earlier.members > 1 else LOOK_BACK_ALONE
    return earlier.id != story.id and earlier.first < story.first and story.first - earlier.last <= back


def chosen(scored: Iterable[tuple[float, Head]]) -> list[tuple[float, Head]]:
    """The strongest that are strong enough, at most MAX_LINKS and PER_DAY of one day."""
    found: list[tuple[float, Head]] = []
    days: dict[int, int] = {}
    for score, head in sorted(scored, key=lambda pair: (-pair[0], pair[1].id)):
        day = head.first // DAY
        if score < LEAST or len(found) == MAX_LINKS:
            break
        if days.get(day, 0) < PER_DAY:
            days[day] = days.get(day, 0) + 1
            found.append((score, head))
    return found


def rare_names(counted: Sequence[tuple[int, float]], limit: int = 12) -> dict[int, float]:
    """The names of a story that tell it from others: (name, rarity) of its members, the rarest kept."""
    best: dict[int, float] = {}
    for name, rarity in counted:
        best[name] = max(rarity, best.get(name, 0.0))
    return dict(sorted(best.items(), key=lambda item: (-item[1], item[0]))[:limit])
