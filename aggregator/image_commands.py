"""``image``: the pictures of an article, and one of them as a small PNG."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from aggregator.console import library, say, show_lines, whole
from aggregator.errors import FINE, SOME_FAILED, USAGE

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Image


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """image."""
    image = command("image", run, "list an article's pictures; with a number, fetch one as PNG to stdout")
    image.add_argument("id", metavar="ARTICLE", help="the article's id or address")
    image.add_argument("number", nargs="?", type=whole, default=0, metavar="N", help="which picture to fetch")


def run(arguments: argparse.Namespace, config: Config) -> int:
    """List the pictures, which fetches nothing, or write one. Raises HakawatiError."""
    import asyncio

    from aggregator import images

    with library(config) as lib:
        article = lib.find(arguments.id)
    if article is None:
        say(f"hakawati: no article has the id or address {arguments.id!r}; hakawati list shows ids.")
        return USAGE
    found = article.pictures
    if not arguments.number:
        show_lines(lines(found) if found else ["This article has no picture."])
        return FINE
    if arguments.number > len(found):
        say(f"hakawati: this article has {len(found)} pictures.")
        return SOME_FAILED
    if sys.stdout.isatty():
        say(f"hakawati: a picture is no text; write it to a file: hakawati image {arguments.id} 1 > it.png")
        return USAGE
    png = asyncio.run(images.fetch(config, found[arguments.number - 1].url, article.feed_url))
    sys.stdout.buffer.write(png)
    return FINE


def lines(found: tuple[Image, ...]) -> Iterator[str]:
    """One line a picture."""
    for number, image in enumerate(found, 1):
        told = " ".join(filter(None, (image.caption, image.credit and f"({image.credit})")))
        yield f"{number} {told or 'without a caption'} - {image.url}"
