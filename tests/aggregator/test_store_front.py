"""The front page: which stories are on it, in what order, and what is told of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.db import Store
from aggregator.store.front import heat
from aggregator.store.stories import Placed
from aggregator.text.query import parse
from tests.aggregator.storing import HERON, KESTREL, NOW, ids, make, sync

HOUR = 3600


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def told(store: Store, *numbers: int, **changes: object) -> list[int]:
    """One article a number, by turns of two outlets, put into one story; their ids, oldest first."""
    for number in numbers:
        url = HERON if number % 2 else KESTREL
        language = "en" if number % 2 else "ar"
        sync(
            store, make(number, **{"language": language, "published": NOW - 60 * number, **changes}), url=url
        )
    titles = {f"Headline {number}" for number in numbers}
    found = sorted(row.id for row in store.articles.rows(ids(store)) if row.title in titles)
    with store.write():
        store.stories.arrange([Placed(None, found, [], {})], {})
    return found


def page(store: Store, query: str = "") -> tuple[list[int], int]:
    found = store.front.page(parse(query, NOW), NOW)
    return found.stories.tolist(), found.alone


def test_stories_of_two_outlets_are_on_the_page_and_the_others_are_counted(store: Store) -> None:
    told(store, 1, 2)
    told(store, 5)
    told(store, 7, 9)  # two articles of one outlet
    stories, alone = page(store)
    assert len(stories) == 1
    assert alone == 3


def test_what_is_alone_is_counted_for_a_day(store: Store) -> None:
    told(store, 3, published=NOW - 25 * HOUR)
    assert page(store) == ([], 0)


def test_the_hottest_is_first(store: Store) -> None:
    told(store, 101, 102, published=NOW - 40 * HOUR)
    told(store, 1, 2)
    (first, second), _ = page(store)
    rows = store.front.rows([first, second], (), NOW)
    assert [row.last > NOW - HOUR for row in rows] == [True, False]


def test_heat_falls_with_time_and_rises_with_outlets() -> None:
    assert heat(3, NOW, NOW) > heat(2, NOW, NOW)
    assert heat(3, NOW, NOW) == pytest.approx(2 * heat(3, NOW - 12 * HOUR, NOW))
    assert heat(2, NOW + HOUR, NOW) == heat(2, NOW, NOW)


def test_the_page_follows_the_filter(store: Store) -> None:
    told(store, 1, 2)
    assert len(page(store, "lang:ar")[0]) == 1
    assert page(store, "lang:he") == ([], 0)


def test_a_row_speaks_the_readers_first_language_that_has_a_report(store: Store) -> None:
    told(store, 1, 2, 3, 4)
    (story,), _ = page(store)
    by_language = {code: store.front.rows([story], (code,), NOW)[0].language for code in ("en", "ar")}
    assert by_language == {"en": "en", "ar": "ar"}
    (row,) = store.front.rows([story], ("he", "fa"), NOW)
    assert row.title == "Headline 4"  # none of them: the first report
    (row,) = store.front.rows([story], ("he", "en"), NOW)
    assert row.title == "Headline 3"


def test_a_row_counts_languages_outlets_what_is_unread_new_and_when(store: Store) -> None:
    members = told(store, 1, 2, 3)
    (story,), _ = page(store)
    store.visits.look(NOW - 10 * HOUR)
    (row,) = store.front.rows([story], (), NOW)
    assert (row.articles, row.outlets, row.unread) == (3, 2, 3)
    assert row.counts == (("en", 2), ("ar", 1))
    assert row.leading == ("The Heron", "Kestrel Post")
    assert (row.first, row.last) == (NOW - 180, NOW - 60)
    assert row.activity == (0, 0, 0, 0, 3)
    assert store.front.rows([story], (), NOW + 4 * HOUR)[0].activity == (0, 0, 3, 0, 0)
    assert row.id == story
    assert members


def test_what_is_hidden_is_not_in_the_row(store: Store) -> None:
    members = told(store, 1, 2, 3)
    (story,), _ = page(store)
    with store.write():
        store._database.run(
            "INSERT INTO hidden SELECT id, feed_id, 1 FROM unread WHERE id = ?", (members[0],)
        )
        store._database.run("DELETE FROM unread WHERE id = ?", (members[0],))
    (row,) = store.front.rows([story], (), NOW)
    assert (row.articles, row.unread) == (2, 2)


def test_a_story_that_is_gone_is_left_out(store: Store) -> None:
    told(store, 1, 2)
    (story,), _ = page(store)
    assert [row.id for row in store.front.rows([story, 99], (), NOW)] == [story]


def test_growth_is_counted_from_the_last_visit_and_at_the_first_there_is_none(store: Store) -> None:
    told(store, 1, 2)
    (story,), _ = page(store)
    store.visits.look(NOW)
    assert store.front.rows([story], (), NOW)[0].new == 0
    later = NOW + 10 * HOUR
    store.visits.look(later)  # the visit at NOW is over
    sync(store, make(3), now=later + 60)
    with store.write():
        store.stories.arrange([Placed(story, sorted([*ids(store)]), [], {})], {})
    assert store.front.rows([story], (), later)[0].new == 1
