"""The daemon: a tick that runs what is due until it is told to stop. The only door to APScheduler.

When a feed is due is a column of the store; the scheduler merely wakes up and asks, so a restart
resets no timer. Times of the tick in seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import config as config_files
from aggregator import sync
from aggregator.config import Config
from aggregator.errors import HakawatiError, StoreDamaged, StoreLocked
from aggregator.locks import SyncLock
from aggregator.recovery import make_whole, restored
from aggregator.service import Service
from aggregator.stopping import Stopping
from aggregator.store.db import Store
from aggregator.writer import FeedResult

TICK = 60  # how late a due feed may be asked: due times carry minutes of jitter, and fewer rounds cost less
STOP_SECONDS = 4  # what a stopping round may take to store what it has
LATE = 2 * TICK  # without a tick for so long the scheduler sleeps on: the clock was set back
HUNG = 10 * TICK  # without a tick for so long it is broken
LONGEST_ROUND = 3600  # a first sync of 3,000 feeds with vectors and pages takes a quarter of it

log = logging.getLogger(__name__)

Report = Callable[[FeedResult], None]
ReportTotals = Callable[[sync.Totals], None]


async def run(config: Config, report: Report, totals: ReportTotals) -> None:
    """Sync whatever becomes due until SIGTERM, SIGINT or SIGHUP; what is under way then is stored first.

    ``report`` is called once a polled feed, ``totals`` once a round. Raises StoreError when the
    cache cannot be opened at the start.
    """
    make_whole(config.cache, log.error)  # what cannot be mended is told at once, not at the first tick
    service = Service()
    daemon = Daemon(config, report, totals, Stopping().event, service)
    scheduler = AsyncIOScheduler(timezone="UTC")
    # no misfire limit: a tick that comes late after a suspend must still come
    job = scheduler.add_job(
        daemon.tick,
        "interval",
        seconds=TICK,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    service.ready("Looking for feeds that are due.")
    caring = asyncio.create_task(
        look_after(daemon, service, lambda: job.modify(next_run_time=datetime.now(UTC)))
    )
    await daemon.stop.wait()
    service.stopping()
    caring.cancel()
    scheduler.remove_all_jobs()
    await daemon.finish()
    scheduler.shutdown(wait=False)


async def look_after(daemon: Daemon, service: Service, wake: Callable[[], object]) -> None:
    """Give signs of life as long as the ticks come, and wake a scheduler that a changed clock put to sleep.

    The scheduler waits for a time of the clock; all waiting here is by the monotonic one.
    """
    pause = min(TICK / 2, service.ping_seconds or TICK)
    while True:
        if daemon.silence() > LATE:
            wake()
        if daemon.works():
            service.alive()
        await asyncio.sleep(pause)


class Daemon:
    """What the ticks share: the configuration in force, the wish to stop, the round under way."""

    def __init__(
        self, config: Config, report: Report, totals: ReportTotals, stop: asyncio.Event, service: Service
    ) -> None:
        self.stop = stop
        self._config = config
        self._report = report
        self._totals = totals
        self._service = service
        self._round = asyncio.Lock()
        self._last = time.monotonic()  # when a tick last began or ended
        self._complaint = ""

    async def tick(self) -> None:
        """One look: run a round if a feed is due and nobody else is syncing."""
        self._last = time.monotonic()
        async with self._round:
            try:
                self._reread()
                if not self.stop.is_set() and is_due(self._config):
                    with SyncLock(self._config.cache):
                        self._service.status("Syncing.")
                        self._tell(await sync.run(self._config, report=self._report, stop=self.stop))
            except StoreLocked as error:
                log.info("%s", error)
            except StoreDamaged as error:
                self._mend(error)
            except HakawatiError as error:
                log.error("%s", error)
                self._service.status("The last round failed; the log says why.")
            finally:
                self._last = time.monotonic()

    def _mend(self, error: StoreDamaged) -> None:
        """Make a cache whole in which damage was met; the next tick goes on."""
        try:
            restored(error, self._config.cache, log.error)
        except HakawatiError as reason:
            log.error("%s", reason)
            self._service.status("The cache is damaged; the log says why.")

    def _tell(self, totals: sync.Totals) -> None:
        self._totals(totals)
        told = f"{totals.feeds} feeds, {totals.new} new articles, {totals.failed} failed"
        self._service.status(f"Last round: {told}.")
        log.info("round: %s, in %.1f s", told, totals.seconds)

    def _reread(self) -> None:
        """Take the configuration as it is now; of a broken edit the last good one stays in force."""
        try:
            settings = config_files.read(self._config.path)
        except HakawatiError as error:
            if str(error) != self._complaint:  # once, not once a minute
                log.error("%s The last good configuration stays in force.", error)
            self._complaint = str(error)
            return
        self._complaint = ""
        self._config = Config(path=self._config.path, cache=self._config.cache, settings=settings)

    def silence(self) -> float:
        """Seconds since the last tick; 0 while a round is under way."""
        return 0.0 if self._round.locked() else time.monotonic() - self._last

    def works(self) -> bool:
        """Whether ticks come, and a round under way is not longer than any honest one."""
        limit = LONGEST_ROUND if self._round.locked() else HUNG
        return time.monotonic() - self._last < limit

    async def finish(self) -> None:
        """Wait until the round under way has stored what it has, within STOP_SECONDS."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS), self._round:
                pass


def is_due(config: Config) -> bool:
    """Whether any subscribed feed is due (a new subscription is)."""
    with Store.open(config.cache) as store:
        store.feeds.reconcile(config.settings.feeds)
        now = int(time.time())
        due = store.turns.next_due(now)
    return due is not None and due <= now
