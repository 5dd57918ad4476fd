"""parse: each oddity has its expectation; real documents are read; no item is read twice."""

from __future__ import annotations

import csv
import json
import random
import re
from dataclasses import astuple, fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAFeed, ParseError
from aggregator.model import Enclosure, ParsedEntry, ParsedFeed
from aggregator.parse import MAX_ITEMS, parse
from aggregator.parse_entry import guid_hash

URL = "https://lantern.example/feeds/news.xml"
XML = "application/rss+xml"
FEEDS = Path(__file__).parent.parent / "feeds"
MINUTES = [f"2026-10-{1 + n // 1440:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z" for n in range(3000)]
PAIR = 16  # bytes an item in item_hashes

# documents of the shared index that we rightly read otherwise than feedparser alone does
OTHERWISE = {
    "rss20-rss-incomplete-cdata-1.xml",  # its only item is cut in the middle
    "jsonfeed-bad-allthis-partial-1.json",  # cut in the middle
}


def item(number: int, more: str = "") -> str:
    return (
        f"<item><title>Story {number}</title><link>https://lantern.example/{number}</link>"
        f'<guid isPermaLink="false">id-{number}</guid>{more}</item>\n'
    )


def feed(*items: str, header: str = "") -> bytes:
    return (
        '<?xml version="1.0"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>'
        f"<title>Gazette</title>{header}\n{''.join(items)}</channel></rss>"
    ).encode()


def attempt(body: bytes) -> ParsedFeed | str:
    """What parse makes of ``body``: a feed, or the sentence it refuses it with."""
    try:
        return parse(body, URL, XML)
    except ParseError as error:
        return str(error)


def titles(parsed: ParsedFeed) -> list[str]:
    return [entry.title for entry in parsed.entries]


# --- one oddity a file ------------------------------------------------------------------------


def expectation(path: Path) -> dict[str, Any]:
    encoding = next(
        (name for name in ("utf-16", "windows-1256", "windows-1255") if name in path.stem), "utf-8"
    )
    found = re.search(r"<!-- expect (\{.*\}) -->", path.read_bytes().decode(encoding, "replace"))
    assert found, "the file has no expectation"
    loaded: dict[str, Any] = json.loads(found[1])
    return loaded


def value(parsed: ParsedFeed, path: str) -> Any:
    found: Any = parsed
    for step in path.split("."):
        found = found.entries[int(step)] if step.isdigit() else getattr(found, step)
    if isinstance(found, tuple):
        return [list(astuple(part)) if isinstance(part, Enclosure) else part for part in found]
    return found


@pytest.mark.parametrize("path", sorted(FEEDS.glob("*.xml")), ids=lambda path: path.stem)
def test_each_oddity_is_read_as_its_file_says(path: Path) -> None:
    body = path.read_bytes()
    expected = expectation(path)
    if "error" in expected:
        with pytest.raises(ParseError, match=re.escape(expected["says"])) as caught:
            parse(body, URL, XML)
        assert type(caught.value).__name__ == expected["error"]
        return
    parsed = parse(body, URL, XML)
    assert len(parsed.entries) == expected.pop("entries")
    warning = expected.pop("warning", None)
    assert warning is None or (warning in parsed.warning if warning else parsed.warning == "")
    assert {path: value(parsed, path) for path in expected} == expected


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "an empty document"),
        (b" \n", "an empty document"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "an image"),
        (b"just words", "no XML"),
        (b"<p>You are blocked", "a web page"),
        (b'{"error": 1}', "a JSON document"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, says: str) -> None:
    with pytest.raises(NotAFeed, match=says) as caught:
        parse(body, URL, "text/html")
    assert caught.value.url == URL


def test_a_body_that_names_a_file_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(feed(item(1)))
    with pytest.raises(NotAFeed):
        parse(str(tmp_path / "feed.xml").encode(), URL, XML)


def test_a_wrong_content_type_does_not_matter() -> None:
    for content_type in ("text/html; charset=utf-8", "image/png", "", "nonsense;;charset"):
        assert titles(parse(feed(item(1)), URL, content_type)) == ["Story 1"]


def test_the_header_charset_beats_the_declaration() -> None:
    declaration = '<?xml version="1.0" encoding="windows-1252"?>'
    body = f'{declaration}<rss version="2.0"><channel><title>خبر</title></channel></rss>'
    assert parse(body.encode("cp1256"), URL, "text/xml; charset=windows-1256").title == "خبر"


def test_feedparsers_own_exceptions_become_parse_errors() -> None:
    deep = b"<rss version='2.0'><channel><item><title><svg>" + b"<title>" * 5000
    with pytest.raises(ParseError):
        parse(deep, URL, XML)


