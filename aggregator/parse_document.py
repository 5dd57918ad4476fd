"""What is this document? Bytes → a Document fit for an XML parser, or NotAFeed in words. Pure."""

from __future__ import annotations

import re
from dataclasses import field, replace
from html.entities import html5
from xml.parsers import expat

from aggregator import parse_items
from aggregator.dataclass import dataclass
from aggregator.errors import NotAFeed
from aggregator.text.charset import to_utf8

JUNK = 4096  # bytes of server warnings in front of "<?xml" that we step over

_MAGIC = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"ID3", "an audio file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "compressed data"),
)
_WEB_PAGE = "a web page"
_OTHER_ROOTS = {
    "html": _WEB_PAGE,
    "opml": "an OPML list of subscriptions",
    "urlset": "a sitemap",
    "sitemapindex": "a sitemap",
    "svg": "an SVG picture",
    "opensearchdescription": "a search description",
    "kml": "a map file",
}
MAX_DEPTH = 1000  # elements in one another; the feeds we have come to 40
FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_HTML_START = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body|script|meta|title|p|div)\b", re.IGNORECASE)
# what may hide an ampersand, then an ampersand with what makes it a reference
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)|&(?:((?:lt|gt|amp|quot|apos|#\d+|#x[\da-fA-F]+);)|([A-Za-z][A-Za-z0-9]{1,30});)?",
    re.DOTALL,
)
_MENDED = "Signs in the feed that XML does not allow were mended."
_COMMENTS = re.compile(rb"(?:<!--(?:(?!-->).){0,4096}-->\s*)+(?=<\?xml\s)", re.DOTALL)
_FEED_INSIDE = re.compile(rb"<(?:rss|feed|rdf:RDF)[\s>]")
# character references that XML forbids (controls, surrogates, beyond U+10FFFF), or may be (checked)
_REFERENCE = re.compile(
    rb"&#(?:(0*(?:[0-8]|1[124-9]|2\d|3[01]|5[5-7]\d{3}|6553[45])|\d{7,})|[xX](0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]"
    rb"|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF])|[0-9a-fA-F]{6,}));"
)
_BASE = (b'base="', b"base='", b"base =")  # xml:base, or base as feedparser takes it too


@dataclass(slots=True)
class Document:
    """A document made fit for a parser: sound UTF-8 without what stands before the root.

    ``root`` is the root element as written, "" where the document is JSON.
    """

    data: bytes
    url: str
    root: str
    first_line: int  # of ``data`` in the body, 1-based
    note: str
    kind: str = field(init=False)  # local name of the root in lower case
    based: bool = field(init=False)  # links may be relative to something else than ``url``

    def __post_init__(self) -> None:
        self.kind = self.root.rpartition(":")[2].lower()
        self.based = b"base" in self.data and any(mark in self.data for mark in _BASE)


def prepare(body: bytes, url: str, content_type: str) -> Document:
    """Make ``body`` fit for a parser; raises NotAFeed for what can be told at sight."""
    for magic, words in _MAGIC:
        if body.startswith(magic):
            raise NotAFeed(f"This is {words}, not a feed.", url)
    data, note = to_utf8(body, content_type)
    start = len(data) - len(data.lstrip())
    if start == len(data):
        raise NotAFeed("This is an empty document, not a feed.", url)
    if data[start : start + 1] in (b"{", b"["):
        return Document(data, url, "", 1, note)
    if comments := _COMMENTS.match(data, start):
        start = comments.end()
    elif not data.startswith((b"<?xml", b"<!--", b"<rss", b"<feed"), start):
        junk_end = data.find(b"<?xml", start, start + JUNK)
        if junk_end > start:
            start, note = junk_end, note or "Something stood before the feed and was left out."
    first_line = 1 + data.count(b"\n", 0, start)
    data = _REFERENCE.sub(_sound_reference, data[start:]) if b"&#" in data else data[start:]
    document = Document(data, url, parse_items.root_name(data), first_line, note)
    _refuse_other(document)
    return document


def mended(document: Document) -> Document | None:
    """The document with bare ampersands escaped and HTML's named characters as numbers; None if it has none.

    Feedparser's tolerant mode would read "R&D" as "R&D;" instead.
    """
    if b"<!ENTITY" in document.data:
        return None
    data = _AMPERSAND.sub(_escaped, document.data)
    return None if data == document.data else replace(document, data=data, note=document.note or _MENDED)


def _escaped(found: re.Match[bytes]) -> bytes:
    if found[0].startswith(b"<") or found[1]:
        return found[0]
    if found[2] and (characters := html5.get(found[2].decode("ascii") + ";")):
        return "".join(f"&#{ord(character)};" for character in characters).encode("ascii")
    return b"&amp;" + found[0][1:]


def _refuse_other(document: Document) -> None:
    words = _OTHER_ROOTS.get(document.kind) if document.root else "no XML document"
    if words is None and document.kind not in FEED_ROOTS and _HTML_START.match(document.data):
        words = _WEB_PAGE
    if words and not (words == _WEB_PAGE and _FEED_INSIDE.search(document.data, 0, JUNK)):
        raise NotAFeed(f"This is {words}, not a feed.", document.url)


def _sound_reference(found: re.Match[bytes]) -> bytes:
    digits = found[1] or found[2]
    code = int(digits, 10 if found[1] else 16) if len(digits) < 20 else 0
    legal = (
        code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
    return found[0] if legal else b"&#xFFFD;"


def unfit(data: bytes) -> str:
    """Why a document would cost a parser written in Python too much, "" where it would not.

    Reads all of it with expat itself, which takes a fifth of a second for 10 MB.
    """
    depth = deepest = 0

    def start(name: str, attributes: object) -> None:
        nonlocal depth, deepest
        depth += 1
        deepest = max(deepest, depth)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    reader = expat.ParserCreate("utf-8")
    reader.StartElementHandler, reader.EndElementHandler = start, end
    try:
        reader.Parse(data, True)
    except expat.ExpatError as error:
        return f"damaged at line {error.lineno}"
    return f"nested {deepest:,} deep" if deepest > MAX_DEPTH else ""
