"""All spellings of a name of the gazetteer, and the name that a strange spelling may mean. Pure.

The gazetteer is read when first asked, not before: the reader opens without it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from aggregator.late import pattern
from aggregator.text import forms_english, gazetteer
from aggregator.text.fold import fold
from aggregator.text.gazetteer import LANGUAGES

BaseForms = Callable[[str, str], tuple[str, ...]]

# Names of these kinds are spelled as one hears them; a town or a country has its spelling.
_HEARD: Final = frozenset(("person", "people", "body"))
_SPELLED_FREELY: Final = _HEARD | {"city", "region", "site"}
MIN_SOUND: Final = 7  # letters of a Latin word that is looked up by its sound: "share" sounds like Sharaa
MIN_VARIANT: Final = 5  # letters of a Latin spelling that we make: shorter ones are other words
_SCRIPTS: Final = (("en", "tr"), ("ar", "fa"), ("he",))  # languages whose words look alike
# What may be attached to the first word of a name of several, which as a phrase has no base form.
_ATTACHED: Final = {"ar": ("و", "ب", "ل", "ف"), "he": ("ו", "ב", "ל", "מ", "ה", "ש")}
_ARTICLE: Final = "ال"
_TO_THE: Final = "لل"
_HALF_SPACE: Final = "\u200c"
_LATIN: Final = pattern("[a-z ]+")

# Letters that stand for one sound in Latin spellings of Arabic, Hebrew and Persian names.
_SAME_SOUND: Final = (
    ("kh", "h"), ("gh", "k"), ("q", "k"), ("g", "k"), ("dh", "d"), ("th", "t"), ("sh", "s"), ("j", "c"),
    ("w", "v"), ("ou", "u"), ("oo", "u"), ("o", "u"), ("ee", "i"), ("ie", "i"), ("ei", "y"), ("ai", "y"),
    ("ey", "y"), ("ay", "y"),
)  # fmt: skip
_DOUBLED: Final = pattern(r"(.)\1+|(?<=[aeiu])h$")
# What else a Latin spelling may be: one of these, where it changes anything.
_VARIANTS: Final = tuple(
    (pattern(spelled), instead)
    for spelled, instead in (
        ("ou", "u"),
        ("(?<![aeo])u(?![aeo])", "ou"),
        ("kh", "h"),
        ("gh", "g"),
        ("q", "k"),
        ("q", "g"),
        ("dh", "d"),
        ("(?<=[^aeiou])a$", "ah"),
        ("ah$", "a"),
        ("ei", "ay"),
        ("ee", "i"),
        (r"([bdlmnrst])\1", r"\1"),
    )
)


def spellings(words: str, base_forms: BaseForms) -> tuple[str, ...]:
    """The other spellings of the name that ``words`` are; nothing where they are none, or an everyday word.

    Left out is what is found with another spelling anyway: what holds it, or has it among its ``base_forms``
    (of a word, in a language).
    """
    key = _keys().get(words) or _by_sound(words)
    if not key:
        return ()
    found = {spelling: language for language in reversed(LANGUAGES) for spelling in _written(key, language)}
    alone = [
        (spelling, language)
        for spelling, language in found.items()
        if spelling != words and not _covered(spelling, {*found, words}, base_forms(spelling, language))
    ]
    latin = (spelling for spelling, language in alone if language == "en")
    free = _variants({*latin, words}) if gazetteer.kind(key) in _SPELLED_FREELY else ()
    attached = (form for spelling, language in alone for form in _attached(spelling, language))
    return tuple(dict.fromkeys((*(spelling for spelling, _ in alone), *attached, *free)))


def _covered(spelling: str, others: set[str], bases: Iterable[str]) -> bool:
    """Whether a text with ``spelling`` is found with one of the ``others``."""
    if " " not in spelling:
        return not others.isdisjoint(bases)
    words = spelling.split()
    ends = range(1, len(words) + 1)
    parts = {" ".join(words[start:end]) for end in ends for start in range(end)} - {spelling}
    return not others.isdisjoint(parts)


@functools.cache
def _keys() -> dict[str, str]:
    """Spelling → key, where it is no everyday word and no other name in any language; "" where it is."""
    keys: dict[str, str] = {}
    for script in _SCRIPTS:
        for language in script:
            for spelling, key in gazetteer.written(language).items():
                keys[spelling] = key if keys.get(spelling, key) == key else ""
    for name in gazetteer.names():
        for joined in _joined(name):
            keys.setdefault(joined, name.key)
    return keys


def _written(key: str, language: str) -> list[str]:
    """The spellings of a name in one language."""
    name = gazetteer.name(key)
    written = [fold(spelling) for spelling in name.spellings(language) if spelling[0] != "!"]
    if language == "fa":
        written += _joined(name)
    return [spelling for spelling in written if _keys()[spelling] == key]


def _joined(name: gazetteer.Name) -> list[str]:
    """The Persian spellings that have a half-space, without it."""
    cell = name.cells[LANGUAGES.index("fa")]
    if _HALF_SPACE not in cell:
        return []
    parted = (spelling for spelling in cell.split("|") if _HALF_SPACE in spelling and spelling[0] != "!")
    return [fold(spelling.replace(_HALF_SPACE, "")) for spelling in parted]


def _attached(spelling: str, language: str) -> Iterator[str]:
    """A spelling of several words with "and", "in", "to" before it."""
    for letter in _ATTACHED.get(language, ()) if " " in spelling else ():
        to_the = letter == "ل" and spelling.startswith(_ARTICLE)
        yield _TO_THE + spelling[2:] if to_the else letter + spelling


def _variants(names: Iterable[str]) -> Iterator[str]:
    """Other Latin spellings of the names of one word."""
    for name in sorted(names):
        for spelled, instead in _VARIANTS if " " not in name and name.isascii() else ():
            variant = spelled.sub(instead, name)
            if variant not in _keys() and len(variant) >= MIN_VARIANT and variant != name:
                yield variant


def _by_sound(words: str) -> str:
    """The key of the only name that sounds as ``words`` do, "" when there is none."""
    letters = _without_article(words).replace(" ", "")
    if len(letters) < MIN_SOUND or not _LATIN.fullmatch(words) or forms_english.base_forms(letters):
        return ""
    keys = {_sounds().get(sound, "") for sound in _sounding(words)} - {""}
    return keys.pop() if len(keys) == 1 else ""


@functools.cache
def _sounds() -> dict[str, str]:
    """Sound → key, of Latin names; "" where several sound so."""
    sounds: dict[str, str] = {}
    for language in ("en", "tr"):
        for spelling, key in gazetteer.written(language).items():
            if key and gazetteer.kind(key) in _HEARD:
                for sound in _sounding(spelling):
                    sounds[sound] = key if sounds.get(sound, key) == key else ""
    return sounds


def _sounding(name: str) -> tuple[str, str]:
    """How a Latin name may sound: its e may be an a or an i in other spellings."""
    name = _without_article(name)
    for spelled, sound in _SAME_SOUND:
        name = name.replace(spelled, sound)
    name = _DOUBLED.sub(r"\1", name.replace(" ", ""))
    return name.replace("e", "a"), name.replace("e", "i")


def _without_article(name: str) -> str:
    return name[3:] if name.startswith(("al ", "el ", "ul ")) else name
