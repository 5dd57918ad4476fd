"""Terms as expressions of the index: what is typed is never syntax, and finds what it says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store import matching
from aggregator.store.db import Store
from aggregator.store.matching import (
    Sought,
    broad,
    domains,
    expression,
    facet,
    facets,
    sought,
    with_names,
)
from aggregator.text.heads import HEADS
from aggregator.text.query import parse
from aggregator.text.query_tree import EVERYTHING, WORDS, All, AnyOf, Not, Term, Value
from tests.aggregator.storing import NOW, make, sync, titles

BEGINNINGS = ("the", "co", "al", "ال", "وال", "ה", "x")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    source = random.Random(5)
    with Store.open(tmp_path_factory.mktemp("cache")) as opened:
        for number in range(60):
            words = [source.choice(BEGINNINGS) + str(source.randrange(40)) for _ in range(6)]
            sync(opened, make(number, title=words[0], text=" ".join(words[1:])))
        yield opened


def found(store: Store, match: str) -> set[int]:
    rows = store._database.all("SELECT rowid FROM search.words WHERE words MATCH ?", (match,))
    return {row[0] for row in rows}


@pytest.mark.parametrize("text", ['"', "a OR b", "title:x", "*", "(", "NEAR(a b)", "^a", "-a", "\x00", "a'b"])
def test_what_is_typed_is_quoted(store: Store, text: str) -> None:
    for field in (WORDS, "title", "text", "author"):
        for value in (Value(text), Value(text, quoted=True), Value(text, prefix=True)):
            match = expression(store._database, Term(field, (value,)))
            assert match.count('"') % 2 == 0
            assert match == "" or found(store, match) is not None


def test_without_letters_there_is_nothing_to_seek(store: Store) -> None:
    assert expression(store._database, Term(WORDS, (Value("…!"), Value("")))) == ""
    assert sought(Value("*")) == ()


def test_quoted_words_are_sought_as_they_are_written() -> None:
    assert sought(Value("The Ports", quoted=True)) == (Sought(("the", "ports")),)
    assert sought(Value("por", prefix=True)) == (Sought(("por",), begins=True),)


def test_bare_words_are_sought_in_their_forms_and_as_the_names_they_are() -> None:
    assert {one.words for one in sought(Value("strikes"))} >= {("strikes",), ("strike",)}
    houthi = {one.words: one.formed for one in sought(Value("Houthi"))}
    assert houthi[("houthi",)]
    assert any(formed and "حوثي" in words[0] for words, formed in houthi.items())
    assert not houthi[("انصار", "الله")]


def test_any_value_of_a_term_will_do(store: Store) -> None:
    both = expression(store._database, Term("title", (Value("the1"), Value("co2", quoted=True))))
    one, other = (expression(store._database, Term("title", (Value(text),))) for text in ("the1", "co2"))
    assert found(store, both) == found(store, one) | found(store, other)


@pytest.mark.parametrize("many", [3, 1000])
@pytest.mark.parametrize("beginning", [*BEGINNINGS, "the1", "وال3", "zz"])
def test_a_prefix_finds_the_same_however_it_is_asked_for(
    store: Store, beginning: str, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MANY_WORDS", many)
    monkeypatch.setattr(matching, "FEW_WORDS", 0)
    term = Term(WORDS, (Value(beginning, prefix=True),))
    expected = {
        row.id
        for row in store.articles.rows(store.articles.ids(EVERYTHING))
        if any(word.startswith(beginning) for word in words_of(store, row.id))
    }
    assert found(store, expression(store._database, term)) == expected
    rest, bits = broad(store._database, term)
    assert (rest is None) == (beginning in HEADS and bool(expected)) == bool(bits)
    for column, bit in bits:
        rows = store._database.all(f"SELECT id FROM search.indexed WHERE {column} & ?", (bit,))
        assert {row[0] for row in rows} == expected


def words_of(store: Store, article_id: int) -> list[str]:
    article = store.articles.get(article_id)
    assert article is not None
    return f"{article.row.title} {article.text}".split()


def test_the_last_word_of_a_phrase_may_go_on(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path) as own:
        sync(own, make(1, text="grain and portals"), make(2, text="portals and grain"))
        term = Term(WORDS, (Value("and port", quoted=True, prefix=True),))
        assert len(found(own, expression(own._database, term))) == 1


def test_only_frequent_beginnings_of_words_of_title_and_text_are_broad(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = Value("a", prefix=True)
    assert broad(store._database, Term(WORDS, (value,))) == (Term(WORDS, (value,)), ())
    monkeypatch.setattr(matching, "FEW_WORDS", 20)
    for term in (Term("title", (value,)), Term("author", (value,)), Term(WORDS, (Value("a"),))):
        assert broad(store._database, term) == (term, ())
    rest, bits = broad(store._database, Term(WORDS, (value, Value("zz", prefix=True))))
    assert rest == Term(WORDS, (Value("zz", prefix=True),))
    assert len(bits) == 1


def test_words_that_together_are_a_name_may_be_its_other_spellings() -> None:
    before, first, last, after = (Term(WORDS, (Value(text),)) for text in ("aid", "Abu", "Dhabi", "talks"))
    plain, named, further = with_names((before, first, last, after))
    assert (plain, further) == (before, after)
    assert isinstance(named, AnyOf)
    assert named.parts[0] == All((All((first,)), All((last,))))
    assert Value("ابو ظبي", quoted=True) in named.parts[1].values
    for unnamed in (
        (first, Not(last)),
        (first, Term(WORDS, (Value("Dhabi", quoted=True),))),
        (first, Term(WORDS, (Value("dhab", prefix=True),))),
        (Term("title", first.values), last),
        (last, first),
    ):
        assert with_names(unnamed) == list(unnamed)


def test_a_name_is_found_in_other_scripts(tmp_path: Path) -> None:
    with Store.open(tmp_path) as own:
        sync(own, make(1, title="One", text="زار أبو ظبي أمس", language="ar"))
        sync(own, make(2, title="Two", text="Dhabi is not Abu"), make(3, title="Three", text="Abu alone"))
        assert titles(own, "abu dhabi") == ["Two", "One"]
        assert titles(own, "talks OR (abu dhabi)") == ["Two", "One"]
        assert titles(own, '"abu dhabi"') == []
        query = parse("abu dhabi", NOW)
        found = own.search.snippets(own.search.ranked(query, 9), query)
        assert [text.text[start:end] for text in found.values() for start, end in text.marks][-1] == "أبو ظبي"


def test_a_facet_is_one_token_that_no_text_has() -> None:
    tokens = {
        facet("lang", "ar"),
        facet("feed", 12),
        facet("host", "www.al-mina.example"),
        facet("topic", "Oil & Gas"),
    }
    assert len(tokens) == 4
    assert all(len(token.split()) == 1 and "\ue000" <= token[0] <= "\ue003" for token in tokens)
    assert facet("host", "https://www.al-mina.example/a?b") == facet("host", "AL-MINA.example")
    assert facets("lang", []) == ""


def test_a_facet_finds_the_articles_that_are_so(tmp_path: Path) -> None:
    with Store.open(tmp_path) as own:
        one, other = sync(
            own,
            make(1, url="https://www.news.heron.co.example/1", tags=("Oil & Gas", "World")),
            make(2, url="https://owl-1.example/2", tags=("world",), language="ar"),
        )
        for match, ids in (
            (facets("lang", ["ar"]), {other.id}),
            (facets("feed", [one.feed_id, 99]), {one.id, other.id}),
            (facets("host", ["co.example"]), {one.id}),
            (facets("host", ["news.heron.co.example"]), {one.id}),
            (facets("host", ["example"]), set()),
            (facets("host", ["owl-1.example"]), {other.id}),
            (facets("topic", ["oil gas"]), {one.id}),
            (facets("topic", ["WORLD"]), {one.id, other.id}),
        ):
            assert found(own, match) == ids


def test_a_host_belongs_to_the_domains_above_it() -> None:
    assert domains("www.a.b.example") == ("a.b.example", "b.example")
    assert domains("localhost") == ("localhost",)
    assert domains("192.0.2.1") == ("192.0.2.1",)
    assert domains("no host") == domains("") == ()


def test_the_columns_are_those_of_the_index(store: Store) -> None:
    named = {name for written, forms in matching._COLUMNS.values() for name in f"{written} {forms}".split()}
    assert named <= {row[1] for row in store._database.all("SELECT * FROM pragma_table_info('words')")}
