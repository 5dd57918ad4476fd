"""Which language a text is in: by its script, then by letters and words that only one has.

Feeds declare a language, and often the wrong one: the default of their software. So what the text
shows decides, and the declaration settles what the text leaves open.
"""

from __future__ import annotations

import re
from typing import Final

SAMPLE: Final = 240  # characters looked at: a title and a first paragraph; more changes no answer
UNKNOWN: Final = "en"  # where neither text nor feed says anything

# Letters that make up half of any text in their script: counting them tells the script, and is three
# times as fast as matching every letter.
_ARABIC_LETTERS: Final = "الينوریم"
_HEBREW_LETTERS: Final = "יוהלארםמת"
_LATIN_LETTERS: Final = "eaionrt"

# Letters that one of the two writes and the other hardly ever does; the first group weighs double.
_PERSIAN: Final = ("پچژگ", "کی")
_PURE_ARABIC: Final = ("ةأإ", "كيى")
_TURKISH_LETTERS: Final = "ğışİŞĞ"
_TURKISH_WORDS: Final = frozenset(  # that no other language of Latin script uses much
    {"ve", "bir", "bu", "için", "ile", "olarak", "daha", "sonra", "gibi", "göre", "çok", "kadar", "olan"}
)
_ENGLISH_WORDS: Final = frozenset(  # likewise
    {
        "the",
        "of",
        "and",
        "to",
        "that",
        "with",
        "by",
        "from",
        "was",
        "are",
        "said",
        "has",
        "his",
        "not",
        "will",
        "for",
    }
)
ENOUGH: Final = 2  # such words, or letters that are only Turkish, overrule a declaration

_ARABIC_SCRIPT: Final = frozenset({"ar", "fa", "ur", "ku", "ps", "sd", "ug"})
_HEBREW_SCRIPT: Final = frozenset({"he", "yi"})
_TURKISH_LIKE: Final = frozenset({"tr", "az", "ku"})  # they share ş, and some ğ and ı
_OTHER_NAMES: Final = {
    "iw": "he",
    "heb": "he",
    "ara": "ar",
    "fas": "fa",
    "per": "fa",
    "prs": "fa",
    "tur": "tr",
    "eng": "en",
    "ckb": "ku",
    "kur": "ku",
    "kmr": "ku",
    "ji": "yi",
}
_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?![A-Za-z])")


def code(declared: str) -> str:
    """The two-letter code in a language tag ("ar-SA", "fa_IR", "iw"), "" where it has none."""
    match = _TAG.match(declared)
    if not match:
        return ""
    tag = match[1].lower()
    return _OTHER_NAMES.get(tag, tag if len(tag) == 2 else "")


def guess(text: str, declared: str = "") -> str:
    """The two-letter code of ``text``'s language; ``declared`` is the feed's word for it, or ""."""
    prior = code(declared)
    sample = text[:SAMPLE]
    if sample.isascii():
        return _latin(sample, prior)
    arabic, hebrew = _count(sample, _ARABIC_LETTERS), _count(sample, _HEBREW_LETTERS)
    latin = _count(sample, _LATIN_LETTERS)
    if arabic > max(hebrew, latin):
        return _arabic(sample, prior)
    if hebrew > latin:
        return prior if prior in _HEBREW_SCRIPT else "he"
    return _latin(sample, prior) if latin else prior or UNKNOWN


def _count(sample: str, letters: str) -> int:
    """How often any of ``letters`` occurs."""
    return sum(map(sample.count, letters))


def _arabic(sample: str, prior: str) -> str:
    """Arabic or a language that borrowed its script."""
    persian, pure = _weight(sample, _PERSIAN), _weight(sample, _PURE_ARABIC)
    borrowed = prior in _ARABIC_SCRIPT
    if persian == pure:
        return prior if borrowed else "ar"
    if pure > persian:
        return "ar"
    return prior if borrowed and prior != "ar" else "fa"


def _weight(sample: str, letters: tuple[str, str]) -> int:
    """How often the letters occur, those of the first group counted double."""
    strong, weak = letters
    return 2 * _count(sample, strong) + _count(sample, weak)


def _latin(sample: str, prior: str) -> str:
    """Turkish or English where the words say so, else what is declared."""
    words = sample.lower().split()
    turkish = sum(map(_TURKISH_WORDS.__contains__, words))
    if not sample.isascii():
        turkish += _count(sample, _TURKISH_LETTERS)
    english = sum(map(_ENGLISH_WORDS.__contains__, words))
    if turkish > english and turkish >= ENOUGH:
        return prior if prior in _TURKISH_LIKE else "tr"
    if english > turkish and english >= ENOUGH:
        return "en"
    elsewhere = prior in _ARABIC_SCRIPT - _TURKISH_LIKE or prior in _HEBREW_SCRIPT
    return UNKNOWN if not prior or (elsewhere and words) else prior
