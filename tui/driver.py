"""Textual's driver of a terminal, which also says who puts right-to-left text in order.

It starts and stops with the reader's screen: at the beginning and the end, when a program gets the terminal
for its time, when the reader is sent to sleep and woken up, and after a crash.
"""

from __future__ import annotations

from typing import Protocol, cast

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from tui.rtl import Face


class Faced(Protocol):
    """An app that knows its terminal."""

    face: Face


class OrderingDriver(LinuxDriver):
    """Tells the terminal to leave the order of text to us, and tells it back."""

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


def ordering(driver: type[Driver]) -> type[Driver]:
    """The driver that orders, in place of Textual's own for a terminal; another one stays."""
    return OrderingDriver if driver is LinuxDriver else driver
