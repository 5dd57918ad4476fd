"""The network: stories and related lists out of scored pairs, and what must never glue two stories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from math import log

import pytest

from aggregator.stories.compare import Comparer
from aggregator.stories.features import extract
from aggregator.stories.grouping import Pair
from aggregator.stories.network import CUT, HINTED, REGION, UNSURE, Grouped, Network
from aggregator.stories.scoring import models
from aggregator.stories.titles import Kind
from aggregator.stories.window import Window

FIRST, SECOND = (1, 2, 3), (4, 5, 6)
BOTH = [*FIRST, *SECOND]
PAGE = 9  # a live page or a round-up


def english(article: int) -> str:
    return "en"


def odds(share: float) -> float:
    return log(share / (1 - share))


def network(likely: Mapping[Pair, float], thread: Mapping[Pair, float] | None = None) -> Network:
    """A network of the pairs with these probabilities of one event (and of one running story)."""
    near: dict[int, dict[int, tuple[float, float]]] = {}
    for one, other in {**likely, **(thread or {})}:
        same = likely.get((one, other), 0.01)
        ties = (thread or likely).get((one, other), same)
        near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = odds(same), odds(ties)
    return Network(lambda article: near.get(article, {}), english)


def story(*articles: int, likely: float = 0.9) -> dict[Pair, float]:
    return dict.fromkeys(combinations(articles, 2), likely)


TWO_STORIES = story(*FIRST) | story(*SECOND)


def with_page(likely: float) -> dict[Pair, float]:
    """Two stories and a page that is as likely related to each of their articles."""
    return TWO_STORIES | {(article, PAGE): likely for article in BOTH}


def test_articles_of_one_event_are_one_story() -> None:
    assert network(TWO_STORIES).group(BOTH, {}).groups == [list(FIRST), list(SECOND)]


# --- guards of the research note, §3.9: what never glues two stories ---


@pytest.mark.parametrize("likely", [0.3, 0.6, 0.9, 0.97])
def test_guard_a_live_page_that_tells_of_two_stories_does_not_glue_them(likely: float) -> None:
    grouped = network(with_page(likely)).group([*BOTH, PAGE], {PAGE: CUT})
    assert grouped.groups == [list(FIRST), list(SECOND)]


@pytest.mark.parametrize("likely", [0.3, 0.6, 0.9, 0.97])
def test_guard_a_round_up_of_two_stories_does_not_glue_them(likely: float) -> None:
    grouped = network(with_page(likely)).group([*BOTH, PAGE], {PAGE: UNSURE})
    assert grouped.groups == [list(FIRST), list(SECOND)]


def test_guard_several_live_pages_of_two_stories_do_not_glue_them() -> None:
    pages = (10, 11, 12)
    pairs = TWO_STORIES | story(*pages) | {(article, page): 0.9 for article in BOTH for page in pages}
    grouped = network(pairs).group([*BOTH, *pages], dict.fromkeys(pages, CUT))
    assert grouped.groups == [list(FIRST), list(SECOND)]


def test_guard_a_live_page_alone_makes_no_story_of_two_articles_that_only_it_joins() -> None:
    grouped = network({(1, PAGE): 0.97, (2, PAGE): 0.97}).group([1, 2, PAGE], {PAGE: CUT})
    assert grouped.groups == [[1], [2]]


def test_guard_a_round_up_that_says_not_that_it_is_one_is_known_by_what_it_touches() -> None:
    touched = range(10, 16)  # six events, and it is rather likely one with each
    grouped = network({(PAGE, article): 0.75 for article in touched}).group([PAGE, *touched], {})
    assert grouped.groups == [[article] for article in touched]


def test_an_article_that_touches_few_stories_is_no_round_up() -> None:
    pairs = story(1, 2) | {(PAGE, 1): 0.7, (PAGE, 2): 0.7, (PAGE, 5): 0.6}
    assert [1, 2, PAGE] in network(pairs).group([1, 2, 5, PAGE], {}).groups


def test_guard_junk_is_related_to_nothing_and_glues_nothing() -> None:
    titles = {
        1: "Ferry Marigold sinks off Haifa",
        2: "Ferry Marigold sinks near Haifa",
        3: "tag - Ferry Marigold Haifa",
    }
    window = Window(3600)
    for number, title in titles.items():
        window.add(number, 0, "en", f"Outlet {number}", extract(title, "", "en"))
    window.settle()
    assert window.entry(3).features.kind is Kind.JUNK
    comparer = Comparer(window, None, models())
    found = {n: {o: (s.same, s.thread) for o, s in comparer.of(n).items()} for n in titles}
    net = Network(found.__getitem__, english)
    assert net.listed(3) == []
    assert net.group([1, 2, 3], {}).groups == [[1, 2], [3]]


def test_guard_an_umbrella_of_steps_does_not_become_one_story() -> None:
    steps = range(1, 19)  # each meeting of the day is like the next, and not like the one after
    pairs = {(n, n + 1): 0.7 for n in range(1, 18)}
    grouped = network(pairs).group(list(steps), {})
    assert max(map(len, grouped.groups)) <= 6


# --- pages beside a story ---


def test_a_live_page_stands_beside_its_best_story() -> None:
    pairs = TWO_STORIES | {(article, PAGE): 0.5 if article in FIRST else 0.9 for article in BOTH}
    grouped = network(pairs).group([*BOTH, PAGE], {PAGE: CUT})
    assert grouped.attached == {PAGE: grouped.groups.index(list(SECOND))}


def test_a_page_that_is_not_sure_enough_of_any_story_stands_alone() -> None:
    grouped = network(with_page(0.1)).group([*BOTH, PAGE], {PAGE: UNSURE})
    assert grouped.attached == {}
    assert PAGE not in (a for group in grouped.groups for a in group)


# --- the reader's word ---


def test_the_readers_apart_wins_over_the_scores() -> None:
    grouped = network(story(1, 2, 3, likely=0.99)).group([1, 2, 3], {}, apart=[(1, 2)])
    assert not any({1, 2} <= set(group) for group in grouped.groups)
    assert sorted(map(len, grouped.groups)) == [1, 2]


def test_the_readers_together_wins_over_the_scores() -> None:
    grouped = network(TWO_STORIES).group([*BOTH, 7], {}, together=[(1, 4)])
    assert any({1, 4} <= set(group) for group in grouped.groups)
    assert [7] in grouped.groups


def test_the_readers_together_joins_the_whole_stories_of_a_pair_of_lone_articles() -> None:
    assert network({}).group([1, 2, 3], {}, together=[(1, 3)]).groups == [[1, 3], [2]]


def test_where_the_reader_said_both_apart_wins() -> None:
    assert network({(1, 2): 0.9}).group([1, 2], {}, apart=[(1, 2)], together=[(1, 2)]).groups == [[1], [2]]


def test_the_readers_apart_keeps_a_live_page_from_a_story() -> None:
    pairs = story(*FIRST) | {(article, PAGE): 0.9 for article in FIRST}
    grouped = network(pairs).group([*FIRST, PAGE], {PAGE: CUT}, apart=iter([(1, PAGE)]))
    assert grouped.attached == {}


def test_the_readers_together_puts_a_live_page_beside_a_story() -> None:
    grouped = network(TWO_STORIES).group([*BOTH, PAGE], {PAGE: UNSURE}, together=[(4, PAGE)])
    assert grouped.attached == {PAGE: grouped.groups.index(list(SECOND))}


def test_an_article_that_the_reader_joined_is_no_round_up() -> None:
    touched = range(10, 16)
    pairs = {(PAGE, article): 0.75 for article in touched}
    grouped = network(pairs).group([PAGE, *touched], {}, together=[(PAGE, 12)])
    assert [PAGE, 12] in grouped.groups


# --- lists and regions ---


def test_a_related_list_begins_with_the_likeliest_and_leaves_out_the_hopeless() -> None:
    found = network({(1, 2): 0.6, (1, 3): 0.95, (1, 4): 0.2, (1, 5): 0.002}).listed(1)
    assert [relation.other for relation in found] == [3, 2, 4]
    assert all(max(relation.same, relation.thread) >= HINTED for relation in found)


def test_of_two_as_likely_the_one_of_the_same_running_story_comes_first() -> None:
    pairs = {(1, 2): 0.4, (1, 3): 0.4}
    found = network(pairs, {(1, 2): 0.2, (1, 3): 0.9}).listed(1)
    assert [relation.other for relation in found] == [3, 2]


def test_a_step_of_the_same_running_story_is_listed_though_it_is_another_event() -> None:
    found = network({(1, 2): 0.01}, {(1, 2): 0.9}).listed(1)
    assert [relation.other for relation in found] == [2]
    assert found[0].same < HINTED < found[0].thread


def test_the_region_of_an_article_is_what_is_connected_with_it() -> None:
    assert network(TWO_STORIES | {(7, 8): 0.9}).region([1]) == list(FIRST)
    assert network(TWO_STORIES).region([1, 4]) == BOTH


def test_a_region_is_bounded_however_much_is_connected() -> None:
    def near(article: int) -> dict[int, tuple[float, float]]:
        return dict.fromkeys(
            (other for other in range(article - 4, article + 5) if other != article), (3.0, 3.0)
        )

    found = Network(near, english).region([0, 10_000])
    assert len(found) == REGION + 2
    assert {0, 10_000} <= set(found)


def test_each_article_is_asked_for_once_and_only_in_the_neighbourhood() -> None:
    asked: Counter[int] = Counter()
    far = story(*range(100, 110))
    pairs = story(*FIRST) | far
    near: dict[int, dict[int, tuple[float, float]]] = {}
    for (one, other), share in pairs.items():
        near.setdefault(one, {})[other] = near.setdefault(other, {})[one] = odds(share), odds(share)

    def load(article: int) -> dict[int, tuple[float, float]]:
        asked[article] += 1
        return near[article]

    net = Network(load, english)
    net.group(net.region([1]), {})
    net.listed(2)
    assert asked == dict.fromkeys(FIRST, 1)


def of_articles(grouped: Grouped, articles: Iterable[int]) -> list[set[int]]:
    return sorted((set(group) & set(articles) for group in grouped.groups), key=sorted)


def test_the_order_of_the_articles_does_not_change_the_stories() -> None:
    pairs = with_page(0.6) | {(3, 4): 0.5, (2, 5): 0.3}
    straight = network(pairs).group([*BOTH, PAGE], {PAGE: CUT})
    back = network(pairs).group([PAGE, *BOTH[::-1]], {PAGE: CUT})
    assert of_articles(straight, BOTH) == of_articles(back, BOTH)
