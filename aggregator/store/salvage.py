"""Read out of a damaged file what can be read, and put it into a new one.

Table by table. One that can be read whole is copied whole. Of one that cannot, rows are read from both ends
towards the damage and from points in between; what lies in the gaps is taken from the next source, a backup.
So the damaged file's word goes where it can be read, and the backup's where it cannot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PROBES: Final = 128  # points in a gap from which reading is tried
ISLANDS: Final = 64  # readable pieces between damaged places: a table with more of them is lost
BITS: Final = 63  # of SQLite's whole numbers
ROWS: Final = 500  # a write of salvaged rows
SOURCE: Final = "source"
# What a copy has of these is taken wherever it is missing: a damaged index page hides rows without an error.
COMPLETED: Final = frozenset({"articles", "bodies", "seen", "revisions", "pages", "features"})
# Of these a copy's rows come back only where many are missing: what the reader took away is to stay away.
SHRINKING: Final = frozenset({"starred", "notes", "article_tags", "tag_names", "feeds"})

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A range of keys, both ends not in it; None is an open end."""

    after: Key | None = None
    before: Key | None = None


WHOLE: Final = (Gap(),)


@dataclass(slots=True)
class Report:
    """Tables that the first source did not give whole, and those with gaps that no source filled."""

    torn: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that is in both files: its key and the columns that both have."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def listed(self) -> str:
        """The columns as SQL."""
        return ", ".join(self.columns)

    def where(self, gap: Gap) -> tuple[str, list[Any]]:
        """The condition for keys in a gap, with its values."""
        key, marks = f"({', '.join(self.key)})", f"({', '.join('?' * len(self.key))})"
        parts, values = ["1"], list[Any]()  # never without WHERE: SQLite would copy records unread
        for sign, end in ((">", gap.after), ("<", gap.before)):
            if end is not None:
                parts.append(f"{key} {sign} {marks}")
                values += end
        return " AND ".join(parts), values


def fill(draft: sqlite3.Connection, sources: Sequence[Path]) -> Report:
    """Fill the tables of a new file from ``sources``, the best first; nothing is ever raised for damage."""
    report = Report()
    gaps = {name: list(WHOLE) for name in _tables(draft, "main")}
    for number, source in enumerate(sources):
        with _attached(draft, source) as readable:
            for name in gaps if readable else ():
                if number and (name in COMPLETED or _has_shrunk(draft, name)):
                    gaps[name] = list(WHOLE)
                gaps[name] = _pour(draft, name, gaps[name])
        if number == 0:
            report.torn = [name for name, left in gaps.items() if left]
    report.lost = [name for name, left in gaps.items() if left]
    return report


def _has_shrunk(draft: sqlite3.Connection, name: str) -> bool:
    """Whether a table of what cannot be made again has lost more than a day of use would take away."""
    if name not in SHRINKING:
        return False
    try:
        counts = [draft.execute(f"SELECT count(*) FROM {at}.{name}").fetchone()[0] for at in ("main", SOURCE)]
    except sqlite3.DatabaseError:
        return False
    return bool(counts[0] < counts[1] / 2)


