"""Persian words to what they are forms of, in search spelling. Pure rules.

A half-space is a space in search spelling, so «کتاب‌ها» is two words already; many write «کتابها».
The -ی of "a book" is left alone, since it makes "freedom" of "free" as well.
"""

from __future__ import annotations

from typing import Final

from aggregator.late import pattern
from aggregator.text.whole_words import whole_endings

MIN_LEFT: Final = 3  # letters left without an ending

# In search spelling: «ي» and «ك» as Arabic writes them. The first that fits is taken off.
_ENDINGS: Final = (
    (pattern("ها(?:يي?|يش|يم|يشان|يمان)?$"), ("",)),
    (pattern("گان$"), ("ه",)),  # «نمایندگان»
    (pattern("(?<=....)(?<!ست)ان$"), ("",)),
    (pattern("ات$"), ("ه", "")),
    (pattern("(?<=[او])ي$"), ("",)),  # «شورای»
)
PLURALS: Final = frozenset("ها هاي هايي هايش هايشان".split())  # noqa: SIM905 (readable from right to left)
CONTINUOUS: Final = ("نمي", "مي")  # "is doing", written apart, with a half-space or together
_CONTINUOUS: Final = pattern("(ن?مي)(...*(?:[دم]|ند|يد|يم))$")


def base_forms(word: str) -> tuple[str, ...]:
    """``word`` without its endings, a verb also without «می»: «کتابهای» → کتاب, «میخواهد» → می, خواهد."""
    if word in whole_endings("fa"):
        return ()
    verb = _CONTINUOUS.match(word)
    if verb:
        return verb.groups()
    for ending, instead in _ENDINGS:
        stem = ending.sub("", word)
        if stem != word:
            return tuple(stem + letter for letter in instead if len(stem + letter) >= MIN_LEFT)
    return ()


def sought_forms(word: str) -> tuple[str, ...]:
    """What else ``word`` is looked for as, where parts of it may be written apart: «میخواهد» → «می خواهد»."""
    found = base_forms(word)
    return (" ".join(found),) if found[:1] and found[0] in CONTINUOUS else found


def joined(words: str) -> tuple[str, ...]:
    """Other spellings of what a half-space parts: «می خواهد» → «میخواهد», «کتاب ها» → «کتابها», «کتاب»."""
    first, _, second = words.partition(" ")
    if first in CONTINUOUS and " " not in second:
        return (first + second,)
    if second in PLURALS:
        return first + second, first
    return ()
