"""The graph of scored pairs -> stories, and each article's related list in order. Pure.

``load`` gives the scored pairs of an article and ``language`` its language; they are asked only for the
articles in question, so a sync that brings ten looks at their neighbourhood and not at the whole cache.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from aggregator.stories.grouping import MAX_STORY, Graph, Pair, connected, groups, pair
from aggregator.stories.smoothing import EVENT, THREAD, Smoother, probability
from aggregator.stories.titles import LONERS, Kind

Scores = Mapping[int, tuple[float, float]]  # other article -> log-odds of one event, of one running story

CUT: Final = 0.23  # mean probability from which two groups are one story
REGION: Final = 500  # articles grouped together at most
CONNECTED: Final = -2.2  # log-odds that connect two articles for grouping: a probability of 0.1
FAINT: Final = -5.5  # log-odds below which two articles have nothing to do with one another
SHOWN: Final = 0.5  # probability from which a pair is called the same event
RUNNING: Final = 0.3  # … one running story: the neighbours' word makes these low, measured 6 in 10 are right
# Taken off the log-odds of one event before anything is said or grouped. Within a language a false link
# costs more trust than a missing one; across languages the odds are too low by about as much, since the
# labelled days hold few such pairs. Measured by tests/bench/fit_stories.py.
CAUTION: Final = 0.9
CAUTION_ACROSS: Final = -0.3
LINKED: Final = -3.9  # log-odds from which a pair counts for grouping: a probability of 0.02
HINTED: Final = 0.02  # … and below which nothing is said at all
ROUNDUP_EVENTS: Final = 4  # an article that touches so many stories, and none surely, is a round-up
TOUCHED: Final = 0.2  # … touches: this mean probability, of the pairs as they were scored
ROUNDUP_SURE: Final = 0.95  # … surely: this probability of one pair
THREAD_WEIGHT: Final = 0.5  # of the running story's log-odds in the order of a related list
UNSURE: Final = 0.5  # mean probability that attaches a round-up to a story


class Relation(NamedTuple):
    """Another article as seen from one: probability of one event, of one running story, and its rank."""

    other: int
    same: float
    thread: float
    rank: float  # the higher the earlier in the list


class Grouped(NamedTuple):
    """Stories as groups of their members, and the articles that only stand beside one: article -> group."""

    groups: list[list[int]]
    attached: dict[int, int]


class Network:
    """The scored pairs round some articles."""

    def __init__(
        self,
        load: Callable[[int], Scores],
        language: Callable[[int], str],
        kind: Callable[[int], Kind] = lambda article: Kind.REPORT,
    ) -> None:
        self._load = load
        self._language = language
        self._kind = kind
        self._events: dict[int, dict[int, float]] = {}
        self._threads: dict[int, dict[int, float]] = {}
        self._likely: dict[int, dict[int, float]] = {}
        self._event = Smoother(self._near_event, EVENT, self._is_report)
        self._thread = Smoother(self._near_thread, THREAD, self._is_report)

    def likely(self, article: int) -> dict[int, float]:
        """Smoothed log-odds of one event with every article that may tell it, less our caution."""
        known = self._likely.get(article)
        if known is None:
            known = self._likely[article] = {}
            for other, odds in self._event.of(article).items():
                cautious = odds - self._caution(article, other)
                if cautious >= FAINT:
                    known[other] = cautious
        return known

    def listed(self, article: int) -> list[Relation]:
        """The related list of an article, the likeliest first."""
        thread = self._thread.of(article)
        found = []
        for other, odds in self.likely(article).items():
            ties = thread.get(other, odds)
            same, running = probability(odds), probability(ties)
            if same >= HINTED or running >= HINTED:
                rank = odds + THREAD_WEIGHT * ties + self._caution(article, other)
                found.append(Relation(other, same, running, rank))
        return sorted(found, key=lambda r: (-r.rank, r.other))

    def region(self, articles: Iterable[int]) -> list[int]:
        """The articles and those connected with them, at most REGION beyond the articles themselves."""
        found = dict.fromkeys(articles)
        waiting = list(found)
        limit = len(found) + REGION
        for article in waiting:
            for other, odds in self.likely(article).items():
                if odds >= CONNECTED and other not in found and len(found) < limit:
                    found[other] = None
                    waiting.append(other)
        return sorted(found)

    def group(
        self,
        articles: Sequence[int],
        loners: Mapping[int, float],
        *,
        apart: Iterable[Pair] = (),
        together: Iterable[Pair] = (),
        settled: Iterable[Pair] = (),
    ) -> Grouped:
        """The stories of some articles.

        ``loners`` never tie others together; each is attached to its best story where the mean
        probability is at least the given one. ``apart`` and ``together`` are the reader's own word,
        ``settled`` what was one story already and cannot be compared any more.
        """
        apart = set(apart)
        together = set(together)
        largest = max(MAX_STORY, *map(len, connected(together)), 0)  # the reader's word has no limit
        graph = self._graph(articles, apart, together | (set(settled) - apart))
        alone = dict(loners)
        made = groups([a for a in articles if a not in alone], graph, CUT, apart=apart, largest=largest)
        found = self._roundups(made, graph)
        if found:
            alone |= dict.fromkeys(found, UNSURE)
            made = groups([a for a in articles if a not in alone], graph, CUT, apart=apart, largest=largest)
        attached = {}
        for article, least in alone.items():
            if article in graph:
                allowed = (
                    (_mean(article, group, graph), -at)
                    for at, group in enumerate(made)
                    if not any(pair(article, member) in apart for member in group)
                )
                best = max(allowed, default=(0.0, 0))
                if best[0] >= least:
                    attached[article] = -best[1]
        return Grouped(made, attached)

    def _graph(
        self, articles: Sequence[int], apart: set[Pair], together: set[Pair]
    ) -> dict[int, dict[int, float]]:
        """Probabilities among the articles, as the reader's word has it."""
        graph: dict[int, dict[int, float]] = {article: {} for article in articles}
        for article in articles:
            for other, odds in self.likely(article).items():
                if other in graph and odds >= LINKED and pair(article, other) not in apart:
                    graph[article][other] = graph[other][article] = probability(odds)
        for one, other in together:
            if one in graph and other in graph:
                graph[one][other] = graph[other][one] = float(len(articles)) ** 2
        return graph

    def _roundups(self, made: Sequence[Sequence[int]], graph: Graph) -> list[int]:
        """Articles that touch several stories and none surely, by the pairs' own scores.

        One that the reader has put into a story is none.
        """
        of = {article: at for at, group in enumerate(made) for article in group}
        found = []
        for article in of:
            sums: defaultdict[int, float] = defaultdict(float)
            likely = {o: probability(z) for o, z in self._near_event(article).items() if o in of}
            for other, weight in likely.items():
                sums[of[other]] += weight
            touched = [at for at, total in sums.items() if total / len(made[at]) >= TOUCHED]
            joined = max(graph[article].values(), default=0.0) > 1.0
            if not joined and len(touched) >= ROUNDUP_EVENTS and max(likely.values()) < ROUNDUP_SURE:
                found.append(article)
        return found

    def _caution(self, article: int, other: int) -> float:
        return CAUTION if self._language(other) == self._language(article) else CAUTION_ACROSS

    def _is_report(self, article: int) -> bool:
        return self._kind(article) not in LONERS

    def _near_event(self, article: int) -> dict[int, float]:
        if article not in self._events:
            self._read(article)
        return self._events[article]

    def _near_thread(self, article: int) -> dict[int, float]:
        if article not in self._threads:
            self._read(article)
        return self._threads[article]

    def _read(self, article: int) -> None:
        scores = self._load(article)
        self._events[article] = {other: same for other, (same, _) in scores.items()}
        self._threads[article] = {other: thread for other, (_, thread) in scores.items()}


def _mean(article: int, group: Sequence[int], graph: Mapping[int, Mapping[int, float]]) -> float:
    """Mean probability of an article with a group."""
    near = graph[article]
    return sum(near.get(member, 0.0) for member in group) / len(group)
