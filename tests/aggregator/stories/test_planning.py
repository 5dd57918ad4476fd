"""Scored pairs and the grouping of before -> stories to be: kinds, copies, the reader's word."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

from aggregator.stories.network import Network
from aggregator.stories.planning import Planned, originals, plan
from aggregator.stories.titles import Kind

SURE, LIKELY, WEAK = 0.99, 0.8, 0.1


def network(likely: Mapping[tuple[int, int], float]) -> Network:
    """A network of pairs with these probabilities of one event."""
    near: dict[int, dict[int, tuple[float, float]]] = {}
    for (one, other), share in likely.items():
        odds = log(share / (1 - share))
        near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = (odds, odds)
    return Network(lambda article: near.get(article, {}), lambda article: "en")


def all_pairs(articles: range, share: float = SURE) -> dict[tuple[int, int], float]:
    return {(one, other): share for one in articles for other in articles if one < other}


EVENT = all_pairs(range(1, 4))


def test_articles_of_one_event_are_one_story_and_one_alone_has_its_own() -> None:
    made = plan([1, 2, 3, 9], {}, network(EVENT), {})
    assert made.stories == [Planned(None, [1, 2, 3], []), Planned(None, [9], [])]
    assert made.ended == {}


def test_a_story_that_an_article_joins_keeps_its_number() -> None:
    made = plan([1, 2, 3], {}, network(EVENT), {1: 5, 2: 5})
    assert made.stories == [Planned(5, [1, 2, 3], [])]


def test_two_stories_become_one_and_it_is_said_where_the_other_went() -> None:
    made = plan([1, 2, 3], {}, network(EVENT), {1: 5, 2: 5, 3: 4})
    assert [story.story for story in made.stories] == [5]
    assert made.ended == {4: 0}


def test_junk_is_in_no_story() -> None:
    made = plan([1, 2, 3], {3: Kind.JUNK}, network(EVENT), {3: 8})
    assert [story.members for story in made.stories] == [[1, 2]]


def test_a_live_page_stands_beside_the_story_and_counts_as_no_member() -> None:
    made = plan([1, 2, 3], {3: Kind.LIVE}, network(EVENT), {})
    assert made.stories == [Planned(None, [1, 2], [3])]


def test_a_live_page_and_a_round_up_glue_no_two_stories() -> None:
    both = all_pairs(range(1, 4)) | all_pairs(range(4, 7))
    for kind in (Kind.LIVE, Kind.ROUNDUP):
        pages = {(article, page): SURE for page in (8, 9) for article in range(1, 7)}
        made = plan(range(1, 10), {8: kind, 9: kind}, network(both | pages), {})
        assert [s.members for s in made.stories if s.members != [7]][:2] == [[1, 2, 3], [4, 5, 6]]
        assert all(len({1, 4} & {*s.members, *s.beside}) < 2 for s in made.stories)


def test_a_round_up_stands_alone_where_no_story_is_sure() -> None:
    weak = {(article, 9): 0.4 for article in (1, 2, 3)}
    made = plan([1, 2, 3, 9], {9: Kind.ROUNDUP}, network(EVENT | weak), {})
    assert made.stories == [Planned(None, [1, 2, 3], []), Planned(None, [], [9])]


def test_two_live_pages_that_fit_no_story_are_not_one() -> None:
    made = plan([1, 2], {1: Kind.LIVE, 2: Kind.LIVE}, network({(1, 2): SURE}), {})
    assert made.stories == [Planned(None, [], [1]), Planned(None, [], [2])]


def test_what_the_reader_split_stays_apart_however_alike() -> None:
    made = plan([1, 2, 3], {}, network(EVENT), {1: 5, 2: 5, 3: 6}, apart=[(1, 3), (2, 3)])
    assert made.stories == [Planned(5, [1, 2], []), Planned(6, [3], [])]


def test_what_the_reader_joined_stays_together_however_unlike() -> None:
    made = plan([1, 2, 3, 9], {}, network(EVENT), {}, together=[(1, 9), (2, 9), (3, 9)])
    assert made.stories == [Planned(None, [1, 2, 3, 9], [])]


def test_a_live_page_goes_to_no_story_that_the_reader_took_it_out_of() -> None:
    made = plan([1, 2, 3], {3: Kind.LIVE}, network(EVENT), {}, apart=[(1, 3)])
    assert made.stories == [Planned(None, [1, 2], []), Planned(None, [], [3])]


# --- copies ---


def copies_of(*pairs: tuple[int, int]) -> Mapping[int, list[int]]:
    near: dict[int, list[int]] = {}
    for one, other in pairs:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    return near


def test_the_oldest_of_one_text_is_the_original_of_all_others() -> None:
    near = copies_of((1, 2), (2, 3), (1, 3))
    assert originals([3, 1, 2], lambda a: near.get(a, [])) == {2: 1, 3: 1}


def test_a_copy_of_a_copy_has_the_same_original() -> None:
    near = copies_of((1, 2), (2, 3))
    assert originals([1, 2, 3], lambda a: near.get(a, [])) == {2: 1, 3: 1}


def test_an_original_in_another_story_is_none() -> None:
    near = copies_of((1, 2), (2, 3))
    assert originals([2, 3], lambda a: near.get(a, [])) == {3: 2}


def test_two_texts_of_one_event_have_an_original_each() -> None:
    near = copies_of((1, 3), (2, 4))
    made = plan([1, 2, 3, 4], {}, network(all_pairs(range(1, 5))), {}, copies=lambda a: near.get(a, []))
    assert [story.copies for story in made.stories] == [{3: 1, 4: 2}]


def test_a_page_beside_a_story_is_no_copy_of_a_report_in_it() -> None:
    near = copies_of((1, 3))
    made = plan([1, 2, 3], {3: Kind.LIVE}, network(EVENT), {}, copies=lambda a: near.get(a, []))
    assert [story.copies for story in made.stories] == [{}]
