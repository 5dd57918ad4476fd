"""Which one-byte code page is a text in that does not say so? By which reading looks like words. Pure.

Each candidate's reading gets points for words of one script in letters that its languages use, and loses some
for words that mix scripts, for signs amid letters and for letters that begin no word.
"""

from __future__ import annotations

import re
from typing import Final

SAMPLE: Final = 65_536  # bytes that are looked at: a few dozen headlines are enough
TIE: Final = 0.3  # of a point for each high byte: what the declared language counts

# Windows' pages first: where two read alike, the commoner one is said.
CANDIDATES: Final = ("cp1252", "cp1256", "cp1255", "cp1254", "iso8859-6", "cp720", "cp862", "cp857")
LATIN: Final = "cp1252"
LONGEST: Final = 60  # characters of a piece that is looked at as a word
ALL_MARKED: Final = 0.75  # of the letters beyond ASCII: no word of Latin letters is so ("été" has two thirds)

_MARKS: Final = "\u0591-\u05c7\u064b-\u0655\u200c"  # that stand on letters of ours or between them
_TAG = re.compile(rb"<[^<>]*>")
_WORD = re.compile(rf"[^\W\d_][\w{_MARKS}]{{0,{LONGEST - 1}}}")
_ODD_SIGN = re.compile(rf"[^\w\s\x00-\x7f’‘“”«»–—…،؛؟•·€{_MARKS}\u200d-\u200f]|[\x80-\x9f\ufffd]")
_ARABIC = re.compile(
    f"[\u0621-\u063a\u0640-\u0655\u067e\u0686\u0688\u0691\u0698\u06a9\u06af\u06ba\u06be\u06c1\u06cc\u06d2{_MARKS}]+"
)
_HEBREW = re.compile("[\u05d0-\u05ea][\u0591-\u05c7\u05d0-\u05ea]*")
_COMMON: Final = frozenset("اليمونرتبةידוהלארתבשמ")  # half of all letters of a text
_LATIN = re.compile("[A-Za-zàâäáãçéèêëíîïñóôöõúùûüßœæåøÀÂÄÁÇÉÈÊËÍÎÏÑÓÔÖÕÚÙÛÜÆÅØğışĞİŞ]+")
_CAPITAL_INSIDE = re.compile(r"[a-zß-ÿğış][A-ZÀ-ÞĞİŞ]|[A-ZÀ-ÞĞİŞ]{2,}[a-zß-ÿğış]")
_FINAL_INSIDE = re.compile("[ךםןףץ][\u05d0-\u05ea]|[ةى][\u0621-\u064a]")


def likeliest(body: bytes, declared: str = "") -> str:
    """The likeliest page; ``declared`` is the page of the language that the document names, or ""."""
    sample = _TAG.sub(b" ", body[:SAMPLE])
    high = sum(byte > 0x7F for byte in sample)
    return max(CANDIDATES, key=lambda name: points(sample, name) + TIE * high * (name == declared))


def is_latin(body: bytes) -> bool:
    """Does a document that calls itself Western look like it, or at least like nothing else?"""
    sample = _TAG.sub(b" ", body[:SAMPLE])
    latin = points(sample, LATIN)
    return latin >= 0 or max(points(sample, name) for name in CANDIDATES) <= 0


def points(sample: bytes, name: str) -> float:
    """How much a reading looks like words."""
    text = sample.decode(name, "replace")
    total = -1.0 * len(_ODD_SIGN.findall(text))
    for found in _WORD.finditer(text):
        word = found[0]
        if word.isascii():
            continue
        other = sum(char > "\x7f" for char in word)
        if _ARABIC.fullmatch(word) or _HEBREW.fullmatch(word):
            total += (
                other + 0.5 * sum(char in _COMMON for char in word) - 2 * len(_FINAL_INSIDE.findall(word))
            )
        elif _LATIN.fullmatch(word) and not _CAPITAL_INSIDE.search(word):
            total += other if len(word) < 3 or other < ALL_MARKED * len(word) else -other
        else:
            total -= 2 * other
    return total
