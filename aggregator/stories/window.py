"""The recent articles in memory: which of them might tell the same event, and in what two are alike.

Pure. An article's candidates come from the posting lists of its rarest words and names, and from the
nearest sentence vectors where there are any. Work per article is bounded by the constants below whatever
the window holds. Cosines are of tf-idf vectors with binary term frequencies, title words counting more
(research note on related stories, §3.2 and §3.3); a term's document frequency is that of the window.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from math import log, sqrt
from typing import Final, NamedTuple, Protocol

from aggregator.dataclass import dataclass
from aggregator.model import UNKNOWN_OUTLET
from aggregator.stories.features import Features
from aggregator.stories.titles import Kind

WORDS: Final = 12  # rarest words of an article that are looked up
NAMES: Final = 8  # rarest names
CONCEPTS: Final = 4  # rarest concepts: the only bridge for headlines without a name
POSTINGS: Final = 400  # newest articles looked at for each
CANDIDATES: Final = 40  # best of them by the weight of what they share
NEAREST: Final = 30  # … and so many of the nearest vectors
COMMON: Final = 0.08  # a term in more than this share of the articles looks nothing up
COMMON_FLOOR: Final = 40  # … but in a small window any term that so few hold may
UNRARE: Final = 4  # words looked up of an article that has only common ones
RARE: Final = 3  # articles that hold a word which tells one filling of a phrase from another
TITLE: Final = 1.7  # weight of a title word against one of the lead: 1 + ln 2


class Parts(NamedTuple):
    """In what two articles are alike: cosines 0..1 (``meaning`` -1..1), flags 0 or 1, ``days`` apart."""

    crossing: float  # 1 if the languages differ
    words: float
    title: float
    names: float
    concepts: float
    meaning: float | None  # None where one has no vector
    speaker: float  # both headlines quote the same person
    places: float  # both headlines name towns, and none is the same
    template: float  # ``title``, where one outlet wrote both and each headline has rare words of its own
    refilled: float  # 1 if such headlines each have a known name or number that the other article lacks
    days: float
    outlet: float  # 1 if the same outlet wrote both


class Nearest(Protocol):
    """Sentence vectors of the window's articles."""

    def nearest(self, article: int, number: int) -> list[int]:
        """The articles with the highest cosines; none where it has no vector."""
        ...

    def cosine(self, one: int, other: int) -> float | None:
        """The cosine of two articles, -1..1; None where one has no vector."""
        ...


