"""Which feeds a round asks, and which have to wait, with the reason in words. Pure.

Times are UTC seconds, spans are seconds. What is due is asked unless its publisher would mind: the hour is
one to be skipped, the host told one of its other feeds to stay away, or we were killed over it. What a
person asks for is asked at once, but not within a minute of the last time, and not against the server's word.

Servers at private addresses that the configuration allows are the user's own: nobody needs protection
there from other feeds' refusals, from a person's hurry or from a crash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple
from urllib.parse import urlsplit

from aggregator import http_rules, polling
from aggregator.config import Fetch
from aggregator.model import FeedState
from aggregator.polling import DAY, HOUR, MINUTE
from aggregator.text.hosts import host_of

HASTE = MINUTE  # nothing is asked twice within it, whoever wishes it
HOLDS = (0, MINUTE, HOUR, DAY)  # the rest after so many requests in a row over which we were killed …
HOLD = HOUR  # … and at least this, and the feed's interval, once it is known to be sound
HOST_REST = DAY  # what one feed's 429 means for the others of its host, at most
AFTER_REST = 600  # seconds over which a host's feeds come back when its rest is over

Rests = Mapping[str, int]
"""Hosts that asked to be left alone, and until when."""


class Plan(NamedTuple):
    """The feeds to ask now, those that wait (with a later ``next_check``), and why those named do not."""

    ask: list[FeedState]
    later: list[FeedState]
    refused: list[tuple[FeedState, str]]


def scheduled(
    due: Iterable[FeedState], rests: Rests, settings: Fetch, now: int, draw: Callable[[], float]
) -> Plan:
    """Sort feeds whose time has come. ``draw`` gives a random number 0..1."""
    plan = Plan([], [], [])
    for state in due:
        until = waits_until(state, rests, settings, now)
        if until > now:
            at = until + round(draw() * min(AFTER_REST, until - now))
            plan.later.append(replace(state, next_check=polling.bounded(at, now)))
        else:
            plan.ask.append(state)
    return plan


def by_hand(named: Iterable[FeedState], rests: Rests, settings: Fetch, now: int) -> Plan:
    """Sort feeds that a person asks for."""
    plan = Plan([], [], [])
    for state in named:
        if why := refusal(state, rests, settings, now):
            plan.refused.append((state, why))
        else:
            plan.ask.append(state)
    return plan


def waits_until(state: FeedState, rests: Rests, settings: Fetch, now: int) -> int:
    """When a feed that is due may be asked; not after ``now`` where that is at once."""
    until = polling.allowed_time(now, state.hints)
    if is_own(state.fetch_url, settings):
        return until
    return max(until, state.asked + hold(state), rests.get(host_of(state.fetch_url), 0))


def hold(state: FeedState) -> int:
    """How long a feed waits after a request whose answer we did not live to keep, in seconds."""
    if not state.attempts:
        return 0
    interval = min(state.interval, DAY)
    if not polling.is_conditional(state.validators):
        interval //= 2  # twice the whole of it could lose articles
    known = max(HOLD, interval) if state.last_success else 0
    return max(known, HOLDS[min(state.attempts, len(HOLDS) - 1)])


def refusal(state: FeedState, rests: Rests, settings: Fetch, now: int) -> str:
    """Why a feed is not asked though a person wishes it, as a sentence without full stop; "" if it is."""
    if is_own(state.fetch_url, settings):
        return ""
    if 0 <= now - state.asked < HASTE:
        return "asked less than a minute ago"
    until = max(state.told_until, rests.get(host_of(state.fetch_url), 0))
    if until > now:
        host = state.told_host or host_of(state.fetch_url)
        return f"{host} asked us to stay away; it is asked again {polling.in_words(until - now)}"
    return ""


def is_own(url: str, settings: Fetch) -> bool:
    """Whether an address names, by number, a machine of the user's own networks."""
    try:
        address = http_rules.literal_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return address is not None and any(
        address in network for network in http_rules.networks(settings.allow_private)
    )
