"""The reader in a real pseudo-terminal: what bytes leave it, and how it leaves the terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator.config import Config

ROOT = Path(__file__).parent.parent.parent
ALLOWED = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[\d*(;\d*)?[HABCDGJK]"  # moving and clearing
    rb"|\x1b\[\?[0-9;]+[hl]"  # modes
    rb"|\x1b\[\?\d+\$p"  # asking for modes
    rb"|\x1b\[[<>=]?[0-9;]*u"  # the kitty keyboard protocol
    rb"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse pointer
    rb"|\x1b\[8[hl]"  # who puts right-to-left text in order
    rb"|\x1b[78=>]|\x1b\[[0-9;]*[tcn]"
)
NAMING = {"TMUX", "STY", "TERM_PROGRAM", "VTE_VERSION", "KONSOLE_VERSION", "DISPLAY", "SSH_TTY"}
"""Variables of the terminal that the tests themselves run in."""
ORDER = re.compile(rb"\x1b\[8([hl])")
PATIENCE = 20.0
"""Seconds after which a reader that shows nothing is broken."""


class Terminal:
    """A pseudo-terminal of 80x24 with the reader in it."""

    def __init__(self, config: Config, code: str = "", **variables: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        plain = {name: value for name, value in os.environ.items() if name not in NAMING}
        environment = plain | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        environment |= variables
        program = ["-c", code] if code else ["-m", "tui"]
        self.process = subprocess.Popen(
            [sys.executable, *program, "--config", str(config.path), "--cache", str(config.cache)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def read_until(self, wanted: bytes) -> None:
        """Read on until something has been written."""
        end = time.monotonic() + PATIENCE
        while wanted not in self.seen and time.monotonic() < end:
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.master, 1 << 16)
                except OSError:  # the other end is closed
                    break
        assert wanted in self.seen, self.seen[-500:]

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.master, keys)

    def drain(self) -> int:
        """Read to the end; returns the exit code."""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while select.select([self.master], [], [], PATIENCE)[0] and (
                data := os.read(self.master, 1 << 16)
            ):
                self.seen += data
        return self.process.wait(PATIENCE)

    def rest(self, seconds: float = 0.5) -> None:
        """Read until nothing comes any more."""
        while select.select([self.master], [], [], seconds)[0]:
            self.seen += os.read(self.master, 1 << 16)

    def close(self) -> None:
        """End the reader, if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    @property
    def orders(self) -> str:
        """Who was to put text in order, one after the other: l is we, h is the terminal."""
        return b"".join(ORDER.findall(self.seen)).decode()


def control(char: str) -> bool:
    """A control character other than a line's end."""
    return (ord(char) < 32 and char not in "\r\n") or 0x7F <= ord(char) < 0xA0


@contextmanager
def terminal(config: Config, code: str = "", **variables: str) -> Iterator[Terminal]:
    opened = Terminal(config, code, **variables)
    try:
        yield opened
    finally:
        opened.close()


def test_every_byte_is_ours_and_the_terminal_is_given_back(
    config: Config, make_draft, store_drafts, hostile: str
) -> None:
    store_drafts(config, "https://harbour.example/news", [make_draft(200, hostile, minutes=-1, text=hostile)])
    with terminal(config) as term:
        term.read_until(b"quit")
        term.read_until(b"Click me")
        term.press(b"\r")
        term.read_until(b"browser")
        term.press(b"q")
        term.press(b"q")
        term.read_until(b"\x1b[?1049l")
        term.read_until(b"\x1b[?25h")
        assert term.process.wait(PATIENCE) == 0
        rest = ALLOWED.sub(b"", term.seen).decode("utf-8")
        assert "[@click=app.quit]" in rest
        controls = {rest[max(0, i - 20) : i + 20] for i, char in enumerate(rest) if control(char)}
        assert not controls


def test_an_end_by_signal_gives_the_terminal_back_and_remembers(config: Config) -> None:
    with terminal(config) as term:
        term.read_until(b"quit")
        term.read_until(b"Ferry line opens 0")
        term.press(b"/gMain\x7f\x7f\x7f\x7frain\r")
        term.read_until(b"10 articles")
        term.process.send_signal(signal.SIGTERM)
        term.read_until(b"\x1b[?1049l")
        assert term.process.wait(PATIENCE) == 0
    with terminal(config) as term:
        term.read_until(b"10 articles")
        term.process.send_signal(signal.SIGHUP)
        assert term.process.wait(PATIENCE) == 0


def test_a_configuration_that_cannot_be_read_is_one_sentence_and_code_2(config: Config) -> None:
    config.path.write_text("[reader]\ncolour = 3\n")
    with terminal(config) as term:
        term.read_until(b"unknown key")
        assert term.process.wait(PATIENCE) == 2
        assert b"Traceback" not in term.seen


# --- who puts right-to-left text in order ---


