"""On which line of a TOML file does a key stand? For messages: a file of 3,000 feeds wants a number.

Only for text that a parser has read already, so that what is not understood here costs the number, no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PART = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[(\[?)[ \t]*({_DOTTED})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=")
_PARTS = re.compile(_PART)
# What can hold line ends: texts in three quotation marks, and lists; other texts and comments hide brackets.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}" + r"""|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[\[\]{}\n]""",
    re.DOTALL,
)
_INDEX: Final = re.compile(r"\[\d+\]$")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")


def line_of(text: str, place: str) -> int:
    """The line (from 1) of a place such as ``fetch.proxy``, ``feeds[2].url`` or ``feeds[2]``; 0 if unknown.

    Of a place that is not written, the line of its table.
    """
    lines = dict(reversed(list(_places(text))))  # the first of a place that stands there twice
    wanted = place
    while wanted:
        if wanted in lines:
            return lines[wanted]
        wanted = max(
            wanted.rpartition(".")[0], _INDEX.sub("", wanted) if wanted.endswith("]") else "", key=len
        )
    return 0


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Each table and key with its line."""
    table, number, counts = "", 0, dict[str, int]()
    for start in _beginnings(text):
        number += text.count("\n", *start)
        at = start[1]
        if header := _HEADER.match(text, at):
            table = _name(header[2])
            if header[1]:
                counts[table] = counts.get(table, 0) + 1
                table = f"{table}[{counts[table]}]"
            yield table, number + 1
        elif key := _KEY.match(text, at):
            yield f"{table}.{_name(key[1])}".lstrip("."), number + 1


def _beginnings(text: str) -> Iterator[tuple[int, int]]:
    """(the last one, this one) of the positions at which a line begins that goes on with no value."""
    last = depth = 0
    yield 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            yield last, token.end()
            last = token.end()


def _name(dotted: str) -> str:
    """A dotted key without quotation marks."""
    return ".".join(_plain(part) for part in _PARTS.findall(dotted))


def _plain(part: str) -> str:
    """One part of a key."""
    if part[0] == '"':
        return _ESCAPE.sub(_unescaped, part[1:-1])
    return part[1:-1] if part[0] == "'" else part


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1] or found[2] or "0", 16)
    return chr(code) if 0 < code < 0x110000 else found[3] or ""
