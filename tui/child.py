"""Processes beside the reader: one that syncs, read line by line, and those that fetch a page each.

Neither runs in the reader's own process, where parsing would cost keystrokes; all end with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tui.words import SyncView

BUSY = 75
"""Exit code of a sync that found another one running (EX_TEMPFAIL)."""
STORE = 3
"""Exit code of a sync that could not use the cache, or that had to mend it and went on."""
STOPPED = (-signal.SIGTERM, 128 + signal.SIGTERM)
"""Exit codes of a child that was told to end: killed at once, or ended after storing what it had."""
GRACE = 5.0
"""Seconds between the polite and the hard end: a batch of articles is written in far less."""
NICENESS = 5
"""How much a child steps back behind the keys of the reader (nice(1))."""
LINE_LIMIT = 1 << 20
"""Bytes of one line of the child's output."""
MENDED = "The cache was damaged; the sync mended it and went on."
"""What is said of a mended cache where the child did not say how."""
PROGRAM = "hakawati: "
"""What the child's complaints begin with."""
MOST_IMAGE = 12_000_000
"""Bytes of a picture: of 1600 x 1200 pixels, not packed at all, with some room."""
TAIL = 2_000
"""Bytes of the child's complaints that are kept."""


def progress(view: SyncView, record: dict[str, Any]) -> SyncView:
    """The sum after one line of the child's output: a feed's outcome, or the totals."""
    if record.get("totals"):
        return replace(view, offline=record.get("offline") is True, whole=True)
    failed = record.get("outcome") == "failed"
    return replace(
        view,
        feeds=view.feeds + 1,
        new=view.new + whole(record.get("new")),
        failed=view.failed + failed,
    )


def ended(view: SyncView, code: int, complaint: str, now: int) -> SyncView:
    """The sum after the child ended; ``complaint`` is what it wrote to stderr."""
    if code == BUSY:
        return replace(view, running=False, elsewhere=True)
    if code == STORE and view.whole:  # it went to its end, so the cache is whole again
        return replace(view, running=False, ended=now, mended=told(complaint) or MENDED)
    problem = ""
    if code not in (0, 1, *STOPPED):
        last = complaint.strip().splitlines()[-1:] or [f"syncing ended with code {code} and said nothing"]
        problem = f"sync failed: {last[0]}"
    return replace(view, running=False, ended=now, problem=problem)


def told(complaint: str) -> str:
    """The sentences that the child itself said, without its name."""
    lines = complaint.strip().splitlines()
    return " ".join(line.removeprefix(PROGRAM) for line in lines if line.startswith(PROGRAM))


def whole(value: object) -> int:
    """A whole number, else 0."""
    return value if isinstance(value, int) else 0


def page_failure(code: int, complaint: str) -> str:
    """Why fetching a page failed, "" where it did not; ``complaint`` is what the child wrote to stderr."""
    if code in (0, *STOPPED):
        return ""
    last = complaint.strip().splitlines()[-1:] or [f"fetching it ended with code {code} and said nothing"]
    return last[0].removeprefix(PROGRAM)


class Child:
    """A process that ends with the reader."""

    def __init__(self, argv: list[str]) -> None:
        self._argv = argv
        self._process: Process | None = None

    async def start(self, stdout: int) -> Process:
        """Start it, in a process group of its own. Raises OSError."""
        self._process = await asyncio.create_subprocess_exec(
            *self._argv, stdin=DEVNULL, stdout=stdout, stderr=PIPE, start_new_session=True, limit=LINE_LIMIT
        )
        with contextlib.suppress(OSError):  # it may be over already
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        return self._process

    async def stop(self) -> None:
        """End it gently, then hard; its process group ends with it."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        signal_group(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            signal_group(process, signal.SIGKILL)
            await process.wait()


class PageChild(Child):
    """One fetch of the page of an article."""

    async def run(self) -> str:
        """Why it failed, in one sentence, once it has ended; "" where the page is stored."""
        try:
            process = await self.start(DEVNULL)
        except OSError as error:
            return f"no process can be started ({error.strerror})"
        complaint = await tail(process)
        return page_failure(await process.wait(), complaint)


class ImageChild(Child):
    """One fetch of a picture of an article."""

    async def run(self) -> tuple[bytes, str]:
        """The picture as a PNG, or why there is none, in one sentence."""
        try:
            process = await self.start(PIPE)
        except OSError as error:
            return b"", f"no process can be started ({error.strerror})"
        png, complaint = await asyncio.gather(all_of(process.stdout, MOST_IMAGE), tail(process))
        failure = page_failure(await process.wait(), complaint)
        return png, failure or ("" if png else "nothing came of it")


async def all_of(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """What comes, b"" where that is more than ``most``; all of it is read, so that the child can end."""
    kept = b""
    while stream is not None and (chunk := await stream.read(1 << 16)):
        kept = kept + chunk if len(kept) <= most else kept
    return kept if len(kept) <= most else b""


class SyncChild(Child):
    """One run of the syncing process."""

    def __init__(
        self, argv: list[str], report: Callable[[SyncView], None], clock: Callable[[], float]
    ) -> None:
        super().__init__(argv)
        self._report = report
        self._clock = clock
        self.view = SyncView(running=True)

    async def run(self) -> SyncView:
        """Start it, report each line, and return the sum once it has ended."""
        self._report(self.view)
        try:
            process = await self.start(PIPE)
        except OSError as error:
            self.view = ended(self.view, 127, f"it cannot be started ({error.strerror})", int(self._clock()))
            return self.view
        _, complaint = await asyncio.gather(self._outcomes(process), tail(process))
        code = await process.wait()
        self.view = ended(self.view, code, complaint, int(self._clock()))
        return self.view

    async def _outcomes(self, process: Process) -> None:
        while line := await next_line(process.stdout):
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    self.view = progress(self.view, record)
                    self._report(self.view)


async def next_line(stream: asyncio.StreamReader | None) -> bytes:
    """The next line, b"" at the end; a line past the limit is passed over."""
    while stream is not None:
        try:
            return await stream.readline()
        except ValueError:
            continue
    return b""


async def tail(process: Process) -> str:
    """The end of what the child complains of."""
    kept = b""
    while process.stderr is not None and (chunk := await process.stderr.read(4096)):
        kept = (kept + chunk)[-TAIL:]
    return kept.decode("utf-8", "replace")


def signal_group(process: Process, number: signal.Signals) -> None:
    """Signal the child and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
