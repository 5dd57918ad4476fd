"""Why two articles are related, in words: made from what the score itself saw. Pure.

Names first, as each article writes them, then numbers, then wording, then what both tell of; that a
machine finds their meaning alike is said last and only where little else could be (research note, §3.8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.stories.features import Terms, terms
from aggregator.stories.titles import attribution, clean_title
from aggregator.stories.words import WORD, stems
from aggregator.text import gazetteer
from aggregator.text.fold import fold

MAX_REASONS: Final = 5
MAX_NAMES: Final = 3
MAX_WORDS: Final = 3
SAME_WORDING: Final = 0.5  # share of the shorter headline's words that the other one has as well
TITLE_CASE: Final = 0.8  # share of capitalised words from which a headline capitalises all
LONG_SKELETON: Final = 4  # consonant classes from which a name in two scripts is surely the same name
REMEMBERED: Final = 1_500  # articles whose terms are kept; each is compared with several others
MACHINE: Final = "similar meaning (machine)"
SOME_WORDS: Final = "some of the same words"
LIKE_WORDS: Final = "words of like meaning"
SAME_TEXT: Final = "same text"
_INSIDE: Final = re.compile(r"[\w,;)'’\"”]\s+([^\W\d_a-z][\w’']*)")  # a capital within a sentence
# countries stand in nearly every headline: they tell least and come last
_TELLING: Final = ("person", "body", "city", "site", "region", "water", "capital", "people", "country")


@dataclass(frozen=True, slots=True)
class Text:
    """An article as it is written."""

    title: str
    lead: str
    language: str


def reasons(one: Text, other: Text, *, copy: bool = False, machine: bool = True) -> tuple[str, ...]:
    """A few reasons, the most telling first; at least one.

    ``machine``: the meaning of both was compared by the model.
    """
    mine, yours = _terms(one), _terms(other)
    found: list[str] = [SAME_TEXT] if copy else []
    if (speaker := _speaker(one, other)) and not copy:
        found.append(f"both quote {speaker}")
    found += list(names(one, other, mine, yours))[:MAX_NAMES]
    found += [number for key, number in mine.numbers.items() if key in yours.numbers][:2]
    crossing = one.language != other.language
    if not copy and not crossing:
        found += _wording(one, other)
    if crossing or len(found) < 2:
        found += _concepts(mine, yours, crossing=crossing)
    found = list(dict.fromkeys(found))
    if not found or (machine and len(found) < 2):
        found.append(MACHINE if machine else LIKE_WORDS if crossing else SOME_WORDS)
    return tuple(found[:MAX_REASONS])


def names(one: Text, other: Text, mine: Terms, yours: Terms) -> Iterator[str]:
    """Shared names: of the gazetteer in the order of what they tell, then others by their skeletons."""
    known = [key for key in mine.names if key in yours.names and key.startswith("@")]
    written = _known(one) | _known(other)
    telling = sorted(known, key=lambda key: _TELLING.index(gazetteer.kind(key[1:]) or "country"))
    first = [key for key in telling if gazetteer.kind(key[1:]) != "country"]
    yield from (_both(_shown(k, one, mine), _shown(k, other, yours)) for k in first)
    for key, word in mine.names.items():
        theirs = yours.names.get(key, "")
        if theirs and key[0] != "@" and not {fold(word), fold(theirs)} & written:
            alike = fold(word) == fold(theirs) and is_latin(word)
            across = len(key) >= LONG_SKELETON and _scripts_differ(word, theirs)
            proper = is_proper(word, one), is_proper(theirs, other)
            if (alike and any(proper)) or (across and all(proper)):
                yield _both(word, theirs)
    yield from (_both(_shown(k, one, mine), _shown(k, other, yours)) for k in telling if k not in first)


def is_latin(word: str) -> bool:
    """Whether a word is in Latin script, where a capital tells a name."""
    return word[:1] < "\u0590"


def is_proper(word: str, text: Text) -> bool:
    """Whether a word of Latin script stands with a capital where a common word would not.

    A capital at the start of a sentence, or in a headline that capitalises every word, tells nothing.
    Scripts without capitals cannot tell, so there every word may be a name.
    """
    return not is_latin(word) or word in _proper(text)


@lru_cache(maxsize=REMEMBERED)
def _proper(text: Text) -> frozenset[str]:
    """The words with a capital that begin no sentence."""
    parts = [text.lead] if _is_title_case(text.title) else [text.title, text.lead]
    return frozenset(word for part in parts for word in _INSIDE.findall(part))


def _is_title_case(title: str) -> bool:
    """Whether most words of four letters or more have a capital."""
    long = [word for word in title.split() if len(word) >= 4 and word[0].isalpha()]
    return sum(word[0].isupper() for word in long) > TITLE_CASE * len(long)


def _shown(key: str, text: Text, terms: Terms) -> str:
    return gazetteer.shown(key[1:], text.language) or terms.names[key]


def _both(one: str, other: str) -> str:
    return one if fold(one) == fold(other) else f"{one} / {other}"


def _scripts_differ(one: str, other: str) -> bool:
    return (one[:1] < "\u0590") != (other[:1] < "\u0590") or (one[:1] < "\u0600") != (other[:1] < "\u0600")


def _speaker(one: Text, other: Text) -> str:
    """Whom both headlines quote."""
    mine, yours = _quoted(one), _quoted(other)
    shared = [key for key in mine if key in yours]
    return _both(mine[shared[0]], yours[shared[0]]) if shared and shared[0][0] != "@" else ""


def _wording(one: Text, other: Text) -> list[str]:
    """That the headlines say the same words, else the longest words that both articles use."""
    top, theirs = _headline(one), _headline(other)
    least = min(len(top), len(theirs))
    if least >= 3 and len(top & theirs) / least >= SAME_WORDING:
        return ["same wording"]
    mine, yours = _plain(one), _plain(other)
    shared = [mine[stem] for stem in mine.keys() & yours.keys()]
    return sorted(shared, key=lambda word: (-len(word), word))[:MAX_WORDS] if len(shared) > 1 else []


@lru_cache(maxsize=REMEMBERED)
def _plain(text: Text) -> dict[str, str]:
    """stem -> word of an article's words that belong to no name."""
    named = _named(text)
    return {stem: word for stem, word in _terms(text).stems.items() if fold(word) not in named}


