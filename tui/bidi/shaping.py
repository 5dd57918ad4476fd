"""Arabic letters joined: each becomes the presentation form that fits its neighbours. Pure.

Terminals draw cells, not words, so a letter has to come in the shape it takes there. The forms are derived
from the decompositions in ``unicodedata``; letters without forms (Kurdish ڕ, ڵ and others) stay as they are,
while their neighbours join with them as in any text. Lengths never change: what a ligature swallows
becomes ``FILLER``, so that an index means the same before and after.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from aggregator.late import pattern
from tui.bidi.data import DUAL, RIGHT

FILLER = "\u034f"
"""Stands where a character went into the one before it; it has no width and is never sent."""
CACHED_WORDS = 4_096
"""Shaped words that are kept: about what two thousand titles hold, 1 MB."""

LAM = "\u0644"
TATWEEL, ZWNJ, ZWJ = "\u0640", "\u200c", "\u200d"
MADDA_HAMZAS = "\u0653-\u0655"

_WORD = pattern(
    "[\u0620-\u064a\u066e\u066f\u0671-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06ff\u0750-\u077f\u0870-\u088f\u08a0-\u08c8"
    "\u200d]"
    "[\u0300-\u036f\u0610-\u061a\u061c\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06ff"
    "\u0750-\u077f\u0870-\u088f\u0898-\u08e1\u08e3-\u08ff\u200c-\u200f]*"
)
"""Arabic letters with what may stand between two that join: marks, joiners, directional marks."""
_COMPOSED = pattern(f"[\u0627\u0648\u064a\u06c1\u06d2\u06d5][{MADDA_HAMZAS}]")
"""A letter and a madda or hamza that is a letter of its own with it."""
_ISOLATED, _FINAL, _INITIAL, _MEDIAL = range(4)


def _char(code: str) -> str:
    """The character of a hexadecimal number."""
    return chr(int(code, 16))


def _derive() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Joining letter -> its four forms ("" for none), and alef -> the two ligatures of lam with it."""
    places = {"<isolated>": _ISOLATED, "<final>": _FINAL, "<initial>": _INITIAL, "<medial>": _MEDIAL}
    letters: dict[str, list[str]] = {}
    alefs: dict[str, list[str]] = {}
    for code in (*range(0xFB50, 0xFDD0), *range(0xFE70, 0xFEFD)):
        name, *parts = unicodedata.decomposition(chr(code)).split() or [""]
        if name in places and len(parts) == 1:
            letters.setdefault(_char(parts[0]), [""] * 4)[places[name]] = chr(code)
        elif name in places and code >= 0xFE70 and _char(parts[0]) == LAM:
            alefs.setdefault(_char(parts[1]), [""] * 2)[places[name]] = chr(code)
    return {letter: forms for letter, forms in letters.items() if forms[_FINAL]}, alefs


_FORMS, _LAM_ALEF = _derive()
_JOINS_NEXT = frozenset(
    {letter for letter, forms in _FORMS.items() if forms[_INITIAL]} | {TATWEEL, ZWJ} | set(DUAL)
)
"""Characters that join with the letter after them."""
_JOINS = frozenset(set(_FORMS) | _JOINS_NEXT | set(RIGHT))
"""Characters that join with the letter before them."""
_TRANSPARENT = frozenset(
    char for char in map(chr, range(0x300, 0x900)) if unicodedata.category(char) == "Mn"
) | set("\u061c\u200e\u200f")
"""Characters that letters join across."""


def shape(text: str) -> str:
    """``text`` with joined letters in presentation forms, every character at its old index."""
    if _COMPOSED.search(text):
        text = _COMPOSED.sub(_composed, text)
    return _WORD.sub(_shaped, text)


def _composed(match: re.Match[str]) -> str:
    """A letter and its hamza as one letter, where there is one."""
    return unicodedata.normalize("NFC", match[0]).ljust(len(match[0]), FILLER)


def _shaped(match: re.Match[str]) -> str:
    """A word of a text."""
    return shape_word(match[0])


@lru_cache(maxsize=CACHED_WORDS)
def shape_word(word: str) -> str:
    """The same for a run of Arabic letters with their marks and joiners."""
    shown = list(word)
    places = [place for place, char in enumerate(word) if char not in _TRANSPARENT]
    joined = False  # does the letter before join with this one?
    for at, place in enumerate(places):
        char = word[place]
        following = word[places[at + 1]] if at + 1 < len(places) else ""
        before = joined and char in _JOINS
        if char == LAM and following in _LAM_ALEF:
            shown[place], shown[places[at + 1]] = _LAM_ALEF[following][before], FILLER
            joined = False
            continue
        if shown[place] == FILLER:
            continue
        joined = char in _JOINS_NEXT and following in _JOINS
        if char in _FORMS:
            shown[place] = _FORMS[char][before + 2 * joined] or char
    return "".join(shown)
