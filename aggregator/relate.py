"""Links for arriving articles: the window of recent ones kept in memory, its edges put in the store.

The seam between the pure engine in ``stories`` and the store; decides nothing about relatedness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aggregator.model import ArticleDraft, Change, LinkEdge, LinkKind, Outcome
from aggregator.store.db import Store
from aggregator.stories.related import Window

DAY = 86400


class Relater:
    """Keeps the window between batches; used on the writer's thread only."""

    def __init__(self, days: int) -> None:
        self._seconds = days * DAY
        self._window: Window | None = None
        self._loaded: set[str] = set()

    def fill(self, store: Store, now: int, drafts: Iterable[ArticleDraft]) -> None:
        """Load the recent articles in the languages of the drafts, each language once.

        To be called before the drafts are stored: most rounds bring a few languages, and only their
        part of the window is read.
        """
        if self._window is None:
            self._window = Window(self._seconds, store.links.terms)
        for wanted in {draft.language for draft in drafts} - self._loaded:
            self._loaded.add(wanted)
            for article_id, at, _feed, language, _outlet, terms in store.links.window(
                now - self._seconds, wanted
            ):
                self._window.add(article_id, at, language, terms)

    def link(self, store: Store, changes: Sequence[Change]) -> None:
        """Compare each arriving article with the window and store its edges and its story."""
        window = self._window or Window(self._seconds, store.links.terms)
        edges: list[LinkEdge] = []
        for change in sorted(changes, key=lambda change: change.id):
            edges += window.link(change.id, change.at, change.draft.language, change.draft.terms)
        store.links.replace([c.id for c in changes if c.kind is Outcome.UPDATED], edges)
        store.links.add(publisher_edges(store, changes))
        store.stories.assign((e.source, e.target) for e in edges if e.kind is LinkKind.SAME)


def publisher_edges(store: Store, changes: Sequence[Change]) -> list[LinkEdge]:
    """The publisher's own links from the arriving articles to stored ones, and from stored ones to them."""
    linking = store.links.own_links([change.id for change in changes])
    linked = store.links.waiting([change.draft.url for change in changes])
    return [
        LinkEdge(source, target, LinkKind.PUBLISHER, 1.0, ("linked in the article",))
        for source, target in {*linking, *linked}
    ]
