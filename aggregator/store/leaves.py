"""A filter made ready for SQL: its conditions as leaves, joined by no, every and some.

Each leaf is a condition in SQL and, where it can be one, also an expression of the search index and a table
to read from. What only the index can answer and what it can answer as well go together into one MATCH.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple, TypeAlias

from aggregator.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A table that gives just the articles of a leaf, newest first without sorting.

    ``id`` and ``feed`` are expressions of its columns (``feed`` "" = it has none), ``where`` its condition.
    ``whole`` is False where most of the table may have to be passed over to find anything. ``shown`` says
    that nothing hidden is in it.
    """

    table: str
    id: str = "s.id"
    where: str = ""
    parameters: tuple[Any, ...] = ()
    feed: str = ""
    has_articles: bool = False
    whole: bool = True
    shown: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One condition.

    In ``sql`` stands {id} for the article's id, {feed} for its feed, {article} for its row. ``match`` is
    the same condition on the search index, "" = nothing, None = it does not know. ``indexed``: only the
    index knows (``sql`` is not used). ``bound``: a comparison of the id alone.
    """

    sql: str
    parameters: tuple[Any, ...] = ()
    match: str | None = None
    indexed: bool = False
    bound: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class No:
    """What the part leaves out."""

    part: Part


@dataclass(frozen=True, slots=True)
class Every:
    """What all parts have in common; everything where there are none."""

    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Some:
    """What one or more parts have; nothing where there are none."""

    parts: tuple[Part, ...] = ()


Part: TypeAlias = Leaf | No | Every | Some

NOTHING: Final = Leaf("0", match="")


class Match(NamedTuple):
    """An expression of FTS5, or with ``left_out`` all articles but those it finds; "" finds nothing."""

    expression: str
    left_out: bool = False

    @property
    def finds(self) -> bool:
        """Whether it is something to be looked up."""
        return not self.left_out and bool(self.expression)


def words(match: str) -> Leaf:
    """A condition that only the index can answer."""
    return Leaf("", match=match, indexed=True) if match else NOTHING


def negated(part: Part) -> Part:
    """The opposite, with the negation as far inside as makes each part one of a conjunction."""
    if isinstance(part, No):
        return part.part
    if isinstance(part, Some):
        return every(map(negated, part.parts))
    return No(part)


def every(parts: Iterable[Part]) -> Part:
    """A conjunction, its inner ones dissolved and what is always true left out."""
    flat = dict.fromkeys(inner for part in parts for inner in conjuncts(part))
    return next(iter(flat)) if len(flat) == 1 else Every(tuple(flat))


def some(parts: Iterable[Part]) -> Part:
    """An alternative of parts, its inner ones dissolved; everything where one part is another's opposite."""
    flat = dict.fromkeys(
        inner for part in parts for inner in (part.parts if isinstance(part, Some) else (part,))
    )
    if any(negated(part) in flat or part == Every() for part in flat):
        return Every()
    return next(iter(flat)) if len(flat) == 1 else Some(tuple(flat))


def conjuncts(part: Part) -> tuple[Part, ...]:
    """The parts that all must hold."""
    return part.parts if isinstance(part, Every) else (part,)


def leaves(part: Part) -> Iterator[Leaf]:
    """All conditions of a part."""
    if isinstance(part, Leaf):
        yield part
    elif isinstance(part, No):
        yield from leaves(part.part)
    else:
        for inner in part.parts:
            yield from leaves(inner)


def is_indexed(part: Part) -> bool:
    """Whether it holds a condition that only the index can answer."""
    return any(leaf.indexed for leaf in leaves(part))


def match_of(part: Part) -> Match | None:
    """The part as one expression of the index; None where the index does not know all of it."""
    if isinstance(part, Leaf):
        return None if part.match is None else Match(part.match)
    if isinstance(part, No):
        inner = match_of(part.part)
        return None if inner is None else _opposite(inner)
    matches = [match for inner in part.parts if (match := match_of(inner)) is not None]
    if len(matches) < len(part.parts):
        return None
    return all_of(matches) if isinstance(part, Every) else _opposite(all_of(map(_opposite, matches)))


def grouped(part: Every | Some) -> list[Part]:
    """The parts, those that only the index can answer made one."""
    sought = tuple(p for p in part.parts if is_indexed(p) and match_of(p) is not None)
    if len(sought) < 2 or len(sought) == len(part.parts):
        return list(part.parts)
    group = Every(sought) if isinstance(part, Every) else Some(sought)
    return [*(p for p in part.parts if p not in sought), group]


def all_of(matches: Iterable[Match]) -> Match:
    """What several expressions have in common. FTS5 has no NOT but between two, so both kinds are parted."""
    matches = list(matches)
    wanted = [match.expression for match in matches if not match.left_out]
    unwanted = [match.expression for match in matches if match.left_out and match.expression]
    if not all(wanted):
        return Match("")
    excluded = " OR ".join(unwanted if len(unwanted) == 1 else map(_bracketed, unwanted))
    if not wanted:
        return Match(excluded, left_out=True)
    found = wanted[0] if len(wanted) == 1 else " AND ".join(map(_bracketed, wanted))
    return Match(f"({found}) NOT ({excluded})" if excluded else found)


def _opposite(match: Match) -> Match:
    return match._replace(left_out=not match.left_out)


def _bracketed(expression: str) -> str:
    return f"({expression})"
