"""Stems: the forms of a word meet, small words give nothing, and no language spoils another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.stories.stopwords import stopwords
from aggregator.stories.words import stems, stems_of


def meet(language: str, *forms: str) -> bool:
    return bool(set.intersection(*(set(stems_of(form, language)) for form in forms)))


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ("strike", "strikes", "Striking")),
        ("en", ("ferry", "ferries")),
        ("en", ("Lebanon", "Lebanon's")),
        ("en", ("café", "cafe")),
        ("ar", ("غارة", "الغارة", "والغارة", "بالغارة")),
        ("ar", ("جيش", "الجيش", "للجيش", "فالجيش")),
        ("ar", ("وزير", "الوزير", "والوزير", "وزيرة")),
        ("ar", ("مَدِينَة", "المدينة")),
        ("he", ("ממשלה", "הממשלה", "בממשלה")),
        ("he", ("ירושלים", "בירושלים")),
        ("he", ('צה"ל', "צה״ל", "צהל")),
        ("fa", ("موشک", "موشک‌ها", "موشک‌های", "موشکها")),
        ("fa", ("نیرو", "نیروهای", "نیروها")),
        ("fa", ("كشتى", "کشتی")),  # on an Arabic keyboard
        ("tr", ("savaş", "savaşı", "savaşta")),
        ("tr", ("İran", "İran'da", "İran’ın")),
        ("tr", ("deniz", "denizi", "denizde", "DENİZ")),
        ("tr", ("dolar", "doları", "dolara")),
        ("tr", ("gemi", "gemiler")),
    ],
)
def test_the_forms_of_a_word_meet(language: str, forms: tuple[str, ...]) -> None:
    assert meet(language, *forms)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "ferry", "harbour"),
        ("ar", "وزير", "جيش"),
        ("he", "ממשלה", "ירושלים"),
        ("fa", "موشک", "نیرو"),
        ("tr", "gemi", "deniz"),
        ("tr", "ölü", "öğrenci"),
    ],
)
def test_two_words_do_not_meet(language: str, one: str, other: str) -> None:
    assert not meet(language, one, other)


@pytest.mark.parametrize("word", ["gemi", "ordu", "deniz", "hasta", "dolar", "ölü", "üye"])
def test_short_turkish_words_outlive_the_stemmer(word: str) -> None:
    assert stems_of(word, "tr")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "the and After today said"),
        ("ar", "في على التي قالت وقد"),
        ("he", "של על לפני אתמול"),
        ("fa", "در برای شده می‌شود قبل"),
        ("tr", "ve için olarak oldu KADAR ediyor sonra"),
    ],
)
def test_small_words_give_nothing(language: str, words: str) -> None:
    assert list(stems(words, language)) == []


@pytest.mark.parametrize("word", ["وبعد", "فقال", "والذي", "والتي", "ولكن"])
def test_a_small_word_with_an_attached_prefix_is_a_small_word(word: str) -> None:
    assert stems_of(word, "ar") == ()


@pytest.mark.parametrize(
    ("language", "word", "neighbour"),
    [
        ("en", "son", "tr"),
        ("en", "gun", "tr"),
        ("tr", "has", "en"),
        ("ar", "زير", "fa"),  # the stem of «وزير»; "under" in Persian
        ("fa", "عام", "ar"),  # "general"; "year" in Arabic
    ],
)
def test_a_small_word_of_the_neighbour_in_the_same_script_tells_something(
    language: str, word: str, neighbour: str
) -> None:
    assert word in stopwords(neighbour)
    assert stems_of(word, language)


def test_the_city_of_tyre_is_not_lost_among_the_small_words() -> None:
    assert stems_of("صور", "ar")  # "pictures" as well


def test_small_words_of_another_script_give_nothing_in_a_mixed_text() -> None:
    assert list(stems("the في של", "ar")) == list(stems("the في של", "en")) == []


def test_a_text_of_an_unknown_language_is_read_with_all_lists() -> None:
    assert list(stems("the ve در في של", "")) == []


def test_the_parts_of_a_word_joined_by_a_non_joiner_are_all_kept() -> None:
    assert [stem for stem, _ in stems("کشته‌شدگان", "fa")] == [
        *stems_of("کشته", "fa"),
        *stems_of("شدگان", "fa"),
    ]
    assert [word for _, word in stems("جان‌باختگان", "fa")] == ["جان‌باختگان"] * 2


@pytest.mark.parametrize(("written", "number"), [("7", "7"), ("2026", "2026"), ("٤٢", "42"), ("۴۲", "42")])
@pytest.mark.parametrize("language", ["en", "ar", "he", "fa", "tr"])
def test_digits_are_kept_as_they_are(written: str, number: str, language: str) -> None:
    assert stems_of(written, language) == (number,)


def test_words_too_short_to_tell_anything_give_nothing() -> None:
    assert list(stems("ox ab ما", "en")) == []


def test_stems_come_in_reading_order_with_the_word_as_written() -> None:
    assert list(stems("Ferries near Larnaca", "en")) == [
        ("ferri", "Ferries"),
        ("near", "near"),
        ("larnaca", "Larnaca"),
    ]


@given(st.text(max_size=80), st.sampled_from(("en", "ar", "he", "fa", "tr", "fr", "")))
def test_any_text_gives_stems_in_search_spelling_that_are_no_small_words(text: str, language: str) -> None:
    for stem, word in stems(text, language):
        assert stem
        assert " " not in stem
        assert stem not in stopwords(language)
        assert word in text
