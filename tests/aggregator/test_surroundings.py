"""Odd surroundings: no home, no terminal, no output, few files, little memory: never a traceback."""

from __future__ import annotations

import contextlib
import logging
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator.config import Config
from aggregator.syncing import LOG_BYTES, LOG_FILES, Frames, start_log
from tests.aggregator.commands import ROOT
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import item, rss, write_config

FEEDS = {f"feed{n}": (rss(*(item(n * 10 + i) for i in range(3))), "application/rss+xml") for n in range(12)}
PROGRAM = f'"{sys.executable}" -m aggregator --config "$CONFIG"'


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with FileServer(FEEDS) as server:
        yield write_config(tmp_path, [server.url(name) for name in FEEDS])


def run(config: Config, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line of shell in an environment of nothing but what is said."""
    told = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "CONFIG": str(config.path)} | environment
    return subprocess.run(
        ["sh", "-c", script.replace("hakawati", PROGRAM)],
        env=told,
        cwd=config.path.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def test_nothing_is_open_to_others_whatever_the_umask_says(config: Config) -> None:
    done = run(config, "umask 0; hakawati sync --json")
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(config.cache.stat().st_mode) == 0o700
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in config.cache.rglob("*") if path.is_file()
    }
    assert set(modes.values()) == {0o600}, modes


CASES: dict[str, tuple[str, dict[str, str], int, Callable[[str], bool]]] = {
    "no home, no language, no terminal": ("hakawati list", {"TERM": "dumb", "LANG": "C"}, 0, bool),
    "a home that cannot be written": ("hakawati list", {"HOME": "/dev/null/none"}, 0, bool),
    "a reader of one line": ("hakawati list | head -1", {}, 0, lambda output: output.count("\n") == 1),
    "output closed": ("hakawati list >&-", {}, 0, lambda output: output == ""),
    "all closed": ("hakawati sync --force <&- >&- 2>&-", {}, 0, lambda output: output == ""),
    "a reader of one line of a sync": ("hakawati sync --force | head -1", {}, 0, bool),
    "64 files": ("ulimit -n 64; hakawati sync --force", {}, 0, lambda output: "0 failed" in output),
    "300 MB": ("ulimit -v 300000; hakawati sync --force", {}, 0, lambda output: "0 failed" in output),
    "no time zone": ("hakawati list", {"TZ": "Nowhere/None"}, 0, bool),
}


def test_the_commands_work_in_odd_surroundings(config: Config) -> None:
    assert run(config, "hakawati sync").returncode == 0
    for name, (script, environment, code, fits) in CASES.items():
        done = run(config, script, **environment)
        assert (done.returncode, done.stderr) == (code, ""), name
        assert fits(done.stdout), name


REFUSALS = {
    "no place for a configuration": ("hakawati list", {"CONFIG": "/dev/null/none/config.toml"}, 2),
    "a full disk behind the output": ("hakawati list >/dev/full", {}, 1),
    "12 files": ("ulimit -n 12; hakawati sync --force", {}, 3),
    "50 MB": ("ulimit -v 50000; hakawati sync --force", {}, 1),
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux only")
def test_what_cannot_work_is_told_in_one_sentence(config: Config) -> None:
    assert run(config, "hakawati sync").returncode == 0
    for name, (script, environment, code) in REFUSALS.items():
        done = run(config, script, **environment)
        assert done.returncode == code, f"{name}: {done.stderr}"
        assert done.stderr.startswith("hakawati: "), f"{name}: {done.stderr}"
        assert done.stderr.count("\n") == 1, f"{name}: {done.stderr}"
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64, "ours are as they were"


# --- the log ---


@contextlib.contextmanager
def logging_to(folder: Path) -> Iterator[logging.Logger]:
    """The root of all loggers as the daemon sets it up, and afterwards as it was."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers[:] = []
    try:
        start_log(folder)
        yield root
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = before
        root.setLevel(level)


def test_a_month_of_log_takes_a_few_megabytes_and_is_for_the_user_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to(tmp_path) as log:
        for number in range(30 * 24 * 60):  # a line a minute, longer than ours are
            log.info("round: %s feeds, %s", number, "x" * 150)
    capsys.readouterr()
    files = sorted(tmp_path.iterdir())
    assert len(files) == LOG_FILES + 1
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert sum(file.stat().st_size for file in files) <= LOG_BYTES * (LOG_FILES + 1)


def test_a_mistake_is_logged_with_its_place_and_without_what_was_read() -> None:
    try:
        raise ValueError("https://news.example/secret A headline")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "polling feed %s", (7,), sys.exc_info())
    text = Frames("%(message)s").format(record)
    assert text.startswith("polling feed 7\n")
    assert text.endswith("ValueError")
    assert "test_surroundings.py" in text
    assert "news.example" not in text.replace(__doc__ or "", "").replace('raise ValueError("https://news', "")
