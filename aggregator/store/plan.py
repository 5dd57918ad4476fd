"""A filter's statement as it grows: arms that are read each from its own table, and how they are joined.

Every arm yields ids in the order of ids without sorting, and so does SQLite's merge of several (UNION,
INTERSECT and EXCEPT with an ORDER BY walk their sides in step). So the statement stops after the rows that
are asked for, however many there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from aggregator.dataclass import dataclass
from aggregator.store.leaves import (
    Every,
    Leaf,
    Match,
    No,
    Part,
    Some,
    Source,
    grouped,
    is_indexed,
    match_of,
    negated,
)

Statement: TypeAlias = tuple[str, list[Any]]  # SQL and what is bound to it


@dataclass(frozen=True, slots=True)
class Tables:
    """Where to read: the index of words with its own column name, and the articles."""

    index: str
    column: str
    articles: Source


STORED: Final = Tables(
    "search.words", "words", Source("articles AS a", "a.id", feed="+a.feed_id", has_articles=True)
)
ARRIVING: Final = Tables("temp.arriving_words", "arriving_words", Source("temp.arriving AS s"))


class Arm:
    """One table that is read, with the conditions on what it gives."""

    def __init__(self, tables: Tables, source: Source) -> None:
        self._tables = tables
        self._table = source.table
        self._id = source.id
        self._feed = source.feed
        self._has_articles = source.has_articles
        self._where = [source.where] if source.where else []
        self._parameters = list(source.parameters)

    def add(self, part: Part) -> None:
        """Demand a condition."""
        sql, parameters = condition(self._tables, part)
        if "{article}" in sql or ("{feed}" in sql and not self._feed):
            self.join_articles()
        self._where.append(sql.format(id=self._id, feed=self._feed, article="a"))
        self._parameters += parameters

    def join_articles(self) -> None:
        """Have the article's row at hand; and leave out what has none."""
        if not self._has_articles:
            self._table += f" CROSS JOIN articles AS a ON a.id = {self._id}"
            self._has_articles = True
        self._feed = self._feed or "+a.feed_id"

    def select(self, *, feed: bool = False) -> Statement:
        """The statement and its parameters: column id, with ``feed`` that too."""
        if feed and not self._feed:
            self.join_articles()
        columns = f"{self._id} AS id, {self._feed} AS feed" if feed else f"{self._id} AS id"
        where = f" WHERE {' AND '.join(self._where)}" if self._where else ""
        return f"SELECT {columns} FROM {self._table}{where}", self._parameters


class Chain:
    """Arms, joined from left to right, each step applied to all that stands before it."""

    def __init__(self, tables: Tables, arm: Arm) -> None:
        self._tables = tables
        self._first = arm
        self._steps: list[tuple[str, Statement]] = []

    def narrow(self, match: Match, bounds: Iterable[Leaf]) -> None:
        """Keep, or leave out, what the index finds; ``bounds`` are conditions that hold for all arms."""
        index, column = self._tables.index, self._tables.column
        limits = "".join(f" AND {leaf.sql.format(id='w.rowid')}" for leaf in bounds)
        parameters = [match.expression, *(value for leaf in bounds for value in leaf.parameters)]
        text = f"SELECT w.rowid FROM {index} AS w WHERE w.{column} MATCH ?{limits}"
        self._steps.append(("EXCEPT" if match.left_out else "INTERSECT", (text, parameters)))

    def join(self, other: Chain) -> None:
        """Add what another chain gives. One that is narrowed is worked out first, and sorted."""
        if other.is_narrowed:
            text, parameters = other.select()
            self._steps.append(("UNION", (f"SELECT id FROM ({text} LIMIT -1)", parameters)))
        else:
            self._steps += [("UNION", other._first.select()), *other._steps]

    @property
    def is_narrowed(self) -> bool:
        """Whether the order of steps matters."""
        return any(joint != "UNION" for joint, _ in self._steps)

    def select(self, *, ascending: bool = False) -> Statement:
        """The statement, to which a LIMIT may be added: ids, newest first or ``ascending``."""
        text, parameters = self._first.select()
        for joint, (further, values) in self._steps:
            text = f"{text} {joint} {further}"
            parameters = [*parameters, *values]
        return f"{text} ORDER BY 1 {'ASC' if ascending else 'DESC'}", parameters

    def with_feeds(self) -> Statement:
        """The statement, newest first, with the columns id and feed."""
        if not self._steps:
            text, parameters = self._first.select(feed=True)
            return f"{text} ORDER BY 1 DESC", parameters
        text, parameters = self.select()
        joined = f"({text} LIMIT -1) AS n CROSS JOIN articles AS a ON a.id = n.id"
        return f"SELECT n.id, a.feed_id AS feed FROM {joined}", parameters


def together(chains: Sequence[Chain]) -> Chain:
    """What any of the chains gives; a narrowed one goes first, where that needs no sorting."""
    first, *others = sorted(chains, key=lambda chain: not chain.is_narrowed)
    for chain in others:
        first.join(chain)
    return first


def condition(tables: Tables, part: Part) -> Statement:
    """A part as SQL with {id}, {feed}, {article}, and its parameters."""
    match = match_of(part)
    if match is not None and is_indexed(part):
        return _listed(tables, match.expression, match.left_out)
    if isinstance(part, Leaf):
        return part.sql, list(part.parameters)
    if isinstance(part, No):
        return _negated(tables, part)
    made = [condition(tables, inner) for inner in sorted(grouped(part), key=_depth, reverse=True)]
    joint = " AND " if isinstance(part, Every) else " OR "
    text = joint.join(sql for sql, _ in made) or ("1" if isinstance(part, Every) else "0")
    return f"({text})", [value for _, values in made for value in values]


def _negated(tables: Tables, part: No) -> Statement:
    """A negation, moved inside."""
    if isinstance(part.part, Every):
        return condition(tables, Some(tuple(map(negated, part.part.parts))))
    sql, parameters = condition(tables, part.part)
    return f"NOT ({sql})", parameters


def _depth(part: Part) -> int:
    """How deep brackets go. The deepest go first: SQLite's parser holds all that stands before a bracket."""
    if isinstance(part, Leaf):
        return 0
    return 1 + max(map(_depth, (part.part,) if isinstance(part, No) else part.parts), default=0)


def _listed(tables: Tables, expression: str, left_out: bool) -> Statement:
    """Being among what the index finds: a list, as to ask it for one article takes 0.1 ms and more."""
    if not expression:
        return ("1" if left_out else "0"), []
    found = f"SELECT w.rowid FROM {tables.index} AS w WHERE w.{tables.column} MATCH ?"
    return f"{{id}} {'NOT IN' if left_out else 'IN'} ({found})", [expression]
