"""The one writer of a sync: a thread that owns the store, and the batch it writes.

A batch is one transaction: articles, search index, links, stories, the feeds' state and the fetch
log, so that what is stored is always whole and a crash repeats at most one batch.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from aggregator import failures, moving, page_policy, polling
from aggregator.config import Config
from aggregator.dataclass import dataclass
from aggregator.errors import FetchError, HakawatiError, HostRests
from aggregator.follow import Follower
from aggregator.model import (
    ArticleDraft,
    Change,
    Digest,
    FeedState,
    Fetched,
    FetchLogRow,
    NotModified,
    Outcome,
)
from aggregator.relate import Relater, arrived
from aggregator.ruling import decide
from aggregator.store.db import Store

OFFLINE_RETRY = 300  # seconds until the next try when nothing at all could be reached

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What one feed's poll came to; the line ``sync --json`` prints."""

    url: str
    outcome: Outcome
    new: int
    updated: int
    error: str
    status: int | None
    next_check: int


@dataclass(frozen=True, slots=True)
class Polled:
    """One feed between fetching and storing."""

    state: FeedState
    at: int
    outcome: Outcome
    result: Fetched | NotModified | None = None
    digest: Digest | None = None
    body_hash: bytes = b""
    full: bool = False
    error: HakawatiError | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """What must be known of a feed before it may move: its own title, and who is asked at the new address."""

    title: str = ""
    taken: str = ""


NO_MOVE = Home()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Cleaned articles that came without a poll, with the feed they belong to."""

    feed: str
    outlet: str
    language: str
    drafts: tuple[ArticleDraft, ...]


class Writer:
    """The store on a thread of its own; an async context manager. Raises StoreError on opening."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._store: Store | None = None
        self.relater = Relater()
        self.follower = Follower(self.relater)

    async def __aenter__(self) -> Self:
        self._store = await self._on_thread(lambda: Store.open(self._cache))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        store, self._store = self._store, None
        if store is not None:
            await self._on_thread(store.close)
        self._thread.shutdown()

    async def call(self, work: Callable[[Store], T]) -> T:
        """Run ``work`` with the store on the writer's thread; one call at a time."""
        store = self._store
        if store is None:
            raise RuntimeError("the writer is not open")
        return await self._on_thread(lambda: work(store))

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def store_batch(
    store: Store,
    batch: Sequence[Polled],
    config: Config,
    now: int,
    *,
    offline: bool = False,
) -> list[FeedResult]:
    """Write one batch in one transaction; returns a result a feed, in the batch's order."""
    with store.write():
        homes = [home(store, polled) for polled in batch]  # before the documents say something else
        made = store_articles(store, batch, now)
        settled = [
            settle(polled, changes, where, config, now, offline=offline)
            for polled, changes, where in zip(batch, made, homes, strict=True)
        ]
        make_findable(store, list(chain.from_iterable(made)), now)
        for polled in batch:
            if polled.error is not None and not offline:
                note_failure(store, polled.state, polled.error, now)
        store.feeds.save(state for state, _ in settled)
        store.feeds.log(
            log_row(polled, result, now)
            for polled, (_, result) in zip(batch, settled, strict=True)
            if polled.outcome is not Outcome.RESTING
        )
    return [result for _, result in settled]


def home(store: Store, polled: Polled) -> Home:
    """What must be known before this feed may move."""
    if polled.result is None or polled.result.permanent_url is None:
        return NO_MOVE
    taken = store.feeds.asked_at(polled.result.permanent_url, besides=polled.state.id)
    return Home(store.feeds.own_title(polled.state.id), taken)


def note_failure(store: Store, state: FeedState, error: HakawatiError, now: int) -> None:
    """Keep what the server sent; one that refuses all its feeds is not asked for pages either."""
    if isinstance(error, HostRests):
        return
    store.ui.set(failures.key(state.id), failures.packed(error, now))
    if isinstance(error, FetchError) and (host := polling.speaking_host(error)):
        store.page_queue.save_host(page_policy.failed(store.page_queue.host(host), error, now))


def store_articles(store: Store, batch: Sequence[Polled], now: int) -> list[list[Change]]:
    """Store what the documents brought; the changes of each feed, in the batch's order."""
    documents = []
    for polled in batch:
        if (digest := polled.digest) is not None:
            store.feeds.facts(polled.state.id, digest.title, digest.language)
        documents.append((polled.state, digest.drafts if digest else ()))
    return store.articles.upsert_all(documents, now)


