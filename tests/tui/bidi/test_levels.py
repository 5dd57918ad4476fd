"""The bidirectional algorithm: against Unicode's cases, against a second writing of the rules, by hand."""

from __future__ import annotations

import itertools
import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench import bench_bidi
from tests.bench import make_bidi_tables as make
from tests.tui.bidi import reference
from tui.bidi import classes, levels
from tui.bidi.data import DUAL, MIRRORED, RIGHT, UNASSIGNED, VERSION

UCD = Path("/usr/share/unicode")
SAMPLES = "".join(bench_bidi.SAMPLES.values())
BRACKETS = "()[]{}⟨⟩\u2329\u232a\u3008\u3009"
LRE, RLE, PDF, LRO, RLO, LRI, RLI, FSI, PDI = map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
LRM, RLM, ALM = "\u200e\u200f\u061c"
STEERING = LRM + RLM + ALM + RLI + LRI + FSI + PDI


def levels_of(text: str, base: int | None = None) -> list[int]:
    """The levels of a text on one line."""
    return list(levels.line_levels(levels.resolve(text, base), 0, len(text)))


def seen(text: str, base: int | None = None) -> str:
    """A text in the order in which it is seen, without what has no place."""
    resolved = levels.resolve(text, base)
    line = levels.line_levels(resolved, 0, len(text))
    kept = [i for i, kind in enumerate(resolved.kinds) if kind not in classes.REMOVED]
    order = levels.visual_order(bytes(line[i] for i in kept))
    places = [kept[i] for i in order]
    return "".join(classes.MIRROR.get(text[i], text[i]) if line[i] & 1 else text[i] for i in places)


def agree(text: str, base: int | None) -> None:
    """The engine says what the rules say, whether or not it takes its short way."""
    level, expected = reference.line_levels(text, base)
    resolved = levels.resolve(text, base)
    found = levels.line_levels(resolved, 0, len(text))
    assert resolved.base == level
    assert [
        None if kind in classes.REMOVED else found[i] for i, kind in enumerate(resolved.kinds)
    ] == expected


# the oracles


@pytest.mark.skipif(not (UCD / "BidiTest.txt").exists(), reason="Unicode's data files are not installed")
def test_unicode_s_own_cases_pass_a_sample_of_them_here_all_in_the_bench() -> None:
    count, failures = bench_bidi.conform(UCD, every=101)
    assert count > 7_000
    assert not failures


@pytest.mark.parametrize("base", [None, 0, 1])
def test_every_pair_of_classes_has_the_levels_that_the_rules_give(base: int | None) -> None:
    for size in (1, 2):
        for chars in itertools.product(SAMPLES, repeat=size):
            if "\u2029" not in chars[:-1]:  # the reference knows one paragraph
                agree("".join(chars), base)


@pytest.mark.parametrize("base", [None, 0, 1])
def test_longer_mixtures_of_classes_have_the_levels_that_the_rules_give(base: int | None) -> None:
    choose = random.Random(9)  # always the same ones
    for size in range(3, 13):
        for _ in range(120):
            agree("".join(choose.choices(SAMPLES.replace("\u2029", "") + BRACKETS, k=size)), base)


@settings(max_examples=400, deadline=None)
@given(
    st.text(
        st.sampled_from("אבاب١٢12 ab.,-+#%()[]{}⟨⟩\u05b0" + LRM + RLM + ALM + RLI + LRI + FSI + PDI),
        max_size=40,
    ),
    st.sampled_from([None, 0, 1]),
)
def test_texts_like_news_have_the_levels_that_the_rules_give(text: str, base: int | None) -> None:
    agree(text, base)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 126), max_size=40))
def test_reordering_is_what_rule_l2_says_step_by_step(numbers: list[int]) -> None:
    assert levels.visual_order(bytes(numbers)) == reference.visual_order(numbers)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_has_one_level_a_character_and_none_is_too_deep(text: str) -> None:
    resolved = levels.resolve(text)
    assert len(resolved.levels) == len(resolved.kinds) == len(text)
    assert max(resolved.levels, default=0) <= levels.MAX_DEPTH + 1


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_the_quick_look_calls_plain_has_no_level_but_zero(text: str) -> None:
    if classes.is_plain(text) and "B" not in classes.kinds_of(text):
        assert set(levels.resolve(text, 0).levels) <= {0}


