"""A damaged cache is noticed, told, set aside and made again with its marks; what is not ours stays."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreDamaged, StoreError, StoreTooNew
from aggregator.store import backup, salvage
from aggregator.store.db import Store
from aggregator.store.places import Files
from aggregator.store.schema import MIGRATIONS
from tests.aggregator import damaging
from tests.aggregator.storing import ids, make, sync, titles

KEPT = 0.99  # of the user's marks, where there is a copy
PATIENCE = 30  # seconds, as the user was promised; these caches take a fraction of one


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with marks and a copy of an hour ago."""
    cache = tmp_path_factory.mktemp("good") / "cache"
    damaging.fill(cache)
    backup.make(Files(cache), "20261123-000000")
    Store.open(cache).close()
    return cache


@pytest.fixture
def cache(good: Path, tmp_path: Path) -> Path:
    """One to be damaged."""
    return copied(good, tmp_path / "cache")


def copied(cache: Path, target: Path) -> Path:
    shutil.copytree(cache, target, copy_function=shutil.copy2)
    return target


def without_copy(cache: Path) -> Path:
    shutil.rmtree(cache / "backups")
    return cache


def share(before: set[str], after: set[str]) -> float:
    return len(before & after) / len(before)


def test_each_kind_of_damage_is_told_and_mended_with_its_marks(good: Path, tmp_path: Path) -> None:
    before = damaging.marks(good)
    assert len(damaging.DAMAGES) >= 20
    for spoil in damaging.DAMAGES:
        name = spoil.__name__
        cache = copied(good, tmp_path / name)
        spoil(cache / "news.sqlite3")
        damaged = (cache / "news.sqlite3").read_bytes() if (cache / "news.sqlite3").exists() else None
        began = time.monotonic()
        with Store.open_restored(cache) as store:
            assert len(store.told) == 1, name
            assert "\n" not in store.told[0], name
            assert len(store.told[0]) < 500, name
            assert [finding for finding in store.check() if "lacks" not in finding] == [], name
            validators = store._database.value("SELECT count(*) FROM feeds WHERE last_full <> 0")
            assert validators == 0, name
        assert time.monotonic() - began < PATIENCE
        after = damaging.marks(cache)
        assert {key: share(before[key], after[key]) >= KEPT for key in before} == dict.fromkeys(
            before, True
        ), name
        if damaged is not None and "Indexes" not in store.told[0]:
            (aside,) = (cache / "aside").glob("*.sqlite3")
            assert aside.read_bytes() == damaged, name
        with Store.open(cache) as again:
            assert again.told == [], name


def test_what_sqlite_gets_over_by_itself_loses_nothing_and_is_not_told(good: Path, tmp_path: Path) -> None:
    before = damaging.marks(good)
    for spoil in damaging.HARMLESS:
        cache = copied(good, tmp_path / spoil.__name__)
        spoil(cache / "news.sqlite3")
        with Store.open_restored(cache) as store:
            assert store.told == []
            assert store.check() == []
        assert damaging.marks(cache) == before


def test_without_a_copy_what_can_be_read_is_kept(good: Path, tmp_path: Path) -> None:
    before = damaging.marks(good)
    whole = (damaging.zero_header, damaging.zero_first_page, damaging.wrong_page_size, damaging.zero_schema)
    for spoil in (*whole, damaging.noise_in_seen, damaging.zero_feeds, damaging.cut_oddly):
        cache = without_copy(copied(good, tmp_path / spoil.__name__))
        spoil(cache / "news.sqlite3")
        with Store.open_restored(cache) as store:
            assert len(store.told) == 1
        assert damaging.marks(cache) == before, spoil.__name__
    cache = without_copy(copied(good, tmp_path / "leaves"))
    damaging.zero_bodies_leaves(cache / "news.sqlite3")
    with Store.open_restored(cache) as store:
        assert "Some rows of bodies are lost" in store.told[0]
        assert store.check() == []
    after = damaging.marks(cache)
    assert after["starred"] == before["starred"], "a star outlives the text"
    assert after["tagged"] == before["tagged"]
    assert share(before["all"], after["all"]) > 0.7


