"""Pages in worker processes: what comes back, and that the extractor is loaded for them only."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.jobs import DocumentJob, PageJob
from aggregator.model import PageHints, PageReason
from aggregator.workers import Pool
from tests.test_imports import loaded_by

URL = "https://paper.example/2024/05/the-river-returns"
SENTENCE = "The river came back to the town after seven dry years, and nobody had kept a boat. "


def page(title: str, paragraphs: int = 8) -> bytes:
    text = "".join(f"<p>{n}. {SENTENCE * 3}</p>" for n in range(paragraphs))
    head = f"<html><head><title>{title}</title></head>"
    return f"{head}<body><h1>{title}</h1><div>{text}</div></body></html>".encode()


async def test_a_page_comes_back_as_an_article() -> None:
    async with Pool(1) as pool:
        article = await pool.page(PageJob(page("The river returns"), URL, "text/html", PageHints()))
    assert article.title == "The river returns"
    assert [block.kind for block in article.blocks] == ["p"] * 8
    assert article.reason is PageReason.NONE


async def test_a_page_that_is_no_page_is_a_reason_and_no_error() -> None:
    async with Pool(1) as pool:
        article = await pool.page(PageJob(b"%PDF-1.7 ...", URL, "application/pdf", PageHints()))
    assert article.reason is PageReason.NOT_HTML


async def test_feeds_and_pages_share_a_process() -> None:
    async with Pool(1) as pool:
        await pool.page(PageJob(page("One"), URL, "", PageHints()))
        feed = b"<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>"
        digest = await pool.document(DocumentJob(feed, URL, "application/xml", b"", "en"))
    assert [draft.title for draft in digest.drafts] == ["A"]


def test_reading_feeds_loads_no_extractor() -> None:
    assert loaded_by("import aggregator.digest", "trafilatura", "lxml") == set()


async def test_a_worker_stays_small_over_hundreds_of_pages() -> None:
    limit_kb = 220 * 1024
    async with Pool(1) as pool:
        for n in range(300):
            await pool.page(PageJob(page(f"Title {n}", 40), URL, "text/html", PageHints()))
        (worker,) = pool._workers
        assert worker._process is not None
        status = Path(f"/proc/{worker._process.pid}/status")
        if not status.exists():
            pytest.skip("no /proc on this system")
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        assert int(lines["VmHWM"].split()[0]) < limit_kb
