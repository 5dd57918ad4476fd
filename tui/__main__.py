"""The command ``hakawati``: with a subcommand the command line, without one the reader.

The command line is run before Textual is imported: a server without a screen never loads it. The reader's
headlines are on the screen before anything large is imported (``prepaint``).
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aggregator.errors import INTERRUPTED, USAGE, HakawatiError
from aggregator.private import UMASK

if TYPE_CHECKING:
    from aggregator.config import Config
    from tui import prepaint

VALUED = ("--config", "--cache")
"""Options that take the next word as their value."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    os.umask(UMASK)
    words = list(sys.argv[1:] if argv is None else argv)
    command = subcommand(words)
    if command in ("", "demo") and not (sys.stdout.isatty() and sys.stdin.isatty()):
        print(  # noqa: T201 - the one sentence for somebody who piped us
            "hakawati: the reader needs a terminal; for output in a pipe use: hakawati list", file=sys.stderr
        )
        return USAGE
    if command:
        return run_command(command, words)
    from tui import prepaint  # what runs as a command draws nothing

    gc.disable()  # a seventh of loading went into looking for garbage that is none; see PaintedApp.show_now
    try:
        with prepaint.painted(words) as page:
            return open_reader(words, page)
    except KeyboardInterrupt:
        return INTERRUPTED
    except HakawatiError as error:
        return told(error)


def run_command(command: str, words: Sequence[str]) -> int:
    """Run the command line, or the reader on the sample news of ``demo``."""
    from aggregator import cli

    if command != "demo":
        return cli.main(words)
    from tui import prepaint

    cli.global_options([word for word in words if word != command])
    try:
        with cli.demo_session() as config:
            return run_reader(config, prepaint.Painted(), asks=False)
    except KeyboardInterrupt:
        return INTERRUPTED
    except HakawatiError as error:
        return told(error)


def told(error: HakawatiError) -> int:
    """Say why the reader cannot be opened; returns the exit code."""
    from aggregator import cli

    print(f"hakawati: {error}", file=sys.stderr)  # noqa: T201 - the reason, before there is a screen
    return cli.exit_code(error)


def subcommand(words: Sequence[str]) -> str:
    """The first word that is no global option; also --help and --version, which the command line answers."""
    rest = iter(words)
    for word in rest:
        if word in VALUED:
            next(rest, None)
        elif not word.startswith(tuple(f"{option}=" for option in VALUED)):
            return word
    return ""


def open_reader(words: Sequence[str], page: prepaint.Painted) -> int:
    """Read the options and the configuration, and open the reader. Raises HakawatiError."""
    from pathlib import Path  # the page is painted without

    from aggregator import config as config_files
    from tui import prepaint

    options = prepaint.given(words)
    if options is not None:
        paths = (Path(value) if value else None for value in options.values())
        return run_reader(config_files.load(*paths), page)
    from aggregator import cli  # a tenth of a second, for options that are wrong or shortened

    found = cli.global_options(words)
    return run_reader(config_files.load(found.config, found.cache), page)


def run_reader(config: Config, page: prepaint.Painted, *, asks: bool = True) -> int:
    """Open the reader on a configuration; returns the exit code. Raises StoreError.

    ``asks`` is False where an answer to the question about the terminal could not be kept.
    """
    from aggregator.library import Library
    from tui import rtl, scope, terminal

    reader = config.settings.reader
    with (
        Library(config) as library,
        terminal.given_back() as order,
        terminal.asked(rtl.wants_look(reader.rtl)) as look,
    ):
        from tui.handover import PaintedApp  # while the terminal answers

        app = PaintedApp(library, scope.load(library.ui_get(scope.KEY)), page)
        app.face = rtl.of_reader(reader.rtl, reader.marks, look(), library.ui_get, order=order, asks=asks)
        app.run(mouse=reader.mouse)
        return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
