"""Bytes of a feed → ParsedFeed. The only door to feedparser; runs in a limited worker process.

No entry is parsed twice: ``parse_items`` finds the items cheaply, those whose bytes are known from an earlier
poll are cut out before feedparser sees the document. Whatever is not certain goes to feedparser whole.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any
from xml.sax import SAXParseException

import feedparser

from aggregator import parse_document, parse_items, parse_speed
from aggregator.errors import NotAFeed, ParseError
from aggregator.model import ParsedEntry, ParsedFeed, PollHints
from aggregator.parse_document import FEED_ROOTS, Document, mended, prepare
from aggregator.parse_entry import CAPTION, absolute, guid_hash, read, text
from aggregator.parse_items import MAX_ITEMS
from aggregator.parse_json import parse_json

parse_speed.apply()

MAX_AUTHOR = 300  # bytes; feedparser's e-mail pattern takes 11 s for 64 kB (kurtmckee/feedparser #562)
MANY_SIGNS = 500_000  # "<" and "&" in a document: feedparser's tolerant mode takes 2 s for so many
LONG_TAG = 100_000  # bytes of one tag from which its attributes are counted
MAX_ATTRIBUTES = 1000  # in a long tag; feedparser takes 40 s for 100 000, and no feed has 20
REVISION = b"2"  # raise it when entries come out differently, so that known items are read again

_HOUR = re.compile(rb"<hour\s*>\s*(\d{1,2})\s*<", re.IGNORECASE)
_DAY = re.compile(rb"<day\s*>\s*([A-Za-z]{6,9})\s*<", re.IGNORECASE)
_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
_PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_MEDIA_DESCRIPTION = re.compile(rb"<(/?)media:description\b[^<>]*?(/?)>")
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{%d}" % LONG_TAG)
_LONG_AUTHOR = re.compile(
    rb"(<(?:\w+:)?(?:author|creator|managingEditor|webMaster|publisher|owner)\b[^<>]*>\s*(?:<!\[CDATA\[)?"
    rb"[^<\]]{%d}[\x80-\xbf]{0,3}+)[^<\]]+" % MAX_AUTHOR,  # a character is not cut
    re.IGNORECASE,
)
TAIL = 4096  # bytes at the end in which a whole document closes its root
_NAME = re.compile(r"[A-Za-z][\w.:-]{0,39}", re.ASCII)
_ITEM_EDGE = re.compile(rb"<(/?)(?:item|entry)\b", re.IGNORECASE)
_ROOT_END = re.compile(rb"</(?:rss|feed|\w+:RDF|RDF)\s*>", re.IGNORECASE)


def parse(body: bytes, url: str, content_type: str, known: bytes = b"") -> ParsedFeed:
    """Read the feed ``body`` that came from ``url``.

    ``known`` is ``item_hashes`` of the last poll: unchanged items are left out of ``entries``.
    Raises NotAFeed where the document is something else, ParseError where it cannot be read.
    """
    try:
        document = prepare(body, url, content_type)
        return _read(document, known) if document.root else _limited(parse_json(document.data, url, known))
    except ParseError:
        raise
    except Exception as error:  # feedparser's own slips: ValueError, KeyError, RecursionError …
        kind = type(error).__name__
        raise ParseError(f"The document is damaged in a way that cannot be read ({kind}).", url) from error


def _read(document: Document, known: bytes) -> ParsedFeed:
    items = parse_items.find(document.data)
    if items is not None:
        feed = _read_items(document, items, known)
        if feed is not None:
            return feed
    result = _feedparser(document)
    if result["bozo"] and (better := mended(document)):
        return _read(better, known)
    return _read_whole(document, result)


def _read_items(document: Document, items: parse_items.Items, known: bytes) -> ParsedFeed | None:
    """Read the items not in ``known``; None where the document turns out not to allow that."""
    data = document.data
    spans, total = _newest_spans(document, items.spans), len(items.spans)
    hashes = _hashes(document, items.context, spans)
    old = parse_items.remembered(known)
    fresh = [span for span, digest in zip(spans, hashes, strict=True) if digest not in old]
    if not all(parse_items.isolated(data[start:end], items.namespaces) for start, end in fresh):
        return None
    kept = set(fresh)
    result = _feedparser(document, [span for span in items.spans if span not in kept])
    if result["bozo"] or len(result["entries"]) != len(fresh):
        return None
    entries = tuple(read(entry, document.url) for entry in result["entries"])
    blob = parse_items.remember(hashes, old, [guid_hash(entry) for entry in entries])
    if blob is None:
        return _read_items(document, items, b"")
    notes = [document.note, _cap_note(total) if total > MAX_ITEMS else ""]
    return _feed(document, result, entries, blob, total, notes)


def _read_whole(document: Document, result: dict[str, Any]) -> ParsedFeed:
    raw = _without_torn(document.data, result)
    total = len(raw)
    if not raw:
        _refuse_empty(document, result)
    if total > MAX_ITEMS:
        ends = [read(entry, document.url) for entry in (raw[0], raw[-1])]
        raw = raw[-MAX_ITEMS:] if _oldest_first(ends) else raw[:MAX_ITEMS]
    entries = tuple(read(entry, document.url) for entry in raw)
    notes = [document.note, _damage(document, result), _cap_note(total) if total > MAX_ITEMS else ""]
    return _feed(document, result, entries, b"", total, notes)


def _feedparser(document: Document, cut: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """Run feedparser over the document less the spans in ``cut``.

    A base is given only where the document has one of its own: resolving every address against it takes a
    sixth of feedparser's time and would change guids that look relative.
    """
    data = _tidy(parse_items.without(document.data, cut) if cut else document.data)
    if len(data) > LONG_TAG and any(tag.count(b"=") > MAX_ATTRIBUTES for tag in _LONG_TAG.findall(data)):
        raise ParseError(f"The feed has an element with more than {MAX_ATTRIBUTES} attributes.", document.url)
    if data.count(b"<") + data.count(b"&") > MANY_SIGNS and (why := parse_document.unfit(data)):
        raise ParseError(f"The feed is {why}, and too large to be mended.", document.url)
    headers = {"content-type": "application/xml; charset=utf-8"}
    if document.based:
        headers["content-location"] = document.url
    result: dict[str, Any] = feedparser.parse(
        io.BytesIO(data),  # never bytes or str: feedparser would open a path or URL
        sanitize_html=False,
        resolve_relative_uris=False,
        response_headers=headers,
    )
    return result


def _tidy(data: bytes) -> bytes:
    """Rename media:description, which feedparser takes for the article's text, and cut endless authors."""
    if b"media:description" in data:
        data = _MEDIA_DESCRIPTION.sub(rb"<\1" + CAPTION.replace("_", ":").encode() + rb"\2>", data)
    return _LONG_AUTHOR.sub(rb"\1", data)


