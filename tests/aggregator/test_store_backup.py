"""Copies: daily, whole, sound, few; and taking one back."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest

from aggregator.errors import StoreDamaged, StoreError
from aggregator.store import backup, versions
from aggregator.store.db import Store
from aggregator.store.mounts import network_kind, synced_folder
from aggregator.store.places import Files
from tests.aggregator import damaging
from tests.aggregator.storing import DAY, NOW, make, sync, titles

MOUNTS = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /home/u/far\040disk rw - nfs4 server:/export rw
41 22 0:36 / /home/u/ssh rw - fuse.sshfs u@host: rw
42 41 8:2 / /home/u/ssh/near rw - xfs /dev/sdb1 rw
"""


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "cache") as store:
        sync(store, make(1), make(2))
    return tmp_path / "cache"


def test_a_copy_is_made_once_a_day_and_the_oldest_go(cache: Path) -> None:
    files = Files(cache)
    with Store.open(cache) as store:
        for hour in range(0, 24 * 6, 5):
            store.back_up(NOW + hour * 3600, 3)
            for path in files.backups.iterdir():  # as if each had been made at its time
                at = backup._time_of(path.name[5:20]) or 0
                os.utime(path, (at, at))
    names = [path.name for path in backup.copies(files)]
    assert len(names) == 3
    assert names == sorted(names, reverse=True)
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files.backups.iterdir())
    assert stat.S_IMODE(files.backups.stat().st_mode) == 0o700
    assert all(backup.is_sound(path) for path in backup.copies(files))


def test_a_clock_that_ran_ahead_does_not_stop_copies_for_good(cache: Path) -> None:
    with Store.open(cache) as store:
        assert store.back_up(NOW + 400 * DAY, 3)
        assert store.back_up(NOW, 3)
        assert store.back_up(NOW + 60, 3) is None


def test_no_copies_are_made_where_none_are_wanted(cache: Path) -> None:
    with Store.open(cache) as store:
        assert store.back_up(NOW, 0) is None
    assert not (cache / "backups").exists()


def test_a_copy_that_is_told_to_stop_leaves_nothing(cache: Path) -> None:
    with Store.open(cache) as store:
        assert store.back_up(NOW, 3, lambda: True) is None
    assert list((cache / "backups").iterdir()) == []


def test_reading_and_writing_go_on_while_a_copy_is_made(cache: Path) -> None:
    with Store.open(cache) as store, Store.open(cache) as other, Store.open(cache, readonly=True) as reader:
        seen: list[int] = []

        def meanwhile() -> bool:
            thread = threading.Thread(target=lambda: seen.append(len(titles(reader))))
            thread.start()
            thread.join()
            sync(other, make(100 + len(seen)))
            return False

        copy = store.back_up(NOW, 3, meanwhile)
        assert copy is not None
        assert seen
    shutil.copytree(cache, cache.parent / "again")
    Store.replace(cache.parent / "again", copy)
    with Store.open(cache.parent / "again") as restored:
        assert titles(restored) == ["Headline 2", "Headline 1"], "one moment, whatever came meanwhile"


def test_taking_a_copy_back_sets_the_present_one_aside(cache: Path) -> None:
    copy = cache.parent / "copy.sqlite3"
    with Store.open(cache) as store:
        store.copy_to(copy)
        sync(store, make(3))
        state = store.feeds.all()[0]
        assert state.id
    before = copy.read_bytes()
    told = Store.replace(cache, copy)
    assert "set aside as" in told
    assert copy.read_bytes() == before
    assert sorted(path.name for path in copy.parent.iterdir()) == ["cache", "copy.sqlite3"]
    with Store.open(cache) as store:
        assert titles(store) == ["Headline 2", "Headline 1"]
        store.search.rebuild()
        assert store.check() == []
        assert store.told == []
    (aside,) = (cache / "aside").glob("*.sqlite3")
    Store.replace(cache, aside)
    with Store.open(cache) as store:
        assert len(titles(store)) == 3, "nothing is ever lost by restoring"


def test_what_is_no_sound_copy_is_refused_and_changes_nothing(cache: Path, tmp_path: Path) -> None:
    with Store.open(cache) as store:
        store.copy_to(tmp_path / "damaged")
    damaging.noise_to_the_end(tmp_path / "damaged")
    (tmp_path / "text").write_text("no database\n" * 20)
    (tmp_path / "empty").touch()
    for name in ("damaged", "text", "empty", "missing"):
        with pytest.raises(StoreError, match=name):
            Store.replace(cache, tmp_path / name)
    with Store.open(cache) as store:
        assert len(titles(store)) == 2
    assert not (cache / "aside").exists()


def test_a_daily_copy_of_a_file_that_rots_is_no_copy_and_raises_suspicion(cache: Path) -> None:
    with Store.open(cache) as store:
        sync(store, *(make(number, text="Ferries. " * 50) for number in range(200)))
    path = cache / "news.sqlite3"
    at = path.stat()
    damaging.zero_articles_leaf(path)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    with Store.open(cache) as store, pytest.raises(StoreError, match="the next sync looks it through"):
        store.back_up(NOW, 3)
    assert (cache / "suspect").exists()
    assert backup.copies(Files(cache)) == []
    with pytest.raises(StoreDamaged):
        Store.open(cache)


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 54, 1), False),
    ],
)
def test_versions_that_can_lose_commits_are_known(version: tuple[int, int, int], affected: bool) -> None:
    assert versions.has_wal_reset_bug(version) is affected


def test_versions_that_cannot_make_our_tables_are_known() -> None:
    assert versions.is_too_old((3, 37, 2))
    assert not versions.is_too_old((3, 38, 0))


def test_over_a_network_the_older_journal_is_used() -> None:
    assert network_kind(Path("/home/u/far disk/cache"), MOUNTS) == "nfs4"
    assert network_kind(Path("/home/u/ssh/cache"), MOUNTS) == "fuse.sshfs"
    assert network_kind(Path("/home/u/ssh/near/cache"), MOUNTS) == ""
    assert network_kind(Path("/home/u/cache"), MOUNTS) == ""
    assert network_kind(Path("/home/u/cache"), "") == ""
    assert versions.journal_mode("nfs4") == "DELETE"
    assert versions.journal_mode("") == "WAL"
    assert synced_folder(Path("/home/u/Dropbox (Work)/cache")) == "Dropbox"
    assert synced_folder(Path("/home/u/boxes/cache")) == ""


def test_everything_works_with_the_older_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.store.connecting.network_kind", lambda path: "nfs4")
    with Store.open(tmp_path) as store, Store.open(tmp_path, readonly=True) as reader:
        assert store._database.value("PRAGMA journal_mode") == "delete"
        sync(store, make(1))
        assert titles(reader) == ["Headline 1"]
        store.checkpoint()
        assert store.back_up(NOW, 3)
        assert store.check() == []
    with Store.open(tmp_path) as store:
        assert store.told == []


def test_a_cache_that_was_moved_to_a_network_changes_its_journal(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.opening.network_kind", lambda path: "nfs4")
    (cache / "write.lock").unlink()  # as after copying: nothing tells how it was left
    with Store.open(cache) as store:
        assert store._database.value("PRAGMA main.journal_mode") == "delete"
        assert store._database.value("PRAGMA search.journal_mode") == "delete"
        assert len(titles(store)) == 2
