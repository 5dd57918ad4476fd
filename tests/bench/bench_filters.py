"""Times of filters on this machine; run by hand: ``python tests/bench/bench_filters.py [articles]``.

Fills a cache of invented articles straight into the tables (a minute for 300,000) and prints, of each kind
of filter, milliseconds for a first page of 256, for the count, and what the bare index takes for the page
of its commonest word alone. Nothing is asserted.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

from aggregator import config
from aggregator.store.db import Store
from aggregator.store.filters import count_ids, select_ids
from aggregator.store.matching import facets_of
from aggregator.text.query import parse

NOW = 1_800_000_000
FEEDS = 300
STEP = 20_000
WORDS = [f"w{rank}x" for rank in range(30_000)]
WEIGHTS = list(accumulate(1 / (rank + 5) for rank in range(len(WORDS))))  # as of a language (Zipf)
LANGUAGES = ("en", "ar", "he", "fa", "tr")
PAGE = 256
RAW = "SELECT rowid FROM search.words WHERE words MATCH 'w0x' ORDER BY rowid DESC LIMIT 256"
# w0x is in three articles of four, w20x in one of four, w300x in one of fifty
FILTERS = (
    *("w0x", "w300x", "w0x w5x", "w0x lang:ar", "lang:ar", "-w0x", "lang:ar -w0x", "w0x OR w300x"),
    *("w30*", "country:EG", "country:EG w0x", 'outlet:"outlet 33"', 'outlet:"outlet 33" w0x', "topic:oil"),
    *("unread", "unread w0x", "unread w20x", "unread w300x", "unread -w0x", "unread lang:ar", "read w0x"),
    *("starred w300x", "starred w0x", "tag:mine", "tag:mine w0x", "score>=5", "score>=5 w20x", "hidden w0x"),
    *("w0x OR unread", "w0x (unread OR w5x)", "(unread OR starred) -w0x", "w0x (lang:ar OR (unread -w5x))"),
    *("since:24h", "since:2d w300x", "outlets>=3", "story:12", "url:site3.example", "w0x sort:oldest"),
    *("sort:score", "w0x sort:score", "since:2d sort:outlets", "sort:outlets", "new", "url:/1234"),
)


def rows(numbers: range, total: int, feeds: list[int], source: random.Random) -> dict[str, list[Any]]:
    """What goes into each table for some articles."""
    made: dict[str, list[Any]] = {table: [] for table in INSERTS}
    for number in numbers:
        article = (NOW - (total - number) * 60) << 20
        feed = int(source.random() ** 2 * FEEDS)  # some feeds have many times as many as others
        language, tags = LANGUAGES[number % 5], "|oil|" if number % 40 == 0 else ""
        words, url = source.choices(WORDS, cum_weights=WEIGHTS, k=60), f"https://site{feed}.example/{number}"
        made["articles"].append((article, feeds[feed], number + 1, language, words[0], tags))
        made["bodies"].append((article, url, article >> 20))
        facets = facets_of(language, feeds[feed], url, tags)
        made["vocabulary"] += [(word,) for word in set(words)]
        made["words"].append((article, " ".join(words[:8]), " ".join(words[8:]), facets))
        if source.random() < 0.3:
            made["unread"].append((article, feeds[feed]))
        elif source.random() < 0.03:
            made["hidden"].append((article, feeds[feed]))
        if source.random() < 0.05:
            made["scores"].append((article, source.choice((-5, 5, 10))))
        if source.random() < 0.001:
            made["tags"].append((article,))
            made["starred"].append((article - (1 << 20) * 60,) if number > numbers[0] else (article,))
        if number % 30 == 0:
            made["stories"].append((number // 30 + 1, 1 + number // 30 % 7))
        if number % 3 == 0:
            made["members"].append((article, number // 30 + 1))
    return made


INSERTS = {
    "articles": "articles (id, feed_id, url_key, language, title, content_hash, tags) "
    "VALUES (?, ?, ?, ?, ?, x'', ?)",
    "bodies": "bodies VALUES (?, '', ?, '', '', NULL, NULL, ?, '', x'')",
    "vocabulary": "search.vocabulary VALUES (?) ON CONFLICT DO NOTHING",
    "words": "search.words (rowid, title, text, facets) VALUES (?, ?, ?, ?)",
    "unread": "unread VALUES (?, ?)",
    "hidden": "hidden VALUES (?, ?, 0)",
    "scores": "scores VALUES (?, ?)",
    "tags": "article_tags VALUES ('mine', ?, 0)",
    "starred": "starred (id) VALUES (?)",
    "stories": "stories (id, title, first, last, outlets) VALUES (?, '', 0, 0, ?)",
    "members": "story_members (article_id, story_id) VALUES (?, ?)",
}


def fill(store: Store, total: int) -> None:
    """The cache."""
    store.feeds.reconcile(
        [
            config.Feed(
                url=f"https://f{i}.example", outlet=f"Outlet {i // 3}", country=("EG", "IL", "IR")[i % 3]
            )
            for i in range(FEEDS)
        ]
    )
    source, database = random.Random(7), store._database
    feeds = [row[0] for row in database.all("SELECT id FROM feeds ORDER BY id")]
    for start in range(0, total, STEP):
        made = rows(range(start, min(total, start + STEP)), total, feeds, source)
        with store.write():
            for table, insert in INSERTS.items():
                database.many(f"INSERT INTO {insert}", made[table])
    with store.write():
        database.run(
            "UPDATE feed_counts SET total = "
            "(SELECT count(*) FROM articles a WHERE a.feed_id = feed_counts.feed_id)"
        )
        database.run("UPDATE search.state SET complete = 1")
    store.search.settle(60)
    store.checkpoint()


def took(call: Callable[[], object]) -> float:
    """Milliseconds, the median of five."""
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return sorted(taken)[2] * 1000


def main() -> None:
    """Measure and print."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        fill(store, total)
        database = store._database
        print(f"{'bare index, w0x':<36}{took(lambda: database.all(RAW)):9.2f} ms")
        for text in FILTERS:
            query = parse(text, NOW)
            page = took(lambda query=query: select_ids(database, query, limit=PAGE))
            count = took(lambda query=query: count_ids(database, query))
            print(f"{text:<36}{page:9.2f} ms   count {count:8.2f} ms {count_ids(database, query):9}")
        for field in ("outlet", "feed", "country", "lang", "topic", "tag", "rule"):
            print(f"{'values of ' + field:<36}{took(lambda field=field: store.values.of(field)):9.2f} ms")


if __name__ == "__main__":
    main()
