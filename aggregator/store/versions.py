"""What the SQLite of this Python can be trusted with."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

OLDEST: Final = (3, 38, 0)  # STRICT tables came with 3.37, unixepoch() with 3.38
# The WAL-reset bug: two connections that write and checkpoint at the same instant can lose a commit.
WAL_RESET_FIRST: Final = (3, 7, 0)
WAL_RESET_MENDED: Final = (3, 51, 3)
WAL_RESET_BACKPORTS: Final = {(3, 44): 6, (3, 50): 7}  # branch -> the first release with the repair


def has_wal_reset_bug(version: Sequence[int] = sqlite3.sqlite_version_info) -> bool:
    """Whether an SQLite of this version can lose commits where nothing keeps checkpoints and writers apart.

    Hakawati's write lock covers both, with every version; other programs that write to the file do not
    take it, which is why ``doctor`` tells the version.
    """
    found = tuple(version[:3])
    branch, patch = (found[0], found[1]), found[2]
    if branch in WAL_RESET_BACKPORTS and patch >= WAL_RESET_BACKPORTS[branch]:
        return False
    return WAL_RESET_FIRST <= found < WAL_RESET_MENDED


def is_too_old(version: Sequence[int] = sqlite3.sqlite_version_info) -> bool:
    """Whether our tables cannot be made with it."""
    return tuple(version[:3]) < OLDEST


def journal_mode(network: str) -> str:
    """The journal for a cache on a file system: see ``mounts``. ``network`` is its kind, "" for a disk."""
    return "DELETE" if network else "WAL"
