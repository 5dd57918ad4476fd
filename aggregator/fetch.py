"""URL and validators in, bytes or "not modified" out: the only door to httpx.

One client for a run; GET only; no cookies, no Referer, nothing that names the user. Each hop of a
redirect is a request of its own, with headers made for it alone. Connections go through ``wire``,
which dials checked addresses only, or through the configured proxy and never around it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import zlib
from base64 import b64encode
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from functools import partial
from http.cookiejar import CookieJar
from typing import Self, cast

import h11
import httpx

from aggregator import config, http_rules, wire
from aggregator.errors import Blocked, FetchError, Unreachable
from aggregator.http_rules import PERMANENT, REDIRECTS
from aggregator.model import Fetched, NotModified, Validators
from aggregator.pacing import Clock, Pacer, Sleep

FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
PAGE_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.5, */*;q=0.3"
PORTS = {"http": 80, "https": 443}
FIRST_REFUSAL = 400  # the first status that is a refusal (RFC 9110 §15.5)
REFUSAL_BYTES = 2_000  # of a refusal's body that are looked at: what an error page says, it says at once
REFUSAL_SECONDS = 1.0  # it mostly comes with the head of the answer
GZIP = b"\x1f\x8b"
NO_VALIDATORS = Validators()
NO_TIMEOUTS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"))}  # one deadline rules instead

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes down every URL


@dataclass(frozen=True, slots=True)
class Hop:
    """One address of a chain; ``text`` has no credentials, ``auth`` is the header made of them."""

    url: httpx.URL
    text: str
    origin: wire.Origin
    auth: bytes = b""


@dataclass(slots=True)
class Trail:
    """What a chain of redirects has come to so far; times in seconds."""

    asked: str
    seen: set[str]
    spent: float = 0.0
    permanent: bool = True

    def step(self, hop: Hop, status: int, limit: int) -> None:
        """Go on to ``hop``; raises FetchError for a loop or too long a chain."""
        if hop.text in self.seen:
            raise FetchError("the redirects go round in a loop", self.asked, kind="redirect", status=status)
        if len(self.seen) > limit:
            raise FetchError(f"more than {limit} redirects", self.asked, kind="redirect", status=status)
        self.seen.add(hop.text)
        self.permanent = self.permanent and status in PERMANENT

    def permanent_url(self, hop: Hop) -> str | None:
        """Where the feed lives for good, if the servers said so on the whole way."""
        return hop.text if self.permanent and len(self.seen) > 1 else None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read; header names are lower case, values latin-1 so that no byte is lost."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    wire_bytes: int = 0


class NoCookies(CookieJar):
    """A jar without a hole at the top: cookies could tell one reader from another."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Keep nothing."""


class Body(httpx.AsyncByteStream):
    """The body of an answer off the wire; closing it gives the connection back."""

    def __init__(self, pool: wire.Wire, exchange: wire.Exchange, url: str) -> None:
        self.pool = pool
        self.exchange: wire.Exchange | None = exchange
        self.url = url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.exchange is None:
            return
        try:
            async for piece in self.exchange.pieces():
                yield piece
        except (OSError, h11.ProtocolError, wire.Silence) as error:
            raise wire.failure(error, self.url) from error

    async def aclose(self) -> None:
        """Done with this answer."""
        if self.exchange is not None:
            exchange, self.exchange = self.exchange, None
            self.pool.release(exchange)


