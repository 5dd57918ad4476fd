"""Which articles the query of a rule matches: among those that arrive, and among all that are stored.

By the statements that lists are made of, but for what these leave out unless asked for: a rule asks what an
article is, not where it shows, so hidden articles and those of feeds that were given up count.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

from aggregator.store.choosing import Chooser
from aggregator.store.conditions import Conditions, earlier
from aggregator.store.database import Database, Row
from aggregator.store.filters import EVERY, numbers
from aggregator.store.plan import ARRIVING, STORED
from aggregator.text.arrival import terms
from aggregator.text.query_tree import WORDS, Query

ALL_YET: Final = 2**63 - 1  # older than this is every article
REMEMBERED: Final = 2000  # statements; more rules than that are worked out anew with each batch
# Conditions whose statement follows from their words and the feeds there are, not from the articles.
_FIXED: Final = frozenset(
    {WORDS, "title", "text", "author", "lang", "is", "outlet", "feed", "country", "topic"}
)
_FEEDS: Final = "SELECT id, outlet_folded, title_folded, country, tags FROM feeds ORDER BY id"

Statement = tuple[str, list[Any]]


class RuleMatching:
    """Answers the queries of rules."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._statements: dict[Query, Statement] = {}
        self._feeds: list[Row] = []  # those that the statements were made for

    def arriving(self, queries: Iterable[Query]) -> list[array[int]]:
        """Which of the arriving articles each query matches; inside ``Search.arriving``."""
        if (feeds := self._database.all(_FEEDS)) != self._feeds:
            self._statements, self._feeds = {}, feeds
        chooser = Chooser(self._database, ARRIVING)
        at: dict[int, Conditions] = {}  # each reads the feeds once; stored rules are all read as of one time
        found = []
        for query in queries:
            conditions = at.setdefault(query.now, Conditions(self._database, query.now))
            found.append(self._found(self._statement(query, conditions, chooser), EVERY))
        return found

    def stored(self, query: Query, *, before: int = ALL_YET, limit: int = EVERY) -> array[int]:
        """The stored articles of a query older than an article, newest first."""
        part = Conditions(self._database, query.now).part(query.root)
        older = [earlier(before)] if before < ALL_YET else []
        return self._found(Chooser(self._database, STORED).chain([part, *older]).select(), limit)

    def _statement(self, query: Query, conditions: Conditions, chooser: Chooser) -> Statement:
        known = self._statements.get(query)
        if known is None:
            known = chooser.chain([conditions.part(query.root)]).select()
            if _is_fixed(query) and len(self._statements) < REMEMBERED:
                self._statements[query] = known
        return known

    def _found(self, statement: Statement, limit: int) -> array[int]:
        select, parameters = statement
        found = f"SELECT json_group_array(id) FROM ({select} LIMIT ?)"
        return numbers(self._database.value(found, (*parameters, limit)))


def _is_fixed(query: Query) -> bool:
    """Whether a statement is the same with each batch; what words begin so depends on the index."""
    return all(
        term.field in _FIXED and not any(value.prefix for value in term.values) for term in terms(query.root)
    )
