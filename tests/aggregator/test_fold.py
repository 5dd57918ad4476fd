"""Spelling differences that a searcher does not type must not matter, in any of five languages."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text import fold as module
from aggregator.text.fold import fold, words

ANY = st.one_of(st.text(max_size=80), st.text(st.sampled_from(module._ALPHABET), max_size=80))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Talks RESUME, at 10:30!", "talks resume at 10 30"),
        ("Café Müller naïve", "cafe muller naive"),
        ("Straße", "strasse"),
        ("İSTANBUL Isparta ılık Erdoğan", "istanbul isparta ilik erdogan"),
        ("أحمد إلى آخر ٱلله", "احمد الي اخر الله"),
        ("مدرسة مسؤول شيء شاطئ", "مدرسه مسوول شيء شاطي"),
        ("مِصْرُ مــصر", "مصر مصر"),
        ("می\u200cشود کتاب یک", "مي شود كتاب يك"),
        ("خانۀ خانه", "خانه خانه"),
        ("٢٠٢٤ ۲۰۲۴", "2024 2024"),
        ("\ufefb \ufedf\ufe8e", "لا لا"),
        ("שָׁלוֹם עולם", "שלומ עולמ"),
        ("צה\"ל צה״ל ג'ורג׳", "צהל צהל גורג"),
        ("בית־המשפט", "בית המשפט"),
        ("«نعم»، قال؟", "نعم قال"),
        ("soft\u00adhyphen zero\u200dwidth", "softhyphen zerowidth"),
        ("новый 漢字 ½", "новыи 漢字 1 2"),
        ("\x1b[31m _under_score_", "31m under score"),
        ("IRAK Irak ırak irak Kıbrıs'ta", "irak irak irak irak kibris ta"),
        ("مسؤول مسئول شؤون شئون", "مسوول مسيول شوون شيون"),
        ("ێ ۆ ڕ ڵ کوردستان", "ي و ر ل كوردستان"),
        ("Łódź Đorđe Søren Ægir", "lodz dorde soren aegir"),
        ("", ""),
    ],
)
def test_search_spelling(text: str, expected: str) -> None:
    assert fold(text) == expected


def test_the_language_makes_no_difference() -> None:
    assert fold("IŞIK", "tr") == fold("IŞIK", "en") == fold("ışık") == "isik"


@given(ANY)
def test_the_fast_way_and_the_rule_agree(text: str) -> None:
    assert fold(text) == module._by_character(module._ABBREVIATION.sub("", text))


@given(ANY)
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(ANY)
def test_only_words_and_single_spaces_come_out(text: str) -> None:
    folded = fold(text)
    assert " ".join(words(folded)) == folded


def test_every_frequent_character_has_a_byte_and_the_table_is_the_fast_one() -> None:
    assert set(module._FREQUENT) <= set(module._ALPHABET)
    assert len(module._SPELLED_BYTES) == 256
    assert type(module._TO_BYTES) is not dict
    assert codecs.charmap_encode("ترانı", "strict", module._TO_BYTES)[1] == 5
