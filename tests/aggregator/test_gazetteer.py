"""The gazetteer: what its file must keep to, and how names are found in texts."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import resources

import pytest

from aggregator.text import gazetteer
from aggregator.text.fold import fold
from aggregator.text.gazetteer import LANGUAGES, Name, find, kind, names, shown

KINDS = {"country", "capital", "city", "region", "water", "site", "person", "body", "people"}
SOURCES = {"cldr", "geonames", "common"}

# Beside its letters a cell may have what spellings need: digits, spaces, hyphens, apostrophes, dots.
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f0-9 .,'+-]+")
ARABIC = re.compile(r"[\u0621-\u06ff0-9 .+\u200c-]+")
HEBREW = re.compile("[\u05d0-\u05ea0-9 \"'+-]+")
SCRIPTS = {"en": LATIN, "tr": LATIN, "ar": ARABIC, "fa": ARABIC, "he": HEBREW}


def found(text: str, language: str) -> list[str]:
    return [key for _, _, key in find(fold(text).split(), language)]


def spellings() -> list[tuple[Name, str, str]]:
    """Every spelling of the file: (name, language, spelling with its "!")."""
    return [
        (name, language, spelling)
        for name in names()
        for language in LANGUAGES
        for spelling in name.spellings(language)
    ]


def test_keys_are_unique_short_ascii() -> None:
    keys = [name.key for name in names()]
    assert len(keys) == len(set(keys))
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)] == []


def test_kinds_countries_and_sources_are_of_the_lists() -> None:
    assert {name.kind for name in names()} == KINDS
    assert {name.source for name in names()} <= SOURCES
    assert [name.key for name in names() if not re.fullmatch(r"[A-Z]{2}|", name.country)] == []


def test_every_row_has_all_cells_english_and_two_other_languages() -> None:
    assert [name.key for name in names() if len(name.cells) != len(LANGUAGES)] == []
    assert [name.key for name in names() if not name.cells[0] or sum(map(bool, name.cells)) < 3] == []


def test_every_spelling_is_in_the_script_of_its_language() -> None:
    bare = [(name.key, lang, text) for name, lang, text in spellings() if text != text.strip() or not text]
    assert bare == []
    strange = [
        (name.key, language, spelling)
        for name, language, spelling in spellings()
        if not SCRIPTS[language].fullmatch(spelling.removeprefix("!"))
    ]
    assert strange == []


def test_the_file_has_no_control_characters_and_parts_cells_with_tabs() -> None:
    text = resources.files("aggregator.text").joinpath(gazetteer.FILE).read_text(encoding="utf-8")
    assert re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text) == []
    assert {line.count("\t") for line in text.splitlines()} == {3 + len(LANGUAGES)}


def test_no_spelling_belongs_to_two_names_in_one_language() -> None:
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for name, language, spelling in spellings():
        if not spelling.startswith("!"):
            owners[language, fold(spelling)].add(name.key)
    assert {spelling: keys for spelling, keys in owners.items() if len(keys) > 1} == {}


def test_no_row_both_has_and_hides_a_spelling() -> None:
    written = {(name.key, language, fold(text)) for name, language, text in spellings() if text[0] != "!"}
    hidden = {(name.key, language, fold(text)) for name, language, text in spellings() if text[0] == "!"}
    assert written & hidden == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_spelling_is_found_as_its_name(language: str) -> None:
    missed = [
        (name.key, spelling)
        for name, lang, spelling in spellings()
        if lang == language and not spelling.startswith("!") and found(spelling, language) != [name.key]
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        (
            "en",
            "Houthis fire at Tel Aviv; Huthi radar hit near Hodeidah",
            ["houthis", "tel-aviv", "houthis", "hodeidah"],
        ),
        ("ar", "الحوثيون يطلقون صاروخا على تل أبيب", ["houthis", "tel-aviv"]),
        ("he", "החות'ים שיגרו טיל לתל אביב", ["houthis", "tel-aviv"]),
        ("fa", "شلیک موشک حوثی‌ها به تل‌آویو", ["houthis", "tel-aviv"]),
        ("tr", "Husiler Tel Aviv'e füze attı", ["houthis", "tel-aviv"]),
    ],
)
def test_one_event_has_the_same_names_in_five_languages(language: str, text: str, keys: list[str]) -> None:
    assert found(text, language) == keys


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("ar", "لإيران وللسعودية والولايات المتحدة", ["iran", "saudi-arabia", "us"]),
        ("ar", "الرئيس المصري وبالقاهرة", ["egypt", "cairo"]),
        ("he", "מאיראן ובירושלים שבסוריה", ["iran", "jerusalem", "syria"]),
        ("he", 'לצה"ל ולאו"ם', ["idf"]),  # «לאום» is "nation": better not found than found wrongly
        ("tr", "Türkiye'nin Şam'daki elçisi", ["turkey", "damascus"]),
        ("fa", "ورقه و فرقه", []),  # Persian has no attached prefixes: not Raqqa twice
    ],
)
def test_attached_prefixes_and_suffixes_do_not_hide_a_name(language: str, text: str, keys: list[str]) -> None:
    assert found(text, language) == keys


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("en", "Gaza Strip and Gaza City and Gaza", ["gaza-strip", "gaza-city", "gaza"]),
        ("en", "the New York Times on New York", ["new-york-times", "new-york"]),
        ("ar", "فيلق القدس في القدس", ["quds-force", "jerusalem"]),
        ("he", "חיזבאללה וכתאאב חיזבאללה", ["hezbollah", "kataib-hezbollah"]),
        ("fa", "نیروی قدس و سپاه پاسداران انقلاب اسلامی", ["quds-force", "irgc"]),
        ("tr", "Güney Sudan ile Sudan", ["south-sudan", "sudan"]),
    ],
)
def test_the_longest_name_wins(language: str, text: str, keys: list[str]) -> None:
    assert found(text, language) == keys


def test_positions_are_those_of_the_words() -> None:
    words = ["talks", "on", "the", "gaza", "strip", "in", "doha"]
    assert find(words, "en") == [(3, 5, "gaza-strip"), (6, 7, "doha")]
    assert find([], "en") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ar", "القصف تدمر المنازل في الحد الأقصى"),
        ("ar", "أفاد مصدر في البيت بحماس"),
        ("ar", "مالي وصدام وقم ومشهد ورياض"),
        ("he", "כיוון שמאלי בגובה פלוגה פתח הפרת"),
        ("fa", "مالی کرد و زمینه‌چینی در گروه سنی"),
        ("tr", "sana mali kurt Erdal'un fidan"),
        ("en", "who told us about peace now"),
    ],
)
def test_everyday_words_that_are_spelled_like_names_are_none(language: str, text: str) -> None:
    assert found(text, language) == []


def test_the_language_of_the_text_decides_between_names_spelled_alike() -> None:
    assert found("مراکش", "fa") == ["morocco"]
    assert found("مراكش", "ar") == ["marrakesh"]
    assert found("Mali", "en") == ["mali"]
    assert found("Mali", "tr") == []


def test_names_in_another_script_are_found_too() -> None:
    assert found("وكالة UNDOF في الجولان", "ar") == ["undof", "golan"]
    assert found("PKK וטורקיה", "he") == ["pkk", "turkey"]


def test_texts_of_unknown_languages_are_read_as_english_arabic_and_hebrew() -> None:
    assert found("Hamas, حماس, חמאס", "") == ["hamas"] * 3
    assert found("Hamas", "de") == ["hamas"]


def test_a_name_is_shown_in_each_language_even_where_it_is_not_looked_up() -> None:
    in_all = [shown("jenin", language) for language in LANGUAGES]
    assert in_all == ["Jenin", "جنين", "ג'נין", "جنین", "Cenin"]
    assert shown("palmyra", "ar") == "تدمر"
    assert shown("no-such-key", "en") == ""
    assert shown("jenin", "de") == ""


def test_a_key_says_what_it_is() -> None:
    assert (kind("damascus"), kind("idf"), kind("hormuz")) == ("capital", "body", "water")
    assert kind("no-such-key") == ""
