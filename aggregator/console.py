"""What all commands share: printing, the library for the time of a command, options, numbers as arguments."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.library import Library

EVERYTHING = 2**31  # as a limit


def print_json(record: Any) -> None:
    """One JSON object on a line of its own."""
    import msgspec

    print(msgspec.json.encode(record).decode(), flush=True)


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
