"""Text taken along from the screen, as its publisher wrote it; and letters that stand for links. Pure.

What is seen may be turned, wrapped and numbered; what is copied is none of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import groupby

from tui import render
from tui.lines import Document, Line, Source, split

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""What links are named with for a moment: the row under the fingers first."""
ISOLATES = dict.fromkeys((0x2068, 0x2069))
"""The signs round names that are joined to others (``render.apart``): ours, not the publisher's."""
Place = tuple[int, int]
"""A line of a document, and a cell of it."""


def paragraph_under(document: Document, top: int) -> str:
    """The paragraph of the article's text that stands at a line, or the next below it; "" for none."""
    places = (line.paragraph for line in document.lines[top:] if line.paragraph is not None)
    return next((text for place in places if (text := document.paragraphs[place])), "")


def taken(line: Line, start: int = 0, end: int | None = None) -> str:
    """What a line says from a cell to below another, in logical order, without numbers and our own signs."""
    source = line.source
    if source is None:
        return line.text[start:end]
    last = render.span_cells(line.spans) if end is None else end
    first, last = max(0, start - source.left), max(0, last - source.left)
    places = source.turned.sources(first, last) if source.turned else [plain(source, first, last)]
    said = "".join(
        source.text[0][begin:stop]
        for a, b in places
        for begin, stop, number in split(a, b, source.text[1])
        if not number
    )
    return said.translate(ISOLATES)


def plain(source: Source, first: int, last: int) -> tuple[int, int]:
    """The part of a line's text that stands between two cells, where it is seen as it is written."""
    begin = stop = source.start
    at = 0
    for place in range(source.start, source.end):
        if at < first:
            begin = place + 1
        if at < last:
            stop = place + 1
        at += render.cells(source.text[0][place])
    return begin, max(begin, stop)


def selected_text(document: Document, first: Place, last: Place) -> str:
    """The text between two places; the lines of one paragraph become one line again."""
    rows = [
        (at, line, taken(line, first[1] if at == first[0] else 0, last[1] if at == last[0] else None))
        for at, line in enumerate(document.lines[: last[0] + 1])
        if at >= first[0]
    ]
    groups = groupby(rows, key=lambda row: -1 - row[0] if row[1].paragraph is None else row[1].paragraph)
    said = (" ".join(filter(None, (text.strip() for _, _, text in group))) for _, group in groups)
    return "\n".join(said).strip("\n")


def letters(count: int) -> list[str]:
    """As many short names: letters, or pairs of them where one each is not enough."""
    if count <= len(LETTERS):
        return list(LETTERS[:count])
    return [first + second for first in LETTERS for second in LETTERS][:count]


def lettered(line: Line, named: Mapping[int, str]) -> Line:
    """A line with letters in the place of the numbers of its links; ``named`` gives them by number."""
    spans = list(line.spans)
    for place, number in (line.numbers or {}).items():
        if letter := named.get(number):
            room = len(spans[place][0])
            shown = f"[{letter}]"
            spans[place] = ((shown if len(shown) <= room else letter).ljust(room)[:room], "star")
    return replace(line, spans=tuple(spans))
