"""Tell an alert: on the desktop, and to the command of [notify]. Each in a process with a deadline.

Text that comes from feeds goes through standard input only, never into an argument list, and no shell
reads it. What is told in the terminal, the reader tells itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntFlag
from pathlib import Path

import msgspec

from aggregator import desktop
from aggregator.config import Notifications
from aggregator.dataclass import dataclass
from aggregator.text.inert import clean_text

DESKTOP_SECONDS = 5.0  # a desktop that takes longer hangs
COMMAND_SECONDS = 10.0  # time for a message to a phone over a slow network
MAX_TITLE = 80  # characters; desktops show about 40
MAX_TEXT = 400  # desktops show about 200
PACKAGES = str(Path(__file__).parent.parent)
START = "import sys; sys.path.insert(0, {!r}); from aggregator.desktop import main; sys.exit(main())"


class Channel(IntFlag):
    """Where an alert is told; as bits of ``Alert.told``."""

    NONE = 0
    DESKTOP = 1
    COMMAND = 2
    ALL = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What is told: a title and a line for the desktop, a JSON object for the command."""

    title: str
    text: str
    data: bytes


class Teller:
    """Tells the messages of one sync. A channel that failed is left alone until the next one.

    ``problems`` are the failures, a sentence each.
    """

    def __init__(
        self, settings: Notifications, *, desktop_there: Callable[[], bool] = desktop.available
    ) -> None:
        self.problems: list[str] = []
        self._command = settings.command
        self._missing = Channel.NONE  # channels that are not there count as done
        self._failed = Channel.NONE
        if not settings.desktop or not desktop_there():
            self._missing |= Channel.DESKTOP
        if not settings.command:
            self._missing |= Channel.COMMAND

    async def tell(self, message: Message, told: int = 0) -> Channel:
        """Tell it wherever it is not ``told`` yet; returns the channels that are done with it now."""
        done = Channel(told) | self._missing
        if not (done | self._failed) & Channel.DESKTOP:
            done |= await self._on_desktop(message)
        if not (done | self._failed) & Channel.COMMAND:
            done |= await self._by_command(message)
        return done

    async def _on_desktop(self, message: Message) -> Channel:
        shown = desktop.Notification(
            clean_text(message.title, limit=MAX_TITLE), clean_text(message.text, limit=MAX_TEXT)
        )
        argv = [sys.executable, "-P", "-c", START.format(PACKAGES)]
        problem = await run(argv, msgspec.json.encode(shown), DESKTOP_SECONDS)
        return self._done(Channel.DESKTOP, problem and f"The desktop shows no notifications ({problem}).")

    async def _by_command(self, message: Message) -> Channel:
        problem = await run(self._command, message.data, COMMAND_SECONDS)
        name = clean_text(Path(self._command[0]).name, limit=MAX_TITLE)
        return self._done(Channel.COMMAND, problem and f"The command {name} of [notify] failed ({problem}).")

    def _done(self, channel: Channel, problem: str) -> Channel:
        if not problem:
            return channel
        self.problems.append(problem)
        self._failed |= channel
        return Channel.NONE


async def run(argv: Sequence[str], data: bytes, seconds: float) -> str:
    """Give a program ``data`` on its standard input; returns "" when it ended well in time, else why not.

    One that takes longer is killed with all that it started.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        return f"it cannot be started: {getattr(error, 'strerror', None) or error}"
    try:
        async with asyncio.timeout(seconds):
            await process.communicate(data)
    except TimeoutError:
        return f"it took longer than {seconds:g} s"
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    return f"exit code {process.returncode}" if process.returncode else ""
