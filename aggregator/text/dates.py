"""Publishers' dates → seconds since 1970 (UTC), or None where a date cannot be trusted. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from datetime import UTC, datetime

EARLIEST = 631_152_000  # 1990-01-01: before the web; what lies before is a default or another calendar
LATEST = 4_102_444_800  # 2100-01-01: what lies beyond is a slip or a trick to stay on top
MAX_OFFSET_HOURS = 14  # the widest time zone on earth, UTC+14
MAX_DATE = 100  # characters; longer strings are no dates

_OFFSET = re.compile(r"(?<=[\d\s])[+-](\d{2}):?\d{2}\s*(?:\([^)]*\)\s*)?$")
_ZONE = re.compile(r"\d\s*([A-Z]{3,5})\s*$")
# names that feedparser reads as UTC and that mean one thing only; IST and AST mean several and stay
_ZONE_SECONDS = {
    "IDT": 10_800,
    "EEST": 10_800,
    "EET": 7_200,
    "TRT": 10_800,
    "MSK": 10_800,
    "IRST": 12_600,
    "IRDT": 16_200,
    "CEST": 7_200,
    "CET": 3_600,
    "WEST": 3_600,
}
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# months of the Gregorian year in Arabic (both sets), Persian, Hebrew, Turkish; never Jalali or Hijri ones
_MONTH_WORDS = (
    "يناير كانون-الثاني ژانویه ינואר ocak",
    "فبراير شباط فوریه פברואר şubat",
    "مارس آذار مارس מרץ מרס mart",
    "أبريل ابريل نيسان آوریل אפריל nisan",
    "مايو أيار ايار مه מאי mayıs",
    "يونيو حزيران ژوئن יוני haziran",
    "يوليو تموز ژوئیه جولای יולי temmuz",
    "أغسطس اغسطس آب اوت אוגוסט ağustos",
    "سبتمبر أيلول ايلول سپتامبر ספטמבר eylül",
    "أكتوبر اكتوبر تشرين-الأول اکتبر אוקטובר ekim",
    "نوفمبر تشرين-الثاني نوامبر נובמבר kasım",
    "ديسمبر كانون-الأول دسامبر דצמבר aralık",
)
_MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
_LOCAL = re.compile(
    r"(?:^|[\s,،])(\d{1,2})\s+ב?([^\W\d_]+(?:-[^\W\d_]+)?)\s*[,،]?\s+(\d{4})"
    r"(?:\D{1,4}(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|GMT|UTC|([+-])(\d{2}):?(\d{2}))?\s*$",
    re.IGNORECASE,
)
_TWO_WORDS = re.compile(r"(كانون|تشرين)\s+(?=ال)")


def epoch(parsed: Sequence[int] | None, written: str) -> int | None:
    """Seconds of a date that feedparser took apart (UTC time tuple, or None) and that was ``written`` so."""
    if len(written) > MAX_DATE:
        return None
    if not parsed:
        return local(written)
    offset = _OFFSET.search(written)
    if offset and int(offset[1]) > MAX_OFFSET_HOURS:
        return None
    try:
        seconds = calendar.timegm(tuple(parsed))
    except (ValueError, OverflowError, TypeError):
        return None
    zone = _ZONE.search(written)
    return plausible(seconds - (_ZONE_SECONDS.get(zone[1], 0) if zone else 0))


def iso(written: str) -> int | None:
    """Seconds of an RFC 3339 date (JSON Feed's); a missing zone is taken as UTC."""
    if len(written) > MAX_DATE:
        return None
    try:
        moment = datetime.fromisoformat(written.strip())
        return plausible(int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))
    except (ValueError, OverflowError):
        return None


def local(written: str) -> int | None:
    """Seconds of "day month year [time]" with Arabic, Persian, Hebrew or Turkish month names or digits."""
    plain = _TWO_WORDS.sub(r"\1-", written.translate(_DIGITS).lower().replace("i̇", "i"))
    found = _LOCAL.search(plain)
    month = _MONTHS.get(found[2]) if found else None
    if not found or not month:
        return None
    day, year, hour, minute, second = (int(found[group] or 0) for group in (1, 3, 4, 5, 6))
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    offset = int(found[8] or 0) * 3600 + int(found[9] or 0) * 60
    if offset > MAX_OFFSET_HOURS * 3600:
        return None
    return plausible(int(moment.timestamp()) - (-offset if found[7] == "-" else offset))


def plausible(seconds: int) -> int | None:
    """``seconds``, or None outside 1990–2100: better no date than one wrong by centuries."""
    return seconds if EARLIEST <= seconds < LATEST else None
