"""Where the keys that begin with g go, and what those that begin with y copy."""

from __future__ import annotations

from collections.abc import Callable

from aggregator.model import Article
from aggregator.text.inert import clean_text
from tui import scope
from tui.scope import Scope
from tui.screens.keeping import Keeping

SCOPES = {"starred": scope.STARRED, "new": scope.NEW, "unread": scope.UNREAD, "all": scope.ALL}
"""What the list can show by one command, by the name that its action gives it."""


class Going(Keeping):
    """Commands that choose what the list shows, and that take an article's words along."""

    def choose_scope(self, chosen: Scope) -> None:
        """Show another part of the articles."""
        raise NotImplementedError

    def action_scope(self, name: str) -> None:
        """Show starred, new, unread or all articles."""
        self.choose_scope(SCOPES[name])
        self.show_pane("list")

    def action_only(self, language: str) -> None:
        """Only one language, besides what is typed; or every language again."""
        self.filter.fill(scope.only(self.filter.text, language))
        self.load(self.articles.current)
        self.show_pane("list")
        self.hakawati.remember()

    def load(self, select: int | None = None) -> None:
        """Show what scope and filter say."""
        raise NotImplementedError

    def action_topics(self) -> None:
        """Go to the topics."""
        from tui.screens.topics import TopicsScreen

        self.app.push_screen(TopicsScreen(), self.query_chosen)

    def query_chosen(self, query: str | None) -> None:
        """Another screen chose what the list should show."""
        raise NotImplementedError

    def action_copy_title(self) -> None:
        """Copy the headline."""
        if row := self.subject():
            self.take(row.title, "headline")

    def action_copy_paragraph(self) -> None:
        """Copy the paragraph at the top of the open article's window; from a list, the first one."""
        if self.pane == "article" and self.view.article is not None:
            self.take(self.view.paragraph, "paragraph")
        else:
            self.with_article(
                lambda article: self.take(whole_text(article).partition("\n\n")[0], "first paragraph")
            )

    def action_copy_article(self) -> None:
        """Copy the whole text: the page's where it says more than the feed's."""
        self.with_article(lambda article: self.take(whole_text(article), "text"))

    def action_copy_quote(self) -> None:
        """Copy headline, outlet and link."""
        self.with_article(lambda article: self.take(quote(article), "headline with outlet and link"))

    def with_article(self, use: Callable[[Article], None]) -> None:
        """Call ``use`` with the article that commands are about."""
        if row := self.subject():
            self.ask(
                "copied",
                lambda: self.library.article(row.id),
                lambda article: use(article) if article else None,
            )

    def take(self, text: str, what: str) -> None:
        """Send something to the terminal's clipboard (OSC 52), in logical order."""
        if text.strip():
            # it is pasted into other programs, a shell among them: a control would act there
            self.app.copy_to_clipboard(clean_text(text, limit=len(text), multiline=True))
            self.say(f"The {what} was sent to the terminal's clipboard.")
        else:
            self.say(f"This article has no {what}.", severity="warning")


def whole_text(article: Article) -> str:
    """The text of an article, the longer one where there are two."""
    return article.page.text if article.page and article.page_is_whole else article.text


def quote(article: Article) -> str:
    """Headline, outlet, link: a line each, as far as they are known."""
    return "\n".join(part for part in (article.row.title, article.row.outlet, article.url) if part)
