"""The help: every command with its keys, made from the records, found by typing."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from tui import commands, render
from tui.keys import DEFAULT, Keymap, key_of, keys_text
from tui.records import Command, Where
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList

KEYS_WIDTH = 20
ABOUT = (
    "Signs: * unread, star or s starred, ~ edited since first stored, +3 has three related articles,",
    "! feed is failing, > what the list shows.",
    'Filter: words "a phrase" begin* -not outlet:name feed:name lang:ar,fa tag:oil since:2d until:2026-11-20',
    "unread starred. All must match; a comma means any of.",
    "Keyboards: Arabic, Persian, Hebrew and Turkish ones do what a US one does, capitals too. Arabic",
    "has signs on C D F L, Persian on O P: there : runs the command by its name.",
)


class HelpList(VirtualList):
    """Headings (a Where), commands, and sentences."""

    def __init__(self, keymap: Keymap = DEFAULT) -> None:
        super().__init__(id="rows")
        self.keymap = keymap
        self.entries: list[Command | Where | str] = []

    def show(self, words: str) -> None:
        """The commands that match, under the place they belong to."""
        self.entries = []
        found = self.keymap.matching(words)
        for where, group in self.keymap.grouped():
            if here := [command for command in group if command in found]:
                self.entries += [where, *here]
        if not words.strip():
            self.entries += ["Reading the screen", *(part for part in ABOUT)]
        self.say("No key or command has these words.", f"{key_of('help.back')} shows them all.")
        self.count = len(self.entries)
        self.refresh()
        self.action_first()

    def selectable(self, index: int) -> bool:
        """Headings are jumped over."""
        return not isinstance(self.entries[index], Where)

    def spans(self, index: int, width: int) -> list[render.Span]:
        """Keys and what they do."""
        entry = self.entries[index]
        if isinstance(entry, Where):
            return [(entry.value, "head")]
        if isinstance(entry, str):
            return [(entry, "head" if entry not in ABOUT else "text")]
        whole = width - 2 - KEYS_WIDTH
        room = whole - render.cells(entry.help)
        return [
            ("  ", "text"),
            (render.line(keys_text(entry), KEYS_WIDTH - 1) + " ", "accent"),
            (entry.help if room >= 0 else render.line(entry.help, whole), "text"),
            (render.right(entry.id, room - 1) if room > render.cells(entry.id) + 2 else "", "dim"),
        ]


class HelpScreen(ListingScreen):
    """Lists every command."""

    WHERE = Where.HELP
    FIND = " / find a key or a command"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.HELP)]

    def rows(self) -> VirtualList:
        """The commands."""
        return HelpList(self.hakawati.keymap)

    def on_mount(self) -> None:
        """Everything at first."""
        self.head("Help", f"{key_of('help.back')} goes back")
        self.find("")

    def find(self, words: str) -> None:
        """Show what matches."""
        self.query_one(HelpList).show(words)
