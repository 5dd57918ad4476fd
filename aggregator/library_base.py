"""The part of the library that its other parts stand on: connections, the configuration, the clock."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.config import Config
from aggregator.store.db import Store
from aggregator.text import query as queries
from aggregator.text.query_tree import Query

PACKAGES = str(Path(__file__).parent.parent)
START = "import sys; sys.path.insert(0, {!r}); from aggregator.cli import main; sys.exit(main(sys.argv[1:]))"


class LibraryBase:
    """Every thread that reads gets a connection of its own; each command that writes opens one for itself."""

    def __init__(self, config: Config, *, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self._clock = clock
        self._stores: dict[int, Store] = {}
        self._guard = threading.Lock()

    def close(self) -> None:
        """Close every connection; to be called when no other thread is reading."""
        with self._guard:
            stores, self._stores = self._stores, {}
        for store in stores.values():
            store.close()

    def command(self, *words: str) -> list[str]:
        """The argv of a child process that runs a command on this cache.

        The child never imports from the folder it happens to be started in (``-P``).
        """
        places = ["--config", str(self.config.path), "--cache", str(self.config.cache)]
        return [sys.executable, "-P", "-c", START.format(PACKAGES), *places, *words]

    @property
    def now(self) -> int:
        """The time, in UTC seconds."""
        return int(self._clock())

    def _query(self, text: str, typed: bool = False) -> Query:
        """A filter, whole or still being typed, with the saved filters that it names. Raises QueryError."""
        read = queries.as_typed if typed else queries.parse
        return read(text, self.now, self.config.settings.named_queries)

    def _read(self) -> Store:
        """This thread's read connection."""
        thread = threading.get_ident()
        with self._guard:
            store = self._stores.get(thread)
        if store is None or store.moved:
            if store is not None:  # a sync restored the cache meanwhile; no other thread uses this connection
                store.close()
            store = Store.open(self.config.cache, readonly=True)
            with self._guard:
                self._stores[thread] = store
        return store

    def interrupt(self, thread: int) -> None:
        """Stop what the thread of this identity is reading now: there it raises Interrupted."""
        with self._guard:
            store = self._stores.get(thread)
            if store is not None:
                store.interrupt()

    @contextmanager
    def _writing(self, *, durable: bool = False) -> Iterator[Store]:
        """A connection that may write, for one command; ``durable`` as for ``Store.write``."""
        with Store.open(self.config.cache) as store, store.write(durable=durable):
            yield store
