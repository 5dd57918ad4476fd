"""Editing the feeds of config.toml: the wanted change, nothing else, all at once."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from aggregator import config, subscriptions, toml_edit
from aggregator.errors import ConfigError

A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"
TEXT = f"""# my list
[fetch]
workers = 1 # old machine

# --- first ---
[[feeds]] # the best
url = "{A}" # keep
enabled = true # for now

# about b
[[feeds]]
url = '{B}'
title = \"\"\"
[[feeds]]
enabled = true\"\"\"
tags = [
  "x", # why x
]
# end of b

[[feeds]]
enabled = false
url = "{C}"
# the end
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that a person has arranged, with what looks like headers inside a string."""
    file = tmp_path / "config.toml"
    file.write_text(TEXT.replace("\n[[feeds]]\nenabled = true", "[[feeds]] enabled = true"), "utf-8")
    return file


def changed_lines(old: str, new: str) -> tuple[list[str], list[str]]:
    """Lines that went and lines that came."""
    a, b = old.splitlines(), new.splitlines()
    return [line for line in a if line not in b], [line for line in b if line not in a]


def test_turning_a_feed_off_changes_one_word(path: Path) -> None:
    old = path.read_text()
    assert subscriptions.set_enabled(path, A, False)
    assert path.read_text() == old.replace("enabled = true # for now", "enabled = false # for now")


def test_turning_it_on_again_gives_the_same_file_back(path: Path) -> None:
    old = path.read_bytes()
    subscriptions.set_enabled(path, A, False)
    assert subscriptions.set_enabled(path, A, True)
    assert path.read_bytes() == old


def test_where_enabled_is_missing_it_becomes_the_blocks_last_line(path: Path) -> None:
    assert subscriptions.set_enabled(path, B, False)
    assert '  "x", # why x\n]\nenabled = false\n# end of b\n' in path.read_text()


def test_what_is_so_already_changes_nothing(path: Path) -> None:
    before = path.stat()
    assert subscriptions.set_enabled(path, B, True)
    assert subscriptions.set_enabled(path, C, False)
    assert path.stat().st_ino == before.st_ino


def test_a_feed_that_is_not_listed_is_told_apart(path: Path) -> None:
    assert not subscriptions.set_enabled(path, "https://z.example/", True)
    assert not subscriptions.remove(path, "https://z.example/")


def test_removing_takes_the_block_and_leaves_the_comments_around_it(path: Path) -> None:
    assert subscriptions.remove(path, B)
    text = path.read_text()
    assert [feed.url for feed in config.read(path).feeds] == [A, C]
    assert "# about b\n# end of b\n" in text
    assert "[fetch]\nworkers = 1 # old machine\n" in text


def test_removing_all_leaves_a_valid_file(path: Path) -> None:
    for url in (A, B, C):
        assert subscriptions.remove(path, url)
    assert config.read(path).feeds == ()
    assert config.read(path).fetch.workers == 1


def test_adding_appends_a_block_and_touches_nothing_before_it(path: Path) -> None:
    old = path.read_text()
    feed = config.Feed(
        url="https://d.example/",
        title='שלום "עולם" \\',
        tags=("a", "خبر\u200cها"),
        interval="2h",
        enabled=False,
    )
    subscriptions.add(path, feed)
    assert path.read_text("utf-8").startswith(old)
    assert config.read(path).feeds[-1] == feed


def test_adding_then_removing_gives_the_same_file_back(path: Path) -> None:
    old = path.read_bytes()
    subscriptions.add(path, config.Feed(url="https://d.example/"))
    subscriptions.remove(path, "https://d.example/")
    assert path.read_bytes() == old


def test_a_feed_that_is_listed_is_not_added_twice(path: Path) -> None:
    old = path.read_bytes()
    with pytest.raises(ConfigError, match="listed already"):
        subscriptions.add(path, config.Feed(url=A))
    feeds = [config.Feed(url=A), config.Feed(url="https://d.example/"), config.Feed(url="https://d.example/")]
    assert subscriptions.add_all(path, feeds) == 1
    assert subscriptions.add_all(path, feeds) == 0
    assert path.read_bytes().startswith(old)


@pytest.mark.parametrize(
    "feed", [config.Feed(url="exec:touch x"), config.Feed(url=B + "n", title="a\x1b]0;x\x07")]
)
def test_a_feed_that_may_not_be_listed_changes_nothing(path: Path, feed: config.Feed) -> None:
    old = path.read_bytes()
    with pytest.raises(ConfigError):
        subscriptions.add(path, feed)
    assert path.read_bytes() == old


# --- layouts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        f'[[feeds]]\nurl = "{A}"',
        f'[[feeds]]\r\nurl = "{A}"\r\nenabled = true\r\n',
        f'\ufeff[[feeds]]\nurl = "{A}"\n',
        f'[ [feeds] ]\nurl = "{A}"\n'.replace("[ [", "[[").replace("] ]", "]]"),
        f'  [[ feeds ]]\n  url = "{A}"\n  enabled=true#x\n',
        f'feeds = [{{url = "{A}"}},\n  # b\n {{url = "{B}", enabled = true}}]\n[fetch]\nworkers = 1\n',
        "feeds = []\n",
        f'[[feeds]]\nurl = "{A}"\n[reader]\ntheme = "light"\n[[feeds]]\nurl = "{B}"\n# tail',
        f'[["feeds"]]\nurl = "{A}"\n',
        f'filters = [\n  {{name = "n", query = "q"}},\n]\n[[feeds]]\ntags = [\n"x",\n]\nurl = "{A}"\n',
        f'[[feeds]]\nurl = "{A}"\n"enabled" = true\n',
    ],
)
def test_every_layout_survives_all_edits(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode())
    before = config.read(path)
    subscriptions.add(path, config.Feed(url=C, title="c"))
    assert [feed.url for feed in config.read(path).feeds] == [*(feed.url for feed in before.feeds), C]
    for feed in before.feeds:
        assert subscriptions.set_enabled(path, feed.url, False)
    assert [feed.enabled for feed in config.read(path).feeds] == [False] * len(before.feeds) + [True]
    for feed in before.feeds:
        assert subscriptions.remove(path, feed.url)
    after = config.read(path)
    assert [feed.url for feed in after.feeds] == [C]
    assert (after.fetch, after.reader, after.filters) == (before.fetch, before.reader, before.filters)


def test_line_ends_of_the_file_are_used_for_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(f'[[feeds]]\r\nurl = "{A}"'.encode())
    subscriptions.set_enabled(path, A, False)
    subscriptions.add(path, config.Feed(url=B))
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 7


def test_every_feed_of_the_shipped_file_can_be_switched(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    shutil.copyfile(config.shipped(), path)
    old = path.read_text("utf-8")
    for feed in config.read(path).feeds[::16]:
        subscriptions.set_enabled(path, feed.url, not feed.enabled)
        went, came = changed_lines(old, path.read_text("utf-8"))
        assert (went, came) == ([], [])
        assert path.read_text("utf-8").count("\n") == old.count("\n")
        subscriptions.set_enabled(path, feed.url, feed.enabled)
    assert path.read_text("utf-8") == old


# --- the file ----------------------------------------------------------------------------------


def test_mode_and_symbolic_link_are_kept(tmp_path: Path, path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path.name)
    subscriptions.set_enabled(link, A, False)
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not config.read(path).feeds[0].enabled


def test_nothing_is_left_behind(path: Path) -> None:
    subscriptions.set_enabled(path, A, False)
    with pytest.raises(ConfigError):
        subscriptions.add(path, config.Feed(url=A))
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_a_save_by_somebody_else_in_between_is_not_lost(path: Path) -> None:
    old = path.read_text("utf-8")
    path.write_text(old + "# saved meanwhile\n", "utf-8")
    assert not toml_edit.replace(path, old, "")
    assert path.read_text("utf-8").endswith("# saved meanwhile\n")


def test_a_broken_or_absent_file_is_left_alone(tmp_path: Path) -> None:
    broken = tmp_path / "config.toml"
    broken.write_text("[[feeds]\n")
    for path in (broken, tmp_path / "absent.toml", tmp_path):
        with pytest.raises(ConfigError):
            subscriptions.set_enabled(path, A, True)
    assert broken.read_text() == "[[feeds]\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(ConfigError, match="cannot be written"):
            subscriptions.set_enabled(path, A, False)
    finally:
        path.parent.chmod(0o700)
