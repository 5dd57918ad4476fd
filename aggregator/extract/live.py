"""A live page's updates as sections: each under a heading that says when it was written.

The times stand in the page's structured data (schema.org LiveBlogPosting, ``liveBlogUpdate``), the text in
the page; an update is found again in the text by its headline or its first words.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, Final

from aggregator.dataclass import dataclass
from aggregator.extract import page_dates
from aggregator.extract.structured import Record, strings
from aggregator.extract.votes import key
from aggregator.model import Block
from aggregator.text.inert import clean_text

MAX_UPDATES: Final = 2000  # of a page: live pages of a day have hundreds
ENOUGH: Final = 40  # letters of an update's beginning that find it again
LEAST: Final = 12  # … and below which they might be anything


@dataclass(frozen=True, slots=True)
class Update:
    """One update: when, as text, and the letters that its headline and its text begin with."""

    when: str
    headline: str
    text: str


def updates(records: Sequence[Record]) -> list[Update]:
    """The dated updates that a page's structured data names."""
    found = []
    for data in _told(records):
        stamp = page_dates.machine(next(iter(strings(data.get("datePublished"))), ""))
        headline, text = (
            key(clean_text(next(iter(strings(data.get(name))), ""), limit=500, unescape=True))[:ENOUGH]
            for name in ("headline", "articleBody")
        )
        if stamp and (headline or text):
            found.append(Update(stamp.iso().replace("T", " "), headline, text))
    return found


def _told(records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    left = MAX_UPDATES
    for record in records:
        listed = record.get("liveBlogUpdate")
        for data in listed if isinstance(listed, list) else [listed]:
            if isinstance(data, dict) and left:
                left -= 1
                yield data


def dated(blocks: Sequence[Block], told: Sequence[Update]) -> tuple[tuple[Block, ...], list[int]]:
    """The blocks with a heading before each update that is found, and before which blocks those stand."""
    waiting = list(told)
    made: list[Block] = []
    places: list[int] = []
    for at, block in enumerate(blocks):
        start = key(block.text)[:ENOUGH]
        update = next((one for one in waiting if _begins(one, start)), None)
        if update is not None:
            waiting.remove(update)
            made.append(Block("h4", update.when))
            places.append(at)
        made.append(block)
    return tuple(made), places


def _begins(update: Update, start: str) -> bool:
    """Whether a block that begins so is the beginning of the update."""
    return any(
        len(start) >= LEAST and len(told) >= LEAST and (start.startswith(told) or told.startswith(start))
        for told in (update.headline, update.text)
    )


def moved(place: int, headings: Sequence[int]) -> int:
    """Where a place among the blocks is after headings were put before some of them."""
    return place + bisect_left(headings, place)
