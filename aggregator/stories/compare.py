"""An article and the window -> the pairs worth keeping, each with its two log-odds."""

from __future__ import annotations

from typing import Final, NamedTuple

from aggregator.stories.scoring import LEAST, Models
from aggregator.stories.vectors import Vectors
from aggregator.stories.window import Parts, Window

KEPT: Final = 24  # pairs kept of an article, the surest first


class Scored(NamedTuple):
    """Another article, the log-odds of one event and of one running story, and what they come from."""

    other: int
    same: float
    thread: float
    parts: Parts


def compare(article: int, window: Window, vectors: Vectors | None, models: Models) -> list[Scored]:
    """The pairs of an article with those of the window, the surest of one event first."""
    found = []
    for other in window.candidates(article, vectors):
        meaning = vectors.cosine(article, other) if vectors else None
        parts = window.parts(article, other, meaning)
        same, thread = models.odds(parts)
        if same >= LEAST:
            found.append(Scored(other, same, thread, parts))
    found.sort(key=lambda pair: (-pair.same, pair.other))
    return found[:KEPT]
