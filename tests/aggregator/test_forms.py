"""Other forms of words for the index and for queries, and all spellings of names."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.stories import lexicon, stopwords
from aggregator.text import forms_arabic, forms_hebrew, whole_words
from aggregator.text.fold import fold
from aggregator.text.forms import index_forms, name_spellings, query_forms
from aggregator.text.gazetteer import LANGUAGES, names
from aggregator.text.whole_words import whole_words as whole

WORDS = st.lists(st.text("abdeginrstuyالوفبكمهتينأשלמבכהוית", min_size=1, max_size=9), max_size=12)


def forms_of(text: str, language: str) -> list[str]:
    return index_forms(fold(text).split(), language)


@pytest.mark.parametrize(
    ("language", "text", "forms"),
    [
        ("ar", "والمسؤولين", "مسؤولين مسؤول"),
        ("ar", "للمدرسة وبالمدرسة", "مدرسة"),
        ("ar", "حكومته قواتها", "حكومة قوات قواه"),
        ("he", "ובממשלות", "ממשלות ממשלה ממשל"),
        ("he", "שבירושלים ממשלת", "ירושלים ממשלה"),
        ("fa", "کتابهای نمایندگان شورای", "کتاب نماینده شورا"),
        ("fa", "میخواهد", "می خواهد"),
        ("en", "meetings decided viruses armies", "meeting meet decid viruse virus army armie"),
        ("tr", "okulları bakanlığı", "okullar okul bakanlık bakanlıg"),
    ],
)
def test_a_text_is_indexed_with_the_base_forms_of_its_words(language: str, text: str, forms: str) -> None:
    assert forms_of(text, language) == fold(forms).split()


def test_what_the_text_says_itself_is_not_indexed_again() -> None:
    assert forms_of("strike strikes", "en") == []
    assert forms_of("المدرسة مدرسة", "ar") == []


def test_a_name_in_another_script_follows_that_scripts_rules() -> None:
    assert forms_of("strikes", "ar") == ["strike"]
    assert forms_of("strikes", "") == ["strike"]
    assert forms_of("новости 2024 漢字", "ru") == []


def test_rules_of_two_languages_of_one_script_stay_apart() -> None:
    assert forms_of("نمایندگان", "ar") != forms_of("نمایندگان", "fa")
    assert forms_of("ülkeler", "en") == []


@given(WORDS, st.sampled_from(("ar", "fa", "he", "tr", "en", "")))
def test_forms_are_new_words_none_twice_and_the_same_for_the_same_words(
    words: list[str], language: str
) -> None:
    folded = fold(" ".join(words)).split()
    found = index_forms(folded, language)
    assert found == index_forms(list(folded), language)
    assert len(found) == len(set(found))
    assert set(found).isdisjoint(folded)
    assert all(form and " " not in form and fold(form) == form for form in found)


def test_more_words_than_are_kept_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.text.forms.CACHED", 2)
    assert forms_of("meetings decided armies", "en") == ["meeting", "meet", "decid", "army", "armie"]


@given(st.text(max_size=12))
def test_the_word_itself_is_looked_for_first_and_no_form_twice(word: str) -> None:
    folded = fold(word)
    forms = query_forms(folded)
    assert forms[0] == folded
    assert len(forms) == len(set(forms))


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("المدرسة", "مدرسة"),
        ("والمدرسة", "مدرسة"),
        ("מהמשטרה", "משטרה"),
        ("לבנון", ""),
        ("لبنان", ""),
        ("وزير", ""),
        ("new", ""),
        ("universe", ""),
        ("decide", "decid"),
        ("plane", ""),
        ("china", ""),
    ],
)
def test_a_sought_word_is_taken_apart_only_where_something_is_attached(word: str, forms: str) -> None:
    assert query_forms(fold(word))[1:] == tuple(fold(forms).split())


def test_what_a_half_space_parts_is_looked_for_together_too() -> None:
    assert query_forms(fold("می‌خواهد")) == ("مي خواهد", "ميخواهد")
    assert query_forms(fold("میخواهد")) == ("ميخواهد", "مي خواهد")
    assert query_forms(fold("کتاب‌ها")) == ("كتاب ها", "كتابها", "كتاب")
    assert query_forms("two words") == ("two words",)


SPELLINGS = {
    "houthis": ("Houthi", "Huthi", "Houthis", "Huthis", "الحوثي", "החות'ים", "حوثی", "Husi"),
    "netanyahu": ("Netanyahu", "Netanyahou", "نتنياهو", "נתניהו", "نتانیاهو"),
    "gaddafi": ("Gaddafi", "Qaddafi", "Kadhafi", "Kaddafi", "Gadhafi", "القذافي", "קדאפי", "قذافی"),
    "hezbollah": ("Hezbollah", "Hizbullah", "Hizballah", "حزب الله", "חיזבאללה", "حزب‌الله", "حزبالله"),
    "khamenei": ("Khamenei", "Hamaney", "خامنئي", "חמינאי", "خامنه‌ای"),
    "tel-aviv": ("Tel Aviv", "تل أبيب", "תל אביב", "تل‌آویو"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_the_spellings_of_a_name_find_each_other(name: str) -> None:
    folded = {fold(spelling) for spelling in SPELLINGS[name]}
    for one in folded:
        sought = {one, *name_spellings(one.split())}
        for other in folded:
            known = {other, *(form for lang in LANGUAGES for form in index_forms(other.split(), lang))}
            assert not sought.isdisjoint(known), (one, other)


@pytest.mark.parametrize(
    "word", ["mali", "تدمر", "iron", "house", "government", "rioters", "share", "مدينه", ""]
)
def test_an_everyday_word_is_no_name(word: str) -> None:
    assert name_spellings(word.split()) == ()


def test_a_spelling_that_is_never_found_is_not_looked_for() -> None:
    assert fold("تدمر") not in name_spellings(["palmyra"])
    assert "palmyra" not in name_spellings(["palmyra"])


def test_a_phrase_is_looked_for_with_what_may_be_attached_to_it() -> None:
    assert {"בתל אביב", "\N{ARABIC LETTER WAW}تل ابيب"} <= set(name_spellings(["tel", "aviv"]))
    assert "للولايات المتحده" in name_spellings(["united", "states"])


def test_a_spelling_that_another_one_finds_is_left_out() -> None:
    assert "state of israel" not in name_spellings(["israel"])
    assert fold("بنيامين نتنياهو") not in name_spellings(["netanyahu"])


def test_the_gazetteer_is_read_only_for_names() -> None:
    code = (
        "from aggregator.text import forms, gazetteer\n"
        "forms.query_forms('strikes'), forms.index_forms(['strikes'], 'en')\n"
        "print(gazetteer.names.cache_info().currsize)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "0\n"


def test_whole_words_are_in_search_spelling_sorted_and_enough() -> None:
    text = resources.files("aggregator.text").joinpath(whole_words.FILE).read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    for _, first, words in rows:
        assert words.split(" ") == sorted(set(words.split(" ")))
        assert fold(words) == words
        assert first == "-" or all(word.startswith(first) for word in words.split(" "))
    assert all(len(whole(language)) >= 400 for language in ("ar", "he"))


def attached(language: str, text: str) -> list[str]:
    """The words of ``text`` that single attached letters would be taken from."""
    rules = {"ar": forms_arabic.base_forms, "he": forms_hebrew.base_forms}[language]
    taken = [(word, form) for word in fold(text).split() for form in rules(word)]
    return [word for word, form in taken if word[1:] == form and word[:2] != "ال"]


@pytest.mark.parametrize("language", ["ar", "he"])
def test_no_name_of_one_word_is_taken_apart(language: str) -> None:
    spelled = [text for name in names() for text in name.spellings(language) if text[0] != "!"]
    single = [fold(text) for text in spelled if " " not in fold(text)]
    bare = [word for word in single if not (language == "he" and word[0] == "ה")]
    assert [word for word in bare if attached(language, word)] == []


@pytest.mark.parametrize("language", ["ar", "he"])
def test_no_stop_word_is_taken_apart(language: str) -> None:
    stops = {"ar": stopwords.ARABIC, "he": stopwords.HEBREW}[language]
    assert attached(language, stops) == []


REALLY_ATTACHED = (
    "كوب28 بمشاركة بشروط לפטר בתגובה להשקיע להתפנות לגרש לשקם ביתם במשותף לנזיפה בהפתעה מאחר בירכה"
)


@pytest.mark.parametrize("language", ["ar", "he"])
def test_no_news_word_of_the_lexicon_is_taken_apart(language: str) -> None:
    text = resources.files("aggregator.stories").joinpath(lexicon.FILE).read_text(encoding="utf-8")
    column = 1 + lexicon.LANGUAGES.index(language)
    forms = [fold(form) for line in text.splitlines()[1:] for form in line.split("\t")[column].split("|")]
    single = [form for form in forms if " " not in form and not (language == "he" and form[:1] == "ה")]
    taken = [form for form in single if form and attached(language, form)]
    assert set(taken) <= set(fold(REALLY_ATTACHED).split())
