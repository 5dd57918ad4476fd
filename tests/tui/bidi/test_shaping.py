"""Arabic letters joined."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.bidi import shaping
from tui.bidi.shaping import FILLER, ZWJ, ZWNJ, shape

ARABIC = "".join(chr(code) for code in range(0x620, 0x700) if unicodedata.category(chr(code)) in ("Lo", "Mn"))


def forms(text: str) -> list[str]:
    """The form of each letter by its Unicode name: isolated, initial, medial, final, or - for none."""
    names = [unicodedata.name(char) for char in shape(text)]
    return [
        next((form for form in ("isolated", "initial", "medial", "final") if form.upper() in name), "-")
        for name in names
    ]


def nominal(text: str) -> str:
    """Presentation forms back to letters: compatibility decomposition."""
    return unicodedata.normalize("NFKC", text)


def test_a_word_starts_runs_on_and_ends() -> None:
    assert forms("بيت") == ["initial", "medial", "final"]
    assert forms("ب") == ["isolated"]
    assert forms("بيت بيت")[4:] == ["initial", "medial", "final"]


def test_letters_that_join_on_one_side_only_part_the_word() -> None:
    assert forms("دار") == ["isolated", "isolated", "isolated"]
    assert forms("بدر") == ["initial", "final", "isolated"]
    assert forms("جزء") == ["initial", "final", "-"]


def test_persian_urdu_and_kurdish_letters_have_forms_where_unicode_has_them() -> None:
    assert forms("پیچگک") == ["initial", "medial", "medial", "medial", "final"]
    assert shape("ە") == "ە"
    assert shape("ڵ") == "ڵ"


def test_neighbours_of_a_letter_without_forms_join_with_it() -> None:
    assert forms("بڵب") == ["initial", "-", "final"]
    assert forms("بڕب") == ["initial", "-", "isolated"]


@pytest.mark.parametrize(
    ("word", "glyph"),
    [("لا", "ﻻ"), ("لأ", "ﻷ"), ("لإ", "ﻹ"), ("لآ", "ﻵ"), ("بلا", "ﻼ"), ("بلأ", "ﻸ")],
)
def test_lam_and_alef_are_one_sign(word: str, glyph: str) -> None:
    assert shape(word)[-2:] == glyph + FILLER


def test_vowel_signs_do_not_part_letters_nor_lam_and_alef() -> None:
    assert forms("بَيْت") == ["initial", "-", "medial", "-", "final"]
    assert shape("أصلًا") == "ﺃﺻﻼ\u064b" + FILLER


def test_only_the_first_of_two_alefs_joins_with_a_lam() -> None:
    assert shape("لاا") == "ﻻ" + FILLER + "ﺍ"
    assert shape("للا") == "ﻟﻼ" + FILLER


def test_a_non_joiner_parts_letters_and_a_joiner_joins() -> None:
    assert forms(f"می{ZWNJ}شود") == ["initial", "final", "-", "initial", "final", "isolated"]
    assert forms(f"ه{ZWJ}") == ["initial", "-"]
    assert forms(f"{ZWJ}ه") == ["-", "final"]
    assert forms(f"ل{ZWNJ}ا") == ["isolated", "-", "isolated"]


def test_a_tatweel_joins_and_stays() -> None:
    assert shape("بـب") == "ﺑـﺐ"


def test_directional_marks_do_not_part_letters() -> None:
    assert forms("ب\u200eب") == ["initial", "-", "final"]


def test_a_letter_with_madda_or_hamza_apart_is_the_letter_that_has_it() -> None:
    assert shape("ا\u0653") == "ﺁ" + FILLER
    assert shape("لا\u0654") == "ﻷ" + FILLER + FILLER
    assert shape("ي\u0654") == "ﺉ" + FILLER


def test_other_scripts_digits_and_punctuation_stay() -> None:
    text = "Haifa שלום ١٢٣ 45، ؟ « » \u0600 ࠀ ܫܠܡ"
    assert shape(text) == text


def test_forms_that_a_text_holds_already_stay() -> None:
    assert shape("ﻻﷺ") == "ﻻﷺ"


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(ARABIC + ZWJ + ZWNJ + " .a\u0640\u200f")))
def test_every_character_keeps_its_place_and_its_letter(text: str) -> None:
    shown = shape(text)
    assert len(shown) == len(text)
    kept = unicodedata.normalize("NFC", text)
    letters = "".join(char for char in nominal(kept) if unicodedata.category(char) == "Lo")
    assert "".join(char for char in nominal(shown) if unicodedata.category(char) == "Lo") == letters


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from(ARABIC + ZWNJ)), st.text(st.sampled_from(ARABIC + ZWNJ)))
def test_words_do_not_change_each_other(one: str, other: str) -> None:
    assert shape(f"{one} {other}") == f"{shape(one)} {shape(other)}"


def test_the_tables_hold_the_letters_of_five_languages() -> None:
    letters = "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةئؤأإآپچژگکیٹڈڑںھہے"
    assert all(letter in shaping._FORMS for letter in letters)
    assert set(shaping._LAM_ALEF) == set("اأإآ")