def make_findable(store: Store, changes: Sequence[Change], now: int) -> None:
    """Index new and updated articles, let the rules decide on them and let them wait to be related."""
    if changes:
        store.search.index(changes)
        decide(store, changes, now)
        arrived(store, changes)


def store_arrivals(arrivals: Sequence[Arrival], now: int, store: Store) -> tuple[int, int]:
    """Write articles from elsewhere in one transaction; returns (new, updated).

    They count as first seen when they were published, for that is when they were news.
    """
    with store.write():
        documents = [
            (store.feeds.ensure(arrival.feed, arrival.outlet, arrival.language), arrival.drafts)
            for arrival in arrivals
        ]
        made = store.articles.upsert_all(documents, now, archived=True)
        changes = list(chain.from_iterable(made))
        make_findable(store, changes, now)
    new = sum(change.kind is Outcome.NEW for change in changes)
    return new, len(changes) - new


def settle(
    polled: Polled, changes: Sequence[Change], where: Home, config: Config, now: int, *, offline: bool
) -> tuple[FeedState, FeedResult]:
    """The feed's new state and the line that tells of it."""
    new = sum(change.kind is Outcome.NEW for change in changes)
    updated = len(changes) - new
    state = next_state(polled, new, where, config, now, offline=offline)
    outcome = polled.outcome
    if polled.digest is not None:
        outcome = Outcome.NEW if new else Outcome.UPDATED if updated else Outcome.UNCHANGED
    error = str(polled.error) if polled.error else (polled.digest.warning if polled.digest else "")
    status = polled.error.status if isinstance(polled.error, FetchError) else status_of(polled)
    return state, FeedResult(polled.state.url, outcome, new, updated, error, status, state.next_check)


def status_of(polled: Polled) -> int | None:
    """The HTTP status of an answer that was no error."""
    if polled.result is None:
        return None
    return 304 if isinstance(polled.result, NotModified) else 200


def next_state(
    polled: Polled, new: int, where: Home, config: Config, now: int, *, offline: bool
) -> FeedState:
    """When to ask again, and what to remember for that."""
    settings = config.settings.fetch
    jitter = random.uniform(-1, 1)  # noqa: S311  # spreads requests, hides nothing
    if isinstance(polled.error, HostRests):
        wait = polled.error.retry_after or polling.HOUR
        at = polling.spread(now, wait, wait, jitter)
        return replace(polled.state, attempts=0, next_check=polling.bounded(at, now))
    last_full = now if came_whole(polled) else polled.state.last_full
    state = replace(polled.state, asked=now, attempts=0, last_full=last_full)
    if offline:
        return replace(polled.state, attempts=0, next_check=now + OFFLINE_RETRY, last_checked=now)
    if polled.error is not None or polled.result is None:
        error = polled.error or HakawatiError("no answer")
        return polling.after_failure(state, error, settings, now, jitter)
    if (digest := polled.digest) is not None:
        state = replace(state, body_hash=polled.body_hash, item_hashes=digest.item_hashes, hints=digest.hints)
    state = polling.after_success(
        state,
        polled.result,
        brought(polled, new, now),
        hints=state.hints,
        settings=settings,
        now=now,
        jitter=jitter,
    )
    same = moving.is_same(polled.state, digest, new, where.title)
    if where.taken and same:  # the other one brings it: just often enough to see whether this holds
        state = replace(state, next_check=max(state.next_check, now + moving.SPREAD))
    return moving.note_move(state, polled.result.permanent_url, now, same=same, taken=where.taken)


def came_whole(polled: Polled) -> bool:
    """Whether the document was asked for without validators, for whatever reason."""
    if polled.full or not isinstance(polled.result, Fetched):
        return polled.full
    sent = polled.state.validators
    return not polling.is_conditional(sent) or sent.url != polled.result.validators.url


def brought(polled: Polled, new: int, now: int) -> polling.Brought:
    """How much of the document is new, and how far back it reaches."""
    if (digest := polled.digest) is None:
        return polling.NOTHING
    dates = [draft.published for draft in digest.drafts if draft.published]
    return polling.Brought(new, digest.items_seen, max(0, now - min(dates)) if dates else None)


def log_row(polled: Polled, result: FeedResult, now: int) -> FetchLogRow:
    """The operator's record of one poll."""
    answer = polled.result
    return FetchLogRow(
        feed_id=polled.state.id,
        at=now,
        outcome=result.outcome.value,
        status=result.status,
        error=result.error,
        elapsed_ms=answer.elapsed_ms if answer else 0,
        wire_bytes=answer.wire_bytes if isinstance(answer, Fetched) else 0,
        new=result.new,
        updated=result.updated,
    )
