"""From a web page to the feeds it points to: pure, no requests.

Pages are hostile input and ``html.parser`` is quadratic on some of them (a hundred thousand ``<!--``),
so a linear scan picks out the few tags that matter and the parser sees one short tag at a time.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from aggregator.dataclass import dataclass
from aggregator.text.inert import clean_text, safe_url

PAGE_LIMIT = 512_000  # characters read of a page; feeds are named in its head
CANDIDATE_LIMIT = 30  # more is a page about feeds, not a page with feeds
TITLE_LIMIT = 200  # characters
TAG = re.compile(r"""<(?:link|base|a)\s(?:[^<>"']|"[^"<]{0,2000}"|'[^'<]{0,2000}')*>""", re.IGNORECASE)
HIDDEN = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
FEED_TYPES = {
    "application/rss+xml": "rss",
    "application/atom+xml": "atom",
    "application/rdf+xml": "rss",
    "application/feed+json": "json",
    "application/xml": "rss",
    "text/xml": "rss",
}
FEED_PATH = re.compile(
    r"(/(feed|rss|atom|feeds)(\.xml|\.json|\.php)?/?|\.(rss|atom|rdf)|/(feeds?|rss)/[^/]+(/|\.xml)?)$",
    re.IGNORECASE,
)
WELL_KNOWN = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/feeds/posts/default",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed; ``type`` is rss, atom, json or "" (not said)."""

    url: str
    title: str
    type: str


class OneTag(HTMLParser):
    """Reads the attributes of a single tag."""

    tag = ""
    values: dict[str, str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag; the first of two equal attributes counts, as in browsers."""
        self.tag = tag
        self.values = {name: value or "" for name, value in reversed(attrs)}


def candidates(html: str, url: str) -> list[Candidate]:
    """The feeds a page names, best first: declared ones, then plain links that look like feeds.

    ``url`` is the page's own address. Only http and https; no address twice.
    """
    base = url
    declared: list[Candidate] = []
    linked: list[Candidate] = []
    for tag, values in tags(html):
        href = values.get("href", "").strip()
        if tag == "base" and href and base == url:
            base = absolute(href, url) or url
        elif tag == "link" and (kind := declared_type(values)) is not None:
            declared.append(Candidate(absolute(href, base), title_of(values), kind))
        elif tag == "a" and FEED_PATH.search(href.partition("?")[0]):
            linked.append(Candidate(absolute(href, base), title_of(values), ""))
    declared.sort(key=lambda found: "comment" in found.url)  # comments are seldom what is meant
    return unique(declared + linked)


def well_known(url: str) -> list[str]:
    """Addresses under which sites commonly keep their feed, for a page that names none."""
    return [found for path in WELL_KNOWN if (found := absolute(path, url))]


def tags(html: str) -> list[tuple[str, dict[str, str]]]:
    """The link, base and a tags of a page with their attributes, in order."""
    text = html[:PAGE_LIMIT]
    for start, end in HIDDEN:
        text = without(text, start, end)
    found = []
    for match in TAG.finditer(text):
        reader = OneTag()
        reader.feed(match[0])
        if reader.tag:
            found.append((reader.tag, reader.values))
    return found


def without(text: str, start: str, end: str) -> str:
    """``text`` without all that stands between ``start`` and ``end``, or from ``start`` on if unclosed."""
    lower = text.lower() if text.isascii() else re.sub("[A-Z]", lambda m: m[0].lower(), text)
    kept: list[str] = []
    position = 0
    while (opened := lower.find(start, position)) >= 0:
        kept.append(text[position:opened])
        closed = lower.find(end, opened + len(start))
        if closed < 0:
            return "".join(kept)
        position = closed + len(end)
    return "".join([*kept, text[position:]])


def declared_type(values: dict[str, str]) -> str | None:
    """The kind of feed that a link element declares, or None where it is something else."""
    words = values.get("rel", "").lower().split()
    media_type = values.get("type", "").partition(";")[0].strip().lower()
    if not values.get("href") or not {"alternate", "feed"} & set(words) or "stylesheet" in words:
        return None
    if media_type == "application/json":  # also the type of many sites' programming interface
        return "json" if "feed" in values["href"].lower() else None
    return FEED_TYPES.get(media_type, "" if "feed" in words else None)


def title_of(values: dict[str, str]) -> str:
    """The title a tag gives, fit for the screen."""
    return clean_text(values.get("title", ""), limit=TITLE_LIMIT)


def absolute(href: str, base: str) -> str:
    """``href`` as an http(s) address without fragment, or ""."""
    try:
        joined = urlsplit(urljoin(base, href))._replace(fragment="")
    except ValueError:
        return ""
    return safe_url(joined.geturl()) if joined.scheme in ("http", "https") and joined.hostname else ""


def unique(found: list[Candidate]) -> list[Candidate]:
    """The usable ones, each address once, at most CANDIDATE_LIMIT."""
    by_url: dict[str, Candidate] = {}
    for candidate in found:
        if candidate.url:
            by_url.setdefault(candidate.url, candidate)
    return list(by_url.values())[:CANDIDATE_LIMIT]
