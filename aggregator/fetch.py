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
from base64 import b64encode
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
from aggregator.http_rules import PERMANENT, REDIRECTS
from aggregator.model import Fetched, NotModified, Validators
from aggregator.pacing import Clock, Lane, Pacer, Sleep
from aggregator.proxies import Proxy, ProxyFailure

FEED_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
IMAGE_ACCEPT = "image/webp, image/png, image/jpeg, image/gif;q=0.8"
PAGE_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.5, */*;q=0.3"
PORTS = {"http": 80, "https": 443}
HUNG_PATIENCE = 20.0  # seconds without a byte at a host that let us wait in vain before in this run
FIRST_REFUSAL = 400  # the first status that is a refusal (RFC 9110 §15.5)
REFUSAL_BYTES = 2_000  # of a refusal's body that are looked at: what an error page says, it says at once
REFUSAL_SECONDS = 1.0  # it mostly comes with the head of the answer
GZIP = b"\x1f\x8b"
NO_VALIDATORS = Validators()
BROKEN = (OSError, h11.ProtocolError, wire.Silence, ProxyFailure)
NO_TIMEOUTS = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"))}  # one deadline rules instead

logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes down every URL


@dataclass(frozen=True, slots=True)
class Hop:
    """One address of a chain; ``text`` has no credentials, ``auth`` is the header made of them."""

    url: httpx.URL
    text: str
    origin: wire.Origin
    auth: bytes = b""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked along a chain of redirects; the headers of ``access`` go to ``owner`` only."""

    base: wire.Headers
    validators: Validators = NO_VALIDATORS
    access: Access = PLAIN
    owner: wire.Origin | None = None
    feed: bool = True

    def headers(self, hop: Hop, validators: Validators) -> wire.Headers:
        """All headers of one request."""
        own = list(self.access.headers) if hop.origin == self.owner else []
        names = {name.lower() for name, _ in own}
        headers = [
            (b"Host", hop.url.netloc),
            *(row for row in self.base if row[0].lower() not in names),
            *own,
        ]
        if validators is not NO_VALIDATORS:
            headers += http_rules.validator_headers(validators)
        if hop.auth and b"authorization" not in names:
            headers.append((b"Authorization", hop.auth))
        return headers


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
        self.proxy = exchange.route.proxy
        self.url = url

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self.exchange is None:
            return
        try:
            async for piece in self.exchange.pieces():
                yield piece
        except wire.Quiet:
            raise
        except BROKEN as error:
            raise wire.failure(error, self.url, self.proxy) from error

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
        """Send one request; raises FetchError, and wire.Quiet."""
        hop: Hop = request.extensions["hop"]
        proxy: Proxy | None = request.extensions["proxy"]
        route = wire.Route(hop.origin, proxy)
        patience = request.extensions["patience"]
        try:
            exchange = await self.wire.ask(
                route, hop.url.raw_path, request.headers.raw, hop.text, patience=patience
            )
        except wire.Quiet:
            raise
        except BROKEN as error:
            raise wire.failure(error, hop.text, proxy) from error
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
            hop = redirected(hop, answer)
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
        self, hop: Hop, trail: Trail, headers: wire.Headers, proxy: Proxy | None, lane: Lane
    ) -> Answer:
        """One request within what is left of the deadline; shorter where the host is known to hang."""
        started = self._clock()
        patience = HUNG_PATIENCE if lane.hung else None
        try:
            async with asyncio.timeout(self._settings.deadline - trail.spent):
                return await self._ask(hop, headers, proxy, patience)
        except TimeoutError as error:
            lane.hung = True
            seconds = error.seconds if isinstance(error, wire.Quiet) else self._settings.deadline
            message = f"no answer within {seconds:g} s" + (f" (through the proxy {proxy})" if proxy else "")
            raise Unreachable(message, hop.text, kind="timeout") from error
        finally:
            trail.spent += self._clock() - started

    async def _ask(
        self, hop: Hop, headers: wire.Headers, proxy: Proxy | None, patience: float | None
    ) -> Answer:
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


def common_headers(agent: str, accept: str) -> wire.Headers:
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
