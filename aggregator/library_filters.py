"""The part of the library that knows the saved filters and the watches among them."""

from __future__ import annotations

from contextlib import AbstractContextManager

from aggregator import config as config_files
from aggregator import watching
from aggregator.config import Config, Notify, SavedFilter
from aggregator.errors import ConfigError, QueryError
from aggregator.library_base import LibraryBase
from aggregator.model import Alert
from aggregator.text.inert import clean_text


class LibraryFilters(LibraryBase):
    """Saved filters, in the order of the configuration. Editing keeps whatever else stands in its file."""

    def filters(self) -> list[tuple[str, str, int]]:
        """The saved filters as (name, query, unread articles). Raises QueryError for one that is wrong."""
        return [
            (saved.name, saved.query, self.unread_in(saved.query)) for saved in self.config.settings.filters
        ]

    def unread_in(self, query: str) -> int:
        """How many unread articles a query has."""
        return self._read().articles.unread_count(self._query(query))

    def wrong_filters(self) -> list[tuple[str, str]]:
        """The saved filters whose query cannot be understood, as (name, why)."""
        wrong = []
        for saved in self.config.settings.filters:
            try:
                self._query(saved.query)
            except QueryError as error:
                wrong.append((saved.name, str(error)))
        return wrong

    def save_filter(self, name: str, query: str, notify: Notify | None = None) -> None:
        """Keep a query under a name, at the end of the list, or in the place of the one of this name.

        ``notify`` makes it a watch ("every", "spike") or none (""); None leaves a known one what it is.
        Can be undone. Raises QueryError where the query cannot be understood, and ConfigError.
        """
        from aggregator import saved_filters  # loads the TOML editor, which reading never needs

        with self._noted(f'filter "{name.strip()}" saved'):
            saved_filters.save(self.config.path, name, query, self.now, notify)
        self._reread()

    def remove_filter(self, name: str) -> None:
        """Forget a saved filter that no other and no rule uses. Can be undone. Raises ConfigError."""
        from aggregator import saved_filters

        with self._noted(f'filter "{name}" removed'):
            saved_filters.remove(self.config.path, name)
        self._reread()

    def rename_filter(self, old: str, new: str) -> None:
        """Give a saved filter another name, also where others and rules use it; its alerts go with it.

        Can be undone. Raises ConfigError.
        """
        from aggregator import saved_filters

        known, name = self.saved(old).name, new.strip()
        with self._noted(f'filter "{known}" renamed to "{name}"', (known, name)):
            saved_filters.rename(self.config.path, old, new, self.now)
        self._reread()

    def move_filter(self, name: str, place: int) -> None:
        """Put a saved filter at a place of the list, 0 being the first. Can be undone. Raises ConfigError."""
        from aggregator import saved_filters

        with self._noted(f'filter "{name}" moved'):
            saved_filters.move(self.config.path, name, place)
        self._reread()

    def saved(self, name: str) -> SavedFilter:
        """The saved filter of a name. Raises ConfigError where there is none."""
        filters = self.config.settings.filters
        for known in (lambda text: text, str.casefold):
            for saved in filters:
                if known(saved.name) == known(name):
                    return saved
        raise ConfigError(f"There is no saved filter {clean_text(name)}.", str(self.config.path), "filters")

    def _noted(self, label: str, renamed: tuple[str, str] | None = None) -> AbstractContextManager[None]:
        """Make edits of the configuration steps that can be undone."""
        from aggregator import changing

        return changing.noted(self.config, label, self.now, renamed)

    def _reread(self) -> None:
        """The configuration as it is now; feeds are no matter of ours."""
        settings = config_files.read(self.config.path)
        self.config = Config(path=self.config.path, cache=self.config.cache, settings=settings)

    # --- watches ---

    def watches(self) -> list[SavedFilter]:
        """The saved filters that tell."""
        return [saved for saved in self.config.settings.filters if saved.notify]

    def alerts(self, since: int = 0, limit: int = 100) -> list[Alert]:
        """What watches and rules found worth telling since a time, newest first, each with its words."""
        store = self._read()
        listed = []
        for alert in store.alerts.since(since, limit):
            heads = [(row.title, row.outlet) for row in store.articles.rows(alert.articles)]
            listed.append(watching.worded(alert, heads))
        return listed

    def rehearse(self, name: str, days: int) -> list[tuple[int, str]]:
        """What a watch would have told in the last days of stored articles, as (time, words), oldest first.

        As if each article had come when it was published. Raises ConfigError and QueryError.
        """
        from aggregator.watches import rehearse  # brings the sync's modules along

        saved = self.saved(name)
        return list(rehearse(self._read(), saved, self._query(saved.query), days))
