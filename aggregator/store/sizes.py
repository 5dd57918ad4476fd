"""How large the cache is, how large it will become, and giving back to the system what is free inside it."""

from __future__ import annotations

from aggregator import config
from aggregator.dataclass import dataclass
from aggregator.store.database import Database

DAY = 86400
SAMPLE_DAYS = 28  # of arrivals that the forecast goes by: four whole weeks, as weekends bring less
FILES = ("main", "search")


@dataclass(frozen=True, slots=True)
class Forecast:
    """Articles and bytes now and as they will be; ``free`` bytes are inside the files but not in use.

    ``per_day`` is how many articles came each day lately; ``later`` and ``later_bytes`` are what the limits
    will let the cache grow to, None where nothing limits it.
    """

    articles: int
    used: int
    free: int
    per_day: float
    later: int | None
    later_bytes: int | None


class Sizes:
    """What the files take."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forecast(self, settings: config.Retention, now: int) -> Forecast:
        """What the cache will grow to under ``settings``, by what came lately."""
        value = self._database.value
        articles = int(value("SELECT coalesce(sum(total), 0) FROM feed_counts"))
        used, free = self._bytes()
        per_day = self._per_day(now)
        limits = [round(per_day * settings.days)] if settings.days else []
        if settings.max_articles:
            limits.append(settings.max_articles)
        later = min(limits, default=None)
        later_bytes = None if later is None or not articles else round(used / articles * later)
        return Forecast(articles, used, free, per_day, later, later_bytes)

    def compact(self) -> int:
        """Write both files anew without their free pages; returns the bytes that this gave back.

        Others can read meanwhile, but not write. It needs as much room on the disk as the files take.
        Raises StoreLocked, StoreError.
        """
        before = sum(self._bytes())
        with self._database.alone():
            self._database.run("INSERT INTO search.words (words) VALUES ('optimize')")
            for file in FILES:
                self._database.run(f"VACUUM {file}")
        self._database.checkpoint()
        return before - sum(self._bytes())

    def _bytes(self) -> tuple[int, int]:
        """(bytes in use, bytes free) of both files."""
        used = free = 0
        for file in FILES:
            pages, spare, size = (
                int(self._database.value(f"PRAGMA {file}.{name}"))
                for name in ("page_count", "freelist_count", "page_size")
            )
            used += (pages - spare) * size
            free += spare * size
        return used, free

    def _per_day(self, now: int) -> float:
        """Articles that came a day in the last weeks, or since the first of them."""
        since = now - SAMPLE_DAYS * DAY
        count, first = self._database.one(
            "SELECT count(*), min(first_seen) FROM bodies WHERE first_seen > ? AND first_seen <= ?",
            (since, now),
        ) or (0, None)
        if not count:
            return 0.0
        return float(count / max((now - max(first, since)) / DAY, 1.0))
