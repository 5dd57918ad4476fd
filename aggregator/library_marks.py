"""The part of the library that keeps what the reader did: marks, tags, notes, stories put right, looks.

All of that survives a power cut and can be undone, but for looks and openings, which are mere records.
So can what was done to the configuration: undo takes back the last change, of whatever kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator import ruling
from aggregator.library_base import LibraryBase
from aggregator.model import ArticleRow, MarkAction, Story
from aggregator.store.db import Store
from aggregator.store.journal import Step

OPENINGS = 100  # opened articles listed when no number is given: some days


class LibraryMarks(LibraryBase):
    """What the reader did to articles and stories."""

    # --- marks ---

    def mark(self, action: MarkAction, ids: Sequence[int]) -> int:
        """Mark these articles; returns how many changed. Can be undone."""
        with self._writing(durable=True) as store:
            return store.marks.apply(action, ids, self.now)

    def mark_story(self, action: MarkAction, story_id: int) -> int:
        """Mark every article of a story; returns how many changed. Can be undone."""
        with self._writing(durable=True) as store:
            members = store.stories.members([story_id]).get(story_id, [])
            return store.marks.apply(action, members, self.now)

    def mark_query(self, action: MarkAction, query: str) -> int:
        """Mark all articles that match; returns how many changed. Can be undone."""
        asked = self._query(query)
        with self._writing(durable=True) as store:
            return store.marks.apply_query(action, asked, self.now)

    # --- undo and redo ---

    def reload(self) -> None:
        """Read the configuration again."""
        raise NotImplementedError

    def undo(self) -> str:
        """Take the last change back; returns what was undone in words, "" when there is nothing.

        Raises ConfigError where that is a change of the configuration that cannot be taken back: the next
        undo goes on with the step before it.
        """
        step = self._turn_settings(back=True)
        if step is None:
            with self._writing(durable=True) as store:
                step = store.journal.undo()
                ruling.follow(store, self.now)
        return step.sentence("Undone") if step else ""

    def redo(self) -> str:
        """Do again what was undone last; returns it in words, "" when there is none; raises as undo."""
        step = self._turn_settings(back=False)
        if step is None:
            with self._writing(durable=True) as store:
                step = store.journal.redo()
                ruling.follow(store, self.now)
        return step.sentence("Done again") if step else ""

    def _turn_settings(self, *, back: bool) -> Step | None:
        """Turn a change of the configuration where that is what comes next; None where it is not."""
        with Store.open(self.config.cache) as store:
            if not store.journal.has_settings_next(back=back):
                return None
            from aggregator import changing  # loads the TOML editor, which reading never needs

            turned = changing.turn(store, self.config.path, back=back)
        if turned is None:
            return None
        self.reload()
        step, paused = turned
        with self._writing() as store:
            store.pauses.again(paused)
        return step

    # --- tags and notes ---

    def tags(self) -> list[tuple[str, int]]:
        """Every tag of the reader and of rules, and how many articles have it that are not hidden."""
        return self._read().tags.counts()

    def tag(self, ids: Sequence[int], name: str) -> int:
        """Tag articles; returns how many changed. Raises InputError where the name is none. Can be undone."""
        with self._writing(durable=True) as store:
            return store.tags.tag(ids, name, self.now)

    def tag_query(self, query: str, name: str) -> int:
        """Tag all articles that match; returns how many changed. Can be undone."""
        asked = self._query(query)
        with self._writing(durable=True) as store:
            return store.tags.tag(store.articles.ids(asked), name, self.now)

    def untag(self, ids: Sequence[int], name: str) -> int:
        """Take a tag off articles, also one that a rule gave; returns how many changed. Can be undone."""
        with self._writing(durable=True) as store:
            return store.tags.untag(ids, name, self.now)

    def untag_query(self, query: str, name: str) -> int:
        """Take a tag off all articles that match; returns how many changed. Can be undone."""
        asked = self._query(query)
        with self._writing(durable=True) as store:
            return store.tags.untag(store.articles.ids(asked), name, self.now)

    def note(self, article_id: int, text: str) -> bool:
        """Write the note on an article in place of the one before, "" for none; whether it changed.

        Raises InputError for one that is too long. Can be undone.
        """
        with self._writing(durable=True) as store:
            return store.notes.set(article_id, text, self.now)

    # --- stories put right ---

    def split(self, article_id: int) -> int:
        """Take an article out of its story for good; returns from how many others it is apart now."""
        with self._writing(durable=True) as store:
            others = store.corrections.split(article_id, self.now)
            ruling.settle(store, self.now)
        return others

    def part(self, article_id: int, other_id: int) -> None:
        """Say that two articles that were thought alike do not tell the same, for good."""
        with self._writing(durable=True) as store:
            store.corrections.part(article_id, other_id, self.now)
            ruling.settle(store, self.now)

    def join(self, article_id: int, other_id: int) -> Story | None:
        """Make the stories of two articles one for good; returns it."""
        with self._writing(durable=True) as store:
            store.corrections.join(article_id, other_id, self.now)
            ruling.settle(store, self.now)
        return self._read().stories.of(article_id)

    # --- looks and openings ---

    def look(self, *, ongoing: bool = False) -> int:
        """Say that the reader looks now; returns the time (seconds) since when all is new, 0 for always.

        To be called when a screen opens, and with ``ongoing`` while it is used and when it closes: the
        next visit then counts from there.
        """
        with self._writing() as store:
            return store.visits.look(self.now, ongoing=ongoing)

    def last_look(self) -> int:
        """The end of the visit before this one, in seconds; 0 where there was none."""
        return self._read().visits.last_look()

    def seen_all(self) -> int:
        """Count nothing as new that is here now; returns how many articles were new. Can be undone."""
        with self._writing(durable=True) as store:
            new = store.visits.new_count()
            store.visits.begin_anew(self.now)
        return new

    def new_count(self) -> int:
        """How many articles in the lists were first seen since the last look."""
        return self._read().visits.new_count()

    def opened(self, article_id: int) -> None:
        """Remember that an article was opened."""
        with self._writing() as store:
            store.visits.opened(article_id, self.now)

    def openings(self, limit: int = OPENINGS) -> list[tuple[int, ArticleRow]]:
        """(time in seconds, article) of what was opened, newest first; an article as often as it was."""
        store = self._read()
        opened = store.visits.openings(limit)
        rows = {row.id: row for row in store.articles.rows(list({article for article, _ in opened}))}
        return [(at, rows[article]) for article, at in opened if article in rows]
