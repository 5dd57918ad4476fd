"""The filter bar: filters as you type, says how many match, and what it does not understand."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from aggregator.errors import QueryError
from tui import commands, render
from tui.messages import FilterCleared, FilterEdited, FilterKept
from tui.widgets.painted import Bar

REST = 0.06
"""Seconds without a key after which the list follows: shorter filters on half words, longer is felt."""
HINT = 'words "a phrase" -not outlet: feed: lang:ar,fa tag: since:2d unread starred'


class FilterBar(Widget):
    """Posts FilterEdited, FilterKept, FilterCleared."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.FILTER)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """A prompt, the text, the count; the error below."""
        with Horizontal(id="filter-row"):
            yield Bar(id="filter-prompt")
            yield Input(placeholder=HINT, compact=True, select_on_focus=False, id="filter-text")
            yield Bar(id="filter-count")
        yield Bar(id="filter-error")

    def on_mount(self) -> None:
        """Nothing is filtered at first."""
        self.query_one("#filter-prompt", Bar).say([(" /", "accent")])
        self.fold()

    @property
    def input(self) -> Input:
        """The text field."""
        return self.query_one("#filter-text", Input)

    @property
    def text(self) -> str:
        """What has been typed."""
        return self.input.value

    def fill(self, text: str) -> None:
        """Set the text without telling anyone."""
        with self.input.prevent(Input.Changed):
            self.input.value = text
        self.explain(None)
        self.fold()

    def open(self) -> None:
        """Take the focus."""
        self.display = True
        self.screen.set_focus(self.input)

    def fold(self) -> None:
        """The bar takes room only while it is used."""
        self.display = bool(self.text) or self.input.has_focus
        self.query_one("#filter-error", Bar).display = bool(self.query_one("#filter-error", Bar).left)

    def count(self, number: int) -> None:
        """Say how many articles match."""
        self.query_one("#filter-count", Bar).say([], [(f"{number:,} ", "dim")] if self.text else [])

    def explain(self, error: QueryError | None, offset: int = 0) -> None:
        """Show what is wrong, under its place; ``offset`` is where our text begins in the query."""
        spans: list[render.Span] = []
        if error is not None:
            column = max(0, min(error.position - offset, len(self.text)))
            before = self.text[:column]
            spans = [(" " * (3 + render.cells(before)) + "^ ", "error"), (render.inert(str(error)), "error")]
            if render.span_cells(spans) > self.size.width:
                spans = [(f"   at {column + 1}: ", "error"), spans[1]]
        self.query_one("#filter-error", Bar).say(spans)
        self.fold()

    @on(Input.Changed)
    def edited(self, event: Input.Changed) -> None:
        """Wait until the keys rest."""
        event.stop()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self.settle)

    def settle(self) -> None:
        """Tell the screen what the filter says now."""
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
            self.post_message(FilterEdited(self.text))

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """Enter reaches us through the field."""
        event.stop()
        self.action_keep()

    def action_keep(self) -> None:
        """Keep the filter and go to the list."""
        self.settle()
        self.post_message(FilterKept())

    def action_clear(self) -> None:
        """Clear the filter and go to the list."""
        if self._rest is not None:
            self._rest.stop()
            self._rest = None
        self.fill("")
        self.post_message(FilterCleared())
