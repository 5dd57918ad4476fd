"""The Unicode Bidirectional Algorithm: which way each character of a text runs, and what order that makes.

Complete: UAX #9 rules P1-P3, X1-X10, W1-W7, N0-N2, I1-I2, L1 and L2. Classes are letters of a string, so
that most rules are one replacement in it; the name of a rule stands where it is carried out. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from tui.bidi.data import MIRRORED, UNASSIGNED

MAX_DEPTH = 125
"""Levels that embeddings and isolates may nest (BD2)."""
MAX_BRACKETS = 63
"""Brackets that may be open at once (BD16)."""
KNOWN_LIMIT = 20_000
"""Code points whose class is kept: more than all news uses, about 2 MB."""

KIND = {
    **{"L": "L", "R": "R", "AL": "A", "EN": "E", "ES": "S", "ET": "T", "AN": "N", "CS": "C", "NSM": "M"},
    **{"BN": "x", "B": "B", "S": "s", "WS": "w", "ON": "O"},
    **{
        "LRE": "1",
        "LRO": "2",
        "RLE": "3",
        "RLO": "4",
        "PDF": "5",
        "LRI": "6",
        "RLI": "7",
        "FSI": "8",
        "PDI": "9",
    },
}
"""The letter that stands for a bidirectional class."""
REMOVED = "x12345"
"""Letters of what rule X9 removes: they get a level, but no place."""
RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff"
    "\U0001e800-\U0001efff]"
)
"""Right-to-left characters, and those that steer direction: what makes this module needed at all."""
_SUSPECT = re.compile(
    "[^\0-\u058f\u0900-\u200e\u2010-\u2029\u202f-\u2065\u206a-\ufb1c\ufe00-\ufe6f\ufeff-\uffff]"
)
"""The same and all beyond the basic plane: one range less to look through, twice as fast."""
MIRROR = {a: b for pair in zip(MIRRORED[::2], MIRRORED[1::2], strict=True) for a, b in (pair, pair[::-1])}
"""What stands for a character where the text runs from right to left (L4)."""

_STRONG = re.compile("[LRA6789]")
_FORMATS = re.compile("[1-9]")
_PARAGRAPH = re.compile("[^B]*B?", re.DOTALL)
_TRAILING = re.compile(r"(?<![w6-9x1-5])[w6-9x1-5]*+(?:[sB]|\Z)")
_MARKS = re.compile("(.)(M+)")
_ARABIC = re.compile("A[^LR]*")
_BETWEEN_EUROPEAN = re.compile("(?<=E)[SC](?=E)")
_BETWEEN_ARABIC = re.compile("(?<=N)C(?=N)")
_TERMINATORS = re.compile("(?<=E)T+|T+(?=E)")
_LATIN = re.compile("L[^R]*")
_BETWEEN_LEFT = re.compile("(?<=L)O+(?=L)")
_BETWEEN_RIGHT = re.compile("(?<=[REN])O+(?=[REN])")
_NEUTRAL = str.maketrans("STCBsw6789", "O" * 10)
_DIRECTION = "LR"  # of a level: even, odd


class Resolved(NamedTuple):
    """What the algorithm says of a text: its paragraph level, and each character's level and class letter."""

    base: int
    levels: bytes
    kinds: str


class _Kinds(dict[int, str]):
    """Code point -> letter of its class, filled as characters are met."""

    def __missing__(self, code: int) -> str:
        letter = KIND[unicodedata.bidirectional(chr(code)) or _unassigned(code)]
        if len(self) < KNOWN_LIMIT:
            self[code] = letter
        return letter


def _unassigned(code: int) -> str:
    """The class of a code point that is no character."""
    if code & 0xFFFE == 0xFFFE:
        return "BN"
    return next((kind for first, last, kind in UNASSIGNED if first <= code <= last), "L")


