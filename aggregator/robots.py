"""A site's robots.txt (RFC 9309) read for us. Pure; the only door to Protego."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from protego import Protego

AGENT = "hakawati"  # the product token that a robots.txt may name
MAX_BYTES = 500_000  # that are read of one: RFC 9309 §2.5 wants at least 500 KiB; real ones have 2 kB
LONGEST_DELAY = 60.0  # seconds between pages that a site may ask for; a longer wish would mean "never"


def address(url: str) -> str:
    """Where the robots.txt lies that rules over an address."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/robots.txt", "", ""))


def text_of(body: bytes) -> str:
    """The text of a fetched robots.txt, as much of it as is read."""
    return body[:MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff").replace("\x00", "")


class Rules:
    """What one robots.txt says; an empty text allows everything."""

    def __init__(self, text: str) -> None:
        self._rules = Protego.parse(text)

    def allow(self, url: str) -> bool:
        """Whether we may fetch an address."""
        return self._rules.can_fetch(url, AGENT)

    @property
    def delay(self) -> float:
        """Seconds between two requests that the site asks for, 0 where it asks for none."""
        return min(max(self._rules.crawl_delay(AGENT) or 0.0, 0.0), LONGEST_DELAY)
