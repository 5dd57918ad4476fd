"""One HTTP/1.1 question and its answer, over a connection to an address that was checked first.

Beneath httpx in place of httpcore's pool, for two reasons: the address we dial is the very one we
checked (a name that resolves differently a moment later changes nothing), and httpcore's pool looks
at every connection for every request (encode/httpcore #1035), which costs most of a sync of many
hosts. h11 does the protocol; nothing here knows httpx.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, cast

import h11

from aggregator import http_rules
from aggregator.errors import FetchError, Unreachable

HEADER_LIMIT = 64 * 1024  # bytes of status line and headers, or of one chunk's header; real ones are < 8 kB
PENDING_LIMIT = 256 * 1024  # bytes that may wait unread before we stop taking more from the socket
IDLE_LIMIT = 256  # open connections kept for a next request; well under the usual 1024 files a process
ADDRESS_LIMIT = 4  # addresses of one name that are tried, so that a name with many cannot eat the deadline
NEXT_ADDRESS_AFTER = 8.0  # seconds a dead address may hold us up while there is another one
LOOKUP_THREADS = 16  # a name server that hangs blocks a thread for its whole time-out

Headers = list[tuple[bytes, bytes]]

CERTIFICATE_WORDS = {
    9: "TLS certificate not yet valid (is this machine's clock right?)",
    10: "TLS certificate expired (is this machine's clock right?)",
    18: "TLS certificate is signed by nobody but itself",
    19: "TLS certificate comes from an unknown authority",
    20: "TLS certificate comes from an unknown authority",
    62: "TLS certificate is for another host",
    64: "TLS certificate is for another host",
}
ERRNO_WORDS = {
    errno.ECONNREFUSED: "connection refused by host",
    errno.ECONNRESET: "connection reset by host",
    errno.EPIPE: "connection closed by host",
    errno.ECONNABORTED: "connection closed by host",
    errno.EHOSTUNREACH: "no route to host",
    errno.ENETUNREACH: "network unreachable",
    errno.EMFILE: "too many open files on this machine",
    errno.ENFILE: "too many open files on this machine",
}


class Origin(NamedTuple):
    """Scheme, host (ASCII, without brackets) and port."""

    scheme: str
    host: str
    port: int


class Silence(Exception):
    """The other end closed before it sent a byte of an answer."""


class Line(asyncio.Protocol):
    """A TCP or TLS connection: bytes are kept as they come, and no more than PENDING_LIMIT of them."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.parts: list[bytes] = []
        self.size = 0
        self.ended = False
        self.error: Exception | None = None
        self.waiter: asyncio.Future[None] | None = None

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

    async def read(self) -> bytes:
        """The next bytes, b"" at the end; raises OSError where the connection broke."""
        while not self.parts and not self.ended:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        if not self.parts and self.error is not None:
            raise self.error
        return self.take()

    def close(self) -> None:
        """Close at once."""
        self.transport.abort()


class Exchange:
    """A connection and, while one is under way, its current answer."""

    def __init__(self, line: Line, origin: Origin) -> None:
        self.line = line
        self.origin = origin
        self.http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEADER_LIMIT)
        self.used = False
        self.answer: h11.Response

    async def ask(self, target: bytes, headers: Headers) -> None:
        """Send a GET and read the head of the answer; raises Silence, OSError, h11.ProtocolError."""
        request = h11.Request(method=b"GET", target=target, headers=headers)
        data = (self.http.send(request) or b"") + (self.http.send(h11.EndOfMessage()) or b"")
        self.line.transport.write(data)
        while not isinstance(event := await self.event(), h11.Response):
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise h11.RemoteProtocolError("neither an answer nor a hint of one")
        self.answer = event

    async def event(self) -> object:
        """The next thing the server says."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.line.read()
            if not data and self.http.their_state is h11.SEND_RESPONSE and not self.http.trailing_data[0]:
                raise Silence
            self.http.receive_data(data)
        return event

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes, not inflated; raises OSError, h11.ProtocolError."""
        while isinstance(event := await self.event(), h11.Data):
            yield bytes(event.data)

    def finish(self) -> bool:
        """Make ready for a next request; False where the rest of the answer is not here yet."""
        try:
            while self.http.their_state is h11.SEND_BODY:
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


