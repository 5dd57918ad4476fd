"""The reader application: themes, the processes beside it, remembered state, and the way between screens."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Literal, cast

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.command import Provider
from textual.filter import Monochrome, NoColor

from aggregator.errors import HakawatiError
from aggregator.library import Library
from aggregator.model import Alert
from tui import commands, keys, layout, rebinding, scope, themes
from tui.child import SyncChild
from tui.commands import Where
from tui.desk import Desk
from tui.keys import key_of
from tui.layouts import BY_LANGUAGE
from tui.messages import SyncMoved, Written
from tui.ordering import OrderedApp
from tui.render import inert
from tui.scope import State
from tui.screens.base import LibraryScreen
from tui.screens.palette import Commands
from tui.screens.reader import ReaderScreen
from tui.themes import THEMES
from tui.toasts import hush
from tui.words import SyncView

SYNC_EVERY = 600.0
"""Seconds between looks for due feeds while the reader stays open; feeds are due hourly at most."""
ASK_AGAIN = 300.0
"""Seconds in which asking again asks only the feeds that are due."""
LOOK = 2.0
"""Seconds between looks whether another process still syncs."""
REST = 3.0
"""Seconds after the last change until the state is stored; a crash loses no more than that."""
AGAIN = 10.0
"""Seconds in which the same error is not said again: it would fill the screen."""
MENDED_SECONDS = 60.0
"""How long it is told that the cache was damaged, or cannot be written."""
ALERT_SECONDS = 12.0
"""How long an alert stays on the screen."""
THEME_SECONDS = 2.0
"""How long the name of a theme is on the screen: the next one is a key away."""
OSC_CHARACTERS = 200
"""Of an alert that are sent to the terminal: more than a desktop's notification shows."""
Severity = Literal["information", "warning", "error"]


