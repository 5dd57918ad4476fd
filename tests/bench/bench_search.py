"""Times of searching on this machine; run by hand: ``python tests/bench/bench_search.py [--articles N]``.

Makes a cache of invented articles in five scripts, with a bare FTS5 index of the same texts beside it,
and prints milliseconds for 200 queries of ten kinds beside what the bare index takes for their words, newest
first; then ranking, snippets, a batch's own index, and what indexing costs with and without folding and
forms. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from statistics import median

from aggregator import config
from aggregator.model import ArticleDraft, Change, MarkAction
from aggregator.store.db import Store
from aggregator.store.filters import count_ids, select_ids
from aggregator.store.identity import hash_of
from aggregator.store.search_schema import COLUMNS
from aggregator.text import searchable as texts
from aggregator.text.fold import fold
from aggregator.text.query import as_typed, parse

Times = defaultdict[str, float]  # name -> seconds

NOW = 1_800_000_000
YEAR = 365 * 86400
FEEDS = 300
BATCH = 2000
PAGE = 50
PER_KIND = 20
RUNS = 3
NEWEST = "SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY rowid DESC"
SAMPLE = 6000  # articles for the times of indexing
LANGUAGES = ("en", "ar", "he", "fa", "tr")
LETTERS = ("etaoinshrdlcu", "اليمنترسعبدق", "יוהלארםמתבש", "ایرندستمکهگپ", "aeinrlkdıüşçğ")
BEGINNINGS = ("", " ال ال وال ب", "   ה ה ב ו", "   می", "")
ENDINGS = ("       s s s ed ing", "      ة ات ين", "      ים ות", "      ها ان", "      lar da")


class Language:
    """Invented words as unequal as those of a language (Zipf), in sentences made beforehand."""

    def __init__(self, number: int, source: random.Random) -> None:
        heads, tails = BEGINNINGS[number].split(" "), ENDINGS[number].split(" ")
        self.words = [
            source.choice(heads)
            + "".join(source.choices(LETTERS[number], k=source.randint(2, 7)))
            + source.choice(tails)
            for _ in range(40_000)
        ]
        weights = [1 / (rank + 8) for rank in range(len(self.words))]
        drawn = source.choices(self.words, weights, k=300_000)
        self.sentences = [" ".join(drawn[at : at + 12]) for at in range(0, len(drawn), 12)]
        spoken = LANGUAGES[number]
        self.packed = {
            text: texts.searchable("", "", text, language=spoken).split("\n") for text in self.sentences
        }

    def near(self, rank: int, source: random.Random) -> str:
        """A word of about this rank."""
        return self.words[source.randrange(rank // 2, rank * 2 + 1)]


@dataclass(frozen=True)
class Text:
    """One article as its publisher wrote it."""

    title: str
    text: str
    language: str
    folded: str  # as ``searchable`` gives it, but put together of sentences


class Maker:
    """Makes articles of about 200 words."""

    def __init__(self) -> None:
        self.source = random.Random(7)
        self.languages = [Language(number, self.source) for number in range(len(LANGUAGES))]

    def text(self, number: int) -> Text:
        """The article of a number."""
        which = self.source.choices(range(5), (40, 30, 12, 8, 10))[0]
        language = self.languages[which]
        title, *body = self.source.choices(language.sentences, k=17)
        parts = [language.packed[sentence] for sentence in body]
        head = language.packed[title]
        forms = " ".join(dict.fromkeys(" ".join(part[4] for part in parts).split()))
        bits = reduce(or_, (int(part[5], 16) for part in (head, *parts)))
        told = f"{' '.join(part[0] for part in parts)} n{number}"
        folded = "\n".join((told, head[0], "n writer", head[4], forms, f"{bits:x}"))
        return Text(title, f"{' '.join(body)} n{number}", LANGUAGES[which], folded)

    def draft(self, number: int, text: Text) -> ArticleDraft:
        """The article as cleaning makes it, but for a body."""
        return ArticleDraft(
            guid=f"guid-{number}",
            url=f"https://www.site{number % 50}.example/{number}",
            title=text.title,
            author="N. Writer",
            summary="",
            body=b"",
            published=NOW - self.source.randrange(YEAR),
            updated=None,
            language=text.language,
            content_hash=hash_of(text.text).to_bytes(8, "big", signed=True),
            folded=text.folded,
            terms=b"",
            tags=("World",) if number % 3 else ("Ports", "Trade"),
        )


def bare_index(path: Path, tokenizer: str = "unicode61", columns: str = "title, text") -> sqlite3.Connection:
    """An FTS5 index without anything of ours."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(
        f"CREATE VIRTUAL TABLE bare USING fts5({columns}, content='', columnsize=0, tokenize='{tokenizer}')"
    )
    connection.execute(f"INSERT INTO bare (bare, rank) VALUES ('hashsize', {32 * 2**20})")
    connection.execute("INSERT INTO bare (bare, rank) VALUES ('automerge', 16)")
    connection.execute("INSERT INTO bare (bare, rank) VALUES ('crisismerge', 64)")
    return connection


