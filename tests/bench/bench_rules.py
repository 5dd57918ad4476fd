"""What rules cost a sync: ``python tests/bench/bench_rules.py [articles] [rules]``, by hand.

Stores invented articles in batches of two sizes, with and without rules, and prints processor time an
article: storing and indexing, deciding, and what part deciding is of a sync's 1.2 ms an article (measured by
bench_sync.py, all processes together). Then the times of a new rule over the stored articles, and of its
end. Nothing is asserted.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from aggregator import config, ruling
from aggregator.config import Rule, Settings
from aggregator.model import ArticleDraft
from aggregator.ruling import decide, reconcile
from aggregator.store.db import Store
from aggregator.text.blocks import unpack_blocks
from aggregator.text.searchable import searchable

sys.path.insert(0, str(Path(__file__).parent))
from bench_store import NOW, Maker

FEEDS = 300
BATCHES = (400, 2000)  # articles: what comes in a quarter of a second, and the most there may be
SYNC = 1200.0  # microseconds of processor an article that a sync takes in all
FEED_SETTINGS = tuple(
    config.Feed(url=f"https://news.example/{n}/rss", title=f"Paper {n}", outlet=f"Paper {n}", language="en")
    for n in range(FEEDS)
)


def rules(words: list[str], number: int) -> tuple[Rule, ...]:
    """As a reader of years has them: mostly words in titles, some outlets, some of more parts."""
    source = random.Random(3)

    def word() -> str:
        return words[100 + int((len(words) - 100) * source.random() ** 2)]  # commoner words more often

    shapes: tuple[Callable[[], str], ...] = (
        *(lambda: f"title:{word()}",) * 5,
        lambda: f"title:{word()},{word()},{word()}",
        lambda: f'"{word()} {word()}"',
        lambda: f'outlet:"paper {source.randrange(FEEDS)}"',
        lambda: f"{word()} -{word()}",
        lambda: f'outlet:"paper {source.randrange(FEEDS)}" title:{word()} OR {word()}',
    )
    do = (("hide",), ("hide",), ("score:+5",), ("tag:seen", "score:-1"), ("read",))
    return tuple(
        Rule(name=f"rule {n}", when=shapes[n % len(shapes)](), do=do[n % len(do)]) for n in range(number)
    )


def batches(maker: Maker, articles: int, size: int) -> Iterator[list[tuple[int, ArticleDraft]]]:
    """(feed, draft) of invented articles."""
    numbered = iter(range(articles))
    while chunk := list(islice(numbered, size)):
        yield [(number % FEEDS, worked(maker.draft(number))) for number in chunk]


def worked(draft: ArticleDraft) -> ArticleDraft:
    """The draft as a worker hands it over: with all that can be found of it."""
    return replace(draft, folded=searchable(draft.title, draft.summary, text_of(draft), language="en"))


def text_of(draft: ArticleDraft) -> str:
    """Its body."""
    return "\n\n".join(block.text for block in unpack_blocks(draft.body))


def fill(store: Store, articles: int, size: int) -> tuple[float, float]:
    """Store them all; processor seconds for storing and indexing, and for deciding."""
    maker = Maker()
    states = {state.url: state for state in store.feeds.all()}
    storing = deciding = 0.0
    for batch in batches(maker, articles, size):
        by_feed: dict[int, list[ArticleDraft]] = {}
        for feed, draft in batch:
            by_feed.setdefault(feed, []).append(draft)
        started = time.process_time()
        with store.write():
            documents = [(states[FEED_SETTINGS[feed].url], drafts) for feed, drafts in by_feed.items()]
            changes = [change for made in store.articles.upsert_all(documents, NOW) for change in made]
            store.search.index(changes)
            between = time.process_time()
            decide(store, changes, NOW)
            deciding += time.process_time() - between
        storing += time.process_time() - started
    return storing - deciding, deciding


def main() -> None:
    """Print the table."""
    articles = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    asked = rules(Maker().words[:5000], number)
    for size in BATCHES:
        with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
            store.feeds.reconcile(FEED_SETTINGS)
            settings = Settings(rules=asked, feeds=FEED_SETTINGS)
            problems = reconcile(store, settings, NOW)
            while ruling.step(store):
                pass
            storing, deciding = (1e6 * seconds / articles for seconds in fill(store, articles, size))
            hits = sum(info.hits for info in store.rules.infos())
            print(
                f"{number} rules ({len(problems)} skipped), batches of {size}: storing {storing:.0f} µs, "
                f"deciding {deciding:.0f} µs an article = {deciding / SYNC:.0%} of a sync; {hits} hits"
            )
            begin(store, settings)


def begin(store: Store, settings: Settings) -> None:
    """Times of all rules ending and coming anew over what is stored."""
    for name, new in (("taken back", Settings(feeds=FEED_SETTINGS)), ("looked at anew", settings)):
        reconcile(store, new, NOW)
        steps = []
        more = True
        while more:
            started = time.perf_counter()
            more = ruling.step(store)
            steps.append(time.perf_counter() - started)
        total, longest = sum(steps), max(steps)
        print(f"  {name}: {total:.2f} s in {len(steps)} steps, the longest {1000 * longest:.0f} ms")


if __name__ == "__main__":
    main()
