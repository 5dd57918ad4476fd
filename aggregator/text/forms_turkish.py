"""Inflected Turkish nouns to what they are forms of, in search spelling. Pure rules.

Snowball's Turkish stemmer goes by vowel harmony, which search spelling does not keep (ı is i, ü is u). Here
case, then possession, then plural are taken off; where a letter may belong to the ending or to the word
both are given: «ateşkesi» is «ateşkes-i», «ülkesi» is «ülke-si».
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aggregator.text.whole_words import whole_endings

MIN_LEFT: Final = 4  # letters left without an ending
MIN_SOUGHT: Final = 5  # the same where a word may be English: no English word ends in what is taken off
_VOWELS: Final = "aeiou"


def _endings(*endings: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(ending + "$") for ending in endings)


_IN: Final = _endings("(?:(?<=[cfhkpst])t|(?<![cfhkpst])d)[ae]n?(?:k[iu])?", "(?<=[iu])nd[ae]n?(?:k[iu])?")
_OF: Final = _endings(
    "(?<=[iu])n[aeiu]",  # after "his"
    "(?<=[aeiou])(?:n[iu]n|y[aeiu]|yl[ae])",  # after a vowel
    "(?<![aeiou])(?:[iu]n|l?[ae])",
    "(?<=l)[ae]",  # «okul-a»
)
_HIS: Final = _endings("(?<=[aeiou])s[iu]", "(?<![aeiou])[iu](?:m[iu]z)?")
_MANY: Final = _endings("l[ae]r")
_STRONG: Final = re.compile(
    "(?:(?<=[aeiou])n[iu]n|(?<=[iu])nd[ae]n?(?:k[iu])?"
    "|l[ae]r(?:[iu]n?|[iu]n[iu]n?|[iu]nd[ae]n?|[iu]n[ae]|[ae]|d[ae]n?|[iu]?yl[ae])?)$"
)
_SOFTENED: Final = {"g": "k", "b": "p", "d": "t"}  # «bakanlığı» of «bakanlık»


def base_forms(word: str) -> tuple[str, ...]:
    """What is left of ``word`` without one or more endings: «saldırılarında» → saldırıları, saldırı."""
    if len(word) <= MIN_LEFT or not word.isalpha() or word in whole_endings("tr"):
        return ()
    stems: dict[str, None] = {word: None}
    stems |= _without(stems, _IN) or _without(stems, _OF)
    stems |= _without(stems, _HIS)
    stems |= _without(stems, _MANY)
    del stems[word]
    return tuple(stems)


def sought_forms(word: str) -> tuple[str, ...]:
    """What else a word in Latin letters is looked for as, should it be Turkish: "china" is no «chin-a»."""
    stem = _STRONG.sub("", word)
    return base_forms(word) if stem != word and len(stem) >= MIN_SOUGHT else ()


def _without(words: Iterable[str], endings: tuple[re.Pattern[str], ...]) -> dict[str, None]:
    """What is left of those of ``words`` that have one of ``endings``."""
    found: dict[str, None] = {}
    for word in words:
        for ending in endings:
            stem = ending.sub("", word)
            if stem != word and len(stem) >= MIN_LEFT:
                if stem[-1] in _SOFTENED and word[len(stem)] in _VOWELS:
                    found[stem[:-1] + _SOFTENED[stem[-1]]] = None
                found[stem] = None
    return found
