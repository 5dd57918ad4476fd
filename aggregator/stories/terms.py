"""Article -> the terms it is compared by: stemmed words of title and lead, with a spelling to show.

Pure. In: title, lead, language. Out: terms packed as two lines of UTF-8, the stems
and the spellings, with a space between each, title first.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.stories.stopwords import STOPWORDS
from aggregator.text.fold import fold

MAX_TERMS = 28  # a title and the first sentences; more adds noise and work, not recall
LEAD_CHARS = 400  # about two sentences
MIN_LETTERS = 3
CACHED_WORDS = 60_000  # news of a week in five languages repeats about so many forms

MARKS = "\u0591-\u05c7\u064b-\u065f\u0670"  # niqqud and tashkeel belong to their word, though no letters
WORD = re.compile(rf"[^\W_](?:[\w\u200c{MARKS}]*[^\W_])?")
ARABIC_PREFIX = re.compile(r"^(?:و?ال|و?بال|و?لل|وال|فال|كال)(?=\w{3})")
PERSIAN_SUFFIX = re.compile(r"(?<=\w{3})(?:هايي|هاي|ها)$")  # in search spelling
ENGLISH_SUFFIX = re.compile(r"(?<=\w{3})(?:ies|es|s)$")
HEBREW_PREFIXES = "ובהלמשכ"
TURKISH_STEM = 5  # first five letters: Can et al. 2008, as good as a stemmer for Turkish retrieval


def pack(title: str, lead: str, language: str) -> bytes:
    """The terms of an article, ready to be stored; at most MAX_TERMS, in reading order."""
    found: dict[str, str] = {}
    for word in WORD.findall(title + " \n " + lead[:LEAD_CHARS]):
        for stem in stems(word, language):
            found.setdefault(stem, word)
        if len(found) >= MAX_TERMS:
            break
    return f"{' '.join(found)}\n{' '.join(found.values())}".encode("utf-8", "replace")


def stems_of(data: bytes) -> list[str]:
    """The stems of packed terms, in reading order."""
    return data.partition(b"\n")[0].decode("utf-8", "replace").split()


def unpack(data: bytes) -> dict[str, str]:
    """stem -> spelling, in reading order; what is damaged is left out."""
    spellings = data.partition(b"\n")[2].decode("utf-8", "replace").split()
    return dict(zip(stems_of(data), spellings, strict=False))


@lru_cache(maxsize=CACHED_WORDS)
def stems(word: str, language: str) -> tuple[str, ...]:
    """The search stems of one word: none for a stop word, two for Hebrew words that may hold a prefix."""
    folded = fold(word, language).replace(" ", "")
    if folded in STOPWORDS or (len(folded) < MIN_LETTERS and not folded.isdigit()):
        return ()
    if language == "he" and len(folded) >= 5 and folded[0] in HEBREW_PREFIXES:
        return (folded, folded[1:])
    stem = stem_of(folded, language)
    return () if stem in STOPWORDS else (stem,)


def stem_of(folded: str, language: str) -> str:
    """A light stem: enough that a name with an article or a plural meets the bare one."""
    if folded.isdigit():
        return folded
    if language == "ar":
        return ARABIC_PREFIX.sub("", folded)
    if language == "fa":
        return PERSIAN_SUFFIX.sub("", folded)
    if language == "tr":
        return folded[:TURKISH_STEM]
    if language == "en":
        return ENGLISH_SUFFIX.sub("", folded)
    return folded
