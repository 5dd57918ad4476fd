"""Words that a search must find, and words that only look alike, in five languages (``probes.tsv``).

Here at the level of forms; ``tests/bench/bench_probes.py`` asks a real library.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.text.fold import fold
from aggregator.text.forms import index_forms, name_spellings, query_forms

PROBES = Path(__file__).parent / "probes.tsv"
ROWS = [line.split("\t") for line in PROBES.read_text(encoding="utf-8").splitlines()[1:]]


def pairs(column: int) -> list[tuple[str, str, str]]:
    """(language, query, words of a text) of the third or fourth column."""
    return [(row[0], row[1], words) for row in ROWS for words in row[column].split("|") if words]


def meet(query: str, text: str, language: str) -> bool:
    """Whether a query finds a text in a language, as the search index does it."""
    words = fold(text).split()
    known = {*words, *index_forms(words, language)}
    sought = fold(query)
    forms = (*query_forms(sought), *name_spellings(sought.split()))
    return any(form in known or (" " in form and f" {form} " in f" {' '.join(words)} ") for form in forms)


@pytest.mark.parametrize("language", ["ar", "fa", "he", "tr", "en"])
def test_forms_of_a_word_are_found(language: str) -> None:
    asked = [pair for pair in pairs(2) if pair[0] == language]
    assert len(asked) >= 40
    assert [(query, text) for _, query, text in asked if not meet(query, text, language)] == []


@pytest.mark.parametrize("language", ["ar", "fa", "he", "tr", "en"])
def test_words_that_only_look_alike_are_not(language: str) -> None:
    asked = [pair for pair in pairs(3) if pair[0] == language]
    assert len(asked) >= 25
    assert [(query, text) for _, query, text in asked if meet(query, text, language)] == []
