"""class Library: the only thing a front end talks to.

Reading works while another process syncs; every thread that reads gets a connection of its own.
Opening one loads neither the fetcher nor the parser nor the scheduler.
All methods raise HakawatiError kinds only: QueryError for a query, StoreError for the cache,
ConfigError where the configuration is edited.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Self

from aggregator import config as config_files
from aggregator.config import Config
from aggregator.errors import StoreFull, StoreReadOnly
from aggregator.library_feeds import LibraryFeeds
from aggregator.library_filters import LibraryFilters
from aggregator.library_marks import LibraryMarks
from aggregator.library_rules import LibraryRules
from aggregator.locks import sync_running
from aggregator.model import (
    PAUSED,
    Article,
    ArticleRow,
    CatalogueEntry,
    FeedInfo,
    FetchLogRow,
    FrontPage,
    Related,
    Snippet,
    Story,
    StoryRow,
)
from aggregator.store.db import Store
from aggregator.store.sizes import Forecast
from aggregator.text.query_tree import UNREAD, Query

BY_TIME = ("", "newest")  # orders in which a page goes on after an article's id
MOST_RANKED = 2000  # articles that a rank is worked out for: nobody reads on so far
MOST_VALUES = 1000  # values of a field to complete from: more outlets than any configuration has
MOST_STEPS = 200  # stories of one storyline: a war, told daily for half a year
NEWEST = 2**63 - 1  # older than this is every article


class Library(LibraryFeeds, LibraryRules, LibraryFilters, LibraryMarks):
    """The cache and the configuration behind it, for one process; a context manager."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config, clock=clock)
        self.told = self._begin()

    def _begin(self) -> list[str]:
        """Bring the cache in line with the configuration; what the user should know of the cache, sentences.

        Where it cannot be written it is read all the same.
        """
        try:
            # takes the write lock only if there is something to change
            with Store.open_restored(self.config.cache) as store:
                store.feeds.reconcile(self.config.settings.feeds)
                self._begin_rules(store)
                return store.told
        except (StoreFull, StoreReadOnly) as error:
            self._read()
            return [f"{error} Until then what is cached can be read, and marks cannot be kept."]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- reading ---

    def page(
        self, query: str = "", before: int | None = None, limit: int = 256, *, typed: bool = False
    ) -> list[ArticleRow]:
        """The first articles that match, in the query's order; those after the article ``before``.

        ``typed`` takes the query as still being typed: its last word may be unfinished.
        """
        asked = self._query(query, typed)
        if asked.sort in BY_TIME:
            return self._read().articles.page(asked, before, limit)
        found = self._ordered(asked)
        start = found.index(before) + 1 if before is not None and before in found else 0
        return self.rows(found[start : start + limit])

    def ids(self, query: str = "", *, typed: bool = False) -> array[int]:
        """The ids of all articles that match, in the query's order; the best 2,000 where that is rank."""
        return self._ordered(self._query(query, typed))

    def _ordered(self, query: Query) -> array[int]:
        store = self._read()
        if query.sort == "rank":
            return array("q", store.search.ranked(query, MOST_RANKED))
        return store.articles.ids(query)

    def unread_ids(self, query: str = "") -> array[int]:
        """The ids of the unread articles among those that match, in the query's order."""
        return self._ordered(self._query(query).also(UNREAD))

    def snippets(self, ids: Sequence[int], query: str) -> dict[int, Snippet]:
        """The piece of each article's text where the query's words stand, for a few dozen articles."""
        return self._read().search.snippets(ids, self._query(query))

    def values(self, field: str) -> list[tuple[str, int]]:
        """What can stand after a field of a filter, with the number of articles, the commonest first."""
        return self._read().values.of(field, most=MOST_VALUES)

    def rows(self, ids: Sequence[int]) -> list[ArticleRow]:
        """The rows of these articles in this order; articles that are gone are left out."""
        return self._read().articles.rows(ids)

    def article(self, article_id: int) -> Article | None:
        """One whole article."""
        return self._read().articles.get(article_id)

    def find(self, reference: str) -> Article | None:
        """The article with this id or address."""
        store = self._read()
        is_id = reference.isascii() and reference.isdigit() and len(reference) < 19
        found = int(reference) if is_id else store.articles.by_url(reference)
        return store.articles.get(found) if found is not None else None

    def every_article(self, query: str = "") -> Iterator[Article]:
        """All articles, also hidden ones, or only those that match; newest first, one at a time."""
        store = self._read()
        if not query.strip():
            yield from store.articles.iter_all()
            return
        for article_id in store.articles.ids(self._query(query)):
            if (article := store.articles.get(article_id)) is not None:
                yield article

    def related(self, article_id: int) -> list[Related]:
        """The related articles, best first, those of one text in one line; the publisher's own at the end."""
        return self._read().related.folded(article_id)

    def links(self, query: str = "") -> Iterator[tuple[ArticleRow, int, list[Related]]]:
        """Each article that matches, newest first, with its story's number (0: none) and all related ones."""
        from aggregator.relate import explained  # loads the engine, which the reader never needs

        store = self._read()
        for article in store.articles.ids(self._query(query)):
            for row in store.articles.rows([article]):
                related = explained(store, article, store.related.of(article))
                yield row, store.stories.id_of(article), related

    def guids(self, ids: Sequence[int]) -> dict[int, tuple[str, int | None]]:
        """id -> (guid, publisher's time or None)."""
        return self._read().articles.guids(ids)

    def front(self, query: str = "") -> FrontPage:
        """The front page of what matches: numbers of stories, the hottest first, and of articles alone."""
        return self._read().front.page(self._query(query), self.now)

    def story_rows(self, stories: Sequence[int], languages: Sequence[str] = ()) -> list[StoryRow]:
        """What the front page shows of stories, in their order; ``languages`` are asked for before all."""
        dearest = (*languages, *self.config.settings.reader.languages)
        return self._read().front.rows(stories, dearest, self.now)

    def story(self, story_id: int) -> Story | None:
        """A story by its number, also one that it had before."""
        return self._read().stories.get(story_id)

    def stories(self, query: str = "", limit: int = 50) -> list[Story]:
        """Stories with an article that matches, newest first."""
        return self._read().stories.page(self._query(query), limit)

    def story_of(self, article_id: int) -> Story | None:
        """The story this article belongs to, where it has company."""
        return self._read().stories.of(article_id)

    def thread(self, article_id: int) -> tuple[int, list[int]]:
        """(An article's story or 0; the stories of its storyline, the nearest first, itself among them)."""
        store = self._read()
        story = store.stories.id_of(article_id)
        return story, store.threads.line(story, MOST_STEPS) if story else []

    def next_unread(self, query: str, after_id: int | None) -> int | None:
        """The next older unread article of the list, from the top again at its end."""
        return self._read().articles.next_unread(self._query(query), NEWEST if after_id is None else after_id)

    def feeds(self) -> list[FeedInfo]:
        """The subscribed feeds with their numbers."""
        return self._read().feeds.infos()

    def history(self, url: str, limit: int = 20) -> list[FetchLogRow]:
        """The feed's last polls, newest first."""
        store = self._read()
        state = store.feeds.get(url)
        return store.feeds.history(state.id, limit) if state else []

    def counts(self) -> tuple[int, int]:
        """(articles, unread articles)."""
        return self._read().articles.count()

    def starred_count(self) -> int:
        """How many articles are starred."""
        return self._read().marks.starred_count()

    def catalogue(self) -> list[CatalogueEntry]:
        """Every feed of the configuration, subscribed or not, in the file's order."""
        return [
            CatalogueEntry(
                feed.url,
                feed.title,
                feed.outlet,
                feed.language,
                feed.country,
                feed.tags,
                feed.enabled,
                feed.note,
            )
            for feed in self.config.settings.feeds
        ]

    # --- subscriptions ---

    def enable(self, url: str) -> None:
        """Subscribe to a feed of the catalogue (edits the configuration, keeps comments). Can be undone."""
        self._set_enabled(url, enabled=True)

    def disable(self, url: str) -> None:
        """Unsubscribe; its articles leave the lists and come back with the subscription. Can be undone."""
        self._set_enabled(url, enabled=False)

    def _set_enabled(self, url: str, *, enabled: bool) -> None:
        from aggregator import changing, subscriptions  # loads the TOML editor, which reading never needs

        feed = self.feed(url)
        name = changing.name_of(feed) if feed else "A feed"
        label = f"{name} {'followed' if enabled else 'no longer followed'}"
        with changing.noted(self.config, label, self.now):
            subscriptions.set_enabled(self.config.path, url, enabled)
        self.reload()

    def reload(self) -> None:
        """Read the configuration again and bring the subscriptions and rules in line with it."""
        settings = config_files.read(self.config.path)
        self.config = Config(path=self.config.path, cache=self.config.cache, settings=settings)
        with Store.open(self.config.cache) as store:  # each of both is a write phase of its own, or some
            store.feeds.reconcile(settings.feeds)
            self._begin_rules(store)

    # --- the rest ---

    def data_version(self) -> int:
        """A number that changes when another connection has written; ask on one thread only."""
        return self._read().data_version()

    def ui_get(self, key: str) -> str:
        """A small piece of the reader's own state, "" when never set."""
        return self._read().ui.get(key)

    def ui_set(self, key: str, value: str) -> None:
        """Remember a small piece of the reader's state."""
        with self._writing() as store:
            store.ui.set(key, value)

    def sync_running(self) -> bool:
        """Whether some process is syncing this cache now."""
        return sync_running(self.config.cache)

    def sync_command(self, *options: str) -> list[str]:
        """The argv of a child process that syncs this cache and prints JSON lines."""
        return self.command("sync", "--json", *options)

    def page_command(self, article_id: int) -> list[str]:
        """The argv of a child process that fetches an article's page now and prints ``show --json``'s object.

        It exits with 1 and one sentence on stderr where there is no text to be had.
        """
        return self.command("page", "--json", str(article_id))

    def image_command(self, article_id: int, number: int) -> list[str]:
        """The argv of a child process that fetches a picture of an article, from 1, and prints it as PNG."""
        return self.command("image", str(article_id), str(number))

    def want_page(self, article_id: int) -> None:
        """Let the next sync fetch an article's page before all others."""
        with self._writing() as store:
            store.page_queue.want(article_id, self.now)

    def health_summary(self) -> tuple[int, int]:
        """(feeds failing now, time of the last success of any feed or 0)."""
        states = [info.state for info in self.feeds()]
        failing = sum(s.failures > 0 and s.parked != PAUSED for s in states)
        return failing, max((s.last_success for s in states), default=0)

    def mend(self) -> int:
        """Add to the search index what a crash left out of it; returns how many articles that were."""
        with Store.open(self.config.cache) as store:
            return store.search.rebuild() if store.search.pending() else 0

    def unsearchable(self) -> int:
        """How many articles the search index lacks: no words find them yet. A sync or ``mend`` adds them."""
        return self._read().search.pending()

    def repair(self) -> Iterator[str]:
        """Narrow rights and count anew what is kept as a number; says what was done, a sentence each."""
        with Store.open(self.config.cache) as store:
            yield from store.repair()

    def forecast(self) -> Forecast:
        """How large the cache is and will become under the settings."""
        return self._read().sizes.forecast(self.config.settings.retention, self.now)

    def compact(self) -> int:
        """Write the files anew without what is free in them; returns the bytes that this gave back."""
        with Store.open(self.config.cache) as store:
            return store.sizes.compact()

    def findings(self) -> list[str]:
        """What is wrong with the cache, one sentence each; empty when sound."""
        with Store.open(self.config.cache) as store:  # one that may write: only it can check the index
            return store.check()
