"""Text to cells: exact widths, nothing but letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tui import render

PALETTE = {"text": Style()}
NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x07\u200d\u200c\ufe0f\u202e\u2066\u0651\u0600\u0627مשپ漢字 👨🏽[]/b\n\t"),
    ),
    max_size=60,
)


@given(NASTY, st.integers(0, 30))
def test_a_line_has_exactly_its_width(text: str, width: int) -> None:
    assert cell_len(render.line(text, width)) == width


@given(st.lists(st.tuples(NASTY, st.just("text")), max_size=4), st.integers(0, 40))
def test_a_strip_has_exactly_its_width_and_no_controls(spans: list[render.Span], width: int) -> None:
    strip = render.strip(spans, width, PALETTE)
    assert cell_len(strip.text) == width
    assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in strip.text)
    assert "\u202e" not in strip.text


@given(NASTY, st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_no_word(text: str, width: int) -> None:
    text = render.inert(text)
    lines = render.wrap(text, width)
    assert all(cell_len(text[start:end]) <= width for start, end in lines)
    assert "".join("".join(text[a:b].split()) for a, b in lines) == "".join(text.split())


@given(st.text(st.sampled_from("ab שلی7-  "), max_size=60), st.integers(1, 20))
def test_plain_letters_are_wrapped_as_any_text(text: str, width: int) -> None:
    assert render.ONE_CELL.fullmatch(text)
    assert render.wrap_letters(text, width) == render.wrap_words(text, width)


def test_what_counts_as_one_cell_takes_one() -> None:
    every = [chr(code) for code in range(0x10000) if render.ONE_CELL.fullmatch(chr(code))]
    assert [char for char in every if cell_len(char) != 1] == []
    assert [char for char in every if char.isspace()] == [" "]


def test_what_is_too_long_ends_in_an_ellipsis() -> None:
    assert render.line("harbour", 5) == f"harb{render.GLYPHS.ellipsis}"
    assert render.line("harbour", 7) == "harbour"
    assert render.right("ab", 4) == "  ab"


def test_padding_of_our_own_stays() -> None:
    assert render.spaced("  مرحبا   ") == "  مرحبا   "
    assert render.cells("   ") == 3


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1m"),
        (3599, "59m"),
        (3600, "1h"),
        (86400, "1d"),
        (14 * 86400, "2w"),
        (60 * 86400, "8w"),
        (400 * 86400, "1y"),
    ],
)
def test_ages_are_short(seconds: int, text: str) -> None:
    assert render.age(1_000_000_000 - seconds, 1_000_000_000) == text
    assert len(text) <= 3


def test_distances_are_said_both_ways() -> None:
    assert render.distance(7200, 0) == "2 h later"
    assert render.distance(0, 660) == "11 min earlier"
    assert render.distance(0, 10) == "at the same time"
    assert render.distance(5 * 86400, 0) == "5 days later"


def test_a_time_has_its_year_where_it_is_another() -> None:
    assert "2001" not in render.full_time(1_000_000_000, 1_000_100_000)
    assert "2001" in render.full_time(1_000_000_000, 1_100_000_000)
    assert "Sep 2001" in render.clock(1_000_000_000, 1_100_000_000)


def test_signs_need_no_colour_and_no_unicode() -> None:
    assert render.marks(True, True, True) == f"*{render.GLYPHS.star}~"
    assert render.choose_glyphs("ascii") is render.ASCII
    assert render.choose_glyphs(None) is render.ASCII
    assert render.choose_glyphs("UTF-8").star == "★"
    assert all(glyph.isascii() for glyph in (render.ASCII.star, render.ASCII.cursor, render.ASCII.ellipsis))


def test_every_character_is_sent_in_a_width_that_terminals_agree_on() -> None:
    for code in (*range(0x20, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE0200), 0xF0000, 0x10FFFD):
        char = chr(code)
        for shown in render.inert(f"a{char}b")[1:-1]:
            assert unicodedata.category(shown) not in ("Co", "Cn", "Mc", "Cc", "Cf") or shown == "\u200c", (
                hex(code)
            )
            assert not render.DISPUTED.match(shown), hex(code)
        assert len(render.known(char)) == 1, hex(code)


def test_a_flag_is_its_two_letters_and_what_is_not_known_is_closed() -> None:
    assert render.inert("\U0001f1f1\U0001f1e7 Beirut") == "LB Beirut"
    assert render.line("\ue000\u2630", 4) == "\ufffd\ufffd  "
    assert render.line("\u05d0\ue000\u05d1", 4).strip() == "\u05d1\ufffd\u05d0"
    assert (
        render.inert("caf\u00e9 \u0645\u064a\u0646\u0627\u0621 \u2605")
        == "caf\u00e9 \u0645\u064a\u0646\u0627\u0621 \u2605"
    )
