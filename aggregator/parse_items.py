"""The cheap pass of ``parse``: where each item of a document begins and ends, without an XML parser.

Pure and linear. It answers only what it can prove for a well-formed document; whether the document is
well-formed is for the real parser to say afterwards. Why items may be read apart from each other at all:
feedparser keeps state from one item to the next only through namespace declarations, and through elements
it knows that stand inside marked-up content; ``isolated`` refuses both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from aggregator.dataclass import dataclass

# one alternative a kind of thing that may hide or be an item; the number of the group tells which it is
_TOKEN = re.compile(
    rb"<(?:(!--)|(!\[CDATA\[)|(\?)|(!DOCTYPE)|(/(?:[Ii][Tt][Ee][Mm]|[Ee][Nn][Tt][Rr][Yy])[\s>])"
    rb"|((?:[Ii][Tt][Ee][Mm]|[Ee][Nn][Tt][Rr][Yy])[\s/>]))"
)
_ENDS = {1: b"-->", 2: b"]]>", 3: b"?>", 4: b">"}
_DOCTYPE, _CLOSE, _OPEN = 4, 5, 6
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
# unrolled and ended by the next "<", so that each byte is looked at once
_ATTRIBUTES = rb"""[^>"'<]*(?:"[^"<]*"[^>"'<]*|'[^'<]*'[^>"'<]*)*>"""
_FRAME = re.compile(rb"<(?:rss|feed|channel|(?:\w+:)?RDF)(?=[\s/>])" + _ATTRIBUTES, re.IGNORECASE)
_XMLNS = re.compile(rb"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_OPAQUE = re.compile(
    rb"<!\[CDATA\[[^\]]*(?:\](?!\]>)[^\]]*)*(?:\]\]>|$)|<!--(?:.*?-->|.*)|<\?(?:.*?\?>|.*)", re.DOTALL
)
_TAG = re.compile(rb"<(/?)([^\s/>]+)(" + _ATTRIBUTES[:-1] + rb")>")
_ROOT = re.compile(rb"<([A-Za-z_][\w:.-]*)")
_VERSIONED = (b"http://purl.org/rss/1.0/", b"http://my.netscape.com/rdf/simple/0.9/")

HASH = 8  # bytes; the item's and its guid's make 16 in ``item_hashes``
MAX_ITEMS = 2000  # newest kept; 20 000 items take feedparser 4 s, and no reader reads 2000 of one poll
PROLOG = 65_536  # bytes searched for the root element; a longer prolog is no feed's

# elements whose text feedparser collects as markup: starts inside are swallowed, ends inside are acted on
CONTENT = frozenset(
    b"title subtitle tagline rights copyright description abstract info browserfriendly summary content "
    b"encoded fullitem body".split()
)
# local names for which feedparser has an end handler (a test compares this with the installed version)
HANDLED = CONTENT | frozenset(
    b"item entry channel feed image textinput author creator managingeditor contributor name width height "
    b"url homepage uri email language webmaster publisher published issued pubdate date updated modified "
    b"lastbuilddate created expirationdate category keywords subject link guid id generator source "
    b"newlocation tags license chapter chapters point line box where polygon lat long pos poslist exterior "
    b"linestring linearring geom valid block explicit owner credit rating restriction player thumbnail "
    b"group svg".split()
)
# prefixes that real items declare for themselves; one prefix one address, so that none can disturb another
COMMON_NAMESPACES = {
    b"app": b"http://www.w3.org/2007/app",
    b"atom": b"http://www.w3.org/2005/Atom",
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"dcterms": b"http://purl.org/dc/terms/",
    b"default": b"http://purl.org/rss/1.0/modules/content/",
    b"feedburner": b"http://rssnamespace.org/feedburner/ext/1.0",
    b"georss": b"http://www.georss.org/georss",
    b"itunes": b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"media": b"http://search.yahoo.com/mrss/",
    b"slash": b"http://purl.org/rss/1.0/modules/slash/",
    b"thr": b"http://purl.org/syndication/thread/1.0",
    b"wfw": b"http://wellformedweb.org/CommentAPI/",
    b"xhtml": b"http://www.w3.org/1999/xhtml",
}
_FRAMES = frozenset(b"item entry channel feed rss rdf".split())


@dataclass(frozen=True, slots=True)
class Items:
    """Byte spans of the items in document order, and the bytes outside them that decide how they are read."""

    spans: tuple[tuple[int, int], ...]
    context: bytes
    namespaces: dict[bytes, bytes]  # prefix → address, declared outside the items


def root_name(data: bytes) -> str:
    """The root element's name as written ("" where there is none), past declaration, comments, doctype."""
    position = 0
    while position < PROLOG:
        at = data.find(b"<", position)
        if at < 0:
            return ""
        if found := _ROOT.match(data, at):
            return found[1].decode("ascii", "replace")
        ending = b"-->" if data.startswith(b"<!--", at) else b">"
        end = data.find(ending, at + 1)
        if ending == b">" and data.startswith(b"<!DOCTYPE", at) and b"[" in data[at:end]:
            end = data.find(b"]", end)
        if end < 0:
            return ""
        position = end + 1
    return ""


def find(data: bytes) -> Items | None:
    """Find the items of ``data`` (UTF-8), or None where their boundaries are not certain.

    Refused: a doctype with declarations of its own, items in items, two names for items, anything but
    white space and comments between items, whatever does not end.
    """
    spans = _spans(data)
    if spans is None or not _only_space_between(data, spans):
        return None
    head = data[: spans[0][0]] if spans else data
    frames = _FRAME.findall(head)
    if not frames or (b"RDF" in frames[0] and not any(address in head for address in _VERSIONED)):
        return None  # feedparser would take the format from the first item that hints at one
    declared = _declared(head)
    # feedparser reads an item's <image> differently where the feed has one
    image = b"image" if b"<image" in head or b"itunes:image" in head else b""
    outside = (b"%b=%b" % pair for pair in sorted(declared.items()))
    return Items(tuple(spans), b"\n".join([*frames, image, *outside]), declared)


def remembered(known: bytes) -> dict[bytes, bytes]:
    """Item hash → guid hash, from ``item_hashes`` of an earlier poll."""
    pairs = (known[at : at + 2 * HASH] for at in range(0, len(known), 2 * HASH))
    return {pair[:HASH]: pair[HASH:] for pair in pairs}


def remember(hashes: Sequence[bytes], old: dict[bytes, bytes], new_guids: Sequence[bytes]) -> bytes | None:
    """``item_hashes`` of this poll: of all items by ``hashes``, those not in ``old`` having ``new_guids``.

    None where a new item has the guid of an unchanged one: the two must be judged together.
    """
    if not {old[digest] for digest in hashes if digest in old}.isdisjoint(new_guids):
        return None
    fresh = iter(new_guids)
    return b"".join(digest + (old[digest] if digest in old else next(fresh)) for digest in hashes)


def without(data: bytes, spans: Sequence[tuple[int, int]]) -> bytes:
    """``data`` less the given spans (in document order) and white space between them."""
    pieces = []
    position = 0
    for start, end in spans:
        between = data[position:start]
        if not between.isspace():
            pieces.append(between)
        position = end
    return b"".join([*pieces, data[position:]])


def isolated(item: bytes, namespaces: dict[bytes, bytes]) -> bool:
    """Tell whether an item leaves nothing behind in the parser: it may be read alone or left out.

    ``namespaces`` are the declarations outside the items; an item may repeat them but add none.
    """
    open_tags: list[bytes] = []
    content: tuple[int, bool] | None = None  # depth of the enclosing content element, and whether it is XHTML
    for closing, name, attributes in _TAG.findall(_OPAQUE.sub(b"", item)):
        if closing:
            if not open_tags or open_tags.pop() != name:
                return False
            if content and len(open_tags) < content[0]:
                content = None
            continue
        if not _harmless(name, attributes, namespaces, len(open_tags), content):
            return False
        if not attributes.endswith(b"/"):
            open_tags.append(name)
            if content is None and len(open_tags) > 1 and _is_content(name):
                content = (len(open_tags), b"xhtml" in attributes)
    return not open_tags


def _spans(data: bytes) -> list[tuple[int, int]] | None:
    found: list[tuple[int, int]] = []
    names: set[bytes] = set()
    start = -1
    position = 0
    while token := _TOKEN.search(data, position):
        kind = token.lastindex or 0
        ending = _ENDS.get(kind, b">")
        end = data.find(ending, token.end() - (kind >= _CLOSE))
        if end < 0:
            return None
        position = end + len(ending)
        if kind < _DOCTYPE:
            continue
        if kind == _DOCTYPE:
            if b"[" in data[token.start() : end]:
                return None
            continue
        names.add(token[kind][:-1].lstrip(b"/"))
        empty = kind == _OPEN and data[end - 1] == 0x2F
        if (start >= 0) != (kind == _CLOSE):
            return None
        if kind == _OPEN and not empty:
            start = token.start()
        else:
            found.append((token.start() if empty else start, position))
            start = -1
    return found if start < 0 and len(names) <= 1 else None


def _only_space_between(data: bytes, spans: list[tuple[int, int]]) -> bool:
    for (_, end), (start, _) in pairwise(spans):
        gap = data[end:start].strip()
        if gap and _COMMENT.sub(b"", gap).strip():
            return False
    return True


def _is_content(name: bytes) -> bool:
    prefix, _, local = name.rpartition(b":")
    return local.lower() in CONTENT and not (prefix == b"media" and local == b"content")


def _harmless(
    name: bytes,
    attributes: bytes,
    namespaces: dict[bytes, bytes],
    depth: int,
    content: tuple[int, bool] | None,
) -> bool:
    local = name.rpartition(b":")[2].lower()
    if b"xmlns" in attributes and not _known_namespaces(attributes, namespaces):
        return False
    if depth and local in _FRAMES:
        return False
    if content is None:
        return True
    return local not in HANDLED and (local != b"div" or content[1])


def _declared(markup: bytes) -> dict[bytes, bytes]:
    return {prefix: double or single for prefix, double, single in _XMLNS.findall(markup)}


def _known_namespaces(attributes: bytes, namespaces: dict[bytes, bytes]) -> bool:
    """Whether all declarations are repeated or common ones; a default one stays within its element."""
    return all(
        not prefix or namespaces.get(prefix, COMMON_NAMESPACES.get(prefix)) == address
        for prefix, address in _declared(attributes).items()
    )
