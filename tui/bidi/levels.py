"""The Unicode Bidirectional Algorithm: which way each character of a text runs, and what order that makes.

Complete: UAX #9 rules P1-P3, X1-X10, W1-W7, N0-N2, I1-I2, L1 and L2. Classes are letters of a string, so
that most rules are one replacement in it; the name of a rule stands where it is carried out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from aggregator.late import pattern
from tui.bidi.classes import BRACKET, CLOSE, DIRECTION, OPENING, REMOVED, base_of, kinds_of
from tui.bidi.explicit import MAX_DEPTH, explicit_levels, isolate_ends, sequences

MAX_BRACKETS = 63
"""Brackets that may be open at once (BD16)."""
_FORMATS = pattern("[1-9]")
_PARAGRAPH = pattern("[^B]*B?", re.DOTALL)
_TRAILING = pattern(r"(?<![w6-9x1-5])[w6-9x1-5]*+(?:[sB]|\Z)")
_MARKS = pattern("(.)(M+)")
_ARABIC = pattern("A[^LR]*")
_BETWEEN_EUROPEAN = pattern("(?<=E)[SC](?=E)")
_BETWEEN_ARABIC = pattern("(?<=N)C(?=N)")
_TERMINATORS = pattern("(?<=E)T+|T+(?=E)")
_LATIN = pattern("L[^R]*")
_BETWEEN_LEFT = pattern("(?<=L)O+(?=L)")
_BETWEEN_RIGHT = pattern("(?<=[REN])O+(?=[REN])")
_NEUTRAL = str.maketrans("STCBsw6789", "O" * 10)


class Resolved(NamedTuple):
    """What the algorithm says of a text: its paragraph level, and each character's level and class letter."""

    base: int
    levels: bytes
    kinds: str


def resolve(text: str, base: int | None = None, default: int = 0) -> Resolved:
    """The levels of a text before it is cut into lines.

    ``base`` is the paragraph level, None finds it by the first strong character and, where there is none,
    takes ``default``. What rule X9 removes has the level of what stands before it.
    """
    kinds = kinds_of(text)
    cut = kinds.find("B") + 1
    if 0 < cut < len(kinds):  # P1: several paragraphs; the first one's level is told
        parts = [
            resolve(text[match.start() : match.end()], base, default)
            for match in _PARAGRAPH.finditer(kinds)
            if match[0]
        ]
        return Resolved(parts[0].base, b"".join(part.levels for part in parts), kinds)
    level = base_of(kinds, default) if base is None else base
    if _FORMATS.search(kinds) or "x" in kinds:
        return Resolved(level, _resolve_explicit(text, kinds, level), kinds)
    side = DIRECTION[level & 1]
    return Resolved(level, _resolve_sequence(kinds, text, level, side, side), kinds)


def line_levels(resolved: Resolved, start: int, end: int) -> bytes:
    """The levels of one line: white space at its end and before tabs falls back to the paragraph's (L1)."""
    levels, kinds = resolved.levels[start:end], resolved.kinds[start:end]
    if levels.count(resolved.base) == len(levels):
        return levels
    changed = bytearray(levels)
    for match in _TRAILING.finditer(kinds):
        first, last = match.span()
        changed[first:last] = bytes((resolved.base,)) * (last - first)
    return bytes(changed)


def visual_order(levels: bytes) -> list[int]:
    """The indexes of a line's pieces from left to right, by the level of each (L2)."""
    order = list(range(len(levels)))
    if not levels:
        return order
    lowest = min((level for level in set(levels) if level & 1), default=MAX_DEPTH + 2)
    for level in range(max(levels), lowest - 1, -1):
        for match in _from_level(level).finditer(levels):
            first, last = match.span()
            order[first:last] = order[first:last][::-1]
    return order


@lru_cache(maxsize=MAX_DEPTH + 2)
def _from_level(level: int) -> re.Pattern[bytes]:
    """Runs of this level or a higher one."""
    return re.compile(b"[" + re.escape(bytes((level,))) + b"-\xff]+", re.DOTALL)


def _resolve_explicit(text: str, kinds: str, base: int) -> bytes:
    """The levels of a paragraph that holds formatting characters or other characters without a place."""
    ends = isolate_ends(kinds)
    changed, levels = explicit_levels(kinds, base, ends)
    kept = [place for place, kind in enumerate(kinds) if kind not in REMOVED]  # X9
    explicit = bytes(levels)
    for places, before, after in sequences(kinds, explicit, kept, base, ends):
        raw, chars = "".join(changed[i] for i in places), "".join(text[i] for i in places)
        level = explicit[places[0]]
        for place, resolved in zip(places, _resolve_sequence(raw, chars, level, before, after), strict=True):
            levels[place] = resolved
    for place, kind in enumerate(kinds):
        if kind in REMOVED:
            levels[place] = levels[place - 1] if place else base
    return bytes(levels)


