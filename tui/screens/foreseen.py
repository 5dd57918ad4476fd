"""Marks are on the screen before they are stored; what could not be stored is taken back and told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from aggregator.errors import HakawatiError
from tui.screens.panes import Panes

T = TypeVar("T")
Back = Callable[[], None]


class Foreseen(Panes):
    """Writing a hundred thousand marks takes a second, showing them a moment. Only what is stored is said."""

    def do_shown(self, back: Back, call: Callable[[], T], then: Callable[[T], None]) -> None:
        """Store what is on the screen already; where that fails ``back`` shows what was."""

        def failed(error: HakawatiError) -> None:
            back()
            self.say(str(error), severity="error")
            self.changed()

        self.do(call, then, failed)
        self.hakawati.before_mark = back
