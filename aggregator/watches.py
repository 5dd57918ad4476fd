"""Watches: saved filters that tell. They look at the end of a sync, when everything is stored.

A watch with ``notify = "every"`` tells each article that is new in it since its last look, one with
"spike" only an unusual number of them. What to tell is stored first, and told then, so that nothing is
lost when telling fails; it is tried again with the next syncs, for ``RETRY_HOURS``. A feed's first
document and an imported archive are no news.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

import msgspec

from aggregator.config import Config, SavedFilter, Settings
from aggregator.errors import QueryError
from aggregator.model import Alert, ArticleRow
from aggregator.notify import Message, Teller
from aggregator.store.alerts import Look, Matches
from aggregator.store.db import Store
from aggregator.text import query as queries
from aggregator.text.inert import clean_record
from aggregator.text.query_tree import Query
from aggregator.text.times import iso
from aggregator.watching import (
    DAY,
    HISTORY_DAYS,
    HOUR,
    LEAST_DAYS,
    WINDOWS,
    Arrivals,
    Spike,
    new_words,
    replay,
    spike,
    spike_words,
    timeless,
    worded,
)
from aggregator.writer import Writer

RETRY_HOURS = 6  # what could not be told for so long is no news any more; the list of alerts still has it
TELL_SECONDS = 30.0  # for all telling of one sync; the rest waits for the next
MOST_ARTICLES = 50  # of an alert, the newest; the filter itself has all
BACK = (HISTORY_DAYS + 1) * DAY + WINDOWS[-1] * HOUR  # what a look needs to know of the past
SINCE_KEY = "polled_since"

log = logging.getLogger(__name__)


async def run(
    config: Config,
    writer: Writer,
    stop: asyncio.Event,
    *,
    started: int,
    clock: Callable[[], float] = time.time,
) -> None:
    """Look at what the sync that began at ``started`` brought, and tell what is due. Raises StoreError."""
    now = int(clock())
    settings = config.settings
    await writer.call(lambda store: look(store, settings, started, now))
    due = await writer.call(lambda store: store.alerts.due(now - RETRY_HOURS * HOUR))
    teller = Teller(settings.notify)
    until = time.monotonic() + TELL_SECONDS
    for alert, ids in together(due):
        if stop.is_set() or time.monotonic() > until:
            break
        told = await teller.tell(await writer.call(partial(message, alert)), alert.told)
        if told != alert.told:
            await writer.call(partial(note, ids, told))
    for problem in teller.problems:
        log.warning("%s", problem)


def pass_over(now: int, store: Store) -> None:
    """What is seen first up to now is no news to the watches: an archive is about to be imported."""
    with store.write():
        store.alerts.skip(now)


def note(alerts: Sequence[int], channels: int, store: Store) -> None:
    """Remember which channels are done with these alerts."""
    with store.write():
        for alert in alerts:
            store.alerts.told(alert, channels)


def together(due: Sequence[Alert]) -> Iterator[tuple[Alert, list[int]]]:
    """What is told at once, each with the alerts that it is: a rule leaves one for every batch of a sync."""
    groups: dict[tuple[object, ...], list[Alert]] = {}
    for alert in due:
        key = (alert.name, alert.told) if alert.kind == "rule" else (alert.id,)
        groups.setdefault(key, []).append(alert)
    for first, *others in groups.values():
        articles = {i for alert in (first, *others) for i in alert.articles}
        merged = replace(first, articles=tuple(sorted(articles, reverse=True))) if others else first
        yield merged, [first.id, *(alert.id for alert in others)]


def message(alert: Alert, store: Store) -> Message:
    """An alert as it is told."""
    rows = store.articles.rows(alert.articles[:MOST_ARTICLES])
    text = worded(alert, [(row.title, row.outlet) for row in rows]).text
    told = {
        "kind": alert.kind,
        "name": alert.name,
        "at": iso(alert.at),
        "text": text,
        "articles": [article(row, store) for row in rows],
    }
    return Message(alert.name, text.removeprefix(f"{alert.name}: "), msgspec.json.encode(clean_record(told)))


def article(row: ArticleRow, store: Store) -> dict[str, str | int]:
    """An article as a command is told it."""
    whole = store.articles.get(row.id)
    return {
        "id": row.id,
        "title": row.title,
        "outlet": row.outlet,
        "language": row.language,
        "published": iso(row.at),
        "url": whole.url if whole else "",
    }


# --- looking -------------------------------------------------------------------------------------


def look(store: Store, settings: Settings, started: int, now: int) -> None:
    """Let every watch look once; what it has to tell is stored with its look, all or nothing."""
    watches = [saved for saved in settings.filters if saved.notify]
    looks = store.alerts.looks()
    if not watches and not looks:
        return
    looker = Looker(store, settings, started, now)
    for saved in watches:
        try:
            looker.look(saved, looks.get(saved.name))
        except QueryError as error:
            log.warning("The watch %s cannot look: %s", saved.name, error)
    with store.write():  # short: the reader's marks wait for it
        store.alerts.forget_looks(saved.name for saved in watches)
        for name, last in looker.looks.items():
            store.alerts.looked(name, last)
        for name, kind, text, articles in looker.found:
            store.alerts.add(name, kind, now, text, articles)
        store.alerts.forget_old()


class Looker:
    """The watches' looks of one sync, and what they share; writes none of what it finds.

    ``looks`` are those that were done, by name; ``found`` is what is to be told: name, kind, words, articles.
    """

    def __init__(self, store: Store, settings: Settings, started: int, now: int) -> None:
        self.looks: dict[str, Look] = {}
        self.found: list[tuple[str, str, str, Sequence[int]]] = []
        self._store = store
        self._filters = settings.named_queries
        self._budget = settings.notify.most
        self._started = started
        self._now = now

    def look(self, saved: SavedFilter, last: Look | None) -> None:
        """One look of one watch. Raises QueryError."""
        if last is None or last.at > self._now:  # its first look, or the clock was wrong
            last = Look(self._started - 1)
        told = last.spike
        if self._store.alerts.newest_seen() > last.at:
            query = queries.parse(saved.query, self._now, self._filters)
            if saved.notify == "every":
                self._tell_every(saved.name, query, last)
            else:
                told = self._tell_spike(saved.name, query, last)
        self.looks[saved.name] = Look(self._now, told)

    def _tell_every(self, name: str, query: Query, last: Look) -> None:
        """Each new article by itself, as long as they are few; else all in one message."""
        ids = self._store.alerts.fresh(query, last.at)
        if 0 < len(ids) <= self._budget:
            self._budget -= len(ids)
            for row in self._store.articles.rows(ids[::-1]):
                self._add(name, "every", new_words(name, [(row.title, row.outlet)], 1), [row.id])
        elif ids:
            newest = ids[:MOST_ARTICLES]
            heads = [(row.title, row.outlet) for row in self._store.articles.rows(newest)]
            self._add(name, "every", new_words(name, heads, len(ids)), newest)

    def _tell_spike(self, name: str, query: Query, last: Look) -> str:
        """What is unusual now, unless the last alert said it; returns the last that was told, packed."""
        if self._now - self._polled_since < LEAST_DAYS * DAY:
            return last.spike
        matches = self._known(self._store.alerts.matches(timeless(query), self._now - BACK))
        before = msgspec.json.decode(last.spike, type=Spike) if last.spike else None
        outlets = self._store.alerts.outlet_count()
        found = spike(arrivals(matches, self._everything), self._now, before, outlets)
        if found is None:
            return last.spike
        inside = matches.ids[-found.count :][::-1]
        self._add(name, "spike", spike_words(name, found), inside[:MOST_ARTICLES])
        return msgspec.json.encode(found).decode()

    def _known(self, matches: Matches) -> Matches:
        """Without what came lately with a feed's first document: that is no wave."""
        times = matches.times
        lately = [i for i, at in zip(matches.ids, times, strict=True) if at > self._now - WINDOWS[-1] * HOUR]
        strangers = self._store.alerts.strangers(lately)
        kept = [pair for pair in zip(matches.ids, matches.outlets, strict=True) if pair[0] not in strangers]
        return Matches([i for i, _ in kept], [outlet for _, outlet in kept])

    @cached_property
    def _everything(self) -> list[int]:
        return self._store.alerts.times_of_all(self._now - BACK, self._now)

    @cached_property
    def _polled_since(self) -> int:
        """When polling began: before some days of it, nothing is usual. Asked of the articles once."""
        kept = self._store.ui.get(SINCE_KEY)
        if not kept:
            first = self._store.alerts.polled_since()
            kept = str(self._now if first is None else first)
            self._store.ui.set(SINCE_KEY, kept)
        return int(kept)

    def _add(self, name: str, kind: str, text: str, ids: Sequence[int]) -> None:
        self.found.append((name, kind, text, ids))


def arrivals(matches: Matches, everything: Sequence[int]) -> Arrivals:
    """Stored articles as the arithmetic takes them."""
    return Arrivals(matches.times, matches.outlets, everything)


# --- trying a watch on what is stored ------------------------------------------------------------


def rehearse(store: Store, saved: SavedFilter, query: Query, days: int) -> Iterator[tuple[int, str]]:
    """What a watch would have told in the last ``days`` of stored articles, as (time, words), oldest first.

    As if each article had come when it was published.
    """
    start = query.now - days * DAY
    if saved.notify != "spike":
        for row in reversed(store.articles.rows(store.alerts.matches(query, start).ids[::-1])):
            yield row.at, new_words(saved.name, [(row.title, row.outlet)], 1)
        return
    past = arrivals(
        store.alerts.matches(timeless(query), start - BACK),
        store.alerts.times_of_all(start - BACK, query.now),
    )
    for found in replay(past, start, query.now, store.alerts.outlet_count()):
        yield found.at, spike_words(saved.name, found)
