"""Opening articles: from the list, from one to a related one and back, and the next in the list."""

from __future__ import annotations

from typing import NamedTuple

from textual import on

from aggregator.errors import HakawatiError
from aggregator.model import Article, Related, Story
from tui.document import IDLE, Progress
from tui.messages import LinkChosen, RelatedChosen, ReturnAsked
from tui.screens.marking import Marking


class ArticleAnswer(NamedTuple):
    """What is shown of an article, which is None where it is gone."""

    article: Article | None
    related: list[Related]
    story: Story | None = None


class Opening(Marking):
    """The article pane and the way that led there."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.history: list[tuple[int, int]] = []
        self.wanted: tuple[int, int] = (0, 0)  # the article that is being opened, and its scroll position

    def is_open(self, article_id: int) -> bool:
        """Does the article pane show this one?"""
        return self.view.article is not None and self.view.article.row.id == article_id

    @property
    def to_article(self) -> bool:
        """Whether opening another article leads to its pane: also where it could not be seen otherwise."""
        return self.pane == "article" or not self.sees("article")

    def open(self, article_id: int, *, scroll: int = 0, read: bool = True, focus: bool = True) -> None:
        """Show an article; ``read`` marks it read where the settings say so."""
        self.wanted = (article_id, scroll)
        if focus:
            self.hakawati.expect()
        self.ask(
            "article",
            lambda: self.read_article(article_id),
            lambda answer: self.shown(answer, read, focus),
            self.not_shown,
        )

    def shown(self, answer: ArticleAnswer, read: bool, focus: bool) -> None:
        """Show what came; the keys that were pressed meanwhile are for it."""
        self.opened(answer, read, focus)
        self.hakawati.arrived()

    def not_shown(self, error: HakawatiError) -> None:
        """It cannot be read."""
        self.hakawati.arrived()
        self.say(str(error), severity="error")

    def read_article(self, article_id: int) -> ArticleAnswer:
        """On a thread: an article, its related ones, its story."""
        library = self.library
        return ArticleAnswer(
            library.article(article_id), library.related(article_id), library.story_of(article_id)
        )

    def progress(self, article_id: int) -> Progress:
        """How fetching an article's page goes."""
        return IDLE

    def opened(self, answer: ArticleAnswer, read: bool, focus: bool) -> None:
        """Show what came."""
        article = answer.article
        if article is None:
            self.say("This article is no longer in the cache.", severity="warning")
            return
        progress = self.progress(article.row.id)
        self.view.show(article, answer.related, self.hakawati.now(), self.wanted[1], progress, answer.story)
        if focus:
            self.show_pane("article")
        if read:
            self.do(lambda: self.library.opened(article.row.id), lambda _: None)
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
        article = answer.article
        if article is not None and self.is_open(article.row.id):
            progress = self.progress(article.row.id)
            self.view.renew(article, answer.related, self.hakawati.now(), progress, answer.story)

    @on(RelatedChosen)
    def related_chosen(self, message: RelatedChosen) -> None:
        """Follow a related article."""
        self.follow_to(message.article_id)

    def follow_to(self, article_id: int) -> None:
        """Open an article, and remember the way back."""
        if self.view.article is not None:
            self.history.append((self.view.article.row.id, self.view.place))
        self.open(article_id)

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
            self.open(self.articles.ids[target], focus=self.to_article)

    def select(self, article_id: int) -> None:
        """Put the list's cursor on an article, and open it."""
        index = self.articles.index_of(article_id)
        if index is not None:
            self.articles.go_to(index, told=False)
        self.history.clear()
        self.open(article_id)

    def preview(self) -> None:
        """The article pane shows what the cursor of the list is on; that is not reading it."""
        current = self.articles.current
        if self.pane == "list" and current and not self.is_open(current):
            self.open(current, read=False, focus=False)
