"""Relations -> a related list: what an edge is called, how surely, how many there are."""

from __future__ import annotations

import pytest

from aggregator.model import LinkKind
from aggregator.stories.listing import MAX_MATES, MAX_OTHERS, edges, kind_of
from aggregator.stories.network import RUNNING, SHOWN, Relation

ARTICLE, NOW, HOUR = 1, 1_000_000, 3600


def relation(other: int, same: float, thread: float = 0.0) -> Relation:
    return Relation(other, same, thread, same)


@pytest.mark.parametrize(
    ("same", "thread", "mate", "later", "kind", "score"),
    [
        (SHOWN, 0.9, True, HOUR, LinkKind.SAME, SHOWN),
        (0.97, 0.1, True, HOUR, LinkKind.SAME, 0.97),
        (SHOWN - 0.01, 0.9, True, HOUR, LinkKind.MAYBE, SHOWN - 0.01),  # of its story, but not surely
        (0.97, RUNNING, False, HOUR, LinkKind.LATER, RUNNING),  # alike, but of another story
        (0.97, 0.9, False, -HOUR, LinkKind.EARLIER, 0.9),
        (0.97, 0.9, False, 0, LinkKind.EARLIER, 0.9),
        (0.97, RUNNING - 0.01, False, HOUR, LinkKind.MAYBE, SHOWN),  # never more than a perhaps
        (0.1, 0.0, False, HOUR, LinkKind.MAYBE, 0.1),
    ],
)
def test_the_same_event_is_said_only_where_story_and_pair_agree(
    same: float, thread: float, mate: bool, later: int, kind: LinkKind, score: float
) -> None:
    assert kind_of(relation(2, same, thread), mate, later) == (kind, score)


def test_a_list_keeps_the_order_it_was_given_and_each_edge_its_place() -> None:
    listed = [relation(5, 0.9), relation(3, 0.6), relation(4, 0.1, 0.8)]
    times = {3: NOW - HOUR, 4: NOW + HOUR, 5: NOW}
    found = edges(ARTICLE, NOW, listed, {5, 3}, times)
    assert [(e.source, e.target, e.kind, e.place) for e in found] == [
        (1, 5, LinkKind.SAME, 0),
        (1, 3, LinkKind.SAME, 1),
        (1, 4, LinkKind.LATER, 2),
    ]
    assert [e.score for e in found] == [0.9, 0.6, 0.8]
    assert all(e.evidence == () for e in found)


def test_many_of_one_story_do_not_crowd_out_the_developments_nor_these_the_story() -> None:
    mates, others = range(100, 100 + 2 * MAX_MATES), range(200, 200 + 2 * MAX_OTHERS)
    listed = [*(relation(o, 0.1, 0.9) for o in others), *(relation(m, 0.9) for m in mates)]
    found = edges(ARTICLE, NOW, listed, set(mates), {r.other: NOW for r in listed})
    assert [e.target for e in found] == [*others[:MAX_OTHERS], *mates[:MAX_MATES]]
    assert [e.place for e in found] == list(range(MAX_MATES + MAX_OTHERS))


def test_what_the_reader_split_is_listed_only_as_a_development() -> None:
    listed = [relation(2, 0.9, RUNNING), relation(3, 0.9, RUNNING - 0.01)]
    found = edges(ARTICLE, NOW, listed, set(), {2: NOW - HOUR, 3: NOW}, apart={2, 3})
    assert [(e.target, e.kind) for e in found] == [(2, LinkKind.EARLIER)]
