"""The reader's panes: which of them are seen, which has the focus, what the footer says."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui import layout
from tui.commands import Where
from tui.screens.base import LibraryScreen
from tui.widgets.article_list import ArticleList
from tui.widgets.article_view import ArticleView
from tui.widgets.feed_tree import FeedTree
from tui.widgets.filter_bar import FilterBar
from tui.widgets.painted import Bar, Footer
from tui.widgets.related_pane import RelatedPane
from tui.widgets.story_list import StoryList

FOOTER_OF = {"feeds": Where.FEEDS, "stories": Where.LIST, "list": Where.LIST, "article": Where.ARTICLE}
PANE_OF = {"stories": "list"}
"""A widget that shows the same pane as another in its own way -> the pane."""

VIEWS = {0: "app.run_command('view.stories')", 1: "app.run_command('view.latest')"}
"""What a click on the names of the two views does: the first spans of the header."""


class Panes(LibraryScreen):
    """Feeds, list and article: three, two or one beside each other, by the width of the terminal."""

    AUTO_FOCUS = ""

    def __init__(self, pane: str) -> None:
        super().__init__()
        self.pane = pane if pane in layout.PANES else "list"
        self.flat = True
        """Whether the list shows articles; False: stories."""

    def compose(self) -> ComposeResult:
        """Header, filter, panes, footer."""
        with Vertical(id="body"):
            yield Bar(id="header", clicks=VIEWS)
            yield FilterBar(id="filter")
            with Horizontal(id="panes"):
                yield FeedTree(id="feeds")
                yield StoryList(id="stories")
                yield ArticleList(id="list")
                aside = RelatedPane(id="related")
                yield ArticleView(self.text_width, aside, id="article")
                yield aside
            yield Bar(id="snippet")
            yield Bar(id="joining")
            yield Footer(id="footer")
        yield Static(id="too-small", markup=False)

    @property
    def text_width(self) -> int:
        """Cells of an article's text when the reader opens."""
        return self.library.config.settings.reader.text_width

    @property
    def feed_tree(self) -> FeedTree:
        """The feeds pane."""
        return self.query_one("#feeds", FeedTree)

    @property
    def articles(self) -> ArticleList:
        """The list pane."""
        return self.query_one("#list", ArticleList)

    @property
    def front(self) -> StoryList:
        """The front page, in the place of the list."""
        return self.query_one("#stories", StoryList)

    def widget_of(self, pane: str) -> Widget:
        """The widget that shows a pane now."""
        return self.query_one("#stories" if pane == "list" and not self.flat else f"#{pane}")

    @property
    def has_panes(self) -> bool:
        """Whether all panes are there: they are not before mounting, and go one by one when closing."""
        return len(self.query("#feeds, #stories, #list, #article")) == len(FOOTER_OF)

    @property
    def view(self) -> ArticleView:
        """The article pane."""
        return self.query_one("#article", ArticleView)

    @property
    def filter(self) -> FilterBar:
        """The filter bar."""
        return self.query_one("#filter", FilterBar)

    def show_pane(self, pane: str) -> None:
        """Show a pane, with its neighbours where there is room, and give it the focus."""
        self.pane = pane
        self.place_panes(self.size.width or self.app.size.width)
        self.set_focus(self.widget_of(pane))

    def place_panes(self, width: int) -> None:
        """Which panes are seen; all but the first have a line at their left."""
        seen = layout.shown(self.shared(width), self.pane, zen=self.view.zen)
        (self.front if self.flat else self.articles).display = False
        for name in layout.PANES:
            widget = self.widget_of(name)
            widget.display = name in seen
            widget.set_class(name in seen[1:], "beside")
        self.place_related(width, seen)

    def place_related(self, width: int, seen: tuple[str, ...]) -> None:
        """The related articles beside the text, or below it again."""
        pane = self.query_one(RelatedPane)
        was = pane.display
        pane.display = layout.RELATED in seen
        given = layout.widths(width, self.view.text_width, seen)
        for widget in (self.view, pane):
            if (cells := given.get(widget.id or "")) is not None:
                widget.styles.width = cells
            else:
                widget.styles.clear_rule("width")
        if was != pane.display:
            self.view.lay_out()

    def on_resize(self, event: events.Resize) -> None:
        """Another width, other panes."""
        self.place_panes(event.size.width)

    def shared(self, width: int) -> int:
        """The columns that panes may share: a terminal that orders text mixes what stands side by side."""
        return min(width, layout.TWO - 1) if self.hakawati.face.mode == "terminal" else width

    def sees(self, pane: str) -> bool:
        """Is this pane on the screen now?"""
        return pane in layout.shown(self.shared(self.size.width), self.pane, zen=self.view.zen)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """The footer, and what comes back after a restart, follow the focus."""
        name = event.widget.id or ""
        if name in FOOTER_OF:
            self.pane = PANE_OF.get(name, name)
            self.place_panes(self.size.width)
            self.hakawati.remember()
        self.show_footer(FOOTER_OF.get(name, Where.FILTER))

    def action_pane(self, step: int) -> None:
        """Go round the panes."""
        self.show_pane(layout.neighbour(self.pane, step))

    def action_feeds(self) -> None:
        """Go to the feeds pane."""
        self.show_pane("feeds")
