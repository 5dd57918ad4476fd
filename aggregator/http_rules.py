"""What HTTP's rules come to for us: pure functions of headers, addresses and a clock.

Times are UTC seconds, spans are seconds, sizes are bytes. Sources: RFC 9110 (semantics), RFC 9111
(caching), RFC 1952 (gzip), the IANA special-purpose address registries through ``ipaddress``.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import zlib
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

from aggregator.errors import Blocked, FetchError, Gone, RateLimited, Refused, TooLarge, Unreachable
from aggregator.model import Validators

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DAY = 86_400
RETRY_CAP = 7 * DAY  # a longer wait is a mistake or a trap; a week later we may look again
DELTA_CAP = 2**31  # RFC 9111 §1.2.2: greater numbers of seconds count as this
CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
VALIDATOR_LIMIT = 2_000  # bytes of an ETag or date we send back; real ones are under 200
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")  # all that is allotted as global unicast
LOOPBACK = ipaddress.IPv4Address("127.0.0.1")
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Headers by which the large bot walls name their own refusals; the first two stand in nothing else
CHALLENGE_HEADERS = ("cf-mitigated", "x-amzn-waf-action", "x-datadome")
CHALLENGE_ALWAYS = CHALLENGE_HEADERS[:2]
CHALLENGE_BYTES = 20_000  # of a page that are looked at; bot checks are short or say so in their head
CHALLENGE = re.compile(  # what the bot checks in use show or load, each in nothing but such a page
    rb"cf_chl_opt|cf-browser-verification|<title>\s*just a moment|attention required! \| cloudflare"
    rb"|ddos-guard|_incapsula_resource|captcha-delivery\.com|px-captcha|sgcaptcha|awswafcookiedomainlist"
    rb"|/\.within\.website/x/|checking your browser|verify(?:ing)? (?:that )?you are (?:a )?human"
    rb"|you(?:'re| are) not a (?:ro)?bot|enable javascript and cookies to continue"
    rb"|complete the (?:security check|captcha)|<title>[^<]{0,200}\bbot (?:check|verification)",
    re.IGNORECASE,
)
HTML = re.compile(  # how a web page starts; the comments in front are never tried a second way
    rb"(?>\s*(?:<!--.{0,2000}?-->\s*)*)<(?:!doctype\s+html|html|head|body|title|meta|script)\b",
    re.IGNORECASE | re.DOTALL,
)
MEMBERS = 1_000  # gzip members of one body; a body of empty ones would cost a second a megabyte
DENIED = {
    401: "asks for a password",
    402: "asks for payment",
    403: "refuses us access",
    407: "stands behind a proxy that asks for a password",
    451: "may not answer for legal reasons",
}


# --- caching ---------------------------------------------------------------------------------


def http_date(text: str | None) -> int | None:
    """UTC seconds of an HTTP date (RFC 9110 §5.6.7), or None where it is none."""
    if not text:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def delta(text: str | None) -> int | None:
    """Delta-seconds, capped at DELTA_CAP; None for anything but ASCII digits."""
    digits = (text or "").strip().strip('"')
    if not re.fullmatch(r"[0-9]+", digits):
        return None
    return DELTA_CAP if len(digits) > 10 else min(int(digits), DELTA_CAP)


def freshness(headers: Mapping[str, str], now: int) -> int | None:
    """Seconds the answer stays good: max-age less Age, else Expires less Date; None if unsaid.

    ``headers`` have lower-case names. A broken Expires means "already stale" (RFC 9111 §5.3).
    """
    control = headers.get("cache-control", "")
    for directive in control.split(","):
        name, _, value = directive.partition("=")
        if name.strip().lower() == "max-age" and (seconds := delta(value)) is not None:
            return max(0, seconds - (delta(headers.get("age")) or 0))
    if "expires" not in headers:
        return None
    sent = http_date(headers.get("date")) or now
    return max(0, (http_date(headers["expires"]) or 0) - sent)


def retry_after(headers: Mapping[str, str], now: int) -> int | None:
    """Seconds to wait, from either form of Retry-After; at most RETRY_CAP, None if unsaid or garbage.

    The date form counts from the server's own Date, so a wrong clock on either side does no harm.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = delta(text)
    if seconds is None and (until := http_date(text)) is not None:
        seconds = until - (http_date(headers.get("date")) or now)
    return min(seconds, RETRY_CAP) if seconds is not None and seconds > 0 else None


def validator_headers(validators: Validators) -> list[tuple[bytes, bytes]]:
    """The conditional headers, byte for byte as the server sent the values; unsendable ones left out."""
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return [(name, raw) for name, value in pairs if (raw := sendable(value))]


