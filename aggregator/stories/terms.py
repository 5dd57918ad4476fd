"""Article -> the terms it is compared by: stemmed words of title and lead.

Pure. In: title and lead in search spelling for comparing, and as the publisher wrote them for showing
why. Packed as two lines of UTF-8: the stems with a space between, then the words to show.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from aggregator.stories.stopwords import STOPWORDS
from aggregator.text.fold import fold

MAX_TERMS = 28  # a title and the first sentences; more adds noise and work, not recall
FOLDED_CHARS = 500  # a title and about two sentences
SHOWN_CHARS = 800  # the same text as written takes more, with its marks and punctuation
MIN_LETTERS = 3
CACHED_WORDS = 60_000  # news of a week in five languages repeats about so many forms
WRITTEN_WORDS = 8_000  # of the linked articles only, and by the one process that writes

MARKS = "\u0591-\u05c7\u064b-\u065f\u0670"  # niqqud and tashkeel belong to their word, though no letters
WORD = re.compile(rf"[\w\u200c{MARKS}]+")
ARABIC_PREFIX = re.compile(r"^(?:و?ال|و?بال|و?لل|وال|فال|كال)(?=\w{3})")
ARABIC_FIRSTS = "وابلفك"  # their first letters, as a cheap look before the pattern
PERSIAN_SUFFIX = re.compile(r"(?<=\w{3})(?:هايي|هاي|ها)$")  # in search spelling
ENGLISH_SUFFIX = re.compile(r"(?<=\w{3})(?:ies|es|s)$")
HEBREW_PREFIXES = "ובהלמשכ"
TURKISH_STEM = 5  # first five letters: Can et al. 2008, as good as a stemmer for Turkish retrieval


def pack(folded: str, shown: str, language: str) -> bytes:
    """The terms of an article, ready to be stored; at most MAX_TERMS, in reading order.

    ``folded`` is its text in search spelling, ``shown`` the same as written; both from the title on.
    """
    found: dict[str, None] = {}
    for word in folded[:FOLDED_CHARS].split():
        found.update(stems(word, language))
        if len(found) >= MAX_TERMS:
            break
    return f"{' '.join(found)}\n{' '.join(shown[:SHOWN_CHARS].split())}".encode("utf-8", "replace")


def stems_of(data: bytes) -> list[str]:
    """The stems of packed terms, in reading order."""
    return data.partition(b"\n")[0].decode("utf-8", "replace").split()


def spellings(data: bytes, language: str, wanted: Collection[str] | None = None) -> dict[str, str]:
    """stem -> how the publisher wrote it, for the ``wanted`` stems that are found in packed terms' words.

    Without ``wanted`` for all its stems; in reading order.
    """
    missing = set(stems_of(data) if wanted is None else wanted)
    found: dict[str, str] = {}
    for word in WORD.findall(data.partition(b"\n")[2].decode("utf-8", "replace")):
        for stem in stems_as_written(word, language):
            if stem in missing:
                missing.discard(stem)
                found[stem] = word
        if not missing:
            break
    return found


@lru_cache(maxsize=WRITTEN_WORDS)
def stems_as_written(word: str, language: str) -> tuple[str, ...]:
    """The stems of a word that is not in search spelling yet."""
    return tuple(stem for part in fold(word, language).split() for stem in stems(part, language))


@lru_cache(maxsize=CACHED_WORDS)
def stems(folded: str, language: str) -> dict[str, None]:
    """The stems of a word in search spelling: none for a stop word, two for Hebrew that may hold a prefix."""
    if folded in STOPWORDS or (len(folded) < MIN_LETTERS and not folded.isdigit()):
        return {}
    if language == "he" and len(folded) >= 5 and folded[0] in HEBREW_PREFIXES:
        return {folded: None, folded[1:]: None}
    stem = stem_of(folded, language)
    return {} if stem in STOPWORDS else {stem: None}


def stem_of(folded: str, language: str) -> str:
    """A light stem: enough that a name with an article or a plural meets the bare one."""
    if folded.isdigit():
        return folded
    if language == "ar":
        return ARABIC_PREFIX.sub("", folded) if folded[:1] in ARABIC_FIRSTS else folded
    if language == "fa":
        return PERSIAN_SUFFIX.sub("", folded) if "ها" in folded else folded
    if language == "tr":
        return folded[:TURKISH_STEM]
    if language == "en":
        return ENGLISH_SUFFIX.sub("", folded) if folded.endswith("s") else folded
    return folded
