"""The list of articles: ids for all rows, the rows themselves only where the user looks."""

from __future__ import annotations

import time
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain, groupby
from typing import ClassVar

from textual.binding import BindingType

from aggregator.model import ArticleRow, MarkAction
from tui import commands, render
from tui.messages import RowsNeeded
from tui.rows import row_spans
from tui.widgets.virtual_list import VirtualList

PAGE = 256
"""Rows asked for at once: several screens, about 10 ms of SQL."""
FIRST = 64
"""Rows of another list that are asked for before anything else: more than a screen, sooner there."""
HELD_ROWS = 32 * PAGE
"""Rows kept in memory, about 4 MB."""
FEW = 100
"""Ids that are put in one by one; more are cheaper sorted in all at once."""


def place(ids: Sequence[int], wanted: int, by_time: bool = True) -> int:
    """Where ``wanted`` is, or would be; in ids that are not by time, where it is or the beginning."""
    if by_time:
        return bisect_left(ids, -wanted, key=lambda number: -number)
    return next((index for index, number in enumerate(ids) if number == wanted), 0)


def index_of(ids: Sequence[int], wanted: int, by_time: bool = True) -> int | None:
    """The row of an article, None where it is not in the list."""
    index = place(ids, wanted, by_time)
    return index if index < len(ids) and ids[index] == wanted else None


def merged(ids: array[int], kept: Sequence[int], by_time: bool = True) -> array[int]:
    """``ids`` with those of ``kept`` that are missing put in their places, or at the end.

    No sets of many ids: their last bits are alike, on which hashing relies.
    """
    if not by_time:
        there = sorted(ids)
        return ids + array("q", [number for number in dict.fromkeys(kept) if not held_in(there, number)])
    if kept == ids:  # the whole list was marked, and stays as it is
        return ids
    if len(kept) > FEW:
        wanted = sorted(kept, reverse=True)
        if array("q", wanted) == ids:
            return ids
        both = sorted(chain(ids, wanted), reverse=True)  # two runs, which sorting only merges
        return array("q", [number for number, _ in groupby(both)])
    for number in kept:
        index = place(ids, number)
        if index == len(ids) or ids[index] != number:
            ids.insert(index, number)
    return ids


def held_in(ascending: Sequence[int], number: int) -> bool:
    """Is a number among sorted ones?"""
    index = bisect_left(ascending, number)
    return index < len(ascending) and ascending[index] == number


def as_marked(row: ArticleRow, action: MarkAction) -> ArticleRow:
    """A row as it is once its article is marked."""
    if action in (MarkAction.READ, MarkAction.UNREAD):
        return replace(row, unread=action is MarkAction.UNREAD)
    return replace(row, starred=action is MarkAction.STAR)


