"""JSON Feed 1.0 and 1.1 (jsonfeed.org) → ParsedFeed. Pure.

A field of the wrong type is skipped, an item of the wrong type too: one bad item never costs the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from aggregator import parse_items
from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Enclosure, Image, ParsedEntry, ParsedFeed, PollHints
from aggregator.parse_entry import MAX_CATEGORIES, MAX_ENCLOSURES, absolute, as_html, guid_hash
from aggregator.text import dates

KIND = "jsonfeed"
REVISION = 2  # raise it when entries come out differently, so that known items are read again
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d)?/?$")
_DECODER = json.JSONDecoder(strict=False)  # raw line breaks in strings are common and harmless
_SURROGATES = re.compile("[\ud800-\udfff]")
_C0 = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def parse_json(data: bytes, url: str, known: bytes = b"") -> ParsedFeed:
    """Read a JSON Feed from UTF-8, leaving out items whose hash is in ``known``.

    Raises NotAFeed for other JSON and ParseError for damaged JSON.
    """
    document, warning = _load(data, url)
    if not isinstance(document, dict) or not _VERSION.match(_text(document.get("version"))):
        raise NotAFeed("This is a JSON document, not a feed.", url)
    items = document.get("items")
    raw = items if isinstance(items, list) else []
    base = absolute(_text(document.get("home_page_url")), url) or url
    language = _text(document.get("language"))
    author = _authors(document)
    sound = [item for item in raw if isinstance(item, dict)]
    good = _newest(sound)
    hashes = [_hash(item, url, language, author) for item in good]
    old = parse_items.remembered(known)
    fresh = [item for item, digest in zip(good, hashes, strict=True) if digest not in old]
    entries = tuple(_entry(item, url, language, author) for item in fresh)
    blob = parse_items.remember(hashes, old, [guid_hash(entry) for entry in entries])
    if blob is None:
        return parse_json(data, url)
    if len(sound) < len(raw):
        warning = f"{len(raw) - len(sound)} of {len(raw)} items could not be read and were left out."
    return ParsedFeed(
        kind=KIND,
        title=_text(document.get("title")),
        link=base,
        language=language,
        hints=PollHints(),
        entries=entries,
        item_hashes=blob,
        items_seen=len(raw),
        warning=warning,
    )


def _load(data: bytes, url: str) -> tuple[object, str]:
    """The JSON value at the start, and a warning where something follows it."""
    text = data.decode("utf-8").strip()
    try:
        document, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        where = f" at line {line}, column {getattr(error, 'colno', 0)}" if line else ""
        raise ParseError(f"The document looks like JSON but cannot be read{where}.", url) from None
    return document, "Something follows the end of the feed and was left out." if end < len(text) else ""


def _newest(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """At most MAX_ITEMS: the first, or the last where the last is newer than the first."""
    if len(items) <= parse_items.MAX_ITEMS:
        return items
    first, last = (dates.iso(_text(item.get("date_published"))) for item in (items[0], items[-1]))
    if first is not None and last is not None and first < last:
        return items[-parse_items.MAX_ITEMS :]
    return items[: parse_items.MAX_ITEMS]


def _hash(item: dict[str, Any], *context: str) -> bytes:
    """Hash of an item and of all outside it that decides how it is read."""
    written = json.dumps([REVISION, context, item])
    return blake2b(written.encode(), digest_size=parse_items.HASH).digest()


def _entry(item: dict[str, Any], url: str, language: str, author: str) -> ParsedEntry:
    link = absolute(_text(item.get("url")), url) or absolute(_text(item.get("external_url")), url)
    summary, content = as_html(_text(item.get("summary"))), _content(item)
    published = dates.iso(_text(item.get("date_published")))
    updated = dates.iso(_text(item.get("date_modified")))
    image = absolute(_text(item.get("image")), url) or absolute(_text(item.get("banner_image")), url)
    return ParsedEntry(
        guid=" ".join(_id(item.get("id")).split()),
        link=link,
        title=_text(item.get("title")),
        title_is_html=False,
        author=_authors(item) or author,
        summary="" if summary == content else summary,
        content=content,
        published=updated if published is None else published,
        updated=updated,
        base=link or url,
        language=_text(item.get("language")) or language,
        categories=tuple(dict.fromkeys(filter(None, map(_text, _list(item, "tags")))))[:MAX_CATEGORIES],
        enclosures=tuple(_attachments(item, url))[:MAX_ENCLOSURES],
        image=Image(image) if image else None,
    )


def _content(item: dict[str, Any]) -> str:
    return _text(item.get("content_html")) or as_html(_text(item.get("content_text")))


def _authors(holder: dict[str, Any]) -> str:
    """Names of ``authors`` (1.1), else of ``author`` (1.0)."""
    people = [*_list(holder, "authors"), holder.get("author")]
    names = dict.fromkeys(_text(person.get("name")) for person in people if isinstance(person, dict))
    return ", ".join(filter(None, names))


def _attachments(item: dict[str, Any], url: str) -> Iterator[Enclosure]:
    for attachment in _list(item, "attachments"):
        if isinstance(attachment, dict) and (found := absolute(_text(attachment.get("url")), url)):
            size = attachment.get("size_in_bytes")
            length = int(size) if isinstance(size, int) and 0 < size < 1 << 53 else 0
            yield Enclosure(found, _text(attachment.get("mime_type")).lower()[:100], length)


def _id(value: object) -> str:
    """The specification asks for a string and tells readers to take numbers too."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return format(value, "d") if isinstance(value, int) else repr(value)
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return _C0.sub("", _SURROGATES.sub("\ufffd", value)).strip()


def _list(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []
