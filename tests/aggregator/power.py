"""Power cuts by model: the files of a writing process at one moment, without what was not safe yet.

``python -m tests.aggregator.power CACHE`` is the process that writes: it stars articles one by one, stores
new ones and folds the log in now and then, and prints of each star that was acknowledged which it was and
how long the log was then.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aggregator.model import MarkAction
from aggregator.store.db import Store
from tests.aggregator.storing import ids, make, sync

ROOT = Path(__file__).parent.parent.parent
ARTICLES = 1500
FILES = ("news.sqlite3", "news.sqlite3-wal", "search.sqlite3", "search.sqlite3-wal", "write.lock")
LONGEST_WAIT = 8  # acknowledgements between two cuts


def write(cache: Path) -> None:
    """Star every article, and do what a sync does in between."""
    with Store.open(cache) as store:
        sync(store, *(make(number) for number in range(ARTICLES)))
        log = cache / "news.sqlite3-wal"
        for at, article in enumerate(ids(store)):
            store.marks.apply(MarkAction.STAR, [article])
            print(article, log.stat().st_size, flush=True)
            if at % 3 == 0:
                sync(store, make(ARTICLES + at), make(at, text=f"Edited {at}. " * 20))
            if at % 40 == 39:
                store.checkpoint()


@dataclass(frozen=True)
class Cut:
    """A copy of the files at one moment, and the articles whose stars had been acknowledged by then."""

    cache: Path
    starred: set[int]


def cuts(folder: Path, number: int, chance: random.Random) -> Iterator[Cut]:
    """So many copies of a cache that is being written, each at another moment."""
    command = [sys.executable, "-m", "tests.aggregator.power", str(folder / "cache")]
    starred: set[int] = set()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        lines = Lines(process.stdout.fileno())
        for at in range(number):
            for line in lines.some(chance.randrange(1, LONGEST_WAIT)):
                starred.add(int(line[0]))
            process.send_signal(signal.SIGSTOP)
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            if not os.WIFSTOPPED(status):
                return
            last = [line for line in lines.waiting() if starred.add(int(line[0])) is None] or [lines.last]
            copy = folder / f"cut{at}"
            copy.mkdir(mode=0o700)
            for name in FILES:
                if (folder / "cache" / name).exists():
                    shutil.copy(folder / "cache" / name, copy / name)
            lose(copy / "news.sqlite3-wal", int(last[-1][1]), chance)
            yield Cut(copy, set(starred))
            process.send_signal(signal.SIGCONT)
        process.kill()


def lose(log: Path, safe: int, chance: random.Random) -> None:
    """Cut or garble what was written behind the last acknowledged change: it was not on the disk yet."""
    size = log.stat().st_size if log.exists() else 0
    if size <= safe:
        return
    at = chance.randrange(safe, size)
    if chance.random() < 0.5:
        os.truncate(log, at)
        return
    with log.open("r+b") as file:
        file.seek(at)
        file.write(chance.randbytes(min(4096, size - at)))


class Lines:
    """The lines of a process as they come, split into words."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._ready: list[list[bytes]] = []
        self.last: list[bytes] = [b"0", b"0"]

    def some(self, number: int) -> list[list[bytes]]:
        """So many lines; waits for them. Fewer at the end."""
        while len(self._ready) < number and self._read():
            pass
        found, self._ready = self._ready[:number], self._ready[number:]
        self.last = found[-1] if found else self.last
        return found

    def waiting(self) -> list[list[bytes]]:
        """All that has come by now."""
        os.set_blocking(self._descriptor, False)
        try:
            while self._read():
                pass
        except BlockingIOError:
            pass
        finally:
            os.set_blocking(self._descriptor, True)
        return self.some(len(self._ready))

    def _read(self) -> bool:
        data = os.read(self._descriptor, 65536)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._ready += [line.split() for line in whole]
        return bool(data)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
