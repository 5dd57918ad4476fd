"""Marks are shown before they are stored, and taken back where they cannot be."""

from __future__ import annotations

from array import array

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import MarkAction
from aggregator.store.db import Store
from tui.widgets.article_list import PAGE, merged


def unread(reader) -> int:
    """Rows with the sign of what is unread."""
    name = "#list" if reader.screen.flat else "#stories"
    return sum("*" in line[:4] for line in reader.lines(name))


async def test_marks_are_on_the_screen_while_another_process_keeps_us_from_storing_them(
    config: Config, library: Library, reading
) -> None:
    async with reading(library, (80, 24)) as reader:
        all_of_them = unread(reader)
        assert all_of_them > 1
        with Store.open(config.cache) as other, other.write():
            await reader.pilot.press("M")
            await reader.until(lambda: unread(reader) == 0)
            assert "marked read" not in reader.text  # that is said of what is stored
            assert library.counts()[1] > 0
        await reader.until(lambda: "marked read" in reader.text)
        assert library.counts()[1] == 0
        with Store.open(config.cache) as other, other.write():
            await reader.pilot.press("u")
            await reader.until(lambda: unread(reader) == all_of_them)
            assert library.counts()[1] == 0
        await reader.until(lambda: library.counts()[1] > 0)
        await reader.settle()
        assert unread(reader) == all_of_them


async def test_a_mark_that_cannot_be_stored_is_taken_back_and_told(
    config: Config, library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store.open.__func__, "__kwdefaults__", {**Store.open.__func__.__kwdefaults__})
    async with reading(library, (80, 24)) as reader:
        before = unread(reader)
        monkeypatch.setitem(Store.open.__func__.__kwdefaults__, "lock_wait", 0.05)
        with Store.open(config.cache) as other, other.write():
            await reader.pilot.press("M")
            await reader.until(lambda: unread(reader) == 0)
            await reader.until(lambda: unread(reader) == before)
            assert "marked read" not in reader.text
        assert library.counts()[1] > 0


async def test_undo_of_something_else_shows_no_old_marks(library: Library, reading) -> None:
    async with reading(library, (80, 24)) as reader:
        await reader.press("M")
        assert unread(reader) == 0
        await reader.press("a", *"later", "enter")
        await reader.press("u")
        assert library.tags() == []
        assert unread(reader) == 0
        await reader.press("u")
        assert unread(reader) > 1


def test_what_is_kept_comes_into_its_place_however_much_it_is() -> None:
    ids = array("q", range(4_000, 0, -2))
    assert merged(array("q", ids), ids.tolist()) == ids
    assert merged(array("q", ids), range(1, 4_001)).tolist() == list(range(4_000, 0, -1))
    assert merged(array("q", ids), [7, 7, 4_000]).tolist() == sorted([*ids, 7], reverse=True)
    ranked = array("q", [5, 9, 1])
    assert merged(ranked, [9, 2, 2, 1], by_time=False).tolist() == [5, 9, 1, 2]


async def test_only_rows_around_the_window_are_foreseen(library: Library, reading) -> None:
    async with reading(library, (80, 24)) as reader:
        shown = reader.screen.articles
        before = shown.mark(MarkAction.STAR, shown.ids.tolist())
        assert 0 < len(before) <= 2 * PAGE + shown.size.height + 1
        assert all(shown.rows[row.id].starred for row in before)
        shown.put_back(before)
        assert not any(shown.rows[row.id].starred for row in before if not row.starred)


async def test_rows_of_a_list_that_is_marked_wholly_are_foreseen_without_looking_for_them(
    library: Library, reading
) -> None:
    async with reading(library, (80, 24)) as reader:
        await reader.press("v")
        articles = reader.screen.articles
        assert [row.id for row in articles.mark(MarkAction.READ, articles.ids)] == [
            row.id for row in articles.mark(MarkAction.UNREAD, articles.ids.tolist())
        ]
