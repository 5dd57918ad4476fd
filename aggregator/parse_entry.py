"""One entry as feedparser gives it → ParsedEntry. Pure; knows feedparser's dictionary, not feedparser.

``dict.get(entry, key)`` is used throughout: feedparser's own ``get`` is slow, invents an ``updated`` with a
warning, and maps names onto each other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import urljoin

from aggregator.model import Enclosure, Image, ParsedEntry
from aggregator.text import dates

MAX_CATEGORIES = 50  # an entry with more tags is spam; a list stays readable
MAX_ENCLOSURES = 20  # galleries have a dozen; more is noise
MAX_MAILBOX = 300  # characters of an RSS author
MAX_URL = 2000  # bytes; what browsers and servers agree on
CAPTION = "media_caption"  # where the parser finds media:description (see parse._tidy)

_MAILBOX = re.compile(r"[^\s@()]+@[^\s@()]+\s*\(([^()]+)\)")  # RSS 2.0: address (name)
_BREAKS = re.compile(r"[\r\n\t]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HTTP = re.compile(r"https?://", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|br|a|div|img|b|i|em|strong|ul|ol|li|blockquote|span|h[1-6])\b[^<>]*>", re.IGNORECASE
)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:$|[?#])", re.IGNORECASE)
_HTML_TYPES = frozenset({"", "text/html", "application/xhtml+xml"})

Raw = Mapping[str, Any]


def read(entry: dict[str, Any], url: str) -> ParsedEntry:
    """Take from ``entry`` what we keep; ``url`` is what links are relative to where the entry has no base."""
    detail = _detail(entry)
    base = absolute(text(detail.get("base")), url) or url
    summary, content = _texts(entry)
    caption = text(entry.get(CAPTION))
    pictures, files = _media(entry, base)
    title_detail = dict.get(entry, "title_detail") or {}
    published, updated = _dates(entry)
    return ParsedEntry(
        guid=" ".join(text(dict.get(entry, "id")).split()),
        link=_link(entry, base),
        title=text(dict.get(entry, "title")),
        title_is_html=dict.get(title_detail, "type", "text/plain") != "text/plain",
        author=_author(entry),
        summary=summary or ("" if content else caption),
        content=content,
        published=published,
        updated=updated,
        base=base,
        language=text(detail.get("language")) or text(dict.get(entry, "language")),
        categories=_categories(entry),
        enclosures=tuple(files)[:MAX_ENCLOSURES],
        image=Image(pictures, caption, _credit(entry)) if pictures else None,
    )


def guid_hash(entry: ParsedEntry) -> bytes:
    """Eight bytes that stand for what identifies an entry within its feed."""
    key = entry.guid or entry.link or entry.title
    return blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def text(value: object) -> str:
    """``value`` stripped where it is a string, else ""."""
    return value.strip() if isinstance(value, str) else ""


def absolute(written: str, base: str) -> str:
    """An http(s) URL from what stands in a feed, trimmed of line breaks, or ""."""
    link = _unbroken(written)
    if not link or len(link) > MAX_URL:
        return ""
    if not _HTTP.match(link):
        if _SCHEME.match(link):
            return ""
        try:
            link = urljoin(base, link)
        except ValueError:
            return ""
    return link if _HTTP.match(link) else ""


def _unbroken(link: str) -> str:
    return link.strip() if link.isprintable() else "".join(part.strip() for part in _BREAKS.split(link))


def as_html(plain: str) -> str:
    """Plain text as HTML paragraphs."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", plain))
    return "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in parts if part)


def _detail(entry: dict[str, Any]) -> Raw:
    contents = dict.get(entry, "content")
    if isinstance(contents, list) and contents:
        return dict(contents[0])
    return dict(dict.get(entry, "summary_detail") or dict.get(entry, "title_detail") or {})


def _link(entry: dict[str, Any], base: str) -> str:
    if original := absolute(text(dict.get(entry, "feedburner_origlink")), base):
        return original
    second = ""
    for link in _dicts(entry, "links"):
        if link.get("rel", "alternate") != "alternate":
            continue
        found = absolute(text(link.get("href")), base)
        if found and link.get("type", "") in _HTML_TYPES:
            return found
        second = second or found
    if second:
        return second
    # here feedparser's link is the guid: a link only if it says so itself
    permalink = _unbroken(text(dict.get(entry, "link")))
    return permalink if _HTTP.match(permalink) and len(permalink) <= MAX_URL else ""