_KINDS = _Kinds()
_BRACKETS = [
    char
    for char in MIRROR
    if unicodedata.category(char) in ("Ps", "Pe") and unicodedata.bidirectional(char) == "ON"
]
_BRACKET = re.compile(f"[{re.escape(''.join(_BRACKETS))}]")
_CLOSE = {
    char: unicodedata.normalize("NFC", char if unicodedata.category(char) == "Pe" else MIRROR[char])
    for char in _BRACKETS
}
"""The closing bracket of each bracket's pair; of two that are canonically equivalent, one (BD16)."""
_OPENING = frozenset(char for char in _BRACKETS if unicodedata.category(char) == "Ps")


def is_plain(text: str) -> bool:
    """True where a left-to-right paragraph of this text has no level but 0: nothing is to be reordered."""
    return text.isascii() or not (_SUSPECT.search(text) and RIGHT_TO_LEFT.search(text))


def kinds_of(text: str) -> str:
    """The letter of each character's bidirectional class."""
    return text.translate(_KINDS)


def base_of(kinds: str, default: int = 0) -> int:
    """The paragraph level by the first strong character (P2, P3), ``default`` where there is none."""
    strong = first_strong(kinds)
    return default if not strong else int(strong != "L")


def first_strong(kinds: str) -> str:
    """The first of L, R and A that is in no isolate, or "" (P2)."""
    depth = 0
    for match in _STRONG.finditer(kinds):
        kind = match[0]
        if kind in "678":
            depth += 1
        elif kind == "9":
            depth -= depth > 0
        elif not depth:
            return kind
    return ""


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
    side = _DIRECTION[level & 1]
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


# one sequence: W, N, I


def _resolve_sequence(raw: str, chars: str, level: int, before: str, after: str) -> bytes:
    """The levels of an isolating run sequence, ``before`` and ``after`` being its sos and eos."""
    kinds = _weak(before + raw).translate(_NEUTRAL)
    if _BRACKET.search(chars):
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
    return kinds.replace("O", _DIRECTION[level & 1])


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
    for match in _BRACKET.finditer(chars):
        char, place = match[0], match.start() + 1
        if kinds[place] != "O":
            continue
        if char in _OPENING:
            if len(opened) == MAX_BRACKETS:
                break
            opened.append((_CLOSE[char], place))
            continue
        depth = next((at for at in range(len(opened) - 1, -1, -1) if opened[at][0] == _CLOSE[char]), -1)
        if depth >= 0:
            found.append((opened[depth][1], place))
            del opened[depth:]
    return sorted(found)


def _brackets(kinds: str, raw: str, chars: str, level: int) -> str:
    """Rule N0: brackets take the direction of what they hold or of what is around them."""
    along = _DIRECTION[level & 1]
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


# embeddings and isolates: X1-X10


class _Nesting:
    """The stack of rules X1 to X8: (level, override, is an isolate) of what is open."""

    def __init__(self, base: int) -> None:
        self.open = [(base, "", False)]
        self.lost_isolates = self.lost_embeddings = self.isolates = 0

    def embed(self, right: bool, override: str) -> None:
        """An embedding or override begins (X2-X5)."""
        level = self._next(right)
        if level and not self.lost_embeddings:
            self.open.append((level, override, False))
        elif not self.lost_isolates:
            self.lost_embeddings += 1

    def isolate(self, right: bool) -> None:
        """An isolate begins (X5a-X5c)."""
        level = self._next(right)
        if level and not self.lost_embeddings:
            self.isolates += 1
            self.open.append((level, "", True))
        else:
            self.lost_isolates += 1

    def _next(self, right: bool) -> int:
        """The next level of a direction, 0 where that is too deep."""
        level = self.open[-1][0]
        level = level + 1 | 1 if right else (level + 2) & ~1
        return 0 if level > MAX_DEPTH or self.lost_isolates else level

    def end_isolate(self) -> None:
        """An isolate ends (X6a)."""
        if self.lost_isolates:
            self.lost_isolates -= 1
        elif self.isolates:
            self.lost_embeddings = 0
            while not self.open[-1][2]:
                self.open.pop()
            self.open.pop()
            self.isolates -= 1

    def end_embedding(self) -> None:
        """An embedding or override ends (X7)."""
        if self.lost_isolates:
            return
        if self.lost_embeddings:
            self.lost_embeddings -= 1
        elif not self.open[-1][2] and len(self.open) > 1:
            self.open.pop()


