"""A typed filter as a row of tokens. Pure; never raises: what is wrong is told by who reads the tokens.

Latin names before ":" or a comparison are fields; quotes hold words together; "(", ")", "|" and spaces part
what stands bare. A quote inside a word belongs to it (צה"ל), so only one before such a parting closes.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from aggregator.late import pattern
from aggregator.text.query_fields import FIELDS, FLAGS

# Marks of direction come along when text is pasted or drawn right to left; nobody means them.
_SPACE: Final = r"\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_COMMAS: Final = ",،"
_SPACES = pattern(f"[{_SPACE}]+")
_WORD = pattern(f"[^{_SPACE}()|]+")
# "12:30" and "https://" are words; only names that exist are fields before "=", as "a=b" may be a word.
_FIELD = pattern(rf"([A-Za-z]+)(?::(?!//)|[{_SPACE}]*(<=|>=|[<>=])[{_SPACE}]*)")
_SLIP = pattern(r"[A-Za-z]+[<>]=?\d")
_QUOTED = pattern(rf'"(.*?)"(?=\*?(?:[{_SPACE}{_COMMAS}()|]|\Z))', re.DOTALL)
_VALUE = pattern(f"[^{_SPACE}{_COMMAS}()|]*")
# Addresses may hold commas; only one before the next address parts them.
_ADDRESS = pattern(f"https?://(?:[^{_SPACE}{_COMMAS}()|]|[{_COMMAS}](?!https?://))*")
_PARTING = pattern(rf"[{_SPACE}{_COMMAS}()|]")
_CLOSING = pattern(rf'"(?=\*?[{_SPACE}{_COMMAS}()|])')  # a quote that cannot stand inside others
_MARKS: Final = {"(": "open", ")": "close", "|": "or"}


class Token(NamedTuple):
    """A piece of the typed text, ``text[start:end]``.

    ``kind``: word, flag, phrase, field, value, comma, open, close, or, minus. ``text`` is what it says
    without quotes and star; a field's ``op`` is ":" or a comparison ("=" is ":"). ``unclosed``: its quotes
    are not closed, and it runs to the end of the text.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    op: str = ""
    quoted: bool = False
    prefix: bool = False
    unclosed: bool = False


def scan(text: str) -> list[Token]:
    """The tokens of a filter, in order; what lies between them are spaces."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    negated = False  # right after a "-"
    while position < len(text):
        if spaces := _SPACES.match(text, position):
            position, negated = spaces.end(), False
            continue
        if (match := _field(text, position)) is not None:
            yield Token("field", position, match.end(), match[1], _op(match))
            position = yield from _values(text, match)
            negated = False
            continue
        token = _token(text, position, negated)
        yield token
        position, negated = token.end, token.kind == "minus"


def _field(text: str, position: int) -> re.Match[str] | None:
    """A name before ":", or a known one before a comparison; "outlts>=3" is a slip, "a<b" are words."""
    match = _FIELD.match(text, position)
    if match is None or not match[2] or match[1].casefold() in FIELDS:
        return match
    return match if _SLIP.match(text, position) else None


def _op(match: re.Match[str]) -> str:
    return match[2] if match[2] and match[2] != "=" else ":"


def _token(text: str, position: int, negated: bool) -> Token:
    """The token that begins at ``position``, where no space and no field is."""
    char = text[position]
    if char in _MARKS:
        return Token(_MARKS[char], position, position + 1, char)
    if char == '"':
        return _quoted("phrase", text, position)
    if char == "-" and not negated:
        return Token("minus", position, position + 1, char)
    return _word(text, position, negated)


def _word(text: str, position: int, negated: bool) -> Token:
    match = _WORD.match(text, position)
    word = match[0] if match else text[position]
    end = position + len(word)
    if word == "OR" and not negated:
        return Token("or", position, end, word)
    if word in FLAGS:
        return Token("flag", position, end, word)
    bare = word.rstrip("*")
    return Token("word", position, end, bare, prefix=bare != word)


def _values(text: str, field: re.Match[str]) -> Generator[Token, None, int]:
    """The values and commas after a field; returns where they end."""
    position = field.end()
    while True:
        token = _value(text, position, field[1])
        if token.end > position:
            yield token
            position = token.end
        if position >= len(text) or text[position] not in _COMMAS:
            return position
        yield Token("comma", position, position + 1, text[position])
        position += 1


def _value(text: str, position: int, field: str) -> Token:
    if text[position : position + 1] == '"':
        return _quoted("value", text, position)
    match = _ADDRESS.match(text, position) if field.casefold() == "url" else None
    match = match or _VALUE.match(text, position)
    value = match[0] if match else ""
    return Token("value", position, position + len(value), value)


def _quoted(kind: str, text: str, position: int) -> Token:
    match = _QUOTED.match(text, position)
    if match is None:
        words = text[position + 1 :].strip()
        return Token(kind, position, len(text), words, quoted=True, unclosed=True)
    star = text[match.end() : match.end() + 1] == "*"
    return Token(kind, position, match.end() + star, match[1].strip(), quoted=True, prefix=star)


def listed(value: str) -> str:
    """A value as it is typed after a field: in quotes where it would not read as one value."""
    if value and value[0] != '"' and not _PARTING.search(value):
        return value
    return f'"{_CLOSING.sub(" ", value)}"'
