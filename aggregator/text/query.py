"""The filter language: what a user types → a tree (``query_tree``), and back; the store answers the tree.

    words "a phrase" prefix* -not (this OR that) outlet:name lang:ar,fa outlets>=3 since:2d unread sort:oldest

All terms must hold; OR or "|" between them: any; a comma in a value: any; "-" turns a term round.
docs/filters.md explains it to users. This module is the one door to the language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from aggregator.text.query_colours import coloured
from aggregator.text.query_completion import Completion, Offer, completion, offers
from aggregator.text.query_fields import FIELDS, FLAGS, SORTS, TEXT_FIELDS, moment, span_seconds
from aggregator.text.query_reader import MAX_DEPTH, MAX_LENGTH, MAX_TERMS, Reader
from aggregator.text.query_scan import listed
from aggregator.text.query_tree import EVERYTHING, UNREAD, WORDS, All, AnyOf, Node, Not, Query, Term, Value

__all__ = [
    "EVERYTHING",
    "FIELDS",
    "FLAGS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "MAX_TERMS",
    "SORTS",
    "UNREAD",
    "Completion",
    "Offer",
    "Query",
    "Term",
    "Value",
    "as_typed",
    "coloured",
    "completion",
    "describe",
    "listed",
    "moment",
    "offers",
    "parse",
    "span_seconds",
    "within",
]

_NO_FILTERS: Final[Mapping[str, str]] = MappingProxyType({})


def parse(text: str, now: int, filters: Mapping[str, str] = _NO_FILTERS) -> Query:
    """Read a query. ``now`` in UTC seconds; ``filters``: name → text of the saved filters.

    Raises QueryError with a sentence and a position.
    """
    return Reader(text, now, filters).query()


def as_typed(text: str, now: int, filters: Mapping[str, str] = _NO_FILTERS) -> Query:
    """A query that is still being typed: its last bare word stands for all words that begin so.

    Open quotes and brackets count as closed; what only more typing would make right (a field without its
    value, a lone "-", a trailing OR, half a date) is left out. Raises QueryError for the rest.
    """
    return Reader(text, now, filters, typing=True).query()


def within(scope: Query, typed: Query) -> Query:
    """What is typed, among what a scope shows; in the order that is typed, else in the scope's."""
    parts = typed.root.parts if isinstance(typed.root, All) else (typed.root,)
    for part in parts:
        scope = scope.also(part)
    return replace(scope, sort=typed.sort or scope.sort, now=typed.now)


def describe(query: Query) -> str:
    """A text that parses to the same query (positions apart)."""
    parts = query.root.parts if isinstance(query.root, All) else (query.root,)
    texts = [_described(part, alone=len(parts) == 1 and not query.sort) for part in parts]
    return " ".join([*texts, *([f"sort:{query.sort}"] if query.sort else [])])


def _described(node: Node, *, alone: bool = False) -> str:
    """One node as it is typed beside others, or ``alone``."""
    if isinstance(node, Term):
        return _term(node)
    if isinstance(node, Not):
        return f"-{_negatable(node.part)}"
    if not node.parts:
        return "is:read,unread"  # everything, in words that can stand in brackets
    if isinstance(node, All):
        return f"({' '.join(map(_described, node.parts))})"
    if flags := _flags(node):
        return f"is:{','.join(flags)}"
    text = " OR ".join(map(_alternative, node.parts))
    return text if alone else f"({text})"


def _flags(node: AnyOf) -> list[str]:
    """The names of the flags, where a node is any of flags."""
    flags = [part.values[0].text for part in node.parts if isinstance(part, Term) and part.field == "is"]
    return flags if len(flags) == len(node.parts) else []


def _alternative(node: Node) -> str:
    """One side of an OR, which holds terms together without brackets."""
    if isinstance(node, All) and node.parts:
        return " ".join(map(_described, node.parts))
    return _described(node)


def _negatable(node: Node) -> str:
    """What can stand right after "-"."""
    text = _described(node)
    return f"({text})" if isinstance(node, Not) else text


def _term(term: Term) -> str:
    if term.field == "is":
        return term.values[0].text
    if term.field == WORDS:
        return _word(term.values[0])
    write = _text if term.field in TEXT_FIELDS else _value
    return f"{term.field}{term.op}{','.join(map(write, term.values))}"


def _word(value: Value) -> str:
    # after a word that is a field's name, "=" would make it one
    return f"({_text(value)})" if value.text[:1] in "<=>" and not value.quoted else _text(value)


def _text(value: Value) -> str:
    star = "*" if value.prefix else ""
    return f'"{value.text}"{star}' if value.quoted else f"{value.text}{star}"


def _value(value: Value) -> str:
    return listed(value.text)
