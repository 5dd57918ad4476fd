"""The words of the index with the number of articles that have each: what a prefix stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from aggregator.store.database import Database
from aggregator.text.searchable import Columns

LAST = "\U0010ffff"  # after every letter that can follow a prefix
MANY_WORDS = 400  # alternatives of one expression; so many cost 10 ms

_ADD = (
    "INSERT INTO search.vocabulary VALUES (?, ?) "
    "ON CONFLICT (word) DO UPDATE SET articles = articles + excluded.articles"
)
_TAKE = "UPDATE search.vocabulary SET articles = articles - ?2 WHERE word = ?1"
_RANGE = "SELECT word FROM search.vocabulary WHERE word >= ? AND word < ? LIMIT ?"


def add(database: Database, rows: Iterable[Columns]) -> None:
    """Count the words of rows that are put into the index; inside the same write phase."""
    database.many(_ADD, sorted(_counted(rows).items()))


def take(database: Database, rows: Iterable[Columns]) -> None:
    """Discount the words of rows that are taken out of the index, and forget those that nothing has now."""
    counts = sorted(_counted(rows).items())
    database.many(_TAKE, counts)
    database.many("DELETE FROM search.vocabulary WHERE word = ? AND articles <= 0", [(w,) for w, _ in counts])


def beginning_with(database: Database, prefix: str) -> list[str] | None:
    """All words that begin with ``prefix``; None where they are too many to name."""
    rows = database.all(_RANGE, (prefix, prefix + LAST, MANY_WORDS + 1))
    return None if len(rows) > MANY_WORDS else [row[0] for row in rows]


def _counted(rows: Iterable[Columns]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update({*row.title.split(), *row.author.split(), *row.text.split()})
    return counts
