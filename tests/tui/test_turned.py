"""Right-to-left text on the screen: rows, articles, the filter bar."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregator.library import Library
from aggregator.model import Block, InlineLink
from tests.tui.conftest import Reading
from tui import blocks, render
from tui.bidi.layout import Drawing
from tui.lines import Document

TEXT = "العبّارة Ferry One تُبحر (غدًا) من الميناء"


@pytest.fixture
def logical() -> Iterator[None]:
    """A terminal that orders text itself."""
    render.use(Drawing(mode="terminal"))
    yield
    render.use(Drawing())


def laid(*text: Block, width: int = 24) -> Document:
    """Blocks of a text as lines."""
    document = Document(width)
    blocks.lay(document, text, {})
    return document


def test_a_title_stands_at_the_right_of_its_column_and_is_cut_at_its_logical_end() -> None:
    assert render.line("سلام (عالم)", 14) == "     (ﻢﻟﺎﻋ) ﻡﻼﺳ"[1:]
    assert render.line("שלום עולם", 6) == " …םולש"
    assert render.cells("سلام") == 3


def test_a_paragraph_is_cut_in_the_order_in_which_it_was_written() -> None:
    lines = laid(Block("p", TEXT)).lines
    assert [line.text for line in lines] == [
        "ﺮﺤﺒﺗ Ferry One ﺓﺭﺎﺒﻌﻟﺍ".rjust(24),
        "ءﺎﻨﻴﻤﻟﺍ ﻦﻣ (ﺍﺪﻏ)".rjust(24),
    ]


def test_bullets_and_bars_stand_where_the_text_begins() -> None:
    lines = laid(Block("li", "نقطة"), Block("quote", "אין חדש")).lines
    assert [line.text.strip() for line in lines] == ["ﺔﻄﻘﻧ •", "", "שדח ןיא │"]
    assert {len(line.text) for line in lines if line.text} == {24}


def test_a_click_on_a_number_in_turned_text_opens_its_link() -> None:
    start = TEXT.index("الميناء")
    (line,) = laid(Block("p", TEXT, (InlineLink(start, len(TEXT), "https://a.example/"),)), width=60).lines
    (place,) = line.clicks or {}
    assert line.spans[place] == ("[1]", "link")


def test_the_cells_of_a_table_are_turned_each_by_itself() -> None:
    rows = laid(Block("row", "المدينة | السكان"), Block("row", "حيفا | 280"), Block("row", "יפו | 60")).lines
    assert rows[0].text == "ﺔﻨﻳﺪﻤﻟﺍ │ ﻥﺎﻜﺴﻟﺍ"
    assert rows[1].text.startswith("ﺎﻔﻴﺣ")
    assert len({len(row.text) for row in rows}) == 1


def test_left_to_right_text_is_laid_out_as_before() -> None:
    assert laid(Block("li", "One berth is free again, says she")).lines[1].spans[0] == ("  ", "dim")


def test_in_a_terminal_that_orders_text_itself_it_is_sent_as_written(logical: None) -> None:
    assert render.line("سلام (عالم)", 14) == "سلام (عالم)   "


async def test_rows_and_the_filter_show_arabic_as_it_is_read(library: Library, reading: Reading) -> None:
    async with reading(library, size=(100, 24)) as reader:
        await reader.until(lambda: "ﻞﻤﻌﻟﺍ ﻒﻧﺄﺘﺴﻳ ءﺎﻨﻴﻤﻟﺍ" in reader.text)
        await reader.press("slash")
        await reader.type("الميناء")
        await reader.until(lambda: "ءﺎﻨﻴﻤﻟﺍ" in reader.lines("#filter-text")[0])
        assert reader.screen.filter.text == "الميناء"


async def test_d_turns_the_open_article_and_the_next_one_runs_by_itself(
    library: Library, reading: Reading
) -> None:
    async with reading(library, (80, 24)) as reader:
        await reader.press("enter")
        start = next(line for line in reader.lines() if "ferries sail" in line)
        assert start.startswith("  ")
        await reader.press("D")
        assert reader.screen.view.direction == "rtl"
        turned = next(line for line in reader.lines() if "ferries sail" in line)
        assert len(turned) - len(turned.lstrip()) > len(start) - len(start.lstrip())
        await reader.press("D")
        assert next(line for line in reader.lines() if "ferries sail" in line) == start
        await reader.press("D", "D", "right_square_bracket")
        assert reader.screen.view.direction == "auto"