def test_an_author_of_64_kilobytes_costs_no_time() -> None:
    body = feed(item(1, f"<author>{'a.' * 32_000}</author>"))
    assert len(parse(body, URL, XML).entries[0].author) <= 1000


def test_a_hundred_thousand_attributes_are_refused_and_a_long_inline_picture_is_not() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(100_000))
    with pytest.raises(ParseError, match="attributes"):
        parse(feed(item(1, f"<a {attributes}/>")), URL, XML)
    picture = f'<description><![CDATA[<img src="data:image/png;base64,{"A" * 200_000}">]]></description>'
    assert titles(parse(feed(item(1, picture)), URL, XML)) == ["Story 1"]


# --- no item is read twice --------------------------------------------------------------------


def pairs(parsed: ParsedFeed) -> list[bytes]:
    blob = parsed.item_hashes
    return [blob[at : at + PAIR] for at in range(0, len(blob), PAIR)]


def expected_entries(whole: ParsedFeed, known: list[bytes]) -> tuple[ParsedEntry, ...]:
    """What must come back: the items not known; all where a new one shares its guid with a known one."""
    hashes = {pair[:8] for pair in known}
    present = pairs(whole)
    guids = {pair[8:] for pair in present if pair[:8] in hashes}
    fresh = [number for number, pair in enumerate(present) if pair[:8] not in hashes]
    if any(present[number][8:] in guids for number in fresh):
        return whole.entries
    return tuple(whole.entries[number] for number in fresh)


def assert_same_with_known(body: bytes, whole: ParsedFeed) -> None:
    present = pairs(whole)
    assert [pair[8:] for pair in present] == [guid_hash(entry) for entry in whole.entries]
    for known in (present, present[::2], present[1::2], present[2:]):
        part = parse(body, URL, XML, b"".join(known))
        assert part.entries == expected_entries(whole, known)
        for field in fields(ParsedFeed):
            if field.name != "entries":
                assert getattr(part, field.name) == getattr(whole, field.name)


def test_unchanged_items_do_not_come_back() -> None:
    first = parse(feed(item(2), item(1)), URL, XML)
    second = parse(feed(item(3), item(2), item(1)), URL, XML, first.item_hashes)
    assert titles(second) == ["Story 3"]
    assert second.items_seen == 3
    assert len(second.item_hashes) == 3 * PAIR
    assert parse(feed(item(3), item(2), item(1)), URL, XML, second.item_hashes).entries == ()


def test_a_changed_item_comes_back_alone() -> None:
    first = parse(feed(item(2), item(1)), URL, XML)
    second = parse(feed(item(2, "<description>more</description>"), item(1)), URL, XML, first.item_hashes)
    assert titles(second) == ["Story 2"]


def test_a_new_build_date_brings_nothing_back_but_a_new_namespace_does() -> None:
    first = parse(
        feed(item(1), header="<lastBuildDate>Mon, 23 Nov 2026 08:30:00 GMT</lastBuildDate>"), URL, XML
    )
    later = feed(item(1), header="<lastBuildDate>Tue, 24 Nov 2026 08:30:00 GMT</lastBuildDate><ttl>5</ttl>")
    second = parse(later, URL, XML, first.item_hashes)
    assert (second.entries, second.hints.ttl) == ((), 300)
    moved = later.replace(b'version="2.0"', b'version="2.0" xmlns:x="urn:x"')
    assert titles(parse(moved, URL, XML, first.item_hashes)) == ["Story 1"]
    assert titles(parse(later, "https://elsewhere.example/", XML, first.item_hashes)) == ["Story 1"]


def test_items_that_left_are_forgotten() -> None:
    first = parse(feed(item(2), item(1)), URL, XML)
    assert len(parse(feed(item(2)), URL, XML, first.item_hashes).item_hashes) == PAIR


def test_a_new_item_with_the_guid_of_a_known_one_is_judged_with_it() -> None:
    first = parse(feed(item(1)), URL, XML)
    twin = item(1).replace("Story 1", "Twin")
    second = parse(feed(twin, item(1), item(0)), URL, XML, first.item_hashes)
    assert titles(second) == ["Twin", "Story 1", "Story 0"]
    assert parse(feed(twin, item(1), item(0)), URL, XML, second.item_hashes).entries == ()


def test_a_damaged_document_is_read_whole_each_time() -> None:
    first = parse(feed(item(1)), URL, XML)
    second = parse(feed(item(2), item(1)) + b"<", URL, XML, first.item_hashes)
    assert titles(second) == ["Story 2", "Story 1"]
    assert second.item_hashes == b""
    assert "damaged" in second.warning