class ArticleList(VirtualList):
    """Rows of articles, newest first; posts RowsNeeded for rows it does not hold yet."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.LIST)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.ids: array[int] = array("q")
        self.by_time = True
        """Newest first; False in an order of the filter's own."""
        self.rows: dict[int, ArticleRow] = {}
        self.stale: set[int] = set()
        self.asked: set[int] = set()
        self.now = int(time.time())
        self.arrived = 0
        self.want = 0

    @property
    def current(self) -> int | None:
        """The id of the article under the cursor."""
        return self.ids[self.cursor] if 0 <= self.cursor < len(self.ids) else None

    @property
    def current_row(self) -> ArticleRow | None:
        """The row under the cursor where it is held."""
        return self.rows.get(self.current or 0)

    # content

    def show(self, ids: array[int], select: int | None = None) -> None:
        """Show another list from its top, or from the article ``select``."""
        self.arrived = 0
        self.replace(ids)
        self.scroll_to(y=0, animate=False, force=True)
        self.cursor = index_of(ids, select, self.by_time) or 0 if select else 0
        self.reveal()

    def renew(self, ids: array[int]) -> None:
        """Show the same list as it is now: the article under the cursor keeps its line on the screen."""
        anchor, offset = self.current, self.cursor - round(self.scroll_y)
        self.arrived += max(0, len(ids) - len(self.ids)) if anchor is not None else 0
        self.replace(ids)
        if anchor is None:
            return
        self.cursor = place(ids, anchor, self.by_time)
        if self.cursor == 0 or (not offset and not self.scroll_y):
            self.arrived = 0
        self.scroll_to(y=max(0, self.cursor - offset), animate=False, force=True)

    def replace(self, ids: array[int]) -> None:
        """Exchange the ids; rows that are held are shown until they come anew."""
        if ids == self.ids:
            self.outdate()
            return
        self.ids = ids
        self.outdate()
        self.set_reactive(VirtualList.cursor, min(self.cursor, max(0, len(ids) - 1)))
        self.count = len(ids)
        self.refresh()

    def outdate(self) -> None:
        """Ask again for every row that is looked at, now or later; only what differs is drawn anew."""
        self.stale = set(self.rows)
        self.asked.clear()
        for index in self.window():
            self.held(index)

    def window(self) -> range:
        """The rows on the screen."""
        top = round(self.scroll_y)
        return range(top, min(top + self.size.height, len(self.ids)))

    def fill(self, asked: Iterable[int], rows: Iterable[ArticleRow]) -> None:
        """Take rows that came; ``asked`` are the ids that were asked for."""
        self.stale.difference_update(asked)
        self.asked.difference_update(asked)
        for row in rows:
            changed = self.rows.pop(row.id, None) != row
            self.rows[row.id] = row
            if changed and (index := self.index_of(row.id)) is not None:
                self.refresh_row(index)
        while len(self.rows) > HELD_ROWS:
            self.rows.pop(next(iter(self.rows)))

    def mark(self, action: MarkAction, ids: Sequence[int]) -> list[ArticleRow]:
        """Show the rows around the window as they are once these are marked; returns those before."""
        whole, before = ids is self.ids, []
        marked = [] if whole else sorted(ids)
        window = self.window()
        near = range(max(0, window.start - PAGE), min(window.stop + PAGE, len(self.ids)))
        for index in near:
            row = self.rows.get(self.ids[index])
            if row and (whole or held_in(marked, row.id)) and (after := as_marked(row, action)) != row:
                before.append(row)
                self.rows[row.id] = after
        self.redraw(before)
        return before

    def put_back(self, rows: Sequence[ArticleRow]) -> None:
        """Show rows as they were."""
        self.rows.update((row.id, row) for row in rows if row.id in self.rows)
        self.redraw(rows)

    def redraw(self, rows: Sequence[ArticleRow]) -> None:
        """Draw rows anew, those that are in the window."""
        if len(rows) > self.size.height:
            self.refresh()
            return
        for row in rows:
            if (index := self.index_of(row.id)) is not None:
                self.refresh_row(index)

    def index_of(self, article_id: int) -> int | None:
        """The row of an article, None where it is not in the list."""
        return index_of(self.ids, article_id, self.by_time)

    def tick(self, now: int) -> None:
        """Time went by: rows whose age reads differently are drawn anew."""
        before, self.now = self.now, now
        for index in self.window():
            row = self.rows.get(self.ids[index])
            if row and render.age(row.at, before) != render.age(row.at, now):
                self.refresh_row(index)

    def held(self, index: int) -> ArticleRow | None:
        """The row at an index; asks for its page where it is missing or stale."""
        number = self.ids[index]
        row = self.rows.get(number)
        if (row is None or number in self.stale) and number not in self.asked:
            start = index // PAGE * PAGE
            page = self.ids[start : start + PAGE].tolist()
            self.asked.update(page)
            self.post_message(RowsNeeded(page))
        return row

    # drawing

    def spans(self, index: int, width: int) -> list[render.Span]:
        """Marks, age, outlet, language, title, number of related articles."""
        row = self.held(index)
        if row is None:
            return [(f"     {render.GLYPHS.ellipsis}", "dim")]
        return row_spans(row, width, self.now)

    def watch_cursor(self, old: int, new: int) -> None:
        """At the top everything has been seen."""
        super().watch_cursor(old, new)
        if new == 0:
            self.arrived = 0
