"""Whole articles: pages fetched when a summary is opened or by key; the feed's text or the page's."""

from __future__ import annotations

from aggregator.model import Article
from tui import words
from tui.document import Progress, is_summary
from tui.fetches import Fetches
from tui.screens.opening import ArticleAnswer, Opening

REST = 0.3
"""Seconds an article is open before its page is fetched unasked: who leafs through asks no publisher."""


class Whole(Opening):
    """The texts of the open article. Nothing here waits: processes fetch, and messages tell of their end."""

    def __init__(self, pane: str) -> None:
        super().__init__(pane)
        self.fetches = Fetches(
            lambda article_id: self.library.page_command(article_id),
            self.fetch_ended,
            lambda work: self.hakawati.run_worker(work, group="pages"),
        )
        self._by_key: set[int] = set()
        """Articles whose page was asked for by key: what came of it is said even when another one is open."""

    def progress(self, article_id: int) -> Progress:
        """How fetching an article's page goes."""
        return Progress(self.fetches.under_way(article_id), self.fetches.failures.get(article_id, ""))

    def opened(self, answer: ArticleAnswer, read: bool, focus: bool) -> None:
        """Show the article; where it is a summary whose page may be fetched, that begins soon."""
        super().opened(answer, read, focus)
        if read and answer.article is not None and self.wants_page(answer.article):
            article_id = answer.article.row.id
            self.set_timer(REST, lambda: self.fetch_unasked(article_id))

    def wants_page(self, article: Article) -> bool:
        """Is this a summary whose page is not known yet, and may be fetched unasked?"""
        settings = self.library.config.settings
        own = next((feed.full_text for feed in settings.feeds if feed.url == article.feed_url), None)
        allowed = (own or settings.full_text.policy) != "never"
        return allowed and bool(article.url) and article.page is None and is_summary(article)

    def fetch_unasked(self, article_id: int) -> None:
        """Fetch the page of an article that is still open, once a session; not while offline."""
        known = article_id in self.fetches.tried
        if self.is_open(article_id) and not known and not self.hakawati.sync_view.offline:
            self.fetch(article_id)

    def fetch(self, article_id: int) -> None:
        """Fetch the page of an article, and show that."""
        if self.fetches.ask(article_id, self.hakawati.now()) and self.is_open(article_id):
            self.view.say(self.progress(article_id))

    def fetch_ended(self, article_id: int, failure: str) -> None:
        """Show what came of a fetch."""
        if not self.is_mounted:
            return
        by_key = article_id in self._by_key
        self._by_key.discard(article_id)
        if self.is_open(article_id):
            self.renew_article()
        elif by_key:
            self.say(words.no_whole_text(failure) if failure else words.PAGE_CAME)

    def article_renewed(self, answer: ArticleAnswer) -> None:
        """The article as it is now; a page that came says itself why it has no whole text."""
        if answer.article is not None and answer.article.page is not None:
            self.fetches.came(answer.article.row.id, answer.article.page.fetched)
        super().article_renewed(answer)

    def action_fetch(self) -> None:
        """Fetch the page of the article now."""
        row = self.subject()
        if row is None:
            return
        self._by_key.add(row.id)
        self.fetch(row.id)
        if not self.is_open(row.id):
            self.say(words.PAGE_ASKED)

    def action_flip(self) -> None:
        """The feed's text, or the page's."""
        if self.view.article is not None and not self.view.flip():
            self.say(words.one_text())
