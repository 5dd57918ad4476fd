"""From the painted page to Textual: no flicker, no key lost, and the next start's page stored.

Textual's driver would clear the page when it enters the alternate screen, and the first frames of the app are
empty lists. So neither is written: what is on the screen stays until the list has its rows. Keys are read
only from then on; before, there would be nothing that they could act on.
"""

from __future__ import annotations

import gc
import json
from contextlib import suppress
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from aggregator import glance
from aggregator.late import pattern
from aggregator.library import Library
from aggregator.model import ACTIVITY_HOURS, ACTIVITY_STEPS
from tui import layout, prepaint, render, scope, words
from tui.app import HakawatiApp
from tui.driver import OrderingDriver
from tui.scope import State
from tui.widgets.painted import Bar, Footer, Painted
from tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    pass

ALTERNATE = "\x1b[?1049h"
PATIENCE = 1.5
"""Seconds after which the app shows what it has, and takes keys, though its list is not there yet."""
LOOK = 0.05
"""Seconds between looks whether the reader is closing before it has begun to read keys."""
SGR = pattern("\x1b\\[([0-9;]*)m")


class Handover(OrderingDriver):
    """The driver of a terminal that has a page on it already."""

    def write(self, data: str) -> None:
        """Everything but the first entry to the alternate screen, where we are already."""
        if data == ALTERNATE and isinstance(self._app, PaintedApp) and self._app.take_over():
            return
        super().write(data)

    def start_application_mode(self) -> None:
        """Take the screen, at first and after another program had it."""
        self.note_given(False)
        super().start_application_mode()

    def stop_application_mode(self) -> None:
        """Leave it, for now or for good."""
        super().stop_application_mode()
        self.note_given(True)

    def note_given(self, given: bool) -> None:
        """Whether the screen is left: otherwise whoever painted the page leaves it at the end."""
        if isinstance(self._app, PaintedApp):
            self._app.page.given = given

    def run_input_thread(self) -> None:
        """Read keys once there is something that they can act on."""
        app = self._app
        while isinstance(app, PaintedApp) and not app.there.wait(LOOK) and not self.exit_event.is_set():
            pass
        super().run_input_thread()


class PaintedApp(HakawatiApp):
    """The reader that takes over a painted page, and stores the next one."""

    def __init__(self, library: Library, state: State, page: prepaint.Painted) -> None:
        super().__init__(library, state)
        self.page = page
        self.there = Event()
        """The list has rows, or will have none."""
        self._page_stored = ""
        if self.driver_class is OrderingDriver:
            self.driver_class = Handover
        else:
            self.there.set()

    def take_over(self) -> bool:
        """Is the terminal in the alternate screen already? From now on the driver leaves it."""
        painted = self.page.shown and not self.page.taken
        self.page.taken = True
        return painted

    def on_load(self) -> None:
        """Do not wait for ever."""
        self.set_timer(PATIENCE, self.show_now)

    def may_draw(self) -> bool:
        """Keep the painted page until there is as much to show; then draw the whole screen."""
        if not self.there.is_set():
            if not self.has_list():
                return False
            self.take_keys()
            self.screen._compositor.update_widgets({self.screen})
        return True

    def has_list(self) -> bool:
        """Are the rows of the window there, or is it known that there are none?"""
        reader = self.reader
        if self.screen is not reader or not reader.has_panes or not reader.sees("list"):
            return self.screen is not reader or (reader.has_panes and reader.view.article is not None)
        if reader.flat:
            shown = reader.articles
            held = all(shown.ids[index] in shown.rows for index in shown.window())
        else:
            front = reader.front
            held = all(front.stories[index] in front.rows for index in front.window())
        rows = reader.articles if reader.flat else reader.front
        return held and (rows.count > 0 or reader.total >= 0)

    @cached_property
    def schema(self) -> int:
        """The version of the cache's schema, 0 where it cannot be told now."""
        with suppress(OSError):
            if (look := glance.look(str(self.library.config.cache))) is not None:
                with look:
                    return look.version()
        return 0

    def show_now(self) -> None:
        """The whole screen, once; keys are read from now on."""
        if not self.there.is_set():
            self.take_keys()
            self.screen.refresh()

    def take_keys(self) -> None:
        """Keys are read from now on, and garbage is looked for."""
        self.there.set()
        gc.freeze()  # all that was loaded stays until the end: no use in looking through it again
        gc.enable()

    def store_state(self) -> None:
        """Store the state, and how the page looks in it."""
        super().store_state()
        if not (self.reader.is_mounted and self._stored and self.there.is_set()) or self.is_headless:
            return
        text = json.dumps(page_of(self)._asdict()) if self.reader.sees("list") else ""
        if text != self._page_stored:
            self._page_stored = text
            self.desk.write(self.reader, lambda: self.library.ui_set(prepaint.KEY, text), lambda _: None)


