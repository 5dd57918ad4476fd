"""backup, restore, wipe, doctor --repair, and a sync that finds its cache damaged: as a user runs them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.cli import main
from aggregator.config import Config
from aggregator.errors import FINE, LOCKED, STORE, USAGE
from aggregator.library import Library
from aggregator.locks import SyncLock
from aggregator.model import MarkAction
from tests.aggregator import damaging
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import item, rss, run, write_config

FEEDS = {f"feed{n}": (rss(*(item(n * 100 + i) for i in range(30))), "application/rss+xml") for n in range(3)}


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer(FEEDS) as running:
        yield running


@pytest.fixture
def config(server: FileServer, tmp_path: Path) -> Config:
    """A cache of ninety articles, ten of them starred, with a copy of the day."""
    made = write_config(tmp_path, [server.url(name) for name in FEEDS])
    with Library(made) as library:
        assert library.told == []
    run(made)
    with Library(made) as library:
        library.mark(MarkAction.STAR, list(library.ids()[:10]))
    return made


def hakawati(config: Config, *words: str) -> int:
    return main(["--config", str(config.path), *words])


def test_a_backup_taken_back_is_the_cache_as_it_was(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copies.sqlite3"
    assert hakawati(config, "backup", str(copy)) == FINE
    assert "looked through and sound" in capsys.readouterr().out
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with Library(config) as library:
        library.mark(MarkAction.UNSTAR, list(library.ids()[:10]))
    assert hakawati(config, "restore", str(copy)) == FINE
    assert "what was here is set aside as" in capsys.readouterr().out
    with Library(config) as library:
        assert library.starred_count() == 10
        assert len(library.ids()) == 90


def test_a_backup_never_takes_the_place_of_a_file_unasked(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("years of work")
    assert hakawati(config, "backup", str(thesis)) == STORE
    assert thesis.read_text() == "years of work"
    assert hakawati(config, "restore", str(thesis)) == STORE
    assert hakawati(config, "backup", str(tmp_path / "no" / "where")) == STORE
    assert hakawati(config, "backup", str(thesis), "--replace") == FINE
    sentences = capsys.readouterr().err.splitlines()
    assert len(sentences) == 3
    assert all(sentence.startswith("hakawati: ") for sentence in sentences)


def test_a_backup_never_replaces_what_the_program_lives_on(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = config.path.read_bytes()
    link = tmp_path / "link"
    link.symlink_to(config.path)
    for name in (config.path, link, *(config.cache / own for own in ("news.sqlite3", "search.sqlite3"))):
        assert hakawati(config, "backup", "--replace", str(name)) == STORE
    assert capsys.readouterr().err.count("is in use by this program") == 4
    assert config.path.read_bytes() == before
    assert hakawati(config, "backup", "--replace", str(config.cache / "write.lock")) == STORE
    with Library(config) as library:
        assert library.told == []


def test_what_is_no_copy_is_named_and_nothing_waits_for_it(
    config: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe, note, cut = tmp_path / "pipe", tmp_path / "note", tmp_path / "cut"
    os.mkfifo(pipe)
    note.write_text("no database")
    cut.write_bytes((config.cache / "news.sqlite3").read_bytes()[:50_000])
    for name in (pipe, note, cut):
        assert hakawati(config, "restore", str(name)) == STORE
    told = capsys.readouterr().err
    assert "is no file" in told
    assert told.count("choose another copy.") == 2
    assert "doctor" not in told  # would mend the cache, which is sound
    with Library(config) as library:
        assert len(library.ids()) == 90


def test_nothing_is_restored_or_wiped_under_a_running_sync(config: Config, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    assert hakawati(config, "backup", str(copy)) == FINE
    with SyncLock(config.cache):
        assert hakawati(config, "restore", str(copy)) == LOCKED
        assert hakawati(config, "wipe", "--yes") == LOCKED
    with Library(config) as library:
        assert len(library.ids()) == 90


def test_wipe_asks_and_deletes_all_of_ours_and_nothing_else(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.cache / "thesis.txt").write_text("years of work")
    assert hakawati(config, "wipe") == USAGE
    assert "nothing was deleted" in capsys.readouterr().err
    assert (config.cache / "news.sqlite3").exists()
    assert hakawati(config, "wipe", "--yes") == FINE
    assert [path.name for path in config.cache.iterdir()] == ["thesis.txt"]
    assert config.path.exists()
    (config.cache / "thesis.txt").unlink()
    assert hakawati(config, "wipe", "--yes", "--config-too") == FINE
    assert not config.path.exists()
    assert not config.cache.exists()


def test_a_sync_mends_a_damaged_cache_says_so_and_goes_on(
    config: Config, server: FileServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.files = FEEDS | {"feed0": (rss(*(item(i) for i in range(40))), "application/rss+xml")}
    damaging.zero_articles_root(config.cache / "news.sqlite3")
    assert hakawati(config, "sync", "--force") == STORE
    told = capsys.readouterr()
    assert "3 feeds: 10 new" in told.out
    (sentence,) = told.err.splitlines()
    assert sentence.startswith("hakawati: The cache file is damaged (")
    assert "it was set aside as" in sentence
    with Library(config) as library:
        assert library.starred_count() == 10
        assert len(library.ids()) == 100
        assert library.findings() == []
    assert hakawati(config, "sync", "--force") == FINE, "it is told once"


def test_a_sync_that_meets_damage_in_the_middle_mends_it_too(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config.cache / "news.sqlite3"
    at = path.stat()
    damaging.zero_articles_root(path)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    assert hakawati(config, "sync", "--full") == STORE
    assert "was made again" in capsys.readouterr().err
    with Library(config) as library:
        assert library.starred_count() == 10


def test_every_command_says_that_it_mended_the_cache(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    damaging.zero_articles_root(config.cache / "news.sqlite3")
    assert hakawati(config, "list", "--json", "starred") == FINE
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 10
    assert "was made again from what could be read of it and the copy of" in told.err


def test_doctor_tells_of_a_file_that_is_not_ours_and_repairs_by_the_users_word(
    config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config.cache / "news.sqlite3"
    path.write_text("somebody's notes\n" * 300)
    assert hakawati(config, "doctor") == STORE
    assert "`hakawati doctor --repair` sets it aside" in capsys.readouterr().err
    assert path.read_text().startswith("somebody's notes")
    assert hakawati(config, "doctor", "--repair") == FINE
    told = capsys.readouterr().out
    assert "mended         The cache file is no database: it was set aside as" in told
    assert "articles       90," in told, "the copy of the day was made before the stars"
    assert "The cache is sound." in told


def test_doctor_repairs_rights_and_numbers(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    with Library(config) as library, library._writing() as store:
        store._database.run("UPDATE feed_counts SET unread = 7")
    (config.cache / "news.sqlite3").chmod(0o644)
    (config.cache / "backups").chmod(0o755)
    assert hakawati(config, "doctor") == STORE
    assert capsys.readouterr().out.count("TROUBLE") >= 3
    assert hakawati(config, "doctor", "--repair") == FINE
    told = capsys.readouterr().out
    assert "kept numbers are counted anew" in told
    assert "was open to other users and is no more" in told
    assert stat.S_IMODE((config.cache / "news.sqlite3").stat().st_mode) == 0o600


def test_doctor_tells_what_the_cache_stands_on(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    assert hakawati(config, "doctor") == FINE
    told = capsys.readouterr().out
    assert "SQLite         3." in told
    assert f"copies         1 in {config.cache / 'backups'}" in told
