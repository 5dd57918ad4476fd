"""Related stories: terms of an article, and the edges a window of recent ones gives."""

from __future__ import annotations

import random

import pytest

from aggregator.model import LinkEdge, LinkKind
from aggregator.stories import related
from aggregator.stories.related import Window
from aggregator.stories.terms import MAX_TERMS, pack, spellings, stems_of
from aggregator.text.fold import fold

HOUR = 3600
DAY = 24 * HOUR
NOW = 1_790_000_000


def terms(title: str, language: str = "en", lead: str = "") -> bytes:
    shown = f"{title} {lead}"
    return pack(fold(shown), shown, language)


class Shelf(Window):
    """A window that remembers the packed terms, as the store does."""

    def __init__(self, seconds: int) -> None:
        self.packed: dict[int, bytes] = {}
        super().__init__(seconds, self.packed.__getitem__)

    def add(self, article_id: int, at: int, language: str, terms: bytes) -> None:
        self.packed[article_id] = terms
        super().add(article_id, at, language, terms)

    def link(self, article_id: int, at: int, language: str, terms: bytes) -> list[LinkEdge]:
        self.packed[article_id] = terms
        return super().link(article_id, at, language, terms)


def filled(*titles: tuple[int, int, str], language: str = "en", seconds: int = 7 * DAY) -> Window:
    window = Shelf(seconds)
    for number, at, title in titles:
        window.add(number, at, language, terms(title, language))
    for number in range(1000, 1040):  # unrelated company, so that rare words are rare
        title = f"Filler{number} council discusses budget item{number} quietly{number}"
        window.add(number, NOW - HOUR, language, terms(title, language))
    return window


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "Storms", "storm"),
        ("ar", "والمتحف", "المتحف"),
        ("ar", "للميناء", "الميناء"),
        ("ar", "المعلّمة", "المعلمة"),
        ("he", "במוזיאון", "מוזיאון"),
        ("fa", "کتاب‌های", "کتاب"),
        ("tr", "İstanbul'daki", "istanbullu"),
    ],
)
def test_forms_of_a_word_meet_in_a_stem(language: str, one: str, other: str) -> None:
    assert set(stems_of(terms(one, language))) & set(stems_of(terms(other, language)))


def test_stop_words_are_no_terms() -> None:
    assert stems_of(terms("What will the news say about this today")) == []


def test_a_term_keeps_the_publishers_spelling() -> None:
    assert spellings(terms("Naqoura talks"), "en")["naqoura"] == "Naqoura"
    assert spellings(terms("المعلّمة تقرأ", "ar"), "ar")["معلمه"] == "المعلّمة"


def test_an_article_has_a_bounded_number_of_terms() -> None:
    many = " ".join(f"word{number}" for number in range(200))
    assert len(stems_of(terms(many))) <= MAX_TERMS + 1


def test_damaged_terms_are_no_error() -> None:
    assert spellings(b"\xff\xfe broken", "en") == {}


def test_reports_of_one_event_are_linked_both_ways_with_shared_names() -> None:
    window = filled((1, NOW - 2 * HOUR, "Olive harvest festival opens in Jenin valley"))
    edges = window.link(2, NOW, "en", terms("Jenin valley opens its olive harvest festival early"))
    assert {(edge.source, edge.target, edge.kind) for edge in edges} == {
        (2, 1, LinkKind.SAME),
        (1, 2, LinkKind.SAME),
    }
    assert "Jenin" in edges[0].evidence
    assert 0 < edges[0].score <= 1


def test_a_later_development_is_earlier_and_later_not_same() -> None:
    window = filled((1, NOW - 4 * DAY, "Tripoli port talks stall over crane fees"))
    edges = window.link(2, NOW, "en", terms("Tripoli port talks resume, crane fees agreed"))
    assert {(edge.source, edge.target, edge.kind) for edge in edges} == {
        (2, 1, LinkKind.EARLIER),
        (1, 2, LinkKind.LATER),
    }


def test_an_unrelated_article_gets_no_link() -> None:
    window = filled((1, NOW - HOUR, "Olive harvest festival opens in Jenin valley"))
    assert window.link(2, NOW, "en", terms("Cup final in Casablanca goes to penalties")) == []


def test_languages_are_not_compared_with_each_other() -> None:
    window = filled((1, NOW - HOUR, "Jenin olive festival 2026"))
    assert window.link(2, NOW, "tr", terms("Jenin olive festival 2026", "tr")) == []


def test_articles_farther_apart_than_the_window_are_not_linked() -> None:
    window = filled((1, NOW - 9 * DAY, "Olive harvest festival opens in Jenin valley"))
    assert window.link(2, NOW, "en", terms("Olive harvest festival opens in Jenin valley")) == []


def test_an_edited_article_is_compared_afresh_and_not_with_itself() -> None:
    window = filled((1, NOW, "Olive harvest festival opens in Jenin valley"))
    assert window.link(1, NOW, "en", terms("Olive harvest festival opens in Jenin valley")) == []
    assert window.link(1, NOW, "en", terms("Cup final in Casablanca")) == []


def test_an_article_gets_a_bounded_number_of_links() -> None:
    window = filled(*((n, NOW - n, f"Jenin olive harvest number{n}") for n in range(2, 600)))
    assert len(window.link(1, NOW, "en", terms("Jenin olive harvest number1"))) <= 2 * related.MAX_EDGES


def test_the_window_lets_go_of_the_oldest_and_stays_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(related, "MAX_WINDOW", 50)
    window = Shelf(7 * DAY)
    for number in range(1, 400):
        window.add(number, NOW, "en", terms(f"Topic{number} alpha{number} beta{number}"))
    assert window.link(1000, NOW, "en", terms("Topic1 alpha1 beta1")) == []
    assert {edge.target for edge in window.link(1001, NOW, "en", terms("Topic399 alpha399 beta399"))} == {
        399,
        1001,
    }


def test_edges_do_not_depend_on_the_order_of_unrelated_company() -> None:
    shuffled = random.Random(7)
    pairs = [(n, NOW - n * HOUR, f"Topic{n} alpha{n} storm{n} Amman") for n in range(10, 40)]
    results = []
    for _ in range(3):
        shuffled.shuffle(pairs)
        window = filled(*pairs, (1, NOW - HOUR, "Amman tram line opens at dawn"))
        edges = window.link(2, NOW, "en", terms("Tram line opens in Amman at dawn"))
        results.append({(edge.source, edge.target, edge.kind) for edge in edges})
    assert results[0] == results[1] == results[2] != set()
