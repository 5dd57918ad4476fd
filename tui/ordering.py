"""The app's side of the terminal: its driver, one question where it is a guess who orders text, one hint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from textual import on
from textual.driver import Driver

from tui import driver, render, rtl
from tui.bidi.layout import Mode
from tui.pressing import KeyedApp
from tui.rtl import Face

if TYPE_CHECKING:
    from tui.desk import Desk
    from tui.screens.reader import ReaderScreen

TOAST, AROUND = 56, 5
"""The most cells of a toast's text, and those of its frame; it is half as wide as the screen at most."""
HINT_SECONDS = 15.0
"""How long the hint about a terminal's setting stays: it is shown once."""


class OrderedApp(KeyedApp):
    """Knows who puts right-to-left text in order (``face``), and lets whoever reads correct it."""

    desk: Desk
    reader: ReaderScreen

    def __init__(self) -> None:
        self.face = Face()
        super().__init__()

    def get_driver_class(self) -> type[Driver]:
        """Ours, which tells the terminal who orders."""
        return driver.ordering(super().get_driver_class())

    @on(Driver.SignalResume)
    def woken(self) -> None:
        """Paint everything again: the shell wrote over it, and Textual leaves it at that."""
        self.refresh(layout=True)

    def drawn(self, sentence: str) -> str:
        """A sentence as a toast shows it: Textual would wrap what is turned by what is seen."""
        if not render.turned(sentence):
            return render.inert(sentence)
        return "\n".join(render.lines(sentence, min(TOAST, self.size.width // 2 - AROUND)))

    def languages(self) -> Iterator[str]:
        """Of the feeds that are followed."""
        return (feed.language for feed in self.desk.library.config.settings.feeds if feed.enabled)

    def ask_order(self, languages: Iterable[str], then: Callable[[], None]) -> None:
        """Have it looked at who orders, where that is a guess and one of the languages needs it; go on."""
        matters = rtl.written(languages)
        if matters and self.face.ask_needed:
            self.show_question(then)
            return
        if matters and self.face.decision.hint:
            self.hint_once()
        then()

    def show_question(self, then: Callable[[], None]) -> None:
        """Ask; who does not answer is not asked again, the guess stands."""
        from tui.screens.terminal_question import BOXES, FONTS, TerminalQuestion

        def answered(answer: str | None) -> None:
            self.order_text(rtl.as_mode(answer or self.face.mode))
            if answer == BOXES:
                self.notify(FONTS, timeout=HINT_SECONDS, markup=False)
            then()

        self.push_screen(TerminalQuestion(), answered)

    def action_order_question(self) -> None:
        """Look once more, in a terminal that was set up otherwise."""
        self.show_question(lambda: None)

    def order_text(self, mode: Mode) -> None:
        """Draw all text so from now on, and at the next start in this terminal."""
        self.face.answer(mode)
        self.keep(rtl.KEY, mode)
        if isinstance(self._driver, driver.OrderingDriver):
            self._driver.show_order()
        self.reader.place_panes(self.reader.size.width)
        self.reader.view.lay_out()
        for screen in self.screen_stack:
            for widget in (screen, *screen.query("*")):
                widget.refresh()

    def hint_once(self) -> None:
        """Say how this terminal would do better, the first time that one starts in it."""
        key, hint = rtl.TOLD.format(self.face.decision.name), self.face.decision.hint

        def told(before: str) -> None:
            if not before:
                self.notify(hint, timeout=HINT_SECONDS, markup=False)
                self.keep(rtl.TOLD, "1")

        self.desk.read(self.reader, "hint", lambda: self.desk.library.ui_get(key), told)

    def keep(self, key: str, value: str) -> None:
        """Store something about this terminal."""
        name = key.format(self.face.decision.name)
        self.desk.write(self.reader, lambda: self.desk.library.ui_set(name, value), lambda _: None)
