"""What is unusual: bursts are, and neither rhythm, nor growth, nor a gap, nor what was told already."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import watching
from aggregator.model import Alert
from aggregator.text.query import describe, parse
from aggregator.watching import DAY, HOUR, Arrivals, Spike, Usual, spike, tail

START = 1_790_000_000 // DAY * DAY
NOW = START + 28 * DAY + 15 * HOUR
OUTLETS = ("cedar", "levant", "gulf", "heron", "kestrel")


def steady(a_day: float, days: int = 29, *, start: int = START, seed: int = 1) -> list[int]:
    """Times spread at random over some days."""
    source = random.Random(seed)
    return [start + source.randrange(days * DAY) for _ in range(round(a_day * days))]


def arrivals(matching: Iterable[int], others: Iterable[int] = (), outlets: int = 5) -> Arrivals:
    """What came, the matching ones from so many outlets in turn."""
    times = sorted(matching)
    return Arrivals(times, [OUTLETS[n % outlets] for n in range(len(times))], sorted([*times, *others]))


def burst(count: int, end: int = NOW, within: int = HOUR) -> list[int]:
    """So many articles spread evenly before ``end``."""
    return [end - within * n // count for n in range(count)]


def alerts(given: Arrivals, days: float, end: int = NOW) -> list[Spike]:
    """What looks every quarter of an hour would have told in the last days."""
    return list(watching.replay(given, int(end - days * DAY), end))


def test_a_burst_of_a_rare_topic_is_told_with_its_numbers() -> None:
    found = spike(arrivals([*steady(0.2, 27), *burst(5)], steady(200, seed=2)), NOW)
    assert found is not None
    assert (found.at, found.hours, found.count, found.outlets) == (NOW, 24, 5, 5)
    assert 0 < found.usual < 1


def test_a_burst_of_a_busy_topic_is_seen_within_the_hour() -> None:
    busy, others = steady(100), steady(500, seed=2)
    assert spike(arrivals(busy, others), NOW) is None
    found = spike(arrivals([*busy, *burst(25)], others), NOW)
    assert found is not None
    assert found.hours == 1


@pytest.mark.parametrize("seed", range(4))
def test_an_even_topic_is_never_told(seed: int) -> None:
    given = arrivals(steady(30, 57, seed=seed), steady(300, 57, seed=seed + 50))
    assert alerts(given, 28, START + 57 * DAY) == []


def test_few_articles_are_no_wave_however_rare_the_topic() -> None:
    assert spike(arrivals(burst(3), steady(200)), NOW) is None


def test_the_series_of_one_outlet_is_no_wave_unless_there_are_no_others() -> None:
    given = arrivals(burst(9), steady(200), outlets=1)
    assert spike(given, NOW) is None
    assert spike(given, NOW, known_outlets=1) is not None


def test_what_comes_every_week_at_this_hour_is_usual() -> None:
    weekly = [time for week in (1, 2, 3, 4) for time in burst(8, NOW - 7 * week * DAY)]
    others = steady(200)
    assert spike(arrivals([*weekly, *burst(9)], others), NOW) is None
    assert spike(arrivals(burst(9), others), NOW) is not None


def test_new_feeds_bring_more_of_everything_and_that_is_no_wave() -> None:
    before = arrivals([*steady(2), *burst(12, within=DAY)], steady(100, seed=2))
    assert spike(before, NOW) is not None
    more = [NOW - n * DAY // 800 for n in range(800)]
    assert spike(replace(before, everything=sorted([*before.everything, *more])), NOW) is None


def test_a_machine_that_slept_for_weeks_compares_with_the_days_that_it_heard() -> None:
    heard = [*steady(5, 10), *burst(20, within=12 * HOUR)]
    others = [*steady(100, 10, seed=2), *steady(100, 1, start=NOW - DAY, seed=3)]
    found = spike(arrivals(heard, others), NOW)
    assert found is not None
    assert found.usual > 2  # not a third of it, as if the silent weeks had been heard


def test_without_days_of_history_nothing_is_unusual() -> None:
    two_days = [*steady(100, 2, start=NOW - 2 * DAY)]
    assert spike(arrivals(burst(30), two_days), NOW) is None
    assert spike(arrivals([], []), NOW) is None


def test_a_wave_is_told_once_and_again_when_it_doubles() -> None:
    others = steady(200)
    first = spike(arrivals(burst(5), others), NOW)
    assert first is not None
    later = NOW + 2 * HOUR
    assert spike(arrivals([*burst(5), *burst(4, later)], others), later, first) is None
    again = spike(arrivals([*burst(5), *burst(6, later)], others), later, first)
    assert again is not None
    assert again.count == 11


def test_a_topic_that_stays_busy_falls_silent_after_its_first_day() -> None:
    days = 8
    wave = [NOW + n * DAY // 60 for n in range(60 * days)]  # 60 a day where 1 was usual
    given = arrivals([*steady(1), *wave], [*steady(200), *steady(200, days, start=NOW, seed=3)])
    told = [found.at for found in alerts(given, days, NOW + days * DAY)]
    assert told
    assert min(told) < NOW + 4 * HOUR
    assert max(told) < NOW + 2 * DAY


def test_an_hour_is_read_where_an_hour_holds_enough() -> None:
    others = steady(500, seed=2)
    for a_day, hours in ((100, 1), (24, 3), (10, 6), (1, 24), (0, 24)):
        assert watching.window(arrivals(steady(a_day), others), NOW) == hours


@given(st.floats(0.05, 8), st.floats(1, 1e6))
def test_the_tail_is_that_of_the_distribution(mean: float, shape: float) -> None:
    normal = Usual(mean, shape)
    tails = [tail(count, normal) for count in range(60)]
    assert tails[0] == pytest.approx(1)
    assert all(0 <= later <= earlier + 1e-9 for earlier, later in pairwise(tails))
    expected = sum(tail(count, normal) for count in range(1, 150))
    assert expected == pytest.approx(mean, rel=1e-3)  # E[X] = sum of P(X >= k)


def test_where_counts_vary_no_more_than_chance_it_is_poissons() -> None:
    poisson = 1 - sum(math.exp(-3) * 3**k / math.factorial(k) for k in range(8))
    assert tail(8, Usual(3, math.inf)) == pytest.approx(poisson, rel=1e-3)
    assert tail(8, Usual(3, 2)) > 3 * poisson


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("oil unread since:24h", "oil"),
        ("oil -read age<2d", "oil"),
        ("unread", ""),
        ("(oil OR gas) (unread OR starred)", "(oil OR gas) starred"),
        ("-(oil unread)", "-oil"),
        ("lang:ar -tag:sport is:new", "lang:ar -tag:sport"),
    ],
)
def test_a_rate_knows_neither_times_nor_what_was_read(typed: str, kept: str) -> None:
    assert describe(watching.timeless(parse(typed, NOW))) == describe(parse(kept, NOW))


def test_an_alert_says_how_many_since_when_and_what_is_usual() -> None:
    found = Spike(START + 17 * HOUR, 3, 14, 3.2, 9)
    words = watching.spike_words("Oil", found)
    assert words.startswith("Oil: 14 articles in 3 h, usually 3 (")
    assert words.endswith(" h), 9 outlets")
    whole_day = watching.spike_words("Oil", Spike(START, 24, 14, 0.3, 9))
    assert whole_day == "Oil: 14 articles in 24 h, usually less than 1, 9 outlets"


def test_new_articles_are_told_by_title_and_many_by_number() -> None:
    heads = [(f"Title {n}", "Cedar Daily") for n in range(5)]
    assert watching.new_words("Oil", heads[:1], 1) == "Oil: Title 0 (Cedar Daily)"
    assert watching.new_words("Oil", heads, 12) == "12 new in Oil: Title 0; Title 1; Title 2 …"
    assert watching.new_words("Oil", heads[:2], 2, rule=True) == "2 new by the rule Oil: Title 0; Title 1"
    alert = Alert(1, "Mine", "rule", NOW, 0, "", (7, 8))
    assert watching.worded(alert, heads[:2]).text == "2 new by the rule Mine: Title 0; Title 1"
    said = replace(alert, text="Oil: said")
    assert watching.worded(said, []) is said
