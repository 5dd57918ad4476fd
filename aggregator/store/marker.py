"""How the files were left: whoever wrote last notes their sizes and times in the lock's file.

Who opens them later compares. What differs was not written by us to its end: a write that was killed, a
power cut, a bad disk, another program; then the files are looked through before they are believed. The
note costs a few microseconds a write phase and is always written and read under the write lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

NOTE: Final = 256  # bytes of a note, filled up with spaces: one write, never a shorter file in between
VERSION: Final = "1"
NOTHING: Final = "-"  # the state of a file that is not there, or empty


@dataclass(frozen=True, slots=True)
class Left:
    """Size and time (ns) of each file, as one string each; "-" for none."""

    news: str
    log: str
    search: str
    search_log: str

    @classmethod
    def now(cls, news: Path, search: Path) -> Self:
        """As they lie there."""
        return cls(*(state_of(Path(f"{path}{end}")) for path in (news, search) for end in ("", "-wal")))

    @classmethod
    def read(cls, note: bytes) -> Self | None:
        """What a note says, None for none."""
        words = note.decode("ascii", "replace").split()
        return cls(*words[1:5]) if len(words) == 5 and words[0] == VERSION else None

    @property
    def note(self) -> bytes:
        """The same as bytes to be kept."""
        text = " ".join((VERSION, self.news, self.log, self.search, self.search_log))
        return text.ljust(NOTE - 1).encode() + b"\n"

    def lost_log(self, now: Left) -> bool:
        """Whether a log that held something went away while the file stayed as it was."""
        return self.log != NOTHING and now.log == NOTHING and now.news == self.news


def state_of(path: Path) -> str:
    """A file's size and time of change."""
    try:
        found = path.stat()
    except OSError:
        return NOTHING
    # a log of no bytes is as good as none, and comes and goes with connections that only read
    return f"{found.st_size}:{found.st_mtime_ns}" if found.st_size else NOTHING
