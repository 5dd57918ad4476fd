"""No feed text becomes markup, no screen loads the network, no browser gets what is no web address."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tui import opener

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted((ROOT / "tui").rglob("*.py"))
MARKUP_TAKERS = {"Static", "Label", "notify", "Button", "Option", "OptionList", "from_markup", "Markdown"}
"""What reads a str as markup unless told not to."""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_whatever_reads_markup_is_told_not_to(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in MARKUP_TAKERS:
            told = {word.arg: word.value for word in node.keywords}.get("markup")
            assert isinstance(told, ast.Constant), f"{path}:{node.lineno}: {name} without markup=False"
            assert told.value is False


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_sets_a_title_or_tooltip_that_would_be_markup(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            assert node.attr not in {"border_title", "border_subtitle", "tooltip", "title", "sub_title"}


def test_opening_the_reader_loads_no_network_and_no_parser() -> None:
    code = (
        "import sys, tui.app, tui.screens.health, tui.screens.catalogue, tui.screens.help\n"
        "bad = {'httpx', 'feedparser', 'apscheduler', 'numpy', 'tomlkit', 'aiohttp'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(bad)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_subcommand_runs_without_textual() -> None:
    code = (
        "import sys\nfrom tui.__main__ import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
        "sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "hakawati" in done.stdout


def test_without_a_terminal_one_sentence_points_to_the_command_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tui"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert "needs a terminal" in done.stderr


def test_the_first_word_decides_between_reader_and_command_line() -> None:
    from tui.__main__ import subcommand

    assert subcommand([]) == ""
    assert subcommand(["--config", "sync", "--cache=x"]) == ""
    assert subcommand(["--config", "a", "list", "unread"]) == "list"
    assert subcommand(["--version"]) == "--version"
    assert subcommand(["--config"]) == ""


def test_only_web_addresses_reach_the_browser_as_one_argument() -> None:
    screen = {"DISPLAY": ":0"}
    assert opener.command("https://a.example/x", screen, "linux") == ["xdg-open", "https://a.example/x"]
    assert opener.command("https://a.example/x", {}, "darwin") == ["open", "https://a.example/x"]
    for bad in ("javascript:alert(1)", "file:///etc/passwd", "--help", "", "https://"):
        assert opener.command(bad, screen, "linux") == []
    assert opener.command("https://a.example/x y;z", screen, "linux")[1].count(" ") == 0


def test_without_a_screen_of_ones_own_there_is_no_browser() -> None:
    assert opener.command("https://a.example/", {}, "linux") == []
    assert opener.command("https://a.example/", {"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, "linux") == []
    assert opener.command("https://a.example/", {"SSH_CONNECTION": "x"}, "darwin") == []


def test_a_browser_that_is_missing_is_no_crash() -> None:
    assert opener.start(["/nowhere/browser", "https://a.example/"]) is False
    assert opener.start([sys.executable, "-c", ""]) is True
    opener._started[-1].wait()
