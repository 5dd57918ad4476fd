"""The article pane: scrolls a Document, selects related articles and links in it."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from aggregator.model import Article, Related
from tui import commands, render
from tui.document import IDLE, Progress, Text, build, other_text
from tui.lines import Document, Target, place_in
from tui.messages import LinkChosen, RelatedChosen, ReturnAsked
from tui.widgets.painted import Painted

SIDE = 2
"""Cells left free beside the text; the left one holds the sign of the selected row."""


class ArticleView(Painted, ScrollView, can_focus=True):
    """Shows one article with its related ones."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.ARTICLE)]

    def __init__(self, text_width: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text_width = text_width
        self.article: Article | None = None
        self.related: list[Related] = []
        self.document = Document(0)
        self.selected: int | None = None
        self.now = 0
        self.text: Text = ""
        self.progress = IDLE
        self._left: dict[Text, int] = {}  # where each text of this article was left
        self._wished: int | None = None  # where to scroll once the pane has a size
        self.empty = "No article is open. Enter opens the one under the cursor."

    # content

    def show(
        self, article: Article, related: list[Related], now: int, scroll: int = 0, progress: Progress = IDLE
    ) -> None:
        """Show another article."""
        self.article, self.related, self.now, self.selected = article, related, now, None
        self.text, self.progress, self._left = "", progress, {}
        self._wished = scroll
        self.lay_out()

    def renew(self, article: Article, related: list[Related], now: int, progress: Progress = IDLE) -> None:
        """Show the same article as it is now, where the reader is."""
        same = (article, related, progress) == (self.article, self.related, self.progress)
        self.article, self.related, self.now, self.progress = article, related, now, progress
        if not same:
            self.lay_out()

    def say(self, progress: Progress) -> None:
        """Show how fetching the page goes."""
        if progress != self.progress:
            self.progress, self.text = progress, "" if progress.fetching else self.text
            self.lay_out()

    def clear(self) -> None:
        """Show no article."""
        self.article, self.related, self.selected = None, [], None
        self.lay_out()

    def flip(self) -> bool:
        """Show the other text, feed's or page's, where it was left; False where there is none."""
        other = other_text(self.article, self.text) if self.article else ""
        if not other:
            return False
        self._left["feed" if other == "page" else "page"] = self.place
        self.text, self.selected, self._wished = other, None, self._left.get(other, 0)
        self.lay_out()
        return True

    def lay_out(self) -> None:
        """Make the lines anew for the present width; what is looked at stays where it is."""
        before, held, top = self.document, self.target, round(self.scroll_y)
        self.document = self.make_document()
        self.selected = self.document.targets.index(held) if held in self.document.targets else None
        self.virtual_size = Size(0, len(self.document.lines) + 1)
        if self.document.lines and self._wished is not None:
            self.scroll_to(y=self._wished, animate=False, force=True)
            self._wished = None
        elif self.document.lines and before.lines:
            place = place_in(self.document, before, top, top + self.size.height, held)
            if place != top:
                self.scroll_to(y=place, animate=False, force=True, immediate=True)
        self.refresh()

    def make_document(self) -> Document:
        """The lines for the present width, none while there is no room."""
        room = max(0, self.inner_width - 2 * SIDE)
        if self.article is None or not room:
            return Document(room)
        width = min(self.text_width, room)
        return build(self.article, self.related, width, self.now, self.text, self.progress)

    @property
    def place(self) -> int:
        """The line at the top of the window."""
        return round(self.scroll_y) if self._wished is None else self._wished

    def on_resize(self, event: events.Resize) -> None:
        """Another width is another layout."""
        if self.document.width != min(self.text_width, max(0, self.inner_width - 2 * SIDE)):
            self.lay_out()

    @property
    def margin(self) -> int:
        """Cells left of the text: it stands in the middle of a wide pane."""
        return max(SIDE, (self.inner_width - self.document.width) // 2)

    @property
    def target(self) -> Target | None:
        """What is selected."""
        return None if self.selected is None else self.document.targets[self.selected]

    # drawing

    def render_line(self, y: int) -> Strip:
        """Draw one line of the window."""
        width, index = self.inner_width, y + round(self.scroll_y)
        if self.article is None:
            text = self.empty if y == self.size.height // 3 else ""
            return render.strip([("  ", "text"), (text, "dim")], width, self.palette())
        if index >= len(self.document.lines):
            return render.strip((), width, self.palette())
        line = self.document.lines[index]
        chosen = line.target is not None and line.target == self.selected
        sign = render.GLYPHS.cursor if chosen else " "
        spans = [(" " * (self.margin - 1) + sign, "accent"), *line.spans]
        clicks = {place + 1: action for place, action in (line.clicks or {}).items()}
        return render.strip(spans, width, self.palette("selected" if chosen else ""), clicks)

    # actions

    def action_line(self, step: int) -> None:
        """Scroll a line; at the end of the text, or once a row is selected, select the next one."""
        if self.selected is None and (step < 0 or self.scroll_y < self.max_scroll_y):
            self.scroll_relative(y=step, animate=False)
        elif self.selected is None:
            self.choose(self.first("related"))
        else:
            self.choose(self.selected + step)

    def choose(self, index: int | None) -> None:
        """Select a target and bring it into the window; before the first one nothing is selected."""
        if index is None or index >= len(self.document.targets):
            return
        self.selected = index if index >= 0 else None
        self.refresh()
        if self.selected is not None:
            top, bottom = self.document.first_line(index), self.document.last_line(index)
            height = max(1, self.size.height)
            if top < self.scroll_y + 1:
                self.scroll_to(y=max(0, top - 2), animate=False)
            elif bottom >= self.scroll_y + height:
                self.scroll_to(y=bottom - height + 1, animate=False)

    def first(self, kind: str) -> int | None:
        """The first target of a kind."""
        return next(
            (index for index, target in enumerate(self.document.targets) if target.kind == kind), None
        )

    def action_select(self, kind: str) -> None:
        """Go to the related articles, or to the links."""
        index = self.first(kind)
        if index is None:
            self.action_end()
            return
        self.scroll_to(y=max(0, self.document.first_line(index) - 3), animate=False)
        self.choose(index)

    def action_page(self, direction: int) -> None:
        """Scroll by a window's height, one line kept."""
        self.selected = None
        self.scroll_relative(y=direction * max(1, self.size.height - 1), animate=False)
        self.refresh()

    def action_top(self) -> None:
        """Go to the top."""
        self.selected = None
        self.scroll_to(y=0, animate=False)
        self.refresh()

    def action_end(self) -> None:
        """Go to the end."""
        self.scroll_to(y=self.max_scroll_y, animate=False)

    def action_follow(self) -> None:
        """Follow what is selected; where nothing is, select the first related article."""
        if self.target is None:
            self.action_select("related")
        else:
            self.follow(self.target)

    def follow(self, target: Target) -> None:
        """Tell the screen where the user wants to go."""
        if target.article_id:
            self.post_message(RelatedChosen(target.article_id))
        else:
            self.post_message(LinkChosen(target.url))

    def action_follow_number(self, number: int) -> None:
        """Open a related article by its number."""
        wanted = [target for target in self.document.targets if target.kind == "related"]
        if number <= len(wanted):
            self.follow(wanted[number - 1])

    def action_open_number(self, number: int) -> None:
        """Open a numbered link (a click on ``[n]``)."""
        sign = f"[{number}]"
        for line in self.document.lines:
            if line.target is not None and line.spans[0][0] == sign:
                self.follow(self.document.targets[line.target])
                return

    def action_go_back(self) -> None:
        """Back to the article before."""
        self.post_message(ReturnAsked())

    def on_click(self, event: events.Click) -> None:
        """A click on a related article or a link follows it."""
        index = event.y + round(self.scroll_y)
        if (
            0 <= index < len(self.document.lines)
            and (target := self.document.lines[index].target) is not None
        ):
            self.selected = target
            self.refresh()
            self.follow(self.document.targets[target])
