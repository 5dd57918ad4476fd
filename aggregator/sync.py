"""Where the stages meet: one round over the feeds that are due.

A feed's failure is a row, never an exception. Fetching runs on one event loop, parsing and cleaning
in worker processes, writing on one thread of its own; what a batch stores, it stores in one
transaction together with the feeds' new state, so a crash loses at most that batch and repeats it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from aggregator import __version__, asking, polling, turns, watches
from aggregator.access import Accesses
from aggregator.catchup import bring_rules, catch_up
from aggregator.config import Config
from aggregator.dataclass import dataclass
from aggregator.errors import FetchError, HakawatiError, HostRests, ParseError
from aggregator.fetch import Fetcher
from aggregator.jobs import DocumentJob
from aggregator.model import (
    FeedState,
    Fetched,
    NotModified,
    Outcome,
    Validators,
)
from aggregator.pages import Prefetched, prefetch
from aggregator.tidying import tidy
from aggregator.workers import Pool
from aggregator.writer import FeedResult, Polled, Writer, store_batch

BATCH_ARTICLES = 2000  # articles a transaction; more gains nothing and holds the write lock longer
BATCH_SECONDS = 0.25  # … or so long after its first result, so that headlines show at once
log = logging.getLogger(__name__)

BEGINNING = 1_000  # bytes of a document that cannot be read: enough to see what it is
IN_FLIGHT = 2  # feeds under way for each request slot: some wait for their host's turn
UNREACHED = frozenset({"dns", "refused", "timeout", "proxy"})  # failures that may be our own network's


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole round in numbers; ``offline`` when there was no network, for all feeds or for some of them.

    What kept us from them (``why``) was not the feeds' fault, so that they do not count as failed.

    ``pages`` are articles' pages that gave a text, ``page_failures`` those that gave none. ``resting`` are
    feeds that were not asked after all, for the peace of their servers.
    """

    feeds: int
    new: int
    updated: int
    failed: int
    seconds: float
    offline: bool
    pages: int = 0
    page_failures: int = 0
    why: str = ""
    resting: int = 0


Report = Callable[[FeedResult], None]
NOTHING_GIVEN: Mapping[str, Fetched] = MappingProxyType({})


async def run(
    config: Config,
    *,
    urls: Sequence[str] | None = None,
    force: bool = False,
    full: bool = False,
    report: Report = lambda result: None,
    clock: Callable[[], float] = time.time,
    stop: asyncio.Event | None = None,
    given: Mapping[str, Fetched] = NOTHING_GIVEN,
) -> Totals:
    """One round over what is due.

    ``urls`` names feeds to ask now; ``force`` asks all of them now; ``full`` asks without validators
    and reads every document again. What a person so asks for still waits where ``asking.refusal`` says so.
    ``given`` are documents that were fetched a moment ago, by the feed's address: their servers are not
    asked again. ``report`` is called once a feed, after it is stored.
    Raises StoreError, and ConfigError when a named feed is not subscribed.
    """
    async with Writer(config.cache) as writer:
        stop = stop or asyncio.Event()
        started = int(clock())
        force = force or full
        await writer.call(lambda store: store.feeds.reconcile(config.settings.feeds))
        await bring_rules(config, writer, stop, int(clock()))
        plan = await writer.call(
            lambda store: turns.plan(store, config, int(clock()), urls=urls, force=force)
        )
        for state, why in plan.refused:
            report(FeedResult(state.url, Outcome.RESTING, 0, 0, why, None, state.next_check))
        round_ = Round(config, writer, clock, report, full, given)
        totals = await round_.run(plan.ask, stop)
        related = config.settings.related
        await catch_up(writer, related, stop, seconds=related.vector_seconds)
        got = Prefetched(0, 0) if totals.offline else await prefetch(config, writer, stop, clock=clock)
        await watches.run(config, writer, stop, started=started, clock=clock)
        if not stop.is_set():  # it may take a while, and the next round does it
            await writer.call(lambda store: tidy(store, config, int(clock()), stop.is_set))
        resting = totals.resting + len(plan.refused)
        return replace(totals, pages=got.pages, page_failures=got.failures, resting=resting)