def test_the_quick_look_sees_every_right_to_left_character() -> None:
    steering = {"R", "AL", "AN", "LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for code in range(0x110000):
        if unicodedata.bidirectional(chr(code)) in steering:
            assert not classes.is_plain(chr(code)), hex(code)


# by hand: the examples of the standard, and what news holds


@pytest.mark.parametrize(
    ("text", "base", "expected"),
    [
        ("car means אבג.", None, "car means גבא."),
        ("אבג means car.", None, ".means car גבא"),
        ("abc אבג", None, "abc גבא"),
        ("abc אבג", 1, "גבא abc"),
        ("שלום 123", None, "123 םולש"),
        ("قال 3.5%", None, "%3.5 لاق"),
        ("אמר 3.5%", None, "3.5% רמא"),
        ("א 1-2", None, "1-2 א"),
        ("ا 1-2", None, "2-1 ا"),  # after an Arabic letter digits are Arabic numbers, a hyphen parts them
        ("ا 17.06", None, "17.06 ا"),
        ("ا $5", None, "5$ ا"),
        ("א $5", None, "$5 א"),
        ("ا ١٢٣", None, "١٢٣ ا"),
        ("(אב)", None, "(בא)"),
        ("a (אב) c", None, "a (בא) c"),
        ("א (b) ג", None, "ג (b) א"),
        ("אב(גד[&ef].)gh", 0, "בא(דג[&ef].)gh"),
        ("", None, ""),
        ("...", 1, "..."),
    ],
)
def test_sentences_are_seen_in_the_order_in_which_they_are_read(
    text: str, base: int | None, expected: str
) -> None:
    assert seen(text, base) == expected


def test_the_first_strong_letter_gives_the_direction_and_isolates_do_not_count() -> None:
    assert levels.resolve("12 abc אבג").base == 0
    assert levels.resolve("12 «אבג» abc").base == 1
    assert levels.resolve(f"{LRI}abc{PDI} אבג").base == 1
    assert levels.resolve(f"{FSI}אבג{PDI} abc").base == 0
    assert levels.resolve(f"{RLI}אבג").base == 0
    assert levels.resolve(f"{PDI}אבג").base == 1
    assert levels.resolve("12.5", default=1).base == 1
    assert levels.resolve("a", default=1).base == 0


def test_an_isolate_hides_its_direction_from_what_is_around_it() -> None:
    assert levels_of("a א1 b", 0) == [0, 0, 1, 2, 0, 0]
    assert levels_of(f"a {RLI}א{PDI}1 b", 0) == [0, 0, 0, 1, 0, 0, 0, 0]


def test_a_first_strong_isolate_takes_the_direction_of_what_it_holds() -> None:
    assert levels_of(f"{FSI}א!{PDI}", 0) == [0, 1, 1, 0]
    assert levels_of(f"{FSI}a!{PDI}", 1) == [1, 2, 2, 1]


def test_directional_marks_act_as_letters() -> None:
    assert seen("אב!c", 0) == "בא!c"
    assert seen(f"אב!{RLM}c", 0) == f"{RLM}!באc"


def test_overrides_work_until_they_are_popped() -> None:
    assert seen(f"{RLO}abc{PDF}d", 0) == "cbad"
    assert seen(f"{LRO}אבג{PDF}", 1) == "אבג"


def test_nesting_beyond_the_limit_changes_nothing_and_is_undone_in_order() -> None:
    deep = RLE + LRE
    text = deep * 70 + "a" + PDF * 140 + "b"
    agree(text, 0)
    agree((RLI + LRI) * 70 + "a" + PDI * 140 + "ב", 0)
    agree(FSI * 130 + "א" + PDI * 130, 1)
    assert levels_of(text, 0)[140] == 126


def test_only_sixty_three_brackets_may_be_open_at_once() -> None:
    for count in (62, 63, 64, 65):
        agree("א" + "(" * count + "a" + ")" * count + "ב", 1)


def test_brackets_that_are_canonically_the_same_make_a_pair() -> None:
    assert levels_of("א\u2329b\u3009", 1) == levels_of("א(b)", 1)


def test_white_space_at_the_end_of_a_line_falls_back_to_the_paragraph() -> None:
    resolved = levels.resolve("אב גד", 0)
    assert list(levels.line_levels(resolved, 0, 5)) == [1, 1, 1, 1, 1]
    assert list(levels.line_levels(resolved, 0, 3)) == [1, 1, 0]
    assert levels_of("א \tב", 0) == [1, 0, 0, 1]


def test_each_paragraph_of_a_text_has_its_own_direction() -> None:
    resolved = levels.resolve("אב\u2029ab\u2029ג")
    assert list(resolved.levels) == [1, 1, 1, 0, 0, 0, 1]
    assert resolved.base == 1


def test_a_hostile_text_is_resolved_in_the_time_of_any_other() -> None:
    for piece in ("(", FSI, RLI, "א a)(", ")", " ", "1,", "א" + PDI, RLE):
        levels.visual_order(levels.resolve("א" + piece * 1_300).levels)  # finishes, whatever nests


# the tables


def test_code_points_without_a_character_have_the_class_of_their_block() -> None:
    assert classes.kinds_of("\u05ff\u08ff\U0001e8ff\ufdd0\U0002fffe\u0378\u20cf") == "RMRxxLT"


@pytest.mark.skipif(not (UCD / "BidiMirroring.txt").exists(), reason="Unicode's data files are not installed")
def test_the_tables_are_what_the_generator_makes_of_unicode_s_files() -> None:
    if make.version(UCD) != VERSION:
        pytest.skip(f"the tables are of {VERSION}, the files of {make.version(UCD)}")
    assert make.mirrored(UCD) == MIRRORED
    assert tuple(make.unassigned(UCD)) == UNASSIGNED
    assert (make.joining(UCD, "D"), make.joining(UCD, "R")) == (DUAL, RIGHT)


def test_mirrored_characters_are_those_that_python_calls_mirrored() -> None:
    assert all(unicodedata.mirrored(char) for char in MIRRORED)
    assert all(classes.MIRROR[classes.MIRROR[char]] == char for char in MIRRORED)
