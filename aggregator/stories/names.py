"""Name skeletons: the consonants that a name keeps in every script.

"Netanyahu", «نتنياهو», «נתניהו» and «نتانیاهو» all come to "ntn". Pure. The classes of letters are those
of the research note on related stories (§3.2): sounds that the scripts of the region write with one
another's letters fall together, vowels and weak letters are dropped, doubles collapse.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

MIN_CLASSES: Final = 3  # a shorter skeleton fits too many words
MAX_CLASSES: Final = 6  # longer ones differ at their ends, where endings are
MIN_LETTERS: Final = 3
CACHED: Final = 60_000  # words; news of a week in five languages repeats about so many forms

_CLASSES: Final = {
    "b": "bpfvبفپבפףڤ",
    "k": "kqcgكقگغخכךקגکğ",
    "t": "tتطתט",
    "d": "dدضדذظ",
    "s": "szسصشزثסצץשזچژşç",
    "l": "lل ל".replace(" ", ""),
    "m": "mم מם".replace(" ", ""),
    "n": "nنנן",
    "r": "rرר",
    "j": "jج",
}
_LETTERS: Final = {letter: name for name, letters in _CLASSES.items() for letter in letters}
# sounds that Latin script writes with two letters, and Hebrew with a mark
_PAIRS: Final = (
    ("sch", "s"), ("tsch", "s"), ("sh", "s"), ("ch", "s"), ("tz", "s"), ("ts", "s"), ("th", "t"), ("ph", "b"),
    ("ck", "k"), ("ng", "n"), ("x", "ks"), ("dj", "j"), ("ce", "se"), ("ci", "si"), ("cy", "sy"),
)  # fmt: skip
_TURKISH: Final = str.maketrans({"c": "j"})
_HEBREW_MARK: Final = re.compile("ג['׳]")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’׳\"״][^\W\d_]+)*", re.UNICODE)
_ARABIC: Final = re.compile("[\u0600-\u06ff]")
_HEBREW: Final = re.compile("[\u0590-\u05ff]")
_ARABIC_PREFIX: Final = re.compile("^(?:[وف]?(?:ال|بال|كال|لل)|[وفبلك])(?=.{3})")
_HEBREW_PREFIX: Final = re.compile("^[ובהלמשכ](?=.{3})")


@lru_cache(maxsize=CACHED)
def skeleton(word: str, language: str = "") -> str:
    """The consonant classes of one word, "" where it has fewer than MIN_CLASSES."""
    text = word.casefold()
    if text.isascii() or not (_ARABIC.search(text) or _HEBREW.search(text)):
        if language == "tr":
            text = text.translate(_TURKISH)
        else:
            for pair, sound in _PAIRS:
                text = text.replace(pair, sound)
        if not text.isascii():
            text = "".join(c if c in _LETTERS else unicodedata.normalize("NFD", c)[0] for c in text)
    elif "ג" in text:
        text = _HEBREW_MARK.sub("ج", text)
    found = ""
    for letter in text:
        name = _LETTERS.get(letter, "")
        if name and name != found[-1:]:
            found += name
    return found[:MAX_CLASSES] if len(found) >= MIN_CLASSES else ""


@lru_cache(maxsize=CACHED)
def _keys(word: str, language: str) -> tuple[str, ...]:
    """The skeletons of a word: of Arabic and Hebrew script also without an attached prefix."""
    prefix = _ARABIC_PREFIX if _ARABIC.match(word) else _HEBREW_PREFIX if _HEBREW.match(word) else None
    forms = (word,) if prefix is None else (word, prefix.sub("", word, count=1))
    return tuple(dict.fromkeys(key for form in forms if (key := skeleton(form, language))))


def skeletons(text: str, language: str) -> dict[str, str]:
    """skeleton -> the word as written, in reading order.

    Of Latin script only words with a capital can be names; the scripts of the region have none, so
    there every word counts and how rare a skeleton is decides.
    """
    found: dict[str, str] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        if len(word) < MIN_LETTERS or (word[0].islower() and word[0] < "\u0590"):
            continue
        if word[0] < "\u0590":
            word = word.partition("'")[0].partition("’")[0]
            if len(word) < MIN_LETTERS:
                continue
        for key in _keys(word, language):
            found.setdefault(key, word)
    return found
