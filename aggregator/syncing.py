"""The syncing commands: ``sync``, ``daemon`` and the demo's first sync, with what they print."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any

from aggregator import access, printing, schedule, sync
from aggregator import config as config_files
from aggregator.config import Config
from aggregator.errors import FINE, SOME_FAILED, STORE, StoreError
from aggregator.locks import SyncLock
from aggregator.private import make_folder
from aggregator.recovery import with_a_whole_cache
from aggregator.stopping import Stopping
from aggregator.subscribe import resolve
from aggregator.text.inert import clean_text, letters_only
from aggregator.writer import FeedResult

NOTHING_DUE = "Nothing is due. (sync --force asks all feeds now.)"
NO_FEEDS = "No feed is followed: hakawati feeds add URL, or enabled = true in the configuration."
LOG_BYTES = 1_000_000  # a log file's size before it is set aside; three are kept
LOG_FILES = 3

PrintJson = Callable[[Any], None]


def sync_once(
    config: Config, feeds: Sequence[str], options: argparse.Namespace, print_json: PrintJson | None
) -> int:
    """One round over what is due or named; prints a line a feed and a closing one."""
    tell_exposed(config)
    urls = [resolve(config, name) for name in feeds] or None
    with SyncLock(config.cache, wait=options.wait):
        (totals, stopped), mended = with_a_whole_cache(
            config.cache,
            lambda sentence: print(f"hakawati: {sentence}", file=sys.stderr, flush=True),
            lambda: asyncio.run(stoppable(config, urls, options, lambda r: tell(r, print_json))),
        )
    if stopped:
        print("hakawati: stopped; what had come was stored, the rest is still due.", file=sys.stderr)
    feeds_wanted = any(feed.enabled for feed in config.settings.feeds)
    tell_totals(totals, print_json, stopped=bool(stopped), feeds=feeds_wanted)
    if mended:
        return stopped or STORE
    return stopped or (SOME_FAILED if totals.failed or totals.offline else FINE)


async def stoppable(
    config: Config, urls: list[str] | None, options: argparse.Namespace, report: sync.Report
) -> tuple[sync.Totals, int]:
    """A round that stores what it has when it is told to stop, and the exit code that tells so (else 0)."""
    stopping = Stopping()
    totals = await sync.run(
        config, urls=urls, force=options.force, full=options.full, report=report, stop=stopping.event
    )
    return totals, stopping.code


def tell_exposed(config: Config) -> None:
    """Warn where others can read the passwords of the configuration."""
    if sentence := access.exposed(config):
        print(f"hakawati: {clean_text(sentence)}.", file=sys.stderr)


def sync_forever(config: Config, print_json: PrintJson | None) -> int:
    """The daemon; logs to stderr and to a rotating file in the cache."""
    tell_exposed(config)
    start_log(config.cache)
    print("hakawati daemon: syncing what becomes due; stop with Ctrl-C or SIGTERM.", file=sys.stderr)
    asyncio.run(
        schedule.run(config, lambda r: tell(r, print_json), lambda totals: tell_totals(totals, print_json))
    )
    print("hakawati daemon: stopped.", file=sys.stderr)
    return FINE


class PrivateLog(RotatingFileHandler):
    """A log that only the user can read, also after it was set aside and begun anew."""

    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:
        """Go on without the line: on a full disk it is not what is missed first."""


class Frames(logging.Formatter):
    """Where a mistake happened, without its message, which may hold an address or a headline."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of the log: a file that is shown in a terminal must not steer it."""
        return letters_only(super().format(record))

    def formatException(
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """The frames and the kind of the error."""
        kind, _, trace = ei
        return "".join(traceback.format_tb(trace)) + (kind.__name__ if kind else "")


def start_log(cache: Path) -> None:
    """Log to stderr and to cache/hakawati.log, which only the user can read."""
    try:
        make_folder(cache)
        path = cache / "hakawati.log"
        file = PrivateLog(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{cache}: the log cannot be written there ({error.strerror}).") from error
    handlers = (file, logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(Frames("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=handlers)
    for noisy in ("httpx", "httpcore", "apscheduler", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def tell(result: FeedResult, print_json: PrintJson | None) -> None:
    """One feed's line."""
    if print_json:
        said(lambda: print_json(printing.sync_json(result)))
    else:
        said(lambda: print(printing.sync_line(result), flush=True))


def said(saying: Callable[[], None]) -> None:
    """Say something; nobody listening any more (``sync | head``) is no reason to stop storing."""
    try:
        saying()
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # for the rest of the process


def tell_totals(
    totals: sync.Totals, print_json: PrintJson | None, *, stopped: bool = False, feeds: bool = True
) -> None:
    """The closing line."""
    if print_json:
        said(lambda: print_json({"totals": True} | asdict(totals)))
        return
    lines = []
    if totals.offline:
        why = clean_text(totals.why, limit=200) or "is this machine offline?"
        lines.append(f"No feed is to blame, but none was reached: {why}. What is cached stays readable.")
    elif not totals.feeds and not stopped:
        lines.append(NOTHING_DUE if feeds else NO_FEEDS)
    lines.append(
        f"{printing.counted(totals.feeds, 'feed')}: {totals.new} new, {totals.updated} updated, "
        f"{totals.failed} failed, in {totals.seconds:.1f} s"
    )
    said(lambda: print("\n".join(lines), flush=True))


@contextmanager
def demo_session() -> Iterator[Config]:
    """A throw-away cache filled by a real sync from a loopback server with sample feeds."""
    from aggregator.demo import DemoServer, demo_config

    with tempfile.TemporaryDirectory(prefix="hakawati-demo-") as folder, DemoServer() as server:
        config = config_files.load(demo_config(server.url, Path(folder)))
        for epoch in (0, 1):  # the second sync sees an edited headline and the last articles
            server.epoch = epoch
            asyncio.run(sync.run(config, force=True))
        yield config
