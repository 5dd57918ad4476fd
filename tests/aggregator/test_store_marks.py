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
from aggregator.text.query import parse
from aggregator.text.query_tree import EVERYTHING
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


def undone(store: Store) -> str:
    step = store.journal.undo()
    return step.action if step else ""


def since(store: Store) -> dict[int, int]:
    return dict(store._database.all("SELECT id, at FROM starred"))


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
        assert undone(store) == action.value
        assert marked(store) == start
        assert store.check() == []


def hide(store: Store, *hidden: int) -> None:
    """What a rule does to articles."""
    with store.write():
        for article in hidden:
            (unread,) = store._database.one("SELECT count(*) FROM unread WHERE id = ?", (article,)) or (0,)
            store._database.run(
                "INSERT INTO hidden SELECT id, feed_id, ? FROM articles WHERE id = ?", (unread, article)
            )
            store._database.run("DELETE FROM unread WHERE id = ?", (article,))
            store._database.run(
                "UPDATE feed_counts SET hidden = hidden + 1, unread = unread - ? WHERE feed_id = "
                "(SELECT feed_id FROM articles WHERE id = ?)",
                (unread, article),
            )


def unread_of(store: Store, *articles: int) -> list[bool]:
    return [row.unread for row in store.articles.rows(articles)]


def counts(store: Store) -> list[tuple[int, int, int]]:
    return store._database.all("SELECT unread, total, hidden FROM feed_counts ORDER BY feed_id")


def test_a_mark_of_a_hidden_article_is_kept_with_it_and_in_no_count(store: Store) -> None:
    every = ids(store)
    shown, *hidden = every[:3]
    hide(store, *hidden)
    assert store.articles.count() == (7, 7)
    before = counts(store)
    assert store.marks.apply(READ, hidden) == 2
    assert store.marks.apply(READ, hidden) == 0
    assert unread_of(store, shown, *hidden) == [True, False, False]
    assert counts(store) == before
    assert store.marks.apply(UNREAD, [shown, *hidden]) == 2, "the other one is unread already"
    assert unread_of(store, *hidden) == [True, True]
    assert undone(store) == "unread"
    assert undone(store) == "read"
    assert unread_of(store, shown, *hidden) == [True, True, True]
    assert counts(store) == before


def test_a_query_marks_what_is_hidden_only_where_it_asks_for_it(store: Store) -> None:
    shown, *hidden = ids(store)[:3]
    hide(store, *hidden)
    assert store.marks.apply_query(READ, parse("", NOW)) == 7
    assert unread_of(store, shown, *hidden) == [False, True, True]
    assert store.marks.apply_query(READ, parse("hidden", NOW)) == 2
    assert store.marks.apply_query(READ, parse("hidden", NOW)) == 0
    assert store.marks.apply_query(UNREAD, parse("hidden", NOW)) == 2
    assert unread_of(store, shown, *hidden) == [False, True, True]
    assert [row[0] for row in counts(store)] == [0, 0]


def test_an_undo_finds_an_article_that_was_hidden_meanwhile(store: Store) -> None:
    one = ids(store)[0]
    store.marks.apply(READ, [one])
    hide(store, one)
    before = counts(store)
    assert undone(store) == "read"
    assert unread_of(store, one) == [True]
    assert counts(store) == before


def test_a_star_that_comes_back_has_its_old_time(store: Store) -> None:
    a, b, c = ids(store)[:3]
    store.marks.apply(STAR, [a], NOW)
    store.marks.apply(STAR, [b], NOW + 5)
    assert since(store) == {a: NOW, b: NOW + 5}
    store.marks.apply(UNSTAR, [a, b, c], NOW + 10)
    assert undone(store) == "unstar"
    assert since(store) == {a: NOW, b: NOW + 5}
    assert undone(store) == "star"
    store.journal.redo()
    assert since(store) == {a: NOW, b: NOW + 5}


def test_the_order_of_a_list_changes_nothing_in_what_is_marked(store: Store) -> None:
    every = ids(store)
    assert store.marks.apply_query(READ, parse("sort:oldest", NOW)) == 9
    assert undone(store) == "read"
    assert ids(store, "unread") == every


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
            at -= store.journal.undo() is not None
        elif step == "redo":
            at += store.journal.redo() is not None
        else:
            action, numbers = step
            chosen = {every[number] for number in numbers if number < len(every)}
            unread, starred = after(action, chosen, *history[at])
            if store.marks.apply(action, sorted(chosen)):
                history[at + 1 :] = [(unread, starred)]
                at += 1
        assert (set(ids(store, "unread")), set(ids(store, "starred"))) == history[at]
    assert store.check() == []
