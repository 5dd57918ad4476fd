"""Is this more than usual? The arithmetic and the words of watches. Pure.

The last hours are compared with the same hours of the days before: as many windows of the same length,
ending at the same time of day, as the last four weeks hold. Those of the same weekday count more. What
is usual grows with everything else that came in, so that new feeds and a machine that slept are no
news. How unlikely a count is, is told by the negative binomial distribution: counts of news vary more
than a Poisson process would let them, and a short history knows its mean badly; both make its tail
heavier (surveillance of outbreaks reasons in the same way: Noufaily and others, Statistics in Medicine
2013, doi:10.1002/sim.5595). The numbers were chosen on articles of 2022 and the first half of 2023 and
tried on later ones (tests/bench/replay_watches.py). Times are UTC seconds.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.model import Alert
from aggregator.text.query_tree import All, Node, Not, Query, Term

HOUR = 3600
DAY = 24 * HOUR
HISTORY_DAYS = 28  # four of each weekday; what was usual longer ago is not what is usual now
LEAST_DAYS = 3  # of history; with fewer, one busy day would be the rule
SAME_WEEKDAY = 3.0  # weight of a window of the same weekday against any other's
WINDOWS = (1, 3, 6, 24)  # hours looked back, the shortest in which …
WORTH_COUNTING = 2.0  # … so many articles are usual: few articles need long windows to be counted
RECENT_DAYS = 3  # a topic that was as busy on these days is no news any more
PRIOR = 0.5  # articles that every history is taken to hold beside its own (Jeffreys' prior of a rate)
UNLIKELY = 1e-3  # chance of so many articles; 1e-4 told the same events an article or two later
LEAST_ARTICLES = 4  # fewer are no wave, however rare the topic
LEAST_OUTLETS = 3  # one outlet's series is no event
LEAST_TIMES = 2.0  # times the usual number: of a very even topic less would be unlikely already
CALM = DAY  # after an alert the same topic is told again only …
AGAIN = 2.0  # … when it comes so many times as fast as it was told
SYNC_STEP = 900  # seconds between two looks of a replay: as often as busy feeds are polled
HEADS = 3  # titles that one message about many articles names
LOOSE_FIELDS: Final = frozenset({"since", "until", "age"})  # what says when, not what …
LOOSE_FLAGS: Final = frozenset({"unread", "read", "new"})  # … or what the reader did: no part of a rate


@dataclass(frozen=True, slots=True)
class Spike:
    """More than usual: ``count`` articles of ``outlets`` outlets in ``hours`` hours, usually ``usual``."""

    at: int
    hours: int
    count: int
    usual: float
    outlets: int

    @property
    def rate(self) -> float:
        """Articles an hour."""
        return self.count / self.hours


@dataclass(frozen=True, slots=True)
class Usual:
    """What a window of this length and time of day usually holds, and how much that varies.

    ``shape`` is the negative binomial's: the smaller, the heavier its tail.
    """

    mean: float
    shape: float


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What there is to judge: matching articles with their outlets, and all articles, each oldest first."""

    times: Sequence[int]
    outlets: Sequence[str]
    everything: Sequence[int]

    def count(self, start: int, end: int) -> int:
        """Matching articles after ``start`` up to ``end``."""
        return between(self.times, start, end)

    def others(self, start: int, end: int) -> int:
        """Articles that do not match."""
        return between(self.everything, start, end) - self.count(start, end)

    def outlets_between(self, start: int, end: int) -> int:
        """Different outlets of the matching ones."""
        return len({*self.outlets[bisect_right(self.times, start) : bisect_right(self.times, end)]})


def between(times: Sequence[int], start: int, end: int) -> int:
    """How many of the sorted times lie after ``start`` and not after ``end``."""
    return bisect_right(times, end) - bisect_right(times, start)


def spike(
    arrivals: Arrivals, now: int, last: Spike | None = None, known_outlets: int = LEAST_OUTLETS
) -> Spike | None:
    """What is unusual at ``now``; None where nothing is, or where ``last`` has told it.

    ``known_outlets`` is how many outlets there are at all: of two, both must have it.
    """
    hours = window(arrivals, now)
    start = now - hours * HOUR
    count = arrivals.count(start, now)
    if count < LEAST_ARTICLES:
        return None
    normal = usual(arrivals, now, hours)
    if normal is None or count < LEAST_TIMES * normal.mean or tail(count, normal) > UNLIKELY:
        return None
    outlets = arrivals.outlets_between(start, now)
    if outlets < min(LEAST_OUTLETS, known_outlets):
        return None
    found = Spike(now, hours, count, normal.mean, outlets)
    return None if last is not None and is_told(found, last) else found


def is_told(found: Spike, last: Spike) -> bool:
    """Whether the last alert says it already."""
    return found.at < last.at + CALM and found.rate < AGAIN * last.rate


def window(arrivals: Arrivals, now: int) -> int:
    """How many hours to look back."""
    days = max(1, len(observed(arrivals, now, 1)))
    hourly = arrivals.count(now - (HISTORY_DAYS + 1) * DAY, now - DAY) / (days * 24)
    return next((hours for hours in WINDOWS if hours * hourly >= WORTH_COUNTING), WINDOWS[-1])


