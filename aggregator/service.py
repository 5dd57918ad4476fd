"""What a service manager is told: ready, what is done, alive, stopping (sd_notify(3), without its library).

Outside of systemd nothing is sent. Nothing of a feed is said: no title, no address.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

MICROSECONDS = 1_000_000
PINGS_PER_PERIOD = 3  # as sd_watchdog_enabled(3) asks: more often than every half of it


class Service:
    """The notification socket of this process's service, if it is one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self._period = watchdog_seconds(environment)

    @property
    def ping_seconds(self) -> float | None:
        """Seconds between two signs of life; None where nobody waits for them."""
        return self._period / PINGS_PER_PERIOD if self._period and self._address else None

    def ready(self, status: str) -> None:
        """It works now."""
        self._send(f"READY=1\nSTATUS={line(status)}")

    def status(self, text: str) -> None:
        """What is done now, in a line for ``systemctl status``."""
        self._send(f"STATUS={line(text)}")

    def alive(self) -> None:
        """A sign of life; without one in time the service is restarted."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """It was told to end and is about to."""
        self._send("STOPPING=1\nSTATUS=Stopping: what has come is stored.")

    def _send(self, message: str) -> None:
        if not self._address.startswith(("/", "@")):
            return
        # "@" stands for the NUL that begins an abstract address (unix(7))
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending:
                sending.setblocking(False)  # a manager that does not listen must not stop the news
                sending.sendto(message.encode(), address)
        except OSError:
            return


def watchdog_seconds(environment: Mapping[str, str]) -> float:
    """Within how many seconds a sign of life is wanted of this very process; 0 for never."""
    wanted = environment.get("WATCHDOG_USEC", "")
    if not (wanted.isascii() and wanted.isdigit()):
        return 0.0
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(wanted) / MICROSECONDS


def line(text: str) -> str:
    """The text as one line: a line break would begin another assignment."""
    return " ".join(text.split())
