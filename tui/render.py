"""Text to cells: the one place that decides what of a string reaches the terminal, and how wide it is.

Pure: everything is a function of its arguments, ``now`` among them. Whatever a feed sent passes through
``inert`` here once more, although the store holds clean text already: a second lock on the same door.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

from aggregator.late import pattern
from aggregator.text.inert import clean_text
from tui.bidi import layout
from tui.bidi.clusters import UNSENT
from tui.bidi.layout import Direction, Drawing, Paragraph

if TYPE_CHECKING:  # the page that is painted before Textual is loaded is made of the same spans
    from rich.segment import Segment
    from rich.style import Style
    from textual.strip import Strip

Span = tuple[str, str]
"""A piece of a line: its text and its role, a key of the palette (``text``, ``dim``, ``link``…)."""

Palette: TypeAlias = "Mapping[str, Style]"
"""Role -> style; the role ``text`` is always there and fills the rest of the line."""

MINUTE, HOUR, DAY, WEEK, YEAR = 60, 3_600, 86_400, 604_800, 31_557_600
LINE_LIMIT = 4_000
"""Characters of one line that are looked at: more than the widest terminal shows, less than would hurt."""
CACHED_LINES = 8_192
"""Laid-out cells that are kept: about a hundred screens, 1-2 MB."""
UNDRAWN = pattern("[\u00ad\u0600-\u0605\u061c\u200d\u200e\u200f\u2066-\u2069\ufe0e\ufe0f]")
"""Characters that terminals give different widths to (joiners, selectors, isolates), besides ``UNSENT``."""
ZWNJ = "\u200c"
CLOSED = "\ufffd"
"""Stands for a character whose width terminals do not agree on; that of this one they do."""
DISPUTED = pattern(
    "[\u1160-\u11ff\u2630-\u2637\u268a-\u268f\u3248-\u324f\u4dc0-\u4dff\ud7b0-\ud7ff\U0001d300-\U0001d37f]"
)
"""Signs that one version of Unicode has wide and another one narrow, and letters made of several."""
FIRST_FLAG, LAST_FLAG = 0x1F1E6, 0x1F1FF
"""Halves of flags, A to Z: a flag is two cells, one, four or two letters, so it is always two letters."""
ODD = pattern(
    "[^ -~\u00a0-\u00ac\u00ae-\u0377\u038e-\u03a1\u03a3-\u052f\u0591-\u05c7\u05d0-\u05ea\u05ef-\u05f4"
    "\u0606-\u061b\u061d-\u06dc\u06de-\u070d\u1e00-\u1eff\u2000-\u200c\u2010-\u2064\u20a0-\u20bf\u2100-\u218b"
    "\u2190-\u2426\u2460-\u262f\u2638-\u2689\u2690-\u2b73\u3000-\u302d\u3030-\u303e\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\ufbd3-\ufd8f\ufdf0-\ufdfc\ufe76-\ufefc\uff01-\uff9f\ufffd\U0001f300-\U0001f3fa\U0001f400-\U0001f6d7]"
)
"""Whatever is in no block of which every character has a width that is known: looked at one by one."""
ONE_CELL = pattern(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u0660-\u066f\u0671-\u06d3"
    "\u06f0-\u06f9\u060c\u061b\u061f\u2010-\u2015\u2018-\u201f\u2026]*"
)
"""Latin, Hebrew and Arabic letters, digits and signs that take one cell each, and no space but U+0020."""


class Glyphs(NamedTuple):
    """The few signs that are not plain ASCII, and what stands for them where the locale has no UTF-8."""

    cursor: str = "▌"
    idle_cursor: str = "▏"
    star: str = "★"
    bullet: str = "•"
    bar: str = "│"
    rule: str = "─"
    ellipsis: str = "…"
    dot: str = "·"
    open: str = "▾"
    closed: str = "▸"
    arrow: str = "→"


ASCII = Glyphs(">", "|", "s", "-", "|", "-", "~", "-", "v", ">", "->")


def choose_glyphs(encoding: str | None) -> Glyphs:
    """The signs that an output with this encoding can show."""
    return Glyphs() if (encoding or "").lower().replace("-", "") in {"utf8", "utf16"} else ASCII


GLYPHS = choose_glyphs(getattr(sys.__stdout__, "encoding", None))


_drawing = Drawing(ellipsis=GLYPHS.ellipsis)


def use(drawing: Drawing) -> None:
    """Draw right-to-left text in another way from now on; whoever calls repaints."""
    global _drawing
    _drawing = drawing
    line.cache_clear()
    cells.cache_clear()


class _Sent(dict[int, "str | None"]):
    """Code point -> what is sent for it: itself, something else as wide as one cell, None for nothing."""

    def __init__(self, *, drops: bool) -> None:
        super().__init__()
        self.drops = drops

    def __missing__(self, code: int) -> str | None:
        self[code] = found = sent(chr(code)) if self.drops else sent(chr(code)) or chr(code)
        return found


def sent(char: str) -> str | None:
    """What a terminal is sent for a character."""
    if FIRST_FLAG <= ord(char) <= LAST_FLAG:
        return chr(ord("A") + ord(char) - FIRST_FLAG)
    if DISPUTED.match(char) or (kind := unicodedata.category(char)) in ("Co", "Cn"):
        return CLOSED
    unsent = kind == "Mc" or (kind == "Cf" and char != ZWNJ) or UNDRAWN.match(char) or UNSENT.match(char)
    return None if unsent else char


_SENT, _KEPT = _Sent(drops=True), _Sent(drops=False)


def known(text: str) -> str:
    """``text``, for each character of no known width another one; nothing is left out, so places stay."""
    return text.translate(_KEPT) if not text.isascii() and ODD.search(text) else text


def clean(text: str) -> str:
    """``text`` as the layout takes it: one line without controls; directional marks and joiners stay."""
    return known(clean_text(text, limit=LINE_LIMIT))


def drawing(direction: Direction = "auto") -> Drawing:
    """How right-to-left text is drawn at present; where the order is ours, perhaps in a forced direction."""
    forced = direction != "auto" and _drawing.mode == "app"
    return _drawing._replace(direction=direction) if forced else _drawing


def turned(text: str, language: str = "", direction: Direction = "auto") -> bool:
    """Does the text hold anything that runs from right to left, so that it needs a Paragraph?"""
    return layout.needs_layout(text, language, drawing(direction))


def paragraph(text: str, language: str = "", direction: Direction = "auto") -> Paragraph:
    """A cleaned text ready to be cut into lines and turned."""
    return Paragraph(known(text), language, drawing(direction))


def shown(text: str, language: str = "") -> str:
    """``text`` in as many cells as it takes, as it is seen: a piece of a line that is made of several."""
    return line(text, cells(text), language) if turned(text) else inert(text)


def lines(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells, as they are seen."""
    if not turned(text):
        plain = inert(text)
        return [plain[start:end] for start, end in wrap(plain, width)]
    whole = paragraph(clean(text))
    return [whole.line(start, end).text for start, end in whole.wrap(width)]


