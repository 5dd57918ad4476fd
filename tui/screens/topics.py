"""The topics: what publishers call their articles' subjects, with how many articles have each."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from tui import commands, render, scope
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList

Topic = tuple[str, int]
"""A topic, and how many articles have it."""
LONGEST_BAR = 20
"""Cells of the bar of the commonest topic."""


class TopicList(VirtualList):
    """Rows are topics, the commonest first."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.TOPICS)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.topics: list[Topic] = []

    def show(self, topics: list[Topic]) -> None:
        """Other rows."""
        self.topics = topics
        self.recount(len(topics))

    def spans(self, index: int, width: int) -> list[render.Span]:
        """Topic, number, and a bar as long as it is common; no bar where there is no room."""
        name, number = self.topics[index]
        most = max(count for _, count in self.topics)
        cells = max(1, number * LONGEST_BAR // most) if width > 3 * LONGEST_BAR else 0
        count = f"{number:>9,}  "
        return [
            (render.line(name, width - len(count) - (LONGEST_BAR if cells else 0)), "text"),
            (count, "dim"),
            (render.GLYPHS.rule * cells, "accent"),
        ]


class TopicsScreen(ListingScreen):
    """Lists the topics; Enter gives a filter back that shows one."""

    WHERE = Where.TOPICS
    FIND = " / find a topic"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.TOPICS)]

    def __init__(self) -> None:
        super().__init__()
        self.topics: list[Topic] = []
        self.words = ""

    def rows(self) -> VirtualList:
        """The topics."""
        return TopicList()

    def on_mount(self) -> None:
        """Ask for them."""
        self.load()

    def load(self) -> None:
        """Ask for the topics and their numbers."""
        self.ask("topics", lambda: self.library.values("topic"), self.show)

    def changed(self) -> None:
        """A sync may have brought others."""
        self.load()

    def show(self, topics: list[Topic]) -> None:
        """The topics as they are now."""
        self.topics = topics
        self.find(self.words)

    def find(self, words: str) -> None:
        """Show what holds every word."""
        self.words = words
        wanted = words.casefold().split()
        found = [topic for topic in self.topics if all(word in topic[0].casefold() for word in wanted)]
        rows, back = self.query_one(TopicList), key_of("topics.back")
        if self.topics:
            rows.say("No topic has these words.", f"{back} in the field shows all.")
        else:
            rows.say("No article here has a topic: its publisher gives it one, or none does.")
        rows.show(found)
        self.head("Topics", render.counted(len(found), "topic"))

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Show its articles."""
        self.dismiss(f"topic:{scope.quoted(self.query_one(TopicList).topics[message.index][0])}")
