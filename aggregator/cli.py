"""The commands: arguments, printing, exit codes. What they do is done elsewhere.

Exit codes: 0 fine · 1 some feeds failed · 2 usage or configuration · 3 store · 75 another sync is
running · 130 interrupted. Output goes to stdout, everything else to stderr.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aggregator import __version__
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
    QueryError,
    StoreError,
    StoreLocked,
)
from aggregator.model import MarkAction

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.library import Library
    from aggregator.model import Article, Related

LIST_LIMIT = 50  # articles listed when no number is given: what a person looks through
EVERYTHING = 2**31
QUERY_COMMANDS = frozenset({"list", "stories", "links", "mark"})
HELP = ("-h",)
VALUED = frozenset({"--config", "--cache", "--limit", "--url"})  # options that take a value

Handler = Callable[[argparse.Namespace, "Config"], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Expected errors are one sentence on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
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
    except OSError as error:  # of our own output, such as a full disk; files are told by their stages
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123  # so that no second try is made at exit
        print(f"hakawati: the output cannot be written ({error.strerror}).", file=sys.stderr)
        return SOME_FAILED


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
    rest = iter(tokens[found + 1 :])
    for token in rest:
        if token in VALUED:
            options += [token, *itertools.islice(rest, 1)]
        elif token.startswith("--") or token in HELP:
            options.append(token)
        else:
            words.append(token)
    return [*options, "--", *words] if words else options


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
    return USAGE if isinstance(error, (ConfigError, QueryError)) else SOME_FAILED


def add_globals(target: argparse.ArgumentParser, *, top: bool) -> None:
    """--config and --cache, accepted before and after the command."""
    default: Any = None if top else argparse.SUPPRESS
    target.add_argument("--config", type=Path, default=default, metavar="FILE", help="configuration to use")
    target.add_argument("--cache", type=Path, default=default, metavar="DIR", help="the cache folder to use")


def whole(text: str) -> int:
    """A number of 0 or more; argparse tells of anything else."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


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

    def command(name: str, handler: Handler, text: str, *, json: bool = False) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        add_globals(made, top=False)
        if json:
            made.add_argument("--json", action="store_true", help="one JSON object a line")
        made.set_defaults(handler=handler)
        return made

    add_sync_commands(command)
    add_reading_commands(command)
    add_feed_commands(command)
    return top


def add_sync_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """sync, daemon, demo."""
    sync = command("sync", run_sync, "poll the feeds that are due, once", json=True)
    sync.add_argument("feeds", nargs="*", metavar="FEED", help="only these (address or title), due or not")
    sync.add_argument("--force", action="store_true", help="all feeds, due or not")
    sync.add_argument("--full", action="store_true", help="as --force, and read every document anew")
    daemon = command("daemon", run_daemon, "sync whatever becomes due until stopped", json=True)
    daemon.set_defaults(feeds=[])
    command("demo", run_demo, "open the reader on invented sample news")


def add_reading_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """list, show, page, stories, mark."""
    listing = command("list", run_list, "list articles, newest first", json=True)
    listing.add_argument("query", nargs="*", metavar="QUERY", help="a filter, as in the reader")
    listing.add_argument("--limit", type=whole, default=LIST_LIMIT, metavar="N", help="at most N; 0 for all")
    show = command("show", run_show, "show one article with its related links", json=True)
    show.add_argument("id", metavar="ID", help="the article's id or address")
    text = show.add_mutually_exclusive_group()
    for source, told in (("feed", "the text that the feed sent"), ("page", "the text of the page")):
        text.add_argument(f"--{source}", dest="source", action="store_const", const=source, help=told)
    page = command("page", run_page, "fetch an article's page now, keep it and show it", json=True)
    page.add_argument("id", metavar="ARTICLE", help="the article's id or address")
    stories = command("stories", run_stories, "list stories with their articles", json=True)
    stories.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="a filter; or split ARTICLE, to take it out of its story; or join ARTICLE ARTICLE",
    )
    stories.add_argument("--limit", type=whole, default=None, metavar="N", help="at most N; 0 for all")
    links = command("links", run_links, "the related articles of every article that matches", json=True)
    links.add_argument("query", nargs="*", metavar="QUERY")
    mark = command("mark", run_mark, "mark all articles that match")
    mark.add_argument("action", choices=[action.value for action in MarkAction])
    mark.add_argument("query", nargs="+", metavar="QUERY")


