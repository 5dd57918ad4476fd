"""The catalogue: every feed of the configuration; one key follows it or lets it go."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from aggregator.model import CatalogueEntry
from tui import commands, render
from tui.commands import Where
from tui.messages import RowChosen
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList


def matching(entries: list[CatalogueEntry], words: str) -> list[CatalogueEntry]:
    """The entries that hold every word; a word of two letters is a language or a country as well."""
    wanted = words.casefold().split()
    return [entry for entry in entries if all(holds(entry, word) for word in wanted)]


def holds(entry: CatalogueEntry, word: str) -> bool:
    """Does the entry answer to this word? Two letters are a language or a country, never a part of a word."""
    if word in {"on", "off"}:
        return entry.enabled == (word == "on")
    if len(word) == 2:
        return word in (entry.language.casefold(), entry.country.casefold())
    text = f"{entry.outlet} {entry.title} {entry.url} {' '.join(entry.tags)} {entry.note}"
    return word in text.casefold()


class CatalogueList(VirtualList):
    """Rows are CatalogueEntry."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.CATALOGUE)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.entries: list[CatalogueEntry] = []

    def show(self, entries: list[CatalogueEntry]) -> None:
        """Other rows; the cursor stays where it is as far as it can."""
        self.entries = entries
        self.count = len(entries)
        self.set_reactive(VirtualList.cursor, max(0, min(self.cursor, self.count - 1)))
        self.reveal()
        self.refresh()

    def spans(self, index: int, width: int) -> list[render.Span]:
        """On or off, language, country, outlet, title, and a note."""
        entry = self.entries[index]
        outlet, name = entry.outlet or entry.title, entry.title if entry.outlet else ""
        head: list[render.Span] = [
            ("[x] " if entry.enabled else "[ ] ", "accent" if entry.enabled else "dim"),
            (render.line(entry.language, 3), "dim"),
            (render.line(entry.country, 3), "dim"),
            (render.line(outlet or entry.url, 26) + " ", "unread" if entry.enabled else "text"),
        ]
        rest = " - ".join(part for part in (name if name != outlet else "", entry.note) if part)
        return [*head, (render.line(rest or entry.url, width - render.span_cells(head)), "dim")]


class CatalogueScreen(ListingScreen):
    """Lists the configuration's feeds."""

    WHERE = Where.CATALOGUE
    FIND = " / find: a name, ar (language), lb (country), a tag, on, off"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.CATALOGUE)]

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[CatalogueEntry] = []
        self.words = ""

    def rows(self) -> VirtualList:
        """The feeds."""
        return CatalogueList()

    def on_mount(self) -> None:
        """Read the configuration."""
        self.load()

    def load(self, _: object = None) -> None:
        """Ask for the feeds."""
        self.ask("catalogue", self.library.catalogue, self.show)

    def show(self, entries: list[CatalogueEntry]) -> None:
        """The feeds as they are now."""
        self.entries = entries
        self.find(self.words)

    def find(self, words: str) -> None:
        """Show what matches."""
        self.words = words
        found, rows = matching(self.entries, words), self.query_one(CatalogueList)
        rows.show(found)
        if self.entries:
            rows.say("No feed has these words.", "Esc in the field shows all.")
        else:
            rows.say("The configuration names no feed.", "hakawati feeds add ADDRESS adds one.")
        on = sum(entry.enabled for entry in self.entries)
        self.head(
            "Catalogue", f"{render.counted(len(found), 'feed')} shown, {on} followed of {len(self.entries)}"
        )

    @on(RowChosen)
    def chosen(self) -> None:
        """A double click."""
        self.action_follow()

    def action_follow(self) -> None:
        """Follow the feed under the cursor, or let it go."""
        rows = self.query_one(CatalogueList)
        if rows.entries:
            entry = rows.entries[rows.cursor]
            change = self.library.disable if entry.enabled else self.library.enable
            self.outcome = entry.url
            self.do(lambda: change(entry.url), self.load)
            if entry.enabled:
                self.say("No longer followed: its articles leave the lists until you follow it again.")
