"""Everything that can go wrong, as one tree. Each message is one sentence a reader can act on.

HakawatiError
├─ ConfigError(path, key)
├─ FetchError(url)       Unreachable · Refused(status) · Gone · RateLimited · HostRests · TooLarge · Blocked
├─ ParseError(url)       NotAFeed · WorkerDied
├─ QueryError(text, position)
├─ InputError
├─ ArchiveError
└─ StoreError            StoreLocked · StoreTooNew · StoreDamaged · Interrupted
                         StoreFull · StoreReadOnly · StoreReplaced
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Exit codes of the commands. 75 is EX_TEMPFAIL of sysexits.h: try again later.
FINE, SOME_FAILED, USAGE, STORE, LOCKED, INTERRUPTED = 0, 1, 2, 3, 75, 130


class HakawatiError(Exception):
    """Base of all expected failures; ``str(error)`` is meant for the user.

    Where a server's answer is what failed, ``headers`` (lower-case names) are its own and ``beginning`` is
    what came first of its body.
    """

    headers: Mapping[str, str] = MappingProxyType({})
    beginning: bytes = b""


class ConfigError(HakawatiError):
    """The configuration file cannot be used; says which file, which key and what to do."""

    def __init__(self, message: str, path: str = "", key: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.key = key


class FetchError(HakawatiError):
    """A URL could not be fetched.

    ``kind`` is the back-off class (see ``polling``): dns, refused, timeout, tls, protocol, proxy,
    redirect, blocked, too-large, status, server, rate, denied, gone, secret.
    ``status`` is the HTTP status where there was one; ``retry_after`` is in seconds from now.
    ``offline``: this machine has no network, so it says nothing of the feed.
    """

    offline = False

    def __init__(
        self,
        message: str,
        url: str,
        *,
        kind: str = "protocol",
        status: int | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.url = url
        self.kind = kind
        self.status = status
        self.retry_after = retry_after


class Unreachable(FetchError):
    """No answer: name not found, connection refused, time out, TLS refused, connection cut."""


class Refused(FetchError):
    """The server answered with a status that is no success."""


class Gone(FetchError):
    """410: the publisher says the feed will not come back (RFC 9110 §15.5.11)."""


class RateLimited(FetchError):
    """429, or 503 with Retry-After: the server asks us to wait."""


class HostRests(FetchError):
    """We asked nothing: this host told another request of ours to stay away for a while."""


class TooLarge(FetchError):
    """The answer passed the byte limit, on the wire or after inflating."""


class Blocked(FetchError):
    """We refuse to go there: a private address, a scheme other than http(s), a downgrade."""


class ParseError(HakawatiError):
    """A document could not be read."""

    def __init__(self, message: str, url: str = "") -> None:
        super().__init__(message)
        self.url = url


class NotAFeed(ParseError):
    """The document is something else: a web page, an image, an OPML list, nothing at all."""


class WorkerDied(ParseError):
    """Reading the document ended the process that read it."""


class QueryError(HakawatiError):
    """A filter query cannot be understood; ``position`` is a 0-based index into ``text``."""

    def __init__(self, message: str, text: str, position: int) -> None:
        super().__init__(message)
        self.text = text
        self.position = position


class InputError(HakawatiError):
    """What the user wrote (a tag, a note, a choice) cannot be kept."""


class ArchiveError(HakawatiError):
    """An archive or OPML file cannot be read or written."""


class StoreError(HakawatiError):
    """The cache cannot be read or written."""


class StoreLocked(StoreError):
    """Another process holds the lock we need."""


class StoreTooNew(StoreError):
    """The cache was made by a newer version of the program."""


class StoreReplaced(StoreError):
    """Another file took the place of the one that is open: a backup was restored meanwhile."""


class StoreFull(StoreError):
    """The disk, a quota or a limit on files lets nothing more be written; what is stored can be read."""


class StoreReadOnly(StoreError):
    """The cache may be read and not be written: its disk or its owner forbids it."""


class StoreDamaged(StoreError):
    """The cache file is not a sound database of ours.

    A ``foreign`` one has nothing of ours in it, and nothing but the user's own word may move it.
    """

    def __init__(self, message: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.foreign = foreign


class Interrupted(StoreError):
    """A query was stopped because nobody waits for its answer any more."""
