"""Article ids hold their sorting time, so that newest first is the order of ids everywhere."""

from __future__ import annotations

COUNTER_BITS = 20  # a million articles a second; 2^51 holds the times of this century with room


def sorting_time(published: int | None, first_seen: int) -> int:
    """The publisher's time, but not after we saw the article nor before 1970."""
    return max(0, min(first_seen if published is None else published, first_seen))


def first_id(seconds: int) -> int:
    """The smallest id of a second; all articles before that second have smaller ones."""
    return seconds << COUNTER_BITS


def time_of(article_id: int) -> int:
    """The sorting time in an id, in UTC seconds."""
    return article_id >> COUNTER_BITS
