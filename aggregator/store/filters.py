"""A Query as one indexed SQL statement that yields article ids, newest first.

The statement is driven by the narrowest table: the search index for words, ``unread`` or ``starred``
for those, the index by feed for a few feeds, ``articles`` otherwise. Since ids are time-ordered, each
of them yields newest first without sorting and stops after the rows that are asked for.
User text never becomes SQL, nor FTS5 syntax: words are folded, quoted and bound.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass, field
from typing import Any

import msgspec

from aggregator.store.database import Database, Row
from aggregator.store.times import first_id
from aggregator.text.fold import fold, words
from aggregator.text.query import Query, Term, moment

SPARSE = 20  # feeds that hold less than 1/20 of the articles are read through their index and sorted
NOTHING = "0"
EVERY = -1  # as a LIMIT

_NUMBERS = msgspec.json.Decoder(list[int])


@dataclass(slots=True)
class _Plan:
    """The statement as it grows. ``id`` and ``feed`` are the expressions to compare with."""

    source: str
    id: str
    feed: str
    has_articles: bool
    state: str = ""  # the value of is: that the source itself fulfils
    where: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)

    def add(self, condition: str, *parameters: Any, negated: bool = False) -> None:
        """Demand a condition, or its opposite."""
        self.where.append(f"NOT ({condition})" if negated else condition)
        self.parameters += parameters

    def select(self) -> str:
        """The statement, to which a LIMIT may be added; its columns are id and feed."""
        where = f" WHERE {' AND '.join(self.where)}" if self.where else ""
        return (
            f"SELECT {self.id} AS id, {self.feed} AS feed FROM {self.source}{where} ORDER BY {self.id} DESC"
        )

    def need_articles(self) -> None:
        """Join the articles, for a condition on one of their columns."""
        if not self.has_articles:
            self.source += f" CROSS JOIN articles AS a ON a.id = {self.id}"
            self.has_articles = True


def select_ids(
    database: Database, query: Query, *, before: int | None = None, limit: int | None = None
) -> array[int]:
    """The ids of a query's articles, newest first, those older than ``before``, at most ``limit``."""
    plan = _Compiler(database, query).plan()
    if before is not None:
        plan.add(f"{plan.id} < ?", before)
    parameters = (*plan.parameters, EVERY if limit is None else limit)
    # One JSON text instead of a row an id: twice as fast when there are many.
    return numbers(database.value(f"SELECT json_group_array(id) FROM ({plan.select()} LIMIT ?)", parameters))


def select_with_feeds(database: Database, query: Query) -> tuple[array[int], array[int]]:
    """The ids of a query's articles, newest first, and the feed of each."""
    plan = _Compiler(database, query).plan()
    ids, feeds = database.one(
        f"SELECT json_group_array(id), json_group_array(feed) FROM ({plan.select()} LIMIT ?)",
        (*plan.parameters, EVERY),
    ) or ("[]", "[]")
    return numbers(ids), numbers(feeds)


def count_ids(database: Database, query: Query) -> int:
    """How many articles a query has."""
    plan = _Compiler(database, query).plan()
    return int(database.value(f"SELECT count(*) FROM ({plan.select()})", plan.parameters))


def numbers(text: str) -> array[int]:
    """A JSON list of integers."""
    return array("q", _NUMBERS.decode(text))


def match_expression(term: Term) -> str:
    """A text term as an FTS5 expression of quoted folded words; "" when it has no letter or digit."""
    star = "*" if term.prefix else ""
    phrases = [" ".join(words(fold(value))) for value in term.values]
    return " OR ".join(f'"{phrase}"{star}' for phrase in phrases if phrase)


