"""A list that draws only what is on the screen: a million rows cost what a thousand cost.

Subclasses say how a row looks (``spans``); all rows of a list are ``row_height`` lines high, which makes the
arithmetic trivial.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import commands, render
from tui.messages import RowChosen, RowMoved
from tui.rows import under_cursor
from tui.widgets.painted import Painted


class VirtualList(Painted, ScrollView, can_focus=True):
    """Rows with a cursor; posts RowMoved and RowChosen."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.ROWS)]

    count = reactive(0, repaint=False)
    cursor = reactive(0, repaint=False)

    def __init__(self, *, id: str | None = None, row_height: int = 1) -> None:
        super().__init__(id=id)
        self.sentences: tuple[str, ...] = ()
        self.row_height = row_height
        """Lines of a row."""

    # what subclasses say

    def spans(self, index: int, width: int) -> list[render.Span]:
        """The row's spans for this width, without the cursor sign."""
        raise NotImplementedError

    def part(self, index: int, line: int, width: int) -> list[render.Span]:
        """One line of a row that has several."""
        return self.spans(index, width)

    def selectable(self, index: int) -> bool:
        """False for headings, which the cursor jumps over."""
        return True

    # drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of the window."""
        width = self.inner_width
        index, part = divmod(y + round(self.scroll_y), self.row_height)
        if self.count == 0:
            return self.empty_line(y, width)
        if index >= self.count:
            return render.strip((), width, self.palette())
        spans = self.part(index, part, width - 1)
        if index != self.cursor:
            return render.strip(under_cursor(spans, ""), width, self.palette())
        glyph = render.GLYPHS.cursor if self.has_focus else render.GLYPHS.idle_cursor
        palette = self.palette("selected" if self.has_focus else "selected-idle")
        return render.strip(under_cursor(spans, glyph), width, palette)

    def empty_line(self, y: int, width: int) -> Strip:
        """The sentences that stand where no rows are, a third down the window."""
        lines = self.empty
        top = max(0, (self.size.height - len(lines)) // 3)
        text = lines[y - top] if 0 <= y - top < len(lines) else ""
        return render.strip([("  ", "text"), (text, "dim" if y > top else "text")], width, self.palette())

    def say(self, *sentences: str) -> None:
        """Set what is shown while there are no rows: why, and the key that changes it."""
        if sentences != self.sentences:
            self.sentences = sentences
            self.refresh()

    @property
    def empty(self) -> list[str]:
        """The sentences in lines of the present width."""
        width = max(20, self.inner_width - 4)
        return [line for sentence in self.sentences for line in render.lines(sentence, width)]

    # state

    def watch_count(self, count: int) -> None:
        """A new number of rows: the scroll bar follows at once."""
        self.virtual_size = Size(0, count * self.row_height)
        self.refresh()

    def recount(self, count: int) -> None:
        """Other rows, so many; the cursor stays where it is as far as it can."""
        self.count = count
        self.set_reactive(VirtualList.cursor, max(0, min(self.cursor, count - 1)))
        self.refresh()

    def set_row_height(self, lines: int) -> None:
        """Other heights of rows; the cursor keeps its row."""
        if lines != self.row_height:
            self.row_height = lines
            self.watch_count(self.count)
            self.reveal()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(cursor, self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Redraw the two rows that changed, and no others."""
        self.refresh_row(old)
        self.refresh_row(new)

    def refresh_row(self, index: int) -> None:
        """Redraw one row if it is in the window."""
        y = index * self.row_height - round(self.scroll_y)
        if -self.row_height < y < self.size.height:
            self.refresh(Region(0, max(y, 0), self.inner_width, self.row_height))

    def on_focus(self) -> None:
        """The cursor looks different in the focused pane."""
        self.refresh_row(self.cursor)

    def on_blur(self) -> None:
        """See ``on_focus``."""
        self.refresh_row(self.cursor)

    def go_to(self, index: int, *, told: bool = True) -> None:
        """Put the cursor on a row and bring it into the window; ``told`` posts RowMoved."""
        before, self.cursor = self.cursor, index
        self.reveal()
        if told and self.cursor != before:
            self.post_message(RowMoved(self.id or "", self.cursor))

    def reveal(self) -> None:
        """Bring the cursor's row into the window: to its middle, so that most keys redraw two rows only."""
        height, top = self.size.height, round(self.scroll_y)
        first = self.cursor * self.row_height
        if height and not top <= first <= top + max(0, height - self.row_height):
            self.scroll_to(y=first - height // 2, animate=False, force=True)
        elif top and not any(self.selectable(index) for index in range(self.cursor)):
            self.scroll_to(y=0, animate=False, force=True)

    def on_resize(self) -> None:
        """Keep the cursor in the window."""
        self.reveal()

    # actions

    def action_move(self, step: int) -> None:
        """Move to the nearest selectable row in a direction."""
        index = self.cursor + step
        while 0 <= index < self.count and not self.selectable(index):
            index += step
        if 0 <= index < self.count:
            self.go_to(index)

    def action_page(self, direction: int) -> None:
        """Scroll by a window's height less a line; the cursor stays on its line of the screen."""
        step = direction * max(1, self.size.height // self.row_height - 1)
        self.scroll_to(y=round(self.scroll_y) + step * self.row_height, animate=False, force=True)
        self.land(self.cursor + step, direction)

    def action_first(self) -> None:
        """Go to the first row."""
        self.land(0, 1)

    def action_last(self) -> None:
        """Go to the last row."""
        self.land(self.count - 1, -1)

    def land(self, index: int, direction: int) -> None:
        """Go to ``index`` or, where a heading is there, to the nearest row."""
        index = max(0, min(index, self.count - 1))
        for look in (direction, -direction):
            place = index
            while 0 <= place < self.count and not self.selectable(place):
                place += look
            if 0 <= place < self.count:
                self.go_to(place)
                return

    def action_choose(self) -> None:
        """Choose the cursor's row."""
        if self.count:
            self.post_message(RowChosen(self.id or "", self.cursor))

    def on_click(self, event: events.Click) -> None:
        """A click puts the cursor there, a second one chooses."""
        index = (event.y + round(self.scroll_y)) // self.row_height
        if not 0 <= index < self.count or not self.selectable(index):
            return
        self.go_to(index)
        if event.chain == 2:
            self.action_choose()
