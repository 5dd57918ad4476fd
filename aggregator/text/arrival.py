"""What a filter can mean when an article arrives: a rule decides then, and sees no more than is known then.

Three kinds of conditions: those that are known at once; those on the article's story, which is known when
all that came was compared, so that such a rule decides then; and those that are the reader's or other
rules' doing, or that change by themselves as time goes by, which no rule can be made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from aggregator.late import pattern
from aggregator.text.query_tree import All, AnyOf, Node, Not, Query, Term

# Why a rule cannot ask for it, and what to do instead.
_FIELDS: Final = {
    "tag": "tags are given after an article came; write topic: for the publisher's own",
    "rule": "a rule cannot wait for another rule; repeat its conditions",
    "score": "scores are what rules give; sort or filter a list by them",
    "age": "age changes by itself; give the rule an end with until instead",
}
_FLAGS: Final = {
    "unread": "every article is unread when it comes; leave it out",
    "read": "no article is read when it comes; leave it out",
    "starred": "no article is starred when it comes; leave it out",
    "tagged": "tags are given after an article came; leave it out",
    "noted": "notes are written after an article came; leave it out",
    "hidden": "a rule cannot wait for another rule; leave it out",
    "new": "what is new changes with each look; leave it out",
    "fulltext": "a whole page is fetched after an article came; leave it out",
}
_SORT: Final = "a rule takes articles as they come; leave sort: out"
_TIME: Final = "this time moves on by itself; write a date such as 2026-11-20"
_STORY_FIELDS: Final = frozenset({"story", "outlets"})
_STORY_FLAGS: Final = frozenset({"related"})
_DATE: Final = pattern(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def objection(query: Query) -> str:
    """Why no rule can be made of a query, "" where one can."""
    if query.sort:
        return _SORT
    return next(filter(None, map(_objection, terms(query.root))), "")


def waits(query: Query) -> bool:
    """Whether a rule of this query decides only when the article's story is known."""
    return any(
        term.field in _STORY_FIELDS or (term.field == "is" and term.values[0].text in _STORY_FLAGS)
        for term in terms(query.root)
    )


def terms(node: Node) -> Iterator[Term]:
    """All conditions of a tree."""
    match node:
        case Term():
            yield node
        case Not(part):
            yield from terms(part)
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from terms(part)


def _objection(term: Term) -> str:
    if term.field == "is":
        reason = next((_FLAGS[value.text] for value in term.values if value.text in _FLAGS), "")
        return reason and f'"{term.values[0].text}": {reason}'
    if term.field in ("since", "until"):
        moving = [value.text for value in term.values if not _DATE.fullmatch(value.text)]
        return f'"{term.field}:{moving[0]}": {_TIME}' if moving else ""
    reason = _FIELDS.get(term.field, "")
    return reason and f'"{term.field}:": {reason}'
