"""A filter answered from the store: a tree becomes one SQL statement that yields article ids.

``conditions`` says what each term means, ``choosing`` from which table it is read, ``plan`` writes the
statement. Since ids are time-ordered, every table yields newest first without sorting and the statement
stops after the rows that are asked for. Only the orders by score and outlets sort, and only those articles
that have a score or company.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from aggregator.store.choosing import Chooser
from aggregator.store.conditions import OUTLETS, SCORE, Conditions, earlier
from aggregator.store.database import Database
from aggregator.store.leaves import Part
from aggregator.store.plan import STORED, Chain
from aggregator.store.visibility import shown
from aggregator.text.query_tree import Query, Term, Value

EVERY: Final = -1  # as a LIMIT
AT_ONCE: Final = 65_536  # ids that are read as one text: about 1 MB, and 5 ms that nothing else can run

# What an order compares, and its steps: the operator with the number, and whether there is something to sort.
_ORDERS: Final = {
    "score": (SCORE, ((">", "0", True), ("=", "0", False), ("<", "0", True))),
    "outlets": (OUTLETS, ((">", "1", True), ("<=", "1", False))),
}
_NUMBERS: Final = msgspec.json.Decoder(list[int])


def select_ids(
    database: Database, query: Query, *, before: int | None = None, limit: int | None = None
) -> array[int]:
    """The ids of a query's articles in its order, at most ``limit``.

    With ``before`` they are those older than that article, newest first whatever the order. The order
    "rank" is that of ``Search.ranked``; here it is newest first.
    """
    if before is not None:
        return _page(database, _chain(database, query, earlier(before)), limit)
    if query.sort in _ORDERS:
        return _by_value(database, query, limit)
    if query.sort == "oldest" or (limit is not None and limit <= AT_ONCE):
        return _page(database, _chain(database, query), limit, ascending=query.sort == "oldest")
    return _in_parts(database, query, limit)


def _in_parts(database: Database, query: Query, limit: int | None) -> array[int]:
    """The newest ids part by part: those of a million articles as one text would take 80 MB for a moment."""
    ids = array("q")
    while limit is None or len(ids) < limit:
        most = AT_ONCE if limit is None else min(AT_ONCE, limit - len(ids))
        further = [earlier(ids[-1])] if ids else []
        ids += (part := _page(database, _chain(database, query, *further), most))
        if len(part) < most:
            break
    return ids


def select_with_feeds(database: Database, query: Query) -> tuple[array[int], array[int]]:
    """The ids of a query's articles, newest first, and the feed of each."""
    text, parameters = _chain(database, query).with_feeds()
    ids, feeds = database.one(
        f"SELECT json_group_array(id), json_group_array(feed) FROM ({text} LIMIT {EVERY})", parameters
    ) or ("[]", "[]")
    return numbers(ids), numbers(feeds)


def count_ids(database: Database, query: Query) -> int:
    """How many articles a query has."""
    text, parameters = _chain(database, query).select()
    return int(database.value(f"SELECT count(*) FROM ({text})", parameters))


def numbers(text: str) -> array[int]:
    """A JSON list of integers."""
    return array("q", _NUMBERS.decode(text))


def _chain(database: Database, query: Query, *further: Part) -> Chain:
    part = Conditions(database, query.now).part(query.root)
    return Chooser(database, STORED).chain([part, *shown(database, query.root), *further])


def _page(database: Database, chain: Chain, limit: int | None, *, ascending: bool = False) -> array[int]:
    text, parameters = chain.select(ascending=ascending)
    return _ids(database, f"{text} LIMIT ?", [*parameters, EVERY if limit is None else limit])


def _ids(database: Database, select: str, parameters: Sequence[Any]) -> array[int]:
    """One JSON text instead of a row an id: twice as fast when there are many."""
    return numbers(database.value(f"SELECT json_group_array(id) FROM ({select})", parameters))


def _by_value(database: Database, query: Query, limit: int | None) -> array[int]:
    """Highest first and, of equal ones, newest first. Most articles have no score and no company."""
    ids = array("q")
    for chain, value in _steps(database, query):
        left = EVERY if limit is None else limit - len(ids)
        if left == 0:
            break
        text, parameters = chain.select()
        if value:
            text = f"SELECT x.id FROM ({text} LIMIT {EVERY}) AS x ORDER BY {value} DESC, x.id DESC"
        ids += _ids(database, f"{text} LIMIT ?", [*parameters, left])
    return ids


def _steps(database: Database, query: Query) -> Iterator[tuple[Chain, str]]:
    """The parts of an order with the expression that each is sorted by, "" = none."""
    expression, steps = _ORDERS[query.sort]
    for operator, number, is_sorted in steps:
        narrowed = query.also(Term(query.sort, (Value(number),), operator))
        yield _chain(database, narrowed), expression.format(id="x.id") if is_sorted else ""
