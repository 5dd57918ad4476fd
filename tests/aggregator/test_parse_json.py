"""parse_json: JSON Feed 1.0 and 1.1; a wrong type costs its field or item and no more."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Enclosure, Image, ParsedFeed
from aggregator.parse import parse
from aggregator.parse_json import parse_json

URL = "https://lantern.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def document(*items: Any, **more: Any) -> bytes:
    return json.dumps({"version": VERSION, "title": "Lantern", "items": list(items), **more}).encode()


def read(*items: Any, **more: Any) -> ParsedFeed:
    return parse_json(document(*items, **more), URL)


def test_an_item_is_read_with_all_its_fields() -> None:
    parsed = read(
        {
            "id": "a1",
            "url": "https://lantern.example/a1",
            "title": "2 < 3",
            "content_html": "<p>Text</p>",
            "summary": "A & B",
            "date_published": "2026-10-20T12:30:00+03:00",
            "date_modified": "2026-10-20T10:00:00Z",
            "authors": [{"name": "A. One"}, {"name": "B. Two"}],
            "tags": ["sea", "sea", 5],
            "image": "/cover.png",
            "language": "ar",
            "attachments": [{"url": "talk.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}],
        },
        home_page_url="https://lantern.example/",
        language="en",
    )
    assert (parsed.kind, parsed.title, parsed.link, parsed.language) == (
        "jsonfeed",
        "Lantern",
        "https://lantern.example/",
        "en",
    )
    entry = parsed.entries[0]
    assert (entry.guid, entry.link, entry.title, entry.title_is_html) == (
        "a1",
        "https://lantern.example/a1",
        "2 < 3",
        False,
    )
    assert (entry.content, entry.summary) == ("<p>Text</p>", "<p>A &amp; B</p>")
    assert (entry.published, entry.updated) == (1792488600, 1792490400)
    assert (entry.author, entry.categories, entry.language) == ("A. One, B. Two", ("sea",), "ar")
    assert entry.image == Image("https://lantern.example/cover.png")
    assert entry.enclosures == (Enclosure("https://lantern.example/talk.mp3", "audio/mpeg", 12),)


def test_plain_text_becomes_paragraphs() -> None:
    assert read({"id": 1, "content_text": "a < b\n\nc"}).entries[0].content == "<p>a &lt; b</p><p>c</p>"


@pytest.mark.parametrize(
    ("written", "guid"), [(7, "7"), (1.5, "1.5"), ("x", "x"), (True, ""), (None, ""), ([], "")]
)
def test_numbers_are_ids_too(written: Any, guid: str) -> None:
    assert read({"id": written}).entries[0].guid == guid


def test_version_1_0_has_one_author_and_the_feeds_author_stands_in() -> None:
    parsed = read({"id": "1", "author": {"name": "Own"}}, {"id": "2"}, author={"name": "House"})
    assert [entry.author for entry in parsed.entries] == ["Own", "House"]


def test_the_external_url_stands_in_for_a_missing_one() -> None:
    assert read({"external_url": "https://else.example/x"}).entries[0].link == "https://else.example/x"
    assert read({"url": "javascript:alert(1)"}).entries[0].link == ""


def test_items_of_a_wrong_type_are_left_out_and_said_so() -> None:
    parsed = read({"id": "1"}, "two", None, [3])
    assert [entry.guid for entry in parsed.entries] == ["1"]
    assert (parsed.items_seen, parsed.warning) == (4, "3 of 4 items could not be read and were left out.")


def test_lone_surrogates_and_controls_are_replaced() -> None:
    body = b'{"version":"https://jsonfeed.org/version/1","items":[{"id":"a\\ud800\\u0000b"}]}'
    assert parse_json(body, URL).entries[0].guid == "a\ufffdb"


def test_what_follows_the_feed_is_left_out() -> None:
    parsed = parse_json(document({"id": "1"}) + b" trailing", URL)
    assert len(parsed.entries) == 1
    assert "follows" in parsed.warning


@pytest.mark.parametrize(
    "body", [b"{", b'{"a":', b"[" * 100_000, b'{"version": ' + b"9" * 5000 + b"}", b'{"items": [NaN'],
    ids=["brace", "cut", "deep", "number", "nan"],
)  # fmt: skip
def test_damaged_json_is_one_sentence(body: bytes) -> None:
    with pytest.raises(ParseError, match="cannot be read") as caught:
        parse_json(body, URL)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"version": 1}', b'{"version": "https://else.example/1"}'])
def test_other_json_is_no_feed(body: bytes) -> None:
    with pytest.raises(NotAFeed, match="JSON document"):
        parse_json(body, URL)


def test_unchanged_items_do_not_come_back() -> None:
    first = parse(document({"id": "1"}, {"id": "2"}), URL, "application/json")
    second = parse(
        document({"id": "3"}, {"id": "1"}, {"id": "2"}), URL, "application/json", first.item_hashes
    )
    assert [entry.guid for entry in second.entries] == ["3"]
    twin = document({"id": "1", "title": "again"}, {"id": "1"})
    assert len(parse(twin, URL, "application/json", second.item_hashes).entries) == 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "url", "x"]), inner),
    max_leaves=6,
)
FIELDS = [
    "id", "url", "external_url", "title", "summary", "content_html", "content_text", "date_published",
    "image", "date_modified", "authors", "author", "tags", "language", "attachments", "banner_image",
]  # fmt: skip


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES), max_size=4), VALUES)
def test_no_type_anywhere_raises(items: list[dict[str, Any]], odd: Any) -> None:
    parsed = read(*items, odd, author=odd, home_page_url=odd, language=odd)
    assert len(parsed.entries) == len(items) + isinstance(odd, dict)
