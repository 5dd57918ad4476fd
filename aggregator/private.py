"""Folders and files that only their owner may read, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

FOLDER: Final = 0o700
FILE: Final = 0o600
UMASK: Final = 0o077  # of the whole process: nothing that it writes is for others


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, each for its owner only. Raises OSError."""
    if path.is_dir():
        return
    if not path.parent.is_dir():
        make_folder(path.parent)
    path.mkdir(mode=FOLDER, exist_ok=True)
    # a mode given to mkdir is narrowed by the umask and never widened: 0700 needs no second step


def make_file(path: Path) -> None:
    """Make an empty file in place of whatever has that name. Raises OSError."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, FILE))


def write_through(path: Path) -> None:
    """Wait until a file that nobody else of this process has open is on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_name(path: Path) -> None:
    """Make sure that the name of a file survives a power cut. Raises OSError."""
    write_through(path.parent)
