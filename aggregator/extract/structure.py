"""An lxml tree → its pieces in reading order: what may become a block, still with the element it stands in.

A piece is a run of text between two edges of elements that stand on lines of their own; two line breaks
are such an edge too. The text comes straight from the tree, so nothing here changes a character of it
(engines delete the Persian half-space U+200C); no HTML leaves this package, so none has to be sanitised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Final

from lxml import etree

from aggregator.dataclass import dataclass
from aggregator.extract.tree import Element

MAX_HEADING: Final = 200  # characters; what is longer is a paragraph
MAX_PIECES: Final = 6000  # of one page; beyond, it is a list of a whole site

_KINDS: Final = {
    **{"p": "p", "h1": "h2", "h2": "h2", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4", "li": "li"},
    **{"dt": "li", "dd": "li", "blockquote": "quote", "pre": "pre", "tr": "row", "figcaption": "figure"},
    **{"summary": "h4", "caption": "h4"},
}
_HEADINGS: Final = frozenset({"h2", "h3", "h4"})
_KEEPS_KIND: Final = frozenset({"li", "quote", "figure", "row", "h2", "h3", "h4"})  # also of a <p> inside
_BLOCKS: Final = frozenset(
    {
        "div",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "main",
        "nav",
        "address",
        "details",
        "ul",
        "ol",
    }
    | {
        "dl",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "figure",
        "center",
        "form",
        "fieldset",
        "body",
        "hr",
        "iframe",
    }
    | {"video", "audio", "picture"}
)
INVISIBLE: Final = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "svg",
        "math",
        "canvas",
        "button",
        "select",
        "input",
        "textarea",
    }
    | {"option", "datalist", "object", "embed", "head", "title", "link", "meta", "map", "dialog", "label"}
)
_STREAMED: Final = "S:"  # ids under which React sends parts of a page that a script puts in place
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u200b\ufeff]+")


@dataclass(slots=True)
class Piece:
    """One run of text. ``links`` are (start, end, href as written) within ``text``."""

    kind: str
    text: str
    links: tuple[tuple[int, int, str], ...]
    element: Element

    @property
    def link_share(self) -> float:
        """Part of the text that is links, 0 to 1."""
        return sum(end - start for start, end, _ in self.links) / max(1, len(self.text))


@dataclass(slots=True)
class _Walk:
    """The state of one walk: pieces done, the run under way, the open elements that set a kind."""

    pieces: list[Piece] = field(default_factory=list)
    run: list[tuple[str, str]] = field(default_factory=list)  # (text, href or "")
    owners: list[Element] = field(default_factory=list)
    kinds: list[tuple[Element, str]] = field(default_factory=list)
    href: str = ""
    breaks: int = 0

    def text(self, text: str | None) -> None:
        """Text between two tags."""
        if not text:
            return
        if not text.isspace():
            self.breaks = 0
        self.run.append((text, self.href))

    def start(self, element: Element) -> None:
        """A start tag."""
        tag = element.tag
        if tag in _KINDS or tag in _BLOCKS:
            self.edge()
            self.owners.append(element)
            self._push(element, _KINDS.get(tag, ""))
            if tag == "hr":
                self.pieces.append(Piece("rule", "", (), element))
        elif tag == "a":
            self.href = element.get("href", "")
        elif tag == "br":
            self.line_break()
        elif tag in ("td", "th") and any(text.strip() for text, _ in self.run):
            self.run.append((" | ", ""))

    def _push(self, element: Element, kind: str) -> None:
        """Note what kind the text inside ``element`` has."""
        if kind == "p" and self.kind() in _KEEPS_KIND:
            return
        if kind:
            self.kinds.append((element, kind))

    def kind(self) -> str:
        """The kind of the run under way."""
        return self.kinds[-1][1] if self.kinds else "p"

    def end(self, element: Element) -> None:
        """An end tag."""
        tag = element.tag
        if tag == "a":
            self.href = ""
        elif tag in _KINDS or tag in _BLOCKS:
            self.edge(closes_row=tag == "tr")
            if len(self.owners) > 1 and self.owners[-1] is element:
                self.owners.pop()
            if self.kinds and self.kinds[-1][0] is element:
                self.kinds.pop()

    def line_break(self) -> None:
        """One <br> is a space, a second one ends the run."""
        self.breaks += 1
        self.run.append((" ", ""))
        if self.breaks > 1:
            self.edge()

    def edge(self, *, closes_row: bool = False) -> None:
        """End the run under way; within a table row the cells stay together."""
        if self.kind() == "row" and not closes_row and self.kinds[-1][0].tag == "tr":
            self.run.append((" ", ""))
            return
        self.breaks = 0
        if not self.run:
            return
        text, links = joined(self.run)
        self.run = []
        if text and len(self.pieces) < MAX_PIECES:
            kind = self.kind()
            if kind in _HEADINGS and len(text) > MAX_HEADING:
                kind = "p"  # a heading in name only
            self.pieces.append(Piece(kind, text, links, self.owners[-1]))


def joined(run: list[tuple[str, str]]) -> tuple[str, tuple[tuple[int, int, str], ...]]:
    """The run's text with white space made single, and where its links stand in it."""
    text = ""
    links: list[tuple[int, int, str]] = []
    for part, href in run:
        part = _SPACES.sub(" ", part)
        if part.startswith(" ") and (not text or text.endswith(" ")):
            part = part[1:]
        if not part:
            continue
        start = len(text)
        text += part
        if href and part.strip():
            start += len(part) - len(part.lstrip())
            end = len(text.rstrip())
            if links and links[-1][2] == href and not text[links[-1][1] : start].strip():
                start = links.pop()[0]
            links.append((start, end, href))
    text = text.rstrip().removesuffix("-->").rstrip()  # the end of a comment that had begun wrongly
    return text, tuple(link for link in links if link[1] <= len(text))


def pieces(root: Element) -> list[Piece]:
    """The pieces under ``root``, in reading order."""
    walk = _Walk(owners=[root])
    for event, element in visible(root):
        if event == "start":
            walk.start(element)
            walk.text(element.text)
        else:
            walk.end(element)
            if element is not root:
                walk.text(element.tail)
    walk.edge(closes_row=True)
    return walk.pieces


def visible(root: Element) -> Iterator[tuple[str, Element]]:
    """("start" or "end", element) for each element that a reader of the page could see.

    An element that is left out gives its end only, so that the text after it is not lost.
    """
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if event == "end":
            yield event, element
        elif is_invisible(element):
            walker.skip_subtree()
        else:
            yield event, element


def is_invisible(element: Element) -> bool:
    """True for what a browser never shows as text."""
    tag = element.tag
    if not isinstance(tag, str) or tag in INVISIBLE:
        return True
    if element.get("hidden") is not None and not element.get("id", "").startswith(_STREAMED):
        return True
    style = element.get("style")
    return bool(style and _HIDDEN_STYLE.search(style))
