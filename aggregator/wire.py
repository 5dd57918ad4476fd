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
import threading
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple, cast

import h11

from aggregator import http_rules, proxies
from aggregator.errors import FetchError, Unreachable
from aggregator.proxies import Proxy, ProxyFailure

HEADER_LIMIT = 64 * 1024  # bytes of status line and headers, or of one chunk's header; real ones are < 8 kB
PENDING_LIMIT = 256 * 1024  # bytes that may wait unread before we stop taking more from the socket
IDLE_LIMIT = 256  # open connections kept for a next request; well under the usual 1024 files a process
ADDRESS_LIMIT = 4  # addresses of one name that are tried, so that a name with many cannot eat the deadline
NEXT_ADDRESS_AFTER = 8.0  # seconds a dead address may hold us up while there is another one
LOOKUPS = 16  # at a time: a name server that hangs blocks a thread for its whole time-out
HINTS = 20  # answers of the 1xx kind before the real one; real servers send one or two
FRAMING = 2  # times the byte limit may come off the wire: chunks of a byte each have more frame than content
EVENTS = 200_000  # of one answer: a body in chunks of a byte costs 20 seconds a megabyte
LEFT = 64  # of an answer that are read on for the connection's sake; a new one is cheaper than more of it
BREATH = 256  # events of one answer, after which the others have their turn
FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # documentation only (RFC 5737, 3849)
NOT_HERE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
OFFLINE = "this machine has no network"

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


class Wire:
    """Opens, keeps and closes connections; dials only addresses that ``allowed`` or the rules permit."""

    def __init__(
        self,
        allowed: tuple[http_rules.Network, ...],
        make_tls: Callable[[], ssl.SSLContext],
        max_bytes: int,
    ) -> None:
        self.allowed = allowed
        self.make_tls = make_tls
        self.budget = FRAMING * max_bytes + HEADER_LIMIT
        self.tls: ssl.SSLContext | None = None
        self.lookups = asyncio.Semaphore(LOOKUPS)
        self.idle: dict[Route, list[Exchange]] = {}
        self.idle_count = 0

    async def ask(
        self, route: Route, target: bytes, headers: Headers, url: str, patience: float | None = None
    ) -> Exchange:
        """GET ``target``; the answer's head has come when this returns. Give it back to ``release``.

        ``patience``: seconds without a byte after which we give up. Raises FetchError, and OSError, Silence,
        ProxyFailure or h11.ProtocolError for ``failure`` to put in words.
        """
        if route.proxy is not None and route.forwards:
            target = b"http://" + route.authority + target
            headers = [*headers, *route.proxy.headers]
        if (kept := self.kept(route)) is not None:
            with contextlib.suppress(Silence, ConnectionError):
                return await self.attempt(kept, target, headers, patience)
        # a kept connection may close just as we use it; that says nothing of the server (RFC 9112 §9.3.1)
        async with patient(patience):
            line = await self.dial(route, url)
        return await self.attempt(Exchange(line, route, self.budget), target, headers, patience)

    async def attempt(
        self, exchange: Exchange, target: bytes, headers: Headers, patience: float | None
    ) -> Exchange:
        """Ask on this connection, and leave it closed where that fails."""
        exchange.line.patience = patience
        try:
            await exchange.ask(target, headers)
        except BaseException:
            exchange.line.close()
            raise
        return exchange

    def kept(self, route: Route) -> Exchange | None:
        """An open connection on ``route``, if we hold one."""
        held = self.idle.get(route, [])
        while held:
            exchange = held.pop()
            self.idle_count -= 1
            if exchange.is_fresh():
                return exchange
            exchange.line.close()
        self.idle.pop(route, None)
        return None

    def release(self, exchange: Exchange) -> None:
        """Keep a connection for the next request, or close it where its answer was not read to the end."""
        if not exchange.finish():
            exchange.line.close()
            return
        self.idle.setdefault(exchange.route, []).append(exchange)
        self.idle_count += 1
        if self.idle_count > IDLE_LIMIT:
            self.drop(next(iter(self.idle)))

    def drop(self, route: Route) -> None:
        """Close what we hold on ``route``."""
        held = self.idle.pop(route)
        self.idle_count -= len(held)
        for exchange in held:
            exchange.line.close()

    async def close(self) -> None:
        """Close everything."""
        for route in list(self.idle):
            self.drop(route)
        await asyncio.sleep(0)  # the loop closes an aborted socket on its next round

    async def dial(self, route: Route, url: str) -> Line:
        """Connect to the first address that answers, having checked every one; or through the proxy."""
        if route.proxy is not None:
            return await self.through(route.proxy, route)
        origin = route.origin
        addresses = await self.resolve(origin)
        for address in addresses:
            http_rules.check_address(address, self.allowed, url)
        return await self.first(addresses, origin)

    async def first(self, addresses: list[http_rules.Address], origin: Origin) -> Line:
        """A connection to the first address that takes one; raises what the first of them said."""
        *others, last = addresses[:ADDRESS_LIMIT]
        said: OSError | None = None
        for address in others:
            try:
                async with asyncio.timeout(NEXT_ADDRESS_AFTER):
                    return await self.connect(address, origin)
            except OSError as error:
                said = said or error
        try:
            return await self.connect(last, origin)
        except OSError as error:
            if said is not None and error.errno in NOT_HERE:  # we have no IPv6: no news of the host
                raise said from error
            raise

    async def through(self, proxy: Proxy, route: Route) -> Line:
        """Connect through the proxy, whose own address may be private: the user named it. Never around it."""
        there = Origin("https" if proxy.scheme == "https" else "http", proxy.host, proxy.port)
        try:
            line = await self.first(await self.resolve(there), there)
        except OSError as error:
            raise ProxyFailure(f"cannot be reached ({os_words(error)[1]})") from error
        try:
            if not route.forwards:
                await self.open_way(line, proxy, route.origin)
            return await self.secured(line, route.origin) if route.origin.scheme == "https" else line
        except BaseException:
            line.close()
            raise

    async def open_way(self, line: Line, proxy: Proxy, origin: Origin) -> None:
        """The first words to the proxy."""
        try:
            await proxies.open_way(line, proxy, origin.host, origin.port)
        except OSError as error:
            if isinstance(error, Quiet):
                raise
            raise ProxyFailure(f"breaks off ({os_words(error)[1]})") from error

    async def secured(self, line: Line, origin: Origin) -> Line:
        """TLS with the origin over a connection that stands."""
        inner = Line()
        transport = await asyncio.get_running_loop().start_tls(
            line.transport, inner, self.context(), server_hostname=origin.host
        )
        if transport is None:
            raise ConnectionResetError(errno.ECONNRESET, "closed while TLS began")
        inner.connection_made(transport)
        return inner

    async def resolve(self, origin: Origin) -> list[http_rules.Address]:
        """The addresses of a host, asked for once; raises socket.gaierror."""
        with contextlib.suppress(ValueError):
            return [ipaddress.ip_address(origin.host)]
        async with self.lookups:
            found = await aside(lambda: look_up(origin))
        return [ipaddress.ip_address(text) for text in dict.fromkeys(found)]

    async def connect(self, address: http_rules.Address, origin: Origin) -> Line:
        """Open a connection to ``address``; the certificate must be for the host's name."""
        secure = origin.scheme == "https"
        _, line = await asyncio.get_running_loop().create_connection(
            Line,
            str(address),
            origin.port,
            ssl=self.context() if secure else None,
            server_hostname=origin.host if secure else None,
        )
        return line

    def context(self) -> ssl.SSLContext:
        """What we trust; made when it is first needed, for that takes a while."""
        if self.tls is None:
            self.tls = self.make_tls()
            self.tls.set_alpn_protocols(["http/1.1"])
        return self.tls


