"""kill -9 while articles are related: nothing half-written, and the next sync comes to the same stories."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.store.db import Store
from tests.aggregator.commands import command, finish, start
from tests.aggregator.newsroom import Piece, broken, events, groups, write_archive
from tests.aggregator.rounds import query, write_config

EVENTS = 112  # in eight rounds of four days: as many steps
# the tables whose change is the moment of each kill: were a step more than one transaction, some of
# these would be seen changed before the others
MOMENTS = ("articles", "story_members", "links", "pairs", "unrelated", "stories", "story_members", "links")


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return events(EVENTS, seed=7, most=3)


def made(folder: Path) -> Config:
    """A configuration with an empty cache."""
    folder.mkdir()
    config = write_config(folder, [])
    Store.open(config.cache).close()
    return config


def waiting(config: Config) -> int:
    return int(query(config, "SELECT count(*) FROM unrelated")[0][0])


def size(config: Config, table: str) -> int:
    return int(query(config, f"SELECT count(*) FROM {table}")[0][0])


def kill_at_change(config: Config, process: subprocess.Popen[str], table: str) -> None:
    """Kill it as soon as the number of rows of a table changes; its own progress is the clock."""
    before = size(config, table)
    while process.poll() is None:
        if size(config, table) != before:
            process.kill()
    finish(process)


def test_killed_while_it_relates_it_leaves_whole_stories_and_the_next_sync_completes_them(
    tmp_path: Path, pieces: list[Piece]
) -> None:
    quiet, killed = made(tmp_path / "quiet"), made(tmp_path / "killed")
    path = write_archive(tmp_path / "news.jsonl", pieces)
    assert command(quiet, "archive", "import", str(path))[0] == 0
    in_the_middle = 0
    for kill, table in enumerate(MOMENTS):
        kill_at_change(killed, start(killed, "archive", "import", str(path)), table)
        assert broken(killed) == [], f"kill {kill}"
        guids = [row[0] for row in query(killed, "SELECT guid FROM bodies")]
        assert sorted(guids) == sorted(piece.guid for piece in pieces), "all are stored before the first step"
        in_the_middle += 0 < waiting(killed) < len(pieces)
        with Library(killed) as library:
            library.mend()
            assert library.findings() == []
            assert len(library.page(limit=9999)) == len(pieces)
    assert in_the_middle >= len(MOMENTS) // 2, "or the kills came too late to prove anything"
    assert command(killed, "sync")[0] == 0
    assert waiting(killed) == 0
    assert query(killed, "SELECT count(*) FROM stories WHERE NOT threaded") == [(0,)]
    assert groups(killed) == groups(quiet)
    assert edges(killed) == edges(quiet)
    assert broken(killed) == []


def edges(config: Config) -> list[sqlite3.Row]:
    """All links by guid."""
    return sorted(
        query(
            config,
            "SELECT s.guid, t.guid, l.kind, l.score, l.evidence FROM links l "
            "JOIN bodies s ON s.id = l.source JOIN bodies t ON t.id = l.target",
        )
    )


def test_killed_while_it_compares_again_the_stories_stay_as_they_were(
    tmp_path: Path, pieces: list[Piece]
) -> None:
    """All articles wait again although they have stories, as after a change of the features."""
    config = made(tmp_path / "cache")
    path = write_archive(tmp_path / "news.jsonl", pieces)
    assert command(config, "archive", "import", str(path))[0] == 0
    before = groups(config)
    with Store.open(config.cache) as store:
        store.relating.queue([row[0] for row in query(config, "SELECT id FROM articles")])
    kill_at_change(config, start(config, "sync"), "unrelated")
    assert waiting(config) > 0
    assert broken(config) == []
    assert groups(config) == before, "what was not reached is as it was, what was is the same again"
    assert command(config, "sync")[0] == 0
    assert (waiting(config), groups(config), broken(config)) == (0, before, [])
