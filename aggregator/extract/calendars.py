"""Dates as people write them in the region's languages and calendars → year, month, day, time of day.

Gregorian with the month names of eleven languages (in Arabic those of Egypt, of the Levant and of the
Maghreb), Persian (Jalali, by the 33-year rule) and Islamic (the tabular civil calendar), in any digits.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from aggregator.dataclass import dataclass

MAX_TEXT: Final = 300  # characters in which a date is looked for; a line with a date is shorter
EARLIEST: Final = 1990  # years outside are numbers of another kind
LATEST: Final = 2100
JALALI_YEARS: Final = range(1360, 1480)  # 1981 to 2101
HIJRI_YEARS: Final = range(1400, 1530)  # 1980 to 2105

# en, de, fr, es, it, pt, tr, fa, he, ar (Egypt, Levant, Maghreb), ur
_GREGORIAN: Final = """
january jan januar jänner janvier enero gennaio janeiro ocak ژانویه ינואר يناير كانون-الثاني جانفي جنوری
february feb februar février febrero febbraio fevereiro şubat فوریه פברואר فبراير شباط فيفري فروری
march mar märz mars marzo março mart مارس מרץ מרס آذار مارچ
april apr avril abril aprile nisan آوریل אפריל أبريل نيسان أفريل اپریل
may mai mayo maggio maio mayıs مه מאי مايو أيار ماي مئی
june jun juni juin junio giugno junho haziran ژوئن יוני يونيو حزيران جوان جون
july jul juli juillet julio luglio julho temmuz ژوئیه جولای יולי يوليو تموز جويلية جولائی
august aug août agosto ağustos اوت אוגוסט أغسطس آب أوت غشت اگست
september sep sept septembre septiembre settembre setembro eylül سپتامبر ספטמבר سبتمبر أيلول شتنبر ستمبر
october oct okt oktober octobre octubre ottobre outubro ekim اکتبر אוקטובר أكتوبر تشرين-الأول اکتوبر
november nov novembre noviembre novembro kasım نوامبر נובמבר نوفمبر تشرين-الثاني نونبر نومبر
december dec dez dezember décembre diciembre dicembre dezembro aralık دسامبر דצמבר ديسمبر كانون-الأول دجنبر
"""  # one line a month
_JALALI: Final = "فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند"
_HIJRI: Final = (
    "محرم صفر ربيع-الأول ربيع-الآخر|ربيع-الثاني جمادى-الأولى|جمادى-الأول جمادى-الآخرة|جمادى-الثانية "
    "رجب شعبان رمضان شوال ذو-القعدة|ذي-القعدة ذو-الحجة|ذي-الحجة"
)

_LETTERS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ئ": "ی"})
_JOINED = re.compile(r"(کانون|تشرین|ربیع|جمادی|ذو|ذی) +(?=ال)")
_WORD = r"[^\W\d_]+(?:-[^\W\d_]+)?"
_DAY_FIRST = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|\.)?,?\s+(?:de\s+"
    rf"|ב-?)?({_WORD})(?:/{_WORD})?\.?,?\s*(?:de\s+)?،?\s*(\d{{4}})"
)
_MONTH_FIRST = re.compile(rf"({_WORD})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})\s?[-/.]\s?(\d{1,2})\s?[-/.]\s?(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{2})(?![\d.])")
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2})[:h](\d{2})(?::\d{2})?(?!\d)\s*(am"
    r"|pm|a\.m\.|p\.m\.|ص|م|صباحا|مساء|ق\.ظ|ب\.ظ)?(?!\w)",
    re.IGNORECASE,
)
_AFTERNOON: Final = ("pm", "p.m.", "م", "مساء", "ب.ظ")
_UTC = re.compile(r"\b(?:GMT|UTC|Z|غرينتش|گرینویچ)(?![\w+-])|(?<=\d)Z\b", re.IGNORECASE)
_AHEAD = re.compile(r"(?:gmt|utc)\s?([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Written:
    """A date as written: the day, the time of day or None, and whether it is said to be UTC."""

    day: dt.date
    time: dt.time | None = None
    utc: bool = False
    offset: dt.timedelta | None = None  # where one is written: "GMT+3"


def _folded(text: str) -> str:
    """Digits as ASCII, letters in lower case, Arabic ones in one spelling, no marks or joiners."""
    text = unicodedata.normalize("NFKC", text[:MAX_TEXT]).replace("İ", "i").lower()
    text = "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char
        for char in text
        if unicodedata.category(char) not in ("Mn", "Cf")
    )
    return _JOINED.sub(r"\1-", text.translate(_LETTERS))


def _numbered(lines: Sequence[str]) -> dict[str, int]:
    """Each month name in folded spelling with its number."""
    return {
        _folded(word): number
        for number, line in enumerate(lines, 1)
        for word in line.replace("|", " ").split()
    }


_GREGORIAN_MONTHS: Final = _numbered(_GREGORIAN.strip().splitlines())
_JALALI_MONTHS: Final = _numbered(_JALALI.split())
_HIJRI_MONTHS: Final = _numbered(_HIJRI.split())


def written(text: str, *, month_first: bool = False) -> Written | None:
    """The first date in a line of text; ``month_first`` says how 3/4/2020 is meant (no: 3 April)."""
    folded = _folded(text)
    found = _worded(folded) or _numeric(folded, month_first=month_first)
    if found is None:
        return None
    day, start, end = found
    rest = folded[:start] + " " * 3 + folded[end:]
    ahead = _AHEAD.search(rest)
    offset = dt.timedelta(hours=int(ahead[2]), minutes=int(ahead[3] or 0)) if ahead else None
    if ahead and offset and ahead[1] == "-":
        offset = -offset
    return Written(day, _time(rest), bool(_UTC.search(rest)) and not ahead, offset)


def _worded(text: str) -> tuple[dt.date, int, int] | None:
    """A date with a month's name."""
    for pattern, day_at, month_at in ((_DAY_FIRST, 1, 2), (_MONTH_FIRST, 2, 1)):
        for match in pattern.finditer(text):
            day = _named(int(match[3]), match[month_at], int(match[day_at]))
            if day is not None:
                return day, match.start(), match.end()
    return None


