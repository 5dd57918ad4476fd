"""The part of the library that knows the feeds: the first choice, pauses, what a failing server said."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator import failures, first_run
from aggregator.config import Feed
from aggregator.failures import Sent
from aggregator.first_run import Offer
from aggregator.library_base import LibraryBase
from aggregator.model import PAUSED

DECIDED = "first-run"
"""The key of the ui table under which the first choice is remembered: what was chosen, or ``KEPT``."""
KEPT = "kept"


class LibraryFeeds(LibraryBase):
    """What a user decides about feeds, besides following one or not."""

    def reload(self) -> None:
        """Read the configuration again."""
        raise NotImplementedError

    # --- the first choice ---

    def first_run_due(self) -> bool:
        """Has nobody decided yet which feeds to follow, neither here nor in the configuration?"""
        return not self._read().ui.get(DECIDED) and first_run.as_shipped(self.config.path)

    def offer(self) -> Offer:
        """What there is to choose from. Raises ConfigError."""
        return first_run.offer(self.config.settings)

    def choose(self, languages: Sequence[str], desk: str) -> int:
        """Follow the catalogue's feeds of these languages and this desk; returns how many those are.

        Can be undone. Raises ConfigError, and InputError where there are none; nothing is changed then.
        """
        from aggregator import changing  # loads the TOML editor, which reading never needs

        with changing.noted(self.config, f"feeds chosen: {', '.join(languages)}; {desk}", self.now):
            followed = first_run.write(self.config.path, self.offer(), languages, desk)
        self.reload()
        self._decided(f"{','.join(languages)} {desk}")
        return len(followed)

    def keep_shipped(self) -> None:
        """Decide to follow what comes switched on."""
        self._decided(KEPT)

    def _decided(self, what: str) -> None:
        with self._writing() as store:
            store.ui.set(DECIDED, what)

    # --- one feed ---

    def feed(self, url: str) -> Feed | None:
        """What the configuration says of a feed."""
        return next((feed for feed in self.config.settings.feeds if feed.url == url), None)

    def sent(self, url: str) -> Sent | None:
        """What the server sent with the feed's last failure, where there was one and something came."""
        store = self._read()
        state = store.feeds.get(url)
        if state is None or not state.failures:
            return None
        return failures.unpacked(store.ui.get(failures.key(state.id)))

    def add_command(self, address: str) -> list[str]:
        """The argv of a child process that adds the feed of an address or of a site, and fetches it.

        It prints what it did; 2 and the addresses it found where there are several.
        """
        return self.command("feeds", "add", "--", address)

    def pause(self, url: str) -> None:
        """Ask this feed no more, until ``resume``; its articles stay in the lists. Can be undone."""
        with self._writing(durable=True) as store:
            store.pauses.set(url, PAUSED, self.now)

    def resume(self, url: str) -> None:
        """Ask a feed again that was paused, or that polling had given up. Can be undone."""
        with self._writing(durable=True) as store:
            store.pauses.set(url, "", self.now)