def insert(
    connection: sqlite3.Connection, rows: Sequence[Sequence[object]], columns: str = "title, text"
) -> None:
    """Rows of (id, columns …) in one transaction."""
    connection.execute("BEGIN")
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO bare (rowid, {columns}) VALUES ({marks})", rows)
    connection.execute("COMMIT")


def fill(store: Store, bare: sqlite3.Connection, number: int, maker: Maker) -> None:
    """The cache and the bare index, in batches as a sync writes them, under the same ids."""
    store.feeds.reconcile(
        [
            config.Feed(url=f"https://f{i}.example/", title=f"Feed {i}", outlet=f"Outlet {i}")
            for i in range(FEEDS)
        ]
    )
    feeds = store.feeds.all()
    for start in range(0, number, BATCH):
        made = {f"guid-{n}": (n, maker.text(n)) for n in range(start, min(start + BATCH, number))}
        with store.write():
            changes: list[Change] = []
            for at, feed in enumerate(feeds[:10]):
                feed = feeds[(start // BATCH * 10 + at) % FEEDS]
                drafts = [maker.draft(n, text) for n, text in made.values() if n % 10 == at]
                changes += store.articles.upsert(feed, drafts, NOW)
            store.search.index(changes)
        rows = [(c.id, made[c.draft.guid][1].title, made[c.draft.guid][1].text) for c in changes]
        insert(bare, sorted(rows))
    store.search.settle(60)
    bare.execute("INSERT INTO bare (bare, rank) VALUES ('usermerge', 4)")
    changed = -1
    while bare.total_changes - changed > 1:
        changed = bare.total_changes
        bare.execute("INSERT INTO bare (bare, rank) VALUES ('merge', 2000)")


@dataclass(frozen=True)
class Query:
    """A query of ours, and its words for the bare index."""

    kind: str
    text: str
    bare: str
    typed: bool = False


def queries(maker: Maker) -> list[Query]:
    """``PER_KIND`` of each kind, of common, middling and rare words in all five scripts."""
    source = random.Random(3)
    made: list[Query] = []
    for number in range(PER_KIND):
        language = source.randrange(5)
        spoken = maker.languages[language]
        word = spoken.near((2, 60, 1500)[number % 3], source)
        common, other = spoken.near(3, source), spoken.near(40, source)
        pair = " ".join(source.choice(spoken.sentences).split()[3:5])
        begun = word[: 1 + number % 4]
        code = LANGUAGES[source.randrange(5)]
        made += [
            Query("word", word, f'"{word}"'),
            Query("two words", f"{common} {other}", f'"{common}" "{other}"'),
            Query("phrase", f'"{pair}"', f'"{pair}"'),
            Query("prefix as typed", begun, f'"{begun}"*', typed=True),
            Query("word + lang", f"{common} lang:{code}", f'"{common}"'),
            Query("word - word", f"{common} -{other}", f'"{common}" NOT "{other}"'),
            Query("word OR word", f"{common} OR {word}", f'"{common}" OR "{word}"'),
            Query("word + outlet", f'{common} outlet:"Outlet {number}"', f'"{common}"'),
            Query("word + unread", f"{word} unread", f'"{word}"'),
            Query("count", common, f'"{common}"'),
        ]
    return made


def best_of(call: Callable[..., object], *arguments: object) -> float:
    """Milliseconds of the quickest of a few runs."""
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        call(*arguments)
        took.append(time.perf_counter() - begun)
    return min(took) * 1000


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """(p50, p95)."""
    ordered = sorted(values)
    return median(ordered), ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]


def searching(store: Store, bare: sqlite3.Connection, asked: Sequence[Query]) -> None:
    """First pages and counts beside those of the bare index."""
    times: dict[str, tuple[list[float], list[float]]] = {"all": ([], [])}
    for one in asked:
        query = (as_typed if one.typed else parse)(one.text, NOW)
        if one.kind == "count":
            ours = best_of(count_ids, store._database, query)
            theirs = best_of(asked_bare, bare, "SELECT count(*) FROM bare WHERE bare MATCH ?", one.bare)
        else:
            ours = best_of(lambda query: select_ids(store._database, query, limit=PAGE), query)
            theirs = best_of(asked_bare, bare, f"{NEWEST} LIMIT {PAGE}", one.bare)
        for kind in (one.kind, "all"):
            row = times.setdefault(kind, ([], []))
            row[0].append(ours)
            row[1].append(theirs)
    print(f"ms, first {PAGE} ids          p50      p95 | bare p50      p95 | ratio of p95")
    for kind, (mine, bares) in times.items():
        (middle, high), (bare_middle, bare_high) = percentiles(mine), percentiles(bares)
        columns = f"{middle:8.2f} {high:8.2f} | {bare_middle:8.2f} {bare_high:8.2f}"
        print(f"{kind:20} {columns} | {high / bare_high:5.2f}")


def asked_bare(bare: sqlite3.Connection, sql: str, match: str) -> list[tuple[object, ...]]:
    """What the bare index answers."""
    return bare.execute(sql, (match,)).fetchall()


def ranking(store: Store, bare: sqlite3.Connection, maker: Maker) -> None:
    """Ranked pages of the commonest words, their snippets, and bm25 over all of the bare index."""
    took, raw, snippets = [], [], []
    best = f"SELECT rowid FROM bare WHERE bare MATCH ? ORDER BY rank LIMIT {PAGE}"
    for language in maker.languages:
        word = language.words[0]
        query = parse(word, NOW)
        took.append(best_of(store.search.ranked, query, PAGE))
        raw.append(best_of(asked_bare, bare, best, f'"{word}"'))
        snippets.append(best_of(store.search.snippets, store.search.ranked(query, PAGE), query))
    for name, values in (("ranked", took), ("bare bm25 over all", raw), (f"{PAGE} snippets", snippets)):
        middle, high = percentiles(values)
        print(f"the commonest words, {name}: p50 {middle:.2f} ms, most {high:.2f} ms")


@contextmanager
def clocked(times: Times, name: str) -> Iterator[None]:
    """Add the processor seconds of a piece of work."""
    begun = time.process_time()
    yield
    times[name] += time.process_time() - begun


def bare_times(times: Times, folder: Path, written: Sequence[Text], drafts: Sequence[ArticleDraft]) -> None:
    """Bare indexes of the texts as they are, folded, and of all our columns."""
    makers = (
        ("bare, unicode61", "unicode61", "title, text", lambda t, d: (t.title, t.text)),
        ("bare, fold and ascii", "ascii", "title, text", lambda t, d: (fold(t.title), fold(t.text))),
        ("bare, all columns", "ascii", COLUMNS, lambda t, d: texts.columns(d.folded)[0]),
    )
    for name, tokenizer, columns, make in makers:
        index = bare_index(folder / f"{name}.sqlite3", tokenizer, columns)
        with closing(index), clocked(times, name):
            rows = [(i, *make(*both)) for i, both in enumerate(zip(written, drafts, strict=True))]
            for at in range(0, SAMPLE, BATCH):
                insert(index, rows[at : at + BATCH], columns)


def store_times(times: Times, folder: Path, drafts: Sequence[ArticleDraft]) -> None:
    """Storing, ``Search.index`` and ``Search.arriving``, as in a sync."""
    with Store.open(folder / "indexing") as store:
        store.feeds.reconcile([config.Feed(url="https://f.example/")])
        state = store.feeds.all()[0]
        for at in range(0, SAMPLE, BATCH):
            with store.write():
                with clocked(times, "storing"):
                    changes = store.articles.upsert(state, drafts[at : at + BATCH], NOW)
                with clocked(times, "Search.index"):
                    store.search.index(changes)
                with clocked(times, "Search.arriving"), store.search.arriving(changes):
                    pass


def indexing(folder: Path, maker: Maker) -> None:
    """Microseconds an article, from a clean text to the index."""
    written = [maker.text(number) for number in range(SAMPLE)]
    drafts = [maker.draft(number, text) for number, text in enumerate(written)]
    times: Times = defaultdict(float)
    with clocked(times, "searchable, in the worker"):
        for text in written:
            texts.searchable(text.title, "", text.text, language=text.language)
    bare_times(times, folder, written, drafts)
    store_times(times, folder, drafts)
    print("processor µs an article:")
    for name, took in times.items():
        print(f"  {name:28} {took / SAMPLE * 1e6:6.0f}")


def main() -> None:
    """Everything, in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    number = parser.parse_args().articles
    maker = Maker()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        indexing(folder, maker)
        bare = bare_index(folder / "bare.sqlite3")
        begun = time.perf_counter()
        with Store.open(folder / "cache") as store:
            fill(store, bare, number, maker)
            every = store.articles.ids(parse("", NOW))
            store.marks.apply(MarkAction.READ, every[number // 10 :])
            store.checkpoint()
        print(f"{number} articles in {time.perf_counter() - begun:.0f} s")
        sizes = [
            path.stat().st_size / number
            for path in (folder / "cache" / "search.sqlite3", folder / "bare.sqlite3")
        ]
        print(f"bytes an article: search file {sizes[0]:.0f}, bare index {sizes[1]:.0f}")
        with Store.open(folder / "cache", readonly=True) as store:
            searching(store, bare, queries(maker))
            ranking(store, bare, maker)
        bare.close()


if __name__ == "__main__":
    main()
