"""Sanitised HTML → blocks of plain text, and what makes HTML too costly to be sanitised.

``read`` expects the sanitiser's output (well-formed, attributes in double quotes, only ``TAGS``) and is
linear in it. ``is_costly`` and ``without_tags`` take any HTML and are linear too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from itertools import groupby
from operator import itemgetter
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.model import Block, Image, InlineLink
from aggregator.text.inert import clean_text, decode_entities, safe_url

MAX_BLOCKS: Final = 2000  # a long report has 300; beyond, the list would be slow and nobody scrolls there
MAX_LINKS: Final = 500  # in one body; a link list of a whole site is no article
MAX_TEXT: Final = 262_144  # characters of one block: the most that a body may have
MAX_DEPTH: Final = 500  # open elements; sanitisers take quadratic time in them, real pages have 40
MAX_FORMATTING: Final = 30  # open <b>, <font>…: each is made anew in every following paragraph
MAX_TAG: Final = 8000  # characters of one tag; attributes cost quadratic time too
FEW_TAGS: Final = 300  # with fewer "<" nothing can go wrong and nothing is counted
PIXEL: Final = 2  # a picture of this width or height counts visits, it is not for looking at

_KINDS: Final = {
    "p": "p",
    "h1": "h2",
    "h2": "h2",
    "h3": "h3",
    "h4": "h4",
    "h5": "h4",
    "h6": "h4",
    "li": "li",
    "dt": "li",
    "dd": "li",
    "blockquote": "quote",
    "pre": "pre",
    "figcaption": "figure",
    "tr": "row",
}
_KEEPS_KIND: Final = frozenset({"li", "quote", "figure", "row"})  # a <p> inside these is still one of them
_BREAKS: Final = frozenset(
    {"div", "section", "article", "header", "footer", "aside", "main", "nav", "address", "details", "summary"}
    | {"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "caption", "figure", "center", "form"}
)
TAGS: Final = frozenset({*_KINDS, *_BREAKS, "a", "br", "hr", "img", "td", "th"})

# a paragraph without tags in it (its text), which is most of any article, or one tag
_TAG = re.compile(r'<p>([^<]*)</p>|<(/?)([a-z0-9]+)((?:\s[a-z-]+="[^"]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_NUMBER = re.compile(r"\s*(\d{1,5})")
_ANY_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*)((?:[^>"']++|"[^"]*+"?|'[^']*+'?)*+)>?|<[!?][^>]*>?""")
_RAW: Final = frozenset({"script", "style", "noscript", "iframe", "textarea", "title", "xmp", "template"})
_FORMATTING: Final = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)
_NOT_NESTING: Final = frozenset(  # void elements, and those that their next sibling closes
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track"}
    | {"wbr", "p", "li", "td", "th", "tr", "dt", "dd", "option"}
)


@dataclass(frozen=True, slots=True)
class Body:
    """What a body comes to: its blocks and its first real picture."""

    blocks: tuple[Block, ...] = ()
    image: Image | None = None


