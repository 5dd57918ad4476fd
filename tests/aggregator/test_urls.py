"""Addresses of one article are one key; addresses of two articles are two."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text import urls
from aggregator.text.inert import safe_url
from aggregator.text.urls import canonical_url, host, site

KEY = "https://news.example/world/story-1"
SEPARATORS = ("/", "//", ".", "..", "?", "&", "&amp;", "amp;", "=", "#", "#!", ":", ":80", "@", "\\", " ")
HOSTS = ("www.", "m.", "co.uk", "news.example", "google.com", "x.cdn.ampproject.org", "[::1]")
WORDS = (
    "amp",
    ".amp",
    "amp.html",
    "a",
    "c",
    "s",
    "b=2",
    "utm_x=1",
    "ref=rss",
    "%41",
    "%c3",
    "%",
    "خ",
    "ß",
    "℀",
)
PIECES = st.sampled_from([*SEPARATORS, *HOSTS, *WORDS, "\ud800"])


@pytest.mark.parametrize(
    "url",
    [
        "http://news.example/world/story-1",
        "HTTPS://WWW.News.Example:443/world/story-1/",
        "http://news.example:80/world/story-1#comments",
        "https://m.news.example/world/story-1",
        "https://amp.news.example/world/story-1.amp",
        "https://news.example/amp/world/story-1",
        "https://news.example/world/story-1/amp/",
        "https://news.example/world/story-1/amp.html?amp=1",
        "https://news.example/world/./x/../story-1",
        "https://news.example//world/story%2D1?",
        "https://user:secret@news.example/world/story-1",
        "https://news.example/world/story-1?utm_source=rss&utm_medium=rss&fbclid=x&gclid=y&mc_cid=z",
        "https://news.example/world/story-1?ref=rss&traffic_source=rss&at_medium=RSS&at_campaign=rss",
        "https://news.example/world/story-1?xtor=RSS-3&CMP=share_btn_tw&smid=tw-share&ocid=social",
        "https://news.example/world/story-1?source=twitter&amp;via=whatsapp",
        "https://news-example.cdn.ampproject.org/c/s/www.news.example/world/story-1/amp",
        "https://www.google.com/amp/s/www.news.example/world/story-1?utm_source=x",
    ],
)
def test_one_article_has_one_key(url: str) -> None:
    assert canonical_url(url) == KEY


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/world/story-1?id=2",
        "https://news.example/world/story-1?ref=2",
        "https://news.example/world/story-1?source=11",
        "https://news.example/world/Story-1",
        "https://news.example:8443/world/story-1",
        "https://fa.news.example/world/story-1",
        "https://news.example/world/story-1#!page2",
        "https://news.example/world/story-1/amplified",
        "https://news.example/world/amp/story-1",
        "https://www.google.com/world/story-1",
    ],
)
def test_what_may_be_another_page_has_another_key(url: str) -> None:
    assert canonical_url(url) != KEY
    assert canonical_url(url).startswith("https://")


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://news.example", "https://news.example/"),
        ("https://news.example/?b=2&a=1&b=1&utm_x=3", "https://news.example/?a=1&b=2&b=1"),
        ("https://news.example/خبر", "https://news.example/%D8%AE%D8%A8%D8%B1"),
        ("https://news.example/%d8%ae%d8%a8%d8%b1", "https://news.example/%D8%AE%D8%A8%D8%B1"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        ("https://m.co.il/a", "https://m.co.il/a"),
        ("https://bbc.com/a?post=asset:1", "https://bbc.com/a"),
        ("http://[::1]:8080/a", "https://[::1]:8080/a"),
        ("javascript:alert(1)", ""),
        ("https://\u2100.example/", ""),
        ("https://../a", ""),
        ("https://" + "a" * 70 + "é.example/", ""),
        ("/relative", ""),
        ("", ""),
    ],
)
def test_normal_form(url: str, key: str) -> None:
    assert canonical_url(url) == key


@given(st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=60)))
def test_a_key_is_its_own_key_and_a_safe_address(tail: str) -> None:
    key = canonical_url("http://" + tail)
    assert canonical_url(key) == key
    assert key.isascii()
    assert safe_url(key) == key


def test_the_collected_pairs_are_told_apart(shared: Path) -> None:
    with (shared / "pages" / "url-cases.tsv").open(encoding="utf-8") as file:
        cases = list(csv.DictReader(file, delimiter="\t"))
    wrong = [
        case
        for case in cases
        if (canonical_url(case["url_a"]) == canonical_url(case["url_b"])) != (case["expected"] == "same")
    ]
    assert cases
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "name", "owner"),
    [
        ("https://www.news.example/a", "www.news.example", "news.example"),
        ("http://Arabic.News.CO.UK:8080/a", "arabic.news.co.uk", "news.co.uk"),
        ("https://www.gazete.com.tr/", "www.gazete.com.tr", "gazete.com.tr"),
        ("https://x.org.il", "x.org.il", "x.org.il"),
        ("https://a.b.net.sa?x", "a.b.net.sa", "b.net.sa"),
        ("https://co.uk/", "co.uk", "co.uk"),
        ("http://127.0.0.1:80/", "127.0.0.1", "127.0.0.1"),
        ("http://[::1]/", "[::1]", "[::1]"),
        ("https://user@localhost/", "localhost", "localhost"),
        ("mailto:a@b.example", "", ""),
    ],
)
def test_host_and_site(url: str, name: str, owner: str) -> None:
    assert host(url) == name
    assert site(url) == owner


@pytest.mark.parametrize(
    ("words", "url", "shown"),
    [
        ("https://harbour.example/a", "https://elsewhere.example.net/b", "elsewhere.example.net"),
        ("harbour.example", "https://www.harbour.example/x", ""),
        ("news.harbour.org", "https://harbour.org/", ""),
        ("see HARBOUR.org, please", "https://elsewhere.net/", "elsewhere.net"),
        ("see HARBOUR.org please", "https://elsewhere.net/", "elsewhere.net"),
        ("harbour.org", "http://harbour.org.elsewhere.net/", "harbour.org.elsewhere.net"),
        ("http://harbour.org@elsewhere.net", "http://elsewhere.net/", ""),
        ("write to office@harbour.org", "https://elsewhere.net/", ""),
        ("version 2.0 of the plan", "https://elsewhere.net/", ""),
        ("the port", "https://elsewhere.net/", ""),
    ],
)
def test_words_that_name_another_site_than_a_link_leads_to_are_told_apart(
    words: str, url: str, shown: str
) -> None:
    assert urls.other_host(words, url) == shown


def test_a_fragment_that_only_tracks_goes_and_another_stays() -> None:
    assert (
        urls.without_tracking("https://a.example/x?id=1&utm_a=b#utm_c=d&xtor=e") == "https://a.example/x?id=1"
    )
    assert urls.without_tracking("https://a.example/x?utm_a=b#utm_c=d") == "https://a.example/x"
    assert urls.without_tracking("https://a.example/x#utm_a=b&part") == "https://a.example/x#utm_a=b&part"
    assert urls.without_tracking("https://a.example/x#part") == "https://a.example/x#part"
