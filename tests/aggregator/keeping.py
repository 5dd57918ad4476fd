"""Many documents in one cache, each a feed of its own, as syncs store them; and what was opened meanwhile."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aggregator.config import Config, load
from aggregator.errors import ParseError
from aggregator.model import ArticleDraft, Outcome, ParsedFeed
from aggregator.store.db import Store
from tests.aggregator import ways_out

NOW = ways_out.NOW


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a corpus, and what must happen to it."""

    name: str
    group: str
    must: str
    body: bytes
    content_type: str = "application/xml"


@dataclass(slots=True)
class Fate:
    """What became of a document; ``drafts`` are its articles, ``grown`` those that a second poll added."""

    document: Document
    url: str
    feed: ParsedFeed | None = None
    error: str = ""
    drafts: list[ArticleDraft] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    grown: int = 0
    seconds: float = 0.0

    @property
    def marked(self) -> bool:
        """Is the user told that something is wrong with it?"""
        return bool(self.error or (self.feed and self.feed.warning))


def configured(folder: Path, number: int, extra: str = "") -> Config:
    """A configuration with so many feeds."""
    feeds = "".join(f'[[feeds]]\nurl = "{address(n)}"\noutlet = "Outlet {n}"\n' for n in range(number))
    (folder / "config.toml").write_text(extra + feeds)
    config = load(folder / "config.toml", folder / "cache")
    with Store.open(config.cache) as store, store.write():
        store.feeds.reconcile(config.settings.feeds)
    return config


def address(number: int) -> str:
    """Where a document's feed is."""
    return f"https://feed{number}.example/news"


def store_all(config: Config, documents: Sequence[Document]) -> list[Fate]:
    """Parse, clean and store every document, twice."""
    with Store.open(config.cache) as store:
        return [store_one(store, document, address(number)) for number, document in enumerate(documents)]


def store_one(store: Store, document: Document, url: str) -> Fate:
    """One document's two polls."""
    fate = Fate(document, url)
    began = time.process_time()
    try:
        fate.feed, fate.drafts = ways_out.articles(document.body, url, document.content_type)
    except ParseError as error:
        fate.error = str(error)
    fate.seconds = time.process_time() - began
    state = store.feeds.get(url)
    assert state is not None
    if fate.feed:
        store.feeds.facts(state.id, fate.feed.title, fate.feed.language)
    for now in (NOW, NOW + 3600):
        with store.write():
            changes = store.articles.upsert(state, fate.drafts, now)
            store.search.index(changes)
        new = [change.id for change in changes if change.kind is Outcome.NEW]
        fate.grown = len(new) if fate.ids or now > NOW else 0
        fate.ids += new
    return fate


class Watch:
    """What the process opened, dialled and started while it was watched, by Python's audit events."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called for every event of the process; a hook cannot be taken back, so it can be off."""
        if not self.on:
            return
        if event in ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec"):
            self.seen.append(f"{event} {arguments[-1]!r}"[:200])
        elif event == "open" and str(arguments[0]).startswith(("/etc", "file:", "http")):
            self.seen.append(f"{event} {arguments[0]}"[:200])

    @contextmanager
    def watching(self) -> Iterator[list[str]]:
        """Watch for a while; gives what was seen."""
        self.on, self.seen = True, []
        try:
            yield self.seen
        finally:
            self.on = False


WATCH = Watch()
