"""The feeds pane: everything, saved filters, outlets and their feeds, each with its unread count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from textual import events
from textual.binding import BindingType

from aggregator.dataclass import dataclass
from aggregator.model import PAUSED, FeedInfo, FeedState
from tui import commands, render, scope
from tui.messages import FilterAsked
from tui.widgets.virtual_list import VirtualList

FAILING = 3
"""Failures in a row after which a feed carries a sign: two happen on any bad evening."""
COUNT_WIDTH = 5


@dataclass(frozen=True, slots=True)
class Node:
    """A row of the pane; one without a scope is a heading."""

    label: str
    scope: scope.Scope | None = None
    count: int | None = None
    depth: int = 0
    failing: bool = False
    folded: bool | None = None  # None where there is nothing to fold


def failing(state: FeedState) -> bool:
    """Does this feed deserve a sign?"""
    return state.parked != PAUSED and (bool(state.parked) or state.failures >= FAILING)


def outlet_name(state: FeedState) -> str:
    """The outlet's name, or the best there is instead."""
    return state.outlet or state.title or urlsplit(state.url).hostname or state.url


def feed_name(state: FeedState) -> str:
    """The feed's name within its outlet."""
    return state.title or urlsplit(state.url).path or state.url


def full_name(state: FeedState) -> str:
    """Outlet and feed, once where they are the same."""
    outlet, name = outlet_name(state), feed_name(state)
    return outlet if outlet == name else f"{outlet}: {name}"


def feed_scope(state: FeedState) -> scope.Scope:
    """The scope that shows one feed."""
    return scope.feed(full_name(state), state.url)


@dataclass(frozen=True, slots=True)
class Content:
    """What the pane shows: feeds; saved filters as (name, query, unread); tags as (name, articles)."""

    feeds: Sequence[FeedInfo] = ()
    filters: Sequence[tuple[str, str, int]] = ()
    tags: Sequence[tuple[str, int]] = ()
    unread: int = 0
    starred: int = 0
    new: int = 0


def nodes(content: Content, open_outlets: frozenset[str] = frozenset()) -> list[Node]:
    """The rows of the pane, outlets by name."""
    feeds, filters = content.feeds, content.filters
    rows = [
        Node("All articles", scope.ALL, content.unread),
        Node("Unread", scope.UNREAD, content.unread),
        Node("New since last look", scope.NEW, content.new),
        Node("Starred", scope.STARRED, content.starred),
    ]
    built_in = {node.scope.query for node in rows if node.scope}
    filters = [saved for saved in filters if saved[1].strip() not in built_in]
    if filters:
        rows.append(Node("Saved filters"))
        rows += [Node(name, scope.saved(name, query), count) for name, query, count in filters]
    if content.tags:
        rows.append(Node("Tags"))
        rows += [Node(name, scope.tag(name), count) for name, count in content.tags]
    by_outlet: dict[str, list[FeedInfo]] = {}
    for info in feeds:
        by_outlet.setdefault(outlet_name(info.state), []).append(info)
    if by_outlet:
        rows.append(Node("Outlets"))
    for name in sorted(by_outlet, key=str.casefold):
        rows += outlet_nodes(name, by_outlet[name], name in open_outlets)
    return rows


def outlet_nodes(name: str, infos: list[FeedInfo], opened: bool) -> list[Node]:
    """An outlet and, where it has several and is open, its feeds."""
    many = len(infos) > 1
    top = Node(
        name,
        scope.outlet(name) if infos[0].state.outlet else feed_scope(infos[0].state),
        sum(info.unread for info in infos),
        failing=any(failing(info.state) for info in infos),
        folded=not opened if many else None,
    )
    if not (many and opened):
        return [top]
    return [top] + [
        Node(
            feed_name(info.state),
            feed_scope(info.state),
            info.unread,
            depth=1,
            failing=failing(info.state),
        )
        for info in sorted(infos, key=lambda info: feed_name(info.state).casefold())
    ]


