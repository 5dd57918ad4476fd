"""What the engine, trafilatura, takes for the article's text: votes on our own pieces. The only door to it.

Its text is never shown: it only says which pieces belong. So nothing that it changes in a text (it drops
U+200C, the Persian half-space) reaches the reader.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

from trafilatura import bare_extraction
from trafilatura.meta import reset_caches

from aggregator.extract.tree import Element
from aggregator.extract.votes import Votes

ENOUGH_WORDS: Final = 300  # in precision mode; with less the page is odd and the default mode is asked too
PAGES_BETWEEN_RESETS: Final = 100  # its caches grow by 1 MB in a few pages

_pages = 0
logging.getLogger("trafilatura").addHandler(logging.NullHandler())  # what it finds odd is no news to a user


def votes(tree: Element) -> Votes:
    """The engine's reading of the page: precise where that gives enough, else its default."""
    _forget_now_and_then()
    lines = _lines(tree, precise=True)
    if sum(len(line.split()) for line in lines) < ENOUGH_WORDS:
        more = _lines(tree, precise=False)
        lines = more if len("".join(more)) > len("".join(lines)) else lines
    return Votes(lines)


def _lines(tree: Element, *, precise: bool) -> list[str]:
    """The lines of text that one run of the engine gives."""
    try:
        found = bare_extraction(
            tree, favor_precision=precise, include_comments=False, include_tables=True, with_metadata=False
        )
    except Exception:  # the engine's own mistakes on odd trees; the page is then read without its vote
        return []
    body = getattr(found, "body", None)
    if body is None:
        return []
    return ["".join(element.itertext()) for element in _leaves(body)]


def _leaves(body: Element) -> Iterable[Element]:
    """The engine's elements that hold one line each."""
    for element in body:
        if element.tag in ("list", "table", "quote") and len(element):
            yield from element
        yield element


def _forget_now_and_then() -> None:
    """Empty the engine's caches every so many pages, which keeps a worker's memory flat."""
    global _pages
    _pages += 1
    if _pages % PAGES_BETWEEN_RESETS == 0:
        reset_caches()
