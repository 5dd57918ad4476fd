"""Names that the news of the region speaks of, in five languages: one key for all their spellings.

The names are in ``gazetteer.tsv``: one row a name, one column a language, spellings parted by ``|``, the
first is the one to show. A spelling after ``!`` may be shown but is never found: it is an everyday word
of that language as well («تدمر» is Palmyra and "destroys"). A ``!`` phrase also hides a shorter name in
it: with ``!New York Times``, that paper is not the city.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
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
# Words of one letter that Arabic and Hebrew write together with the next word, and Arabic's article.
_PREFIXES: Final = frozenset("\N{ARABIC LETTER WAW}فبلك" + "והבלמשכ")
_ARTICLE: Final = "ال"
_TO_THE: Final = "لل"  # l + article: the article's alef is not written
_PARTED: Final = " 0 "  # a word that no spelling has, in search spelling already

_Readings = tuple[tuple[str, int], ...]
_READINGS: Final[dict[str, _Readings]] = {}  # words seen in texts, see _remember


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


@functools.cache
def _anywhere() -> dict[str, str]:
    """Folded spelling → key, of all languages; what they disagree about is not a name."""
    keys: dict[str, str] = {}
    for language in LANGUAGES:
        written = _written(language)
        shared = keys.keys() & written.keys()
        disputed = [spelling for spelling in shared if keys[spelling] != written[spelling]]
        keys |= written
        keys |= dict.fromkeys(disputed, NOT_A_NAME)
    return keys


@functools.cache
def _longest() -> dict[str, int]:
    """First word → number of words of the longest spelling that begins with it."""
    longest: dict[str, int] = {}
    for spelling in _anywhere():
        first, _, others = spelling.partition(" ")
        count = others.count(" ") + 2 if others else 1
        if count > longest.get(first, 0):
            longest[first] = count
    return longest


def find(words: Sequence[str], language: str) -> list[tuple[int, int, str]]:
    """The names in ``words``, a text in search spelling: (start, end, key), longest first, none twice.

    The text's own language decides; a spelling that only other languages have is found as well, so that
    Latin names in an Arabic text are.
    """
    own = _written(language) if language in LANGUAGES else {}
    known = _READINGS
    found: list[tuple[int, int, str]] = []
    after = 0
    for start, word in enumerate(words):
        readings = known.get(word)
        if readings is None:
            readings = _remember(word)
        if readings and start >= after:
            after, key = _match(own, words, start, readings)
            if key:
                found.append((start, after, key))
    return found


def _match(own: dict[str, str], words: Sequence[str], start: int, readings: _Readings) -> tuple[int, str]:
    """(end, key) of the longest spelling at ``start``; (start, "") when there is none."""
    anywhere = _anywhere()
    for first, length in readings:
        for end in range(min(start + length, len(words)), start, -1):
            spelling = first if end == start + 1 else " ".join((first, *words[start + 1 : end]))
            key = own.get(spelling)
            if key is None:
                key = anywhere.get(spelling)
            if key is not None and (first == words[start] or len(spelling) >= MIN_AFTER_PREFIX):
                return end, key
    return start, NOT_A_NAME


def _remember(word: str) -> _Readings:
    """The readings of ``word`` with which spellings begin, and the number of words of the longest."""
    longest = _longest()
    readings = tuple((first, longest[first]) for first in _readings(word) if first in longest)
    if len(_READINGS) < MAX_REMEMBERED:
        _READINGS[word] = readings
    return readings


def _readings(word: str) -> Iterator[str]:
    """The word, then what it is without one prefix, and so on: the fullest reading first."""
    yield word
    for _ in range(MAX_PREFIXES):
        if word.startswith(_TO_THE):
            yield _ARTICLE + word[2:]
            word = word[2:]
        elif word.startswith(_ARTICLE):
            word = word[2:]
        elif word[:1] in _PREFIXES:
            word = word[1:]
        else:
            return
        yield word