@dataclass(slots=True, eq=False)
class Entry:
    """An article in the window with the lengths of its vectors, worked out anew when the window has grown."""

    id: int
    at: int
    language: str
    outlet: str
    features: Features
    words: array[int]
    number: int = -1  # in the posting lists
    lengths: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    generation: int = -1


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article about to be compared with many: term -> squared rarity, title words counting more."""

    entry: Entry
    words: dict[int, float]
    title: dict[int, float]
    names: dict[int, float]
    concepts: dict[int, float]
    lengths: tuple[float, float, float, float]


class Space:
    """Posting lists of one kind of term."""

    def __init__(self) -> None:
        self.postings: dict[int, array[int]] = {}
        self._gone: dict[int, int] = {}  # term -> postings of forgotten articles, until they are swept

    def add(self, number: int, terms: Iterable[int]) -> None:
        """Remember that the article with this number in the window holds the terms."""
        postings = self.postings
        for term in terms:
            held = postings.get(term)
            if held is None:
                postings[term] = array("I", (number,))
            else:
                held.append(number)

    def forget(self, terms: Iterable[int]) -> None:
        """Count an article that holds the terms no more."""
        for term in terms:
            self._gone[term] = self._gone.get(term, 0) + 1

    def count(self, term: int) -> int:
        """How many articles hold a term."""
        held = self.postings.get(term)
        return len(held) - self._gone.get(term, 0) if held is not None else 0


class Window:
    """Articles within ``seconds`` of one another; added in any order."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._entries: dict[int, Entry] = {}
        self._generation = 0
        self._prepared: Prepared | None = None
        self._clear()

    def __contains__(self, article: int) -> bool:
        return article in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def ids(self) -> list[int]:
        """All articles that are remembered."""
        return list(self._entries)

    def entry(self, article: int) -> Entry:
        """What is remembered of an article; KeyError if nothing."""
        return self._entries[article]

    def add(self, article: int, at: int, language: str, outlet: str, features: Features) -> None:
        """Remember an article; one that is known is taken as it is now."""
        self._prepared = None
        if article in self._entries:
            self.forget([article])
        words = features.title + features.lead
        entry = Entry(article, at, language, outlet, features, words)
        self._entries[article] = entry
        self._index(entry)

    def forget(self, articles: Iterable[int]) -> None:
        """Let articles go; their postings are swept when a quarter of all is dead."""
        self._prepared = None
        for article in articles:
            if (entry := self._entries.pop(article, None)) is not None:
                self._dead.add(entry.number)
                for space, terms in self._spaces(entry):
                    space.forget(terms)
        if len(self._dead) > len(self._entries) // 4 + POSTINGS:
            self._clear()
            for entry in self._entries.values():
                self._index(entry)

    def settle(self) -> None:
        """To be called when a batch has been added: rarity is measured anew from here on."""
        self._prepared = None
        self._generation += 1
        everything = max(len(self._entries), 1)
        self._weights = [log(1 + everything / max(count, 1)) for count in range(POSTINGS)]
        self._everything = everything

    def candidates(self, article: int, vectors: Nearest | None = None) -> list[int]:
        """Articles that may be related to one, each near enough in time."""
        entry = self._entries[article]
        found = self._sharing(entry)
        for forgotten in self._dead.intersection(found):
            del found[forgotten]
        best = [self._numbered[n] for n in nlargest(CANDIDATES + 1, found, key=found.__getitem__)]
        chosen = dict.fromkeys(other.id for other in best if self._may_meet(entry, other))
        if vectors is not None:
            for other_id in vectors.nearest(article, NEAREST):
                if (near := self._entries.get(other_id)) and self._may_meet(entry, near):
                    chosen[other_id] = None
        return list(chosen)

    def parts(self, one: int, other: int, meaning: float | None = None) -> Parts:
        """In what two articles are alike; ``meaning`` is the cosine of their vectors."""
        if self._prepared is None or self._prepared.entry.id != one:
            self._prepared = self._prepare(self._entries[one])
        mine, b = self._prepared, self._entries[other]
        a, yours = mine.entry, b.features
        words, title, names, concepts = self._lengths(b)
        crossing = a.language != b.language
        one_outlet = a.outlet == b.outlet != UNKNOWN_OUTLET
        alike = 0.0 if crossing else _sum(mine.title, yours.title) / (mine.lengths[1] * title or 1.0)
        worded = 0.0 if crossing else TITLE * _sum(mine.words, yours.title) + _sum(mine.words, yours.lead)
        return Parts(
            crossing=float(crossing),
            words=worded / (mine.lengths[0] * words or 1.0),
            title=alike,
            names=_sum(mine.names, yours.names) / (mine.lengths[2] * names or 1.0),
            concepts=_sum(mine.concepts, yours.concepts) / (mine.lengths[3] * concepts or 1.0),
            meaning=meaning,
            speaker=float(_meet(a.features.speakers, yours.speakers)),
            places=float(_differ(a.features.places, yours.places)),
            template=self._template(a, b, alike) if one_outlet else 0.0,
            refilled=float(one_outlet and self._is_refilled(a, b) and self._is_refilled(b, a)),
            days=min(abs(a.at - b.at), self.seconds) / 86400,
            outlet=float(one_outlet),
        )

    def rarity(self, name: int) -> float:
        """Inverse document frequency of a name's key in the window."""
        return self._weight(self._names, name)

    # --- inside ---

    def _clear(self) -> None:
        self._words, self._names, self._concepts = Space(), Space(), Space()
        self._numbered: list[Entry] = []
        self._dead: set[int] = set()
        self.settle()

    def _index(self, entry: Entry) -> None:
        entry.number = len(self._numbered)
        self._numbered.append(entry)
        for space, terms in self._spaces(entry):
            space.add(entry.number, terms)

    def _spaces(self, entry: Entry) -> tuple[tuple[Space, array[int]], ...]:
        """The terms of an article by kind, each with the posting lists it belongs to."""
        features = entry.features
        return (
            (self._words, entry.words),
            (self._names, features.names),
            (self._concepts, features.concepts),
        )

    def _sharing(self, entry: Entry) -> defaultdict[int, float]:
        """number -> weight of what it shares with an article, of the newest that share its rarest terms."""
        found: defaultdict[int, float] = defaultdict(float)
        for space, terms, number in (
            (self._words, entry.words, WORDS),
            (self._names, entry.features.names, NAMES),
            (self._concepts, entry.features.concepts, CONCEPTS),
        ):
            for weight, term in self._rarest(space, terms, number):
                for other in space.postings[term][-POSTINGS:]:
                    found[other] += weight
        if not found:  # one text in many outlets has no rare word: the rarest must do
            for weight, term in self._rarest(self._words, entry.words, UNRARE, everything=True):
                for other in self._words.postings[term][-POSTINGS:]:
                    found[other] += weight
        return found

    def _may_meet(self, entry: Entry, other: Entry) -> bool:
        return (
            other is not entry
            and self._entries.get(other.id) is other
            and abs(other.at - entry.at) <= self.seconds
            and Kind.JUNK not in (entry.features.kind, other.features.kind)
        )

    def _rarest(
        self, space: Space, terms: Sequence[int], number: int, *, everything: bool = False
    ) -> list[tuple[float, int]]:
        """(weight, term) of the rarest terms that others have too; ``everything``: common ones as well."""
        limit = self._everything if everything else max(COMMON_FLOOR, int(COMMON * self._everything))
        counted = sorted((count, term) for term in terms if 1 < (count := space.count(term)) <= limit)
        return [(self._idf(count), term) for count, term in counted[:number]]

    def _idf(self, count: int) -> float:
        return self._weights[count] if count < POSTINGS else log(1 + self._everything / count)

    def _weight(self, space: Space, term: int) -> float:
        return self._idf(space.count(term))

    def _prepare(self, entry: Entry) -> Prepared:
        """What of an article is compared, weighed."""
        found = entry.features
        top = {term: self._weight(self._words, term) ** 2 for term in found.title}
        words = {term: self._weight(self._words, term) ** 2 for term in found.lead}
        words |= {term: TITLE * weight for term, weight in top.items()}
        return Prepared(
            entry=entry,
            words=words,
            title=top,
            names={term: self._weight(self._names, term) ** 2 for term in found.names},
            concepts={term: self._weight(self._concepts, term) ** 2 for term in found.concepts},
            lengths=self._lengths(entry),
        )

    def _lengths(self, entry: Entry) -> tuple[float, float, float, float]:
        """The lengths of an article's vectors of words, title words, names and concepts."""
        if entry.generation != self._generation:
            top = self._squares(self._words, entry.features.title)
            below = self._squares(self._words, entry.features.lead)
            entry.lengths = (
                sqrt(top * TITLE * TITLE + below),
                sqrt(top),
                sqrt(self._squares(self._names, entry.features.names)),
                sqrt(self._squares(self._concepts, entry.features.concepts)),
            )
            entry.generation = self._generation
        return entry.lengths

    def _template(self, a: Entry, b: Entry, title: float) -> float:
        """How alike two headlines of one outlet are, if it only filled the same phrase in another way."""
        own = self._has_own(a, b) and self._has_own(b, a)
        return title if own else 0.0

    def _is_refilled(self, entry: Entry, other: Entry) -> bool:
        """Whether the headline has a known name or number that the other article lacks."""
        theirs = other.features
        return any(t not in theirs.names for t in entry.features.fillings)

    def _has_own(self, entry: Entry, other: Entry) -> bool:
        """Whether the headline has a rare word that the other article lacks."""
        held = set(other.words)
        return any(t not in held and self._words.count(t) <= RARE for t in entry.features.title)

    def _squares(self, space: Space, terms: Iterable[int]) -> float:
        return sum(self._weight(space, term) ** 2 for term in terms)


def _sum(weights: Mapping[int, float], terms: Iterable[int]) -> float:
    """The weights of those terms that have one."""
    return sum([weights[term] for term in terms if term in weights])


def _meet(one: Iterable[int], other: Sequence[int]) -> bool:
    return any(term in other for term in one)


def _differ(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether both name something and nothing is the same."""
    return bool(one) and bool(other) and not _meet(one, other)
