"""Feed health: how each feed is doing, when it is asked next, and what went wrong in full."""

from __future__ import annotations

import time
from collections import Counter
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from aggregator.failures import Sent
from aggregator.model import PAUSED, FeedInfo, FeedState, FetchLogRow
from tui import commands, layout, render, words
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen, RowMoved, SyncMoved
from tui.screens import feed_words
from tui.screens.listing import ListingScreen
from tui.widgets.feed_tree import failing, full_name, outlet_name
from tui.widgets.painted import Bar
from tui.widgets.virtual_list import VirtualList

SHOWN_POLLS = 3
"""Polls of the feed under the cursor that are shown: enough to see whether it is getting better."""
ALL_POLLS = 12
"""Polls that are shown when everything is."""
OPEN = "75%"
"""Height of the window's that the detail may take when it is open."""
RETRY_REST = 30
"""Seconds between two tries of one feed: publishers owe nobody an answer a second."""
COLUMNS = f"   {'outlet':<23}{'last ok':>9}{'last new':>10}{'every':>8}  {'next try':<10} state"
FEW_COLUMNS = f"   {'outlet':<23}{'last ok':>9} state"
NARROW = 76
"""Columns below which only what matters of a failing feed has a place: since when, and why."""


def rank(info: FeedInfo) -> tuple[int, str]:
    """Failing feeds first, paused ones last, then by name."""
    state = info.state
    order = 3 if state.parked == PAUSED else 0 if failing(state) else 1 if state.failures else 2
    return order, outlet_name(state).casefold()


def sign(state: FeedState) -> str:
    """``!`` failing, ``~`` failed lately, ``.`` never asked, ``=`` fine, ``-`` paused."""
    if state.parked == PAUSED:
        return "-"
    if failing(state):
        return "!"
    return "~" if state.failures else "=" if state.last_success else "."


def next_try(state: FeedState, now: int) -> str:
    """When the feed is asked next."""
    if state.parked:
        return "never"
    return "now" if state.next_check <= now else f"in {render.duration(state.next_check - now)}"


def condition(state: FeedState) -> str:
    """The feed's state in a few words."""
    if state.parked == PAUSED:
        return PAUSED
    if state.parked:
        return f"stopped: {state.parked}"
    if state.failures:
        return f"{state.failures}x {state.error or state.error_kind}"
    if state.last_success:
        return "ok"
    return state.error or "no answer yet" if state.last_checked else "not asked yet"


def since(at: int, now: int) -> str:
    """How long ago, ``-`` for never."""
    return render.age(at, now) if at else "-"


class HealthList(VirtualList):
    """Rows are FeedInfo, failing ones first."""

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.infos: list[FeedInfo] = []
        self.several: set[str] = set()
        self.now = int(time.time())

    def show(self, infos: list[FeedInfo], now: int) -> None:
        """Other rows."""
        self.infos, self.now = sorted(infos, key=rank), now
        self.several = {
            name for name, times in Counter(outlet_name(i.state) for i in infos).items() if times > 1
        }
        self.count = len(infos)
        self.refresh()

    def spans(self, index: int, width: int) -> list[render.Span]:
        """Sign, outlet, last success, last new, interval, next try, state."""
        state = self.infos[index].state
        bad = "error" if failing(state) else "warn" if state.failures else "dim"
        every = render.duration(state.interval) if state.interval else "-"
        outlet = outlet_name(state)
        name = full_name(state) if outlet in self.several else outlet
        head: list[render.Span] = [
            (sign(state) + " ", bad),
            (render.line(name, 23), "text"),
            (f"{since(state.last_success, self.now):>9}", "dim"),
        ]
        if width >= NARROW - 1:
            times = f"{since(state.last_new, self.now):>10}{every:>8}  {next_try(state, self.now):<10}"
            head.append((times, "dim"))
        head.append((" ", "dim"))
        return [*head, (render.line(condition(state), width - render.span_cells(head)), bad)]


def detail(info: FeedInfo, polls: list[FetchLogRow], now: int) -> list[str]:
    """The feed under the cursor in short."""
    state = info.state
    lines = [*feed_words.heading(info), *([state.error] if state.error else [])]
    lines += [feed_words.upcoming(state, now)] if state.parked else []
    lines += [feed_words.poll_line(poll, now) for poll in polls]
    return [render.shown(line) for line in lines]


