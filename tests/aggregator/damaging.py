"""Ways in which a cache's files get damaged, and a cache with marks to be damaged."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aggregator.model import MarkAction
from aggregator.store.db import Store
from tests.aggregator.storing import ids, make, sync

PAGE = 4096
NUMBER = 400  # articles
Spoil = Callable[[Path], None]


def fill(cache: Path, number: int = NUMBER) -> None:
    """A cache with articles, of which each third is read, each tenth starred, some noted and tagged."""
    with Store.open(cache) as store:
        sync(store, *(make(at, text=f"Ferry number {at} sails. " * 30) for at in range(number)))
        found = ids(store)
        store.marks.apply(MarkAction.READ, found[::3])
        store.marks.apply(MarkAction.STAR, found[::10])
        store.tags.tag(found[::20], "later")
        store.notes.set(found[0], "Ask the harbour master.")
        store.checkpoint()


def marks(cache: Path) -> dict[str, set[str]]:
    """The user's own: titles of read, starred and tagged articles, and the notes."""
    with Store.open(cache, readonly=True) as store:
        rows = store.articles.rows(ids(store))
        noted = [store.notes.get(row.id) for row in rows if row.starred]
        return {
            "all": {row.title for row in rows},
            "read": {row.title for row in rows if not row.unread},
            "starred": {row.title for row in rows if row.starred},
            "tagged": {row.title for row in store.articles.rows(ids(store, "tag:later"))},
            "notes": {note for note in noted if note},
        }


def write_at(path: Path, offset: int, data: bytes) -> None:
    """Overwrite bytes in the middle of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def pages(path: Path) -> int:
    """How many pages a file has."""
    return path.stat().st_size // PAGE


def root(path: Path, name: str) -> int:
    """The first page of a table or index (1 is the first of the file)."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        (number,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
        return int(number)


def leaf(path: Path, table: str, number: int = 2) -> int:
    """A page of a table's rows, counted from the end."""
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        found = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY path", (table,)
        ).fetchall()
        return int(found[-min(number, len(found))][0])


def page(path: Path, number: int, data: bytes = bytes(PAGE)) -> None:
    write_at(path, (number - 1) * PAGE, data)


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that mean nothing."""
    return random.Random(seed).randbytes(size)


def cut_in_half(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size // 2)


def cut_oddly(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 777)


def cut_to_one_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(PAGE)


def zero_header(path: Path) -> None:
    write_at(path, 0, bytes(100))


def zero_first_page(path: Path) -> None:
    page(path, 1)


def noise_in_header(path: Path) -> None:
    write_at(path, 0, noise(100))


def wrong_magic(path: Path) -> None:
    write_at(path, 0, b"SQLite format 4\0")


def wrong_page_size(path: Path) -> None:
    write_at(path, 16, (8192).to_bytes(2, "big"))


def impossible_page_size(path: Path) -> None:
    write_at(path, 16, (3000).to_bytes(2, "big"))


def absurd_version(path: Path) -> None:
    write_at(path, 60, b"\x5a\x5a\x5a\x5a")


def lost_application(path: Path) -> None:
    write_at(path, 68, b"\0\0\0\1")


def zero_schema(path: Path) -> None:
    page(path, 2)


def zero_articles_root(path: Path) -> None:
    page(path, root(path, "articles"))


def zero_articles_leaf(path: Path) -> None:
    page(path, leaf(path, "articles"))


def zero_bodies_leaves(path: Path) -> None:
    for number in [leaf(path, "bodies", back) for back in (2, 5, 9)]:
        page(path, number)


def zero_unread(path: Path) -> None:
    page(path, leaf(path, "unread", 1))


def zero_starred(path: Path) -> None:
    page(path, root(path, "starred"))


def zero_feeds(path: Path) -> None:
    page(path, root(path, "feeds"))


def noise_in_seen(path: Path) -> None:
    page(path, leaf(path, "seen"), noise(PAGE))


def noise_in_middle(path: Path) -> None:
    half = pages(path) // 2
    for number in range(half, half + 3):
        page(path, number, noise(PAGE, number))


def noise_to_the_end(path: Path) -> None:
    half = path.stat().st_size // 2
    write_at(path, half, b"\x5a" * (path.stat().st_size - half))


def zeros_to_the_end(path: Path) -> None:
    half = path.stat().st_size // 2
    write_at(path, half, bytes(path.stat().st_size - half))


def flipped_bits(path: Path) -> None:
    chance = random.Random(4)
    data = bytearray(path.read_bytes())
    for _ in range(200):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def all_zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def swapped_pages(path: Path) -> None:
    data = path.read_bytes()
    one, other = root(path, "articles"), leaf(path, "bodies")
    page(path, one, data[(other - 1) * PAGE : other * PAGE])
    page(path, other, data[(one - 1) * PAGE : one * PAGE])


def dropped_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE starred")
        connection.commit()


def index_out_of_step(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        (sql,) = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name = 'articles_by_feed'"
        ).fetchone()
        hide = "UPDATE sqlite_master SET sql = ? WHERE name = 'articles_by_feed'"
        connection.execute(hide, (f"{sql} WHERE feed_id > 99",))
        connection.commit()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE articles SET feed_id = 2 WHERE id IN (SELECT id FROM articles LIMIT 9)")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(hide, (sql,))
        connection.commit()


def invalid_text(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Headline 77", b"Headl\xffne 77"))


def noise_in_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(noise(50_000))


def noise_in_index_of_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"")
    path.with_name(f"{path.name}-shm").write_bytes(noise(32_768))


def journal_of_another(path: Path) -> None:
    path.with_name(f"{path.name}-journal").write_bytes(noise(5_000))


def gone(path: Path) -> None:
    path.unlink()


# Damage inside a file of ours, or beside it.
DAMAGES: tuple[Spoil, ...] = (
    *(cut_in_half, cut_oddly, cut_to_one_page, zero_header, zero_first_page, noise_in_header, wrong_magic),
    *(wrong_page_size, impossible_page_size, absurd_version, lost_application, zero_schema),
    *(zero_articles_root, zero_articles_leaf, zero_bodies_leaves, zero_unread, zero_starred, zero_feeds),
    *(noise_in_seen, noise_in_middle, noise_to_the_end, zeros_to_the_end, flipped_bits, all_zeros),
    *(swapped_pages, dropped_table, index_out_of_step, gone),
)
# What SQLite gets over by itself: nothing is lost and nothing needs to be told.
HARMLESS: tuple[Spoil, ...] = (noise_in_log, noise_in_index_of_log, journal_of_another)
