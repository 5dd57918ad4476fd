"""The command ``hakawati``: with a subcommand the command line, without one the reader.

The command line is run before Textual is imported: a server without a screen never loads it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from aggregator import cli
from aggregator.config import Config
from aggregator.errors import INTERRUPTED, USAGE, HakawatiError

VALUED = ("--config", "--cache")
"""Options that take the next word as their value."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    command = subcommand(words)
    if command not in ("", "demo"):
        return cli.main(words)
    options = cli.global_options([word for word in words if word != command] if command else words)
    if not sys.stdout.isatty() or not sys.stdin.isatty():
        print(  # noqa: T201 - the one sentence for somebody who piped us
            "hakawati: the reader needs a terminal; for output in a pipe use: hakawati list", file=sys.stderr
        )
        return USAGE
    try:
        if command:
            with cli.demo_session() as config:
                return run_reader(config, asks=False)
        from aggregator import config as config_files

        return run_reader(config_files.load(options.config, options.cache))
    except KeyboardInterrupt:
        return INTERRUPTED
    except HakawatiError as error:
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


def run_reader(config: Config, *, asks: bool = True) -> int:
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
        from tui.app import HakawatiApp  # while the terminal answers

        app = HakawatiApp(library, scope.load(library.ui_get(scope.KEY)))
        app.face = rtl.of_reader(reader.rtl, reader.marks, look(), library.ui_get, order=order, asks=asks)
        app.run(mouse=reader.mouse)
        return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
