"""A chain of redirects: its addresses, what is asked at each, and where it may go. Pure.

Headers are made anew for each hop; a password, headers of a feed and validators go only where they belong.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

import httpx

from aggregator import http_rules
from aggregator.access import PLAIN, Access
from aggregator.errors import Blocked, FetchError
from aggregator.exchange import Headers, Origin
from aggregator.http_rules import PERMANENT
from aggregator.model import Validators

PORTS = {"http": 80, "https": 443}
NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Hop:
    """One address of a chain; ``text`` has no credentials, ``auth`` is the header made of them."""

    url: httpx.URL
    text: str
    origin: Origin
    auth: bytes = b""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked along a chain of redirects; the headers of ``access`` go to ``owner`` only."""

    base: Headers
    validators: Validators = NO_VALIDATORS
    access: Access = PLAIN
    owner: Origin | None = None
    feed: bool = True

    def headers(self, hop: Hop, validators: Validators) -> Headers:
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
    origin = Origin(parsed.scheme, host, parsed.port or PORTS[parsed.scheme])
    return Hop(parsed, str(parsed), origin, auth)


def basic(url: httpx.URL) -> bytes:
    """The Authorization header for the user name and password of a URL, b"" where it has none."""
    if not url.userinfo:
        return b""
    return b"Basic " + b64encode(f"{url.username}:{url.password}".encode())


def redirected(hop: Hop, location: str) -> Hop:
    """The next hop; a password goes on only to the origin it was given for."""
    target = first_hop(http_rules.next_url(hop.text, decoded(location.encode("latin-1"))))
    if target.origin == hop.origin:
        target = Hop(target.url, target.text, target.origin, hop.auth)
    return target


def decoded(value: bytes) -> str:
    """A Location as text: many sites write raw UTF-8 there, which RFC 9110 does not foresee."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
