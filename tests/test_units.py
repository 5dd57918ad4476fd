"""The units for systemd and the crontab line name commands that exist and settings that systemd knows."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from aggregator import cli, schedule

FOLDER = Path(__file__).parent.parent / "docs" / "systemd"
UNITS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".service", ".timer"))
SERVICES = [path for path in UNITS if path.suffix == ".service"]
HARDENED = ("NoNewPrivileges", "PrivateTmp", "ProtectSystem", "UMask", "MemoryMax", "LimitCORE")


def settings(path: Path) -> configparser.ConfigParser:
    """A unit's settings."""
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text("utf-8"))
    return unit


def test_there_are_a_daemon_a_round_and_a_timer() -> None:
    assert [path.name for path in UNITS] == ["hakawati-sync.service", "hakawati.service", "hakawati.timer"]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_what_is_started_is_a_command_of_ours(path: Path) -> None:
    program, *words = shlex.split(settings(path)["Service"]["ExecStart"])
    assert Path(program).name == "hakawati"
    assert cli.parser().parse_args(words).command == words[0]


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_may_do_little(path: Path) -> None:
    service = settings(path)["Service"]
    assert [name for name in HARDENED if name not in service] == []
    assert int(service["TimeoutStopSec"]) > schedule.STOP_SECONDS, "or what has come would not be stored"
    assert service["StandardOutput"] == "null", "the journal would keep addresses"


def test_the_daemon_is_watched_and_the_timer_starts_the_round() -> None:
    daemon = settings(FOLDER / "hakawati.service")["Service"]
    assert daemon["Type"] == "notify"
    assert int(daemon["WatchdogSec"]) > schedule.TICK * 2, "a sign of life comes at least every tick"
    assert settings(FOLDER / "hakawati.timer")["Timer"]["Unit"] == "hakawati-sync.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is absent")
def test_systemd_understands_them(tmp_path: Path) -> None:
    for path in UNITS:
        text = re.sub(r"%h/\S+/hakawati", "/bin/true", path.read_text("utf-8"))
        (tmp_path / path.name).write_text(text, "utf-8")
    command = ["systemd-analyze", "verify", *(str(tmp_path / path.name) for path in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "hakawati" in line]
    assert ours == []
