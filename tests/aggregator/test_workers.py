"""Worker processes: what they answer, and that their death is one document's error."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from aggregator.errors import ParseError
from aggregator.jobs import DocumentJob, EntriesJob
from aggregator.model import ParsedEntry
from aggregator.workers import Pool
from tests.aggregator.rounds import item, rss

URL = "http://127.0.0.1/feed"


async def read(pool: Pool, body: bytes) -> list[str]:
    digest = await pool.document(DocumentJob(body, URL, "application/xml", b"", "en"))
    return [draft.title for draft in digest.drafts]


async def test_a_document_comes_back_as_cleaned_articles() -> None:
    async with Pool(1) as pool:
        assert await read(pool, rss(item(1, "Talks &amp;amp; tea"))) == ["Talks & tea"]


async def test_a_document_that_is_no_feed_is_one_sentence() -> None:
    async with Pool(1) as pool:
        with pytest.raises(ParseError) as caught:
            await read(pool, b"<html><body>Hello</body></html>")
    assert "web page" in str(caught.value)


async def test_documents_are_read_side_by_side_and_each_gets_its_own_answer() -> None:
    async with Pool(2) as pool:
        bodies = [rss(item(n, f"Story {n}")) for n in range(20)]
        assert await asyncio.gather(*(read(pool, body) for body in bodies)) == [
            [f"Story {n}"] for n in range(20)
        ]


async def test_a_process_that_dies_costs_its_document_and_the_next_one_is_read() -> None:
    async with Pool(1) as pool:
        await read(pool, rss(item(1)))
        (worker,) = pool._workers
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGKILL)
        with pytest.raises(ParseError, match="ended from outside"):
            await read(pool, rss(item(2)))
        assert await read(pool, rss(item(3))) == ["Title 3"]


async def test_a_document_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Pool(1) as pool:
        await read(pool, rss(item(1)))
        (worker,) = pool._workers
        assert worker._process is not None
        os.kill(worker._process.pid, signal.SIGSTOP)  # a process that will never answer
        monkeypatch.setattr("aggregator.workers.WALL_SECONDS", 0.05)
        with pytest.raises(ParseError, match="took more than"):
            await read(pool, rss(item(2)))
        monkeypatch.undo()
        assert await read(pool, rss(item(3))) == ["Title 3"]


async def test_an_answer_that_nobody_waits_for_is_not_given_to_the_next_document() -> None:
    async with Pool(1) as pool:
        await read(pool, rss(item(1)))
        waiting = asyncio.ensure_future(read(pool, rss(*(item(n) for n in range(500)))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await read(pool, rss(item(3))) == ["Title 3"]


async def test_entries_from_elsewhere_are_cleaned_the_same_way() -> None:
    entry = ParsedEntry(
        "1", "https://a.example/1", "A &amp; B", False, "", "", "<p>Text</p>", 5, None, "", "en"
    )
    async with Pool(1) as pool:
        digest = await pool.entries(EntriesJob((entry,), URL, "en"))
    assert [draft.title for draft in digest.drafts] == ["A & B"]
    assert digest.drafts[0].terms


async def test_no_process_is_left_when_the_pool_closes() -> None:
    async with Pool(2) as pool:
        await asyncio.gather(*(read(pool, rss(item(n))) for n in range(12)))
        processes = [worker._process for worker in pool._workers]
    assert all(process is not None and process.returncode is not None for process in processes)
