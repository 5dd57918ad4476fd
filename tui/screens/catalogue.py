"""The catalogue: every feed of the configuration; one key follows it or lets it go, another adds one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from aggregator.config import Feed
from aggregator.first_run import DESKS, WHOLE, desks_of, language_name
from aggregator.model import CatalogueEntry, FeedInfo
from aggregator.text.inert import safe_url
from tui import commands, render
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen, RowMoved
from tui.screens import feed_words
from tui.screens.adding import AddChild, Added
from tui.screens.dialogs import Asking, Choosing
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList

PARTS = tuple(desk for desk in DESKS if desk.id != WHOLE)
STATES = ("on", "off")
ADDED_SECONDS = 10.0
"""How long it is said what came of adding a feed: it may have taken a while, with the eyes elsewhere."""
Row = CatalogueEntry | str
"""A feed, or the heading of a language."""


def matching(entries: Iterable[CatalogueEntry], words: str) -> list[CatalogueEntry]:
    """The entries that hold every word; a word of two letters is a language or a country as well."""
    wanted = words.casefold().split()
    return [entry for entry in entries if all(holds(entry, word) for word in wanted)]


def holds(entry: CatalogueEntry, word: str) -> bool:
    """Does the entry answer to this word? Two letters are a language or a country, never a part of a word."""
    if word in {"on", "off"}:
        return entry.enabled == (word == "on")
    if len(word) == 2:
        return word in (entry.language.casefold(), entry.country.casefold())
    if any(word in (desk.id, *desk.also) and is_about(entry, desk.id) for desk in PARTS):
        return True
    text = f"{entry.outlet} {entry.title} {entry.url} {' '.join(entry.tags)} {entry.note}"
    return word in text.casefold()


def is_about(entry: CatalogueEntry, desk: str) -> bool:
    """Does the feed belong to this desk?"""
    return desk in desks_of(entry.country, entry.tags)


def by_language(entries: list[CatalogueEntry]) -> list[Row]:
    """The entries under headings of their languages, in the order in which these come first."""
    rows: list[Row] = []
    for language in dict.fromkeys(entry.language for entry in entries):
        group = [entry for entry in entries if entry.language == language]
        on = sum(entry.enabled for entry in group)
        name = language_name(language) if language else "No language given"
        rows += [f"{render.shown(name)}: {render.counted(len(group), 'feed')}, {on} followed", *group]
    return rows


def following(value: str, values: Iterable[str]) -> str:
    """The value after this one, "" (all) after the last."""
    circle = ["", *(each for each in values if each)]
    return circle[(circle.index(value) + 1) % len(circle)] if value in circle else ""


class CatalogueList(VirtualList):
    """Rows are feeds under the headings of their languages."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.CATALOGUE)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.entries: list[Row] = []

    def show(self, entries: list[CatalogueEntry]) -> None:
        """Other rows; the cursor stays where it is as far as it can."""
        self.entries = by_language(entries)
        self.recount(len(self.entries))
        self.land(self.cursor, 1)
        self.reveal()

    @property
    def current(self) -> CatalogueEntry | None:
        """The feed under the cursor."""
        row = self.entries[self.cursor] if self.entries else None
        return row if isinstance(row, CatalogueEntry) else None

    def selectable(self, index: int) -> bool:
        """Headings are jumped over."""
        return isinstance(self.entries[index], CatalogueEntry)

    def spans(self, index: int, width: int) -> list[render.Span]:
        """On or off, country, outlet, title, and a note."""
        entry = self.entries[index]
        if isinstance(entry, str):
            return [(entry, "head")]
        outlet, name = entry.outlet or entry.title, entry.title if entry.outlet else ""
        head: list[render.Span] = [
            ("[x] " if entry.enabled else "[ ] ", "accent" if entry.enabled else "dim"),
            (render.line(entry.language, 3), "dim"),
            (render.line(entry.country, 3), "dim"),
            (render.line(outlet or entry.url, 26) + " ", "unread" if entry.enabled else "text"),
        ]
        rest = " - ".join(part for part in (name if name != outlet else "", entry.note) if part)
        return [*head, (render.line(rest or entry.url, width - render.span_cells(head)), "dim")]


