"""A connection, and one HTTP/1.1 question with its answer over it. h11 does the protocol.

Whatever the server does has an end: heads, hints, pieces and the bytes around them are counted.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple, cast

import h11

from aggregator.proxies import Proxy

HEADER_LIMIT = 64 * 1024  # bytes of status line and headers, or of one chunk's header; real ones are < 8 kB
PENDING_LIMIT = 256 * 1024  # bytes that may wait unread before we stop taking more from the socket
HINTS = 20  # answers of the 1xx kind before the real one; real servers send one or two
EVENTS = 200_000  # of one answer: a body in chunks of a byte costs 20 seconds a megabyte
LEFT = 64  # of an answer that are read on for the connection's sake; a new one is cheaper than more of it
BREATH = 256  # events of one answer, after which the others have their turn

Headers = list[tuple[bytes, bytes]]


class Origin(NamedTuple):
    """Scheme, host (ASCII, without brackets) and port."""

    scheme: str
    host: str
    port: int


class Route(NamedTuple):
    """An origin and the proxy before it, if any: what a connection is good for."""

    origin: Origin
    proxy: Proxy | None = None

    @property
    def forwards(self) -> bool:
        """Whether the proxy reads our requests itself, as HTTP proxies do those in the clear."""
        return self.proxy is not None and not self.proxy.is_socks and self.origin.scheme == "http"

    @property
    def authority(self) -> bytes:
        """Host and port as an address has them."""
        host = f"[{self.origin.host}]" if ":" in self.origin.host else self.origin.host
        port = "" if self.origin.port == 80 else f":{self.origin.port}"
        return f"{host}{port}".encode("ascii")


class Silence(Exception):
    """The other end closed before it sent a byte of an answer."""


class Quiet(TimeoutError):
    """Nothing came for so many ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"quiet for {seconds:g} s")
        self.seconds = seconds


class Line(asyncio.Protocol):
    """A TCP or TLS connection: bytes are kept as they come, and no more than PENDING_LIMIT of them."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.parts: list[bytes] = []
        self.size = 0
        self.ended = False
        self.error: Exception | None = None
        self.waiter: asyncio.Future[None] | None = None
        self.patience: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Keep what came, and stop the socket when too much waits."""
        self.parts.append(data)
        self.size += len(data)
        if self.size > PENDING_LIMIT:
            self.transport.pause_reading()
        self.wake()

    def eof_received(self) -> None:
        """Nothing more will come."""
        self.ended = True
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, in order or not."""
        self.ended = True
        self.error = exc
        self.wake()

    def wake(self) -> None:
        """Let the reader go on."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def take(self) -> bytes:
        """What is here now, without waiting."""
        data = self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)
        if self.size > PENDING_LIMIT and not self.ended:
            self.transport.resume_reading()
        self.parts, self.size = [], 0
        return data

    def write(self, data: bytes) -> None:
        """Send."""
        self.transport.write(data)

    async def read(self) -> bytes:
        """The next bytes, b"" at the end; raises OSError where it broke, Quiet after ``patience``."""
        while not self.parts and not self.ended:
            self.waiter = asyncio.get_running_loop().create_future()
            if self.patience is None:
                await self.waiter
                continue
            async with patient(self.patience):
                await self.waiter
        if not self.parts and self.error is not None:
            raise self.error
        return self.take()

    def close(self) -> None:
        """Close at once."""
        self.transport.abort()


@contextlib.asynccontextmanager
async def patient(seconds: float | None) -> AsyncIterator[None]:
    """No longer than that; raises Quiet. None: as long as it takes."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired() or seconds is None:
            raise
        raise Quiet(seconds) from error


class Exchange:
    """A connection and, while one is under way, its current answer; ``budget`` bytes of it are taken."""

    def __init__(self, line: Line, route: Route, budget: int) -> None:
        self.line = line
        self.route = route
        self.budget = budget
        self.taken = 0
        self.events = 0
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_LIMIT)
        self.used = False
        self.answer: h11.Response

    async def ask(self, target: bytes, headers: Headers) -> None:
        """Send a GET and read the head of the answer; raises Silence, OSError, h11.ProtocolError."""
        request = h11.Request(method=b"GET", target=target, headers=headers)
        data = (self.http.send(request) or b"") + (self.http.send(h11.EndOfMessage()) or b"")
        self.line.write(data)
        self.taken = self.events = 0
        for _ in range(HINTS):
            if isinstance(event := await self.event(), h11.Response):
                self.answer = event
                return
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise h11.RemoteProtocolError("neither an answer nor a hint of one")
        raise h11.RemoteProtocolError("hints without end")

    async def event(self) -> object:
        """The next thing the server says."""
        self.events += 1
        if self.events % BREATH == 0:
            await asyncio.sleep(0)
        if self.events > EVENTS:
            raise h11.RemoteProtocolError("more frame than content")
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.line.read()
            if not data and self.http.their_state is h11.SEND_RESPONSE and not self.http.trailing_data[0]:
                raise Silence
            self.taken += len(data)
            if self.taken > self.budget:
                raise h11.RemoteProtocolError("more frame than content")
            self.http.receive_data(data)
        return event

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, not inflated; raises OSError, h11.ProtocolError."""
        while isinstance(event := await self.event(), h11.Data):
            yield bytes(event.data)

    def finish(self) -> bool:
        """Make ready for a next request; False where the rest of the answer is not here yet."""
        try:
            for _ in range(LEFT):
                if self.http.their_state is not h11.SEND_BODY:
                    break
                if self.http.next_event() is h11.NEED_DATA:
                    if not self.line.parts:
                        return False
                    self.http.receive_data(self.line.take())
            if self.http.states != {h11.CLIENT: h11.DONE, h11.SERVER: h11.DONE} or self.http.trailing_data[0]:
                return False
            self.http.start_next_cycle()
        except h11.ProtocolError:
            return False
        self.used = True
        return self.is_fresh()

    def is_fresh(self) -> bool:
        """Whether it can carry a request: still open, and nobody spoke unasked."""
        return not self.line.ended and not self.line.parts
