"""The syncing process: started beside the reader, read line by line, ended with it.

Syncing never runs in the reader's own process: parsing would cost keystrokes.
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
GRACE = 5.0
"""Seconds between the polite and the hard end: a batch of articles is written in far less."""
LINE_LIMIT = 1 << 20
"""Bytes of one line of the child's output."""
TAIL = 2_000
"""Bytes of the child's complaints that are kept."""


def progress(view: SyncView, record: dict[str, Any]) -> SyncView:
    """The sum after one line of the child's output: a feed's outcome, or the totals."""
    if record.get("totals"):
        return replace(view, offline=record.get("offline") is True)
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
    problem = ""
    if code not in (0, 1) and code != -signal.SIGTERM:
        last = complaint.strip().splitlines()[-1:] or [f"syncing ended with code {code} and said nothing"]
        problem = f"sync failed: {last[0]}"
    return replace(view, running=False, ended=now, problem=problem)


def whole(value: object) -> int:
    """A whole number, else 0."""
    return value if isinstance(value, int) else 0


class SyncChild:
    """One run of the syncing process."""

    def __init__(
        self, argv: list[str], report: Callable[[SyncView], None], clock: Callable[[], float]
    ) -> None:
        self._argv = argv
        self._report = report
        self._clock = clock
        self._process: Process | None = None
        self.view = SyncView(running=True)

    async def run(self) -> SyncView:
        """Start it, report each line, and return the sum once it has ended."""
        self._report(self.view)
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, start_new_session=True, limit=LINE_LIMIT
            )
        except OSError as error:
            self.view = ended(self.view, 127, f"it cannot be started ({error.strerror})", int(self._clock()))
            return self.view
        _, complaint = await asyncio.gather(self._outcomes(self._process), tail(self._process))
        code = await self._process.wait()
        self.view = ended(self.view, code, complaint, int(self._clock()))
        return self.view

    async def _outcomes(self, process: Process) -> None:
        while line := await next_line(process.stdout):
            with contextlib.suppress(ValueError):
                record = json.loads(line)
                if isinstance(record, dict):
                    self.view = progress(self.view, record)
                    self._report(self.view)

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
