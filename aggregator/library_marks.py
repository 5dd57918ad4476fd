"""The part of the library that keeps what the reader did: marks, stories put right, undo and redo."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.library_base import LibraryBase
from aggregator.model import MarkAction, Story

class LibraryMarks(LibraryBase):
    """Everything here can be undone."""

    def mark(self, action: MarkAction, ids: Sequence[int]) -> int:
        """Mark these articles; returns how many changed. Can be undone."""
        with self._writing() as store:
            return store.marks.apply(action, ids, self.now)

    def mark_query(self, action: MarkAction, query: str) -> int:
        """Mark all articles that match; returns how many changed. Can be undone."""
        asked = self._query(query)
        with self._writing() as store:
            return store.marks.apply_query(action, asked, self.now)

    def undo(self) -> str:
        """Take the last change back; returns what was undone in words, "" when there is nothing."""
        with self._writing() as store:
            step = store.journal.undo()
        return step.sentence("Undone") if step else ""

    def redo(self) -> str:
        """Do again what was undone last; returns it in words, "" when there is nothing."""
        with self._writing() as store:
            step = store.journal.redo()
        return step.sentence("Done again") if step else ""

    def split(self, article_id: int) -> int:
        """Take an article out of its story for good; returns from how many others it is apart now."""
        now = self.now
        with self._writing() as store:
            others = store.stories.take_out(article_id)
            store.verdicts.say(((article_id, other) for other in others), now, together=False)
            store.links.forget_between(article_id, others)
            store.relating.queue([article_id, *others] if others else [], encode=False)
        return len(others)

    def join(self, article_id: int, other_id: int) -> Story | None:
        """Make the stories of two articles one for good; returns it."""
        now = self.now
        with self._writing() as store:
            ours, theirs = store.stories.put_together(article_id, other_id)
            pairs = {(one, other) for one in ours for other in theirs}
            store.verdicts.say(pairs, now, together=True)
            store.relating.queue([*ours, *theirs], encode=False)
        return self._read().stories.of(article_id)
