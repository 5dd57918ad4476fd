"""A lock between processes that dies with its owner (flock), so that nothing stale is left by a crash."""

from __future__ import annotations

import fcntl
import os
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreError, StoreLocked
from aggregator.private import make_folder

TRIES = 5
PAUSE = 0.02  # seconds; a look takes microseconds
OWNER_BYTES = 40  # of the lock file: a process number and a time in seconds


class SyncLock:
    """Held by the one process that syncs a cache; a context manager.

    Raises StoreLocked, naming the other process, when it is taken; ``wait`` waits until it is free.
    """

    def __init__(self, cache: Path, *, wait: bool = False) -> None:
        self._path = cache / "sync.lock"
        self._wait = wait
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            make_folder(self._path.parent)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._lock(self._file)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()} {int(time.time())}".encode(), 0)
        except OSError as error:
            self._close()
            raise StoreError(f"{self._path}: cannot be made or locked ({error.strerror}).") from error
        return self

    def _lock(self, file: int) -> None:
        """Take the lock; who merely looks whether it is taken holds it for a moment, so try again then."""
        if self._wait:
            fcntl.flock(file, fcntl.LOCK_EX)
            return
        for _ in range(TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(PAUSE)
        owner = owner_of(os.pread(file, OWNER_BYTES, 0))
        self._close()
        raise StoreLocked(f"Another sync of this cache is running ({owner}); --wait waits for its end.")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def owner_of(written: bytes) -> str:
    """Who holds the lock, by what stands in its file: process and since when, in local time."""
    parts = written.split()
    if not 1 <= len(parts) <= 2 or not all(part.isdigit() for part in parts):
        return "process unknown"
    process = f"process {int(parts[0])}"
    if len(parts) == 1:
        return process
    try:
        since = datetime.fromtimestamp(int(parts[1])).astimezone()
    except (OverflowError, ValueError, OSError):
        return process
    return f"{process}, since {since:%Y-%m-%d %H:%M:%S}"


def sync_running(cache: Path) -> bool:
    """Whether a process holds the sync lock of this cache now; looking takes only a shared lock."""
    try:
        file = os.open(cache / "sync.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(file)
