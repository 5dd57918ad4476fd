"""Rules and mutes: the rows, which articles each one hits, and what follows from that.

A hit is a row of ``rule_hits``; what is hidden, tagged by rules and scored always follows from the rows
that are there, at the end of every write phase. A rule that is new looks at the stored articles in steps,
newest first (``below`` says how far it has come); one that is over gives its hits back in steps. So a
process that is killed leaves a number of steps to be done, nothing else.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from aggregator.actions import Actions, read_actions
from aggregator.dataclass import dataclass
from aggregator.errors import QueryError
from aggregator.model import RuleInfo
from aggregator.store.database import Database, Row
from aggregator.store.filters import EVERY, numbers
from aggregator.store.journal import Entry, Journal
from aggregator.store.rule_effects import RuleEffects, Standing
from aggregator.store.rule_matching import ALL_YET, RuleMatching
from aggregator.store.search import Search
from aggregator.text.query import parse
from aggregator.text.query_tree import Query

STEP: Final = 2000  # hits a write phase: about 0.1 s, so that a key press never waits longer
MUTES_KEPT: Final = 200  # mutes that are over; more than can be undone
CONFIG, MUTE, GONE = (
    "config",
    "mute",
    "gone",
)  # origins; a row that is gone waits for its hits to be taken back
RULES_READ: Final = 2048  # queries kept as trees

_COLUMNS = "id, key, name, query, actions, until, origin, active, below"


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A row. ``query`` holds no saved filter and no time that moves; ``until`` in seconds, 0 = for ever."""

    id: int
    key: str
    name: str
    query: str
    actions: Actions
    until: int
    origin: str
    active: bool
    below: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as it is to be; ``key`` tells its content from that of every other one."""

    key: str
    name: str
    query: str
    actions: Actions
    until: int


class Rules:
    """The rules in force, and their hits."""

    def __init__(self, database: Database, journal: Journal, search: Search) -> None:
        self._database = database
        self._journal = journal
        self._search = search
        self._matching = RuleMatching(database)
        self.effects = RuleEffects(database)
        journal.register("mute", undo=self._mute_back, redo=self._mute_again)
        journal.register("unmute", undo=self._mute_back, redo=self._mute_again)

    # --- reading ---

    def all(self) -> list[StoredRule]:
        """Every row, also of rules that are over."""
        return [_rule(row) for row in self._database.all(f"SELECT {_COLUMNS} FROM rules ORDER BY id")]

    def get(self, rule_id: int) -> StoredRule | None:
        """A rule by its number."""
        row = self._database.one(f"SELECT {_COLUMNS} FROM rules WHERE id = ?", (rule_id,))
        return _rule(row) if row else None

    def active(self, now: int) -> list[tuple[StoredRule, Query]]:
        """The rules that are in force, with their queries; what cannot be read (any more) is left out."""
        rows = self._database.all(
            f"SELECT {_COLUMNS} FROM rules WHERE active AND (until = 0 OR until > ?) ORDER BY id", (now,)
        )
        return [(rule, query) for rule in map(_rule, rows) if (query := tree(rule.query)) is not None]

    def any_over(self, now: int) -> bool:
        """Whether the time of a rule that is in force is over."""
        over = "SELECT EXISTS (SELECT 1 FROM rules WHERE active AND until BETWEEN 1 AND ?)"
        return bool(self._database.value(over, (now,)))

    def infos(self) -> list[RuleInfo]:
        """What there is to tell of the rules and mutes, with the number of articles that each one hits."""
        rows = self._database.all(
            "SELECT id, name, query, actions, until, origin, active, "
            "(SELECT count(*) FROM rule_hits h WHERE h.rule_id = r.id) FROM rules r "
            "WHERE origin <> ? ORDER BY origin, id",
            (GONE,),
        )
        return [
            RuleInfo(rule_id, name, query, tuple(json.loads(actions)), until, origin, bool(active), hits)
            for rule_id, name, query, actions, until, origin, active, hits in rows
        ]

    def hits(self, rule_id: int) -> array[int]:
        """The articles that a rule hits, newest first."""
        return numbers(
            self._database.value(
                "SELECT json_group_array(article_id) FROM (SELECT article_id FROM rule_hits "
                "WHERE rule_id = ? ORDER BY article_id DESC)",
                (rule_id,),
            )
        )

    def hits_of(self, ids: Iterable[int]) -> dict[int, set[int]]:
        """rule -> those of some articles that it hits."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for rule, article in self._database.all(
            "SELECT h.rule_id, h.article_id FROM json_each(?) w CROSS JOIN rule_hits h "
            "ON h.article_id = w.value",
            (json.dumps(list(ids)),),
        ):
            found[rule].add(article)
        return found

    def arriving(self, queries: Iterable[Query]) -> list[array[int]]:
        """Which of the arriving articles each query matches; inside ``Search.arriving``."""
        return self._matching.arriving(queries)

    def matching(self, query: Query, *, before: int = ALL_YET, limit: int = EVERY) -> array[int]:
        """The stored articles of a query, newest first: also those that lists leave out unless asked for."""
        return self._matching.stored(query, before=before, limit=limit)

    def standing(self, ids: Sequence[int]) -> Standing:
        """How some articles stand now."""
        return self.effects.standing(ids)

    # --- the rows; in a write phase ---

    def put(self, wanted: Wanted, origin: str, now: int) -> int:
        """Make a rule, or put one in force again, and let it look at all stored articles; returns its id."""
        actions = wanted.actions
        self._database.run(
            "INSERT INTO rules (key, name, query, actions, until, origin, active, made, hides, score, below) "
            "VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET name = excluded.name, "
            "until = excluded.until, origin = excluded.origin, active = 1, "
            "below = iif(active, below, excluded.below)",
            (
                *(wanted.key, wanted.name, wanted.query, json.dumps(actions.words(), ensure_ascii=False)),
                *(wanted.until, origin, now, actions.hide, actions.score, ALL_YET),
            ),
        )
        return int(self._database.value("SELECT id FROM rules WHERE key = ?", (wanted.key,)))

    def name(self, rule_id: int, name: str, until: int) -> None:
        """Call a rule otherwise, or let it end at another time: neither makes it look at anything anew."""
        self._database.run("UPDATE rules SET name = ?, until = ? WHERE id = ?", (name, until, rule_id))

    def end(self, rule_id: int, origin: str) -> None:
        """Let a rule be over; its hits are to be taken back."""
        self._database.run(
            "UPDATE rules SET active = 0, below = 0, origin = ? WHERE id = ?", (origin, rule_id)
        )

    # --- hits; in a write phase ---

    def hit(self, rule: StoredRule, ids: Sequence[int]) -> array[int]:
        """Let a rule hit articles; returns those that it did not hit before."""
        if not ids:
            return array("q")
        fresh = numbers(
            self._database.value(
                "SELECT json_group_array(a.id) FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value "
                "WHERE NOT EXISTS (SELECT 1 FROM rule_hits h WHERE h.rule_id = ? AND h.article_id = a.id)",
                (json.dumps(list(ids)), rule.id),
            )
        )
        if fresh:
            self._database.run(
                "INSERT INTO rule_hits SELECT ?, value FROM json_each(?)", (rule.id, json.dumps(list(fresh)))
            )
            self.effects.add(rule.id, rule.actions, fresh)
        return fresh

    def miss(self, rule: StoredRule, ids: Iterable[int]) -> None:
        """Take hits of a rule back."""
        gone = array("q", sorted(ids))
        if gone:
            self._database.run(
                "DELETE FROM rule_hits WHERE rule_id = ? AND article_id IN (SELECT value FROM json_each(?))",
                (rule.id, json.dumps(list(gone))),
            )
            self.effects.remove(rule.id, rule.actions, gone)

    # --- steps; each a write phase of its own ---

    def take_back(self) -> bool:
        """Take back the next hits of rules that are over; False when there is nothing left to do."""
        row = self._database.one(
            f"SELECT {_COLUMNS} FROM rules r WHERE NOT active AND (origin = ? OR EXISTS "
            "(SELECT 1 FROM rule_hits h WHERE h.rule_id = r.id)) LIMIT 1",
            (GONE,),
        )
        if row is not None:
            with self._database.write():
                self._take_back(_rule(row).id)
        return row is not None

    def look(self) -> bool:
        """Let the next rule look at the next stored articles; False when all have looked at all of them.

        False also while the search index lacks articles: what it does not know, no rule would see.
        """
        rows = self._database.all(f"SELECT {_COLUMNS} FROM rules WHERE active AND below > 0 ORDER BY id")
        if not rows or self._search.pending():
            return False
        for row in rows:
            rule = _rule(row)
            query = tree(rule.query)
            if query is not None:
                self._look(rule, query)
                return True
        return False

    def settle(self, rule: StoredRule, query: Query, then: Callable[[array[int]], None]) -> None:
        """Make a rule's hits what its query matches now; ``then`` gets the new ones, in the write phase.

        For what is known only some time after an article came, such as its story.
        """
        settled = False
        while not settled:
            version = self._version()
            matching, hits = set(self.matching(query)), set(self.hits(rule.id))
            if matching == hits:
                return
            with self._database.write():
                settled = self._version() == version  # else something changed meanwhile
                if settled:
                    self.miss(rule, hits - matching)
                    then(self.hit(rule, sorted(matching - hits)))

    # --- mutes ---

    def mute(self, wanted: Wanted, now: int) -> StoredRule:
        """Put a mute in force, for all stored articles at once. Can be undone."""
        with self._database.write(durable=True):
            before = self._state(wanted.key)
            rule_id = self.put(wanted, MUTE, now)
            self._turn(rule_id, [True, wanted.until])
            self._note("mute", rule_id, f"{wanted.name} muted", before, now)
            self._forget_old()
        return self._known(rule_id)

    def unmute(self, rule_id: int, now: int) -> StoredRule:
        """End a mute and bring back what it hid. Can be undone."""
        with self._database.write(durable=True):
            rule = self._known(rule_id)
            before = self._state(rule.key)
            self._turn(rule_id, [False, rule.until])
            self._note("unmute", rule_id, f"{rule.name} no longer muted", before, now)
        return rule

    def _note(self, action: str, rule_id: int, label: str, before: list[int], now: int) -> None:
        after = self._state(self._known(rule_id).key)
        detail: Mapping[str, object] = {"rule": rule_id, "before": before, "after": after}
        self._journal.note(action, label, detail, now=now)

    def _state(self, key: str) -> list[int]:
        """Whether the rule with a key is in force, and until when."""
        return list(self._database.one("SELECT active, until FROM rules WHERE key = ?", (key,)) or (0, 0))

    def _mute_back(self, entry: Entry) -> str:
        return self._turn(entry.detail["rule"], entry.detail["before"])

    def _mute_again(self, entry: Entry) -> str:
        return self._turn(entry.detail["rule"], entry.detail["after"])

    def _turn(self, rule_id: int, state: Sequence[int]) -> str:
        """Bring a mute into a state of ``_state`` with all that follows; returns a remark or ""."""
        active, until = state
        rule = self.get(rule_id)
        if rule is None:
            return "it is no longer known"
        self.name(rule_id, rule.name, until)
        if not active:
            self.end(rule_id, rule.origin)
            while self._take_back(rule_id):
                pass
        elif (query := tree(rule.query)) is not None:
            below = ALL_YET if self._search.pending() else 0  # then it looks again when all can be found
            self._database.run("UPDATE rules SET active = 1, below = ? WHERE id = ?", (below, rule_id))
            self.hit(rule, self.matching(query))
        return ""

    # --- inside ---

    def _known(self, rule_id: int) -> StoredRule:
        rule = self.get(rule_id)
        assert rule is not None  # noqa: S101  # a mistake of ours, met by every test
        return rule

    def _take_back(self, rule_id: int) -> bool:
        """One step of taking back a rule's hits; a rule that is gone goes with the last ones."""
        rule = self.get(rule_id)
        if rule is None or rule.active:  # another process was quicker
            return False
        hits = self.hits(rule_id)[:STEP]
        self.miss(rule, hits)
        if rule.origin == GONE and len(hits) < STEP:
            self._database.run("DELETE FROM rules WHERE id = ?", (rule_id,))
        return len(hits) == STEP

    def _look(self, rule: StoredRule, query: Query) -> None:
        version = self._version()
        found = self.matching(query, before=rule.below, limit=STEP)
        with self._database.write():
            now = self.get(rule.id)
            if self._version() != version or now != rule:
                return  # something changed meanwhile: what was found may not hold any more
            self.hit(rule, found)
            below = found[-1] if len(found) == STEP else 0
            self._database.run("UPDATE rules SET below = ? WHERE id = ?", (below, rule.id))

    def _version(self) -> int:
        """A number that changes when another connection has written."""
        return int(self._database.value("PRAGMA main.data_version"))

    def _forget_old(self) -> None:
        """Forget the mutes that were over longest."""
        self._database.run(
            "DELETE FROM rules WHERE id IN (SELECT id FROM rules r WHERE origin = ? AND NOT active AND NOT "
            "EXISTS (SELECT 1 FROM rule_hits h WHERE h.rule_id = r.id) ORDER BY id DESC LIMIT -1 OFFSET ?)",
            (MUTE, MUTES_KEPT),
        )


@lru_cache(maxsize=RULES_READ)
def tree(query: str) -> Query | None:
    """A stored query, read; None where it cannot be read (it was written by another version)."""
    try:
        return parse(query, 0)
    except QueryError:
        return None


def _rule(row: Row) -> StoredRule:
    """A row of ``_COLUMNS``."""
    rule_id, key, name, query, actions, until, origin, active, below = row
    done = read_actions(json.loads(actions))
    return StoredRule(rule_id, key, name, query, done, until, origin, bool(active), below)
