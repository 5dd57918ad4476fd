"""Notes: a text of the reader's own on an article.

The detail of a step of the journal is ``[text, time, text, time]`` before and after, text None for no note.
"""

from __future__ import annotations

from typing import Final

from aggregator.errors import InputError
from aggregator.store.database import Database
from aggregator.store.journal import Entry, Journal, clock
from aggregator.text.inert import clean_text

MAX_NOTE: Final = 10_000  # characters: five pages, and a step of the journal stays small


class Notes:
    """The notes, one an article at most."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal
        journal.register("note", undo=self._undo, redo=self._redo)

    def get(self, article_id: int) -> str:
        """An article's note, "" for none."""
        return str(self._database.value("SELECT text FROM notes WHERE id = ?", (article_id,), ""))

    def set(self, article_id: int, text: str, now: int | None = None) -> bool:
        """Write an article's note in place of the one before, "" for none; whether that changed something.

        Raises InputError where it is longer than ``MAX_NOTE`` characters.
        """
        text = clean_text(text, limit=len(text), multiline=True).strip()
        if len(text) > MAX_NOTE:
            raise InputError(f"A note has at most {MAX_NOTE:,} characters; this one has {len(text):,}.")
        with self._database.write(durable=True):
            before = self._database.one("SELECT text, at FROM notes WHERE id = ?", (article_id,))
            after = (text, clock(now)) if text else None
            if (before[0] if before else "") == text or not self._put(article_id, after):
                return False
            label = "a note written" if not before else "a note changed" if text else "a note deleted"
            detail = [*(before or (None, 0)), *(after or (None, 0))]
            self._journal.note("note", label, detail, ids=[article_id], now=now)
        return True

    def _undo(self, entry: Entry) -> str:
        return self._turn(entry, entry.detail[:2])

    def _redo(self, entry: Entry) -> str:
        return self._turn(entry, entry.detail[2:])

    def _turn(self, entry: Entry, note: tuple[str | None, int]) -> str:
        """Put a note as it was."""
        text, at = note
        is_there = self._put(entry.ids[0], None if text is None else (text, at))
        return "" if is_there else "but the article is gone"

    def _put(self, article_id: int, note: tuple[str, int] | None) -> bool:
        """Write or delete a note; whether the article is there."""
        if note is None:
            self._database.run("DELETE FROM notes WHERE id = ?", (article_id,))
        else:
            self._database.run(
                "INSERT OR REPLACE INTO notes SELECT id, ?2, ?3 FROM articles WHERE id = ?1",
                (article_id, *note),
            )
        return bool(
            self._database.value("SELECT EXISTS (SELECT 1 FROM articles WHERE id = ?)", (article_id,))
        )
