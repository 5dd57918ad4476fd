"""Beginnings of words that so many words of an article have that it is noted of each article which are there.

What is being typed stands for all words that begin so, and its first letters for tens of thousands of words:
too many to ask the search index for. So an article has a number with a bit for each of ``HEADS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

BITS: Final = 63  # of a number in the store, whose integers have a sign
MAX_REMEMBERED: Final = 60_000  # words whose bits are kept
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz12ءابتثجحخدذرزسشصضطظعغفقكلمنهويپچژگאבגדהוזחטיכלמנסעפצקרשת"
_LATIN: Final = (
    "al an ar ba be bi bo br bu ca ch co cr da de di do en et ex fa fi fo ga ge go gr ha he ho in ka ki la "
    "le li ma me mi mo na ne ol pa pe po pr ra re sa se sh si so sp st su ta te th to tr un wa ya yo com "
    "con dis pro"
)
_ARABIC: Final = (
    "اب اح اس اع ال ام ان او اي با بم تح تع تو سي كا لا لل لم ما مت مح مر مس مع من مو مي وا وب وت وق ول وم "
    "وي است الا الب الت الج الح الخ الد الر الس الش الص الع الف الق الك الم الن الو بال وال الاس المت المس "
    "المن والا والت والم"
)
_HEBREW: Final = "הא הח הי המ הנ הס הע הפ הק הר הש הת וה מה בה לה שה"
# Single letters, and what begins more than 300 words and stands in a tenth of all articles: counted in
# 64,000 articles (English and Arabic), in search spelling. To change this, raise SEARCH_VERSION.
HEADS: Final = (*_LETTERS, *_LATIN.split(), *_ARABIC.split(), *_HEBREW.split())
NUMBERS: Final = -(-len(HEADS) // BITS)

_BIT: Final = {head: 1 << place for place, head in enumerate(HEADS)}
_LENGTHS: Final = range(1, max(map(len, HEADS)) + 1)


class _Bits(dict[str, int]):
    """Word → the bits of its beginnings, worked out at the first use."""

    def __missing__(self, word: str) -> int:
        bits = 0
        for length in _LENGTHS:
            bits |= _BIT.get(word[:length], 0)
        if len(self) < MAX_REMEMBERED:
            self[word] = bits
        return bits


_BITS = _Bits()


def heads_of(words: Iterable[str]) -> int:
    """The bits of all beginnings of words in search spelling."""
    bits = 0
    for some in set(map(_BITS.__getitem__, set(words))):
        bits |= some
    return bits


def numbers_of(bits: int) -> tuple[int, ...]:
    """The bits as ``NUMBERS`` numbers for the store."""
    return tuple(bits >> BITS * number & (1 << BITS) - 1 for number in range(NUMBERS))


def head(beginning: str) -> tuple[int, int] | None:
    """(which of the numbers, its bit) of one of ``HEADS``; None for any other beginning."""
    bit = _BIT.get(beginning)
    if bit is None:
        return None
    return next((number, part) for number, part in enumerate(numbers_of(bit)) if part)
