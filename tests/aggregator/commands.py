"""Runs the real program in a process of its own, as a user or systemd would."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from aggregator.config import Config

ROOT = Path(__file__).parent.parent.parent


def start(config: Config, *arguments: str) -> subprocess.Popen[str]:
    """The program, started; its output is piped."""
    command = [sys.executable, "-m", "aggregator", "--config", str(config.path), *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command,
        stdout=pipe,
        stderr=pipe,
        text=True,
        env=environment,
        cwd=config.path.parent,
        preexec_fn=heed_signals,
    )


def heed_signals() -> None:
    """Undo what the tests' own surroundings ignore: a shell's job in the background, nohup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output and diagnostics of a program that ends by itself."""
    output, diagnostics = process.communicate(timeout=60)
    return process.returncode, output, diagnostics


def command(config: Config, *arguments: str) -> tuple[int, str, str]:
    """Run a command to its end."""
    return finish(start(config, *arguments))