class WireTransport(httpx.AsyncBaseTransport):
    """httpx over our own ``wire``."""

    def __init__(self, settings: config.Fetch) -> None:
        self.wire = wire.Wire(http_rules.networks(settings.allow_private), httpx.create_ssl_context)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises FetchError."""
        hop: Hop = request.extensions["hop"]
        try:
            exchange = await self.wire.ask(hop.origin, hop.url.raw_path, request.headers.raw, hop.text)
        except (OSError, h11.ProtocolError, wire.Silence) as error:
            raise wire.failure(error, hop.text) from error
        answer = exchange.answer
        body = Body(self.wire, exchange, hop.text)
        return httpx.Response(answer.status_code, headers=answer.headers.raw_items(), stream=body)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.wire.close()


class Fetcher:
    """Fetches feeds and pages, politely and safely; an async context manager.

    ``clock`` (monotonic seconds) and ``sleep`` can be given by tests. Entering raises FetchError where
    the configured proxy cannot be used.
    """

    def __init__(
        self,
        settings: config.Fetch,
        version: str,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._allowed = http_rules.networks(settings.allow_private)
        self._pacer = Pacer(settings, clock, sleep)
        agent = user_agent(version, settings.contact)
        self._feed_headers = common_headers(agent, FEED_ACCEPT)
        self._page_headers = common_headers(agent, PAGE_ACCEPT)
        self._client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        transport = proxied(self._settings) if self._settings.proxy else WireTransport(self._settings)
        self._client = httpx.AsyncClient(
            transport=transport, cookies=NoCookies(), trust_env=False, follow_redirects=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def fetch(self, url: str, validators: Validators = NO_VALIDATORS) -> Fetched | NotModified:
        """Fetch a feed; with validators the server may say it is not modified. Raises FetchError only."""
        return await self._guarded(url, validators, self._feed_headers)

    async def get_page(self, url: str) -> Fetched:
        """Fetch a web page, for feed discovery. Raises FetchError only."""
        result = await self._guarded(url, NO_VALIDATORS, self._page_headers)
        if isinstance(result, NotModified):
            raise http_rules.unasked_304(result.url)
        return result

    async def _guarded(self, url: str, validators: Validators, base: wire.Headers) -> Fetched | NotModified:
        try:
            return await self._chain(first_hop(url), validators, base)
        except FetchError:
            raise
        except httpx.InvalidURL as error:  # httpx looks at a Location before we do
            message = "the redirect leads to no valid address"
            raise FetchError(message, http_rules.shown(url), kind="redirect") from error
        except httpx.HTTPError as error:
            raise self._from_httpx(error, http_rules.shown(url)) from error
        except Exception as error:  # one odd feed must never end the run for the others
            message = f"cannot be fetched ({type(error).__name__})"
            raise FetchError(message, http_rules.shown(url)) from error

    async def _chain(self, hop: Hop, validators: Validators, base: wire.Headers) -> Fetched | NotModified:
        """Follow redirects to an end. The deadline counts requests only, not the waiting before them."""
        trail = Trail(hop.text, {hop.text})
        owner = validators.url or hop.text
        while True:
            asked = validators if hop.text == owner else NO_VALIDATORS
            async with self._pacer.turn(hop.origin):
                answer = await self._timed(hop, trail, hop_headers(base, hop, asked))
            if answer.status not in REDIRECTS:
                return conclude(answer, hop, trail, asked)
            hop = redirected(hop, answer)
            trail.step(hop, answer.status, self._settings.max_redirects)

    async def _timed(self, hop: Hop, trail: Trail, headers: wire.Headers) -> Answer:
        """One request within what is left of the deadline."""
        started = self._clock()
        try:
            async with asyncio.timeout(self._settings.deadline - trail.spent):
                return await self._ask(hop, headers)
        except TimeoutError as error:
            message = f"no answer within {self._settings.deadline:g} s"
            raise Unreachable(message, hop.text, kind="timeout") from error
        finally:
            trail.spent += self._clock() - started

    async def _ask(self, hop: Hop, headers: wire.Headers) -> Answer:
        if self._settings.proxy and (literal := http_rules.literal_address(hop.origin.host)):
            http_rules.check_address(literal, self._allowed, hop.text)  # names are the proxy's to resolve
        extensions = {**NO_TIMEOUTS, "hop": hop}
        request = httpx.Request("GET", hop.url, headers=headers, stream=NO_BODY, extensions=extensions)
        response = await self._client.send(request, stream=True)
        try:
            named = {k.lower().decode("latin-1"): v.decode("latin-1") for k, v in response.headers.raw}
            if response.status_code != 200:
                told = response.status_code >= FIRST_REFUSAL
                return Answer(response.status_code, named, await beginning(response) if told else b"")
            return await read(response, named, self._settings.max_bytes, hop.text)
        finally:
            await response.aclose()

    def _from_httpx(self, error: httpx.HTTPError, url: str) -> FetchError:
        """httpx's own errors: a redirect it cannot read, or (its own transport) the proxy's."""
        if isinstance(error, httpx.ProxyError | httpx.ConnectError) and self._settings.proxy:
            name = http_rules.shown(self._settings.proxy)
            words = http_rules.printable(str(error), 80)
            return Unreachable(f"the proxy {name} does not let us through ({words})", url, kind="proxy")
        if isinstance(error, httpx.RemoteProtocolError | httpx.LocalProtocolError):
            return FetchError("the answer breaks the rules of HTTP", url, kind="protocol")
        return Unreachable("the connection broke off", url, kind="protocol")


NO_BODY = httpx.ByteStream(b"")


def user_agent(version: str, contact: str) -> str:
    """Our name and version, and how to reach whoever runs it if they wish that to be known."""
    contact = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()")
    return f"hakawati/{version}" + (f" (+{contact})" if contact else "")


def common_headers(agent: str, accept: str) -> wire.Headers:
    """The headers that every request of a kind shares."""
    values = {"User-Agent": agent, "Accept": accept, "Accept-Encoding": "gzip"}
    return [(name.encode(), value.encode("ascii")) for name, value in values.items()]


def hop_headers(base: wire.Headers, hop: Hop, validators: Validators) -> wire.Headers:
    """All headers of one request."""
    headers = [(b"Host", hop.url.netloc), *base]
    if validators is not NO_VALIDATORS:
        headers += http_rules.validator_headers(validators)
    return [*headers, (b"Authorization", hop.auth)] if hop.auth else headers


def first_hop(url: str) -> Hop:
    """A configured URL, checked; raises Blocked or FetchError."""
    try:
        parsed = httpx.URL(url)
        auth = basic(parsed)
        if parsed.fragment or parsed.userinfo:
            parsed = parsed.copy_with(userinfo=b"", fragment=None)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise FetchError("this is no valid address", http_rules.shown(url), kind="blocked") from error
    if parsed.scheme not in PORTS:
        raise Blocked("only http and https addresses are fetched", http_rules.shown(url), kind="blocked")
    host = parsed.raw_host.decode("ascii")
    if not host:
        raise FetchError("the address names no host", http_rules.shown(url), kind="blocked")
    origin = wire.Origin(parsed.scheme, host, parsed.port or PORTS[parsed.scheme])
    return Hop(parsed, str(parsed), origin, auth)


def basic(url: httpx.URL) -> bytes:
    """The Authorization header for the user name and password of a URL, b"" where it has none."""
    if not url.userinfo:
        return b""
    return b"Basic " + b64encode(f"{url.username}:{url.password}".encode())


def redirected(hop: Hop, answer: Answer) -> Hop:
    """The next hop; a password goes on only to the origin it was given for."""
    location = answer.headers.get("location", "").encode("latin-1")
    target = first_hop(http_rules.next_url(hop.text, decoded(location)))
    if target.origin == hop.origin:
        target = Hop(target.url, target.text, target.origin, hop.auth)
    return target


def decoded(value: bytes) -> str:
    """A Location as text: many sites write raw UTF-8 there, which RFC 9110 does not foresee."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def read(response: httpx.Response, named: dict[str, str], limit: int, url: str) -> Answer:
    """The body of a 200, bounded while it comes."""
    if "transfer-encoding" in named and "content-length" in named:
        raise FetchError("the answer gives two lengths", url, kind="protocol")  # RFC 9112 §6.1
    inflater = http_rules.Inflater(named.get("content-encoding", ""), limit, url)
    inflater.expect(named.get("content-length"))
    async for piece in response.aiter_raw():
        inflater.feed(piece)
    return Answer(200, named, inflater.finish(), inflater.wire_bytes)


