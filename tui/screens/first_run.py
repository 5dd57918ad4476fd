"""The first start: which languages, which desk, and so which feeds are followed."""

from __future__ import annotations

import os
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from aggregator import first_run
from aggregator.dataclass import dataclass
from aggregator.first_run import DESKS, WHOLE, Desk, Offer, language_name
from tui import commands, render
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowMoved
from tui.screens.listing import ListingScreen
from tui.widgets.painted import Bar
from tui.widgets.virtual_list import VirtualList

INTRO = " Everything stays on this computer: no account, and nothing about you is sent.\n Two questions."
LATER = "changes single feeds later, hakawati init asks again."
LANGUAGES = "Which languages do you read? The dearest first: headlines are in that one."
DESK = "Which desk do you want first?"
NAME_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """A row: a heading, a language (its code) or a desk."""

    heading: str = ""
    language: str = ""
    desk: Desk | None = None


class FirstRunList(VirtualList):
    """Rows are the answers to both questions; ``languages`` are ticked, in this order."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.FIRST)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.offer = Offer((), frozenset())
        self.choices: list[Choice] = []
        self.languages: list[str] = []
        self.desk = WHOLE

    def show(self, offer: Offer, languages: tuple[str, ...]) -> None:
        """What there is to choose from, and what is ticked at first."""
        self.offer, self.languages = offer, list(languages)
        self.choices = [
            Choice(heading=LANGUAGES),
            *(Choice(language=code) for code in offer.languages),
            Choice(),
            Choice(heading=DESK),
            *(Choice(desk=desk) for desk in DESKS),
        ]
        self.count = len(self.choices)
        self.action_first()
        self.refresh()

    def followed(self) -> list[str]:
        """The addresses that are followed with what is ticked."""
        return self.offer.turned_on(self.languages, self.desk)

    def tick(self, index: int) -> None:
        """Tick a language or take the tick away; choose a desk."""
        choice = self.choices[index]
        if choice.desk:
            self.desk = choice.desk.id
        elif choice.language in self.languages:
            self.languages.remove(choice.language)
        elif choice.language:
            self.languages.append(choice.language)
        self.refresh()

    def selectable(self, index: int) -> bool:
        """Headings are jumped over."""
        return bool(self.choices[index].language or self.choices[index].desk)

    def spans(self, index: int, width: int) -> list[render.Span]:
        """The sign whether it is chosen, its name, and how many feeds that is."""
        choice = self.choices[index]
        if choice.heading or not self.selectable(index):
            return [(choice.heading, "head")]
        if choice.desk:
            on, name = choice.desk.id == self.desk, choice.desk.name
            sign = "(*)" if on else "( )"
            count = len(self.offer.turned_on(self.languages, choice.desk.id))
        else:
            on, name = choice.language in self.languages, language_name(choice.language)
            sign = f"[{self.languages.index(choice.language) + 1}]" if on else "[ ]"
            count = self.offer.count(choice.language, self.desk)
        name_role = "unread" if on else "text"
        return [
            (f"  {sign} ", "accent" if on else "dim"),
            (render.line(name, NAME_WIDTH), name_role),
            (f"{render.counted(count, 'feed'):>9}", "dim"),
        ]

    def on_click(self, event: events.Click) -> None:
        """A click ticks; Enter alone begins."""
        index = event.y + round(self.scroll_y)
        if 0 <= index < self.count and self.selectable(index):
            self.go_to(index)
            self.tick(index)
            self.post_message(RowMoved(self.id or "", index))


class FirstRunScreen(ListingScreen):
    """Asks, and writes the answers; gives "" back, whatever was decided."""

    WHERE = Where.FIRST
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.FIRST)]

    def rows(self) -> VirtualList:
        """The answers."""
        return FirstRunList()

    def above(self) -> ComposeResult:
        """What this is about."""
        yield Static(f"{INTRO} {key_of('catalogue')} {LATER}", classes="detail", markup=False)

    def below(self) -> ComposeResult:
        """What follows from the answers."""
        yield Bar(id="result")

    def on_mount(self) -> None:
        """Look into the catalogue."""
        self.head("Welcome to Hakawati")
        self.ask("offer", self.library.offer, self.show)

    def show(self, offer: Offer) -> None:
        """Ask; the system's language and English are ticked."""
        rows = self.query_one(FirstRunList)
        rows.show(offer, first_run.guess(os.environ, offer.languages) or offer.languages)
        self.show_result()

    def show_result(self) -> None:
        """How many feeds Enter follows."""
        rows = self.query_one(FirstRunList)
        count, keep = len(rows.followed()), key_of("first.keep")
        words = [
            (f" {key_of('first.start')} follows {render.counted(count, 'feed')} and fetches them.", "accent")
        ]
        if not rows.languages:
            words = [
                (f" Tick a language with {key_of('first.tick')}; {keep} keeps the shipped choice.", "warn")
            ]
        elif not count:
            words = [(" This desk has no feed in these languages: choose one more, or another desk.", "warn")]
        usual = len(rows.offer.shipped_on)
        self.query_one("#result", Bar).say(words, [(f"{keep}: the shipped {usual} ", "dim")])

    def on_row_moved(self) -> None:
        """A click may have ticked something."""
        self.show_result()

    def action_tick(self) -> None:
        """The row under the cursor."""
        rows = self.query_one(FirstRunList)
        if rows.count:
            rows.tick(rows.cursor)
            self.show_result()

    def action_start(self) -> None:
        """Write the answers."""
        rows = self.query_one(FirstRunList)
        if not rows.followed():
            self.say("Nothing would be followed: tick another language or choose another desk with Space.")
            return
        languages, desk = tuple(rows.languages), rows.desk
        self.do(lambda: self.library.choose(languages, desk), self.chosen)

    def chosen(self, followed: int) -> None:
        """Say what was written."""
        self.offer_undo(f"{render.counted(followed, 'feed')} followed.")
        self.leave(followed)

    def action_keep(self) -> None:
        """What is shipped is followed."""
        self.do(self.library.keep_shipped, self.leave)

    def leave(self, _: object) -> None:
        """Everything is answered."""
        self.dismiss("")
