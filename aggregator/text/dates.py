"""Publishers' dates → seconds since 1970 (UTC), or None where a date cannot be trusted. Pure."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
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
# months of the Gregorian year in English, Arabic (both sets), Persian, Hebrew, Turkish; never Jalali or Hijri
_MONTH_WORDS = (
    "january jan يناير كانون-الثاني ژانویه ינואר ocak oca",
    "february feb فبراير شباط فوریه פברואר şubat şub",
    "march mar مارس آذار مارس מרץ מרס mart",
    "april apr أبريل ابريل نيسان آوریل אפריל nisan nis",
    "may مايو أيار ايار مه מאי mayıs",
    "june jun يونيو حزيران ژوئن יוני haziran haz",
    "july jul يوليو تموز ژوئیه جولای יולי temmuz tem",
    "august aug أغسطس اغسطس آب اوت אוגוסט ağustos ağu",
    "september sep سبتمبر أيلول ايلول سپتامبر ספטמבר eylül eyl",
    "october oct أكتوبر اكتوبر تشرين-الأول اکتبر אוקטובר ekim eki",
    "november nov نوفمبر تشرين-الثاني نوامبر נובמבר kasım kas",
    "december dec ديسمبر كانون-الأول دسامبر דצמבר aralık ara",
)
_MONTHS = {word: number for number, words in enumerate(_MONTH_WORDS, 1) for word in words.split()}
_LOCAL = re.compile(
    r"(?:^|[\s,،])(\d{1,2})\s+ב?([^\W\d_]+(?:-[^\W\d_]+)?)\s*[,،]?\s+(\d{4})"
    r"(?:\s+[^\W\d_]+)?(?:\D{1,4}(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|GMT|UTC|([+-])(\d{2}):?(\d{2}))?\s*$",
    re.IGNORECASE,
)
# What begins with a year of four digits, in the forms of ISO 8601 and of East Asia, and only those.
_YEAR_FIRST = re.compile(
    r"(?P<year>\d{4})(?:\s*[-/.年년]\s*(?P<month>\d{1,2})(?:\s*[-/.月월]\s*(?P<day>\d{1,2})\s*[日일]?)?"
    r"|(?P<month2>\d{2})(?P<day2>\d{2}))?"
    r"(?:[T\s,،]+(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d{1,12})?)?)?"
    r"\s*(?P<half>[ap]m)?\s*(?:Z|(?P<zone>[A-Z]{3,5})|(?P<sign>[+-])(?P<ahead>\d{2}):?(?P<more>\d{2})?)?",
    re.IGNORECASE,
)
_WEEK = re.compile(r"\d{4}-?W\d{2}(?:-?\d)?")
_DAY_OF_YEAR = re.compile(r"(\d{4})-?(\d{3})")
_SECONDS = re.compile(r"(\d{10})(?:\d{3})?")
_NUMBERS = re.compile(r"[+-]?\d[\d\s:./+,-]*")
_TWO_DIGIT_YEAR = re.compile(r"^\D*\d{1,2}[ -][A-Za-z]{3,9}[ -][5-9]\d\s")  # of the last century
_TWO_WORDS = re.compile(r"(كانون|تشرين)\s+(?=ال)")


def epoch(parsed: Sequence[int] | None, written: str) -> int | None:
    """Seconds of a date that feedparser took apart (UTC time tuple, or None) and that was ``written`` so.

    Feedparser guesses: week 2 is February to it and 30 February is 2 March. So what begins with a year, and
    what is numbers alone, is read here and strictly.
    """
    if len(written) > MAX_DATE:
        return None
    plain = written.translate(_DIGITS).strip()
    if re.match(r"\d{4}(?!\d* [A-Za-z]{3})", plain) or _NUMBERS.fullmatch(plain):
        return year_first(plain)
    if not parsed:
        return local(written)
    offset = _OFFSET.search(written)
    if (offset and int(offset[1]) > MAX_OFFSET_HOURS) or _TWO_DIGIT_YEAR.match(written):
        return None
    try:
        seconds = calendar.timegm(tuple(parsed))
    except (ValueError, OverflowError, TypeError):
        return None
    zone = _ZONE.search(written)
    return plausible(seconds - (_ZONE_SECONDS.get(zone[1], 0) if zone else 0))


def iso(written: str) -> int | None:
    """Seconds of an RFC 3339 date (JSON Feed's); a missing zone is taken as UTC."""
    return year_first(written.translate(_DIGITS).strip()) if len(written) <= MAX_DATE else None


def year_first(plain: str) -> int | None:
    """Seconds of a date that begins with its year, or is a number of seconds or milliseconds; None of others.

    ISO 8601 with weeks and days of the year, and its common misspellings. Impossible dates are none.
    """
    if found := _YEAR_FIRST.fullmatch(plain):
        return _moment(found.groupdict(""))
    try:
        if _WEEK.fullmatch(plain):
            return plausible(int(datetime.fromisoformat(plain).replace(tzinfo=UTC).timestamp()))
        if (found := _DAY_OF_YEAR.fullmatch(plain)) and 1 <= int(found[2]) <= 365 + calendar.isleap(
            int(found[1])
        ):
            return plausible(calendar.timegm((int(found[1]), 1, int(found[2]), 0, 0, 0)))
    except ValueError:
        return None
    return plausible(int(found[1])) if (found := _SECONDS.fullmatch(plain)) else None


def local(written: str) -> int | None:
    """Seconds of "day month year [time]" with English, Arabic, Persian, Hebrew or Turkish names of months."""
    plain = _TWO_WORDS.sub(r"\1-", written.translate(_DIGITS).lower().replace("i̇", "i"))
    found = _LOCAL.search(plain)
    month = _MONTHS.get(found[2]) if found else None
    if not found or not month:
        return None
    names = ("day", "", "year", "hour", "minute", "second", "sign", "ahead", "more")
    given = dict(zip(names, found.groups(""), strict=True))
    return _moment(given | {"month": str(month)})


def _moment(given: Mapping[str, str]) -> int | None:
    """Seconds of the parts of a date; None where they make none. A leap second is the one before it."""
    numbers = {key: int(value) for key, value in given.items() if value.isdigit()}
    hour, minute = numbers.get("hour", 0), numbers.get("minute", 0)
    if half := given.get("half", "").lower():
        hour = hour % 12 + 12 * (half == "pm") if 1 <= hour <= 12 else 99
    ahead, more = numbers.get("ahead", 0), numbers.get("more", 0)
    offset = ahead * 3600 + more * 60
    if more > 59 or offset > MAX_OFFSET_HOURS * 3600:
        return None
    midnight = (hour, minute) == (24, 0)  # the end of the day, as ISO 8601 has it
    month, day = (numbers.get(name, numbers.get(f"{name}2", 1)) for name in ("month", "day"))
    second = min(numbers.get("second", 0), 59) if numbers.get("second", 0) <= 60 else 99
    try:
        moment = datetime(numbers["year"], month, day, 0 if midnight else hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    offset = -offset if given.get("sign") == "-" else offset
    offset = _ZONE_SECONDS.get(given.get("zone", "").upper(), offset)
    return plausible(int(moment.timestamp()) + 86_400 * midnight - offset)


def plausible(seconds: int) -> int | None:
    """``seconds``, or None outside 1990–2100: better no date than one wrong by centuries."""
    return seconds if EARLIEST <= seconds < LATEST else None
