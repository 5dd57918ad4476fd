"""Limited worker processes: bytes in, plain records out; a death is that document's error, the pool lives on.

The limits on processor time and memory are set inside (see ``digest``); the wall clock is watched here.
Processes start when there is work and end with the pool.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from aggregator.errors import ParseError, WorkerDied
from aggregator.jobs import (
    LENGTH,
    Answer,
    DocumentJob,
    EntriesJob,
    Failure,
    Job,
    PageJob,
    PageSuccess,
    Success,
)
from aggregator.model import Digest, PageArticle

WALL_SECONDS = 20.0  # a job; above the processor limit inside, for a machine that is busy elsewhere
JOBS_PER_PROCESS = 2000  # then a fresh one, so that no leak of a library grows for months
BACKLOG = 64  # documents waiting before no further feed is started, so that bodies do not pile up
BACKLOG_PER_PROCESS = 2  # waiting jobs that justify starting another process
REST = 0.5  # seconds in which a process that closed its output is gone
PATIENCE = 1.0  # seconds a single job waits for a busy process before another one is started for it
MAX_ANSWER = 128 * 2**20  # bytes; a document of the largest size allowed gives a sixth of that
# What a worker gets of our environment: enough to find Python, its packages and the language. The rest may
# hold passwords (proxies, tokens), and who reads hostile documents needs none of it.
KEPT_ENVIRONMENT = ("PATH", "HOME", "TZ", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
KEPT_PREFIXES = ("LC_", "PYTHON", "COV_")

PACKAGES = str(Path(__file__).parent.parent)


_decoder: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_encoder = msgspec.msgpack.Encoder()


class Pool:
    """At most ``size`` worker processes, used in turn; an async context manager."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._idle: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        self._workers: set[_Worker] = set()
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.gather(*(worker.stop() for worker in tuple(self._workers)))

    async def room(self) -> None:
        """Wait until few enough documents are waiting that more may be brought."""
        await self._room.wait()

    async def document(self, job: DocumentJob) -> Digest:
        """Parse and clean a fetched document; raises ParseError."""
        return self._digest(await self._run(job), job.url)

    async def entries(self, job: EntriesJob) -> Digest:
        """Clean entries that did not come in a document; raises ParseError."""
        return self._digest(await self._run(job), job.url)

    async def page(self, job: PageJob) -> PageArticle:
        """Read an article's page; raises ParseError. What a page lacks is the article's ``reason``."""
        answer = await self._run(job)
        if isinstance(answer, PageSuccess):
            return answer.article
        raise ParseError("reading the page gave something else", job.url)

    @staticmethod
    def _digest(answer: Success | PageSuccess, url: str) -> Digest:
        if isinstance(answer, Success):
            return answer.digest
        raise ParseError("reading the document gave something else", url)

    async def _run(self, job: Job) -> Success | PageSuccess:
        self._count(1)
        try:
            worker = await self._take()
            try:
                answer = await worker.ask(_encoder.encode(job))
            finally:
                await self._give_back(worker)
        finally:
            self._count(-1)
        if isinstance(answer, Failure):
            raise (WorkerDied if answer.died else ParseError)(answer.message, job.url)
        return answer

    def _count(self, change: int) -> None:
        self._waiting += change
        if self._waiting < BACKLOG:
            self._room.set()
        else:
            self._room.clear()

    async def _take(self) -> _Worker:
        crowded = self._waiting > BACKLOG_PER_PROCESS * len(self._workers)
        if self._idle.empty() and (crowded or not self._workers) and self._may_grow():
            return self._grown()
        try:
            async with asyncio.timeout(PATIENCE if self._may_grow() else None):
                return await self._idle.get()
        except TimeoutError:  # what is read now may hang till its limit; the others need not wait for that
            return self._grown() if self._may_grow() else await self._idle.get()

    def _may_grow(self) -> bool:
        return len(self._workers) < self._size

    def _grown(self) -> _Worker:
        worker = _Worker()
        self._workers.add(worker)
        return worker

    async def _give_back(self, worker: _Worker) -> None:
        try:
            if worker.jobs >= JOBS_PER_PROCESS:
                await worker.stop()
        finally:
            self._idle.put_nowait(worker)


class _Worker:
    """One slot of the pool; its process is started at the first job and again after a death."""

    def __init__(self) -> None:
        self.jobs = 0
        self._process: asyncio.subprocess.Process | None = None

    async def ask(self, job: bytes) -> Answer:
        """The process's answer; a death or a time-out is a Failure and the process is replaced."""
        self.jobs += 1
        try:
            if self._process is None:
                self._process = await start()
            async with asyncio.timeout(WALL_SECONDS):
                return _decoder.decode(await exchange(self._process, job))
        except TimeoutError:
            await self._kill()
            return Failure(f"reading the document took more than {WALL_SECONDS:.0f} s", died=True)
        except msgspec.DecodeError:
            await self._kill()
            return Failure("reading the document gave no usable answer")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Failure(death(await self._kill()), died=True)
        except OSError as error:
            return Failure(f"no process could be started to read the document ({error.strerror})")
        except BaseException:
            await self._kill()  # an answer still under way would be taken for the next job's
            raise

    async def stop(self) -> None:
        """End the process by ending its input."""
        process, self._process, self.jobs = self._process, None, 0
        if process is None or process.stdin is None:
            return
        process.stdin.close()
        try:
            async with asyncio.timeout(1):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _kill(self) -> int:
        """End the process; how it ended, or had ended already (a negative signal number)."""
        process, self._process, self.jobs = self._process, None, 0
        if process is None:
            return 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REST if process.stdout and process.stdout.at_eof() else 0):
                return await process.wait()  # it is ending by itself, and how it does so tells why
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        return await process.wait()


def death(code: int) -> str:
    """Why a process died over a document, in words."""
    if code == -signal.SIGXCPU:
        return "reading the document took more processor time than a feed may use"
    if code == -signal.SIGKILL:
        return "reading the document was ended from outside; is the machine short of memory?"
    return "reading the document took more processor time or memory than a feed may use"


def environment() -> dict[str, str]:
    """The environment of a worker."""
    kept = {k: v for k, v in os.environ.items() if k in KEPT_ENVIRONMENT or k.startswith(KEPT_PREFIXES)}
    return kept | {"PYTHONPATH": PACKAGES}


async def start() -> asyncio.subprocess.Process:
    """A fresh worker process, apart from our signals: ours is the decision when it ends."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # the folder we are run in must not get to choose what is imported
        "-m",
        "aggregator.digest",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env=environment(),
    )


async def exchange(process: asyncio.subprocess.Process, job: bytes) -> bytes:
    """Send one message, read one message."""
    if process.stdin is None or process.stdout is None:
        raise ConnectionError("the worker has no pipes")
    process.stdin.write(LENGTH.pack(len(job)) + job)
    await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    if length > MAX_ANSWER:
        raise msgspec.DecodeError("the answer is too long")
    return await process.stdout.readexactly(length)
