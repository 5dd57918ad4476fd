"""Articles: reading them as lists and one by one, and storing what a feed brings (through ``Intake``)."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from aggregator.errors import StoreDamaged
from aggregator.model import (
    Article,
    ArticleDraft,
    ArticleRow,
    Block,
    Change,
    Enclosure,
    FeedState,
    Image,
    Revision,
)
from aggregator.store.database import Database, Row
from aggregator.store.filters import count_ids, select_ids
from aggregator.store.identity import url_key
from aggregator.store.intake import Intake
from aggregator.store.pages import Pages
from aggregator.store.row_sql import NO_TAGS, ROW
from aggregator.store.times import time_of
from aggregator.text.blocks import unpack_blocks
from aggregator.text.query_tree import UNREAD, Query

STEP = 500  # articles read at a time when going through all of them

_REST = (
    "SELECT b.guid, b.url, b.author, b.summary, b.body, b.published, b.updated, b.first_seen, b.extra, "
    "f.title, f.url, f.country FROM bodies AS b JOIN articles AS a ON a.id = b.id "
    "JOIN feeds AS f ON f.id = a.feed_id WHERE b.id = ?"
)


class Articles:
    """The stored articles."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pages = Pages(database)
        self._intake = Intake(database)

    def upsert(self, feed: FeedState, drafts: Sequence[ArticleDraft], now: int) -> list[Change]:
        """Store what a feed brought; returns what is new or updated. See ``Intake.store``."""
        return self._intake.store(feed.id, drafts, now)

    def upsert_all(
        self,
        documents: Sequence[tuple[FeedState, Sequence[ArticleDraft]]],
        now: int,
        *,
        archived: bool = False,
    ) -> list[list[Change]]:
        """``upsert`` for several feeds at once, each named once: a batch costs less than its parts.

        ``archived``: they come from an archive: a guid we do not know is a new article, though its link
        be known, and each counts as first seen when it was published.
        """
        by_id = [(feed.id, drafts) for feed, drafts in documents]
        return self._intake.store_all(by_id, now, archived=archived)

    def get(self, article_id: int) -> Article | None:
        """One whole article, None when it is not (or no longer) here."""
        rows = self.rows([article_id])
        rest = self._database.one(_REST, (article_id,))
        if not rows or rest is None:
            return None
        guid, url, author, summary, body, published, updated, first_seen, extra = rest[:9]
        feed_title, feed_url, country = rest[9:]
        tags, enclosures, image = _extra(extra)
        return Article(
            row=rows[0],
            guid=guid,
            url=url,
            author=author,
            summary=summary,
            blocks=self._blocks(body),
            published=published,
            updated=updated,
            first_seen=first_seen,
            feed_title=feed_title,
            feed_url=feed_url,
            country=country,
            tags=tags,
            enclosures=enclosures,
            image=image,
            revisions=tuple(self._revisions(article_id)),
            page=self._pages.get(article_id),
            note=self._database.value("SELECT text FROM notes WHERE id = ?", (article_id,), ""),
            rules=tuple(self._rules(article_id)),
        )

    def _blocks(self, body: bytes) -> tuple[Block, ...]:
        try:
            return unpack_blocks(body)
        except ValueError as error:
            raise StoreDamaged(
                f"{self._database.path}: the text of an article is damaged ({error})."
            ) from error

    def guids(self, ids: Sequence[int]) -> dict[int, tuple[str, int | None]]:
        """id -> (guid, publisher's time or None)."""
        rows = self._database.all(
            "SELECT b.id, b.guid, b.published FROM json_each(?) w CROSS JOIN bodies b ON b.id = w.value",
            (json.dumps(list(ids)),),
        )
        return {article: (guid, published) for article, guid, published in rows}

    def by_url(self, url: str) -> int | None:
        """The newest article at an address, whatever its tracking parameters."""
        value = self._database.value(
            "SELECT max(id) FROM (SELECT id FROM articles WHERE url_key = ?1 "
            "UNION ALL SELECT id FROM pages WHERE url_key = ?1)",
            (url_key(url),),
        )
        return None if value is None else int(value)

    def rows(self, ids: Sequence[int]) -> list[ArticleRow]:
        """List lines for ids, in their order; ids that are not here are left out."""
        found = self._database.all(ROW, (json.dumps(list(ids)),))
        return [_row(row) for row in found]

    def page(self, query: Query, before: int | None, limit: int) -> list[ArticleRow]:
        """The newest ``limit`` articles of a query, older than the article ``before`` where given."""
        return self.rows(select_ids(self._database, query, before=before, limit=limit))

    def ids(self, query: Query) -> array[int]:
        """The ids of all articles of a query, newest first."""
        return select_ids(self._database, query)

    def next_unread(self, query: Query, after_id: int) -> int | None:
        """The next older unread article of a query, else its newest unread one; None when none is left."""
        unread = query.also(UNREAD)
        older = select_ids(self._database, unread, before=after_id, limit=1)
        if older:
            return older[0]
        newest = select_ids(self._database, unread, limit=2)
        return next((article_id for article_id in newest if article_id != after_id), None)

    def unread_count(self, query: Query) -> int:
        """How many unread articles match."""
        return count_ids(self._database, query.also(UNREAD))

    def iter_all(self) -> Iterator[Article]:
        """Every article, newest first, also of feeds that are no longer subscribed."""
        last = 2**63 - 1
        while rows := self._database.all(
            "SELECT id FROM articles WHERE id < ? ORDER BY id DESC LIMIT ?", (last, STEP)
        ):
            for (article_id,) in rows:
                article = self.get(article_id)
                if article is not None:
                    yield article
            last = rows[-1][0]

    def count(self) -> tuple[int, int]:
        """(articles, unread articles) of the subscribed feeds, hidden ones left out."""
        total, unread = self._database.one(
            "SELECT coalesce(sum(c.total - c.hidden), 0), coalesce(sum(c.unread), 0) FROM feed_counts c "
            "JOIN feeds f ON f.id = c.feed_id WHERE f.subscribed"
        ) or (0, 0)
        return total, unread

    def _rules(self, article_id: int) -> Iterator[str]:
        """The names of the rules and mutes that hit an article; of a hidden one, those that hide it."""
        for (name,) in self._database.all(
            "SELECT DISTINCT r.name FROM rule_hits h JOIN rules r ON r.id = h.rule_id "
            "WHERE h.article_id = ?1 AND (r.hides OR NOT EXISTS (SELECT 1 FROM hidden i WHERE i.id = ?1)) "
            "ORDER BY r.origin, r.id",
            (article_id,),
        ):
            yield name

    def _revisions(self, article_id: int) -> Iterator[Revision]:
        """Earlier wordings, the latest first."""
        for row in self._database.all(
            "SELECT seen, title, summary FROM revisions WHERE article_id = ? ORDER BY id DESC", (article_id,)
        ):
            yield Revision(*row)


def _row(row: Row) -> ArticleRow:
    """A row of ``ROW``."""
    article_id, feed_id, outlet, title, language, unread, starred, related, edited = row[:9]
    hidden, tags, noted, score = row[9:]
    names = tuple(sorted(json.loads(tags), key=str.casefold)) if tags != NO_TAGS else ()
    marks = (unread == 1, starred == 1)
    return ArticleRow(
        *(article_id, feed_id, outlet, title, language, time_of(article_id), *marks, related, edited == 1),
        hidden=hidden == 1,
        tags=names,
        noted=noted == 1,
        score=score,
    )


def _extra(text: str) -> tuple[tuple[str, ...], tuple[Enclosure, ...], Image | None]:
    """Tags, enclosures and image of the column ``extra``."""
    if not text:
        return (), (), None
    data: dict[str, Any] = json.loads(text)
    enclosures = tuple(Enclosure(*item) for item in data.get("enclosures", ()))
    image: Row | None = data.get("image")
    return tuple(data.get("tags", ())), enclosures, Image(*image) if image else None
