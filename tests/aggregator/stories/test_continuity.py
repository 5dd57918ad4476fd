"""Which number a story goes on with when its articles are grouped anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.stories.continuity import continued


def test_a_story_that_grows_keeps_its_number() -> None:
    assert continued([[1, 2, 3, 4]], {1: 7, 2: 7}) == ([7], {})


def test_articles_that_were_in_no_story_make_a_new_one() -> None:
    assert continued([[1, 2], [3]], {}) == ([None, None], {})


def test_when_two_become_one_the_bigger_ones_number_stays_and_the_other_goes_on_in_it() -> None:
    assert continued([[1, 2, 3, 4, 5]], {1: 9, 2: 9, 3: 9, 4: 3, 5: 3}) == ([9], {3: 0})


def test_of_two_as_large_the_older_number_stays() -> None:
    assert continued([[1, 2, 3, 4]], {1: 9, 2: 9, 3: 3, 4: 3}) == ([3], {9: 0})


def test_when_one_becomes_two_the_larger_part_keeps_the_number() -> None:
    assert continued([[1], [2, 3]], {1: 4, 2: 4, 3: 4}) == ([None, 4], {})


def test_of_parts_as_large_the_group_with_more_company_keeps_it() -> None:
    assert continued([[1], [2, 8]], {1: 4, 2: 4}) == ([None, 4], {})


def test_a_group_whose_first_choice_is_taken_goes_on_with_its_second() -> None:
    before = {1: 4, 2: 4, 3: 4, 4: 4, 5: 4, 6: 6}
    assert continued([[1, 2, 3], [4, 5, 6]], before) == ([4, 6], {})


def test_a_story_that_ends_goes_on_where_most_of_it_went() -> None:
    before = {1: 1, 2: 1, 3: 1, 4: 1, 11: 2, 12: 2, 13: 2, 14: 2, 21: 3, 22: 3, 23: 3}
    groups = [[1, 2, 3, 4, 21], [11, 12, 13, 14, 22, 23]]
    assert continued(groups, before) == ([1, 2], {3: 1})


def test_a_story_none_of_whose_articles_is_left_ends_without_an_heir() -> None:
    assert continued([[1]], {9: 5}) == ([None], {})


ARTICLES = st.integers(0, 30)


@given(
    st.dictionaries(ARTICLES, st.integers(0, 6)),
    st.dictionaries(ARTICLES, st.integers(100, 106)),
)
def test_no_number_is_given_twice_and_every_story_seen_goes_on_or_ends(
    placed: dict[int, int], before: dict[int, int]
) -> None:
    groups = [sorted(a for a in placed if placed[a] == at) for at in sorted(set(placed.values()))]
    ids, ended = continued(groups, before)
    given_out = [number for number in ids if number is not None]
    assert len(given_out) == len(set(given_out))
    seen = {before[a] for group in groups for a in group if a in before}
    assert set(given_out) | set(ended) == seen
    assert not set(given_out) & set(ended)
    for number, group in zip(ids, groups, strict=True):
        assert number is None or number in {before.get(a) for a in group}
        if number is None:
            assert all(before[a] in given_out for a in group if a in before), "its stories went on elsewhere"
    for number, at in ended.items():
        assert number in {before.get(a) for a in groups[at]}
