"""The order "rank": words where they weigh, and news before what is old."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import ranking
from aggregator.store.db import Store
from aggregator.store.ranking import judged_by, recency
from aggregator.text.query import parse
from tests.aggregator.storing import DAY, NOW, ids, make, sync

FILLER = "Other news of the day from the region and beyond it."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number, text=FILLER) for number in range(20)))
        yield opened


def ranked(store: Store, query: str, limit: int = 50) -> list[str]:
    """The titles in the order of rank."""
    found = store.search.ranked(parse(query, NOW), limit)
    return [row.title for row in store.articles.rows(found)]


def test_a_headline_counts_more_than_a_text(store: Store) -> None:
    at = NOW - DAY
    sync(store, make(31, title="Harbour opens", text=FILLER, published=at))
    sync(store, make(32, title="Elsewhere", text=f"A harbour. {FILLER}", published=at + 60))
    assert ranked(store, "harbour") == ["Harbour opens", "Elsewhere"]


def test_a_word_as_it_is_typed_counts_more_than_one_of_its_forms(store: Store) -> None:
    at = NOW - DAY
    sync(store, make(31, title="One", text=f"A strike. {FILLER}", published=at))
    sync(store, make(32, title="Two", text=f"It strikes. {FILLER}", published=at + 60))
    assert ranked(store, "strike") == ["One", "Two"]


def test_of_articles_alike_the_newer_is_first(store: Store) -> None:
    for number, days in ((31, 90), (32, 3), (33, 30)):
        sync(store, make(number, title=f"Harbour {days}", text=FILLER, published=NOW - days * DAY))
    assert ranked(store, "harbour") == ["Harbour 3", "Harbour 30", "Harbour 90"]


def test_age_never_makes_an_article_worthless() -> None:
    worth = [recency(NOW - days * DAY, NOW) for days in (0, 1, 30, 365, 3650)]
    assert worth == sorted(worth, reverse=True)
    assert worth[0] == 1
    assert worth[-1] > 0.05
    assert recency(NOW + DAY, NOW) == 1


def test_only_the_newest_matches_are_ranked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "WINDOW", 3)
    sync(store, make(31, title="Harbour", text="harbour " * 9, published=NOW - 9 * DAY))
    sync(store, *(make(number, title=f"No {number}", text=f"harbour {FILLER}") for number in (41, 42, 43)))
    assert set(ranked(store, "harbour")) == {"No 41", "No 42", "No 43"}


@pytest.mark.parametrize(
    "query",
    [
        "harbour",
        "harbour -elsewhere",
        "harbour OR grain",
        "(harbour OR unread) grain",
        "-harbour",
        "unread",
        "",
        "lang:en harbour",
        "harb*",
        "a*",
        '"harbour opens" OR title:grain',
        "harbour zebra",
        "harbour sort:rank",
    ],
)
def test_the_order_of_rank_has_just_what_matches(store: Store, query: str) -> None:
    sync(store, make(31, title="Harbour opens", text=f"Grain. {FILLER}"))
    sync(store, make(32, title="Elsewhere", text="A harbour."))
    sync(store, make(33, title="Grain", text=FILLER))
    found = store.search.ranked(parse(query, NOW), 1000)
    assert sorted(found, reverse=True) == ids(store, query.replace("sort:rank", ""))
    assert store.search.ranked(parse(query, NOW), 2) == found[:2]


def test_without_words_to_judge_by_the_newest_is_first(store: Store) -> None:
    for query in ("", "unread", "-harbour", "harbour OR unread"):
        assert judged_by(store._database, parse(query, NOW).root) == ""
        assert store.search.ranked(parse(query, NOW), 9) == ids(store, query)[:9]
