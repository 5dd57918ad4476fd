"""The search index: always what the articles say, whatever happened to it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.model import Block, Page
from aggregator.store import matching, search
from aggregator.store.db import Store
from aggregator.store.matching import facets
from aggregator.text.query import parse
from aggregator.text.query_tree import WORDS, Not, Query, Term, Value
from tests.aggregator.storing import NOW, feed, ids, make, sync, titles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("The Ferries sail", "ferries"),
        ("The Ferries sail", "FERRIES"),
        ("The Ferries sail", "ferr*"),
        ("The Ferries sail", '"ferries sail"'),
        ("The Ferries sail", '"ferries sa"*'),
        ("al-Mina harbour", "al-mina"),
        ("al-Mina harbour", '"al mina"'),
        ("الأخبار من الميناء", "الاخبار"),
        ("میناء کبیر", "كبير"),
        ("שלום לספינה", "שלומ"),
        ('צה"ל הודיע', "צהל"),
        ("İstanbul'da vapur", "istanbul"),
        ("ISTANBUL", "istanbul"),
        ("في عام ٢٠٢٦", "2026"),
        ("می‌رود", "می رود"),
        ("a b c", "b"),
    ],
)
def test_a_text_is_found_by_its_words_however_they_are_written(store: Store, text: str, query: str) -> None:
    sync(store, make(1, text=text), make(2, text="something else"))
    assert titles(store, query) == ["Headline 1"]


SYNTAX = (
    *("AND", "OR", "NOT", "NEAR(a b)", "text:ferries", "*", "^x", "a + b", "{x}"),
    *('"(', "'", ";--", "\x00", "%"),
)


@pytest.mark.parametrize("text", SYNTAX)
def test_no_text_of_a_user_is_syntax(store: Store, text: str) -> None:
    sync(store, make())
    for field in (WORDS, "title", "text", "author"):
        for value in (Value(text), Value(text, quoted=True), Value(text, quoted=True, prefix=True)):
            term = Term(field, (value,))
            assert store.articles.ids(Query(term, now=NOW)).tolist() == []
            assert store.articles.ids(Query(Not(term), now=NOW)).tolist() == ids(store)


def test_an_edit_is_found_by_its_new_words_and_not_by_its_old_ones(store: Store) -> None:
    sync(store, make(title="Ferries sail", text="Old wording stays in harbour."), make(2))
    sync(store, make(title="Ferries stop", text="New wording."))
    assert titles(store, "wording new") == titles(store, "stop") == ["Ferries stop"]
    assert titles(store, "old") == titles(store, "sail wording") == titles(store, "harbour") == []
    sync(store, make(title="Ferries sail", text="Old wording stays in harbour."))
    assert titles(store, "old harbour") == ["Ferries sail"]
    assert titles(store, "stop") == []
    assert store.check() == []


def test_an_edit_forgets_the_earlier_author_address_and_topics(store: Store) -> None:
    sync(store, make(title="Ferries sail", author="Ada Older", url="https://old.example/1", tags=("Ports",)))
    sync(store, make(title="Ferries stop", author="Eve Newer", url="https://new.example/1", tags=("Trade",)))
    for found, lost in (("author:newer", "author:older"), ("url:new.example", "url:old.example")):
        assert (titles(store, found), titles(store, lost)) == (["Ferries stop"], [])
    assert (indexed(store, facets("topic", ["Trade"])), indexed(store, facets("topic", ["ports"]))) == (1, 0)
    assert store.check() == []


def indexed(store: Store, match: str, table: str = "search.words") -> int:
    """How many articles of the index an expression finds."""
    column = table.partition(".")[2]
    return int(store._database.value(f"SELECT count(*) FROM {table} WHERE {column} MATCH ?", (match,)))


def test_words_are_sought_in_the_part_that_is_named(store: Store) -> None:
    sync(store, make(1, title="Grain", text="Ferries"), make(2, title="Ferries", text="Grain"))
    assert titles(store, "title:grain") == titles(store, "text:ferries") == ["Grain"]
    assert titles(store, "grain") == ["Ferries", "Grain"]
    assert titles(store, "author:writer") == ["Ferries", "Grain"]
    assert titles(store, "writer") == titles(store, "author:grain") == []


def test_a_word_is_found_in_its_other_forms_unless_it_is_quoted(store: Store) -> None:
    sync(store, make(1, title="Strikes", text="x"), make(2, title="Two", text="A strike"))
    sync(store, make(3, title="Three", text="افتتحت والمدرسة الجديدة", language="ar"))
    assert titles(store, "strike") == titles(store, "strikes") == ["Two", "Strikes"]
    assert titles(store, "title:strike") == titles(store, '"strikes"') == ["Strikes"]
    assert titles(store, "text:strikes") == titles(store, '"strike"') == ["Two"]
    assert titles(store, "مدرسة") == ["Three"]
    assert titles(store, '"مدرسة"') == []


def test_a_prefix_stands_for_every_word_that_begins_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sync(store, *(make(number, title=f"Zebra{number}", text="x") for number in range(30)))
    assert len(titles(store, "zebr*")) == len(titles(store, '"zebr"*')) == 30
    assert titles(store, "zebra2*")[-2:] == ["Zebra20", "Zebra2"]
    monkeypatch.setattr(matching, "MANY_WORDS", 10)
    assert len(titles(store, "zebr*")) == 30
    assert titles(store, "zebx*") == []


def test_a_prefix_finds_words_that_came_after_a_batch_was_rolled_back(store: Store, tmp_path: Path) -> None:
    sync(store, make(1))
    with contextlib.suppress(ZeroDivisionError), store.write():
        store.search.index(store.articles.upsert(feed(store), [make(2, title="Quokka", text="x")], NOW))
        raise ZeroDivisionError
    with Store.open(tmp_path) as other:
        sync(other, make(3, title="Quince", text="x"))
    sync(store, make(4, title="Quokka again", text="x"))
    assert titles(store, "quok*") == ["Quokka again"]
    assert titles(store, "qui*") == ["Quince"]


def test_an_index_in_few_parts_finds_the_same(store: Store) -> None:
    for number in range(12):
        sync(store, make(number, title=f"Ship {number}"))
    before = titles(store, "ship")
    parts = "SELECT count(DISTINCT segid) FROM search.words_idx"
    many = store._database.value(parts)
    store.search.settle()
    assert store._database.value(parts) < many
    assert titles(store, "ship") == before
    assert store.check() == []


def test_a_batch_has_an_index_of_its_own_while_it_is_decided_upon(store: Store) -> None:
    sync(store, make(1, title="Old harbour"))
    state = feed(store)
    with store.write():
        changes = store.articles.upsert(state, [make(2, title="New harbour"), make(3, title="Quay")], NOW)
        store.search.index(changes)
        with store.search.arriving(changes):
            arrived = store._database.all("SELECT id FROM temp.arriving ORDER BY id")
            assert arrived == [(change.id,) for change in changes]
            assert indexed(store, '{title} : "harbour"', "temp.arriving_words") == 1
            assert indexed(store, facets("lang", ["en"]), "temp.arriving_words") == 2
        with contextlib.suppress(ZeroDivisionError), store.search.arriving(changes[:1]):
            raise ZeroDivisionError
        assert indexed(store, '"harbour"', "temp.arriving_words") == 0
        assert store._database.all("SELECT id FROM temp.arriving") == []
    assert titles(store, "harbour") == ["New harbour", "Old harbour"]
    with contextlib.suppress(ZeroDivisionError), store.write(), store.search.arriving(changes):
        raise ZeroDivisionError  # and all that was written is rolled back
    with store.write(), store.search.arriving(changes[:1]):
        assert indexed(store, '"harbour"', "temp.arriving_words") == 1


def test_snippets_are_of_the_article_and_of_its_page(store: Store) -> None:
    sync(
        store, make(1, title="One", text="The ferries sail."), make(2, title="Two", summary="A quay", text="")
    )
    with store.write():
        for article in ids(store):
            store.search.remove([article])
            page = Page(NOW, "https://heron.example/p", blocks=(Block("p", "On its page: the Harbours."),))
            store.pages.save(article, page)
            store.search.add([article])
    for query, words in (("ferries", "ferries"), ("harbour", "Harbours"), ("quay", "quay")):
        asked = parse(query, NOW)
        for article in ids(store, query):
            found = store.search.snippets([article], asked)[article]
            assert [found.text[start:end] for start, end in found.marks] == [words]
    assert store.search.snippets([], parse("x", NOW)) == {}


def test_words_that_were_indexed_otherwise_are_left_rather_than_the_index_spoilt(store: Store) -> None:
    sync(store, make(title="Ferries sail", folded="words of an older folding"))
    sync(store, make(title="Ferries stop"))
    assert titles(store, "stop") == ["Ferries stop"]
    assert titles(store, "older") == ["Ferries stop"]
    assert store.check() == []


def test_what_was_not_indexed_is_pending_until_rebuilt(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "STEP", 7)
    state = feed(store)
    with store.write():
        store.articles.upsert(state, [make(number) for number in range(20)], NOW)
    assert store.search.pending() == 20
    assert "20 articles" in " ".join(store.check())
    steps: list[tuple[int, int]] = []
    assert store.search.rebuild(lambda done, total: steps.append((done, total))) == 20
    assert steps == [(7, 20), (14, 20), (20, 20)]
    assert store.search.pending() == store.search.rebuild() == 0
    assert len(titles(store, "ferries")) == 20


def test_an_edit_that_was_not_indexed_is_pending_too(store: Store) -> None:
    sync(store, make(title="Boats depart"))
    store.search.rebuild()
    state = feed(store)
    with store.write():
        store.articles.upsert(state, [make(title="Boats return")], NOW)
    with closing(sqlite3.connect(store.files.search)) as other:  # as after a power cut: one file is behind
        other.execute("UPDATE state SET serial = serial - 1")
        other.commit()
    assert store.search.pending() == 1
    store.search.rebuild()
    assert titles(store, "return") == ["Boats return"]
    assert titles(store, "depart") == []


def test_an_index_that_is_behind_by_a_batch_finds_out_and_catches_up(store: Store, tmp_path: Path) -> None:
    sync(store, make(1))
    store.search.rebuild()
    store.checkpoint()
    older = store.files.search.read_bytes()
    sync(store, make(2))
    store.close()
    store.files.search.write_bytes(older)
    with Store.open(tmp_path) as again:
        assert titles(again, "ferries") == ["Headline 1"]
        assert again.search.pending() == 1
        again.search.rebuild()
        assert titles(again, "ferries") == ["Headline 2", "Headline 1"]


def test_an_index_that_is_ahead_shows_no_article_that_is_not_there(store: Store, tmp_path: Path) -> None:
    sync(store, make(1))
    store.checkpoint()
    older = store.files.news.read_bytes()
    sync(store, make(2))
    store.close()
    store.files.news.write_bytes(older)
    with Store.open(tmp_path) as again:
        assert titles(again, "ferries") == ["Headline 1"]
        sync(again, make(3, title="Another"))
        assert titles(again, "another") == ["Another"]


def test_removed_articles_leave_no_words_behind(store: Store) -> None:
    sync(store, *(make(number) for number in range(5)))
    with store.write():
        store.search.remove(ids(store)[:3])
    assert store._database.all("SELECT rowid FROM search.words WHERE words MATCH 'ferries'") == [
        (i,) for i in sorted(ids(store)[3:])
    ]


def test_thousands_of_edits_and_removals_leave_a_sound_index(store: Store) -> None:
    source = random.Random(3)
    words = [f"w{number}" for number in range(60)]

    def text() -> str:
        return " ".join(source.choices(words, k=8))

    wordings = {number: text() for number in range(300)}
    sync(store, *(make(number, text=wording) for number, wording in wordings.items()))
    for _ in range(8):
        changed = source.sample(sorted(wordings), 60)
        wordings |= {number: text() for number in changed}
        sync(store, *(make(number, text=wordings[number]) for number in changed))
    for word in words:
        expected = {f"Headline {number}" for number, wording in wordings.items() if word in wording.split()}
        assert set(titles(store, word)) == expected
    assert store.check() == []


def test_a_body_that_cannot_be_unpacked_is_still_found_by_its_title(store: Store) -> None:
    sync(store, replace(make(title="Ferries sail"), body=b"not packed"))
    store._database.run("DELETE FROM search.indexed")
    store._database.run("UPDATE search.state SET complete = 0")
    assert store.search.rebuild() == 1
    assert titles(store, "ferries") == ["Ferries sail"]


def test_doctor_tells_of_a_damaged_index(store: Store) -> None:
    sync(store, make())
    store._database.run("UPDATE search.words_data SET block = x'00ff' WHERE id > 10")
    assert "search index is damaged" in " ".join(store.check())


def test_doctor_does_not_take_a_busy_index_for_a_damaged_one(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path, lock_wait=0) as other, store.write():
        assert "was not checked" in " ".join(other.check())
