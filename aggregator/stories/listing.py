"""An article's relations -> the edges of its related list, each of one kind, best first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from aggregator.model import LinkEdge, LinkKind
from aggregator.stories.network import RUNNING, SHOWN, Relation

MAX_MATES: Final = 24  # of the same story; the story itself lists all
MAX_OTHERS: Final = 12  # developments and perhapses

Reasons = tuple[str, ...]


def edges(
    article: int,
    at: int,
    listed: Iterable[Relation],
    mates: Collection[int],
    times: dict[int, int],
    apart: Collection[int] = (),
) -> list[LinkEdge]:
    """The edges of one article, without their evidence; ``mates`` are the others of its story.

    ``at`` and ``times`` are sorting times in seconds. An article is only called the same event where the
    grouping and the pair's own probability say so; a development where the running story is likely.
    Of those that the reader said are ``apart`` only developments are listed.
    """
    found: list[LinkEdge] = []
    together = others = 0
    for relation in listed:
        mate = relation.other in mates
        if relation.other in apart and relation.thread < RUNNING:
            continue
        if mate and together < MAX_MATES:
            together += 1
        elif not mate and others < MAX_OTHERS:
            others += 1
        else:
            continue
        kind, score = kind_of(relation, mate, times[relation.other] - at)
        found.append(LinkEdge(article, relation.other, kind, round(score, 3), (), len(found)))
    return found


def kind_of(relation: Relation, mate: bool, later: int) -> tuple[LinkKind, float]:
    """What the other article is to this one, and how probably; ``later`` is by how many seconds."""
    if mate and relation.same >= SHOWN:
        return LinkKind.SAME, relation.same
    if not mate and relation.thread >= RUNNING:
        return (LinkKind.LATER if later > 0 else LinkKind.EARLIER), relation.thread
    return LinkKind.MAYBE, min(relation.same, SHOWN)