def sendable(value: str | None) -> bytes:
    """A header value as bytes, or b"" where it may not go on the wire."""
    if not value or len(value) > VALIDATOR_LIMIT or CONTROLS.search(value):
        return b""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return b""


def answered_validators(headers: Mapping[str, str], asked: Validators, url: str) -> Validators:
    """The validators of an answer; what a 304 leaves unsaid stays as ``asked`` had it."""
    return Validators(
        headers.get("etag") or asked.etag, headers.get("last-modified") or asked.last_modified, url
    )


# --- addresses -------------------------------------------------------------------------------


def networks(entries: Iterable[str]) -> tuple[Network, ...]:
    """The networks of ``fetch.allow_private`` (checked by ``config``)."""
    return tuple(ipaddress.ip_network(entry, strict=False) for entry in entries)


def literal_address(host: str) -> Address | None:
    """The address that a host *is*, also as localhost and in the old spellings 2130706433, 0x7f.1, 127.1."""
    if host == "localhost" or host.endswith(".localhost"):
        return LOOPBACK  # RFC 6761 §6.3; a proxy on this machine would resolve it to this machine
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def embedded(address: Address) -> tuple[Address, ...]:
    """The address itself, or the IPv4 addresses that an IPv6 one carries packets to."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in NAT64:
        return (ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF),)
    return (address,)


def is_public(address: Address) -> bool:
    """Whether an address is on the open internet: global, one host, not reserved."""
    if isinstance(address, ipaddress.IPv6Address) and address not in GLOBAL_V6:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def may_dial(address: Address, allowed: tuple[Network, ...]) -> bool:
    """Whether we may connect: every address inside is public, or allowed by the configuration."""
    if any(address in network for network in allowed):
        return True
    return all(is_public(inner) or any(inner in net for net in allowed) for inner in embedded(address))


def check_address(address: Address, allowed: tuple[Network, ...], url: str) -> None:
    """Raise Blocked where ``may_dial`` says no."""
    if not may_dial(address, allowed):
        raise Blocked(
            f"{address} is a private address; add it to fetch.allow_private to fetch from there",
            url,
            kind="blocked",
        )


# --- URLs and redirects ----------------------------------------------------------------------


def printable(text: str, limit: int = 200) -> str:
    """Foreign text for a message: printable characters only, at most ``limit``."""
    return "".join(c for c in text if c.isprintable())[:limit]


def shown(url: str) -> str:
    """A URL for messages, logs and error records: no user name, no password, no control characters."""
    try:
        parts = urlsplit(url)
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        url = "".join(url.rpartition("@")[2:])
    return printable(url, 2_000)


def next_url(url: str, location: str) -> str:
    """Where a redirect from ``url`` leads: absolute, without fragment or credentials.

    Raises Blocked for a scheme other than http(s) and for a step from https down to http (anyone on
    the way could have forged it); FetchError where there is no usable Location.
    """
    if not location:
        raise FetchError("the redirect says not where to", shown(url), kind="redirect")
    try:
        target = urlsplit(urljoin(url, location.strip()))
        target = target._replace(netloc=target.netloc.rpartition("@")[2], fragment="")
    except ValueError as error:
        raise FetchError("the redirect leads to no valid address", shown(url), kind="redirect") from error
    if target.scheme not in ("http", "https"):
        scheme = printable(target.scheme, 20)
        message = f"the redirect leads to {scheme}:, only http and https are followed"
        raise Blocked(message, shown(url), kind="blocked")
    if url.startswith("https:") and target.scheme == "http":
        raise Blocked("the redirect leads from https down to http", shown(url), kind="blocked")
    return urlunsplit(target)


# --- statuses --------------------------------------------------------------------------------


def is_challenge(status: int, headers: Mapping[str, str], body: bytes = b"") -> bool:
    """Whether an answer is a bot wall's own: it says so, or it is a web page that asks for proof.

    With ``status`` 403 also any web page of Cloudflare itself, which sites do not make.
    """
    if any(name in headers for name in CHALLENGE_ALWAYS) or is_challenge_page(body):
        return True
    if status != HTTPStatus.FORBIDDEN:
        return False
    page = headers.get("content-type", "").startswith("text/html")
    walled = headers.get("server", "").lower() == "cloudflare" and page
    return walled or any(name in headers for name in CHALLENGE_HEADERS)


def is_challenge_page(body: bytes) -> bool:
    """Whether this is a web page by which a bot wall asks for proof."""
    start = body[:CHALLENGE_BYTES].removeprefix(b"\xef\xbb\xbf")
    return HTML.match(start) is not None and CHALLENGE.search(start) is not None


def refusal(status: int, headers: Mapping[str, str], url: str, now: int, body: bytes = b"") -> FetchError:
    """The error for an answer that is neither 200 nor 304 nor a redirect; ``body`` is its beginning."""
    wait = retry_after(headers, now)
    if status == HTTPStatus.GONE:
        return Gone("the publisher says the feed is gone for good (410)", url, kind="gone", status=status)
    if is_challenge(status, headers, body):
        return bot_check(url, status, wait)
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        message = f"the server asks us to wait ({status})"
        return RateLimited(message, url, kind="rate", status=status, retry_after=wait)
    kind, message = "status", f"the server answered {status_words(status)}"
    if status in DENIED:
        kind, message = "denied", f"the server {DENIED[status]} ({status})"
    elif status >= 500:
        kind = "server"
    elif status < 300:
        message += ", which carries no whole feed"
    return Refused(message, url, kind=kind, status=status, retry_after=wait)


def bot_check(url: str, status: int, wait: int | None = None) -> Refused:
    """The error for a bot wall's page, which an honest reader cannot pass."""
    return Refused("blocked by a bot check", url, kind="denied", status=status, retry_after=wait)


