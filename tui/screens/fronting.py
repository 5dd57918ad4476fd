"""The front page on the screen: stories in the place of articles, and what keys do to a whole story."""

from __future__ import annotations

from textual import on

from aggregator.errors import HakawatiError
from aggregator.model import ArticleRow, FrontPage, MarkAction, Story, StoryRow
from tui import render, scope
from tui.messages import StoriesNeeded
from tui.screens.marking import UNDO_SECONDS
from tui.screens.related import Relating
from tui.words import undone_by

ALONE = "outlets=1 age<1d"
"""The articles behind the last row of the front page."""


class Fronting(Relating):
    """``flat`` says whether the list shows articles, or stories."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.leads: dict[int, ArticleRow] = {}
        """Story -> the article whose headline it shows."""
        self.following = False
        """Whether the article pane waits for the story under the cursor."""

    # what the reader does about it

    def load(self, select: int | None = None) -> None:
        """Show what scope and filter say."""
        raise NotImplementedError

    def show_header(self) -> None:
        """What the list shows."""
        raise NotImplementedError

    # --- the page ---

    def load_front(self, *, stay: bool = False) -> None:
        """Ask for the stories of what the list is about."""
        query = self.query_text
        self.ask("list", lambda: self.library.front(query), lambda page: self.show_front(page, stay))

    def show_front(self, page: FrontPage, stay: bool) -> None:
        """They have come."""
        self.front.now = self.hakawati.now()
        self.front.show(page.stories, page.alone, stay=stay)
        self.show_header()
        self.following = self.following or not stay or self.view.article is None
        self.follow()

    def follow(self) -> None:
        """On a new page the article pane shows the story under the cursor, as soon as that is known."""
        if self.following and self.sees("article") and self.front.current:
            self.following = False
            self.preview()

    @on(StoriesNeeded)
    def stories_needed(self, message: StoriesNeeded) -> None:
        """The front page is about to show stories it does not hold."""
        wanted, first = message.stories, scope.languages(self.query_text)

        def read() -> tuple[list[StoryRow], list[ArticleRow]]:
            rows = self.library.story_rows(wanted, first)
            return rows, self.library.rows([row.lead for row in rows])

        def came(found: tuple[list[StoryRow], list[ArticleRow]]) -> None:
            if first == scope.languages(self.query_text):
                self.stories_came(wanted, *found)

        self.ask("", read, came)

    def stories_came(self, wanted: list[int], rows: list[StoryRow], leads: list[ArticleRow]) -> None:
        """Rows, and the articles whose headlines they show."""
        by_id = {lead.id: lead for lead in leads}
        self.leads.update({row.id: by_id[row.lead] for row in rows if row.lead in by_id})
        self.front.fill(wanted, rows)
        self.follow()

    def action_view(self, name: str) -> None:
        """Stories, or the latest articles."""
        self.flat = name != "stories"
        self.following = True
        self.load()
        self.show_pane("list")
        self.hakawati.remember()

    def action_flip_view(self) -> None:
        """Stories instead of articles, or the other way round."""
        self.action_view("stories" if self.flat else "latest")

    # --- the story under the cursor ---

    def subject(self) -> ArticleRow | None:
        """In the front page, the article whose headline the story shows."""
        if self.flat or self.pane != "list":
            return super().subject()
        row = self.front.current
        return self.leads.get(row.id) if row else None

    def preview(self) -> None:
        """The article pane shows what the cursor is on."""
        if self.flat:
            super().preview()
        elif self.pane == "list" and (row := self.front.current) and not self.is_open(row.lead):
            self.open(row.lead, read=False, focus=False)

    def open_story(self) -> None:
        """Open the story under the cursor: the report whose headline it shows; the others are related."""
        if row := self.front.current:
            self.history.clear()
            self.open(row.lead)

    def action_next_story(self, step: int) -> None:
        """In the front page: the story after or before the one that was opened."""
        if self.flat:
            super().action_next_story(step)
            return
        place = self.front.cursor + step
        if 0 <= place < len(self.front.stories):
            self.front.go_to(place, told=False)
            story = self.front.stories[place]
            self.hakawati.expect()
            first = scope.languages(self.query_text)
            self.ask("story", lambda: self.library.story_rows([story], first), self.story_came)

    def story_came(self, rows: list[StoryRow]) -> None:
        """Open the story that the cursor was moved to."""
        if not rows:
            self.hakawati.arrived()
            return
        self.history.clear()
        self.open(rows[0].lead, focus=self.to_article)

    # --- marks of a whole story ---

    def action_toggle_read(self) -> None:
        """On a story: all of it."""
        if self.flat or self.pane != "list":
            super().action_toggle_read()
        elif row := self.front.current:
            self.mark_story(row.id, MarkAction.READ if row.unread else MarkAction.UNREAD)

    def action_story_read(self) -> None:
        """Mark the whole story of the article read."""
        if row := self.subject():
            self.ask(
                "story", lambda: self.library.story_of(row.id), lambda found: self.story_read(row, found)
            )

    def story_read(self, row: ArticleRow, story: Story | None) -> None:
        """All of it, or the article where it is alone."""
        ids = [article.id for article in story.articles] if story else [row.id]
        self.mark(MarkAction.READ, ids, "{} of this story marked read.")

    def mark_story(self, story: int, action: MarkAction) -> None:
        """Mark every article of a story."""
        verb = "read" if action is MarkAction.READ else "unread"

        def done(count: int) -> None:
            articles = render.counted(count, "article")
            self.say(f"{articles} of this story marked {verb}. {undone_by()}", seconds=UNDO_SECONDS)
            self.changed()

        before = self.front.mark(action, [story])
        self.do_shown(
            lambda: self.front.put_back(before), lambda: self.library.mark_story(action, story), done
        )

    def action_read_all(self) -> None:
        """Everything the list is about, as it is when the key is pressed."""
        if self.flat or self.on_a_feed():
            super().action_read_all()
            return
        query = self.query_text
        # of a filter's stories some articles may stay unread
        before = [] if query else self.front.mark(MarkAction.READ, list(self.front.rows))

        def back() -> None:
            self.front.put_back(before)

        def failed(error: HakawatiError) -> None:
            back()
            self.say(str(error), severity="error")

        self.ask(
            "all",
            lambda: self.library.ids(query),
            lambda ids: self.mark(MarkAction.READ, ids, "{} marked read.", back),
            failed,
        )
