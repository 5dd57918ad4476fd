"""The article pane: scrolls a Document, selects related articles and links in it."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from aggregator.model import Article, Related, Story
from tui import commands, render, taking
from tui.bidi.layout import Direction
from tui.document import IDLE, Progress, Text, build, build_aside, other_text
from tui.keys import key_of
from tui.lines import Document, Target, place_in
from tui.messages import LinkChosen, RelatedChosen, ReturnAsked
from tui.widgets.painted import Painted
from tui.widgets.related_pane import RelatedPane, margin

FOLLOWING: dict[Direction, Direction] = {"auto": "rtl", "rtl": "ltr", "ltr": "auto"}
"""The direction that D leads to."""
SIDE = 2
"""Cells left free beside the text; the left ones hold the sign of the selected row, or its letters."""


class ArticleView(Painted, ScrollView, can_focus=True):
    """Shows one article with its related ones: below the text, or in ``aside`` while that is displayed."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(commands.Where.ARTICLE)]
    ALLOW_SELECT = True

    def __init__(self, text_width: int, aside: RelatedPane | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.text_width = text_width
        self.aside = aside
        self.article: Article | None = None
        self.related: list[Related] = []
        self.story: Story | None = None
        self.document = Document(0)
        self.selected: int | None = None
        self.letters: dict[int, str] = {}
        self.named: dict[int, str] = {}
        """Number of a link -> its letters, while they are shown."""
        self.zen = False
        self.direction: Direction = "auto"
        """How the user wants this article to run."""
        self.now = 0
        self.text: Text = ""
        self.progress = IDLE
        self._left: dict[Text, int] = {}  # where each text of this article was left
        self._held: Target | None = None  # to be selected once the pane beside has a size
        self._wished: int | None = None  # where to scroll once the pane has a size

    # content

    def show(
        self,
        article: Article,
        related: list[Related],
        now: int,
        scroll: int = 0,
        progress: Progress = IDLE,
        story: Story | None = None,
    ) -> None:
        """Show another article."""
        self.article, self.related, self.story, self.now, self.selected = article, related, story, now, None
        self.text, self.progress, self._left = "", progress, {}
        self._wished, self.direction = scroll, "auto"
        if self.aside is not None:
            self.aside.document = Document(0)  # another article begins at the top there, too
        self.lay_out()

    def renew(
        self,
        article: Article,
        related: list[Related],
        now: int,
        progress: Progress = IDLE,
        story: Story | None = None,
    ) -> None:
        """Show the same article as it is now, where the reader is."""
        before = (self.article, self.related, self.progress, self.story)
        self.article, self.related, self.now, self.progress = article, related, now, progress
        self.story = story
        if before != (article, related, progress, story):
            self.lay_out()

    def say(self, progress: Progress) -> None:
        """Show how fetching the page goes."""
        if progress != self.progress:
            self.progress, self.text = progress, "" if progress.fetching else self.text
            self.lay_out()

    def clear(self) -> None:
        """Show no article."""
        self.article, self.related, self.selected, self.story = None, [], None, None
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
        before, held, top = self.document, self.target or self._held, round(self.scroll_y)
        self.document = self.make_document()
        self.lay_out_aside()
        self.selected = self.targets.index(held) if held in self.targets else None
        self._held = held if self.aside is not None and self.beside and not self.aside.room else None
        self.virtual_size = Size(0, len(self.document.lines) + 1)
        if self.document.lines and self._wished is not None:
            self.scroll_to(y=self._wished, animate=False, force=True)
            self._wished = None
        elif self.document.lines and before.lines:
            place = place_in(self.document, before, top, top + self.size.height, held)
            if place != top:
                self.scroll_to(y=place, animate=False, force=True, immediate=True)
        self.show_choice()

    def make_document(self) -> Document:
        """The lines for the present width, none while there is no room."""
        room = max(0, self.inner_width - 2 * SIDE)
        if self.article is None or not room:
            return Document(room)
        return build(
            self.article,
            self.related,
            min(self.text_width, room),
            self.now,
            self.text,
            self.progress,
            story=self.story,
            below=not (self.zen or self.beside),
            direction=self.direction,
        )

    def lay_out_aside(self) -> None:
        """Make the lines of the pane beside."""
        if self.aside is None:
            return
        room, before = self.aside.room, self.aside.document.width
        document = Document(room)
        if room and self.article is not None:
            document = build_aside(self.article, self.related, room, self.now)
        self.aside.show(document, top=before == 0)

    @property
    def beside(self) -> bool:
        """Do the related articles stand beside the text?"""
        return self.aside is not None and self.aside.display

    @property
    def targets(self) -> list[Target]:
        """All that can be followed: in the text, then in the pane beside."""
        return [*self.document.targets, *(self.aside.document.targets if self.aside else ())]

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
        return None if self.selected is None else self.targets[self.selected]

    @property
    def empty(self) -> str:
        """What is said while no article is open."""
        return f"No article is open. {key_of('row.open')} opens the one under the cursor."

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
        first = line.target is not None and self.document.first_line(line.target) == index
        letters = self.letters.get(line.target, "") if first and line.target is not None else ""
        if self.letters:
            line = taking.lettered(line, self.named)
        spans = [margin(self.margin, chosen, letters), *line.spans]
        clicks = {place + 1: action for place, action in (line.clicks or {}).items()}
        strip = render.strip(spans, width, self.palette("selected" if chosen else ""), clicks)
        return self.marked(strip, index)

    def marked(self, strip: Strip, index: int) -> Strip:
        """A line with what the mouse selects of it, and with its place for the mouse to find."""
        span = selection.get_span(index) if (selection := self.text_selection) else None
        if span is not None:
            start, end = span[0], strip.cell_length if span[1] == -1 else span[1]
            chosen = strip.crop(start, end).apply_style(Style(reverse=True))
            strip = Strip.join([strip.crop(0, start), chosen, strip.crop(end)])
        return strip.apply_offsets(0, index)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse selected, as the article has it: logical order, paragraphs unwrapped, no numbers."""
        start, end = selection.start, selection.end
        last = len(self.document.lines) - 1
        first = (start.y, max(0, start.x - self.margin)) if start else (0, 0)
        final = (end.y, max(0, end.x - self.margin)) if end else (last, self.document.width)
        return taking.selected_text(self.document, first, final), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """The mouse selects something else."""
        self.refresh()

    @property
    def paragraph(self) -> str:
        """The paragraph under the top of the window, as the article has it."""
        return taking.paragraph_under(self.document, round(self.scroll_y))

    # letters

    def name_targets(self) -> dict[str, int]:
        """Show letters on everything in sight that can be followed; returns letters -> target."""
        top = round(self.scroll_y)
        seen: dict[int, None] = {}
        for line in self.document.lines[top : top + self.size.height]:
            seen |= {self.numbered(number): None for number in (line.numbers or {}).values()}
            seen |= {} if line.target is None else {line.target: None}
        offset = len(self.document.targets)
        beside = self.aside.seen() if self.aside else []
        found = [target for target in (*seen, *(offset + target for target in beside)) if target >= 0]
        names = dict(zip(taking.letters(len(found)), found, strict=True))
        self.show_letters(names)
        return names

    def show_letters(self, names: dict[str, int]) -> None:
        """Show these letters, or none."""
        self.letters = {target: name for name, target in names.items()}
        numbers = {n for line in self.document.lines for n in (line.numbers or {}).values()} if names else ()
        self.named = {n: name for n in numbers if (name := self.letters.get(self.numbered(n)))}
        offset = len(self.document.targets)
        if self.aside:
            self.aside.show_letters({target - offset: name for target, name in self.letters.items()})
        self.refresh()

    def numbered(self, number: int) -> int:
        """The target of a numbered link, -1 for none."""
        sign = f"[{number}]"
        for line in self.document.lines:
            if line.target is not None and line.spans[0][0] == sign:
                return line.target
        return -1

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
        if index is None or index >= len(self.targets):
            return
        self.selected = index if index >= 0 else None
        self.show_choice()
        if 0 <= index < len(self.document.targets):
            top, bottom = self.document.first_line(index), self.document.last_line(index)
            height = max(1, self.size.height)
            if top < self.scroll_y + 1:
                self.scroll_to(y=max(0, top - 2), animate=False)
            elif bottom >= self.scroll_y + height:
                self.scroll_to(y=bottom - height + 1, animate=False)

    def show_choice(self) -> None:
        """Draw what is selected, here or beside."""
        self.refresh()
        if self.aside is not None:
            at = -1 if self.selected is None else self.selected - len(self.document.targets)
            self.aside.choose(at if at >= 0 else None)

    def unselect(self) -> bool:
        """Select nothing; False where nothing was selected."""
        before, self.selected = self.selected, None
        self.show_choice()
        return before is not None

    def first(self, kind: str) -> int | None:
        """The first target of a kind."""
        return next((index for index, target in enumerate(self.targets) if target.kind == kind), None)

    def action_select(self, kind: str) -> None:
        """Go to the related articles, or to the links."""
        index = self.first(kind)
        if index is None:
            self.action_end()
            return
        if index < len(self.document.targets):
            self.scroll_to(y=max(0, self.document.first_line(index) - 3), animate=False)
        self.choose(index)

    def action_direction(self) -> None:
        """Let the article run as its letters say, from right to left, from left to right, in turn."""
        self.direction = FOLLOWING[self.direction]
        self.lay_out()

    def action_page(self, direction: int) -> None:
        """Scroll by a window's height, one line kept."""
        self.unselect()
        self.scroll_relative(y=direction * max(1, self.size.height - 1), animate=False)
        self.refresh()

    def action_top(self) -> None:
        """Go to the top."""
        self.unselect()
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
        wanted = [target for target in self.targets if target.kind == "related"]
        if number <= len(wanted):
            self.follow(wanted[number - 1])

    def action_open_number(self, number: int) -> None:
        """Open a numbered link (a click on ``[n]``)."""
        if (target := self.numbered(number)) >= 0:
            self.follow(self.document.targets[target])

    def action_go_back(self) -> None:
        """Back to the article before."""
        self.post_message(ReturnAsked())

    def on_click(self, event: events.Click) -> None:
        """A click on a related article or a link follows it; the end of a selection does not."""
        index = event.y + round(self.scroll_y)
        if self.text_selection is not None or not 0 <= index < len(self.document.lines):
            return
        if (target := self.document.lines[index].target) is not None:
            self.selected = target
            self.show_choice()
            self.follow(self.document.targets[target])
