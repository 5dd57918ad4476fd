"""Regular expressions that are compiled when they are first used.

Compiling those of all modules is a twelfth of the reader's start; it uses few of them before its first frame.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

_ASKED: Final = (
    "match",
    "fullmatch",
    "search",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
    "pattern",
    "flags",
)


class _Late:
    """A pattern's own methods, once one of them is asked for: from then on it is as fast as the pattern."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._given: tuple[Any, int] = (text, flags)

    def __getattr__(self, name: str) -> Any:
        if name not in _ASKED:
            raise AttributeError(name)
        compiled = re.compile(*self._given)
        self.__dict__.update({each: getattr(compiled, each) for each in _ASKED})
        return getattr(compiled, name)


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """``re.compile``, later. It is no ``re.Pattern``: only its methods can be used."""
    return cast("re.Pattern[str]", _Late(text, flags))


def bytes_pattern(text: bytes, flags: int = 0) -> re.Pattern[bytes]:
    """The same for bytes."""
    return cast("re.Pattern[bytes]", _Late(text, flags))
