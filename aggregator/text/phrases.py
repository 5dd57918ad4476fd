"""Finding known words and phrases in a text, attached prefixes and all.

Pure. The longest phrase wins, and of a word's readings the fullest: in Arabic and Hebrew the small words
"and", "in", "to", "the" are written together with the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

NOTHING: Final = ""  # stands in place of a key for what is written down as not to be found

MIN_AFTER_PREFIX: Final = 3  # letters: what is left of shorter words after a prefix is a word by chance
MAX_REMEMBERED: Final = 50_000  # words whose readings are kept: more than a day's news has, and no leak
MAX_PREFIXES: Final = 2  # «ובירושלים» has two; a third is too rare to look for
# Persian takes over Arabic words with their article, but has no such words of its own: «ورقه» is "sheet",
# never "and Raqqa".
PREFIXES: Final = {"ar": frozenset("\N{ARABIC LETTER WAW}فبلك"), "he": frozenset("והבלמשכ")}
_ARTICLE: Final = "ال"
_TO_THE: Final = "لل"  # l + article: the article's alef is not written

# of a word as the beginning of a phrase: (the word or its rest, second word -> longest length, key alone)
_Readings = tuple[tuple[str, Mapping[str, int], str | None], ...]


class Phrases:
    """Phrases in search spelling, each with the key it stands for (or NOTHING), for texts of a language."""

    def __init__(self, keys: Mapping[str, str], language: str) -> None:
        self._keys = keys
        self._seconds = _seconds(keys)
        self._prefixes = PREFIXES.get(language, frozenset())
        self._readings: dict[str, _Readings] = {}

    def find(self, words: Sequence[str]) -> list[tuple[int, int, str]]:
        """(start, end, key) of the phrases in a text's words, longest first, none overlapping."""
        known = self._readings
        found: list[tuple[int, int, str]] = []
        after = 0
        for start, word in enumerate(words):
            readings = known.get(word)
            if readings is None:
                readings = self._remember(word)
            if readings and start >= after:
                after, key = self._match(words, start, readings)
                if key:
                    found.append((start, after, key))
        return found

    def _match(self, words: Sequence[str], start: int, readings: _Readings) -> tuple[int, str]:
        """(end, key) of the longest phrase at ``start``; (start, NOTHING) when there is none."""
        second = words[start + 1] if start + 1 < len(words) else ""
        for first, seconds, alone in readings:
            if second in seconds:
                for end in range(min(start + seconds[second], len(words)), start + 1, -1):
                    key = self._keys.get(" ".join((first, *words[start + 1 : end])))
                    if key is not None:
                        return end, key
            if alone is not None:
                return start + 1, alone
        return start, NOTHING

    def _remember(self, word: str) -> _Readings:
        """How ``word`` may begin phrases."""
        readings = []
        for first in _without_prefixes(word, self._prefixes):
            if first in self._seconds:
                long_enough = first == word or len(first) >= MIN_AFTER_PREFIX
                readings.append((first, self._seconds[first], self._keys.get(first) if long_enough else None))
        if len(self._readings) < MAX_REMEMBERED:
            self._readings[word] = tuple(readings)
        return tuple(readings)


def _seconds(phrases: Iterable[str]) -> dict[str, dict[str, int]]:
    """First word -> second word -> number of words of the longest phrase that begins with the two."""
    seconds: dict[str, dict[str, int]] = {}
    for phrase in phrases:
        first, *others = phrase.split(" ")
        after = seconds.setdefault(first, {})
        if others:
            after[others[0]] = max(after.get(others[0], 0), len(others) + 1)
    return seconds


def _without_prefixes(word: str, prefixes: frozenset[str]) -> Iterator[str]:
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
