"""The reader's screen: the list, the feeds, the filter, and the routes between them and the Library."""

from __future__ import annotations

from array import array
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import BindingType
from textual.timer import Timer

from aggregator.errors import HakawatiError, QueryError
from aggregator.model import ArticleRow, Snippet
from tui import commands, layout, scope, words
from tui.commands import Where
from tui.messages import (
    FilterCleared,
    FilterEdited,
    FilterKept,
    OffersAsked,
    RowChosen,
    RowMoved,
    RowsNeeded,
    SyncMoved,
)
from tui.scope import Scope, State
from tui.screens.fronting import ALONE, Fronting
from tui.screens.picture import Picturing
from tui.widgets.article_list import FIRST, merged
from tui.widgets.feed_tree import Content
from tui.widgets.painted import Bar

PREVIEW = 0.3
"""Seconds the cursor rests before a wide screen shows the article: passing by costs nothing."""
LIVE = 0.15
"""Seconds the cursor rests in the feeds pane before the list beside it follows."""
TICK = 30.0
"""Seconds between redraws of the ages, which are in minutes."""


class FeedsAnswer(NamedTuple):
    """What the feeds pane and the header show."""

    content: Content
    articles: int
    health: tuple[int, int]  # feeds failing, last success
    complaint: str


class ReaderScreen(Fronting, Picturing):
    """What is shown follows from a scope and a filter; what happens, from the messages of the panes."""

    WHERE = Where.READER
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.READER)]

    def __init__(self, state: State, *, flat: bool = True) -> None:
        super().__init__(state.pane)
        self.scope = state.scope
        self.flat = flat if state.flat is None else state.flat
        self.start = state
        self.query_text = state.scope.query
        self.subscribed, self.total, self.health = 0, -1, (0, 0)  # -1: not known yet
        self.complaint = ""
        self._rest: Timer | None = None

    # --- coming and going ---

    def on_mount(self) -> None:
        """Bring back what was there."""
        self.filter.fill(self.start.filter)
        self.feed_tree.active = self.scope
        self.show_pane(self.pane)
        self.load(self.start.selected)
        self.do(self.library.look, lambda _: self.load_feeds())
        if self.start.article:
            self.open(self.start.article, scroll=self.start.scroll, read=False, focus=False)
        self.set_interval(TICK, self.tick)

    def state(self) -> State:
        """What should come back after a restart."""
        article = self.view.article
        return State(
            scope=self.scope,
            filter=self.filter.text,
            selected=self.articles.current or 0,
            pane=self.pane,
            article=article.row.id if article else 0,
            scroll=self.view.place,
            theme=self.hakawati.chosen_theme,
            flat=self.flat,
            text_width=0 if self.view.text_width == super().text_width else self.view.text_width,
        )

    @property
    def text_width(self) -> int:
        """Cells of an article's text when the reader opens: as they were last."""
        return self.start.text_width or super().text_width

    def action_back(self, key: str = "escape") -> None:
        """Article, list, feeds; Esc leaves a mode or clears a filter first."""
        if key == "escape" and self.leave_mode():
            return
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

    # --- the list ---

    def load(self, select: int | None = None) -> None:
        """Show what scope and filter say: first the newest page, then the rest of the ids."""
        del self.kept[:]
        try:
            saved = self.library.config.settings.named_queries
            self.query_text = scope.effective(self.scope, self.filter.text, self.hakawati.now(), saved)
        except QueryError as error:
            self.misunderstood(error)
            return
        self.filter.explain(None)
        query = self.query_text
        self.desk.drop(self, "ids")  # of the list before, half a second of a million
        if not self.flat:
            self.load_front()
            return
        self.ask(
            "list",
            lambda: self.library.page(query, None, FIRST),
            lambda rows: self.first_page(rows, select),
            self.misunderstood,
        )

    def misunderstood(self, error: HakawatiError) -> None:
        """A filter that cannot be read: the list stays, the bar says why."""
        if isinstance(error, QueryError) and self.filter.text:
            self.filter.explain(error)
        else:
            self.say(str(error), severity="error")

    def first_page(self, rows: list[ArticleRow], select: int | None) -> None:
        """Show the first rows; ask for the ids behind them where there are more."""
        ids = array("q", [row.id for row in rows])
        self.articles.now = self.hakawati.now()
        self.articles.by_time = [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
        self.articles.fill(ids, rows)
        if len(rows) < FIRST:
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
        self.look_for_words()
        if (self.following or self.view.article is None) and self.sees("article"):
            self.following = False
            self.preview()

    def renew_list(self) -> None:
        """Something was written: show the same list as it is now."""
        if not self.flat:
            self.load_front(stay=True)
            return
        query, kept = self.query_text, self.kept[:]
        by_time = self.articles.by_time
        self.ask("ids", lambda: merged(self.library.ids(query), kept, by_time), self.renewed)

    def renewed(self, ids: array[int]) -> None:
        """The list as it is now."""
        self.articles.renew(ids)
        self.show_header()

    def changed(self) -> None:
        """Articles were written, here or by the syncing process."""
        if not self.has_panes:
            return  # not there yet, or closing: a write may be told of at any moment
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
        self.front.tick(self.hakawati.now())
        self.show_header()

    # --- feeds and header ---

    def load_feeds(self) -> None:
        """Ask for the numbers of the feeds pane and of the header."""
        self.ask("feeds", self.read_feeds, self.show_feeds)

    def read_feeds(self) -> FeedsAnswer:
        """On a thread: everything the feeds pane shows. A saved filter that cannot be read hides no feed."""
        library, filters, complaint = self.library, [], ""
        try:
            filters = library.filters()
        except QueryError as error:
            complaint = f"A saved filter of the configuration cannot be read: {error}"
        if lacking := library.unsearchable():
            complaint = (
                complaint or f"{lacking:,} articles cannot be found by words yet; the next sync adds them."
            )
        articles, unread = library.counts()
        content = Content(
            library.feeds(),
            filters,
            library.tags(),
            unread,
            library.starred_count(),
            library.new_count(),
        )
        return FeedsAnswer(content, articles, library.health_summary(), complaint)

    def show_feeds(self, answer: FeedsAnswer) -> None:
        """New numbers."""
        self.feed_tree.show(answer.content)
        self.subscribed, self.total = len(answer.content.feeds), answer.articles
        self.health = answer.health
        if answer.complaint and answer.complaint != self.complaint:
            self.say(answer.complaint, severity="error")
        self.complaint = answer.complaint
        self.show_header()

    def show_header(self) -> None:
        """What the list shows, and how syncing goes."""
        sync, now = self.hakawati.sync_view, self.hakawati.now()
        ids = len(self.articles.ids) if self.flat else len(self.front.stories)
        node = self.feed_tree.node(self.feed_tree.row_of(self.scope))
        counted = not self.filter.text and self.scope.kind not in {"starred", "unread", "new", "tag"}
        unread = node.count if node and node.scope == self.scope and counted else None
        left = words.list_spans(
            self.scope, self.filter.text, ids, unread, self.articles.arrived if self.flat else 0, self.flat
        )
        right = words.sync_spans(sync, self.health[0], self.health[1], now, self.size.width)
        self.query_one("#header", Bar).say(left, right)
        self.filter.count(ids)
        if self.total >= 0:
            (self.articles if self.flat else self.front).say(
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
        self.filter.values.clear()  # numbers of articles may have changed since
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
        """On to the list; what stands beside is of it."""
        self.show_pane("list")
        if self.sees("article"):
            self.preview()

    @on(FilterCleared)
    def filter_cleared(self) -> None:
        """The whole list again, at the article the user was on."""
        self.load(self.articles.current)
        self.show_pane("list")

    # --- rows ---

    @on(RowMoved)
    def row_moved(self, message: RowMoved) -> None:
        """Once the cursor rests, the pane beside follows."""
        if message.index == 0 and message.sender == "list":
            self.show_header()
        self.hakawati.remember()
        if self._rest is not None:
            self._rest.stop()
        if message.sender == "feeds" and self.sees("list"):
            self._rest = self.set_timer(LIVE, self.live_scope)
        elif message.sender in ("list", "stories") and (self.sees("article") or self.filter.text):
            self._rest = self.set_timer(PREVIEW, self.rested_on_row)

    def rested_on_row(self) -> None:
        """The article beside, and the words that were looked for."""
        if self.sees("article"):
            self.preview()
        self.look_for_words()

    def look_for_words(self) -> None:
        """Show the piece of the article under the cursor in which the filter's words stand."""
        row = self.front.current
        current = self.articles.current if self.flat else row.lead if row else None
        query = self.query_text
        if not (current and self.filter.text.strip()):
            self.show_snippet(None)
            return
        read = self.library.snippets
        self.ask("snippet", lambda: read([current], query).get(current), self.show_snippet)

    def show_snippet(self, snippet: Snippet | None) -> None:
        """One line, the words marked; none where no words are looked for."""
        bar = self.query_one("#snippet", Bar)
        bar.display = bool(snippet and snippet.marks)
        bar.say(words.snippet_spans(snippet, self.size.width) if snippet else [])

    def live_scope(self) -> None:
        """The list shows what the cursor of the feeds pane is on."""
        node = self.feed_tree.node(self.feed_tree.cursor)
        if self.pane == "feeds" and node and node.scope:
            self.choose_scope(node.scope)

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
        elif message.sender == "stories" and self.front.on_alone:
            self.flat = True
            self.choose_scope(
                scope.other(
                    "Of one outlet alone", f"({self.query_text}) {ALONE}" if self.query_text else ALONE
                )
            )
            self.show_pane("list")
        elif message.sender == "stories":
            self.open_story()

    def feed_chosen(self, chosen: str | None) -> None:
        """The health screen chose a feed, by its address."""
        if chosen and (wanted := self.feed_tree.scope_of(chosen)):
            self.choose_scope(wanted)
            self.show_pane("list")

    def query_chosen(self, query: str | None) -> None:
        """Another screen chose what the list should show."""
        if query:
            self.filter.fill("")
            self.choose_scope(scope.other(query, query))
            self.show_pane("list")

    def article_chosen(self, chosen: str | None) -> None:
        """Another screen chose an article, by its id."""
        if chosen:
            self.select(int(chosen))

    @on(OffersAsked)
    def offers_asked(self, message: OffersAsked) -> None:
        """The filter bar wants the values of a field, to complete one."""
        field = message.field
        self.ask(
            f"values {field}",
            lambda: self.library.values(field),
            lambda found: self.filter.know(field, found),
        )

    def whole_list(self, article_id: int) -> None:
        """Show all articles, and open one of them."""
        self.flat = True
        self.filter.fill("")
        self.scope = scope.ALL
        self.feed_tree.activate(scope.ALL)
        self.load(article_id)
        self.history.clear()
        self.open(article_id)
