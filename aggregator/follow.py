"""Threads: stories that changed are compared with earlier ones, step by step.

The seam between ``stories.threads`` and the store, as ``relate`` is for stories.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.relate import Relater, texts_of
from aggregator.store.db import Store
from aggregator.stories import threads
from aggregator.stories.features import is_telling
from aggregator.stories.threads import Head
from aggregator.stories.vectors import Centres
from aggregator.stories.why import reasons

STEP = 300  # stories looked at in one transaction
NEAREST = 30  # stories with the nearest centres that are looked at, beside those that share a rare name

Links = list[tuple[int, float, tuple[str, ...]]]


class Follower:
    """Finds the earlier stories of those that changed; used on the writer's thread only."""

    def __init__(self, relater: Relater) -> None:
        self._relater = relater
        self._centres: Centres | None = None

    def step(self, store: Store) -> int:
        """Follow the next stories back; returns how many that were, 0 when none waits."""
        ids = store.threads.waiting(STEP)
        if not ids:
            return 0
        described = self._describe(store, ids)
        with store.write():
            for story, (centre, names) in described.items():
                store.threads.describe(story, centre, names)
        asked = store.threads.heads(ids)
        heads = [Head(*head) for head in asked]
        self._know(store, heads)
        found = {head.id: self._earlier(store, head) for head in heads}
        told = self._explained(store, found)
        with store.write():
            now = store.threads.heads(ids)
            for head in asked:
                if head in now:  # else another process changed or ended it meanwhile: it waits on
                    store.threads.replace(head.id, told.get(head.id, []))
        return len(ids)

    def _describe(self, store: Store, ids: Sequence[int]) -> dict[int, tuple[bytes, dict[int, float]]]:
        """Centre and rare names of each story, from its articles that are in the window.

        A story of which none is there keeps what it had.
        """
        window, vectors = self._relater.window, self._relater.vectors
        found = {}
        for story, articles in store.stories.members(ids).items():
            present = [article for article in articles if article in window]
            if present:
                named = [
                    (name, rarity)
                    for article in present
                    for name in window.entry(article).features.names
                    if is_telling(name) and (rarity := window.rarity(name)) >= threads.RARE
                ]
                found[story] = (vectors.centre(present) if vectors else b"", threads.rare_names(named))
        return found

    def _know(self, store: Store, heads: Sequence[Head]) -> None:
        """Keep the centres of all stories that may be earlier ones in memory, if there are vectors."""
        if self._relater.vectors is None:
            return
        if self._centres is None:
            first = min(head.first for head in heads)
            self._centres = Centres()
            since = (first - threads.LOOK_BACK, first - threads.LOOK_BACK_ALONE)
            self._centres.put(store.threads.centres(*since))
        self._centres.put([(head.id, head.centre) for head in heads if head.centre])

    def _earlier(self, store: Store, head: Head) -> list[tuple[float, Head]]:
        """The stories that one goes on from, with the strength of each."""
        near: dict[int, None] = {}
        if head.names:
            since = head.first - threads.LOOK_BACK
            near |= dict.fromkeys(store.threads.sharing(head.names, since, head.first, threads.CANDIDATES))
        if self._centres is not None and head.centre:
            near |= dict.fromkeys(self._centres.nearest(head.id, NEAREST))
        others = [Head(*other) for other in store.threads.heads(near)]
        scored = [
            (threads.strength(head, other, self._meaning(head, other)), other)
            for other in others
            if threads.may_precede(head, other)
        ]
        return threads.chosen(scored)

    def _meaning(self, head: Head, other: Head) -> float | None:
        if self._centres is None or not head.centre or not other.centre:
            return None
        return self._centres.cosine(head.id, other.id)

    def _explained(self, store: Store, found: dict[int, list[tuple[float, Head]]]) -> dict[int, Links]:
        """The links with the reasons that their first articles give."""
        machine = self._relater.vectors is not None
        wanted = {*found, *(head.id for links in found.values() for _, head in links)}
        firsts = {story: articles[0] for story, articles in store.stories.members(wanted).items()}
        written = texts_of(store, sorted(firsts.values()))
        texts = {story: written[article] for story, article in firsts.items() if article in written}
        return {
            story: [
                (head.id, score, reasons(texts[story], texts[head.id], machine=machine))
                for score, head in links
                if story in texts and head.id in texts
            ]
            for story, links in found.items()
        }
