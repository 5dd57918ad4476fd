"""Telling: through standard input only, within a time, once; what fails is one sentence and nothing more."""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from aggregator import desktop, notify
from aggregator.config import Notifications
from aggregator.notify import Channel, Message, Teller

EVIL = "Oil\x1b]0;x\x07 <b>up</b> & \u202e--help\nsecond"
MESSAGE = Message(EVIL, f"$(reboot) {EVIL}", json.dumps({"text": EVIL}).encode())
# a stand-in for the package, which keeps what it was asked to show; what it does beside that is filled in
PACKAGE = """
import json, time
class DesktopNotifier:
    def __init__(self, app_name):
        self.app = app_name
    async def send(self, title, message, on_dispatched):
        {}
        with open({!r}, "a") as file:
            file.write(json.dumps([self.app, title, message]) + "\\n")
        on_dispatched()
"""
# a notification server on the session bus, and one message sent to it by a process of ours
SESSION = """
import asyncio, json, sys
from dbus_fast.aio import MessageBus
from dbus_fast.service import ServiceInterface, method
from aggregator.config import Notifications
from aggregator.notify import Message, Teller

class Server(ServiceInterface):
    @method()
    def Notify(self, app: "s", old: "u", icon: "s", title: "s", body: "s", actions: "as", hints: "a{sv}",
               timeout: "i") -> "u":
        print(json.dumps([app, title, body]), flush=True)
        return 1
    @method()
    def GetServerInformation(self) -> "ssss":
        return ["invented", "nobody", "1", "1.2"]
    @method()
    def GetCapabilities(self) -> "as":
        return ["body", "body-markup"]

async def main():
    bus = await MessageBus().connect()
    bus.export("/org/freedesktop/Notifications", Server("org.freedesktop.Notifications"))
    await bus.request_name("org.freedesktop.Notifications")
    teller = Teller(Notifications())
    print(json.dumps([int(await teller.tell(Message(*json.load(sys.stdin), b""))), *teller.problems]))
    bus.disconnect()

asyncio.run(main())
"""


def program(folder: Path, code: str) -> tuple[str, ...]:
    """An argv that runs this code with a file to write to as its only argument."""
    script = folder / "tell.py"
    script.write_text(f"import sys, time, json\n{code}")
    return (sys.executable, str(script), str(folder / "out"))


def tell(settings: Notifications, *messages: Message, there: bool = False) -> tuple[list[Channel], list[str]]:
    """The channels that are done with each message, and what went wrong."""

    async def work() -> tuple[list[Channel], list[str]]:
        teller = Teller(settings, desktop_there=lambda: there)
        return [await teller.tell(message) for message in messages], teller.problems

    return asyncio.run(work())


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the stand-in for the package lies; ``behave`` makes it."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def behave(folder: Path, how: str) -> Path:
    """Make the stand-in do something before it shows a message; returns the file of what it showed."""
    shown = folder / "shown"
    (folder / "desktop_notifier.py").write_text(PACKAGE.format(how, str(shown)))
    return shown


def test_a_command_gets_the_object_on_its_standard_input_and_its_own_arguments_only(tmp_path: Path) -> None:
    code = "json.dump([sys.argv[2:], json.load(sys.stdin)], open(sys.argv[1], 'w'))"
    argv = (*program(tmp_path, code), "$HOME", "; echo")
    assert tell(Notifications(command=argv), MESSAGE) == ([Channel.ALL], [])
    assert json.loads((tmp_path / "out").read_text()) == [["$HOME", "; echo"], {"text": EVIL}]


def test_where_nothing_is_set_up_an_alert_is_done_at_once() -> None:
    assert tell(Notifications(), MESSAGE) == ([Channel.ALL], [])
    assert tell(Notifications(desktop=False), MESSAGE, there=True) == ([Channel.ALL], [])


def test_a_failing_command_is_one_sentence_and_left_alone_for_the_rest_of_the_sync(tmp_path: Path) -> None:
    argv = program(
        tmp_path, "open(sys.argv[1], 'a').write('x'); print('noise', file=sys.stderr); sys.exit(3)"
    )
    done, problems = tell(Notifications(command=argv), MESSAGE, MESSAGE)
    assert done == [Channel.DESKTOP, Channel.DESKTOP]
    assert problems == [f"The command {Path(sys.executable).name} of [notify] failed (exit code 3)."]
    assert (tmp_path / "out").read_text() == "x"


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    done, (problem,) = tell(Notifications(command=(str(tmp_path / "no\x1bne"),)), MESSAGE)
    assert done == [Channel.DESKTOP]
    assert "cannot be started: No such file" in problem
    assert problem.isprintable()


