"""Finding feeds on web pages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.discover import CANDIDATE_LIMIT, Candidate, candidates, well_known

PAGE = "https://news.example/ar/index.html"


def urls(html: str) -> list[str]:
    """The addresses found on a page."""
    return [found.url for found in candidates(html, PAGE)]


def test_declared_feeds_come_with_title_and_type() -> None:
    html = """<HEAD><LINK REL="alternate" TYPE="application/rss+xml" title="أخبار &amp; more" HREF="/rss">
        <link rel='alternate' type='application/atom+xml; charset=utf-8' href='atom.xml'/>
        <link rel=alternate type=application/feed+json href=//cdn.example/feed.json></HEAD>"""
    assert candidates(html, PAGE) == [
        Candidate("https://news.example/rss", "أخبار & more", "rss"),
        Candidate("https://news.example/ar/atom.xml", "", "atom"),
        Candidate("https://cdn.example/feed.json", "", "json"),
    ]


def test_what_is_no_feed_is_left_out() -> None:
    html = """<link rel=stylesheet type=text/css href=/a.css><link rel=alternate hreflang=en href=/en>
        <link rel="alternate" type="application/json" href="/wp-json/1">
        <link rel=alternate type="application/json+oembed" href=/o>
        <link rel=alternate type=application/rss+xml>
        <a href="/about">feed</a><a href="/feedback">f</a>"""
    assert urls(html) == []


def test_plain_links_are_the_weaker_choice_and_comments_the_weakest_declared_one() -> None:
    html = """<a href="/world/feed/">w</a><a href="x.rss?lang=fa">x</a>
        <link rel=alternate type=application/rss+xml href=/comments/feed/>
        <link rel=alternate type=application/rss+xml href=/feed/>"""
    assert urls(html) == [
        "https://news.example/feed/",
        "https://news.example/comments/feed/",
        "https://news.example/world/feed/",
        "https://news.example/ar/x.rss?lang=fa",
    ]


def test_links_are_relative_to_the_first_base() -> None:
    html = "<base href='/deep/'><base href='/no/'><link rel=alternate type=application/rss+xml href=f#x>"
    assert urls(html) == ["https://news.example/deep/f"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "file:///etc/passwd", "feed://a.example/", "http://", "http://[::1"]
)
def test_only_http_addresses_are_offered(href: str) -> None:
    assert urls(f'<link rel=alternate type=application/rss+xml href="{href}">') == []


def test_comments_and_scripts_are_not_read() -> None:
    link = "<link rel=alternate type=application/rss+xml href=/f>"
    assert urls(f"<!-- {link} --><SCRIPT>{link}</script><style>{link}</style>") == []


def test_titles_are_fit_for_a_terminal() -> None:
    html = '<link rel=alternate type=application/rss+xml href=/f title="&#27;]0;x&#7;News">'
    [found] = candidates(html, PAGE)
    assert found.title.isprintable()


def test_an_address_is_offered_once_and_their_number_is_bounded() -> None:
    html = "<a href=/feed>a</a><a href=/feed#b>b</a>" + "".join(f"<a href=/{n}/feed>" for n in range(999))
    assert urls(html)[:2] == ["https://news.example/feed", "https://news.example/0/feed"]
    assert len(urls(html)) == CANDIDATE_LIMIT


def test_well_known_places_are_at_the_root() -> None:
    assert "https://news.example/feed" in well_known(PAGE)
    assert all(url.startswith("https://news.example/") for url in well_known(PAGE))
    assert well_known("file:///x") == []


@pytest.mark.parametrize(
    "piece", ["<!--", "<p", '<a "', "<link '", "<a \"'", "<script", '<a ""', "<a x=\"'", "\u0130<!--"]
)
def test_no_page_can_hang_the_scan(piece: str) -> None:
    """The plain parser needs minutes for some of these, the scan milliseconds."""
    assert candidates(piece * 200_000, PAGE) == []


@given(st.text(alphabet="<>!-/ab='\"& linkrelhref\x1b\u0627", max_size=200))
def test_any_text_is_survived(html: str) -> None:
    for found in candidates(html, PAGE):
        assert found.url.startswith("http")


def test_an_address_that_is_offered_steers_no_terminal() -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/fe\x1b[31med\x9b\x7f?a=\u202eb">'
    assert [one.url for one in candidates(head, "https://a.example/")] == ["https://a.example/fe[31med?a=b"]
