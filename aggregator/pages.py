"""The articles' pages, fetched politely: one at a time from a site, read in a worker process, stored.

When a site may be asked is decided in ``page_policy`` and remembered in the store before each request,
so that it holds for every process and after a crash.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

import msgspec

from aggregator import __version__, config, page_policy
from aggregator.access import Access, Accesses
from aggregator.config import Config, Settings
from aggregator.errors import FetchError, HakawatiError, ParseError, StoreError
from aggregator.fetch import Fetcher
from aggregator.jobs import PageJob
from aggregator.model import Fetched, Page, PageArticle, PageHost, PageWanted
from aggregator.robots import Rules, address, text_of
from aggregator.store.db import Store
from aggregator.text.hosts import host_of
from aggregator.turns import keep_spacing
from aggregator.workers import Pool
from aggregator.writer import Writer

HOSTS = 4  # sites asked at the same time
DEADLINE = 20.0  # seconds until a page that does not finish counts as failed
MAX_BYTES = 5_000_000  # of one page after unpacking; real ones have 0.2 million
MAX_REDIRECTS = 5
JITTER = 0.25  # of a pause, added at random: nobody's server shall see a clockwork
IN_MEMORY = 8  # pages that are on their way or wait to be read
SCANNED = 2000  # articles looked at for pages to fetch, in one sync
PREFETCH_SECONDS = 300.0  # a sync spends on pages at most; the next one goes on

BY_ROBOTS = "the site's robots.txt asks programs to leave this page alone"

log = logging.getLogger(__name__)


class Prefetched(NamedTuple):
    """What a sync's step over the pages came to: pages with text, and pages that gave none."""

    pages: int
    failures: int


