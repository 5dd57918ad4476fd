"""The fields of the filter language, and what may stand as a value of each. Pure.

A wrong value is a ValueError with a sentence; ``unfinished`` tells whether more typing could make it right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Final

from aggregator.late import pattern
from aggregator.text.query_codes import COUNTRIES, LANGUAGES, known_language

TEXT_FIELDS: Final = ("title", "text", "author")  # words in one part of the article
TIME_FIELDS: Final = ("since", "until")
COMPARED: Final = ("outlets", "score", "age")  # the only fields that take < <= > >=
ONE_VALUE: Final = (*TIME_FIELDS, "sort")
FIELDS: Final = (
    *TEXT_FIELDS,
    *("outlet", "feed", "lang", "country", "topic", "tag", "story", "url", "rule"),
    *(*TIME_FIELDS, "age", "outlets", "score", "is", "filter", "sort"),
)
FLAGS: Final = (
    *(
        "unread",
        "read",
        "starred",
        "hidden",
        "live",
        "updated",
        "fulltext",
        "related",
        "new",
        "tagged",
        "noted",
    ),
)
# What other readers and search engines call a field: told, never taken, so that a field has one name.
FIELD_SYNONYMS: Final = {
    **dict.fromkeys(("source", "publisher", "paper", "from"), "outlet"),
    **dict.fromkeys(("language", "l"), "lang"),
    **dict.fromkeys(("category", "section"), "topic"),
    **dict.fromkeys(("label", "labels"), "tag"),
    **dict.fromkeys(("by", "writer"), "author"),
    **dict.fromkeys(("headline", "intitle", "subject"), "title"),
    **dict.fromkeys(("body", "intext", "content", "summary"), "text"),
    **dict.fromkeys(("site", "host", "domain", "link", "inurl"), "url"),
    **dict.fromkeys(("after", "date", "published", "newer"), "since"),
    **dict.fromkeys(("before", "older"), "until"),
    **dict.fromkeys(("order", "orderby"), "sort"),
    **dict.fromkeys(("mute", "mutes", "rules"), "rule"),
    **dict.fromkeys(("saved", "search"), "filter"),
}
SORTS: Final = ("newest", "oldest", "rank", "score", "outlets")
NEAR = 0.62  # share of letters that a slip keeps: "outlat" and "unred" do, "colour" is no "country"
DAYS: Final = {"today": 0, "yesterday": 1}  # how many days before the present one
SPAN_SECONDS: Final = {"h": 3600, "d": 86400, "w": 7 * 86400}
MAX_SPAN_DAYS = 36500  # a century: dates before that cannot be shown

_SPAN = pattern(r"(\d{1,6})([hdw])", re.ASCII)
_DATE = pattern(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = pattern(r"\d{1,15}", re.ASCII)  # what fits SQLite's integers
_SCORE = pattern(r"[+-]?\d{1,15}", re.ASCII)
_COUNTRY = pattern(r"[A-Za-z]{2}", re.ASCII)
_BEGUN_SPAN = pattern(r"\d{0,6}", re.ASCII)
_BEGUN_DATE = pattern(r"\d{1,4}|\d{4}-(\d?|\d\d(-\d?)?)", re.ASCII)


def moment(value: str, now: int, *, end: bool = False) -> int:
    """The UTC seconds that a time in a query means; ValueError when it means none.

    "2d", "24h", "3w" count back from ``now``; a date, "today" and "yesterday" are the beginning of that day
    in the system's own time zone, with ``end`` the beginning of the next.
    """
    if _SPAN.fullmatch(value):
        return now - span_seconds(value)
    start = datetime.combine(_day(value, now), time())  # a day as the user's own calendar has it
    return int((start + timedelta(days=1 if end else 0)).timestamp())


def span_seconds(value: str) -> int:
    """How long "2d", "24h" or "3w" is; ValueError when it is no such span or more than a century."""
    match = _SPAN.fullmatch(value)
    if not match:
        raise ValueError(f'"{value}" is no span of time')
    seconds = int(match[1]) * SPAN_SECONDS[match[2]]
    if seconds > MAX_SPAN_DAYS * SPAN_SECONDS["d"]:
        raise ValueError(f"{value} is more than a century")
    return seconds


def _day(value: str, now: int) -> date:
    if value in DAYS:
        return datetime.fromtimestamp(now).date() - timedelta(days=DAYS[value])  # noqa: DTZ006 (own time zone)
    if not _DATE.fullmatch(value):
        raise ValueError(f'"{value}" is no time')
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"There is no day {value}") from None
    if not 1971 <= day.year <= 2999:
        raise ValueError(f"{value} is out of range")
    return day


def nearest(word: str, known: Iterable[str], synonyms: Mapping[str, str] = MappingProxyType({})) -> str:
    """The known word that was most likely meant, "" when none is near; ``synonyms``: other word → known."""
    words = {name.casefold(): name for name in known} | dict(synonyms)
    word = word.casefold()
    near = [word] if word in words else difflib.get_close_matches(word, words, n=1, cutoff=NEAR)
    return words[near[0]] if near else ""


def checked(field: str, value: str, now: int) -> str:
    """A value of a field in the form that the tree holds; ValueError with a sentence when it is none."""
    check = _CHECKS.get(field)
    return check(field, value, now) if check else value


def unfinished(field: str, value: str, filters: Iterable[str] = ()) -> bool:
    """Whether a wrong value may be the beginning of a right one."""
    if field == "lang":
        return len(value) < 3 and value.isascii() and value.isalpha()
    if field in TIME_FIELDS:
        return _begins(value, DAYS) or bool(_BEGUN_DATE.fullmatch(value) or _BEGUN_SPAN.fullmatch(value))
    words = {"is": FLAGS, "sort": SORTS, "filter": filters, "score": ("+", "-")}
    return _begins(value, words.get(field, ())) or (
        (field == "country" and value.isalpha() and len(value) < 2)
        or (field == "age" and bool(_BEGUN_SPAN.fullmatch(value)))
    )


def _begins(value: str, words: Iterable[str]) -> bool:
    return any(word.startswith(value.casefold()) for word in words)


def _language(field: str, value: str, now: int) -> str:
    code = value.casefold()
    if known_language(code):
        return code
    meant = nearest(code, (), LANGUAGES) or code.replace("_", "-").partition("-")[0]
    meant = meant if known_language(meant) else ""
    raise ValueError(_unknown(f'"{value}" is no language', meant, "write its code, for example ar, en or fa"))


def _country(field: str, value: str, now: int) -> str:
    if _COUNTRY.fullmatch(value):
        return value.upper()
    meant = nearest(value, (), COUNTRIES)
    raise ValueError(_unknown(f'"{value}" is no country', meant, "write its code, for example LB, IL or IR"))


def _flag(field: str, value: str, now: int) -> str:
    return _one_of(value, FLAGS, "flag")


def _sort(field: str, value: str, now: int) -> str:
    return _one_of(value, SORTS, "order")


def _one_of(value: str, words: tuple[str, ...], noun: str) -> str:
    word = value.casefold()
    if word in words:
        return word
    raise ValueError(_unknown(f'"{value}" is no {noun}', nearest(value, words), f"write {', '.join(words)}"))


def _unknown(what: str, meant: str, rule: str) -> str:
    return f"{what}; did you mean {meant}?" if meant else f"{what}; {rule}."


def _time(field: str, value: str, now: int) -> str:
    value = value.casefold()
    try:
        moment(value, now)
    except ValueError as error:
        raise ValueError(
            f'{error}; write for example "{field}:24h", "{field}:today" or "{field}:2026-11-20".'
        ) from None
    return value


def _age(field: str, value: str, now: int) -> str:
    value = value.casefold()
    try:
        span_seconds(value)
    except ValueError as error:
        raise ValueError(f'{error}; write for example "age<24h", "age<2d" or "age>3w".') from None
    return value


def _number(field: str, value: str, now: int) -> str:
    if (_SCORE if field == "score" else _NUMBER).fullmatch(value):
        return str(int(value))
    raise ValueError(f'"{value}" is no number; write for example "{field}:3".')


_CHECKS: Final = {
    "lang": _language,
    "country": _country,
    "is": _flag,
    "sort": _sort,
    "since": _time,
    "until": _time,
    "age": _age,
    "story": _number,
    "outlets": _number,
    "score": _number,
}
