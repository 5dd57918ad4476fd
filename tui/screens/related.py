"""What can be done with related articles: why they are, stories put right, the storyline, letters, zen."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.strip import Strip

from aggregator.model import ArticleRow, LinkKind, Related, Story
from tui import related, render
from tui.document import in_order
from tui.keys import key_of
from tui.layouts import meant
from tui.lines import Document, Target
from tui.screens.dialogs import Dialog
from tui.screens.keeping import Keeping
from tui.screens.marking import UNDO_SECONDS
from tui.screens.thread import Thread, ThreadScreen
from tui.taking import LETTERS
from tui.widgets.painted import Bar, Painted
from tui.widgets.related_pane import RelatedPane
from tui.words import undone_by

STEP = 4
"""Cells by which a key changes the width of the text: a word is seen to move."""
NARROWEST, WIDEST = 30, 200
"""Cells of the text, as in the configuration."""
EDGE = 1
"""Cells left free beside the words of the panel."""


class Relating(Keeping):
    """Commands about the related articles of the open one."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.joining: ArticleRow | None = None
        """The article whose story is to be joined with the next one's."""

    # --- what is meant ---

    def chosen_related(self) -> Related | None:
        """The related article that is selected."""
        target = self.view.target if self.pane == "article" else None
        found = self.about(target) if target else None
        return found.item if found else None

    def about(self, target: Target) -> related.Subject | None:
        """A row of the related articles."""
        view = self.view
        if view.article is None:
            return None
        found = related.by_target(view.article, view.related, target)
        if isinstance(found, Related):
            return related.Subject(view.article, item=found, story=view.story)
        return related.Subject(view.article, link=found) if found else None

    # --- why ---

    def action_why(self) -> None:
        """Say why the selected related article, or the first one, is there."""
        wanted = [target for target in self.view.targets if target.kind == "related"]
        chosen = self.view.target if self.view.target in wanted else next(iter(wanted), None)
        subject = self.about(chosen) if chosen else None
        if subject is not None:
            self.app.push_screen(Why(subject, self.hakawati.now()))
        else:
            self.say(
                f"Nothing related is shown: {key_of('row.open')} opens an article, "
                f"{key_of('related')} goes to its related ones."
            )

    # --- stories put right ---

    def action_split(self) -> None:
        """The article is not of this story; with a related one selected, that one."""
        item = self.chosen_related()
        if item is None:
            super().action_split()
        elif item.kind is LinkKind.PUBLISHER:
            self.say("The publisher links to it itself: nothing was computed that could be wrong.")
        elif item.kind in (LinkKind.SAME, LinkKind.MAYBE) and not related.is_within(
            item.row, self.view.story
        ):
            self.part(item.row)
        elif not related.is_within(item.row, self.view.story):
            self.say(f"It is in another story than this article: {related.MEANING[item.kind]}")
        else:
            self.do(lambda: self.library.split(item.row.id), lambda others: self.parted(item.row, others))

    def part(self, row: ArticleRow) -> None:
        """The selected article is of another story, and is not even like the open one."""
        article = self.view.article
        if article is not None:
            self.do(lambda: self.library.part(article.row.id, row.id), lambda _: self.parted(row, 1))

    def parted(self, row: ArticleRow, others: int) -> None:
        """Say what was taken out of the story."""
        if others:
            self.say(
                f"No longer in this story: {row.outlet}, {row.title}. {undone_by()}", seconds=UNDO_SECONDS
            )
            self.hakawati.changed()

    def action_join(self) -> None:
        """Hold an article, or join its story with that of the one that is held."""
        item = self.chosen_related()
        row = item.row if item else self.subject()
        if row is None:
            return
        held = self.joining
        if held is None:
            self.hold(row)
        elif held.id == row.id:
            self.say(f"This is the article itself: {key_of('join')} on another one joins their stories.")
        else:
            self.hold(None)
            self.do(lambda: self.library.join(held.id, row.id), self.joined)

    def hold(self, row: ArticleRow | None) -> None:
        """Hold an article to be joined, and say so as long as it is; None lets go."""
        self.joining = row
        bar = self.query_one("#joining", Bar)
        bar.display = row is not None
        if row is not None:
            words = f" {key_of('join')} on another article joins its story with: "
            bar.say(
                [(words, "text"), (render.shown(row.title, row.language), "accent")],
                [(f" {key_of('back')} leaves it ", "text")],
            )

    def joined(self, story: Story | None) -> None:
        """Say what it came to."""
        number = render.counted(len(story.articles), "article") if story else "both"
        self.say(f"Joined: one story of {number}. {undone_by()}", seconds=UNDO_SECONDS)
        self.hakawati.changed()

    def leave_mode(self) -> bool:
        """Esc: let go of what is held, or leave zen; False where there is nothing to leave."""
        if self.joining is not None:
            self.hold(None)
            self.say("Nothing was joined.")
            return True
        if self.view.zen:
            self.action_zen()
            return True
        return False

    # --- within the story, and on from it ---

    def action_step(self, step: int) -> None:
        """The next article of the story of the open one; where it is alone, of the list."""
        article = self.view.article
        places = in_order(self.view.story)
        in_list = self.flat and self.pane != "article"
        if in_list or article is None or article.row.id not in places:
            super().action_step(step)
            return
        place = places.index(article.row.id) + step
        if 0 <= place < len(places):
            self.history.clear()
            self.open(places[place], focus=self.to_article)
        else:
            where = "last" if step > 0 else "first"
            on, back = key_of("story.next"), key_of("story.previous")
            self.say(f"That was the {where} article of this story; {on} and {back} go on in the list.")

    def action_next_story(self, step: int) -> None:
        """The next article of the list, whatever story the open one is in."""
        super().action_step(step)

    def action_thread(self) -> None:
        """Show the storyline of the article."""
        if row := self.subject():
            self.ask("thread", lambda: self.read_thread(row.id), self.thread_read)

    def read_thread(self, article_id: int) -> Thread:
        """On a thread: the stories of an article's storyline, the earliest first."""
        own, stories = self.library.thread(article_id)
        return Thread(own, sorted(self.library.story_rows(stories), key=lambda row: (row.first, row.id)))

    def thread_read(self, thread: Thread) -> None:
        """Show it, where it is more than one story."""
        if len(thread.stories) > 1:
            self.app.push_screen(ThreadScreen(thread), self.thread_left)
        else:
            self.say("No earlier and no later story is known of it.")

    def thread_left(self, article: str | None) -> None:
        """Open what was chosen."""
        if article:
            self.follow_to(int(article))

    # --- letters ---

    def action_letters(self) -> None:
        """Show letters on everything in sight that can be followed."""
        names = self.view.name_targets() if self.sees("article") else {}
        if names:
            self.app.push_screen(Letters(names), self.letter_chosen)
        else:
            self.say("Nothing in sight can be followed.")

    def letter_chosen(self, typed: str | None) -> None:
        """Follow it; typed as capitals, only select it."""
        target = {name: target for target, name in self.view.letters.items()}.get((typed or "").lower())
        self.view.show_letters({})
        if typed is None or target is None:
            return
        if typed.isupper():
            self.show_pane("article")
            self.view.choose(target)
        else:
            self.view.follow(self.view.targets[target])

    # --- how it looks ---

    def action_direction(self) -> None:
        """Turn the open article's text: as its letters say, from right to left, from left to right."""
        self.view.action_direction()
        self.say(f"Direction of the text: {self.view.direction}.")

    def action_zen(self) -> None:
        """Only the text, or everything again."""
        if self.view.article is None:
            self.say("No article is open.")
            return
        self.view.zen = not self.view.zen
        self.set_class(self.view.zen, "zen")
        self.show_pane("article")
        self.view.lay_out()

    def action_widen(self, step: int) -> None:
        """A wider or a narrower text, also in the next session."""
        width = min(WIDEST, max(NARROWEST, self.view.text_width + step * STEP))
        if width != self.view.text_width and self.sees("article"):
            self.view.text_width = width
            self.place_panes(self.size.width)
            self.view.lay_out()
            self.hakawati.remember()
        self.say(f"The text is {width} cells wide.", seconds=1.5)

    # --- the pane beside ---

    @on(RelatedPane.Resized)
    def pane_resized(self) -> None:
        """Its lines are the article's."""
        self.view.lay_out()

    @on(RelatedPane.Chosen)
    def pane_chosen(self, message: RelatedPane.Chosen) -> None:
        """A click follows."""
        self.view.choose(len(self.view.document.targets) + message.target)
        if target := self.view.target:
            self.view.follow(target)