# one sequence: W, N, I


def _resolve_sequence(raw: str, chars: str, level: int, before: str, after: str) -> bytes:
    """The levels of an isolating run sequence, ``before`` and ``after`` being its sos and eos."""
    kinds = _weak(before + raw).translate(_NEUTRAL)
    if BRACKET.search(chars):
        kinds = _brackets(kinds, raw, chars, level)
    return _neutral(kinds + after, level)[1:-1].translate(_levels(level)).encode("latin-1")


def _weak(kinds: str) -> str:
    """Rules W1 to W5 and W7; W6 is the translation that follows."""
    if "M" in kinds:
        kinds = _MARKS.sub(_marked, kinds)  # W1
    if "A" in kinds:
        if "E" in kinds:
            kinds = _ARABIC.sub(lambda match: match[0].replace("E", "N"), kinds)  # W2
        kinds = kinds.replace("A", "R")  # W3
    if "N" in kinds:
        kinds = _BETWEEN_ARABIC.sub("N", kinds)  # W4
    if "E" in kinds:
        kinds = _BETWEEN_EUROPEAN.sub("E", kinds)  # W4
        kinds = _TERMINATORS.sub(lambda match: "E" * len(match[0]), kinds)  # W5
        kinds = _LATIN.sub(lambda match: match[0].replace("E", "L"), kinds)  # W7
    return kinds


def _marked(match: re.Match[str]) -> str:
    """A character and its marks, which take its class (W1)."""
    return match[1] + ("O" if match[1] in "6789" else match[1]) * len(match[2])


def _neutral(kinds: str, level: int) -> str:
    """Rules N1 and N2."""
    if "O" not in kinds:
        return kinds
    kinds = _BETWEEN_LEFT.sub(lambda match: "L" * len(match[0]), kinds)
    kinds = _BETWEEN_RIGHT.sub(lambda match: "R" * len(match[0]), kinds)
    return kinds.replace("O", DIRECTION[level & 1])


@lru_cache(maxsize=MAX_DEPTH + 2)
def _levels(level: int) -> Mapping[int, int]:
    """Class letter -> level, both as code points (I1, I2)."""
    left, number = (level + 1, level + 1) if level & 1 else (level, level + 2)
    return str.maketrans("LREN", "".join(map(chr, (left, level | 1, number, number))))


# brackets: BD14-BD16, N0


def _pairs(kinds: str, chars: str) -> list[tuple[int, int]]:
    """Where bracket pairs open and close, in the order of opening; ``kinds`` has sos before it (BD16)."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[str, int]] = []
    for match in BRACKET.finditer(chars):
        char, place = match[0], match.start() + 1
        if kinds[place] != "O":
            continue
        if char in OPENING:
            if len(opened) == MAX_BRACKETS:
                break
            opened.append((CLOSE[char], place))
            continue
        depth = next((at for at in range(len(opened) - 1, -1, -1) if opened[at][0] == CLOSE[char]), -1)
        if depth >= 0:
            found.append((opened[depth][1], place))
            del opened[depth:]
    return sorted(found)


def _brackets(kinds: str, raw: str, chars: str, level: int) -> str:
    """Rule N0: brackets take the direction of what they hold or of what is around them."""
    along = DIRECTION[level & 1]
    for first, last in _pairs(kinds, chars):
        inside = set(kinds[first + 1 : last]) - {"O"}
        if not inside:
            continue
        direction = along if _holds(inside, along) else _before(kinds, first)
        for place in (first, last):
            end = place + 1
            while raw[end - 1 : end] == "M":  # raw is one shorter before: it has no sos
                end += 1
            kinds = kinds[:place] + direction * (end - place) + kinds[end:]
    return kinds


def _holds(inside: set[str], direction: str) -> bool:
    """Is there something of the direction? Numbers count as right-to-left."""
    return direction in inside if direction == "L" else bool(inside & {"R", "E", "N"})


def _before(kinds: str, place: int) -> str:
    """The direction of the nearest strong character or number before a place (N0c)."""
    for kind in reversed(kinds[:place]):
        if kind != "O":
            return "L" if kind == "L" else "R"
    return "L"
