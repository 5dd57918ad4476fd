"""Times as text and back: ISO 8601 in UTC, seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime

FIRST, LAST = -62_135_596_800, 253_402_300_799  # 0001-01-01 and 9999-12-31


def iso(seconds: int) -> str:
    """ISO 8601 in UTC with a Z; what lies outside the calendar is shown as its edge."""
    return datetime.fromtimestamp(min(max(seconds, FIRST), LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> int | None:
    """Seconds of an ISO 8601 time (UTC where no zone is given) or of a bare day; None if unreadable."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp())
    except (ValueError, OverflowError):
        return None
