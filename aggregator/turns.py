"""Who is asked in a round, and the record of requests that were begun, for a run that may be killed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from aggregator import asking
from aggregator.config import Config
from aggregator.errors import StoreError
from aggregator.fetch import Fetcher
from aggregator.model import FeedState
from aggregator.store.db import Store
from aggregator.writer import Writer

GROUP = 32  # feeds whose requests are written down together: a write each would slow the round


def plan(
    store: Store, config: Config, now: int, *, urls: Sequence[str] | None = None, force: bool = False
) -> asking.Plan:
    """What this round asks; what has to wait gets its later time here. Raises StoreError."""
    settings = config.settings.fetch
    due = store.feeds.due(now, urls=urls, force=force)
    rests = store.turns.resting(now, asking.HOST_REST)
    if force or urls is not None:
        return asking.by_hand(due, rests, settings, now)
    made = asking.scheduled(due, rests, settings, now, random.random)  # spreads requests, hides nothing
    store.turns.postpone(made.later)
    return made


async def keep_spacing(writer: Writer, fetcher: Fetcher, now: float, spacing: float) -> None:
    """Let hosts that were asked a moment ago, by an earlier run or for something else, have their pause."""
    left = await writer.call(lambda store: store.turns.just_asked(now, spacing))
    for host, seconds in left.items():
        fetcher.pacer.hold(host, seconds)


class Begun:
    """Requests that are begun and whose end is not written down yet."""

    def __init__(self, writer: Writer, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._clock = clock
        self._sent: dict[int, bool] = {}

    async def begin(self, states: Iterable[FeedState]) -> None:
        """Write down that these are about to be asked."""
        numbers = [state.id for state in states]
        now = int(self._clock())
        await self._writer.call(lambda store: store.turns.begin(numbers, now))
        self._sent |= dict.fromkeys(numbers, False)

    def sent(self, state: FeedState) -> None:
        """This one is asked now."""
        self._sent[state.id] = True

    def ended(self, state: FeedState) -> None:
        """It has an end; whoever stores it writes that down."""
        self._sent.pop(state.id, None)

    async def close(self) -> None:
        """Those without an end were stopped on purpose: that is no crash."""
        unsent = [number for number, sent in self._sent.items() if not sent]
        cut = [number for number, sent in self._sent.items() if sent]
        if self._sent:
            with suppress(StoreError):  # then the round fails for the same reason
                await self._writer.call(lambda store: store.turns.abandon(unsent, cut))
