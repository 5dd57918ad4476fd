"""``feeds``, ``archive``, ``config``, ``doctor``, ``compact``, ``extract``: looking after it all."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.console import add_globals, library, print_json, say, show_lines
from aggregator.errors import FINE, SOME_FAILED, STORE

if TYPE_CHECKING:
    from aggregator.config import Config


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """feeds, archive, config, doctor, extract."""
    feeds = command("feeds", run_feeds, "list the subscribed feeds, or change them", json=True, plain=True)
    actions = feeds.add_subparsers(dest="action", metavar="ACTION")
    for name, argument, text in (
        ("add", "url", "subscribe to a feed, or to the feed of a site"),
        ("remove", "feed", "take a feed out of the configuration"),
        ("pause", "feed", "ask a feed no more; its articles stay"),
        ("resume", "feed", "ask a feed again that is paused, gone, or the same as another"),
        ("back", "feed", "undo a move to another address"),
        ("import", "file", "subscribe to the feeds of an OPML file"),
        ("export", "", "print the subscriptions as OPML"),
    ):
        made = actions.add_parser(name, help=text, description=text)
        add_globals(made, top=False)
        if argument:
            made.add_argument(argument, metavar=argument.upper())
    archive = command("archive", run_archive, "every article as JSON lines (.jsonl or .jsonl.gz)")
    archive.add_argument("action", choices=["export", "import"])
    archive.add_argument("file", type=Path, metavar="FILE")
    archive.add_argument("query", nargs="*", metavar="QUERY", help="export only what matches this filter")
    shown = command("config", run_config, "print the configuration in force")
    shown.add_argument("--path", action="store_true", help="only where it lies")
    doctor = command("doctor", run_doctor, "look for trouble and say what to do")
    doctor.add_argument("--repair", action="store_true", help="mend it; a damaged file is set aside")
    command("compact", run_compact, "write the cache anew without what is free inside it")
    page = command("extract", run_extract, "show what is read out of an article's page", json=True)
    page.add_argument(
        "page", nargs="?", metavar="FILE_OR_URL", help="a saved page (.html, .html.gz) or an address"
    )
    page.add_argument("--url", metavar="URL", help="the address that the saved page was fetched from")
    page.add_argument("--batch", action="store_true", help="read JSON lines {id, file, url}, write one each")


def run_feeds(arguments: argparse.Namespace, config: Config) -> int:
    """List or change the subscriptions."""
    from aggregator import feed_commands, plain, printing

    if arguments.action:
        return feed_commands.run(arguments, config)
    with library(config) as lib:
        for info in lib.feeds():
            if arguments.json:
                print_json(printing.feed_json(info, int(time.time())))
            else:
                lines = plain.feed_lines if arguments.plain else printing.feed_lines
                show_lines(lines(info, int(time.time())))
    return FINE


def run_archive(arguments: argparse.Namespace, config: Config) -> int:
    """Articles out or in."""
    import asyncio

    from aggregator import archive, printing

    if arguments.action == "export":
        with library(config) as lib:
            count = archive.export(lib.every_article(" ".join(arguments.query)), arguments.file)
        print(f"{printing.counted(count, 'article')} written to {arguments.file}.")
        return FINE
    read = archive.import_file(config, arguments.file, int(time.time()), lambda n: say(f"{n} lines read"))
    totals = asyncio.run(read)
    print(
        f"{printing.counted(totals.lines, 'line')}: {totals.new} new, "
        f"{totals.updated} updated, {totals.skipped} skipped."
    )
    if totals.skipped:
        say(f"hakawati: {arguments.file}: {totals.first_problem}.")
    return FINE if totals.skipped < totals.lines or not totals.lines else SOME_FAILED


def run_config(arguments: argparse.Namespace, config: Config) -> int:
    """Where the configuration lies, or what it says but for its passwords."""
    if arguments.path:
        print(config.path)
    else:
        from aggregator.access import without_secrets

        print(f"# {config.path}\n# cache: {config.cache}")
        print(without_secrets(config.path.read_text("utf-8"), config.settings), end="")
    return FINE


def run_extract(arguments: argparse.Namespace, config: Config) -> int:
    """What is read out of a page."""
    from aggregator import page_commands

    return page_commands.run(arguments, config)


def run_compact(arguments: argparse.Namespace, config: Config) -> int:
    """Give back to the system what forgetting left free."""
    with library(config) as lib:
        print(f"{lib.compact() / 1e6:,.1f} MB given back.")
    return FINE


def run_doctor(arguments: argparse.Namespace, config: Config) -> int:
    """Look for trouble."""
    from aggregator import doctor

    trouble = doctor.examine(config, print, repair=arguments.repair)
    doctor.tell_terminal(config, print)
    return STORE if trouble else FINE
