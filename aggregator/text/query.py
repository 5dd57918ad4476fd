"""The filter language: what a user types → a Query; the store compiles that to SQL.

    words "a phrase" prefix* -not outlet:name feed:name lang:ar,fa tag:oil since:2d until:2026-11-20 unread

All terms must hold (AND); a comma in a value means "any of"; "-" before a term turns it round.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from aggregator.errors import QueryError

FIELDS: Final = ("outlet", "feed", "lang", "tag", "since", "until", "is")
STATES: Final = ("unread", "read", "starred")
SPAN_SECONDS: Final = {"h": 3600, "d": 86400, "w": 7 * 86400}
MAX_LENGTH = 2000  # characters; what is longer was pasted by mistake
MAX_TERMS = 40  # more makes SQL that SQLite refuses, and no person types it
MAX_SPAN_DAYS = 36500  # a century: dates before that cannot be shown

_SPAN = re.compile(r"(\d{1,6})([hdw])", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)
_FIELD = re.compile(r"([^\W\d_]+):(?!//)")
# A quote inside a word is a part of it, as in צה"ל, so only one before a space, comma or end closes.
_QUOTED = re.compile(r'"(.*?)"(?=\*?(?:[\s,]|\Z))', re.DOTALL)
_VALUE = re.compile(r"[^\s,]*")
_UNFINISHED = re.compile(r'(?:(?<=\s)|\A)-?(?:[^\W\d_]+:)?"?\Z')


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``values`` are alternatives, as typed; ``position`` is where it begins in the text.

    ``field`` is "text" for words, otherwise one of ``FIELDS``. ``phrase`` and ``prefix`` matter for
    text only: quoted, and ending in "*".
    """

    field: str
    values: tuple[str, ...]
    negated: bool = False
    phrase: bool = False
    prefix: bool = False
    position: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions that all hold. ``now`` is what spans such as "2d" count back from (UTC seconds)."""

    terms: tuple[Term, ...] = ()
    now: int = 0

    def also(self, term: Term) -> Query:
        """This query narrowed by one more condition."""
        return replace(self, terms=(*self.terms, term))


EVERYTHING: Final = Query()
UNREAD: Final = Term("is", ("unread",))


def parse(text: str, now: int) -> Query:
    """Read a query; ``now`` in UTC seconds. Raises QueryError with a sentence and a position."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"The filter is longer than {MAX_LENGTH} characters.", text, MAX_LENGTH)
    terms: list[Term] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        term, position = _term(text, position)
        terms.append(term)
        if len(terms) > MAX_TERMS:
            raise QueryError(f"The filter has more than {MAX_TERMS} terms.", text, term.position)
    query = Query(tuple(terms), now)
    _check_times(query, text)
    return query


def as_typed(text: str, now: int) -> Query:
    """A query that is still being typed: its last bare word stands for all words that begin so.

    An open quote counts as closed; a field without a value yet and a lone "-" are left out.
    Raises QueryError where more typing would not help.
    """
    text = _UNFINISHED.sub("", text)
    try:
        query, open_quote = parse(text, now), False
    except QueryError as error:
        try:
            query, open_quote = parse(text + '"', now), True
        except QueryError:
            raise error from None
    if not query.terms or (text[-1].isspace() and not open_quote):
        return query
    last = query.terms[-1]
    if last.field != "text" or (last.phrase and not open_quote):
        return query
    return replace(query, terms=(*query.terms[:-1], replace(last, prefix=True)))


def describe(query: Query) -> str:
    """A text that parses to the same query (positions apart)."""
    return " ".join(_described(term) for term in query.terms)


def moment(value: str, now: int, *, end: bool = False) -> int:
    """The UTC seconds that a time in a query means; ValueError when it means none.

    "2d", "24h", "3w" count back from ``now``; a date is the beginning of that day in the system's
    own time zone, with ``end`` the beginning of the next.
    """
    if match := _SPAN.fullmatch(value):
        seconds = int(match[1]) * SPAN_SECONDS[match[2]]
        if seconds > MAX_SPAN_DAYS * SPAN_SECONDS["d"]:
            raise ValueError(f"{value} is more than a century")
        return now - seconds
    if not _DATE.fullmatch(value):
        raise ValueError(f'"{value}" is no time')
    day = datetime.fromisoformat(value)  # a day as the user's own calendar has it
    if not 1971 <= day.year <= 2999:
        raise ValueError(f"{value} is out of range")
    return int((day + timedelta(days=1 if end else 0)).timestamp())


