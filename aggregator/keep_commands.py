"""``backup``, ``restore``, ``wipe``: the user's own copies, and nothing left behind."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.console import say
from aggregator.errors import FINE, USAGE

if TYPE_CHECKING:
    from aggregator.config import Config

YES = ("y", "yes")


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """backup, restore, wipe."""
    made = command("backup", run_backup, "copy articles and marks to a file")
    made.add_argument("file", type=Path, metavar="FILE")
    made.add_argument("--replace", action="store_true", help="also where there is a file of that name")
    back = command("restore", run_restore, "let a copy take the cache's place; the present one is set aside")
    back.add_argument("file", type=Path, metavar="FILE")
    gone = command("wipe", run_wipe, "delete the cache with its copies and logs")
    gone.add_argument("--yes", action="store_true", help="without asking")
    gone.add_argument("--config-too", action="store_true", help="the configuration as well")


def run_backup(arguments: argparse.Namespace, config: Config) -> int:
    """Copy to a file."""
    from aggregator import keeping

    size, told = keeping.back_up(config, arguments.file, replace=arguments.replace)
    for sentence in told:
        say(f"hakawati: {sentence}")
    print(f"{arguments.file}: {size / 1e6:,.1f} MB, looked through and sound.")
    return FINE


def run_restore(arguments: argparse.Namespace, config: Config) -> int:
    """Take a copy back."""
    from aggregator import keeping

    print(keeping.restore(config, arguments.file))
    return FINE


def run_wipe(arguments: argparse.Namespace, config: Config) -> int:
    """Delete what the program keeps."""
    from aggregator import keeping

    what = f"{config.cache}: articles, marks, notes, copies and logs"
    if arguments.config_too:
        what += f", and the configuration {config.path}"
    if not arguments.yes and not agreed(what):
        say("hakawati: nothing was deleted; to delete without a question say --yes.")
        return USAGE
    for path in keeping.wipe(config, with_config=arguments.config_too):
        print(f"deleted {path}")
    print("Deleted files can be found on many disks for a while; only an encrypted disk prevents that.")
    return FINE


def agreed(what: str) -> bool:
    """Ask on a terminal; no without one."""
    if not sys.stdin.isatty():
        return False
    try:
        return input(f"Delete {what}? [y/N] ").strip().casefold() in YES
    except EOFError:
        return False
