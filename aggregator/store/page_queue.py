"""Which pages may be fetched next, and what was asked of each site so far."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple

from aggregator.model import PageHost, PageWanted
from aggregator.store.database import Database, Row
from aggregator.store.times import first_id
from aggregator.text.blocks import unpack_blocks

STALE = 6 * 3600  # seconds after which a page is read again if its feed edited the article meanwhile

_WANTED = (
    "SELECT a.id, b.url, f.url, a.title, b.summary, b.author, a.language, b.published, b.body "
    "FROM {source} JOIN bodies b ON b.id = a.id JOIN feeds f ON f.id = a.feed_id "
    "LEFT JOIN pages p ON p.id = a.id WHERE b.url <> '' AND {where} ORDER BY {order} LIMIT ?1"
)
_ASKED = _WANTED.format(
    source="wanted_pages q CROSS JOIN articles a ON a.id = q.id",
    where="true",
    order="q.urgent DESC, q.asked, q.id DESC",
)
_NOT_YET = (
    f"(p.id IS NULL OR p.again_at BETWEEN 1 AND ?2 OR (p.fetched <= ?2 - {STALE} AND EXISTS "
    "(SELECT 1 FROM revisions r WHERE r.article_id = a.id AND r.seen > p.fetched)))"
)
_FOLLOWED = _WANTED.format(
    source="(SELECT id AS followed FROM starred UNION SELECT u.id FROM starred s "
    "JOIN story_members m ON m.article_id = s.id JOIN story_members n ON n.story_id = m.story_id "
    "JOIN unread u ON u.id = n.article_id) CROSS JOIN articles a ON a.id = followed",
    where=_NOT_YET,
    order="a.id DESC",
)
_OF_FEEDS = _WANTED.format(
    source="articles a",
    where=f"{_NOT_YET} AND a.id >= ?3 AND f.url IN (SELECT value FROM json_each(?4))",
    order="a.id DESC",
)
_ONE = _WANTED.format(source="articles a", where="a.id = ?2", order="a.id")
_HOST = "SELECT host, day, count, turn_at, next_at, failures, told_off, robots, robots_at FROM page_hosts"


class PageQueue:
    """The pages to come."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def want(self, article_id: int, now: int, *, urgent: bool = True) -> None:
        """Remember that the reader wishes for an article's page; the next sync fetches it."""
        with self._database.write():
            self._database.run(
                "INSERT OR REPLACE INTO wanted_pages SELECT ?1, ?2, ?3 "
                "WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1)",
                (article_id, now, urgent),
            )

    def one(self, article_id: int) -> PageWanted | None:
        """An article by itself, if it has an address."""
        found = self._database.one(_ONE, (1, article_id))
        return _wanted(found) if found else None

    def wanted(self, feeds: Sequence[str], since: int, now: int, limit: int) -> Iterator[PageWanted]:
        """Articles whose pages may be fetched: first those the reader asked for, then those that are
        followed, then those of ``feeds`` that are newer than ``since``; newest first, ``limit`` of each.
        """
        for row in self._database.all(_ASKED, (limit,)):
            yield _wanted(row, asked=True)
        for row in self._database.all(_FOLLOWED, (limit, now)):
            yield _wanted(row, followed=True)
        which = (limit, now, first_id(max(since, 0)), json.dumps(list(feeds)))
        for row in self._database.all(_OF_FEEDS, which) if feeds else ():
            yield _wanted(row)

    def host(self, name: str) -> PageHost:
        """What was asked of a site; one not asked yet is all zeros."""
        row = self._database.one(f"{_HOST} WHERE host = ?", (name,))
        return _host(row) if row else PageHost(name)

    def hosts(self, names: Iterable[str]) -> dict[str, PageHost]:
        """The same of several."""
        wanted = set(names)
        rows = self._database.all(
            f"{_HOST} WHERE host IN (SELECT value FROM json_each(?))", (json.dumps(sorted(wanted)),)
        )
        return {name: PageHost(name) for name in wanted} | {row[0]: _host(row) for row in rows}

    def save_host(self, host: PageHost) -> None:
        """Remember what was asked of a site."""
        with self._database.write():
            self._database.run(
                "INSERT OR REPLACE INTO page_hosts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", astuple(host)
            )


def _host(row: Row) -> PageHost:
    host, day, count, turn_at, next_at, failures, told_off, *robots = row
    return PageHost(host, day, count, turn_at, next_at, failures, told_off == 1, *robots)


def _wanted(row: Row, *, asked: bool = False, followed: bool = False) -> PageWanted:
    number, url, feed, title, summary, author, language, published, body = row
    try:
        blocks = unpack_blocks(body)
    except ValueError:  # a damaged body is told when it is opened; its page may well be sound
        blocks = ()
    about = (title, summary, author, language, published, blocks)
    return PageWanted(number, url, feed, *about, asked, followed)