class HakawatiApp(OrderedApp):
    """Opens on what is cached; syncing happens in another process."""

    CSS_PATH = "app.tcss"
    TITLE = "Hakawati"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.APP)]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {Commands}
    # Textual declares this one without ClassVar
    HORIZONTAL_BREAKPOINTS = [(0, "-one"), (layout.TWO, "-two"), (layout.THREE, "-three")]  # noqa: RUF012

    def __init__(
        self, library: Library, state: State | None = None, *, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.library = library
        self.keymap = keys.use(rebinding.keymap(library.config.settings.keys, library.config.path))
        self.desk = Desk(library)
        self.state = state or State()
        self.clock = clock
        self.sync_view = SyncView()
        self.reader = ReaderScreen(self.state, flat=library.config.settings.reader.start == "latest")
        self.before_mark: Callable[[], None] | None = None
        """Shows rows as they were before the last change, where that was a mark of this reader's."""
        self._said: tuple[str, float] = ("", 0.0)
        self._child: SyncChild | None = None
        self._asked = 0.0  # when every feed was asked last, due or not
        self._touched = 0.0  # when the state last changed
        self._waiting = False
        self._stored = ""
        self._since = int(clock())  # alerts before the reader opened are in their list
        self._alerts_seen: set[int] = set()
        languages = library.config.settings.reader.languages
        self.keyboard = next((each for each in languages if each in BY_LANGUAGE), "")
        self.dress()

    def now(self) -> int:
        """The present time in UTC seconds."""
        return int(self.clock())

    # --- life ---

    def on_mount(self) -> None:
        """The reader is there; look for what is new."""
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.desk.watch(self)
        for sentence in self.library.told:
            self.say(sentence, severity="warning", seconds=MENDED_SECONDS)
        due = self.library.first_run_due
        self.desk.read(self.reader, "first run", due, self.welcome, lambda _: self.begin())

    def may_draw(self) -> bool:
        """May screens be drawn by now?"""
        return True

    def welcome(self, due: bool) -> None:
        """Ask somebody new what to follow; nothing is fetched before the answer."""
        if not due:
            self.ask_order(self.languages(), self.begin)
            return
        from tui.screens.first_run import FirstRunScreen

        self.push_screen(FirstRunScreen(), lambda _: self.ask_order(self.languages(), self.begin))

    def begin(self) -> None:
        """Fetch what is due, now and as long as the reader stays open."""
        if self.library.config.settings.reader.sync_on_start:
            self.sync(asked=False)
            self.set_interval(SYNC_EVERY, self.sync_due)

    def exit(self, *args: Any, **options: Any) -> None:
        """Leave; what should come back is stored while the panes are still there."""
        self.store_state()
        self.desk.write(self.reader, lambda: self.library.look(ongoing=True), lambda _: None)
        super().exit(*args, **options)

    async def on_unmount(self) -> None:
        """End the processes; finish what was asked for."""
        ending = [self.reader.fetches.stop(), *([self._child.stop()] if self._child else [])]
        await asyncio.gather(*ending)
        self.desk.close()

    # --- undo and redo ---

    def action_undo(self) -> None:
        """Take the last change back, whichever screen made it; marks are seen at once."""
        if isinstance(self.screen, LibraryScreen):
            if self.before_mark is not None:
                self.before_mark()
            self.screen.do(self.library.undo, lambda sentence: self.turned(sentence, "undo"), self.not_turned)

    def not_turned(self, error: HakawatiError) -> None:
        """Say why nothing was undone, and show what is stored."""
        self.say(str(error), severity="error")
        self.changed()

    def action_redo(self) -> None:
        """Do again what was taken back."""
        if isinstance(self.screen, LibraryScreen):
            self.screen.do(self.library.redo, lambda sentence: self.turned(sentence, "do again"))

    def turned(self, sentence: str, verb: str) -> None:
        """Say what an undo did, and show it everywhere."""
        self.say(sentence or f"There is nothing to {verb}.")
        self.changed()

    # --- themes ---

    def dress(self) -> None:
        """Put the theme on before the first style is computed: changing it later would compute all twice."""
        for theme in (*THEMES.values(), themes.PLAIN):
            self.register_theme(theme)
        self.chosen = self.state.theme or self.library.config.settings.reader.theme
        self.no_color = bool(os.environ.get("NO_COLOR"))  # https://no-color.org: set, and not empty
        worn = themes.PLAIN if self.no_color else THEMES.get(self.chosen, THEMES["dark"])
        self.set_reactive(App.theme, worn.name)
        # Textual's own answer to NO_COLOR are greys; and its filters are for the theme it began with
        self._filters = [each for each in self._filters if not isinstance(each, (Monochrome, NoColor))]
        self._filters += [NoColor()] if self.no_color else []
        self._refresh_truecolor_filter(self.ansi_theme)
        self.stylesheet.set_variables(self.get_css_variables())
        self.set_class(self.current_theme.dark, "-dark-mode", update=False)
        self.set_class(not self.current_theme.dark, "-light-mode", update=False)

    def get_default_screen(self) -> ReaderScreen:
        """The reader is the first screen, and the last. Its width is known: styles are looked up once."""
        wide = self.reader._get_breakpoint_classes(self.size.width, self.HORIZONTAL_BREAKPOINTS)
        self.reader.update_classes(dict.fromkeys(wide, True), update=False)
        return self.reader

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colour names, for the moment before a theme is set."""
        return THEMES["dark"].variables

    @property
    def theme_name(self) -> str:
        """The short name of the theme; without colours, of the one that would be worn."""
        worn = next((name for name, theme in THEMES.items() if theme.name == self.theme), "")
        return worn or (self.chosen if self.chosen in THEMES else "dark")

    @property
    def chosen_theme(self) -> str:
        """The theme to remember: none while it is the configuration's, so that a change there is seen."""
        return "" if self.theme_name == self.library.config.settings.reader.theme else self.theme_name

    def action_next_theme(self) -> None:
        """Dark, light, contrast, the terminal's own colours."""
        if self.no_color:
            self.say("NO_COLOR is set, so there are no colours to change.")
            return
        name = themes.following(self.theme_name)
        self.theme = THEMES[name].name
        self.say(f"Theme: {name}.", seconds=THEME_SECONDS)
        self.remember()

    # --- state ---

    def remember(self) -> None:
        """Store the state once the user rests."""
        self._touched = self.clock()
        if not self._waiting:
            self._waiting = True
            self.set_timer(REST, self.rested)

    def rested(self) -> None:
        """Store the state, unless the user went on meanwhile."""
        self._waiting = False
        if self.clock() - self._touched < REST / 2:
            self.remember()
        else:
            self.store_state()

    def store_state(self) -> None:
        """Store the state if it is another one than last time."""
        text = scope.dump(self.reader.state()) if self.reader.is_mounted else ""
        if text not in ("", self._stored):
            self._stored = text
            self.desk.write(self.reader, lambda: self.library.ui_set(scope.KEY, text), lambda _: None)

    # --- what changes beneath us ---

    @on(Written)
    def changed(self) -> None:
        """Somebody wrote: every screen shows it."""
        for screen in self.screen_stack:
            if isinstance(screen, LibraryScreen):
                screen.changed()
        self.look_elsewhere()
        if self.library.config.settings.filters or self.library.config.settings.rules:
            self.desk.read(self.reader, "alerts", lambda: self.library.alerts(self._since), self.alerted)

    def alerted(self, alerts: list[Alert]) -> None:
        """Say what watches told since the reader opened, once: here, and to the terminal (OSC 9)."""
        fresh = [alert for alert in reversed(alerts) if alert.id not in self._alerts_seen and alert.text]
        for alert in fresh:
            self._alerts_seen.add(alert.id)
            self.say(f"{alert.text} {key_of('alerts')} shows it.", seconds=ALERT_SECONDS)
            if self.library.config.settings.notify.terminal and self._driver is not None:
                self._driver.write(f"\x1b]9;{inert(alert.text)[:OSC_CHARACTERS]}\x07")

    def look_elsewhere(self) -> None:
        """Is it another process that syncs?"""
        if not self.sync_view.running:
            self.desk.read(self.reader, "elsewhere", self.library.sync_running, self.synced_elsewhere)

    def synced_elsewhere(self, running: bool) -> None:
        """Another process syncs, or no longer does."""
        if running != self.sync_view.elsewhere and not self.sync_view.running:
            self.sync_reported(replace(self.sync_view, elsewhere=running))
        if running:
            self.set_timer(LOOK, self.look_elsewhere)

    # --- syncing ---

    def sync_due(self) -> None:
        """A reader that stays open goes on fetching what becomes due."""
        if not self.sync_view.running:
            self.sync(asked=False)

    def sync(self, *, asked: bool = True, only: str = "") -> None:
        """Start the syncing process, unless one runs; ``only`` is the address of the one feed to ask.

        Asked for, it asks every feed, due or not; asked again soon, only those that are due, since
        publishers owe nobody an answer a minute.
        """
        if self.sync_view.running:
            self.say("A sync is running already.")
            return
        force = asked and not only and self.clock() - self._asked >= ASK_AGAIN
        if force:
            self._asked = self.clock()
        options = ("--", only) if only else ("--force",) if force else ()
        self._child = SyncChild(self.library.sync_command(*options), self.sync_reported, self.clock)
        self.run_worker(self.sync_to_end(self._child, asked), group="sync")

    async def sync_to_end(self, child: SyncChild, asked: bool) -> None:
        """Wait for the syncing process."""
        view = await child.run()
        self._child = None
        self.sync_reported(view)
        self.changed()
        if view.problem:
            self.say(view.problem, severity="error")  # the header of a narrow window has no room for it
        if view.mended:
            self.say(view.mended, severity="warning", seconds=MENDED_SECONDS)
        if asked and not (view.feeds or view.problem or view.mended or view.elsewhere):
            self.say(
                f"All feeds were asked a moment ago, none is due yet; {key_of('health')} shows when each is."
            )

    def sync_reported(self, view: SyncView) -> None:
        """The syncing process said something."""
        self.sync_view = view
        for screen in self.screen_stack:
            screen.post_message(SyncMoved())

    # --- screens ---

    def action_help(self) -> None:
        """Show every key."""
        from tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def show_health(self) -> None:
        """Show how the feeds are doing; it may choose a feed."""
        from tui.screens.health import HealthScreen

        self.push_screen(HealthScreen(), self.reader.feed_chosen)

    def show_rules(self) -> None:
        """Show rules and mutes; one may be chosen, to show what it hit."""
        from tui.screens.rules import RulesScreen

        self.push_screen(RulesScreen(), self.reader.query_chosen)

    def show_past(self) -> None:
        """Show what was opened; an article may be chosen."""
        from tui.screens.past import PastScreen

        self.push_screen(PastScreen(), self.reader.article_chosen)

    def show_alerts(self) -> None:
        """Show what the watches told; one may be chosen, to show its filter."""
        from tui.screens.past import AlertsScreen

        self.push_screen(AlertsScreen(), self.reader.query_chosen)

    def show_catalogue(self) -> None:
        """Show all feeds of the configuration."""
        from tui.screens.catalogue import CatalogueScreen

        self.push_screen(CatalogueScreen(), self.catalogue_left)

    def catalogue_left(self, touched: str | None) -> None:
        """Feeds that are followed now should be fetched: at once where that is allowed unasked."""
        self.changed()
        if touched and not self.library.config.settings.reader.sync_on_start:
            self.say(f"{key_of('sync')} fetches the feeds that are new.")
        elif touched and not self.sync_view.running:
            self.sync(asked=False)

    # --- sentences ---

    def say(self, sentence: str, *, severity: str = "information", seconds: float | None = None) -> None:
        """A toast in the place of earlier ones, never read as markup. An error is not said twice in a row."""
        known, at = self._said
        self._said = (sentence, self.clock())
        if severity == "error" and sentence == known and self.clock() - at < AGAIN:
            return
        hush(self)
        self.notify(self.drawn(sentence), severity=cast(Severity, severity), timeout=seconds, markup=False)
