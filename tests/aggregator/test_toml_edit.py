"""Writing the configuration: whole or not at all, and two at once lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from aggregator import config, subscriptions, toml_edit
from aggregator.errors import ConfigError
from tests.aggregator.commands import ROOT

EDITOR = """
import sys
from pathlib import Path
from aggregator import config, subscriptions
path, who = Path(sys.argv[1]), sys.argv[2]
for number in range(15):
    feed = config.Feed(url=f"https://{who}.example/{number}", title=f"{who} {number}", language="en")
    subscriptions.add(path, feed)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "config.toml"
    made.write_text('# mine\n[reader]  # here\nlanguages = ["en"]\n', "utf-8")
    return made


def test_two_that_write_at_once_lose_nothing(path: Path) -> None:
    editors = [
        subprocess.Popen([sys.executable, "-c", EDITOR, str(path), who], cwd=ROOT, stderr=subprocess.PIPE)
        for who in ("one", "two")
    ]
    assert [editor.communicate()[1] for editor in editors] == [b"", b""]
    urls = [feed.url for feed in config.read(path).feeds]
    assert sorted(urls) == sorted(f"https://{who}.example/{n}" for who in ("one", "two") for n in range(15))
    assert path.read_text("utf-8").startswith('# mine\n[reader]  # here\nlanguages = ["en"]\n')
    assert list(path.parent.iterdir()) == [path]


def test_who_holds_the_lock_too_long_is_said_and_nothing_is_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_text("utf-8")
    monkeypatch.setattr(toml_edit, "LOCK_WAIT", 0.0)
    with toml_edit.locked(path), pytest.raises(ConfigError, match="another process is changing it"):
        subscriptions.add(path, config.Feed(url="https://a.example/feed"))
    assert path.read_text("utf-8") == before


def test_what_a_killed_edit_left_is_cleared_away_by_the_next_and_nothing_else_is(path: Path) -> None:
    left = path.parent / f"{toml_edit.FRESH}abc123"
    other = path.parent / ".config-of-another-program"
    for file in (left, other):
        file.write_text("half")
    subscriptions.add(path, config.Feed(url="https://a.example/feed"))
    assert sorted(path.parent.iterdir()) == sorted([path, other])


def test_the_new_file_is_never_more_open_than_the_old_one(path: Path) -> None:
    path.chmod(0o600)
    subscriptions.add(path, config.Feed(url="https://a.example/feed"))
    assert path.stat().st_mode & 0o777 == 0o600
