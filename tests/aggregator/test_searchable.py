"""What can be found of an article: the same from the worker and from the store."""

from __future__ import annotations

from aggregator.model import Block, Page
from aggregator.text.heads import HEADS, NUMBERS, head, heads_of, numbers_of
from aggregator.text.searchable import MAX_SEARCHABLE, columns, searchable


def test_each_part_is_in_its_own_column_in_search_spelling() -> None:
    row, _ = columns(searchable("Ölpreis", "", "قال الـوزيرُ", author="É. Çelik", language="ar"), facets="f")
    assert row[:3] == ("olpreis", "e celik", "قال الوزير")
    assert row.facets == "f"


def test_the_summary_is_there_once() -> None:
    assert columns(searchable("T", "Lead", "Body"))[0].text == "lead body"
    assert columns(searchable("T", "The lead…", "The lead goes on"))[0].text == "the lead goes on"


def test_forms_of_title_and_text_are_kept_apart() -> None:
    row, _ = columns(searchable("Strikes", "", "talks", language="en"))
    assert "strike" in row.title_stems.split()
    assert "talk" in row.stems.split()


def test_a_page_comes_after_the_text_with_its_own_forms() -> None:
    page = Page(1, "https://a.example/", title="Headline", blocks=(Block("p", "Ferries strike"),))
    row, heads = columns(searchable("T", "", "body", language="en"), page=page, language="en")
    assert row.text == "body headline ferries strike"
    assert "ferry" in row.stems.split()
    assert heads == heads_of(["t", "body", "headline", "ferries", "strike"])


def test_a_string_without_line_feeds_is_all_text() -> None:
    row, heads = columns("older words")
    assert row == ("", "", "older words", "", "", "")
    assert heads == heads_of(["older", "words"])


def test_long_texts_are_cut() -> None:
    page = Page(1, "https://a.example/", blocks=(Block("p", "word " * MAX_SEARCHABLE),))
    row, _ = columns(searchable("T", "", "word " * MAX_SEARCHABLE), page=page)
    assert len(row.text) <= 2 * MAX_SEARCHABLE + 1


def test_the_bits_tell_which_beginnings_are_there() -> None:
    assert len(set(HEADS)) == len(HEADS)
    words = ["the", "وال", "quay"]
    numbers = numbers_of(heads_of(words))
    assert len(numbers) == NUMBERS
    assert all(0 <= number < 2**63 for number in numbers)
    for beginning in HEADS:
        place = head(beginning)
        assert place is not None
        number, bit = place
        assert bool(numbers[number] & bit) == any(word.startswith(beginning) for word in words)
    assert head("zzz") is None
