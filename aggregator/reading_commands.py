"""``list``, ``show``, ``page``, ``stories``, ``links``: reading from the command line, as text or JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aggregator.console import EVERYTHING, library, print_json, say, show_lines, whole
from aggregator.errors import FINE, SOME_FAILED, USAGE

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.library import Library
    from aggregator.model import Article, ArticleRow, Related

PAGE = 256  # rows read at a time
LIST_LIMIT = 50  # articles listed when no number is given: what a person looks through


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """list, show, page, stories, links."""
    listing = command("list", run_list, "list articles, newest first", json=True, plain=True)
    listing.add_argument("query", nargs="*", metavar="QUERY", help="a filter, as in the reader")
    listing.add_argument("--limit", type=whole, default=LIST_LIMIT, metavar="N", help="at most N; 0 for all")
    show = command("show", run_show, "show one article with its related links", json=True, plain=True)
    show.add_argument("id", metavar="ID", help="the article's id or address")
    text = show.add_mutually_exclusive_group()
    for source, told in (("feed", "the text that the feed sent"), ("page", "the text of the page")):
        text.add_argument(f"--{source}", dest="source", action="store_const", const=source, help=told)
    page = command(
        "page", run_page, "fetch an article's page now, keep it and show it", json=True, plain=True
    )
    page.add_argument("id", metavar="ARTICLE", help="the article's id or address")
    stories = command("stories", run_stories, "list stories with their articles", json=True, plain=True)
    stories.add_argument(
        "query",
        nargs="*",
        metavar="QUERY",
        help="a filter; or split ARTICLE, to take it out of its story; or join ARTICLE ARTICLE",
    )
    stories.add_argument("--limit", type=whole, default=None, metavar="N", help="at most N; 0 for all")
    links = command(
        "links", run_links, "the related articles of every article that matches", json=True, plain=True
    )
    links.add_argument("query", nargs="*", metavar="QUERY")


def run_list(arguments: argparse.Namespace, config: Config) -> int:
    """Articles, newest first."""
    from aggregator import plain, printing

    query, limit = " ".join(arguments.query), arguments.limit or EVERYTHING
    found = False
    with library(config) as lib:
        for row in each_row(lib, query, limit):
            found = True
            if arguments.plain:
                show_lines(plain.row_lines(row))
            elif not arguments.json:
                print(printing.row_line(row))
            elif (article := lib.article(row.id)) is not None:
                print_json(printing.article_json(article))
        lacking = lib.unsearchable() if query else 0
    if lacking:
        say(f"hakawati: {lacking} articles cannot be found by words yet; a sync or doctor mends that.")
    if not found and sys.stderr.isatty():
        say("No article matches." if query else "The cache holds no articles; hakawati sync fetches some.")
    return FINE


def each_row(lib: Library, query: str, limit: int) -> Iterator[ArticleRow]:
    """Rows page by page, so that a list of any length needs little memory."""
    if limit <= PAGE:
        yield from lib.page(query, None, limit)
        return
    ids = lib.ids(query)[:limit]
    for start in range(0, len(ids), PAGE):
        yield from lib.rows(ids[start : start + PAGE])


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
    from aggregator import plain, printing

    source = getattr(arguments, "source", None) or ""
    if arguments.json:
        print_json(printing.whole_json(article, related, source))
    elif arguments.plain:
        show_lines(plain.article_lines(article, related, source))
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
    from aggregator import plain, printing, story_commands

    if (change := story_commands.asked(arguments.query)) is not None:
        return story_commands.run(change, config)
    limit = arguments.limit if arguments.limit is not None else 0 if arguments.json else LIST_LIMIT
    with library(config) as lib:
        for story in lib.stories(" ".join(arguments.query), limit or EVERYTHING):
            if arguments.json:
                print_json(printing.story_json(story, lib.guids([row.id for row in story.articles])))
            elif arguments.plain:
                show_lines(plain.story_lines(story))
            else:
                show_lines([*printing.story_lines(story), ""])
    return FINE


def run_links(arguments: argparse.Namespace, config: Config) -> int:
    """The related articles of every article that matches."""
    from aggregator import plain, printing

    with library(config) as lib:
        for row, story, related in lib.links(" ".join(arguments.query)):
            if arguments.json:
                guids = lib.guids([row.id, *(other.row.id for other in related)])
                print_json(printing.links_json(row, story, related, guids))
            elif related and arguments.plain:
                show_lines(plain.links_lines(row, related))
            elif related:
                show_lines([printing.row_line(row), *printing.related_lines(related), ""])
    return FINE
