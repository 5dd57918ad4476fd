"""Connections, each to an address that was checked first, or through a proxy.

Beneath httpx in place of httpcore's pool, for two reasons: the address we dial is the very one we
checked (a name that resolves differently a moment later changes nothing), and httpcore's pool looks
at every connection for every request (encode/httpcore #1035), which costs most of a sync of many
hosts. Nothing here knows httpx.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable

from aggregator import http_rules, proxies
from aggregator.exchange import HEADER_LIMIT, Exchange, Headers, Line, Origin, Quiet, Route, Silence, patient
from aggregator.proxies import Proxy, ProxyFailure
from aggregator.wire_words import NOT_HERE, os_words

IDLE_LIMIT = 256  # open connections kept for a next request; well under the usual 1024 files a process
ADDRESS_LIMIT = 4  # addresses of one name that are tried, so that a name with many cannot eat the deadline
NEXT_ADDRESS_AFTER = 8.0  # seconds a dead address may hold us up while there is another one
LOOKUPS = 16  # at a time: a name server that hangs blocks a thread for its whole time-out
FRAMING = 2  # times the byte limit may come off the wire: chunks of a byte each have more frame than content


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
