"""A disk that is full or read-only: one sentence, nothing half-written, reading goes on, complete later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aggregator.errors import StoreError, StoreFull, StoreReadOnly
from aggregator.library import Library
from aggregator.model import MarkAction
from aggregator.store import backup
from aggregator.store.db import Store
from aggregator.store.places import Files
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import item, query, rss, run, write_config
from tests.aggregator.storing import ids, make, sync, titles

ROOT = Path(__file__).parent.parent.parent
SMALL = 3  # megabytes of the disk that is filled
LONG = "The ferries sail again. " * 100


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, three megabytes small; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def stuff(disk: Path) -> Path:
    """Fill a disk to the last byte; returns the file to delete."""
    ballast = disk / "ballast"
    handle = os.open(ballast, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        while os.write(handle, bytes(4096)):
            pass
    except OSError:
        return ballast
    finally:
        os.close(handle)
    raise AssertionError("the disk has no end")


def test_a_file_that_may_not_grow_keeps_whole_batches_and_takes_more_afterwards(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, make(1))
        store._database.run(f"PRAGMA max_page_count = {store._database.value('PRAGMA page_count') + 10}")
        batch = [make(number, text=LONG + str(number)) for number in range(2, 200)]
        with pytest.raises(StoreFull, match="disk is full; make room"):
            sync(store, *batch)
        assert titles(store) == ["Headline 1"]
        assert store.check() == []
        store._database.run("PRAGMA max_page_count = 1000000")
        sync(store, *batch)
        assert len(titles(store)) == 199
        assert store.check() == []


def test_a_cache_is_made_whole_or_not_at_all_whatever_room_a_disk_has(disk: Path) -> None:
    made = []
    for room in range(0, 1_000_000, 60_000):
        cache, ballast = disk / f"cache-{room}", stuff(disk)
        os.truncate(ballast, max(0, ballast.stat().st_size - room))
        with suppress(StoreError):  # anything else is a defect
            Store.open(cache).close()
            made.append(room)
        ballast.unlink()
        with Store.open(cache) as store:  # nothing half-made, that would have to be set aside and mended
            assert store.told == []
            assert store.check() == []
        shutil.rmtree(cache)
    assert 0 < len(made) < 17


def test_a_limit_on_the_size_of_files_is_told_and_keeps_what_was_stored(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    Store.open(cache).close()
    command = [sys.executable, "-m", "tests.aggregator.filling_child", str(cache), str(1_500_000)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    stored, sentence = done.stdout.splitlines()
    assert "make room and try again" in sentence
    with Store.open(cache) as store:
        assert len(ids(store)) == 20 * int(stored) > 0
        store.search.rebuild()
        assert store.check() == []


def test_on_a_full_disk_reading_goes_on_and_a_mark_says_that_it_was_not_kept(disk: Path) -> None:
    config = write_config(disk, [])
    with Store.open(config.cache) as store:
        sync(store, *(make(number) for number in range(40)))
    ballast = stuff(disk)
    with Library(config) as library:
        assert len(library.ids()) == 40
        assert len(library.ids("ferries")) == 40
        with pytest.raises(StoreFull, match="disk is full; make room"):
            library.mark(MarkAction.STAR, list(library.ids()))
        assert library.starred_count() == 0
        ballast.unlink()
        assert library.mark(MarkAction.STAR, list(library.ids())) == 40
        assert library.findings() == []
        assert library.starred_count() == 40


def test_a_sync_on_a_full_disk_is_complete_once_there_is_room(disk: Path) -> None:
    documents = {
        f"feed{feed}": (
            rss(*(item(feed * 1000 + n, body=f"<p>{LONG} {feed} {n}</p>") for n in range(20))),
            "application/rss+xml",
        )
        for feed in range(4)
    }
    with FileServer(documents) as server:
        config = write_config(disk, [server.url(name) for name in documents])
        with Store.open(config.cache):
            pass
        ballast = stuff(disk)
        with pytest.raises(StoreError, match=r"full|grow"):
            run(config)
        ballast.unlink()
        totals, _ = run(config, force=True)
        assert (totals.new + len(query(config, "SELECT id FROM articles")), totals.failed) in {(160, 0)}
    with Library(config) as library:
        assert library.findings() == []


def test_a_cache_that_cannot_be_written_is_read(disk: Path) -> None:
    config = write_config(disk, [])
    with Store.open(config.cache) as store:
        sync(store, make(1), make(2))
        assert store.marks.apply(MarkAction.STAR, ids(store)[:1]) == 1
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with Library(config) as library:
        assert "Until then what is cached can be read" in library.told[0]
        assert [row.title for row in library.page()] == ["Headline 2", "Headline 1"]
        assert [row.title for row in library.page("ferries starred")] == ["Headline 2"]
        with pytest.raises(StoreReadOnly, match="cannot be written to"):
            library.mark(MarkAction.READ, list(library.ids()))


def test_no_copy_is_made_where_it_would_fill_the_disk(disk: Path) -> None:
    with Store.open(disk / "cache") as store:
        sync(store, make(1))
        with pytest.raises(StoreFull, match="was not made, because the disk has"):
            store.back_up(1_790_000_000, 3)
        assert backup.copies(Files(disk / "cache")) == []
