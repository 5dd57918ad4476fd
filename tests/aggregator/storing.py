"""Invented feeds and articles for the tests of the store."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from aggregator import config
from aggregator.model import ArticleDraft, Block, Change, FeedState
from aggregator.store.db import Store
from aggregator.store.stories import Placed
from aggregator.text.blocks import pack_blocks
from aggregator.text.query import parse
from aggregator.text.searchable import searchable

NOW = 1_800_000_000
DAY = 86400
HERON = "https://heron.example/feed"
KESTREL = "https://kestrel.example/feed"
FEEDS = (
    config.Feed(url=HERON, title="Heron", outlet="The Heron", language="en", tags=("World",)),
    config.Feed(url=KESTREL, title="Kestrel", outlet="Kestrel Post", language="ar"),
)


def make(number: int = 1, *, text: str = "The ferries sail again.", **changes: Any) -> ArticleDraft:
    """A draft as cleaning makes it; ``changes`` are fields that differ."""
    title = changes.pop("title", f"Headline {number}")
    summary = changes.pop("summary", "")
    author, language = changes.pop("author", "N. Writer"), changes.pop("language", "en")
    fields: dict[str, Any] = {
        "guid": f"guid-{number}",
        "url": f"https://heron.example/{number}",
        "title": title,
        "author": author,
        "summary": summary,
        "body": pack_blocks([Block("p", text)]),
        "published": NOW - 3600 + number,
        "updated": None,
        "language": language,
        "content_hash": blake2b(f"{title}\0{summary}\0{text}".encode(), digest_size=16).digest(),
        "folded": searchable(title, summary, text, author=author, language=language),
        "terms": f"terms {number}".encode(),
    }
    return ArticleDraft(**fields | changes)


def feed(store: Store, url: str = HERON) -> FeedState:
    """A feed that must be there; subscribed to first when the store has none."""
    if not store.feeds.all():
        store.feeds.reconcile(FEEDS)
    state = store.feeds.get(url)
    assert state is not None
    return state


def sync(store: Store, *drafts: ArticleDraft, url: str = HERON, now: int = NOW) -> list[Change]:
    """What a sync does with a document."""
    state = feed(store, url)
    with store.write():
        changes = store.articles.upsert(state, drafts, now)
        store.search.index(changes)
    return changes


def tell(store: Store, *stories: Sequence[int]) -> list[int]:
    """Put articles into new stories; returns their numbers."""
    with store.write():
        return store.stories.arrange([Placed(None, sorted(story), [], {}) for story in stories], {})


def titles(store: Store, query: str = "") -> list[str]:
    """The titles a query finds, newest first."""
    return [row.title for row in store.articles.page(parse(query, NOW), None, 1000)]


def ids(store: Store, query: str = "") -> list[int]:
    """The ids a query finds, newest first."""
    return store.articles.ids(parse(query, NOW)).tolist()
