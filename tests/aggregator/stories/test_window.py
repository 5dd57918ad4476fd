"""The window: who might be related to whom, and in what two articles are alike."""

from __future__ import annotations

import random
from array import array
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.stories.features import Features, extract, key
from aggregator.stories.titles import Kind
from aggregator.stories.window import CANDIDATES, POSTINGS, Parts, Window

HOUR = 3600
DAY = 24 * HOUR
SECONDS = 3 * DAY

FERRY = "Ferry Marigold sinks off Haifa, 42 rescued"
STORIES = (
    (FERRY, "en", "Daily Cedar", 0),
    ("Rescuers save 42 from sinking ferry Marigold near Haifa", "en", "Evening Palm", HOUR),
    ("غرق العبارة ماريغولد قبالة حيفا وإنقاذ ٤٢", "ar", "صوت النخيل", 2 * HOUR),
    ("המעבורת מריגולד טבעה מול חיפה, 42 חולצו", "he", "קול הארז", 3 * HOUR),
    ("Harvest of olives begins in the hills above Nablus", "en", "Daily Cedar", 4 * HOUR),
    ("موسم قطاف الزيتون يبدأ في تلال نابلس", "ar", "صوت النخيل", 5 * HOUR),
)  # fmt: skip

FEW = st.lists(st.integers(0, 30), max_size=8, unique=True)


@st.composite
def feature_sets(draw: st.DrawFn) -> Features:
    title, names, concepts = (array("I", draw(FEW)) for _ in range(3))
    lead = array("I", [term for term in draw(FEW) if term not in title])
    return Features(title=title, lead=lead, names=names, concepts=concepts)


OUTLETS = st.sampled_from(("Daily Cedar", "Evening Palm"))
ARTICLES = st.lists(
    st.tuples(feature_sets(), st.integers(0, 2 * SECONDS), st.sampled_from(("en", "ar")), OUTLETS),
    min_size=2,
    max_size=12,
)
Article = tuple[Features, int, str, str]


def window_of(articles: list[Article], order: list[int] | None = None) -> Window:
    window = Window(SECONDS)
    for number in order or range(len(articles)):
        found, at, language, outlet = articles[number]
        window.add(number, at, language, outlet, found)
    window.settle()
    return window


def told(stories: tuple[tuple[str, str, str, int], ...] = STORIES) -> Window:
    return window_of(
        [(extract(title, "", language), at, language, outlet) for title, language, outlet, at in stories]
    )


def alike(one: Parts, other: Parts) -> bool:
    return all(a == pytest.approx(b) for a, b in zip(one, other, strict=True))


def test_reports_of_one_event_find_one_another_in_every_script() -> None:
    window = told()
    assert set(window.candidates(0)) >= {1, 2, 3}
    assert 0 in window.candidates(3)


def test_reports_of_two_events_share_nothing() -> None:
    parts = told().parts(0, 4)
    assert (parts.words, parts.names, parts.places) == (0.0, 0.0, 1.0)


def test_across_languages_words_are_not_compared_but_names_are() -> None:
    parts = told().parts(0, 2)
    assert (parts.crossing, parts.words, parts.title) == (1.0, 0.0, 0.0)
    assert parts.names > 0
    assert parts.places == 0.0


def test_an_article_is_wholly_like_its_copy() -> None:
    window = told((*STORIES, (FERRY, "en", "Morning Fig", HOUR)))
    parts = window.parts(0, 6)
    assert [parts.words, parts.title, parts.names, parts.concepts] == pytest.approx([1.0] * 4)


def test_time_apart_is_in_days_and_ends_with_the_window() -> None:
    window = told((STORIES[0], (*STORIES[1][:3], DAY), (*STORIES[2][:3], 30 * DAY)))
    assert window.parts(0, 1).days == pytest.approx(1.0)
    assert window.parts(0, 2).days == pytest.approx(3.0)


def test_the_speaker_counts_only_if_both_quote_the_same() -> None:
    window = told(
        (
            ("Araghchi: ferries may sail", "en", "Daily Cedar", 0),
            ("عراقجي: لا محادثات", "ar", "صوت النخيل", 0),
            ("Putin: ferries may sail", "en", "Evening Palm", 0),
        )
    )
    assert (window.parts(0, 1).speaker, window.parts(0, 2).speaker) == (1.0, 0.0)


@given(ARTICLES)
@settings(max_examples=40)
def test_candidates_are_never_further_apart_than_the_window(articles: list[Article]) -> None:
    window = window_of(articles)
    for one, article in enumerate(articles):
        for other in window.candidates(one):
            assert other != one
            assert abs(articles[other][1] - article[1]) <= SECONDS


def test_what_is_just_within_the_window_is_a_candidate_and_a_second_more_is_not() -> None:
    title, language, _, _ = STORIES[0]
    window = told(
        (
            (title, language, "Cedar", 0),
            (title, language, "Palm", SECONDS),
            (title, language, "Fig", SECONDS + 1),
        )
    )
    assert window.candidates(0) == [1]
    assert sorted(window.candidates(1)) == [0, 2]


