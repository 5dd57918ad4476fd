"""Text laid out in cells: clusters, lines, and the map between what is seen and what was written. Pure.

The order of work is that of UAX #9: levels and joined letters of the whole paragraph, lines cut in logical
order by cells, each line reordered by itself. A text is laid out as it is in the source: offsets are into
it, and whatever is not sent (directional marks, joiners, stripped marks, tails of emoji) belongs to the
cluster before it. Texts come here cleaned; controls would be dropped all the same.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from aggregator.dataclass import dataclass
from aggregator.late import pattern
from tui.bidi import classes, levels
from tui.bidi.clusters import as_seen, split

Mode = Literal["app", "terminal", "off"]
"""Who puts right-to-left text in order: we do, the terminal does, nobody does."""
Marks = Literal["strip", "keep"]
"""What becomes of vowel signs: some terminals draw them one cell off or lose the letter below."""
Direction = Literal["auto", "ltr", "rtl"]
Range = tuple[int, int, str]
"""A piece of the source, by its offsets, and its role."""
Span = tuple[str, str]
"""A piece of a line as it is sent, and its role."""

RTL_LANGUAGES = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "yi", "ug", "sd", "dv", "syr", "arc"})
"""Languages whose texts run from right to left even where no letter says so (``2024``)."""
CACHED_LINES, CACHED_LAYOUTS = 8_192, 128
"""Drawn lines (0.5 kB each) and layouts with their maps (10 kB each) that are kept."""

_WORD = pattern(r"\S+")


class Drawing(NamedTuple):
    """How texts are drawn: settings and what the terminal can do."""

    mode: Mode = "app"
    marks: Marks = "strip"
    direction: Direction = "auto"
    ellipsis: str = "…"


DRAWING = Drawing()


class Cell(NamedTuple):
    """A cluster on the screen: what is sent, where it is in the source, and how many cells it takes.

    Padding and the ellipsis stand nowhere in the source: their ``start`` is -1.
    """

    glyph: str
    start: int
    end: int
    width: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is seen, from left to right; ``start``..``end`` of the source, ``base`` its level."""

    cells: tuple[Cell, ...]
    start: int
    end: int
    base: int

    @property
    def text(self) -> str:
        """What is sent."""
        return "".join(cell.glyph for cell in self.cells)

    @property
    def width(self) -> int:
        """Cells it takes."""
        return sum(cell.width for cell in self.cells)

    def spans(self, ranges: Sequence[Range], role: str = "text") -> list[Span]:
        """The line in pieces of one role each; of ranges that overlap the last one counts."""
        spans: list[Span] = []
        for cell in self.cells:
            found = role
            for start, end, name in ranges:
                if start < cell.end and cell.start < end and cell.start >= 0:
                    found = name
            if spans and spans[-1][1] == found:
                spans[-1] = (spans[-1][0] + cell.glyph, found)
            else:
                spans.append((cell.glyph, found))
        return spans

    def offset_at(self, column: int) -> int:
        """The place in the source of what is seen in a column; beside the text, that of its nearer end."""
        left = 0
        for index, cell in enumerate(self.cells):
            left += cell.width
            if column < left:
                return cell.start if cell.start >= 0 else self._beside(index)
        return self._beside(len(self.cells))

    def _beside(self, index: int) -> int:
        """The end of the text that a cell without a place in the source is at."""
        before = any(cell.start >= 0 for cell in self.cells[:index])
        return self.start if before == bool(self.base) else self.end

    def column_of(self, offset: int) -> int:
        """The first column of the cluster that holds a place of the source.

        Behind the last one it is the column that the next letter of the paragraph's direction would take,
        -1 where that is left of the line.
        """
        left = 0
        edge = [0, 0]  # left and right of the text
        for cell in self.cells:
            if cell.start <= offset < cell.end:
                return left
            if cell.start >= 0 and not edge[1]:
                edge[0] = left
            left += cell.width
            edge[1] = left if cell.start >= 0 else edge[1]
        return edge[0] - 1 if self.base else edge[1]

    def sources(self, first: int, last: int) -> list[tuple[int, int]]:
        """The pieces of the source, in their order, that are seen in columns ``first`` to below ``last``."""
        found: list[tuple[int, int]] = []
        left, seen = 0, []
        for cell in self.cells:
            if cell.start >= 0 and left < last and first < left + cell.width:
                seen.append((cell.start, cell.end))
            left += cell.width
        for start, end in sorted(seen):
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found


