"""A worker's limits: bombs end early, one that hangs costs itself, and no process outlives its owner."""

from __future__ import annotations

import asyncio
import os
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aggregator import workers
from aggregator.clean import CUT
from aggregator.errors import ParseError
from aggregator.jobs import DocumentJob
from aggregator.text.blocks import unpack_blocks
from aggregator.workers import Pool
from tests.aggregator.bombs import quick
from tests.aggregator.commands import ROOT
from tests.aggregator.rounds import item, rss

URL = "http://127.0.0.1/feed"
MEMORY = 400  # MB that a worker may come to over any of the bombs; its limit is 512 of address space
SENTENCES = "read|time|memory|took more|nested|attributes|damaged|not a feed|JSON"
PARENT_CPU = 2.0  # seconds of our own processor time a bomb

OWNER = """
import asyncio, sys
from aggregator.jobs import DocumentJob
from aggregator.workers import Pool
from tests.aggregator.rounds import item, rss
async def main():
    async with Pool(1) as pool:
        await pool.document(DocumentJob(rss(item(1)), "http://a.example/", "", b"", "en"))
        (worker,) = pool._workers
        print(worker._process.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def job(body: bytes) -> DocumentJob:
    return DocumentJob(body, URL, "", b"", "en")


def status(process: int, name: str) -> int:
    """A number of /proc/…/status."""
    found = re.search(rf"^{name}:\s+(\d+)", Path(f"/proc/{process}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])


async def outcome(pool: Pool, body: bytes) -> str:
    """What a document came to: "read", or why not."""
    try:
        digest = await pool.document(job(body))
    except ParseError as error:
        return str(error)
    assert len(digest.drafts) <= 2000
    assert all(len(draft.title) <= 1000 for draft in digest.drafts)
    return "read"


async def test_bombs_are_told_in_a_sentence_and_cost_us_nothing() -> None:
    async with Pool(1) as pool:
        for name, body in quick():
            before = time.process_time()
            assert re.search(SENTENCES, await outcome(pool, body)), name
            assert time.process_time() - before < PARENT_CPU, name
            (worker,) = pool._workers
            if worker._process is not None:
                assert status(worker._process.pid, "VmHWM") < MEMORY * 1024, name
        assert await outcome(pool, rss(item(1))) == "read", "the pool lives on"


async def test_one_that_hangs_among_fifty_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.01)
    async with Pool(2) as pool:
        await pool.document(job(rss(item(1))))
        (worker,) = pool._workers
        assert worker._process is not None
        hung = worker._process
        os.kill(hung.pid, signal.SIGSTOP)  # the next document is never answered
        first = asyncio.create_task(pool.document(job(rss(item(0)))))
        await asyncio.sleep(0)
        digests = await asyncio.gather(*(pool.document(job(rss(item(n)))) for n in range(50)))
        assert [len(digest.drafts) for digest in digests] == [1] * 50
        assert not first.done(), "none of them waited for it"
        hung.kill()
        with pytest.raises(ParseError, match="ended from outside"):
            await first


async def test_a_single_document_does_not_wait_for_one_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PATIENCE", 0.01)
    async with Pool(2) as pool:
        await pool.document(job(rss(item(1))))
        (worker,) = pool._workers
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGSTOP)
        first = asyncio.create_task(pool.document(job(rss(item(0)))))
        await asyncio.sleep(0)
        assert len((await pool.document(job(rss(item(2))))).drafts) == 1
        assert not first.done()
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_worker_outlives_its_owner(number: signal.Signals) -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        worker = int(owner.stdout.readline())
        handle = os.pidfd_open(worker)
        os.kill(worker, signal.SIGSTOP)  # not even one that would never look at its input again
        owner.send_signal(number)
        owner.wait()
    try:
        assert select.select([handle], [], [], 20)[0]
    finally:
        os.close(handle)


async def test_a_worker_may_write_start_and_dump_nothing_and_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5h://me:secret@127.0.0.1:9050")
    monkeypatch.setenv("NEWS_TOKEN", "secret")
    async with Pool(1) as pool:
        await pool.document(job(rss(item(1))))
        (worker,) = pool._workers
        assert worker._process is not None
        folder = Path(f"/proc/{worker._process.pid}")
        limits = (folder / "limits").read_text()
        assert b"secret" not in (folder / "environ").read_bytes()
        sockets = [link for link in (folder / "fd").iterdir() if "socket" in str(link.readlink())]
        assert len(list((folder / "fd").iterdir())) == 3
    for name in ("Max file size", "Max processes", "Max core file size"):
        assert re.search(rf"^{name}\s+0\s+0\s", limits, re.MULTILINE), name
    assert re.search(rf"^Max address space\s+{512 * 2**20}\s", limits, re.MULTILINE)
    assert len(sockets) <= 1, "asyncio's own pipe for the input"


async def test_a_body_that_names_a_file_or_address_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(rss(item(1)))
    async with Pool(1) as pool:
        for body in (str(path), path.as_uri(), "http://127.0.0.1:9/feed"):
            with pytest.raises(ParseError):
                await pool.document(job(body.encode()))


async def test_a_body_that_is_cut_says_so_and_one_that_is_not_does_not() -> None:
    async with Pool(1) as pool:
        digest = await pool.document(
            job(rss(item(1, body="<p>word</p>" * 30_000), item(2, body="<p>word</p>")))
        )
    long, short = (unpack_blocks(draft.body)[-1].text for draft in digest.drafts)
    assert (long, short) == (CUT, "word")