def test_junk_is_nobodys_candidate_and_has_none() -> None:
    report = extract(FERRY, "", "en")
    junk = replace(report, kind=Kind.JUNK)
    window = window_of([(report, 0, "en", "Cedar"), (junk, 0, "en", "Palm"), (report, 0, "en", "Fig")])
    assert window.candidates(0) == [2]
    assert window.candidates(1) == []


def test_an_article_has_no_more_candidates_than_its_bound() -> None:
    window = window_of(
        [(extract(f"{FERRY} {n}", "", "en"), 0, "en", f"Outlet {n}") for n in range(CANDIDATES + 30)]
    )
    # so many articles share every word, and rare is what few have
    assert len(window.candidates(0)) <= CANDIDATES


class Beside:
    """Vectors by which each article is nearest to the one with the next number."""

    def nearest(self, article: int, number: int) -> list[int]:
        return [article + 1, 999]

    def cosine(self, one: int, other: int) -> float | None:
        return 0.5


def test_the_nearest_vectors_are_candidates_if_the_window_holds_them() -> None:
    window = told()
    assert 4 not in window.candidates(3)
    assert 4 in window.candidates(3, Beside())
    assert 999 not in window.candidates(3, Beside())


@given(ARTICLES, st.randoms())
@settings(max_examples=40)
def test_the_order_of_adding_does_not_change_in_what_two_are_alike(
    articles: list[Article], chance: random.Random
) -> None:
    order = list(range(len(articles)))
    chance.shuffle(order)
    straight, shuffled = window_of(articles), window_of(articles, order)
    for one in range(1, len(articles)):
        assert alike(straight.parts(0, one), shuffled.parts(0, one))


@given(ARTICLES)
@settings(max_examples=40)
def test_alike_is_the_same_from_both_sides_and_cosines_lie_between_0_and_1(articles: list[Article]) -> None:
    window = window_of(articles)
    for one in range(1, len(articles)):
        parts = window.parts(0, one)
        assert alike(parts, window.parts(one, 0))
        for cosine in (parts.words, parts.title, parts.names, parts.concepts, parts.template):
            assert 0 <= cosine <= 1 + 1e-9


def test_an_article_without_a_word_is_like_nothing() -> None:
    window = window_of([(Features(), 0, "en", "Cedar"), (extract(FERRY, "", "en"), 0, "en", "Palm")])
    assert window.candidates(0) == []
    assert window.parts(0, 1).words == 0.0


def test_a_rare_word_shared_counts_more_than_a_common_one() -> None:
    common = [("Ferry delayed", "en", "Cedar", 0)] * 20
    window = told(
        (
            ("Ferry delayed near Kardamena", "en", "Palm", 0),
            ("Kardamena votes", "en", "Fig", 0),
            ("Ferry votes", "en", "Fig", 0),
            *common,
        )
    )
    assert window.parts(0, 1).words > 2 * window.parts(0, 2).words


def test_what_is_forgotten_is_nobodys_candidate() -> None:
    window = told()
    window.forget([0])
    assert 0 not in window
    assert len(window) == len(STORIES) - 1
    assert all(0 not in window.candidates(other) for other in window.ids())


def test_after_the_forgotten_are_swept_all_is_as_if_they_had_never_been_there() -> None:
    window = told()
    gone = range(100, 100 + 2 * POSTINGS)
    for number in gone:
        window.add(number, 0, "en", "Fig", extract(FERRY, "", "en"))
    window.settle()
    window.forget(gone)
    window.settle()
    fresh = told()
    assert window.ids() == fresh.ids()
    for one in range(len(STORIES)):
        assert sorted(window.candidates(one)) == sorted(fresh.candidates(one))
        assert alike(window.parts(0, one), fresh.parts(0, one))


def test_a_changed_article_is_compared_as_it_is_now() -> None:
    window = told()
    window.add(0, 0, "en", "Daily Cedar", extract("Olives of Nablus are harvested in the hills", "", "en"))
    window.settle()
    assert len(window) == len(STORIES)
    assert window.parts(0, 1).words == 0.0
    assert 4 in window.candidates(0)


def test_the_fewer_articles_hold_a_name_the_rarer_it_is() -> None:
    window = told()
    assert window.rarity(key("@nablus")) > window.rarity(key("@haifa")) > 0


def test_one_outlet_filling_a_phrase_in_two_ways_is_a_template() -> None:
    window = told(
        (
            ("Minister receives the ambassador of Ruritania", "en", "Daily Cedar", 0),
            ("Minister receives the ambassador of Freedonia", "en", "Daily Cedar", HOUR),
            ("Minister receives the ambassador of Freedonia", "en", "Evening Palm", HOUR),
        )
    )
    assert window.parts(0, 1).template == window.parts(0, 1).title > 0
    assert window.parts(0, 2).template == 0.0  # another outlet
    assert window.parts(1, 2).template == 0.0
