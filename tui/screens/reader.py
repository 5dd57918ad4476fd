"""The reader: feeds, list, article. Composes the panes and routes between them and the Library."""

from __future__ import annotations

from array import array
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static

from aggregator.errors import HakawatiError, QueryError
from aggregator.model import Article, ArticleRow, FeedInfo, Related
from tui import commands, layout, scope, words
from tui.commands import Where
from tui.messages import (
    FilterCleared,
    FilterEdited,
    FilterKept,
    LinkChosen,
    RelatedChosen,
    ReturnAsked,
    RowChosen,
    RowMoved,
    RowsNeeded,
    SyncMoved,
)
from tui.scope import Scope, State
from tui.screens.marking import Marking
from tui.widgets.article_list import PAGE, ArticleList, index_of, merged
from tui.widgets.article_view import ArticleView
from tui.widgets.feed_tree import FeedTree
from tui.widgets.filter_bar import FilterBar
from tui.widgets.painted import Bar, Footer

PREVIEW = 0.3
"""Seconds the cursor rests before a wide screen shows the article: passing by costs nothing."""
LIVE = 0.15
"""Seconds the cursor rests in the feeds pane before the list beside it follows."""
TICK = 30.0
"""Seconds between redraws of the ages, which are in minutes."""
FOOTER_OF = {"feeds": Where.FEEDS, "list": Where.LIST, "article": Where.ARTICLE}

FeedsAnswer = tuple[list[FeedInfo], list[tuple[str, str, int]], tuple[int, int], int, tuple[int, int]]
ArticleAnswer = tuple[Article | None, list[Related]]


