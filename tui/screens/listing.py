"""A screen of one list: a title, perhaps a field to find things with, the rows, a footer."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.screens.base import LibraryScreen
from tui.widgets.bidi_input import BidiInput
from tui.widgets.painted import Bar, Footer
from tui.widgets.virtual_list import VirtualList


class ListingScreen(LibraryScreen):
    """Subclasses give the rows, and say what their commands do."""

    FIND = ""
    """The placeholder of the field; no field where it is empty."""
    AUTO_FOCUS = "VirtualList"
    outcome: str | None = None
    """What the screen gives back when it is left."""

    def rows(self) -> VirtualList:
        """Make the list."""
        raise NotImplementedError

    def above(self) -> ComposeResult:
        """What stands between the title and the list."""
        yield from ()

    def below(self) -> ComposeResult:
        """What stands between the list and the footer."""
        yield from ()

    def compose(self) -> ComposeResult:
        """Title, field, rows, footer."""
        with Vertical(id="body"):
            yield Bar(id="header")
            if self.FIND:
                with Vertical(classes="find"):
                    yield BidiInput(placeholder=self.FIND, compact=True, id="find")
            yield from self.above()
            yield self.rows()
            yield from self.below()
            yield Footer(id="footer")
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """The keys of this screen."""
        self.show_footer(self.WHERE)

    def head(self, text: str, right: str = "") -> None:
        """Show what this screen is."""
        self.query_one("#header", Bar).say([(f" {text}", "title")], [(f"{right} ", "dim")])

    def find(self, words: str) -> None:
        """Show only what matches."""

    @on(Input.Changed, "#find")
    def found(self, event: Input.Changed) -> None:
        """The field was edited."""
        event.stop()
        self.find(event.value)

    @on(Input.Submitted, "#find")
    def to_rows(self, event: Input.Submitted) -> None:
        """Enter goes to the rows."""
        event.stop()
        self.set_focus(self.query_one(VirtualList))

    def action_find(self) -> None:
        """Go to the field."""
        self.set_focus(self.query_one("#find", Input))

    def action_back(self) -> None:
        """Out of the field, then out of the screen."""
        if isinstance(self.focused, Input):
            self.focused.value = ""
            self.set_focus(self.query_one(VirtualList))
        else:
            self.dismiss(self.outcome)
