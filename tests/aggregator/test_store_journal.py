"""The journal: one row of steps for every kind of change, bounded, kept over restarts."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.errors import StoreDamaged, StoreError
from aggregator.model import MarkAction
from aggregator.store import journal
from aggregator.store.db import Store
from aggregator.store.journal import KINDS, Entry, Step
from tests.aggregator.storing import NOW, ids, make, sync

READ, UNREAD, STAR = MarkAction.READ, MarkAction.UNREAD, MarkAction.STAR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(6)))
        yield opened


def marked(store: Store) -> tuple[list[int], list[int]]:
    return ids(store, "unread"), ids(store, "starred")


def undone(store: Store) -> str:
    """What an undo says, "" where there is nothing to undo."""
    step = store.journal.undo()
    return step.sentence("Undone") if step else ""


def redone(store: Store) -> str:
    step = store.journal.redo()
    return step.sentence("Done again") if step else ""


def steps(store: Store) -> int:
    """How many steps can be undone; undoes them."""
    number = 0
    while undone(store):
        number += 1
    return number


def test_undo_and_redo_go_back_and_forth(store: Store) -> None:
    start = marked(store)
    store.marks.apply(READ, ids(store)[:4])
    middle = marked(store)
    store.marks.apply(STAR, ids(store)[2:3])
    end = marked(store)
    assert undone(store) == "Undone: 1 article starred."
    assert marked(store) == middle
    assert undone(store) == "Undone: 4 articles marked read."
    assert marked(store) == start
    assert undone(store) == ""
    assert redone(store) == "Done again: 4 articles marked read."
    assert redone(store) == "Done again: 1 article starred."
    assert marked(store) == end
    assert redone(store) == ""
    assert store.check() == []


def test_changes_of_all_kinds_are_one_row_of_steps(store: Store) -> None:
    a, b = ids(store)[:2]
    store.marks.apply(STAR, [a])
    store.tags.tag([a, b], "Oil")
    store.notes.set(b, "Ask the port.")
    assert undone(store) == "Undone: a note written."
    assert undone(store) == "Undone: 2 articles tagged Oil."
    assert undone(store) == "Undone: 1 article starred."
    assert redone(store) == "Done again: 1 article starred."
    assert (store.tags.counts(), store.notes.get(b)) == ([], "")


def test_undo_restores_only_what_the_action_changed(store: Store) -> None:
    newest = ids(store)[:3]
    store.marks.apply(READ, newest[:1])
    store.marks.apply(READ, newest)
    undone(store)
    assert ids(store, "read") == newest[:1]


def test_a_new_action_after_undo_ends_what_could_be_redone(store: Store) -> None:
    store.marks.apply(READ, ids(store)[:1])
    undone(store)
    store.notes.set(ids(store)[0], "Later.")
    assert redone(store) == ""
    assert undone(store) == "Undone: a note written."
    assert undone(store) == ""


def test_an_action_that_changes_nothing_is_no_step(store: Store) -> None:
    one = ids(store)[:1]
    store.marks.apply(READ, one)
    store.marks.apply(READ, one)
    store.tags.untag(one, "Oil")
    store.notes.set(one[0], "")
    assert steps(store) == 1


def test_the_number_of_steps_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "UNDO_STEPS", 6)
    one = ids(store)[:1]
    for _ in range(5):
        store.marks.apply(READ, one)
        store.marks.apply(UNREAD, one)
    assert steps(store) == 6


def test_the_bytes_of_the_steps_are_bounded_but_the_last_one_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = ids(store)[0]
    monkeypatch.setattr(journal, "UNDO_BYTES", 300)
    store.marks.apply(STAR, [one])
    store.notes.set(one, "".join(chr(0x4E00 + number) for number in range(900)))
    assert steps(store) == 1
    store.marks.apply(READ, [one])
    store.marks.apply(UNREAD, [one])
    assert steps(store) == 2


def test_undo_survives_the_end_of_the_program(store: Store, tmp_path: Path) -> None:
    store.marks.apply(READ, ids(store)[:2])
    with Store.open(tmp_path) as again:
        assert undone(again) == "Undone: 2 articles marked read."
        assert again.articles.count() == (6, 6)
    assert redone(store) == "Done again: 2 articles marked read."


def test_whoever_registers_gets_back_what_was_noted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "paint", "a kind of this test")
    seen: list[tuple[str, Entry]] = []

    def undo(entry: Entry) -> str:
        seen.append(("undo", entry))
        return "not all of it"

    def redo(entry: Entry) -> str:
        seen.append(("redo", entry))
        return ""

    store.journal.register("paint", undo=undo, redo=redo)
    detail = {"rule": 3, "before": None, "bytes": b"\0", "list": [1, [2.5, "two"]]}
    with store.write():
        store.journal.note("paint", "2 articles painted", detail, ids=[9, 4], now=NOW)
    assert store.journal.undo() == Step("paint", "2 articles painted", "not all of it")
    assert redone(store) == "Done again: 2 articles painted."
    entry = Entry("paint", NOW, "2 articles painted", array("q", [9, 4]), detail)
    assert seen == [("undo", entry), ("redo", entry)]


def test_an_undo_that_fails_leaves_everything_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(KINDS, "paint", "a kind of this test")

    def fail(_: Entry) -> str:
        store._database.run("DELETE FROM unread")
        raise StoreError("The disk is full.")

    store.journal.register("paint", undo=fail, redo=fail)
    with store.write():
        store.journal.note("paint", "painted", now=NOW)
    before = marked(store)
    with pytest.raises(StoreError):
        store.journal.undo()
    assert marked(store) == before
    assert store.journal.redo() is None, "it is not undone"


def test_a_step_of_another_version_is_left_to_it(store: Store) -> None:
    with store.write():
        store._database.run("INSERT INTO journal (action, ids, label) VALUES ('colour', x'', 'painted red')")
    with pytest.raises(StoreError, match='"painted red" was done by another version'):
        store.journal.undo()


def test_a_step_that_was_noted_before_there_were_labels_says_what_it_was(store: Store) -> None:
    store.marks.apply(STAR, ids(store)[:2])
    with store.write():
        store._database.run("UPDATE journal SET label = '', detail = x'', at = 0")
    assert undone(store) == "Undone: 2 articles starred."
    assert ids(store, "starred") == []
    assert redone(store) == "Done again: 2 articles starred."
    assert len(ids(store, "starred")) == 2


def test_a_damaged_step_is_told_in_a_sentence(store: Store) -> None:
    store.marks.apply(STAR, ids(store)[:2])
    with store.write():
        store._database.run("UPDATE journal SET ids = x'00ff00'")
    with pytest.raises(StoreDamaged, match="what can be undone is damaged"):
        store.journal.undo()


def test_every_kind_of_step_is_described_and_can_be_turned(store: Store) -> None:
    assert set(store.journal._turns) == set(KINDS)