@dataclass(slots=True)
class _Reader:
    """The state while reading: blocks done, the block under way, and which elements are open."""

    base: str
    layout: bool  # every table row has one cell: the table only places things
    blocks: list[Block] = field(default_factory=list)
    pieces: list[tuple[str, str]] = field(default_factory=list)  # (text, URL or "") of the block under way
    open: list[tuple[str, str]] = field(default_factory=list)  # (tag, kind) of those that set a kind
    url: str = ""
    links: int = 0
    linked: bool = False  # one of the pieces is a link
    broken: bool = False  # a <br> stands at the end of the pieces
    image: Image | None = None
    awaiting_caption: bool = False

    def kind(self) -> str:
        """The kind of the block under way."""
        return self.open[-1][1] if self.open else "p"

    def text(self, text: str) -> None:
        """Text between two tags."""
        self.pieces.append((text, self.url))
        if self.url:
            self.linked = True
        if self.broken and not text.isspace():
            self.broken = False

    def paragraph(self, text: str) -> None:
        """A <p> with nothing but ``text`` in it."""
        if self.open or self.pieces or self.url or len(self.blocks) >= MAX_BLOCKS:
            self.start("p", "")
            if text:
                self.text(text)
            self.end("p")
            return
        self.broken = False
        if text := clean_text(text, limit=MAX_TEXT, unescape=True):
            self.blocks.append(Block("p", text))

    def start(self, tag: str, attributes: str) -> None:
        """A start tag."""
        if tag in _KINDS or tag in _BREAKS:
            self.boundary()
            self.push(tag)
        elif tag == "a":
            self.url = self.target(attributes)
        elif tag == "br":
            self.line_break()
        elif tag == "img":
            self.picture(attributes)
        elif tag == "hr":
            self.boundary()
            self.blocks.append(Block("rule", ""))
        elif self.layout:  # td, th
            self.boundary()
        elif any(piece.strip() for piece, _ in self.pieces):
            self.pieces.append((" | ", ""))

    def push(self, tag: str) -> None:
        """Note what kind the blocks inside ``tag`` have."""
        kind = _KINDS.get(tag, "")
        if tag == "p" and self.kind() in _KEEPS_KIND:
            kind = self.kind()
        if kind and not (kind == "row" and self.layout):
            self.open.append((tag, kind))

    def end(self, tag: str) -> None:
        """An end tag."""
        if tag == "a":
            self.url = ""
        elif tag in _KINDS or tag in _BREAKS:
            self.boundary(closes=tag)
            if self.open and self.open[-1][0] == tag:
                self.open.pop()
            self.awaiting_caption = self.awaiting_caption and tag != "figure"

    def boundary(self, closes: str = "") -> None:
        """The edge of an element that stands on lines of its own; inside a table row just a space."""
        if self.open and self.kind() == "row" and closes != "tr":
            self.pieces.append((" ", ""))
        elif self.pieces:
            self.flush()
        else:
            self.broken = False

    def line_break(self) -> None:
        """A <br>; the second in a row begins a new paragraph."""
        if self.kind() == "pre":
            self.text("\n")
        elif self.broken:
            self.boundary()
        else:
            self.text(" ")
            self.broken = True

    def target(self, attributes: str) -> str:
        """Where a link points, "" where that is nowhere we go."""
        href = dict(_ATTRIBUTE.findall(attributes)).get("href", "").strip()
        if not href or href.startswith("#") or self.links >= MAX_LINKS:
            return ""
        self.links += 1
        return safe_url(decode_entities(href), self.base)

    def picture(self, attributes: str) -> None:
        """An <img>: the first that is for looking at becomes the article's picture."""
        if self.image:
            return
        values = dict(_ATTRIBUTE.findall(attributes))
        if any(_size(values.get(side, "")) <= PIXEL for side in ("width", "height")):
            return
        src = values.get("src", "").strip()
        if url := safe_url(decode_entities(src), self.base) if src else "":
            self.image = Image(url)
            self.awaiting_caption = True

    def flush(self) -> None:
        """The block under way is done."""
        pieces, self.pieces = self.pieces, []
        linked, self.linked = self.linked, False
        self.broken = False
        if not pieces or len(self.blocks) >= MAX_BLOCKS:
            return
        kind = self.kind()
        block = _preformatted(pieces) if kind == "pre" else _block(kind, pieces, linked)
        if not block.text:
            return
        self.blocks.append(block)
        if kind == "figure" and self.awaiting_caption and self.image:
            self.image = Image(self.image.url, clean_text(block.text))
            self.awaiting_caption = False


def read(html: str, base: str) -> Body:
    """The blocks of sanitised ``html``; relative addresses are resolved against ``base``."""
    first, *rest = _TAG.split(html)
    reader = _Reader(base, layout=_only_places(html))
    if first:
        reader.text(first)
    columns = (rest[at::5] for at in range(5))
    for paragraph, slash, tag, attributes, text in zip(*columns, strict=True):
        if paragraph is not None:
            reader.paragraph(paragraph)
        elif slash:
            reader.end(tag)
        else:
            reader.start(tag, attributes)
        if text:
            reader.text(text)
    reader.open.clear()
    reader.flush()
    return Body(tuple(_sensible_rules(reader.blocks)), reader.image)


