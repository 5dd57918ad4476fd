"""What lists leave out unless it is asked for: hidden articles, and those of feeds that were given up."""

from __future__ import annotations

import json
from collections.abc import Iterator

from aggregator.store.conditions import HIDDEN, LISTED, NOTED, STARRED, TAGGED, is_whole_address
from aggregator.store.database import Database
from aggregator.store.leaves import Leaf, Part, negated
from aggregator.text.query_tree import Node, Not, Term


def shown(database: Database, node: Node) -> list[Part]:
    """What lists leave out unless it is asked for: hidden articles, and those of feeds no longer subscribed.

    Asked for means positively, outside of any negation. Of a feed that was given up, what the reader
    starred, tagged or noted still shows.
    """
    asked = list(_asked(node))
    parts: list[Part] = []
    if not asks_hidden(node) and database.value("SELECT 1 FROM hidden LIMIT 1"):
        parts.append(negated(HIDDEN))
    if not any(term.field in ("outlet", "feed") for term in asked):
        parts += _of_subscribed(database)
    return parts


def _of_subscribed(database: Database) -> Iterator[Part]:
    dropped = database.all(
        "SELECT f.id FROM feeds f JOIN feed_counts c ON c.feed_id = f.id "
        "WHERE NOT f.subscribed AND c.total > 0"
    )
    if dropped:
        kept = " OR ".join(leaf.sql for leaf in (STARRED, TAGGED, NOTED))
        listed = (json.dumps([row[0] for row in dropped]),)
        yield Leaf(f"({{feed}} NOT IN {LISTED} OR {kept})", listed)


def asks_hidden(node: Node) -> bool:
    """Whether a filter asks for hidden articles: by that flag, a rule, a story or a whole address."""
    return any(map(_asks_hidden, _asked(node)))


def _asked(node: Node) -> Iterator[Term]:
    """The terms outside of any negation."""
    if isinstance(node, Term):
        yield node
    elif not isinstance(node, Not):
        for part in node.parts:
            yield from _asked(part)


def _asks_hidden(term: Term) -> bool:
    texts = [value.text for value in term.values]
    return (
        term.field in ("rule", "story")
        or (term.field == "is" and "hidden" in texts)
        or (term.field == "url" and any(is_whole_address(text) for text in texts))
    )