def apart(text: str) -> str:
    """``text`` with signs around it that keep its direction from what it is joined to; they are not sent."""
    return f"\u2068{clean(text)}\u2069" if turned(text) else inert(text)


@lru_cache(maxsize=CACHED_LINES)
def inert(text: str) -> str:
    """Text as it may reach the terminal: one line, no controls, only characters of a known width."""
    shown = clean_text(text, limit=LINE_LIMIT)
    return shown.translate(_SENT) if not shown.isascii() and ODD.search(shown) else shown


def inert_piece(text: str) -> str:
    """The same for a piece of a line: a space at its ends stays."""
    inner = inert(text)
    if not inner:
        return " " if text[:1].isspace() else ""
    return f"{' ' * text[:1].isspace()}{inner}{' ' * text[-1:].isspace()}"


@lru_cache(maxsize=CACHED_LINES)
def line(text: str, width: int, language: str = "") -> str:
    """``text`` in exactly ``width`` cells, cut with an ellipsis or filled with spaces, as it is seen.

    What runs from right to left stands at the right, its ellipsis at the left; ``language`` decides where no
    letter does.
    """
    if width <= 0:
        return ""
    if turned(text, language):
        return layout.drawn.__wrapped__(clean(text), width, language, _drawing)
    shown = inert(text)
    if cell_len(shown) > width:
        shown = set_cell_size(shown, width - 1).rstrip() + GLYPHS.ellipsis
    return set_cell_size(shown, width)


