"""Hebrew words to what they are forms of, in search spelling (no final letters). Pure rules.

"And", "the", "in", "to", "from", "that" and "like" are written together with the next word.
"""

from __future__ import annotations

from typing import Final

from aggregator.late import pattern
from aggregator.text.whole_words import whole_endings, whole_words

MIN_LEFT: Final = 3  # letters left without what is attached
# In the order in which they can be attached; after "in", "to" and "like" the article is not written.
_BEGINNINGS: Final = "והבלמשכ"
_ATTACHED: Final = pattern("(ו)?(לכש|כש|מש|ש)?(?:([בלכ])|(מ)?(ה)?)")
# Ending: what stands in its place in the base forms; the first that fits is taken off.
_ENDINGS: Final = (
    ("יימ", ("י",)),
    ("ימ", ("",)),
    ("יות", ("ית", "יה")),
    ("ות", ("ה", "")),
    ("ית", ()),
    ("ת", ("ה",)),  # «ממשלת» is the government of
)
_LAST_LETTERS: Final = "מת"  # of the endings above
# What may follow a whole word without making it another. It tells only that the word is whole.
_AFTER_WHOLE: Final = frozenset(
    "ה ו כ נו המ הנ כמ יה יו יכ ינו יהמ יהנ יכמ ת תי תו תה תנו תמ ית יתי ות ותי ותיו י ימ יימ יות מ נ".split()  # noqa: SIM905
)
_LONGEST_AFTER: Final = 4


def base_forms(word: str) -> tuple[str, ...]:
    """``word`` without attached words and plural: «ובממשלות» → ממשלות, ממשלה."""
    parts, sure = _detached(word)
    found = dict.fromkeys(parts)
    for part in parts[-1:] if sure else (word, *parts[-1:]):
        found.update(dict.fromkeys(_without_ending(part)))
    return tuple(found)


def is_whole(word: str) -> bool:
    """Whether what ``word`` begins with is known to belong to it."""
    known = whole_words("he")
    if word in known:
        return True
    if word[0] == "ה" and word[-1] != "ת":  # a verb or a verb's noun: «הטיל» threw, «הטילים» the missiles
        return False
    for letters in range(1, _LONGEST_AFTER + 1):
        base = word[:-letters]
        if word[-letters:] in _AFTER_WHOLE and (
            base + "ה" in known or (base in known and len(word) > MIN_LEFT + 1)  # «שלו» is not in «שלום»
        ):
            return True
    return False


def _detached(word: str) -> tuple[list[str], bool]:
    """``word`` without what may be attached to its beginning, a step at a time, and whether it surely is.

    It surely is before a whole word; then only that is given.
    """
    known = whole_words("he")
    attached = _ATTACHED.match(word) if word[0] in _BEGINNINGS and word not in known else None
    if attached is None:
        return [], False
    ends = [attached.end(place) for place in range(1, attached.re.groups + 1) if attached[place]]
    found = [word[end:] for end in ends if len(word) - end >= MIN_LEFT]
    for rest in found:
        if rest in known:
            return [rest], True
    for rest in (word, *found):
        if is_whole(rest):
            return [rest] if rest != word else [], rest != word
    return found, False


def _without_ending(word: str) -> list[str]:
    """The base forms of a ``word`` that has nothing attached to its beginning."""
    if word[-1] not in _LAST_LETTERS or word in whole_endings("he"):
        return []
    for ending, instead in _ENDINGS:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            return [stem + letter for letter in instead if len(stem + letter) >= MIN_LEFT]
    return []
