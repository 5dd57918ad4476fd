"""Which old story a new grouping goes on with, so that a story the reader knows keeps its number. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Continued(NamedTuple):
    """The story id of each group (None: a new one), and of each story that ended the group it went on in."""

    ids: list[int | None]
    ended: dict[int, int]


def continued(groups: Sequence[Sequence[int]], before: Mapping[int, int]) -> Continued:
    """Each group takes the id of the old story that holds most of its members, each id once.

    ``before`` is article -> story. Of equal claims the larger group's wins, then the older story's.
    """
    claims = Counter(
        (before[article], at) for at, group in enumerate(groups) for article in group if article in before
    )
    ids: list[int | None] = [None] * len(groups)
    taken: set[int] = set()
    order = sorted(claims.items(), key=lambda item: (-item[1], -len(groups[item[0][1]]), item[0]))
    for (story, at), _ in order:
        if ids[at] is None and story not in taken:
            ids[at] = story
            taken.add(story)
    heirs: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for (story, at), shared in claims.items():
        if story not in taken:
            heirs[story].append((-shared, at))
    return Continued(ids, {story: min(found)[1] for story, found in heirs.items()})
