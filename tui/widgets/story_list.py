"""The front page: a story is two lines; articles that one outlet alone tells are one line at the end."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.binding import BindingType

from aggregator.model import MarkAction, StoryRow
from tui import commands, render
from tui.keys import key_of
from tui.messages import StoriesNeeded
from tui.rows import ONE_LINE, alone_spans, headline_spans, outlet_spans
from tui.widgets.virtual_list import VirtualList

PAGE = 64
"""Stories asked for at once: two screens, about 10 ms of SQL."""


def as_marked(row: StoryRow, action: MarkAction) -> StoryRow:
    """A story as it is once all its articles are marked read, or unread again."""
    return replace(row, unread=row.articles if action is MarkAction.UNREAD else 0)


class StoryList(VirtualList):
    """Rows are stories, the hottest first; posts StoriesNeeded for those it does not hold yet."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.LIST)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, row_height=2)
        self.stories: array[int] = array("q")
        self.rows: dict[int, StoryRow] = {}
        self.asked: set[int] = set()
        self.alone = 0
        self.now = int(time.time())

    # content

    @property
    def current(self) -> StoryRow | None:
        """The story under the cursor, where it is held."""
        at = self.cursor
        return self.rows.get(self.stories[at]) if 0 <= at < len(self.stories) else None

    @property
    def on_alone(self) -> bool:
        """Is the cursor on the row of articles without company?"""
        return bool(self.alone) and self.cursor == len(self.stories)

    def show(self, stories: array[int], alone: int, *, stay: bool) -> None:
        """Show other stories from the top; with ``stay`` the same page as now, the cursor on its story."""
        under = self.stories[self.cursor] if stay and 0 <= self.cursor < len(self.stories) else 0
        offset = self.cursor * self.row_height - round(self.scroll_y)
        self.stories, self.alone = stories, alone
        self.asked.clear()
        if not stay:
            self.rows.clear()
        self.set_reactive(VirtualList.cursor, next((i for i, s in enumerate(stories) if s == under), 0))
        self.count = len(stories) + bool(alone)
        top = max(0, self.cursor * self.row_height - offset) if under else 0
        self.scroll_to(y=top, animate=False, force=True)
        for index in self.window():
            self.held(index, anew=stay)
        self.refresh()

    def window(self) -> range:
        """The rows on the screen."""
        top = round(self.scroll_y) // self.row_height
        return range(top, min(top + self.size.height // self.row_height + 1, len(self.stories)))

    def fill(self, asked: Iterable[int], rows: Iterable[StoryRow]) -> None:
        """Take rows that came; only what differs is drawn anew."""
        self.asked.difference_update(asked)
        places = {story: index for index, story in enumerate(self.stories)}
        for row in rows:
            if self.rows.get(row.id) != row:
                self.rows[row.id] = row
                if row.id in places:
                    self.refresh_row(places[row.id])

    def mark(self, action: MarkAction, stories: Iterable[int]) -> list[StoryRow]:
        """Show stories that are held as they are once all their articles are marked; returns those before."""
        before = []
        for story in stories:
            row = self.rows.get(story)
            if row and (after := as_marked(row, action)) != row:
                before.append(row)
                self.rows[story] = after
        if before:
            self.refresh()
        return before

    def put_back(self, rows: Iterable[StoryRow]) -> None:
        """Show stories as they were."""
        self.rows.update((row.id, row) for row in rows if row.id in self.rows)
        self.refresh()

    def held(self, index: int, *, anew: bool = False) -> StoryRow | None:
        """The row at an index; asks for its page where it is missing."""
        story = self.stories[index]
        row = self.rows.get(story)
        if (row is None or anew) and story not in self.asked:
            start = index // PAGE * PAGE
            page = self.stories[start : start + PAGE].tolist()
            self.asked.update(page)
            self.post_message(StoriesNeeded(page))
        return row

    def tick(self, now: int) -> None:
        """Time went by."""
        if now // render.MINUTE != self.now // render.MINUTE:
            self.now = now
            self.refresh()

    def on_resize(self) -> None:
        """A narrow list has one line a story."""
        self.set_row_height(1 if self.size.width < ONE_LINE else 2)
        self.reveal()

    # drawing

    def spans(self, index: int, width: int) -> list[render.Span]:
        """The first line."""
        return self.part(index, 0, width)

    def part(self, index: int, line: int, width: int) -> list[render.Span]:
        """A line of a story."""
        if index >= len(self.stories):
            return alone_spans(self.alone, width, key_of("row.open")) if line == 0 else []
        row = self.held(index)
        if row is None:
            return [(f"     {render.GLYPHS.ellipsis if line == 0 else ''}", "dim")]
        if line == 0:
            return headline_spans(row, index + 1, width, self.now)
        return outlet_spans(row, width)