async def beginning(response: httpx.Response) -> bytes:
    """What comes first of a refusal's body, b"" where nothing does soon; to be shown, not to be relied on."""
    raw = cast("AsyncGenerator[bytes, None]", response.aiter_raw())
    with contextlib.suppress(FetchError, httpx.HTTPError, TimeoutError, zlib.error):
        async with asyncio.timeout(REFUSAL_SECONDS), contextlib.aclosing(raw) as pieces:
            async for piece in pieces:
                if not piece.startswith(GZIP):
                    return piece[:REFUSAL_BYTES]
                return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(piece, REFUSAL_BYTES)
    return b""


def conclude(answer: Answer, hop: Hop, trail: Trail, asked: Validators) -> Fetched | NotModified:
    """The result of an answer that is no redirect; raises FetchError."""
    now = int(time.time())
    if answer.status == 304 and asked == NO_VALIDATORS:
        raise http_rules.unasked_304(hop.text)
    if answer.status not in (200, 304):
        refusal = http_rules.refusal(answer.status, answer.headers, hop.text, now)
        refusal.headers, refusal.beginning = answer.headers, answer.body
        raise refusal
    owner = hop.text if len(trail.seen) > 1 else ""
    known = NO_VALIDATORS if answer.status == 200 else asked
    validators = http_rules.answered_validators(answer.headers, known, owner)
    moved, elapsed_ms = trail.permanent_url(hop), round(trail.spent * 1000)
    fresh = http_rules.freshness(answer.headers, now)
    if answer.status == 304:
        return NotModified(hop.text, validators, moved, fresh, elapsed_ms)
    return Fetched(
        url=hop.text,
        body=answer.body,
        content_type=http_rules.printable(answer.headers.get("content-type", "")),
        validators=validators,
        permanent_url=moved,
        freshness=fresh,
        wire_bytes=answer.wire_bytes,
        elapsed_ms=elapsed_ms,
    )


def proxied(settings: config.Fetch) -> httpx.AsyncBaseTransport:
    """httpx's own transport through the configured proxy; raises FetchError where that cannot be."""
    name = http_rules.shown(settings.proxy)
    limits = httpx.Limits(
        max_connections=settings.concurrency, max_keepalive_connections=settings.concurrency
    )
    make = partial(httpx.AsyncHTTPTransport, verify=httpx.create_ssl_context(), trust_env=False)
    try:
        return make(limits=limits, proxy=httpx.Proxy(settings.proxy))
    except ImportError as error:
        message = f"the proxy {name} needs SOCKS support; install it with: pip install socksio"
        raise FetchError(message, name, kind="proxy") from error
    except (ValueError, httpx.InvalidURL) as error:
        message = f"fetch.proxy is no usable address ({name}); write http://host:port or socks5://host:port"
        raise FetchError(message, name, kind="proxy") from error
