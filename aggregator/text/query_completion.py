"""What a half-typed filter may go on with: names of fields, flags, and the values of a field. Pure.

The values and how many articles each has come from the caller; names and fixed words are known here.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.text.fold import fold
from aggregator.text.query_codes import COUNTRIES, LANGUAGES
from aggregator.text.query_fields import DAYS, FIELDS, FLAGS, SORTS
from aggregator.text.query_scan import Token, listed, scan

MAX_OFFERS = 200  # nobody looks further down a list
REMEMBERED = 20_000  # values whose search spelling is kept: more than outlets, topics and tags together

_NAMES: Final = ("word", "flag", "or")
_FIXED: Final = {
    "is": FLAGS,
    "sort": SORTS,
    "since": (*DAYS, "24h", "3d", "1w"),
    "until": tuple(DAYS),
    "age": ("24h", "3d", "1w"),
}
_AFTER: Final = {"age": "<", "outlets": ">=", "score": ">="}  # what is most often meant after these fields
_CODES: Final[Mapping[str, Mapping[str, str]]] = {"lang": LANGUAGES, "country": COUNTRIES}


@dataclass(frozen=True, slots=True)
class Completion:
    """What stands at the cursor.

    ``field`` is the field whose value it is, "" for the name of a field, a flag or a word. ``typed`` is what
    stands before the cursor, without an opening quote; the whole piece, ``text[start:end]``, is what an
    offer replaces. ``others`` are the values of the same list.
    """

    field: str
    typed: str
    start: int
    end: int
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to go on: ``insert`` replaces the piece (quoted where needed), ``value`` is for showing.

    ``count`` is the number of articles, None where nobody counted.
    """

    insert: str
    value: str
    count: int | None = None


def completion(text: str, cursor: int) -> Completion | None:
    """What is being typed at ``cursor`` (0 to the length of the text); None inside phrases and after values.

    At a space, or where nothing stands yet, the piece is empty.
    """
    tokens = scan(text)
    at = next((index for index, token in enumerate(tokens) if token.start < cursor <= token.end), None)
    if at is None:
        return Completion("", "", cursor, cursor)
    token = tokens[at]
    if token.kind in ("field", "value", "comma"):
        return _in_field(text, cursor, tokens, at)
    if token.kind in _NAMES:
        return Completion("", text[token.start : cursor], token.start, token.end)
    return None if token.kind == "phrase" else Completion("", "", cursor, cursor)


def offers(at: Completion, values: Sequence[tuple[str, int]] = ()) -> list[Offer]:
    """How the piece may go on, at most ``MAX_OFFERS`` values, the best first.

    What begins so, then what holds a word that does, then what holds it at all, each by count.

    ``values``: what the field can have, with the number of articles. For a bare piece they are words; for
    fields of fixed words, such as "is", they only give the counts.
    """
    if not at.field:
        return _names(at.typed, dict(values)) + _matching(at, values, whole=False)
    counts = dict(values)
    known = [(value, counts.get(value)) for value in _FIXED.get(at.field, ())]
    return _matching(at, known or values)


def _in_field(text: str, cursor: int, tokens: Sequence[Token], at: int) -> Completion | None:
    """The piece at the cursor in a field with its values."""
    first = max(index for index in range(at + 1) if tokens[index].kind == "field")
    name, token = tokens[first], tokens[at]
    if token is name and cursor <= name.start + len(name.text):
        return Completion("", text[name.start : cursor], name.start, name.end)
    if token.kind != "value":
        if at + 1 < len(tokens) and tokens[at + 1].kind == "value" and tokens[at + 1].start == cursor:
            at += 1
        elif cursor < token.end:
            return None
    return _in_value(text, cursor, name.text.casefold(), tokens, first, at)


def _in_value(
    text: str, cursor: int, field: str, tokens: Sequence[Token], first: int, at: int
) -> Completion | None:
    others = tuple(other.text for other in _list(tokens, first) if other is not tokens[at])
    token = tokens[at]
    if token.kind != "value":
        return Completion(field, "", cursor, cursor, others)
    if token.quoted and not token.unclosed and cursor == token.end:
        return None
    end = cursor if token.unclosed else token.end
    return Completion(field, text[token.start + token.quoted : cursor], token.start, end, others)


def _list(tokens: Sequence[Token], first: int) -> Iterable[Token]:
    """The values of the field at index ``first``."""
    for token in tokens[first + 1 :]:
        if token.kind == "value":
            yield token
        elif token.kind != "comma":
            return


def _names(typed: str, counts: Mapping[str, int]) -> list[Offer]:
    """The flags and fields that begin so, in the order in which they are explained."""
    begun = typed.casefold()
    flags = [Offer(name, name, counts.get(name)) for name in FLAGS if name.startswith(begun)]
    fields = [name + _AFTER.get(name, ":") for name in FIELDS if name.startswith(begun) and name != "is"]
    return flags + [Offer(name, name) for name in fields]


def _matching(at: Completion, values: Iterable[tuple[str, int | None]], *, whole: bool = True) -> list[Offer]:
    typed = _folded(at.typed)
    others = {_folded(other) for other in at.others}
    found: list[tuple[int, int, int]] = []
    values = list(values)
    for index, (value, count) in enumerate(values):
        folded = _folded(value)
        place = _place(at.field, typed, value, folded)
        if place is None or folded in others or (not whole and (place or folded in FLAGS)):
            continue
        found.append((place, -(count or 0), index))
    best = [values[index] for *_, index in heapq.nsmallest(MAX_OFFERS, found)]
    return [Offer(listed(value), value, count) for value, count in best]


def _place(field: str, typed: str, value: str, folded: str) -> int | None:
    """How well a value goes on from what is typed: 0 begins so, 1 a word in it does, 2 holds it; or None."""
    if folded.startswith(typed):
        return 0
    if f" {typed}" in folded:
        return 1
    if typed in folded:
        return 2
    names = _CODES.get(field, {})
    return 1 if any(name.startswith(typed) and code == value for name, code in names.items()) else None


@lru_cache(maxsize=REMEMBERED)
def _folded(value: str) -> str:
    """The search spelling of a value, its beginning and end trimmed."""
    return fold(value).strip()