def observed(arrivals: Arrivals, now: int, hours: int) -> list[int]:
    """The days back (1 … HISTORY_DAYS) on which anything at all was heard around this time of day."""
    middle = now - hours * HOUR // 2
    return [
        day
        for day in range(1, HISTORY_DAYS + 1)
        if between(arrivals.everything, middle - day * DAY - DAY // 2, middle - day * DAY + DAY // 2)
    ]


def usual(arrivals: Arrivals, now: int, hours: int) -> Usual | None:
    """What is usual for the ``hours`` up to ``now``; None where too little history is known."""
    days = observed(arrivals, now, hours)
    if len(days) < LEAST_DAYS:
        return None
    ends = [now - day * DAY for day in days]
    length = hours * HOUR
    counts = [arrivals.count(end - length, end) for end in ends]
    others = [arrivals.others(end - length, end) for end in ends]
    weights = [SAME_WEEKDAY if day % 7 == 0 else 1.0 for day in days]
    scale = max(1.0, arrivals.others(now - length, now) / max(1.0, weighted(others, weights)))
    mean = (weighted(counts, weights) * sum(weights) + PRIOR) / sum(weights)
    recent = [count for day, count in zip(days, counts, strict=True) if day <= RECENT_DAYS]
    mean = max(mean, sum(recent) / len(recent) if recent else 0.0)
    known = sum(counts) + PRIOR
    return Usual(mean * scale, min(known, shape(counts, weights)))


def weighted(values: Sequence[int], weights: Sequence[float]) -> float:
    """Their weighted mean."""
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def shape(counts: Sequence[int], weights: Sequence[float]) -> float:
    """The negative binomial's shape by moments; infinite where the counts vary no more than Poisson's."""
    mean = weighted(counts, weights)
    variance = sum(w * (c - mean) ** 2 for c, w in zip(counts, weights, strict=True)) / sum(weights)
    return mean * mean / (variance - mean) if variance > mean else math.inf


def tail(count: int, normal: Usual) -> float:
    """The chance of ``count`` articles or more where ``normal`` is usual."""
    mean, r = normal.mean, min(normal.shape, 1e6)
    chance = math.exp(-r * math.log1p(mean / r))
    below = 0.0
    for k in range(count):
        below += chance
        chance *= (k + r) / (k + 1) * mean / (mean + r)
    return max(0.0, 1.0 - below)


def replay(
    arrivals: Arrivals, start: int, end: int, known_outlets: int = LEAST_OUTLETS, step: int = SYNC_STEP
) -> Iterator[Spike]:
    """The alerts that looks every ``step`` seconds from ``start`` to ``end`` would have told."""
    last: Spike | None = None
    for before, now in pairwise(range(start, end + step, step)):
        if arrivals.count(before, now) and (found := spike(arrivals, now, last, known_outlets)):
            last = found
            yield found


def timeless(query: Query) -> Query:
    """The query without conditions on time and reading: what it is about, now and four weeks ago."""
    node = _timeless(query.root)
    return replace(query, root=All() if node is None else node)


def _timeless(node: Node) -> Node | None:
    """A node without these; None where nothing is left of it."""
    if isinstance(node, Term):
        loose = node.field in LOOSE_FIELDS or (node.field == "is" and node.values[0].text in LOOSE_FLAGS)
        return None if loose else node
    if isinstance(node, Not):
        part = _timeless(node.part)
        return None if part is None else Not(part)
    parts = tuple(part for part in map(_timeless, node.parts) if part is not None)
    if len(parts) < 2:
        return parts[0] if parts else None
    return replace(node, parts=parts)


# --- the words -----------------------------------------------------------------------------------


def spike_words(name: str, found: Spike) -> str:
    """ "Oil: 14 articles in 3 h, usually 3 (Tue 14–17 h), 9 outlets"; hours of the system's own clock."""
    usual = f"{found.usual:.0f}" if found.usual >= 1 else "less than 1"
    start = datetime.fromtimestamp(found.at - found.hours * HOUR)  # noqa: DTZ006  # the reader's own clock
    end = datetime.fromtimestamp(found.at)  # noqa: DTZ006
    when = f" ({start:%a} {start:%H}–{end:%H} h)" if found.hours < 24 else ""
    return (
        f"{name}: {found.count} articles in {found.hours} h, usually {usual}{when}, {found.outlets} outlets"
    )


def new_words(name: str, heads: Sequence[tuple[str, str]], count: int, *, rule: bool = False) -> str:
    """What is new in a filter, or by a rule; ``heads`` are (title, outlet) of the newest of ``count``."""
    if count == 1 and heads:
        ((title, outlet),) = heads
        return f"{name}: {title} ({outlet})"
    titles = "; ".join(title for title, _ in heads[:HEADS])
    more = " …" if count > len(heads[:HEADS]) else ""
    return f"{count} new {'by the rule' if rule else 'in'} {name}: {titles}{more}"


def worded(alert: Alert, heads: Sequence[tuple[str, str]]) -> Alert:
    """The alert with its words; those of a rule are made of its articles' (title, outlet)."""
    if alert.text:
        return alert
    return replace(alert, text=new_words(alert.name, heads, len(alert.articles), rule=True))
