"""A filter as a tree, between its reader (``text.query``) and who answers it (``store``). Pure records.

    query = or ; or = and { OR and } ; and = term { term } ; term = ["-"] ( "(" query ")" | condition )

``describe`` and ``parse`` of ``text.query`` turn a tree into text and back.
"""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Final, TypeAlias

from aggregator.dataclass import dataclass

WORDS: Final = "words"  # the field of a bare word or phrase: title and text, in any of its forms


@dataclass(frozen=True, slots=True)
class Value:
    """One alternative of a condition, as typed, without its quotes and its star.

    ``quoted`` words are meant exactly so: in search spelling, but in no other form, and no other spelling
    of a name. ``prefix`` stands for all words that begin so (of a phrase, its last word).
    """

    text: str
    quoted: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """One condition: any of ``values`` (one at least).

    ``field`` is WORDS, or a name of ``query.FIELDS``; a flag is field "is" with the flag as its only value.
    ``op`` is ":" (is, holds) or one of ``= < <= > >=``. ``position`` is where it begins in the typed text.
    """

    field: str
    values: tuple[Value, ...]
    op: str = ":"
    position: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """What ``part`` leaves out."""

    part: Node


@dataclass(frozen=True, slots=True)
class All:
    """What all of ``parts`` have in common; everything where there are none."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """What one or more of ``parts`` (two at least) have."""

    parts: tuple[Node, ...]


Node: TypeAlias = Term | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Query:
    """A whole filter. ``sort`` is one of ``query.SORTS``, "" for newest first.

    ``now`` (UTC seconds) is what spans such as "2d" count back from.
    """

    root: Node = All()
    sort: str = ""
    now: int = 0

    def also(self, node: Node) -> Query:
        """This query narrowed by one more condition."""
        parts = self.root.parts if isinstance(self.root, All) else (self.root,)
        return replace(self, root=All((*parts, node)))


def flag(name: str) -> Term:
    """The condition of a flag such as "unread"."""
    return Term("is", (Value(name),))


EVERYTHING: Final = Query()
UNREAD: Final = flag("unread")
