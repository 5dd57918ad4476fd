"""Whatever comes in, what goes out cannot steer a terminal, hide text or start a program."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text import inert
from aggregator.text.inert import clean_text, decode_entities, is_clean, safe_url

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
ODD = st.sampled_from(
    list("ab \t\n\r\x00\x1b\x07\x7f\x85\x9b\x9d\u00a0\u00ad\u0301\u064e\u05b0\u200b\u200c\u200d\u200e")
    + list(
        "\u2028\u202a\u202e\u2066\u2067\u2068\u2069\ufe0f\ufeff\ufffe\ud800\udfff\U000e0041\U000e0101&;#x1bסלام"
    )
)
HOSTILE = st.one_of(
    st.text(ODD, max_size=60),
    st.text(st.characters(exclude_categories=()), max_size=60),
    st.text(max_size=60),
)


def most_marks(text: str) -> int:
    """The largest number of combining marks on one base."""
    most = count = 0
    for char in text:
        category = unicodedata.category(char)
        count = count + 1 if category in ("Mn", "Me") else count if category == "Cf" else 0
        most = max(most, count)
    return most


@given(HOSTILE, st.booleans(), st.integers(0, 40))
def test_cleaning_twice_is_cleaning_once(text: str, multiline: bool, limit: int) -> None:
    once = clean_text(text, limit=limit, multiline=multiline)
    assert clean_text(once, limit=limit, multiline=multiline) == once
    assert is_clean(once, multiline=multiline)


@given(HOSTILE, st.booleans(), st.booleans(), st.integers(0, 40))
def test_nothing_forbidden_survives(text: str, multiline: bool, unescape: bool, limit: int) -> None:
    clean = clean_text(text, limit=limit, multiline=multiline, unescape=unescape)
    assert not FORBIDDEN.search(clean)
    assert len(clean) <= limit
    assert most_marks(clean) <= inert.MAX_MARKS
    assert multiline or not re.search(r"[\t\n]|\s\s|^\s|\s$", clean)


@given(HOSTILE)
def test_isolates_close_within_their_line(text: str) -> None:
    for line in clean_text(text, multiline=True).split("\n"):
        depth = 0
        for char in line:
            depth += ("\u2066" <= char <= "\u2068") - (char == "\u2069")
            assert depth >= 0
        assert depth == 0


@given(st.text(st.characters(whitelist_categories=("Ll", "Lo", "Nd", "Po")), min_size=1, max_size=40))
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert clean_text(text, multiline=True) == clean_text(text) == text


def test_every_combining_mark_is_in_the_ranges_that_are_searched() -> None:
    many = re.compile(f"[{inert._MARKISH}]")
    points = map(chr, range(sys.maxunicode + 1))
    assert [c for c in points if unicodedata.category(c) in ("Mn", "Me") and not many.match(c)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Talks resume [/b] today", "Talks resume [/b] today"),
        ("\x1b]0;owned\x07Prices\x9b31m up", "]0;ownedPrices31m up"),
        ("one\r\n\ttwo\u2028three", "one two three"),
        ("invoice\u202excod.exe", "invoicexcod.exe"),
        ("می\u200cشود", "می\u200cشود"),
        ("\u2067عنوان", "عنوان"),
        ("a \u2068b\u2069 c", "a \u2068b\u2069 c"),
        ("lone \ud83d half", "lone \ufffd half"),
        ("e" + "\u0301" * 9, "e" + "\u0301" * 4),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert clean_text(text) == expected


def test_text_of_several_lines_keeps_line_ends_and_indents() -> None:
    assert clean_text("\n  a\r\n\tb\x1b\rc  \n\n", multiline=True) == "  a\n\tb\nc"


def test_cut_text_ends_in_an_ellipsis_and_not_in_a_space() -> None:
    assert clean_text("abc def", limit=5) == "abc…"
    assert clean_text("abc def", limit=7) == "abc def"
    assert clean_text("abc", limit=0) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("R&amp;D", "R&D"),
        ("&amp;amp;quot;", '"'),
        ("a&#27;[31m", "a[31m"),
        ("a&amp;#x9b;31m", "a›31m"),
        ("Q&A &copy=2", "Q&A &copy=2"),
        ("&amp;amp;amp;amp;lt;", "&amp;lt;"),
    ],
)
def test_entities_are_decoded_three_times_at_most_then_cleaned(text: str, expected: str) -> None:
    assert clean_text(text, unescape=True) == expected


def test_entities_stay_where_nobody_asks() -> None:
    assert clean_text("a &amp; b") == "a &amp; b"
    assert decode_entities("a &amp; b") == "a & b"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/a?b=1#c", "https://news.example/a?b=1#c"),
        ("HTTP://News.Example/a b", "http://News.Example/a%20b"),
        ("https://news.example:8443/", "https://news.example:8443/"),
        ("https://user:secret@news.example/a", "https://news.example/a"),
        ("https://news.example/\x1b]0;x\x07", "https://news.example/]0;x"),
        ("https://news.example/\u202egpj", "https://news.example/gpj"),
        ("https://news.example/\u200cx", "https://news.example/%E2%80%8Cx"),
        ("https://news.example/خبر", "https://news.example/خبر"),
        ("  https://news.example/\n  ", "https://news.example/"),
        ("http://[::1]/a", "http://[::1]/a"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("data:text/html,x", ""),
        ("-oProxyCommand=x", ""),
        ("https://-oProxyCommand=x/", ""),
        ("https:///path", ""),
        ("https://a\u202eb.example/", "https://ab.example/"),
        ("https://a%2eb/", ""),
        ("http://harbour.example\\@127.0.0.3/a\\b?c\\d", "http://harbour.example/@127.0.0.3/a/b?c%5Cd"),
        ("http://[bad/", ""),
        ("http:\\\\news.example", ""),
        ("/relative", ""),
        ("", ""),
        ("https://news.example/" + "a" * 2000, ""),
        ("https://news.example/" + "خ" * 1000, ""),
    ],
)
def test_only_web_addresses_pass(url: str, expected: str) -> None:
    assert safe_url(url) == expected


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("خبر.example", "خبر.example"),
        ("اخبار۱.example", "xn--mgbacxr66i.example"),
        ("חדשות.example", "חדשות.example"),
        ("Bücher.example", "bücher.example"),
        ("аррӏе.example", "xn--80ak6aa92e.example"),
        ("googlе.example", "xn--googl-3we.example"),
        ("می\u200cشود.example", "xn--ugbj4cn27d652j.example"),
        ("خبرnews.example", "xn--news-45f9aw.example"),
        ("ｎｅｗｓ。example", "news.example"),
        ("faß.example", "xn--fa-hia.example"),
        ("a℀b.example", ""),
        ("e" + "\u0301" * 9 + ".example", "xn--9ca68haaaaaaa.example"),
        ("\u202eexample", "example"),
        ("：80.example", ""),
        ("\U0001f468" * 250, ""),
    ],
)
def test_a_host_that_could_pass_for_another_is_in_punycode(host: str, shown: str) -> None:
    assert safe_url(f"https://{host}/") == (f"https://{shown}/" if shown else "")


def test_relative_addresses_are_resolved_against_a_web_address_only() -> None:
    assert safe_url("../b?c", "https://news.example/x/y/") == "https://news.example/x/b?c"
    assert safe_url("//other.example/a", "https://news.example/") == "https://other.example/a"
    assert safe_url("b", "file:///etc/") == ""
    assert safe_url("//[bad", "https://news.example/") == ""
    assert safe_url("-oProxyCommand=x", "https://news.example/") == ""


@given(st.one_of(HOSTILE, HOSTILE.map(lambda tail: "https://news.example/" + tail)))
def test_a_safe_address_stays_as_it_is_and_holds_nothing_hidden(url: str) -> None:
    safe = safe_url(url, "https://news.example/base")
    assert safe_url(safe) == safe
    assert safe == "" or (safe.startswith(("http://", "https://")) and safe.isprintable() and " " not in safe)
