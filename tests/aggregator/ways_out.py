"""Every way by which a feed's text leaves the program, and what must be in none of them."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from rich.style import Style

from aggregator import archive, plain, printing
from aggregator.clean import draft
from aggregator.library import Library
from aggregator.model import Article, ArticleDraft, ArticleRow, ParsedFeed, Related
from aggregator.parse import parse
from aggregator.text.blocks import unpack_blocks
from aggregator.text.inert import MAX_MARKS
from tui import document, render

FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
"""C0 but tab and line end, DEL, C1, line separators, overrides, tag characters, surrogates."""
SECONDS: Final = 2.0
"""Of processor time: what one document may take on its whole way."""
NOW: Final = 1_795_000_000
WIDTH: Final = 72
_PALETTE: Final = {"text": Style()}


def forbidden(text: str) -> list[str]:
    """What of a text may not leave, each with what is around it; also too many marks and open isolates."""
    found = [repr(text[max(0, at.start() - 12) : at.start() + 12]) for at in FORBIDDEN.finditer(text)]
    marks = 0
    for char in text if not text.isascii() else "":
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else marks if category == "Cf" else 0
        if marks > MAX_MARKS:
            return [*found, "marks piled up"]
    return found + ["an isolate is open"] * any(map(unbalanced, text.split("\n")))


def unbalanced(line: str) -> bool:
    """Is an isolate of the line not closed, or closed without having been opened?"""
    depth = 0
    for char in line if not line.isascii() else "":
        depth += ("\u2066" <= char <= "\u2068") - (char == "\u2069")
        if depth < 0:
            return True
    return depth > 0


def articles(
    body: bytes, url: str, content_type: str, known: bytes = b""
) -> tuple[ParsedFeed, list[ArticleDraft]]:
    """What a sync makes of a document. Raises ParseError."""
    feed = parse(body, url, content_type, known)
    return feed, [draft(entry, feed, url, "") for entry in feed.entries]


def stored(article: ArticleDraft) -> Iterator[str]:
    """Every string of a draft as the store gets it."""
    yield from (article.guid, article.url, article.title, article.author, article.summary, article.language)
    yield from article.tags
    yield from article.own_links
    for file in article.enclosures:
        yield from (file.url, file.type)
    if article.image:
        yield from (article.image.url, article.image.caption, article.image.credit)
    for block in unpack_blocks(article.body):
        yield block.text
        yield from (link.url for link in block.links)


def addresses(article: ArticleDraft) -> Iterator[str]:
    """Every address of a draft."""
    yield from (article.url, *(file.url for file in article.enclosures))
    if article.image:
        yield article.image.url
    for block in unpack_blocks(article.body):
        yield from (link.url for link in block.links)


def row_ways(row: ArticleRow) -> Iterator[tuple[str, str]]:
    """How an article of a list leaves."""
    yield "list", printing.row_line(row)
    yield "list --plain", "\n".join(plain.row_lines(row))
    yield "list --json", "\n".join(strings(printing.row_json(row)))
    yield "row", render.line(row.title, WIDTH, row.language)


def article_ways(article: Article, found: list[Related], now: int = NOW) -> Iterator[tuple[str, str]]:
    """How an opened article leaves."""
    yield "show", "\n".join(printing.article_lines(article, found))
    yield "show --plain", "\n".join(plain.article_lines(article, found))
    yield "show --json", "\n".join(strings(printing.whole_json(article, found)))
    yield "archive", "\n".join(strings(archive.record(article)))
    yield "screen", "\n".join(screen(article, found, now))


def screen(article: Article, found: Sequence[Related], now: int) -> Iterator[str]:
    """The lines of the opened article as they are sent to the terminal."""
    for line in document.build(article, found, WIDTH, now).lines:
        yield "".join(segment.text for segment in render.strip(line.spans, WIDTH, _PALETTE))


def strings(record: object) -> Iterator[str]:
    """The keys and texts of a record as who reads our JSON gets them."""

    def within(value: object) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for key, inner in value.items():
                yield from within(key)
                yield from within(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from within(inner)

    yield from within(json.loads(msgspec.json.encode(record)))


def everything(library: Library) -> Iterator[tuple[str, int, str]]:
    """(way, article, text) of all that a cache holds; searches of words of the titles too."""
    now = library.now
    for article in library.every_article():
        for way, text in (
            *row_ways(article.row),
            *article_ways(article, library.related(article.row.id), now),
        ):
            yield way, article.row.id, text
