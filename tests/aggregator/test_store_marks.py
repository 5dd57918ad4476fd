"""Marks: exact, counted, undone and done again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import MarkAction
from aggregator.store import marks
from aggregator.store.db import Store
from aggregator.store.marks import UNDO_STEPS
from aggregator.text.query import EVERYTHING, parse
from tests.aggregator.storing import KESTREL, NOW, ids, make, sync, titles

READ, UNREAD, STAR, UNSTAR = MarkAction.READ, MarkAction.UNREAD, MarkAction.STAR, MarkAction.UNSTAR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(6)))
        sync(opened, *(make(number, language="ar") for number in range(6, 9)), url=KESTREL)
        yield opened


def marked(store: Store) -> tuple[list[int], list[int]]:
    return ids(store, "unread"), ids(store, "starred")


def test_only_what_changes_is_counted(store: Store) -> None:
    newest = ids(store)[:3]
    assert store.marks.apply(READ, [*newest, newest[0], 12345]) == 3
    assert store.marks.apply(READ, newest) == 0
    assert store.marks.apply(UNREAD, newest[:1]) == 1
    assert store.marks.apply(STAR, [*newest, 12345]) == 3
    assert store.marks.apply(UNSTAR, newest[1:]) == 2
    assert store.marks.apply(STAR, []) == 0
    assert marked(store) == ([newest[0], *ids(store)[3:]], newest[:1])
    assert store.marks.starred_count() == 1
    assert store.articles.count() == (9, 7)
    assert store.check() == []


def test_a_whole_query_is_marked_at_once(store: Store) -> None:
    assert store.marks.apply_query(READ, parse("lang:ar", NOW)) == 3
    assert store.marks.apply_query(STAR, parse("lang:ar", NOW)) == 3
    assert titles(store, "starred") == titles(store, "read") == ["Headline 8", "Headline 7", "Headline 6"]
    assert store.marks.apply_query(UNREAD, parse("headline", NOW)) == 3
    assert store.marks.apply_query(UNSTAR, parse("starred", NOW)) == 3
    assert [(info.unread, info.total) for info in store.feeds.infos()] == [(6, 6), (3, 3)]


def test_undo_and_redo_go_back_and_forth(store: Store) -> None:
    start = marked(store)
    store.marks.apply(READ, ids(store)[:4])
    middle = marked(store)
    store.marks.apply(STAR, ids(store)[2:5])
    end = marked(store)
    assert store.marks.undo() == (STAR, 3)
    assert marked(store) == middle
    assert store.marks.undo() == (READ, 4)
    assert marked(store) == start
    assert store.marks.undo() is None
    assert store.marks.redo() == (READ, 4)
    assert store.marks.redo() == (STAR, 3)
    assert marked(store) == end
    assert store.marks.redo() is None
    assert store.check() == []


def test_undo_restores_only_what_the_action_changed(store: Store) -> None:
    newest = ids(store)[:3]
    store.marks.apply(READ, newest[:1])
    store.marks.apply(READ, newest)
    store.marks.undo()
    assert ids(store, "read") == newest[:1]


def test_a_new_action_after_undo_ends_what_could_be_redone(store: Store) -> None:
    store.marks.apply(READ, ids(store)[:1])
    store.marks.undo()
    store.marks.apply(STAR, ids(store)[:1])
    assert store.marks.redo() is None
    assert store.marks.undo() == (STAR, 1)


def test_an_action_that_changes_nothing_is_no_step(store: Store) -> None:
    store.marks.apply(READ, ids(store)[:1])
    store.marks.apply(READ, ids(store)[:1])
    assert store.marks.undo() == (READ, 1)
    assert store.marks.undo() is None


def test_what_can_be_undone_is_bounded(store: Store) -> None:
    one = ids(store)[:1]
    for _ in range(UNDO_STEPS // 2 + 5):
        store.marks.apply(READ, one)
        store.marks.apply(UNREAD, one)
    steps = 0
    while store.marks.undo():
        steps += 1
    assert steps == UNDO_STEPS


def test_undo_survives_the_end_of_the_program(store: Store, tmp_path: Path) -> None:
    store.marks.apply(READ, ids(store)[:2])
    with Store.open(tmp_path) as again:
        assert again.marks.undo() == (READ, 2)
        assert again.articles.count() == (9, 9)


@pytest.mark.parametrize("gap", [False, True])
def test_many_marks_take_the_short_way_and_come_to_the_same(
    store: Store, gap: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "_MANY", 2)
    if gap:
        store.marks.apply(READ, ids(store)[4:5])
    start = marked(store)
    for action in (READ, STAR):
        chosen = ids(store)[1:8]
        changed = store.marks.apply(action, chosen)
        assert changed == 7 - (gap and action is READ)
        assert store.check() == []
        assert store.marks.undo() == (action, changed)
        assert marked(store) == start
        assert store.check() == []


def after(
    action: MarkAction, chosen: set[int], unread: set[int], starred: set[int]
) -> tuple[set[int], set[int]]:
    """What an action makes of the unread and the starred articles."""
    match action:
        case MarkAction.READ:
            return unread - chosen, starred
        case MarkAction.UNREAD:
            return unread | chosen, starred
        case MarkAction.STAR:
            return unread, starred | chosen
        case _:
            return unread, starred - chosen


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(list(MarkAction)), st.sets(st.integers(0, 9), max_size=6)),
        st.sampled_from(["undo", "redo"]),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_sequence_of_actions_agrees_with_plain_sets(store: Store, steps: list) -> None:
    store.marks.apply_query(UNREAD, EVERYTHING)
    store.marks.apply_query(UNSTAR, EVERYTHING)
    store._database.run("DELETE FROM journal")
    every = ids(store)
    history: list[tuple[set[int], set[int]]] = [(set(every), set())]
    at = 0
    for step in steps:
        if step == "undo":
            at -= store.marks.undo() is not None
        elif step == "redo":
            at += store.marks.redo() is not None
        else:
            action, numbers = step
            chosen = {every[number] for number in numbers if number < len(every)}
            unread, starred = after(action, chosen, *history[at])
            if store.marks.apply(action, sorted(chosen)):
                history[at + 1 :] = [(unread, starred)]
                at += 1
        assert (set(ids(store, "unread")), set(ids(store, "starred"))) == history[at]
    assert store.check() == []
