"""A pattern that is compiled late is the pattern."""

from __future__ import annotations

import re

import pytest

from aggregator.late import bytes_pattern, pattern


def test_every_method_gives_what_the_compiled_pattern_gives() -> None:
    late, real = pattern("(a)B+", re.IGNORECASE), re.compile("(a)B+", re.IGNORECASE)
    text = "xabbyabz ab"
    assert late.sub("-", text) == real.sub("-", text) == "x-y-z -"
    assert late.subn("-", text) == real.subn("-", text)
    assert late.split(text) == real.split(text)
    assert late.findall(text) == real.findall(text)
    assert [match.span() for match in late.finditer(text)] == [match.span() for match in real.finditer(text)]
    assert late.search(text, 3)[0] == "ab"  # type: ignore[index]
    assert (late.match(text), late.fullmatch("aB")[1]) == (None, "a")  # type: ignore[index]
    assert late.pattern == real.pattern


def test_nothing_is_compiled_before_it_is_asked_for() -> None:
    late = pattern("(")
    assert late is not None
    with pytest.raises(re.error):
        late.search("")


def test_a_second_use_does_not_compile_again() -> None:
    late = bytes_pattern(b"a+")
    assert late.match(b"aa")
    assert vars(late)["match"] is late.match


def test_what_a_pattern_has_not_it_has_not_either() -> None:
    with pytest.raises(AttributeError):
        pattern("a").serch  # type: ignore[attr-defined]  # noqa: B018
