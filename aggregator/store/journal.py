"""One journal of what the reader did: every step can be taken back and done again, also after a restart.

Whoever changes what the reader sees notes it in the same write phase, with what is needed to go back
and forth. To make one more kind of change undoable: a line in ``KINDS``, ``register`` where the store is
put together, ``note`` where the change is made. What syncs do by themselves is not noted.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec
import zstandard

from aggregator.dataclass import dataclass
from aggregator.errors import StoreDamaged, StoreError
from aggregator.store.database import Database, Row

UNDO_STEPS: Final = 500  # actions that can be undone: days of reading, where each article read is one
UNDO_BYTES: Final = 8 * 2**20  # of all steps, packed; the ids of a hundred thousand articles are about 200 kB
SQUEEZE: Final = 1  # zstd level: a user waits, and higher levels save a tenth

SETTINGS: Final = "settings"
# action -> what a step keeps: ids of articles, and a detail of plain values.
KINDS: Final = {
    "read": "marks: the articles that became read",
    "unread": "marks: the articles that became unread",
    "star": "marks: the articles that became starred, at the time of the step",
    "unstar": "marks: the articles that lost their star; detail: since when each had it",
    "apply": "marks: several at once; detail: the articles that each of them changed",
    "tag": "tags: the articles of the new rows; detail: see there",
    "untag": "tags: the articles of the rows that went; detail: see there",
    "note": "notes: the article; detail: text and time before and after",
    "look": "visits: detail: the time of the last look before and after",
    "split": "corrections: the articles; detail: the rows that went and came",
    "join": "corrections: as for split",
    "mute": "rules: a mute was made",
    "unmute": "rules: a mute was ended",
    "pause": "pauses: a feed was paused, or asked again; detail: see there",
    SETTINGS: "the configuration's file was edited; detail: see ``aggregator.changing``, which turns it",
}
# Words for the articles of a step that was noted without a label.
DONE: Final = {"read": "marked read", "unread": "marked unread", "star": "starred", "unstar": "unstarred"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A noted action. ``at`` in seconds; ``detail`` as it was noted, tuples as lists; None for none."""

    action: str
    at: int
    label: str
    ids: array[int]
    detail: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What an undo or redo did: the action in words, and what there is to say beyond that, or ""."""

    action: str
    label: str
    remark: str = ""

    def sentence(self, verb: str) -> str:
        """The same as one sentence after a verb such as "Undone"."""
        return f"{verb}: {self.label}{f' ({self.remark})' if self.remark else ''}."


# Does an action again, or takes it back, inside a write phase. What is gone by now (pruned) is passed
# over. Returns a remark for the reader where it could not do all, else "".
Turn = Callable[[Entry], str]


class Journal:
    """The steps. Undone ones can be done again until something new is noted."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: dict[str, tuple[Turn, Turn]] = {}
        self.register(SETTINGS, undo=_elsewhere, redo=_elsewhere)

    def register(self, action: str, *, undo: Turn, redo: Turn) -> None:
        """Say how an action of ``KINDS`` is taken back and done again."""
        assert action in KINDS, action  # noqa: S101  # a mistake of ours, met by every test
        self._turns[action] = (undo, redo)

    def note(
        self, action: str, label: str, detail: Any = None, *, ids: Sequence[int] = (), now: int | None = None
    ) -> int:
        """Keep an action that was just done; in its write phase. What was undone cannot be redone any more.

        Returns the step's number.

        ``label`` says it in words, as in "3 articles tagged oil"; ``detail`` is made of plain values
        (None, numbers, str, bytes, lists, dicts); ``now`` in seconds, None for the system's time.
        """
        run = self._database.run
        run("DELETE FROM journal WHERE undone")
        run(
            "INSERT INTO journal (action, at, label, ids, detail) VALUES (?, ?, ?, ?, ?)",
            (action, clock(now), label, _pack_ids(ids), _pack(detail)),
        )
        number = int(self._database.value("SELECT last_insert_rowid()"))
        run(
            "DELETE FROM journal WHERE id IN (SELECT id FROM (SELECT id, row_number() OVER newest AS steps, "
            "sum(length(ids) + length(detail)) OVER newest AS bytes "
            "FROM journal WINDOW newest AS (ORDER BY id DESC)) WHERE steps > ? OR (bytes > ? AND steps > 1))",
            (UNDO_STEPS, UNDO_BYTES),
        )
        return number

    def undo(self) -> Step | None:
        """Take back the last action; None when there is none."""
        return self._step(undone=1)

    def redo(self) -> Step | None:
        """Do again what was last undone; None when there is nothing."""
        return self._step(undone=0)

    def upcoming(self, *, back: bool) -> tuple[int, Entry] | None:
        """The number of the step that undo takes back next, or redo does again, and the step."""
        row = self._database.one(
            f"SELECT id, action, at, label, ids, detail FROM journal WHERE {_next(back=back)} LIMIT 1"
        )
        return None if row is None else (row[0], self._entry(row))

    def has_settings_next(self, *, back: bool) -> bool:
        """Is an edit of the configuration what comes next, or the last that counts as done?

        Even a redo has to look at that: it may have to be counted as undone first.
        """
        orders = {_next(back=True), _next(back=back)}
        ask = "SELECT action FROM journal WHERE {} LIMIT 1"
        return any(self._database.value(ask.format(which)) == SETTINGS for which in orders)

    def turned(self, number: int, *, back: bool) -> bool:
        """Count a step as taken back, or as done again; whether it is there."""
        return self._database.run("UPDATE journal SET undone = ? WHERE id = ?", (int(back), number)) == 1

    def forget(self, number: int) -> None:
        """Take a step out: it can neither be taken back nor done again."""
        self._database.run("DELETE FROM journal WHERE id = ?", (number,))

    def _step(self, *, undone: int) -> Step | None:
        with self._database.write(durable=True):
            found = self.upcoming(back=bool(undone))
            if found is None:
                return None
            number, entry = found
            if entry.action not in self._turns:
                raise StoreError(f'"{entry.label}" was done by another version, which can undo and redo it.')
            undo, redo = self._turns[entry.action]
            remark = undo(entry) if undone else redo(entry)
            self.turned(number, back=bool(undone))
        return Step(entry.action, entry.label, remark)

    def _entry(self, row: Row) -> Entry:
        _, action, at, label, ids, detail = row
        try:
            articles = _unpack_ids(ids)
            words = label or f"{counted(len(articles))} {DONE.get(action, action)}"
            return Entry(action, at, words, articles, _unpack(detail))
        except (zstandard.ZstdError, msgspec.MsgspecError, ValueError) as error:
            raise StoreDamaged(f"{self._database.path}: what can be undone is damaged ({error}).") from error


