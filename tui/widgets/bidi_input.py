"""A text field for every script: drawn as it is read, edited as it is written.

Textual's Input shows the logical order, which no terminal turns into readable Arabic or Hebrew where the
reader draws by itself. This one lays its value out and finds the cursor's column by the index map.
"""

from __future__ import annotations

from functools import lru_cache

from rich.style import Style
from rich.text import Text
from textual.strip import Strip
from textual.widgets import Input
from textual.widgets.input import Selection

from tui import render
from tui.bidi.layout import Drawing, Line, Paragraph


@lru_cache(maxsize=16)  # a key asks for the same line about ten times
def laid_out(text: str, language: str, drawing: Drawing) -> Line:
    """The text as one line of its own width."""
    return Paragraph(text, language, drawing).line(0, len(text))


class BidiInput(Input):
    """An Input whose text may run either way; the direction follows its first letter.

    Left and right go where they say on the screen; Home, End and deleting follow the text.
    """

    language: str = ""
    """The user's language: the direction while there is no letter."""

    @property
    def plain(self) -> str:
        """The value as it may be seen."""
        return "•" * len(self.value) if self.password else self.value

    @property
    def row(self) -> Line:
        """The value as it is drawn, with a cell for the cursor behind it."""
        return laid_out(f"{self.plain} ", self.language, render.drawing())

    @property
    def completed(self) -> Line:
        """The same with the suggestion, where one is shown."""
        tail = self._suggestion[len(self.value) :] if self.has_focus else ""
        return laid_out(self.plain + tail, self.language, render.drawing()) if tail else self.row

    @property
    def content_width(self) -> int:
        """Cells of the value and the cursor, or of the placeholder."""
        return self.row.width if self.value else super().content_width

    def margin(self, line: Line) -> int:
        """Cells left of the text: what runs from right to left stands at the right end."""
        room = self.scrollable_content_region.width - line.width
        return max(0, room) if line.base and self.value else 0

    def column_of(self, position: int) -> int:
        """The column of the field in which a place of the value is seen, for a sign above or below it."""
        return self._position_to_cell(position) - round(self.scroll_x)

    def _position_to_cell(self, position: int) -> int:
        """The column of a place in the value."""
        line = self.completed
        return self.margin(line) + line.column_of(position)

    @property
    def _cursor_offset(self) -> int:
        """The column of the cursor."""
        return self._position_to_cell(self.cursor_position)

    def _cell_offset_to_index(self, offset: int) -> int:
        """The place in the value that is seen in a column."""
        line = self.completed
        column = offset + round(self.scroll_x) - self.margin(line)
        return min(line.offset_at(column), len(self.value))

    # drawing

    def render_line(self, y: int) -> Strip:
        """Draw the value; the placeholder is drawn as ever."""
        if y or not self.value:
            return super().render_line(y)
        width = self.scrollable_content_region.width + 1
        line, text = self.completed, self.styled()
        spans: list[render.Span] = [(" " * self.margin(line), "text")]
        palette: dict[str, Style] = {"text": Style.null()}
        for cell in line.cells:
            style = text.get_style_at_offset(self.app.console, cell.start)
            palette[str(style)] = style
            spans.append((" " * cell.width if cell.glyph.isspace() else cell.glyph, str(style)))
        left = round(self.scroll_x)
        strip = render.strip(spans, render.span_cells(spans), palette)
        return strip.crop(left, left + width).extend_cell_length(width).apply_style(self.rich_style)

    def styled(self) -> Text:
        """The value in logical order with its styles: highlights, suggestion, selection, cursor."""
        text, tail = self._value, self._suggestion[len(self.value) :] if self.has_focus else ""
        text.append(tail or " ", self.get_component_rich_style("input--suggestion") if tail else None)
        if self.has_focus:
            start, end = sorted(self.selection)
            text.stylize_before(self.get_component_rich_style("input--selection"), start, end)
            if self._cursor_visible:
                first, last = self.under_cursor()
                text.stylize(self.get_component_rich_style("input--cursor"), first, last)
        return text

    def under_cursor(self) -> tuple[int, int]:
        """The piece of the text that is seen in the cursor's cell."""
        at = self.cursor_position
        found = (cell for cell in self.completed.cells if cell.start <= at < cell.end)
        return next(((cell.start, cell.end) for cell in found), (at, at + 1))

    # moving

    def beside(self, position: int, step: int) -> int:
        """The place that is seen ``step`` clusters further right, the same one at the edge."""
        cells = [cell for cell in self.row.cells if cell.start >= 0]
        index = next((at for at, cell in enumerate(cells) if cell.start <= position < cell.end), 0)
        return min(cells[max(0, min(index + step, len(cells) - 1))].start, len(self.value))

    def step(self, step: int, select: bool) -> None:
        """Move the cursor, or the end of the selection, to what is seen beside it."""
        start, end = self.selection
        forward = (step > 0) != bool(self.row.base)
        if select:
            self.selection = Selection(start, self.beside(end, step))
        elif not self.selection.is_empty:
            self.cursor_position = (max if forward else min)(start, end)
        elif forward and self.cursor_at_end and self._suggestion:
            self.value = self._suggestion
            self.cursor_position = len(self.value)
        else:
            self.cursor_position = self.beside(end, step)

    def action_cursor_left(self, select: bool = False) -> None:
        """Go one letter left on the screen; at the end of right-to-left text take the suggestion."""
        self.step(-1, select)

    def action_cursor_right(self, select: bool = False) -> None:
        """Go one letter right on the screen; at the end of left-to-right text take the suggestion."""
        self.step(1, select)

    def action_cursor_left_word(self, select: bool = False) -> None:
        """Go one word left on the screen, as far as the text runs one way."""
        if self.row.base:
            super().action_cursor_right_word(select)
        else:
            super().action_cursor_left_word(select)

    def action_cursor_right_word(self, select: bool = False) -> None:
        """Go one word right on the screen, as far as the text runs one way."""
        if self.row.base:
            super().action_cursor_left_word(select)
        else:
            super().action_cursor_right_word(select)
