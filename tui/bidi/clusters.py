"""Clusters: what is sent for each letter of a text with its marks, and how wide that is. Pure.

Widths are what terminals agree on, so whatever they do not agree on is never sent: joiners, directional
marks, variation selectors, skin tones, the tails of emoji. ``layout`` has the lines.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left

from rich.cells import get_character_cell_size

from aggregator.late import pattern
from tui.bidi import shaping
from tui.bidi.classes import MIRROR

KNOWN_LIMIT = 20_000
"""Code points whose width is kept: more than all news uses, about 2 MB."""

_NARROW, _WIDE, _PICTURE, _WIDE_PICTURE, _VOWEL, _MARK, _JOINER, _NOTHING = "nwpPvmjx"
_VISIBLE = frozenset("nwpP")
VOWELS = pattern(
    "[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4"
    "\u06e7\u06e8\u06ea-\u06ed\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff\ufb1e]"
)
"""Marks of Arabic and Hebrew that a reader can do without; those of other scripts stay."""
_PICTURES = pattern("[\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\U0001f000-\U0001faff]")
UNSENT = pattern(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u20e3\u3164\ufe00-\ufe0f\uffa0\U0001f3fb-\U0001f3ff"
    "\U000e0000-\U000e0fff]"
)
"""Keycap, variation selectors, skin tones, tags, fillers: terminals give them different widths."""
_BREAKS = pattern("[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_SEQUENCE = pattern("[pP](?:[vmx]*j[vmxj]*[pP])+")
_MIRRORED = pattern(f"[{re.escape(''.join(MIRROR))}]")


def as_seen(text: str, found: bytes) -> str:
    """``text`` as it looks, every character at its old index: letters joined, brackets mirrored."""
    shown = shaping.shape(text)
    if not _MIRRORED.search(text):
        return shown
    chars = list(shown)
    for match in _MIRRORED.finditer(text):
        if found[match.start()] & 1:
            chars[match.start()] = MIRROR[match[0]]  # L4
    return "".join(chars)


class _Forms(dict[int, str]):
    """Code point -> what it is on a screen, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        form = _form(chr(code))
        if len(self) < KNOWN_LIMIT:
            self[code] = form
        return form


def _form(char: str) -> str:
    """What a character is on a screen: one cell, two, a mark, nothing."""
    if char == shaping.ZWJ:
        return _JOINER
    if UNSENT.match(char) or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Mc"):
        return _NOTHING
    if "\ufdd0" <= char <= "\ufdef" or ord(char) & 0xFFFE == 0xFFFE:
        return _NOTHING  # noncharacters
    if VOWELS.match(char):
        return _VOWEL
    width = get_character_cell_size(char)
    if not width:
        return _MARK if unicodedata.category(char)[0] in "LM" else _NOTHING
    forms = (_PICTURE, _WIDE_PICTURE) if _PICTURES.match(char) else (_NARROW, _WIDE)
    return forms[width - 1]


_FORMS = _Forms()


def split(shown: str, vowels: bool) -> tuple[list[int], list[str], list[int]]:
    """Where each cluster's base stands, what is sent for it, and its width."""
    shown = _BREAKS.sub(" ", shown)
    forms = shown.translate(_FORMS)
    if _JOINER in forms:
        forms = _SEQUENCE.sub(lambda match: match[0][0] + _NOTHING * (len(match[0]) - 1), forms)
    places = [place for place, form in enumerate(forms) if form in _VISIBLE]
    glyphs = [shown[place] for place in places]
    widths = [1] * len(places)
    if _WIDE in forms or _WIDE_PICTURE in forms:
        widths = [1 + (forms[place] in "wP") for place in places]
    kept = _VOWEL + _MARK if vowels else _MARK
    if any(kind in forms for kind in kept):
        for place, form in enumerate(forms):
            if form in kept and (owner := bisect_left(places, place)):
                glyphs[owner - 1] += shown[place]  # L3: marks stay behind their letter
    return places, glyphs, widths