class HealthScreen(ListingScreen):
    """Lists the followed feeds; Enter gives the address of one back, to show its articles."""

    WHERE = Where.HEALTH
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.HEALTH)]

    def __init__(self) -> None:
        super().__init__()
        self.open = False
        """Is everything said of the feed under the cursor?"""
        self.asked: tuple[str, int] = ("", 0)
        """The feed that was tried last, and when."""

    def rows(self) -> VirtualList:
        """The feeds."""
        return HealthList()

    def above(self) -> ComposeResult:
        """What the columns are."""
        yield Bar(id="columns")

    def below(self) -> ComposeResult:
        """The feed under the cursor in full."""
        yield Static(id="detail", classes="detail", markup=False)

    def on_mount(self) -> None:
        """Ask how they are."""
        self.head("Feed health")
        self.load()

    def load(self) -> None:
        """Ask for the feeds."""
        self.ask("feeds", self.library.feeds, self.show)

    def changed(self) -> None:
        """A feed was asked."""
        self.load()

    def show(self, infos: list[FeedInfo]) -> None:
        """The feeds as they are now."""
        rows = self.query_one(HealthList)
        rows.say(
            "No feeds are followed, so there is nothing to be well or ill.",
            f"{key_of('health.catalogue')} opens the catalogue.",
        )
        rows.show(infos, self.hakawati.now())
        self.show_head()
        self.detail()

    @on(SyncMoved)
    def show_head(self) -> None:
        """How many fail; while a sync runs, how far it is."""
        if not self.here:
            return
        view, infos = self.hakawati.sync_view, self.query_one(HealthList).infos
        bad = sum(failing(info.state) for info in infos)
        running = words.sync_state(view, 0, self.hakawati.now())[0][0] + "   " if view.running else ""
        self.head("Feed health", f"{running}{bad} failing of {render.counted(len(infos), 'feed')}")

    @property
    def info(self) -> FeedInfo | None:
        """The feed under the cursor."""
        rows = self.query_one(HealthList)
        return rows.infos[rows.cursor] if rows.infos else None

    @on(RowMoved)
    def detail(self) -> None:
        """Ask for the last polls of the feed under the cursor, and what its server sent."""
        info = self.info
        if info is None:
            self.query_one("#detail", Static).update("")
            return
        url, polls = info.state.url, ALL_POLLS if self.open else SHOWN_POLLS
        self.ask(
            "detail",
            lambda: (self.library.history(url, polls), self.library.sent(url)),
            lambda found: self.show_detail(info, *found),
        )

    def show_detail(self, info: FeedInfo, polls: list[FetchLogRow], sent: Sent | None) -> None:
        """Say how it is doing, in short or in full."""
        now, panel = self.hakawati.now(), self.query_one("#detail", Static)
        lines = feed_words.told(info, polls, sent, now) if self.open else detail(info, polls, now)
        panel.styles.max_height = OPEN if self.open else None
        width = panel.container_size.width or self.size.width
        panel.update("\n".join(feed_words.hanging(lines, width - 2)))

    def on_resize(self, event: events.Resize) -> None:
        """Another width breaks other lines."""
        self.query_one("#columns", Bar).say([(COLUMNS if event.size.width >= NARROW else FEW_COLUMNS, "dim")])
        if not layout.too_small(event.size.width, event.size.height):
            self.detail()

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Show the articles of this feed."""
        self.dismiss(self.query_one(HealthList).infos[message.index].state.url)

    def action_detail(self) -> None:
        """Say everything, or less again."""
        self.open = not self.open
        self.detail()

    def action_retry(self) -> None:
        """Ask the feed under the cursor now, whatever its time; a moment ago is now."""
        info = self.info
        if info is None:
            return
        now, url = self.hakawati.now(), info.state.url
        times = (info.state.last_checked, self.asked[1] if self.asked[0] == url else 0)
        last = max(at for at in (0, *times) if at <= now)  # a time to come is of a clock that was wrong
        if now - last < RETRY_REST:
            retry = key_of("health.retry")
            self.say(f"It was asked a moment ago; {retry} asks it again in {RETRY_REST - (now - last)} s.")
            return
        self.asked = (url, now)
        self.hakawati.sync(only=url)

    def action_pause(self) -> None:
        """Ask the feed under the cursor no more, or again."""
        info = self.info
        if info is None or not self.configured(info):
            return
        change = self.library.resume if info.state.parked else self.library.pause
        done = f"Paused: it is not asked until {key_of('health.pause')} is pressed again; its articles stay."
        if info.state.parked:
            done = "It is asked again."
        self.do(lambda: change(info.state.url), lambda _: self.done(done))

    def action_disable(self) -> None:
        """Let the feed under the cursor go."""
        info = self.info
        if info is None or not self.configured(info):
            return
        keys = f"{key_of('health.catalogue')}, then {key_of('toggle')} on it"
        done = f"{outlet_name(info.state)} is no longer followed; {keys}, follows it again."
        self.do(lambda: self.library.disable(info.state.url), lambda _: self.done(done))

    def done(self, sentence: str) -> None:
        """Say what was done, and show it."""
        self.offer_undo(sentence)
        self.load()

    def configured(self, info: FeedInfo) -> bool:
        """Is it in the configuration? What came from an archive is not, and is never asked."""
        known = self.library.feed(info.state.url) is not None
        if not known:
            self.say("It came from an archive and is in no configuration, so it is never asked.")
        return known

    def action_sync(self) -> None:
        """Fetch what is due."""
        self.hakawati.sync()

    def action_catalogue(self) -> None:
        """Go to the catalogue."""
        self.hakawati.show_catalogue()