class ReaderScreen(Marking):
    """Three panes, two or one, by the width of the terminal."""

    WHERE = Where.READER
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.READER)]
    AUTO_FOCUS = ""

    def __init__(self, state: State) -> None:
        super().__init__()
        self.scope, self.pane = state.scope, state.pane if state.pane in layout.PANES else "list"
        self.start = state
        self.query_text = state.scope.query
        self.subscribed, self.total, self.health = 0, -1, (0, 0)  # -1: not known yet
        self.history: list[tuple[int, int]] = []
        self.wanted: tuple[int, int] = (0, 0)  # the article that is being opened, and its scroll position
        self._rest: Timer | None = None

    # --- composition ---

    def compose(self) -> ComposeResult:
        """Header, filter, panes, footer."""
        with Vertical(id="body"):
            yield Bar(id="header")
            yield FilterBar(id="filter")
            with Horizontal(id="panes"):
                yield FeedTree(id="feeds")
                yield ArticleList(id="list")
                yield ArticleView(self.library.config.settings.reader.text_width, id="article")
            yield Footer(id="footer")
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """Bring back what was there."""
        self.filter.fill(self.start.filter)
        self.feed_tree.active = self.scope
        self.show_pane(self.pane)
        self.load(self.start.selected)
        self.load_feeds()
        if self.start.article:
            self.open(self.start.article, scroll=self.start.scroll, read=False, focus=False)
        self.set_interval(TICK, self.tick)

    @property
    def feed_tree(self) -> FeedTree:
        """The feeds pane."""
        return self.query_one("#feeds", FeedTree)

    @property
    def articles(self) -> ArticleList:
        """The list pane."""
        return self.query_one("#list", ArticleList)

    @property
    def view(self) -> ArticleView:
        """The article pane."""
        return self.query_one("#article", ArticleView)

    @property
    def filter(self) -> FilterBar:
        """The filter bar."""
        return self.query_one("#filter", FilterBar)

    def state(self) -> State:
        """What should come back after a restart."""
        article = self.view.article
        return State(
            scope=self.scope,
            filter=self.filter.text,
            selected=self.articles.current or 0,
            pane=self.pane,
            article=article.row.id if article else 0,
            scroll=round(self.view.scroll_y),
            theme=self.hakawati.theme_name,
        )

    # --- panes ---

    def show_pane(self, pane: str) -> None:
        """Show a pane, with its neighbours where there is room, and give it the focus."""
        self.pane = pane
        self.place_panes(self.size.width or self.app.size.width)
        self.query_one(f"#{pane}").focus()

    def place_panes(self, width: int) -> None:
        """Which panes are seen; all but the first have a line at their left."""
        seen = layout.shown(width, self.pane)
        for name in layout.PANES:
            widget = self.query_one(f"#{name}")
            widget.display = name in seen
            widget.set_class(name in seen[1:], "beside")

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other panes."""
        self.place_panes(event.size.width)

    def sees(self, pane: str) -> bool:
        """Is this pane on the screen now?"""
        return pane in layout.shown(self.size.width, self.pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The footer, and what comes back after a restart, follow the focus."""
        name = event.widget.id or ""
        if name in FOOTER_OF:
            self.pane = name
            self.place_panes(self.size.width)
            self.hakawati.remember()
        self.show_footer(FOOTER_OF.get(name, Where.FILTER))

    def action_pane(self, step: int) -> None:
        """Go round the panes."""
        self.show_pane(layout.neighbour(self.pane, step))

    def action_back(self, key: str = "escape") -> None:
        """Article, list, feeds; Esc clears a filter first."""
        if self.pane == "list" and self.filter.text and key == "escape":
            self.filter.action_clear()
        else:
            self.show_pane(layout.before(self.pane))

    def action_leave(self) -> None:
        """Back from the article; from anywhere else, out."""
        if self.pane == "article":
            self.show_pane("list")
        else:
            self.app.exit()

    def action_feeds(self) -> None:
        """Go to the feeds pane."""
        self.show_pane("feeds")

    # --- the list ---

    def load(self, select: int | None = None) -> None:
        """Show what scope and filter say: first the newest page, then the rest of the ids."""
        self.kept.clear()
        try:
            self.query_text = scope.effective(self.scope, self.filter.text, self.hakawati.now())
        except QueryError as error:
            self.misunderstood(error)
            return
        self.filter.explain(None)
        query = self.query_text
        self.ask(
            "list",
            lambda: self.library.page(query, None, PAGE),
            lambda rows: self.first_page(rows, select),
            self.misunderstood,
        )

    def misunderstood(self, error: HakawatiError) -> None:
        """A filter that cannot be read: the list stays, the bar says why."""
        if isinstance(error, QueryError) and self.filter.text:
            self.filter.explain(error, self.scope.offset)
        else:
            self.say(str(error), severity="error")

    def first_page(self, rows: list[ArticleRow], select: int | None) -> None:
        """Show the first rows; ask for the ids behind them where there are more."""
        ids = array("q", [row.id for row in rows])
        self.articles.now = self.hakawati.now()
        self.articles.fill(ids, rows)
        if len(rows) < PAGE:
            self.show_ids(ids, select)
            return
        self.articles.show(ids, select)
        query = self.query_text
        self.ask("ids", lambda: self.library.ids(query), lambda found: self.show_ids(found, select))

    def show_ids(self, ids: array[int], select: int | None) -> None:
        """Show the whole list; the cursor goes to ``select`` unless it has been moved since."""
        moved = self.articles.cursor > 0
        if moved:
            self.articles.renew(ids)
            self.articles.arrived = 0
        else:
            self.articles.show(ids, select)
        self.show_header()
        if self.view.article is None and self.sees("article"):
            self.preview()

    def renew_list(self) -> None:
        """Something was written: show the same list as it is now."""
        query, kept = self.query_text, tuple(self.kept)
        self.ask("ids", lambda: merged(self.library.ids(query), kept), self.renewed)

    def renewed(self, ids: array[int]) -> None:
        """The list as it is now."""
        self.articles.renew(ids)
        self.show_header()

    def changed(self) -> None:
        """Articles were written, here or by the syncing process."""
        self.renew_list()
        self.load_feeds()
        if self.view.article is not None:
            self.renew_article()

    def on_rows_needed(self, message: RowsNeeded) -> None:
        """The list is about to show rows it does not hold."""
        ids = message.ids
        self.ask("", lambda: self.library.rows(ids), lambda rows: self.articles.fill(ids, rows))

    def tick(self) -> None:
        """Time goes by."""
        self.articles.tick(self.hakawati.now())
        self.show_header()

    # --- feeds and header ---

    def load_feeds(self) -> None:
        """Ask for the numbers of the feeds pane and of the header."""
        self.ask("feeds", self.read_feeds, self.show_feeds)

    def read_feeds(self) -> FeedsAnswer:
        """On a thread: everything the feeds pane shows."""
        library = self.library
        return (
            library.feeds(),
            library.filters(),
            library.counts(),
            library.starred_count(),
            library.health_summary(),
        )

    def show_feeds(self, answer: FeedsAnswer) -> None:
        """New numbers."""
        feeds, filters, (total, unread), starred, health = answer
        self.feed_tree.show(feeds, filters, unread, starred)
        self.subscribed, self.total, self.health = len(feeds), total, health
        self.show_header()

    def show_header(self) -> None:
        """What the list shows, and how syncing goes."""
        sync, now, ids = self.hakawati.sync_view, self.hakawati.now(), len(self.articles.ids)
        node = self.feed_tree.node(self.feed_tree.row_of(self.scope))
        counted = node and not self.filter.text and self.scope.kind not in {"starred", "unread"}
        unread = node.count if node and counted else None
        left = words.list_spans(self.scope, self.filter.text, ids, unread, self.articles.arrived)
        right = words.sync_spans(sync, self.health[0], self.health[1], now)
        self.query_one("#header", Bar).say(left, right)
        self.filter.count(ids)
        if self.total >= 0:
            self.articles.say(
                *words.empty_list(self.scope, self.filter.text, self.subscribed, self.total, sync)
            )

    @on(SyncMoved)
    def sync_moved(self) -> None:
        """The syncing process said something."""
        self.show_header()

    # --- scope and filter ---

    def choose_scope(self, chosen: Scope) -> None:
        """Show another part of the articles."""
        if chosen != self.scope:
            self.scope = chosen
            self.feed_tree.activate(chosen)
            self.load()
            self.hakawati.remember()

    def action_filter(self) -> None:
        """Go to the filter bar."""
        self.filter.open()
        if not self.sees("list"):
            self.pane = "list"
            self.place_panes(self.size.width)

    @on(FilterEdited)
    def filter_edited(self) -> None:
        """The list follows the keys."""
        self.load()
        self.hakawati.remember()

    @on(FilterKept)
    def filter_kept(self) -> None:
        """On to the list."""
        self.show_pane("list")

    @on(FilterCleared)
    def filter_cleared(self) -> None:
        """The whole list again, at the article the user was on."""
        self.load(self.articles.current)
        self.show_pane("list")

    # --- rows ---

    @on(RowMoved)
    def row_moved(self, message: RowMoved) -> None:
        """Once the cursor rests, the pane beside follows."""
        self.show_header()
        self.hakawati.remember()
        if self._rest is not None:
            self._rest.stop()
        if message.sender == "feeds" and self.sees("list"):
            self._rest = self.set_timer(LIVE, self.live_scope)
        elif message.sender == "list" and self.sees("article"):
            self._rest = self.set_timer(PREVIEW, self.preview)

    def live_scope(self) -> None:
        """The list shows what the cursor of the feeds pane is on."""
        node = self.feed_tree.node(self.feed_tree.cursor)
        if self.pane == "feeds" and node and node.scope:
            self.choose_scope(node.scope)

    def preview(self) -> None:
        """The article pane shows what the cursor of the list is on; that is not reading it."""
        current = self.articles.current
        if self.pane == "list" and current and not self.is_open(current):
            self.open(current, read=False, focus=False)

    @on(RowChosen)
    def row_chosen(self, message: RowChosen) -> None:
        """Enter or a click."""
        node = self.feed_tree.node(message.index) if message.sender == "feeds" else None
        if node and node.scope:
            self.choose_scope(node.scope)
            self.show_pane("list")
        elif message.sender == "list" and (current := self.articles.current):
            self.history.clear()
            self.open(current)

    # --- the article ---

    def is_open(self, article_id: int) -> bool:
        """Does the article pane show this one?"""
        return self.view.article is not None and self.view.article.row.id == article_id

    def open(self, article_id: int, *, scroll: int = 0, read: bool = True, focus: bool = True) -> None:
        """Show an article; ``read`` marks it read where the settings say so."""
        self.wanted = (article_id, scroll)
        self.ask(
            "article", lambda: self.read_article(article_id), lambda answer: self.opened(answer, read, focus)
        )

    def read_article(self, article_id: int) -> ArticleAnswer:
        """On a thread: an article and its related ones."""
        return self.library.article(article_id), self.library.related(article_id)

    def opened(self, answer: ArticleAnswer, read: bool, focus: bool) -> None:
        """Show what came."""
        article, related = answer
        if article is None:
            self.say("This article is no longer in the cache.", severity="warning")
            return
        self.view.show(article, related, self.hakawati.now(), self.wanted[1])
        if focus:
            self.show_pane("article")
        if read and article.row.unread and self.library.config.settings.reader.mark_read_on_open:
            self.mark_read(article.row.id)
        self.hakawati.remember()

    def renew_article(self) -> None:
        """Show the open article as it is now."""
        if self.view.article is not None:
            article_id = self.view.article.row.id
            self.ask("renew", lambda: self.read_article(article_id), self.article_renewed)

    def article_renewed(self, answer: ArticleAnswer) -> None:
        """The same article as it is now."""
        article, related = answer
        if article is not None and self.is_open(article.row.id):
            self.view.renew(article, related, self.hakawati.now())

    @on(RelatedChosen)
    def related_chosen(self, message: RelatedChosen) -> None:
        """Follow, and remember the way back."""
        if self.view.article is not None:
            self.history.append((self.view.article.row.id, round(self.view.scroll_y)))
        self.open(message.article_id)

    @on(ReturnAsked)
    def return_asked(self) -> None:
        """Back to the article before, where it was left; from the first one, to the list."""
        if self.history:
            article_id, scroll = self.history.pop()
            self.open(article_id, scroll=scroll)
        else:
            self.show_pane("list")

    @on(LinkChosen)
    def link_chosen(self, message: LinkChosen) -> None:
        """Open a link of the text."""
        self.browse(message.url)

    def action_step(self, step: int) -> None:
        """Open the next or the previous article of the list."""
        target = self.articles.cursor + step
        if 0 <= target < len(self.articles.ids):
            self.articles.go_to(target, told=False)
            self.history.clear()
            self.open(self.articles.ids[target], focus=self.pane == "article")

    def feed_chosen(self, chosen: str | None) -> None:
        """The health screen chose a feed, by its address."""
        for node in self.feed_tree.feed_nodes():
            if node.scope and chosen and node.scope == scope.feed(node.label, chosen):
                self.choose_scope(node.scope)
                self.show_pane("list")

    def select(self, article_id: int) -> None:
        """Put the list's cursor on an article, and open it."""
        index = index_of(self.articles.ids, article_id)
        if index is not None:
            self.articles.go_to(index, told=False)
        self.history.clear()
        self.open(article_id)

    def whole_list(self, article_id: int) -> None:
        """Show all articles, and open one of them."""
        self.filter.fill("")
        self.scope = scope.ALL
        self.feed_tree.activate(scope.ALL)
        self.load(article_id)
        self.history.clear()
        self.open(article_id)
