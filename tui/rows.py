"""Rows of lists as spans: an article is one line, a story of the front page two. Pure.

The lists draw with it, and so does the page that is painted before Textual is loaded (``prepaint``), which is
why nothing here needs Textual or the records: a row is anything with the fields of ArticleRow or StoryRow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui import render

if TYPE_CHECKING:
    from aggregator.model import ArticleRow, StoryRow

SMALL, LARGE = 62, 90
"""Widths in cells at which the outlet's column shrinks and grows."""
ONE_LINE = 60
"""Cells below which a story is one line."""
WIDE = 90
"""Cells from which there is room for the bar of activity."""
LEADING = 12
"""Outlets named at most."""
BARS = " .:|"
"""Articles of a step of time, none to many, as the bar shows them; few signs that every terminal has."""


def under_cursor(spans: Sequence[render.Span], glyph: str) -> list[render.Span]:
    """A line with the sign of the cursor before it, "" where the cursor is elsewhere."""
    return [(glyph, "accent") if glyph else (" ", "text"), *spans]


def outlet_width(width: int) -> int:
    """Cells of the outlet's column in a list of this width."""
    return 12 if width < SMALL else 14 if width < LARGE else 22


def row_spans(row: ArticleRow, width: int, now: int) -> list[render.Span]:
    """One article as spans that fill ``width`` cells."""
    weight = "unread" if row.unread else "text"
    related = f" +{min(row.related, 99)}" if row.related else ""
    head: list[render.Span] = [
        (render.marks(row.unread, row.starred, row.updated), "star" if row.starred else "accent"),
        (f"{render.age(row.at, now):>3} ", "dim"),
        (render.line(row.outlet, outlet_width(width)), "dim"),
        (f" {render.line(row.language, 2)} ", "dim"),
    ]
    left = max(0, width - render.span_cells(head) - 4)
    return [
        *head,
        (render.line(row.title or "(no title)", left, row.language), weight),
        (f"{related:>4}", "dim"),
    ]


def headline_spans(row: StoryRow, number: int, width: int, now: int) -> list[render.Span]:
    """Mark, number, headline; at the right how many outlets and how long ago."""
    sign = "*" if row.unread else " "
    star = render.GLYPHS.star if row.starred else " "
    head: list[render.Span] = [(f"{sign}{star}", "accent"), (f"{number:>3} ", "dim")]
    facts = f"{row.outlets:>4} outlets" if width >= ONE_LINE else f"{row.outlets:>4}"
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
    names = [render.shown(name) for name in outlets]
    for shown in range(min(len(names), LEADING), 0, -1):
        more = f" +{len(names) - shown}" if shown < len(names) else ""
        text = ", ".join(names[:shown]) + more
        if render.cells(text) <= room:
            return text
    return render.line(outlets[0], max(0, min(room, render.cells(outlets[0])))) if outlets else ""


def activity(steps: Sequence[int]) -> str:
    """Articles by time, the oldest at the left: rising or fading at a glance."""
    most = max(steps, default=0)
    if not most:
        return BARS[0] * len(steps)
    return "".join(BARS[0] if not n else BARS[1 + (n * (len(BARS) - 2)) // most] for n in steps)


def alone_spans(alone: int, width: int, key: str = "Enter") -> list[render.Span]:
    """The row of what one outlet alone tells; ``key`` lists it."""
    number = render.counted(alone, "article")
    text = f"   {render.GLYPHS.dot} {number} of one outlet alone in the last 24 h"
    hint = f"  {key} lists   "
    return [(render.line(text, max(0, width - render.cells(hint))), "text"), (hint, "dim")]
