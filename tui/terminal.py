"""The terminal by its own words: who it is, whether it reorders text, and how it is told not to.

Mode 8 (BDSM) is that of the terminal-wg proposal on bidirectional text: ``h`` lets the terminal put text in
order, ``l`` leaves that to the program. Terminals that do not know it ignore it, so it is always sent.

Nothing here needs Textual: the terminal is asked while Textual is being loaded, and its answers have come by
the time they are read. Keys that are typed meanwhile are kept (``Look.typed``).
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.late import bytes_pattern

EXPLICIT: Final = "\x1b[8l"
IMPLICIT: Final = "\x1b[8h"
ASK: Final = b"\x1b[8$p\x1b[>q\x1b[c"
"""Is mode 8 known (DECRQM), which program are you (XTVERSION), what can you do (DA1)? Every terminal that was
tried answers the last one, and answers come in the order of the questions: none has to be waited for."""
SAFETY: Final = 1.0
"""Seconds until a terminal that does not even answer DA1 is taken for silent; none that people use is."""
MOST: Final = 65_536
"""Bytes that are read while waiting for the answers: more than anybody types or pastes meanwhile."""
UNASKED: Final = frozenset({"", "dumb", "unknown", "linux"})
"""Values of TERM that say the questions would be printed, or that no answer matters."""

_MODE = bytes_pattern(rb"\x1b\[8;([0-4])\$y")
_NAME = bytes_pattern(rb"\x1bP>\|([^\x1b\x07]{0,100})(?:\x1b\\|\x07)")
_ABLE = bytes_pattern(rb"\x1b\[\?([0-9;]*)c")
_KNOWN = (b"1", b"2")
"""Answers to DECRQM that say the mode can be set: it is, it is not."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal answered.

    ``bdsm``: it can be told not to reorder. ``version``: its name and version, in its own words.
    ``sixel``: it draws pictures sent that way (4 among what DA1 tells).
    ``typed``: what else came, which are keys. ``whole``: the last answer was among it.
    """

    bdsm: bool = False
    version: str = ""
    typed: bytes = b""
    whole: bool = False
    sixel: bool = False


def read(data: bytes) -> Look:
    """The answers among what the terminal sent."""
    mode, name, able = _MODE.search(data), _NAME.search(data), _ABLE.search(data)
    typed = data
    for answer in (_MODE, _NAME, _ABLE):
        typed = answer.sub(b"", typed, count=1)
    version = name.group(1).decode("ascii", "replace") if name else ""
    return Look(
        bdsm=mode is not None and mode.group(1) in _KNOWN,
        version="".join(char for char in version if char.isprintable()),
        typed=typed,
        sixel=able is not None and b"4" in able.group(1).split(b";")[1:],
        whole=able is not None,
    )


def askable(environment: Mapping[str, str] = os.environ) -> bool:
    """Is there a terminal at both ends that shows nothing of the questions?

    Apple's prints the last letter of the first one, and is known by its environment.
    """
    both = os.isatty(0) and os.isatty(1)
    apple = environment.get("TERM_PROGRAM") == "Apple_Terminal" and "TMUX" not in environment
    return both and not apple and environment.get("TERM", "") not in UNASKED


class Question:
    """Questions that are on their way; ``answer`` reads what came back."""

    def __init__(self, source: int = 0, sink: int = 1) -> None:
        self.source = source
        self._before = termios.tcgetattr(source)
        quiet = termios.tcgetattr(source)
        quiet[0] &= ~(termios.ICRNL | termios.IXON)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
        termios.tcsetattr(source, termios.TCSANOW, quiet)  # NOW: keys typed before stay in the queue
        self._look: Look | None = None
        os.write(sink, ASK)

    def answer(self) -> Look:
        """What the terminal said; then it is as it was before."""
        if self._look is None:
            data, until = b"", time.monotonic() + SAFETY
            while not read(data).whole and len(data) < MOST:
                if not select.select([self.source], [], [], max(0.0, until - time.monotonic()))[0]:
                    break
                piece = os.read(self.source, 1024)
                if not piece:
                    break
                data += piece
            self._look = read(data)
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.source, termios.TCSANOW, self._before)
        return self._look


@contextmanager
def asked(wanted: bool) -> Iterator[Callable[[], Look]]:
    """Ask the terminal, if that is ``wanted`` and possible; gives a function that waits for the answer.

    Whatever happens inside, the answers are read, so that a shell never gets them for input.
    """
    if not wanted or not askable():
        yield Look
        return
    try:
        question = Question()
    except (OSError, termios.error):
        yield Look
        return
    try:
        yield question.answer
    finally:
        with contextlib.suppress(OSError):
            question.answer()


# --- who reorders ---


def sequence(mode: str, environment: Mapping[str, str] = os.environ) -> str:
    """``EXPLICIT`` or ``IMPLICIT`` as it is sent: tmux eats it, and hands on what is packed for it.

    Handing on takes ``allow-passthrough on`` in tmux; without it nothing is handed on, and nothing shown.
    """
    packed = mode.replace("\x1b", "\x1b\x1b")
    return f"{mode}\x1bPtmux;{packed}\x1b\\" if environment.get("TMUX") else mode


class Order:
    """Whether the terminal was told to leave the order of text to us. It is told back in every case."""

    def __init__(self) -> None:
        self.ours = False
        """We were the last to speak, and asked for the order to be left to us."""

    def take(self, write: Callable[[str], object]) -> None:
        """Leave the order to us from now on."""
        self.ours = True
        write(sequence(EXPLICIT))

    def give_back(self, write: Callable[[str], object]) -> None:
        """Reorder as before."""
        write(sequence(IMPLICIT))
        self.ours = False


@contextmanager
def given_back() -> Iterator[Order]:
    """The outermost guard: whatever ends the program, the terminal reorders as it did before.

    A signal to end that comes before the reader listens for it becomes an orderly end.
    """
    order = Order()
    handlers = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield order
    finally:
        if order.ours:
            with contextlib.suppress(OSError):
                order.give_back(write)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def end(number: int, _frame: object) -> None:
    """A signal that ends the program."""
    raise SystemExit(128 + number)


def write(text: str) -> None:
    """Send something to the terminal at once, behind whatever was printed."""
    sys.stdout.flush()
    os.write(1, text.encode("ascii"))
