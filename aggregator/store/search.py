"""The full-text index: filled once a batch, rebuilt in steps from the stored articles when it is lost.

The index keeps no text (contentless FTS5). To take a text out of it, exactly what was put in must be
given again; so the text is folded anew from the stored article and compared by checksum with what was
indexed. Where they differ (the folding has changed since) the words stay behind: they can find an
article by an earlier wording, nothing worse, until the index is rebuilt.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from aggregator.errors import StoreDamaged, StoreError, StoreLocked
from aggregator.model import Block, Change, Outcome, Page, PageReason, Snippet
from aggregator.store.database import Database, Row
from aggregator.store.matching import facets_of
from aggregator.store.ranking import ranked
from aggregator.store.search_schema import ARRIVING, COLUMNS, HEADS
from aggregator.store.snippets import Seeker, groups_of
from aggregator.store.vocabulary import Vocabulary
from aggregator.text.blocks import unpack_blocks
from aggregator.text.fold import fold
from aggregator.text.heads import numbers_of
from aggregator.text.inert import ELLIPSIS
from aggregator.text.pages import unpack_page
from aggregator.text.query_tree import Query
from aggregator.text.searchable import Columns, columns, searchable

STEP = 700  # articles a write phase of a rebuild: about 0.2 s, so that a key press never waits longer
SETTLE_SECONDS = 2.0  # a round at most
SETTLE_PAGES = 500  # of 4 KB, a step: about 0.1 s, so that a key press never waits longer
SETTLED = 2  # rows that a step changes which finds nothing to do (https://sqlite.org/fts5.html §6.8)
FINGERPRINT = 8  # bytes of content_hash that tell one wording from another

_MISSING = (
    "SELECT a.id FROM articles a LEFT JOIN search.indexed i ON i.id = a.id "
    f"WHERE a.id < ? AND (i.id IS NULL OR i.content <> substr(a.content_hash, 1, {FINGERPRINT})) "
    "ORDER BY a.id DESC LIMIT ?"
)
_TEXTS = (
    "SELECT a.id, a.content_hash, a.feed_id, a.language, a.title, a.tags, b.author, b.url, b.summary, "
    "b.body, p.content FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value "
    "JOIN bodies b ON b.id = a.id LEFT JOIN pages p ON p.id = a.id"
)
_EARLIER = (
    "SELECT r.article_id, r.content_hash, a.feed_id, r.language, r.title, r.tags, r.author, r.url, "
    "r.summary, r.body, p.content FROM json_each(?) w CROSS JOIN articles a ON a.id = w.value "
    "JOIN revisions r ON r.id = (SELECT max(id) FROM revisions WHERE article_id = w.value) "
    "LEFT JOIN pages p ON p.id = r.article_id"
)
_INSERT = f"INSERT INTO search.words (rowid, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DELETE = f"INSERT INTO search.words (words, rowid, {COLUMNS}) VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)"
_ARRIVE = f"INSERT INTO temp.arriving_words (rowid, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"
_NOTE = f"INSERT OR REPLACE INTO search.indexed VALUES (?, ?, ?{', ?' * len(HEADS)})"


class Search:
    """The index beside the articles."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._vocabulary = Vocabulary(database)

    def index(self, changes: Iterable[Change]) -> None:
        """Put a batch's new and updated articles into the index; inside the batch's write phase."""
        ordered = sorted(changes, key=lambda change: change.id)
        if not ordered:
            return
        with self._database.write():
            updated = [change.id for change in ordered if change.kind is Outcome.UPDATED]
            if updated:
                self._take_out(self._database.all(_EARLIER, (json.dumps(updated),)))
            rows = self._arrived(ordered)
            self._put_in([(c.id, c.draft.content_hash, *row) for c, row in zip(ordered, rows, strict=True)])
            self._count_up()

    @contextmanager
    def arriving(self, changes: Iterable[Change]) -> Iterator[None]:
        """While it lasts, temp tables hold a batch's articles, for ``RuleMatching.arriving``.

        ``arriving`` has their ids, ``arriving_words`` is an index of them alone, in memory, with the
        columns of the whole one. To be entered after ``index``, which knows the words of prefixes.
        """
        ordered = sorted(changes, key=lambda change: change.id)
        for statement in ARRIVING:
            self._database.run(statement)
        self._depart()
        try:
            self._database.many("INSERT INTO temp.arriving VALUES (?)", [(change.id,) for change in ordered])
            self._database.many(
                _ARRIVE, [(c.id, *row) for c, (row, _) in zip(ordered, self._arrived(ordered), strict=True)]
            )
            yield
        finally:
            with suppress(StoreError):  # SQLite has rolled back by itself; what failed before is to be told
                self._depart()

    def _depart(self) -> None:
        self._database.run("DELETE FROM temp.arriving")
        self._database.run("INSERT INTO temp.arriving_words (arriving_words) VALUES ('delete-all')")

    def remove(self, ids: Sequence[int]) -> None:
        """Take articles out, before they are deleted; inside the same write phase."""
        with self._database.write():
            self._take_out(self._database.all(_TEXTS, (json.dumps(list(ids)),)))
            self._count_up()

    def add(self, ids: Sequence[int]) -> None:
        """Put stored articles in, after ``remove`` and what changed in them; inside the same write phase."""
        with self._database.write():
            texts = self._database.all(_TEXTS, (json.dumps(list(ids)),))
            self._put_in([(row[0], row[1], *columns_of(row)) for row in texts])
            self._count_up()

    def pending(self) -> int:
        """How many articles the index lacks or has in another wording; 0 when it is complete."""
        if self._is_complete():
            return 0
        return int(
            self._database.value(
                "SELECT count(*) FROM articles a LEFT JOIN search.indexed i ON i.id = a.id "
                f"WHERE i.id IS NULL OR i.content <> substr(a.content_hash, 1, {FINGERPRINT})"
            )
        )

    def rebuild(self, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Index what is missing, newest first; returns how many articles that were.

        Each step is a write phase of its own, so others can write and search in between.
        ``progress`` is called after each step with (done, total).
        """
        total = self.pending()
        done = 0
        before = 2**63 - 1
        while rows := self._database.all(_MISSING, (before, STEP)) if total else []:
            with self._database.write():
                self._reindex(json.dumps([row[0] for row in rows]))
            before = rows[-1][0]
            done += len(rows)
            progress(min(done, total), total)
        self._complete()
        return done

    def findings(self) -> Iterator[str]:
        """What is wrong with the index, a sentence each."""
        missing = self.pending()
        if missing:
            yield f"The search index lacks {missing} articles; the next sync adds them."
        if self._database.readonly:
            return
        try:
            with self._database.write():
                self._database.run("INSERT INTO search.words (words) VALUES ('integrity-check')")
        except StoreDamaged:
            yield "The search index is damaged; the next sync, or `hakawati doctor --repair`, makes it anew."
        except StoreLocked as error:
            yield f"The search index was not checked: {error}"

    def settle(self, seconds: float = SETTLE_SECONDS) -> None:
        """Make few large parts of the index of its many small ones, in steps, for ``seconds`` at most.

        A word is looked up in each part, so a query of many words costs by their number.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self._database.write():
                before = self._database.changes
                self._database.run(f"INSERT INTO search.words (words, rank) VALUES ('merge', {SETTLE_PAGES})")
                if self._database.changes - before < SETTLED:
                    return

    def ranked(self, query: Query, limit: int) -> list[int]:
        """The newest matches of a query, best first; see ``ranking.ranked``."""
        return ranked(self._database, query, limit)

    def snippets(self, ids: Sequence[int], query: Query) -> dict[int, Snippet]:
        """For each article the piece of its text around what the query seeks, as it is written.

        Where nothing of it stands in the text, the text's beginning with nothing marked. For the few
        articles of a screen: each is read and unpacked.
        """
        groups = groups_of(query.root)
        found = {}
        for row in self._database.all(_TEXTS, (json.dumps(list(ids)),)):
            found[row[0]] = Seeker(groups, row[3]).snippet(paragraphs_of(row))
        return found

    def _reindex(self, ids: str) -> None:
        """Index articles anew, whatever the index had of them."""
        self._take_out(self._database.all(_EARLIER, (ids,)))
        texts = self._database.all(_TEXTS, (ids,))
        self._put_in([(row[0], row[1], *columns_of(row)) for row in reversed(texts)])
        self._count_up()

    def _arrived(self, changes: Sequence[Change]) -> list[tuple[Columns, int]]:
        """The rows of a batch's articles."""
        pages = self._pages([change.id for change in changes if change.kind is Outcome.UPDATED])
        return [
            columns(
                change.draft.folded,
                page=whole_page(pages.get(change.id)),
                language=change.draft.language,
                facets=facets_of(
                    change.draft.language,
                    change.feed_id,
                    change.draft.url,
                    "|".join(filter(None, map(fold, change.draft.tags))),
                ),
            )
            for change in changes
        ]

    def _pages(self, ids: Sequence[int]) -> dict[int, bytes]:
        """The packed pages of those articles that have one."""
        if not ids:
            return {}
        return dict(
            self._database.all(
                "SELECT p.id, p.content FROM json_each(?) w CROSS JOIN pages p ON p.id = w.value",
                (json.dumps(list(ids)),),
            )
        )

    def _put_in(self, made: Sequence[tuple[int, bytes, Columns, int]]) -> None:
        self._database.many(_INSERT, [(i, *row) for i, _, row, _ in made])
        self._database.many(
            _NOTE,
            [
                (i, content[:FINGERPRINT], checksum(row), *numbers_of(heads))
                for i, content, row, heads in made
            ],
        )
        self._vocabulary.add(row for _, _, row, _ in made)

    def _take_out(self, stored: Sequence[Row]) -> None:
        """Take out wordings that are in the index exactly so, and forget what it had of these articles."""
        ids = json.dumps([row[0] for row in stored])
        folded: dict[int, int] = dict(
            self._database.all(
                "SELECT i.id, i.folded FROM json_each(?) w CROSS JOIN search.indexed i ON i.id = w.value",
                (ids,),
            )
        )
        rows = [(row[0], columns_of(row)[0]) for row in stored if row[0] in folded]
        exact = [(i, row) for i, row in rows if checksum(row) == folded[i]]
        self._database.many(_DELETE, [(i, *row) for i, row in exact])
        self._database.run("DELETE FROM search.indexed WHERE id IN (SELECT value FROM json_each(?))", (ids,))

    def _count_up(self) -> None:
        """Count the batch in both files: after a power cut they differ if only one of them kept it."""
        self._database.run("UPDATE main.meta SET value = value + 1 WHERE key = 'search_serial'")
        self._database.run("UPDATE search.state SET serial = serial + 1")
        self._vocabulary.settled()

    def _is_complete(self) -> bool:
        serial, complete = self._database.one("SELECT serial, complete FROM search.state") or (-1, 0)
        return bool(complete) and serial == self._serial()

    def _serial(self) -> int:
        return int(self._database.value("SELECT value FROM meta WHERE key = 'search_serial'"))

    def _complete(self) -> None:
        """Note that nothing is missing, unless something came in between."""
        if self._is_complete() or self._database.all(_MISSING, (2**63 - 1, 1)):
            return
        with self._database.write():
            self._database.run("UPDATE search.state SET complete = 1, serial = ?", (self._serial(),))


def columns_of(stored: Row) -> tuple[Columns, int]:
    """What can be found of a row of ``_TEXTS`` or ``_EARLIER``, as cleaning made it."""
    _, _, feed_id, language, title, tags, author, url, summary, body, page = stored
    text = "\n\n".join(block.text for block in blocks_of(body) if block.text)
    return columns(
        searchable(title, summary, text, author=author, language=language),
        page=whole_page(page),
        language=language,
        facets=facets_of(language, feed_id, url, tags),
    )


def blocks_of(body: bytes) -> tuple[Block, ...]:
    """An article's blocks; a damaged body is told when it is opened, its title can still be found."""
    try:
        return unpack_blocks(body)
    except ValueError:
        return ()


def paragraphs_of(stored: Row) -> Iterator[str]:
    """The texts of a row of ``_TEXTS`` as they are written: what its feed says, then its page."""
    summary, body, content = stored[8:]
    blocks = [block.text for block in blocks_of(body)]
    if summary and not "\n\n".join(blocks).startswith(summary.rstrip(ELLIPSIS)):
        yield summary
    yield from blocks
    page = whole_page(content)
    if page is not None:
        yield page.standfirst
        yield from (block.text for block in page.blocks)


def whole_page(content: bytes | None) -> Page | None:
    """An article's page, where it has a text that is surely this article's."""
    try:
        page = unpack_page(content) if content else None
    except ValueError:  # as above
        return None
    return page if page and page.blocks and page.reason != PageReason.DOUBTFUL else None


def checksum(row: Columns) -> int:
    """Tells whether a row is the one that was indexed."""
    return zlib.crc32("\n".join(row).encode())
