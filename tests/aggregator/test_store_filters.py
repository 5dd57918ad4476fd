"""Queries: the SQL finds what a slow and obvious reading of the query finds."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from aggregator import config
from aggregator.model import Article, ArticleDraft, FeedState, MarkAction
from aggregator.store import filters
from aggregator.store.db import Store
from aggregator.text.fold import fold
from aggregator.text.query import Query, Term, moment, parse
from aggregator.text.searchable import searchable
from tests.aggregator.storing import DAY, NOW, make

WORDS = ("ferry", "port", "grain", "الميناء", "نفط", "ספינה", "vapur", "Öl")
TAGS = ("World", "Oil & Gas", "Ports")
FEEDS = [
    config.Feed(
        url=f"https://{name}.example/feed", title=f"{name.title()} {section}", outlet=outlet, tags=tags
    )
    for name, section, outlet, tags in (
        ("heron", "News", "The Heron", ("World",)),
        ("heron2", "Ports", "The Heron", ("Ports",)),
        ("kestrel", "News", "Kestrel Post", ()),
        ("owl", "All", "Öwl Daily", ("oil gas",)),
        ("gone", "All", "The Former", ("World",)),
    )
]


def drafts(source: random.Random, name: str) -> list[ArticleDraft]:
    return [
        make(
            number,
            url=f"https://{name}.example/{number}",
            title=" ".join(source.choices(WORDS, k=2)),
            text=" ".join(source.choices(WORDS, k=3)),
            language=source.choice(["en", "ar", "he", ""]),
            published=NOW - source.randrange(10 * DAY),
            tags=tuple(source.sample(TAGS, source.randrange(3))),
        )
        for number in range(25)
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    source = random.Random(11)
    with Store.open(tmp_path_factory.mktemp("cache")) as opened:
        opened.feeds.reconcile(FEEDS)
        for state in opened.feeds.all():
            with opened.write():
                opened.search.index(
                    opened.articles.upsert(state, drafts(source, state.title.split()[0]), NOW)
                )
        every = opened.articles.ids(Query())
        opened.marks.apply(MarkAction.READ, source.sample(list(every), 60))
        opened.marks.apply(MarkAction.STAR, source.sample(list(every), 12))
        opened.feeds.reconcile(FEEDS[:-1])
        yield opened


class Reference:
    """What a query means, said plainly and slowly."""

    def __init__(self, store: Store) -> None:
        self.feeds = {state.id: state for state in store.feeds.all()}
        self.articles = list(store.articles.iter_all())

    def ids(self, query: Query) -> list[int]:
        return [a.row.id for a in self.articles if self.shown(a, query) and self.matches(a, query)]

    def shown(self, article: Article, query: Query) -> bool:
        asked = any(term.field in ("outlet", "feed") and not term.negated for term in query.terms)
        return self.feeds[article.row.feed_id].subscribed or article.row.starred or asked

    def matches(self, article: Article, query: Query) -> bool:
        feed = self.feeds[article.row.feed_id]
        return all(
            any(self.holds(article, feed, term, value, query.now) for value in term.values) != term.negated
            for term in query.terms
        )

    def holds(self, article: Article, feed: FeedState, term: Term, value: str, now: int) -> bool:
        match term.field:
            case "text":
                return self.has_words(article, fold(value), term.prefix)
            case "outlet":
                return fold(value) in fold(feed.outlet)
            case "feed":
                return fold(value) in fold(f"{feed.title} {feed.url}")
            case "lang":
                return article.row.language == value
            case "tag":
                return fold(value) in {fold(tag) for tag in (*article.tags, *feed.tags)}
            case "since":
                return article.row.at >= moment(value, now)
            case "until":
                return article.row.at < moment(value, now, end=True)
            case _:
                return {
                    "unread": article.row.unread,
                    "read": not article.row.unread,
                    "starred": article.row.starred,
                }[value]

    def has_words(self, article: Article, wanted: str, prefix: bool) -> bool:
        if not wanted:
            return False
        text = f" {searchable(article.row.title, article.summary, article.text)} "
        return f" {wanted}" in text if prefix else f" {wanted} " in text


TERMS = (
    *("ferry", "po*", "نفط", '"ferry port"', "öl", "OL", "ספינה", "absent", '"!"'),
    *("outlet:heron", "outlet:owl,kestrel", "feed:ports", "feed:example", "outlet:former"),
    *('outlet:"the heron"', "lang:ar", "lang:en,he", "tag:world", 'tag:"oil & gas"', "tag:ports,absent"),
    *("since:3d", "until:2d", "since:2027-01-10", "until:2027-01-12"),
    *("unread", "read", "starred", "is:unread,starred", "is:read,starred"),
)


def queries(count: int) -> list[str]:
    source = random.Random(5)
    single = [*TERMS, *(f"-{term}" for term in TERMS), ""]
    mixed = [
        " ".join(source.choice(["", "", "-"]) + term for term in source.sample(TERMS, source.randint(2, 4)))
        for _ in range(count)
    ]
    return single + mixed


@pytest.mark.parametrize("sparse", [filters.SPARSE, 1])
def test_every_query_finds_what_it_means_newest_first(
    store: Store, sparse: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "SPARSE", sparse)
    reference = Reference(store)
    found = 0
    for text in queries(250):
        query = parse(text, NOW)
        expected = reference.ids(query)
        assert store.articles.ids(query).tolist() == expected, text
        assert store.articles.unread_count(query) == len(
            [a for a in reference.articles if a.row.unread and a.row.id in set(expected)]
        ), text
        found += bool(expected)
    assert found > 100  # else the queries prove nothing


def test_pages_of_every_query_follow_one_another(store: Store) -> None:
    for text in queries(40):
        query = parse(text, NOW)
        whole = store.articles.ids(query).tolist()
        paged: list[int] = []
        while page := store.articles.page(query, paged[-1] if paged else None, 9):
            paged += [row.id for row in page]
        assert paged == whole, text


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("", "SCAN a"),
        ("ferry", "SCAN w VIRTUAL TABLE INDEX"),
        ("unread", "SCAN u"),
        ("starred", "SCAN s"),
        ("since:2d", "SEARCH a USING INTEGER PRIMARY KEY"),
        ("lang:ar -ferry", "SCAN a"),
    ],
)
def test_no_list_sorts_what_it_reads(store: Store, text: str, table: str) -> None:
    plan = filters._Compiler(store._database, parse(text, NOW)).plan()
    steps = [
        row[3] for row in store._database.all(f"EXPLAIN QUERY PLAN {plan.select()} LIMIT 9", plan.parameters)
    ]
    assert steps[0].startswith(table), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps
