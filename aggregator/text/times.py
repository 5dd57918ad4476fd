"""Times as text and back: ISO 8601 in UTC, seconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(seconds: int) -> str:
    """ISO 8601 in UTC with a Z."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text: str) -> int | None:
    """Seconds of an ISO 8601 time (UTC where no zone is given) or of a bare day; None if unreadable."""
    try:
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(aware.timestamp())
    except (ValueError, OverflowError):
        return None
