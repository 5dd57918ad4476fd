"""Opening a cache: what is made, what is refused untouched, what is mended."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreDamaged, StoreError, StoreLocked, StoreTooNew
from aggregator.store.database import Interrupted
from aggregator.store.db import Store
from aggregator.store.files import Files, bring_up_to_date, version_of
from aggregator.store.lock import WriteLock
from aggregator.store.schema import APPLICATION_ID, MIGRATIONS
from tests.aggregator.storing import make, sync, titles

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.is_file() and "lock" not in path.name
    }


def test_a_new_cache_is_for_its_owner_only(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    with Store.open(cache) as store:
        sync(store, make())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()}
        assert stat.S_IMODE(cache.stat().st_mode) == 0o700
        assert {"news.sqlite3", "news.sqlite3-wal", "search.sqlite3", "write.lock"} <= set(modes)
        assert set(modes.values()) == {0o600}
        assert store.check() == []


def test_what_was_stored_is_there_when_opened_again(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, make(1), make(2))
    with Store.open(tmp_path) as store:
        assert titles(store) == ["Headline 2", "Headline 1"]


def test_the_file_says_whose_it_is_and_in_which_version(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "news.sqlite3")) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("these are somebody's notes\n" * 50)


def beheaded(path: Path) -> None:
    Store.open(path.parent).close()
    path.write_bytes(b"\0" * 4096 + path.read_bytes()[4096:])


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
        connection.commit()


def folder(path: Path) -> None:
    path.mkdir()


def dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")


@pytest.mark.parametrize("spoil", [empty, text, beheaded, foreign, folder, dangling])
def test_what_is_no_database_of_ours_is_refused_and_left_alone(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    spoil(tmp_path / "news.sqlite3")
    before = contents(tmp_path)
    for readonly in (False, True):
        with pytest.raises(StoreDamaged, match=r"news\.sqlite3"):
            Store.open(tmp_path, readonly=readonly)
    assert contents(tmp_path) == before


def test_a_cache_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "news.sqlite3")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = contents(tmp_path)
    with pytest.raises(StoreTooNew, match="newer version"):
        Store.open(tmp_path)
    assert contents(tmp_path) == before


def test_a_database_without_our_tables_is_damaged(tmp_path: Path) -> None:
    Store.open(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "news.sqlite3")) as connection:
        connection.execute("DROP TABLE meta")
        connection.commit()
    with pytest.raises(StoreDamaged, match="doctor"):
        Store.open(tmp_path)


def test_damage_inside_is_told_as_a_sentence(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, *(make(number) for number in range(300)))
    path = tmp_path / "news.sqlite3"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\x5a" * (len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(StoreDamaged), Store.open(tmp_path) as store:
        list(store.articles.iter_all())


def next_one(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE ui ADD COLUMN colour TEXT NOT NULL DEFAULT 'blue'")


def broken(connection: sqlite3.Connection) -> None:
    connection.execute("DROP TABLE ui")
    connection.execute("CREATE TABLE articles (this INTEGER)")


def test_a_migration_keeps_the_data_and_a_copy_from_before(tmp_path: Path) -> None:
    files = Files(tmp_path)
    with Store.open(tmp_path) as store:
        sync(store, make())
        store.ui.set("theme", "dark")
    bring_up_to_date(files, (*MIGRATIONS, next_one))
    newest = len(MIGRATIONS)
    assert version_of(files.news, newest + 1) == newest + 1
    with closing(sqlite3.connect(files.news)) as connection:
        assert connection.execute("SELECT * FROM ui").fetchall() == [("theme", "dark", "blue")]
    (copy,) = files.backups.iterdir()
    assert version_of(copy, newest) == newest
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT title FROM articles").fetchall() == [("Headline 1",)]


def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        store.ui.set("theme", "dark")
    with pytest.raises(sqlite3.OperationalError):
        bring_up_to_date(Files(tmp_path), (*MIGRATIONS, broken))
    with Store.open(tmp_path) as store:
        assert store.ui.get("theme") == "dark"
        assert store.check() == []


def test_a_leftover_of_an_interrupted_creation_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "news.sqlite3.new").write_bytes(b"half a fi")
    (tmp_path / "search.sqlite3-wal").write_bytes(b"old log")
    with Store.open(tmp_path) as store:
        assert store.check() == []


@pytest.mark.parametrize("spoil", [empty, text, foreign, Path.unlink])
@pytest.mark.parametrize("readonly", [False, True])
def test_a_lost_or_damaged_search_file_is_replaced(
    spoil: Callable[[Path], None], readonly: bool, tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        sync(store, make(1, title="Ferries sail"), make(2))
    (tmp_path / "search.sqlite3").unlink()
    if spoil is not Path.unlink:
        spoil(tmp_path / "search.sqlite3")
    with Store.open(tmp_path, readonly=readonly) as store:
        assert titles(store) == ["Headline 2", "Ferries sail"]
        assert store.search.pending() == 2
    with Store.open(tmp_path) as store:
        assert store.search.rebuild() == 2
        assert titles(store, "headline ferries") == ["Headline 2"]


def test_a_readonly_store_makes_the_cache_if_there_is_none_and_writes_nothing_after(tmp_path: Path) -> None:
    with Store.open(tmp_path / "cache", readonly=True) as store:
        assert store.articles.count() == (0, 0)
        with pytest.raises(StoreError, match="only reads"):
            store.ui.set("theme", "dark")


def test_a_reader_sees_what_another_writes_and_that_it_did(tmp_path: Path) -> None:
    with Store.open(tmp_path) as writer, Store.open(tmp_path, readonly=True) as reader:
        before = reader.data_version()
        with writer.write():
            sync(writer, make())
            assert titles(reader) == []
            assert reader.data_version() == before
        assert titles(reader) == ["Headline 1"]
        assert reader.data_version() != before


def fail_while_writing(store: Store) -> None:
    with store.write():
        sync(store, make())
        raise KeyboardInterrupt


def test_a_write_phase_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        with pytest.raises(KeyboardInterrupt):
            fail_while_writing(store)
        assert titles(store) == titles(store, "ferries") == []
        assert store.articles.count() == (0, 0)
        assert store.check() == []


def test_who_waits_too_long_for_another_writer_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, Store.open(tmp_path, lock_wait=0.05) as other:
        with store.write(), pytest.raises(StoreLocked, match="try again"):
            other.ui.set("theme", "dark")
        other.ui.set("theme", "dark")
        assert store.ui.get("theme") == "dark"


def test_a_writer_waits_for_another_to_finish(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "write.lock")
    with Store.open(tmp_path) as store:
        with lock:
            waiting = threading.Thread(target=store.ui.set, args=("theme", "dark"))
            waiting.start()
            waiting.join(0.1)
            assert waiting.is_alive()
        waiting.join()
        lock.close()
        assert store.ui.get("theme") == "dark"


def test_a_checkpoint_empties_the_log_and_loses_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, *(make(number) for number in range(50)))
        assert (tmp_path / "news.sqlite3-wal").stat().st_size > 0
        store.checkpoint()
        assert (tmp_path / "news.sqlite3-wal").stat().st_size == 0
        assert len(titles(store, "ferries")) == 50


def test_a_checkpoint_does_not_wait_for_a_reader(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store, closing(sqlite3.connect(tmp_path / "news.sqlite3")) as reader:
        sync(store, make(1))
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM articles").fetchone()
        sync(store, make(2))
        store.checkpoint()
        assert reader.execute("SELECT count(*) FROM articles").fetchone() == (1,)


def test_a_running_query_can_be_stopped_from_another_thread(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        caught: list[BaseException] = []

        def endless() -> None:
            try:
                store._database.all(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
                )
            except Interrupted as error:
                caught.append(error)

        thread = threading.Thread(target=endless)
        thread.start()
        while thread.is_alive():
            store.interrupt()
            thread.join(0.01)
        assert len(caught) == 1


def test_doctor_finds_wrong_numbers_open_files_and_strays(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, make())
        (tmp_path / "news.sqlite3").chmod(0o644)
        with store.write():
            store._database.run("UPDATE feed_counts SET unread = 7")
            store._database.run("INSERT INTO unread VALUES (5, 1)")
        found = " ".join(store.check())
    assert "numbers of articles are wrong" in found
    assert "are not there" in found
    assert "other users" in found


def test_a_reader_goes_on_reading_while_other_processes_come_and_go(tmp_path: Path) -> None:
    """Locks are a process's own (POSIX): nothing done here may drop those of the reader that is open."""
    code = (
        "import sys; from pathlib import Path; from aggregator.store.db import Store\n"
        "with Store.open(Path(sys.argv[1])) as store: store.ui.set('n', sys.argv[2]); store.checkpoint()"
    )
    with Store.open(tmp_path) as first:
        first.ui.set("n", "0")
    with Store.open(tmp_path, readonly=True) as reader:
        assert reader.ui.get("n") == "0"
        for number in range(1, 4):
            with Store.open(tmp_path) as writer:  # another connection of this process comes and goes
                writer.ui.set("here", str(number))
            subprocess.run([sys.executable, "-c", code, str(tmp_path), str(number)], check=True)
            assert reader.ui.get("n") == str(number)
            assert reader.ui.get("here") == str(number)
