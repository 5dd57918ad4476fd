"""The filter language: text in, conditions out, and back."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.text.query import STATES, Query, Term, as_typed, describe, moment, parse

NOW = 1_800_000_000
DAY = 86400


def terms(text: str) -> tuple[Term, ...]:
    return parse(text, NOW).terms


def text(value: str, *, negated: bool = False, phrase: bool = False, prefix: bool = False) -> Term:
    return Term("text", (value,), negated, phrase, prefix)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ()),
        ("  \t ", ()),
        ("oil", (text("oil"),)),
        ("oil price", (text("oil"), text("price"))),
        ('"oil price"', (text("oil price", phrase=True),)),
        ("sanction*", (text("sanction", prefix=True),)),
        ('"oil pri"*', (text("oil pri", phrase=True, prefix=True),)),
        ("-oil", (text("oil", negated=True),)),
        ('-"oil price"', (text("oil price", negated=True, phrase=True),)),
        ("النفط", (text("النفط"),)),
        ('צה"ל', (text('צה"ל'),)),
        ('"צה"ל היום"', (text('צה"ל היום', phrase=True),)),
        ("10:30", (text("10:30"),)),
        ("https://example.org/a", (text("https://example.org/a"),)),
        ("outlet:kestrel", (Term("outlet", ("kestrel",)),)),
        ('outlet:"kestrel post",heron', (Term("outlet", ("kestrel post", "heron")),)),
        ("OUTLET:x", (Term("outlet", ("x",)),)),
        ("-feed:x", (Term("feed", ("x",), negated=True),)),
        ("lang:AR,fa", (Term("lang", ("ar", "fa")),)),
        ('tag:צה"ל', (Term("tag", ('צה"ל',)),)),
        ("since:2d", (Term("since", ("2d",)),)),
        ("until:2026-11-20", (Term("until", ("2026-11-20",)),)),
        ("unread", (Term("is", ("unread",)),)),
        ("-Starred", (Term("is", ("starred",), negated=True),)),
        ("is:read,starred", (Term("is", ("read", "starred")),)),
        ('"unread"', (text("unread", phrase=True),)),
        ("a outlet:b,, -c", (text("a"), Term("outlet", ("b",)), text("c", negated=True))),
    ],
)
def test_what_is_typed_becomes_these_conditions(typed: str, expected: tuple[Term, ...]) -> None:
    assert terms(typed) == expected


@pytest.mark.parametrize(
    ("typed", "words", "position"),
    [
        ("oil outlat:x", 'did you mean "outlet:"', 4),
        ("colour:red", "fields are", 0),
        ("a -", 'right after "-"', 2),
        ("- a", 'right after "-"', 0),
        ("x lang:", 'right after "lang:"', 2),
        ("lang:arabic", "no language", 5),
        ("is:new", '"is:" knows', 3),
        ("since:yesterday", "no time", 0),
        ("a since:2026-13-40", "write for example", 2),
        ("until:9999999d", "", 0),
        ("since:2d,3d", "takes one time", 6),
        ('a "open', "not closed", 2),
        ('outlet:"open', "not closed", 7),
        ('a ""', "nothing between", 2),
        ("a *", 'before "*"', 2),
        ("a " * 50, "terms", 80),
        ("a" * 5000, "longer", 2000),
    ],
)
def test_what_cannot_be_understood_is_told_with_its_place(typed: str, words: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(typed, NOW)
    assert words in str(caught.value)
    assert caught.value.position == position
    assert caught.value.text == typed


def test_positions_tell_where_a_term_begins() -> None:
    assert [term.position for term in terms("oil  -lang:ar  since:2d")] == [0, 5, 15]


def test_a_span_counts_back_from_now() -> None:
    assert moment("24h", NOW) == NOW - DAY
    assert moment("2d", NOW) == NOW - 2 * DAY
    assert moment("3w", NOW) == NOW - 21 * DAY


def test_a_date_is_a_day_of_the_users_own_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tehran")
    time.tzset()
    try:
        assert moment("2026-11-20", NOW) == 1795120200  # 20:30 UTC the day before
        assert moment("2026-11-20", NOW, end=True) == 1795120200 + DAY
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("oi", (text("oi", prefix=True),)),
        ("oil pri", (text("oil"), text("pri", prefix=True))),
        ("oil ", (text("oil"),)),
        ("-oi", (text("oi", negated=True, prefix=True),)),
        ("oil -", (text("oil"),)),
        ("oil lang:", (text("oil"),)),
        ("lang:ar", (Term("lang", ("ar",)),)),
        ('"oil pri', (text("oil pri", phrase=True, prefix=True),)),
        ('"oil price"', (text("oil price", phrase=True),)),
        ('oil "', (text("oil"),)),
        ('oil -outlet:"', (text("oil"),)),
        ('outlet:"kestrel po', (Term("outlet", ("kestrel po",)),)),
        ("unread", (Term("is", ("unread",)),)),
        ("unrea", (text("unrea", prefix=True),)),
        ("", ()),
        ("-", ()),
    ],
)
def test_while_typing_the_last_word_is_a_beginning(typed: str, expected: tuple[Term, ...]) -> None:
    assert as_typed(typed, NOW).terms == expected


def test_while_typing_a_wrong_field_is_still_told() -> None:
    with pytest.raises(QueryError, match="no field"):
        as_typed('colour:"re', NOW)


def test_a_query_can_be_narrowed() -> None:
    assert parse("oil", NOW).also(Term("is", ("unread",))) == parse("oil unread", NOW)


PIECES = st.sampled_from(
    [
        *(
            "oil",
            "-",
            '"',
            ",",
            ":",
            "*",
            " ",
            "\u00a0",
            "lang:",
            "ar",
            "since:",
            "2d",
            "outlet:",
            "é",
            "نفط",
            "is:",
        ),
        *STATES,
        *("\x00", "\ud800", "AND", "NEAR(", "https://", "2026-11-20", "until:", 'צה"ל', "\n", "tag:", "--"),
    ]
)


def described(typed: str, read: Callable[[str, int], Query]) -> tuple[Query, Query] | int:
    """The query that a text gives, and what its description gives; or where it cannot be understood."""
    try:
        query = read(typed, NOW)
    except QueryError as error:
        return error.position
    return query, parse(describe(query), NOW)


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from([parse, as_typed]))
def test_any_text_gives_a_query_that_describes_itself_or_an_error_with_a_place(
    typed: str, read: Callable[[str, int], Query]
) -> None:
    match described(typed, read):
        case int(position):
            assert 0 <= position <= len(typed) + 1
        case query, again:
            assert again == query
