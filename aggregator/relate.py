"""From stored articles to stories: who waits is compared, grouped and threaded, step by step.

The seam between the pure engine in ``stories`` and the store; decides nothing about relatedness. Every
step is one short transaction that also crosses its articles off the list of those that wait, so a sync
that is killed leaves nothing half-written and the next one goes on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from aggregator.model import Change, LinkEdge, LinkKind, Related
from aggregator.store.db import Store
from aggregator.store.links import WORTH_SHOWING
from aggregator.store.relating import Pairs, Profile, Written
from aggregator.store.stories import Placed
from aggregator.store.times import time_of
from aggregator.stories import features as made
from aggregator.stories.compare import Comparer
from aggregator.stories.features import Features
from aggregator.stories.grouping import Pair, pair
from aggregator.stories.listing import edges
from aggregator.stories.network import SHOWN, Network, Relation
from aggregator.stories.planning import Plan, plan
from aggregator.stories.scoring import models
from aggregator.stories.titles import Kind
from aggregator.stories.vectors import Encoder, Vectors
from aggregator.stories.why import Text, reasons
from aggregator.stories.window import Window

Reasons = tuple[str, ...]

DAY = 86400
WINDOW = 3 * DAY  # how far apart two reports of one event may lie: research note, §3.3
STEP = 600  # articles compared in one transaction
AGAIN = 500  # articles whose pairs were forgotten that are compared again in one step, about
AGAIN_ROUNDS = 3  # … and how far from one to the next
NEAR = 0.25  # probability from which an article's list is made anew when another comes
ENCODED_STEP = 64  # articles given a vector between two looks at the clock: 2 to 3 s
PAIRS_KEPT = 14 * DAY  # a story is open for 7 days and a window; older pairs group nothing any more
VECTORS_KEPT = 30 * DAY


def publisher_edges(store: Store, changes: Sequence[Change]) -> list[LinkEdge]:
    """The publisher's own links from the arriving articles to stored ones, and from stored ones to them."""
    linking = store.links.own_links([change.id for change in changes])
    linked = store.links.waiting([change.draft.url for change in changes])
    found = {
        ends: LinkEdge(*ends, LinkKind.PUBLISHER, 1.0, ("linked in the article",))
        for ends in {*linking, *linked}
    }
    on_pages = store.pages.edges([change.id for change in changes])  # these know the words that are linked
    return list((found | {(edge.source, edge.target): edge for edge in on_pages}).values())


def arrived(store: Store, changes: Sequence[Change]) -> None:
    """Let new and edited articles wait to be related; link what their publishers link. In a write phase."""
    store.relating.queue([change.id for change in changes])
    store.links.add(publisher_edges(store, changes))


