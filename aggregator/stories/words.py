"""Words to the stems that articles are compared by.

Pure. Snowball's stemmers for English, Arabic and Turkish; short rules for Hebrew and Persian, which
Snowball does not know. Two stems are given for a Hebrew word that may hold an attached prefix, since
only the language's dictionary could tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import Stemmer

from aggregator.stories.stopwords import stopwords
from aggregator.text.fold import fold

MIN_LETTERS: Final = 3
CACHED: Final = 60_000  # news of a week in five languages repeats about so many forms

MARKS: Final = (
    "\u0591-\u05c7\u064b-\u065f\u0670"  # niqqud and tashkeel belong to their word, though no letters
)
WORD: Final = re.compile(rf"\w[\w\u200c{MARKS}]*(?:[\"'’״׳]\w[\w{MARKS}]*)*")
_ARABIC_PREFIX: Final = re.compile(r"^(?:[وف]?(?:ال|بال|كال|لل)|[وف](?=\w{4}))(?=\w{3})")
_PERSIAN_SUFFIX: Final = re.compile(r"(?<=\w{3})(?:هايي|هاي|ها|ان|ات)$")  # in search spelling
HEBREW_PREFIXES: Final = "ובהלמשכ"
# Snowball takes the end of «gemi», «deniz», «dolar» for endings and leaves two letters. Then a word's first
# five letters are its stem: Can et al. 2008, as good as a stemmer for Turkish retrieval.
TURKISH_STEM: Final = 5
_APOSTROPHE: Final = re.compile("['’]")
SHORT_STEM: Final = 6  # letters kept of Hebrew and Persian: research note, §3.2
_STEMMERS: Final = {name: Stemmer.Stemmer(name) for name in ("english", "arabic", "turkish")}


def stems(text: str, language: str) -> Iterator[tuple[str, str]]:
    """(stem, word as written) of each word that tells something, in reading order, with repeats."""
    for word in WORD.findall(text):
        for stem in stems_of(word, language):
            yield stem, word


@lru_cache(maxsize=CACHED)
def stems_of(word: str, language: str) -> tuple[str, ...]:
    """The stems of one word as written; none for a stop word or a word too short to tell anything."""
    stop = stopwords(language)
    if language == "tr":
        word = _turkish(word, stop)
    elif language in ("en", "") and word.isascii():
        word = word.partition("'")[0]
    found: dict[str, None] = {}
    for part in fold(word, language).split():
        if part not in stop and (len(part) >= MIN_LETTERS or part.isdigit()):
            found.update(_forms(part, language))
    return tuple(stem for stem in found if stem not in stop)


def _turkish(word: str, stop: frozenset[str]) -> str:
    """The stem of a Turkish word; its stemmer needs the letters that search spelling takes for one."""
    word = _APOSTROPHE.split(word, 1)[0].replace("I", "ı").replace("İ", "i").lower()
    if fold(word) in stop:
        return ""
    stem = _STEMMERS["turkish"].stemWord(word)
    return stem if len(stem) >= MIN_LETTERS else word[:TURKISH_STEM]


def _forms(part: str, language: str) -> dict[str, None]:
    """The stems of a word in search spelling."""
    if part.isdigit():
        return {part: None}
    if "\u0600" <= part[0] <= "\u06ff":
        if language == "fa":
            return {_PERSIAN_SUFFIX.sub("", part)[:SHORT_STEM]: None}
        bare = _ARABIC_PREFIX.sub("", part)
        if not stopwords(language).isdisjoint((bare, part.removeprefix("و"))):  # «والذي», «ولكن»
            return {}
        return {_STEMMERS["arabic"].stemWord(bare): None}
    if "\u0590" <= part[0] <= "\u05ff":
        if len(part) >= 5 and part[0] in HEBREW_PREFIXES:
            return {part[:SHORT_STEM]: None, part[1 : SHORT_STEM + 1]: None}
        return {part[:SHORT_STEM]: None}
    return {_STEMMERS["english"].stemWord(part) if language != "tr" else part: None}
