"""Articles as JSON lines, out and in (``.jsonl`` or ``.jsonl.gz``).

A line holds feed, guid, url, title, author, summary, text, published (ISO 8601 UTC), language and
outlet. Import is content with ``id|guid``, ``title``, ``date|published`` and ``source|outlet`` and
sends every line through the same clean -> store -> relate path as a sync, a batch at a time.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import os
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from aggregator.catchup import IMPORT_SECONDS, bring_rules, catch_up
from aggregator.config import Config, without_password
from aggregator.dataclass import dataclass
from aggregator.errors import ArchiveError, ParseError
from aggregator.jobs import EntriesJob
from aggregator.model import UNKNOWN_OUTLET, Article, ParsedEntry
from aggregator.text.dates import plausible
from aggregator.text.inert import clean_record, clean_text
from aggregator.text.language import code
from aggregator.text.times import iso, seconds_of
from aggregator.text.urls import host
from aggregator.tidying import tidy
from aggregator.watches import pass_over
from aggregator.workers import Pool
from aggregator.writer import Arrival, Writer, store_arrivals

BATCH_LINES = 2000  # lines read, cleaned and stored together …
BATCH_BYTES = 8_000_000  # … or so many bytes of them: what an import holds in memory
JOB_LINES = 200  # lines a worker cleans at once, well within its limit of processor time
MAX_OUTLET = 200  # characters
MAX_ADDRESS = 2000
MAX_LINE = 4_000_000  # bytes; no article is longer, a file of another kind may be

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class ImportTotals:
    """An import in numbers; ``skipped`` lines could not be used, ``first_problem`` says why the first was."""

    lines: int
    new: int
    updated: int
    skipped: int
    first_problem: str


@dataclass(frozen=True, slots=True)
class Line:
    """One usable line: the feed it belongs to and the entry it stands for."""

    feed: str
    outlet: str
    language: str
    entry: ParsedEntry


def export(articles: Iterable[Article], path: Path) -> int:
    """Write all articles; returns how many. A file appears only when it is complete.

    What is no file (a pipe, a device) is written to as it is. Raises ArchiveError.
    """
    direct = path.exists() and not path.is_file()
    target = path if direct else path.with_name(f".{path.name}.part")
    count = 0
    try:
        with open_out(target, compressed=path.suffix == ".gz", new=not direct) as sink:
            for article in articles:
                sink.write(_encoder.encode(clean_record(record(article))) + b"\n")
                count += 1
        if not direct:
            target.replace(path)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be written ({error.strerror}).") from error
    finally:
        if not direct:
            target.unlink(missing_ok=True)
    return count


def record(article: Article) -> dict[str, str | None]:
    """The line of one article."""
    return {
        "feed": without_password(article.feed_url),
        "guid": article.guid,
        "url": article.url,
        "title": article.row.title,
        "author": article.author,
        "summary": article.summary,
        "text": article.text,
        "published": iso(article.published if article.published is not None else article.row.at),
        "language": article.row.language,
        "outlet": article.row.outlet,
    }


async def import_file(
    config: Config,
    path: Path,
    now: int,
    progress: Callable[[int], None],
    relating: Callable[[int], None] = lambda waiting: None,
) -> ImportTotals:
    """Read every line into the cache; ``progress`` gets the number of lines read, batch by batch.

    ``relating`` then gets the number of articles that wait to be related or for a vector.

    Lines that cannot be used are counted and skipped. Raises ArchiveError, StoreError.
    """
    lines = new = updated = skipped = 0
    problem = ""
    settings = config.settings
    async with Writer(config.cache) as writer, Pool(settings.fetch.workers) as pool:
        await bring_rules(config, writer, asyncio.Event(), now)
        await writer.call(partial(pass_over, now))
        for batch in batches(path):
            usable = []
            for number, raw in batch:
                line = read_line(raw)
                if isinstance(line, Line):
                    usable.append(line)
                else:
                    skipped += 1
                    problem = problem or f"line {number}: {line}"
            cleaned = await asyncio.gather(*(arrive(pool, job) for job in jobs(usable)))
            lost = sum(number for _, number in cleaned)
            if lost:
                skipped, problem = skipped + lost, problem or "a line is too much for one article"
            arrivals = merged(arrival for arrival, _ in cleaned)
            stored = await writer.call(partial(store_arrivals, arrivals, now))
            lines, new, updated = lines + len(batch), new + stored[0], updated + stored[1]
            progress(lines)
        await catch_up(writer, settings.related, asyncio.Event(), seconds=IMPORT_SECONDS, progress=relating)
        await writer.call(lambda store: tidy(store, config, now))
    return ImportTotals(lines, new, updated, skipped, problem)


async def arrive(pool: Pool, lines: list[Line]) -> tuple[Arrival, int]:
    """The lines of one feed, cleaned in a worker, and how many of them it could not bear."""
    first = lines[0]
    try:
        job = EntriesJob(tuple(line.entry for line in lines), first.feed, first.language, first.outlet)
        digest = await pool.entries(job)
        return Arrival(first.feed, first.outlet, first.language, digest.drafts), 0
    except ParseError:
        if len(lines) == 1:
            return Arrival(first.feed, first.outlet, first.language, ()), 1
    half = len(lines) // 2  # one line that is too much must not cost the others
    parts = [await arrive(pool, lines[:half]), await arrive(pool, lines[half:])]
    drafts = tuple(draft for arrival, _ in parts for draft in arrival.drafts)
    return Arrival(first.feed, first.outlet, first.language, drafts), sum(lost for _, lost in parts)


def jobs(lines: Iterable[Line]) -> list[list[Line]]:
    """The lines by feed, in order of appearance, at most JOB_LINES together."""
    groups: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.feed].append(line)
    return [group[at : at + JOB_LINES] for group in groups.values() for at in range(0, len(group), JOB_LINES)]


def merged(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """One arrival a feed: a batch stores each feed once."""
    by_feed: dict[str, Arrival] = {}
    for arrival in arrivals:
        known = by_feed.get(arrival.feed)
        drafts = (*known.drafts, *arrival.drafts) if known else arrival.drafts
        by_feed[arrival.feed] = replace(arrival, drafts=drafts)
    return list(by_feed.values())


def batches(path: Path) -> Iterator[list[tuple[int, bytes]]]:
    """The file's non-empty lines with their numbers, a batch at a time; raises ArchiveError."""
    batch: list[tuple[int, bytes]] = []
    size = 0
    try:
        with open_in(path) as source:
            for number, raw in enumerate(whole_lines(source), 1):
                if raw.strip():
                    batch.append((number, raw))
                    size += len(raw)
                if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
                    yield batch
                    batch, size = [], 0
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ArchiveError(f"{path}: cannot be read to its end ({clean_text(reason)}).") from error
    if batch:
        yield batch


