"""What is new since the last look, and what was opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import config
from aggregator.model import MarkAction
from aggregator.store import visits
from aggregator.store.db import Store
from aggregator.store.visits import PAUSE
from tests.aggregator.storing import FEEDS, HERON, KESTREL, NOW, ids, make, sync

HOUR = 3600


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(3)))
        yield opened


def hide(store: Store, *articles: int) -> None:
    """What a rule does to read articles."""
    with store.write():
        for article in articles:
            feed = "(SELECT feed_id FROM articles WHERE id = ?1)"
            store._database.run(f"INSERT INTO hidden VALUES (?1, {feed}, 0)", (article,))
            count = f"UPDATE feed_counts SET hidden = hidden + 1 WHERE feed_id = {feed}"
            store._database.run(count, (article,))


def test_before_the_first_look_everything_is_new(store: Store) -> None:
    assert store.visits.last_look() == 0
    assert store.visits.new_count() == 3
    assert store.visits.look(NOW + 60) == 0
    assert store.visits.new_count() == 3


def test_what_came_after_the_visit_before_this_one_is_new(store: Store) -> None:
    store.visits.look(NOW + 60)
    sync(store, make(10), now=NOW + HOUR)
    assert store.visits.look(NOW + 2 * HOUR) == NOW + 60
    assert store.visits.new_count() == 1 == len(ids(store, "new"))
    sync(store, make(11), now=NOW + 2 * HOUR + 60)
    assert store.visits.new_count() == 2, "what comes during a visit is new too"


def test_looks_without_a_long_pause_are_one_visit(store: Store) -> None:
    store.visits.look(NOW)
    assert store.visits.look(NOW + 2 * HOUR) == NOW
    for number in range(1, 6):
        assert store.visits.look(NOW + 2 * HOUR + number * PAUSE) == NOW
    after = NOW + 2 * HOUR + 5 * PAUSE
    assert store.visits.look(after + PAUSE + 1) == after, "the end of the visit, not its beginning"


def test_a_screen_that_stays_open_is_one_visit_to_its_end(store: Store) -> None:
    store.visits.look(NOW)
    assert store.visits.look(NOW + HOUR) == NOW
    assert store.visits.look(NOW + 9 * HOUR, ongoing=True) == NOW
    assert store.visits.look(NOW + 9 * HOUR + 60) == NOW
    assert store.visits.look(NOW + 20 * HOUR) == NOW + 9 * HOUR + 60


def test_a_clock_that_goes_back_ends_no_visit(store: Store) -> None:
    store.visits.look(NOW)
    store.visits.look(NOW + 2 * HOUR)
    assert store.visits.look(NOW - 9 * HOUR) == NOW
    assert store.visits.look(NOW + 2 * HOUR + 60) == NOW


def test_the_reader_can_count_everything_as_seen_and_undo_that(store: Store) -> None:
    store.visits.look(NOW - HOUR)
    store.visits.look(NOW)
    assert store.visits.new_count() == 3
    store.visits.begin_anew(NOW + 5)
    assert (store.visits.new_count(), store.visits.last_look()) == (0, NOW + 5)
    assert store.visits.look(NOW + 60) == NOW + 5
    assert store.journal.undo() is not None
    assert (store.visits.new_count(), store.visits.last_look()) == (3, NOW - HOUR)
    assert store.journal.redo() is not None
    assert store.visits.new_count() == 0


@pytest.mark.parametrize("looked", [False, True])
def test_only_what_lists_show_is_new(store: Store, looked: bool) -> None:
    """Neither what is hidden nor what came from a feed that was given up, unless the reader keeps it."""
    sync(store, *(make(number) for number in range(10, 16)), url=KESTREL)
    if looked:
        store.visits.look(NOW - 2 * HOUR)
        store.visits.look(NOW - HOUR)
    kestrel = ids(store, "outlet:kestrel")
    store.marks.apply(MarkAction.STAR, kestrel[:2])
    store.tags.tag(kestrel[1:3], "Oil")
    store.notes.set(kestrel[3], "Ask.")
    store.feeds.reconcile([feed for feed in FEEDS if feed.url == HERON])
    hide(store, kestrel[0], ids(store, "outlet:heron")[0])
    assert store.visits.new_count() == 5 == len(ids(store, "new"))
    store.feeds.reconcile(config.Settings(feeds=FEEDS).feeds)
    assert store.visits.new_count() == 7 == len(ids(store, "new"))


def test_openings_are_remembered_newest_first_with_their_times(store: Store) -> None:
    a, b, _ = ids(store)
    store.visits.opened(a, NOW)
    store.visits.opened(b, NOW + 10)
    store.visits.opened(a, NOW + 59)
    store.visits.opened(a, NOW + 60)
    store.visits.opened(12345, NOW + 70)
    assert store.visits.openings(9) == [(a, NOW + 60), (b, NOW + 10), (a, NOW)]
    assert store.visits.openings(1) == [(a, NOW + 60)]


def test_openings_are_bounded_and_go_with_their_article(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visits, "OPENINGS_KEPT", 3)
    a, b, _ = ids(store)
    for number in range(5):
        store.visits.opened(a, NOW + number * HOUR)
    store.visits.opened(b, NOW + 5 * HOUR)
    assert [article for article, _ in store.visits.openings(9)] == [b, a, a]
    with store.write():
        store._database.run("DELETE FROM articles WHERE id = ?", (a,))
    assert store.visits.openings(9) == [(b, NOW + 5 * HOUR)]
