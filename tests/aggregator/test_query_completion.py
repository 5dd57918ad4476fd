"""The filter bar's help: what may come next, and what colour each part has."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import QueryError
from aggregator.text.fold import fold
from aggregator.text.query import (
    FIELDS,
    FLAGS,
    SORTS,
    Completion,
    Offer,
    as_typed,
    coloured,
    completion,
    offers,
    parse,
)
from aggregator.text.query_colours import KINDS
from aggregator.text.query_tree import All, Term

NOW = 1_800_000_000
OUTLETS = [
    ("Heron Daily", 5),
    ("Kestrel Post", 20),
    ("Kestrel Arabic", 30),
    ("صحيفة البلشون", 7),
    ("Ink, Ltd", 1),
]

TYPED = st.lists(
    st.sampled_from(
        [
            *'-",:*()|=<> \u200f\ud800',
            *("oil", "lang:", "ar", "outlet:", '"Kestrel', "OR", "unread", "since:", "2d", "colour:", "a) b"),
        ]
    ),
    max_size=12,
).map("".join)


def at(marked: str) -> Completion | None:
    """What is completed at the "^" of a text."""
    return completion(marked.replace("^", ""), marked.index("^"))


def inserted(marked: str, values: list[tuple[str, int]]) -> list[str]:
    """The texts that each offer at "^" makes."""
    text = marked.replace("^", "")
    found = at(marked)
    assert found is not None
    return [text[: found.start] + offer.insert + text[found.end :] for offer in offers(found, values)]


@pytest.mark.parametrize(
    ("marked", "field", "typed", "start", "end"),
    [
        ("^", "", "", 0, 0),
        ("oil ^", "", "", 4, 4),
        ("oil out^", "", "out", 4, 7),
        ("oil -out^", "", "out", 5, 8),
        ("(out^", "", "out", 1, 4),
        ("unre^", "", "unre", 0, 4),
        ("unread^", "", "unread", 0, 6),
        ("unr^ead oil", "", "unr", 0, 6),
        ("ou^tlet:x", "", "ou", 0, 7),
        ("outlet:^", "outlet", "", 7, 7),
        ("OUTLET:k^", "outlet", "k", 7, 8),
        ("-outlet:ke^", "outlet", "ke", 8, 10),
        ("outlet:ke^strel oil", "outlet", "ke", 7, 14),
        ("outlet:^kestrel", "outlet", "", 7, 14),
        ('outlet:"Kestrel Po^', "outlet", "Kestrel Po", 7, 18),
        ('outlet:"Kestrel ^Post" oil', "outlet", "Kestrel ", 7, 21),
        ('outlet:"Kes^ oil', "outlet", "Kes", 7, 11),
        ("outlets >= ^", "outlets", "", 11, 11),
        ("outlets >= 3^", "outlets", "3", 11, 12),
    ],
)
def test_the_piece_at_the_cursor_is_known(marked: str, field: str, typed: str, start: int, end: int) -> None:
    found = at(marked)
    assert found is not None
    assert (found.field, found.typed, found.start, found.end) == (field, typed, start, end)


def test_a_list_knows_its_other_values() -> None:
    assert at('lang:ar,"he",f^,fa') == Completion("lang", "f", 13, 14, ("ar", "he", "fa"))
    assert at("lang:ar،^") == Completion("lang", "", 8, 8, ("ar",))


@pytest.mark.parametrize("marked", ['"oil pri^', '"oil" "ga^s"', 'outlet:"Kestrel"^', "outlets >^= 3"])
def test_inside_phrases_and_after_whole_values_nothing_is_completed(marked: str) -> None:
    assert at(marked) is None


def test_offers_of_a_field_begin_so_by_count_then_hold_a_word_that_does() -> None:
    values = [*OUTLETS, ("The Kestrels", 99), ("Blackestone", 500)]
    assert inserted("outlet:kes^", values) == [
        'outlet:"Kestrel Arabic"',
        'outlet:"Kestrel Post"',
        'outlet:"The Kestrels"',
        "outlet:Blackestone",
    ]


def test_offers_show_the_value_and_its_count() -> None:
    found = at("outlet:her^")
    assert found is not None
    assert offers(found, OUTLETS) == [Offer('"Heron Daily"', "Heron Daily", 5)]


@pytest.mark.parametrize("typed", ["صحيفه", "صَحيفة", "البلشون", '"صحيفة البل'])
def test_offers_match_in_search_spelling(typed: str) -> None:
    assert inserted(f"outlet:{typed}^", OUTLETS) == ['outlet:"صحيفة البلشون"']


def test_a_value_that_is_in_the_list_is_not_offered_again() -> None:
    languages = [("ar", 5), ("en", 9), ("fa", 2)]
    assert inserted("lang:EN,^", languages) == ["lang:EN,ar", "lang:EN,fa"]


@pytest.mark.parametrize(
    ("marked", "code"),
    [("lang:arab^", "lang:ar"), ("lang:فار^", "lang:fa"), ("lang:tü^", "lang:tr"), ("lang:nahuatl^", "")],
)
def test_a_language_is_offered_by_its_names_too(marked: str, code: str) -> None:
    assert inserted(marked, [("ar", 5), ("fa", 9), ("tr", 2)]) == ([code] if code else [])


def test_a_country_is_offered_by_its_names_too() -> None:
    assert inserted("country:leb^", [("LB", 5), ("IL", 9)]) == ["country:LB"]


def test_fixed_words_are_offered_without_being_given() -> None:
    assert inserted("is:un^", []) == ["is:unread"]
    assert inserted("sort:^", []) == [f"sort:{sort}" for sort in SORTS]
    assert inserted("since:to^", []) == ["since:today"]
    assert inserted("age<^", [])[0] == "age<24h"


def test_counts_given_for_fixed_words_order_them() -> None:
    found = at("is:re^")
    assert found is not None
    assert [(offer.value, offer.count) for offer in offers(found, [("read", 2), ("related", 7)])][:2] == [
        ("related", 7),
        ("read", 2),
    ]


def test_a_bare_piece_may_become_a_flag_a_field_or_a_word() -> None:
    assert inserted("oil un^", [("unity", 3), ("the union", 9), ("unread", 8)]) == [
        "oil unread",
        "oil until:",
        "oil unity",
    ]
    assert inserted("outlet^", []) == ["outlet:", "outlets>="]
    assert inserted("ou^tlet:x", []) == ["outlet:x", "outlets>=x"]


def test_an_empty_piece_offers_the_whole_language() -> None:
    found = {text.rstrip(":<>=") for text in inserted("^", [])}
    assert found == {*FLAGS, *FIELDS} - {"is"}


ODD = ["a, b", "(x)", "a|b", 'the "Ink"', 'the "Ink" daily', 'צה"ל', "-x", '"x', "a:b", "ا، ب", "OR", "*"]


def test_whatever_is_offered_reads_back_as_that_value() -> None:
    for value in ODD:
        found = Completion("outlet", "", 0, 0)
        root = parse("outlet:" + offers(found, [(value, 1)])[0].insert, NOW).root
        assert isinstance(root, All)
        assert isinstance(term := root.parts[0], Term)
        assert [fold(read.text) for read in term.values] == [fold(value)]


# -- colours -------------------------------------------------------------------------------------------


def kinds(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind) for start, end, kind in coloured(text)]


def test_each_part_of_a_filter_has_its_kind() -> None:
    assert kinds('oil -"gas field"* (outlet:x,"y z" OR unread) outlets >= 3') == [
        ("oil", "word"),
        ("-", "operator"),
        ('"gas field"*', "phrase"),
        ("(", "bracket"),
        ("outlet", "field"),
        (":", "operator"),
        ("x", "value"),
        (",", "operator"),
        ('"y z"', "value"),
        ("OR", "operator"),
        ("unread", "flag"),
        (")", "bracket"),
        ("outlets", "field"),
        (">=", "operator"),
        ("3", "value"),
    ]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("oil lang:arab x", "arab"),
        ("colour:red", "colour"),
        ("outlet>3", ">"),
        ("a) b", ")"),
        ("a () b", "("),
        ("OR a", "OR"),
        ("a * b", "*"),
        ("gas AND oil", "AND"),
    ],
)
def test_what_is_wrong_is_coloured_so(text: str, wrong: str) -> None:
    assert [part for part, kind in kinds(text) if kind == "error"] == [wrong]


@pytest.mark.parametrize(
    "text", ["lang:a", 'outlet:"Kest', "(oil", "a OR", "-", "since:2026-1", "filter:any x"]
)
def test_what_is_only_unfinished_is_not_coloured_as_wrong(text: str) -> None:
    assert "error" not in dict(map(reversed, kinds(text)))  # type: ignore[arg-type]


@given(TYPED | st.text(max_size=40))
def test_coloured_parts_ascend_and_leave_out_only_spaces(text: str) -> None:
    end = 0
    rest = ""
    for start, stop, kind in coloured(text):
        assert end <= start < stop <= len(text)
        assert kind in KINDS
        rest += text[end:start]
        end = stop
    assert not re.sub(r"[\s\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", rest + text[end:])


@given(TYPED | st.text(max_size=40))
def test_a_filter_that_is_wrong_shows_one_wrong_part_and_one_that_is_right_none(text: str) -> None:
    wrong = [kind for _, _, kind in coloured(text) if kind == "error"]
    try:
        as_typed(text, NOW, {})
    except QueryError:
        assert len(wrong) == 1 or "filter" in text
    else:
        assert not wrong


@given(TYPED | st.text(max_size=40), st.data())
def test_a_completion_lies_around_the_cursor(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    found = completion(text, cursor)
    if found is not None:
        assert found.start <= cursor <= found.end <= len(text)
        assert text[found.start : cursor].lstrip('"') == found.typed.lstrip('"')
        offers(found, OUTLETS)
