"""A damaged cache is told in the reader at its start; a reader that is open goes over to the mended one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from aggregator.config import Config
from aggregator.library import Library
from tests.aggregator import damaging

ROOT = Path(__file__).parent.parent.parent


def told(reader) -> list[str]:
    return [toast.message for toast in reader.app._notifications]


async def test_a_cache_that_was_mended_at_the_start_is_told(config: Config, reading) -> None:
    with Library(config) as library:
        expected = len(library.ids())
    damaging.zero_header(config.cache / "news.sqlite3")
    with Library(config) as library:
        assert len(library.ids()) == expected
        async with reading(library) as reader:
            await reader.until(
                lambda: any("has a damaged head: it was set aside" in text for text in told(reader))
            )


async def test_a_reader_that_stays_open_goes_over_to_the_mended_file(
    library: Library, config: Config, reading
) -> None:
    """The sync that it starts, or any other process, restores the cache beneath it."""
    async with reading(library) as reader:
        before = len(library.ids())
        damaging.zero_feeds(config.cache / "news.sqlite3")
        command = [sys.executable, "-m", "aggregator", "--config", str(config.path), "doctor", "--repair"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "was made again" in done.stdout, done.stderr
        await reader.press("j", "enter")
        await reader.until(lambda: reader.open_title != "")
        assert len(library.ids()) == before
        await reader.press("s")
        await reader.until(lambda: library.starred_count() > 0)
