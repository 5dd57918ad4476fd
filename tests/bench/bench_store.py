"""Times of the store on this machine; run by hand: ``python tests/bench/bench_store.py [articles]``.

Prints microseconds a draft beside what bare rows and a bare index take in one transaction, then
milliseconds for what a reader does with 100 000 articles. Nothing is asserted.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from aggregator import config
from aggregator.model import ArticleDraft, Block, MarkAction
from aggregator.store.db import Store
from aggregator.store.identity import hash_of
from aggregator.text.blocks import pack_blocks
from aggregator.text.fold import fold
from aggregator.text.query import EVERYTHING, as_typed, parse

NOW = 1_800_000_000
FEEDS = 1000
PER_FEED = 30
FEEDS_PER_BATCH = 66  # about 2000 drafts
MONTHS = 6 * 30 * 86400


def vocabulary(size: int, source: random.Random) -> list[str]:
    """Invented words in two scripts, the first ones the commonest."""
    letters = ("abcdefghijklmnopqrstuvwxyz", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي")
    return ["".join(source.choices(letters[i % 2], k=source.randint(2, 9))) for i in range(size)]


class Maker:
    """Makes drafts with words as unequal as those of a language (Zipf)."""

    def __init__(self) -> None:
        self.source = random.Random(7)
        self.words = vocabulary(40_000, self.source)
        self.weights = [1 / (rank + 10) for rank in range(len(self.words))]
        self.cumulative: list[float] = []
        total = 0.0
        for weight in self.weights:
            total += weight
            self.cumulative.append(total)

    def text(self, length: int) -> str:
        """Some words."""
        return " ".join(self.source.choices(self.words, cum_weights=self.cumulative, k=length))

    def draft(self, number: int) -> ArticleDraft:
        """One article of about 280 words."""
        title, summary, text = self.text(10), self.text(30), self.text(240)
        return ArticleDraft(
            guid=f"https://news.example/{number}",
            url=f"https://news.example/{number % FEEDS}/article-{number}.html",
            title=title,
            author="A. Writer",
            summary=summary,
            body=pack_blocks([Block("p", text)]),
            published=NOW - self.source.randrange(MONTHS),
            updated=None,
            language=("en", "ar", "he", "fa", "tr")[number % 5],
            content_hash=hash_of(text).to_bytes(8, "big", signed=True) * 2,
            folded=fold(f"{title}\n{summary}\n{text}"),
            terms=bytes(self.source.randrange(256) for _ in range(100)),
            tags=("World", "Economy"),
            own_links=(f"https://news.example/{number}/linked",) if number % 2 else (),
        )


def bare(path: Path, drafts: list[ArticleDraft]) -> float:
    """Seconds for bare rows and a bare FTS5 index, one transaction each in order: the limit."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("CREATE TABLE a (id INTEGER PRIMARY KEY, t, s, u, b, p)")
    connection.execute(
        "CREATE VIRTUAL TABLE w USING fts5(text, content='', columnsize=0, tokenize='unicode61')"
    )
    connection.execute("INSERT INTO w (w, rank) VALUES ('hashsize', 67108864)")
    started = time.perf_counter()
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO a VALUES (?, ?, ?, ?, ?, ?)",
        ((i, d.title, d.summary, d.url, d.body, d.published) for i, d in enumerate(drafts)),
    )
    connection.executemany(
        "INSERT INTO w (rowid, text) VALUES (?, ?)", ((i, d.folded) for i, d in enumerate(drafts))
    )
    connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return took


