"""Caches of invented articles with stories for ``bench_screen``: about a minute for each 100,000."""

from __future__ import annotations

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from aggregator.config import Feed  # noqa: E402  # the bench runs from any folder
from aggregator.model import ArticleDraft, Block  # noqa: E402
from aggregator.store.db import Store  # noqa: E402
from aggregator.text.blocks import pack_blocks  # noqa: E402
from aggregator.text.fold import fold  # noqa: E402

FEEDS = 200
BATCH = 5_000
NEAR = 9  # seconds between two articles, so that the newest 10,000 are a day, as with 300 busy feeds
PAUSE = 0.1  # seconds between two batches of a sync
TOLD = 3  # articles of a story
WORDS = ("harbour", "olive", "tram", "museum", "storm", "ferry", "orchard", "bridge", "market", "lantern")
ARABIC = (
    *("الميناء", "الزيتون", "القطار", "المتحف", "العاصفة"),
    *("العبارة", "البستان", "الجسر", "السوق", "المصباح"),
)


def fill(folder: Path, articles: int) -> None:
    """A cache; one that is there already is filled up to so many articles."""
    folder.mkdir(parents=True, exist_ok=True)
    feeds = followed()
    with Store.open(folder / "cache") as store:
        store.feeds.reconcile(feeds)
        states = store.feeds.all()
        now = int(time.time())
        for start in range(store.articles.count()[0], articles, BATCH):
            with store.write():
                changes = []
                for feed in range(FEEDS):
                    numbers = range(start + feed, min(start + BATCH, articles), FEEDS)
                    drafts = [draft(n, now - (articles - n) * NEAR) for n in numbers]
                    changes += store.articles.upsert(states[feed], drafts, now)
                store.search.index(changes)
        store.checkpoint()
    group(folder / "cache" / "news.sqlite3")


def followed() -> list[Feed]:
    """The feeds."""
    return [
        Feed(url=f"https://outlet{n}.example/feed", outlet=f"Outlet {n}", language=language(n))
        for n in range(FEEDS)
    ]


def configure(folder: Path, view: str) -> Path:
    """A configuration of the reader that begins with a view; returns its file."""
    lines = [
        f'[[feeds]]\nurl = "{f.url}"\noutlet = "{f.outlet}"\nlanguage = "{f.language}"' for f in followed()
    ]
    settings = (
        f'[reader]\nsync_on_start = false\nrtl = "app"\nstart = "{view}"\n[full_text]\npolicy = "never"\n'
    )
    path = folder / f"{view}.toml"
    path.write_text(settings + "\n".join(lines))
    return path


def language(feed: int) -> str:
    """One feed in three is Arabic."""
    return "ar" if feed % 3 == 2 else "en"


def draft(number: int, published: int) -> ArticleDraft:
    """One invented article; the highest number is the newest. One feed in three is Arabic."""
    arabic = language(number % FEEDS) == "ar"
    words = ARABIC if arabic else WORDS
    one, two = words[number % len(words)], words[number // 7 % len(words)]
    title = f"خبر {number:07d} عن {one} و{two}" if arabic else f"Headline{number:07d} of {one} and {two}"
    text = f"Body{number:07d} tells of the {one}. " + "The rest of it is told at some length. " * 10
    return ArticleDraft(
        guid=f"g{number}",
        url=f"https://outlet.example/{number}",
        title=title,
        author="Sample Author",
        summary="",
        body=pack_blocks([Block("p", text)]),
        published=published,
        updated=None,
        language=language(number % FEEDS),
        content_hash=number.to_bytes(8, "big"),
        folded=fold(f"{title} {text}"),
        terms=b"",
    )


def group(path: Path) -> None:
    """Make stories of neighbours: of every ten articles the first three are one story."""
    with closing(sqlite3.connect(path)) as database, database:
        if database.execute("SELECT 1 FROM stories").fetchone():
            return
        rows = database.execute(
            "SELECT a.id, a.title, f.outlet FROM articles a JOIN feeds f ON f.id = a.feed_id ORDER BY a.id"
        ).fetchall()
        for number, at in enumerate(range(0, len(rows) - TOLD, 10), 1):
            told = rows[at : at + TOLD]
            times = told[0][0] >> 20, told[-1][0] >> 20
            database.execute(
                "INSERT INTO stories (id, title, first, last, outlets, members, reports) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, told[0][1], *times, len({row[2] for row in told}), TOLD, TOLD),
            )
            database.executemany(
                "INSERT INTO story_members (article_id, story_id, role, copy_of) VALUES (?, ?, 0, 0)",
                [(row[0], number) for row in told],
            )


def write(folder: Path) -> None:
    """Write as a sync does, until ended: small batches of new articles."""
    with Store.open(folder / "cache") as store:
        states = store.feeds.all()
        number = 10_000_000 + int(time.time())
        while True:
            for feed in range(FEEDS):
                number += 1
                with store.write():
                    changes = store.articles.upsert(
                        states[feed], [draft(number, int(time.time()))], int(time.time())
                    )
                    store.search.index(changes)
                time.sleep(PAUSE)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if sys.argv[2] == "--write":
        write(target)
    else:
        fill(target, int(sys.argv[2]))
