"""Any tree finds in any cache just what it means, in its order, by page, by number and among what arrives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aggregator import config
from aggregator.model import Change
from aggregator.store import choosing, conditions
from aggregator.store.db import Store
from aggregator.store.filters import count_ids, select_ids, select_with_feeds
from aggregator.store.identity import url_key
from aggregator.text.fold import fold
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Not, Query, Term, Value, flag
from tests.aggregator.filter_reference import Outlet, Record, Reference
from tests.aggregator.storing import DAY, NOW, make

CACHES = 4
ARTICLES = 40  # a cache
VOCABULARY = ("ferry7", "port7", "portal7", "نفط7", "ספינה7", "öl7", "grain7")  # no word is a form of another
TOPICS = ("World", "Oil & Gas", "Ports")
OUTLETS = (
    Outlet(1, "https://heron.example/feed", "Heron News", "The Heron", "EG", ("World",), True),
    Outlet(2, "https://news.heron.example/ports", "Heron Ports", "The Heron", "EG", ("Ports",), True),
    Outlet(3, "https://kestrel.example/feed", "Kestrel News", "Kestrel Post", "IL", (), True),
    Outlet(4, "https://owl.example/feed", "Owl All", "Öwl Daily", "TR", ("oil gas",), True),
    Outlet(5, "https://gone.example/feed", "Gone All", "The Former", "IL", ("World",), False),
)
RULES = ("No ports", "muted: owl", "أخبار")
TAGS = ("follow up", "Ports", "متابعة")
LOOK = NOW - 3 * DAY


class Cache:
    """A store and the same as plain records."""

    def __init__(self, store: Store, reference: Reference, changes: list[Change]) -> None:
        self.store = store
        self.reference = reference
        self.changes = changes


def text_of(source: random.Random, most: int) -> str:
    """Some words."""
    return " ".join(source.choices(VOCABULARY, k=source.randint(1, most)))


def fill(store: Store, source: random.Random) -> Cache:
    """A cache with articles in every state."""
    store.feeds.reconcile(
        [
            config.Feed(url=o.url, title=o.title, outlet=o.outlet, country=o.country, tags=o.tags)
            for o in OUTLETS
        ]
    )
    states = {state.url: state for state in store.feeds.all()}
    records, changes = [], []
    for outlet in OUTLETS:
        state = states[outlet.url]
        known = Outlet(state.id, *(getattr(outlet, name) for name in list(Outlet.__annotations__)[1:]))
        added = store_articles(store, state, source)
        changes += added
        records += [record_of(change, known) for change in added]
    store.feeds.reconcile(
        [
            config.Feed(url=o.url, title=o.title, outlet=o.outlet, country=o.country, tags=o.tags)
            for o in OUTLETS
            if o.subscribed
        ]
    )
    with store.write():
        give_states(store, records, source)
    return Cache(store, Reference(tuple(records), LOOK), changes)


def store_articles(store: Store, state: Any, source: random.Random) -> list[Change]:
    """Articles of one feed, as a sync stores them."""
    drafts = [
        make(
            number,
            url=f"https://{source.choice(['', 'www.', 'live.'])}{state.url.split('/')[2]}/{number}/Story",
            title=text_of(source, 2),
            text=text_of(source, 4),
            author=text_of(source, 1),
            language=source.choice(["en", "ar", "he", ""]),
            published=NOW - source.randrange(8) * DAY // 2,
            tags=tuple(source.sample(TOPICS, source.randrange(3))),
        )
        for number in range(ARTICLES // len(OUTLETS))
    ]
    with store.write():
        changes = store.articles.upsert(state, drafts, NOW - source.randrange(5) * DAY)
        store.search.index(changes)
    return changes


def record_of(change: Change, outlet: Outlet) -> Record:
    """What was just stored, as a record."""
    draft = change.draft
    text = draft.folded.split("\n")[0]
    return Record(
        *(
            change.id,
            change.at,
            outlet,
            draft.title,
            draft.author,
            text,
            draft.language,
            draft.tags,
            draft.url,
        ),
        first_seen=0,
    )


def give_states(store: Store, records: list[Record], source: random.Random) -> None:
    """Marks, rules, tags, notes, stories and pages at random, in tables and records alike."""
    run = store._database.run
    run("INSERT OR REPLACE INTO meta VALUES ('last_look', ?)", (LOOK,))
    for number, name in enumerate(RULES, 1):
        store._database.run(
            "INSERT INTO rules (id, key, name, query, actions, until, origin, active, made, hides, score, "
            "below) VALUES (?, ?, ?, '', '[]', 0, 'config', 1, 0, 0, 0, 0)",
            (number, name, name),
        )
    for number, outlets in ((1, 1), (2, 2), (3, 5)):
        run(
            "INSERT INTO stories (id, title, first, last, outlets) VALUES (?, '', 0, 0, ?)", (number, outlets)
        )
    run("INSERT INTO story_aliases VALUES (90, 2)")
    for record in records:
        record.first_seen = store._database.value("SELECT first_seen FROM bodies WHERE id = ?", (record.id,))
        give_marks(run, record, source)
        give_story_and_page(run, record, source)
        give_tags(run, record, source)
    for record in source.sample(records, 8):  # the index may hold articles that are gone
        run("INSERT INTO search.words (rowid, title) VALUES (?, ?)", (record.id + 999, " ".join(VOCABULARY)))


def give_marks(run: Any, record: Record, source: random.Random) -> None:
    """Hidden or unread, starred, noted, changed, linked."""
    ids = (record.id, record.feed.id)
    if source.random() < 0.4:
        run("DELETE FROM unread WHERE id = ?", ids[:1])
    elif source.random() < 0.3:
        run("DELETE FROM unread WHERE id = ?", ids[:1])
        run("INSERT INTO hidden VALUES (?, ?, 1)", ids)
        record.flags.add("hidden")
    else:
        record.flags.add("unread")
    if source.random() < 0.2:
        run("INSERT INTO starred (id) VALUES (?)", ids[:1])
        record.flags.add("starred")
    if source.random() < 0.1:
        run("INSERT INTO notes VALUES (?, 'mind this', 0)", ids[:1])
        record.flags.add("noted")
    for name, column in (("updated", "edited"), ("related", "related")):
        if source.random() < 0.3:
            run(f"UPDATE articles SET {column} = 1 WHERE id = ?", ids[:1])
            record.flags.add(name)


def give_story_and_page(run: Any, record: Record, source: random.Random) -> None:
    """A story, features, a page."""
    story = source.choice([None, 1, 2, 3])
    if story:
        run("INSERT INTO story_members (article_id, story_id) VALUES (?, ?)", (record.id, story))
        record.stories = (2, 90) if story == 2 else (story,)
        record.outlets = {1: 1, 2: 2, 3: 5}[story]
    kind = source.choice([None, 0, 2])
    if kind is not None:
        run("INSERT OR REPLACE INTO features VALUES (?, ?)", (record.id, bytes((2, kind, 0))))
    else:
        run("DELETE FROM features WHERE id = ?", (record.id,))
    if kind == 2:
        record.flags.add("live")
    reason = source.choice([None, None, "", "paywall"])
    if reason is not None:
        record.page_url = f"{record.url}/page"
        key = url_key(record.page_url)
        run("INSERT INTO pages VALUES (?, 0, '', ?, ?, 1, 0, x'')", (record.id, key, reason))
    if reason == "":
        record.flags.add("fulltext")


def give_tags(run: Any, record: Record, source: random.Random) -> None:
    """Tags of the reader and of a rule, hits, a score."""
    for rule, name in enumerate(RULES, 1):
        if source.random() < 0.15:
            run("INSERT INTO rule_hits VALUES (?, ?)", (rule, record.id))
            record.rules.add(name)
    for tag in TAGS:
        givers = [giver for giver in (0, 1, 2) if source.random() < 0.1]
        for giver in givers:
            run("INSERT INTO article_tags VALUES (?, ?, ?)", (fold(tag), record.id, giver))
            record.tags.add(tag)
    if source.random() < 0.4:
        record.score = source.choice([-5, -1, 0, 3, 5])
        run("INSERT INTO scores VALUES (?, ?)", (record.id, record.score))


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Cache]]:
    made = []
    for seed in range(CACHES):
        folder: Path = tmp_path_factory.mktemp(f"cache{seed}")
        store = Store.open(folder)
        made.append(fill(store, random.Random(seed)))
    yield made
    for cache in made:
        cache.store.close()


def terms() -> st.SearchStrategy[Node]:
    """Conditions of every field."""
    word = st.builds(Value, st.sampled_from([*VOCABULARY, "OL7", "absent7"]), st.booleans())
    phrase = st.builds(Value, st.sampled_from(["ferry7 port7", "öl7 ferry7 grain7", "!"]), st.just(True))
    prefix = st.builds(Value, st.sampled_from(["po", "port7", "fer", "ز"]), st.booleans(), st.just(True))
    words = word | phrase | prefix
    one = st.tuples(words)
    return st.one_of(
        st.builds(Term, st.just(WORDS), one),
        st.builds(Term, st.just(WORDS), one),
        st.builds(Term, st.sampled_from(["title", "text", "author"]), st.tuples(words, words) | one),
        st.sampled_from([*FLAGS, *map(flag, ("unread", "read", "starred", "hidden"))]),
        st.sampled_from(FIELDS).flatmap(of_field),
        st.sampled_from(COMPARISONS),
    )  # fmt: skip


FLAGS = [flag(name) for name in conditions.FLAGS] + [flag("new")]
VALUES = {
    "outlet": ("heron", "OWL", "post", "former", "!"),
    "feed": ("ports", "example", "gone.example"),
    "lang": ("ar", "en", "he", "tr"),
    "country": ("EG", "IL", "il", "XX"),
    "topic": ("world", "Oil, Gas", "ports", "absent", "!"),
    "tag": ("FOLLOW up", "ports", "متابعة", "world", "!"),
    "rule": ("no PORTS", "muted: owl", "اخبار", "none"),
    "story": ("1", "2", "3", "90", "77"),
    "url": (
        *("heron.example", "news.heron.example", "live.owl.example", "none.example", "/3/story", "EXAMPLE/5"),
        *("https://heron.example/3/Story", "https://owl.example/1/Story/page", "https://"),
    ),
}
FIELDS = list(VALUES)
COMPARISONS = [
    *(Term(f, (Value(v),)) for f in ("since", "until") for v in ("2d", "36h", "2027-01-13", "yesterday")),
    *(Term("age", (Value(v),), op) for v in ("24h", "60h") for op in ("<", "<=", ">", ">=")),
    *(Term("outlets", (Value(v),), op) for v in ("1", "2") for op in (":", "<", "<=", ">", ">=")),
    *(Term("score", (Value(v),), op) for v in ("-1", "0", "3") for op in (":", "<", "<=", ">", ">=")),
    Term("score", (Value("3"), Value("0"))),
]


def of_field(name: str) -> st.SearchStrategy[Term]:
    """A condition of a field with one or two values."""
    values = st.lists(st.sampled_from(VALUES[name]).map(Value), min_size=1, max_size=2)
    return st.builds(Term, st.just(name), values.map(tuple))


def trees() -> st.SearchStrategy[Node]:
    """Conditions, NOT, AND and OR nested."""
    return st.recursive(
        terms(),
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(All, st.lists(inner, min_size=0, max_size=4).map(tuple)),
            st.builds(AnyOf, st.lists(inner, min_size=2, max_size=4).map(tuple)),
        ),
        max_leaves=9,
    )


def queries() -> st.SearchStrategy[Query]:
    """Trees with an order; two in three have several conditions at the top, as filters have."""
    root = trees() | st.builds(All, st.lists(trees(), min_size=2, max_size=4).map(tuple))
    return st.builds(Query, root, st.sampled_from(["", "", "oldest", "score", "outlets"]), st.just(NOW))


@contextmanager
def chosen_so(cache: Cache, sample: int, few: int, arms: int, complete: bool) -> Iterator[None]:
    """Let the other ways of answering be taken, as in caches of other sizes."""
    database = cache.store._database
    with database.write():
        database.run("UPDATE search.state SET complete = ?, serial = (SELECT value FROM meta WHERE key = "
                     "'search_serial')", (complete,))  # fmt: skip
    with (
        patch.object(choosing, "SAMPLE", sample),
        patch.object(choosing, "MAX_ARMS", arms),
        patch.object(conditions, "FEW_NEW", few),
        patch.object(conditions, "MERGED_FEEDS", few),
        patch.object(conditions, "SPARSE", 1 + few // 10),
    ):
        yield


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(0, CACHES - 1),
    query=queries(),
    sample=st.sampled_from([1, 5, 1000]),
    few=st.sampled_from([0, 100]),
    arms=st.sampled_from([1, 8]),
    complete=st.booleans(),
)
def test_a_query_finds_what_it_means(
    caches: list[Cache], number: int, query: Query, sample: int, few: int, arms: int, complete: bool
) -> None:
    cache = caches[number]
    database = cache.store._database
    expected = cache.reference.ids(query)
    with chosen_so(cache, sample, few, arms, complete):
        found = select_ids(database, query).tolist()
        assert found == expected
        assert select_ids(database, query, limit=5).tolist() == expected[:5]
        assert count_ids(database, query) == len(expected)
        newest = sorted(expected, reverse=True)
        assert pages(cache, query, 7) == newest
        feeds = {record.id: record.feed.id for record in cache.reference.records}
        ids, of = select_with_feeds(database, query)
        assert (ids.tolist(), of.tolist()) == (newest, [feeds[i] for i in newest])


def pages(cache: Cache, query: Query, size: int) -> list[int]:
    """A query page by page, newest first."""
    paged: list[int] = []
    before = 2**62
    while page := select_ids(cache.store._database, query, before=before, limit=size).tolist():
        paged += page
        before = page[-1]
    return paged


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, CACHES - 1), query=queries(), first=st.integers(0, ARTICLES))
@example(number=0, query=Query(Not(flag("hidden"))), first=0)
def test_among_arriving_articles_a_query_finds_what_it_means(
    caches: list[Cache], number: int, query: Query, first: int
) -> None:
    cache = caches[number]
    arriving = cache.changes[first:]
    with cache.store.search.arriving(arriving):
        again, found = cache.store.rules.arriving([query, query])
    wanted = cache.reference.matching(query) & {change.id for change in arriving}
    assert found.tolist() == again.tolist() == sorted(wanted, reverse=True)
