"""Storing what a feed brought: new articles, edits of known ones, nothing for the rest.

``identity`` decides which draft is which article; this module looks up what that needs and writes.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter

import msgspec

from aggregator.dataclass import dataclass
from aggregator.model import ArticleDraft, Change, Outcome
from aggregator.store.database import Database, Row
from aggregator.store.identity import (
    GONE,
    NO_KEY,
    Decision,
    Incoming,
    Known,
    Stored,
    decide,
    identities,
    url_key,
)
from aggregator.store.times import first_id, sorting_time, time_of
from aggregator.text.fold import fold

REVISIONS_KEPT = 20  # earlier wordings an article; live pages are edited hundreds of times

_STORED = "a.id, a.url_key, a.title, a.content_hash, b.published"
_SEEN = (
    f"SELECT s.identity, s.article_id, {_STORED} FROM json_each(?) AS wanted "
    "CROSS JOIN seen AS s ON s.feed_id = ? AND s.identity = wanted.value "
    "LEFT JOIN articles AS a ON a.id = s.article_id LEFT JOIN bodies AS b ON b.id = a.id"
)
_BY_KEY = (
    f"SELECT {_STORED} FROM json_each(?) AS wanted "
    "CROSS JOIN articles AS a ON a.url_key = wanted.value AND a.feed_id = ? JOIN bodies AS b ON b.id = a.id"
)
_LAST_IDS = (
    "SELECT wanted.value, (SELECT max(id) FROM articles WHERE id >= wanted.value AND id < wanted.value + ?) "
    "FROM json_each(?) AS wanted"
)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """One feed's drafts: new ones and edits with the feed's id, and rows of ``seen`` for shared guids."""

    new: list[tuple[int, Decision]]
    edited: list[tuple[int, int, Incoming]]
    markers: list[tuple[int, int, int]]


class Intake:
    """Writes drafts; to be used inside a write phase."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store(
        self, feed_id: int, drafts: Sequence[ArticleDraft], now: int, *, archived: bool = False
    ) -> list[Change]:
        """Store the drafts of one feed, seen at ``now``; returns what is new or updated, oldest first."""
        return self.store_all([(feed_id, drafts)], now, archived=archived)[0]

    def store_all(
        self,
        documents: Sequence[tuple[int, Sequence[ArticleDraft]]],
        now: int,
        *,
        archived: bool = False,
    ) -> list[list[Change]]:
        """Store the drafts of several feeds, each (feed id, drafts) of another feed; a list of changes each.

        What is new is unread. Where the content differs, the earlier wording is kept as a revision
        and the article changes in place: its id and the user's marks stay.
        """
        with self._database.write():
            sorted_out = [
                self._sort_out(feed_id, drafts, archived) for feed_id, drafts in documents if drafts
            ]
            added = self._add([item for part in sorted_out for item in part.new], now, archived=archived)
            edited = self._edit([item for part in sorted_out for item in part.edited], now)
            self._remember(marker for part in sorted_out for marker in part.markers)
        changes: defaultdict[int, list[Change]] = defaultdict(list)
        for change in sorted((*added, *edited), key=lambda change: change.id):
            changes[change.feed_id].append(change)
        return [changes[feed_id] for feed_id, _ in documents]

    def _sort_out(self, feed_id: int, drafts: Sequence[ArticleDraft], archived: bool) -> _Sorted:
        """What the drafts of one feed are."""
        incoming = [Incoming.of(draft) for draft in drafts]
        decisions, markers = decide(incoming, self._known(feed_id, incoming), trust_guids=archived)
        new = [(feed_id, d) for d in decisions if d.stored is None and not d.gone]
        known = [(d.stored, d.incoming) for d in decisions if d.stored]
        edited = [(feed_id, s.id, i) for s, i in known if s.content_hash != i.draft.content_hash]
        return _Sorted(new, edited, [(feed_id, marker, GONE) for marker in markers])

    def _known(self, feed_id: int, incoming: Sequence[Incoming]) -> Known:
        if not self._database.one("SELECT 1 FROM seen WHERE feed_id = ? LIMIT 1", (feed_id,)):
            return Known({}, {}, {})  # a feed's first document
        seen: dict[int, int] = {}
        articles: dict[int, Stored] = {}
        for identity, article_id, *stored in self._database.all(
            _SEEN, (json.dumps(identities(incoming)), feed_id)
        ):
            seen[identity] = article_id
            if stored[0] is not None:
                articles[article_id] = Stored(*stored)
        by_key: defaultdict[int, list[Stored]] = defaultdict(list)
        keys = list({item.key for item in incoming if item.key != NO_KEY})
        for row in self._database.all(_BY_KEY, (json.dumps(keys), feed_id)):
            by_key[row[1]].append(Stored(*row))
        return Known(seen, articles, by_key)

    def _remember(self, rows: Iterable[tuple[int, int, int]]) -> None:
        self._database.many("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", sorted(rows))

    def _add(self, arriving: Sequence[tuple[int, Decision]], now: int, *, archived: bool) -> list[Change]:
        """New articles, in the order of their ids: a table is filled fastest from one end."""
        if not arriving:
            return []
        ids = self._new_ids([sorting_time(d.incoming.draft.published, now) for _, d in arriving])
        numbered = sorted(((i, *item) for i, item in zip(ids, arriving, strict=True)), key=itemgetter(0))
        many = self._database.many
        many(
            "INSERT INTO articles (id, feed_id, url_key, language, title, content_hash, tags) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(i, feed_id, *_narrow(d.incoming)) for i, feed_id, d in numbered],
        )
        many(
            "INSERT INTO bodies (id, first_seen, guid, url, author, summary, published, updated, extra, "
            "body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(i, time_of(i) if archived else now, *_wide(d.incoming)) for i, _, d in numbered],
        )
        many("INSERT INTO unread VALUES (?, ?)", [(i, feed_id) for i, feed_id, _ in numbered])
        self._remember((feed_id, d.identity, i) for i, feed_id, d in numbered)
        self._attach([(i, d.incoming.draft) for i, _, d in numbered])
        many(
            "UPDATE feed_counts SET total = total + ?1, unread = unread + ?1 WHERE feed_id = ?2",
            [(count, feed_id) for feed_id, count in Counter(feed_id for feed_id, _ in arriving).items()],
        )
        return [Change(i, Outcome.NEW, d.incoming.draft, feed_id, time_of(i)) for i, feed_id, d in numbered]

    def _edit(self, edits: Sequence[tuple[int, int, Incoming]], now: int) -> list[Change]:
        if not edits:
            return []
        ids = [(article_id,) for _, article_id, _ in edits]
        many = self._database.many
        many(
            "INSERT OR REPLACE INTO revisions (article_id, content_hash, seen, language, title, summary, "
            "body, author, url, tags) SELECT a.id, a.content_hash, ?, a.language, a.title, b.summary, "
            "b.body, b.author, b.url, a.tags FROM articles a JOIN bodies b ON b.id = a.id WHERE a.id = ?",
            [(now, article_id) for _, article_id, _ in edits],
        )
        many(
            "DELETE FROM revisions WHERE article_id = ?1 AND id <= (SELECT id FROM revisions "
            f"WHERE article_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET {REVISIONS_KEPT})",
            ids,
        )
        many(
            "UPDATE articles SET edited = 1, url_key = ?, language = ?, title = ?, content_hash = ?, "
            "tags = ? WHERE id = ?",
            [(*_narrow(item), article_id) for _, article_id, item in edits],
        )
        many(
            "UPDATE bodies SET url = ?, author = ?, summary = ?, published = ?, updated = ?, extra = ?, "
            "body = ? WHERE id = ?",
            [(*_wide(item)[1:], article_id) for _, article_id, item in edits],
        )
        many("DELETE FROM own_links WHERE article_id = ?", ids)
        many("DELETE FROM features WHERE id = ?", ids)
        self._attach([(article_id, item.draft) for _, article_id, item in edits])
        return [Change(i, Outcome.UPDATED, item.draft, feed_id, time_of(i)) for feed_id, i, item in edits]

    def _attach(self, drafts: Sequence[tuple[int, ArticleDraft]]) -> None:
        """What relates articles: their features and the pages of the same site they link to."""
        self._database.many(
            "INSERT INTO features VALUES (?, ?)", [(i, draft.terms) for i, draft in drafts if draft.terms]
        )
        self._database.many(
            "INSERT OR IGNORE INTO own_links VALUES (?, ?)",
            sorted((url_key(url), i) for i, draft in drafts for url in draft.own_links),
        )

    def _new_ids(self, seconds: Sequence[int]) -> list[int]:
        """A free id for each sorting time, in the same order."""
        step = first_id(1)
        starts = json.dumps(list({first_id(second) for second in seconds}))
        following = {
            start: start if last is None else last + 1
            for start, last in self._database.all(_LAST_IDS, (step, starts))
        }
        ids = []
        for second in seconds:
            start = first_id(second)
            ids.append(following[start])
            following[start] += 1
        return ids


def _narrow(item: Incoming) -> Row:
    """url_key, language, title, content_hash, tags."""
    draft = item.draft
    tags = "|".join(filter(None, map(fold, draft.tags)))
    return item.key, draft.language, draft.title, draft.content_hash, f"|{tags}|" if tags else ""


def _wide(item: Incoming) -> Row:
    """guid, url, author, summary, published, updated, extra, body."""
    draft = item.draft
    times = (draft.published, draft.updated)
    return item.guid, draft.url, draft.author, draft.summary, *times, _extra(draft), draft.body


def _extra(draft: ArticleDraft) -> str:
    """What only the open article shows, as JSON; "" when there is nothing."""
    data: dict[str, object] = {}
    if draft.tags:
        data["tags"] = draft.tags
    if draft.enclosures:
        data["enclosures"] = [(e.url, e.type, e.length) for e in draft.enclosures]
    if draft.image:
        data["image"] = (draft.image.url, draft.image.caption, draft.image.credit)
    return msgspec.json.encode(data).decode() if data else ""
