"""When feeds are asked: laws that hold for every state, and the rules one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import polling
from aggregator.config import Fetch
from aggregator.errors import (
    FetchError,
    Gone,
    HakawatiError,
    NotAFeed,
    RateLimited,
    Refused,
    Unreachable,
    WorkerDied,
)
from aggregator.model import FeedState, Fetched, NotModified, PollHints, Validators
from aggregator.moving import FAILED
from aggregator.polling import DAY, HOUR, MINUTE, WEEK, Brought

NOW = int(datetime(2026, 3, 4, 10, 0, tzinfo=UTC).timestamp())  # a Wednesday
URL = "https://news.example/feed"
NEW_URL = "https://news.example/rss"
SETTINGS = Fetch()
TAGGED = Validators('"1"')
SENT = Fetched(URL, b"", "", TAGGED, None, None, 0, 0)
UNTAGGED = replace(SENT, validators=Validators())
SAME = NotModified(URL, TAGGED, None, None, 0)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def feed(**changes: Any) -> FeedState:
    """A feed that has been polled before, every two hours."""
    state = FeedState(
        id=1,
        url=URL,
        title="",
        outlet="",
        language="",
        country="",
        tags=(),
        subscribed=True,
        fetch_url=URL,
        validators=TAGGED,
        body_hash=b"",
        item_hashes=b"",
        next_check=NOW,
        interval=2 * HOUR,
        fixed_interval=0,
        last_checked=NOW - 2 * HOUR,
        last_success=NOW - 2 * HOUR,
        last_new=0,
        last_full=NOW - DAY,
        failures=0,
        error_kind="",
        error="",
        status=200,
        parked="",
        moved_to="",
        moved_count=0,
        moved_first=0,
        hints=PollHints(),
    )
    return replace(state, **changes)


def succeed(state: FeedState, result: Fetched | NotModified = SAME, **changes: Any) -> FeedState:
    """One good poll."""
    brought = Brought(
        *(changes.pop(name, none) for name, none in (("new", 0), ("items", 0), ("reach", None)))
    )
    options: dict[str, Any] = {
        "hints": PollHints(),
        "settings": SETTINGS,
        "now": NOW,
        "jitter": 0.0,
    } | changes
    return polling.after_success(state, result, brought, **options)


def fail(state: FeedState, error: HakawatiError, jitter: float = 0.0, now: int = NOW) -> FeedState:
    """One failed poll."""
    return polling.after_failure(state, error, SETTINGS, now, jitter)


def wait(state: FeedState, now: int = NOW) -> int:
    """Seconds until the feed is due."""
    return state.next_check - now


states = st.builds(
    feed,
    interval=st.integers(0, 10**9),
    fixed_interval=st.sampled_from([0, 60, HOUR, 30 * DAY]),
    failures=st.integers(0, 10_000),
    last_success=st.sampled_from([0, NOW - HOUR, NOW + WEEK]),
    last_full=st.integers(0, 2 * NOW),
    validators=st.sampled_from([TAGGED, Validators()]),
)
jitters = st.floats(-1, 1)
spans = st.none() | st.integers(0, 2**40)
hints = st.builds(
    PollHints,
    ttl=spans,
    skip_hours=st.lists(st.integers(0, 23), max_size=24).map(tuple),
    skip_days=st.lists(st.sampled_from(DAYS), max_size=7).map(tuple),
)
errors = st.one_of(
    st.builds(
        lambda kind, later: FetchError("x", URL, kind=kind, retry_after=later),
        st.sampled_from([*polling.BACK_OFF, "something new"]),
        spans,
    ),
    st.just(NotAFeed("x")),
    st.just(HakawatiError("x")),
)


class TestLaws:
    @given(states, spans, hints, st.integers(0, 50), jitters)
    def test_after_success_the_next_poll_is_in_bounds(
        self, state: FeedState, fresh: int | None, hint: PollHints, new: int, jitter: float
    ) -> None:
        after = succeed(state, replace(SENT, freshness=fresh), new=new, hints=hint, jitter=jitter)
        assert SETTINGS.min_interval * MINUTE <= wait(after) <= WEEK
        assert (after.failures, after.error) == (0, "")

    @given(states, errors, jitters)
    def test_after_failure_the_next_poll_is_in_bounds(
        self, state: FeedState, error: HakawatiError, jitter: float
    ) -> None:
        after = fail(state, error, jitter)
        assert HOUR <= wait(after) <= WEEK
        assert after.failures == state.failures + 1

    @given(states, errors)
    def test_success_wipes_out_what_failed(self, state: FeedState, error: HakawatiError) -> None:
        after = succeed(fail(state, error))
        assert (after.failures, after.error_kind, after.error, after.parked) == (0, "", "", "")

    @given(st.sampled_from(sorted(polling.BACK_OFF)), st.integers(0, 20))
    def test_waits_never_shrink_while_failing(self, kind: str, failures: int) -> None:
        error = FetchError("x", URL, kind=kind)
        once = fail(feed(failures=failures), error)
        assert wait(fail(once, error)) >= wait(once)

    @given(st.integers(20, 700), jitters)
    def test_jitter_moves_a_poll_by_a_tenth_at_most_and_never_under_what_was_told(
        self, minutes: int, jitter: float
    ) -> None:
        told = minutes * MINUTE
        state = feed(interval=told, fixed_interval=told)
        after = succeed(state, replace(SAME, freshness=told), jitter=jitter)
        assert told <= wait(after) <= told * 1.1 + 1


class TestInterval:
    def test_new_articles_halve_it_and_none_lengthen_it(self) -> None:
        assert succeed(feed(interval=4 * HOUR), SENT, new=3).interval == 2 * HOUR
        assert succeed(feed(interval=4 * HOUR)).interval == 6 * HOUR

    def test_with_validators_the_floor_is_an_hour(self) -> None:
        assert succeed(feed(interval=HOUR), SENT, new=9).interval == HOUR

    @pytest.mark.parametrize(
        ("brought", "interval"),
        [
            ({"new": 0, "items": 30}, DAY),  # nothing is lost by a day
            ({"new": 1, "items": 30}, 15 * HOUR),  # after two hours, and a second one may be on its way
            ({"new": 5, "items": 30}, 5 * HOUR),
            ({"new": 30, "items": 30}, 2 * HOUR),  # perhaps some were missed: as often as we ever ask
        ],
    )
    def test_without_validators_it_is_as_long_as_loses_nothing(
        self, brought: dict[str, int], interval: int
    ) -> None:
        assert succeed(feed(), UNTAGGED, **brought).interval == interval

    def test_without_validators_a_poll_that_comes_late_tells_no_rate(self) -> None:
        late = feed(last_success=NOW - 365 * DAY, interval=5 * HOUR)
        assert succeed(late, UNTAGGED, new=1, items=30).interval == 5 * HOUR

    @pytest.mark.parametrize(
        ("reach", "interval"), [(None, DAY), (9 * DAY, DAY), (10 * HOUR, 5 * HOUR), (60, 2 * HOUR)]
    )
    def test_without_validators_the_first_dates_tell_how_fast_it_is(
        self, reach: int | None, interval: int
    ) -> None:
        first = feed(interval=0, last_success=0)
        assert succeed(first, UNTAGGED, new=30, items=30, reach=reach).interval == interval

    def test_without_validators_even_a_short_max_age_is_no_wish_for_more(self) -> None:
        assert succeed(feed(), replace(UNTAGGED, freshness=60), new=9, items=9).interval == 2 * HOUR

    def test_a_publisher_may_allow_less_down_to_the_configured_minimum(self) -> None:
        for told, floor in ((1800, 1800), (60, 15 * MINUTE)):
            assert succeed(feed(interval=30 * MINUTE), replace(SENT, freshness=told), new=9).interval == floor

    def test_nothing_goes_under_a_quarter_of_an_hour(self) -> None:
        eager = Fetch(min_interval=1)
        assert wait(succeed(feed(fixed_interval=60), SENT, new=9, settings=eager)) == 15 * MINUTE
        hasty = replace(SENT, freshness=60)
        assert wait(succeed(feed(interval=60), hasty, new=9, settings=eager)) == 15 * MINUTE

    def test_it_grows_to_the_configured_maximum(self) -> None:
        state = feed()
        for _ in range(12):
            state = succeed(state)
        assert state.interval == SETTINGS.max_interval * MINUTE

    def test_a_first_poll_starts_at_an_hour(self) -> None:
        first = feed(interval=0, last_success=0)
        assert succeed(first, SENT, new=30).interval == HOUR

    def test_a_fixed_one_rules_but_not_over_the_publisher(self) -> None:
        fixed = feed(fixed_interval=20 * MINUTE)
        assert wait(succeed(fixed, SENT, new=9)) == 20 * MINUTE
        assert wait(succeed(fixed, replace(SENT, freshness=3 * HOUR))) == 3 * HOUR
        assert wait(succeed(feed(fixed_interval=60))) == SETTINGS.min_interval * MINUTE

    @pytest.mark.parametrize("told", [2 * HOUR, 5 * HOUR])
    def test_max_age_and_ttl_are_waited_for(self, told: int) -> None:
        quick = feed(interval=HOUR)
        assert wait(succeed(quick, replace(SENT, freshness=told), new=1)) == told
        assert wait(succeed(quick, SENT, new=1, hints=PollHints(ttl=told))) == told

    def test_what_is_told_is_capped_at_a_day(self) -> None:
        assert wait(succeed(feed(), replace(SENT, freshness=2**31))) == DAY
        assert wait(succeed(feed(), hints=PollHints(ttl=2**31))) == DAY
        assert wait(succeed(feed(), replace(SENT, freshness=20 * HOUR))) == 20 * HOUR

    def test_a_304_that_leaves_it_out_says_the_same_as_before(self) -> None:
        told = replace(succeed(feed(), replace(SENT, freshness=5 * HOUR), new=1), interval=HOUR)
        assert wait(succeed(told)) == 5 * HOUR
        assert wait(succeed(told, replace(SAME, freshness=0))) < 5 * HOUR
        assert wait(succeed(told, SENT, new=1)) < 5 * HOUR

    def test_skipped_hours_and_days_are_left_out(self) -> None:
        at_noon = succeed(feed(interval=HOUR), SENT, new=1, hints=PollHints(skip_hours=(11, 12, 13)))
        assert datetime.fromtimestamp(at_noon.next_check, UTC).hour == 14
        rested = succeed(feed(), hints=PollHints(skip_days=("wednesday", "thursday")))
        assert datetime.fromtimestamp(rested.next_check, UTC).strftime("%A %H") == "Friday 00"

    def test_a_feed_that_skips_always_is_polled_all_the_same(self) -> None:
        assert wait(succeed(feed(), hints=PollHints(skip_days=DAYS))) == 3 * HOUR


class TestSuccess:
    def test_what_it_leaves_behind(self) -> None:
        answer = replace(SENT, validators=Validators('"2"', "then"))
        after = succeed(feed(failures=3, error="x", error_kind="dns"), answer, new=2)
        assert after.validators == Validators('"2"', "then")
        assert (after.last_checked, after.last_success, after.last_new, after.status) == (NOW, NOW, NOW, 200)
        assert succeed(feed(last_new=7)).last_new == 7
        assert succeed(feed()).status == 304


class TestFailure:
    def test_it_is_written_down_and_nothing_else_is_lost(self) -> None:
        after = fail(feed(), Refused("gone fishing", URL, kind="server", status=502))
        assert (after.error, after.error_kind, after.status) == ("gone fishing", "server", 502)
        assert (after.validators, after.last_success, after.interval) == (TAGGED, NOW - 2 * HOUR, 2 * HOUR)

    @pytest.mark.parametrize("kind", ["dns", "refused", "timeout", "server", "rate"])
    def test_passing_troubles_start_at_an_hour_and_double(self, kind: str) -> None:
        state = feed(interval=HOUR)
        waits = []
        for _ in range(3):
            state = fail(state, FetchError("x", URL, kind=kind))
            waits.append(wait(state))
        assert waits == [HOUR, 2 * HOUR, 4 * HOUR]

    def test_a_bot_check_is_asked_again_daily_at_most(self) -> None:
        assert wait(fail(feed(), Refused("x", URL, kind="denied", status=403))) == DAY

    def test_an_error_is_never_a_reason_to_ask_more_often(self) -> None:
        slow = feed(interval=12 * HOUR)
        assert wait(fail(slow, Unreachable("x", URL, kind="timeout"))) == 12 * HOUR

    def test_retry_after_and_our_own_wait_the_longer_counts(self) -> None:
        limited = RateLimited("x", URL, kind="rate", retry_after=5 * HOUR)
        assert wait(fail(feed(), limited)) == 5 * HOUR
        hasty = RateLimited("x", URL, kind="rate", retry_after=10)
        assert wait(fail(feed(interval=HOUR), hasty), NOW) == HOUR

    def test_jitter_never_undercuts_retry_after(self) -> None:
        limited = RateLimited("x", URL, kind="rate", retry_after=5 * HOUR)
        assert wait(fail(feed(), limited, jitter=-1.0)) >= 5 * HOUR

    def test_gone_switches_polling_off_and_nothing_else_does(self) -> None:
        assert fail(feed(), Gone("x", URL, kind="gone", status=410)).parked == "gone (410)"
        assert fail(feed(failures=9_999), Refused("x", URL, kind="status", status=404)).parked == ""

    def test_a_304_that_nobody_asked_for_drops_the_validators(self) -> None:
        assert fail(feed(), Refused("x", URL, status=304)).validators == Validators()

    def test_a_refusal_is_remembered_for_the_host_that_spoke(self) -> None:
        bare = RateLimited("x", "https://CDN.example/f", kind="rate", status=429)
        after = fail(feed(), bare)
        assert (after.told_host, after.told_until) == ("cdn.example", NOW + HOUR)
        until = RateLimited("x", URL, kind="rate", status=503, retry_after=DAY)
        assert (fail(feed(), until).told_host, fail(feed(), until).told_until) == ("news.example", NOW + DAY)
        forgotten = succeed(fail(feed(), until))
        assert (forgotten.told_host, forgotten.told_until) == ("", 0)

    def test_a_wish_to_wait_counts_whatever_the_status_but_only_for_its_feed(self) -> None:
        after = fail(feed(), Refused("x", URL, kind="server", status=500, retry_after=9 * HOUR))
        assert (after.told_host, wait(after)) == ("", 9 * HOUR)
        assert fail(feed(), RateLimited("x", URL, kind="rate", status=503)).told_host == ""

    def test_skipped_hours_are_left_out_while_it_fails_too(self) -> None:
        state = feed(interval=HOUR, hints=PollHints(skip_hours=(11, 12)))
        after = fail(state, Unreachable("x", URL, kind="timeout"))
        assert datetime.fromtimestamp(after.next_check, UTC).hour == 13

    def test_a_document_that_ends_three_workers_is_read_once_a_day(self) -> None:
        died = WorkerDied("reading took too long")
        state, waits = feed(), []
        for _ in range(4):
            state = fail(state, died)
            waits.append(wait(state))
        assert waits == [2 * HOUR, 4 * HOUR, DAY, DAY]
        assert "3 times in a row: it is left alone for a day" in fail(feed(deaths=2), died).error
        assert polling.condition(state, NOW) == "quarantined"
        assert succeed(state).deaths == 0

    def test_a_feed_not_found_for_weeks_is_asked_daily_and_looks_dead(self) -> None:
        missing = Refused("x", URL, kind="status", status=404)
        state, now = feed(), NOW
        for _ in range(25):
            state = fail(state, missing, now=now)
            now = state.next_check
        assert polling.condition(state, now) == "dead?"
        assert (wait(state, state.last_checked), state.parked) == (DAY, "")
        assert polling.condition(succeed(state), now) == "fine"

    def test_an_adopted_address_that_keeps_failing_is_given_up(self) -> None:
        state = feed(fetch_url=NEW_URL)
        for _ in range(polling.REVERT_AFTER):
            assert state.fetch_url == NEW_URL
            state = fail(state, Refused("x", NEW_URL, kind="status", status=404))
        assert (state.fetch_url, state.validators) == (URL, Validators())
        assert [(step.old, step.new, step.why) for step in state.moves] == [(NEW_URL, URL, FAILED)]
        gone = fail(feed(fetch_url=NEW_URL), Gone("x", NEW_URL, kind="gone"))
        assert (gone.fetch_url, gone.parked) == (URL, "")


class TestFull:
    @given(st.integers(0, 500))
    def test_it_is_wanted_weekly_within_eight_days(self, number: int) -> None:
        state = feed(url=f"https://{number}.example/", last_full=NOW)
        assert not polling.wants_full(state, NOW + WEEK - 1)
        assert polling.wants_full(state, NOW + WEEK + DAY // 2)

    def test_feeds_added_together_drift_apart(self) -> None:
        some = [feed(url=f"https://{n}.example/", last_full=NOW) for n in range(100)]
        due = sum(polling.wants_full(state, NOW + WEEK + 6 * HOUR) for state in some)
        assert 20 < due < 80

    def test_a_date_in_the_future_is_no_excuse(self) -> None:
        assert polling.wants_full(feed(last_full=NOW + 2 * DAY), NOW)
        assert polling.wants_full(feed(last_full=0), NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "due now"),
        (0, "due now"),
        (30, "in less than a minute"),
        (60, "in 1 minute"),
        (25 * MINUTE, "in 25 minutes"),
        (3 * HOUR, "in 3 hours"),
        (2 * DAY, "in 2 days"),
    ],
)
def test_the_next_poll_is_told_in_words(seconds: int, words: str) -> None:
    assert polling.describe_next(feed(next_check=NOW + seconds), NOW) == words


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "fine"),
        ({"last_success": 0}, "new"),
        ({"parked": "gone (410)", "failures": 1}, "off"),
        ({"failures": 1, "told_until": NOW + 60}, "waiting"),
        ({"failures": 1, "error_kind": "server", "failed_since": NOW - 30 * DAY}, "failing"),
        ({"failures": 9, "error_kind": "dns", "status": None, "failed_since": NOW - 30 * DAY}, "dead?"),
    ],
)
def test_how_a_feed_is_in_a_word(changes: dict[str, Any], word: str) -> None:
    assert polling.condition(feed(**changes), NOW) == word


def test_a_parked_feed_says_why() -> None:
    assert polling.describe_next(feed(parked="gone (410)"), NOW) == "off: gone (410)"
