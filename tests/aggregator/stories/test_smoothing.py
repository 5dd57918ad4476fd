"""Smoothing: what the neighbours of two articles say about the two."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.stories.smoothing import EVENT, ITSELF, THREAD, UNSCORED, Reach, Smoother, probability

Pairs = Mapping[tuple[int, int], float]
SURE, LIKELY, UNLIKELY = 3.0, 1.0, -3.0

PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1]),
    st.floats(-5, 8, allow_nan=False),
    max_size=25,
)
REACHES = st.sampled_from((EVENT, THREAD, Reach(2, 0.5)))


def smoothed(pairs: Pairs, reach: Reach = EVENT) -> Smoother:
    near: dict[int, dict[int, float]] = {}
    for (one, other), odds in pairs.items():
        near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = odds
    return Smoother(lambda article: near.get(article, {}), reach)


@pytest.mark.parametrize(
    ("odds", "share"), [(0.0, 0.5), (2.0, 0.8808), (-2.0, 0.1192), (-900.0, 0.0), (900.0, 1.0)]
)
def test_log_odds_are_a_probability(odds: float, share: float) -> None:
    assert probability(odds) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize("reach", [EVENT, THREAD])
def test_two_that_share_only_a_third_come_nearer_than_two_that_share_nothing(reach: Reach) -> None:
    of = smoothed({(1, 3): SURE, (2, 3): SURE, (4, 5): SURE}, reach)
    assert of.of(1)[2] > UNSCORED
    assert 4 not in of.of(1)  # nobody knows both


def test_two_with_like_neighbours_come_nearer_than_two_with_unlike_ones() -> None:
    shared = smoothed({(1, 2): UNLIKELY, (1, 3): SURE, (2, 3): SURE})
    parted = smoothed({(1, 2): UNLIKELY, (1, 3): SURE, (2, 4): SURE})
    assert shared.of(1)[2] > parted.of(1)[2]


def test_the_more_neighbours_two_share_the_nearer_they_come() -> None:
    one = smoothed({(1, 3): SURE, (2, 3): SURE})
    two = smoothed({(1, 3): SURE, (2, 3): SURE, (1, 4): SURE, (2, 4): SURE, (3, 4): SURE})
    assert two.of(1)[2] > one.of(1)[2]


def test_neighbours_alone_do_not_make_a_pair_that_shares_nothing_likely() -> None:
    middle = range(10, 20)
    pairs = (
        {(1, m): 8.0 for m in middle}
        | {(2, m): 8.0 for m in middle}
        | {(m, m + 1): 8.0 for m in range(10, 19)}
    )
    assert probability(smoothed(pairs).of(1)[2]) < 0.25


def test_smoothed_odds_are_the_pairs_own_mixed_with_the_mean_between_its_neighbourhoods() -> None:
    even = smoothed({(1, 2): 0.0}, Reach(neighbours=2, share=0.4)).of(1)[2]
    # each article counts 2/3 in its own neighbourhood and 1/3 in the other's; with itself it has 4.0
    assert even == pytest.approx(0.6 * 0.0 + 0.4 * (2 / 3 * (4 / 3) + 1 / 3 * (8 / 3)))
    through = smoothed({(1, 3): 4.0, (2, 3): 4.0}, Reach(neighbours=2, share=0.5)).of(1)[2]
    theirs = probability(4.0) / (1 + probability(4.0))  # what 3 counts in the neighbourhoods of 1 and of 2
    own = 1 - theirs
    said = own * (own * UNSCORED + theirs * 4.0) + theirs * (own * 4.0 + theirs * ITSELF)
    assert through == pytest.approx(0.5 * UNSCORED + 0.5 * said)


def test_without_neighbours_the_order_of_pairs_is_as_it_was() -> None:
    found = smoothed({(1, 2): SURE, (1, 3): LIKELY, (1, 4): UNLIKELY}).of(1)
    assert sorted(found, key=lambda other: -found[other]) == [2, 3, 4]


def test_an_article_without_pairs_is_near_to_nobody() -> None:
    assert smoothed({}).of(1) == {}


def test_no_article_is_its_own_relation() -> None:
    assert 1 not in smoothed({(1, 2): SURE, (2, 3): SURE}).of(1)


def test_only_so_many_neighbours_are_asked() -> None:
    pairs = {(1, other): SURE + other / 100 for other in range(2, 12)} | {(9, 50): 9.0, (10, 60): 9.0}
    found = smoothed(pairs, Reach(neighbours=3, share=0.4)).of(1)
    assert 60 in found  # known by the second, who is asked
    assert 50 not in found  # known by the third, who is not


@given(PAIRS, REACHES)
@settings(max_examples=60)
def test_smoothed_odds_are_the_same_from_both_sides(pairs: Pairs, reach: Reach) -> None:
    smoother = smoothed(pairs, reach)
    for one in range(10):
        for other, odds in smoother.of(one).items():
            if one in (back := smoother.of(other)):
                assert back[one] == pytest.approx(odds)


@given(PAIRS, REACHES)
@settings(max_examples=60)
def test_every_pair_that_was_scored_is_still_told(pairs: Pairs, reach: Reach) -> None:
    smoother = smoothed(pairs, reach)
    for one, other in pairs:
        assert other in smoother.of(one)
        assert one in smoother.of(other)
