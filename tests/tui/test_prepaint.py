"""The page before Textual: what it shows, when there is none, and that terminal and keys come through it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from aggregator import cli, glance
from aggregator import config as config_files
from aggregator.library import Library
from tui import prepaint, render

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0  # seconds for a program that hangs; no timing
TEXTUAL = b"\x1b[?2026$p"  # Textual has the terminal from here on
ALTERNATE = b"\x1b[?1049h"
TITLES = ("New tram in Amman", "Harbour opens [/b] again", "Olives \x1b]0;x\x07picked", "ميناء جديد")


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration and a cache of four articles, the last of TITLES the newest, after a first visit."""
    folder = tmp_path_factory.mktemp("visited")
    (folder / "config.toml").write_text('[reader]\nsync_on_start = false\nrtl = "app"\nstart = "latest"\n')
    bring(folder, *TITLES)
    visit = Visit(folder)
    visit.until(TEXTUAL, b"Harbour opens")
    assert b"Harbour" not in visit.painted  # nothing is known yet of the terminal and the theme
    visit.leave()
    return folder


@pytest.fixture
def folder(visited: Path, tmp_path: Path) -> Path:
    """A copy of it, with the times of its files."""
    return Path(shutil.copytree(visited, tmp_path / "copy"))


def bring(folder: Path, *titles: str, first: int = 1) -> None:
    """Articles, a day apart."""
    lines = [
        {"id": n, "title": title, "date": f"2026-11-0{n}", "source": "Invented Wire"}
        for n, title in enumerate(titles, first)
    ]
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    config = str(folder / "config.toml")
    assert cli.main(["--config", config, "archive", "import", str(folder / "in.jsonl")]) == 0


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page of the visits was made for."""
    for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(prepaint, "encoding", lambda: "utf-8")


def page(folder: Path, columns: int = 80) -> str:
    """What would be painted now."""
    with glance.Glance(str(folder / "cache")) as look:
        size = os.terminal_size((columns, 24))
        return prepaint.drawn(look, str(folder / "config.toml"), size, int(time.time()))


class Visit:
    """The reader in a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (24, 80))
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        command = [sys.executable, "-m", "tui", "--config", str(folder / "config.toml")]
        environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM"):
            environment.pop(name, None)
        ends = {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave}
        self.process = subprocess.Popen(command, env=environment, cwd=folder, **ends)  # type: ignore[call-overload]

    def until(self, *wanted: bytes) -> None:
        """Read until all of it was written, in this order."""
        deadline = time.monotonic() + PATIENCE
        while not in_order(self.seen, wanted):
            assert select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0], self.seen[
                -500:
            ]
            self.seen += os.read(self.master, 65536)

    def leave(self) -> None:
        """Press q, and read to the end."""
        os.write(self.master, b"q")
        while self.process.poll() is None:
            if select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 65536)
        assert self.process.returncode == 0
        assert termios.tcgetattr(self.slave) == self.before
        os.close(self.master)
        os.close(self.slave)

    @property
    def painted(self) -> bytes:
        """What was on the screen before Textual."""
        return self.seen.split(TEXTUAL, 1)[0]


def in_order(seen: bytes, wanted: tuple[bytes, ...]) -> bool:
    at = 0
    for piece in wanted:
        at = seen.find(piece, at)
        if at < 0:
            return False
    return True


def test_the_headlines_are_there_before_textual_and_stay_until_its_first_frame(folder: Path) -> None:
    visit = Visit(folder)
    visit.until(TEXTUAL, b"Harbour opens")
    for part in (b"Latest", b"Harbour opens [/b] again", b"New tram in Amman", b"Invented Wire", b"help"):
        assert part in visit.painted
    arabic = render.line(TITLES[-1], 20, "ar").strip().encode()  # joined, in the order in which it is seen
    assert arabic in visit.painted
    visit.leave()
    assert visit.seen.count(ALTERNATE) == 1  # entering it twice would clear the page
    assert visit.seen.count(b"\x1b[?1049l") == 1
    assert b"\x1b]0;x" not in visit.seen


