"""A first look into the cache before the program is loaded: the newest rows, read-only, with few imports.

It loads SQLite and nothing of the store that needs the records. It may see nothing where the store would see
something (a log that has to be replayed, a lock): whoever looks goes on without it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from types import SimpleNamespace, TracebackType
from typing import Any, Final, Self

from aggregator.store.front_rows import MEMBERS, heat, told
from aggregator.store.row_sql import ROW
from aggregator.store.times import time_of

NEWS: Final = "news.sqlite3"
LOOKED_AT: Final = 10_000  # of the newest articles, as for the front page

_QUOTED: Final = {ord(sign): f"%{ord(sign):02x}" for sign in "%?#"}  # what means something in a URI

_NEWEST = (
    "SELECT a.id FROM articles a WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = a.id) "
    "AND (a.feed_id IN (SELECT id FROM feeds WHERE subscribed) "
    "OR EXISTS (SELECT 1 FROM starred s WHERE s.id = a.id) "
    "OR EXISTS (SELECT 1 FROM article_tags t WHERE t.article_id = a.id) "
    "OR EXISTS (SELECT 1 FROM notes n WHERE n.id = a.id)) ORDER BY a.id DESC LIMIT ?"
)
_OLDEST = "SELECT id FROM articles ORDER BY id DESC LIMIT 1 OFFSET ?"
_STORIES = "SELECT id, outlets, last FROM stories WHERE last >= ? AND outlets > 1"


class Glance:
    """A read-only connection for one look; a context manager. Methods raise ``OSError`` when it fails."""

    def __init__(self, cache: str) -> None:
        path = os.path.join(os.path.abspath(cache), NEWS)  # noqa: PTH100, PTH118 - pathlib costs a tenth of the look
        try:
            self._connection = sqlite3.connect(
                f"file:{path.translate(_QUOTED)}?mode=ro", uri=True, timeout=0, isolation_level=None
            )
        except sqlite3.Error as error:
            raise OSError(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def version(self) -> int:
        """Which version of the schema the file has."""
        return int(self._all("PRAGMA user_version")[0][0])

    def ui(self, key: str) -> str:
        """A piece of the reader's state, or ""."""
        found = self._all("SELECT value FROM ui WHERE key = ?", (key,))
        return str(found[0][0]) if found else ""

    def newest(self, limit: int) -> list[int]:
        """The newest articles that lists show."""
        return [row[0] for row in self._all(_NEWEST, (limit,))]

    def hottest(self, limit: int, now: int) -> list[int]:
        """The first stories of the front page."""
        oldest = self._all(_OLDEST, (LOOKED_AT - 1,))
        stories = self._all(_STORIES, (time_of(oldest[0][0]) if oldest else 0,))
        ranked = sorted((-heat(outlets, last, now), -story) for story, outlets, last in stories)
        return [-story for _, story in ranked[:limit]]

    def articles(self, ids: Sequence[int]) -> list[Any]:
        """What a list shows of articles: the fields of ArticleRow that its line needs."""
        return [
            SimpleNamespace(
                id=row[0],
                at=time_of(row[0]),
                outlet=row[2],
                title=row[3],
                language=row[4],
                unread=row[5] == 1,
                starred=row[6] == 1,
                related=row[7],
                updated=row[8] == 1,
            )
            for row in self._all(ROW, (json.dumps(list(ids)),))
        ]

    def stories(
        self, ids: Sequence[int], languages: Sequence[str], now: int, activity: Sequence[int]
    ) -> list[Any]:
        """What the front page shows of stories: the fields of StoryRow. ``activity`` is (step, steps)."""
        members = self._all(MEMBERS, (json.dumps(list(ids)),))
        step, steps = activity
        return [SimpleNamespace(**row) for row in told(ids, members, languages, now, step=step, steps=steps)]

    def _all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise OSError(str(error)) from error