def _named(year: int, month: str, day: int) -> dt.date | None:
    """The day, where the month's name goes with a year of its calendar."""
    if EARLIEST <= year < LATEST and (number := _GREGORIAN_MONTHS.get(month)):
        return _date(year, number, day)
    if year in JALALI_YEARS and (number := _JALALI_MONTHS.get(month)):
        return from_jalali(year, number, day)
    if year in HIJRI_YEARS and (number := _HIJRI_MONTHS.get(month)):
        return from_hijri(year, number, day)
    return None


def _numeric(text: str, *, month_first: bool) -> tuple[dt.date, int, int] | None:
    """A date in numbers only; years of the fourteenth century are Persian ones."""
    if match := _YEAR_FIRST.search(text):
        year, month, day = (int(match[group]) for group in (1, 2, 3))
    elif match := _YEAR_LAST.search(text) or _SHORT_YEAR.search(text):
        day, month, year = (int(match[group]) for group in (1, 2, 3))
        year += 2000 if year < 100 else 0
        if month > 12 or (month_first and day <= 12):
            day, month = month, day
    else:
        return None
    made = from_jalali(year, month, day) if year in JALALI_YEARS else _date(year, month, day)
    return (made, match.start(), match.end()) if made else None


def _date(year: int, month: int, day: int) -> dt.date | None:
    """A plausible Gregorian day or None."""
    if not EARLIEST <= year < LATEST:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _time(text: str) -> dt.time | None:
    """The first time of day in a text from which the date has been taken."""
    match = _TIME.search(text)
    if not match:
        return None
    hour, minute, half = int(match[1]), int(match[2]), match[3] or ""
    if half and hour <= 12:
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def from_jalali(year: int, month: int, day: int) -> dt.date | None:
    """The Gregorian day of a Persian date, exact for 1178–1633 (Borkowski's break years lie outside)."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30)):
        return None
    leaps = (year - 979) // 33 * 8 + ((year - 979) % 33 + 3) // 4
    days = 365 * (year - 979) + leaps + (month - 1) * 30 + min(month - 1, 6) + day - 1
    return dt.date(1600, 3, 20) + dt.timedelta(days=days)


def from_hijri(year: int, month: int, day: int) -> dt.date | None:
    """The Gregorian day of an Islamic date by the tabular calendar; a sighted moon may differ by a day."""
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    days = (year - 1) * 354 + (3 + 11 * year) // 30 + (59 * (month - 1) + 1) // 2 + day - 1
    return dt.date(622, 7, 19) + dt.timedelta(days=days)
