"""Pieces → blocks: text made inert, links made absolute, figures and embedded posts in their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from aggregator.extract import links
from aggregator.extract.structure import Piece
from aggregator.model import Block, Image, InlineLink
from aggregator.text.inert import clean_text

MAX_TEXT: Final = 20_000  # characters of one block; the longest honest paragraph has 3,000
MAX_BLOCKS: Final = 2000


def block(piece: Piece, kind: str, base: str) -> Block:
    """One piece as a block; a link whose address is no web page's is plain text."""
    whole = clean_text(piece.text, limit=MAX_TEXT)
    if not piece.links:
        return Block(kind, whole)
    if whole == piece.text:
        places = [(start, end, links.target(href, base)) for start, end, href in piece.links]
        return Block(kind, whole, tuple(InlineLink(*place) for place in places if place[2]))
    return Block(kind, whole, tuple(_placed(piece, whole, base)))


def _placed(piece: Piece, whole: str, base: str) -> Iterator[InlineLink]:
    """The links of a piece in its text as it came out of cleaning, looked for in their order."""
    at = 0
    for start, end, href in piece.links:
        words, url = clean_text(piece.text[start:end], limit=MAX_TEXT), links.target(href, base)
        found = whole.find(words, at) if words and url else -1
        if found >= 0:
            at = found + len(words)
            yield InlineLink(found, at, url)


def article_blocks(made: Sequence[Block | None]) -> tuple[Block, ...]:
    """The blocks that say something, within the bounds; rules neither at an end nor twice."""
    kept: list[Block] = []
    for one in made:
        if one is None or not (one.text or one.kind == "rule"):
            continue
        if one.kind == "rule" and (not kept or kept[-1].kind == "rule"):
            continue
        kept.append(one)
    while kept and kept[-1].kind == "rule":
        kept.pop()
    return tuple(kept[:MAX_BLOCKS])


def figure(image: Image) -> Block:
    """A picture within the text: its caption, and its credit in brackets."""
    return Block("figure", f"{image.caption} [{image.credit}]" if image.credit else image.caption)
