"""Textual's driver of a terminal, which also says who puts right-to-left text in order.

It starts and stops with the reader's screen: at the beginning and the end, when a program gets the terminal
for its time, when the reader is sent to sleep and woken up, and after a crash.
"""

from __future__ import annotations

import select
import unicodedata
from collections.abc import Callable, Iterable
from threading import Event
from typing import IO, Any, Protocol, cast

from textual._xterm_parser import XTermParser
from textual.driver import Driver
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

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


class Pasting(XTermParser):
    """Takes what is pasted for text and for nothing else.

    Textual's parser goes on looking for sequences of keys inside of what a terminal brackets as pasted: an
    escape in it makes keys of all that follows, and those would run commands.
    """

    BEGIN, END = "\x1b[200~", "\x1b[201~"

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._pasting = False
        self._before = ""  # the end of what went on: a bracket may come in two pieces
        self._rest = ""  # the end of what did not go on yet, which may be the beginning of END

    def feed(self, data: str) -> Iterable[Message]:
        """Take what came from the terminal."""
        tamed = self.tamed(data)
        return super().feed(tamed) if tamed or not data else ()  # "" is the end of all

    def tamed(self, data: str) -> str:
        """The same, without controls between the brackets of a paste."""
        data, self._rest = self._rest + data, ""
        done = ""
        while data:
            piece, data = self._inside(data) if self._pasting else self._outside(data)
            done += piece
        return done

    def _outside(self, data: str) -> tuple[str, str]:
        """(What goes on as it is, the rest behind the bracket that opens.)"""
        found = (self._before + data).find(self.BEGIN)
        self._pasting = found >= 0
        end = found + len(self.BEGIN) - len(self._before) if self._pasting else len(data)
        self._before = "" if self._pasting else (self._before + data)[1 - len(self.BEGIN) :]
        return data[:end], data[end:]

    def _inside(self, data: str) -> tuple[str, str]:
        """(What goes on as text, the rest behind the bracket that closes.)"""
        found = data.find(self.END)
        if found >= 0:
            self._pasting = False
            return plain(data[:found]) + self.END, data[found + len(self.END) :]
        ends = range(len(self.END) - 1, 0, -1)
        kept = next((size for size in ends if data.endswith(self.END[:size])), 0)
        self._rest = data[len(data) - kept :]
        return plain(data[: len(data) - kept]), ""


def plain(text: str) -> str:
    """What is pasted, without controls but line ends and tabs."""
    return "".join(char for char in text if char in "\n\r\t" or unicodedata.category(char) != "Cc")


linux_driver.XTermParser = Pasting  # type: ignore[attr-defined]  # the name that the thread which reads keys looks up


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