def add_feed_commands(command: Callable[..., argparse.ArgumentParser]) -> None:
    """feeds, archive, config, doctor, extract."""
    feeds = command("feeds", run_feeds, "list the subscribed feeds, or change them", json=True)
    actions = feeds.add_subparsers(dest="action", metavar="ACTION")
    for name, argument, text in (
        ("add", "url", "subscribe to a feed, or to the feed of a site"),
        ("remove", "feed", "take a feed out of the configuration"),
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
    shown = command("config", run_config, "print the configuration in force")
    shown.add_argument("--path", action="store_true", help="only where it lies")
    command("doctor", run_doctor, "look for trouble and say what to do")
    page = command("extract", run_extract, "show what is read out of an article's page", json=True)
    page.add_argument(
        "page", nargs="?", metavar="FILE_OR_URL", help="a saved page (.html, .html.gz) or an address"
    )
    page.add_argument("--url", metavar="URL", help="the address that the saved page was fetched from")
    page.add_argument("--batch", action="store_true", help="read JSON lines {id, file, url}, write one each")


# --- printing ---


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


def demo_session() -> AbstractContextManager[Config]:
    """A throw-away cache filled by a real sync from a loopback server with sample feeds."""
    from aggregator import syncing

    return syncing.demo_session()


@contextmanager
def library(config: Config) -> Iterator[Library]:
    """The library, closed afterwards."""
    from aggregator.library import Library

    with Library(config) as opened:
        yield opened


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


def run_list(arguments: argparse.Namespace, config: Config) -> int:
    """Articles, newest first."""
    from aggregator import printing

    query, limit = " ".join(arguments.query), arguments.limit or EVERYTHING
    found = False
    with library(config) as lib:
        for row in each_row(lib, query, limit):
            found = True
            if not arguments.json:
                print(printing.row_line(row))
            elif (article := lib.article(row.id)) is not None:
                print_json(printing.article_json(article))
    if not found and sys.stderr.isatty():
        say("No article matches." if query else "The cache holds no articles; hakawati sync fetches some.")
    return FINE


def each_row(lib: Library, query: str, limit: int) -> Iterator[Any]:
    """Rows page by page, so that a list of any length needs little memory."""
    before = None
    while limit > 0:
        rows = lib.page(query, before, min(limit, 256))
        yield from rows
        if not rows:
            return
        before, limit = rows[-1].id, limit - len(rows)


def run_show(arguments: argparse.Namespace, config: Config) -> int:
    """One article with its related links."""
    with library(config) as lib:
        article = lib.find(arguments.id)
        if article is None:
            return unknown(arguments.id)
        show_article(article, lib.related(article.row.id), arguments)
    return FINE


def unknown(reference: str) -> int:
    """Say that there is no such article."""
    say(f"hakawati: no article has the id or address {reference!r}; hakawati list shows ids.")
    return USAGE


def show_article(article: Article, related: list[Related], arguments: argparse.Namespace) -> None:
    """Print an article, as JSON or as text."""
    from aggregator import printing

    source = getattr(arguments, "source", None) or ""
    if arguments.json:
        print_json(printing.whole_json(article, related, source))
    else:
        show_lines(printing.article_lines(article, related, source))


def run_page(arguments: argparse.Namespace, config: Config) -> int:
    """Fetch an article's page and show it."""
    import asyncio

    from aggregator.pages import fetch_one
    from aggregator.text.reasons import told as reason_told

    with library(config) as lib:
        article = lib.find(arguments.id)
        if article is None:
            return unknown(arguments.id)
        page = asyncio.run(fetch_one(config, article.row.id))
        if not page.blocks:
            say(f"hakawati: {reason_told(page.reason)}")
            return SOME_FAILED
        show_article(lib.article(article.row.id) or article, lib.related(article.row.id), arguments)
    return FINE


def run_stories(arguments: argparse.Namespace, config: Config) -> int:
    """Stories with their articles; all of them as JSON, the newest as text."""
    from aggregator import printing, story_commands

    if (change := story_commands.asked(arguments.query)) is not None:
        return story_commands.run(change, config)
    limit = arguments.limit if arguments.limit is not None else 0 if arguments.json else LIST_LIMIT
    with library(config) as lib:
        for story in lib.stories(" ".join(arguments.query), limit or EVERYTHING):
            if arguments.json:
                print_json(printing.story_json(story, lib.guids([row.id for row in story.articles])))
            else:
                show_lines([*printing.story_lines(story), ""])
    return FINE


def run_links(arguments: argparse.Namespace, config: Config) -> int:
    """The related articles of every article that matches."""
    from aggregator import printing

    with library(config) as lib:
        for row, story, related in lib.links(" ".join(arguments.query)):
            if arguments.json:
                guids = lib.guids([row.id, *(other.row.id for other in related)])
                print_json(printing.links_json(row, story, related, guids))
            elif related:
                show_lines([printing.row_line(row), *printing.related_lines(related), ""])
    return FINE


def run_mark(arguments: argparse.Namespace, config: Config) -> int:
    """Mark everything that matches."""
    from aggregator import printing

    with library(config) as lib:
        count = lib.mark_query(MarkAction(arguments.action), " ".join(arguments.query))
    print(f"{printing.counted(count, 'article')} changed.")
    return FINE


def run_feeds(arguments: argparse.Namespace, config: Config) -> int:
    """List or change the subscriptions."""
    from aggregator import feed_commands, printing

    if arguments.action:
        return feed_commands.run(arguments, config)
    with library(config) as lib:
        for info in lib.feeds():
            if arguments.json:
                print_json(printing.feed_json(info))
            else:
                show_lines(printing.feed_lines(info, int(time.time())))
    return FINE


def run_archive(arguments: argparse.Namespace, config: Config) -> int:
    """Articles out or in."""
    import asyncio

    from aggregator import archive, printing

    if arguments.action == "export":
        with library(config) as lib:
            count = archive.export(lib.every_article(), arguments.file)
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
    """Where the configuration lies, or what it says."""
    if arguments.path:
        print(config.path)
    else:
        print(f"# {config.path}\n# cache: {config.cache}")
        print(config.path.read_text("utf-8"), end="")
    return FINE


def run_extract(arguments: argparse.Namespace, config: Config) -> int:
    """What is read out of a page."""
    from aggregator import page_commands

    return page_commands.run(arguments, config)


def run_doctor(arguments: argparse.Namespace, config: Config) -> int:
    """Look for trouble."""
    from aggregator import doctor

    trouble = doctor.examine(config, print)
    return STORE if trouble else FINE
