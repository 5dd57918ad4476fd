"""Stories put right by the reader: an article taken out of one, two made one; undone to the row.

A step keeps which rows went and which came, and a checksum of all rows round them before and after. Where
they are as the step left them, going back or forth puts exactly those rows. Where stories were grouped
anew meanwhile, only the reader's word on the pairs goes back or forth, and the articles wait to be
compared again, which makes stories of what holds now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from aggregator.store.database import Database, Row
from aggregator.store.journal import Entry, Journal, as_json, counted
from aggregator.store.links import Links
from aggregator.store.relating import Relating
from aggregator.store.stories import Stories
from aggregator.store.verdicts import Verdicts

REGROUPED: Final = "stories were grouped anew since; the next sync puts its articles where they belong"

Snapshot = dict[str, list[Row]]  # table -> rows


class _Table(NamedTuple):
    """Rows that a correction may change, told apart by the leading columns ``key``.

    ``where`` chooses them by ``these`` articles and ``theirs``, their stories.
    """

    name: str
    key: tuple[str, ...]
    where: str


_STORIES: Final = _Table("stories", ("id",), "id IN theirs")
_VERDICTS: Final = _Table("verdicts", ("one", "other"), "one IN these AND other IN these")
_BELOW: Final = (  # all that may lean on a story
    _Table("story_members", ("article_id",), "article_id IN these OR story_id IN theirs"),
    _Table("story_aliases", ("old",), "old IN theirs OR story_id IN theirs"),
    _Table("story_names", ("name", "story_id"), "story_id IN theirs"),
    _Table("story_links", ("source", "target"), "source IN theirs OR target IN theirs"),
    _Table("links", ("source", "target", "kind"), "source IN these AND target IN these"),
    _VERDICTS,
)
_SCOPE: Final = "WITH these AS (SELECT value FROM json_each(?)), theirs AS (SELECT value FROM json_each(?))"
_TABLES: Final = (_STORIES, *_BELOW)
_RELATED: Final = "related"  # not a table: (article, number of related ones), which lists show


class Corrections:
    """The reader's changes to stories."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        self._stories = Stories(database)
        self._verdicts = Verdicts(database)
        self._links = Links(database)
        self._relating = Relating(database)
        for action in ("split", "join"):
            journal.register(action, undo=self._undo, redo=self._redo)

    def split(self, article: int, now: int) -> int:
        """Take an article out of its story for good; returns from how many others it is apart now."""

        def change() -> None:
            self._stories.take_out(article)
            self._verdicts.say(((article, other) for other in others), now, together=False)
            self._links.forget_between(article, others)

        with self._database.write(durable=True):
            others = [other for other in self._mates(article) if other != article]
            if others:
                label = f"an article taken out of a story of {len(others) + 1}"
                self._noted("split", label, [article, *others], change, now)
        return len(others)

    def part(self, one: int, other: int, now: int) -> None:
        """Say of two articles, each in a story of its own or in none, that they do not tell the same."""

        def change() -> None:
            self._verdicts.say(((one, other),), now, together=False)
            self._links.forget_between(one, [other])

        with self._database.write(durable=True):
            self._noted("split", "two articles told apart", [one, other], change, now)

    def join(self, one: int, other: int, now: int) -> None:
        """Make the stories of two articles one for good."""

        def change() -> None:
            ours, theirs = self._stories.put_together(one, other)
            self._verdicts.say({(a, b) for a in ours for b in theirs}, now, together=True)

        with self._database.write(durable=True):
            articles = sorted({*self._mates(one), *self._mates(other)})
            self._noted("join", f"{counted(len(articles))} joined in one story", articles, change, now)

    def _mates(self, article: int) -> list[int]:
        """The articles of an article's story; itself where it has none."""
        story = self._stories.id_of(article)
        return self._stories.members([story]).get(story, [article])

    def _noted(
        self, action: str, label: str, articles: Sequence[int], change: Callable[[], None], now: int
    ) -> None:
        """Do a change to the stories of articles and note it."""
        stories = set(self._stories.placed(articles).values())
        before = self._snapshot(articles, sorted(stories))
        change()
        scope = sorted(stories | set(self._stories.placed(articles).values()))
        after = self._snapshot(articles, scope)
        self._relating.queue(articles, encode=False)
        if after == before:
            return
        names = {*before, *after}
        detail = {
            "stories": scope,
            "gone": {name: _without(before[name], after[name]) for name in names},
            "came": {name: _without(after[name], before[name]) for name in names},
            "before": _checksum(before),
            "after": _checksum(after),
        }
        self._journal.note(action, label, detail, ids=articles, now=now)

    # --- undo and redo ---

    def _undo(self, entry: Entry) -> str:
        return self._turn(entry, was="after", out="came", back="gone")

    def _redo(self, entry: Entry) -> str:
        return self._turn(entry, was="before", out="gone", back="came")

    def _turn(self, entry: Entry, *, was: str, out: str, back: str) -> str:
        """Take the rows ``out`` and put those ``back`` where all is as it ``was``."""
        detail: dict[str, Any] = entry.detail
        present = self._relating.contents(entry.ids)
        is_so = _checksum(self._snapshot(entry.ids, detail["stories"])) == detail[was]
        if is_so:
            self._put_stories(detail[out], detail[back])
        else:
            words = [row for row in detail[back][_VERDICTS.name] if {row[0], row[1]} <= present.keys()]
            self._put(_VERDICTS, detail[out], {_VERDICTS.name: words})
        self._relating.queue(present, encode=False)
        return "" if is_so else REGROUPED

    def _put_stories(self, out: Snapshot, back: Snapshot) -> None:
        """Stories first in and last out, for the others lean on them."""
        columns = [row[1] for row in self._database.all("SELECT * FROM pragma_table_info('stories')")]
        values = ", ".join("?" * len(columns))
        changed = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
        self._database.many(
            f"INSERT INTO stories VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {changed}",
            back[_STORIES.name],
        )
        for table in _BELOW:
            self._put(table, out, back)
        kept = {row[0] for row in back[_STORIES.name]}
        self._delete(_STORIES, [row for row in out[_STORIES.name] if row[0] not in kept])
        self._database.many("UPDATE articles SET related = ?2 WHERE id = ?1", back[_RELATED])

    def _put(self, table: _Table, out: Snapshot, back: Snapshot) -> None:
        self._delete(table, out[table.name])
        rows = back[table.name]
        if rows:
            values = ", ".join("?" * len(rows[0]))
            self._database.many(f"INSERT OR REPLACE INTO {table.name} VALUES ({values})", rows)

    def _delete(self, table: _Table, rows: Sequence[Row]) -> None:
        condition = " AND ".join(f"{column} = ?" for column in table.key)
        self._database.many(
            f"DELETE FROM {table.name} WHERE {condition}", [row[: len(table.key)] for row in rows]
        )

    def _snapshot(self, articles: Sequence[int], stories: Sequence[int]) -> Snapshot:
        """All rows that a correction of these may change."""
        scope = (as_json(articles), as_json(stories))
        found = {
            table.name: self._database.all(
                f"{_SCOPE} SELECT * FROM {table.name} WHERE {table.where} ORDER BY {', '.join(table.key)}",
                scope,
            )
            for table in _TABLES
        }
        related = f"{_SCOPE} SELECT id, related FROM articles WHERE id IN these ORDER BY id"
        found[_RELATED] = self._database.all(related, scope)
        return found


def _without(rows: Sequence[Row], others: Sequence[Row]) -> list[Row]:
    """The rows that are not among others."""
    known = set(others)
    return [row for row in rows if row not in known]


def _checksum(snapshot: Snapshot) -> bytes:
    """What tells two snapshots apart."""
    return blake2b(msgspec.msgpack.encode(sorted(snapshot.items())), digest_size=16).digest()
