"""The articles' pages as they were read, and the publisher's links on them.

A link is kept with the words that are linked, whether or not its target is here: the target may come
later. Which article a link leads to is decided by the address of its feed or by that of its own page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace

from aggregator.errors import StoreDamaged
from aggregator.model import LinkEdge, LinkKind, Page
from aggregator.store.database import Database, Row
from aggregator.store.identity import NO_KEY, url_key
from aggregator.text.pages import pack_page, unpack_page
from aggregator.text.urls import site

MAX_LINKS = 200  # kept of one page; a text with more is a list of links
MAX_LABEL = 200  # characters of a link's words

_TARGETS = (  # articles by an address: of their feed, or of their own page
    "SELECT l.article_id, a.id, iif(l.text = a.title, '', l.text) FROM {links} "
    "JOIN articles a ON a.url_key = l.url_key UNION ALL "
    "SELECT l.article_id, a.id, iif(l.text = a.title, '', l.text) FROM {links} "
    "JOIN pages p ON p.url_key = l.url_key JOIN articles a ON a.id = p.id"
)
_FROM = "json_each(?1) w CROSS JOIN page_links l ON l.article_id = w.value"
_TO = (
    "(SELECT a.url_key AS wanted FROM json_each(?1) w CROSS JOIN articles a ON a.id = w.value UNION "
    "SELECT p.url_key FROM json_each(?1) w CROSS JOIN pages p ON p.id = w.value) "
    "CROSS JOIN page_links l ON l.url_key = wanted"
)


class Pages:
    """What was read out of the pages, an article each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, article_id: int) -> Page | None:
        """The page of an article as it was read last, less the related links whose target is here."""
        content = self._database.value("SELECT content FROM pages WHERE id = ?", (article_id,))
        if content is None:
            return None
        page = self._unpacked(content)
        known = self._known([one.url for one in page.related])
        return replace(page, related=tuple(one for one in page.related if url_key(one.url) not in known))

    def save(self, article_id: int, page: Page, *, own_url: str = "", again_at: int = 0) -> bool:
        """Keep what a page gave, if its article is still here; inside a write phase.

        A page that gave no text never takes the place of one that did. ``own_url`` is the address that
        the page calls its own; ``again_at`` is when to ask again for one that was not to be had, in
        seconds, 0 = only if the reader wishes. Returns whether it was kept.
        """
        with self._database.write():
            self._database.run("DELETE FROM wanted_pages WHERE id = ?", (article_id,))
            before = self._database.value("SELECT content FROM pages WHERE id = ?", (article_id,))
            if not page.blocks and before is not None and self._unpacked(before).blocks:
                return False
            key, packed = url_key(own_url or page.url), pack_page(page)
            kept = self._database.run(
                "INSERT INTO pages SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 "
                "WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1) ON CONFLICT (id) DO UPDATE SET "
                "fetched = excluded.fetched, url = excluded.url, url_key = excluded.url_key, "
                "reason = excluded.reason, version = excluded.version, again_at = excluded.again_at, "
                "content = excluded.content",
                (article_id, page.fetched, page.url, key, page.reason, page.version, again_at, packed),
            )
            self._database.run("DELETE FROM page_links WHERE article_id = ?", (article_id,))
            if kept:
                self._database.many("INSERT INTO page_links VALUES (?, ?, ?)", _links(article_id, page))
        return kept > 0

    def edges(self, ids: Sequence[int]) -> list[LinkEdge]:
        """The links from these articles' pages to articles that are here, and from other pages to these."""
        wanted = json.dumps(list(ids))
        found: dict[tuple[int, int], str] = {}
        for links in (_FROM, _TO):
            for source, target, text in self._database.all(_TARGETS.format(links=links), (wanted,)):
                if source != target:
                    found.setdefault((source, target), text)
        return [
            LinkEdge(*ends, LinkKind.PUBLISHER, 1.0, tuple(filter(None, ("linked in the article", text))))
            for ends, text in found.items()
        ]

    def _known(self, urls: Iterable[str]) -> set[int]:
        """The keys of those addresses that are an article's here."""
        keys = json.dumps([url_key(url) for url in urls])
        rows = self._database.all(
            "SELECT w.value FROM json_each(?) w "
            "WHERE EXISTS (SELECT 1 FROM articles WHERE url_key = w.value) "
            "OR EXISTS (SELECT 1 FROM pages WHERE url_key = w.value)",
            (keys,),
        )
        return {row[0] for row in rows}

    def _unpacked(self, content: bytes) -> Page:
        try:
            return unpack_page(content)
        except ValueError as error:
            raise StoreDamaged(
                f"{self._database.path}: the page of an article is damaged ({error})."
            ) from error


def _links(article_id: int, page: Page) -> list[Row]:
    """The page's links to other stories of the site, those set apart first, each address once."""
    inside = [(link.url, block.text[link.start : link.end]) for block in page.blocks for link in block.links]
    own = site(page.url)
    words: dict[int, str] = {}
    for url, text in ((one.url, one.text) for one in page.related):
        words.setdefault(url_key(url), text)
    for url, text in inside:
        if site(url) == own:
            words.setdefault(url_key(url), text)
    words.pop(NO_KEY, None)
    rows = [(key, article_id, text[:MAX_LABEL]) for key, text in words.items()]
    return rows[:MAX_LINKS]
