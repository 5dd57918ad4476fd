"""The part of the library that knows the saved filters and the watches among them."""

from __future__ import annotations

from aggregator.errors import QueryError
from aggregator.library_base import LibraryBase


class LibraryFilters(LibraryBase):
    """Saved filters, in the order of the configuration."""

    def filters(self) -> list[tuple[str, str, int]]:
        """The saved filters as (name, query, unread articles)."""
        store = self._read()
        return [
            (saved.name, saved.query, store.articles.unread_count(self._query(saved.query)))
            for saved in self.config.settings.filters
        ]

    def wrong_filters(self) -> list[tuple[str, str]]:
        """The saved filters whose query cannot be understood, as (name, why)."""
        wrong = []
        for saved in self.config.settings.filters:
            try:
                self._query(saved.query)
            except QueryError as error:
                wrong.append((saved.name, str(error)))
        return wrong
