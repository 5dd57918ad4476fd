"""The words of the index: what a prefix stands for.

Few words that begin so are asked for one by one, which yields newest first without reading all their
articles. A word that no article has any more stays; it costs a look until the index is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aggregator.store.database import Database
from aggregator.text.searchable import Columns

LAST: Final = "\U0010ffff"  # after every letter that can follow a prefix
MAX_KNOWN: Final = 200_000  # words remembered to be in the table: 15 MB, what a large round brings

_ADD = "INSERT OR IGNORE INTO search.vocabulary VALUES (?)"
_RANGE = "SELECT word FROM search.vocabulary WHERE word >= ? AND word < ? LIMIT ?"


class Vocabulary:
    """Adds words, and remembers which it has added."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: set[str] = set()
        self._seen: tuple[int, int] | None = None  # the file's state when it had those words

    def add(self, rows: Iterable[Columns]) -> None:
        """Add the words of rows that are put into the index; inside the same write phase."""
        if self._state() != self._seen or len(self._known) > MAX_KNOWN:
            self._known.clear()
        words: set[str] = set()
        for row in rows:
            words.update(row.title.split(), row.author.split(), row.text.split())
        words -= self._known
        self._database.many(_ADD, [(word,) for word in sorted(words)])
        self._known |= words

    def settled(self) -> None:
        """Note the state of the file after a batch: a batch that is rolled back leaves another one."""
        self._seen = self._state()

    def _state(self) -> tuple[int, int]:
        """(what other connections have committed, batches in the index)."""
        version = self._database.value("PRAGMA search.data_version")
        return version, self._database.value("SELECT serial FROM search.state")


def beginning_with(database: Database, prefix: str, most: int) -> list[str] | None:
    """All words that begin with ``prefix``; None where they are more than ``most``."""
    rows = database.all(_RANGE, (prefix, prefix + LAST, most + 1))
    return None if len(rows) > most else [row[0] for row in rows]
