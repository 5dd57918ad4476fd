"""The filter bar: filters as you type, colours and completes it, says what it does not understand."""

from __future__ import annotations

from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from aggregator.errors import QueryError
from aggregator.text.query_colours import coloured
from aggregator.text.query_completion import Completion, Offer, completion, offers
from tui import commands, render
from tui.messages import FilterCleared, FilterEdited, FilterKept, OffersAsked
from tui.themes import role_style
from tui.widgets.bidi_input import BidiInput
from tui.widgets.painted import Bar

REST = 0.03
"""Seconds without a key after which the list follows: longer is felt, shorter filters on half words."""
HINT = 'words "a phrase" -not (this OR that) outlet: lang:ar,fa since:2d unread starred'
TOKENS = {
    "field": "head",
    "value": "link",
    "flag": "accent",
    "phrase": "warn",
    "operator": "dim",
    "bracket": "dim",
    "error": "error",
}
"""Kinds of pieces of a filter -> roles of the themes; words are plain text."""
OFFERED = 8
"""Offers shown at most: what a person reads at a glance."""


class Tokens(Highlighter):
    """Colours the pieces of a filter."""

    def __init__(self, bar: FilterBar) -> None:
        self.bar = bar

    def highlight(self, text: Text) -> None:
        """Called by the field whenever it draws its text."""
        colours = self.bar.app.theme_variables
        for start, end, kind in coloured(text.plain):
            if role := TOKENS.get(kind):
                text.stylize(role_style(colours, role), start, end)


class FilterBar(Widget):
    """Posts FilterEdited, FilterKept, FilterCleared."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.FILTER)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rest: Timer | None = None
        self.values: dict[str, list[tuple[str, int]]] = {}
        """Field -> its values with their numbers of articles, as far as they are known."""
        self.offered: list[Offer] = []
        self.chosen = -1
        """Which offer was taken last; -1 for none."""
        self._completing: Completion | None = None

    def compose(self) -> ComposeResult:
        """A prompt, the text, the count; the error below."""
        with Horizontal(id="filter-row"):
            yield Bar(id="filter-prompt")
            yield BidiInput(
                placeholder=HINT,
                highlighter=Tokens(self),
                compact=True,
                select_on_focus=False,
                id="filter-text",
            )
            yield Bar(id="filter-count")
        yield Bar(id="filter-error")
        yield Bar(id="filter-offers")

    def on_mount(self) -> None:
        """Nothing is filtered at first."""
        self.query_one("#filter-prompt", Bar).say([(" /", "accent")])
        self.fold()

    @property
    def input(self) -> BidiInput:
        """The text field."""
        return self.query_one("#filter-text", BidiInput)

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
        for bar in (self.query_one("#filter-error", Bar), self.query_one("#filter-offers", Bar)):
            bar.display = bool(bar.left)

    def count(self, number: int) -> None:
        """Say how many articles match."""
        self.query_one("#filter-count", Bar).say([], [(f"{number:,} ", "dim")] if self.text else [])

    def explain(self, error: QueryError | None) -> None:
        """Show what is wrong, under its place."""
        spans: list[render.Span] = []
        if error is not None:
            column = max(0, min(error.position, len(self.text)))
            spans = [
                (" " * (3 + self.input.column_of(column)) + "^ ", "error"),
                (render.shown(str(error)), "error"),
            ]
            if render.span_cells(spans) > self.size.width:
                spans = [(f"   at {column + 1}: ", "error"), spans[1]]
        self.query_one("#filter-error", Bar).say(spans)
        self.fold()

    @on(Input.Changed)
    def edited(self, event: Input.Changed) -> None:
        """Wait until the keys rest."""
        event.stop()
        self.complete_anew()
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

    # --- completion ---

    def know(self, field: str, values: list[tuple[str, int]]) -> None:
        """The values of a field have come."""
        self.values[field] = values
        if self._completing is not None and self._completing.field == field:
            self.offer()

    def complete_anew(self) -> None:
        """Something was typed: what could it become?"""
        self.chosen = -1
        self._completing = completion(self.text, self.input.cursor_position)
        self.offer()

    def offer(self) -> None:
        """Show what fits; ask for the values of the field where they are not known."""
        wanted = self._completing
        self.offered = []
        if wanted is not None and (wanted.field or wanted.typed or not self.text):
            if wanted.field and wanted.field not in self.values:
                self.post_message(OffersAsked(wanted.field))
            self.offered = offers(wanted, self.values.get(wanted.field, []))[:OFFERED]
        self.show_offers()

    def show_offers(self) -> None:
        """One line, the taken one marked."""
        spans: list[render.Span] = [("   ", "text")] if self.offered and self.input.has_focus else []
        for number, offer in enumerate(self.offered if spans else []):
            spans.append((render.shown(offer.value), "accent" if number == self.chosen else "text"))
            spans.append((f" {offer.count:,}  " if offer.count else "  ", "dim"))
        self.query_one("#filter-offers", Bar).say(spans, [("Tab ", "dim")] if spans else [])
        self.fold()

    def on_descendant_blur(self) -> None:
        """Nothing is offered once the field is left."""
        self.offered = []
        self.show_offers()

    def action_complete(self, step: int) -> None:
        """Take the next offer in place of what was typed or taken before."""
        wanted = self._completing
        if wanted is None or not self.offered:
            return
        start, end = wanted.start, wanted.end
        last = len(self.offered) - 1
        if self.chosen >= 0:
            end = start + len(self.offered[self.chosen].insert)
            self.chosen = (self.chosen + step) % (last + 1)
        else:
            self.chosen = 0 if step > 0 else last
        taken = self.offered[self.chosen].insert
        text = self.text[:start] + taken + self.text[end:]
        with self.input.prevent(Input.Changed):
            self.input.value = text
            self.input.cursor_position = start + len(taken)
        self.show_offers()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self.settle)
