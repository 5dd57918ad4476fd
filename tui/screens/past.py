"""What was: the articles that were opened, and what the watches told."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from aggregator.model import Alert, ArticleRow
from tui import commands, render, scope
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen
from tui.screens.listing import ListingScreen
from tui.screens.rules import article_spans
from tui.widgets.virtual_list import VirtualList

Opened = tuple[int, ArticleRow]
"""When an article was opened, in seconds, and the article."""


class OpenedList(VirtualList):
    """Rows are openings, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.opened: list[Opened] = []
        self.now = 0

    def show(self, opened: list[Opened], now: int) -> None:
        """Other rows."""
        self.opened, self.now = opened, now
        self.recount(len(opened))

    def spans(self, index: int, width: int) -> list[render.Span]:
        """When, and which article."""
        at, row = self.opened[index]
        when: render.Span = (f"{render.clock(at, self.now):>13}  ", "dim")
        return [when, *article_spans(row, width - render.cells(when[0]), self.now)]


class PastScreen(ListingScreen):
    """Lists what was opened; Enter gives the id of an article back."""

    WHERE = Where.PAST
    FIND = " / find: words of a title or an outlet"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Opened] = []
        self.words = ""

    def rows(self) -> VirtualList:
        """The openings."""
        return OpenedList()

    def on_mount(self) -> None:
        """Ask for them."""
        self.ask("openings", self.library.openings, self.show)

    def show(self, opened: list[Opened]) -> None:
        """What was opened."""
        self.opened = opened
        self.find(self.words)

    def find(self, words: str) -> None:
        """Show what holds every word."""
        self.words = words
        wanted = words.casefold().split()
        found = [
            (at, row)
            for at, row in self.opened
            if all(word in f"{row.title} {row.outlet}".casefold() for word in wanted)
        ]
        rows, back = self.query_one(OpenedList), key_of("past.back")
        if self.opened:
            rows.say("Nothing that was opened has these words.", f"{back} in the field shows all.")
        else:
            rows.say(
                "No article was opened yet.",
                f"{back} goes back to the list, where {key_of('row.open')} opens one.",
            )
        rows.show(found, self.hakawati.now())
        self.head("Opened", render.counted(len(found), "time"))

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Open it again."""
        self.dismiss(str(self.query_one(OpenedList).opened[message.index][1].id))


class AlertList(VirtualList):
    """Rows are alerts, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.alerts: list[Alert] = []
        self.now = 0

    def show(self, alerts: list[Alert], now: int) -> None:
        """Other rows."""
        self.alerts, self.now = alerts, now
        self.recount(len(alerts))

    def spans(self, index: int, width: int) -> list[render.Span]:
        """When, and what was told."""
        alert = self.alerts[index]
        when: render.Span = (f"{render.clock(alert.at, self.now):>13}  ", "dim")
        text = alert.text or f"{alert.name}: {render.counted(len(alert.articles), 'article')}"
        return [when, (render.line(text, width - render.cells(when[0])), "text")]


class AlertsScreen(ListingScreen):
    """Lists what the watches and rules told; Enter gives a filter back that shows it."""

    WHERE = Where.PAST
    FIND = " / find: words of an alert"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self) -> None:
        super().__init__()
        self.alerts: list[Alert] = []
        self.words = ""

    def rows(self) -> VirtualList:
        """The alerts."""
        return AlertList()

    def on_mount(self) -> None:
        """Ask for them."""
        self.load()

    def load(self) -> None:
        """Ask for the alerts."""
        self.ask("alerts", self.library.alerts, self.show)

    def changed(self) -> None:
        """A sync may have told something."""
        self.load()

    def show(self, alerts: list[Alert]) -> None:
        """What was told."""
        self.alerts = alerts
        self.find(self.words)

    def find(self, words: str) -> None:
        """Show what holds every word."""
        self.words = words
        wanted = words.casefold().split()
        found = [a for a in self.alerts if all(word in f"{a.name} {a.text}".casefold() for word in wanted)]
        rows = self.query_one(AlertList)
        if self.alerts:
            rows.say("No alert has these words.", "Esc in the field shows all.")
        else:
            rows.say(
                "No watch has told anything yet.",
                'A saved filter with notify = "every" or "spike" in the configuration is a watch.',
            )
        rows.show(found, self.hakawati.now())
        self.head("Alerts", render.counted(len(found), "alert"))

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Show what it is about."""
        alert = self.query_one(AlertList).alerts[message.index]
        field = "rule" if alert.kind == "rule" else "filter"
        self.dismiss(f"{field}:{scope.quoted(alert.name)}")
