"""Feed health: how each feed is doing, when it is asked next, and what went wrong in full."""

from __future__ import annotations

import time
from collections import Counter
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from aggregator.model import FeedInfo, FeedState, FetchLogRow
from tui import commands, render, words
from tui.commands import Where
from tui.messages import RowChosen, RowMoved, SyncMoved
from tui.screens.listing import ListingScreen
from tui.widgets.feed_tree import failing, full_name, outlet_name
from tui.widgets.painted import Bar
from tui.widgets.virtual_list import VirtualList

SHOWN_POLLS = 3
"""Polls of the feed under the cursor that are shown: enough to see whether it is getting better."""
COLUMNS = f"   {'outlet':<23}{'last ok':>9}{'last new':>10}{'every':>8}  {'next try':<10} state"


def rank(info: FeedInfo) -> tuple[int, str]:
    """Failing feeds first, then by name."""
    state = info.state
    return (0 if failing(state) else 1 if state.failures else 2, outlet_name(state).casefold())


def sign(state: FeedState) -> str:
    """``!`` failing, ``~`` failed lately, ``.`` never asked, ``=`` fine."""
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
            (
                f"{since(state.last_success, self.now):>9}{since(state.last_new, self.now):>10}{every:>8}",
                "dim",
            ),
            (f"  {next_try(state, self.now):<10} ", "dim"),
        ]
        return [*head, (render.line(condition(state), width - render.span_cells(head)), bad)]


def detail(info: FeedInfo, polls: list[FetchLogRow], now: int) -> str:
    """The feed under the cursor in full."""
    state = info.state
    lines = [
        f"{outlet_name(state)} - {render.counted(info.total, 'article')}, {info.unread:,} unread",
        state.url,
    ]
    if state.fetch_url != state.url:
        lines.append(f"asked at {state.fetch_url}")
    if state.error:
        lines.append(state.error)
    lines += [poll_words(poll, now) for poll in polls]
    return "\n".join(" " + render.inert(line) for line in lines)


def poll_words(poll: FetchLogRow, now: int) -> str:
    """One poll on a line."""
    status = f" HTTP {poll.status}" if poll.status else ""
    when = render.clock(poll.at, now)
    return f"{when:>12} {poll.outcome}{status}, {poll.new} new, {poll.elapsed_ms} ms  {poll.error}"


class HealthScreen(ListingScreen):
    """Lists the followed feeds; Enter gives the address of one back, to show its articles."""

    WHERE = Where.HEALTH
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.HEALTH)]

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
        self.query_one("#columns", Bar).say([(COLUMNS, "dim")])
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
        rows.say("No feeds are followed.", "C opens the catalogue.")
        rows.show(infos, self.hakawati.now())
        self.show_head()
        self.detail()

    @on(SyncMoved)
    def show_head(self) -> None:
        """How many fail; while a sync runs, how far it is."""
        view, infos = self.hakawati.sync_view, self.query_one(HealthList).infos
        bad = sum(failing(info.state) for info in infos)
        running = words.sync_state(view, 0, self.hakawati.now())[0][0] + "   " if view.running else ""
        self.head("Feed health", f"{running}{bad} failing of {render.counted(len(infos), 'feed')}")

    @on(RowMoved)
    def detail(self) -> None:
        """Ask for the last polls of the feed under the cursor."""
        rows = self.query_one(HealthList)
        if not rows.infos:
            return
        info = rows.infos[rows.cursor]
        self.ask(
            "detail",
            lambda: self.library.history(info.state.url, SHOWN_POLLS),
            lambda polls: self.query_one("#detail", Static).update(detail(info, polls, self.hakawati.now())),
        )

    @on(RowChosen)
    def chosen(self, message: RowChosen) -> None:
        """Show the articles of this feed."""
        self.dismiss(self.query_one(HealthList).infos[message.index].state.url)

    def action_sync(self) -> None:
        """Fetch what is due."""
        self.hakawati.sync()

    def action_catalogue(self) -> None:
        """Go to the catalogue."""
        self.hakawati.show_catalogue()
