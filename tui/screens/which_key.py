"""The pop-up that says which keys may follow the one just pressed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Size
from textual.strip import Strip

from tui import render
from tui.keys import key_name
from tui.records import Command
from tui.toasts import hush
from tui.widgets.painted import Painted

GAP = 3
"""Cells between two columns."""

Follower = tuple[str, Command]
"""A key that may follow, and what it does."""


def label(command: Command) -> str:
    """What a command is called where there is little room."""
    return command.label or command.help.rstrip(".")


def columns(followers: Sequence[Follower], width: int) -> list[list[Follower]]:
    """The followers in lines of as many columns as fit, read from left to right."""
    cell = max((render.cells(f"{key_name(key)} {label(command)}") for key, command in followers), default=0)
    across = max(1, width // (cell + GAP))
    return [list(followers[start : start + across]) for start in range(0, len(followers), across)]


class WhichKey(Painted):
    """Lies over the bottom of a screen until the next key."""

    def __init__(self, keys: str, followers: Sequence[Follower]) -> None:
        super().__init__(id="which-key")
        self.keys, self.followers = keys, tuple(followers)

    def on_mount(self) -> None:
        """No toast lies over the keys."""
        hush(self.app)

    def lines(self, width: int) -> list[list[Follower]]:
        """The followers, a list for each line."""
        return columns(self.followers, max(1, width - 2))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as they take, and one that says what this is."""
        return len(self.lines(width)) + 1

    def render_line(self, y: int) -> Strip:
        """The keys pressed so far, then what may follow."""
        width = self.inner_width
        lines = self.lines(width)
        spans: list[render.Span] = [(" ", "text")]
        clicks: dict[int, str] = {}
        if y == 0:
            spans += [(key_name(self.keys), "accent"), (" and then …  Esc: nothing", "dim")]
        elif y <= len(lines):
            cell = (width - 2) // max(len(line) for line in lines)
            for key, command in lines[y - 1]:
                name = key_name(key)
                clicks[len(spans)] = clicks[len(spans) + 1] = f"app.run_command('{command.id}')"
                words = render.line(label(command), cell - render.cells(name) - 1)
                spans += [(f"{name} ", "accent"), (words, "text")]
        return render.strip(spans, width, self.palette(), clicks)
