"""The one look that tells how a terminal shows right-to-left text; nobody has to read Hebrew for it."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.widgets import Static

from tui.rtl import ALEF
from tui.screens.dialogs import Choosing

BOXES: Final = "boxes"
"""The answer of whoever sees no letters; any other answer is a mode."""
FONTS: Final = (
    "The terminal's font has no such letters: try DejaVu Sans Mono, Cascadia Code or Courier New, "
    "and look at a line of each script with: hakawati doctor"
)
ANSWERS: Final = (
    ("app", "at the left end"),
    ("terminal", "at the right end"),
    (BOXES, "nowhere, these are boxes or question marks"),
)


class TerminalQuestion(Choosing):
    """Shows three letters as they are written; gives back a mode, or BOXES."""

    def __init__(self) -> None:
        super().__init__("Your terminal. Where is the letter that looks like an X?", ANSWERS)

    def middle(self) -> ComposeResult:
        """The letters, past everything that would put them in order, and the answers."""
        yield Static(f"\n      [ {ALEF} ]\n", markup=False)
        yield from super().middle()
