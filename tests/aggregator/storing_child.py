"""A process of its own that writes to a cache: ``python -m tests.aggregator.storing_child MODE CACHE``.

fill    stores the batches one after another, printing each number when it is safe
change  marks and counts again and again while another fills
"""

from __future__ import annotations

import sys
from pathlib import Path

from aggregator.model import ArticleDraft, MarkAction
from aggregator.store.db import Store
from aggregator.text.query import EVERYTHING
from tests.aggregator.storing import make, sync

BATCHES = 40
SIZE = 10
CHANGES = 60


def batch(number: int) -> list[ArticleDraft]:
    """Ten new articles, and an edit of one from the batch before."""
    fresh = [make(number * SIZE + i, text=f"batch{number} article{i}") for i in range(SIZE)]
    edit = [make((number - 1) * SIZE, text=f"batch{number - 1} edited{number}")] if number else []
    return fresh + edit


def fill(cache: Path) -> None:
    with Store.open(cache) as store:
        for number in range(BATCHES):
            sync(store, *batch(number))
            print(number, flush=True)


def change(cache: Path) -> None:
    with Store.open(cache) as store:
        for round_ in range(CHANGES):
            store.marks.apply_query((MarkAction.READ, MarkAction.UNREAD)[round_ % 2], EVERYTHING)
            store.ui.set("round", str(round_))
            if round_ % 10 == 0:
                store.checkpoint()
        print("done", flush=True)


if __name__ == "__main__":
    {"fill": fill, "change": change}[sys.argv[1]](Path(sys.argv[2]))