class Relater:
    """Keeps the window between steps; used on the writer's thread only."""

    def __init__(self) -> None:
        self._window = Window(WINDOW)
        self._vectors: Vectors | None = None
        self.models = models()

    def step(self, store: Store) -> int:
        """Compare and group the next articles that wait; returns how many that were, 0 when none waits.

        What another process changed meanwhile (an edit, a split) is not written over: they wait on.
        """
        ids = store.relating.waiting(STEP, WINDOW)
        if ids:
            contents = store.relating.contents(ids)
            self._fill(store, ids)
            scored = self._again(store, ids, self._compare(ids))
            step = Step(store, self._window, list(scored), scored, machine=self._vectors is not None)
            with store.write():
                if store.relating.contents(ids) == contents and step.is_current():
                    step.store()
        return len(ids)

    def encode(self, encoder: Encoder, store: Store) -> int:
        """Give the newest articles that wait for it a vector, and let them be compared again."""
        ids = store.relating.unencoded(ENCODED_STEP)
        if ids:
            texts = store.relating.written(ids)
            found = [i for i in ids if i in texts]
            sentences = [made.sentence(texts[i].title, lead(texts[i])) for i in found]
            vectors = encoder.encode(sentences)
            store.relating.save_vectors(list(zip(found, vectors, strict=True)), ids)
        return len(ids)

    @property
    def window(self) -> Window:
        """The articles in memory."""
        return self._window

    @property
    def vectors(self) -> Vectors | None:
        """Their vectors, None where none has one."""
        return self._vectors

    # --- the window ---

    def _fill(self, store: Store, ids: Sequence[int]) -> None:
        """Bring the window to the articles within reach of those that wait, as they are stored now."""
        first, last = time_of(ids[0]), time_of(ids[-1])
        wanted = store.relating.span(first - WINDOW, last + WINDOW)
        inside = set(wanted)
        gone = [article for article in self._window.ids() if article not in inside]
        self._window.forget([*gone, *ids])
        missing = [article for article in wanted if article not in self._window]
        self._add(store, missing)
        if self._vectors is not None:
            self._vectors.forget([*gone, *ids])
        vectors = store.relating.vectors(
            [a for a in wanted if self._vectors is None or a not in self._vectors]
        )
        if vectors and self._vectors is None:
            self._vectors = Vectors()
        if self._vectors is not None:
            language = {article: self._window.entry(article).language for article, _ in vectors}
            self._vectors.add((article, language[article], vector) for article, vector in vectors)
            self._vectors.settle()
        self._window.settle()

    def _add(self, store: Store, missing: Sequence[int]) -> None:
        """Put articles into the window; features that are missing or of another version are made anew."""
        profiles = store.relating.profiles(missing)
        unpacked = {p.id: made.unpack(p.terms) for p in profiles}
        unmade = [article for article, found in unpacked.items() if found is None]
        if unmade:
            texts = store.relating.written(unmade)
            again = {i: features_of(text) for i, text in texts.items()}
            with store.write():
                store.relating.save_terms((i, made.pack(found)) for i, found in again.items())
            unpacked |= again
        for p in profiles:
            self._window.add(p.id, p.at, p.language, p.outlet, unpacked[p.id] or Features())

    def _compare(self, ids: Iterable[int]) -> dict[int, Pairs]:
        """The pairs of each article worth keeping; junk has none."""
        comparer = Comparer(self._window, self._vectors, self.models)
        return {
            article: comparer.of(article)
            if article in self._window and self._window.entry(article).features.kind is not Kind.JUNK
            else {}
            for article in ids
        }

    def _again(self, store: Store, ids: Sequence[int], scored: dict[int, Pairs]) -> dict[int, Pairs]:
        """The pairs, with those of the stories round them that were forgotten for their age made anew.

        Else a late or edited article of long ago would take apart all stories that it comes near.
        """
        if time_of(ids[0]) >= store.relating.newest() - PAIRS_KEPT + WINDOW:
            return scored
        scored, fresh = dict(scored), scored
        for _ in range(AGAIN_ROUNDS):
            near = {*fresh, *(other for pairs in fresh.values() for other in pairs)}
            bare = [a for a in store.relating.bare(near) if a in self._window and a not in scored]
            fresh = self._compare(bare)
            scored |= fresh
            if not fresh or len(scored) > len(ids) + AGAIN:
                break
        return scored


