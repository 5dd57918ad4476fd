"""The lexicon lets headlines of two languages meet, so each of its words must mean one thing."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

import aggregator.stories
from aggregator.text.fold import fold

LEXICON: Final = Path(aggregator.stories.__file__).with_name("lexicon.tsv")
HEADER: Final = ["key", "en", "ar", "he", "fa", "tr"]
LANGUAGES: Final = HEADER[1:]
MIN_ROWS: Final = 600  # concepts; with fewer, too many headlines hold no known word
MAX_WORDS: Final = 5  # of one variant: longer ones never occur as written

ZWNJ: Final = "\u200c"
ARABIC: Final = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"
SCRIPTS: Final = {
    "en": re.compile(r"[a-z][a-z0-9 -]*"),
    "ar": re.compile(rf"[{ARABIC}][{ARABIC}0-9 ]*"),
    "he": re.compile(r"[א-ת][א-ת \"'-]*"),
    "fa": re.compile(rf"[آاأئؤءبپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیٔ{ZWNJ}ِ ]+"),
    "tr": re.compile(r"[a-zçğıöşüâîû][a-zçğıöşüâîû0-9 -]*"),
}


def lines() -> list[str]:
    return LEXICON.read_text(encoding="utf-8").splitlines()


def rows() -> list[dict[str, str]]:
    return [dict(zip(HEADER, line.split("\t"), strict=True)) for line in lines()[1:]]


def test_the_header_names_the_key_and_the_five_languages() -> None:
    assert lines()[0].split("\t") == HEADER


def test_the_lexicon_has_concepts_enough() -> None:
    assert len(rows()) >= MIN_ROWS


def test_keys_are_unique_ascii_slugs() -> None:
    keys = [row["key"] for row in rows()]
    assert [key for key, times in Counter(keys).items() if times > 1] == []
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_spelling_stands_twice_in_a_language(language: str) -> None:
    found: dict[str, list[str]] = {}
    for row in rows():
        for variant in row[language].split("|"):
            found.setdefault(fold(variant, language), []).append(row["key"])
    assert {spelling: keys for spelling, keys in found.items() if len(keys) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_variant_is_a_word_or_phrase_in_the_script_of_its_language(language: str) -> None:
    variants = [(row["key"], variant) for row in rows() for variant in row[language].split("|")]
    assert [found for found in variants if not SCRIPTS[language].fullmatch(found[1])] == []
    assert [found for found in variants if not 1 <= len(fold(found[1]).split()) <= MAX_WORDS] == []
    assert [found for found in variants if found[1] != " ".join(found[1].split(" ")).strip()] == []


def test_no_control_characters_stand_in_it_but_the_zero_width_non_joiner() -> None:
    text = LEXICON.read_bytes().decode("utf-8")
    allowed = {"\n", "\t", ZWNJ}
    assert {char for char in text if not char.isprintable()} - allowed == set()
    assert text.endswith("\n")


def test_arabic_words_stand_without_the_article() -> None:
    """The reader strips it; a word may begin with these letters only where they are its own."""
    own = {"الله", "التقى", "التقت", "التزام", "التزامات", "التزمت"}
    words = {word for row in rows() for variant in row["ar"].split("|") for word in variant.split()}
    assert {word for word in words if word.startswith("ال") and len(word) > 4} - own == set()