def test_the_damaged_files_word_goes_before_the_copys(cache: Path) -> None:
    """What was read, unstarred and added since the copy was made is not taken back by it."""
    with Store.open(cache) as store:
        sync(store, make(9000, title="Later than the copy"))
        found = ids(store, "starred")
        store.marks.apply(damaging.MarkAction.UNSTAR, found[:1])
        store.marks.apply(damaging.MarkAction.READ, ids(store, "unread")[:5])
        store.checkpoint()
    before = damaging.marks(cache)
    damaging.zero_bodies_leaves(cache / "news.sqlite3")
    with Store.open_restored(cache) as store:
        assert "what could be read of it and the copy of" in store.told[0]
    assert damaging.marks(cache) == before


def test_letters_that_are_none_are_told_and_mended_by_the_next_opening(cache: Path) -> None:
    damaging.invalid_text(cache / "news.sqlite3")
    with Store.open(cache, readonly=True) as store, pytest.raises(StoreDamaged, match="hakawati"):
        store.articles.rows(ids(store))
    with Store.open_restored(cache) as store:
        assert store.told == [
            "Letters in 1 texts of the cache were damaged; each shows as \N{REPLACEMENT CHARACTER} now."
        ]
        assert "Headl\N{REPLACEMENT CHARACTER}ne 77" in titles(store)


def test_a_log_that_went_away_with_the_latest_changes_is_told(cache: Path) -> None:
    with Store.open(cache, readonly=True), Store.open(cache) as store:  # the reader keeps the log there
        sync(store, make(9001))
        kept = copied(cache, cache.parent / "kept")
    (kept / "news.sqlite3-wal").unlink()
    with Store.open_restored(kept) as store:
        assert "news.sqlite3-wal, which held the latest changes, is gone" in store.told[0]
        assert store.check() == [] or "lacks" in store.check()[0]


def test_damage_that_is_met_while_reading_is_looked_for_at_the_next_opening(cache: Path) -> None:
    path = cache / "news.sqlite3"
    before, at = damaging.marks(cache), path.stat()
    damaging.zero_bodies_leaves(path)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))  # a disk that rots changes no time
    with Store.open(cache) as store, pytest.raises(StoreDamaged, match="hakawati"):
        list(store.articles.iter_all())
    assert store.told == []
    with Store.open_restored(cache) as store:
        assert "was made again" in store.told[0]
    assert damaging.marks(cache) == before
    assert not (cache / "suspect").exists()


@pytest.mark.parametrize("kind", ["empty", "text", "foreign", "folder", "dangling"])
def test_what_is_not_ours_is_refused_untouched_until_the_user_says_so(kind: str, cache: Path) -> None:
    before, path = damaging.marks(cache), cache / "news.sqlite3"
    path.unlink()
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("somebody's notes\n" * 400)
    elif kind == "folder":
        path.mkdir()
    elif kind == "dangling":
        path.symlink_to(cache / "nowhere")
    else:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE bookmarks (url)")
            connection.commit()
    content = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreDamaged, match="doctor --repair"):
        Store.open_restored(cache)
    assert path.is_symlink() == (kind == "dangling")
    assert path.is_dir() == (kind == "folder")
    assert (path.read_bytes() if path.is_file() else b"") == content
    told = Store.restore(cache, anything=True)
    assert "the copy of" in told[0]
    assert damaging.marks(cache) == before
    (aside,) = (cache / "aside").glob("*.sqlite3")
    assert (aside.read_bytes() if aside.is_file() else b"") == content


def test_a_newer_one_is_refused_untouched_even_then(cache: Path) -> None:
    path = cache / "news.sqlite3"
    damaging.write_at(path, 60, (len(MIGRATIONS) + 1).to_bytes(4, "big"))
    before = path.read_bytes()
    for open_it in (lambda: Store.open_restored(cache), lambda: Store.restore(cache, anything=True)):
        with pytest.raises(StoreTooNew, match="newer version"):
            open_it()
    assert path.read_bytes() == before


