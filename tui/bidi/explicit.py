"""Embeddings, overrides and isolates (UAX #9: BD7, BD9, BD13, X1-X10). Pure.

News hardly ever holds any, so that this is written to be read, not to be fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tui.bidi.classes import DIRECTION, REMOVED, base_of

MAX_DEPTH = 125
"""Levels that embeddings and isolates may nest (BD2)."""


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


def explicit_levels(kinds: str, base: int, ends: dict[int, int]) -> tuple[list[str], bytearray]:
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


def isolate_ends(kinds: str) -> dict[int, int]:
    """Where each isolate that is closed ends, by where it begins (BD9)."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for match in re.finditer("[6789]", kinds):
        if match[0] != "9":
            opened.append(match.start())
        elif opened:
            ends[opened.pop()] = match.start()
    return ends


def _runs(levels: bytes, kept: list[int]) -> list[tuple[int, int]]:
    """Where level runs begin and end in ``kept`` (BD7)."""
    cuts = [at for at in range(1, len(kept)) if levels[kept[at]] != levels[kept[at - 1]]]
    return list(zip([0, *cuts], [*cuts, len(kept)], strict=True)) if kept else []


def sequences(
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
        yield places, DIRECTION[max(level, before) & 1], DIRECTION[max(level, after) & 1]