def is_readable(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether SQLite can read at least which tables a file has."""
    with _attached(connection, path) as readable:
        return readable


@contextmanager
def _attached(draft: sqlite3.Connection, path: Path) -> Iterator[bool]:
    """Attach a file; yields whether its list of tables can be read."""
    readable = attached = False
    with suppress(sqlite3.DatabaseError):
        draft.execute(f"ATTACH DATABASE ? AS {SOURCE}", (f"{path.as_uri()}?mode=ro",))
        attached = True
        readable = bool(_tables(draft, SOURCE))
    try:
        yield readable
    finally:
        if attached:
            with suppress(sqlite3.DatabaseError):
                draft.execute(f"DETACH DATABASE {SOURCE}")


def _tables(connection: sqlite3.Connection, schema: str) -> list[str]:
    rows = connection.execute(
        f"SELECT name FROM {schema}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    )
    return [str(name) for (name,) in rows.fetchall()]


def _pour(draft: sqlite3.Connection, name: str, gaps: Iterable[Gap]) -> list[Gap]:
    """Fill the gaps of a table from the attached source; returns those that are left."""
    left: list[Gap] = []
    for gap in gaps:
        try:
            table = _described(draft, name)
            left += [] if _pour_whole(draft, table, gap) else Torn(draft, table).pour(gap)
        except sqlite3.DatabaseError:
            left.append(gap)
    return left


def _described(draft: sqlite3.Connection, name: str) -> Table:
    """The table as both files have it. Raises sqlite3.DatabaseError where the source has none."""
    ours = draft.execute(f"PRAGMA main.table_info({name})").fetchall()
    theirs = {row[1] for row in draft.execute(f"PRAGMA {SOURCE}.table_info({name})")}
    columns = tuple(row[1] for row in ours if row[1] in theirs)
    if not columns:
        raise sqlite3.DatabaseError(f"no table {name}")
    (without_rowid,) = draft.execute(
        "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?", (name,)
    ).fetchone()
    key = [row[1] for row in sorted(ours, key=lambda row: int(row[5])) if row[5]]
    return Table(name, tuple(key) if without_rowid else ("rowid",), columns)


def _pour_whole(draft: sqlite3.Connection, table: Table, gap: Gap) -> bool:
    """Copy everything in a gap by one statement; False, with nothing copied, where that fails."""
    where, values = table.where(gap)
    # what an earlier source gave stays; a clash in the first one tells of damage
    first = not draft.execute(f"SELECT EXISTS (SELECT 1 FROM main.{table.name})").fetchone()[0]
    action = "INSERT" if first else "INSERT OR IGNORE"
    if not first and table.key == ("rowid",):
        where += f" AND rowid NOT IN (SELECT rowid FROM main.{table.name})"  # their texts need not be read
    copy = f"{action} INTO main.{table.name} ({table.listed}) SELECT {table.listed} "
    try:
        draft.execute(f"{copy} FROM {SOURCE}.{table.name} WHERE {where}", values)  # as a whole or not
    except sqlite3.DatabaseError:
        return False
    return True


class Torn:
    """Reading around the damaged places of one table."""

    def __init__(self, draft: sqlite3.Connection, table: Table) -> None:
        self._draft = draft
        self._table = table
        self._refused = 0
        names = ", ".join(table.columns)
        marks = ", ".join("?" * len(table.columns))
        self._insert = f"INSERT OR IGNORE INTO main.{table.name} ({names}) VALUES ({marks})"

    def pour(self, gap: Gap) -> list[Gap]:
        """Copy what can be read; returns what is left."""
        below = self._read(gap, up=True)
        above = None if below is None else self._read(Gap(below or gap.after, gap.before), up=False)
        left: list[Gap] = []
        if below is not None and above is not None:
            left = self._probe(Gap(below or gap.after, above or gap.before))
        return [gap] if self._refused else left  # what is no row of this table was another one's page

    def _probe(self, gap: Gap) -> list[Gap]:
        """Read on from points inside a gap of whole numbers, up and down from each; what is left."""
        left: list[Gap] = []
        for _ in range(ISLANDS):
            for point in _points(gap):
                end = self._read(Gap((point - 1,), gap.before), up=True)
                if end != ():
                    break
            else:
                return [*left, gap]
            low = self._read(Gap(gap.after, (point,)), up=False)
            left += [] if low is None else [Gap(gap.after, low or (point,))]
            if end is None:
                return left
            gap = Gap(end, gap.before)
        return [*left, gap]

    def _read(self, gap: Gap, *, up: bool) -> Key | None:
        """Copy rows from one end of a gap until the damage: the last key, () for none, None if all came."""
        where, values = self._table.where(gap)
        key = self._table.key
        order = ", ".join(f"{name} {'ASC' if up else 'DESC'}" for name in key)
        sql = f"SELECT {', '.join(key)}, {self._table.listed} FROM {SOURCE}.{self._table.name}"
        last: Key = ()
        rows: list[Key] = []
        try:
            for row in self._draft.execute(f"{sql} WHERE {where} ORDER BY {order}", values):
                last = tuple(row[: len(key)])
                rows.append(row[len(key) :])
                if len(rows) == ROWS:
                    self._keep(rows)
                    rows = []
        except sqlite3.DatabaseError:
            self._keep(rows)
            return last
        self._keep(rows)
        return None

    def _keep(self, rows: Sequence[Key]) -> None:
        self._draft.execute("BEGIN")
        for row in rows:
            try:
                self._draft.execute(self._insert, row)
            except sqlite3.DatabaseError:  # values that this table cannot have
                self._refused += 1
        self._draft.execute("COMMIT")


def _points(gap: Gap) -> list[int]:
    """Whole numbers inside a gap, evenly spread, or ever farther from its one end; none for other keys."""
    ends = [end for end in (gap.after, gap.before) if end is not None]
    if any(len(end) != 1 or not isinstance(end[0], int) for end in ends):
        return []
    if gap.after is None or gap.before is None:
        start, sign = (int(ends[0][0]), 1 if gap.after else -1) if ends else (0, 1)
        return [point for power in range(BITS) if abs(point := start + sign * 2**power) < 2**BITS]
    low, high = int(gap.after[0]), int(gap.before[0])
    return list(range(low + 1, high, max(1, (high - low) // PROBES)))
