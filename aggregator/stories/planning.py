"""A network of pairs and how it was grouped before -> the stories as they are to be. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.stories.continuity import continued
from aggregator.stories.grouping import Pair
from aggregator.stories.network import CUT, UNSURE, Network
from aggregator.stories.titles import Kind

ATTACHING: Final = {Kind.LIVE: CUT, Kind.ROUNDUP: UNSURE}  # mean probability that puts it beside a story

Copies = Callable[[int], Iterable[int]]  # article -> those with the same text


@dataclass(frozen=True, slots=True)
class Planned:
    """One story: its number (None: new), members, what stands beside it, and copy -> whose text it is."""

    story: int | None
    members: list[int]
    beside: list[int]
    copies: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Stories to be, and of each that ends which of them it goes on in."""

    stories: list[Planned]
    ended: dict[int, int]


def plan(
    articles: Sequence[int],
    kinds: Mapping[int, Kind],
    network: Network,
    before: Mapping[int, int],
    *,
    apart: Sequence[Pair] = (),
    together: Sequence[Pair] = (),
    settled: Sequence[Pair] = (),
    copies: Copies = lambda article: (),
) -> Plan:
    """The stories of ``articles``; ``before`` is article -> story. Junk belongs to none."""
    placed = [a for a in articles if kinds.get(a, Kind.REPORT) is not Kind.JUNK]
    loners = {a: ATTACHING[kinds[a]] for a in placed if kinds.get(a) in ATTACHING}
    grouped = network.group(placed, loners, apart=apart, together=together, settled=settled)
    beside: defaultdict[int, list[int]] = defaultdict(list)
    for article, at in grouped.attached.items():
        beside[at].append(article)
    grouped_ones = {a for group in grouped.groups for a in group} | set(grouped.attached)
    alone = [a for a in placed if a not in grouped_ones]  # live pages that fit no story
    groups = [*grouped.groups, *([a] for a in alone)]
    kept = continued(groups, before)
    stories = []
    for at, group in enumerate(groups):
        is_alone = at >= len(grouped.groups)
        members, others = ([], group) if is_alone else (group, sorted(beside[at]))
        stories.append(Planned(kept.ids[at], members, others, originals(members, copies)))
    return Plan(stories, kept.ended)


def originals(members: Sequence[int], copies: Copies) -> dict[int, int]:
    """copy -> the oldest article with the same text, for the members that are copies; ids are by time."""
    inside = set(members)
    first: dict[int, int] = {}
    for article in sorted(members):
        older = [first.get(other, other) for other in copies(article) if other in inside and other < article]
        if older:
            first[article] = min(older)
    return first
