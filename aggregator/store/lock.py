"""The lock that keeps writers apart: flock on a file, so that a crash leaves nothing stale behind."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import StoreError, StoreFull, StoreLocked, StoreReadOnly
from aggregator.private import FILE
from aggregator.store.marker import NOTE

LOCK_WAIT = 10.0  # seconds; the longest honest write phase (one step of pruning) is far below one
POLL = 0.01  # seconds between tries: less than a person notices after pressing a key
_KINDS: dict[int, type[StoreError]] = {
    errno.EROFS: StoreReadOnly,
    errno.EACCES: StoreReadOnly,
    errno.EPERM: StoreReadOnly,
    errno.ENOSPC: StoreFull,
    errno.EDQUOT: StoreFull,
}


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
        self._open()
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

    def read_note(self) -> bytes:
        """What the last holder noted; to be called while the lock is held."""
        return os.pread(self._file, NOTE, 0) if self._file is not None else b""

    def note(self, data: bytes) -> None:
        """Leave a note to the next holder; where the disk takes none, the old one stays and tells on us."""
        if self._file is not None:
            with suppress(OSError):
                os.pwrite(self._file, data, 0)

    def try_once(self) -> bool:
        """Take the lock if nobody has it; to be given back as after ``with``."""
        try:
            self._open()
        except StoreError:
            return False
        return self._try()

    def _open(self) -> None:
        if self._file is None:
            try:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE)
            except OSError as error:
                kind = _KINDS.get(error.errno or 0, StoreError)
                raise kind(f"{self._path}: cannot be opened ({error.strerror}).") from error

    def _try(self) -> bool:
        try:
            fcntl.flock(self._file or 0, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be locked ({error.strerror}).") from error
        return True

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