def paragraphs(text: str) -> tuple[Block, ...]:
    """The blocks of plain text, whose paragraphs are parted by empty lines."""
    parts = (clean_text(part, limit=MAX_TEXT, unescape=True) for part in re.split(r"\n[^\S\n]*\n", text))
    return tuple(Block("p", part) for part in parts if part)[:MAX_BLOCKS]


def is_costly(html: str) -> bool:
    """True for HTML that is nested, formatted or attributed beyond all pages, to burn our time."""
    if html.count("<") < FEW_TAGS and len(html) < MAX_TAG:
        return False
    depths: Counter[str] = Counter()
    depth = formatting = 0
    for match in _ANY_TAG.finditer(html):
        if match.end() - match.start() > MAX_TAG and match[2]:
            return True
        tag = (match[2] or "p").lower()
        if tag in _NOT_NESTING or (match[1] and not depths[tag]):
            continue
        step = -1 if match[1] else 1
        depths[tag] += step
        depth += step
        formatting += step * (tag in _FORMATTING)
        if depth > MAX_DEPTH or formatting > MAX_FORMATTING:
            return True
    return False


def without_tags(html: str) -> str:
    """The text of any HTML in the crudest way: block tags become empty lines, scripts and styles go."""
    return "".join(_texts(html))


def _texts(html: str) -> Iterator[str]:
    """The stretches of text between tags."""
    at = 0
    while match := _ANY_TAG.search(html, at):
        yield html[at : match.start()]
        tag = (match[2] or "").lower()
        yield "\n\n" if tag in _KINDS or tag in _BREAKS else " "
        at = match.end()
        if tag in _RAW and not match[1]:
            closing = re.compile(f"</{tag}", re.IGNORECASE).search(html, at)
            at = closing.start() if closing else len(html)
    yield html[at:]


def _only_places(html: str) -> bool:
    """True where no table row has two cells."""
    return "<t" not in html or html.count("<td") + html.count("<th>") <= html.count("<tr")


def _size(value: str) -> int:
    """The number that a width or height begins with; large where there is none."""
    match = _NUMBER.match(value)
    return int(match[1]) if match else PIXEL + 1


def _preformatted(pieces: list[tuple[str, str]]) -> Block:
    """A <pre>: line ends and indents stay, links are plain."""
    text = "".join(piece for piece, _ in pieces)
    return Block("pre", clean_text(text, limit=MAX_TEXT, multiline=True, unescape=True))


def _block(kind: str, pieces: list[tuple[str, str]], linked: bool) -> Block:
    """One block of ``pieces``, of which some are links where ``linked``."""
    if linked:
        block = _linked(kind, pieces)
    else:
        text = "".join([piece for piece, _ in pieces])
        block = Block(kind, clean_text(text, limit=MAX_TEXT, unescape=True))
    if kind == "row" and block.text.endswith(" |"):
        return Block(kind, block.text.removesuffix(" |"), block.links)
    return block


def _linked(kind: str, pieces: list[tuple[str, str]]) -> Block:
    """A block with the places of its links in the cleaned text."""
    texts: list[str] = []
    links: list[InlineLink] = []
    length, spaced = 0, False
    for url, group in groupby(pieces, key=itemgetter(1)):
        raw = decode_entities("".join([piece for piece, _ in group]))
        text = clean_text(raw, limit=MAX_TEXT)
        spaced = length > 0 and (spaced or raw[:1].isspace())
        if not text:
            continue
        start = length + spaced
        texts.append(" " + text if spaced else text)
        length = start + len(text)
        spaced = raw[-1:].isspace()
        if url:
            links.append(InlineLink(start, length, url))
    joined = "".join(texts)
    # where two pieces meet, marks may pile up; what is cut there would move the links
    whole = joined if joined.isascii() and len(joined) <= MAX_TEXT else clean_text(joined, limit=MAX_TEXT)
    return Block(kind, whole, tuple(links) if whole == joined else ())


def _sensible_rules(blocks: list[Block]) -> Iterator[Block]:
    """Without rules at either end, and never two together."""
    waiting: Block | None = None
    begun = False
    for block in blocks:
        if block.kind == "rule":
            waiting = block
            continue
        if waiting and begun:
            yield waiting
        begun, waiting = True, None
        yield block
