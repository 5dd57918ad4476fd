"""What every screen shares: asking the Library, saying what failed, the footer, tiny terminals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual import events, on
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from aggregator.errors import HakawatiError
from aggregator.library import Library
from tui import commands, layout, words
from tui.desk import Desk
from tui.messages import Answer, Failed
from tui.widgets.painted import Footer

if TYPE_CHECKING:
    from tui.app import HakawatiApp

T = TypeVar("T")

UNDO_SECONDS = 8.0
"""How long the offer to undo something is on the screen; the key works until the end."""


class LibraryScreen(Screen[str]):
    """A screen that talks to the Library; ``WHERE`` names its place in the commands."""

    WHERE: ClassVar[commands.Where]
    _had_focus: Widget | None = None
    resumed = False
    """Whether it has been on top before."""

    @property
    def hakawati(self) -> HakawatiApp:
        """The app, by its own type."""
        return cast("HakawatiApp", self.app)

    @property
    def desk(self) -> Desk:
        """The way to the Library."""
        return self.hakawati.desk

    @property
    def library(self) -> Library:
        """The Library, for calls that run on the desk's threads."""
        return self.desk.library

    @property
    def here(self) -> bool:
        """Is this screen still there? What it asked for may come when it has been left."""
        return self in self.app.screen_stack

    def ask(
        self,
        kind: str,
        call: Callable[[], T],
        then: Callable[[T], None],
        otherwise: Callable[[HakawatiError], None] | None = None,
    ) -> None:
        """Read something; see ``Desk.read``."""
        self.desk.read(self, kind, call, then, otherwise)

    def do(
        self,
        call: Callable[[], T],
        then: Callable[[T], None],
        otherwise: Callable[[HakawatiError], None] | None = None,
    ) -> None:
        """Change something; see ``Desk.write``."""
        self.hakawati.before_mark = None
        self.desk.write(self, call, then, otherwise)

    @on(Answer)
    def answered(self, message: Answer) -> None:
        """Hand an answer on, unless a newer question has been asked."""
        message.stop()
        if self.here and self.desk.fresh(self, message):
            message.then(message.value)

    @on(Failed)
    def failed(self, message: Failed) -> None:
        """Say what failed, once."""
        message.stop()
        if not (self.here and self.desk.fresh(self, message)):
            return
        if message.otherwise is not None:
            message.otherwise(message.error)
        else:
            self.say(str(message.error), severity="error")

    def say(self, sentence: str, *, severity: str = "information", seconds: float | None = None) -> None:
        """A toast; the sentence is shown as it is, never read as markup."""
        self.hakawati.say(sentence, severity=severity, seconds=seconds)

    def offer_undo(self, sentence: str) -> None:
        """Say what was done, and how to undo it."""
        self.say(f"{sentence} {words.undone_by()}", seconds=UNDO_SECONDS)

    def changed(self) -> None:
        """Articles or feeds were written, here or by another process."""

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        """Seen for the first time, its styles have just been looked up."""
        event.refresh_styles = event.refresh_styles and self.resumed
        self.resumed = True

    def _compositor_refresh(self) -> None:
        """Draw what has changed, unless something else is to stay on the terminal for now."""
        if self.hakawati.may_draw():
            super()._compositor_refresh()
        else:
            self._dirty_widgets.clear()

    # tiny terminals and the footer

    def on_resize(self, event: events.Resize) -> None:
        """In a terminal too small to be of use, say so instead of drawing rubble."""
        small, body = layout.too_small(event.size.width, event.size.height), self.query_one("#body")
        if small and self.focused is not None:
            self._had_focus = self.focused  # what is not displayed loses it
        elif not small and not body.display and self._had_focus is not None:
            self.call_after_refresh(self.set_focus, self._had_focus)
        body.display = not small
        notice = self.query_one("#too-small", Static)
        notice.display = small
        notice.update(words.too_small(event.size.width, event.size.height))

    def show_footer(self, where: commands.Where) -> None:
        """Show the keys that matter now."""
        self.query_one(Footer).show(where)
