"""The text field: what is typed is seen as it is read, and edited as it is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from rich.highlighter import RegexHighlighter
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.suggester import SuggestFromList

from tui import render
from tui.bidi.layout import Drawing
from tui.widgets.bidi_input import BidiInput

WIDTH = 20


class Digits(RegexHighlighter):
    """Digits stand out."""

    base_style = ""
    highlights = (r"(?P<bold>\d+)",)  # as the base class has it


class Field(App[None]):
    """A text field of twenty cells and nothing else."""

    CSS = f"BidiInput {{ width: {WIDTH}; border: none; padding: 0; height: 1; }}"

    def compose(self) -> ComposeResult:
        yield BidiInput(
            compact=True,
            placeholder="find",
            highlighter=Digits(),
            suggester=SuggestFromList(["ميناء حيفا", "harbour"], case_sensitive=True),
        )


@asynccontextmanager
async def field(value: str = "") -> AsyncIterator[tuple[BidiInput, Pilot[None]]]:
    """A focused field."""
    app = Field()
    async with app.run_test(size=(40, 5)) as pilot:
        found = app.query_one(BidiInput)
        found.value = value
        found.focus()
        found.action_end()
        await pilot.pause()
        yield found, pilot


def seen(found: BidiInput) -> str:
    """What stands in the field."""
    return found.render_line(0).text[:WIDTH]


def cursor(found: BidiInput) -> int:
    """The column that is drawn as the cursor."""
    style, left = found.get_component_rich_style("input--cursor"), 0
    for segment in found.render_line(0):
        if segment.style and segment.style.bgcolor == style.bgcolor and segment.style.color == style.color:
            return left
        left += segment.cell_length
    return -1


async def type_in(pilot: Pilot[None], text: str) -> None:
    """Press the keys of a text."""
    await pilot.press(*("space" if char == " " else char for char in text))
    await pilot.pause()


async def test_typed_text_is_drawn_as_it_is_read_and_kept_as_it_was_written() -> None:
    async with field() as (found, pilot):
        await type_in(pilot, "نفط Brent 87")
        assert found.value == "نفط Brent 87"
        assert seen(found) == "        Brent 87 ﻂﻔﻧ"


async def test_the_end_is_at_the_left_and_home_at_the_right_of_a_right_to_left_value() -> None:
    async with field("نفط Brent 87") as (found, pilot):
        assert cursor(found) == 7
        await pilot.press("home")
        assert (found.cursor_position, cursor(found)) == (0, 19)
        await pilot.press("end")
        assert (found.cursor_position, cursor(found)) == (12, 7)


async def test_arrows_go_where_they_say_through_text_of_both_directions() -> None:
    async with field("אב cd") as (found, pilot):
        await pilot.press("home")
        columns = [cursor(found)]
        for _ in range(5):
            await pilot.press("left")
            columns.append(cursor(found))
        assert columns == [19, 18, 17, 16, 15, 14]
        for _ in range(9):
            await pilot.press("right")
        assert cursor(found) == 19


async def test_left_to_right_values_behave_as_ever() -> None:
    async with field("Haifa") as (found, pilot):
        assert seen(found) == "Haifa" + " " * 15
        assert cursor(found) == 5
        await pilot.press("left", "left", "x")
        assert found.value == "Haixfa"
        await pilot.press("ctrl+left")
        assert found.cursor_position == 0


async def test_words_are_passed_on_the_screen_too() -> None:
    async with field("שלום עולם") as (found, pilot):
        await pilot.press("home", "ctrl+left")
        assert found.cursor_position == 5
        await pilot.press("ctrl+right")
        assert found.cursor_position == 0


async def test_letters_are_inserted_and_deleted_in_the_order_of_the_text() -> None:
    async with field("שום") as (found, pilot):
        await pilot.press("home", "left", "ל")
        assert found.value == "שלום"
        await pilot.press("backspace", "delete")
        assert found.value == "שם"


async def test_the_cursor_stands_on_the_whole_of_a_ligature() -> None:
    async with field("بلاد") as (found, pilot):
        await pilot.press("home", "left")
        at = cursor(found)
        found.cursor_position = 2  # between lam and alef
        assert cursor(found) == at
        await pilot.press("left")
        assert found.cursor_position == 3


async def test_a_click_puts_the_cursor_on_the_letter_under_it() -> None:
    async with field("نفط Brent 87") as (found, pilot):
        for column, place in ((19, 0), (17, 2), (8, 4), (15, 11), (7, 12), (0, 12)):
            await pilot.click(BidiInput, offset=(column, 0))
            assert found.cursor_position == place


async def test_a_selection_is_taken_with_shift_and_replaced_by_what_is_typed() -> None:
    async with field("שלום") as (found, pilot):
        await pilot.press("home", "shift+left", "shift+left")
        assert found.selected_text == "של"
        await pilot.press("left")
        assert found.cursor_position == 2
        await pilot.press("home", "shift+left", "א")
        assert found.value == "אלום"


async def test_a_long_value_scrolls_with_its_cursor() -> None:
    async with field("שלום " * 10) as (found, pilot):
        assert found.scroll_x == 0
        await pilot.press("home")
        await pilot.pause()
        assert found.scroll_x > 0
        assert seen(found).rstrip()[-1] == "ש"


async def test_a_suggestion_is_shown_after_the_text_and_taken_at_its_end() -> None:
    async with field() as (found, pilot):
        await type_in(pilot, "مين")
        await found.workers.wait_for_complete()
        await pilot.pause()
        assert seen(found) == "          ﺎﻔﻴﺣ ءﺎﻨﻴﻣ"
        await pilot.press("left")
        assert found.value == "ميناء حيفا"
        await pilot.press("home", "right")
        assert found.value == "ميناء حيفا"


async def test_highlights_stay_on_their_letters() -> None:
    async with field("نفط 87 Brent") as (found, _):
        row = found.render_line(0)
        assert row.text[:WIDTH] == "        Brent 87 ﻂﻔﻧ"
        assert [part.text.strip() for part in row if part.style and part.style.bold] == ["87"]


async def test_spaces_of_any_kind_take_the_cells_that_the_cursor_thinks() -> None:
    async with field("אב  ג\u3000\xa0ד") as (found, _):
        assert seen(found).strip() == "ד   ג  בא"
        assert cursor(found) == 20 - found.row.width


@pytest.mark.parametrize("hostile", ["a\x1b]52;c;aGk=\x07b", "ا\x9b2Jب", "ا\u202eabc"])
async def test_nothing_that_steers_a_terminal_is_drawn(hostile: str) -> None:
    async with field(hostile) as (found, _):
        assert found.render_line(0).text.isprintable()


async def test_the_column_of_a_place_is_told_for_what_stands_below_the_field() -> None:
    async with field("شرط outlet:x") as (found, _):
        assert [found.column_of(place) for place in (0, 4, 12)] == [19, 8, 7]
        found.value = "a" * 40
        found.action_end()
        await found.app.animator.wait_until_complete()
        assert found.column_of(40) == 40 - found.scroll_x


async def test_a_password_is_not_shown() -> None:
    async with field("سر12") as (found, pilot):
        found.password = True
        await pilot.pause()
        assert seen(found) == "••••" + " " * 16
        await pilot.press("home", "ctrl+right")
        assert found.cursor_position == 4


async def test_where_the_terminal_reorders_the_written_order_is_sent() -> None:
    render.use(Drawing(mode="terminal"))
    try:
        async with field("نفط") as (found, _):
            assert seen(found).rstrip() == "نفط"
            assert cursor(found) == 3
    finally:
        render.use(Drawing())


async def test_an_empty_field_shows_its_placeholder() -> None:
    async with field() as (found, pilot):
        assert seen(found).startswith("find")
        assert found.cursor_screen_offset == Offset(0, 0)
        found.language = "ar"
        await type_in(pilot, "12")
        assert seen(found) == " " * 18 + "12"