def test_a_program_that_reads_nothing_is_fine(tmp_path: Path) -> None:
    large = Message("Oil", "x", b"x" * 2_000_000)
    assert tell(Notifications(command=program(tmp_path, "sys.stdin.close()")), large) == ([Channel.ALL], [])


def test_a_program_that_hangs_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    code = (
        "import fcntl, os\nfile = open(sys.argv[1], 'w')\nfcntl.flock(file, fcntl.LOCK_EX)\n"
        "os.write(1, b'x')\nif os.fork() == 0: time.sleep(600)\ntime.sleep(600)"
    )
    problem = asyncio.run(notify.run(program(tmp_path, code), b"", 0.5))
    assert problem == "it took longer than 0.5 s"
    with (tmp_path / "out").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # nobody holds it any more, else this would wait


def test_what_is_told_already_is_not_told_again(tmp_path: Path) -> None:
    argv = program(tmp_path, "open(sys.argv[1], 'a').write('x')")

    async def work() -> Channel:
        return await Teller(Notifications(command=argv)).tell(MESSAGE, Channel.COMMAND)

    assert asyncio.run(work()) & Channel.COMMAND
    assert not (tmp_path / "out").exists()


def test_the_desktop_gets_one_line_without_controls_and_with_its_markup_escaped(stand_in: Path) -> None:
    shown = behave(stand_in, "pass")
    assert tell(Notifications(), MESSAGE, there=True) == ([Channel.ALL], [])
    app, title, text = json.loads(shown.read_text())
    assert (app, title) == ("Hakawati", "Oil]0;x <b>up</b> & --help second")
    assert title.isprintable()
    assert text == ("$(reboot) Oil]0;x &lt;b&gt;up&lt;/b&gt; &amp; --help second")


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("raise OSError('no bus')", "exit code 1"),
        ("return", "exit code 1"),  # as the package does: it logs and comes back without having shown it
        ("import os; os.abort()", "exit code -6"),
        ("time.sleep(600)", "it took longer than 0.5 s"),
    ],
)
def test_a_desktop_that_fails_is_one_sentence(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch, how: str, why: str
) -> None:
    behave(stand_in, how)
    if "sleep" in how:
        monkeypatch.setattr(notify, "DESKTOP_SECONDS", 0.5)
    done, problems = tell(Notifications(), MESSAGE, MESSAGE, there=True)
    assert done == [Channel.COMMAND] * 2
    assert problems == [f"The desktop shows no notifications ({why})."]


def test_a_desktop_is_there_only_with_the_package_and_a_session_of_ones_own(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus", "DISPLAY": ":0"}
    if find_spec(desktop.PACKAGE) is None:
        assert not desktop.available(session, "linux")
    behave(stand_in, "pass")
    monkeypatch.syspath_prepend(str(stand_in))
    assert desktop.available(session, "linux")
    assert desktop.available({"WAYLAND_DISPLAY": "wayland-0", **session}, "linux")
    assert not desktop.available({"DISPLAY": ":0"}, "linux")
    assert not desktop.available({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus"}, "linux")
    assert desktop.available({}, "darwin")
    assert not desktop.available({"SSH_CONNECTION": "1"}, "darwin")


def test_only_the_desktop_that_reads_markup_gets_it_escaped() -> None:
    assert desktop.body("a < b & c", "linux") == "a &lt; b &amp; c"
    assert desktop.body("a < b & c", "darwin") == "a < b & c"


def test_the_real_package_shows_it_on_a_real_session_bus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if find_spec(desktop.PACKAGE) is None or shutil.which("dbus-run-session") is None:
        pytest.skip("needs desktop-notifier and dbus-run-session")
    monkeypatch.setenv("DISPLAY", ":99")
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", SESSION],
        input=json.dumps([EVIL, "a < b"]),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parent.parent.parent,
    )
    shown, told = map(json.loads, done.stdout.splitlines())
    assert shown == ["Hakawati", "Oil]0;x <b>up</b> & --help second", "a &lt; b"]
    assert told == [Channel.ALL]
