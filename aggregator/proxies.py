"""How we speak to a proxy: which one, and the first words on a fresh connection to it.

HTTP proxies (RFC 9110 §9.3.6: CONNECT) and SOCKS5 (RFC 1928, RFC 1929). The proxy is always given the host's
*name*, so no name of a feed is ever looked up here: socks5 is treated as socks5h. There is no way
around a proxy that fails.
"""

from __future__ import annotations

import contextlib
import ipaddress
import urllib.request
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import field
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote, urlsplit

import h11

from aggregator.dataclass import dataclass

DIRECT = "direct"  # of a feed's own ``proxy``: asked without the one that all others use
PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
HEAD_LIMIT = 16 * 1024  # bytes of a proxy's answer to CONNECT
LONGEST = 255  # bytes of a name, user or password in SOCKS5
SOCKS_WORDS = {  # RFC 1928 §6, with the back-off class of each
    1: ("proxy", "failed to connect"),
    2: ("proxy", "does not allow this connection"),
    3: ("refused", "finds no network to the host"),
    4: ("refused", "cannot find or reach the host"),
    5: ("refused", "says that the host refuses the connection"),
    6: ("timeout", "got no answer from the host"),
    7: ("proxy", "does not know this kind of request"),
    8: ("proxy", "does not know this kind of address"),
}

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy listens, and who we are to it; its password is in no text made of it."""

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS5, else HTTP."""
        return self.scheme.startswith("socks")

    @property
    def headers(self) -> Headers:
        """What an HTTP proxy wants to see of us."""
        if not self.user and not self.password:
            return []
        token = b64encode(f"{self.user}:{self.password}".encode())
        return [(b"Proxy-Authorization", b"Basic " + token)]


class ProxyFailure(Exception):
    """The proxy did not let us through; ``kind`` is the back-off class."""

    def __init__(self, words: str, kind: str = "proxy") -> None:
        super().__init__(words)
        self.kind = kind


class Line(Protocol):
    """A connection; ``read`` gives b"" at its end."""

    def write(self, data: bytes) -> None:
        """Send."""

    async def read(self) -> bytes:
        """What comes next."""


def parse(text: str) -> Proxy:
    """``scheme://user:password@host:port``; raises ValueError, whose words hold no secret."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise ValueError("is no address of a proxy") from None
    if parts.scheme not in PORTS or not host or port == 0:
        raise ValueError(f'must be "scheme://host:port" with a scheme of {", ".join(PORTS)}')
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode("ascii")
    if not (host + user + password).isprintable() or not host.isascii():
        raise ValueError("holds characters that no proxy's address has")
    return Proxy(parts.scheme, host, port or PORTS[parts.scheme], user, password)


def of_environment(scheme: str, host: str, port: int) -> Proxy | None:
    """The proxy that http_proxy, https_proxy, all_proxy and no_proxy name; raises ValueError."""
    found = urllib.request.getproxies_environment()
    if urllib.request.proxy_bypass_environment(f"{host}:{port}", found):  # type: ignore[attr-defined]
        return None
    text = found.get(scheme) or found.get("all")
    return parse(text if "://" in text else f"http://{text}") if text else None


async def open_way(line: Line, proxy: Proxy, host: str, port: int) -> None:
    """Have the proxy connect ``line`` to the host; raises ProxyFailure, and OSError where it breaks."""
    steps: Callable[[Line, Proxy, str, int], Awaitable[None]] = socks5 if proxy.is_socks else tunnel
    await steps(line, proxy, host, port)


# --- HTTP ---------------------------------------------------------------------------------------


async def tunnel(line: Line, proxy: Proxy, host: str, port: int) -> None:
    """CONNECT."""
    target = f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT)
    request = h11.Request(method=b"CONNECT", target=target, headers=[(b"Host", target), *proxy.headers])
    line.write((http.send(request) or b"") + (http.send(h11.EndOfMessage()) or b""))
    try:
        while not isinstance(event := http.next_event(), h11.Response):
            if event is not h11.NEED_DATA:
                raise ProxyFailure("does not speak HTTP")
            http.receive_data(await some(line))
    except h11.ProtocolError as error:
        raise ProxyFailure("does not speak HTTP") from error
    if not 200 <= event.status_code < 300:
        raise ProxyFailure(refused(event.status_code))
    if http.trailing_data[0]:
        raise ProxyFailure("speaks before it was asked")


def refused(status: int) -> str:
    """An HTTP proxy's refusal in words."""
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return f"asks for a password ({status})"
    return f"does not let us through ({status})"


# --- SOCKS5 -------------------------------------------------------------------------------------


async def socks5(line: Line, proxy: Proxy, host: str, port: int) -> None:
    """Greeting, password where there is one, request."""
    answers = Answers(line)
    target = destination(host) + port.to_bytes(2, "big")
    with_password = bool(proxy.user or proxy.password)
    line.write(b"\x05\x02\x00\x02" if with_password else b"\x05\x01\x00")
    version, method = await answers.take(2)
    if version != 5:
        raise ProxyFailure("does not speak SOCKS5")
    if method == 2 and with_password:
        line.write(b"\x01" + counted(proxy.user.encode()) + counted(proxy.password.encode()))
        if (await answers.take(2))[1] != 0:
            raise ProxyFailure("does not accept our password")
    elif method != 0:
        raise ProxyFailure("does not accept our password" if with_password else "asks for a password")
    line.write(b"\x05\x01\x00" + target)
    await reply(answers)


async def reply(answers: Answers) -> None:
    """The answer to a request: a code, and an address that is of no use to us."""
    version, code, _, kind = await answers.take(4)
    if version != 5:
        raise ProxyFailure("does not speak SOCKS5")
    if code != 0:
        told, words = SOCKS_WORDS.get(code, ("proxy", f"refuses the connection (code {code})"))
        raise ProxyFailure(words, told)
    sizes = {1: 4, 4: 16, 3: 0}
    if kind not in sizes:
        raise ProxyFailure("does not speak SOCKS5")
    size = (await answers.take(1))[0] if kind == 3 else sizes[kind]
    await answers.take(size + 2)
    if answers.rest:
        raise ProxyFailure("speaks before it was asked")


def destination(host: str) -> bytes:
    """A host as SOCKS5 writes it: an address as one, a name as a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return b"\x03" + counted(host.encode("ascii"))
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed


def counted(data: bytes) -> bytes:
    """Bytes with their number before them."""
    if len(data) > LONGEST:
        raise ProxyFailure("cannot be given so long a name")
    return bytes([len(data)]) + data


class Answers:
    """Takes what a proxy says in exact pieces."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.rest = b""

    async def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        while len(self.rest) < size:
            self.rest += await some(self.line)
        taken, self.rest = self.rest[:size], self.rest[size:]
        return taken


async def some(line: Line) -> bytes:
    """What the proxy says next; that it closes is a failure."""
    if not (data := await line.read()):
        raise ProxyFailure("closes the connection")
    return data
