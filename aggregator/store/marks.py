"""Marks: what a user did to articles, kept at once and safe from power cuts, undone by the same statements.

An article is unread while it has a row in ``unread``, starred while it has one in ``starred``. One that a
rule hides is not in ``unread``: its row in ``hidden`` says what it was, and no count knows it.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from aggregator.model import MarkAction
from aggregator.store.database import Database
from aggregator.store.filters import numbers, select_ids, select_with_feeds
from aggregator.store.journal import DONE, Entry, Journal, as_json, ascending, clock, counted
from aggregator.text.query_tree import UNREAD, Node, Not, Query, flag

INVERSE = {
    MarkAction.READ: MarkAction.UNREAD,
    MarkAction.UNREAD: MarkAction.READ,
    MarkAction.STAR: MarkAction.UNSTAR,
    MarkAction.UNSTAR: MarkAction.STAR,
}
# Articles that an action changes, as a condition that narrows a query.
_CHANGEABLE: dict[MarkAction, Node] = {
    MarkAction.READ: UNREAD,
    MarkAction.UNREAD: flag("read"),
    MarkAction.STAR: Not(flag("starred")),
    MarkAction.UNSTAR: flag("starred"),
}
_IS_HIDDEN = Not(Not(flag("hidden")))  # narrows a query; "hidden" alone would ask for what it leaves out
# Each action adds rows to a table of marks, or takes rows out of it.
_TABLE = {
    MarkAction.READ: "unread",
    MarkAction.UNREAD: "unread",
    MarkAction.STAR: "starred",
    MarkAction.UNSTAR: "starred",
}
_ADDS = (MarkAction.UNREAD, MarkAction.STAR)
_CHOOSE = "SELECT json_group_array(a.id), json_group_array({feed}) FROM json_each(?) w CROSS JOIN"
_SHOWN = "AND NOT EXISTS (SELECT 1 FROM hidden WHERE hidden.id = a.id)"
_MANY = 1000  # marks from which it pays to look whether they are all there are in their range of ids


class Changing(NamedTuple):
    """The articles that an action changes, ascending; those that are hidden apart.

    ``feeds`` is the feed of each, None where the articles are all that can change between the first and
    the last of them.
    """

    ids: array[int]
    feeds: array[int] | None
    hidden: array[int]

    @property
    def all(self) -> array[int]:
        """Both kinds, ascending."""
        return array("q", sorted((*self.ids, *self.hidden))) if self.hidden else self.ids


class Marks:
    """The user's marks."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        for action in MarkAction:
            journal.register(action.value, undo=self._undo, redo=self._redo)
        journal.register("apply", undo=self._undo_together, redo=self._redo_together)

    def apply(self, action: MarkAction, ids: Sequence[int], now: int | None = None) -> int:
        """Do something to articles; returns how many it changed. What changes nothing is not undoable.

        ``now`` in seconds, None for the system's time.
        """
        if not ids:
            return 0
        with self._database.write(durable=True):
            return self._do(action, self._changing(action, ascending(ids)), clock(now))

    def apply_query(self, action: MarkAction, query: Query, now: int | None = None) -> int:
        """Do something to all articles of a query; returns how many it changed."""
        with self._database.write(durable=True):
            narrowed = replace(query.also(_CHANGEABLE[action]), sort="")  # all of them, newest first
            ids, feeds = select_with_feeds(self._database, narrowed)
            changing = Changing(ids[::-1], feeds[::-1], array("q"))
            if aside := self._hidden_of(action, query):
                changing = self._changing(action, ascending([*ids, *aside]))
            return self._do(action, changing, clock(now))

    def apply_together(
        self, actions: Sequence[MarkAction], ids: Sequence[int], name: str, now: int
    ) -> dict[MarkAction, int]:
        """Do several things to articles in one step of the journal, which the name of their cause begins.

        Returns how many articles each of them changed.
        """
        done: dict[MarkAction, array[int]] = {}
        with self._database.write(durable=True):
            for action in actions:
                changing = self._changing(action, ascending(ids))
                self._change(action, changing, [now])
                done[action] = changing.all
            told = [f"{counted(len(changed))} {DONE[action.value]}" for action, changed in done.items()]
            if any(done.values()):
                detail = {action.value: changed.tolist() for action, changed in done.items()}
                self._journal.note("apply", f"{name}: {', '.join(told)}", detail, now=now)
        return {action: len(changed) for action, changed in done.items()}

    def starred_count(self) -> int:
        """How many articles are starred."""
        return int(self._database.value("SELECT count(*) FROM starred"))

    # --- undo and redo ---

    def _undo(self, entry: Entry) -> str:
        """Take back exactly what was changed; a star gets its old time."""
        return self._turn(INVERSE[MarkAction(entry.action)], entry)

    def _redo(self, entry: Entry) -> str:
        return self._turn(MarkAction(entry.action), entry)

    def _undo_together(self, entry: Entry) -> str:
        return _first(self._undo(part) for part in _parts(entry))

    def _redo_together(self, entry: Entry) -> str:
        return _first(self._redo(part) for part in _parts(entry))

    def _turn(self, action: MarkAction, entry: Entry) -> str:
        changing = self._changing(action, entry.ids)
        since = [entry.at or clock(None)]  # 0 in steps of a version that did not keep it
        if action is MarkAction.STAR and entry.detail:
            at = dict(zip(entry.ids, entry.detail, strict=True))
            since = [at[i] for i in changing.ids]
        self._change(action, changing, since)
        number = len(changing.all)
        return "" if number == len(entry.ids) else f"{number} of them, the others are gone or changed since"

    # --- doing ---

    def _do(self, action: MarkAction, changing: Changing, now: int) -> int:
        changed = changing.all
        if changed:
            since = self._since(changed) if action is MarkAction.UNSTAR else None
            self._change(action, changing, [now])
            self._journal.note(action.value, "", since, ids=changed, now=now)
        return len(changed)

    def _since(self, ids: array[int]) -> list[int]:
        """Since when articles are starred."""
        found = self._database.value(
            "SELECT json_group_array(s.at) FROM json_each(?) w CROSS JOIN starred s ON s.id = w.value",
            (as_json(ids),),
        )
        return numbers(found).tolist()

    def _hidden_of(self, action: MarkAction, query: Query) -> Sequence[int]:
        """The hidden articles that a query itself asks for, where read or unread is what changes."""
        if _TABLE[action] != "unread" or not self._database.value("SELECT EXISTS (SELECT 1 FROM hidden)"):
            return ()
        return select_ids(self._database, query.also(_IS_HIDDEN))

    def _any_hidden(self, action: MarkAction, ids: array[int]) -> bool:
        """Whether something is hidden between the first and the last of ascending ids, where that matters."""
        if _TABLE[action] != "unread" or not ids:
            return False
        some = "SELECT EXISTS (SELECT 1 FROM hidden WHERE id BETWEEN ? AND ?)"
        return bool(self._database.value(some, (ids[0], ids[-1])))

    def _changing(self, action: MarkAction, ids: Sequence[int]) -> Changing:
        """Which of some ascending ids an action changes."""
        asked = array("q", ids)
        if self._is_whole(action, asked):
            return Changing(asked, None, array("q"))
        table = _TABLE[action]
        feed = "a.feed_id" if table == "unread" else "0"
        if action in _ADDS:
            rest = f"articles a ON a.id = w.value LEFT JOIN {table} m ON m.id = a.id WHERE m.id IS NULL"
            rest += f" {_SHOWN}" if self._any_hidden(action, asked) else ""
        else:
            rest = f"{table} a ON a.id = w.value"
        found = self._database.one(f"{_CHOOSE.format(feed=feed)} {rest}", (as_json(ids),)) or ("[]", "[]")
        return Changing(numbers(found[0]), numbers(found[1]), self._changing_hidden(action, asked))

    def _is_whole(self, action: MarkAction, ids: array[int]) -> bool:
        """Whether many ascending ids are all that an action can change between them, and all change."""
        if len(ids) < _MANY:
            return False
        adds, between = action in _ADDS, (ids[0], ids[-1])
        source = "articles" if adds else _TABLE[action]
        aside = adds and self._any_hidden(action, ids)
        number = self._number(source, between) - (self._number("hidden", between) if aside else 0)
        if number != len(ids) or (adds and self._number(_TABLE[action], between)):
            return False
        span = f"SELECT id FROM {source} WHERE id BETWEEN ?1 AND ?2"
        span += " EXCEPT SELECT id FROM hidden WHERE id BETWEEN ?1 AND ?2" if aside else ""
        listed = f"SELECT json_group_array(id) FROM ({span} ORDER BY id)"
        return bool(self._database.value(listed, between) == as_json(ids))

    def _number(self, table: str, between: tuple[int, int]) -> int:
        """How many rows a table has between two ids."""
        return int(self._database.value(f"SELECT count(*) FROM {table} WHERE id BETWEEN ? AND ?", between))

    def _changing_hidden(self, action: MarkAction, ids: array[int]) -> array[int]:
        """Which of some ids are hidden and become read or unread."""
        if not self._any_hidden(action, ids):
            return array("q")
        found = self._database.value(
            "SELECT json_group_array(h.id) FROM json_each(?) w CROSS JOIN hidden h ON h.id = w.value "
            "WHERE h.unread <> ?",
            (as_json(ids), int(action in _ADDS)),
        )
        return numbers(found)

    def _change(self, action: MarkAction, changing: Changing, since: Sequence[int]) -> None:
        """Change what ``_changing`` chose, and keep the counts. ``since``: of each new star, or of all."""
        if changing.hidden:
            self._database.run(
                "UPDATE hidden SET unread = ? WHERE id IN (SELECT value FROM json_each(?))",
                (int(action in _ADDS), as_json(changing.hidden)),
            )
        if changing.ids and action in _ADDS:
            self._add(action, changing, since)
            self._count(action, changing)
        elif changing.ids:
            self._count(action, changing)
            self._remove(_TABLE[action], changing)

    def _count(self, action: MarkAction, changing: Changing) -> None:
        """Keep the numbers of unread articles; while the rows are there."""
        if _TABLE[action] != "unread":
            return
        feeds = changing.feeds
        if feeds is None:
            listed = "SELECT json_group_array(feed_id) FROM unread WHERE id BETWEEN ? AND ?"
            feeds = numbers(self._database.value(listed, (changing.ids[0], changing.ids[-1])))
        sign = 1 if action in _ADDS else -1
        self._database.many(
            "UPDATE feed_counts SET unread = unread + ? WHERE feed_id = ?",
            [(sign * number, feed) for feed, number in Counter(feeds).items()],
        )

    def _add(self, action: MarkAction, changing: Changing, since: Sequence[int]) -> None:
        table, changed = _TABLE[action], changing.ids
        if table == "starred" and len(set(since)) > 1:
            self._database.many("INSERT INTO starred VALUES (?, ?)", zip(changed, since, strict=True))
            return
        columns = "a.id, a.feed_id" if table == "unread" else f"a.id, {int(since[0])}"
        if changing.feeds is not None and not self._is_all_of("articles", changed):
            source = "json_each(?) w CROSS JOIN articles a ON a.id = w.value"
            self._database.run(f"INSERT INTO {table} SELECT {columns} FROM {source}", (as_json(changed),))
            return
        between = (changed[0], changed[-1])
        source = "articles a WHERE a.id BETWEEN ? AND ? ORDER BY a.id"
        self._database.run(f"INSERT INTO {table} SELECT {columns} FROM {source}", between)
        if self._any_hidden(action, changed):  # out again: that is faster than to ask for each
            hidden = "SELECT id FROM hidden WHERE id BETWEEN ? AND ?"
            self._database.run(f"DELETE FROM {table} WHERE id IN ({hidden})", between)

    def _remove(self, table: str, changing: Changing) -> None:
        changed = changing.ids
        if changing.feeds is None or self._is_all_of(table, changed):
            self._database.run(f"DELETE FROM {table} WHERE id BETWEEN ? AND ?", (changed[0], changed[-1]))
        else:
            listed = f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))"
            self._database.run(listed, (as_json(changed),))

    def _is_all_of(self, table: str, ids: array[int]) -> bool:
        """Whether ascending ids are all that a table has between the first and the last of them."""
        return len(ids) >= _MANY and self._number(table, (ids[0], ids[-1])) == len(ids)


def _parts(entry: Entry) -> Iterator[Entry]:
    """A step of several marks as a step of each."""
    for action, changed in entry.detail.items():
        yield Entry(action, entry.at, entry.label, array("q", changed), None)


def _first(remarks: Iterable[str]) -> str:
    """All is done, and the first remark told."""
    return next(filter(None, list(remarks)), "")