class _Compiler:
    """Makes the plan of one query."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query
        self._feeds: list[Row] = []  # read only where a condition is about feeds
        if any(term.field in ("outlet", "feed", "tag") for term in query.terms):
            self._feeds = database.all(
                "SELECT f.id, f.outlet_folded, f.title_folded, f.tags, c.total "
                "FROM feeds f JOIN feed_counts c ON c.feed_id = f.id"
            )

    def plan(self) -> _Plan:
        """The plan with all conditions of the query."""
        feeds = self._allowed_feeds()
        plan = self._driver(feeds)
        self._add_text(plan)
        for term in self._query.terms:
            self._add(plan, term)
        if feeds is not None:
            plan.add(f"{plan.feed} IN (SELECT value FROM json_each(?))", json.dumps(sorted(feeds)))
        self._leave_out_unsubscribed(plan)
        return plan

    def _terms(self, name: str, *, negated: bool | None = None) -> list[Term]:
        return [
            term
            for term in self._query.terms
            if term.field == name and (negated is None or term.negated == negated)
        ]

    def _allowed_feeds(self) -> set[int] | None:
        """The feeds that the outlet: and feed: terms leave; None when there are no such terms."""
        allowed: set[int] | None = None
        everything = {row[0] for row in self._feeds}
        for column, name in ((1, "outlet"), (2, "feed")):
            for term in self._terms(name):
                parts = list(filter(None, map(fold, term.values)))
                named = {row[0] for row in self._feeds if any(part in row[column] for part in parts)}
                kept = everything - named if term.negated else named
                allowed = kept if allowed is None else allowed & kept
        return allowed

    def _driver(self, feeds: set[int] | None) -> _Plan:
        """Where to read from: what leaves the fewest articles to look at."""
        if any(match_expression(term) for term in self._terms("text", negated=False)):
            plan = _Plan("search.words AS w", "w.rowid", "+a.feed_id", False)
            plan.need_articles()  # the index may hold articles that are gone
            return plan
        states = {term.values for term in self._terms("is", negated=False)}
        if ("starred",) in states:
            return _Plan(
                "starred AS s CROSS JOIN articles AS a ON a.id = s.id", "s.id", "+a.feed_id", True, "starred"
            )
        if ("unread",) in states:
            return _Plan("unread AS u", "u.id", "u.feed_id", False, "unread")
        if self._is_sparse(feeds):
            return _Plan("articles AS a INDEXED BY articles_by_feed", "a.id", "a.feed_id", True)
        return _Plan("articles AS a", "a.id", "+a.feed_id", True)

    def _is_sparse(self, feeds: set[int] | None) -> bool:
        if feeds is None:
            return False
        inside = sum(row[4] for row in self._feeds if row[0] in feeds)
        return bool(inside * SPARSE < sum(row[4] for row in self._feeds))

    def _add_text(self, plan: _Plan) -> None:
        """All words in one MATCH; only excluding words need a list of what to leave out."""
        wanted = [match_expression(term) for term in self._terms("text", negated=False)]
        unwanted = list(filter(None, (match_expression(term) for term in self._terms("text", negated=True))))
        if not all(wanted):
            plan.add(NOTHING)
            return
        excluded = " OR ".join(unwanted)
        if wanted:
            match = " AND ".join(f"({part})" for part in wanted)
            plan.add("w.words MATCH ?", f"({match}) NOT ({excluded})" if excluded else match)
        elif excluded:
            plan.add(f"{plan.id} NOT IN (SELECT rowid FROM search.words WHERE words MATCH ?)", excluded)

    def _add(self, plan: _Plan, term: Term) -> None:
        match term.field:
            case "lang":
                plan.need_articles()
                plan.add(
                    "a.language IN (SELECT value FROM json_each(?))",
                    json.dumps(term.values),
                    negated=term.negated,
                )
            case "tag":
                self._add_tag(plan, term)
            case "since" | "until":
                self._add_time(plan, term)
            case "is" if term.negated or term.values != (plan.state,):
                condition = " OR ".join(_state(plan, value) for value in term.values)
                plan.add(f"({condition})", negated=term.negated)
            case _:
                pass  # text, outlet and feed are done as a whole

    def _add_tag(self, plan: _Plan, term: Term) -> None:
        """An article has its feed's tags, and those of its publisher."""
        tags = list(filter(None, map(fold, term.values)))
        feeds = [row[0] for row in self._feeds if any(fold(tag) in tags for tag in json.loads(row[3]))]
        plan.need_articles()
        own = "".join(" OR instr(a.tags, ?)" for _ in tags)
        plan.add(
            f"(+a.feed_id IN (SELECT value FROM json_each(?)){own})",
            json.dumps(feeds),
            *(f"|{tag}|" for tag in tags),
            negated=term.negated,
        )

    def _add_time(self, plan: _Plan, term: Term) -> None:
        """A span of time is a span of ids; "until" includes the day it names."""
        since = term.field == "since"
        bound = first_id(moment(term.values[0], self._query.now, end=not since))
        plan.add(f"{plan.id} {'>=' if since != term.negated else '<'} ?", bound)

    def _leave_out_unsubscribed(self, plan: _Plan) -> None:
        """Articles of feeds that are no longer subscribed show only if starred or asked for by feed."""
        if self._terms("outlet", negated=False) or self._terms("feed", negated=False):
            return
        dropped = self._database.all(
            "SELECT f.id FROM feeds f JOIN feed_counts c ON c.feed_id = f.id "
            "WHERE NOT f.subscribed AND c.total > 0"
        )
        if dropped:
            plan.add(
                f"({plan.feed} NOT IN (SELECT value FROM json_each(?)) "
                f"OR EXISTS (SELECT 1 FROM starred AS kept WHERE kept.id = {plan.id}))",
                json.dumps([row[0] for row in dropped]),
            )


def _state(plan: _Plan, value: str) -> str:
    """The condition of one value of is:."""
    if value == "starred":
        return f"EXISTS (SELECT 1 FROM starred AS is_starred WHERE is_starred.id = {plan.id})"
    unread = f"EXISTS (SELECT 1 FROM unread AS is_unread WHERE is_unread.id = {plan.id})"
    return unread if value == "unread" else f"NOT {unread}"
