"""What all our own widgets share: lines of spans, styled by role from app.tcss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from tui import render, themes
from tui.keys import Keymap, key_name
from tui.records import Command, Where

if TYPE_CHECKING:
    from tui.pressing import KeyedApp


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
            found = themes.palette(self.app.theme_variables, self.rich_style, over)
            self._palettes[over] = found
        return found


class Bar(Painted):
    """One line: something at the left, something at the right, which wins where they meet.

    ``clicks`` maps the index of a span of the left end to the action of a click on it.
    """

    def __init__(self, *, id: str | None = None, clicks: Mapping[int, str] | None = None) -> None:
        super().__init__(id=id)
        self.left: tuple[render.Span, ...] = ()
        self.right: tuple[render.Span, ...] = ()
        self.clicks = clicks or {}

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
        left = render.strip(
            render.cut(self.left, width - right.cell_length),
            width - right.cell_length,
            self.palette(),
            self.clicks,
        )
        return Strip.join([left, right])


class Footer(Bar):
    """The keys that matter where the focus is; each can be clicked."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.where = Where.LIST

    def show(self, where: Where) -> None:
        """Show the commands of a place."""
        self.where = where
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw as many commands as fit."""
        spans: list[render.Span] = [(" ", "text")]
        clicks: dict[int, str] = {}
        for command in fitting(cast("KeyedApp", self.app).keymap, self.where, self.inner_width):
            clicks[len(spans)] = f"app.run_command('{command.id}')"
            spans += [(key_name(command.keys[0]), "accent"), (f" {command.label}  ", "dim")]
        return render.strip(spans, self.inner_width, self.palette(), clicks)


def fitting(keymap: Keymap, where: Where, width: int) -> list[Command]:
    """The footer's commands in ``width`` cells: the first ones, and help in any case."""
    wanted = keymap.footer(where)
    room = width - 1 - sum(footer_cells(command) for command in wanted if command.id == "help")
    shown = []
    for command in wanted:
        if command.id != "help":
            room -= footer_cells(command)
        if room >= 0 or command.id == "help":
            shown.append(command)
    return shown


def footer_cells(command: Command) -> int:
    """Cells a command takes in the footer; the two spaces behind the last one may be missing."""
    return len(key_name(command.keys[0])) + len(command.label) + 3
