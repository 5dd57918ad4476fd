"""A damaged cache is made whole before a sync and, where a round meets damage, in the middle of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aggregator.errors import StoreDamaged
from aggregator.store.db import Store

T = TypeVar("T")
Say = Callable[[str], None]


def make_whole(cache: Path, say: Say) -> bool:
    """Look the cache through if it was not left in order, and mend it; whether there was something to tell.

    Raises StoreError kinds: StoreDamaged only for a file that has nothing of ours in it.
    """
    with Store.open_restored(cache, check_seconds=None) as store:
        for sentence in store.told:
            say(sentence)
        return bool(store.told)


def with_a_whole_cache(cache: Path, say: Say, work: Callable[[], T]) -> tuple[T, bool]:
    """Do ``work``, once more if it meets damage that can be mended; its result, and whether any was."""
    mended = make_whole(cache, say)
    try:
        return work(), mended
    except StoreDamaged as error:
        restored(error, cache, say)
    return work(), True


def restored(error: StoreDamaged, cache: Path, say: Say) -> None:
    """Make whole a cache in which damage was met; raises that error where nothing is found to be mended."""
    told = [] if error.foreign else Store.restore(cache)
    if not told:
        raise error
    for sentence in told:
        say(sentence)
