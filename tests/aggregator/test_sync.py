"""Whole rounds: a real loopback server, real worker processes, a real database file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from aggregator import sync
from aggregator.errors import StoreError, StoreTooNew
from aggregator.library import Library
from aggregator.model import LinkKind, MarkAction, Outcome
from aggregator.store.db import Store
from aggregator.tidying import may_prune
from aggregator.writer import Polled
from tests.aggregator.httpserver import RESET, Gate, Server, reply
from tests.aggregator.rounds import NOW, content, item, query, rss, run, write_config

DAY = 86400


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def test_a_first_round_stores_every_article_and_says_so(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1), item(2)), ETag='"a"'))
    totals, results = run(write_config(tmp_path, [url]))
    assert (totals.feeds, totals.new, totals.failed, totals.offline) == (1, 2, 0, False)
    assert results[url].outcome is Outcome.NEW
    assert results[url].status == 200
    assert results[url].next_check > NOW


def test_what_is_not_due_is_not_asked(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))))
    config = write_config(tmp_path, [url])
    run(config)
    totals, _ = run(config, NOW + 60)
    assert totals.feeds == 0
    assert len(server.requests) == 1


def test_validators_go_back_as_they_came_and_a_304_writes_no_article(server: Server, tmp_path: Path) -> None:
    stamp = "Mon, 21 Sep 2026 10:00:00 GMT"
    url = server.answer(
        "/feed", reply(rss(item(1)), ETag='W/"odd;tag', **{"Last-Modified": stamp}), reply(status=304)
    )
    config = write_config(tmp_path, [url])
    run(config)
    before = content(config)
    _, results = run(config, NOW + 3 * 3600)
    assert results[url].outcome is Outcome.NOT_MODIFIED
    assert server.requests[1].header("if-none-match") == 'W/"odd;tag'
    assert server.requests[1].header("if-modified-since") == stamp
    assert content(config) == before


def test_the_same_bytes_without_validators_are_not_read_again(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))))
    config = write_config(tmp_path, [url])
    run(config)
    before = content(config)
    _, results = run(config, force=True)
    assert results[url].outcome is Outcome.UNCHANGED
    assert content(config) == before


def test_a_new_build_date_alone_writes_nothing(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1), built="today")), reply(rss(item(1), built="tomorrow")))
    config = write_config(tmp_path, [url])
    run(config)
    before = content(config)
    _, results = run(config, force=True)
    assert results[url].outcome is Outcome.UNCHANGED
    assert content(config) == before


def test_a_full_round_reads_all_anew_and_writes_nothing(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1), item(2)), ETag='"a"'))
    config = write_config(tmp_path, [url])
    run(config)
    before = content(config)
    _, results = run(config, full=True)
    assert server.requests[1].header("if-none-match") is None
    assert results[url].outcome is Outcome.UNCHANGED
    assert content(config) == before


def test_only_the_new_item_of_a_changed_document_is_stored(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1), item(2))), reply(rss(item(3), item(1), item(2))))
    config = write_config(tmp_path, [url])
    run(config)
    totals, _ = run(config, force=True)
    assert (totals.new, totals.updated) == (1, 0)


def test_an_edit_keeps_the_earlier_wording_and_the_marks(server: Server, tmp_path: Path) -> None:
    url = server.answer(
        "/feed", reply(rss(item(1, "Two ferries wait"))), reply(rss(item(1, "Four ferries wait")))
    )
    config = write_config(tmp_path, [url])
    run(config)
    with Library(config) as library:
        first = library.page()[0]
        library.mark(MarkAction.READ, [first.id])
    totals, _ = run(config, NOW + 7200, force=True)
    assert (totals.new, totals.updated) == (0, 1)
    with Library(config) as library:
        article = library.article(first.id)
    assert article is not None
    assert article.row.title == "Four ferries wait"
    assert [revision.title for revision in article.revisions] == ["Two ferries wait"]
    assert not article.row.unread


def test_one_bad_feed_stops_no_other(server: Server, tmp_path: Path) -> None:
    good = server.answer("/good", reply(rss(item(1))))
    page = server.answer("/page", reply(b"<!doctype html><html><body>Hello</body></html>"))
    broken = server.answer("/broken", [RESET])
    missing = server.answer("/missing", reply(status=404))
    totals, results = run(write_config(tmp_path, [page, broken, missing, good]))
    assert (totals.feeds, totals.new, totals.failed) == (4, 1, 3)
    assert all(results[url].error and "\n" not in results[url].error for url in (page, broken, missing))
    assert results[missing].status == 404


def test_a_document_that_cannot_be_read_leaves_no_validators_behind(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(b"<html>down for maintenance</html>", ETag='"a"'), reply(rss(item(1))))
    config = write_config(tmp_path, [url])
    run(config)
    totals, _ = run(config, force=True)
    assert server.requests[1].header("if-none-match") is None
    assert totals.new == 1


def test_when_nothing_can_be_reached_no_feed_is_blamed(tmp_path: Path) -> None:
    urls = [f"http://127.0.0.{n}:9/feed" for n in (1, 2, 3)]
    config = write_config(tmp_path, urls)
    totals, _ = run(config)
    assert totals.offline
    assert query(config, "SELECT max(failures), max(next_check) FROM feeds") == [(0, NOW + 300)]


def test_a_named_feed_is_asked_now_and_the_others_are_not(server: Server, tmp_path: Path) -> None:
    one = server.answer("/one", reply(rss(item(1))))
    two = server.answer("/two", reply(rss(item(2))))
    config = write_config(tmp_path, [one, two])
    run(config, urls=[two])
    assert server.targets() == ["/two"]


def test_a_gone_feed_is_parked_and_its_articles_stay(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))), reply(status=410))
    config = write_config(tmp_path, [url])
    run(config)
    run(config, NOW + DAY)
    totals, _ = run(config, NOW + 9 * DAY, force=True)
    assert totals.feeds == 0
    with Library(config) as library:
        assert library.counts() == (1, 1)
        assert "410" in library.feeds()[0].state.parked


def test_reports_of_one_event_are_related_when_they_arrive(server: Server, tmp_path: Path) -> None:
    lead = "Jenin valley opened its olive harvest festival with music."
    others = [item(n, f"Unrelated matter {n} of council {n}x{n}") for n in range(10, 30)]
    one = server.answer(
        "/one", reply(rss(item(1, "Olive harvest festival opens in Jenin valley", lead), *others))
    )
    two = server.answer("/two", reply(rss(item(2, "Jenin valley opens olive harvest festival", lead))))
    config = write_config(tmp_path, [one, two])
    run(config)
    with Library(config) as library:
        row = next(row for row in library.page() if row.title.startswith("Jenin"))
        related = library.related(row.id)
        story = library.story_of(row.id)
    assert [other.kind for other in related] == [LinkKind.SAME]
    assert "Jenin" in related[0].evidence
    assert story is not None
    assert len(story.articles) == 2


def test_an_article_is_related_to_those_of_earlier_rounds_in_its_language(
    server: Server, tmp_path: Path
) -> None:
    others = [item(n, f"Unrelated matter {n} of council {n}x{n}") for n in range(10, 30)]
    one = server.answer("/one", reply(rss(item(1, "Olive harvest festival opens in Jenin valley"), *others)))
    two = server.answer(
        "/two",
        reply(rss(item(3, "Tramvay hattı açıldı"))),
        reply(rss(item(2, "Jenin valley opens olive harvest festival"), item(3, "Tramvay hattı açıldı"))),
    )
    config = write_config(tmp_path, [one, two])
    run(config)
    run(config, NOW + 3600, urls=[two])
    with Library(config) as library:
        row = next(row for row in library.page() if row.title.startswith("Jenin"))
        assert [other.row.title[:13] for other in library.related(row.id)] == ["Olive harvest"]


def test_the_publishers_own_link_is_found_though_its_target_comes_later(
    server: Server, tmp_path: Path
) -> None:
    body = '<p>See <a href="https://news.example/story/2?utm_source=rss">what came before</a>.</p>'
    linking = item(1, "Ferries sail again", body)
    linked = item(2, "Olive harvest begins", "<p>A dry year.</p>")
    url = server.answer("/feed", reply(rss(linking)), reply(rss(linked, linking)))
    config = write_config(tmp_path, [url])
    run(config)
    run(config, force=True)
    with Library(config) as library:
        row = next(row for row in library.page() if row.title == "Ferries sail again")
        related = library.related(row.id)
    assert [(other.kind, other.row.title) for other in related] == [
        (LinkKind.PUBLISHER, "Olive harvest begins")
    ]


def test_stopping_stores_what_is_done_and_leaves_the_rest_due(server: Server, tmp_path: Path) -> None:
    gate = Gate()
    quick = server.answer("/quick", reply(rss(item(1))))
    slow = server.answer("/slow", [gate, reply(rss(item(2)))])
    config = write_config(tmp_path, [quick, slow])

    async def stop_after_the_first() -> sync.Totals:
        stop = asyncio.Event()
        return await sync.run(config, clock=lambda: NOW, stop=stop, report=lambda result: stop.set())

    totals = asyncio.run(stop_after_the_first())
    gate.event.set()
    assert (totals.feeds, totals.new) == (1, 1)
    assert query(config, "SELECT url FROM feeds WHERE next_check <= ?", NOW) == [(slow,)]


def test_a_cache_of_a_newer_version_is_refused_and_left_alone(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))))
    config = write_config(tmp_path, [url])
    run(config)
    query(config, "PRAGMA user_version = 999")
    with pytest.raises(StoreTooNew):
        run(config, NOW + DAY)
    assert len(server.requests) == 1


def test_hosts_take_turns() -> None:
    class State:
        def __init__(self, url: str) -> None:
            self.fetch_url = url

    urls = ["http://a/1", "http://a/2", "http://a/3", "http://b/1", "http://c/1"]
    ordered = [state.fetch_url for state in sync.by_turns([State(url) for url in urls])]  # type: ignore[misc]
    assert ordered == ["http://a/1", "http://b/1", "http://c/1", "http://a/2", "http://a/3"]


@pytest.mark.parametrize(
    ("last", "now", "may"),
    [
        ("20000", 20000 * DAY, False),  # once a day
        ("20000", 20001 * DAY, True),
        ("20000", 20030 * DAY, True),
        ("20000", 21500 * DAY, False),  # years later: rather a wrong clock
        ("21500", 20000 * DAY, False),  # a day in the future
        ("", 20000 * DAY, False),  # the first round
    ],
)
def test_nothing_is_forgotten_when_the_clock_may_be_wrong(last: str, now: int, may: bool) -> None:
    assert may_prune(last, now) is may


def test_a_round_with_a_clock_years_ahead_loses_nothing(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1), item(2))))
    config = write_config(tmp_path, [url])
    run(config)
    for ahead in (0, 1500 * DAY, DAY):
        run(config, NOW + ahead, full=True)
    with Library(config) as library:
        assert library.counts() == (2, 2)


def test_a_store_that_cannot_be_written_ends_the_round_and_leaves_no_process(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("the disk is full")

    gate = Gate()
    quick = server.answer("/quick", reply(rss(item(1))))
    slow = server.answer("/slow", [gate, reply(rss(item(2)))])
    config = write_config(tmp_path, [quick, slow])
    monkeypatch.setattr(sync, "store_batch", full)

    async def fail() -> set[asyncio.Task[object]]:
        with pytest.raises(StoreError, match="disk is full"):
            await sync.run(config, clock=lambda: NOW)
        return asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]  # there is one

    assert asyncio.run(fail()) == set()
    gate.event.set()


def test_a_feed_that_cannot_be_stored_by_a_mistake_of_ours_costs_only_itself(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    urls = [server.answer(f"/{n}", reply(rss(item(n)))) for n in range(4)]
    original = sync.store_batch

    def mistaken(store: Store, batch: Sequence[Polled], *rest: Any, **options: Any) -> Any:
        results = original(store, batch, *rest, **options)
        if any(polled.digest and polled.state.url == urls[1] for polled in batch):
            raise KeyError("a mistake of ours")
        return results

    def rolled_back(store: Store, *rest: Any, **options: Any) -> Any:
        with store.write():  # as in the original: an exception takes the whole batch back
            return mistaken(store, *rest, **options)

    monkeypatch.setattr(sync, "store_batch", rolled_back)
    totals, results = run(write_config(tmp_path, urls))
    assert (totals.feeds, totals.new, totals.failed) == (4, 3, 1)
    assert "KeyError" in results[urls[1]].error
