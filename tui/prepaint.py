"""The page of headlines that is on the screen before Textual is loaded.

When the reader leaves or rests it stores how its page looks (``Page``): columns, colours, footer, never a
headline. At the next start the rows are read anew from the cache, laid out by the functions that the lists
use, and written in plain ANSI. Textual then takes the screen over: its first frame replaces the page.

Whatever has changed since (size, terminal, configuration, state) or fails means that nothing is painted: the
reader opens all the same. Keys that are typed meanwhile wait, unseen, in the terminal's queue.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from aggregator import glance
from aggregator.glance import Glance
from aggregator.late import pattern
from tui import render, rows, terminal
from tui.bidi.layout import Drawing
from tui.render import Span

KEY: Final = "page"
"""The key of the page in the store."""
STATE_KEY: Final = "reader"
"""The key of the state that the reader comes back to (``scope.KEY``)."""
VERSION: Final = 1
"""Of the page's form; another one is not painted."""
FIRST: Final = 256
"""Of the newest articles, in which the one under the cursor is sought: the list's first page."""
SGR: Final = pattern("[0-9;]*")
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[0m\x1b[?1049l\x1b[?25h"
"""The alternate screen without a cursor, and back."""
DUMB: Final = ("", "dumb", "unknown")

Styles = Mapping[str, str]
"""Role -> the parameters of SGR (ECMA-48 8.3.117)."""


class Page(NamedTuple):
    """How the page looked; ``terminal`` and ``config`` say for whom, positions are cells from 0."""

    version: int
    schema: int
    terminal: list[str]
    config: list[int]  # time of change and size of the configuration
    size: list[int]  # columns, rows
    state: str  # of the reader, as stored
    flat: bool
    ids: list[int] | None  # of a list that only a filter can tell; None: the newest
    selected: int
    cursor: str  # the sign of the cursor
    languages: list[str]
    activity: list[int]
    area: list[int]  # of the list: x, y, width, height
    row_height: int
    header: list[Span]
    styles: dict[str, Styles]  # "text", "selected", "header" -> styles of the roles
    chrome: list[tuple[int, int, list[Span]]]  # x, y, pieces of text with their SGR
    drawing: list[str]  # how right-to-left text was drawn: the fields of bidi.layout.Drawing


class Painted:
    """The terminal while the page is on it."""

    def __init__(self) -> None:
        self.shown = False
        """Whether a page was painted."""
        self.taken = False
        """Whether Textual has had the screen."""
        self.given = False
        """Whether Textual has left it again. A signal may end the program before it could."""


@contextmanager
def painted(words: Sequence[str]) -> Iterator[Painted]:
    """Paint the page of these arguments, if there is one; at the end the terminal is as it was before."""
    state = Painted()
    text = page_of(words)
    if not text:
        yield state
        return
    with quiet_keys():
        try:  # before the first letter: a signal may come while they are written
            sys.stdout.write(text)
            sys.stdout.flush()
            state.shown = True
            yield state
        finally:
            left = "" if state.given else LEAVE
            sys.stdout.write(left + terminal.sequence(terminal.IMPLICIT))
            sys.stdout.flush()


@contextmanager
def quiet_keys() -> Iterator[None]:
    """Keys are not echoed and wait to be read; signals leave the terminal whole."""
    try:
        before = termios.tcgetattr(0)
        quiet = termios.tcgetattr(0)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[0] &= ~(termios.ICRNL | termios.IXON)
        termios.tcsetattr(0, termios.TCSANOW, quiet)  # NOW: what was typed before stays in the queue
    except termios.error:
        yield
        return
    handlers = {number: signal.signal(number, end_here) for number in (signal.SIGTERM, signal.SIGHUP)} | {
        signal.SIGTSTP: signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    }
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def end_here(number: int, _frame: object) -> None:
    """A signal that ends the program before Textual listens."""
    raise SystemExit(128 + number)


# --- what to paint ---


def page_of(words: Sequence[str]) -> str:
    """The page as text for the terminal, "" where nothing is to be painted."""
    places = wanted_places(words)
    if places is None or not fit_terminal():
        return ""
    try:
        with suppress(ValueError, TypeError, LookupError, OSError):  # a page of another version, a lock
            look = glance.look(places[1])
            if look is not None:
                with look:
                    return drawn(look, places[0], os.get_terminal_size(1), int(time.time()))
    except Exception:
        return ""
    return ""


def wanted_places(words: Sequence[str]) -> tuple[str, str] | None:
    """Configuration and cache of a call that opens the reader, None for every other one."""
    options = given(words)
    return None if options is None else glance.places(options["--config"], options["--cache"])


def given(words: Sequence[str]) -> dict[str, str] | None:
    """The values of ``--config`` and ``--cache``, None where anything else is among the arguments."""
    options = {"--config": "", "--cache": ""}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name not in options:
            return None
        options[name] = value if equals else next(rest, "")
        if not options[name]:
            return None
    return options


def fit_terminal() -> bool:
    """Is this a terminal that a page can be painted on?"""
    both = os.isatty(0) and os.isatty(1) and sys.stdout is sys.__stdout__
    return both and os.environ.get("TERM", "") not in DUMB and "TEXTUAL_DRIVER" not in os.environ


def fingerprint() -> list[str]:
    """What decides how a page's colours and signs are written."""
    names = ("TERM", "COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM")
    return [*(os.environ.get(name, "") for name in names), encoding()]


def encoding() -> str:
    """In which what is written goes out; it decides on the signs."""
    return getattr(sys.__stdout__, "encoding", "") or ""


def changed(path: str) -> list[int]:
    """What changes when the configuration does."""
    found = os.stat(path)  # noqa: PTH116 - see Glance
    return [found.st_mtime_ns, found.st_size]


def drawn(look: Glance, config: str, size: os.terminal_size, now: int) -> str:
    """The page of a cache, "" where it would not be the one that the reader shows. Raises as ``Glance``."""
    stored = json.loads(look.ui(KEY) or "{}")
    if stored.get("version") != VERSION:
        return ""
    page = Page(**stored)
    render.use(Drawing(*page.drawing))  # type: ignore[arg-type]  # of our own writing; another mode paints as "app"
    now_is = (look.version(), fingerprint(), changed(config), [size.columns, size.lines], look.ui(STATE_KEY))
    if now_is != (page.schema, page.terminal, page.config, page.size, page.state):
        return ""
    lines, cursor = listed(look, page, now)
    return composed(page, lines, cursor) if lines else ""


def listed(look: Glance, page: Page, now: int) -> tuple[list[list[Span]], int]:
    """The lines in the window of the list, and at which row of it the cursor is."""
    _, _, width, height = page.area
    width -= 1  # the sign of the cursor
    if not page.flat:
        stories = page.ids if page.ids is not None else look.hottest(height, now)
        found = look.stories(stories[:height], page.languages, now, page.activity)
        return [line for at, row in enumerate(found) for line in story(row, at, page, width, now)][:height], 0
    ids = look.newest(FIRST) if page.ids is None else page.ids
    at = ids.index(page.selected) if page.selected in ids else 0
    top = max(0, min(at - height // 2, len(ids) - height)) if at >= height else 0
    shown = look.articles(ids[top : top + height])
    cursor = next((n for n, row in enumerate(shown) if row.id == page.selected), 0)
    return [rows.row_spans(row, width, now) for row in shown], cursor


def story(row: Any, at: int, page: Page, width: int, now: int) -> list[list[Span]]:
    """The lines of a story."""
    first = rows.headline_spans(row, at + 1, width, now)
    return [first, rows.outlet_spans(row, width)] if page.row_height > 1 else [first]


# --- painting ---


def composed(page: Page, lines: Sequence[Sequence[Span]], cursor: int) -> str:
    """Everything on the screen, as what is written to the terminal."""
    columns, height = page.size
    plain, selected = page.styles["text"], page.styles["selected"]
    order = terminal.sequence(terminal.EXPLICIT) if page.drawing[0] == "app" else ""
    text = [ENTER, order, *(painted_at(0, y, [], columns, plain) for y in range(height))]
    text.append(painted_at(0, 0, header(page), columns, page.styles["header"]))
    text += (pieces_at(x, y, pieces) for x, y, pieces in page.chrome)
    x, top, width, _ = page.area
    for y, spans in enumerate(lines):
        under = y // page.row_height == cursor
        line = rows.under_cursor(spans, page.cursor if under else "")
        text.append(painted_at(x, top + y, line, width, selected if under else plain))
    return "".join(text) + "\x1b[0m"


def header(page: Page) -> list[Span]:
    """What the list shows; numbers come with the reader. A list that is not asked anew says so."""
    as_of = [(f" {render.GLYPHS.dot} as last seen", "warn")] if page.ids is not None else []
    return [*((text, role) for text, role in page.header), *as_of]


def painted_at(x: int, y: int, spans: Sequence[Span], width: int, styles: Styles) -> str:
    """Spans at a place, filled up to ``width``; as ``render.strip`` makes a Strip of them."""
    pieces, used = [], 0
    for text, role in spans:
        shown = render.spaced(text)
        if used + cell_len(shown) > width:
            shown = set_cell_size(shown, max(0, width - used))
        used += cell_len(shown)
        pieces.append((shown, styles.get(role, styles["text"])))
    return pieces_at(x, y, [*pieces, (" " * (width - used), styles["text"])])


def pieces_at(x: int, y: int, pieces: Sequence[Span]) -> str:
    """Pieces of text with their SGR at a place."""
    text, worn = [f"\x1b[{y + 1};{x + 1}H"], None
    for piece, sgr in pieces:
        if sgr != worn:
            text.append(f"\x1b[0;{sgr if SGR.fullmatch(sgr) else ''}m")
            worn = sgr
        text.append(render.spaced(piece))
    return "".join(text)