class PageFetcher:
    """Fetches, reads and stores pages; an async context manager. Raises StoreError where that fails.

    ``clock`` gives seconds since 1970.
    """

    def __init__(self, config: Config, writer: Writer, *, clock: Callable[[], float] = time.time) -> None:
        self._settings = config.settings.full_text
        self._writer = writer
        self._clock = clock
        self._fetcher = Fetcher(fetch_settings(config.settings), __version__, sleep=unevenly)
        self._accesses = Accesses(config.settings.feeds, config.path.parent)
        self._pool = Pool(config.settings.fetch.workers)
        self._memory = asyncio.Semaphore(IN_MEMORY)
        self._rules: dict[str, Rules] = {}

    async def __aenter__(self) -> Self:
        await self._fetcher.__aenter__()
        # a host whose feed was asked a moment ago has its pause before a page is
        await keep_spacing(self._writer, self._fetcher, self._clock(), self._settings.spacing)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._pool.__aexit__(None, None, None)
        await self._fetcher.__aexit__(*error)

    async def get(self, wanted: PageWanted, *, by_hand: bool = False) -> Page:
        """Fetch an article's page now, waiting for its site's turn, and store what it gives.

        A page without text has a ``reason``. Raises HakawatiError, as one sentence, where the site may
        not be asked now or could not be reached. ``by_hand``: a person wants it at this moment.
        """
        host = host_of(wanted.url)
        if not host:
            raise HakawatiError("this article has no address on the web")
        way = self._accesses.way(wanted.feed)
        await self._admit(host, by_hand=by_hand)
        spacing = self._settings.spacing
        if not by_hand or self._settings.robots == "always":
            rules = await self._robots(wanted.url, host, way)
            spacing = max(spacing, rules.delay)
            if not rules.allow(wanted.url):
                again = int(self._clock()) + page_policy.ROBOTS_KEPT
                return await self._keep(wanted, self._without(wanted, BY_ROBOTS), again_at=again)
        await self._turn(host, spacing)
        async with self._memory:
            try:
                got = await self._fetcher.get_page(wanted.url, way)
            except FetchError as error:
                return await self._unfetched(wanted, host, error)
            await self._answered(host, host_of(got.url))
            return await self._read(wanted, got)

    # --- the site ---

    async def _admit(self, host: str, *, by_hand: bool) -> None:
        """Raise HakawatiError where the site is not to be asked now."""
        state = await self._writer.call(lambda store: store.page_queue.host(host))
        if why := page_policy.refusal(state, self._settings, self._clock(), by_hand=by_hand):
            raise HakawatiError(why)

    async def _turn(self, host: str, spacing: float, *, pages: int = 1) -> None:
        """Book the site's next turn and wait for it."""
        now = self._clock()

        def book(store: Store) -> float:
            with store.write():
                state, wait = page_policy.take_turn(store.page_queue.host(host), spacing, now, pages=pages)
                store.page_queue.save_host(state)
            return wait

        if (wait := await self._writer.call(book)) > 0:
            await unevenly(wait)

    async def _change(self, host: str, change: Callable[[PageHost], PageHost]) -> None:
        """Change what is remembered of a site."""

        def work(store: Store) -> None:
            with store.write():
                store.page_queue.save_host(change(store.page_queue.host(host)))

        await self._writer.call(work)

    async def _answered(self, host: str, final: str) -> None:
        """The site answered; where the page came from another one, that has had a visit too."""
        now = self._clock()
        await self._change(host, partial(page_policy.answered, now=now))
        if final != host:
            await self._change(final, lambda state: page_policy.take_turn(state, 0.0, now)[0])

    async def _robots(self, url: str, host: str, way: Access) -> Rules:
        """What the site's robots.txt says; raises FetchError where that cannot be known."""
        if host not in self._rules:
            state = await self._writer.call(lambda store: store.page_queue.host(host))
            text = state.robots
            if not page_policy.has_fresh_robots(state, self._clock()):
                text = await self._fetched_robots(url, host, way)
            self._rules[host] = Rules(text)
        return self._rules[host]

    async def _fetched_robots(self, url: str, host: str, way: Access) -> str:
        await self._turn(host, self._settings.spacing, pages=0)
        text = ""
        try:
            text = text_of((await self._fetcher.get_page(address(url), way)).body)
        except FetchError as error:
            if error.offline:
                raise
            if not page_policy.means_no_robots(error):
                await self._change(host, partial(page_policy.failed, error=error, now=self._clock()))
                raise
        await self._change(host, partial(page_policy.with_robots, text=text, now=self._clock()))
        return text

    # --- the page ---

    async def _unfetched(self, wanted: PageWanted, host: str, error: FetchError) -> Page:
        """Note a failure with its site and its article; raises it again where no server was reached."""
        now = self._clock()
        if error.offline:  # says nothing of the site
            raise error
        await self._change(host, partial(page_policy.failed, error=error, now=now))
        if not page_policy.is_worth_noting(error):
            raise error
        page = self._without(wanted, page_policy.reason(error))
        return await self._keep(wanted, page, again_at=page_policy.again_at(error, now))

    async def _read(self, wanted: PageWanted, got: Fetched) -> Page:
        try:
            article = await self._pool.page(PageJob(got.body, got.url, got.content_type, wanted.hints()))
        except ParseError as error:
            return await self._keep(wanted, self._without(wanted, str(error)))
        return await self._keep(wanted, as_page(article, got.url, int(self._clock())), own_url=article.url)

    def _without(self, wanted: PageWanted, reason: str) -> Page:
        return Page(int(self._clock()), wanted.url, reason)

    async def _keep(self, wanted: PageWanted, page: Page, *, own_url: str = "", again_at: int = 0) -> Page:
        await self._writer.call(lambda store: keep(store, wanted.id, page, own_url, again_at))
        return page


def fetch_settings(settings: Settings) -> config.Fetch:
    """The limits for pages: those of feeds, or tighter ones."""
    given = settings.fetch
    return msgspec.structs.replace(
        given,
        concurrency=HOSTS,
        per_host=1,
        spacing=settings.full_text.spacing,
        deadline=min(DEADLINE, given.deadline),
        max_bytes=min(MAX_BYTES, given.max_bytes),
        max_redirects=min(MAX_REDIRECTS, given.max_redirects),
    )


async def unevenly(seconds: float) -> None:
    """Wait for that long or a little longer."""
    await asyncio.sleep(seconds * random.uniform(1, 1 + JITTER))  # noqa: S311  # hides nothing