class Wire:
    """Opens, keeps and closes connections; dials only addresses that ``allowed`` or the rules permit."""

    def __init__(
        self, allowed: tuple[http_rules.Network, ...], make_tls: Callable[[], ssl.SSLContext]
    ) -> None:
        self.allowed = allowed
        self.make_tls = make_tls
        self.tls: ssl.SSLContext | None = None
        self.lookups: ThreadPoolExecutor | None = None
        self.idle: dict[Origin, list[Exchange]] = {}
        self.idle_count = 0

    async def ask(self, origin: Origin, target: bytes, headers: Headers, url: str) -> Exchange:
        """GET ``target``; the answer's head has come when this returns. Give it back to ``release``.

        Raises FetchError, and OSError, Silence or h11.ProtocolError for ``failure`` to put in words.
        """
        if (kept := self.kept(origin)) is not None:
            with contextlib.suppress(Silence, ConnectionError):
                return await self.attempt(kept, target, headers)
        # a kept connection may close just as we use it; that says nothing of the server (RFC 9112 §9.3.1)
        return await self.attempt(Exchange(await self.dial(origin, url), origin), target, headers)

    async def attempt(self, exchange: Exchange, target: bytes, headers: Headers) -> Exchange:
        """Ask on this connection, and leave it closed where that fails."""
        try:
            await exchange.ask(target, headers)
        except BaseException:
            exchange.line.close()
            raise
        return exchange

    def kept(self, origin: Origin) -> Exchange | None:
        """An open connection to ``origin``, if we hold one."""
        held = self.idle.get(origin, [])
        while held:
            exchange = held.pop()
            self.idle_count -= 1
            if exchange.is_fresh():
                return exchange
            exchange.line.close()
        self.idle.pop(origin, None)
        return None

    def release(self, exchange: Exchange) -> None:
        """Keep a connection for the next request, or close it where its answer was not read to the end."""
        if not exchange.finish():
            exchange.line.close()
            return
        self.idle.setdefault(exchange.origin, []).append(exchange)
        self.idle_count += 1
        if self.idle_count > IDLE_LIMIT:
            self.drop(next(iter(self.idle)))

    def drop(self, origin: Origin) -> None:
        """Close what we hold to ``origin``."""
        held = self.idle.pop(origin)
        self.idle_count -= len(held)
        for exchange in held:
            exchange.line.close()

    async def close(self) -> None:
        """Close everything."""
        for origin in list(self.idle):
            self.drop(origin)
        if self.lookups is not None:
            self.lookups.shutdown(wait=False, cancel_futures=True)
        await asyncio.sleep(0)  # the loop closes an aborted socket on its next round

    async def dial(self, origin: Origin, url: str) -> Line:
        """Connect to the first address that answers, having checked every one."""
        addresses = await self.resolve(origin)
        for address in addresses:
            http_rules.check_address(address, self.allowed, url)
        *others, last = addresses[:ADDRESS_LIMIT]
        for address in others:
            with contextlib.suppress(OSError):
                async with asyncio.timeout(NEXT_ADDRESS_AFTER):
                    return await self.connect(address, origin)
        return await self.connect(last, origin)

    async def resolve(self, origin: Origin) -> list[http_rules.Address]:
        """The addresses of a host, asked for once; raises socket.gaierror."""
        with contextlib.suppress(ValueError):
            return [ipaddress.ip_address(origin.host)]
        if self.lookups is None:
            self.lookups = ThreadPoolExecutor(LOOKUP_THREADS, "lookup")
        found = await asyncio.get_running_loop().run_in_executor(self.lookups, look_up, origin)
        return [ipaddress.ip_address(text) for text in dict.fromkeys(found)]

    async def connect(self, address: http_rules.Address, origin: Origin) -> Line:
        """Open a connection to ``address``; the certificate must be for the host's name."""
        secure = origin.scheme == "https"
        if secure and self.tls is None:
            self.tls = self.make_tls()
            self.tls.set_alpn_protocols(["http/1.1"])
        _, line = await asyncio.get_running_loop().create_connection(
            Line,
            str(address),
            origin.port,
            ssl=self.tls if secure else None,
            server_hostname=origin.host if secure else None,
        )
        return line


def look_up(origin: Origin) -> list[str]:
    """The addresses of a name, as text; runs in a thread because it blocks."""
    try:
        rows = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # no legal name
        raise socket.gaierror(socket.EAI_NONAME, "no legal name") from error
    return [str(row[4][0]) for row in rows]


def failure(error: Exception, url: str) -> FetchError:
    """An error of the wire in words for a person."""
    if isinstance(error, Silence):
        return Unreachable("the host closed the connection without an answer", url, kind="protocol")
    if isinstance(error, h11.LocalProtocolError):
        return FetchError("this address cannot be asked for over HTTP", url, kind="protocol")
    if isinstance(error, h11.RemoteProtocolError):
        if "without sending complete message body" in str(error) or "incomplete chunked read" in str(error):
            return Unreachable("the answer is cut short", url, kind="protocol")
        return FetchError("the answer breaks the rules of HTTP", url, kind="protocol")
    kind, message = os_words(error)
    return Unreachable(message, url, kind=kind)


def os_words(error: Exception) -> tuple[str, str]:
    """The back-off class and the sentence for an error of the operating system or of TLS."""
    if isinstance(error, socket.gaierror):
        later = error.errno == socket.EAI_AGAIN
        return "dns", "host name cannot be looked up just now" if later else "host name not found"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "tls", CERTIFICATE_WORDS.get(error.verify_code, "TLS certificate not accepted")
    if isinstance(error, ssl.SSLError):
        return "tls", "TLS handshake failed"
    if isinstance(error, TimeoutError):
        return "timeout", "no answer to the connection attempt"
    number = error.errno if isinstance(error, OSError) else None
    return "refused", ERRNO_WORDS.get(number or 0, "connection failed")
