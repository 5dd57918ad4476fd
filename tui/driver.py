"""Textual's driver of a terminal, which also says who puts right-to-left text in order.

It starts and stops with the reader's screen: at the beginning and the end, when a program gets the terminal
for its time, when the reader is sent to sleep and woken up, and after a crash.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from threading import Event
from typing import IO, Any, Protocol, cast

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from tui.rtl import Face


class Faced(Protocol):
    """An app that knows its terminal."""

    face: Face


class Vanishing:
    """A terminal that may be gone at any moment: what is written to it then is lost, and nobody waits for it.

    Textual's writing thread would end with the first error, and whoever writes next wait for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.gone = False

    def write(self, text: str) -> None:
        """Write, if there is still somebody to read."""
        self._try(self._file.write, text)

    def flush(self) -> None:
        """Flush, likewise."""
        self._try(self._file.flush)

    def _try(self, call: Callable[..., object], *arguments: str) -> None:
        if not self.gone:
            try:
                call(*arguments)
            except (OSError, ValueError):  # ValueError: the file is closed
                self.gone = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


class Ending(Event):
    """Set when reading keys is to end, also by a terminal that hung up.

    Textual's reading thread takes the endless nothing that such a terminal gives for "no key yet", and asks
    again at once, for ever. SIGHUP tells only who has the terminal as its own, and heeds it (nohup, setsid).
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._poll = select.poll()
        self._poll.register(descriptor, 0)  # 0: tells of an end only, not of keys
        self.gone = False

    def is_set(self) -> bool:
        """Whether to end."""
        self.gone = self.gone or bool(self._poll.poll(0))
        return self.gone or super().is_set()


class OrderingDriver(LinuxDriver):
    """Tells the terminal to leave the order of text to us, and tells it back."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._file: Any = Vanishing(cast(IO[str], self._file))
        self.exit_event = Ending(self.fileno)

    @property
    def face(self) -> Face:
        """What is known of the terminal."""
        return cast(Faced, self._app).face

    def start_application_mode(self) -> None:
        """Take the screen, and the order of what is on it."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._writer_thread is not None:
            self.show_order()

    def show_order(self) -> None:
        """Tell the terminal who puts text in order now."""
        order = self.face.order
        if self.face.mode == "app":
            order.take(self.write)
        elif order.ours:
            order.give_back(self.write)
        self.flush()

    def stop_application_mode(self) -> None:
        """Give both back."""
        if self.face.order.ours:
            self.face.order.give_back(self.write)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read keys, first of all those that came while the terminal was asked."""
        typed, self.face.typed = self.face.typed, b""
        for message in XTermParser().feed(typed.decode("utf-8", "replace")) if typed else ():
            self.process_message(message)
        super().run_input_thread()
        if isinstance(self.exit_event, Ending) and self.exit_event.gone:
            self._loop.call_soon_threadsafe(self._app.exit)


def ordering(driver: type[Driver]) -> type[Driver]:
    """The driver that orders, in place of Textual's own for a terminal; another one stays."""
    return OrderingDriver if driver is LinuxDriver else driver
