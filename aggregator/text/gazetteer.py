"""Names that the news of the region speaks of, in five languages: one key for all their spellings.

The names are in ``gazetteer.tsv``: one row a name, one column a language, spellings parted by ``|``, the
first is the one to show. A spelling after ``!`` may be shown but is never found: it is an everyday word
of that language as well («تدمر» is Palmyra and "destroys"). A ``!`` phrase also hides a shorter name in
it: with ``!New York Times``, that paper is not the city.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.text.fold import fold
from aggregator.text.phrases import NOTHING, Phrases

LANGUAGES: Final = ("en", "ar", "he", "fa", "tr")
FILE: Final = "gazetteer.tsv"

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
    from importlib import resources  # lists are read without

    text = resources.files("aggregator.text").joinpath(FILE).read_text(encoding="utf-8")
    return tuple(_row(line) for line in text.splitlines()[1:])


def _row(line: str) -> Name:
    kind, key, country, source, *cells = line.split("\t")
    return Name(kind, key, country, source, tuple(cells))


@functools.cache
def _by_key() -> dict[str, Name]:
    return {row.key: row for row in names()}


def name(key: str) -> Name:
    """The row of ``key``; KeyError when there is none."""
    return _by_key()[key]


def kind(key: str) -> str:
    """What ``key`` is: country, capital, city, region, water, site, person, body or people; "" unknown."""
    row = _by_key().get(key)
    return row.kind if row else ""


def shown(key: str, language: str) -> str:
    """The spelling of ``key`` to show in ``language``, "" when it is not known."""
    row = _by_key().get(key)
    return row.shown(language) if row else ""


@functools.cache
def written(language: str) -> Mapping[str, str]:
    """Folded spelling → key, or NOTHING for an everyday word, of one language's column; a name wins."""
    rows = [(spelling, row.key) for row in names() for spelling in row.spellings(language)]
    # One call for the column: a call for each of its thousands of short texts takes four times as long.
    column = fold(_PARTED.join(spelling for spelling, _ in rows)).split(_PARTED)
    found: dict[str, str] = {}
    hidden: dict[str, str] = {}
    for (spelling, key), folded in zip(rows, column, strict=True):
        if spelling[0] == "!":
            hidden[folded] = NOTHING
        else:
            found[folded] = key
    return hidden | found


@functools.cache
def _index(language: str) -> Phrases:
    languages = (language, *_READ_TOO[language]) if language in _READ_TOO else _READ_UNKNOWN
    keys: dict[str, str] = {}
    for read in reversed(languages):  # the text's own language has the last word
        keys.update(written(read))
    return Phrases(keys, language)


def find(words: Sequence[str], language: str) -> list[tuple[int, int, str]]:
    """The names in ``words``, a text in search spelling: (start, end, key), longest first, none twice.

    Names in another script than the language's are found as well: Latin ones in an Arabic text.
    """
    return _index(language).find(words)
