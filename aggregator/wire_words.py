"""What breaks on the wire in words for a person, and whether it may be our own network that is missing."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl

import h11

from aggregator.errors import FetchError, Unreachable
from aggregator.exchange import Silence
from aggregator.proxies import Proxy, ProxyFailure

FAR = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # documentation only (RFC 5737, 3849)
NOT_HERE = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH})
OFFLINE = "this machine has no network"

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
