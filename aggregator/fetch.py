"""URL and validators in, bytes or "not modified" out: the only door to httpx.

One client for a run; GET only; no cookies, no Referer, nothing that names the user. Each hop of a
redirect is a request of its own, with headers made for it alone. Connections go through ``wire``,
which dials checked addresses only, or through the proxy that is set and never around it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from http import HTTPStatus
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Self, cast

import h11
import httpx

from aggregator import config, http_rules, proxies, wire
from aggregator.access import PLAIN, Access
from aggregator.dataclass import dataclass
from aggregator.errors import Blocked, FetchError, Unreachable
from aggregator.exchange import Exchange, Headers, Quiet, Route, Silence
from aggregator.hops import NO_VALIDATORS, Hop, Question, Trail, first_hop, redirected
from aggregator.http_rules import REDIRECTS
from aggregator.model import Fetched, NotModified, Validators
from aggregator.pacing import Clock, Lane, Pacer, Sleep
from aggregator.proxies import Proxy, ProxyFailure
from aggregator.wire_words import failure

FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
IMAGE_ACCEPT = "image/webp, image/png, image/jpeg, image/gif;q=0.8"
PAGE_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.5, */*;q=0.3"
HUNG_PATIENCE = 20.0  # seconds without a byte at a host that let us wait in vain before in this run
FIRST_REFUSAL = 400  # the first status that is a refusal (RFC 9110 §15.5)
REFUSAL_BYTES = 2_000  # of a refusal's body that are looked at: what an error page says, it says at once
REFUSAL_SECONDS = 1.0  # it mostly comes with the head of the answer
GZIP = b"\x1f\x8b"
BROKEN = (OSError, h11.ProtocolError, Silence, ProxyFailure)
NO_TIMEOUTS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"))}  # one deadline rules instead

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes down every URL


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

    def __init__(self, pool: wire.Wire, exchange: Exchange, url: str) -> None:
        self.pool = pool
        self.exchange: Exchange | None = exchange
        self.proxy = exchange.route.proxy
        self.url = url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.exchange is None:
            return
        try:
            async for piece in self.exchange.pieces():
                yield piece
        except Quiet:
            raise
        except BROKEN as error:
            raise failure(error, self.url, self.proxy) from error

    async def aclose(self) -> None:
        """Done with this answer."""
        if self.exchange is not None:
            exchange, self.exchange = self.exchange, None
            self.pool.release(exchange)


class WireTransport(httpx.AsyncBaseTransport):
    """httpx over our own ``wire``."""

    def __init__(self, settings: config.Fetch, make_tls: Callable[[], ssl.SSLContext]) -> None:
        self.wire = wire.Wire(http_rules.networks(settings.allow_private), make_tls, settings.max_bytes)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; raises FetchError, and Quiet."""
        hop: Hop = request.extensions["hop"]
        proxy: Proxy | None = request.extensions["proxy"]
        route = Route(hop.origin, proxy)
        patience = request.extensions["patience"]
        try:
            exchange = await self.wire.ask(
                route, hop.url.raw_path, request.headers.raw, hop.text, patience=patience
            )
        except Quiet:
            raise
        except BROKEN as error:
            raise failure(error, hop.text, proxy) from error
        answer = exchange.answer
        body = Body(self.wire, exchange, hop.text)
        return httpx.Response(answer.status_code, headers=answer.headers.raw_items(), stream=body)

    async def aclose(self) -> None:
        """Close all connections."""
        await self.wire.close()


