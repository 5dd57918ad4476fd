"""The blocks of a text as lines: paragraphs, lists, quotes, tables, embeds, with numbered links. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from aggregator.model import Block, InlineLink
from aggregator.text.inert import safe_url
from aggregator.text.urls import other_host
from tui import render, tables
from tui.lines import Document, Line, Numbered, Range, flow
from tui.render import GLYPHS

SHOWN_LINKS = 99
"""Links of one article that get a number; more is a navigation bar, not a text."""
PREFIX = {"quote": f"{GLYPHS.bar} ", "li": f"{GLYPHS.bullet} "}
"""What stands before the first line of a block's text."""
HANGING = {"quote": f"{GLYPHS.bar} ", "row": "  "}
"""What stands before the others, where it is not spaces as wide as the prefix."""
ROLES = {"h2": "title", "h3": "head", "h4": "head", "figure": "dim", "embed": "dim"}
TIGHT = {"li", "row"}
"""Kinds that follow one another without an empty line."""
PLAYERS = ("youtube", "youtu.be", "vimeo", "dailymotion", "brightcove", "jwplayer", "video")
"""What the address of a player holds; every other embed is called a post."""


def lay(document: Document, blocks: Sequence[Block], urls: dict[str, int]) -> None:
    """All blocks of a text; ``urls`` gets the number of each address that is linked."""
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        document.gap()
        group = list(run)
        if kind == "row" and grid(document, group, urls):
            continue
        for block in group:
            if kind not in TIGHT:
                document.gap()
            block_lines(document, block, urls)


def block_lines(document: Document, block: Block, urls: dict[str, int]) -> None:
    """One block of the text."""
    if block.kind == "rule":
        document.add((GLYPHS.rule * min(20, document.width), "dim"))
    elif block.kind == "pre":
        preformatted(document, block.text)
    elif block.kind == "embed":
        flowing(document, block.kind, embedded(block, urls), block.text)
    else:
        flowing(document, block.kind, numbered(block, urls), block.text)


def preformatted(document: Document, text: str) -> None:
    """Lines that stay as they are."""
    for part in text.split("\n"):
        shown = render.shown(part) if not part.isascii() else part.expandtabs(4)
        document.lines.append(Line(((shown, "text"),), paragraph=document.begin(text)))


def flowing(document: Document, kind: str, text: Numbered, source: str) -> None:
    """A block whose words flow; ``source`` is its text without numbers."""
    paragraph = document.begin(source)
    lead = PREFIX.get(kind, "")
    rest = HANGING.get(kind, " " * render.cells(lead))
    width = document.width - max(render.cells(lead), render.cells(rest))
    role, of = ROLES.get(kind, "text"), (document.language, document.direction)
    lines = flow(text, width, role, (lead, "dim"), (rest, "dim"), *of)
    document.lines += [replace(line, paragraph=paragraph) for line in lines]


def grid(document: Document, rows: Sequence[Block], urls: dict[str, int]) -> bool:
    """The rows of a table side by side; False, and nothing done, where they are too wide."""
    taken = dict(urls)
    lines = tables.grid([numbered(row, taken) for row in rows], document.width)
    document.lines += [
        replace(line, paragraph=document.begin(row.text)) for line, row in zip(lines, rows, strict=False)
    ]
    if lines:
        urls.update(taken)
    return bool(lines)


def numbered(block: Block, urls: dict[str, int]) -> Numbered:
    """The block's text with a number behind each link; and the host, where its words name another."""
    parts: list[str] = []
    ranges: list[Range] = []
    position = length = 0
    for link in sorted(block.links, key=lambda link: link.end):
        number = number_of(link, urls) if link.end >= position else 0
        if not number:
            continue
        piece = block.text[position : link.end]
        other = other_host(block.text[link.start : link.end], link.url)
        sign = f"[{number}: {render.inert(other)}]" if other else f"[{number}]"
        parts += [piece, sign]
        length += len(piece)
        ranges.append((length, length + len(sign), number))
        length += len(sign)
        position = link.end
    return "".join([*parts, block.text[position:]]), ranges


def number_of(link: InlineLink, urls: dict[str, int]) -> int:
    """The number of a link's address, 0 where it gets none."""
    url = safe_url(link.url)
    if not url or (url not in urls and len(urls) >= SHOWN_LINKS):
        return 0
    return urls.setdefault(url, len(urls) + 1)


def embedded(block: Block, urls: dict[str, int]) -> Numbered:
    """A player or a post: what it is, its title, and the number of its own address, which is the last."""
    address = block.links[-1].url.lower() if block.links else ""
    text = f"{'video' if any(name in address for name in PLAYERS) else 'post'}: {block.text}"
    number = number_of(block.links[-1], urls) if block.links else 0
    if not number:
        return text, []
    text += f" {GLYPHS.arrow} "
    sign = f"[{number}]"
    return text + sign, [(len(text), len(text) + len(sign), number)]