class Paragraph:
    """A text whose lines can be laid out."""

    def __init__(self, text: str, language: str = "", drawing: Drawing = DRAWING) -> None:
        """Resolve the text; ``language`` says the direction where no letter does."""
        self.text, self.drawing = text, drawing
        self.resolved = _resolve(text, language, drawing)
        self.base = self.resolved.base if drawing.mode == "app" else 0
        shown = as_seen(text, self.resolved.levels) if drawing.mode == "app" else text
        self.places, self.glyphs, self.widths = split(shown, drawing.marks == "keep")
        self.before = [0, *accumulate(self.widths)]

    @property
    def cells(self) -> int:
        """Cells the whole text takes on one line."""
        return self.before[-1]

    def wrap(self, width: int) -> list[tuple[int, int]]:
        """Where lines of at most ``width`` cells start and end; only a word that is longer is cut."""
        width = max(width, 1)
        lines: list[tuple[int, int]] = []
        for start, end in self._words(width):
            if lines and self._cells(lines[-1][0], end) <= width:
                lines[-1] = (lines[-1][0], end)
            else:
                lines.append((start, end))
        return lines

    def _words(self, width: int) -> Iterator[tuple[int, int]]:
        """Words, those too wide for a line in pieces."""
        for match in _WORD.finditer(self.text):
            start, end = match.span()
            while self._cells(start, end) > width:
                cut = self._fitting(self._index(start), width)
                yield start, self.places[cut]
                start = self.places[cut]
            yield start, end

    def _index(self, offset: int) -> int:
        """The first cluster that begins at a place or behind it."""
        return bisect_left(self.places, offset)

    def _cells(self, start: int, end: int) -> int:
        """Cells of a piece of the text."""
        return self.before[self._index(end)] - self.before[self._index(start)]

    def _fitting(self, first: int, width: int) -> int:
        """The cluster behind those that fit into ``width`` cells, at least one further on."""
        return max(bisect_right(self.before, self.before[first] + width) - 1, first + 1)

    def line(self, start: int, end: int, width: int = 0) -> Line:
        """The piece from ``start`` to ``end``, cut to ``width`` cells and filled up; 0 leaves its width."""
        first, last, ellipsis = self._cut(start, end, width)
        end = self.places[last] if ellipsis else end
        places = self.places[first:last]
        bounds = [start, *places[1:], end]
        cells = list(map(Cell, self.glyphs[first:last], bounds, bounds[1:], self.widths[first:last]))
        if ellipsis:
            cells.append(Cell(ellipsis, -1, -1, 1))
        ordered = [cells[place] for place in self._order(places, start, end, ellipsis)]
        padding = [Cell(" ", -1, -1, 1)] * (width - self.before[last] + self.before[first] - len(ellipsis))
        return Line(tuple(padding + ordered if self.base else ordered + padding), start, end, self.base)

    def drawn(self, width: int) -> str:
        """What is sent for the whole text in exactly ``width`` cells: ``line`` without its map."""
        _, last, ellipsis = self._cut(0, len(self.text), width)
        end = self.places[last] if ellipsis else len(self.text)
        glyphs = [*self.glyphs[:last], ellipsis] if ellipsis else self.glyphs
        shown = "".join([glyphs[place] for place in self._order(self.places[:last], 0, end, ellipsis)])
        padding = " " * (width - self.before[last] - len(ellipsis))
        return padding + shown if self.base else shown + padding

    def _cut(self, start: int, end: int, width: int) -> tuple[int, int, str]:
        """The clusters of a piece that fit into ``width`` cells, and the ellipsis where that is not all."""
        first, last = self._index(start), self._index(end)
        if width <= 0 or self.before[last] - self.before[first] <= width:
            return first, last, ""
        last = bisect_right(self.before, self.before[first] + width - 1, first) - 1
        while last > first and self.glyphs[last - 1] == " ":
            last -= 1
        return first, last, self.drawing.ellipsis

    def _order(self, places: list[int], start: int, end: int, ellipsis: str) -> Sequence[int]:
        """The order in which clusters, and an ellipsis behind them, are seen (L1, L2)."""
        if self.drawing.mode != "app":
            return range(len(places) + len(ellipsis))
        line = levels.line_levels(self.resolved, start, end)
        of_clusters = bytes([line[place - start] for place in places])
        return levels.visual_order(of_clusters + bytes((self.base,)) * len(ellipsis))


def needs_layout(text: str, language: str = "", drawing: Drawing = DRAWING) -> bool:
    """False where the text is seen as it is written, from left to right: nearly free to ask."""
    if not classes.is_plain(text) or drawing.direction == "rtl":
        return True
    return language in RTL_LANGUAGES and _resolve(text, language, drawing).base == 1


@lru_cache(maxsize=CACHED_LAYOUTS)
def cells(text: str, width: int, language: str = "", drawing: Drawing = DRAWING) -> Line:
    """``text`` as one line of exactly ``width`` cells, cut at its logical end."""
    if width <= 0:
        return Line((), 0, 0, 0)
    return Paragraph(text, language, drawing).line(0, len(text), width)


@lru_cache(maxsize=CACHED_LINES)
def drawn(text: str, width: int, language: str = "", drawing: Drawing = DRAWING) -> str:
    """The same as the string that is sent, without the map."""
    if width <= 0:
        return ""
    return Paragraph(text, language, drawing).drawn(width)


def _resolve(text: str, language: str, drawing: Drawing) -> levels.Resolved:
    """The levels of a paragraph as far as they are needed."""
    default = int(language in RTL_LANGUAGES)
    asked = {"ltr": 0, "rtl": 1}.get(drawing.direction)
    plain = classes.is_plain(text) and not asked
    if plain and (asked == 0 or not default or not classes.base_of(classes.kinds_of(text), default)):
        return levels.Resolved(0, bytes(len(text)), "")
    return levels.resolve(text, asked, default)
