"""Grouping: which articles become one story."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.stories.grouping import MAX_STORY, Pair, groups, pair

CUT = 0.25
Weights = Mapping[Pair, float]

WEIGHTS = st.dictionaries(
    st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda p: p[0] < p[1]),
    st.integers(1, 100).map(lambda percent: percent / 100),
    max_size=60,
)
PAIRS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda p: p[0] < p[1]), max_size=8)
NODES = list(range(15))


def graph_of(weights: Weights) -> dict[int, dict[int, float]]:
    graph: dict[int, dict[int, float]] = {}
    for (one, other), weight in weights.items():
        graph.setdefault(one, {})[other] = graph.setdefault(other, {})[one] = weight
    return graph


def everyone(nodes: range, weight: float) -> dict[Pair, float]:
    return dict.fromkeys(combinations(nodes, 2), weight)


def mean(one: list[int], other: list[int], weights: Weights) -> float:
    return sum(weights.get(pair(a, b), 0.0) for a in one for b in other) / (len(one) * len(other))


def test_two_that_are_likely_one_event_join_and_the_third_stays_alone() -> None:
    assert groups([1, 2, 3], graph_of({(1, 2): 0.9, (2, 3): 0.1}), CUT) == [[1, 2], [3]]


def test_an_article_without_pairs_is_a_group_of_its_own() -> None:
    assert groups([7, 3], {}, CUT) == [[3], [7]]


def test_a_chain_of_look_alikes_does_not_become_one_story() -> None:
    chain = dict.fromkeys(pairwise(range(12)), 0.9)
    assert max(len(group) for group in groups(range(12), graph_of(chain), CUT)) <= 3


def test_one_false_tie_does_not_join_two_stories() -> None:
    weights = {**everyone(range(0, 4), 0.9), **everyone(range(4, 8), 0.9), (3, 4): 0.99}
    found = groups(range(8), graph_of(weights), CUT)
    assert [group for group in found if {0, 7} <= set(group)] == []
    assert len(found) == 2


def test_a_weaker_tie_than_those_within_leaves_two_stories_as_they_are() -> None:
    weights = {**everyone(range(0, 4), 0.9), **everyone(range(4, 8), 0.9), (3, 4): 0.8, (2, 4): 0.8}
    assert groups(range(8), graph_of(weights), CUT) == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_what_is_said_of_articles_outside_the_nodes_does_not_count() -> None:
    assert groups([1, 3], graph_of({(1, 2): 0.9, (2, 3): 0.9}), CUT) == [[1], [3]]


@given(WEIGHTS)
def test_every_article_is_in_exactly_one_group(weights: Weights) -> None:
    assert sorted(a for group in groups(NODES, graph_of(weights), CUT) for a in group) == NODES


@given(WEIGHTS)
def test_no_two_groups_are_left_that_would_join(weights: Weights) -> None:
    for one, other in combinations(groups(NODES, graph_of(weights), CUT), 2):
        assert mean(one, other, weights) < CUT + 1e-9


@given(WEIGHTS, PAIRS)
def test_a_pair_that_must_stay_apart_is_never_joined(weights: Weights, apart: list[Pair]) -> None:
    for group in groups(NODES, graph_of(weights), CUT, apart=iter(apart), largest=4):
        assert not set(combinations(group, 2)) & set(apart)


def test_two_that_must_stay_apart_are_not_joined_through_a_third() -> None:
    found = groups([1, 2, 3], graph_of({(1, 2): 0.9, (2, 3): 0.8, (1, 3): 0.9}), CUT, apart=[(1, 2)])
    assert found == [[1, 3], [2]]


def test_a_group_larger_than_a_story_may_be_is_cut_again_at_the_stricter_mark() -> None:
    third = MAX_STORY // 3 + 1  # two of the three events would have room in one story
    events = [range(start, start + third) for start in range(0, 3 * third, third)]
    within = {found: 0.9 for event in events for found in combinations(event, 2)}
    weights = everyone(range(3 * third), 0.4) | within
    assert groups(range(3 * third), graph_of(weights), CUT) == [list(event) for event in events]


def test_a_group_of_just_the_size_a_story_may_have_is_left_whole() -> None:
    half = MAX_STORY // 2
    within = {**everyone(range(half), 0.9), **everyone(range(half, 2 * half), 0.9)}
    between = {(a, b): 0.4 for a in range(half) for b in range(half, 2 * half)}
    assert groups(range(2 * half), graph_of(within | between), CUT) == [list(range(MAX_STORY))]


def test_no_story_is_larger_than_the_cap_however_alike_all_are() -> None:
    found = groups(range(2 * MAX_STORY + 5), graph_of(everyone(range(2 * MAX_STORY + 5), 0.99)), CUT)
    assert max(map(len, found)) <= MAX_STORY
    assert len(found) == 3


@given(WEIGHTS, PAIRS, st.randoms())
@settings(max_examples=60)
def test_the_order_of_the_articles_does_not_change_the_groups(
    weights: Weights, apart: list[Pair], chance: random.Random
) -> None:
    nodes, shuffled = list(NODES), list(weights.items())
    chance.shuffle(nodes)
    chance.shuffle(shuffled)
    straight = groups(NODES, graph_of(weights), CUT, apart=apart, largest=5)
    assert groups(nodes, graph_of(dict(shuffled)), CUT, apart=apart[::-1], largest=5) == straight
