"""The text decides on its language; the declaration settles what the text leaves open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.language import code, guess

ARABIC = "قالت الحكومة إن المفاوضات ستبدأ في المدينة يوم الأحد"
PERSIAN = "دولت گفت که گفتگوها روز یکشنبه در پایتخت آغاز می‌شود"
HEBREW = "הממשלה אמרה כי השיחות יחלו ביום ראשון בבירה"
TURKISH = "Hükümet görüşmelerin pazar günü başkentte başlayacağını açıkladı"
ENGLISH = "The government said that talks would begin in the capital on Sunday"
URDU = "حکومت نے کہا کہ مذاکرات اتوار کو دارالحکومت میں شروع ہوں گے"
FRENCH = "Le gouvernement a annoncé une réunion dimanche"


@pytest.mark.parametrize(
    ("text", "language"), [(ARABIC, "ar"), (PERSIAN, "fa"), (HEBREW, "he"), (TURKISH, "tr"), (ENGLISH, "en")]
)
@pytest.mark.parametrize("declared", ["", "en-US", "ar", "he", "xx-bad", "zz"])
def test_the_text_wins_over_a_wrong_declaration(text: str, language: str, declared: str) -> None:
    assert guess(text, declared) == language


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (URDU, "ur", "ur"),
        (URDU, "", "fa"),
        (FRENCH, "fr-FR", "fr"),
        (FRENCH, "ar", "en"),
        ("سلام", "fa", "fa"),
        ("سلام", "ps-AF", "ps"),
        ("سلام", "en", "ar"),
        ("Serok li Amedê peyivî û şêwir kir", "ku", "ku"),
        ("Ankara ve Moskova için", "en", "tr"),
        ("La casa de la familia da un paso", "es", "es"),
        ("Ankara", "tr", "tr"),
        ("Ankara", "ar", "en"),
        (ENGLISH, "tr", "en"),
        ("Новости дня", "ru", "ru"),
        ("Новости дня", "", "en"),
        ("12345", "fa", "en"),
        ("", "fa", "fa"),
        ("", "", "en"),
        ("BBC: " + ARABIC + " (AP)", "en", "ar"),
        (ENGLISH + " (سلام)", "ar", "en"),
        ("דער טאָג", "yi", "yi"),
    ],
)
def test_the_declaration_settles_what_the_text_leaves_open(text: str, declared: str, language: str) -> None:
    assert guess(text, declared) == language


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("ar-SA", "ar"),
        ("FA_IR", "fa"),
        ("iw", "he"),
        (" tr ", "tr"),
        ("ckb", "ku"),
        ("fil", ""),
        ("english", ""),
        ("", ""),
    ],
)
def test_language_tags(declared: str, expected: str) -> None:
    assert code(declared) == expected


@given(st.text(max_size=60), st.text(max_size=8))
def test_the_answer_is_always_a_two_letter_code(text: str, declared: str) -> None:
    answer = guess(text, declared)
    assert len(answer) == 2
    assert answer.isascii()
    assert answer.islower()
