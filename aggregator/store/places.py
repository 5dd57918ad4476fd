"""Where things lie in a cache folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# All that is ever in a cache folder, as patterns.
NAMES = (
    "news.sqlite3*",
    "search.sqlite3*",
    "write.lock",
    "sync.lock",
    "hakawati.log*",
    "suspect",
    "backups",
    "aside",
)


@dataclass(frozen=True, slots=True)
class Files:
    """Where things lie in a cache folder."""

    cache: Path

    @property
    def news(self) -> Path:
        """Articles, feeds, marks: all that cannot be made again from the rest."""
        return self.cache / "news.sqlite3"

    @property
    def search(self) -> Path:
        """The search index; made again from ``news`` when lost."""
        return self.cache / "search.sqlite3"

    @property
    def lock(self) -> Path:
        """Locked by whoever writes."""
        return self.cache / "write.lock"

    @property
    def backups(self) -> Path:
        """Copies of ``news``: daily ones, and those from before migrations."""
        return self.cache / "backups"

    @property
    def aside(self) -> Path:
        """Where a damaged or replaced ``news`` is kept; only the user takes anything away from here."""
        return self.cache / "aside"

    @property
    def suspect(self) -> Path:
        """Is there while the files are to be looked through; holds why."""
        return self.cache / "suspect"

    @property
    def whole(self) -> Path:
        """A finished file that is to take the place of ``news``; whoever finds it goes on with that."""
        return self.cache / "news.sqlite3.whole"


def logs(path: Path) -> tuple[Path, Path, Path]:
    """What SQLite keeps beside a file: its write-ahead log, that log's index, its rollback journal."""
    wal, shm, journal = (path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm", "-journal"))
    return wal, shm, journal
