"""Who is asked now and who waits: rests, crashes, a person's hurry, clocks that were wrong, moves undone."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import asking
from aggregator import config as config_files
from aggregator.asking import by_hand, scheduled
from aggregator.config import Config, Fetch
from aggregator.model import FeedMove, FeedState, Outcome, PollHints, Validators
from aggregator.moving import BY_USER, MOVED, TWIN
from aggregator.polling import DAY, HOUR, MINUTE, WEEK
from aggregator.store.db import Store
from aggregator.wire import Wire
from tests.aggregator.commands import command
from tests.aggregator.httpserver import Server, redirect, reply
from tests.aggregator.rounds import NOW, item, query, rss, run, write_config
from tests.aggregator.test_polling import feed

OWN = Fetch(allow_private=("10.0.0.0/8",))


def planned(
    state: FeedState, rests: asking.Rests | None = None, settings: Fetch = OWN, now: int = NOW
) -> int:
    """Seconds that a feed that is due has to wait."""
    plan = scheduled([state], rests or {}, settings, NOW, lambda: 0.0)
    assert len(plan.ask) + len(plan.later) == 1
    return plan.later[0].next_check - NOW if plan.later else 0


def asked(seconds_ago: int, attempts: int, **changes: Any) -> FeedState:
    """A feed whose last request was begun then; ``attempts`` of them have no end."""
    return feed(asked=NOW - seconds_ago, attempts=attempts, **changes)


@pytest.mark.parametrize(
    ("state", "wait"),
    [
        (asked(5, 0), 0),
        (asked(10, 1, interval=HOUR), HOUR - 10),  # we were killed: that was its poll
        (asked(10, 1, interval=5 * HOUR), 5 * HOUR - 10),
        (asked(10, 1, last_success=0), MINUTE - 10),  # it never came yet
        (asked(10, 2, last_success=0), HOUR - 10),
        (asked(10, 9, last_success=0), DAY - 10),  # perhaps it is what kills us
        (asked(2 * HOUR, 1, interval=HOUR), 0),
    ],
)
def test_after_a_kill_a_feed_rests_as_after_a_poll_and_longer_each_time(state: FeedState, wait: int) -> None:
    assert planned(state) == wait


def test_a_host_that_refused_one_feed_is_spared_the_others() -> None:
    rests = {"news.example": NOW + 3 * HOUR}
    assert planned(feed(), rests) == 3 * HOUR
    assert planned(feed(fetch_url="https://other.example/"), rests) == 0


def test_those_that_come_back_after_a_rest_come_one_after_the_other() -> None:
    plan = scheduled([feed()], {"news.example": NOW + HOUR}, OWN, NOW, lambda: 1.0)
    assert plan.later[0].next_check == NOW + HOUR + asking.AFTER_REST


def test_a_late_start_still_skips_the_hours_to_be_skipped() -> None:
    hour = NOW // HOUR % 24
    state = feed(hints=PollHints(skip_hours=(hour, (hour + 1) % 24)))
    assert planned(state) == 2 * HOUR
    assert planned(feed(hints=PollHints(skip_hours=tuple(range(24))))) == 0


@pytest.mark.parametrize("host", ["10.1.2.3", "10.1.2.3:8080", "167772161"])
def test_a_machine_of_ones_own_is_asked_at_once(host: str) -> None:
    state = asked(1, 5, fetch_url=f"http://{host}/feed")
    assert planned(state, {host: NOW + DAY}) == 0
    assert by_hand([state], {}, OWN, NOW).ask == [state]
    assert planned(state, settings=Fetch()) > 0, "not without allow_private"


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (asked(59, 0), "asked less than a minute ago"),
        (asked(60, 0), ""),
        (asked(-HOUR, 0), ""),  # a clock was wrong
        (asked(HOUR, 3), ""),  # our own rest, not the publisher's
        (feed(told_until=NOW + 2 * HOUR), "news.example asked us to stay away; it is asked again in 2 hours"),
        (feed(told_until=NOW - 1), ""),
    ],
)
def test_a_person_may_ask_but_not_within_a_minute_nor_against_the_servers_word(
    state: FeedState, why: str
) -> None:
    plan = by_hand([state], {}, OWN, NOW)
    assert [words for _, words in plan.refused] == ([why] if why else [])


# --- the store -----------------------------------------------------------------------------------


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    return write_config(tmp_path, ["https://heron.example/feed", "https://heron.example/sport"])


def states(store: Store) -> list[FeedState]:
    """The feeds."""
    return store.feeds.all()


def stored(conf: Config, **changes: Any) -> Store:
    """The cache with both feeds so."""
    store = Store.open(conf.cache)
    store.feeds.reconcile(conf.settings.feeds)
    store.feeds.save([replace(state, **changes) for state in states(store)])
    return store


@pytest.mark.parametrize("ahead", [HOUR, 365 * DAY, 30 * 365 * DAY])
def test_waits_keep_their_length_when_the_clock_was_ahead(conf: Config, ahead: int) -> None:
    wrong = NOW + ahead
    with stored(
        conf,
        last_checked=wrong,
        next_check=wrong + 3 * HOUR,
        told_until=wrong + 2 * HOUR,
        told_host="heron.example",
        last_full=wrong,
        asked=wrong,
    ) as store:
        assert store.turns.next_due(NOW) == NOW + 3 * HOUR
        one = states(store)[0]
        assert (one.last_checked, one.told_until, one.last_full, one.asked) == (NOW, NOW + 2 * HOUR, NOW, NOW)
        assert store.turns.resting(NOW, DAY) == {"heron.example": NOW + 2 * HOUR}
        assert store.feeds.due(NOW) == []


def test_nobody_is_forgotten_for_more_than_a_week(conf: Config) -> None:
    with stored(conf, last_checked=NOW, next_check=NOW + 400 * DAY) as store:
        assert store.turns.next_due(NOW) == NOW + WEEK


def test_a_clock_that_goes_on_rightly_changes_nothing(conf: Config) -> None:
    with stored(conf, last_checked=NOW, asked=NOW, next_check=NOW + HOUR, told_until=NOW + 6 * DAY) as store:
        before = states(store)
        store.feeds.due(NOW)
        assert states(store) == before


def test_a_host_keeps_its_pause_from_one_run_to_the_next(conf: Config) -> None:
    with stored(conf, asked=NOW - 1, last_checked=NOW - 1) as store:
        assert store.turns.just_asked(NOW + 0.25, 2.0) == {"heron.example": pytest.approx(1.75)}
        assert store.turns.just_asked(NOW + 5, 2.0) == {}
        assert store.turns.just_asked(NOW, 0.0) == {}


def test_begun_requests_are_counted_until_one_ends(conf: Config) -> None:
    with stored(conf) as store:
        one, two = (state.id for state in states(store))
        store.turns.begin([one, two], NOW)
        store.turns.begin([one, two], NOW + 1)
        store.turns.abandon(unsent=[one], cut=[two])
        found = [(state.asked, state.attempts) for state in states(store)]
    assert found == [(0, 0), (NOW + 1, 0)]


def test_who_left_the_polling_to_a_twin_is_asked_again_when_that_is_let_go(conf: Config) -> None:
    first, second = conf.settings.feeds
    with stored(conf) as store:
        store.feeds.set_parked(second.url, TWIN + first.url)
        store.feeds.reconcile([second])
        state = store.feeds.get(second.url)
    assert state is not None
    assert (state.parked, state.next_check) == ("", 0)


# --- whole rounds --------------------------------------------------------------------------------


def test_articles_that_were_lost_are_asked_for_in_full(tmp_path: Path) -> None:
    with Server() as server:
        url = server.answer("/feed", reply(rss(item(1)), ETag='"a"'))
        config = write_config(tmp_path, [url])
        run(config)
        with Store.open(config.cache) as store, store.write():
            for table in ("unread", "unrelated", "features", "bodies", "articles", "seen"):
                store._database.run(f"DELETE FROM {table}")
        totals, _ = run(config, force=True)
        assert server.requests[1].header("if-none-match") is None
    assert totals.new == 1


async def here(wire: Wire, origin: object) -> list[ipaddress.IPv4Address]:
    """Every name is this machine."""
    return [ipaddress.IPv4Address("127.0.0.1")]


def test_a_refusal_spares_the_feeds_of_its_host_that_wait_in_the_same_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wire, "resolve", here)
    with Server() as server:
        paths = [f"/{number}" for number in range(4)]
        for target in paths:
            server.answer(target, reply(status=429, Retry_After="7200"))
        urls = [server.url(target, host="heron.example") for target in paths]
        lines = ["[fetch]", "spacing = 0.01", 'allow_private = ["127.0.0.1"]']
        path = tmp_path / "config.toml"
        path.write_text("\n".join([*lines, *(f'[[feeds]]\nurl = "{url}"' for url in urls)]))
        config = config_files.load(path)
        totals, results = run(config)
        assert len(server.requests) == 1
        assert [result.outcome for result in results.values()].count(Outcome.RESTING) == 3
        assert (totals.feeds, totals.failed, totals.resting) == (1, 1, 3)
        again, _ = run(config, NOW + HOUR, force=True)
        assert (again.feeds, again.resting, len(server.requests)) == (0, 4, 1)
    waits = query(config, "SELECT failures, next_check - ? FROM feeds ORDER BY failures", NOW)
    assert [failures for failures, _ in waits] == [0, 0, 0, 1]
    assert all(wait >= 2 * HOUR for _, wait in waits)


def test_a_feed_that_is_added_is_fetched_once(tmp_path: Path) -> None:
    with Server() as server:
        url = server.answer("/feed", reply(rss(item(1), item(2)), ETag='"a"'))
        config = write_config(tmp_path, [])
        code, output, diagnostics = command(config, "feeds", "add", url)
        assert (code, diagnostics) == (0, "")
        assert "2 articles fetched" in output
        assert server.targets() == ["/feed"]
    assert query(config, "SELECT etag FROM feeds") == [('"a"',)]


def test_a_move_is_told_and_can_be_undone(tmp_path: Path) -> None:
    with Server() as server:
        old = server.answer("/old", redirect("/new", 301))
        new = server.answer("/new", reply(rss(item(1)), ETag='"a"'))
        config = write_config(tmp_path, [old])
        for day in range(4):
            run(config, NOW + day * DAY, force=True)
        assert query(config, "SELECT fetch_url FROM feeds") == [(new,)]
        code, output, _ = command(config, "feeds", "back", old)
        assert (code, "again" in output) == (0, True)
        for day in range(5, 9):
            run(config, NOW + day * DAY, force=True)
        assert server.targets()[-2:] == ["/old", "/new"]
    with Store.open(config.cache) as store:
        state = store.feeds.get(old)
    assert state is not None
    assert [(step.new, step.why) for step in state.moves] == [(new, MOVED), (old, BY_USER)]
    assert isinstance(state.moves[0], FeedMove)
    assert state.validators == Validators('"a"', None, new)


def test_a_feed_that_is_gone_is_asked_again_when_the_user_says_so(tmp_path: Path) -> None:
    with Server() as server:
        url = server.answer("/feed", reply(status=410), reply(rss(item(1))))
        config = write_config(tmp_path, [url])
        run(config)
        assert run(config, NOW + 30 * DAY)[0].feeds == 0
        code, _, _ = command(config, "feeds", "resume", url)
        assert (code, run(config, NOW + 30 * DAY)[0].new) == (0, 1)
        command(config, "feeds", "pause", url)
        assert run(config, NOW + 60 * DAY)[0].feeds == 0
