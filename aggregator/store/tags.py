"""Tags on articles: the reader's own, and those that rules give. One tag is one search spelling.

A step of the journal keeps the articles of its rows; its detail is ``{"tag": search spelling, "rules": the
rule of each row, "names": [how it was written before, and after]}``, None where it was no tag.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from aggregator.actions import read_actions
from aggregator.errors import InputError
from aggregator.store.database import Database
from aggregator.store.journal import Entry, Journal, as_json, ascending, counted
from aggregator.text.fold import fold
from aggregator.text.inert import clean_text

MAX_TAG: Final = 60  # characters: a few words, and a line of the screen still holds it
Pair = tuple[int, int]  # article, rule

READER: Final = 0  # the rule_id of what the reader tagged


class Tags:
    """The tags on articles."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        journal.register("tag", undo=self._take_away, redo=self._give_again)
        journal.register("untag", undo=self._give_again, redo=self._take_away)

    def tag(self, ids: Sequence[int], name: str, now: int | None = None) -> int:
        """Tag articles; returns how many had not been tagged so by the reader. Raises InputError.

        A tag that is there already is from now on written as here.
        """
        key, written = tag_key(name)
        with self._database.write(durable=True):
            before = self._written(key)
            new = [row[0] for row in self._database.all(_UNTAGGED, (as_json(ascending(ids)), key, READER))]
            if new:
                self._add(key, [(article, READER) for article in new], written)
                detail = {"tag": key, "rules": [READER] * len(new), "names": [before, written]}
                self._journal.note("tag", f"{counted(len(new))} tagged {written}", detail, ids=new, now=now)
        return len(new)

    def untag(self, ids: Sequence[int], name: str, now: int | None = None) -> int:
        """Take a tag off articles, whoever gave it; returns how many had it. Raises InputError."""
        key, written = tag_key(name)
        with self._database.write(durable=True):
            before = self._written(key)
            rows = self._database.all(_TAGGED, (as_json(ascending(ids)), key))
            number = len({article for article, _ in rows})
            if rows:
                self._delete(key, [(article, rule) for article, rule in rows], None)
                after = self._written(key)
                detail = {"tag": key, "rules": [rule for _, rule in rows], "names": [before, after]}
                label = f"{counted(number)} no longer tagged {before or written}"
                self._journal.note("untag", label, detail, ids=[article for article, _ in rows], now=now)
        return number

    def counts(self) -> list[tuple[str, int]]:
        """Every tag as written, in the order of the alphabet, and how many articles have it.

        Articles that are hidden are not counted.
        """
        return self._database.all(
            "SELECT n.name, count(DISTINCT iif(h.id IS NULL, t.article_id, NULL)) FROM tag_names n "
            "CROSS JOIN article_tags t ON t.tag = n.tag LEFT JOIN hidden h ON h.id = t.article_id "
            "GROUP BY n.tag ORDER BY n.tag"
        )

    # --- undo and redo ---

    def _give_again(self, entry: Entry) -> str:
        """Add a step's rows; of rows by a rule only where it still hits the article and gives this tag."""
        before, after = entry.detail["names"]
        key = entry.detail["tag"]
        gone = {rule for rule in {*entry.detail["rules"]} - {READER} if not self._gives(rule, key)}
        rows = [row for row in _rows(entry) if row[1] not in gone]
        self._add(key, rows, after if entry.action == "tag" else before)
        return ""

    def _take_away(self, entry: Entry) -> str:
        """Delete a step's rows."""
        before, after = entry.detail["names"]
        self._delete(entry.detail["tag"], _rows(entry), before if entry.action == "tag" else after)
        return ""

    # --- inside ---

    def _gives(self, rule: int, key: str) -> bool:
        """Whether a rule of this number gives this tag; numbers of rules that are gone are given again."""
        actions = self._database.value("SELECT actions FROM rules WHERE id = ?", (rule,), "[]")
        return any(fold(tag) == key for tag in read_actions(json.loads(actions)).tags)

    def _written(self, key: str) -> str | None:
        name: str | None = self._database.value("SELECT name FROM tag_names WHERE tag = ?", (key,))
        return name

    def _add(self, key: str, rows: Iterable[Pair], name: str | None) -> None:
        for rule, articles in _by_rule(rows).items():
            self._database.run(_ADD, (key, as_json(articles), rule))
        self._write(key, name)

    def _delete(self, key: str, rows: Iterable[Pair], name: str | None) -> None:
        for rule, articles in _by_rule(rows).items():
            self._database.run(_DELETE, (key, as_json(articles), rule))
        self._write(key, name)

    def _write(self, key: str, name: str | None) -> None:
        """How a tag is written from now on, None for as before; a tag of no article is none any more."""
        if name is not None:
            self._database.run("INSERT OR REPLACE INTO tag_names VALUES (?, ?)", (key, name))
        unused = "NOT EXISTS (SELECT 1 FROM article_tags WHERE tag = ?1)"
        self._database.run(f"DELETE FROM tag_names WHERE tag = ?1 AND {unused}", (key,))


def _rows(entry: Entry) -> Iterable[Pair]:
    """A step's rows as (article, rule)."""
    return zip(entry.ids, entry.detail["rules"], strict=True)


def _by_rule(rows: Iterable[Pair]) -> dict[int, list[int]]:
    """rule -> articles."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for article, rule in rows:
        found[rule].append(article)
    return found


_ADD: Final = (
    "INSERT OR IGNORE INTO article_tags SELECT ?1, a.id, ?3 FROM json_each(?2) w "
    "CROSS JOIN articles a ON a.id = w.value WHERE ?3 = 0 "
    "OR EXISTS (SELECT 1 FROM rule_hits h WHERE h.rule_id = ?3 AND h.article_id = a.id)"
)
_DELETE: Final = (
    "DELETE FROM article_tags WHERE tag = ?1 AND article_id IN (SELECT value FROM json_each(?2)) "
    "AND rule_id = ?3"
)
_TAGGED: Final = (
    "SELECT t.article_id, t.rule_id FROM json_each(?) w "
    "CROSS JOIN article_tags t ON t.tag = ? AND t.article_id = w.value"
)
_UNTAGGED: Final = (
    "SELECT a.id FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value WHERE NOT EXISTS "
    "(SELECT 1 FROM article_tags t WHERE t.tag = ? AND t.article_id = a.id AND t.rule_id = ?)"
)


def tag_key(name: str) -> tuple[str, str]:
    """A tag's search spelling, by which it is known, and how it is written. Raises InputError."""
    written = clean_text(name).strip()
    key = fold(written)
    if not key:
        raise InputError("A tag needs a letter or a digit.")
    if len(written) > MAX_TAG:
        raise InputError(f"A tag has at most {MAX_TAG} characters.")
    return key, written