class Round:
    """One round: the feeds under way, the results waiting to be stored, the counts."""

    def __init__(
        self,
        config: Config,
        writer: Writer,
        clock: Callable[[], float],
        report: Report,
        full: bool,
        given: Mapping[str, Fetched],
    ) -> None:
        self._config = config
        self._settings = config.settings.fetch
        self._writer = writer
        self._clock = clock
        self._report = report
        self._full = full
        self._given = given
        self._begun = turns.Begun(writer, clock)
        self._accesses = Accesses(config.settings.feeds, config.path.parent)
        self._results: asyncio.Queue[Polled | None] = asyncio.Queue()
        self._done: list[FeedResult] = []
        self._offline: list[FeedResult] = []

    async def run(self, due: Sequence[FeedState], stop: asyncio.Event) -> Totals:
        """Poll ``due``; returns when all is stored, or what is done is stored after ``stop``."""
        started = time.monotonic()
        storing = asyncio.create_task(self._store_all(stop))
        polling_all = asyncio.create_task(self._poll_all(due, stop))
        try:
            await asyncio.wait({storing, polling_all}, return_when=asyncio.FIRST_COMPLETED)
            if not storing.done():
                await polling_all
        finally:
            polling_all.cancel()  # does nothing to one that is done
            await asyncio.gather(polling_all, return_exceptions=True)
            self._results.put_nowait(None)
        offline = await storing
        resting = sum(result.outcome is Outcome.RESTING for result in self._done)
        return Totals(
            feeds=len(self._done) - resting,
            new=sum(result.new for result in self._done),
            updated=sum(result.updated for result in self._done),
            failed=sum(result.outcome is Outcome.FAILED for result in self._done) - len(self._offline),
            seconds=round(time.monotonic() - started, 3),
            offline=offline,
            why=commonest(result.error for result in self._offline),
            resting=resting,
        )

    async def _poll_all(self, due: Sequence[FeedState], stop: asyncio.Event) -> None:
        if not due:
            return
        slots = asyncio.Semaphore(self._settings.concurrency * IN_FLIGHT)
        async with Fetcher(self._settings, __version__) as fetcher, Pool(self._settings.workers) as pool:
            stopping = asyncio.create_task(stop.wait())
            tasks: set[asyncio.Task[None]] = set()
            ordered = by_turns(due)
            try:
                await turns.keep_spacing(self._writer, fetcher, self._clock(), self._settings.spacing)
                for number, state in enumerate(ordered):
                    if number % turns.GROUP == 0:
                        await self._begun.begin(ordered[number : number + turns.GROUP])
                    if not await unless(stopping, take_place(pool, slots)):
                        break
                    task = asyncio.create_task(self._poll(state, fetcher, pool))
                    task.add_done_callback(lambda done: slots.release())
                    task.add_done_callback(tasks.discard)
                    tasks.add(task)
                await unless(stopping, wait_for(tasks))
            finally:
                stopping.cancel()
                for task in tuple(tasks):
                    task.cancel()
                await asyncio.gather(*tasks, stopping, return_exceptions=True)
                await self._begun.close()

    async def _poll(self, state: FeedState, fetcher: Fetcher, pool: Pool) -> None:
        at = int(self._clock())
        full = self._full or polling.wants_full(state, at)
        self._begun.sent(state)
        try:
            result = self._given.get(state.url) or await self._ask(state, fetcher, full)
            polled = replace(await self._read(state, result, pool, at), full=full)
        except HostRests as error:
            polled = Polled(state, at, Outcome.RESTING, error=error)
        except HakawatiError as error:
            polled = Polled(state, at, Outcome.FAILED, full=full, error=error)
        except Exception as error:  # a mistake of ours must cost one feed, not the round
            log.exception("polling feed %s", state.id)
            told = HakawatiError(f"polling failed unexpectedly ({type(error).__name__}); please report it")
            polled = Polled(state, at, Outcome.FAILED, error=told)
        self._begun.ended(state)
        self._results.put_nowait(polled)

    async def _ask(self, state: FeedState, fetcher: Fetcher, full: bool) -> Fetched | NotModified:
        access = await self._accesses.of(state.url)
        try:
            return await fetcher.fetch(state.fetch_url, Validators() if full else state.validators, access)
        except FetchError as error:
            host = polling.speaking_host(error)
            if host and not asking.is_own(error.url, self._settings):
                fetcher.pacer.rest(host, min(polling.told_wait(error), asking.HOST_REST))
            raise

    async def _read(self, state: FeedState, result: Fetched | NotModified, pool: Pool, at: int) -> Polled:
        if isinstance(result, NotModified):
            return Polled(state, at, Outcome.NOT_MODIFIED, result)
        body_hash = blake2b(result.body, digest_size=16).digest()
        if body_hash == state.body_hash and not self._full:
            return Polled(state, at, Outcome.UNCHANGED, result, body_hash=body_hash)
        known = b"" if self._full else state.item_hashes
        job = DocumentJob(result.body, result.url, result.content_type, known, state.language, state.outlet)
        try:
            digest = await pool.document(job)
        except ParseError as error:
            error.headers, error.beginning = {"content-type": result.content_type}, result.body[:BEGINNING]
            raise
        light = replace(result, body=b"")  # parsed; the bytes need not wait for the writer
        return Polled(state, at, Outcome.NEW, light, digest, body_hash)

    async def _store_all(self, stop: asyncio.Event) -> bool:
        """Store results in batches until the end; True when we were offline, or it looks all like that."""
        unreached: list[Polled] = []
        offline: list[Polled] = []
        reached = False
        ended = False
        while not ended:
            batch, ended = await next_batch(self._results)
            lost = [polled for polled in batch if is_unreached(polled)]
            reached = reached or len(lost) < len(batch)
            offline += [polled for polled in lost if is_offline(polled)]
            unreached += [polled for polled in lost if not is_offline(polled)]
            await self._store([polled for polled in batch if not is_unreached(polled)])
            if reached:
                await self._store(unreached)
                unreached = []
        hosts = {urlsplit(polled.state.fetch_url).netloc for polled in (*unreached, *offline)}
        if not reached and len(hosts) > 1 and not stop.is_set():
            unreached, offline = [], [*unreached, *offline]
        await self._store(unreached)
        await self._store(offline, offline=True)
        return bool(offline)

    async def _store(self, batch: Sequence[Polled], *, offline: bool = False) -> None:
        if not batch:
            return
        now = int(self._clock())
        try:
            results = await self._writer.call(
                lambda store: store_batch(store, batch, self._config, now, offline=offline)
            )
        except HakawatiError:
            raise
        except Exception as error:  # a mistake of ours: nothing of the batch is stored, so find its feed
            await self._store_apart(batch, error, offline=offline)
            return
        self._done += results
        self._offline += results if offline else []
        for result in results:
            if not offline:  # one line tells of all of them
                self._report(result)

    async def _store_apart(self, batch: Sequence[Polled], error: Exception, *, offline: bool) -> None:
        """Store a batch that failed feed by feed; the one that fails again becomes a failed poll."""
        if len(batch) > 1:
            for polled in batch:
                await self._store([polled], offline=offline)
            return
        (polled,) = batch
        if polled.digest is None:
            raise error
        log.error("storing feed %s", polled.state.id, exc_info=error)
        told = HakawatiError(f"storing it failed unexpectedly ({type(error).__name__}); please report it")
        await self._store([Polled(polled.state, polled.at, Outcome.FAILED, error=told)])


