"""Words that only look as if something were attached to them: «بلد» is no «ب+لد», "news" is no plural.

Pure. They are in ``whole_words.tsv``: one row a language and first letter, the words in search spelling and
parted by spaces. Search forms (``text.forms``) never take them apart. Names of the gazetteer, words of the
stories' lexicon and stop words that look so are among them (tested).
"""

from __future__ import annotations

import functools
from importlib import resources
from typing import Final

FILE: Final = "whole_words.tsv"


@functools.cache
def _by_language() -> dict[str, frozenset[str]]:
    text = resources.files("aggregator.text").joinpath(FILE).read_text(encoding="utf-8")
    words: dict[str, list[str]] = {}
    for line in text.splitlines()[1:]:
        language, _, row = line.split("\t")
        words.setdefault(language, []).extend(row.split(" "))
    return {language: frozenset(row) for language, row in words.items()}


@functools.cache
def whole_words(language: str) -> frozenset[str]:
    """The whole words of one language, in search spelling."""
    return _by_language()[language]
