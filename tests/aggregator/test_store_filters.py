"""Filters as they are typed: what each finds, and from which table SQLite reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregator.store import conditions, filters
from aggregator.store.conditions import Conditions, earlier
from aggregator.store.db import Store
from aggregator.store.filters import _chain, count_ids, select_ids
from aggregator.store.leaves import Every, match_of
from aggregator.stories.titles import Kind
from aggregator.text.query import parse
from tests.aggregator.storing import KESTREL, NOW, feed, make, sync

LANGUAGES = ("en", "ar", "he")
NUMBER = 30  # articles of each of two feeds


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Sixty articles: every third read, every tenth starred, every fifth tagged; all of them indexed."""
    with Store.open(tmp_path_factory.mktemp("cache")) as opened:
        for url in ("https://heron.example/feed", KESTREL):
            sync(
                opened,
                *(
                    make(
                        number,
                        url=f"{url.removesuffix('feed')}{number}",
                        title=f"Ferry7 {'port7' if number % 2 else 'quay7'} {number}",
                        language=LANGUAGES[number % 3],
                        tags=("Oil",) if number % 4 == 0 else (),
                    )
                    for number in range(NUMBER)
                ),
                url=url,
            )
        run = opened._database.run
        with opened.write():
            run("DELETE FROM unread WHERE id % 3 = 0")
            run("INSERT INTO starred (id) SELECT id FROM articles WHERE id % 10 = 0")
            run("INSERT INTO article_tags SELECT 'keep', id, 0 FROM articles WHERE id % 5 = 0")
            run("INSERT INTO hidden SELECT id, feed_id, 0 FROM articles WHERE id % 15 = 0")
            run("UPDATE feed_counts SET hidden = 1")
        opened.search.rebuild()
        yield opened


def steps(store: Store, text: str) -> list[str]:
    """How SQLite goes about a filter's first page."""
    select, parameters = _chain(store._database, parse(text, NOW)).select()
    rows = store._database.all(f"EXPLAIN QUERY PLAN {select} LIMIT 9", parameters)
    return [row[3] for row in rows]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "SCAN a"),
        ("ferry7", "SCAN w VIRTUAL TABLE INDEX"),
        ("ferry7 -quay7 lang:ar outlet:heron url:heron.example topic:oil", "SCAN w VIRTUAL TABLE INDEX"),
        ("ferry7 OR quay7 -port7", "SCAN w VIRTUAL TABLE INDEX"),
        ("lang:ar", "SCAN w VIRTUAL TABLE INDEX"),
        ("lang:ar -ferry7", "SCAN w VIRTUAL TABLE INDEX"),
        ("unread", "SCAN s"),
        ("starred lang:ar updated", "SCAN s"),
        ("hidden", "SCAN s"),
        ("since:2d", "SEARCH a USING INTEGER PRIMARY KEY"),
        ("feed:heron", "SEARCH a USING COVERING INDEX articles_by_feed"),
        ("story:1", "SEARCH s USING COVERING INDEX story_members_by_story"),
        ("https://heron.example/3", "SCAN w VIRTUAL TABLE INDEX"),
        ("url:https://heron.example/3", "SEARCH a USING INTEGER PRIMARY KEY"),
        ("-ferry7", "MERGE (EXCEPT)"),
        ("unread -ferry7", "MERGE (EXCEPT)"),
        ("unread OR starred", "MERGE (UNION)"),
        ("ferry7 OR unread", "MERGE (UNION)"),
        ("tag:keep", "MERGE (UNION)"),
        ("tag:keep ferry7", "MERGE (UNION)"),
        ("(unread OR starred) -ferry7", "MERGE (EXCEPT)"),
        ("lang:ar (ferry7 OR (unread -quay7))", "MERGE (UNION)"),
        ("sort:oldest ferry7", "SCAN w VIRTUAL TABLE INDEX"),
    ],
)
def test_no_list_sorts_what_it_reads(store: Store, text: str, first: str) -> None:
    found = steps(store, text)
    assert found[0].startswith(first), found
    assert not any("TEMP B-TREE" in step for step in found), found


def test_words_and_facets_of_a_conjunction_are_one_match(store: Store) -> None:
    found = steps(store, "ferry7 -quay7 (port7 OR lang:ar) -(lang:he port7) outlet:heron topic:oil")
    assert sum("VIRTUAL TABLE" in step for step in found) == 1


