"""A lock between processes that dies with its owner (flock), so that nothing stale is left by a crash."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreError, StoreLocked

TRIES = 5
PAUSE = 0.02  # seconds; a look takes microseconds


class SyncLock:
    """Held by the one process that syncs a cache; a context manager.

    Raises StoreLocked, naming the other process, when it is taken.
    """

    def __init__(self, cache: Path) -> None:
        self._path = cache / "sync.lock"
        self._file: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._lock(self._file)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except OSError as error:
            self._close()
            raise StoreError(f"{self._path}: cannot be made or locked ({error.strerror}).") from error
        return self

    def _lock(self, file: int) -> None:
        """Take the lock; who merely looks whether it is taken holds it for a moment, so try again then."""
        for _ in range(TRIES):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                time.sleep(PAUSE)
        owner = os.read(file, 20).decode("ascii", "replace").strip()
        self._close()
        raise StoreLocked(f"Another sync of this cache is running (process {owner or 'unknown'}).")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


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
