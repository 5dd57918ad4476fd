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

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import config as config_files
from aggregator import sync
from aggregator.config import Config
from aggregator.errors import HakawatiError, StoreLocked
from aggregator.locks import SyncLock
from aggregator.store.db import Store

TICK = 15  # how late a due feed may be asked; due times carry minutes of jitter anyway
STOP_SECONDS = 20  # what a stopping round may take to store what it has

log = logging.getLogger(__name__)

Report = Callable[[sync.FeedResult], None]


async def run(config: Config, report: Report, totals: Callable[[sync.Totals], None]) -> None:
    """Sync whatever becomes due until SIGTERM or SIGINT; what is under way then is stored first.

    ``report`` is called once a polled feed, ``totals`` once a round. Raises StoreError when the
    cache cannot be opened at the start.
    """
    with Store.open(config.cache) as store, store.write():
        store.feeds.reconcile(config.settings.feeds)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    scheduler = AsyncIOScheduler(timezone="UTC")
    # no misfire limit: a tick that comes late after a suspend must still come
    scheduler.add_job(
        tick,
        "interval",
        seconds=TICK,
        args=[config, stop, report, totals],
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    scheduler.start()
    first = asyncio.create_task(tick(config, stop, report, totals))
    await stop.wait()
    scheduler.shutdown(wait=False)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_SECONDS):
            await first
            await wait_for_rounds()


_rounds: set[asyncio.Task[None]] = set()


async def wait_for_rounds() -> None:
    """Wait until no round is under way."""
    if _rounds:
        await asyncio.gather(*_rounds, return_exceptions=True)


async def tick(
    config: Config, stop: asyncio.Event, report: Report, totals: Callable[[sync.Totals], None]
) -> None:
    """One look: run a round if a feed is due and nobody else is syncing."""
    task = asyncio.current_task()
    if stop.is_set() or _rounds or task is None:
        return
    _rounds.add(task)
    try:
        current = reread(config)
        if is_due(current):
            with SyncLock(current.cache):
                totals(await sync.run(current, report=report, stop=stop))
    except StoreLocked as error:
        log.info("%s", error)
    except HakawatiError as error:
        log.error("%s", error)
    finally:
        _rounds.discard(task)


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
        with store.write():
            store.feeds.reconcile(config.settings.feeds)
        due = store.feeds.next_due()
    return due is not None and due <= time.time()
