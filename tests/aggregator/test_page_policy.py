"""Which pages are fetched and when a site may be asked: rules of politeness, as pure functions of a clock."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import config, page_policy
from aggregator.config import FullText, Settings
from aggregator.errors import ConfigError, FetchError
from aggregator.model import Block, PageHost, PageReason, PageWanted
from aggregator.page_policy import (
    DAY,
    HOUR,
    again_at,
    answered,
    asked_today,
    choose,
    failed,
    has_fresh_robots,
    is_due,
    is_enough,
    is_worth_noting,
    means_no_robots,
    reason,
    refusal,
    take_turn,
)
from aggregator.text.hosts import host_of

NOW = 1_800_000_000
HOST = PageHost("heron.example")
LIMITS = FullText()
SUBSCRIBED = '[[feeds]]\nurl = "https://heron.example/feed"\n'
SENTENCE = "The ferries sail again after a winter of repairs. "


def paragraphs(*texts: str) -> tuple[Block, ...]:
    return tuple(Block("p", text) for text in texts)


def error(kind: str, status: int | None = None, retry_after: int | None = None) -> FetchError:
    return FetchError(
        "it failed", "https://heron.example/1", kind=kind, status=status, retry_after=retry_after
    )


def wanted(number: int = 1, url: str = "", **changes: Any) -> PageWanted:
    address = url or f"https://heron.example/{number}"
    return PageWanted(number, address, "https://heron.example/feed", "T", "S", "", "en", NOW, **changes)


def settings(policy: str = "always", feed: str = "", **limits: Any) -> Settings:
    lines = [f'[full_text]\npolicy = "{policy}"', *(f"{name} = {value}" for name, value in limits.items())]
    lines += ['[[feeds]]\nurl = "https://heron.example/feed"', f'full_text = "{feed}"' if feed else ""]
    return config.parse("\n".join(lines), Path("config.toml"))


# --- is the feed's own text enough -----------------------------------------------------------------


def test_a_long_text_is_enough_and_a_summary_is_not() -> None:
    assert is_enough(paragraphs(SENTENCE * 30))
    assert not is_enough(paragraphs(SENTENCE * 3))
    assert not is_enough(())


def test_three_paragraphs_are_enough_and_two_are_not() -> None:
    assert is_enough(paragraphs("One.", "Two.", "Three."))
    assert not is_enough(paragraphs("One.", "Two."))


def test_captions_and_rules_are_no_text() -> None:
    assert not is_enough((*paragraphs("One."), Block("figure", SENTENCE * 40), Block("rule", "")))


@pytest.mark.parametrize(
    "tail",
    [
        *("[…]", "[...]", "…", "Read more", "Continue reading »", "Read the full story", "READ MORE..."),
        *("اقرأ المزيد", "للمزيد", "تابع القراءة", "ادامه مطلب", "بیشتر بخوانید", "متن کامل"),
        *("המשך קריאה", "לכתבה המלאה", "קראו עוד…", "Devamını oku", "Haberin devamı", "devamı >"),
    ],
)
def test_a_text_that_is_cut_off_is_not_enough_however_long(tail: str) -> None:
    whole = (SENTENCE * 30, SENTENCE, SENTENCE)
    assert is_enough(paragraphs(*whole))
    assert not is_enough(paragraphs(*whole[:-1], f"{SENTENCE}{tail}"))
    assert not is_enough(paragraphs(*whole, tail))


@pytest.mark.parametrize("end", ["The mayor had read more than I.", "Please continue reading, he said."])
def test_the_same_words_in_a_sentence_are_no_tail(end: str) -> None:
    assert is_enough(paragraphs(SENTENCE * 30, end))


# --- which articles --------------------------------------------------------------------------------


def test_what_the_reader_asked_for_is_fetched_whatever_the_policy() -> None:
    assert all(is_due(wanted(asked=True), policy) for policy in ("auto", "always", "never"))


def test_auto_fetches_followed_articles_only_and_never_none() -> None:
    assert is_due(wanted(followed=True), "auto")
    assert not is_due(wanted(), "auto")
    assert is_due(wanted(), "always")
    assert not is_due(wanted(followed=True), "never")


def test_no_page_is_fetched_where_the_feed_carries_the_article() -> None:
    assert not is_due(wanted(blocks=paragraphs(SENTENCE * 30)), "always")


def test_a_feeds_own_policy_goes_before_the_general_one() -> None:
    found = [wanted()]
    assert choose(found, settings("always"), {}, NOW)
    assert not choose(found, settings("always", feed="never"), {}, NOW)
    assert choose(found, settings("never", feed="always"), {}, NOW)


def test_of_a_feed_that_is_not_followed_any_more_only_what_is_starred_is_fetched() -> None:
    off = config.parse(f'{SUBSCRIBED}full_text = "always"\nenabled = false', Path("config.toml"))
    for feed in ("https://other.example/feed", "https://heron.example/feed"):
        stranger = replace(wanted(), feed=feed)
        assert choose([stranger], off, {}, NOW) == []
        assert choose([replace(stranger, asked=True)], off, {}, NOW)
        assert choose([replace(stranger, followed=True)], off, {}, NOW)
        assert choose([replace(stranger, followed=True)], settings("never"), {}, NOW) == []


def test_a_sync_fetches_so_many_pages_in_their_order_and_each_once() -> None:
    found = [wanted(3), wanted(2), wanted(3), wanted(1)]
    assert [one.id for one in choose(found, settings(per_sync=2), {}, NOW)] == [3, 2]
    assert [one.id for one in choose(found, settings(), {}, NOW)] == [3, 2, 1]
    assert choose(found, settings(per_sync=0), {}, NOW) == []


def test_a_site_has_no_more_pages_a_day_than_its_share() -> None:
    hosts = {HOST.host: replace(HOST, day=NOW // DAY, count=198)}
    found = [wanted(number) for number in range(5)] + [wanted(9, "https://kestrel.example/9")]
    assert [one.id for one in choose(found, settings(), hosts, NOW)] == [0, 1, 9]
    assert [one.id for one in choose(found, settings(), hosts, NOW + DAY)] == [0, 1, 2, 3, 4, 9]


def test_a_site_that_rests_is_left_out_and_the_others_are_not() -> None:
    hosts = {HOST.host: failed(HOST, error("server", 500), NOW)}
    found = [wanted(1), wanted(2, "https://kestrel.example/2")]
    assert [one.id for one in choose(found, settings(), hosts, NOW)] == [2]
    assert [one.id for one in choose(found, settings(), hosts, NOW + HOUR)] == [1, 2]


@pytest.mark.parametrize(
    "url", ["", "ftp://heron.example/1", "mailto:a@b.example", "https://", "http://[::1"]
)
def test_what_is_no_address_of_the_web_is_never_asked(url: str) -> None:
    assert host_of(url) == ""
    assert choose([replace(wanted(), url=url)], settings(), {}, NOW) == []


def test_a_site_is_its_host_with_a_port_that_is_not_the_usual_one() -> None:
    assert host_of("https://user:pw@Heron.Example/1") == "heron.example"
    assert host_of("http://127.0.0.2:8080/a") == "127.0.0.2:8080"


# --- when a site may be asked ----------------------------------------------------------------------


def test_turns_of_a_site_are_spaced_whoever_takes_them() -> None:
    host, waits, starts = HOST, [], []
    for late in (0.0, 0.5, 0.5, 9.0):
        host, wait = take_turn(host, 2.0, NOW + late)
        waits.append(wait)
        starts.append(host.turn_at - NOW)
    assert waits == [0.0, 1.5, 3.5, 0.0]
    assert starts == [0.0, 2.0, 4.0, 9.0]
    assert host.count == 4


def test_a_turn_is_counted_from_the_end_of_the_one_before() -> None:
    host, _ = take_turn(HOST, 2.0, NOW)
    assert take_turn(answered(host, NOW + 7), 2.0, NOW + 8)[1] == 1.0
    assert take_turn(failed(host, error("status", 404), NOW + 7), 2.0, NOW + 8)[1] == 1.0
    booked, _ = take_turn(host, 2.0, NOW + 1)  # by another process
    assert take_turn(answered(booked, NOW + 1), 2.0, NOW + 1)[1] == 3.0


def test_the_count_of_a_day_begins_anew_at_midnight() -> None:
    host, _ = take_turn(replace(HOST, day=NOW // DAY, count=199), 2.0, NOW)
    assert "200 pages" in refusal(host, LIMITS, NOW)
    assert refusal(host, LIMITS, NOW, by_hand=True), "also for a person: it is the publisher's machine"
    tomorrow = (NOW // DAY + 1) * DAY
    assert not refusal(host, LIMITS, tomorrow)
    assert asked_today(take_turn(host, 2.0, tomorrow)[0], tomorrow) == 1


def test_a_robots_txt_is_a_turn_and_no_page() -> None:
    host, _ = take_turn(HOST, 2.0, NOW, pages=0)
    assert (host.count, host.turn_at) == (0, NOW)


def test_a_clock_that_was_wrong_locks_no_site_for_ever() -> None:
    assert take_turn(replace(HOST, turn_at=NOW + 400 * DAY), 2.0, NOW)[1] == 0.0
    assert not refusal(replace(HOST, next_at=NOW + 400 * DAY, failures=3), LIMITS, NOW)


@pytest.mark.parametrize(
    ("kind", "status"),
    [("rate", 429), ("rate", 503), ("denied", 403), ("server", 500), ("server", 502), ("timeout", None)],
)
def test_a_failing_site_rests_an_hour_and_twice_as_long_each_time_up_to_a_day(
    kind: str, status: int | None
) -> None:
    host, rests = HOST, []
    for _ in range(7):
        host = failed(host, error(kind, status), NOW)
        rests.append((host.next_at - NOW) // HOUR)
    assert rests == [1, 2, 4, 8, 16, 24, 24]
    assert refusal(host, LIMITS, NOW + DAY - 1)
    assert not refusal(host, LIMITS, NOW + DAY)


def test_a_server_that_says_how_long_is_obeyed() -> None:
    assert failed(HOST, error("rate", 429, retry_after=5 * HOUR), NOW).next_at == NOW + 5 * HOUR
    assert failed(HOST, error("rate", 429, retry_after=5), NOW).next_at == NOW + HOUR


@pytest.mark.parametrize("status", [401, 402, 404, 410, 451])
def test_a_page_that_is_missing_or_for_sale_says_nothing_of_the_others(status: int) -> None:
    kind = "denied" if status in (401, 402, 451) else "status"
    assert not refusal(failed(HOST, error(kind, status), NOW), LIMITS, NOW)


def test_an_answer_ends_the_rest() -> None:
    host = answered(failed(HOST, error("timeout"), NOW), NOW)
    assert not refusal(host, LIMITS, NOW)
    assert failed(host, error("timeout"), NOW).next_at == NOW + HOUR, "and the doubling"


def test_a_person_may_try_again_what_failed_but_not_what_the_server_refused() -> None:
    lame = failed(HOST, error("timeout"), NOW)
    assert refusal(lame, LIMITS, NOW)
    assert not refusal(lame, LIMITS, NOW, by_hand=True)
    for refused in (error("rate", 429), error("denied", 403), error("server", 503)):
        assert "refused us" in refusal(failed(HOST, refused, NOW), LIMITS, NOW, by_hand=True)


def test_a_rest_is_told_in_words() -> None:
    told = refusal(failed(HOST, error("timeout"), NOW), LIMITS, NOW + 60)
    assert told == "heron.example failed lately and is left in peace for 59 minutes more"
    assert page_policy.spelled(3 * HOUR) == "3 hours"
    assert page_policy.spelled(5) == "1 minute"


def test_a_robots_txt_is_good_for_a_day() -> None:
    assert not has_fresh_robots(HOST, NOW)
    known = replace(HOST, robots_at=NOW)
    assert has_fresh_robots(known, NOW + DAY - 1)
    assert not has_fresh_robots(known, NOW + DAY)
    assert not has_fresh_robots(known, NOW - DAY), "a clock that was wrong"


def test_a_site_without_robots_txt_allows_all_and_one_out_of_order_nothing() -> None:
    assert means_no_robots(error("status", 404))
    assert means_no_robots(error("denied", 403))
    assert means_no_robots(error("too-large"))
    assert not means_no_robots(error("rate", 429))
    assert not means_no_robots(error("server", 500))
    assert not means_no_robots(error("timeout"))
    assert not means_no_robots(error("dns"))


# --- what a failure means --------------------------------------------------------------------------


def test_failures_that_have_a_name_are_called_by_it() -> None:
    assert reason(error("status", 404)) == PageReason.MISSING
    assert reason(error("gone", 410)) == PageReason.MISSING
    assert reason(error("denied", 402)) == PageReason.PAYWALL
    assert (
        reason(FetchError("blocked by a bot check", "u", kind="denied", status=403)) == PageReason.CHALLENGE
    )
    assert reason(error("server", 500)) == "it failed"


def test_what_passes_is_tried_again_tomorrow_and_what_lasts_is_not() -> None:
    assert again_at(error("timeout"), NOW) == NOW + DAY
    assert again_at(error("server", 500), NOW) == NOW + DAY
    assert again_at(error("status", 404), NOW) == 0
    assert again_at(error("denied", 402), NOW) == 0
    assert again_at(error("too-large"), NOW) == 0


def test_a_failure_of_our_own_network_is_not_the_articles() -> None:
    assert not is_worth_noting(error("dns"))
    assert not is_worth_noting(error("refused"))
    assert is_worth_noting(error("timeout"))
    assert is_worth_noting(error("status", 404))


# --- the settings ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[full_text]\nspacing = 1", "full_text.spacing: must be at least 2 seconds."),
        ('[full_text]\npolicy = "sometimes"', "full_text.policy: must be one of auto, always, never."),
        ('[full_text]\nrobots = "never"', "full_text.robots: must be one of always, prefetch."),
        (f'{SUBSCRIBED}full_text = "yes"', "feeds[1].full_text: must be one of auto, always, never."),
        ("[full_text]\nper_dya = 5", "full_text.per_dya: unknown key; did you mean per_day?"),
        ("per_sync = 5", "per_sync: unknown key; it belongs under [full_text]."),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, Path("config.toml"))
    assert re.sub(r":\d+", "", str(caught.value), count=1) == f"config.toml: {told}"


def test_only_who_may_ask_servers_of_their_own_may_ask_without_a_pause() -> None:
    text = '[full_text]\nspacing = 0\n[fetch]\nallow_private = ["127.0.0.1"]'
    assert config.parse(text, Path("config.toml")).full_text.spacing == 0
