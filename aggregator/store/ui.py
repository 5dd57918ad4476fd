"""Small state of the screen: strings (JSON text) by key."""

from __future__ import annotations

from aggregator.store.database import Database


class Ui:
    """A table of strings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str:
        """The value of a key, or ""."""
        return str(self._database.value("SELECT value FROM ui WHERE key = ?", (key,), ""))

    def set(self, key: str, value: str) -> None:
        """Keep a value."""
        if self.get(key) == value:
            return
        with self._database.write():
            self._database.run("INSERT OR REPLACE INTO ui VALUES (?, ?)", (key, value))
