"""When a request may start, so that no publisher's server sees more of us than it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aggregator.config import Fetch

Clock = Callable[[], float]  # monotonic seconds
Sleep = Callable[[float], Awaitable[Any]]


@dataclass(slots=True)
class Lane:
    """The queue before one host."""

    places: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    open_at: float = 0.0


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
        self.lanes: dict[Hashable, Lane] = {}

    @asynccontextmanager
    async def turn(self, origin: Hashable) -> AsyncIterator[None]:
        """Wait for a place, and hold it inside the ``with``."""
        lane = self.lanes.get(origin)
        if lane is None:
            lane = self.lanes[origin] = Lane(asyncio.Semaphore(self.per_host))
        async with lane.places:
            async with lane.turn:
                if (wait := lane.open_at - self.clock()) > 0:
                    await self.sleep(wait)
                await self.places.acquire()
                lane.open_at = self.clock() + self.spacing
            try:
                yield
            finally:
                self.places.release()
