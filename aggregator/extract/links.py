"""What the address of a link says: own site or not, a story or a list of stories."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from aggregator.text.inert import safe_url
from aggregator.text.urls import canonical_url, site

REMEMBERED: Final = 4096

_NO_STORY = re.compile(
    r"/(?:tags?|topics?|themen|thema|authors?|autor(?:en|es)?"
    r"|profile|people|categor(?:y|ies)|category|newsletters?"
    r"|login|signin|register|registration|subscri(?:be|ptions?)"
    r"|account|abo|shop|store|search|video-cent(?:re|er)|feed|rss"
    r"|share|sharer|print|comments?|about|contact|privacy|terms"
    r"|jobs?|wp-content|wp-admin|user|member|epaper|hashtag|company"
    r"|wiki|podcasts?|games?|advertis\w*|coupons?|gutschein\w*|deals)(?:/|$|\.)",
    re.IGNORECASE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|m3u8|css|js|xml|rss|zip)$", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{5}")
_DATED = re.compile(r"/(?:19|20)\d\d[/-]\d{1,2}[/-]")
_SAME_OWNER: Final = (frozenset({"bbc.com", "bbc.co.uk"}), frozenset({"haaretz.com", "haaretz.co.il"}))


@lru_cache(maxsize=REMEMBERED)
def target(href: str, base: str) -> str:
    """The absolute address of a link, "" where it leads to no web page or only elsewhere in this one."""
    href = href.strip()
    if not href or href.startswith(("#", "mailto:", "javascript:", "tel:")):
        return ""
    return safe_url(href, base)


def is_own(url: str, page: str) -> bool:
    """True for an address of the page's own publisher, another than the page itself."""
    here, there = site(page), site(url)
    if here != there and not any({here, there} <= owner for owner in _SAME_OWNER):
        return False
    return canonical_url(url) != canonical_url(page)


def is_page(url: str) -> bool:
    """True for an address that may be a story: not the front page, a topic, a person, a shop."""
    parts = urlsplit(canonical_url(url))
    path = unquote(parts.path)
    return bool(path != "/" or parts.query) and not _NO_STORY.search(path) and not _FILE.search(path)


def is_story(url: str, page: str) -> bool:
    """True for an address that looks like one story: a worded or numbered end, or the page's own shape."""
    parts = urlsplit(canonical_url(url))
    path = unquote(parts.path)
    if not is_page(url):
        return False
    last = path.rstrip("/").rpartition("/")[2]
    if last.count("-") >= 2 or last.count("_") >= 3 or _LONG_NUMBER.search(path) or _DATED.search(path):
        return True
    return bool(_LONG_NUMBER.search(parts.query)) or _shape(url) == _shape(page) != ""


def _shape(url: str) -> str:
    """The first part of the path, the number of parts and whether the last has digits or is long."""
    parts = [part for part in urlsplit(canonical_url(url)).path.split("/") if part]
    if len(parts) < 2:
        return ""
    last = parts[-1]
    return f"{parts[0]}/{len(parts)}/{any(map(str.isdigit, last))}/{len(last) > 20}"
