"""How long a reader waits for related articles: ``python tests/bench/bench_related.py [articles]``.

Fills a cache with invented stories, links and threads (a million articles and three million links unless
told otherwise), then looks up articles at random. Prints milliseconds; asserts nothing.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aggregator.model import LinkKind
from aggregator.store.db import Store

NOW = 1_800_000_000
SPREAD = 330 * 86400
FEEDS = 300
PER_STORY = 2  # articles of a story on average: every other one stands alone
LINKS = 3  # links of an article on average
ASKED = 2000


def rows(count: int, source: random.Random) -> Iterator[int]:
    """Ascending article ids over the time."""
    for number in range(count):
        yield (NOW - SPREAD + number * SPREAD // count) << 20 | source.randrange(1 << 18)


def fill(store: Store, count: int) -> list[int]:
    """Articles, stories, links and threads straight into the tables: the contents do not matter here."""
    source = random.Random(7)
    database = store.feeds._database
    with store.write():
        database.many(
            "INSERT INTO feeds (url, fetch_url, outlet) VALUES (?1, ?1, ?2)",
            [(f"https://feed{i}.example/", f"Outlet {i}") for i in range(FEEDS)],
        )
        ids = sorted(set(rows(count, source)))
        database.many(
            "INSERT INTO articles (id, feed_id, url_key, language, title, content_hash, tags) "
            "VALUES (?, ?, 0, 'en', ?, x'00', '')",
            (
                (i, 1 + n % FEEDS, f"An invented headline about matter {n // 3} of the day")
                for n, i in enumerate(ids)
            ),
        )
        database.many(
            "INSERT INTO stories (id, title, first, last, outlets, members, reports, languages, threaded) "
            "VALUES (?, 'A story', 0, 0, 2, 2, 2, 'en', 1)",
            ((1 + n,) for n in range(len(ids) // PER_STORY + 1)),
        )
        database.many(
            "INSERT INTO story_members VALUES (?, ?, 0, 0)",
            ((i, 1 + n // PER_STORY) for n, i in enumerate(ids)),
        )
        evidence = json.dumps(["Invented Name", "same wording"])
        database.many(
            "INSERT OR IGNORE INTO links VALUES (?, ?, ?, 0.6, ?, ?)",
            (
                (
                    i,
                    ids[max(0, min(len(ids) - 1, n + source.randint(-40, 40)))],
                    LinkKind.SAME.value,
                    evidence,
                    p,
                )
                for n, i in enumerate(ids)
                for p in range(LINKS)
            ),
        )
        stories = len(ids) // PER_STORY
        database.many(
            "INSERT OR IGNORE INTO story_links VALUES (?, ?, 0.5, ?)",
            (
                (1 + n, 1 + max(0, n - source.randint(1, 900)), evidence)
                for n in range(stories)
                for _ in range(2)
            ),
        )
    store.checkpoint()
    return ids


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        with Store.open(Path(folder)) as store:
            ids = fill(store, count)
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / 2**20
        print(f"{len(ids)} articles, {size:.0f} MB")
        source = random.Random(3)
        with Store.open(Path(folder), readonly=True) as store:
            took = []
            found = 0
            for article in source.sample(ids, min(ASKED, len(ids))):
                started = time.perf_counter()
                found += len(store.related.folded(article))
                took.append((time.perf_counter() - started) * 1000)
        took.sort()
        print(f"{found / len(took):.1f} related articles each")
        for name, at in (("median", 0.5), ("p95", 0.95), ("p99", 0.99)):
            print(f"{name:<7}{took[int(len(took) * at)]:.3f} ms")
        print(f"{'most':<7}{took[-1]:.3f} ms")


if __name__ == "__main__":
    main()