class Step:
    """What follows from newly scored pairs; worked out when made, written by ``store``."""

    def __init__(
        self, store: Store, window: Window, ids: Sequence[int], scored: dict[int, Pairs], *, machine: bool
    ) -> None:
        self._store = store
        self._window = window
        self._reasons = partial(reasons, machine=machine)
        self._ids = list(ids)
        self._scored = scored
        self._fresh = both_ways(scored)
        self._old: dict[int, Pairs] = {}
        self._relations: dict[int, list[Relation]] = {}
        self._languages: dict[int, str] = {}
        self._network = Network(self._odds, self._language, self._kind)
        nodes = self._nodes()
        self._before = store.stories.placed(nodes)
        self._nodes_asked = nodes
        self._verdicts = apart, together = store.verdicts.among(nodes)
        self._bare = set(store.relating.bare(nodes)) - scored.keys()
        self._apart: defaultdict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            self._apart[one].add(other)
            self._apart[other].add(one)
        self._kinds = self._kinds_of(nodes)
        for article in {article for ends in together for article in ends}:
            if self._kinds[article] is Kind.JUNK:  # the reader wants it there
                self._kinds[article] = Kind.LIVE
        self._plan: Plan = plan(
            nodes,
            self._kinds,
            self._network,
            self._before,
            apart=apart,
            together=together,
            settled=self._settled(),
            copies=self._copies,
        )
        self._mates = {a: s.members + s.beside for s in self._plan.stories for a in s.members + s.beside}
        self._edges = self._lists()

    def is_current(self) -> bool:
        """Whether stories and the reader's word are still as they were when this was worked out."""
        nodes, store = self._nodes_asked, self._store
        return (
            store.stories.placed(nodes) == self._before
            and store.verdicts.among(nodes) == self._verdicts
            and len(store.relating.contents(nodes)) == len(nodes)
        )

    def store(self) -> None:
        """Write it all; in a write phase."""
        store = self._store
        store.relating.replace_pairs(self._ids, self._scored)
        junk = [a for a, kind in self._kinds.items() if kind is Kind.JUNK]
        store.stories.leave(junk)
        changed = [
            s
            for s in self._plan.stories
            if s.story is None or self._is_changed(s.members + s.beside, s.story)
        ]
        placed = [Placed(s.story, s.members, s.beside, s.copies) for s in changed]
        at = {id(s): number for number, s in enumerate(changed)}
        ended = {old: at[id(self._plan.stories[to])] for old, to in self._plan.ended.items()}
        store.stories.arrange(placed, ended)
        store.links.replace(list(self._edges), [edge for found in self._edges.values() for edge in found])
        store.relating.related(self._ids)

    # --- the network ---

    def _pairs(self, article: int) -> Pairs:
        """The pairs of an article as they will be."""
        known = self._old.get(article)
        if known is None:
            ours = self._fresh.get(article, {})
            if article in self._scored:
                known = ours
            else:
                stored = self._store.relating.pairs(article)
                known = {**{o: s for o, s in stored.items() if o not in self._scored}, **ours}
            self._old[article] = known
        return known

    def _odds(self, article: int) -> dict[int, tuple[float, float]]:
        return {other: (same, thread) for other, (same, thread, _) in self._pairs(article).items()}

    def _language(self, article: int) -> str:
        """The language of an article, in the window or not."""
        if article in self._window:
            return self._window.entry(article).language
        if article not in self._languages:
            found = self._store.relating.profiles([article])
            self._languages[article] = found[0].language if found else ""
        return self._languages[article]

    def _kind(self, article: int) -> Kind:
        """The kind of an article that may be asked about its neighbours."""
        return self._window.entry(article).features.kind if article in self._window else Kind.REPORT

    def _copies(self, article: int) -> list[int]:
        return [other for other, (_, _, copy) in self._pairs(article).items() if copy]

    def _nodes(self) -> list[int]:
        """The articles to group anew: those that wait, the connected ones, and all of their stories."""
        stories = self._store.stories
        near = self._network.region([*self._ids, *self._store.verdicts.partners(self._ids)])
        whole = stories.members(set(stories.placed(near).values()))
        return sorted({*near, *(article for members in whole.values() for article in members)})

    def _kinds_of(self, nodes: Sequence[int]) -> dict[int, Kind]:
        outside = [article for article in nodes if article not in self._window]
        kinds = {p.id: kind_of(p) for p in self._store.relating.profiles(outside)}
        return kinds | {a: self._window.entry(a).features.kind for a in nodes if a in self._window}

    def _is_changed(self, articles: Sequence[int], story: int) -> bool:
        stored = self._store.stories.members([story]).get(story, [])
        return sorted(articles) != stored or any(article in self._scored for article in articles)

    def _settled(self) -> list[Pair]:
        """Articles of old stories whose pairs were forgotten: each with the next, to stay together."""
        stories: defaultdict[int, list[int]] = defaultdict(list)
        for article in sorted(self._bare & self._before.keys()):
            stories[self._before[article]].append(article)
        return [ends for members in stories.values() for ends in pairwise(members)]

    # --- the lists ---

    def _lists(self) -> dict[int, list[LinkEdge]]:
        """The related lists of every article whose list changes, with evidence."""
        found = {}
        touched = self._touched()
        self._know_mates(touched)
        for article in touched:
            listed = [r for r in self._listed(article) if self._kinds.get(r.other) is not Kind.JUNK]
            mates = {a for a in self._mates.get(article, ()) if a != article}
            times = {r.other: time_of(r.other) for r in listed}
            found[article] = edges(article, time_of(article), listed, mates, times, self._apart[article])
        for edge in self._store.links.computed(sorted(self._bare & found.keys())):
            if edge.target not in self._scored:  # its pair was forgotten: what was said of it stays
                found[edge.source] = [e for e in found[edge.source] if e.target != edge.target]
                found[edge.source].append(edge)
        told = self._told(found)
        texts = self._texts(found, told)
        return {
            article: [replace(edge, evidence=self._why(edge, texts, told)) for edge in made]
            for article, made in found.items()
        }

    def _listed(self, article: int) -> list[Relation]:
        """The relations of an article, worked out once."""
        found = self._relations.get(article)
        if found is None:
            found = self._relations[article] = self._network.listed(article)
        return found

    def _know_mates(self, articles: Sequence[int]) -> None:
        """The stories of articles that are not grouped anew stay as they are."""
        stories = self._store.stories
        others = stories.placed([article for article in articles if article not in self._mates])
        members = stories.members(set(others.values()))
        self._mates |= {article: members[story] for article, story in others.items()}

    def _told(self, lists: dict[int, list[LinkEdge]]) -> dict[Pair, Reasons]:
        """The reasons that are known already: those of pairs of which neither has changed."""
        known = self._store.links.computed([article for article in lists if article not in self._scored])
        return {
            pair(edge.source, edge.target): edge.evidence
            for edge in known
            if edge.evidence and edge.target not in self._scored
        }

    def _touched(self) -> list[int]:
        """The articles whose lists change: the compared ones, those near to them, those that list them,
        and all of a story that has other articles now.
        """
        touched = dict.fromkeys(self._ids)
        for article in self._scored:
            for relation in self._listed(article):
                if relation.same >= NEAR or relation.thread >= SHOWN:
                    touched[relation.other] = None
        touched |= dict.fromkeys(self._store.links.sources_of(self._ids))
        before: defaultdict[int, set[int]] = defaultdict(set)
        for article, number in self._before.items():
            before[number].add(article)
        for story in self._plan.stories:
            members = story.members + story.beside
            if story.story is None or before[story.story] != set(members):  # grew, or lost one
                touched |= dict.fromkeys(members)
        return list(touched)

    def _texts(self, lists: dict[int, list[LinkEdge]], told: dict[Pair, Reasons]) -> dict[int, Text]:
        """The texts of the pairs whose reasons are not known."""
        unknown = [
            ends
            for found in lists.values()
            for edge in found
            if worth_showing(edge) and (ends := pair(edge.source, edge.target)) not in told
        ]
        return texts_of(self._store, sorted({article for ends in unknown for article in ends}))

    def _why(self, edge: LinkEdge, texts: dict[int, Text], told: dict[Pair, Reasons]) -> Reasons:
        """The reasons for an edge, the same in both directions; none yet for one that no reader is shown."""
        ends = pair(edge.source, edge.target)
        if not worth_showing(edge):
            return ()
        if ends not in told:
            one, other = (texts.get(article) for article in ends)
            copy = self._pairs(ends[0]).get(ends[1], (0.0, 0.0, False))[2]
            told[ends] = self._reasons(one, other, copy=copy) if one and other else ()
        return told[ends]