@pytest.mark.usefixtures("terminal")
def test_what_was_written_since_is_on_the_page(folder: Path) -> None:
    bring(folder, "Ferry sails", first=9)
    assert "Ferry sails" in page(folder)


def test_keys_typed_before_the_reader_is_there_are_not_lost_and_not_echoed(folder: Path) -> None:
    visit = Visit(folder)
    visit.until(b"Harbour opens")  # the page
    os.write(visit.master, b"jj")
    visit.until(TEXTUAL, b"Harbour opens")
    visit.leave()
    assert b"jj" not in visit.seen
    with Library(config_files.load(folder / "config.toml")) as library:
        chosen = json.loads(library.ui_get("reader"))["selected"]
        assert [row.id for row in library.page()].index(chosen) == 2


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("change", ["nothing", "configuration", "terminal", "state", "width"])
def test_nothing_is_painted_that_the_reader_would_show_otherwise(
    folder: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if change == "configuration":
        with (folder / "config.toml").open("a") as file:
            file.write('theme = "light"\n')
    elif change == "state":
        with Library(config_files.load(folder / "config.toml")) as library:
            library.ui_set("reader", "{}")
    elif change == "terminal":
        monkeypatch.setenv("NO_COLOR", "1")
    painted = page(folder, 81 if change == "width" else 80)
    assert ("Harbour" in painted) is (change == "nothing")


def test_a_signal_before_the_reader_is_there_leaves_the_terminal_as_it_was(folder: Path) -> None:
    visit = Visit(folder)
    visit.until(b"Harbour opens")
    visit.process.terminate()
    visit.process.wait()
    while select.select([visit.master], [], [], 0.1)[0]:
        visit.seen += os.read(visit.master, 65536)
    assert visit.seen.count(ALTERNATE) == visit.seen.count(b"\x1b[?1049l") == 1
    assert termios.tcgetattr(visit.slave) == visit.before
    os.close(visit.master)
    os.close(visit.slave)


def test_whoever_has_the_screen_at_the_end_leaves_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prepaint, "page_of", lambda words: "page")
    for taken, given, left in ((False, False, 1), (True, False, 1), (True, True, 0)):
        with contextlib.suppress(SystemExit), prepaint.painted([]) as page:
            page.taken, page.given = taken, given
            raise SystemExit(143)
        assert capfd.readouterr().out.count("\x1b[?1049l") == left


def test_other_commands_pipes_and_absent_caches_have_no_page(tmp_path: Path) -> None:
    assert prepaint.wanted_places(["list"]) is None
    assert prepaint.wanted_places(["--config"]) is None
    assert prepaint.wanted_places(["--verbose"]) is None
    assert prepaint.page_of(["--config", str(tmp_path / "config.toml")]) == ""
    assert glance.look(str(tmp_path)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        'cache = "elsewhere"\n',
        "cache = '/var/x'  # there\n",
        '[reader]\ntheme = "dark"\n',
        "# cache = 1\n",
    ],
)
def test_the_cache_is_sought_where_the_configuration_finds_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    config = config_files.load(path)
    assert glance.places(str(path)) == (str(config.path), str(config.cache))
    named = config_files.load(path, tmp_path / "c")
    assert glance.places(str(path), str(tmp_path / "c")) == (str(named.path), str(named.cache))


@pytest.mark.parametrize("text", ['cache = "a\\u0062"\n', '"cache" = "x"\n', 'cache = """x"""\n'])
def test_where_toml_would_have_to_be_read_there_is_no_page(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    assert glance.places(str(path)) is None


def test_the_users_own_configuration_and_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.chdir(tmp_path)
    config = config_files.load()
    assert glance.places() == (str(config.path), str(config.cache))