def fill(store: Store, drafts: list[ArticleDraft]) -> tuple[float, float]:
    """Seconds for storing and for indexing all drafts, in batches as a sync does."""
    store.feeds.reconcile([config.Feed(url=f"https://news.example/{i}") for i in range(FEEDS)])
    feeds = store.feeds.all()
    size = max(1, len(drafts) // FEEDS)
    storing = indexing = 0.0
    for start in range(0, FEEDS, FEEDS_PER_BATCH):
        begun = time.perf_counter()
        with store.write():
            changes = []
            for position, feed in enumerate(feeds[start : start + FEEDS_PER_BATCH], start):
                changes += store.articles.upsert(feed, drafts[position * size : (position + 1) * size], NOW)
            stored = time.perf_counter()
            store.search.index(changes)
            indexed = time.perf_counter()
        storing += stored - begun + time.perf_counter() - indexed
        indexing += indexed - stored
    return storing, indexing


def clock(name: str, work: Callable[[], object], times: int = 5) -> None:
    """Print the median time of some work."""
    taken = []
    result: object = None
    for _ in range(times):
        started = time.perf_counter()
        result = work()
        taken.append(time.perf_counter() - started)
    size = len(result) if hasattr(result, "__len__") else result
    print(f"{name:<44} {sorted(taken)[times // 2] * 1000:9.2f} ms   {size}")


def main() -> None:
    """Measure and print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else FEEDS * PER_FEED
    maker = Maker()
    drafts = [maker.draft(i) for i in range(number)]
    print(f"{number} drafts made, {sum(len(d.folded) for d in drafts) // number} characters each")
    with tempfile.TemporaryDirectory() as folder:
        limit = bare(Path(folder) / "bare.sqlite3", drafts)
        with Store.open(Path(folder) / "cache") as store:
            storing, indexing = fill(store, drafts)
            whole = storing + indexing
            print(f"bare rows and index, one transaction   {limit / number * 1e6:7.1f} µs a draft")
            print(f"store: rows {storing / number * 1e6:.1f} + index {indexing / number * 1e6:.1f} =")
            print(f"{'':38} {whole / number * 1e6:7.1f} µs a draft, {whole / limit:.2f}x")
            started = time.perf_counter()
            fill(store, drafts)
            again = (time.perf_counter() - started) / number * 1e6
            print(f"the same again, nothing new            {again:7.1f} µs a draft")
            clock("checkpoint", store.checkpoint, 1)
            size = sum(path.stat().st_size for path in (store.files.news, store.files.search))
            print(f"both files                             {size / number:7.0f} bytes an article")
            read(store, maker)


def read(store: Store, maker: Maker) -> None:
    """What a reader does."""
    articles = store.articles
    ids = articles.ids(EVERYTHING)
    middle = ids[len(ids) // 2]
    common, rare = maker.words[3], maker.words[30_000]
    clock("ids, all", lambda: articles.ids(EVERYTHING))
    clock("ids, unread", lambda: articles.ids(parse("unread", NOW)))
    clock("page of 256, newest", lambda: articles.page(EVERYTHING, None, 256), 20)
    clock("page of 60, newest", lambda: articles.page(EVERYTHING, None, 60), 20)
    clock("page of 60, middle", lambda: articles.page(EVERYTHING, middle, 60), 20)
    for text in (
        common,
        rare,
        f"{common} {maker.words[5]}",
        f'"{maker.words[0]} {maker.words[1]}"',
        f"-{common}",
    ):
        clock(f"page of 60: {text}", lambda text=text: articles.page(parse(text, NOW), None, 60), 20)
    clock("page of 60, prefix of two letters", lambda: articles.page(as_typed(common[:2], NOW), None, 60), 20)
    for text in ("feed:example/7", "lang:ar", "tag:economy", f"unread lang:fa {common}", "since:2d"):
        clock(f"page of 60: {text}", lambda text=text: articles.page(parse(text, NOW), None, 60), 20)
    clock(f"ids: {common}", lambda: articles.ids(parse(common, NOW)))
    clock("one article", lambda: articles.get(middle), 20)
    clock("mark one read", lambda: store.marks.apply(MarkAction.READ, [middle]), 1)
    clock("mark all read (query)", lambda: store.marks.apply_query(MarkAction.READ, EVERYTHING), 1)
    clock("undo", store.journal.undo, 1)
    clock("redo", store.journal.redo, 1)
    clock("undo", store.journal.undo, 1)
    clock("mark all read (ids)", lambda: store.marks.apply(MarkAction.READ, ids), 1)
    clock("next unread, none", lambda: articles.next_unread(EVERYTHING, middle))
    clock("stories, none", lambda: store.stories.page(EVERYTHING, 50), 1)
    clock(
        "prune half",
        lambda: store.retention.prune(config.Retention(days=0, max_articles=len(ids) // 2), NOW),
        1,
    )


if __name__ == "__main__":
    main()
