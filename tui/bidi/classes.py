"""Bidirectional classes of characters, brackets, the first strong letter (UAX #9: tables, P2, P3). Pure."""

from __future__ import annotations

import re
import unicodedata

from aggregator.late import pattern
from tui.bidi.data import MIRRORED, UNASSIGNED

KNOWN_LIMIT = 20_000
"""Code points whose class is kept: more than all news uses, about 2 MB."""

_NAMES = "L R AL EN ES ET AN CS NSM BN B S WS ON LRE LRO RLE RLO PDF LRI RLI FSI PDI"
KIND = dict(zip(_NAMES.split(), "LRAESTNCMxBswO123456789", strict=True))
"""The letter that stands for a bidirectional class."""
REMOVED = "x12345"
"""Letters of what rule X9 removes: they get a level, but no place."""
DIRECTION = "LR"
"""The class letter of an even and of an odd level."""
RIGHT_TO_LEFT = pattern(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff"
    "\U0001e800-\U0001efff]"
)
"""Right-to-left characters, and those that steer direction: what makes this module needed at all."""
_SUSPECT = pattern("[^\0-\u058f\u2010-\u2027]")
"""Beyond Latin, Greek, Cyrillic, dashes and quotes: two ranges are looked through twice as fast."""
MIRROR = {a: b for pair in zip(MIRRORED[::2], MIRRORED[1::2], strict=True) for a, b in (pair, pair[::-1])}
"""What stands for a character where the text runs from right to left (L4)."""

_STRONG = pattern("[LRA6789]")


class _Kinds(dict[int, str]):
    """Code point -> letter of its class, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        letter = KIND[unicodedata.bidirectional(chr(code)) or _unassigned(code)]
        if len(self) < KNOWN_LIMIT:
            self[code] = letter
        return letter


def _unassigned(code: int) -> str:
    """The class of a code point that is no character."""
    if code & 0xFFFE == 0xFFFE:
        return "BN"
    return next((kind for first, last, kind in UNASSIGNED if first <= code <= last), "L")


_KINDS = _Kinds()
BRACKETS = [
    char
    for char in MIRROR
    if unicodedata.category(char) in ("Ps", "Pe") and unicodedata.bidirectional(char) == "ON"
]
BRACKET = pattern(f"[{re.escape(''.join(BRACKETS))}]")
CLOSE = {
    char: unicodedata.normalize("NFC", char if unicodedata.category(char) == "Pe" else MIRROR[char])
    for char in BRACKETS
}
"""The closing bracket of each bracket's pair; of two that are canonically equivalent, one (BD16)."""
OPENING = frozenset(char for char in BRACKETS if unicodedata.category(char) == "Ps")


def is_plain(text: str) -> bool:
    """True where a left-to-right paragraph of this text has no level but 0: nothing is to be reordered."""
    return text.isascii() or not (_SUSPECT.search(text) and RIGHT_TO_LEFT.search(text))


def kinds_of(text: str) -> str:
    """The letter of each character's bidirectional class."""
    return text.translate(_KINDS)


def base_of(kinds: str, default: int = 0) -> int:
    """The paragraph level by the first strong character (P2, P3), ``default`` where there is none."""
    strong = first_strong(kinds)
    return default if not strong else int(strong != "L")


def first_strong(kinds: str) -> str:
    """The first of L, R and A that is in no isolate, or "" (P2)."""
    depth = 0
    for match in _STRONG.finditer(kinds):
        kind = match[0]
        if kind in "678":
            depth += 1
        elif kind == "9":
            depth -= depth > 0
        elif not depth:
            return kind
    return ""
