"""A feed's own HTML: the same rules, without an engine."""

from __future__ import annotations

from aggregator.extract.fragment import read
from tests.aggregator.extract import made
from tests.test_imports import loaded_by


def test_related_links_of_a_feeds_text_are_set_apart() -> None:
    link = f'<p>READ: <a href="{made.STORY}">The harbour was closed</a></p>'
    text = made.html_paragraphs(4)
    blocks, related = read("".join([*text[:2], link, *text[2:]]), made.URL)
    assert [block.text for block in blocks] == made.paragraphs(4)
    assert [(one.text, one.marker, one.after) for one in related] == [("The harbour was closed", "READ", 2)]


def test_a_short_text_of_a_feed_is_kept_whole() -> None:
    text = made.paragraphs(1)[0]
    blocks, related = read(f"<p>{text}</p><p>Short.</p><ul><li>One fact</li></ul>", made.URL)
    assert [block.text for block in blocks] == [text, "Short.", "One fact"]
    assert related == ()


def test_nothing_gives_nothing() -> None:
    assert read("", made.URL) == ((), ())
    assert read("<div>" * 100_000, made.URL) == ((), ())


def test_reading_a_feeds_text_loads_no_engine() -> None:
    assert loaded_by("import aggregator.extract.fragment", "trafilatura") == set()
