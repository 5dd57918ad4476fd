"""What elements are called: the words in classes, ids and roles that say what a part of a page is for.

Words are compared whole ("share" does not stand in "shareholder"): a class is split at hyphens,
underscores and capitals. Data in ``names.toml``.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.extract.tree import Element

REMEMBERED: Final = 8192  # class names; a page has some hundreds, and pages of one site share them


@dataclass(frozen=True, slots=True)
class Names:
    """Words of one meaning, and pairs of words that have it only together."""

    words: frozenset[str]
    pairs: frozenset[tuple[str, str]]


def _named(section: str) -> Names:
    """A section of ``names.toml``."""
    row = _TABLE[section]
    pairs = (pair.partition("-") for pair in row["pairs"].split())
    return Names(frozenset(row["words"].split()), frozenset((one, other) for one, _, other in pairs))


_TABLE: Final = tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))
WIDGET: Final = _named("widget")  # advertising and such, with all inside
CHROME: Final = _named("chrome")  # never the article's text
RELATED: Final = _named("related")
CAPTION: Final = _named("caption")
STANDFIRST: Final = _named("standfirst")

# "no-share" tells of the page and is no part of it
_STATES: Final = frozenset({"no", "not", "has", "with", "without"})
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@lru_cache(maxsize=REMEMBERED)
def words(name: str) -> tuple[str, ...]:
    """The words of class names in lower case: ("article", "body") of "article-body" and "articleBody"."""
    found = tuple(word.lower() for word in _WORDS.findall(name))
    if _STATES.isdisjoint(found):
        return found
    return tuple(word for before, word in zip(("", *found), found, strict=False) if before not in _STATES)


def names(element: Element) -> tuple[str, ...]:
    """The words of the element's classes, id, component name and label."""
    return (
        *words(element.get("class", "")),
        *words(element.get("id", "")),
        *words(element.get("data-component", "")),
        *words(element.get("data-testid", "")),
        *words(element.get("data-test", "")),
    )


def has(found: tuple[str, ...], names: Names) -> bool:
    """True where one of the words, or two that follow one another, have the meaning."""
    return not names.words.isdisjoint(found) or any(pair in names.pairs for pair in pairwise(found))


def is_standfirst(element: Element) -> bool:
    """True for an element whose name says that it is the text under a headline."""
    around = [element, element.getparent()]
    return any(one is not None and has(names(one), STANDFIRST) for one in around)
