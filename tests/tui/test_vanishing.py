"""A terminal that vanishes: the reader ends, and lets nobody wait for it."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from io import StringIO
from pathlib import Path

import pytest

from aggregator.library import Library
from tui.driver import Vanishing

START = "import sys; sys.path.insert(0, {!r}); from tui.__main__ import main; sys.exit(main(sys.argv[1:]))"
ROOT = str(Path(__file__).parents[2])
PATIENCE = 30.0
"""Seconds that a busy machine may take; the reader needs one or two."""


def read_until(descriptor: int, wanted: bytes) -> bytes:
    """What the program wrote, up to some bytes."""
    got, until = b"", time.monotonic() + PATIENCE
    while wanted not in got and time.monotonic() < until:
        if select.select([descriptor], [], [], 0.1)[0]:
            got += os.read(descriptor, 65536)
    return got


def ended(process: int) -> bool:
    """Whether the program ended in time; one that did not is killed."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if os.waitpid(process, os.WNOHANG)[0]:
            return True
        select.select([], [], [], 0.05)
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    return False


@pytest.mark.parametrize("told", [True, False], ids=["by SIGHUP", "by nobody"])
def test_a_reader_whose_terminal_is_gone_ends(library: Library, told: bool) -> None:
    config = library.config
    argv = ["-c", START.format(ROOT), "--config", str(config.path), "--cache", str(config.cache)]
    process, terminal = pty.fork()
    if process == 0:
        if not told:
            signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup(1)
        environment = os.environ | {"TERM": "xterm-256color", "LANG": "C.UTF-8"}
        heedless = "" if told else "import signal; signal.signal = lambda *_: None; "
        os.execve(sys.executable, [sys.executable, "-c", heedless + argv[1], *argv[2:]], environment)
    seen = read_until(terminal, b"Ferry")
    os.close(terminal)
    assert b"Ferry" in seen
    assert ended(process)


def test_what_is_written_to_a_terminal_that_is_gone_is_lost_without_a_word() -> None:
    file = StringIO()
    terminal = Vanishing(file)
    terminal.write("there")
    assert file.getvalue() == "there"
    file.close()
    terminal.write("gone")
    terminal.flush()
    assert terminal.gone
