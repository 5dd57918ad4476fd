"""When an article was published, by its page: the moment with the offset that the page gives.

In order: JSON-LD, meta elements, <time> near the headline, the visible date line, the feed. A moment
without an offset is in the outlet's zone; where that is not known either it stays without one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aggregator.dataclass import dataclass
from aggregator.extract.calendars import Written, written
from aggregator.extract.tree import Element

MAX_STAMP: Final = 80  # characters; longer ones are no dates
MAX_LINE: Final = 200  # characters of a visible line that is a date line
AHEAD_OF_FEED: Final = dt.timedelta(days=30)  # a page that differs more from its feed shows another date

META_NAMES: Final = (  # of meta elements, best first
    *(
        "article:published_time",
        "datepublished",
        "og:published_time",
        "article:published",
        "parsely-pub-date",
    ),
    *(
        "published_time",
        "publish-date",
        "publishdate",
        "publish_date",
        "pubdate",
        "sailthru.date",
        "rnews:datepublished",
    ),
    *("cxenseparse:recs:publishtime", "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date.created"),
    *("dc.date", "article.published", "article.created", "date", "release_date"),
)
_ISO = re.compile(
    r"(\d{4})-?(\d{2})-?(\d{2})(?:[T ]\s*(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d+)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?(?:\[[\w/]+\])?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """A day, and where known the time of day with its offset (None for a time of unknown zone)."""

    day: dt.date
    time: dt.time | None = None
    offset: dt.timedelta | None = None

    def iso(self) -> str:
        """ISO 8601, as exact as it is known."""
        if self.time is None:
            return self.day.isoformat()
        return self._moment().isoformat()

    def seconds(self) -> int:
        """Seconds since 1970; a bare day counts from its midnight, an unknown zone as UTC."""
        moment = self._moment()
        return int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())

    def _moment(self) -> dt.datetime:
        """Day and time put together."""
        zone = dt.timezone(self.offset) if self.offset is not None else None
        return dt.datetime.combine(self.day, self.time or dt.time(), zone)


def machine(text: str) -> Stamp | None:
    """A date as software writes it: ISO 8601 in its kinds, that of mail headers, or as people do."""
    text = text.strip()
    if not text or len(text) > MAX_STAMP:
        return None
    match = _ISO.fullmatch(text)
    if match:
        return _from_iso(match)
    if "," in text[:5]:
        with suppress(ValueError, IndexError, TypeError):
            moment = parsedate_to_datetime(text)
            return Stamp(moment.date(), moment.time(), moment.utcoffset())
    one = written(text)
    return _stamp(one, "") if one else None


def _from_iso(match: re.Match[str]) -> Stamp | None:
    """The stamp of an ISO date's parts, or None where they are none."""
    try:
        day = dt.date(int(match[1]), int(match[2]), int(match[3]))
        time = dt.time(int(match[4]), int(match[5]), int(match[6] or 0)) if match[4] else None
    except ValueError:
        return None
    return Stamp(day, time, _offset(match[7] or "")) if 1990 <= day.year < 2100 else None


def _offset(text: str) -> dt.timedelta | None:
    """ "+02:00" as time, "Z" as none, "" as unknown."""
    if not text:
        return None
    if text[0] not in "+-":
        return dt.timedelta()
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    size = dt.timedelta(hours=hours, minutes=minutes)
    return (-size if text[0] == "-" else size) if hours <= 14 else None


def published(
    machine_readable: Iterable[str], lines: Iterable[str], zone: str, feed: int | None, *, month_first: bool
) -> Stamp | None:
    """The article's time: of the machine-readable dates the first, of the visible ``lines`` the first.

    ``zone`` is the outlet's; ``feed`` the feed's time in seconds. What only says a day is made exact by a
    visible line or the feed of the same day.
    """
    seen = [
        one for line in lines if len(line) <= MAX_LINE and (one := written(line, month_first=month_first))
    ]
    stamps = [stamp for text in machine_readable if (stamp := machine(text))]
    best = next((stamp for stamp in stamps if stamp.time is not None), stamps[0] if stamps else None)
    if best is not None and best.time is not None:
        best = _in_its_zone(best, seen, zone)
    shown = next((_stamp(one, zone) for one in seen if one.time), None) or (
        _stamp(seen[0], zone) if seen else None
    )
    if best is None or (best.time is None and shown is not None and shown.day == best.day):
        best = shown or best
    return _with_feed(best, feed, zone)


def _stamp(one: Written, zone: str) -> Stamp:
    """A date line as a stamp in the outlet's zone."""
    if one.time is None:
        return Stamp(one.day)
    if one.offset is not None:
        return Stamp(one.day, one.time, one.offset)
    return Stamp(one.day, one.time, dt.timedelta() if one.utc else offset_in(zone, one.day, one.time))


def _in_its_zone(stamp: Stamp, seen: Iterable[Written], zone: str) -> Stamp:
    """The stamp with the outlet's offset where it gives none, or says UTC and means the local clock.

    It means the local clock when the page shows the same hour and minute without saying UTC.
    """
    assert stamp.time is not None  # noqa: S101  # the caller looked
    local = offset_in(zone, stamp.day, stamp.time)
    clock = (stamp.time.hour, stamp.time.minute)
    mislabelled = stamp.offset == dt.timedelta() and any(
        one.time and not one.utc and one.day == stamp.day and (one.time.hour, one.time.minute) == clock
        for one in seen
    )
    if local is not None and (stamp.offset is None or mislabelled):
        return Stamp(stamp.day, stamp.time, local)
    return stamp


def _with_feed(best: Stamp | None, feed: int | None, zone: str) -> Stamp | None:
    """The feed's time where the page has none, only its day, or a date far off."""
    if feed is None:
        return best
    moment = dt.datetime.fromtimestamp(feed, dt.UTC)
    told = Stamp(moment.date(), moment.time(), dt.timedelta())
    if best is None or abs(best.seconds() - feed) > AHEAD_OF_FEED.total_seconds():
        return told
    same_day = best.day in {moment.date(), moment.astimezone(_zone(zone) or dt.UTC).date()}
    return told if best.time is None and same_day else best


def offset_in(zone: str, day: dt.date, time: dt.time) -> dt.timedelta | None:
    """The zone's offset at that local time, None for an unknown zone."""
    found = _zone(zone)
    return dt.datetime.combine(day, time, found).utcoffset() if found else None


def _zone(name: str) -> ZoneInfo | None:
    """The IANA zone of that name, or None."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def stamps_in_times(tree: Element, headline: Element | None) -> list[str]:
    """The dates of <time> elements, those marked as publication first, then those after the headline."""
    marked: list[str] = []
    later: list[str] = []
    earlier: list[str] = []
    passed = headline is None
    for element in tree.iter("h1", "time"):
        if element is headline:
            passed = True
        value = element.get("datetime", "") if element.tag == "time" else ""
        if not value:
            continue
        is_marked = (
            element.get("pubdate") is not None
            or "published" in (element.get("class", "") + element.get("itemprop", "")).lower()
        )
        (marked if is_marked else later if passed else earlier).append(value)
    return [*marked, *later, *earlier]
