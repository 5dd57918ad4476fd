"""After a round: mend the search index, forget what is old, fold the log in; nobody waits for any of it."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable

from aggregator import ruling
from aggregator.config import Config
from aggregator.errors import QueryError, StoreError
from aggregator.store.db import Store
from aggregator.store.retention import Limits
from aggregator.text import query as queries

log = logging.getLogger(__name__)
DAY = 86400
TRUSTED_DAYS = 31  # between two rounds; more may be a wrong clock


def tidy(store: Store, config: Config, now: int, stopped: Callable[[], bool] = lambda: False) -> None:
    """Mend the search index, forget what is old once a day, fold the log into the file, make the day's copy.

    The index comes first: what a watch watches is found by it, and kept. A copy is given up once
    ``stopped`` says so.
    """
    if store.search.rebuild():  # also notes that nothing is missing, and is cheap once that is noted
        while ruling.step(store):  # rules waited for it
            pass
        ruling.settle(store, now)
    last = store.ui.get("pruned")
    if may_prune(last, now):
        prune(store, config, now)
    if last != str(now // DAY):
        store.ui.set("pruned", str(now // DAY))
    store.search.settle()
    store.checkpoint()
    back_up(store, config, now, stopped)


def back_up(store: Store, config: Config, now: int, stopped: Callable[[], bool]) -> None:
    """Make the daily copy; that there is none today is told and stops nothing."""
    try:
        store.back_up(now, config.settings.backup.keep, stopped)
    except StoreError as error:
        log.warning("hakawati: no copy of the cache was made today: %s", error)


def prune(store: Store, config: Config, now: int) -> int:
    """Forget by the settings, and by what single feeds say; returns how many articles."""
    told = {feed.url: Limits(feed.keep_days, feed.keep_articles) for feed in config.settings.feeds}
    own = {
        state.id: told[state.url] for state in store.feeds.all() if told.get(state.url, Limits()) != Limits()
    }
    return store.retention.prune(config.settings.retention, now, own, watched(store, config, now))


def watched(store: Store, config: Config, now: int) -> array[int]:
    """The articles in the saved filters that notify; a filter that cannot be read is told elsewhere."""
    named = config.settings.named_queries
    found = array("q")
    for saved in config.settings.filters:
        if saved.notify:
            try:
                found += store.articles.ids(queries.parse(saved.query, now, named))
            except QueryError:
                continue
    return found


def may_prune(last: str, now: int) -> bool:
    """Whether to forget what is old: once a day, and only if the last round was on a day shortly before.

    A clock that jumps by years would otherwise make everything old at once, for good. ``last`` is the
    day (since 1970) of the last round; after a jump, or a long rest, the next day's round prunes.
    """
    return last.isdigit() and 0 < now // DAY - int(last) <= TRUSTED_DAYS
