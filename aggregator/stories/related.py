"""Related stories, first version: an inverted index over a window of days, IDF-weighted, same language.

Pure: a window is filled with articles and asked for edges. Work per article is bounded by the
constants below whatever the window holds. Scores are weighted Jaccard overlaps of terms, 0..1.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from aggregator.model import LinkEdge, LinkKind
from aggregator.stories.terms import unpack

RARE_TERMS = 10  # terms of an article that are looked up, rarest first
POSTINGS = 40  # newest articles looked at for each term
CANDIDATES = 16  # articles scored exactly
MAX_WINDOW = 40_000  # articles of a language held in memory, about 60 MB
MAX_EDGES = 8  # links kept for an arriving article
COMMON = 0.2  # a term in more than this share of a language's articles looks nothing up
COMMON_FLOOR = 12  # … but in a small window any term that few articles hold may
SAME_EVENT = 0.20  # overlap from which two reports within SAME_SECONDS tell one event
SAME_SHARED = 3  # … if they share at least so many terms
FOLLOWS = 0.13  # overlap from which an article is an earlier or later development
FOLLOWS_SHARED = 2
SAME_SECONDS = 36 * 3600
EVIDENCE = 4  # shared terms named as the reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """An article in the window: number, sorting time, outlet and its terms (stem -> spelling)."""

    id: int
    at: int
    outlet: str
    terms: dict[str, str]


class Window:
    """Recent articles of every language; ``link`` adds an article and returns its edges.

    ``seconds`` is how far apart two articles may lie to be compared.
    """

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._languages: dict[str, _Index] = {}

    def add(self, article_id: int, at: int, outlet: str, language: str, terms: bytes) -> None:
        """Remember an article without linking it."""
        self._index(language).add(Candidate(article_id, at, outlet, unpack(terms)))

    def link(self, article_id: int, at: int, outlet: str, language: str, terms: bytes) -> list[LinkEdge]:
        """Edges in both directions between the article and those remembered; then remember it too."""
        index = self._index(language)
        article = Candidate(article_id, at, outlet, unpack(terms))
        index.forget(article_id)
        edges = [
            edge for score, other in index.nearest(article) for edge in index.edges(article, other, score)
        ]
        index.add(article)
        return edges

    def _index(self, language: str) -> _Index:
        return self._languages.setdefault(language, _Index(self._seconds))


class _Index:
    """The articles of one language by term."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._articles: dict[int, Candidate] = {}
        self._postings: dict[str, list[Candidate]] = defaultdict(list)
        self._dead = 0

    def add(self, article: Candidate) -> None:
        """Remember an article; beyond MAX_WINDOW the one remembered longest is let go."""
        self._articles[article.id] = article
        for term in article.terms:
            self._postings[term].append(article)
        if len(self._articles) > MAX_WINDOW:
            self.forget(next(iter(self._articles)))

    def forget(self, article_id: int) -> None:
        """Let an article go; its postings are swept when a quarter of them is dead."""
        if self._articles.pop(article_id, None) is None:
            return
        self._dead += 1
        if self._dead > len(self._articles) // 4 + MAX_EDGES:
            living, self._dead = list(self._articles.values()), 0
            self._articles.clear()
            self._postings.clear()
            for article in living:
                self.add(article)

    def weight(self, term: str) -> float:
        """Inverse document frequency, smoothed so that an unseen term has the highest weight."""
        return log((len(self._articles) + 2) / (len(self._postings.get(term, ())) + 1))

    def nearest(self, article: Candidate) -> list[tuple[float, Candidate]]:
        """The best-scoring articles, best first, at most MAX_EDGES."""
        weights = {term: self.weight(term) for term in article.terms}
        total = sum(weights.values())
        scored = []
        for other in self._candidates(weights, article.at):
            shared = [term for term in other.terms if term in weights]
            if len(shared) < FOLLOWS_SHARED:
                continue
            common = sum(weights[term] for term in shared)
            union = total + sum(map(self.weight, other.terms)) - common
            score = common / union if union > 0 else 0.0
            if score >= FOLLOWS:
                scored.append((score, other))
        return heapq.nlargest(MAX_EDGES, scored, key=lambda pair: (pair[0], pair[1].id))

    def _candidates(self, weights: dict[str, float], at: int) -> Iterable[Candidate]:
        limit = max(COMMON_FLOOR, int(COMMON * len(self._articles)))
        known = [t for t in weights if t in self._postings and len(self._postings[t]) <= limit]
        found: dict[int, float] = defaultdict(float)
        for term in heapq.nlargest(RARE_TERMS, known, key=weights.__getitem__):
            weight = weights[term]
            for other in self._postings[term][-POSTINGS:]:
                if self._articles.get(other.id) is other and abs(other.at - at) <= self._seconds:
                    found[other.id] += weight
        best = heapq.nlargest(CANDIDATES, found, key=found.__getitem__)
        return (self._articles[number] for number in best)

    def edges(self, article: Candidate, other: Candidate, score: float) -> tuple[LinkEdge, LinkEdge]:
        """The edge there and back, with the shared terms as evidence."""
        shared = [term for term in article.terms if term in other.terms]
        there, back = kinds(article.at, other.at, score, len(shared))
        ranked = sorted(shared, key=self.weight, reverse=True)
        value = round(score, 3)
        return (
            LinkEdge(article.id, other.id, there, value, named(article.terms[t] for t in ranked)),
            LinkEdge(other.id, article.id, back, value, named(other.terms[t] for t in ranked)),
        )


def named(spellings: Iterable[str]) -> tuple[str, ...]:
    """The first few different spellings, the reasons a reader is shown."""
    return tuple(dict.fromkeys(spellings))[:EVIDENCE]


def kinds(at: int, other_at: int, score: float, shared: int) -> tuple[LinkKind, LinkKind]:
    """What the other article is to this one, and this one to the other."""
    if score >= SAME_EVENT and shared >= SAME_SHARED and abs(at - other_at) <= SAME_SECONDS:
        return LinkKind.SAME, LinkKind.SAME
    if other_at <= at:
        return LinkKind.EARLIER, LinkKind.LATER
    return LinkKind.LATER, LinkKind.EARLIER
