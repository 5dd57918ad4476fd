"""Make a damaged cache whole again: what it still holds, and the newest good copy for the rest.

The new file is made and proved beside the damaged one, which is then set aside, never deleted. A crash on
the way leaves the damaged file in its place, or the finished one under a name that the next start goes on
with; at no moment is there an empty cache in place of a damaged one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aggregator.errors import StoreError
from aggregator.private import keep_name, make_file, make_folder, write_through
from aggregator.store import backup, damage, salvage, settling
from aggregator.store.connecting import address, connect, connect_new
from aggregator.store.database import explained
from aggregator.store.files import bring_file_up_to_date
from aggregator.store.places import Files, logs
from aggregator.store.schema import APPLICATION_ID, MIGRATIONS, migrate

LOG_MODE: Final = slice(18, 20)  # the header's read and write version: 2 where there is a write-ahead log


@dataclass(frozen=True, slots=True)
class Rescue:
    """What was done. ``salvaged``: the damaged file could be read; ``torn`` are its tables that could not be
    read whole, ``lost`` those of which a part was in no copy either.
    """

    why: str
    aside: Path | None
    copy: Path | None
    salvaged: bool
    articles: int
    torn: tuple[str, ...]
    lost: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """The same in words."""
        aside = f"was set aside as {self.aside}, and " if self.aside else ""
        some = f" Some rows of {', '.join(self.lost)} are lost." if self.lost else ""
        return (
            f"The cache file {self.why}: it {aside}was made again from {' and '.join(self._sources())}; "
            f"it holds {self.articles:,} articles.{some} The next sync asks every feed for everything."
        )

    def _sources(self) -> Iterator[str]:
        if self.salvaged:
            yield "what could be read of it"
        if self.copy is not None:
            day = datetime.fromtimestamp(self.copy.stat().st_mtime, UTC)
            yield f"the copy of {day:%Y-%m-%d %H:%M} UTC"
        if not self.salvaged and self.copy is None:
            yield "nothing, as there is no copy"


def rescue(files: Files, why: str, now: float, *, foreign: bool = False) -> Rescue:
    """Make the articles' file anew. To be called with the write lock held and nothing of it open here.

    Out of a ``foreign`` file nothing is read. Raises StoreError where it cannot be done (a full disk); then
    all is as it was.
    """
    was_there = os.path.lexists(files.news)
    copy = backup.newest_good(files)
    with _drafted(files, "made again") as draft:
        with _readable(files, copy, foreign) as damaged, _migrated(files, copy) as filling:
            report = _build(draft, [*damaged, *filling], _version(damaged))
        articles = _prove(draft)
        aside = put_in_place(files, draft, now)
    lost = tuple(report.lost) if damaged or copy else ()
    kept = aside if was_there else None
    return Rescue(_short(why), kept, copy, bool(damaged), articles, tuple(report.torn), lost)


def replace(files: Files, source: Path, now: float) -> Path:
    """Let a copy take the place of ``news``; where that is set aside. As for ``rescue``."""
    backup.prove(source)
    with _drafted(files, "restored") as draft:
        backup.copy(source, draft)
        bring_file_up_to_date(draft)
        with closing(connect_new(draft)) as connection:
            connection.execute("PRAGMA foreign_keys = OFF")
            settling.settle(connection)
        return put_in_place(files, draft, now)


@contextmanager
def _drafted(files: Files, done: str) -> Iterator[Path]:
    """Where the next ``news`` is made; nothing of it stays. Raises StoreError: it cannot be ``done``."""
    draft = files.news.with_name("news.sqlite3.new")
    try:
        yield draft
    except OSError as error:
        raise StoreError(f"{files.news}: cannot be {done} ({error.strerror}).") from error
    except sqlite3.Error as error:
        raise explained(error, files.news) from error
    finally:
        for leftover in (draft, *logs(draft)):
            leftover.unlink(missing_ok=True)


def mend_indexes(files: Files) -> bool:
    """Make the indexes anew where nothing else is wrong; False where that was not enough."""
    try:
        with closing(connect(files.news)) as connection:
            connection.execute("REINDEX main")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return not damage.problems(connection, "main")
    except sqlite3.Error:
        return False


def put_in_place(files: Files, draft: Path, now: float) -> Path:
    """Let a finished file take the place of ``news``, which is set aside; returns where that lies now."""
    write_through(draft)
    aside = set_aside(files, now)
    draft.replace(files.whole)
    keep_name(files.whole)
    finish(files)
    return aside


def set_aside(files: Files, now: float) -> Path:
    """Keep ``news`` and its log under another name, too; returns it."""
    make_folder(files.aside)
    stamp = datetime.fromtimestamp(now, UTC).strftime(backup.STAMP)
    number, aside = 1, files.aside / f"news-{stamp}.sqlite3"
    while os.path.lexists(aside):
        number, aside = number + 1, files.aside / f"news-{stamp}-{number}.sqlite3"
    if not files.news.is_file() and os.path.lexists(files.news):  # a folder, a link to nowhere
        files.news.rename(aside)
    for source, target in ((files.news, aside), (logs(files.news)[0], logs(aside)[0])):
        if source.is_file() and (source == files.news or source.stat().st_size):
            _link(source, target)
    keep_name(aside)
    return aside


def finish(files: Files) -> None:
    """Put a finished file in its place; does nothing where there is none. With the write lock held."""
    if not files.whole.exists():
        return
    for log in logs(files.news):  # first: a log of the old file would be replayed into the new one
        log.unlink(missing_ok=True)
    files.whole.replace(files.news)
    keep_name(files.news)
    files.suspect.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    """A second name for a file; a copy where the file system knows no second names."""
    try:
        target.hardlink_to(source)
    except OSError:
        make_file(target)
        shutil.copyfile(source, target)
        write_through(target)


@contextmanager
def _readable(files: Files, copy: Path | None, foreign: bool) -> Iterator[list[Path]]:
    """The damaged file as SQLite can open it: as it is, or a copy of it with a head that is lent to it."""
    if foreign or not files.news.is_file():
        yield []
        return
    with closing(sqlite3.connect(":memory:")) as asking:
        if salvage.is_readable(asking, files.news):
            yield [files.news]
            return
    lent = files.cache / "news.sqlite3.lent"
    try:
        _copy_with_log(files.news, lent)
        yield [lent] if any(_lend(lent, pages) for pages in _heads(copy)) else []
    finally:
        for leftover in (lent, *logs(lent)):
            leftover.unlink(missing_ok=True)


def _copy_with_log(source: Path, target: Path) -> None:
    for old, new in ((source, target), (logs(source)[0], logs(target)[0])):
        make_file(new)
        if old.exists():
            shutil.copyfile(old, new)


def _heads(copy: Path | None) -> Iterator[dict[int, bytes]]:
    """What may be lent, offset -> bytes: a header; the list of tables of the copy, else that of a new file.

    A file keeps its tables where they were made, so that list of a copy, or of a file that was made in the
    same version, says where they are.
    """
    with closing(
        sqlite3.connect(
            ":memory:" if copy is None else address(copy, readonly=True, frozen=True),
            uri=True,
            isolation_level=None,
        )
    ) as sound:
        if copy is None:
            sound.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(sound)
        data = sound.serialize()
        yield {0: data[: damage.HEADER_BYTES]}
        (size,) = sound.execute("PRAGMA page_size").fetchone()
        with suppress(sqlite3.Error):  # an SQLite without dbstat
            numbers = sound.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'").fetchall()
            yield {(number - 1) * size: data[(number - 1) * size : number * size] for (number,) in numbers}


def _lend(path: Path, pages: Mapping[int, bytes]) -> bool:
    """Write other pages into a file; whether SQLite can read its list of tables and the articles then."""
    header = damage.Header.of(pages.get(0, b""))
    if header is None:
        return False
    head = bytearray(pages[0])
    head[LOG_MODE] = b"\2\2"
    head[damage.PAGES] = (path.stat().st_size // header.page_size).to_bytes(4, "big")
    head[damage.VALID_FOR] = head[damage.CHANGES]
    with path.open("r+b") as file:
        for offset, data in {**pages, 0: bytes(head)}.items():
            file.seek(offset)
            file.write(data)
    with closing(sqlite3.connect(":memory:")) as asking:
        return salvage.is_readable(asking, path)


@contextmanager
def _migrated(files: Files, copy: Path | None) -> Iterator[list[Path]]:
    """The newest good copy in the newest version: itself, or a copy of it that was migrated."""
    if copy is None:
        yield []
        return
    if damage.version_of(copy, len(MIGRATIONS)) == len(MIGRATIONS):
        yield [copy]
        return
    newer = files.cache / "news.sqlite3.copy"
    try:
        backup.copy(copy, newer)
        bring_file_up_to_date(newer)
        yield [newer]
    finally:
        for leftover in (newer, *logs(newer)):
            leftover.unlink(missing_ok=True)


def _version(damaged: Sequence[Path]) -> int:
    """The schema version that the rows of a damaged file are of."""
    newest = len(MIGRATIONS)
    for path in damaged:
        with path.open("rb") as file:
            header = damage.Header.of(file.read(damage.HEADER_BYTES))
        if header is not None and 0 < header.version < newest:
            return header.version
    return newest


def _build(draft: Path, sources: Sequence[Path], version: int) -> salvage.Report:
    """Fill a new file of a version from the sources, the best first, and bring it up to date."""
    for leftover in (draft, *logs(draft)):
        leftover.unlink(missing_ok=True)
    make_file(draft)
    with closing(connect_new(draft)) as connection:
        migrate(connection, MIGRATIONS[:version])
        for pragma in ("foreign_keys = OFF", "synchronous = OFF", "journal_mode = MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.text_factory = _lenient
        report = salvage.fill(connection, sources)
        migrate(connection)
        settling.mend_texts(connection)
        settling.settle(connection)
    return report


def _prove(draft: Path) -> int:
    """Look through the new file and give it its journal; returns how many articles it has."""
    with closing(connect_new(draft)) as connection:
        found = damage.problems(connection, "main")
        if found or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise StoreError(
                f"{draft}: cannot be made whole ({(found or ['rows without their parents'])[0]})."
            )
        (articles,) = connection.execute("SELECT count(*) FROM articles").fetchone()
    return int(articles)


def _lenient(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _short(why: str) -> str:
    """A sentence about the file without its name and without what to do."""
    return why.partition(": ")[2].partition("; ")[0].partition(" and was left")[0] or "is damaged"
