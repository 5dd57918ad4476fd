"""Names that the news of the region speaks of, in five languages: one key for all their spellings.

The names are in ``gazetteer.tsv``: one row a name, one column a language, spellings parted by ``|``, the
first is the one to show. A spelling after ``!`` may be shown but is never found: it is an everyday word
of that language as well («تدمر» is Palmyra and "destroys"). A ``!`` phrase also hides a shorter name in
it: with ``!New York Times``, that paper is not the city.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
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
_PREFIXES: Final = frozenset("وفبلكوهבלמשכ")
_ARTICLE: Final = "ال"
_TO_THE: Final = "لل"  # l + article: the article's alef is not written


@dataclass(frozen=True, slots=True)
class Name:
    """One row: what it is, its key, its country (ISO 3166, or "") and its spellings by language."""

    kind: str
    key: str
    country: str
    source: str
    spellings: Mapping[str, tuple[str, ...]]

    def shown(self, language: str) -> str:
        """The spelling to show in ``language``, "" when there is none."""
        written = self.spellings.get(language)
        return written[0].removeprefix("!") if written else ""


@dataclass(frozen=True, slots=True)
class _Index:
    """What one language's texts are looked up in."""

    keys: dict[str, str]  # spelling → key, or NOT_A_NAME
    longest: dict[str, int]  # first word → number of words of its longest spelling
    readings: dict[str, tuple[str, ...]]  # words seen → what they are without prefixes, if names begin so


@functools.cache
def names() -> tuple[Name, ...]:
    """All names, in the file's order."""
    text = resources.files("aggregator.stories").joinpath(FILE).read_text(encoding="utf-8")
    return tuple(_row(line) for line in text.splitlines()[1:])


def _row(line: str) -> Name:
    kind, key, country, source, *cells = line.split("\t")
    spellings = {
        language: tuple(cell.split("|")) for language, cell in zip(LANGUAGES, cells, strict=True) if cell
    }
    return Name(kind, key, country, source, spellings)


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
    found: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for name in names():
        for spelling in name.spellings.get(language, ()):
            if spelling.startswith("!"):
                hidden[fold(spelling)] = NOT_A_NAME
            else:
                found[fold(spelling)] = name.key
    return hidden | found


@functools.cache
def _index(language: str) -> _Index:
    """The text's own language decides; what the other languages disagree about is not a name."""
    keys: dict[str, str] = {}
    for other in LANGUAGES:
        if other != language:
            for spelling, key in _written(other).items():
                if keys.setdefault(spelling, key) != key:
                    keys[spelling] = NOT_A_NAME
    if language in LANGUAGES:
        keys |= _written(language)
    longest: dict[str, int] = {}
    for spelling in keys:
        first, count = spelling.partition(" ")[0], spelling.count(" ") + 1
        if count > longest.get(first, 0):
            longest[first] = count
    return _Index(keys, longest, {})


def find(words: Sequence[str], language: str) -> list[tuple[int, int, str]]:
    """The names in ``words``, a text in search spelling: (start, end, key), longest first, none twice."""
    index = _index(language if language in LANGUAGES else "")
    known = index.readings
    found: list[tuple[int, int, str]] = []
    after = 0
    for start, word in enumerate(words):
        readings = known.get(word)
        if readings is None:
            readings = _remember(index, word)
        if readings and start >= after:
            after, key = _match(index, words, start, readings)
            if key:
                found.append((start, after, key))
    return found


def _match(index: _Index, words: Sequence[str], start: int, readings: tuple[str, ...]) -> tuple[int, str]:
    """(end, key) of the longest spelling at ``start``; (start, "") when there is none."""
    for first in readings:
        for end in range(min(start + index.longest[first], len(words)), start, -1):
            spelling = first if end == start + 1 else " ".join((first, *words[start + 1 : end]))
            key = index.keys.get(spelling)
            if key is not None and (first == words[start] or len(spelling) >= MIN_AFTER_PREFIX):
                return end, key
    return start, NOT_A_NAME


def _remember(index: _Index, word: str) -> tuple[str, ...]:
    """The readings of ``word`` with which a spelling begins."""
    readings = tuple(first for first in _readings(word) if first in index.longest)
    if len(index.readings) < MAX_REMEMBERED:
        index.readings[word] = readings
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