def as_page(article: PageArticle, url: str, now: int) -> Page:
    """What was read out of a page, to be kept."""
    return Page(
        fetched=now,
        url=url,
        reason=article.reason.value,
        title=article.title,
        standfirst=article.standfirst,
        authors=article.authors,
        dateline=article.dateline,
        published=article.published,
        language=article.language,
        images=article.images,
        blocks=article.blocks,
        related=article.related,
        version=article.version,
    )


def keep(store: Store, article_id: int, page: Page, own_url: str, again_at: int) -> None:
    """Store a page, let its text be found, and link what it links to and what links to it."""
    with store.write():
        if page.blocks:
            store.search.remove([article_id])
        if store.pages.save(article_id, page, own_url=own_url, again_at=again_at):
            store.links.add(store.pages.edges([article_id]))
        if page.blocks:
            store.search.add([article_id])


async def fetch_one(config: Config, article_id: int) -> Page:
    """Fetch one article's page because a person wants it now. Raises HakawatiError."""
    async with Writer(config.cache) as writer:
        wanted = await writer.call(lambda store: store.page_queue.one(article_id))
        if wanted is None:
            raise HakawatiError("this article has no address on the web")
        async with PageFetcher(config, writer) as fetcher:
            return await fetcher.get(wanted, by_hand=True)


# --- ahead of being opened -----------------------------------------------------------------------


async def prefetch(
    config: Config, writer: Writer, stop: asyncio.Event, *, clock: Callable[[], float] = time.time
) -> Prefetched:
    """Fetch the pages that the settings want ahead, until all are here, the time is up or ``stop`` is set.

    What is not reached is taken up by the next sync. Raises StoreError.
    """
    if stop.is_set() or not config.settings.full_text.per_sync:
        return Prefetched(0, 0)
    chosen = await writer.call(lambda store: choose(store, config.settings, clock()))
    if not chosen:
        return Prefetched(0, 0)
    async with PageFetcher(config, writer, clock=clock) as fetcher:
        step = Prefetch(fetcher)
        await step.run(chosen, stop)
    return Prefetched(step.pages, step.failures)


def choose(store: Store, settings: Settings, now: float) -> list[PageWanted]:
    """The pages to fetch now."""
    policies = page_policy.policies(settings)
    always = [feed for feed, policy in policies.items() if policy == "always"]
    found = list(store.page_queue.wanted(always, int(now) - page_policy.FRESH, int(now), SCANNED))
    hosts = store.page_queue.hosts(host_of(wanted.url) for wanted in found)
    return page_policy.choose(found, settings, hosts, now)


class Prefetch:
    """The pages of one sync: the sites beside each other, the pages of a site one after the other."""

    def __init__(self, fetcher: PageFetcher) -> None:
        self._fetcher = fetcher
        self.pages = 0
        self.failures = 0

    async def run(self, chosen: Sequence[PageWanted], stop: asyncio.Event) -> None:
        """Fetch them; returns early when told to stop."""
        sites: defaultdict[str, list[PageWanted]] = defaultdict(list)
        for wanted in chosen:
            sites[host_of(wanted.url)].append(wanted)
        tasks = [asyncio.create_task(self._site(queue)) for queue in sites.values()]
        stopping = asyncio.create_task(stop.wait())
        everything = asyncio.gather(*tasks)
        both: list[asyncio.Future[Any]] = [everything, stopping]
        try:
            await asyncio.wait(both, timeout=PREFETCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if everything.done():
                everything.result()
        finally:
            for task in (*tasks, stopping):
                task.cancel()  # does nothing to one that is done
            await asyncio.gather(*tasks, stopping, everything, return_exceptions=True)

    async def _site(self, queue: Sequence[PageWanted]) -> None:
        """The pages of one site; it is left as soon as it may not be asked any more."""
        for wanted in queue:
            try:
                page = await self._fetcher.get(wanted)
            except StoreError:
                raise
            except HakawatiError as error:
                self.failures += isinstance(error, FetchError)
                return
            except Exception:  # a mistake of ours must cost one page, not the sync
                log.exception("the page of article %s", wanted.id)
                self.failures += 1
            else:
                self.pages += bool(page.blocks)
                self.failures += not page.blocks
