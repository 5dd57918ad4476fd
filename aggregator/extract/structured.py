"""What a page says about its article in JSON-LD (schema.org), as one plain record.

Publishers' JSON is often damaged (line ends in strings, HTML entities, trailing commas), comes in lists,
graphs and nested lists; whatever cannot be read is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from aggregator.extract.tree import MAX_SCRIPT, Element

MAX_OBJECTS: Final = 400  # looked at on one page
MAX_NESTING: Final = 6  # levels of lists and graphs

_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Posting|Review|OpinionPiece)$|^(?:Analysis|Interview)")
_TRAILING_COMMA = re.compile(r",\s*(?=[}\]])")
_WRAPPED = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*$")

Record = dict[str, Any]


def records(tree: Element) -> list[Record]:
    """Every object of the page's JSON-LD, in the page's order."""
    found: list[Record] = []
    for script in tree.iter("script"):
        if (
            "ld+json" in (script.get("type") or "")
            and (text := script.text or "")
            and len(text) <= MAX_SCRIPT
        ):
            found.extend(_flat(_loaded(_WRAPPED.sub("", text)), 0))
            if len(found) > MAX_OBJECTS:
                break
    return found[:MAX_OBJECTS]


def article(found: list[Record]) -> Record:
    """The object that is the page's article, {} where there is none: the fullest of an article's type."""
    candidates = [one for one in found if any(map(_ARTICLE.search, types(one)))]
    return max(candidates, key=_fullness, default={})


def types(record: Record) -> list[str]:
    """The object's types without a prefix."""
    given = record.get("@type", "")
    return [str(one).rpartition("/")[2] for one in (given if isinstance(given, list) else [given])]


def strings(value: Any, level: int = 0) -> list[str]:
    """The text in a value that may be a string, a list of strings or of objects with a name."""
    if isinstance(value, str) or level > MAX_NESTING:
        return [value] if isinstance(value, str) else []
    if isinstance(value, list):
        return [text for one in value[:50] for text in strings(one, level + 1)]
    if isinstance(value, dict):
        return strings(value.get("name") or value.get("@value") or "", level + 1)
    return []


def _fullness(record: Record) -> int:
    """How many of the fields that we read the object has."""
    return sum(
        bool(record.get(name)) for name in ("headline", "datePublished", "author", "articleBody", "image")
    )


def _loaded(text: str) -> Any:
    """The JSON in ``text``, mended where it takes little; None where it cannot be read."""
    for attempt in (text, _TRAILING_COMMA.sub("", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _flat(value: Any, level: int) -> Iterator[Record]:
    """The objects in a value, those of lists and graphs one by one."""
    if level > MAX_NESTING:
        return
    if isinstance(value, list):
        for one in value[:MAX_OBJECTS]:
            yield from _flat(one, level + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            if name in value and not isinstance(value[name], str):
                yield from _flat(value[name], level + 1)
