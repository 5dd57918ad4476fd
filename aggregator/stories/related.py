"""Related stories, first version: an inverted index over a window of days, IDF-weighted, same language.

Pure: a window is filled with articles and asked for edges. Work per article is bounded by the
constants below whatever the window holds. Scores are weighted Jaccard overlaps of terms, 0..1.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from math import log
from sys import intern

from aggregator.model import LinkEdge, LinkKind
from aggregator.stories.terms import spellings, stems_of

RARE_TERMS = 8  # terms of an article that are looked up, rarest first
POSTINGS = 24  # newest articles looked at for each term
CANDIDATES = 12  # articles scored exactly
LEAST_RARE = 0.07  # share of an article's weight that the looked-up terms must have in common with another
MAX_WINDOW = 40_000  # articles of a language held in memory, about 1 kB each
MAX_EDGES = 8  # links kept for an arriving article
COMMON = 0.05  # a term in more than this share of a language's articles looks nothing up
COMMON_FLOOR = 12  # … but in a small window any term that few articles hold may
SAME_EVENT = 0.20  # overlap from which two reports within SAME_SECONDS tell one event
SAME_SHARED = 3  # … if they share at least so many terms
FOLLOWS = 0.13  # overlap from which an article is an earlier or later development
FOLLOWS_SHARED = 2
SAME_SECONDS = 36 * 3600
EVIDENCE = 4  # shared terms named as the reason


class Candidate:
    """An article in the window: number, sorting time and its stems."""

    __slots__ = ("at", "id", "stems")

    def __init__(self, article_id: int, at: int, packed: bytes) -> None:
        self.id = article_id
        self.at = at
        # interned: a week's vocabulary is held once, not once an article
        self.stems = tuple(map(intern, stems_of(packed)))


class Window:
    """Recent articles of every language; ``link`` adds an article and returns its edges.

    ``seconds`` is how far apart two articles may lie to be compared. ``terms_of`` gives an article's
    packed terms again; it is asked only for the few that are linked, to name what they share.
    """

    def __init__(self, seconds: int, terms_of: Callable[[int], bytes]) -> None:
        self._seconds = seconds
        self._terms_of = terms_of
        self._languages: dict[str, _Index] = {}

    def add(self, article_id: int, at: int, language: str, terms: bytes) -> None:
        """Remember an article without linking it."""
        self._index(language).add(Candidate(article_id, at, terms))

    def link(self, article_id: int, at: int, language: str, terms: bytes) -> list[LinkEdge]:
        """Edges in both directions between the article and those remembered; then remember it too."""
        index = self._index(language)
        article = Candidate(article_id, at, terms)
        index.forget(article_id)
        edges: list[LinkEdge] = []
        nearest = index.nearest(article)
        ours = spellings(terms, language) if nearest else {}
        for score, other in nearest:
            shared = index.shared(article, other)
            theirs = spellings(self._terms_of(other.id), language)
            there, back = kinds(article.at, other.at, score, len(shared))
            edges.append(LinkEdge(article.id, other.id, there, score, named(shared, ours)))
            edges.append(LinkEdge(other.id, article.id, back, score, named(shared, theirs)))
        index.add(article)
        return edges

    def _index(self, language: str) -> _Index:
        return self._languages.setdefault(language, _Index(self._seconds))


class _Index:
    """The articles of one language by term."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._articles: dict[int, Candidate] = {}
        self._postings: defaultdict[str, list[Candidate]] = defaultdict(list)
        self._dead = 0

    def add(self, article: Candidate) -> None:
        """Remember an article; beyond MAX_WINDOW the one remembered longest is let go."""
        self._articles[article.id] = article
        for stem in article.stems:
            self._postings[stem].append(article)
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

    def weight(self, stem: str) -> float:
        """Inverse document frequency, smoothed so that an unseen term has the highest weight."""
        return log((len(self._articles) + 2) / (len(self._postings.get(stem, ())) + 1))

    def nearest(self, article: Candidate) -> list[tuple[float, Candidate]]:
        """The best-scoring articles, best first, at most MAX_EDGES."""
        size, postings = len(self._articles) + 2, self._postings
        weights = {
            stem: log(size / (len(postings[stem]) + 1 if stem in postings else 1)) for stem in article.stems
        }
        scored = []
        for other in self._candidates(weights, article.at):
            score = round(overlap(weights, other.stems), 3)
            if score >= FOLLOWS:
                scored.append((score, other))
        return heapq.nlargest(MAX_EDGES, scored, key=lambda pair: (pair[0], pair[1].id))

    def _candidates(self, weights: dict[str, float], at: int) -> list[Candidate]:
        """The articles that share the heaviest rare terms, alive and near enough in time."""
        limit = max(COMMON_FLOOR, int(COMMON * len(self._articles)))
        postings = self._postings
        known = [stem for stem in weights if stem in postings and len(postings[stem]) <= limit]
        found: dict[Candidate, float] = {}
        for stem in heapq.nlargest(RARE_TERMS, known, key=weights.__getitem__):
            weight = weights[stem]
            for other in postings[stem][-POSTINGS:]:
                found[other] = found.get(other, 0.0) + weight
        least = LEAST_RARE * sum(weights.values())
        near = [
            (weight, other.id, other)
            for other, weight in found.items()
            if weight >= least
            and abs(other.at - at) <= self._seconds
            and self._articles.get(other.id) is other
        ]
        return [other for _, _, other in heapq.nlargest(CANDIDATES, near)]

    def shared(self, article: Candidate, other: Candidate) -> list[str]:
        """The stems that both have, the rarest first."""
        both = set(article.stems) & set(other.stems)
        return sorted(both, key=lambda stem: (-self.weight(stem), stem))


def overlap(weights: dict[str, float], others: tuple[str, ...]) -> float:
    """Weighted Jaccard overlap, 0..1, of an article's weighted stems with another's stems.

    Stems that only the other has count with the article's mean weight: their own would cost a
    logarithm each and change the order of candidates rarely.
    """
    shared = [weights[stem] for stem in others if stem in weights]
    if len(shared) < FOLLOWS_SHARED:
        return 0.0
    total = sum(weights.values())
    union = total + (len(others) - len(shared)) * total / len(weights)
    return sum(shared) / union if union > 0 else 0.0


def named(shared: Iterable[str], spelled: Mapping[str, str]) -> tuple[str, ...]:
    """A few of the rarest shared terms as the publisher wrote them.

    Names (capitals) come first, then what stands earlier: the headline says what it is about.
    """
    rare = set(islice(shared, 2 * EVIDENCE))
    words = dict.fromkeys(word for stem, word in spelled.items() if stem in rare)
    return tuple(sorted(words or rare, key=lambda word: not word[:1].isupper()))[:EVIDENCE]


def kinds(at: int, other_at: int, score: float, shared: int) -> tuple[LinkKind, LinkKind]:
    """What the other article is to this one, and this one to the other."""
    if score >= SAME_EVENT and shared >= SAME_SHARED and abs(at - other_at) <= SAME_SECONDS:
        return LinkKind.SAME, LinkKind.SAME
    if other_at <= at:
        return LinkKind.EARLIER, LinkKind.LATER
    return LinkKind.LATER, LinkKind.EARLIER
