"""News words of five languages as concepts: "airstrike", «غارة», «תקיפה», «حمله هوایی», "hava saldırısı".

Pure. The table ``lexicon.tsv`` lets headlines in two languages meet where no model is installed: one row a
concept, one column a language, the forms that headlines use parted by ``|``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from importlib import resources
from typing import Final

from aggregator.text.fold import fold
from aggregator.text.phrases import Phrases

LANGUAGES: Final = ("en", "ar", "he", "fa", "tr")
FILE: Final = "lexicon.tsv"
_PARTED: Final = "\n"


def find(words: Sequence[str], language: str) -> list[tuple[int, int, str]]:
    """The concepts in ``words``, a text in search spelling: (start, end, concept), none overlapping."""
    return _phrases(language).find(words) if language in LANGUAGES else []


@functools.cache
def _phrases(language: str) -> Phrases:
    """The forms of one language in search spelling."""
    text = resources.files("aggregator.stories").joinpath(FILE).read_text(encoding="utf-8")
    column = LANGUAGES.index(language) + 1
    keys: dict[str, str] = {}
    for line in text.splitlines()[1:]:
        cells = line.split("\t")
        for form in cells[column].split("|"):
            keys.setdefault(fold(form), cells[0])
    keys.pop("", None)
    return Phrases(keys, language)