def unasked_304(url: str) -> Refused:
    """A 304 where we sent no validators: there is nothing it could be unchanged from."""
    return Refused("the server answered 304 though we asked for the whole", url, status=304)


def status_words(status: int) -> str:
    """A status with its registered name; the server's own words are not shown."""
    try:
        return f"{status} ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return str(status)


# --- bodies ----------------------------------------------------------------------------------


class Inflater:
    """Collects a body piece by piece and undoes its coding, bounded on both sides.

    ``limit`` holds for the bytes on the wire and for what they inflate to; memory never passes it
    by more than one piece. Raises TooLarge; Unreachable for a damaged, cut or unknown coding.
    """

    def __init__(self, coding: str, limit: int, url: str) -> None:
        self.coding = coding.strip().lower()
        self.limit = limit
        self.url = url
        self.wire_bytes = 0
        self.body = bytearray()
        self.engine: zlib._Decompress | None = None
        self.members = 0
        if self.coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise self.broken(
                f'the answer is coded as "{printable(self.coding, 40)}", which we did not ask for'
            )

    def broken(self, message: str) -> FetchError:
        """The error for a body we cannot use."""
        return FetchError(message, self.url, kind="protocol")

    def too_large(self) -> TooLarge:
        """The error for a body that passes the limit."""
        return TooLarge(f"the answer is larger than {self.limit:,} bytes", self.url, kind="too-large")

    def expect(self, length: str | None) -> None:
        """Refuse at once what says beforehand that it is too large."""
        if (delta(length) or 0) > self.limit:
            raise self.too_large()

    def feed(self, piece: bytes) -> None:
        """Take the next bytes off the wire."""
        self.wire_bytes += len(piece)
        if self.wire_bytes > self.limit:
            raise self.too_large()
        if self.coding in ("", "identity"):
            self.body += piece
            return
        try:
            self.inflate(piece)
        except zlib.error as error:
            raise self.broken(f"the {self.coding} coding of the answer is damaged") from error

    def inflate(self, piece: bytes) -> None:
        """Undo gzip or deflate; a gzip body may be several members in a row (RFC 1952 §2.2)."""
        while piece:
            if self.engine is None:
                self.members += 1
                if self.members > MEMBERS:
                    raise self.broken("the gzip coding of the answer has no end")
                self.engine = zlib.decompressobj(self.window(piece))
            self.body += self.engine.decompress(piece, self.limit + 1 - len(self.body))
            if len(self.body) > self.limit:
                raise self.too_large()
            piece = self.engine.unused_data
            if not self.engine.eof or not piece.startswith(b"\x1f\x8b"):
                return  # what follows a finished body is padding
            self.engine = None

    def window(self, piece: bytes) -> int:
        """zlib's wbits: gzip, or deflate with its header, or (many servers) without."""
        if self.coding != "deflate":
            return 31
        checked = len(piece) < 2 or int.from_bytes(piece[:2], "big") % 31 == 0
        return 15 if piece[0] & 0x0F == 8 and checked else -15

    def finish(self) -> bytes:
        """The whole body; a compressed one must have reached its own end."""
        if self.engine is not None and not self.engine.eof:
            raise Unreachable("the compressed answer is cut short", self.url, kind="protocol")
        return bytes(self.body)
