"""The related articles beside the article: drawn here, selected and followed by the article's own keys."""

from __future__ import annotations

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import render
from tui.lines import Document
from tui.widgets.painted import Painted

SIDE = 2
"""Cells left free beside the rows; the left ones hold the sign of the selected row, or its letters."""


class RelatedPane(Painted, ScrollView, can_focus=False):
    """Shows a Document; ``selected`` and ``letters`` are by the index of a target in it."""

    class Resized(Message):
        """The pane has another width; the lines have to be made anew."""

    class Chosen(Message):
        """A click on a row."""

        def __init__(self, target: int) -> None:
            super().__init__()
            self.target = target

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.document = Document(0)
        self.selected: int | None = None
        self.letters: dict[int, str] = {}

    @property
    def room(self) -> int:
        """Cells of a line of text; 0 while the pane is not shown."""
        return max(0, self.inner_width - 2 * SIDE) if self.display else 0

    def show(self, document: Document, *, top: bool) -> None:
        """Other lines; from the ``top``, or where the reader is."""
        self.document = document
        self.virtual_size = Size(0, len(document.lines) + 1)
        if top:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh()

    def choose(self, target: int | None) -> None:
        """Select a row and bring it into the window."""
        if target == self.selected:
            return
        self.selected = target
        self.refresh()
        if target is not None:
            top, bottom = self.document.first_line(target), self.document.last_line(target)
            if not self.scroll_y < top or bottom >= self.scroll_y + self.size.height:
                self.scroll_to(y=max(0, top - 2), animate=False)

    def seen(self) -> list[int]:
        """The targets in the window, from the top."""
        if not self.room:
            return []
        top = round(self.scroll_y)
        lines = self.document.lines[top : top + self.size.height]
        return list(dict.fromkeys(line.target for line in lines if line.target is not None))

    def show_letters(self, letters: dict[int, str]) -> None:
        """Show letters beside rows, or no longer."""
        self.letters = letters
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the window."""
        width, index = self.inner_width, y + round(self.scroll_y)
        if index >= len(self.document.lines):
            return render.strip((), width, self.palette())
        line = self.document.lines[index]
        chosen = line.target is not None and line.target == self.selected
        first = line.target is not None and self.document.first_line(line.target) == index
        letters = self.letters.get(line.target, "") if first and line.target is not None else ""
        return render.strip(
            [margin(SIDE, chosen, letters), *line.spans], width, self.palette("selected" if chosen else "")
        )

    def on_resize(self, event: events.Resize) -> None:
        """Another width is another layout, which the article makes."""
        if self.document.width != self.room:
            self.post_message(self.Resized())

    def on_click(self, event: events.Click) -> None:
        """A click on a row follows it."""
        index = event.y + round(self.scroll_y)
        if 0 <= index < len(self.document.lines):
            target = self.document.lines[index].target
            if target is not None:
                self.post_message(self.Chosen(target))


def margin(width: int, chosen: bool, letters: str) -> render.Span:
    """What stands before a line: the letters that follow it, or the sign of the selected row."""
    if letters:
        return letters.rjust(width), "star"
    return " " * (width - 1) + (render.GLYPHS.cursor if chosen else " "), "accent"