def worth_showing(edge: LinkEdge) -> bool:
    """Whether a reader sees the edge; the reasons of the others are worked out when they are asked for."""
    return edge.kind is not LinkKind.MAYBE or edge.score >= WORTH_SHOWING


def explained(store: Store, article: int, related: Sequence[Related]) -> list[Related]:
    """A related list with reasons for those that have none yet."""
    missing = [r.row.id for r in related if not r.evidence]
    if not missing:
        return list(related)
    texts = texts_of(store, [article, *missing])
    machine = bool(store.relating.vectors([article]))
    return [
        r
        if r.evidence or r.row.id not in texts
        else replace(r, evidence=reasons(texts[article], texts[r.row.id], machine=machine))
        for r in related
    ]


def both_ways(scored: dict[int, Pairs]) -> dict[int, Pairs]:
    """The same pairs, each found from both of its ends."""
    found: defaultdict[int, dict[int, tuple[float, float, bool]]] = defaultdict(dict)
    for article, pairs in scored.items():
        for other, odds in pairs.items():
            found[article][other] = found[other][article] = odds
    return dict(found)


def kind_of(profile: Profile) -> Kind:
    """The kind of an article that is not in the window."""
    found = made.unpack(profile.terms)
    return found.kind if found else Kind.REPORT


def texts_of(store: Store, ids: Sequence[int]) -> dict[int, Text]:
    """Articles as they are written, for their reasons."""
    return {i: Text(w.title, lead(w), w.language) for i, w in store.relating.written(ids).items()}


def lead(text: Written) -> str:
    """The first sentences of a stored article."""
    return made.lead_of(text.summary, text.body)


def features_of(text: Written) -> Features:
    """The features of a stored article."""
    return made.extract(text.title, lead(text), text.language, text.url, text.tags, text.outlet)
