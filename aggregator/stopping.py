"""Being told to stop: SIGTERM, SIGINT and SIGHUP set an event; who does not end in time is ended.

What is stored is stored whole at any moment (a kill -9 loses nothing either), so the hard end is safe.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading

SECONDS = 4.5  # between the signal and the hard end: within 5 s, which users and systemd may count on
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
BASE = 128  # shells tell an end by a signal as 128 and its number: 143, 130, 129


class Stopping:
    """The wish to stop, as an event of the running loop; ``code`` is the exit code that tells of it.

    A signal that was ignored when the process began (``nohup``) stays ignored. A second signal ends the
    process at once.
    """

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self.event = asyncio.Event()
        self.code = 0
        self._seconds = seconds
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._heard, number)

    def _heard(self, number: int) -> None:
        if self.event.is_set():
            os._exit(self.code)
        self.code = BASE + number
        self.event.set()
        # a thread, since the loop may be the one that hangs; no part of us that could wait for it
        last = threading.Timer(self._seconds, os._exit, (self.code,))
        last.daemon = True
        last.start()