def whole_lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines; of one beyond MAX_LINE only the beginning, which no reader of JSON will accept."""
    while raw := source.readline(MAX_LINE):
        rest = raw
        while not rest.endswith(b"\n") and (rest := source.readline(MAX_LINE)):
            pass
        yield raw


def read_line(raw: bytes) -> Line | str:
    """The line as an entry, or why it cannot be used."""
    try:
        data = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "is no JSON object"
    title = text_of(data, "title")
    if not title:
        return "has no title"
    site = host(text_of(data, "url", "link"))
    outlet = clean_text(text_of(data, "outlet", "source") or site, limit=MAX_OUTLET) or UNKNOWN_OUTLET
    seconds = seconds_of(text_of(data, "published", "date"))
    published = plausible(seconds) if seconds is not None else None
    language = code(text_of(data, "language", "lang"))
    return Line(
        feed=clean_text(text_of(data, "feed"), limit=MAX_ADDRESS) or f"archive:{outlet}",
        outlet=outlet,
        language=language,
        entry=ParsedEntry(
            guid=text_of(data, "guid", "id"),
            link=text_of(data, "url", "link"),
            title=title,
            title_is_html=False,
            author=text_of(data, "author"),
            summary=text_of(data, "summary"),
            content=paragraphs(text_of(data, "text")),
            published=published,
            updated=None,
            base="",
            language=language,
        ),
    )


def text_of(data: dict[str, Any], *keys: str) -> str:
    """The first of the keys that holds text (or a number), else ""."""
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""


def paragraphs(text: str) -> str:
    """Plain text as HTML paragraphs, for the one cleaner that all articles go through."""
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{html.escape(part)}</p>" for part in parts if part)


@contextmanager
def open_out(path: Path, *, compressed: bool, new: bool) -> Iterator[BinaryIO]:
    """A new private file, flushed to disk when closed (or what is there already); gzipped if asked."""
    flags = os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW if new else 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        if compressed:
            with gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield raw
        raw.flush()
        if new:
            os.fsync(raw.fileno())


@contextmanager
def open_in(path: Path) -> Iterator[BinaryIO]:
    """The file's lines, unzipped where its first bytes say gzip."""
    with path.open("rb") as raw:
        magic = raw.read(2)
        raw.seek(0)
        if magic == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=raw) as packed:
                yield cast(BinaryIO, packed)
        else:
            yield raw