def node_spans(node: Node, width: int, active: bool) -> list[render.Span]:
    """A row of the pane in ``width`` cells; ``active`` marks the scope that the list shows."""
    if node.scope is None:
        return [(render.line(node.label, width), "head")]
    sign = " " if node.folded is None else render.GLYPHS.closed if node.folded else render.GLYPHS.open
    lead = "  " * node.depth + sign
    count = short_count(node.count)
    label_width = max(0, width - render.cells(lead) - 2 - COUNT_WIDTH - 1)
    return [
        (lead, "dim"),
        ("!" if node.failing else " ", "error"),
        (">" if active else " ", "accent"),
        (render.line(node.label, label_width), "unread" if active else "text"),
        (f"{count:>{COUNT_WIDTH}} ", "accent" if node.count else "dim"),
    ]


def short_count(count: int | None) -> str:
    """A count in at most five cells; nothing for none."""
    if not count:
        return ""
    return str(count) if count < 10_000 else f"{count // 1000}k"


class FeedTree(VirtualList):
    """Rows are Nodes; RowChosen gives the scope of ``node(index)``."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.FEEDS)]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.nodes: list[Node] = []
        self.active = scope.ALL
        self.open_outlets: frozenset[str] = frozenset()
        self._content = Content()

    def show(self, content: Content) -> None:
        """Take new numbers; the cursor stays on its scope."""
        first = not self.nodes
        self._content = content
        if first:
            self.unfold(self.active)
        self.rebuild()

    def unfold(self, wanted: scope.Scope) -> None:
        """Open the outlet that a feed belongs to."""
        for info in self._content.feeds:
            if feed_scope(info.state) == wanted:
                self.open_outlets |= {outlet_name(info.state)}

    def state_of(self, url: str) -> FeedState | None:
        """What is known of the feed with this address."""
        return next((info.state for info in self._content.feeds if info.state.url == url), None)

    def scope_of(self, url: str) -> scope.Scope | None:
        """The scope that shows the feed with this address."""
        state = self.state_of(url)
        return feed_scope(state) if state else None

    def rebuild(self) -> None:
        """Make the rows anew from what is known."""
        under = self.node(self.cursor)
        rows = nodes(self._content, self.open_outlets)
        if rows == self.nodes:
            return
        self.nodes = rows
        self.count = len(rows)
        wanted = under.scope if under else self.active
        known = any(node.scope == wanted for node in rows)
        stay = min(self.cursor, len(rows) - 1)  # of what is gone or has another name, the place
        self.set_reactive(VirtualList.cursor, self.row_of(wanted) if known or not under else stay)
        self.refresh()

    def node(self, index: int) -> Node | None:
        """The row at an index."""
        return self.nodes[index] if 0 <= index < len(self.nodes) else None

    def row_of(self, wanted: scope.Scope | None) -> int:
        """The row of a scope, else the first."""
        return next((index for index, node in enumerate(self.nodes) if node.scope == wanted and wanted), 0)

    def activate(self, wanted: scope.Scope) -> None:
        """Say which scope the list shows, and put the cursor on it."""
        self.active = wanted
        self.unfold(wanted)
        self.rebuild()
        self.set_reactive(VirtualList.cursor, self.row_of(wanted))
        self.reveal()
        self.refresh()

    def selectable(self, index: int) -> bool:
        """Headings cannot be chosen."""
        return self.nodes[index].scope is not None

    def spans(self, index: int, width: int) -> list[render.Span]:
        """One row."""
        node = self.nodes[index]
        return node_spans(node, width, node.scope == self.active)

    def action_fold(self) -> None:
        """Open or close the outlet under the cursor, or the one the feed belongs to."""
        index = self.cursor
        while index and self.nodes[index].depth:
            index -= 1
        node = self.node(index)
        if node is None or node.folded is None:
            return
        self.open_outlets = self.open_outlets ^ {node.label}
        if index != self.cursor:
            self.go_to(index, told=False)
        self.rebuild()

    def action_filter(self, what: str) -> None:
        """Do something to the saved filter under the cursor."""
        self.post_message(FilterAsked(what))

    def on_click(self, event: events.Click) -> None:
        """One click chooses here; a click on the fold sign folds."""
        index = event.y + round(self.scroll_y)
        node = self.node(index)
        event.prevent_default()
        if node is None or node.scope is None:
            return
        self.go_to(index)
        if node.folded is not None and event.x <= 1:
            self.action_fold()
        else:
            self.action_choose()
