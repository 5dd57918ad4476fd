"""Where rules meet the store: what the configuration asks for, what arrives, what stories bring together.

A rule decides when an article arrives, and again when it is edited, in the transaction that stores it.
One that asks for the article's story decides when stories were arranged. What was stored before a rule
was made is looked at once, step by step; there a rule hides, tags and scores, but marks and tells nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Final, NamedTuple

import msgspec

from aggregator.actions import Actions, read_actions
from aggregator.config import Rule, Settings
from aggregator.dataclass import dataclass
from aggregator.errors import QueryError
from aggregator.model import ArticleRow, Change, Outcome
from aggregator.store.db import Store
from aggregator.store.rules import CONFIG, GONE, MUTE, StoredRule, Wanted, tree
from aggregator.store.times import time_of
from aggregator.text.arrival import objection, waits
from aggregator.text.query import describe, moment, parse
from aggregator.text.query_tree import Query

TOLD_AGE: Final = 3 * 86400  # seconds; an article that is older when it comes is no news to tell
KEY_BYTES: Final = 12  # of the hash that tells rules apart: chance of two alike among thousands is nil
STATE: Final = "rules"  # where the fingerprint of the configuration's rules is kept
FIRST_ROWS: Final = 20  # articles that a dry run shows


class Problem(NamedTuple):
    """A rule of the configuration that is skipped, and why, in one sentence."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would do to the stored articles: how many it matches, and how many of these would change.

    ``unread`` is how many fewer unread articles there would be in all. ``rows`` are the newest that match.
    """

    matched: int
    hidden: int
    read: int
    starred: int
    tags: tuple[str, ...]
    score: int
    unread_now: int
    unread_then: int
    rows: tuple[ArticleRow, ...]


# --- what is asked for ---


def wanted(settings: Settings, now: int) -> tuple[list[Wanted], list[Problem]]:
    """The enabled rules of the configuration as they are to be stored, and those that cannot be."""
    named = settings.named_queries
    found: dict[str, Wanted] = {}
    problems = []
    for rule in settings.rules:
        if not rule.enabled:
            continue
        try:
            one = _wanted(rule, parse(rule.when, now, named), now)
        except (QueryError, ValueError) as error:
            problems.append(Problem(rule.title, str(error)))
            continue
        if (other := found.setdefault(one.key, one)) is not one:
            problems.append(Problem(rule.title, f'It does the same as "{other.name}".'))
    return list(found.values()), problems


def _wanted(rule: Rule, query: Query, now: int) -> Wanted:
    """Raises ValueError with a sentence where no rule can be made of it."""
    if why := objection(query):
        raise ValueError(f"No rule can ask for {why}.")
    until = moment(rule.until, now, end=True) if rule.until else 0
    one = specify(rule.title, query, read_actions(rule.do), until, CONFIG)
    if tree(one.query) is None:
        raise ValueError("With the saved filters that it names it is too long.")
    return one


def specify(name: str, query: Query, actions: Actions, until: int, origin: str) -> Wanted:
    """A rule as it is stored; its key is made of what it does, not of its name or end."""
    text = describe(query)
    content = "\0".join((origin, text, *actions.words()))
    key = blake2b(content.encode(), digest_size=KEY_BYTES).hexdigest()
    return Wanted(key, name, text, actions, until)


def reconcile(store: Store, settings: Settings, now: int) -> list[Problem]:
    """Bring the stored rules in line with the configuration and the time; returns what is skipped.

    Only rows change here; what follows from it is done by ``step``. Writes nothing when all agrees.
    """
    listed, problems = wanted(settings, now)
    in_force = {one.key: one for one in listed if not one.until or one.until > now}
    known = {rule.key: rule for rule in store.rules.all()}
    put = [one for key, one in in_force.items() if key not in known or not known[key].active]
    named = [
        (known[key].id, one)
        for key, one in in_force.items()
        if key in known and known[key].active and (known[key].name, known[key].until) != (one.name, one.until)
    ]
    listed_keys = {one.key for one in listed}
    ended = [
        (rule.id, origin)
        for rule in known.values()
        if (origin := _end(rule, listed_keys, in_force.keys(), now))
    ]
    current = fingerprint(settings)
    if put or named or ended or store.ui.get(STATE) != current:
        with store.write():
            store.ui.set(STATE, current)
            for one in put:
                store.rules.put(one, CONFIG, now)
            for rule_id, one in named:
                store.rules.name(rule_id, one.name, one.until)
            for rule_id, origin in ended:
                store.rules.end(rule_id, origin)
    return problems


def is_current(store: Store, settings: Settings, now: int) -> bool:
    """Whether the stored rules agree with the configuration and the time; without reading any query."""
    return store.ui.get(STATE) == fingerprint(settings) and not store.rules.any_over(now)


def fingerprint(settings: Settings) -> str:
    """Tells the rules, and the saved filters that they may name, from any others."""
    return blake2b(msgspec.json.encode((settings.rules, settings.filters)), digest_size=KEY_BYTES).hexdigest()


def _end(rule: StoredRule, listed: Iterable[str], in_force: Iterable[str], now: int) -> str:
    """The origin with which a rule is to end, "" for one that is not."""
    if rule.origin == MUTE:
        return MUTE if rule.active and 0 < rule.until <= now else ""
    if rule.key not in listed:
        return GONE if rule.origin != GONE else ""
    return CONFIG if rule.active and rule.key not in in_force else ""


def step(store: Store) -> bool:
    """Do the next piece of what new and ended rules leave to do; False when nothing is left."""
    return store.rules.take_back() or store.rules.look()


def catch_up(store: Store, seconds: float) -> bool:
    """Do such steps for at most ``seconds``; returns whether all is done."""
    until = time.monotonic() + seconds
    while step(store):
        if time.monotonic() > until:
            return False
    return True


# --- what comes ---


def decide(store: Store, changes: Sequence[Change], now: int) -> None:
    """Let the rules decide on new and edited articles; in their write phase, after they were indexed."""
    rules = [(rule, query) for rule, query in store.rules.active(now) if not waits(query)]
    if not (rules and changes):
        return
    with store.search.arriving(changes):
        found = store.rules.arriving(query for _, query in rules)
    new = {change.id for change in changes if change.kind is Outcome.NEW}
    edited = {change.id for change in changes} - new
    before = store.rules.hits_of(edited)
    fresh = []
    for (rule, _), ids in zip(rules, found, strict=True):
        store.rules.miss(rule, before.get(rule.id, set()).difference(ids))
        fresh.append((rule, store.rules.hit(rule, ids)))
    for rule, hits in fresh:
        _once(store, rule, hits, [article for article in hits if article in new], now)


def settle(store: Store, now: int) -> None:
    """Let the rules that ask for stories decide, after stories were arranged.

    Not while the search index lacks articles: what they lose now they would hit once more, and tell again.
    """
    if store.search.pending():
        return
    for rule, query in store.rules.active(now):
        if waits(query) and not rule.below:
            store.rules.settle(rule, query, partial(_settled, store, rule, now))


def follow(store: Store, now: int) -> None:
    """What follows from undoing something or doing it again, in its write phase.

    Articles may have changed their story, and a mute may be in force again whose time is over by now.
    """
    if store.rules.any_over(now):
        for rule in store.rules.all():
            if rule.active and 0 < rule.until <= now:
                store.rules.end(rule.id, rule.origin)
        while store.rules.take_back():
            pass
    settle(store, now)


def _settled(store: Store, rule: StoredRule, now: int, hits: Sequence[int]) -> None:
    _once(store, rule, hits, hits, now)


def _once(store: Store, rule: StoredRule, hits: Sequence[int], arrived: Sequence[int], now: int) -> None:
    """What a rule does only once: marks of articles that arrived, word of any that it hits now."""
    if rule.actions.read and arrived:
        store.rules.effects.read(arrived)
    if rule.actions.star and arrived:
        store.rules.effects.star(arrived, now)
    if rule.actions.notify:
        _tell(store, rule, hits, now)


def _tell(store: Store, rule: StoredRule, hits: Sequence[int], now: int) -> None:
    """Leave word of hits for the watches to tell; what is hidden, old or a feed's first is no news."""
    recent = sorted((article for article in hits if time_of(article) > now - TOLD_AGE), reverse=True)
    strangers = store.alerts.strangers(recent)
    news = [article for article in store.rules.effects.visible(recent) if article not in strangers]
    if news:
        store.alerts.add(rule.name, "rule", now, "", news)
        store.alerts.forget_old()


# --- what would be ---


def trial(store: Store, query: Query, actions: Actions) -> Trial:
    """What a rule would do to the stored articles. Changes nothing."""
    ids = store.rules.matching(query)
    standing = store.rules.standing(ids)
    _, unread = store.articles.count()
    fewer = standing.unread if actions.hide or actions.read else 0
    return Trial(
        matched=len(ids),
        hidden=len(ids) - standing.hidden if actions.hide else 0,
        read=standing.unread if actions.read else 0,
        starred=len(ids) - standing.starred if actions.star else 0,
        tags=actions.tags,
        score=actions.score,
        unread_now=unread,
        unread_then=unread - fewer,
        rows=tuple(store.articles.rows(ids[:FIRST_ROWS])),
    )
