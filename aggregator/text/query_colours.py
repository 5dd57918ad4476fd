"""A filter as it is being typed, in parts for colouring. Pure; never raises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aggregator.errors import QueryError
from aggregator.text.query_reader import Reader
from aggregator.text.query_scan import Token, scan

KINDS: Final = ("field", "value", "flag", "word", "phrase", "operator", "bracket", "error")

_KIND: Final = {
    **{kind: kind for kind in ("value", "flag", "word", "phrase")},
    **dict.fromkeys(("comma", "minus", "or"), "operator"),
    **dict.fromkeys(("open", "close"), "bracket"),
}
_ANY_TIME = 1_800_000_000  # what is right does not depend on the present moment


def coloured(text: str) -> list[tuple[int, int, str]]:
    """(start, end, one of KINDS) for everything but spaces, ascending; the first thing wrong is "error".

    What more typing can make right is not wrong yet; names of saved filters are not looked up.
    """
    tokens = scan(text)
    wrong = _wrong(text, tokens)
    parts = (part for token in tokens for part in _parts(text, token))
    return [(start, end, "error" if start <= wrong < end else kind) for start, end, kind in parts]


def _parts(text: str, token: Token) -> Iterator[tuple[int, int, str]]:
    """A token's spans; a field is its name and its ":" or comparison, without spaces around that."""
    if token.kind != "field":
        yield token.start, token.end, _KIND[token.kind]
        return
    name_end = token.start + len(token.text)
    op = text[name_end : token.end].strip()
    op_start = text.index(op, name_end)
    yield token.start, name_end, "field"
    yield op_start, op_start + len(op), "operator"


def _wrong(text: str, tokens: list[Token]) -> int:
    """Where the first thing is that more typing cannot make right; -1 when nothing is."""
    named = {token.text: "" for token in tokens if token.kind == "value"}
    try:
        Reader(text, _ANY_TIME, named, typing=True).tree()
    except QueryError as error:
        return min(error.position, tokens[-1].start) if tokens else -1
    return -1
