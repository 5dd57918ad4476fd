"""Which table a filter is read from: where the fewest articles have to be looked at.

Of several tables that could be read, each is asked where its 1,000th newest article lies: that of the
sparsest lies furthest back. Words and facets that stand in one conjunction are one MATCH. An alternative of
conditions that nothing but different tables can answer quickly is read from each of these, side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aggregator.store.conditions import HIDDEN
from aggregator.store.database import Database
from aggregator.store.leaves import (
    Leaf,
    Match,
    Part,
    Some,
    Source,
    all_of,
    conjuncts,
    every,
    grouped,
    is_indexed,
    match_of,
    negated,
)
from aggregator.store.plan import STORED, Arm, Chain, Tables, together

SAMPLE: Final = 1000  # articles to step over when tables are compared: 0.2 ms in the index
MAX_ARMS: Final = 8  # tables read side by side; more alternatives become conditions


class Chooser:
    """Makes the chain of a conjunction of parts."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables
        self._may_choose = tables is STORED  # a batch's own tables are small: no other is worth reading
        self._complete: bool | None = None

    def chain(self, parts: Sequence[Part]) -> Chain:
        """The statement of the articles that all parts hold for."""
        return self._chain(parts, MAX_ARMS)

    def _chain(self, parts: Sequence[Part], room: int) -> Chain:
        """The same with so many arms at most."""
        parts = conjuncts(every(parts))
        divided = self._to_divide(parts, room) if self._may_choose else None
        return self._read_one(parts) if divided is None else self._side_by_side(parts, divided, room)

    # --- several tables ---

    def _to_divide(self, parts: Sequence[Part], room: int) -> Some | None:
        """The alternative whose sides are better read each from its own table."""
        for part in parts:
            if isinstance(part, Some) and match_of(part) is None and len(grouped(part)) <= room:
                rest = [other for other in parts if other is not part]
                if is_indexed(part) or all(self._is_narrow(side, rest) for side in part.parts):
                    return part
        return None

    def _is_narrow(self, side: Part, rest: Sequence[Part]) -> bool:
        """Whether a side makes a conjunction narrower than it is."""
        if self._has_source(conjuncts(side)):
            return True
        return match_of(side) is not None and self._sought(rest)[0].finds

    def _side_by_side(self, parts: Sequence[Part], divided: Some, room: int) -> Chain:
        """An arm or more a side; what is left out of all of them is left out at the end."""
        rest = [part for part in parts if part is not divided]
        unwanted = [] if self._has_source(rest) else [part for part in rest if _only_leaves_out(part)]
        kept = [part for part in rest if part not in unwanted]
        sides = grouped(divided)
        chain = together([self._chain([*kept, side], room // len(sides)) for side in sides])
        left_out = _joined(unwanted)
        if left_out.expression:
            chain.narrow(left_out, _bounds(parts))
        return chain

    def _has_source(self, parts: Sequence[Part]) -> bool:
        """Whether a conjunction can be read from something narrower than all articles."""
        return bool(_sources(parts)) or self._sought(parts)[0].finds

    # --- one table ---

    def _read_one(self, parts: Sequence[Part]) -> Chain:
        match, answered = self._sought(parts)
        sources = _sources(parts)
        rest = [part for part in parts if part not in answered]
        if match.finds and self._prefers_index(match, sources):
            return Chain(self._tables, self._arm(self._from_index(match), rest))
        source = self._best(sources) if self._may_choose else None
        if not match.left_out and not match.finds:
            rest.append(Leaf("0"))
        if source is not None:
            rest = [p for p in rest if not (isinstance(p, Leaf) and p.source is source)]
            rest = [p for p in rest if not (source.shown and p == negated(HIDDEN))]
        chain = Chain(self._tables, self._arm(source or self._tables.articles, rest))
        if match.expression:
            chain.narrow(match, _bounds(parts))
        return chain

    def _sought(self, parts: Sequence[Part]) -> tuple[Match, list[Part]]:
        """What of a conjunction the index is asked for in one expression, and the parts that answers.

        Facets are asked of it where it is asked for words anyway. It alone is asked for them where there
        is no table of fewer articles, and where it lacks nothing.
        """
        words = [part for part in parts if is_indexed(part) and match_of(part) is not None]
        facets = [part for part in parts if not is_indexed(part) and match_of(part) is not None]
        alone = _joined(words)
        if alone.finds or (facets and self._may_choose and not _sources(parts) and self._is_complete()):
            both = _joined([*words, *facets])
            if both.finds:
                return both, [*words, *facets]
        return alone, words

    def _from_index(self, match: Match) -> Source:
        """The index may hold articles that are gone, so the articles go with it."""
        tables = self._tables
        return Source(
            f"{tables.index} AS w CROSS JOIN articles AS a ON a.id = w.rowid",
            "w.rowid",
            f"w.{tables.column} MATCH ?",
            (match.expression,),
            feed="+a.feed_id",
            has_articles=True,
        )

    def _arm(self, source: Source, parts: Sequence[Part]) -> Arm:
        arm = Arm(self._tables, source)
        for part in sorted(parts, key=is_indexed):  # lists of the index last
            arm.add(part)
        return arm

    # --- comparing ---

    def _prefers_index(self, match: Match, sources: Sequence[Source]) -> bool:
        """Whether the index finds fewer articles than any table has."""
        whole = [source for source in sources if source.whole]
        if not whole or not self._may_choose:
            return True
        index = Source(
            f"{self._tables.index} AS w", "w.rowid", f"w.{self._tables.column} MATCH ?", (match.expression,)
        )
        own = self._depth(index)
        return own == 0 or own < min(map(self._depth, whole))

    def _best(self, sources: Sequence[Source]) -> Source | None:
        """The sparsest table."""
        choice = [source for source in sources if source.whole] or sources
        if len(choice) < 2:
            return choice[0] if choice else None
        return min(choice, key=self._depth)

    def _depth(self, source: Source) -> int:
        """The id of the 1,000th newest article of a table, 0 where it has fewer."""
        where = f" WHERE {source.where}" if source.where else ""
        return int(
            self._database.value(
                f"SELECT {source.id} FROM {source.table}{where} ORDER BY 1 DESC LIMIT 1 OFFSET {SAMPLE - 1}",
                source.parameters,
                0,
            )
        )

    def _is_complete(self) -> bool:
        """Whether the index lacks no article, as far as it has noted."""
        if self._complete is None:
            self._complete = bool(
                self._database.value(
                    "SELECT complete AND serial = (SELECT value FROM main.meta WHERE key = 'search_serial') "
                    "FROM search.state",
                    (),
                    0,
                )
            )
        return self._complete


def _sources(parts: Sequence[Part]) -> list[Source]:
    """The tables that parts of a conjunction can be read from."""
    return [part.source for part in parts if isinstance(part, Leaf) and part.source is not None]


def _bounds(parts: Sequence[Part]) -> list[Leaf]:
    """The spans of ids that a conjunction stays in."""
    return [part for part in parts if isinstance(part, Leaf) and part.bound]


def _joined(parts: Sequence[Part]) -> Match:
    """Parts that the index knows, as one expression."""
    return all_of(match for part in parts if (match := match_of(part)) is not None)


def _only_leaves_out(part: Part) -> bool:
    match = match_of(part)
    return is_indexed(part) and match is not None and match.left_out
