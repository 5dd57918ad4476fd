"""The daemon: a tick that runs what is due until it is told to stop. The only door to APScheduler.

When a feed is due is a column of the store; the scheduler merely wakes up and asks, so a restart
resets no timer. Times of the tick in seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import config as config_files
from aggregator import sync
from aggregator.config import Config
from aggregator.errors import HakawatiError, StoreLocked
from aggregator.locks import SyncLock
from aggregator.store.db import Store
from aggregator.writer import FeedResult

TICK = 60  # how late a due feed may be asked: due times carry minutes of jitter, and fewer rounds cost less
STOP_SECONDS = 20  # what a stopping round may take to store what it has

log = logging.getLogger(__name__)

Report = Callable[[FeedResult], None]
ReportTotals = Callable[[sync.Totals], None]


async def run(config: Config, report: Report, totals: ReportTotals) -> None:
    """Sync whatever becomes due until SIGTERM or SIGINT; what is under way then is stored first.

    ``report`` is called once a polled feed, ``totals`` once a round. Raises StoreError when the
    cache cannot be opened at the start.
    """
    with Store.open(config.cache):
        pass  # a cache that cannot be used is told at once, not in the log at the first tick
    daemon = Daemon(config, report, totals)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.stop.set)
    scheduler = AsyncIOScheduler(timezone="UTC")
    # no misfire limit: a tick that comes late after a suspend must still come
    scheduler.add_job(
        daemon.tick,
        "interval",
        seconds=TICK,
        next_run_time=datetime.now(UTC),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    await daemon.stop.wait()
    scheduler.remove_all_jobs()
    await daemon.finish()
    scheduler.shutdown(wait=False)


class Daemon:
    """What the ticks share: the configuration in force, the wish to stop, the round under way."""

    def __init__(self, config: Config, report: Report, totals: ReportTotals) -> None:
        self.stop = asyncio.Event()
        self._config = config
        self._report = report
        self._totals = totals
        self._round = asyncio.Lock()

    async def tick(self) -> None:
        """One look: run a round if a feed is due and nobody else is syncing."""
        async with self._round:
            try:
                self._config = reread(self._config)
                if not self.stop.is_set() and is_due(self._config):
                    with SyncLock(self._config.cache):
                        self._totals(await sync.run(self._config, report=self._report, stop=self.stop))
            except StoreLocked as error:
                log.info("%s", error)
            except HakawatiError as error:
                log.error("%s", error)

    async def finish(self) -> None:
        """Wait until the round under way has stored what it has, within STOP_SECONDS."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS), self._round:
                pass


def reread(config: Config) -> Config:
    """The configuration as it is now; a broken edit is logged and the last good one stays in force."""
    try:
        settings = config_files.read(config.path)
    except HakawatiError as error:
        log.error("%s The last good configuration stays in force.", error)
        return config
    return Config(path=config.path, cache=config.cache, settings=settings)


def is_due(config: Config) -> bool:
    """Whether any subscribed feed is due (a new subscription is)."""
    with Store.open(config.cache) as store:
        store.feeds.reconcile(config.settings.feeds)
        due = store.feeds.next_due()
    return due is not None and due <= time.time()
