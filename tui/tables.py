"""The rows of a table as a grid of aligned columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from aggregator.late import pattern
from tui import render
from tui.lines import Line, Numbered, line_of
from tui.render import GLYPHS, Span

CELLS = " | "
"""What joins the cells of a row in its text."""
BETWEEN = f" {GLYPHS.bar} "
NUMBER = pattern(r"[\d\s.,:%+\-\u2212\u2013$€£₪₺]*\d[\d\s.,:%+\-\u2212\u2013$€£₪₺]*")

Place = tuple[int, int]
"""Where a cell stands in its row's text."""


def grid(rows: Sequence[Numbered], width: int) -> list[Line]:
    """Lines of at most ``width`` cells, a row each; [] where there is one column only, or no room."""
    places = [cell_places(text) for text, _ in rows]
    texts = [[text[start:end] for start, end in row] for (text, _), row in zip(rows, places, strict=True)]
    columns = list(zip_longest(*texts, fillvalue=""))
    widths = [max(map(render.cells, column)) for column in columns]
    if len(columns) < 2 or sum(widths) + render.cells(BETWEEN) * (len(columns) - 1) > width:
        return []
    rights = [is_numbers(column) for column in columns]
    return [row_line(row, cells, widths, rights) for row, cells in zip(rows, places, strict=True)]


def cell_places(text: str) -> list[Place]:
    """Where the cells of a row are."""
    places, start = [], 0
    for cell in text.split(CELLS):
        places.append((start, start + len(cell)))
        start += len(cell) + len(CELLS)
    return places


def is_numbers(column: Sequence[str]) -> bool:
    """Is all below a column's head numbers, which belong under each other by their ends?"""
    below = [cell.strip() for cell in column[1:] if cell.strip()]
    return bool(below) and all(NUMBER.fullmatch(cell) for cell in below)


def row_line(row: Numbered, places: Sequence[Place], widths: Sequence[int], rights: Sequence[bool]) -> Line:
    """One row, its cells filled up to the widths of their columns."""
    spans: list[Span] = []
    clicks: dict[int, str] = {}
    numbers: dict[int, int] = {}
    for at, (start, end) in enumerate(places):
        space = " " * (widths[at] - render.cells(row[0][start:end]))
        before = (BETWEEN if at else "") + (space if rights[at] else "")
        cell = line_of(row, start, end, "text", (before, "dim"))
        clicks |= {place + len(spans): action for place, action in (cell.clicks or {}).items()}
        numbers |= {place + len(spans): number for place, number in (cell.numbers or {}).items()}
        spans += [*cell.spans, ("" if rights[at] else space, "text")]
    return Line(tuple(spans), clicks=clicks or None, numbers=numbers or None)
