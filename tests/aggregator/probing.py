"""A library with real articles and one planted article for each pair of ``probes.tsv``."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import Self

import msgspec

from aggregator.config import Config, Feed, Settings
from aggregator.library import Library
from aggregator.model import ArticleDraft, Block
from aggregator.store.db import Store
from aggregator.text.blocks import pack_blocks
from aggregator.text.fold import fold
from aggregator.text.inert import clean_text
from aggregator.text.searchable import searchable

PROBES = Path(__file__).parent / "probes.tsv"
RANK = 10  # the last rank that counts as found
MENTIONS = 3  # of its subject in a text of a few lines
BATCH = 4000  # articles written at once
NOW = 1_790_000_000  # after the newest of the real articles
PLANTED = "https://planted.example/"
REAL = "https://real.example/feed"


@dataclass(frozen=True)
class Probe:
    """A query, the words of a text in a language, and whether the query must find them."""

    language: str
    query: str
    words: str
    finds: bool


def probes() -> list[Probe]:
    """All pairs of ``probes.tsv``."""
    rows = [line.split("\t") for line in PROBES.read_text(encoding="utf-8").splitlines()[1:]]
    return [
        Probe(language, query, words, finds)
        for language, query, *cells in rows
        for cell, finds in zip(cells, (True, False), strict=True)
        for words in cell.split("|")
        if words
    ]


def real_articles(shared: Path, every: int = 1) -> Iterator[ArticleDraft]:
    """The dated articles of the shared folder, or each ``every``-th of them."""
    for path in sorted((shared / "articles").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in islice(lines, 0, None, every):
                yield _real(json.loads(line))


def _real(row: dict[str, str]) -> ArticleDraft:
    day = datetime.fromisoformat(row["published"])
    published = int((day if day.tzinfo else day.replace(tzinfo=UTC)).timestamp())
    parts = [clean_text(row.get(part) or "", limit=20_000) for part in ("title", "summary", "text")]
    return _draft(row["id"], REAL + "/" + row["id"], parts, published, row["lang"])


def _draft(guid: str, url: str, parts: list[str], published: int, language: str) -> ArticleDraft:
    title, summary, text = parts
    return ArticleDraft(
        guid=guid,
        url=url,
        title=title,
        author="",
        summary=summary[:300],
        body=pack_blocks([Block("p", text or summary)]),
        published=published,
        updated=None,
        language=language,
        content_hash=blake2b("\0".join(parts).encode(), digest_size=16).digest(),
        folded=searchable(title, summary, text, language=language),
        terms=b"",
    )


def planted(asked: Iterable[Probe], published: int) -> list[ArticleDraft]:
    """An article for each probe: its words as title, and again and again as text, as of what it is about."""
    return [
        _draft(
            f"probe-{number}",
            f"{PLANTED}{number}",
            [probe.words, "", f"{probe.words}. " * MENTIONS],
            published,
            probe.language,
        )
        for number, probe in enumerate(asked)
    ]


class Probed:
    """A library to ask the probes of."""

    def __init__(self, folder: Path, articles: Iterable[ArticleDraft], now: int) -> None:
        self.probes = probes()
        self._read: dict[int, str] = {}
        self._answers: dict[tuple[str, str], list[int]] = {}
        config = Config(path=folder / "config.toml", cache=folder / "cache", settings=_settings())
        self._fill(config, articles, now)
        self.library = Library(config, clock=lambda: now)
        ids = self.library.ids("feed:planted").tolist()
        by_guid = {guid: article for article, (guid, _) in self.library.guids(ids).items()}
        self._planted = [by_guid[f"probe-{number}"] for number in range(len(self.probes))]
        self._all_planted = set(self._planted)

    def _fill(self, config: Config, articles: Iterable[ArticleDraft], now: int) -> None:
        with Store.open(config.cache) as store:
            store.feeds.reconcile(config.settings.feeds)
            real, own = (store.feeds.get(feed.url) for feed in config.settings.feeds)
            assert real is not None
            assert own is not None
            rest = iter(articles)
            while batch := list(islice(rest, BATCH)):
                with store.write():
                    store.search.index(store.articles.upsert(real, batch, now))
            with store.write():
                store.search.index(store.articles.upsert(own, planted(self.probes, now), now))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.library.close()

    def rank(self, probe: Probe, sort: str) -> int:
        """The place of the first article with the probe's words among those its query finds; 0 for none.

        Planted articles of other probes do not count: there are more of them than real ones of some words.
        """
        own = self._planted[self.probes.index(probe)]
        others = self._all_planted - {own}
        place = 0
        for article in self._found(probe.query, sort):
            if article not in others:
                place += 1
                if article == own or (place <= RANK and f" {fold(probe.words)} " in self._words(article)):
                    return place
        return 0

    def finds(self, probe: Probe) -> bool:
        """Whether the query finds the article of the probe's words, wherever."""
        return self._planted[self.probes.index(probe)] in self._found(probe.query, "newest")

    def _found(self, query: str, sort: str) -> list[int]:
        if (query, sort) not in self._answers:
            self._answers[query, sort] = self.library.ids(f"{query} sort:{sort}").tolist()
        return self._answers[query, sort]

    def _words(self, number: int) -> str:
        """Title and text of an article in search spelling, between spaces."""
        if number not in self._read:
            article = self.library.article(number)
            assert article is not None
            parts = (article.row.title, article.summary, article.text)
            self._read[number] = f" {fold(' '.join(parts))} "
        return self._read[number]


def _settings() -> Settings:
    feeds = [
        Feed(url=REAL, title="Real", outlet="Real", language="en"),
        Feed(url=PLANTED + "feed", title="Planted", outlet="Planted", language="en"),
    ]
    return msgspec.convert({"feeds": msgspec.to_builtins(feeds)}, Settings)