def right(text: str, width: int) -> str:
    """``text`` at the right end of ``width`` cells."""
    shown = line(text, width).rstrip()
    return " " * (width - cell_len(shown)) + shown


@lru_cache(maxsize=CACHED_LINES)
def cells(text: str) -> int:
    """How many cells the text takes once it is drawn."""
    return paragraph(clean(text)).cells if turned(text) else cell_len(spaced(text))


def strip(
    spans: Iterable[Span], width: int, palette: Palette, click: Mapping[int, str] | None = None
) -> Strip:
    """The only maker of Strips: spans to styled cells of exactly ``width``.

    ``click`` maps the index of a span to the action (ours, never a feed's) of a click on it.
    """
    from rich.style import Style
    from textual.strip import Strip

    base = palette["text"]
    segments: list[Segment] = []
    used = 0
    for index, (text, role) in enumerate(spans):
        shown = text if text.isascii() and text.isprintable() else spaced(text)
        if used + cell_len(shown) > width:
            shown = set_cell_size(shown, width - used)
        if not shown:
            continue
        used += cell_len(shown)
        style = palette.get(role, base)
        if click and index in click:
            style += Style(meta={"@click": click[index]})
        join(segments, shown, style)
    join(segments, " " * (width - used), base)
    return Strip(segments, width)


def join(segments: list[Segment], text: str, style: Style) -> None:
    """Add text; what looks the same goes out as one piece, which halves the bytes of a keystroke."""
    from rich.segment import Segment

    last = segments[-1] if segments else None
    if last is not None and (last.style == style or (text.isspace() and plain_space(last.style, style))):
        segments[-1] = Segment(last.text + text, last.style)
    elif text:
        segments.append(Segment(text, style))


def plain_space(last: Style | None, style: Style) -> bool:
    """Do spaces look the same in both styles?"""
    return last is not None and not last.meta and not style.meta and last.bgcolor == style.bgcolor


def spaced(text: str) -> str:
    """``inert`` that keeps leading and trailing spaces, which are our own padding."""
    body = text.strip(" ")
    if not body:
        return text
    start = text.index(body[0])
    return " " * start + inert(body) + " " * (len(text) - start - len(body))


def span_cells(spans: Sequence[Span]) -> int:
    """The width of spans, in cells."""
    return sum(cell_len(text) for text, _ in spans)


def cut(spans: Sequence[Span], width: int) -> list[Span]:
    """Spans in ``width`` cells; where they do not fit, the end is an ellipsis and a space."""
    if span_cells(spans) <= width:
        return list(spans)
    shown, room = [], max(0, width - 2)
    for text, role in spans:
        piece = set_cell_size(text, min(cell_len(text), room))
        room -= cell_len(piece)
        shown.append((piece, role))
    return [*shown, (f"{GLYPHS.ellipsis} ", "dim")]


def wrap(text: str, width: int) -> list[tuple[int, int]]:
    """Where lines of at most ``width`` cells start and end in ``text``; only a word that is longer is cut."""
    width = max(width, 1)
    return wrap_letters(text, width) if ONE_CELL.fullmatch(text) else wrap_words(text, width)


