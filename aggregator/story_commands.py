"""``stories split`` and ``stories join``: the reader's own word on what belongs together."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from aggregator import printing
from aggregator.config import Config
from aggregator.dataclass import dataclass
from aggregator.errors import FINE, USAGE
from aggregator.library import Library
from aggregator.text.inert import clean_text

ARTICLES = {"split": 1, "join": 2}  # command -> articles that it takes


@dataclass(frozen=True, slots=True)
class Change:
    """What was asked for: split or join, and the ids or addresses of the articles."""

    action: str
    references: tuple[str, ...]


def asked(words: Sequence[str]) -> Change | None:
    """The change that the words of ``stories`` ask for; None where they are a filter."""
    if not words or words[0] not in ARTICLES:
        return None
    action, *references = words
    right = len(references) == ARTICLES[action] and all(is_reference(word) for word in references)
    return Change(action, tuple(references)) if right else None


def is_reference(word: str) -> bool:
    """Whether a word can only be an article's id or address."""
    return (word.isascii() and word.isdigit()) or word.startswith(("http://", "https://"))


def run(change: Change, config: Config) -> int:
    """Do it and say what was done; 2 where an article is not in the cache."""
    with Library(config) as library:
        ids = []
        for reference in change.references:
            article = library.find(reference)
            if article is None:
                shown = clean_text(reference, limit=300)
                print(f"hakawati: no article has the id or address {shown}.", file=sys.stderr)
                return USAGE
            ids.append(article.row.id)
        print(split(library, ids[0]) if change.action == "split" else join(library, *ids))
    return FINE


def split(library: Library, article: int) -> str:
    """Take an article out of its story; returns what was done in words."""
    others = library.split(article)
    if not others:
        return "The article is in no story with others."
    return f"The article is in a story of its own now, apart from {printing.counted(others, 'other')}."


def join(library: Library, one: int, other: int) -> str:
    """Make the stories of two articles one; returns what was done in words."""
    if one == other:
        return "That is one and the same article."
    story = library.join(one, other)
    count = len(story.articles) if story else 0
    return f"One story of {printing.counted(count, 'article')} now."
