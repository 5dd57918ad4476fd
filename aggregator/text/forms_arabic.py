"""Arabic words to what they are forms of, in search spelling. Pure rules.

The article, "and", "so", "in", "to" and "like" are written together with the next word, and so is a pronoun
at its end. Snowball's Arabic stemmer takes «وزير» apart and makes «مدرسة» (school) and «مدرس» (teacher) one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aggregator.late import pattern
from aggregator.text.whole_words import whole_endings, whole_words

MIN_LEFT: Final = 3  # letters left without what is attached
MIN_SOUGHT: Final = 4  # the same for one attached letter of a sought word, which may be Persian
_WITH_ARTICLE: Final = pattern("[وف]?(?:ال|بال|كال|لل)(?=...)")
_ATTACHED: Final = "وفبلك"
_BEGINNINGS: Final = _ATTACHED + "ا"
_MAX_ATTACHED: Final = 2  # «وبرئيس»; a third without the article is too rare

# Ending: what stands in its place in the base forms; the first that fits is taken off. «ة» is «ه» here.
_ENDINGS: Final = (
    ("اتها", ("ات", "اه")),  # «قواتها», «حياتها»
    ("اتهم", ("ات", "اه")),
    ("اته", ("ات", "اه")),
    ("تهما", ("ه",)),
    ("تها", ("ه",)),
    ("تهم", ("ه",)),
    ("تنا", ("ه",)),
    ("ته", ("ه",)),
    ("هما", ("",)),
    ("ها", ("",)),
    ("هم", ("",)),
    ("ات", ("ه", "")),
    ("يون", ("ي",)),
    ("يين", ("ي",)),
    ("ون", ("",)),
    ("ين", ("",)),
    ("يه", ("ي",)),  # a nisba's feminine
    ("يا", ()),  # «سوريا»
    ("وا", ("",)),
    ("ا", ("",)),  # accusative
)
_BY_LETTER: Final = {
    letter: tuple(entry for entry in _ENDINGS if entry[0][-1] == letter)
    for letter in {ending[-1] for ending, _ in _ENDINGS}
}
# What may follow a whole word without making it another. It tells only that the word is whole.
_AFTER_WHOLE: Final = frozenset(
    (pronoun := "هما ها هاي هم نا ه ي ك".split())  # noqa: SIM905
    + ["ت" + ending for ending in pronoun]
    + "ان ين ون يان يين يون تان تين ات يه يا ا".split()  # noqa: SIM905
)
_LONGEST_AFTER: Final = 4
_HAMZA: Final = (("وو", "يو"), ("يو", "وو"))


def base_forms(word: str, min_left: int = MIN_LEFT) -> tuple[str, ...]:
    """``word`` without article, attached words and endings: «والمسؤولين» → مسؤولين, مسؤول.

    ``min_left`` letters must be left without one attached letter.
    """
    parts, sure = _detached(word, min_left) if word[0] in _BEGINNINGS else ([], False)
    found = dict.fromkeys(parts)
    for part in parts[-1:] if sure else (word, *parts[-1:]):
        found.update(dict.fromkeys(_without_ending(part)))
    return tuple(found)


def sought_forms(word: str) -> tuple[str, ...]:
    """What else ``word`` is looked for as."""
    # Persian words may end like an accusative or a pronoun: «شورا» is no «شور», «هسته» no «هست».
    bases = (form for form in base_forms(word, MIN_SOUGHT) if word not in (form + "ا", form + "ه"))
    forms = (word, *bases)
    return (*forms[1:], *(other for form in forms for other in _respelled(form)))


def _respelled(word: str) -> Iterator[str]:
    """``word`` with its hamza on another letter, or without: مسؤول is مسئول too, وزراء is وزرا."""
    for old, new in _HAMZA:
        if old in word[1:-1]:
            yield word.replace(old, new)
    if len(word) > MIN_SOUGHT and word.endswith("اء"):
        yield word[:-1]
    elif len(word) >= MIN_SOUGHT and word.endswith("ا"):
        yield word + "ء"


def is_whole(word: str) -> bool:
    """Whether what ``word`` begins with is known to belong to it."""
    known = whole_words("ar")
    if word in known:
        return True
    for letters in range(1, _LONGEST_AFTER + 1):
        base = word[:-letters]
        if word[-letters:] in _AFTER_WHOLE and (base in known or base + "ه" in known):
            return True
    return False


def _detached(word: str, min_left: int) -> tuple[list[str], bool]:
    """``word`` without what may be attached to its beginning, a step at a time, and whether it surely is.

    It surely is before an article or a whole word; then only what is left in the end is given.
    """
    known = whole_words("ar")
    found: list[str] = []
    while word not in known:
        if word[1:] in known and word[0] in _ATTACHED:
            return [word[1:]], True
        if is_whole(word):
            break
        article = _WITH_ARTICLE.match(word)
        if article:
            rest = word[article.end() - 1 :]  # «وللبنان» is «و+ل+لبنان»
            return [rest if rest in known else rest[1:]], True
        if len(found) == _MAX_ATTACHED or len(word) <= min_left or word[0] not in _ATTACHED:
            return found, False
        word = word[1:]
        found.append(word)
    return found[-1:], bool(found)


def _without_ending(word: str) -> list[str]:
    """The base forms of a ``word`` that has nothing attached to its beginning."""
    if word not in whole_endings("ar"):
        for ending, instead in _BY_LETTER.get(word[-1], ()):
            if word.endswith(ending):
                stem = word[: -len(ending)]
                if len(stem) < MIN_LEFT and ending[0] == "ت":
                    instead = (*instead, "ت")  # «بيتها», «قوتها»
                return [stem + letter for letter in instead if len(stem + letter) >= MIN_LEFT]
    return []
