"""Small windows over a screen: a line to type, and a choice among a few."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui import commands, render
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen
from tui.toasts import hush
from tui.widgets.bidi_input import BidiInput
from tui.widgets.painted import Bar
from tui.widgets.virtual_list import VirtualList

MOST_ROWS = 12
"""Choices seen at once: more than are offered anywhere, fewer than the lowest terminal has rows."""


def leaves() -> str:
    """The key that leaves a dialog."""
    return key_of("dialog.cancel")


class Dialog(ModalScreen[str]):
    """Says what it wants in its first line; Esc gives nothing back."""

    WHERE = Where.DIALOG
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.DIALOG)]

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__()
        self.heading, self.hint = title, hint

    def compose(self) -> ComposeResult:
        """Heading, what the subclass has, hint."""
        with Vertical(id="dialog"):
            yield Bar(id="dialog-title")
            yield from self.middle()
            yield Bar(id="dialog-hint")

    def middle(self) -> ComposeResult:
        """What is asked for."""
        yield from ()

    def on_mount(self) -> None:
        """The words; no toast lies over them."""
        hush(self.app)
        self.query_one("#dialog-title", Bar).say([(" " + render.shown(self.heading), "title")])
        self.query_one("#dialog-hint", Bar).say([(" " + render.shown(self.hint), "dim")])

    def action_cancel(self) -> None:
        """Nothing after all."""
        self.dismiss(None)


class Asking(Dialog):
    """A line of text; gives back what was typed, also "" where that was asked for."""

    def __init__(self, title: str, text: str = "", hint: str = "") -> None:
        super().__init__(title, hint or f"Enter keeps it, {leaves()} leaves it.")
        self.text = text

    def middle(self) -> ComposeResult:
        """The field."""
        yield BidiInput(self.text, compact=True, select_on_focus=False, id="dialog-text")

    @on(Input.Submitted)
    def entered(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.dismiss(event.value.strip())


class Choices(VirtualList):
    """Rows are texts with a digit each."""

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(id="choices")
        self.texts = texts

    def on_mount(self) -> None:
        """All are known from the beginning."""
        self.count = len(self.texts)

    def spans(self, index: int, width: int) -> list[render.Span]:
        """Digit and text."""
        return [(f"{index + 1} ", "accent"), (render.line(self.texts[index], width - 2), "text")]


class Choosing(Dialog):
    """Some texts to choose from by digit or cursor; gives back the key of the chosen one."""

    AUTO_FOCUS = "Choices"

    def __init__(self, title: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(title, f"A digit or {key_of('row.open')} chooses, {leaves()} leaves it.")
        self.choices = choices[:MOST_ROWS]

    def middle(self) -> ComposeResult:
        """The rows."""
        rows = Choices([text for _, text in self.choices])
        rows.styles.height = len(self.choices)
        yield rows

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Enter or a click."""
        self.dismiss(self.choices[message.index][0])

    def action_digit(self, number: int) -> None:
        """A digit."""
        if 0 < number <= len(self.choices):
            self.dismiss(self.choices[number - 1][0])