async def aside(work: Callable[[], list[str]]) -> list[str]:
    """The result of blocking work, in a thread that keeps nobody from ending, as those of a pool would."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: Exception | None) -> None:
        if result.done():
            return  # nobody waits any more
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(found)

    def run() -> None:
        try:
            found, error = work(), None
        except Exception as raised:
            found, error = [], raised
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=run, name="lookup", daemon=True).start()
    return await result


def look_up(origin: Origin) -> list[str]:
    """The addresses of a name, as text; runs in a thread because it blocks."""
    try:
        rows = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # no legal name
        raise socket.gaierror(socket.EAI_NONAME, "no legal name") from error
    return [str(row[4][0]) for row in rows]


def has_route() -> bool:
    """Whether this machine knows any way out. Asks the kernel only: to connect a UDP socket sends nothing."""
    for family, address in FAR:
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return True
    return False


def failure(error: Exception, url: str, proxy: Proxy | None = None) -> FetchError:
    """An error of the wire in words for a person; they name the proxy that was in between."""
    if isinstance(error, ProxyFailure):
        return Unreachable(f"the proxy {proxy} {error}", url, kind=error.kind)
    told = plain_failure(error, url)
    if proxy is not None:
        told.args = (f"{told} (through the proxy {proxy})",)
    elif is_ours(error) and not has_route():
        told = Unreachable(OFFLINE, url, kind=told.kind)
        told.offline = True
    return told


def is_ours(error: Exception) -> bool:
    """Whether it may be that this machine has no network."""
    return isinstance(error, socket.gaierror) or (isinstance(error, OSError) and error.errno in NOT_HERE)


def plain_failure(error: Exception, url: str) -> FetchError:
    """The same without a proxy."""
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