def test_few_articles_of_a_mark_are_read_rather_than_a_common_word(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.store.choosing.SAMPLE", 20)
    assert steps(store, "starred ferry7")[0] == "MERGE (INTERSECT)"  # 6 starred, 60 with the word
    assert steps(store, "unread ferry7")[0] == "MERGE (INTERSECT)"
    assert steps(store, 'unread "quay7 4"')[0].startswith("SCAN w VIRTUAL TABLE INDEX")  # two with the phrase


def test_without_a_complete_index_facets_are_asked_of_tables(store: Store) -> None:
    database = store._database
    asked = parse("lang:ar OR topic:oil", NOW)
    whole = select_ids(database, asked)
    with database.write():
        database.run("UPDATE search.state SET complete = 0")
    try:
        assert steps(store, "lang:ar")[0] == "SCAN a"
        assert select_ids(database, asked) == whole
    finally:
        store.search.rebuild()


def test_what_is_always_true_asks_nothing(store: Store) -> None:
    made = Conditions(store._database, NOW)
    assert made.part(parse("(read OR unread) (-live OR live OR starred)", NOW).root) == Every()


def test_hidden_articles_show_where_they_are_asked_for(store: Store) -> None:
    database = store._database
    hidden = set(store._database.value("SELECT group_concat(id) FROM hidden").split(","))
    for text, count in (
        ("", 0),
        ("ferry7", 0),
        ("-hidden", 0),
        ("hidden", len(hidden)),
        ("ferry7 hidden", 4),
    ):
        found = set(map(str, select_ids(database, parse(text, NOW)))) & hidden
        assert len(found) == count, text


def test_a_page_before_an_article_is_newest_first_in_any_order(store: Store) -> None:
    newest = select_ids(store._database, parse("ferry7", NOW)).tolist()
    for order in ("newest", "oldest", "score", "outlets", "rank"):
        asked = parse(f"ferry7 sort:{order}", NOW)
        assert select_ids(store._database, asked, before=newest[9], limit=5).tolist() == newest[10:15]


@pytest.mark.parametrize("text", ["", "kestrel*", "unread", "-lang:ar", "ferry7"])
def test_ids_that_are_read_in_parts_are_the_same(
    store: Store, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = parse(text, NOW)
    at_once = select_ids(store._database, query)
    monkeypatch.setattr(filters, "AT_ONCE", 2)
    assert select_ids(store._database, query) == at_once
    assert select_ids(store._database, query, limit=3) == at_once[:3]


def test_no_brackets_are_too_deep(store: Store) -> None:
    """As deep as the language allows, and then negated."""
    builders = (
        "(ferry7 ({} OR quay7))",
        "-(unread {})",
        "(lang:en OR (unread {}))",
        "-(lang:en OR -(ferry7 {}))",
        "(-lang:en OR -(unread {}))",
    )
    for builder in builders:
        text = "quay7"
        for _ in range(20 // builder.count("(")):
            text = builder.format(text)
        asked = parse(text, NOW)
        assert count_ids(store._database, asked) == len(select_ids(store._database, asked))


def test_many_alternatives_are_still_one_statement(store: Store) -> None:
    text = " OR ".join(f"(unread quay7 port7{number})" for number in range(24))
    assert select_ids(store._database, parse(text, NOW)).tolist() == []


def test_user_text_is_no_syntax(store: Store) -> None:
    database = store._database
    for text in (
        'title:"a\' OR 1 --"',
        'tag:"x\') --"',
        "lang:or",
        'url:"%_*"',
        'ferry7 "NOT" "AND ("',
        "{}",
    ):
        assert select_ids(database, parse(text, NOW)).tolist() == [], text


def test_feeds_with_many_articles_are_not_merged_in_the_index(store: Store) -> None:
    made = Conditions(store._database, NOW)
    assert match_of(made.part(parse("outlet:heron", NOW).root)) is not None
    everything = made.part(parse("feed:example", NOW).root)  # two feeds with all articles: 2 * 1.0
    assert match_of(everything) is not None
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(conditions, "MERGED_FEEDS", 1.5)
        assert match_of(made.part(parse("feed:example", NOW).root)) is None


def test_live_is_the_kind_that_features_say() -> None:
    assert bytes([tuple(Kind).index(Kind.LIVE)]) == conditions.LIVE


def test_arriving_articles_are_matched_hidden_or_not(store: Store) -> None:
    state = feed(store)
    with store.write():
        changes = store.articles.upsert(state, [make(90, title="Late7 port7"), make(91, title="Port7")], NOW)
        store.search.index(changes)
        store._database.run(
            "INSERT INTO hidden SELECT id, feed_id, 0 FROM articles WHERE id = ?", (changes[0].id,)
        )
        with store.search.arriving(changes):
            arriving = {c.id for c in changes}
            for text, count in (("port7", 2), ("late7 lang:en", 1), ("-late7", 1), ("", 2), ("ferry7", 0)):
                (found,) = store.rules.arriving([parse(text, NOW)])
                assert len(found) == count, text
                assert set(found) <= arriving


def test_a_bound_holds_for_every_table_that_is_read(store: Store) -> None:
    middle = select_ids(store._database, parse("", NOW))[20]
    select, parameters = _chain(store._database, parse("unread -ferry7", NOW), earlier(middle)).select()
    assert parameters.count(middle) == 2, select
