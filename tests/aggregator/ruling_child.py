"""A process in which rules come, look, decide and go, until it is killed: ``ruling_child CACHE``."""

from __future__ import annotations

import sys
from pathlib import Path

from aggregator import ruling
from aggregator.config import Rule, Settings
from aggregator.ruling import decide
from aggregator.store import rules
from aggregator.store.db import Store
from tests.aggregator.storing import FEEDS, NOW, feed, make

SIZE = 20  # articles a batch
SETS = (
    (Rule(when="title:ferry", do=("hide", "tag:sea")), Rule(when="title:3,4,5", do=("hide", "score:+2"))),
    (Rule(when="title:ferry", do=("hide", "tag:sea")), Rule(when="title:owls", do=("hide", "read"))),
    (),
)
"""Rules of the configuration, by turns."""


def main(cache: Path) -> None:
    """Say "ready" after each turn."""
    rules.STEP = 7  # type: ignore[misc]  # many steps of few articles
    with Store.open(cache) as store:
        store.feeds.reconcile(FEEDS)
        state = feed(store)
        turn = store.articles.count()[0]
        while True:
            turn += 1
            settings = Settings(rules=SETS[turn % len(SETS)], feeds=FEEDS)
            ruling.reconcile(store, settings, NOW)
            while ruling.step(store):
                pass
            words = ("Ferry", "Owls", "Harvest")
            drafts = [make(n, title=f"{words[(n + turn) % 3]} {n}", text=str(turn)) for n in range(SIZE)]
            with store.write():
                changes = store.articles.upsert(state, drafts, NOW)
                store.search.index(changes)
                decide(store, changes, NOW)
            print("ready", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
