"""Pairs with a probability -> groups of articles that tell one event.

Pure. Average-link agglomerative clustering (Sneath & Sokal 1973, UPGMA) over a sparse graph: a pair that
was never scored counts as 0, so a chain of look-alikes does not become one story. The research note on
related stories (§3.4) measured it better than joining an arriving article to its best story.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

Pair = tuple[int, int]
Graph = Mapping[int, Mapping[int, float]]

MAX_STORY: Final = 60  # articles; a larger group is an umbrella over several events and is cut again
STRICT_CUT: Final = 0.5  # mean probability at which a group that is too large is cut


def pair(one: int, other: int) -> Pair:
    """Two articles in the order in which pairs are kept."""
    return (one, other) if one < other else (other, one)


def groups(
    nodes: Sequence[int], graph: Graph, cut: float, *, apart: Iterable[Pair] = (), largest: int = MAX_STORY
) -> list[list[int]]:
    """The groups into which the nodes fall when those with a mean probability of ``cut`` or more join.

    ``apart`` are pairs that may never be in one group. A group of more than ``largest`` is cut again
    at STRICT_CUT, and where even that leaves it too large, its last joins are taken back.
    """
    parted = set(apart)
    made = _average_link(nodes, graph, cut, parted, len(nodes))
    result: list[list[int]] = []
    for group in made:
        if len(group) <= largest:
            result.append(group)
        else:
            result += _average_link(group, graph, max(cut, STRICT_CUT), parted, largest)
    return sorted(result)


def connected(pairs: Iterable[Pair]) -> list[set[int]]:
    """The articles that pairs connect with one another."""
    of: dict[int, set[int]] = {}
    for one, other in pairs:
        ours, theirs = of.setdefault(one, {one}), of.setdefault(other, {other})
        if ours is not theirs:
            ours |= theirs
            of.update(dict.fromkeys(theirs, ours))
    return list({id(found): found for found in of.values()}.values())


def _average_link(
    nodes: Sequence[int], graph: Graph, cut: float, apart: set[Pair], largest: int
) -> list[list[int]]:
    """Join the two groups with the highest mean, again and again. Ties go to the lower ids."""
    members = {node: [node] for node in nodes}
    sums: dict[int, dict[int, float]] = {
        node: {o: w for o, w in graph.get(node, {}).items() if o in members and o != node} for node in nodes
    }
    heap = [(-w, a, b, 1, 1) for a, near in sums.items() for b, w in near.items() if a < b]
    heapq.heapify(heap)
    while heap:
        negative, a, b, size_a, size_b = heapq.heappop(heap)
        if -negative < cut:
            break
        if a not in members or b not in members or (len(members[a]), len(members[b])) != (size_a, size_b):
            continue  # one of them has changed since
        if size_a + size_b > largest or (apart and _are_apart(members[a], members[b], apart)):
            continue
        _join(a, b, members, sums, heap)
    return [sorted(group) for group in members.values()]


def _join(
    a: int,
    b: int,
    members: dict[int, list[int]],
    sums: dict[int, dict[int, float]],
    heap: list[tuple[float, int, int, int, int]],
) -> None:
    """Put group b into group a and say anew how near the others are to it."""
    members[a] += members.pop(b)
    ours, theirs = sums[a], sums.pop(b)
    ours.pop(b, None)
    for other, weight in theirs.items():
        if other == a:
            continue
        ours[other] = ours.get(other, 0.0) + weight
        near = sums[other]
        near.pop(b, None)
        near[a] = ours[other]
    for other, weight in ours.items():
        sums[other][a] = weight
        sizes = len(members[a]), len(members[other])
        low, high = pair(a, other)
        ordered = sizes if low == a else sizes[::-1]
        heapq.heappush(heap, (-weight / (sizes[0] * sizes[1]), low, high, *ordered))


def _are_apart(one: Iterable[int], other: Sequence[int], apart: set[Pair]) -> bool:
    return any(pair(x, y) in apart for x in one for y in other)