def _elsewhere(entry: Entry) -> str:
    """Turning a file is not done here; who asks has looked, so that this one came just now."""
    raise StoreError(f'"{entry.label}" was done by another process just now; try again.')


def _next(*, back: bool) -> str:
    """Which step undo, or redo, comes to first."""
    return "NOT undone ORDER BY id DESC" if back else "undone ORDER BY id"


def clock(now: int | None) -> int:
    """A time in seconds, the system's where none is given."""
    return int(time.time()) if now is None else now


def counted(number: int, noun: str = "article") -> str:
    """A number of things in words."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def ascending(ids: Iterable[int]) -> list[int]:
    """Each id once, in order; fast where they come in some order, as those of a list do."""
    return list(dict.fromkeys(sorted(ids)))


def as_json(ids: Sequence[int]) -> str:
    """Ids as a JSON list, the one way to hand SQLite many values in one statement."""
    return msgspec.json.encode(ids.tolist() if isinstance(ids, array) else list(ids)).decode()


def _squeeze(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=SQUEEZE).compress(data)


def _spread(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data)


def _pack(detail: Any) -> bytes:
    return b"" if detail is None else _squeeze(msgspec.msgpack.encode(detail))


def _unpack(data: bytes) -> Any:
    return msgspec.msgpack.decode(_spread(data)) if data else None


def _pack_ids(ids: Sequence[int]) -> bytes:
    return _squeeze(array("q", ids).tobytes()) if len(ids) else b""


def _unpack_ids(data: bytes) -> array[int]:
    return array("q", _spread(data) if data else b"")
