"""A lock between processes that dies with its owner (flock), so that nothing stale is left by a crash."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreLocked


class SyncLock:
    """Held by the one process that syncs a cache; a context manager.

    Raises StoreLocked, naming the other process, when it is taken.
    """

    def __init__(self, cache: Path) -> None:
        self._path = cache / "sync.lock"
        self._file: int | None = None

    def __enter__(self) -> Self:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(self._file, 20).decode("ascii", "replace").strip()
            self._close()
            raise StoreLocked(
                f"Another sync of this cache is running (process {owner or 'unknown'})."
            ) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def sync_running(cache: Path) -> bool:
    """Whether a process holds the sync lock of this cache now."""
    try:
        with SyncLock(cache):
            return False
    except StoreLocked:
        return True
    except OSError:
        return False
