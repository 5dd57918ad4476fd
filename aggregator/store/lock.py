"""The lock that keeps writers apart: flock on a file, so that a crash leaves nothing stale behind."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreError, StoreLocked

LOCK_WAIT = 10.0  # seconds; the longest honest write phase (one step of pruning) is far below one
POLL = 0.01  # seconds between tries: less than a person notices after pressing a key


class WriteLock:
    """Held around every write and checkpoint; a context manager that may be entered again and again.

    SQLite before 3.51.3 can lose committed pages when one connection writes while another checkpoints
    (the WAL-reset bug), and the file lock of SQLite itself does not prevent it; this one does.
    """

    def __init__(self, path: Path, wait: float = LOCK_WAIT) -> None:
        self._path = path
        self._wait = wait
        self._file: int | None = None

    def __enter__(self) -> Self:
        """Take the lock; StoreLocked when another process holds it longer than we wait."""
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(f"{self._path}: cannot be opened ({error.strerror}).") from error
        deadline = time.monotonic() + self._wait
        while not self._try():
            if time.monotonic() >= deadline:
                raise StoreLocked(
                    f"Another process has been writing to {self._path.parent} for more than "
                    f"{self._wait:g} seconds; try again when it is done."
                )
            time.sleep(POLL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