def _hashes(document: Document, context: bytes, spans: Sequence[tuple[int, int]]) -> list[bytes]:
    """A hash an item: of its bytes and of all that decides how they are read."""
    salt = (REVISION, feedparser.__version__.encode(), document.url.encode(), b"%d" % document.based, context)
    start = blake2b(b"\0".join(salt), digest_size=parse_items.HASH)
    hashes = []
    for begin, end in spans:
        item = start.copy()
        item.update(document.data[begin:end])
        hashes.append(item.digest())
    return hashes


def _newest_spans(document: Document, spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The spans to keep: the first, or the last where the last item is newer than the first."""
    if len(spans) <= MAX_ITEMS:
        return spans
    ends = [read(entry, document.url) for entry in _feedparser(document, spans[1:-1])["entries"]]
    return spans[-MAX_ITEMS:] if _oldest_first(ends) else spans[:MAX_ITEMS]


def _oldest_first(entries: Sequence[ParsedEntry]) -> bool:
    dated = [entry.published for entry in entries if entry.published is not None]
    return len(dated) > 1 and dated[0] < dated[-1]


def _limited(feed: ParsedFeed) -> ParsedFeed:
    if feed.items_seen <= MAX_ITEMS:
        return feed
    return replace(feed, warning=" ".join(filter(None, (feed.warning, _cap_note(feed.items_seen)))))


def _cap_note(total: int) -> str:
    return f"The feed has {total} items; only the newest {MAX_ITEMS} were read."


def _without_torn(data: bytes, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries, less a last one that was cut in the middle: its id may be missing or wrong."""
    entries: list[dict[str, Any]] = result["entries"]
    if not entries or not result["bozo"] or _ROOT_END.search(data, max(0, len(data) - TAIL)):
        return entries
    edges = _ITEM_EDGE.findall(data)
    return entries[:-1] if edges and edges[-1] == b"" else entries


def _refuse_empty(document: Document, result: dict[str, Any]) -> None:
    """Raise unless a document without entries is recognisably a sound feed."""
    damage = _position(document, result)
    if document.kind not in FEED_ROOTS:
        name = document.root if _NAME.fullmatch(document.root) else ""
        what = f'an XML document of another kind (its root is "{name}")' if name else "no XML document"
        raise NotAFeed(f"This is {what}, not a feed.", document.url)
    if damage:
        raise ParseError(f"The feed is damaged at {damage} and has no item that can be read.", document.url)
    if not result["version"]:
        raise NotAFeed("This is an XML document of another kind, not a feed.", document.url)


def _damage(document: Document, result: dict[str, Any]) -> str:
    position = _position(document, result)
    return f"The feed is damaged at {position}, so an item may be incomplete or missing." if position else ""


def _position(document: Document, result: dict[str, Any]) -> str:
    """Where and how the document is damaged, in words; "" where it is sound."""
    if not result["bozo"]:
        return ""
    error = result.get("bozo_exception")
    if not isinstance(error, SAXParseException):
        return "an unknown place"
    # feedparser puts a declaration on a line of its own in front where there was none
    added = 0 if document.data.startswith(b"<?xml") else 1
    line = max(1, (error.getLineNumber() or 1) - added) + document.first_line - 1
    return f"line {line}, column {(error.getColumnNumber() or 0) + 1} ({error.getMessage()})"


def _feed(
    document: Document,
    result: dict[str, Any],
    entries: tuple[ParsedEntry, ...],
    item_hashes: bytes,
    total: int,
    notes: Sequence[str],
) -> ParsedFeed:
    about = result["feed"]
    return ParsedFeed(
        kind=result["version"] or document.kind,
        title=text(dict.get(about, "title")),
        link=absolute(text(dict.get(about, "link")), document.url),
        language=text(dict.get(about, "language")),
        hints=_hints(about, document.data),
        entries=entries,
        item_hashes=item_hashes,
        items_seen=total,
        warning=" ".join(filter(None, notes)),
    )


def _hints(about: dict[str, Any], data: bytes) -> PollHints:
    ttl = _number(dict.get(about, "ttl")) * 60
    period = _PERIODS.get(text(dict.get(about, "sy_updateperiod")).lower(), 0)
    if not ttl and period:
        ttl = period // (_number(dict.get(about, "sy_updatefrequency")) or 1)
    hours = {int(hour) % 24 for hour in _HOUR.findall(_inside(data, b"skipHours")) if int(hour) <= 24}
    named = (day.decode().lower() for day in _DAY.findall(_inside(data, b"skipDays")))
    days = dict.fromkeys(day for day in named if day in _DAYS)
    return PollHints(ttl or None, tuple(sorted(hours)), tuple(days))


def _inside(data: bytes, name: bytes) -> bytes:
    """What stands in the first element ``name``, b"" where there is none."""
    start = data.find(b"<" + name)
    return data[start : max(start, data.find(b"</" + name, start))] if start >= 0 else b""


def _number(value: object) -> int:
    written = text(value)
    return int(written) if written.isascii() and written.isdigit() and 0 < len(written) < 7 else 0
