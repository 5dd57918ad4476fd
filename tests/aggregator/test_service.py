"""What systemd is told, by a socket of the tests in its place."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import schedule
from aggregator.config import Config
from aggregator.schedule import Daemon, look_after
from aggregator.service import Service, watchdog_seconds
from tests.aggregator.commands import finish, start
from tests.aggregator.rounds import write_config

PATIENCE = 20.0  # seconds until a manager that hears nothing gives up


@contextlib.contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    """Listens as a service manager does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.settimeout(PATIENCE)
        listening.bind(address.replace("@", "\0", 1))
        yield listening


def hear(listening: socket.socket) -> dict[str, str]:
    """The next message, as assignments."""
    lines = listening.recv(4096).decode().splitlines()
    return dict(line.partition("=")[::2] for line in lines)


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@hakawati-{tmp_path.name}-{id(request)}"


def test_each_message_says_one_thing(address: str) -> None:
    with manager(address) as listening:
        service = Service({"NOTIFY_SOCKET": address})
        service.ready("Looking.")
        service.status("3 feeds\nWATCHDOG=trigger")
        service.alive()
        service.stopping()
        assert hear(listening) == {"READY": "1", "STATUS": "Looking."}
        assert hear(listening) == {"STATUS": "3 feeds WATCHDOG=trigger"}, "a line break begins no assignment"
        assert hear(listening) == {"WATCHDOG": "1"}
        assert hear(listening)["STOPPING"] == "1"


@pytest.mark.parametrize("where", ["", "relative", "/dev/null/none", "@nobody-listens", "/" + "x" * 200])
def test_where_nobody_listens_nothing_happens(where: str) -> None:
    Service({"NOTIFY_SOCKET": where}).alive()


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({}, 0.0),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "-1"}, 0.0),
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, 0.0),
    ],
)
def test_signs_of_life_are_given_where_this_process_is_asked_for_them(
    told: dict[str, str], seconds: float
) -> None:
    assert watchdog_seconds(told) == seconds
    pause = Service(told | {"NOTIFY_SOCKET": "/run/x"}).ping_seconds
    assert pause == (seconds / 3 or None)


def test_the_daemon_tells_when_it_is_ready_that_it_lives_and_that_it_stops(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "150000")
    with manager(address) as listening:
        daemon = start(write_config(tmp_path, []), "daemon", "--json")
        assert hear(listening)["READY"] == "1"
        for _ in range(3):
            while "WATCHDOG" not in hear(listening):
                pass
        daemon.terminate()
        while "STOPPING" not in hear(listening):
            pass
        assert finish(daemon)[0] == 0


# --- the loop that looks after the ticks ---


class Wanted(Service):
    """Counts the signs of life."""

    def __init__(self) -> None:
        super().__init__({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "3000"})
        self.signs = 0

    def alive(self) -> None:
        self.signs += 1


def made(config: Config, service: Service) -> Daemon:
    return Daemon(config, lambda result: None, lambda totals: None, asyncio.Event(), service)


async def looked(daemon: Daemon, service: Service, rounds: int = 3) -> int:
    """How often the scheduler is woken in some rounds of looking after."""
    woken = 0
    enough = asyncio.Event()

    def wake() -> None:
        nonlocal woken
        woken += 1

    async def count() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0.001)
        enough.set()

    caring = asyncio.create_task(look_after(daemon, service, wake))
    await count()
    caring.cancel()
    await asyncio.gather(caring, return_exceptions=True)
    return woken


async def test_a_daemon_whose_ticks_come_gives_signs_of_life(tmp_path: Path) -> None:
    service = Wanted()
    daemon = made(write_config(tmp_path, []), service)
    await daemon.tick()
    assert await looked(daemon, service) == 0
    assert service.signs > 0


async def test_without_ticks_the_scheduler_is_woken_since_the_clock_may_have_been_set_back(
    tmp_path: Path,
) -> None:
    service = Wanted()
    daemon = made(write_config(tmp_path, []), service)
    daemon._last = time.monotonic() - schedule.LATE - 1
    assert await looked(daemon, service) > 0
    assert service.signs > 0, "it still counts as working"


async def test_a_daemon_that_does_not_wake_gives_no_sign_of_life_any_more(tmp_path: Path) -> None:
    service = Wanted()
    daemon = made(write_config(tmp_path, []), service)
    daemon._last = time.monotonic() - schedule.HUNG - 1
    await looked(daemon, service)
    assert service.signs == 0


async def test_a_round_that_never_ends_gives_no_sign_of_life_any_more(tmp_path: Path) -> None:
    service = Wanted()
    daemon = made(write_config(tmp_path, []), service)
    async with daemon._round:
        await looked(daemon, service)
        assert service.signs > 0
        service.signs = 0
        daemon._last = time.monotonic() - schedule.LONGEST_ROUND - 1
        assert await looked(daemon, service) == 0
        assert service.signs == 0


async def test_a_broken_edit_is_told_once_and_the_last_good_configuration_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = write_config(tmp_path, [])
    daemon = made(config, Service({}))
    good = config.path.read_text()
    for text in ("[fetch", "[fetch", good):
        config.path.write_text(text)
        await daemon.tick()
        assert daemon._config.settings == config.settings
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "The last good configuration stays in force." in caplog.text
    config.path.write_text(good + '\n[reader]\nlanguages = ["ar"]\n')
    await daemon.tick()
    assert daemon._config.settings.reader.languages == ("ar",)