def test_a_damaged_copy_is_passed_over_for_an_older_sound_one(cache: Path) -> None:
    before = damaging.marks(cache)
    newer = backup.make(Files(cache), "20261124-000000")
    damaging.noise_in_middle(newer)
    damaging.zeros_to_the_end(cache / "news.sqlite3")
    with Store.open_restored(cache):
        pass
    assert damaging.marks(cache) == before


def test_a_full_disk_leaves_the_damaged_file_where_it_is(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = cache / "news.sqlite3"
    damaging.zero_bodies_leaves(path)
    before = path.read_bytes()
    (cache / "news.sqlite3.new").mkdir()  # nothing can be made there
    with pytest.raises((StoreError, OSError)):
        Store.open_restored(cache)
    (cache / "news.sqlite3.new").rmdir()
    assert path.read_bytes() == before
    with Store.open_restored(cache) as store:
        assert store.told


def test_whoever_stops_between_the_steps_leaves_a_finished_file_that_goes_on(cache: Path) -> None:
    """A power cut after the new file was named and before it took the damaged one's place."""
    before, path = damaging.marks(cache), cache / "news.sqlite3"
    whole = cache / "news.sqlite3.whole"
    shutil.copy(path, whole)
    damaging.zeros_to_the_end(path)
    (cache / "news.sqlite3-wal").write_bytes(b"a log of the damaged file")
    with Store.open(cache) as store:
        assert store.check() == []
    assert not whole.exists()
    assert damaging.marks(cache) == before


def test_a_reader_that_has_the_cache_open_goes_over_to_the_new_file(cache: Path, tmp_path: Path) -> None:
    with Store.open(cache, readonly=True) as reader:
        assert not reader.moved
        version = reader.data_version()
        rescued = copied(cache, tmp_path / "other")
        (rescued / "news.sqlite3").replace(cache / "news.sqlite3")
        assert reader.moved
        assert reader.data_version() != version
        assert len(titles(reader)) == 400, "what is open can be read on"


def test_a_writer_that_has_the_old_file_open_writes_nothing_more_into_it(cache: Path, tmp_path: Path) -> None:
    with Store.open(cache) as writer:
        rescued = copied(cache, tmp_path / "other")
        (rescued / "news.sqlite3").replace(cache / "news.sqlite3")
        with pytest.raises(StoreError, match="do that again"):
            writer.ui.set("theme", "dark")


@pytest.mark.parametrize(
    "spoil", [damaging.noise_in_middle, damaging.zeros_to_the_end, damaging.flipped_bits]
)
def test_a_damaged_search_file_is_made_anew_and_filled(spoil: damaging.Spoil, cache: Path) -> None:
    spoil(cache / "search.sqlite3")
    with Store.open_restored(cache, check_seconds=None) as store:
        assert store.told == ["The search index was damaged and is made anew; no article was in danger."]
        assert store.search.rebuild() == damaging.NUMBER
        assert len(titles(store, "ferry")) == damaging.NUMBER
        assert store.check() == []


def test_words_that_are_missing_from_the_index_are_found_and_added(cache: Path) -> None:
    with Store.open(cache) as store, store.write():
        store._database.run("DELETE FROM search.words_data WHERE id > 10")
    with Store.open(cache) as store:
        assert any("search index is damaged" in finding for finding in store.check())
    (told,) = Store.restore(cache)
    assert "search index" in told
    with Store.open(cache) as store:
        store.search.rebuild()
        assert store.check() == []


def test_ranges_of_rows_around_damage_are_found_from_points_in_between() -> None:
    points = salvage._points(salvage.Gap((0,), (2**40,)))
    assert points == sorted(points)
    assert 100 < len(points) <= salvage.PROBES + 1
    assert salvage._points(salvage.Gap(("a",), ("b",))) == []
    assert salvage._points(salvage.Gap(None, (5000,)))[:2] == [4999, 4998]
