"""``extract``: what is read out of an article's page, for people, for programs and for measuring."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec

from aggregator import __version__
from aggregator.config import Config
from aggregator.console import print_json
from aggregator.errors import FINE, SOME_FAILED, USAGE, ArchiveError, HakawatiError
from aggregator.fetch import Fetcher
from aggregator.jobs import PageJob
from aggregator.model import Image, PageArticle, PageHints
from aggregator.text.inert import clean_text
from aggregator.workers import Pool

MAX_FILE: Final = 50_000_000  # bytes of a page's file that are read, unpacked; the extractor looks at fewer
MAX_INPUT_LINE: Final = 100_000  # characters of one line of a batch
WIDTH: Final = 100  # columns of the readable form
NO_BODY: Final = frozenset({"figure", "embed", "rule"})  # kinds of blocks that are no running text

_PREFIX: Final = {
    "h2": "## ",
    "h3": "### ",
    "h4": "#### ",
    "li": "  • ",
    "quote": "  | ",
    "figure": "  [picture] ",
}
_GZIP: Final = b"\x1f\x8b"


class BatchLine(msgspec.Struct):
    """One line of ``extract --batch``: which file, and the address it was fetched from."""

    id: str
    file: str
    url: str = ""
    content_type: str = ""


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Extract one page, or every page that standard input names. Raises HakawatiError."""
    if arguments.batch:
        return asyncio.run(batch(sys.stdin.buffer))
    if not arguments.page:
        print("hakawati: extract needs a FILE_OR_URL, or --batch with JSON lines as input.", file=sys.stderr)
        return USAGE
    article = asyncio.run(one(arguments.page, arguments.url or "", config))
    if arguments.json:
        print_json(msgspec.to_builtins(article))
    else:
        print("\n".join(lines(article)))
    return SOME_FAILED if article.reason and not article.blocks else FINE


async def one(page: str, url: str, config: Config) -> PageArticle:
    """The article in a file or at an address. Raises FetchError, ArchiveError or ParseError."""
    async with Pool(1) as pool:
        if not page.startswith(("http://", "https://")):
            return await pool.page(PageJob(read(Path(page)), url, "", PageHints()))
        async with Fetcher(config.settings.fetch, __version__) as fetcher:
            got = await fetcher.get_page(page)
        return await pool.page(PageJob(got.body, url or got.url, got.content_type, PageHints()))


def read(path: Path) -> bytes:
    """The bytes of a page's file, unpacked where it is gzip. Raises ArchiveError."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            return file.read(MAX_FILE)
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveError(f"{clean_text(str(path))}: cannot be read ({clean_text(str(error))}).") from error


async def batch(source: BinaryIO) -> int:
    """One JSON line out for each line in; what cannot be read is a line with an ``error``."""
    failed = False
    async with Pool(1) as pool:
        for raw in source:
            answer = await answered(raw, pool)
            failed = failed or "error" in answer
            print_json(msgspec.to_builtins(answer))
    return SOME_FAILED if failed else FINE


async def answered(raw: bytes, pool: Pool) -> dict[str, Any]:
    """What one line of a batch comes to."""
    name = ""
    try:
        line = msgspec.json.decode(raw[:MAX_INPUT_LINE], type=BatchLine)
        name = line.id
        article = await pool.page(PageJob(read(Path(line.file)), line.url, line.content_type, PageHints()))
    except (msgspec.MsgspecError, HakawatiError, UnicodeDecodeError) as error:
        return {"id": name, "error": clean_text(str(error))}
    return {"id": name, **scored(article)}


def scored(article: PageArticle) -> dict[str, Any]:
    """An article as plain fields: text in one string, captions and related links apart."""
    return {
        "title": article.title,
        "standfirst": article.standfirst,
        "authors": list(article.authors),
        "date": article.date or None,
        "body": "\n\n".join(block.text for block in article.blocks if block.kind not in NO_BODY),
        "captions": [image.caption for image in article.images if image.caption],
        "credit": next((image.credit for image in article.images), ""),
        "related": [
            {"text": one.text, "href": one.url, "position": one.position, "marker": one.marker}
            for one in article.related
        ],
        "language": article.language,
        "reason": article.reason.value,
    }


def lines(article: PageArticle) -> Iterator[str]:
    """The article as a person reads it: head, text, captions, and the related links apart."""
    yield article.title or "(untitled)"
    if article.standfirst:
        yield from ("", *textwrap.wrap(article.standfirst, WIDTH))
    byline = " · ".join(part for part in (", ".join(article.authors), article.date, article.language) if part)
    yield from ([byline] if byline else [])
    if article.reason:
        yield f"({article.reason.value})"
    for image in article.images[:1]:
        yield from _picture(image)
    for block in article.blocks:
        prefix = _PREFIX.get(block.kind, "")
        yield ""
        text = "—" * 20 if block.kind == "rule" else block.text
        yield from textwrap.wrap(text, WIDTH, initial_indent=prefix, subsequent_indent=" " * len(prefix))
    for position, heading in (("in-text", "Related, in the text"), ("end", "Related, after the text")):
        found = [one for one in article.related if one.position == position]
        if found:
            yield from ("", f"{heading}:")
        for one in found:
            yield f"  {one.marker + ': ' if one.marker else ''}{one.text}\n    {one.url}"


def _picture(image: Image) -> Iterator[str]:
    """The lead picture's caption and credit."""
    if image.caption or image.credit:
        yield from ("", f"[picture] {image.caption}" + (f" ({image.credit})" if image.credit else ""))