def test_a_known_blob_of_any_bytes_does_no_harm() -> None:
    for known in (b"x", b"\0" * 15, b"\0" * 33, bytes(range(256))):
        assert titles(parse(feed(item(1)), URL, XML, known)) == ["Story 1"]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_too_many_items_the_newest_are_kept(newest_first: bool) -> None:
    total = MAX_ITEMS + 5
    numbers = range(total, 0, -1) if newest_first else range(1, total + 1)
    dated = [item(number, f"<dc:date>{MINUTES[number]}</dc:date>") for number in numbers]
    parsed = parse(feed(*dated), URL, XML)
    assert (len(parsed.entries), parsed.items_seen) == (MAX_ITEMS, total)
    assert f"Story {total}" in (parsed.entries[0].title, parsed.entries[-1].title)
    assert "Story 5" not in titles(parsed)
    assert str(MAX_ITEMS) in parsed.warning
    assert parse(feed(*dated), URL, XML, parsed.item_hashes).entries == ()


# --- real documents ---------------------------------------------------------------------------


def documents(shared: Path) -> list[dict[str, str]]:
    lines = (shared / "feeds" / "INDEX.tsv").read_text("utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def readings(shared: Path) -> list[tuple[dict[str, str], bytes, ParsedFeed | str]]:
    """Each real document with its index row and what parse makes of it."""
    bodies = [(row, (shared / "feeds" / row["file"]).read_bytes()) for row in documents(shared)]
    return [(row, body, attempt(body)) for row, body in bodies]


def test_all_real_documents_give_their_entries_or_one_clear_sentence(
    readings: list[tuple[dict[str, str], bytes, ParsedFeed | str]],
) -> None:
    read = refused = 0
    for row, _, parsed in readings:
        if isinstance(parsed, str):
            assert row["entries"] == "0" or row["file"] in OTHERWISE, row["file"]
            assert re.fullmatch(r"[\x20-\x7e]{10,200}\.", parsed)
            refused += 1
            continue
        read += 1
        assert len(parsed.entries) == parsed.items_seen == int(row["entries"]), row["file"]
        for entry in parsed.entries:
            assert not entry.link or re.match(r"https?://", entry.link, re.IGNORECASE)
            assert not re.search(r"[\r\n]", entry.link + entry.guid)
    assert (read, refused) == (491, 11)


def test_real_documents_read_in_parts_equal_the_whole(
    readings: list[tuple[dict[str, str], bytes, ParsedFeed | str]],
) -> None:
    proven = 0
    for _, body, whole in readings:
        if isinstance(whole, ParsedFeed) and whole.item_hashes:
            proven += 1
            assert_same_with_known(body, whole)
    assert proven >= 450  # of 502; 453 when this was written


def test_hostile_documents_raise_nothing_but_parse_errors(shared: Path) -> None:
    count = 0
    for path in sorted((shared / "hostile").rglob("*")):
        if path.suffix in {".xml", ".json", ".html", ".opml", ".rdf", ".atom", ".rss"}:
            count += 1
            parsed = attempt(path.read_bytes())
            if isinstance(parsed, str):
                assert parsed.isprintable()
            else:
                repr(parsed).encode("utf-8")  # a lone surrogate would raise
    assert count > 400


# --- damage -----------------------------------------------------------------------------------

SMALL = [path.read_bytes() for path in sorted(FEEDS.glob("*.xml"))]
# fmt: off
SCRAPS = [
    b"<item>", b"</item>", b"<entry>", b"</entry/>", b"<item/>", b"<![CDATA[", b"]]>", b"<!--", b"-->",
    b"<?x ?>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&", b"&#0;", b"<title>", b"</title>", b"<div>",
    b"</div>", b"</link>", b'<div xmlns:media="urn:x">', b' xml:base="urn:y"', b"\xff", b"\x1b",
    b"<x:item>", b"<summary>", b"</summary>", b"<source><title>t</title></source>",
    b'<category term="x"/>', b"<image><url>u</url></image>",
]
# fmt: on


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_mutated_documents_read_in_parts_equal_the_whole(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from([*SMALL, feed(*map(item, range(6)))])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 30))] = data.draw(st.sampled_from(SCRAPS))
    whole = attempt(bytes(body))
    if isinstance(whole, ParsedFeed) and whole.item_hashes:
        assert_same_with_known(bytes(body), whole)


def test_random_bytes_never_raise_anything_else() -> None:
    dice = random.Random(7)
    for _ in range(200):
        body = dice.choice(SMALL)
        noise = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 40)))
        at = dice.randrange(len(body))
        parsed = attempt(body[:at] + noise + body[at + dice.randrange(60) :])
        assert isinstance(parsed, ParsedFeed) or parsed.isprintable()