def _texts(entry: dict[str, Any]) -> tuple[str, str]:
    """Teaser and body: the shorter and the longer of description and content; equal ones are one."""
    summary_detail = dict.get(entry, "summary_detail") or {}
    summary = _markup(text(dict.get(entry, "summary")), text(dict.get(summary_detail, "type", "text/html")))
    bodies = [
        _markup(text(part.get("value")), text(part.get("type")))
        for part in _dicts(entry, "content")
        if text(part.get("type")).startswith("text/") or text(part.get("type")).endswith("xml")
    ]
    content = max(bodies, key=len, default="")
    if content and len(summary) > len(content):
        summary, content = content, summary
    return ("" if summary == content else summary), content


def _markup(value: str, kind: str) -> str:
    """Text as HTML; what calls itself plain and yet holds tags is HTML (many feeds do so)."""
    return as_html(value) if kind == "text/plain" and not _TAG.search(value) else value


def _author(entry: dict[str, Any]) -> str:
    written = text(dict.get(entry, "author"))
    if mailbox := _MAILBOX.fullmatch(written[:MAX_MAILBOX]):
        return mailbox[1]  # feedparser's own pattern cuts top level domains after four letters
    names = dict.fromkeys(text(author.get("name")) for author in _dicts(entry, "authors"))
    return ", ".join(name for name in names if name) or written


def _categories(entry: dict[str, Any]) -> tuple[str, ...]:
    found = (text(tag.get("label")) or text(tag.get("term")) for tag in _dicts(entry, "tags"))
    return tuple(dict.fromkeys(name for name in found if name))[:MAX_CATEGORIES]


def _dates(entry: dict[str, Any]) -> tuple[int | None, int | None]:
    """Published and updated; an entry with one date only was published then."""
    moments = [
        dates.epoch(dict.get(entry, f"{key}_parsed"), text(dict.get(entry, key)))
        for key in ("published", "created", "updated")
    ]
    published, created, updated = moments
    first = next((moment for moment in (published, created, updated) if moment is not None), None)
    return first, updated


def _media(entry: dict[str, Any], base: str) -> tuple[str, list[Enclosure]]:
    """URL of the lead picture ("" if none), and the attached files that are no pictures."""
    pictures: list[tuple[int, str]] = []
    files: dict[str, Enclosure] = {}
    for file, is_picture, width in _attached(entry, base):
        if is_picture and file.url:
            pictures.append((-width, file.url))
        elif file.url:
            files.setdefault(file.url, file)
    pictures.sort(key=lambda picture: picture[0])  # stable: the first of the widest
    return (pictures[0][1] if pictures else ""), list(files.values())


def _attached(entry: dict[str, Any], base: str) -> Iterator[tuple[Enclosure, bool, int]]:
    """All that is attached: file, whether it is a picture, its width (0 if not given)."""
    for media in _dicts(entry, "media_content"):
        file = _file(media, "url", base)
        kind = f"{text(media.get('medium')).lower()} {file.type}".strip()
        guess = not kind and (_is_picture(file.url) or "width" in media)
        yield file, "image" in kind or guess, _number(media.get("width"))
    for media in _dicts(entry, "media_thumbnail"):
        yield _file(media, "url", base), True, _number(media.get("width"))
    for link in _dicts(entry, "links"):
        if link.get("rel") == "enclosure":
            file = _file(link, "href", base)
            yield file, file.type.startswith("image/") or (not file.type and _is_picture(file.url)), 0
    image = dict.get(entry, "image")  # itunes:image
    if isinstance(image, dict):
        yield _file(dict(image), "href", base), True, 0
    address = absolute(text(dict.get(entry, "href")), base)  # <image><url> inside an item
    yield Enclosure(address if _is_picture(address) else ""), True, 0


def _is_picture(url: str) -> bool:
    return bool(_PICTURE.search(url))


def _file(attributes: Raw, key: str, base: str) -> Enclosure:
    length = _number(attributes.get("filesize") or attributes.get("length"))
    return Enclosure(
        absolute(text(attributes.get(key)), base), text(attributes.get("type")).lower()[:100], length
    )


def _credit(entry: dict[str, Any]) -> str:
    return next(
        (found for credit in _dicts(entry, "media_credit") if (found := text(credit.get("content")))), ""
    )


def _number(value: object) -> int:
    written = text(value)
    return int(written) if written.isascii() and written.isdigit() and len(written) < 16 else 0


def _dicts(entry: dict[str, Any], key: str) -> Iterator[Raw]:
    values = dict.get(entry, key)
    for value in values if isinstance(values, list) else ():
        if isinstance(value, dict):
            # a plain view: feedparser's dictionaries answer ``get`` slowly and in their own way
            yield value if type(value) is dict else dict(value)
