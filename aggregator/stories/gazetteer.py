"""Names that the news of the region speaks of, in five languages: one key for all their spellings.

The names are in ``gazetteer.tsv``: one row a name, one column a language, spellings parted by ``|``, the
first is the one to show. A spelling after ``!`` may be shown but is never found: it is an everyday word
of that language as well («تدمر» is Palmyra and "destroys"). A ``!`` phrase also hides a shorter name in
it: with ``!New York Times``, that paper is not the city.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

from aggregator.text.fold import fold

LANGUAGES: Final = ("en", "ar", "he", "fa", "tr")
FILE: Final = "gazetteer.tsv"
NOT_A_NAME: Final = ""  # stands in place of a key for what is written down as not a name

MIN_AFTER_PREFIX = 3  # letters: what is left of shorter words after a prefix is a name by chance
MAX_REMEMBERED = 50_000  # words whose readings are kept: more than a day's news has, and no leak
MAX_PREFIXES = 2  # «ובירושלים» has two; a third is too rare to look for
# Words of one letter that are written together with the next word. Persian takes over Arabic words with
# their article, but has no such words of its own: «ورقه» is "sheet", never "and Raqqa".
_PREFIXES: Final = {"ar": frozenset("\N{ARABIC LETTER WAW}فبلك"), "he": frozenset("והבלמשכ")}
_ARTICLE: Final = "ال"
_TO_THE: Final = "لل"  # l + article: the article's alef is not written
_PARTED: Final = " 0 "  # a word that no spelling has, in search spelling already
# A text's own language, then one language of each other script. Not two of the same script: «مدينه» is
# Medina in Persian and any town in Arabic.
_READ_TOO: Final = {
    "en": ("ar", "he"),
    "tr": ("ar", "he"),
    "ar": ("en", "he"),
    "fa": ("en", "he"),
    "he": ("en", "ar"),
}
_READ_UNKNOWN: Final = ("en", "ar", "he")

_Readings = tuple[tuple[str, dict[str, int], str | None], ...]


@dataclass(frozen=True, slots=True)
class Name:
    """One row: what it is, its key, its country (ISO 3166, or ""), where it is from, its cells."""

    kind: str
    key: str
    country: str
    source: str
    cells: tuple[str, ...]  # as written in the file, in the order of LANGUAGES

    def spellings(self, language: str) -> list[str]:
        """The spellings of one language's cell, with their ``!``."""
        cell = self.cells[LANGUAGES.index(language)]
        return cell.split("|") if cell else []

    def shown(self, language: str) -> str:
        """The spelling to show in ``language``, "" when there is none."""
        cell = self.cells[LANGUAGES.index(language)] if language in LANGUAGES else ""
        return cell.partition("|")[0].removeprefix("!")


@functools.cache
def names() -> tuple[Name, ...]:
    """All names, in the file's order."""
    text = resources.files("aggregator.stories").joinpath(FILE).read_text(encoding="utf-8")
    return tuple(_row(line) for line in text.splitlines()[1:])


def _row(line: str) -> Name:
    kind, key, country, source, *cells = line.split("\t")
    return Name(kind, key, country, source, tuple(cells))


@functools.cache
def _by_key() -> dict[str, Name]:
    return {name.key: name for name in names()}


def kind(key: str) -> str:
    """What ``key`` is: country, capital, city, region, water, site, person, body or people; "" unknown."""
    name = _by_key().get(key)
    return name.kind if name else ""


def shown(key: str, language: str) -> str:
    """The spelling of ``key`` to show in ``language``, "" when it is not known."""
    name = _by_key().get(key)
    return name.shown(language) if name else ""


@functools.cache
def _written(language: str) -> dict[str, str]:
    """Folded spelling → key, of one language's column; a name wins over a word that is none."""
    rows = [(spelling, name.key) for name in names() for spelling in name.spellings(language)]
    # One call for the column: a call for each of its thousands of short texts takes four times as long.
    column = fold(_PARTED.join(spelling for spelling, _ in rows)).split(_PARTED)
    found: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for (spelling, key), folded in zip(rows, column, strict=True):
        if spelling[0] == "!":
            hidden[folded] = NOT_A_NAME
        else:
            found[folded] = key
    return hidden | found


@dataclass(frozen=True, slots=True)
class _Index:
    """What one language's texts are looked up in."""

    keys: dict[str, str]  # spelling → key, or NOT_A_NAME
    seconds: dict[str, dict[str, int]]  # first word → second word → words of the longest spelling
    prefixes: frozenset[str]
    readings: dict[str, _Readings]  # words seen → see _remember


@functools.cache
def _index(language: str) -> _Index:
    languages = (language, *_READ_TOO[language]) if language in _READ_TOO else _READ_UNKNOWN
    keys: dict[str, str] = {}
    for read in reversed(languages):  # the text's own language has the last word
        keys |= _written(read)
    return _Index(keys, _seconds(keys), _PREFIXES.get(language, frozenset()), {})


def _seconds(spellings: Iterable[str]) -> dict[str, dict[str, int]]:
    """First word → second word → number of words of the longest spelling that begins with the two."""
    seconds: dict[str, dict[str, int]] = {}
    for spelling in spellings:
        first, *others = spelling.split(" ")
        after = seconds.setdefault(first, {})
        if others:
            after[others[0]] = max(after.get(others[0], 0), len(others) + 1)
    return seconds


def find(words: Sequence[str], language: str) -> list[tuple[int, int, str]]:
    """The names in ``words``, a text in search spelling: (start, end, key), longest first, none twice.

    Names in another script than the language's are found as well: Latin ones in an Arabic text.
    """
    index = _index(language)
    known = index.readings
    found: list[tuple[int, int, str]] = []
    after = 0
    for start, word in enumerate(words):
        readings = known.get(word)
        if readings is None:
            readings = _remember(index, word)
        if readings and start >= after:
            after, key = _match(index.keys, words, start, readings)
            if key:
                found.append((start, after, key))
    return found


def _match(keys: dict[str, str], words: Sequence[str], start: int, readings: _Readings) -> tuple[int, str]:
    """(end, key) of the longest spelling at ``start``; (start, "") when there is none."""
    second = words[start + 1] if start + 1 < len(words) else ""
    for first, seconds, alone in readings:
        if second in seconds:
            for end in range(min(start + seconds[second], len(words)), start + 1, -1):
                key = keys.get(" ".join((first, *words[start + 1 : end])))
                if key is not None:
                    return end, key
        if alone is not None:
            return start + 1, alone
    return start, NOT_A_NAME


def _remember(index: _Index, word: str) -> _Readings:
    """How ``word`` may begin names: (the word or its rest, what may follow it, the key of it alone)."""
    readings = []
    for first in _readings(word, index.prefixes):
        if first in index.seconds:
            long_enough = first == word or len(first) >= MIN_AFTER_PREFIX
            readings.append((first, index.seconds[first], index.keys.get(first) if long_enough else None))
    if len(index.readings) < MAX_REMEMBERED:
        index.readings[word] = tuple(readings)
    return tuple(readings)


def _readings(word: str, prefixes: frozenset[str]) -> Iterator[str]:
    """The word, then what it is without one prefix, and so on: the fullest reading first."""
    yield word
    for _ in range(MAX_PREFIXES if prefixes else 0):
        if word.startswith(_TO_THE):
            yield _ARTICLE + word[2:]
            word = word[2:]
        elif word.startswith(_ARTICLE):
            word = word[2:]
        elif word[:1] in prefixes:
            word = word[1:]
        else:
            return
        yield word
