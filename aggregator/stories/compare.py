"""An article and the window -> the pairs worth keeping, each with its two log-odds."""

from __future__ import annotations

from typing import Final, NamedTuple

from aggregator.stories.scoring import LEAST, Models
from aggregator.stories.vectors import Vectors
from aggregator.stories.window import Parts, Window

KEPT: Final = 24  # pairs kept of an article, the surest first
SAME_WORDS: Final = 0.9  # cosine of words and of title words from which two texts are one: §3.9


class Scored(NamedTuple):
    """A pair's log-odds of one event and of one running story, and whether both are the same text."""

    same: float
    thread: float
    copy: bool


class Comparer:
    """Compares the articles of a batch with the window; a pair is scored once, whoever asks first."""

    def __init__(self, window: Window, vectors: Vectors | None, models: Models) -> None:
        self._window = window
        self._vectors = vectors
        self._models = models
        self._known: dict[tuple[int, int], Scored] = {}

    def of(self, article: int) -> dict[int, Scored]:
        """The pairs of an article that are worth keeping: other article -> odds."""
        found = []
        for other in self._window.candidates(article, self._vectors):
            scored = self._known.pop((other, article), None)
            if scored is None:
                scored = self._known[article, other] = self._score(article, other)
            if scored.same >= LEAST:
                found.append((-scored.same, other, scored))
        return {other: scored for _, other, scored in sorted(found)[:KEPT]}

    def _score(self, article: int, other: int) -> Scored:
        meaning = self._vectors.cosine(article, other) if self._vectors else None
        parts = self._window.parts(article, other, meaning)
        return Scored(*self._models.odds(parts), is_copy(parts))


def is_copy(parts: Parts) -> bool:
    """Whether two articles are the same text: wire copy, or one piece in two feeds."""
    return not parts.crossing and parts.words >= SAME_WORDS and parts.title >= SAME_WORDS