async def take_place(pool: Pool, slots: asyncio.Semaphore) -> None:
    """Wait until another feed may be started."""
    await pool.room()
    await slots.acquire()


async def wait_for(tasks: set[asyncio.Task[None]]) -> None:
    """Wait for all of the tasks; an unexpected error of one is raised."""
    await asyncio.gather(*tasks)


async def unless(stopping: asyncio.Task[bool], work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, unless we are told to stop first; then it is cancelled and the answer is False."""
    doing = asyncio.ensure_future(work)
    both: list[asyncio.Future[Any]] = [doing, stopping]
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            return False
        doing.result()
        return True
    finally:
        doing.cancel()  # does nothing to work that is done
        await asyncio.gather(doing, return_exceptions=True)


def by_turns(states: Iterable[FeedState]) -> list[FeedState]:
    """The states ordered so that hosts take turns: a host with many feeds does not hold up the others."""
    hosts: defaultdict[str, deque[FeedState]] = defaultdict(deque)
    for state in states:
        hosts[urlsplit(state.fetch_url).netloc].append(state)
    ordered: list[FeedState] = []
    queues = list(hosts.values())
    while queues:
        ordered += [queue.popleft() for queue in queues]
        queues = [queue for queue in queues if queue]
    return ordered


async def next_batch(results: asyncio.Queue[Polled | None]) -> tuple[list[Polled], bool]:
    """The next results to store together, and whether they are the last."""
    first = await results.get()
    if first is None:
        return [], True
    batch, articles = [first], drafts_in(first)
    deadline = time.monotonic() + BATCH_SECONDS
    while articles < BATCH_ARTICLES:
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                polled = await results.get()
        except TimeoutError:
            return batch, False
        if polled is None:
            return batch, True
        batch.append(polled)
        articles += drafts_in(polled)
    return batch, False


def drafts_in(polled: Polled) -> int:
    """How many articles a result brings."""
    return len(polled.digest.drafts) if polled.digest else 0


def is_unreached(polled: Polled) -> bool:
    """Whether the failure may be our own network's rather than the feed's."""
    return isinstance(polled.error, FetchError) and polled.error.kind in UNREACHED


def is_offline(polled: Polled) -> bool:
    """Whether the failure is our own network's for certain."""
    return isinstance(polled.error, FetchError) and polled.error.offline


def commonest(errors: Iterable[str]) -> str:
    """What most of them say, "" where there is none."""
    return max(Counter(errors).items(), key=lambda said: said[1], default=("", 0))[0]
