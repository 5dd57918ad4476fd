"""Killed at any moment, or shared by several processes: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.store.db import Store
from tests.aggregator.storing import ids, sync, titles
from tests.aggregator.storing_child import BATCHES, CHANGES, SIZE, batch

ROOT = Path(__file__).parent.parent.parent
KILLS = 20
LONGEST_LIFE = 0.05  # seconds after an acknowledgement: some batches


def start(mode: str, cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.aggregator.storing_child", mode, str(cache)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def kill_at_some_moment(cache: Path, source: random.Random) -> list[int]:
    """Let a process fill the cache and kill it; returns the batches that it said were safe."""
    with start("fill", cache) as process:
        assert process.stdout is not None
        safe = [int(process.stdout.readline()) for _ in range(source.randrange(3))]
        try:
            process.wait(source.random() * LONGEST_LIFE)
        except subprocess.TimeoutExpired:
            process.kill()
        return safe + [int(line) for line in process.stdout.read().split("\n")[:-1]]


def guids(store: Store) -> list[str]:
    return [article.guid for article in store.articles.iter_all()]


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    safe: set[int] = set()
    for _ in range(KILLS):
        safe |= set(kill_at_some_moment(tmp_path / "cache", source))
        with Store.open(tmp_path / "cache") as store:
            store.search.rebuild()  # a file of its own: a kill may fall between the two commits
            assert store.check() == []
            stored = guids(store)
            assert len(stored) == len(set(stored))
            assert {f"guid-{number * SIZE + i}" for number in safe for i in range(SIZE)} <= set(stored)
            assert len(stored) % SIZE == 0  # whole batches only
    with start("fill", tmp_path / "cache") as process:
        assert process.wait() == 0
    with Store.open(tmp_path / "cache") as crashed, Store.open(tmp_path / "quiet") as quiet:
        for number in range(BATCHES):
            sync(quiet, *batch(number))
        for query in ("", "unread", "batch3", "edited9", "article4", "batch7 article0"):
            assert sorted(titles(crashed, query)) == sorted(titles(quiet, query)), query
        assert crashed.articles.count() == quiet.articles.count() == (BATCHES * SIZE, BATCHES * SIZE)
        assert crashed.check() == []


def test_two_writers_and_a_reader_get_along(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with (
        start("fill", tmp_path) as filling,
        start("change", tmp_path) as changing,
        Store.open(tmp_path, readonly=True) as reader,
    ):
        seen = 0
        while filling.poll() is None or changing.poll() is None:
            found = ids(reader)
            assert len(found) % SIZE == 0
            assert len(found) >= seen
            seen = len(found)
            assert len(reader.articles.rows(found)) == len(found)
        assert (filling.returncode, changing.returncode) == (0, 0)
    with Store.open(tmp_path) as store:
        assert store.check() == []
        assert store.articles.count()[0] == BATCHES * SIZE
        assert store.ui.get("round") == str(CHANGES - 1)
        assert len(titles(store, "batch7")) == SIZE
