"""Texts compared by their letters only, and an engine's text asked whether a piece is part of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

SHORT_KEY: Final = 25  # letters; a shorter piece must be a whole line of the engine's
WINDOW: Final = 16  # letters of a piece that are looked up at a time where it is not there as a whole
ENOUGH_WINDOWS: Final = 0.6  # share of them that must be there

_NO_LETTERS = re.compile(r"[\W_]+")


def key(text: str) -> str:
    """The letters and digits of ``text`` in lower case: what an engine leaves unchanged."""
    return _NO_LETTERS.sub("", text.lower())


class Votes:
    """The engine's text, to be asked whether a piece is part of it."""

    def __init__(self, lines: Iterable[str]) -> None:
        keys = [made for line in lines if (made := key(line))]
        self.lines = frozenset(keys)
        self.whole = "\n".join(keys)
        self.joined = "".join(keys)

    def has(self, piece: str) -> bool:
        """True when the piece with this key stands in the engine's text."""
        if len(piece) < SHORT_KEY:
            return piece in self.lines
        if piece in self.joined:
            return True
        windows = range(0, len(piece) - WINDOW + 1, WINDOW)
        found = sum(piece[at : at + WINDOW] in self.joined for at in windows)
        return found >= ENOUGH_WINDOWS * len(windows)