def detail(
    entry: CatalogueEntry, feed: Feed | None, info: FeedInfo | None, usual: str, now: int
) -> list[str]:
    """A feed in full; ``usual`` is the policy for whole texts of feeds that have none of their own."""
    name, where = entry.outlet or entry.title or entry.url, f"{language_name(entry.language)} {entry.country}"
    desks = [desk.name for desk in PARTS if is_about(entry, desk.id)] or ["the whole region"]
    own = feed.full_text if feed else None
    state = feed_words.doing(info.state, now) if info else [] if entry.enabled else ["Not followed."]
    lines = [
        " - ".join(part for part in (name, where.strip(), ", ".join(desks)) if part),
        entry.url,
        f"Owner: {feed.owner}" if feed and feed.owner else "Owner: not established.",
        f"Whole text: {own}" if own else f"Whole text: {usual}, as for all feeds",
        *([f"Note: {entry.note}"] if entry.note else []),
        *([f"Tags: {', '.join(entry.tags)}"] if entry.tags else []),
        *state,
    ]
    return [render.shown(line) for line in lines]


class CatalogueScreen(ListingScreen):
    """Lists the configuration's feeds."""

    WHERE = Where.CATALOGUE
    FIND = " / find: a name, ar (language), lb (country), gulf (desk), a tag, on, off"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.CATALOGUE)]

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[CatalogueEntry] = []
        self.infos: dict[str, FeedInfo] = {}
        self.words = self.language = self.part = self.state = ""
        self.open = False
        """Is the feed under the cursor told in full?"""
        self.looking = ""
        """The address that is looked at, to add its feed."""

    def rows(self) -> VirtualList:
        """The feeds."""
        return CatalogueList()

    def below(self) -> ComposeResult:
        """The feed under the cursor in full."""
        yield Static(id="detail", classes="detail", markup=False)

    def on_mount(self) -> None:
        """Read the configuration."""
        self.query_one("#detail").display = False
        self.load()

    def load(self, _: object = None) -> None:
        """Ask for the feeds."""
        self.ask("catalogue", lambda: (self.library.catalogue(), self.library.feeds()), self.show)

    def changed(self) -> None:
        """A feed was asked."""
        self.load()

    def show(self, found: tuple[list[CatalogueEntry], list[FeedInfo]]) -> None:
        """The feeds as they are now."""
        self.entries, self.infos = found[0], {info.state.url: info for info in found[1]}
        self.find(self.words)

    def chosen_entries(self) -> list[CatalogueEntry]:
        """The entries that the filters leave."""
        return [
            entry
            for entry in matching(self.entries, f"{self.words} {self.state}")
            if self.language in ("", entry.language) and (not self.part or is_about(entry, self.part))
        ]

    def find(self, words: str) -> None:
        """Show what matches."""
        self.words = words
        found, rows = self.chosen_entries(), self.query_one(CatalogueList)
        add, back = key_of("add"), key_of("catalogue.back")
        rows.show(found)
        if not self.entries:
            rows.say(
                "The configuration names no feed.", f"{add} adds one by its address or that of its site."
            )
        elif self.filters():
            having = f" and has these words: {render.shown(words)}" if words.strip() else ""
            rows.say(
                f"No feed is {self.filters()}{having}.",
                f"{self.changing()}; {back} in the field clears its words.",
            )
        else:
            rows.say(
                "No feed has these words.",
                f"{back} in the field shows all; {add} adds a feed by its address.",
            )
        self.show_head(len(found))
        self.detail()

    @staticmethod
    def changing() -> str:
        """The keys that change what is shown."""
        keys = [key_of(f"catalogue.{what}") for what in ("language", "desk", "state")]
        return "{}, {} and {} change language, desk and on or off".format(*keys)

    def filters(self) -> str:
        """What is shown besides the words: ``Arabic, Gulf, on``."""
        desk = next((desk.name.partition(":")[0] for desk in PARTS if desk.id == self.part), "")
        language = language_name(self.language) if self.language else ""
        return render.inert(", ".join(part for part in (language, desk, self.state) if part))

    def show_head(self, found: int) -> None:
        """What is shown of how many, and what is looked at."""
        on = sum(entry.enabled for entry in self.entries)
        shown = f"{render.counted(found, 'feed')} shown, {on} followed of {len(self.entries)}"
        title = f"Catalogue {render.GLYPHS.dot} {self.filters()}" if self.filters() else "Catalogue"
        looking = f"looking for a feed at {render.inert(self.looking)}{render.GLYPHS.ellipsis}"
        self.head(title, looking if self.looking else shown)

    # --- one feed ---

    @on(RowMoved)
    def detail(self) -> None:
        """Tell the feed under the cursor in full, where that is wanted."""
        panel, entry = self.query_one("#detail", Static), self.query_one(CatalogueList).current
        panel.display = self.open and entry is not None
        if panel.display and entry is not None:
            usual = self.library.config.settings.full_text.policy
            feed, info = self.library.feed(entry.url), self.infos.get(entry.url)
            lines = detail(entry, feed, info, usual, self.hakawati.now())
            panel.update("\n".join(feed_words.hanging(lines, self.size.width - 2)))

    @on(RowChosen)
    def chosen(self) -> None:
        """Tell the feed in full, or no longer."""
        self.open = not self.open
        self.detail()

    def action_follow(self) -> None:
        """Follow the feed under the cursor, or let it go."""
        entry = self.query_one(CatalogueList).current
        if entry is not None:
            change = self.library.disable if entry.enabled else self.library.enable
            self.outcome = entry.url
            self.do(lambda: change(entry.url), lambda _: self.followed(entry))

    def followed(self, before: CatalogueEntry) -> None:
        """Say what that did."""
        done = "No longer followed: its articles leave the lists." if before.enabled else "Followed."
        self.offer_undo(done)
        self.load()

    # --- what is shown ---

    def action_language(self) -> None:
        """One language, then the next, then all."""
        self.language = following(self.language, dict.fromkeys(entry.language for entry in self.entries))
        self.find(self.words)

    def action_desk(self) -> None:
        """One desk, then the next, then all."""
        self.part = following(self.part, (desk.id for desk in PARTS))
        self.find(self.words)

    def action_state(self) -> None:
        """What is on, then what is off, then all."""
        self.state = following(self.state, STATES)
        self.find(self.words)

    # --- adding ---

    def action_add(self) -> None:
        """Ask for an address."""
        leave = key_of("catalogue.back")
        if self.looking:
            self.say(
                f"Still looking for a feed at {self.looking}; {leave} leaves the catalogue and stops it."
            )
            return
        hint = f"Enter looks for the feed there and follows it, {key_of('dialog.cancel')} leaves it."
        self.app.push_screen(Asking("Address of a feed, or of a site that has one", hint=hint), self.add)

    def add(self, typed: str | None) -> None:
        """Look for a feed at the address, in a process of its own."""
        if not typed:
            return
        address = safe_url(typed if "://" in typed else f"https://{typed}")
        if not address or typed.startswith("-"):
            self.say(f"{typed} is no web address; write it as in news.example/feed.", severity="warning")
            return
        self.looking = address
        self.find(self.words)
        self.run_worker(self.look(address), group="add")

    async def look(self, address: str) -> None:
        """Wait for that process; it ends with the screen."""
        child = AddChild(self.library.add_command(address))
        try:
            added = await child.run()
        finally:
            await child.stop()
        self.looking = ""
        self.tell(added, address)

    def tell(self, added: Added, address: str) -> None:
        """Say what came of it, or let choose among several feeds."""
        self.show_head(len(self.chosen_entries()))
        if added.offered:
            self.app.push_screen(Choosing(added.sentence, added.offered), self.add)
            return
        self.say(added.sentence, severity="information" if added.done else "warning", seconds=ADDED_SECONDS)
        if added.done:
            self.do(self.library.reload, self.load)