def _concepts(mine: Terms, yours: Terms, *, crossing: bool) -> list[str]:
    """What both tell of, each in its own words."""
    shared = [key for key in mine.concepts if key in yours.concepts]
    return [_both(mine.concepts[k], yours.concepts[k]) if crossing else mine.concepts[k] for k in shared][:2]


@lru_cache(maxsize=REMEMBERED)
def _terms(text: Text) -> Terms:
    """What of an article can be compared, names and concepts spelled as it writes them."""
    whole = f"{clean_title(text.title)}\n{text.lead}"
    found = terms(whole, text.language)
    written: dict[str, str] = {}
    for word in WORD.findall(whole):
        for part in fold(word).split():
            written.setdefault(part, word)
    names = {k: _as_written(w, written) if k[0] == "@" else w for k, w in found.names.items()}
    meant = {key: _as_written(words, written) for key, words in found.concepts.items()}
    return replace(found, names=names, concepts=meant)


def _as_written(words: str, written: dict[str, str]) -> str:
    """Words in search spelling as the article spells them."""
    return " ".join(written.get(word, word) for word in words.split())


@lru_cache(maxsize=REMEMBERED)
def _headline(text: Text) -> frozenset[str]:
    """The stems of a headline."""
    return frozenset(stem for stem, _ in stems(clean_title(text.title), text.language))


@lru_cache(maxsize=REMEMBERED)
def _quoted(text: Text) -> dict[str, str]:
    """The names of whom a headline quotes."""
    said = attribution(text.title)
    return terms(said, text.language).names if said else {}


@lru_cache(maxsize=REMEMBERED)
def _known(text: Text) -> frozenset[str]:
    """The words of those of an article's names that the gazetteer has."""
    found = _terms(text).names
    return frozenset(word for key, name in found.items() if key[0] == "@" for word in fold(name).split())


@lru_cache(maxsize=REMEMBERED)
def _named(text: Text) -> frozenset[str]:
    """The words of an article's names in search spelling."""
    return frozenset(word for name in _terms(text).names.values() for word in fold(name).split())
