"""Search spelling: the one form in which texts and queries of five languages meet.

There is one spelling for all languages, since whoever types a query does not say in which language
it is and often has the wrong keyboard: Turkish dotless ı is i, é is e, every alef is a bare alef, and
the letters that Persian and Arabic keyboards encode apart are one.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import Final

from aggregator.late import pattern

MAX_REMEMBERED = 20_000  # characters whose spelling is kept: more than our scripts have, and no leak

# Where Unicode's own decomposition does not say it already. "" deletes, " " parts words.
_SPELLED: Final = {
    **dict.fromkeys("ٱ", "ا"),
    **dict.fromkeys("ىیېۍے", "ي"),
    **dict.fromkeys("ةۃہھە", "ه"),
    **dict.fromkeys("کڪ", "ك"),
    **dict.fromkeys("ـ", ""),  # tatweel
    **dict(zip("ךםןףץ", "כמנפצ", strict=True)),
    # Kurdish has letters of its own, which few keyboards have, for what its neighbours write without.
    **dict(zip("ێۆڕڵ", "يورل", strict=True)),
    **{"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe"},
    "\u200c": " ",  # the zero-width non-joiner parts a Persian word as a hyphen does
}
# צה"ל is one word: the mark before the last letter says that it is an abbreviation.
_HEBREW_MARKS: Final = ('"', "״", "'", "׳")
_ABBREVIATION = pattern("[\"״'׳](?=[א-ת])(?<=[א-ת].)")


class _Spelling(dict[int, str]):
    """Code point → its search spelling, worked out at the first use; a table for str.translate."""

    def __missing__(self, point: int) -> str:
        spelled = _spell(chr(point))
        if len(self) < MAX_REMEMBERED:
            self[point] = spelled
        return spelled


def _spell(char: str) -> str:
    """The search spelling of one character that is in NFKC and case-folded already."""
    parts = unicodedata.normalize("NFD", char)
    if len(parts) > 1 and all(unicodedata.combining(mark) for mark in parts[1:]):
        char = parts[0]
    if char in _SPELLED:
        return _SPELLED[char]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):  # vowel signs, accents, joiners and directional marks
        return ""
    return char if category[0] in "LN" or category == "Mc" else " "


_SPELLING = _Spelling()


def _by_character(text: str) -> str:
    """The rule for any text: compatibility forms undone, case folded, each character spelled."""
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    folded = unicodedata.normalize("NFKC", text.casefold())
    return " ".join(folded.translate(_SPELLING).split())


# The rule above costs 80 ns a character. Nearly every article is written with these characters, so
# they get a byte each, and then the whole is table work in C, five times as fast. NUL keeps its place:
# without it codecs.charmap_build makes a slow dict.
_KEPT: Final = "\0\t\n\x0b\x0c\r" + "".join(map(chr, range(0x20, 0x7F)))
_FREQUENT: Final = (
    "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيـًٌٍَُِّْٰ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹پچژگکیۀ،؛؟٪ٱ"
    "אבגדהוזחטיךכלםמןנסעףפץצקרשת־׳״"
    "ğışöüçâîûİĞŞÖÜÇÂÎÛéèêàáíóúñäëïôÉ"
    "“”‘’–—…«»·•\xa0\u200c\u200e\u200f"
)


def _one_byte_tables() -> tuple[str, bytes, bytes, str]:
    """(character of each byte, byte → byte of its spelling, bytes that go, spelling of each byte)."""
    free = [byte for byte in range(256) if chr(byte) not in _KEPT]
    alphabet = [chr(byte) if chr(byte) in _KEPT else "\ufffe" for byte in range(256)]
    for byte, char in zip(free, _FREQUENT, strict=False):
        alphabet[byte] = char
    spelled = [_by_character(f"a{char}a")[1:-1] for char in alphabet]
    changed = bytes(0x20 if char == " " else byte for byte, char in enumerate(spelled))
    deleted = bytes(byte for byte, char in enumerate(spelled) if not char)
    return "".join(alphabet), changed, deleted, "".join(char or " " for char in spelled)


_ALPHABET, _SPACED, _DELETED, _SPELLED_BYTES = _one_byte_tables()
_TO_BYTES = codecs.charmap_build(_ALPHABET)
# English needs none of that: no character of ASCII is spelled otherwise than in lower case.
_ASCII_SPELLED: Final = bytes(ord(_by_character(f"a{chr(byte)}a")[1:-1]) for byte in range(128)) + bytes(128)


def fold(text: str, language: str = "") -> str:
    """``text`` in search spelling: words of letters and digits, one space between them.

    ``language`` is there for callers that know it; the spelling is the same for all.
    """
    if text.isascii():
        return b" ".join(text.encode("ascii").translate(_ASCII_SPELLED).split()).decode("ascii")
    if any(mark in text for mark in _HEBREW_MARKS):
        text = _ABBREVIATION.sub("", text)
    try:
        data = codecs.charmap_encode(text, "strict", _TO_BYTES)[0]
    except UnicodeEncodeError:
        return _by_character(text)
    data = b" ".join(data.translate(_SPACED, _DELETED).split())
    return codecs.charmap_decode(data, "strict", _SPELLED_BYTES)[0]


def words(folded: str) -> list[str]:
    """The words of a text that is in search spelling."""
    return folded.split()
