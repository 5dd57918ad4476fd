"""The order "rank": the best of the newest matches first, judged by their words and their age."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final

from aggregator.store.database import Database
from aggregator.store.filters import select_ids
from aggregator.store.matching import broad, expression, with_names
from aggregator.store.times import time_of
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Not, Query

WINDOW: Final = 2000  # newest matches that are ranked: bm25 over all of a common word's would take 0.6 s
# Of the columns title, author, text, title_stems, stems, facets: a headline says what an article is about,
# the other forms of a word may be chance, and facets are in every article of a kind.
WEIGHTS: Final = (10.0, 4.0, 1.0, 4.0, 0.4, 0.0)
YOUNG: Final = 30 * 86400  # seconds after which an article counts 0.7 of what it would today

_TEXT_FIELDS: Final = (WORDS, "title", "text", "author")
_RANKED: Final = (
    f"SELECT w.rowid, -bm25(words, {', '.join(map(str, WEIGHTS))}) FROM search.words AS w "
    "WHERE w.words MATCH ?1 AND w.rowid BETWEEN ?2 AND ?3 AND +w.rowid IN (SELECT value FROM json_each(?4))"
)


def ranked(database: Database, query: Query, limit: int) -> list[int]:
    """The ids of the ``WINDOW`` newest articles of a query, best first, at most ``limit``.

    An article's worth is bm25 / sqrt(1 + age / YOUNG), where bm25 (https://sqlite.org/fts5.html §5.1.1)
    counts words by ``WEIGHTS`` and age is that at ``query.now``. Of equal ones, and where the query has no
    words to judge by, the newest is first.
    """
    ids = select_ids(database, replace(query, sort=""), limit=WINDOW)
    match = judged_by(database, query.root)
    if not match or len(ids) < 2:
        return ids.tolist()[:limit]
    oldest, newest = min(ids), max(ids)
    rows = database.all(_RANKED, (match, oldest, newest, json.dumps(ids.tolist())))
    worth = {article: score * recency(time_of(article), query.now) for article, score in rows}
    return sorted(ids, key=lambda article: (-worth.get(article, 0.0), -article))[:limit]


def recency(at: int, now: int) -> float:
    """What an article's words count by its age, from 1 downwards and never to nothing."""
    return float((1 + max(0, now - at) / YOUNG) ** -0.5)


def judged_by(database: Database, node: Node) -> str:
    """The words of a query as one expression that every article of it matches; "" where there is none."""
    if isinstance(node, Not):
        return ""
    if isinstance(node, All):
        parts = [judged_by(database, part) for part in with_names(node.parts)]
        return _joined("AND", list(filter(None, parts)))
    if isinstance(node, AnyOf):
        parts = [judged_by(database, part) for part in node.parts]
        return _joined("OR", parts) if all(parts) else ""
    if node.field not in _TEXT_FIELDS or broad(database, node)[1]:  # what nearly all have tells nothing
        return ""
    return expression(database, node)


def _joined(word: str, parts: list[str]) -> str:
    return "".join(parts) if len(parts) < 2 else f" {word} ".join(f"({part})" for part in parts)
