"""The piece of a text around a match: as it is written, and the whole written word marked."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from aggregator.model import Snippet
from aggregator.store.snippets import LENGTH, Seeker, groups_of, written
from aggregator.text.fold import fold
from aggregator.text.query import parse

LONG = " ".join(f"word{number}" for number in range(200))


def snippet(query: str, *paragraphs: str, language: str = "en") -> Snippet:
    return Seeker(groups_of(parse(query, 0).root), language).snippet(paragraphs)


def marked(query: str, *paragraphs: str, language: str = "en") -> list[str]:
    """The words that are marked."""
    found = snippet(query, *paragraphs, language=language)
    return [found.text[start:end] for start, end in found.marks]


@pytest.mark.parametrize(
    ("query", "text", "language", "words"),
    [
        ("ferries", "The Ferries, they sail", "en", ["Ferries"]),
        ("strike", "Two (strikes) and a strike.", "en", ["strikes", "strike"]),
        ('"strike"', "Two strikes and a strike.", "en", ["strike"]),
        ("ferr*", "«Ferrous» ferries", "en", ["Ferrous", "ferries"]),
        ('"al mina"', "Al-Mina and al-Mina", "en", ["Al-Mina", "al-Mina"]),
        ("mina", "al-Mina", "en", ["Mina"]),
        ("istanbul", "İstanbul'da vapur", "tr", ["İstanbul"]),
        ("المدرسة", "فتحت المَدْرَسَةُ أبوابها", "ar", ["المَدْرَسَةُ"]),
        ("مدرسة", "فتحت والمدرسة، أبوابها", "ar", ["والمدرسة"]),
        ("الاخبار", "قال: الأخبـــار اليوم", "ar", ["الأخبـــار"]),
        ("צהל", 'דובר צה"ל הודיע', "he", ['צה"ל']),
        ("שלום", "שָׁלוֹם לכם", "he", ["שָׁלוֹם"]),
        ('"می رود"', "او می‌رود امروز", "fa", ["می‌رود"]),
        ("2026", "في عام ٢٠٢٦", "ar", ["٢٠٢٦"]),
        ("houthi", "قال الحوثي أمس", "ar", ["الحوثي"]),
        ("ferries -sail", "The ferries sail", "en", ["ferries"]),
        ("title:ferries sail", "The ferries sail", "en", ["sail"]),
        ("(ferries OR grain) sail", "Grain and ferries sail", "en", ["Grain", "ferries", "sail"]),
    ],
)
def test_the_written_word_is_marked(query: str, text: str, language: str, words: list[str]) -> None:
    assert marked(query, text, language=language) == words


def test_the_paragraph_that_has_most_of_the_words_is_shown() -> None:
    text = ("A ferry came.", "The harbour and the ferry.", "A ferry again.")
    assert snippet("ferry harbour", *text).text == text[1]


def test_a_match_far_inside_is_shown_with_what_is_before_it() -> None:
    found = snippet("ferry", f"{LONG} the ferry sails {LONG}")
    assert len(found.text) <= LENGTH
    assert found.text.startswith("…word")
    assert found.text.endswith("…")
    assert [found.text[start:end] for start, end in found.marks] == ["ferry"]


def test_the_place_where_the_words_stand_together_is_shown() -> None:
    found = marked("ferry harbour", f"{LONG} ferry {LONG} harbour ferry {LONG}")
    assert found == ["harbour", "ferry"]


def test_where_nothing_matches_the_beginning_is_shown_unmarked() -> None:
    found = snippet("ferry", LONG)
    assert (found.text[:11], found.marks) == ("word0 word1", ())
    assert len(found.text) <= LENGTH
    assert snippet("unread", "Text").text == "Text"
    assert snippet("ferry") == snippet("ferry", "") == Snippet("", ())


def test_marks_that_overlap_are_one() -> None:
    assert marked('"grain ferry" "ferry sails"', "grain ferry sails") == ["grain ferry sails"]


def test_signs_of_direction_and_line_feeds_are_left_out() -> None:
    assert snippet("ferry", "\u2067a\n\u200fferry\u2069").text == "a ferry"


TEXTS = some.text(alphabet="ab 'é-\"،\u064bأسَה\u200cש״٣.\n[]", max_size=400)


@given(TEXTS)
def test_the_words_are_those_of_the_search_spelling_in_their_order(text: str) -> None:
    found = list(written(text))
    assert [word.word for word in found] == [word for part in text.split() for word in fold(part).split()]
    assert all(0 <= word.start < word.end <= len(text) for word in found)


@given(TEXTS, TEXTS, some.integers())
def test_a_snippet_is_short_and_its_marks_are_inside_and_in_order(one: str, other: str, seed: int) -> None:
    words = [word.word for word in written(f"{one} {other}")] or ["x"]
    query = " ".join(f'"{word}"' for word in random.Random(seed).choices(words, k=2))
    found = snippet(query, one, f"{LONG} {other} {LONG}")
    assert len(found.text) <= LENGTH
    assert "\n" not in found.text
    places = [place for mark in found.marks for place in mark]
    assert places == sorted(places)
    assert all(0 <= start < end <= len(found.text) for start, end in found.marks)
