"""The front page: a story is two lines; articles that one outlet alone tells are one line at the end."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType

from aggregator.model import StoryRow
from tui import commands, render
from tui.messages import StoriesNeeded
from tui.widgets.virtual_list import VirtualList

PAGE = 64
"""Stories asked for at once: two screens, about 10 ms of SQL."""
NARROW = 60
"""Cells below which a story is one line."""
WIDE = 90
"""Cells from which there is room for the bar of activity."""
LEADING = 12
"""Outlets named at most."""
BARS = " .:|"
"""Articles of a step of time, none to many, as the bar shows them; few signs that every terminal has."""


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
        """Show other stories from the top; with ``stay`` the same page as it is now, the cursor on its story."""
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
        self.set_row_height(1 if self.size.width < NARROW else 2)
        self.reveal()

    # drawing

    def spans(self, index: int, width: int) -> list[render.Span]:
        """The first line."""
        return self.part(index, 0, width)

    def part(self, index: int, line: int, width: int) -> list[render.Span]:
        """A line of a story."""
        if index >= len(self.stories):
            return alone_spans(self.alone, width) if line == 0 else []
        row = self.held(index)
        if row is None:
            return [(f"     {render.GLYPHS.ellipsis if line == 0 else ''}", "dim")]
        if line == 0:
            return headline_spans(row, index + 1, width, self.now)
        return outlet_spans(row, width)


def headline_spans(row: StoryRow, number: int, width: int, now: int) -> list[render.Span]:
    """Mark, number, headline; at the right how many outlets and how long ago."""
    sign = "*" if row.unread else " "
    star = render.GLYPHS.star if row.starred else " "
    head: list[render.Span] = [(f"{sign}{star}", "accent"), (f"{number:>3} ", "dim")]
    facts = f"{row.outlets:>4} outlets" if width >= NARROW else f"{row.outlets:>4}"
    tail: list[render.Span] = [(f" {facts} {render.age(row.last, now):>4}", "dim")]
    if width >= WIDE:
        tail.append((f" {activity(row.activity)}", "accent"))
    room = max(0, width - render.span_cells(head) - render.span_cells(tail) - 1)
    title = render.line(row.title or "(no title)", room, row.language)
    return [*head, (title, "unread" if row.unread else "text"), *tail, (" ", "text")]


def outlet_spans(row: StoryRow, width: int) -> list[render.Span]:
    """Languages with their numbers, outlets as far as there is room, and what is new."""
    counts = " ".join(f"{render.inert(language)}{number}" for language, number in row.counts)
    new = f" ^{row.new} new " if row.new else " "
    lead = f"      {counts} - "
    room = width - render.cells(lead) - render.cells(new)
    outlets = fitting(row.leading, room)
    space = max(0, room - render.cells(outlets))
    live = " [live]" if row.live and space > 7 else ""
    return [
        (lead, "dim"),
        (outlets, "text"),
        (live, "warn"),
        (" " * max(0, space - len(live)), "text"),
        (new, "accent"),
    ]


def fitting(outlets: Sequence[str], room: int) -> str:
    """Names of outlets in ``room`` cells, and how many more there are."""
    names = [render.inert(name) for name in outlets]
    for shown in range(min(len(names), LEADING), 0, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + more
        if render.cells(text) <= room:
            return text
    return render.line(names[0], max(0, room)).rstrip() if names else ""


def activity(steps: Sequence[int]) -> str:
    """Articles by time, the oldest at the left: rising or fading at a glance."""
    most = max(steps, default=0)
    if not most:
        return BARS[0] * len(steps)
    return "".join(BARS[0] if not n else BARS[1 + (n * (len(BARS) - 2)) // most] for n in steps)


def alone_spans(alone: int, width: int) -> list[render.Span]:
    """The row of what one outlet alone tells."""
    number = render.counted(alone, "article")
    text = f"   {render.GLYPHS.dot} {number} of one outlet alone in the last 24 h"
    return [(render.line(text, max(0, width - 16)), "text"), ("  Enter lists   ", "dim")]
