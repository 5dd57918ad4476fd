"""Words that only look as if something were attached to them: «بلد» is no «ب+لد», "news" is no plural.

Pure. They are in ``whole_words.tsv``: one row a language and first letter, the words in search spelling and
parted by spaces; in the rows of "-" are those whose ending is their own. Search forms (``text.forms``) never
take them apart. Names of the gazetteer, words of the stories' lexicon and stop words that look so are among
them (tested).
"""

from __future__ import annotations

import functools
from typing import Final

FILE: Final = "whole_words.tsv"
ENDING: Final = "-"


@functools.cache
def _rows() -> tuple[tuple[str, str, frozenset[str]], ...]:
    """(language, first letter, words) of each row."""
    from importlib import resources  # lists are read without

    text = resources.files("aggregator.text").joinpath(FILE).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return tuple((language, first, frozenset(words.split(" "))) for language, first, words in rows)


@functools.cache
def whole_words(language: str) -> frozenset[str]:
    """The whole words of one language, in search spelling."""
    return frozenset().union(*(words for name, _, words in _rows() if name == language))


@functools.cache
def whole_endings(language: str) -> frozenset[str]:
    """Those whose ending is their own."""
    return frozenset().union(
        *(words for name, first, words in _rows() if (name, first) == (language, ENDING))
    )