def page_of(app: PaintedApp) -> prepaint.Page:
    """How the reader's page looks now."""
    reader, config = app.reader, app.library.config
    rows: VirtualList = reader.articles if reader.flat else reader.front
    plain = reader.scope == scope.ALL and not reader.filter.text.strip()
    region, height = rows.region, rows.scrollable_content_region.height
    return prepaint.Page(
        version=prepaint.VERSION,
        schema=app.schema,
        terminal=prepaint.fingerprint(),
        config=prepaint.changed(str(config.path)),
        size=[app.size.width, app.size.height],
        state=app._stored,
        flat=reader.flat,
        ids=None if plain else shown_ids(app, height),
        selected=reader.articles.current or 0,
        cursor=render.GLYPHS.cursor if rows.has_focus else render.GLYPHS.idle_cursor,
        languages=list(config.settings.reader.languages),
        activity=[ACTIVITY_HOURS * render.HOUR, ACTIVITY_STEPS],
        area=[region.x + rows.gutter.left, region.y + rows.gutter.top, rows.inner_width, height],
        row_height=rows.row_height,
        header=words.list_spans(reader.scope, reader.filter.text, None, None, 0, reader.flat),
        styles={
            "text": styles(rows),
            "selected": styles(rows, "selected" if rows.has_focus else "selected-idle"),
            "header": styles(reader.query_one("#header", Bar)),
        },
        chrome=[*chrome(reader.query_one(Footer), lines=1), *borders(app)],
        drawing=list(render._drawing),
    )


def shown_ids(app: PaintedApp, most: int) -> list[int]:
    """Of a list that only a filter can tell: what is in its window, or above it on the first page."""
    if not app.reader.flat:
        return app.reader.front.stories[:most].tolist()
    return app.reader.articles.ids[: prepaint.FIRST].tolist()


def styles(widget: Painted, over: str = "") -> dict[str, str]:
    """SGR parameters of the roles in a widget."""
    return {role: sgr(widget, style) for role, style in widget.palette(over).items()}


def sgr(widget: Widget, style: Style | None) -> str:
    """How a style is written to this terminal, with this theme."""
    strip = Strip([Segment("x", style)])
    for each in widget.get_line_filters():
        strip = strip.apply_filter(each, widget.background_colors[1])
    found = SGR.match(strip.render(widget.app.console))
    return found[1] if found else ""


def chrome(widget: Widget, lines: int) -> list[tuple[int, int, list[render.Span]]]:
    """The first lines of a widget, as they are."""
    x, y, width, _ = widget.region
    drawn = widget.render_lines(Region(0, 0, width, lines))
    return [
        (x, y + at, [(text, sgr(widget, style)) for text, style, _ in strip])
        for at, strip in enumerate(drawn)
    ]


def borders(app: PaintedApp) -> list[tuple[int, int, list[render.Span]]]:
    """The lines between panes."""
    found = []
    for name in layout.PANES:
        pane = app.reader.widget_of(name)
        if pane.display and pane.has_class("beside"):
            x, y, _, height = pane.region
            sign = pane.render_lines(Region(0, 0, 1, 1))[0]
            pieces = [(text, sgr(pane, style)) for text, style, _ in sign]
            found += [(x, y + at, pieces) for at in range(height)]
    return found
