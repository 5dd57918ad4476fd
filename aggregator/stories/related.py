"""Related stories, first version: an inverted index over a window of days, IDF-weighted, same language.

Pure: a window is filled with articles and asked for edges. Work per article is bounded by the
constants below whatever the window holds. Scores are weighted Jaccard overlaps of terms, 0..1.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log, log1p

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
    """An article in the window: number, sorting time and its stems, as hashes of 8 bytes each.

    The words themselves, a week's in five languages, would be the largest thing that a sync holds.
    """

    __slots__ = ("at", "id", "stems")

    def __init__(self, article_id: int, at: int, stems: Iterable[str]) -> None:
        self.id = article_id
        self.at = at
        self.stems = array("q", map(hash, stems))


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
        self._index(language).add(Candidate(article_id, at, stems_of(terms)))

    def link(self, article_id: int, at: int, language: str, terms: bytes) -> list[LinkEdge]:
        """Edges in both directions between the article and those remembered; then remember it too."""
        index = self._index(language)
        stems = stems_of(terms)
        article = Candidate(article_id, at, stems)
        index.forget(article_id)
        edges: list[LinkEdge] = []
        nearest = index.nearest(article)
        ours = spellings(terms, language) if nearest else {}
        for score, other in nearest:
            shared = index.shared(article, stems, other)
            rare = dict.fromkeys(shared[: 2 * EVIDENCE])
            theirs = spellings(self._terms_of(other.id), language, rare)
            there, back = kinds(article.at, other.at, score, len(shared))
            edges.append(LinkEdge(article.id, other.id, there, score, named(rare, ours)))
            edges.append(LinkEdge(other.id, article.id, back, score, named(rare, theirs)))
        index.add(article)
        return edges

    def _index(self, language: str) -> _Index:
        return self._languages.setdefault(language, _Index(self._seconds))


class _Index:
    """The articles of one language by term."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._articles: dict[int, Candidate] = {}
        self._first: dict[int, Candidate] = {}  # the one holder of a term: most terms have no other
        self._more: dict[int, list[Candidate]] = {}  # the holders of a term that has two or more
        self._dead = 0

    def add(self, article: Candidate) -> None:
        """Remember an article; beyond MAX_WINDOW the one remembered longest is let go."""
        self._articles[article.id] = article
        first, more = self._first, self._more
        for stem in article.stems:
            if stem in more:
                more[stem].append(article)
            elif stem in first:
                more[stem] = [first.pop(stem), article]
            else:
                first[stem] = article
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
            self._first.clear()
            self._more.clear()
            for article in living:
                self.add(article)

    def nearest(self, article: Candidate) -> list[tuple[float, Candidate]]:
        """The best-scoring articles, best first, at most MAX_EDGES."""
        stems = article.stems
        single = list(filter(None, map(self._first.get, stems)))
        several = list(filter(None, map(self._more.get, stems)))
        total = len(stems) * self._weight(0) - len(single) * log(2) - sum(map(log1p, map(len, several)))
        found = self._sharing(single, several)
        if not found or max(found.values()) < LEAST_RARE * total:
            return []  # as for most articles; before each term is weighed
        weights = {stem: self._weight(count) for stem in stems if (count := self._count(stem))}
        scored = []
        for other in self._candidates(found, LEAST_RARE * total, article.at):
            score = round(overlap(weights, total, len(stems), other.stems), 3)
            if score >= FOLLOWS:
                scored.append((score, other))
        return sorted(scored, key=_rank, reverse=True)[:MAX_EDGES]

    def _count(self, stem: int) -> int:
        """How many articles hold a term."""
        return len(self._more.get(stem, ())) or int(stem in self._first)

    def _weight(self, count: int) -> float:
        """Inverse document frequency, smoothed so that an unseen term has the highest weight."""
        return log((len(self._articles) + 2) / (count + 1))

    def _sharing(
        self, single: Sequence[Candidate], several: Iterable[list[Candidate]]
    ) -> dict[Candidate, float]:
        """The newest articles that hold the rarest terms, each with the weight of those that it holds."""
        found: dict[Candidate, float] = {}
        weight = self._weight(1)
        for other in single[:RARE_TERMS]:
            found[other] = found.get(other, 0.0) + weight
        limit = max(COMMON_FLOOR, int(COMMON * len(self._articles)))
        rare = sorted((holders for holders in several if len(holders) <= limit), key=len)
        for holders in rare[: max(RARE_TERMS - len(single), 0)]:
            weight = self._weight(len(holders))
            for other in holders[-POSTINGS:]:
                found[other] = found.get(other, 0.0) + weight
        return found

    def _candidates(self, found: Mapping[Candidate, float], least: float, at: int) -> list[Candidate]:
        """The best of the articles found, alive and near enough in time."""
        near = [
            (weight, other)
            for other, weight in found.items()
            if weight >= least
            and abs(other.at - at) <= self._seconds
            and self._articles.get(other.id) is other
        ]
        if len(near) > CANDIDATES:
            near = sorted(near, key=_rank, reverse=True)[:CANDIDATES]
        return [other for _, other in near]

    def shared(self, article: Candidate, stems: Sequence[str], other: Candidate) -> list[str]:
        """Those of the article's stems that the other has too, the rarest first."""
        theirs = set(other.stems)
        both = [(hashed, stem) for hashed, stem in zip(article.stems, stems, strict=True) if hashed in theirs]
        return [stem for _, stem in sorted((self._count(hashed), stem) for hashed, stem in both)]


def _rank(pair: tuple[float, Candidate]) -> tuple[float, int]:
    """By weight or score; of equals the newer article is the greater."""
    return pair[0], pair[1].id


def overlap(weights: Mapping[int, float], total: float, number: int, others: Sequence[int]) -> float:
    """Weighted Jaccard overlap, 0..1, of an article's stems with another's stems.

    ``weights`` are those of the article's stems that anyone else has; ``total`` is the weight of all
    ``number`` of them. Stems that only the other has count with the article's mean weight: their own
    would cost a logarithm each and change the order of candidates rarely.
    """
    shared = [weights[stem] for stem in others if stem in weights]
    if len(shared) < FOLLOWS_SHARED:
        return 0.0
    union = total + (len(others) - len(shared)) * total / number
    return sum(shared) / union if union > 0 else 0.0


def named(rare: Iterable[str], spelled: Mapping[str, str]) -> tuple[str, ...]:
    """A few of the rarest shared terms as the publisher wrote them.

    Names (capitals) come first, then what stands earlier: the headline says what it is about.
    """
    known = dict.fromkeys(rare)
    words = dict.fromkeys(word for stem, word in spelled.items() if stem in known)
    return tuple(sorted(words or known, key=lambda word: not word[:1].isupper()))[:EVIDENCE]


def kinds(at: int, other_at: int, score: float, shared: int) -> tuple[LinkKind, LinkKind]:
    """What the other article is to this one, and this one to the other."""
    if score >= SAME_EVENT and shared >= SAME_SHARED and abs(at - other_at) <= SAME_SECONDS:
        return LinkKind.SAME, LinkKind.SAME
    if other_at <= at:
        return LinkKind.EARLIER, LinkKind.LATER
    return LinkKind.LATER, LinkKind.EARLIER