class Words(Painted):
    """Lines of a Document, as wide as the screen."""

    def __init__(self, subject: related.Subject, now: int) -> None:
        super().__init__(id="why")
        self.subject, self.now = subject, now

    def document(self, width: int) -> Document:
        """The lines for a width."""
        return related.explain(self.subject, max(1, width - 2 * EDGE), self.now)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as they take."""
        return len(self.document(width).lines)

    def render_line(self, y: int) -> Strip:
        """One line."""
        width = self.inner_width
        lines = self.document(width).lines
        spans = lines[y].spans if y < len(lines) else ()
        return render.strip([(" " * EDGE, "text"), *spans], width, self.palette())


class Why(Dialog):
    """Why an article is related, in words; any key closes it."""

    def __init__(self, subject: related.Subject, now: int) -> None:
        super().__init__(
            "Why is this related?",
            f"{key_of('dialog.cancel')} closes. With its row selected: {key_of('split')} not the same story.",
        )
        self.subject, self.now = subject, now

    def middle(self) -> ComposeResult:
        """The words."""
        yield Words(self.subject, self.now)

    def on_key(self, event: events.Key) -> None:
        """Whoever has read it goes on."""
        event.stop()
        self.dismiss(None)


class Letters(ModalScreen[str]):
    """Waits for the letters of a link and gives them back as they were typed; anything else leaves."""

    def __init__(self, names: dict[str, int]) -> None:
        super().__init__()
        self.names = names
        self.typed = ""

    def on_key(self, event: events.Key) -> None:
        """A letter, also where another keyboard prints another one in its place."""
        event.stop()
        character = event.character or ""
        letters = [key for key in (character, *meant(character)) if key and key.lower() in LETTERS]
        typed = self.typed + next(iter(letters), "?")
        if typed.lower() in self.names:
            self.dismiss(typed)
        elif any(name.startswith(typed.lower()) for name in self.names):
            self.typed = typed
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        """A click leaves."""
        self.dismiss(None)
