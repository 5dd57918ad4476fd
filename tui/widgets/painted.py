"""What all our own widgets share: lines of spans, styled by role from app.tcss."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui import commands, render
from tui.themes import ROLES


class Painted(Widget):
    """A widget that draws lines itself; ``palette`` gives the styles of the roles in ``themes``."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._palettes: dict[str, dict[str, Style]] = {}

    def notify_style_update(self) -> None:
        """A theme or a class changed: styles are looked up anew."""
        self._palettes = {}
        super().notify_style_update()

    @property
    def inner_width(self) -> int:
        """Cells of a line, without the scroll bar."""
        return self.scrollable_content_region.width

    def palette(self, over: str = "") -> dict[str, Style]:
        """Styles by role; ``over`` is "" or the colour (of ``themes``) that lies behind the whole line."""
        found = self._palettes.get(over)
        if found is None:
            colours = self.app.theme_variables
            base = self.rich_style + Style(bgcolor=colours[over] if over else None)
            found = {
                role: base + Style(color=colours[colour], bold=bold or None)
                for role, (colour, bold) in ROLES.items()
            }
            self._palettes[over] = found
        return found


class Bar(Painted):
    """One line: something at the left, something at the right, which wins where they meet."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.left: tuple[render.Span, ...] = ()
        self.right: tuple[render.Span, ...] = ()

    def say(self, left: Sequence[render.Span], right: Sequence[render.Span] = ()) -> None:
        """Show something else, if it is something else."""
        if (tuple(left), tuple(right)) != (self.left, self.right):
            self.left, self.right = tuple(left), tuple(right)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        width = self.inner_width
        if y:
            return render.strip((), width, self.palette())
        right = render.strip(self.right, min(width, render.span_cells(self.right)), self.palette())
        left = render.strip(self.left, width - right.cell_length, self.palette())
        return Strip.join([left, right])


class Footer(Bar):
    """The keys that matter where the focus is; each can be clicked."""

    def render_line(self, y: int) -> Strip:
        """Draw as many commands as fit."""
        clicks = {
            index: f"app.run_command('{role[len(CLICK) :]}')"
            for index, (_, role) in enumerate(self.left)
            if role.startswith(CLICK)
        }
        palette = self.palette()
        styled = [(text, "accent" if role.startswith(CLICK) else role) for text, role in self.left]
        return render.strip(styled, self.inner_width, palette, clicks)

    def show(self, where: commands.Where) -> None:
        """Show the commands of a place."""
        self.say(footer_spans(where))


CLICK = "click:"


def footer_spans(where: commands.Where) -> list[render.Span]:
    """The footer's line: ``Enter open  n next unread …``."""
    spans: list[render.Span] = [(" ", "text")]
    for command in commands.footer(where):
        spans += [(commands.key_name(command.keys[0]), CLICK + command.id), (f" {command.label}  ", "dim")]
    return spans