def _term(text: str, start: int) -> tuple[Term, int]:
    """The term at ``start`` and where it ends."""
    position = start
    negated = text[position] == "-"
    position += negated
    if negated and (position == len(text) or text[position].isspace()):
        raise QueryError('Write what to leave out right after "-".', text, start)
    match = _FIELD.match(text, position)
    if match:
        return _field_term(text, match, negated, start)
    if text[position] == '"':
        return _phrase_term(text, position, negated, start)
    return _word_term(text, position, negated, start)


def _field_term(text: str, match: re.Match[str], negated: bool, start: int) -> tuple[Term, int]:
    field = match[1].casefold()
    if field not in FIELDS:
        near = difflib.get_close_matches(field, FIELDS, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}:"?' if near else f"fields are {', '.join(FIELDS)}."
        raise QueryError(f'There is no field "{match[1]}:"; {hint}', text, match.start())
    values, end = _values(text, match.end())
    if not values:
        raise QueryError(f'Write a value right after "{field}:".', text, match.start())
    if field in ("lang", "is"):
        values = tuple(value.casefold() for value in values)
    _check_values(field, values, text, match.end())
    return Term(field, values, negated, position=start), end


def _values(text: str, position: int) -> tuple[tuple[str, ...], int]:
    """The comma list at ``position``, its values bare or quoted, and where it ends."""
    values: list[str] = []
    while True:
        value, position = _value_at(text, position)
        values.append(value.strip())
        if text[position : position + 1] != ",":
            return tuple(filter(None, values)), position
        position += 1


def _value_at(text: str, position: int) -> tuple[str, int]:
    if text[position : position + 1] == '"':
        return _quoted(text, position)
    match = _VALUE.match(text, position)
    return (match[0], match.end()) if match else ("", position)


def _check_values(field: str, values: tuple[str, ...], text: str, position: int) -> None:
    """The rules for the values of a field; raises QueryError."""
    if field in ("since", "until") and len(values) > 1:
        raise QueryError(f'"{field}:" takes one time.', text, position)
    for value in values:
        if field == "lang" and not _LANGUAGE.fullmatch(value):
            raise QueryError(
                f'"{value}" is no language; write its code, for example ar, en or fa.', text, position
            )
        if field == "is" and value not in STATES:
            raise QueryError(f'"is:" knows {", ".join(STATES)}.', text, position)


def _phrase_term(text: str, position: int, negated: bool, start: int) -> tuple[Term, int]:
    phrase, end = _quoted(text, position)
    if not phrase.strip():
        raise QueryError("There is nothing between the quotes.", text, position)
    prefix = text[end : end + 1] == "*"
    return Term("text", (phrase,), negated, True, prefix, start), end + prefix


def _quoted(text: str, position: int) -> tuple[str, int]:
    """What stands between the quotes that open at ``position``, and where the rest begins."""
    match = _QUOTED.match(text, position)
    if match is None:
        raise QueryError("The quotes are not closed.", text, position)
    return match[1], match.end()


def _word_term(text: str, position: int, negated: bool, start: int) -> tuple[Term, int]:
    word = text[position:].split(maxsplit=1)[0]
    end = position + len(word)
    if word.casefold() in STATES:
        return Term("is", (word.casefold(),), negated, position=start), end
    bare = word.rstrip("*")
    if not bare:
        raise QueryError('Write the beginning of a word before "*".', text, position)
    return Term("text", (bare,), negated, False, bare != word, start), end


def _check_times(query: Query, text: str) -> None:
    for term in query.terms:
        if term.field in ("since", "until"):
            try:
                moment(term.values[0], query.now)
            except ValueError as error:
                message = f'{error}; write for example "{term.field}:24h", "2d", "3w" or "2026-11-20".'
                raise QueryError(message[:1].upper() + message[1:], text, term.position) from error


def _described(term: Term) -> str:
    """One term as it is typed."""
    sign = "-" if term.negated else ""
    if term.field != "text":
        return f"{sign}{term.field}:{','.join(map(_value, term.values))}"
    star = "*" if term.prefix else ""
    return f'{sign}"{term.values[0]}"{star}' if term.phrase else f"{sign}{term.values[0]}{star}"


def _value(value: str) -> str:
    """A value of a field, quoted where it would not read as one."""
    return f'"{value}"' if re.search(r"[\s,]", value) else value
