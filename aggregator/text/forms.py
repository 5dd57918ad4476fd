"""What else a word is looked for as: its base forms when a text is indexed, and once more when it is sought.

Pure. "Strikes" is indexed as "strike" too, «والمدرسة» as «مدرسة»; who asks for «المدرسة» looks for «مدرسة» as
well. A sought word's language is not known, so the rules of all languages of its script are asked.
Everything is in search spelling (``text.fold``). Deleting from the index needs what was put in, so when
these rules or ``whole_words.tsv`` change, ``store.search_schema.SEARCH_VERSION`` must go up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Final

from aggregator.text import (
    forms_arabic,
    forms_english,
    forms_hebrew,
    forms_names,
    forms_persian,
    forms_turkish,
)

CACHED: Final = 100_000  # words: news of some days in five languages; 25 MB
CACHED_SOUGHT: Final = 2_000
_ARABIC: Final = ("\u0620", "\u06ff")
_HEBREW: Final = ("\u05d0", "\u05ea")


class _Known(dict[str, tuple[str, ...]]):
    """Word of one language → what it is a form of, worked out at the first use."""

    def __init__(self, rules: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, word: str) -> tuple[str, ...]:
        found = self._rules(word)
        if len(self) >= CACHED:
            self.clear()  # the frequent ones are soon back
        self[word] = found
        return found


def index_forms(words: Iterable[str], language: str) -> list[str]:
    """The base forms of a text's ``words`` that are not among them; in the words' order, none twice."""
    present = dict.fromkeys(words)
    known = _KNOWN.get(language, _KNOWN_ELSEWHERE)
    found = dict.fromkeys(chain.from_iterable(map(known.__getitem__, present)))
    return [form for form in found if form not in present]


def _base_forms(word: str, language: str) -> tuple[str, ...]:
    """What one word of a text is a form of; the text's ``language`` decides among those of its script."""
    first = word[0]
    if first < "\x7f":
        return forms_turkish.base_forms(word) if language == "tr" else forms_english.base_forms(word)
    if _HEBREW[0] <= first <= _HEBREW[1]:
        return forms_hebrew.base_forms(word)
    if _ARABIC[0] <= first <= _ARABIC[1]:
        return forms_persian.base_forms(word) if language == "fa" else forms_arabic.base_forms(word)
    return ()


# The other languages share no script with one that has rules of its own.
_KNOWN: Final = {language: _Known(partial(_base_forms, language=language)) for language in ("fa", "tr")}
_KNOWN_ELSEWHERE: Final = _Known(partial(_base_forms, language=""))


@lru_cache(maxsize=CACHED_SOUGHT)
def query_forms(word: str) -> tuple[str, ...]:
    """``word`` (in search spelling) first, then what else to look for in title, text and base forms.

    A form with a space is a phrase, and so may ``word`` be: what one writes with a half-space is two words
    in search spelling, «می‌خواهد» and «کتاب‌ها».
    """
    if " " in word:
        return word, *forms_persian.joined(word)
    first = word[:1]
    found: tuple[str, ...] = ()
    if "" < first < "\x7f":
        found = forms_english.sought_forms(word) + forms_turkish.sought_forms(word)
    elif _HEBREW[0] <= first <= _HEBREW[1]:
        found = forms_hebrew.base_forms(word)
    elif _ARABIC[0] <= first <= _ARABIC[1]:
        found = forms_arabic.sought_forms(word) + forms_persian.sought_forms(word)
    return tuple(dict.fromkeys((word, *found)))


def name_spellings(words: Sequence[str]) -> tuple[str, ...]:
    """The other spellings, as phrases in search spelling, of the name that exactly ``words`` are.

    In all five languages; nothing where ``words`` are no name of the gazetteer or an everyday word.
    """
    return forms_names.spellings(" ".join(words), _base_forms)
