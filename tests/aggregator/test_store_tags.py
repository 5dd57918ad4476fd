"""Tags: known by their search spelling, shown as written, counted, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import InputError
from aggregator.store.db import Store
from aggregator.store.tags import MAX_TAG, tag_key
from tests.aggregator.storing import NOW, ids, make, sync


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(4)))
        yield opened


def rule(store: Store, number: int = 7, tag: str = "Ports") -> int:
    """A rule that tags."""
    with store.write():
        values = "?, 'k', 'Ports', 'port', ?, 0, 'config', 1, ?, 0, 0, 0"
        store._database.run(f"INSERT INTO rules VALUES ({values})", (number, f'["tag:{tag}"]', NOW))
    return number


def given(store: Store, article: int, tag: str, rule_id: int) -> None:
    """A rule tags an article."""
    with store.write():
        store._database.run("INSERT INTO rule_hits VALUES (?, ?)", (rule_id, article))
        store._database.run("INSERT INTO article_tags VALUES (?, ?, ?)", (tag, article, rule_id))
        store._database.run("INSERT OR IGNORE INTO tag_names VALUES (?, ?)", (tag, tag))


def dump(store: Store) -> tuple[list, list]:
    read = store._database.all
    return read("SELECT * FROM article_tags ORDER BY 1, 2, 3"), read("SELECT * FROM tag_names ORDER BY 1")


def tags_of(store: Store, article: int) -> tuple[str, ...]:
    return store.articles.rows([article])[0].tags


def test_a_tag_is_shown_as_it_was_written_and_may_have_several_words(store: Store) -> None:
    a, b, c, _ = ids(store)
    assert store.tags.tag([a, b, a, 12345], "Oil prices") == 2
    assert store.tags.tag([a, c], "ميناء") == 2
    assert tags_of(store, a) == ("Oil prices", "ميناء")
    assert store.tags.counts() == [("Oil prices", 2), ("ميناء", 2)]
    assert ids(store, 'tag:"oil prices"') == [a, b]
    assert ids(store, "tagged") == [a, b, c]


@pytest.mark.parametrize(("first", "second"), [("Öl", "OL"), ("الموانئ", "الموانئ "), ("كتاب", "کتاب")])
def test_two_spellings_are_one_tag_that_is_written_as_last(store: Store, first: str, second: str) -> None:
    a, b, *_ = ids(store)
    store.tags.tag([a], first)
    store.tags.tag([b], second)
    assert store.tags.counts() == [(second.strip(), 2)]
    store.journal.undo()
    assert store.tags.counts() == [(first, 1)]
    assert store.tags.untag([a], second) == 1


def test_only_new_tags_count_and_a_tag_of_nothing_is_gone(store: Store) -> None:
    a, b, *_ = ids(store)
    store.tags.tag([a], "Oil")
    assert store.tags.tag([a], "oil") == 0
    assert store.tags.tag([a, b], "oil") == 1
    assert store.tags.untag([a, b], "OIL") == 2
    assert store.tags.untag([a, b], "OIL") == 0
    assert dump(store) == ([], [])


def test_undo_and_redo_restore_rows_and_spelling(store: Store) -> None:
    a, b, c, _ = ids(store)
    states = [dump(store)]
    for change, chosen, name in (
        (store.tags.tag, [a], "Oil"),
        (store.tags.tag, [a, b], "OIL"),
        (store.tags.untag, [a], "oil"),
        (store.tags.untag, [b, c], "oil"),
        (store.tags.tag, [c], "oil"),
    ):
        assert change(chosen, name) == 1
        states.append(dump(store))
    for state in states[-2::-1]:
        store.journal.undo()
        assert dump(store) == state
    for state in states[1:]:
        store.journal.redo()
        assert dump(store) == state


def test_the_reader_takes_off_also_what_a_rule_gave(store: Store) -> None:
    a, b, *_ = ids(store)
    given(store, a, "ports", rule(store))
    store.tags.tag([a, b], "Ports")
    assert store.tags.counts() == [("Ports", 2)]
    before = dump(store)
    assert store.tags.untag([a, b], "ports") == 2
    assert dump(store) == ([], [])
    step = store.journal.undo()
    assert step is not None
    assert step.label == "2 articles no longer tagged Ports"
    assert dump(store) == before


def test_what_a_rule_gave_comes_back_only_while_that_rule_would_give_it(store: Store) -> None:
    a, b, *_ = ids(store)
    number = rule(store)
    for article in (a, b):
        given(store, article, "ports", number)
    store.tags.untag([a, b], "ports")
    with store.write():
        store._database.run("DELETE FROM rule_hits WHERE article_id = ?", (b,))
    store.journal.undo()
    assert dump(store)[0] == [("ports", a, number)], "the other one was edited, and is hit no more"
    store.journal.redo()
    with store.write():
        store._database.run("DELETE FROM rule_hits")
        store._database.run("DELETE FROM rules")
    rule(store, number, "Oil")
    with store.write():
        store._database.run("INSERT INTO rule_hits VALUES (?, ?)", (number, a))
    store.journal.undo()
    assert dump(store) == ([], []), "a new rule has the number now"


def test_undoing_a_tag_leaves_what_a_rule_gave_meanwhile(store: Store) -> None:
    a, b, *_ = ids(store)
    store.tags.tag([a], "Ports")
    given(store, b, "ports", rule(store))
    store.journal.undo()
    assert (tags_of(store, a), tags_of(store, b)) == ((), ("Ports",))


def test_hidden_articles_are_not_counted(store: Store) -> None:
    a, b, *_ = ids(store)
    store.tags.tag([a, b], "Ports")
    with store.write():
        store._database.run("INSERT INTO hidden SELECT id, feed_id, 0 FROM articles WHERE id = ?", (a,))
    assert store.tags.counts() == [("Ports", 1)]


def test_what_is_gone_is_passed_over(store: Store) -> None:
    a, b, *_ = ids(store)
    store.tags.tag([a, b], "Ports")
    store.tags.untag([a, b], "Ports")
    with store.write():
        store._database.run("DELETE FROM articles WHERE id = ?", (a,))
    store.journal.undo()
    assert store.tags.counts() == [("Ports", 1)]
    store.journal.undo()
    with store.write():
        store._database.run("DELETE FROM articles WHERE id = ?", (b,))
    store.journal.redo()
    assert dump(store) == ([], []), "no name without an article"


@pytest.mark.parametrize(
    ("name", "why"), [("", "letter"), (" …!", "letter"), ("x" * (MAX_TAG + 1), "at most")]
)
def test_a_name_that_is_none_is_refused_in_a_sentence(name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        tag_key(name)


def test_a_name_cannot_steer_the_screen(store: Store) -> None:
    (a, *_) = ids(store)
    store.tags.tag([a], "  Oil \x1b[31m\n\u202eprices ")
    assert store.tags.counts() == [("Oil [31m prices", 1)]
