"""What relating articles needs from the store: who waits, features and vectors, scored pairs, texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aggregator.store.database import Database
from aggregator.store.times import first_id, time_of

STEP = 2000  # articles read at a time


class Profile(NamedTuple):
    """An article as the engine needs it; ``terms`` are packed features, b"" where they must be made."""

    id: int
    at: int
    language: str
    outlet: str
    terms: bytes


class Written(NamedTuple):
    """An article as it is written: what features, vectors and reasons are made of."""

    id: int
    language: str
    outlet: str
    title: str
    summary: str
    body: bytes
    url: str
    tags: tuple[str, ...]


Pairs = Mapping[int, tuple[float, float, bool]]  # other article -> log-odds of event and thread, same text

_PROFILE = (
    "SELECT a.id, a.language, f.outlet, coalesce(x.terms, x'') FROM {source} "
    "JOIN feeds f ON f.id = a.feed_id LEFT JOIN features x ON x.id = a.id"
)


class Relating:
    """The tables between storing an article and showing it in its story."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- who waits ---

    def queue(self, ids: Iterable[int], *, encode: bool = True) -> None:
        """Let articles wait to be compared, and for a vector (one they have is made anew)."""
        rows = [(article,) for article in ids]
        with self._database.write():
            self._database.many("INSERT OR IGNORE INTO unrelated VALUES (?)", rows)
            if encode:
                self._database.many("DELETE FROM vectors WHERE id = ?", rows)
                self._database.many("INSERT OR IGNORE INTO unencoded VALUES (?)", rows)

    def waiting(self, limit: int, seconds: int) -> list[int]:
        """The oldest articles that wait to be compared, none more than ``seconds`` after the first."""
        found = [
            row[0] for row in self._database.all("SELECT id FROM unrelated ORDER BY id LIMIT ?", (limit,))
        ]
        return [article for article in found if time_of(article) - time_of(found[0]) <= seconds]

    def related(self, ids: Sequence[int]) -> None:
        """These wait no longer; in a write phase."""
        self._database.many("DELETE FROM unrelated WHERE id = ?", [(i,) for i in ids])

    def waiting_count(self) -> int:
        """How many articles wait to be compared."""
        return int(self._database.value("SELECT count(*) FROM unrelated"))

    def unencoded_count(self) -> int:
        """How many articles wait for a vector."""
        return int(self._database.value("SELECT count(*) FROM unencoded"))

    def newest(self) -> int:
        """The sorting time of the newest article in seconds, 0 when there is none."""
        return time_of(int(self._database.value("SELECT coalesce(max(id), 0) FROM articles")))

    def unencoded(self, limit: int) -> list[int]:
        """The newest articles that wait for a vector."""
        rows = self._database.all("SELECT id FROM unencoded ORDER BY id DESC LIMIT ?", (limit,))
        return [row[0] for row in rows]

    # --- features and vectors ---

    def span(self, since: int, until: int) -> list[int]:
        """The ids of the articles of a time, in seconds, both ends included; oldest first."""
        rows = self._database.all(
            "SELECT id FROM articles WHERE id >= ? AND id < ? ORDER BY id",
            (first_id(max(since, 0)), first_id(max(until, 0) + 1)),
        )
        return [row[0] for row in rows]

    def profiles(self, ids: Sequence[int]) -> list[Profile]:
        """What the window needs of articles."""
        found = []
        for start in range(0, len(ids), STEP):
            rows = self._database.all(
                _PROFILE.format(source="json_each(?) w CROSS JOIN articles a ON a.id = w.value"),
                (json.dumps(ids[start : start + STEP]),),
            )
            found += [Profile(i, time_of(i), language, outlet, terms) for i, language, outlet, terms in rows]
        return found

    def save_terms(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Keep features that were made anew; in a write phase."""
        self._database.many("INSERT OR REPLACE INTO features VALUES (?, ?)", rows)

    def vectors(self, ids: Sequence[int]) -> list[tuple[int, bytes]]:
        """(article, vector) of those that have one."""
        found = []
        for start in range(0, len(ids), STEP):
            found += self._database.all(
                "SELECT v.id, v.vector FROM json_each(?) w CROSS JOIN vectors v ON v.id = w.value",
                (json.dumps(ids[start : start + STEP]),),
            )
        return found

    def save_vectors(self, rows: Sequence[tuple[int, bytes]], others: Sequence[int] = ()) -> None:
        """Keep new vectors and let their articles be compared again; ``others`` stop waiting without one."""
        with self._database.write():
            self._database.many(
                "INSERT OR REPLACE INTO vectors SELECT ?1, ?2 "
                "WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1)",
                rows,
            )
            done = [(article,) for article, _ in rows]
            self._database.many(
                "INSERT OR IGNORE INTO unrelated SELECT ?1 "
                "WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1)",
                done,
            )
            self._database.many("DELETE FROM unencoded WHERE id = ?", [*done, *((i,) for i in others)])

    def written(self, ids: Sequence[int]) -> dict[int, Written]:
        """The texts of articles."""
        rows = self._database.all(
            "SELECT a.id, a.language, f.outlet, a.title, b.summary, b.body, b.url, a.tags "
            "FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value JOIN bodies b ON b.id = a.id "
            "JOIN feeds f ON f.id = a.feed_id",
            (json.dumps(list(ids)),),
        )
        return {
            i: Written(i, language, outlet, title, summary, body, url, tuple(filter(None, tags.split("|"))))
            for i, language, outlet, title, summary, body, url, tags in rows
        }

    def contents(self, ids: Iterable[int]) -> dict[int, bytes]:
        """article -> checksum of what it says, of those that are there."""
        return dict(
            self._database.all(
                "SELECT a.id, a.content_hash FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value",
                (json.dumps(list(ids)),),
            )
        )

    # --- scored pairs ---

    def pairs(self, article: int) -> Pairs:
        """The scored pairs of an article."""
        rows = self._database.all(
            "SELECT other, same, thread, copy FROM pairs WHERE one = ?1 "
            "UNION ALL SELECT one, same, thread, copy FROM pairs WHERE other = ?1",
            (article,),
        )
        return {other: (same, thread, copy == 1) for other, same, thread, copy in rows}

    def bare(self, ids: Iterable[int]) -> list[int]:
        """The articles without a pair, forgotten for their age, in the stories in company of some."""
        rows = self._database.all(
            "SELECT m.article_id FROM story_members m WHERE m.story_id IN (SELECT n.story_id "
            "FROM json_each(?) w CROSS JOIN story_members n ON n.article_id = w.value) "
            "AND EXISTS (SELECT 1 FROM story_members o WHERE o.story_id = m.story_id "
            "AND o.article_id <> m.article_id) "
            "AND NOT EXISTS (SELECT 1 FROM pairs WHERE one = m.article_id) "
            "AND NOT EXISTS (SELECT 1 FROM pairs WHERE other = m.article_id)",
            (json.dumps(list(ids)),),
        )
        return [row[0] for row in rows]

    def replace_pairs(self, ids: Sequence[int], scored: Mapping[int, Pairs]) -> None:
        """Forget the pairs of articles and keep new ones; in a write phase."""
        wanted = json.dumps(list(ids))
        ours = "IN (SELECT value FROM json_each(?))"
        self._database.run(f"DELETE FROM pairs WHERE one {ours}", (wanted,))
        self._database.run(f"DELETE FROM pairs WHERE other {ours}", (wanted,))
        rows = {
            (min(article, other), max(article, other)): (same, thread, int(copy))
            for article, pairs in scored.items()
            for other, (same, thread, copy) in pairs.items()
        }
        self._database.many(
            "INSERT INTO pairs SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1) "
            "AND EXISTS (SELECT 1 FROM articles WHERE id = ?2)",
            sorted((*ends, *values) for ends, values in rows.items()),
        )

    def forget_before(self, at: int, vectors_at: int) -> None:
        """Forget pairs that are too old to be grouped again, and vectors too old to be compared."""
        with self._database.write():
            self._database.run("DELETE FROM pairs WHERE one < ?", (first_id(max(at, 0)),))
            oldest = first_id(max(vectors_at, 0))
            self._database.run("DELETE FROM vectors WHERE id < ?", (oldest,))
            self._database.run("DELETE FROM unencoded WHERE id < ?", (oldest,))
