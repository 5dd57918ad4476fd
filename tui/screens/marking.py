"""What the reader does to articles: marks, the next unread one, links, syncing."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Sequence

from textual.app import SuspendNotSupported

from aggregator.model import ArticleRow, MarkAction
from tui import opener, render, scope
from tui.keys import key_of
from tui.screens.base import UNDO_SECONDS as UNDO_SECONDS
from tui.screens.foreseen import Back, Foreseen
from tui.widgets.article_list import place

MANY = 10_000
"""Marks that take Python's own time to prepare, in which nothing is drawn: the screen comes first."""
A_FRAME = 0.05
"""Seconds in which the screen is drawn."""


class Marking(Foreseen):
    """Commands on the article under the cursor, or on the one that is open when its pane has the focus."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.query_text = ""
        """The list's query, complete and valid."""
        self.kept: array[int] = array("q")
        """Articles marked since the list was asked for: they stay in it even if they match no longer."""

    # what the reader does about it

    def select(self, article_id: int) -> None:
        """Put the cursor on an article of the list and open it."""
        raise NotImplementedError

    def whole_list(self, article_id: int) -> None:
        """Show all articles, and open one of them."""
        raise NotImplementedError

    def subject(self) -> ArticleRow | None:
        """The article that commands are about; none while the cursor is on a feed."""
        if self.on_a_feed():
            return None
        if self.pane == "article" and self.view.article is not None:
            article = self.view.article.row
            return self.articles.rows.get(article.id, article)
        return self.articles.current_row

    def on_a_feed(self) -> bool:
        """Whether the cursor is in the pane of feeds, where marking would change what is not looked at."""
        if self.pane != "feeds":
            return False
        self.say(f"The cursor is on a feed: {key_of('row.open')} goes to its articles, where keys mark them.")
        return True

    # --- marks ---

    def mark(self, action: MarkAction, ids: Sequence[int], toast: str = "", back: Back | None = None) -> None:
        """Mark articles; ``toast`` says so, with ``{}`` for the number that changed.

        ``back`` takes back what the screen shows of it already.
        """
        self.kept.extend(ids)
        before = self.articles.mark(action, ids)

        def done(count: int) -> None:
            if toast:
                said = toast.format(render.counted(count, "article"))
                self.offer_undo(said)
            self.changed()

        shown = back or (lambda: self.articles.put_back(before))
        self.do_shown(shown, lambda: self.store_marks(action, ids), done)

    def store_marks(self, action: MarkAction, ids: Sequence[int]) -> int:
        """On a thread: mark them; how many changed."""
        if len(ids) > MANY:
            time.sleep(A_FRAME)
        return self.library.mark(action, ids)

    def mark_read(self, article_id: int) -> None:
        """The article was opened."""
        self.mark(MarkAction.READ, [article_id])

    def action_toggle_read(self) -> None:
        """Read, or unread again."""
        if row := self.subject():
            self.mark(MarkAction.READ if row.unread else MarkAction.UNREAD, [row.id])

    def action_toggle_star(self) -> None:
        """Starred, or no longer."""
        if row := self.subject():
            self.mark(MarkAction.UNSTAR if row.starred else MarkAction.STAR, [row.id])

    def action_read_all(self) -> None:
        """Everything in the list, as the user sees it, and nothing that came since."""
        if not self.on_a_feed() and self.articles.ids:
            self.mark(MarkAction.READ, self.articles.ids, "{} marked read.")

    def told(self, sentence: str) -> None:
        """Say what was done and how to undo it, and show it."""
        self.offer_undo(sentence)
        self.changed()

    # --- unread ---

    def action_unread(self, step: int) -> None:
        """Open the next or the previous unread article, here or else anywhere."""
        row = self.articles.current_row
        if self.pane != "article" and step > 0 and row and row.unread:
            self.select(row.id)
            return
        after = row.id if row else 0
        self.hakawati.expect()
        self.ask("unread", lambda: self.find_unread(after, step), self.unread_found)

    def find_unread(self, after: int, step: int) -> tuple[int, bool]:
        """On a thread: (article or 0, is it outside of the list)."""
        here = self.library.unread_ids(self.query_text)
        if len(here):
            index = place(here, after, self.articles.by_time)
            if step < 0:
                return here[index - 1], False
            index += index < len(here) and here[index] == after
            return here[index % len(here)], False
        return (self.library.next_unread(scope.ALL.query, None) or 0), True

    def unread_found(self, found: tuple[int, bool]) -> None:
        """Open it; outside of the list, show all articles first."""
        article_id, outside = found
        if not article_id:
            self.hakawati.arrived()
            self.say("Everything is read.")
        elif outside:
            self.say("Nothing unread is left in this list; here is the next one of all.")
            self.whole_list(article_id)
        else:
            self.select(article_id)

    # --- links ---

    def action_browser(self) -> None:
        """Open the page of the article, or the selected link."""
        self.with_link(self.browse)

    def action_copy(self) -> None:
        """Copy the address of the article, or the selected link."""
        self.with_link(self.copy)

    def with_link(self, use: Callable[[str], None]) -> None:
        """Call ``use`` with the address that is meant."""
        target = self.view.target if self.pane == "article" else None
        if target is not None and target.url:
            use(target.url)
        elif row := self.subject():
            self.ask(
                "link",
                lambda: self.library.article(row.id),
                lambda article: use(article.url if article else ""),
            )

    def browse(self, url: str) -> None:
        """Open an address in the browser; where none can be reached, copy it and say so."""
        argv = opener.command(url)
        if argv and opener.takes_terminal(argv) and self.in_terminal(argv):
            return
        if argv and not opener.takes_terminal(argv) and opener.start(argv):
            self.say("Opened in the browser.")
        else:
            self.copy(url, f"{opener.why_copied()}; ")

    def in_terminal(self, argv: list[str]) -> bool:
        """Give the terminal to a program until it ends; False where that cannot be."""
        try:
            with self.app.suspend():
                return opener.run(argv)
        except SuspendNotSupported:
            return False

    def copy(self, url: str, why: str = "") -> None:
        """Send an address, without what tracks readers, to the terminal's clipboard (OSC 52)."""
        url = opener.address(url)
        if not url:
            self.say("This article has no link.", severity="warning")
            return
        self.app.copy_to_clipboard(url)
        self.say(f"{why}{'the' if why else 'The'} link was sent to the terminal's clipboard: {url}")

    # --- other places ---

    def action_sync(self) -> None:
        """Fetch what is due."""
        self.hakawati.sync()

    def action_health(self) -> None:
        """Go to the health of the feeds."""
        self.hakawati.show_health()

    def action_catalogue(self) -> None:
        """Go to the catalogue."""
        self.hakawati.show_catalogue()
