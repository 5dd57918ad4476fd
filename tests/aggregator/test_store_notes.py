"""Notes: one text an article, never cut in silence, undone with its time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import InputError
from aggregator.store.db import Store
from aggregator.store.notes import MAX_NOTE
from tests.aggregator.storing import NOW, ids, make, sync


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(3)))
        yield opened


def notes(store: Store) -> list[tuple[int, str, int]]:
    return store._database.all("SELECT * FROM notes ORDER BY id")


def label(store: Store) -> str:
    step = store.journal.undo()
    return step.sentence("Undone") if step else ""


def test_an_article_has_one_note_of_any_number_of_lines(store: Store) -> None:
    a, b, _ = ids(store)
    assert store.notes.set(a, "Ask the harbour master.\n\n\tميناء\n", NOW)
    assert store.notes.get(a) == "Ask the harbour master.\n\n\tميناء"
    article = store.articles.get(a)
    assert article is not None
    assert (article.note, article.row.noted) == ("Ask the harbour master.\n\n\tميناء", True)
    assert [row.noted for row in store.articles.rows([a, b])] == [True, False]
    assert ids(store, "noted") == [a]


def test_a_note_that_says_the_same_changes_nothing(store: Store) -> None:
    a, *_ = ids(store)
    assert store.notes.set(a, "Ask.", NOW)
    assert not store.notes.set(a, "Ask.\n", NOW + 9)
    assert notes(store) == [(a, "Ask.", NOW)]
    assert not store.notes.set(12345, "Nobody there.", NOW)


def test_undo_and_redo_restore_text_and_time(store: Store) -> None:
    a, *_ = ids(store)
    states = [notes(store)]
    for number, text in enumerate(("Ask.", "Asked.", "", "Again.")):
        assert store.notes.set(a, text, NOW + number)
        states.append(notes(store))
    for expected, state in zip(("written", "deleted", "changed", "written"), states[-2::-1], strict=True):
        assert label(store) == f"Undone: a note {expected}."
        assert notes(store) == state
    for state in states[1:]:
        store.journal.redo()
        assert notes(store) == state


def test_undo_for_an_article_that_is_gone_says_so(store: Store) -> None:
    a, *_ = ids(store)
    store.notes.set(a, "Ask.", NOW)
    store.notes.set(a, "", NOW)
    with store.write():
        store._database.run("DELETE FROM articles WHERE id = ?", (a,))
    assert label(store) == "Undone: a note deleted (but the article is gone)."
    assert notes(store) == []


def test_a_note_that_is_too_long_is_refused_not_cut(store: Store) -> None:
    a, *_ = ids(store)
    with pytest.raises(InputError, match=r"at most 10,000 characters; this one has 10,001"):
        store.notes.set(a, "x" * (MAX_NOTE + 1), NOW)
    assert store.notes.set(a, "x" * MAX_NOTE, NOW)


def test_a_note_cannot_steer_the_screen(store: Store) -> None:
    a, *_ = ids(store)
    store.notes.set(a, "one\x1b[2J\r\ntwo\u202e", NOW)
    assert store.notes.get(a) == "one[2J\ntwo"
