"""Opening links: which program, with which arguments, and when the link is copied instead."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from aggregator.library import Library
from aggregator.text.urls import without_tracking
from tui import opener

LINK = "https://a.example/x?id=7"
SCREEN = {"DISPLAY": ":0"}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that note their arguments, one a line."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("firefox", "w3m", "lynx", "sh", "xdg-open", "wslview"):
        file = folder / name
        file.write_text(f'#!/bin/sh\nprintf "%s\\n" {name} "$@" >> "{tmp_path}/opened"\n')
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return folder


def command(url: str = LINK, platform: str = "linux", **environment: str) -> list[str]:
    return opener.command(url, environment, platform)


# --- $BROWSER ---


@pytest.mark.parametrize(
    ("wish", "argv"),
    [
        ("firefox", ["firefox", LINK]),
        ("firefox --new-window %s", ["firefox", "--new-window", LINK]),
        ("firefox '--title=100%% of %s' &", ["firefox", f"--title=100% of {LINK}"]),
        ("absent:firefox %s", ["firefox", LINK]),
        ("firefox 'half:w3m", ["w3m", LINK]),
        ("sh -c 'firefox %s':w3m", ["w3m", LINK]),
        ("absent", ["xdg-open", LINK]),
        ("", ["xdg-open", LINK]),
    ],
)
def test_the_browser_is_the_first_of_the_wished_that_is_there(
    programs: Path, wish: str, argv: list[str]
) -> None:
    assert command(**SCREEN, BROWSER=wish, PATH=str(programs)) == argv


def test_an_address_is_one_argument_whatever_it_holds(programs: Path) -> None:
    hostile = "https://a.example/$(touch%20x);`id`|&'\"%s%%"
    argv = command(hostile, **SCREEN, BROWSER="firefox %s", PATH=str(programs))
    assert len(argv) == 2
    assert argv[1].startswith("https://a.example/$(touch%20x);")


def test_a_text_browser_works_over_ssh_and_a_graphical_one_does_not(programs: Path) -> None:
    far = {"SSH_TTY": "/dev/pts/1", "PATH": str(programs), **SCREEN}
    assert command(**far, BROWSER="firefox") == []
    assert command(**far, BROWSER="firefox:w3m") == ["w3m", LINK]
    assert opener.takes_terminal(["/usr/bin/w3m", LINK])
    assert not opener.takes_terminal(["firefox", LINK])


# --- the system's own ---


def test_each_system_has_its_own_way() -> None:
    assert command(platform="darwin") == ["open", LINK]
    assert command(**SCREEN) == ["xdg-open", LINK]
    assert command(WAYLAND_DISPLAY="wayland-0") == ["xdg-open", LINK]
    assert command(WSL_DISTRO_NAME="Debian") == ["wslview", LINK]


def test_why_a_link_is_copied_is_said() -> None:
    assert command() == []
    assert opener.why_copied({}) == "No browser can be reached from here"
    assert opener.why_copied({"SSH_CONNECTION": "1 2 3 4"}) == "A browser would open on the other machine"


# --- the address ---


@pytest.mark.parametrize(
    "bad", ["-x", "--help", " -x", "file:///etc/passwd", "javascript:x", "ftp://a.example/", "", "https://"]
)
def test_only_web_addresses_are_opened_or_copied(bad: str, programs: Path) -> None:
    assert opener.address(bad) == ""
    assert command(bad, **SCREEN, BROWSER="firefox", PATH=str(programs)) == []


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("https://www.a.example/x?utm_source=rss&id=7&fbclid=z", "https://www.a.example/x?id=7"),
        ("http://a.example/x/?utm_source=rss#part", "http://a.example/x/#part"),
        ("https://a.example/?b=2&a=1&&", "https://a.example/?b=2&a=1"),
        ("https://a.example/?source=archive", "https://a.example/?source=archive"),
        ("https://a.example/?b=2&amp;utm_medium=feed", "https://a.example/?b=2"),
        ("https://A.example/Path#?utm_source=x", "https://A.example/Path#?utm_source=x"),
    ],
)
def test_what_tracks_the_reader_is_left_out_and_nothing_else(url: str, opened: str) -> None:
    assert without_tracking(url) == opened
    assert without_tracking(opened) == opened


# --- in the reader ---


async def test_the_browser_is_started_with_the_clean_link(
    library: Library, reading, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in opener.REMOTE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", str(programs / "firefox"))
    async with reading(library) as reader:
        reader.screen.browse("https://pages.example/1?utm_source=feed")
        await reader.settle()
        assert "Opened in the browser." in reader.text
        opener._started[-1].wait()
    assert (tmp_path / "opened").read_text().split() == ["firefox", "https://pages.example/1"]


async def test_over_ssh_the_link_is_copied_and_it_is_said_why(
    library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.delenv("BROWSER", raising=False)
    async with reading(library, (120, 30)) as reader:
        reader.screen.browse("https://pages.example/1?fbclid=x")
        await reader.settle()
        assert reader.app.clipboard == "https://pages.example/1"
        assert "A browser would open on the other machine" in reader.text


async def test_a_browser_that_does_not_start_means_a_copy(
    library: Library, reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in opener.REMOTE:
        monkeypatch.delenv(name, raising=False)
    broken = tmp_path / "broken"
    broken.write_text("#!/no/such/interpreter\n")
    broken.chmod(0o700)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("BROWSER", str(broken))
    async with reading(library, (120, 30)) as reader:
        reader.screen.browse("https://pages.example/1")
        await reader.settle()
        assert reader.app.clipboard == "https://pages.example/1"


async def test_a_text_browser_that_cannot_have_the_terminal_means_a_copy(
    library: Library, reading, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A test has no terminal to give away; tmux proves the other way."""
    monkeypatch.setenv("BROWSER", str(programs / "w3m"))
    async with reading(library) as reader:
        reader.screen.browse("https://pages.example/1")
        await reader.settle()
        assert reader.app.clipboard == "https://pages.example/1"


async def test_an_article_without_a_link_says_so(library: Library, reading) -> None:
    async with reading(library) as reader:
        reader.screen.browse("")
        await reader.settle()
        assert "This article has no link." in reader.text


def test_a_program_is_run_to_its_end_in_the_terminal(programs: Path, tmp_path: Path) -> None:
    assert opener.run([str(programs / "w3m"), LINK])
    assert (tmp_path / "opened").read_text().split() == ["w3m", LINK]
    assert not opener.run(["/nowhere/w3m", LINK])


def test_nothing_that_was_started_is_left_unwaited() -> None:
    assert opener.start([sys.executable, "-c", ""])
    process = opener._started[-1]
    process.wait()
    assert opener.start([sys.executable, "-c", ""])
    assert process not in opener._started
    opener._started[-1].wait()
