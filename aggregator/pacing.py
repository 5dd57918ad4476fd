"""When a request may start, so that no publisher's server sees more of us than it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import field
from typing import Any

from aggregator.config import Fetch
from aggregator.dataclass import dataclass
from aggregator.errors import HostRests
from aggregator.text.hosts import host_of

RESTS = "its server asked to be left alone for a while"

Clock = Callable[[], float]  # monotonic seconds
Sleep = Callable[[float], Awaitable[Any]]


@dataclass(slots=True)
class Lane:
    """The queue before one host; ``resting``: for how many seconds it wishes to be asked no more."""

    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    open_at: float = 0.0
    resting: int = 0
    hung: bool = False  # an answer did not come in time


class Pacer:
    """Says when a request may start: few at once over all, fewer at one host, and those spaced.

    Who waits for a host holds none of the places over all, so a busy host delays only its own feeds.
    """

    def __init__(self, settings: Fetch, clock: Clock, sleep: Sleep) -> None:
        self.places = asyncio.Semaphore(settings.concurrency)
        self.per_host = settings.per_host
        self.spacing = settings.spacing
        self.clock = clock
        self.sleep = sleep
        self.lanes: dict[str, Lane] = {}

    def lane(self, host: str) -> Lane:
        """The queue before a host, as ``text.hosts.host_of`` names it."""
        if host not in self.lanes:
            self.lanes[host] = Lane(asyncio.Semaphore(self.per_host))
        return self.lanes[host]

    def hold(self, host: str, seconds: float) -> None:
        """Keep a host's next turn back: it was asked by an earlier run a moment ago."""
        self.lane(host).open_at = self.clock() + seconds

    def rest(self, host: str, seconds: int) -> None:
        """Ask this host nothing more in this run; it wishes to be left alone for so long."""
        self.lane(host).resting = seconds

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[Lane]:
        """Wait for a place at the host of ``url``, and hold it inside the ``with``; raises HostRests."""
        lane = self.lane(host_of(url))
        async with lane.places:
            async with lane.turn:
                if not lane.resting and (wait := lane.open_at - self.clock()) > 0:
                    await self.sleep(wait)
                if lane.resting:
                    raise HostRests(RESTS, url, kind="rate", retry_after=lane.resting)
                await self.places.acquire()
                lane.open_at = self.clock() + self.spacing
            try:
                yield lane
            finally:
                self.places.release()
