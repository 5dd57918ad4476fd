"""Feeds: the configuration's word, polling's memory, the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import config
from aggregator.model import FeedMove, FetchLogRow, PollHints, Validators
from aggregator.store.db import Store
from aggregator.store.feeds import LOG_KEPT
from aggregator.store.turns import FAR
from tests.aggregator.storing import FEEDS, HERON, KESTREL, NOW, feed, make, sync, titles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        opened.feeds.reconcile(FEEDS)
        yield opened


def test_a_feed_is_what_the_configuration_says(store: Store) -> None:
    state = feed(store)
    assert (state.title, state.outlet, state.language, state.tags) == ("Heron", "The Heron", "en", ("World",))
    assert state.subscribed
    assert state.fetch_url == HERON
    assert state.next_check == 0


def test_the_same_configuration_again_writes_nothing(store: Store) -> None:
    before = store._database.changes
    store.feeds.reconcile(FEEDS)
    assert store._database.changes == before


def test_a_changed_configuration_changes_the_row_and_keeps_what_polling_knows(store: Store) -> None:
    store.feeds.save([replace(feed(store), next_check=NOW, failures=2)])
    store.feeds.reconcile([config.Feed(url=HERON, outlet="Grey Heron", interval="2h"), FEEDS[1]])
    state = feed(store)
    assert (state.outlet, state.fixed_interval, state.next_check, state.failures) == (
        "Grey Heron",
        7200,
        NOW,
        2,
    )


@pytest.mark.parametrize("without", [[FEEDS[1]], [config.Feed(url=HERON, enabled=False), FEEDS[1]]])
def test_a_feed_that_is_no_longer_subscribed_stays_with_its_articles_but_out_of_lists(
    store: Store, without: list[config.Feed]
) -> None:
    sync(store, make())
    store.feeds.reconcile(without)
    assert not feed(store).subscribed
    assert titles(store) == []
    assert titles(store, "feed:heron") == titles(store, "outlet:heron") == ["Headline 1"]
    assert store.articles.count() == (0, 0)
    assert [info.state.url for info in store.feeds.infos()] == [KESTREL]
    assert [state.url for state in store.feeds.due(NOW)] == [KESTREL]


def test_a_feed_that_is_subscribed_again_is_due_at_once_even_if_it_was_parked(store: Store) -> None:
    store.feeds.save([replace(feed(store), next_check=NOW + 900, parked="gone (410)", failures=3)])
    store.feeds.reconcile([FEEDS[1]])
    store.feeds.reconcile(FEEDS)
    state = feed(store)
    assert (state.parked, state.failures, state.next_check) == ("", 0, 0)


def test_a_disabled_feed_gets_no_row(store: Store) -> None:
    store.feeds.reconcile([*FEEDS, config.Feed(url="https://off.example/feed", enabled=False)])
    assert len(store.feeds.all()) == 2


def test_everything_that_polling_learns_is_kept(store: Store) -> None:
    learnt = replace(
        feed(store),
        fetch_url="https://new.example/feed",
        validators=Validators('W/"1"', "Tue, 24 Nov 2026 06:00:00 GMT", "https://new.example/x"),
        body_hash=b"\x00\xff",
        item_hashes=b"12345678",
        next_check=NOW + 60,
        interval=900,
        last_checked=1,
        last_success=2,
        last_new=3,
        last_full=4,
        failures=5,
        error_kind="dns",
        error="not found",
        status=503,
        parked="gone",
        moved_to="https://m.example/",
        moved_count=6,
        moved_first=7,
        hints=PollHints(3600, (1, 2), ("monday",)),
        asked=8,
        attempts=9,
        deaths=10,
        failed_since=11,
        told_until=12,
        told_host="new.example",
        fresh_for=13,
        moves=(FeedMove(HERON, "https://new.example/feed", 14, "it moved"),),
    )
    store.feeds.save([learnt])
    assert feed(store) == learnt


def test_the_longest_overdue_feed_comes_first(store: Store) -> None:
    store.feeds.save(
        [replace(feed(store), next_check=NOW - 5), replace(feed(store, KESTREL), next_check=NOW - 9)]
    )
    assert [state.url for state in store.feeds.due(NOW)] == [KESTREL, HERON]
    assert store.turns.next_due(NOW) == NOW - 9


def test_what_is_not_due_or_is_parked_is_asked_only_when_named(store: Store) -> None:
    store.feeds.save([replace(feed(store), next_check=NOW + 60)])
    store.feeds.set_parked(KESTREL, "gone (410)")
    assert store.feeds.due(NOW) == []
    assert [state.url for state in store.feeds.due(NOW, force=True)] == [HERON]
    assert [state.url for state in store.feeds.due(NOW, urls=[KESTREL])] == [KESTREL]
    assert store.feeds.due(NOW, urls=["https://unknown.example/"]) == []
    assert store.turns.next_due(NOW) == NOW + 60
    store.feeds.set_parked(KESTREL, "")
    assert [state.url for state in store.feeds.due(NOW)] == [KESTREL]


def test_a_next_check_of_a_clock_that_ran_ahead_is_brought_back_once_and_for_all(store: Store) -> None:
    store.feeds.save([replace(feed(store), next_check=NOW * 2)])
    store.feeds.due(NOW)
    assert feed(store).next_check == NOW + FAR
    assert HERON in [state.url for state in store.feeds.due(NOW + FAR)]


def test_what_a_document_says_of_itself_shows_only_where_the_configuration_is_silent(store: Store) -> None:
    store.feeds.reconcile([*FEEDS, config.Feed(url="https://www.owl.example/feed")])
    owl = feed(store, "https://www.owl.example/feed")
    assert (owl.title, owl.outlet) == (owl.url, "owl.example")
    for state in (owl, feed(store)):
        store.feeds.facts(state.id, "Own Name", "fa")
    owl, heron = feed(store, owl.url), feed(store)
    assert (owl.title, owl.outlet, owl.language) == ("Own Name", "Own Name", "fa")
    assert (heron.title, heron.outlet, heron.language) == ("Heron", "The Heron", "en")
    before = store._database.changes
    store.feeds.facts(owl.id, "Own Name", "fa")
    assert store._database.changes == before


def test_the_log_keeps_the_newest_polls_of_each_feed(store: Store) -> None:
    heron, kestrel = feed(store), feed(store, KESTREL)

    def row(feed_id: int, at: int) -> FetchLogRow:
        return FetchLogRow(feed_id, at, "new", 200, "", 12, 3456, 1, 0)

    store.feeds.log([row(kestrel.id, 1)])
    for at in range(LOG_KEPT + 5):
        store.feeds.log([row(heron.id, at)])
    assert store.feeds.history(kestrel.id) == [row(kestrel.id, 1)]
    history = store.feeds.history(heron.id, 1000)
    assert [entry.at for entry in history] == list(range(LOG_KEPT + 4, 4, -1))
    assert store.feeds.history(heron.id, 2) == history[:2]


def test_the_numbers_of_a_feed_are_right_without_counting(store: Store) -> None:
    sync(store, make(1), make(2))
    sync(store, make(3), url=KESTREL)
    assert [(info.state.url, info.unread, info.total) for info in store.feeds.infos()] == [
        (HERON, 2, 2),
        (KESTREL, 1, 1),
    ]
    assert store.articles.count() == (3, 3)
