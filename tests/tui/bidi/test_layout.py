"""Text laid out in cells: widths, order, what is sent, and the way back to the source."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from aggregator.text.inert import clean_text
from tests.bench import bench_bidi
from tests.bench.bench_bidi import UNSENT
from tui import render
from tui.bidi import classes
from tui.bidi.layout import DRAWING, Drawing, Line, Paragraph, cells, drawn, needs_layout

ALPHABET = (
    "אבשاللاأبيتهکی١٢12ab .,()[]«»%-é\u05b0\u064b\u0651\u0301\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069"
    "漢한🙂✈\ufe0f👨👩🏽\u20e3\u00ad\u0600\u0653"
)
TEXTS = st.text(st.sampled_from(ALPHABET), max_size=60).map(clean_text)
KEEP, TERMINAL, OFF = Drawing(marks="keep"), Drawing(mode="terminal"), Drawing(mode="off")
RTL, LTR = Drawing(direction="rtl"), Drawing(direction="ltr")
DRAWINGS = st.sampled_from([DRAWING, KEEP, TERMINAL, OFF, RTL, LTR])


def whole(text: str, drawing: Drawing = DRAWING) -> Line:
    """A text as one line of its own width."""
    return Paragraph(text, "", drawing).line(0, len(text))


# widths


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.integers(1, 50), DRAWINGS)
def test_a_line_takes_exactly_the_cells_that_were_asked_for(text: str, width: int, drawing: Drawing) -> None:
    line = cells(text, width, "", drawing)
    assert line.width == cell_len(line.text) == width
    assert drawn(text, width, "", drawing) == line.text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(1, 50))
def test_whatever_a_text_holds_nothing_is_sent_that_terminals_measure_differently(
    text: str, width: int
) -> None:
    line = cells(text, width)
    assert line.width == cell_len(line.text) == width
    assert not UNSENT.search(line.text)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in line.text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_what_is_sent_passes_the_last_lock_unchanged_in_width(text: str) -> None:
    for cell in whole(render.known(text)).cells:  # as every row goes
        if not cell.glyph.isspace():
            assert cell_len(render.spaced(cell.glyph)) == cell.width


def test_no_room_is_no_cell() -> None:
    assert drawn("نص", 0) == "" == cells("نص", 0).text
    assert drawn("نص", -3) == ""


def test_a_line_that_is_too_long_ends_in_an_ellipsis_where_its_text_ends() -> None:
    assert drawn("Haifa שלום", 8) == "Haifa ש…"
    assert drawn("שלום עולם", 6) == " …םולש"
    assert drawn("שלום", 1) == "…"
    assert drawn("שלום עולם", 8, "", Drawing(ellipsis="~")) == "~וע םולש"


def test_a_lone_wide_sign_that_does_not_fit_gives_way_to_the_ellipsis() -> None:
    assert drawn("א漢漢", 3) == " …א"


def test_lam_alef_takes_one_cell_and_vowel_signs_take_none() -> None:
    assert Paragraph("سلام").cells == 3
    assert Paragraph("بَيْت").cells == 3
    assert Paragraph("شָׁלוֹם").cells == 4


def test_joiners_do_not_swallow_what_follows_as_the_toolkit_thinks() -> None:
    assert cell_len("ه\u200d.") == 1  # why they must never reach it
    assert Paragraph("ه\u200d.").cells == 2


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("👨\u200d👩\u200d👧", "👨"),
        ("👍🏽", "👍"),
        ("✈\ufe0f", "✈"),
        ("1\ufe0f\u20e3", "1"),
        ("🏴\U000e0067\U000e007f", "🏴"),
    ],
)
def test_of_an_emoji_only_its_base_is_sent(text: str, sent: str) -> None:
    assert whole(text + "א").text.strip("א") == sent


def test_mirrored_glyphs_are_as_wide_as_what_they_mirror() -> None:
    assert all(cell_len(char) == cell_len(partner) for char, partner in classes.MIRROR.items())


# order and what is sent


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("نفط Brent 87 (خام)", "(ﻡﺎﺧ) Brent 87 ﻂﻔﻧ"),
        ("«سلام»!", "!«ﻡﻼﺳ»"),
        ("א <b> [ג]", "[ג] <b> א"),
        ("Haifa (חיפה)", "Haifa (הפיח)"),
        ("۱۴۰۴ سال", "ﻝﺎﺳ ۱۴۰۴"),
        ("می\u200cشود", "ﺩﻮﺷﯽﻣ"),
    ],
)
def test_lines_are_sent_as_they_are_seen_from_left_to_right(text: str, expected: str) -> None:
    assert whole(text).text == expected


def test_a_right_to_left_line_stands_at_the_right_and_others_at_the_left() -> None:
    assert drawn("שלום", 7) == "   םולש"
    assert drawn("abc שלום", 10) == "abc םולש  "


def test_the_language_decides_only_where_no_letter_does() -> None:
    assert drawn("12 - 5", 7, "ar") == " 5 - 12"
    assert drawn("12 - 5", 7, "en") == "12 - 5 "
    assert drawn("UN 12", 6, "ar") == "UN 12 "
    assert drawn("אב", 4, "en") == "  בא"


def test_a_direction_that_is_asked_for_wins() -> None:
    assert drawn("Haifa.", 8, "", RTL) == "  .Haifa"
    assert drawn("אב.", 5, "", LTR) == "בא.  "


def test_marks_that_are_kept_follow_their_letter_however_it_is_turned() -> None:
    assert whole("בַּד", KEEP).text == "דבַּ"
    assert whole("أصلًا", KEEP).text == "ﻼ\u064bﺻﺃ"
    assert whole("بَ", DRAWING).text == "ﺏ"


def test_marks_of_other_scripts_are_part_of_the_word_and_stay() -> None:
    assert whole("א cafe\u0301 हुन्दे").text == "cafe\u0301 हुन्दे א"


def test_marks_that_take_space_are_not_sent_because_terminals_disagree_how_much() -> None:
    assert whole("א हिन्दी").text == "हन्द א"


def test_a_mark_without_a_letter_is_not_sent() -> None:
    assert whole("\u0651א", KEEP).text == "א"


@pytest.mark.parametrize("drawing", [TERMINAL, OFF])
def test_where_we_do_not_reorder_the_written_order_is_sent_at_the_left(drawing: Drawing) -> None:
    assert drawn("سلام (عالم)", 14, "ar", drawing) == "سلام (عالم)   "
    assert drawn("سلام عالم", 6, "ar", drawing) == "سلام…" + " "
    assert cells("سلام", 6, "ar", drawing).offset_at(1) == 1


def test_directional_marks_are_obeyed_and_not_sent() -> None:
    assert whole("\u200fabc!").text == "!abc"
    assert whole("אב \u2066a!\u2069 ג").text == "ג a! בא"


def test_line_ends_and_tabs_that_got_here_are_spaces() -> None:
    assert whole("א\tב\nג").text.count(" ") == 2


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["", "en", "ar"]))
def test_what_needs_no_layout_is_sent_as_it_is_written(text: str, language: str) -> None:
    text = clean_text(text)
    if not needs_layout(text, language):
        assert whole(text).base == 0
        assert [cell.start for cell in whole(text).cells] == sorted(cell.start for cell in whole(text).cells)


def test_direction_and_language_can_ask_for_layout() -> None:
    assert not needs_layout("Haifa — “port”", "en")
    assert not needs_layout("Haifa", "ar")
    assert needs_layout("2024", "ar")
    assert needs_layout("Haifa", "en", RTL)
    assert needs_layout("Haifa حيفا", "en")


# wrapping


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(2, 30), DRAWINGS)
def test_wrapped_lines_fit_and_hold_every_word_once(text: str, width: int, drawing: Drawing) -> None:
    paragraph = Paragraph(text, "", drawing)
    lines = paragraph.wrap(width)
    assert "".join("".join(text[a:b].split()) for a, b in lines) == "".join(text.split())
    for start, end in lines:
        line = paragraph.line(start, end, width)
        assert line.width == cell_len(line.text) == width
        assert "…" not in line.text


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abcdé .,-漢"), max_size=80).map(clean_text), st.integers(2, 30))
def test_left_to_right_text_wraps_as_it_does_elsewhere(text: str, width: int) -> None:
    assert Paragraph(text).wrap(width) == render.wrap_words(text, width)


def test_lines_are_cut_before_they_are_reordered() -> None:
    text = "שלום Haifa port עולם"
    paragraph = Paragraph(text)
    assert [paragraph.line(a, b).text for a, b in paragraph.wrap(10)] == ["Haifa םולש", "םלוע port"]


def test_a_word_that_is_longer_than_a_line_is_cut_between_clusters() -> None:
    paragraph = Paragraph("بَسَلامات")
    assert [paragraph.line(a, b).width for a, b in paragraph.wrap(2)] == [2, 2, 2]


# the way back


@settings(max_examples=300, deadline=None)
@given(TEXTS, st.integers(0, 40), DRAWINGS)
def test_each_place_of_the_source_is_shown_at_most_once_and_without_gaps(
    text: str, width: int, drawing: Drawing
) -> None:
    line = Paragraph(text, "", drawing).line(0, len(text), width)
    shown = sorted((cell.start, cell.end) for cell in line.cells if cell.start >= 0)
    assert all(one[1] == other[0] for one, other in pairwise(shown))
    assert line.sources(0, line.width) == ([(0, line.end)] if shown else [])


@settings(max_examples=300, deadline=None)
@given(TEXTS, DRAWINGS)
def test_the_text_can_be_read_back_from_the_cells(text: str, drawing: Drawing) -> None:
    line = whole(text, drawing)
    found = sorted((cell for cell in line.cells if cell.start >= 0), key=lambda cell: cell.start)
    assert "".join(text[cell.start : cell.end] for cell in found) == (text if found else "")


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 40))
def test_a_column_and_its_place_lead_to_each_other(text: str, width: int) -> None:
    line = cells(text, width)
    left = 0
    for cell in line.cells:
        if cell.start >= 0:
            assert line.offset_at(left) == cell.start
            assert line.column_of(cell.start) == line.column_of(cell.end - 1) == left
        left += cell.width


def test_beside_the_text_columns_belong_to_its_nearer_end() -> None:
    right, left = cells("אבג", 6), cells("abc", 6)
    assert [right.offset_at(column) for column in (-1, 0, 5, 9)] == [3, 3, 0, 0]
    assert [left.offset_at(column) for column in (-1, 0, 5, 9)] == [0, 0, 3, 3]


def test_the_place_behind_the_text_is_where_the_next_letter_would_stand() -> None:
    assert cells("אבג", 6).column_of(3) == 2
    assert cells("אבג", 3).column_of(3) == -1
    assert cells("abc", 6).column_of(3) == 3


def test_highlights_stay_on_their_words_when_these_are_turned() -> None:
    text = "نفط Brent 87"
    line = cells(text, 14)
    assert line.spans([(0, 3, "match"), (10, 12, "number")]) == [
        ("  Brent ", "text"),
        ("87", "number"),
        (" ", "text"),
        ("ﻂﻔﻧ", "match"),
    ]


def test_a_highlight_of_half_a_ligature_marks_the_ligature() -> None:
    assert whole("بلا").spans([(2, 3, "match")]) == [("ﻼ", "match"), ("ﺑ", "text")]


def test_of_two_highlights_on_a_letter_the_later_counts() -> None:
    assert whole("אב").spans([(0, 2, "a"), (1, 2, "b")]) == [("ב", "b"), ("א", "a")]


def test_what_is_marked_on_the_screen_is_copied_in_the_order_in_which_it_was_written() -> None:
    text = "سلام Haifa 12"
    line = whole(text)
    assert line.text == "Haifa 12 ﻡﻼﺳ"
    assert [text[a:b] for a, b in line.sources(0, 8)] == ["Haifa 12"]
    assert [text[a:b] for a, b in line.sources(6, 10)] == ["م ", "12"]


# real titles


@pytest.fixture(scope="module")
def some_titles(shared: Path) -> list[str]:
    """Every fifth right-to-left title of the shared articles; the bench takes all."""
    return bench_bidi.titles(shared / "articles")[0][::5]


def test_no_real_title_has_another_width_than_was_asked_for(some_titles: list[str]) -> None:
    assert len(some_titles) > 1_500
    assert bench_bidi.mismeasured(some_titles) == []


def test_real_titles_have_the_order_and_the_shapes_that_fribidi_gives(some_titles: list[str]) -> None:
    oracle = bench_bidi.fribidi()
    if oracle is None:
        pytest.skip("FriBidi is not installed")
    assert bench_bidi.differing(some_titles, oracle) == []
