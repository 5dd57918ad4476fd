"""The reader in a real pseudo-terminal: what bytes leave it, and how it leaves the terminal."""

from __future__ import annotations

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

from aggregator.config import Config

ROOT = Path(__file__).parent.parent.parent
ALLOWED = re.compile(
    rb"\x1b\[[0-9;]*m"  # colours
    rb"|\x1b\[\d*(;\d*)?[HABCDGJK]"  # moving and clearing
    rb"|\x1b\[\?[0-9;]+[hl]"  # modes
    rb"|\x1b\[\?\d+\$p"  # asking for modes
    rb"|\x1b\[[<>=]?[0-9;]*u"  # the kitty keyboard protocol
    rb"|\x1b\]22;[a-z-]*\x07"  # the shape of the mouse pointer
    rb"|\x1b[78=>]|\x1b\[[0-9;]*[tcn]"
)
PATIENCE = 20.0
"""Seconds after which a reader that shows nothing is broken."""


class Terminal:
    """A pseudo-terminal of 80x24 with the reader in it."""

    def __init__(self, config: Config) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui", "--config", str(config.path), "--cache", str(config.cache)],
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


def control(char: str) -> bool:
    """A control character other than a line's end."""
    return (ord(char) < 32 and char not in "\r\n") or 0x7F <= ord(char) < 0xA0


@contextmanager
def terminal(config: Config) -> Iterator[Terminal]:
    opened = Terminal(config)
    try:
        yield opened
    finally:
        if opened.process.poll() is None:
            opened.process.kill()
        opened.process.wait()
        os.close(opened.master)


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