def _explicit(kinds: str, base: int, ends: dict[int, int]) -> tuple[list[str], bytearray]:
    """Each character's class after overrides, and its explicit level (X1-X8); ``ends`` of isolates."""
    nesting = _Nesting(base)
    changed, levels = list(kinds), bytearray(len(kinds))
    for place, kind in enumerate(kinds):
        if kind == "9":
            nesting.end_isolate()
        level, override, _ = nesting.open[-1]
        levels[place] = base if kind == "B" else level
        if override and kind not in REMOVED and kind != "B":
            changed[place] = override
        if kind in "1234":
            nesting.embed(kind in "34", {"2": "L", "4": "R"}.get(kind, ""))
        elif kind == "5":
            nesting.end_embedding()
        elif kind in "678":
            nesting.isolate(kind == "7" or (kind == "8" and _fsi_is_right(kinds, place, ends, nesting)))
    return changed, levels


def _fsi_is_right(kinds: str, place: int, ends: dict[int, int], nesting: _Nesting) -> bool:
    """Does a first-strong isolate run from right to left (X5c)? False where it is too deep."""
    if nesting.lost_isolates or nesting.lost_embeddings:
        return False
    return base_of(kinds[place + 1 : ends.get(place, len(kinds))]) == 1


def _isolate_ends(kinds: str) -> dict[int, int]:
    """Where each isolate that is closed ends, by where it begins (BD9)."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer("[6789]", kinds):
        if match[0] != "9":
            opened.append(match.start())
        elif opened:
            ends[opened.pop()] = match.start()
    return ends


def _resolve_explicit(text: str, kinds: str, base: int) -> bytes:
    """The levels of a paragraph that holds formatting characters or other characters without a place."""
    ends = _isolate_ends(kinds)
    changed, levels = _explicit(kinds, base, ends)
    kept = [place for place, kind in enumerate(kinds) if kind not in REMOVED]  # X9
    explicit = bytes(levels)
    for places, before, after in _sequences(kinds, explicit, kept, base, ends):
        raw, chars = "".join(changed[i] for i in places), "".join(text[i] for i in places)
        level = explicit[places[0]]
        for place, resolved in zip(places, _resolve_sequence(raw, chars, level, before, after), strict=True):
            levels[place] = resolved
    for place, kind in enumerate(kinds):
        if kind in REMOVED:
            levels[place] = levels[place - 1] if place else base
    return bytes(levels)


def _runs(levels: bytes, kept: list[int]) -> list[tuple[int, int]]:
    """Where level runs begin and end in ``kept`` (BD7)."""
    cuts = [at for at in range(1, len(kept)) if levels[kept[at]] != levels[kept[at - 1]]]
    return list(zip([0, *cuts], [*cuts, len(kept)], strict=True)) if kept else []


def _sequences(
    kinds: str, levels: bytes, kept: list[int], base: int, ends: dict[int, int]
) -> Iterator[tuple[list[int], str, str]]:
    """The isolating run sequences: places, sos and eos of each (BD13, X10)."""
    runs = _runs(levels, kept)
    starts = {kept[first]: at for at, (first, _) in enumerate(runs)}
    closing = set(ends.values())
    for first, last in runs:
        if kept[first] in closing:
            continue  # it continues the sequence that opened the isolate
        places, end = kept[first:last], last
        while (close := ends.get(places[-1])) is not None:
            begin, end = runs[starts[close]]
            places += kept[begin:end]
        level = levels[places[0]]
        before = levels[kept[first - 1]] if first else base
        after = base if end == len(kept) or kinds[places[-1]] in "678" else levels[kept[end]]
        yield places, _DIRECTION[max(level, before) & 1], _DIRECTION[max(level, after) & 1]
