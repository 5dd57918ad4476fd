"""What a server sent with a feed's last failure, as far as it helps to understand it: kept small, and inert.

One piece of text a feed, in the store's table of small state.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from aggregator.dataclass import dataclass
from aggregator.errors import FetchError, HakawatiError
from aggregator.text.inert import clean_text

TELLING = (
    *("content-type", "content-length", "location", "retry-after", "server", "via", "www-authenticate"),
    *("cf-mitigated", "x-amzn-waf-action", "x-datadome", "cache-control", "date"),
)
"""Headers that say why, or who refused: the server, a proxy before it, a bot wall."""
HEADER_LIMIT = 120
"""Characters of a header that are kept."""
BODY_LIMIT = 300
"""Bytes of the body that are kept: the first sentence of an error page, or what a document really is."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to the poll that failed at ``at``; ``status`` is None where there was no refusal."""

    at: int
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: str


def key(feed_id: int) -> str:
    """Under which it is kept."""
    return f"failure:{feed_id}"


def packed(error: HakawatiError, at: int) -> str:
    """What is worth keeping of a failure; "" where no server answered."""
    status = error.status if isinstance(error, FetchError) else None
    named = ((name, clean_text(error.headers.get(name, ""), limit=HEADER_LIMIT)) for name in TELLING)
    headers = tuple((name, value) for name, value in named if value)
    body = clean_text(error.beginning[:BODY_LIMIT].decode("utf-8", "replace"), limit=BODY_LIMIT)
    if not (status or headers or body):
        return ""
    return json.dumps(asdict(Sent(at, status, headers, body)), ensure_ascii=False)


def unpacked(text: str) -> Sent | None:
    """The same again; None for "" and for what another version kept."""
    try:
        found = json.loads(text)
        headers = tuple((str(name), str(value)) for name, value in found["headers"])
        return Sent(int(found["at"]), found["status"], headers, str(found["body"]))
    except (ValueError, TypeError, KeyError):
        return None
