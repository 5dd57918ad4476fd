"""The storyline of an article: the earlier and later stories by date."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType

from aggregator.model import StoryRow
from tui import commands, render
from tui.commands import Where
from tui.lines import listed
from tui.messages import RowChosen
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList

WHEN = 15
"""Cells before a headline: ``22 Nov 14:02  ``."""


class Thread(NamedTuple):
    """The stories of a storyline, oldest first; ``own`` is the one that was asked about."""

    own: int
    stories: list[StoryRow]


class ThreadList(VirtualList):
    """Rows are stories of a storyline, the earliest first, two lines each."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self, own: int) -> None:
        super().__init__(id="rows", row_height=2)
        self.own = own
        self.stories: list[StoryRow] = []
        self.now = 0

    def show(self, stories: list[StoryRow], now: int) -> None:
        """Other rows; the cursor goes to the story that was asked about."""
        self.stories, self.now = stories, now
        self.count = len(stories)
        self.go_to(next((at for at, row in enumerate(stories) if row.id == self.own), 0), told=False)
        self.refresh()

    def spans(self, index: int, width: int) -> list[render.Span]:
        """The first line: when it began, and its headline."""
        row = self.stories[index]
        own = row.id == self.own
        when = f"{render.clock(row.first, self.now):>{WHEN - 2}}  "
        title = render.line(row.title or "(no title)", width - render.cells(when) - 8, row.language)
        return [(when, "dim"), (title, "title" if own else "text"), (" (this)" if own else "", "accent")]

    def part(self, index: int, line: int, width: int) -> list[render.Span]:
        """The second line: who tells it."""
        if line == 0:
            return self.spans(index, width)
        row = self.stories[index]
        outlets = f"{row.outlets} outlet{'' if row.outlets == 1 else 's'}"
        facts = f"{render.counted(row.articles, 'article')}, {outlets}: {listed(row.leading)}"
        return [(" " * WHEN, "dim"), (render.line(facts, width - WHEN - 1), "dim")]


class ThreadScreen(ListingScreen):
    """A storyline by date; Enter gives the id of an article back."""

    WHERE = Where.PAST
    FIND = " / find: words of a headline or an outlet"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.PAST)]

    def __init__(self, thread: Thread) -> None:
        super().__init__()
        self.thread = thread

    def rows(self) -> VirtualList:
        """The stories."""
        return ThreadList(self.thread.own)

    def on_mount(self) -> None:
        """They are known."""
        self.find("")

    def find(self, words: str) -> None:
        """Show the stories that hold every word."""
        wanted = words.casefold().split()
        found = [
            row
            for row in self.thread.stories
            if all(word in f"{row.title} {' '.join(row.leading)}".casefold() for word in wanted)
        ]
        rows = self.query_one(ThreadList)
        rows.say("No story of this storyline has these words.", "Esc in the field shows all.")
        rows.show(found, self.hakawati.now())
        self.head(
            "Storyline", f"{len(found)} {'story' if len(found) == 1 else 'stories'}, the earliest first"
        )

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Open the report whose headline it shows."""
        self.dismiss(str(self.query_one(ThreadList).stories[message.index].lead))
