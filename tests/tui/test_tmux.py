"""The real program in a real terminal: every task of a first look, by the keys shown on the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0  # seconds for one thing to appear; a deadline for a program that hangs, no timing


@pytest.fixture(scope="module", autouse=True)
def tmux() -> None:
    if shutil.which("tmux") is None:
        if os.environ.get("CI"):
            pytest.fail("tmux is absent, and CI must have it")
        pytest.skip("tmux is absent")


class Screen:
    """A tmux session of a given size with the program in it."""

    def __init__(self, width: int, height: int, folder: Path, *arguments: str) -> None:
        self._socket = f"hakawati-{uuid.uuid4().hex[:12]}"
        command = shlex.join([sys.executable, "-m", "tui", *arguments])
        environment = {
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder),
        }
        exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        # cat keeps the terminal after the program, so that what it leaves behind can be seen
        shell = f"{exports} {command}; echo ended with $?; cat"
        self.tmux("-f", "/dev/null", "-u", "new-session", "-d", "-x", str(width), "-y", str(height), shell)
        self.tmux("set-option", "-g", "escape-time", "0")

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, *arguments], capture_output=True, text=True, check=True
        )
        return done.stdout

    def text(self) -> str:
        return self.tmux("capture-pane", "-p")

    def until(self, wanted: str | Callable[[str], bool]) -> str:
        """The screen once it shows ``wanted``."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            text = self.text()
            if wanted(text) if callable(wanted) else wanted in text:
                return text
        pytest.fail(f"never shown: {wanted}\n{self.text()}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text: str) -> None:
        self.tmux("send-keys", "-l", text)

    def close(self) -> None:
        self.tmux("kill-server")


@pytest.fixture(params=[(80, 24), (160, 45)], ids=["80x24", "160x45"])
def demo(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Screen]:
    screen = Screen(*request.param, tmp_path, "demo")
    yield screen
    screen.close()


def test_a_first_look_at_the_demo_by_keys_alone(demo: Screen) -> None:
    screen = demo.until("14 stories")
    assert "? help" in screen
    assert "q quit" in screen
    assert "Jordan opens heritage steam line" in screen
    demo.press("Enter")
    demo.until(lambda text: "Esc back" in text and "Jordan opens heritage steam line" in text)
    demo.press("Escape")
    demo.until("Enter open")
    demo.press("v")
    demo.until(lambda text: "64 articles" in text and "Wadi Rum steam train sold out" in text)

    demo.press("/")
    demo.type("limassol lang:en")
    demo.until(lambda text: "3 articles" in text and "Storm Yara" in text)
    demo.press("Enter")
    demo.until(lambda text: "Enter open" in text and "Storm Yara" in text)

    demo.press("Enter")
    demo.until(lambda text: "Esc back" in text and "in its story" in text)
    demo.press("r")
    demo.until("SAME STORY")
    demo.press("Enter")
    demo.press("r")
    demo.until("Related")
    demo.press("BSpace")
    demo.press("Escape")
    demo.until("Enter open")
    demo.press("/")
    demo.until("limassol lang:en")
    demo.press("Escape")
    demo.until(lambda text: "64 articles" in text and "Storm Yara" in text)

    demo.press("g", "g", "s")
    demo.until("★")
    demo.press("u")
    demo.until(lambda text: "Undone" in text and "★" not in text)

    demo.press("H")
    demo.until("Feed health")
    demo.press("Escape")
    demo.until("All articles")
    demo.press("C")
    demo.until(lambda text: "Catalogue" in text and "8 followed of 8" in text)
    demo.press("Escape")
    demo.until("All articles")
    demo.press("?")
    demo.until("Show every key and what it does.")
    demo.press("Escape")
    demo.until("q quit")
    demo.press("q")
    ended = demo.until("ended with 0")
    assert "Traceback" not in ended


def test_without_a_network_it_opens_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[fetch]\nallow_private = ["127.0.0.0/8"]\nspacing = 0\n'
        + "".join(f'[[feeds]]\nurl = "http://127.0.0.{n}:9/feed"\n' for n in (1, 2))
    )
    screen = Screen(80, 24, tmp_path, "--config", str(tmp_path / "config.toml"))
    try:
        screen.until("offline")
        screen.press("q")
        screen.until("ended with 0")
    finally:
        screen.close()


def test_it_comes_back_to_where_it_was(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-c", FILL, str(tmp_path)], check=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    for visit in range(2):
        screen = Screen(80, 24, tmp_path, "--config", str(tmp_path / "config.toml"))
        try:
            if visit == 0:
                screen.until("3 articles")
                screen.press("/")
                screen.type("tram")
                screen.until("1 article")
                screen.press("Enter")
            else:
                shown = screen.until("1 article")
                assert "tram" in shown
                assert "Harbour" not in shown
            screen.press("C-q")
            screen.until("ended with 0")
        finally:
            screen.close()


FILL = """
import json, sys
from pathlib import Path
from aggregator import cli
folder = Path(sys.argv[1])
(folder / "config.toml").write_text("[reader]\\nsync_on_start = false\\nstart = \\"latest\\"\\n")
titles = ["New tram in Amman", "Harbour opens", "Olives picked"]
days = [(1, titles[0]), (2, titles[1]), (3, titles[2])]
lines = [{"id": n, "title": t, "date": f"2026-11-0{n}", "source": "Invented Wire"} for n, t in days]
(folder / "in.jsonl").write_text("\\n".join(map(json.dumps, lines)))
cli.main(["--config", str(folder / "config.toml"), "archive", "import", str(folder / "in.jsonl")])
"""