class Fetcher:
    """Fetches feeds and pages, politely and safely; an async context manager.

    ``clock`` (monotonic seconds) and ``sleep`` can be given by tests. Entering raises FetchError where
    the configured proxy or ``ca_file`` cannot be used.
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
        self.pacer = Pacer(settings, clock, sleep)
        agent = user_agent(version, settings.contact)
        self._feed_headers = common_headers(agent, FEED_ACCEPT)
        self._page_headers = common_headers(agent, PAGE_ACCEPT)
        self._image_headers = common_headers(agent, IMAGE_ACCEPT)
        self._client: httpx.AsyncClient

    async def __aenter__(self) -> Self:
        if self._settings.proxy:
            usable(self._settings.proxy, "fetch.proxy")
        ca_file = self._settings.ca_file
        early = trusted(ca_file) if ca_file else None  # else when it is first needed: it takes a while
        transport = WireTransport(self._settings, lambda: early or trusted())
        self._client = httpx.AsyncClient(
            transport=transport, cookies=NoCookies(), trust_env=False, follow_redirects=False
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def fetch(
        self, url: str, validators: Validators = NO_VALIDATORS, access: Access = PLAIN
    ) -> Fetched | NotModified:
        """Fetch a feed; with validators the server may say it is not modified. Raises FetchError only."""
        owner = first_hop(access.url).origin if access.headers else None
        return await self._guarded(url, Question(self._feed_headers, validators, access, owner))

    async def get_page(self, url: str, access: Access = PLAIN) -> Fetched:
        """Fetch a web page, or a robots.txt. Raises FetchError only."""
        owner = first_hop(access.url).origin if access.headers else None
        return await self._got(url, Question(self._page_headers, access=access, owner=owner, feed=False))

    async def get_image(self, url: str, access: Access = PLAIN) -> Fetched:
        """Fetch a picture. Raises FetchError only."""
        return await self._got(url, Question(self._image_headers, access=access, feed=False))

    async def _got(self, url: str, question: Question) -> Fetched:
        result = await self._guarded(url, question)
        if isinstance(result, NotModified):
            raise http_rules.unasked_304(result.url)
        return result

    async def _guarded(self, url: str, question: Question) -> Fetched | NotModified:
        try:
            return await self._chain(first_hop(url), question)
        except FetchError:
            raise
        except httpx.InvalidURL as error:  # httpx looks at a Location before we do
            message = "the redirect leads to no valid address"
            raise FetchError(message, http_rules.shown(url), kind="redirect") from error
        except httpx.HTTPError as error:
            message = "the answer cannot be understood"
            raise FetchError(message, http_rules.shown(url), kind="protocol") from error
        except Exception as error:  # one odd feed must never end the run for the others
            message = f"cannot be fetched ({type(error).__name__})"
            raise FetchError(message, http_rules.shown(url)) from error

    async def _chain(self, hop: Hop, question: Question) -> Fetched | NotModified:
        """Follow redirects to an end. The deadline counts requests only, not the waiting before them."""
        trail = Trail(hop.text, {hop.text})
        validators = question.validators
        owner = validators.url or hop.text
        while True:
            asked = validators if hop.text == owner else NO_VALIDATORS
            proxy = self._proxy(question.access, hop)
            async with self.pacer.turn(hop.text) as lane:
                answer = await self._timed(hop, trail, question.headers(hop, asked), proxy, lane)
            if answer.status not in REDIRECTS:
                check_answer(answer, hop, question, proxy)
                return conclude(answer, hop, trail, asked)
            hop = redirected(hop, answer.headers.get("location", ""))
            trail.step(hop, answer.status, self._settings.max_redirects)

    def _proxy(self, access: Access, hop: Hop) -> Proxy | None:
        """Through which proxy a request goes; raises FetchError where that proxy cannot be used."""
        if access.proxy:
            return None if access.proxy == proxies.DIRECT else usable(access.proxy, "the feed's proxy")
        if self._settings.proxy:
            return usable(self._settings.proxy, "fetch.proxy")
        if not self._settings.trust_env:
            return None
        try:
            return proxies.of_environment(*hop.origin)
        except ValueError as error:
            message = f"the proxy of the environment {error}"
            raise FetchError(message, hop.text, kind="proxy") from error

    async def _timed(
        self, hop: Hop, trail: Trail, headers: Headers, proxy: Proxy | None, lane: Lane
    ) -> Answer:
        """One request within what is left of the deadline; shorter where the host is known to hang."""
        started = self._clock()
        patience = HUNG_PATIENCE if lane.hung else None
        try:
            async with asyncio.timeout(self._settings.deadline - trail.spent):
                return await self._ask(hop, headers, proxy, patience)
        except TimeoutError as error:
            lane.hung = True
            seconds = error.seconds if isinstance(error, Quiet) else self._settings.deadline
            message = f"no answer within {seconds:g} s" + (f" (through the proxy {proxy})" if proxy else "")
            raise Unreachable(message, hop.text, kind="timeout") from error
        finally:
            trail.spent += self._clock() - started

    async def _ask(self, hop: Hop, headers: Headers, proxy: Proxy | None, patience: float | None) -> Answer:
        check_name(hop, proxy, self._allowed)
        extensions = {**NO_TIMEOUTS, "hop": hop, "proxy": proxy, "patience": patience}
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


NO_BODY = httpx.ByteStream(b"")


def user_agent(version: str, contact: str) -> str:
    """Our name and version, and how to reach whoever runs it if they wish that to be known."""
    contact = "".join(c for c in contact if c.isascii() and c.isprintable() and c not in "()")
    return f"hakawati/{version}" + (f" (+{contact})" if contact else "")


def common_headers(agent: str, accept: str) -> Headers:
    """The headers that every request of a kind shares."""
    values = {"User-Agent": agent, "Accept": accept, "Accept-Encoding": "gzip"}
    return [(name.encode(), value.encode("ascii")) for name, value in values.items()]


def check_name(hop: Hop, proxy: Proxy | None, allowed: tuple[http_rules.Network, ...]) -> None:
    """Raise Blocked for a host that must not be asked for, whatever it would resolve to."""
    if proxy is not None and (literal := http_rules.literal_address(hop.origin.host)):
        http_rules.check_address(literal, allowed, hop.text)  # names are the proxy's to resolve
    if proxy is None and hop.origin.host.rstrip(".").endswith(".onion"):  # RFC 7686 §2: no look-up of these
        raise Blocked("an .onion address needs Tor as its proxy", hop.text, kind="blocked")


def check_answer(answer: Answer, hop: Hop, question: Question, proxy: Proxy | None) -> None:
    """Raise FetchError for an answer that is not the publisher's: a proxy's refusal, a bot wall's page."""
    if answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED and proxy is not None:
        raise Unreachable(f"the proxy {proxy} {proxies.refused(answer.status)}", hop.text, kind="proxy")
    if answer.status != HTTPStatus.OK or not question.feed:
        return
    if http_rules.is_challenge(answer.status, answer.headers, answer.body):
        error = http_rules.bot_check(hop.text, answer.status)
        error.headers, error.beginning = answer.headers, answer.body[:REFUSAL_BYTES]
        raise error


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
        refusal = http_rules.refusal(answer.status, answer.headers, hop.text, now, answer.body)
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


def usable(text: str, where: str) -> Proxy:
    """A proxy by its address; raises FetchError, whose words hold no password."""
    try:
        return proxies.parse(text)
    except ValueError as error:
        raise FetchError(f"{where} {error}", http_rules.shown(text), kind="proxy") from error


def trusted(ca_file: str = "") -> ssl.SSLContext:
    """Whom we trust: the usual authorities or those of SSL_CERT_FILE, and ``ca_file``; raises FetchError."""
    context = httpx.create_ssl_context()
    if not ca_file:
        return context
    try:
        context.load_verify_locations(Path(ca_file).expanduser())
    except (OSError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or "it holds no certificate"
        message = f"fetch.ca_file cannot be used ({http_rules.printable(why, 80)})"
        raise FetchError(message, "", kind="tls") from error
    return context