def wrap_letters(text: str, width: int) -> list[tuple[int, int]]:
    """The same where each character takes one cell: many times as fast."""
    lines, start, stop = [], 0, len(text.rstrip(" "))
    while start < stop:
        if text[start] == " ":
            start += 1
            continue
        space = text.rfind(" ", start, start + width + 1) if stop - start > width else stop
        end = start + width if space < 0 else space
        lines.append((start, start + len(text[start:end].rstrip(" "))))
        start = end
    return lines


def wrap_words(text: str, width: int) -> list[tuple[int, int]]:
    """The same for any text."""
    lines: list[tuple[int, int]] = []
    start = end = used = 0
    begun = False
    for match in re.finditer(r"\S+", text):
        for begin, stop in pieces(text, match.start(), match.end(), width):
            length = cell_len(text[begin:stop])
            gap = begin - end
            if begun and used + gap + length > width:
                lines.append((start, end))
                start, used, gap = begin, 0, 0
            elif not begun:
                start, gap, begun = begin, 0, True
            used += gap + length
            end = stop
    if begun:
        lines.append((start, end))
    return lines


def pieces(text: str, start: int, end: int, width: int) -> Iterable[tuple[int, int]]:
    """A word as pieces that fit ``width`` cells each: nearly always one."""
    if cell_len(text[start:end]) <= width:
        return ((start, end),)
    found, begin, used = [], start, 0
    for index in range(start, end):
        size = cell_len(text[index])
        if used + size > width and index > begin:
            found.append((begin, index))
            begin, used = index, 0
        used += size
    found.append((begin, end))
    return found


def age(at: int, now: int) -> str:
    """How long ago, in at most three cells: ``now``, ``5m``, ``23h``, ``6d``, ``51w``, ``9y``."""
    seconds = now - at
    for unit, size, until in (("m", MINUTE, HOUR), ("h", HOUR, DAY), ("d", DAY, 2 * WEEK), ("w", WEEK, YEAR)):
        if seconds < until:
            return "now" if seconds < MINUTE else f"{seconds // size}{unit}"
    return f"{seconds // YEAR}y"


def duration(seconds: int) -> str:
    """A length of time in words: ``40 s``, ``11 min``, ``2 h``, ``3 days``."""
    for name, size, until in (("s", 1, MINUTE), ("min", MINUTE, HOUR), ("h", HOUR, 2 * DAY)):
        if seconds < until:
            return f"{seconds // size} {name}"
    return f"{seconds // DAY} days"


def distance(at: int, reference: int) -> str:
    """How far ``at`` lies from ``reference``: ``2 h later``, ``11 min earlier``, ``at the same time``."""
    seconds = at - reference
    if abs(seconds) < MINUTE:
        return "at the same time"
    return f"{duration(abs(seconds))} {'later' if seconds > 0 else 'earlier'}"


def local(at: int) -> datetime:
    """A stored time in the user's time zone."""
    return datetime.fromtimestamp(at, tz=UTC).astimezone()


def clock(at: int, now: int) -> str:
    """A local time as short as it can be told apart: ``14:02``, ``22 Nov 14:02``, ``22 Nov 2025``."""
    then, today = local(at), local(now)
    if then.date() == today.date():
        return f"{then:%H:%M}"
    return f"{then.day} {then:%b %H:%M}" if now - at < YEAR / 2 else f"{then.day} {then:%b %Y}"


def full_time(at: int, now: int) -> str:
    """A local time in full: ``Sat 22 Nov 14:02``, with the year where it is not this one."""
    then = local(at)
    year = "" if then.year == local(now).year else f" {then.year}"
    return f"{then:%a} {then.day} {then:%b}{year} {then:%H:%M}"


def counted(number: int, noun: str) -> str:
    """``1 article``, ``1,204 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def marks(unread: bool, starred: bool, edited: bool) -> str:
    """The three signs before a row: unread, starred, edited since first stored; never by colour alone."""
    return ("*" if unread else " ") + (GLYPHS.star if starred else " ") + ("~" if edited else " ")
