"""What all commands share: printing, the library for the time of a command, options, numbers as arguments."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from aggregator.text.inert import clean_record, letters_only

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.library import Library

EVERYTHING = 2**31  # as a limit


class Inert:
    """A stream of text to which nothing is written that steers a terminal: the last lock, for all commands.

    Whoever prints need not think of it, and what nobody thought of (a library's warning, an error of the
    system that quotes a name) passes it too. All else of the stream is as it was.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what of it is letters."""
        return self._stream.write(letters_only(text))

    def writelines(self, lines: Iterable[str]) -> None:
        """The same for several pieces."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def make_inert() -> None:
    """Put ``Inert`` before the output and the diagnostics of this process."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
            setattr(sys, name, Inert(stream))


def print_json(record: Any) -> None:
    """One JSON object on a line of its own, its texts inert for whoever reads it."""
    import msgspec

    print(msgspec.json.encode(clean_record(record)).decode(), flush=True)


def say(text: str) -> None:
    """A word about what goes on, apart from the output."""
    print(text, file=sys.stderr)


def show_lines(lines: Iterable[str]) -> None:
    """Lines of plain output."""
    for line in lines:
        print(line)


@contextmanager
def library(config: Config) -> Iterator[Library]:
    """The library, closed afterwards."""
    from aggregator.library import Library

    with Library(config) as opened:
        for sentence in opened.told:
            say(f"hakawati: {sentence}")
        yield opened


def whole(text: str) -> int:
    """A number of 0 or more; argparse tells of anything else."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def add_globals(target: argparse.ArgumentParser, *, top: bool) -> None:
    """--config and --cache, accepted before and after the command."""
    default: Any = None if top else argparse.SUPPRESS
    target.add_argument("--config", type=Path, default=default, metavar="FILE", help="configuration to use")
    target.add_argument("--cache", type=Path, default=default, metavar="DIR", help="the cache folder to use")
