"""The commands: arguments, printing, exit codes. What they do is done elsewhere.

Exit codes: 0 fine · 1 some feeds failed · 2 usage or configuration · 3 store · 75 another sync is
running · 129, 130, 143 told to stop by SIGHUP, SIGINT, SIGTERM. Output goes to stdout, everything else
to stderr.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from aggregator import (
    __version__,
    filter_commands,
    image_commands,
    init_commands,
    keep_commands,
    mark_commands,
    reading_commands,
    rule_commands,
    upkeep_commands,
)
from aggregator.console import add_globals, make_inert, print_json, say
from aggregator.errors import (
    FINE,
    INTERRUPTED,
    LOCKED,
    SOME_FAILED,
    STORE,
    USAGE,
    ConfigError,
    FetchError,
    HakawatiError,
    InputError,
    QueryError,
    StoreError,
    StoreLocked,
)
from aggregator.private import UMASK

if TYPE_CHECKING:
    from aggregator.config import Config

COMMANDS = (
    init_commands,
    reading_commands,
    image_commands,
    mark_commands,
    filter_commands,
    rule_commands,
    upkeep_commands,
    keep_commands,
)
# Commands that take a query, and how many words stand before it that may be a command of their own.
QUERY_COMMANDS = {"list": 0, "stories": 0, "links": 0, "mark": 0, "rules": 1, "filters": 1, "archive": 1}
HELP = ("-h",)
STANDARD_ERROR = 2  # the highest of the three numbers that every process begins with
# options that take a value
VALUED = frozenset({"--config", "--cache", "--limit", "--url", "--do", "--for", "--notify", "--days"})

Handler = Callable[[argparse.Namespace, "Config"], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Expected errors are one sentence on stderr."""
    speak_somewhere()
    os.umask(UMASK)
    make_inert()
    arguments = parser().parse_args(words_apart(sys.argv[1:] if argv is None else argv))
    try:
        from aggregator import config as config_files  # after the arguments: --version needs none of it

        config = config_files.load(arguments.config, arguments.cache)
        code: int = arguments.handler(arguments, config)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # `hakawati list | head` is no error
        return FINE
    except KeyboardInterrupt:
        return INTERRUPTED
    except HakawatiError as error:
        print(f"hakawati: {told(error)}", file=sys.stderr)
        return exit_code(error)
    except MemoryError:
        print("hakawati: there is too little memory for this (a limit, such as ulimit -v?).", file=sys.stderr)
        return SOME_FAILED
    except ImportError as error:
        print(f"hakawati: a part of the program cannot be loaded ({error}).", file=sys.stderr)
        return SOME_FAILED
    except OSError as error:  # of our own output, such as a full disk; files are told by their stages
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # so that no second try is made at exit
        print(f"hakawati: the output cannot be written ({error.strerror}).", file=sys.stderr)
        return SOME_FAILED


def speak_somewhere() -> None:
    """Where input, output or diagnostics were closed at the start (``>&-``), nothing is said, nothing fails.

    A file of ours must not get the number of one of the three: what a library prints would go into it.
    """
    while (spare := os.open(os.devnull, os.O_RDWR)) <= STANDARD_ERROR:
        pass
    os.close(spare)
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w")  # noqa: SIM115, PTH123  # for the rest of the process
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere


def told(error: HakawatiError) -> str:
    """The error's sentence, with the address where it is one of fetching."""
    from aggregator.config import without_password

    address = without_password(error.url) if isinstance(error, FetchError) else ""
    return f"{address}: {error}" if address and address not in str(error) else str(error)


def words_apart(argv: Sequence[str]) -> list[str]:
    """The same arguments with the words of a query after ``--``, so that ``list -storm`` excludes a word."""
    tokens = list(argv)
    found = command_of(tokens)
    if found is None or tokens[found] not in QUERY_COMMANDS or "--" in tokens:
        return tokens
    options, words = tokens[: found + 1], []
    ahead = QUERY_COMMANDS[tokens[found]]
    rest = iter(tokens[found + 1 :])
    for token in rest:
        if token in VALUED:
            options += [token, *itertools.islice(rest, 1)]
        elif token.startswith("--") or token in HELP:
            options.append(token)
        else:
            words.append(token)
    return [*options, *words[:ahead], "--", *words[ahead:]] if words[ahead:] else [*options, *words]


def command_of(tokens: Sequence[str]) -> int | None:
    """Where the command stands: the first token that is no option and no option's value."""
    at = 0
    while at < len(tokens):
        if tokens[at] in VALUED:
            at += 1
        elif not tokens[at].startswith("-"):
            return at
        at += 1
    return None


def exit_code(error: HakawatiError) -> int:
    """The exit code of an error that ended a command."""
    if isinstance(error, StoreLocked):
        return LOCKED
    if isinstance(error, StoreError):
        return STORE
    return USAGE if isinstance(error, (ConfigError, QueryError, InputError)) else SOME_FAILED


def global_options(argv: Sequence[str]) -> argparse.Namespace:
    """The options of ``hakawati`` without a command; ends the process with 2 on anything else."""
    bare = argparse.ArgumentParser(prog="hakawati", add_help=False)
    add_globals(bare, top=True)
    return bare.parse_args(argv)


def parser() -> argparse.ArgumentParser:
    """The whole argument table."""
    top = argparse.ArgumentParser(
        prog="hakawati",
        description="Middle East news in a terminal. Without a command the reader opens.",
    )
    top.add_argument("--version", action="version", version=f"hakawati {__version__}")
    add_globals(top, top=True)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, handler: Handler, text: str, *, json: bool = False, plain: bool = False
    ) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        add_globals(made, top=False)
        # argparse cannot print the help of an empty group.
        form = made.add_mutually_exclusive_group() if json or plain else made
        if json:
            form.add_argument("--json", action="store_true", help="one JSON object a line")
        if plain:
            form.add_argument("--plain", action="store_true", help="one fact a line, for screen readers")
        made.set_defaults(handler=handler)
        return made

    add_parsers(command)
    for group in COMMANDS:
        group.add_parsers(command)
    return top


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """sync, daemon, demo."""
    sync = command("sync", run_sync, "poll the feeds that are due, once", json=True)
    sync.add_argument("feeds", nargs="*", metavar="FEED", help="only these (address or title), due or not")
    sync.add_argument("--force", action="store_true", help="all feeds, due or not")
    sync.add_argument("--full", action="store_true", help="as --force, and read every document anew")
    sync.add_argument("--wait", action="store_true", help="wait for another sync to end instead of giving up")
    daemon = command("daemon", run_daemon, "sync whatever becomes due until stopped", json=True)
    daemon.set_defaults(feeds=[])
    command("demo", run_demo, "open the reader on invented sample news")


def demo_session() -> AbstractContextManager[Config]:
    """A throw-away cache filled by a real sync from a loopback server with sample feeds."""
    from aggregator import syncing

    return syncing.demo_session()


# --- commands ---


def run_sync(arguments: argparse.Namespace, config: Config) -> int:
    """One round."""
    from aggregator.syncing import sync_once

    return sync_once(config, arguments.feeds, arguments, print_json if arguments.json else None)


def run_daemon(arguments: argparse.Namespace, config: Config) -> int:
    """The scheduler, until stopped."""
    from aggregator.syncing import sync_forever

    return sync_forever(config, print_json if arguments.json else None)


def run_demo(arguments: argparse.Namespace, config: Config) -> int:
    """The demo needs the reader, which knows us and not the other way round."""
    say("The demo opens the reader; start it with the command: hakawati demo")
    return USAGE