TURNED = "ءﺎﻨﻴﻤﻟﺍ".encode()
ANSWERS = b"\x1b[8;1$y\x1bP>|VTE(7006)\x1b\\\x1b[?65;1;9c"
PLANTED = """
import sys
from tui.screens.reader import ReaderScreen
def fail(self, *_): raise RuntimeError("planted")
ReaderScreen.{} = fail
from tui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def asking(config: Config) -> Config:
    """The terminal is asked, as it is where the configuration says nothing."""
    config.path.write_text(config.path.read_text().replace('rtl = "app"', 'rtl = "auto"'))
    return config


def test_the_order_is_taken_before_the_first_frame_and_given_back_at_the_end(config: Config) -> None:
    with terminal(config) as term:
        term.read_until(TURNED)
        assert term.seen.index(b"\x1b[8l") < term.seen.index(TURNED)
        term.press(b"\x11")
        assert term.drain() == 0
        assert term.orders == "lh"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_give_the_order_back(config: Config, number: signal.Signals) -> None:
    with terminal(config) as term:
        term.read_until(b"quit")
        term.process.send_signal(number)
        assert term.drain() == 0
        assert term.orders == "lh"


@pytest.mark.parametrize("method", ["on_mount", "action_help", "action_toggle_star"])
def test_a_crash_gives_the_order_back(config: Config, method: str) -> None:
    with terminal(config, PLANTED.format(method)) as term:
        if method != "on_mount":
            term.read_until(b"quit")
            term.press(b"s")
        if method == "action_help":
            term.press(b"\x11")
        term.drain()
        assert term.orders.endswith("h")
        assert term.orders.count("l") == term.orders.count("h")


def test_sleep_and_waking_give_it_back_and_take_it_again(config: Config) -> None:
    with terminal(config) as term:
        term.read_until(b"quit")
        term.process.send_signal(signal.SIGTSTP)
        term.read_until(b"\x1b[?1049l")
        assert term.orders == "lh"
        os.waitid(os.P_PID, term.process.pid, os.WSTOPPED | os.WNOWAIT)
        term.process.send_signal(signal.SIGCONT)
        term.seen = b""
        term.read_until(b"\x1b[8l")
        term.read_until(b"quit")
        term.press(b"\x11")
        assert term.drain() == 0
        assert term.orders == "lh"


def test_a_browser_in_the_terminal_gets_it_as_it_was(config: Config, tmp_path: Path) -> None:
    browser = tmp_path / "w3m"
    browser.write_text("#!/bin/sh\necho read here; read key\n")
    browser.chmod(0o755)
    with terminal(config, BROWSER=str(browser)) as term:
        term.read_until(TURNED)
        term.press(b"o")
        term.read_until(b"read here")
        assert term.orders == "lh"
        term.press(b"\n")
        term.seen = b""
        term.read_until(b"\x1b[8l")
        term.read_until(b"quit")
        term.press(b"\x11")
        assert term.drain() == 0
        assert term.orders == "lh"


def test_keys_typed_while_the_terminal_is_asked_are_kept_and_no_answer_is_shown(asking: Config) -> None:
    with terminal(asking) as term:
        term.read_until(b"\x1b[c")
        term.press(b"?" + ANSWERS)
        term.read_until(b"Show every key")
        term.press(b"\x11")
        assert term.drain() == 0
        assert term.orders == "lh"
        for piece in (b"8;1", b"65;1", b"VTE", b"7006"):
            assert piece not in ALLOWED.sub(b"", term.seen)


def test_a_terminal_that_reorders_is_left_to_it(asking: Config) -> None:
    with terminal(asking) as term:
        term.read_until(b"\x1b[c")
        term.press(b"\x1bP>|Konsole 22.12.3\x1b\\\x1b[?62;1;4c")
        term.read_until("الميناء".encode())
        term.read_until(b"Bi-Directional")
        term.press(b"\x11")
        assert term.drain() == 0
        assert term.orders.replace("h", "") == ""


def test_an_end_while_the_terminal_is_asked_swallows_its_answers(asking: Config) -> None:
    with terminal(asking) as term:
        term.read_until(b"\x1b[c")
        term.process.send_signal(signal.SIGTERM)
        term.press(ANSWERS)
        assert term.drain() in (143, 0)
        assert term.orders.count("l") == term.orders.count("h")
        assert b"VTE" not in term.seen


def test_the_question_comes_in_a_terminal_of_which_nothing_is_known_and_only_once(asking: Config) -> None:
    for visit in range(2):
        with terminal(asking) as term:
            term.read_until(b"\x1b[c")
            term.press(b"\x1b[?62;1;4c")
            if visit == 0:
                term.read_until("[ אבג ]".encode())
                assert term.orders == "l"
                term.press(b"2")
            term.read_until("الميناء".encode())
            term.press(b"\x11")
            assert term.drain() == 0
            assert "אבג".encode() not in term.seen or visit == 0
            assert term.orders.replace("lh", "").replace("h", "") == ""
