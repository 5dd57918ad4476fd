"""Sanitised HTML becomes blocks of plain text whose links stand where they stood."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Block, Image, InlineLink
from aggregator.text.markup import MAX_BLOCKS, is_costly, paragraphs, read, without_tags

BASE = "https://news.example/world/story"


def blocks(html: str) -> list[tuple[str, str]]:
    """Kind and text of each block."""
    return [(block.kind, block.text) for block in read(html, BASE).blocks]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>One\n  two</p><p>Three</p>", [("p", "One two"), ("p", "Three")]),
        ("bare <div>in a div</div> after", [("p", "bare"), ("p", "in a div"), ("p", "after")]),
        ("one<br>line<br><br>two<br> <br>three", [("p", "one line"), ("p", "two"), ("p", "three")]),
        ("<h1>A</h1><h3>B</h3><h6>C</h6>", [("h2", "A"), ("h3", "B"), ("h4", "C")]),
        ("<ul><li>a</li><li><p>b</p><ul><li>c</li></ul></li></ul>", [("li", "a"), ("li", "b"), ("li", "c")]),
        ("<blockquote><p>q</p><p>r</p></blockquote><p>s</p>", [("quote", "q"), ("quote", "r"), ("p", "s")]),
        ("<pre>a\n  b<br>c</pre>", [("pre", "a\n  b\nc")]),
        ("<table><tbody><tr><th>a</th><td>b</td></tr><tr><td>c</td><td></td></tr></tbody></table>", None),
        ("<table><tr><td><p>x</p><p>y</p></td></tr></table>", [("p", "x"), ("p", "y")]),
        ("<p>a</p><hr><hr><p>b</p><hr>", [("p", "a"), ("rule", ""), ("p", "b")]),
        ("<p> </p><div><p>&nbsp;</p></div>", []),
        ("<p>R&amp;D &amp;amp; &lt;b&gt;</p>", [("p", "R&D & <b>")]),
        ("<p>a&amp;#27;[31m\x1b\x9b</p>", [("p", "a[31m")]),
        ("", []),
    ],
)
def test_blocks(html: str, expected: list[tuple[str, str]] | None) -> None:
    assert blocks(html) == ([("row", "a | b"), ("row", "c")] if expected is None else expected)


def test_links_keep_their_place_in_the_collapsed_text() -> None:
    html = '<p>\n See <a href="/a?x=1&amp;y=2"> the\n report </a>and <a href="https://b.example/">it</a>.</p>'
    block = read(html, BASE).blocks[0]
    assert block.text == "See the report and it."
    assert [(block.text[link.start : link.end], link.url) for link in block.links] == [
        ("the report", "https://news.example/a?x=1&y=2"),
        ("it", "https://b.example/"),
    ]


@pytest.mark.parametrize(
    "href", ["javascript:x", "-oProxyCommand=x", "#top", "", "file:///etc/passwd", "mailto:a@b.c"]
)
def test_what_is_no_web_address_is_no_link_but_its_text_stays(href: str) -> None:
    assert read(f'<p>a <a href="{href}">b</a></p>', BASE).blocks == (Block("p", "a b"),)


def test_a_link_around_paragraphs_is_a_link_in_each() -> None:
    found = read('<a href="https://b.example/"><p>a</p><p>b</p></a>', BASE).blocks
    assert found == tuple(Block("p", text, (InlineLink(0, 1, "https://b.example/"),)) for text in "ab")


def test_marks_that_pile_up_across_a_link_take_the_links_away_and_not_the_text() -> None:
    html = '<p>a####<a href="https://b.example/">####b</a></p>'.replace("#", "\u0301")
    assert read(html, BASE).blocks == (Block("p", "a" + "\u0301" * 4 + "b"),)


def test_the_first_picture_that_is_for_looking_at_is_kept_with_its_caption() -> None:
    html = (
        '<img src="https://count.example/1.gif" width="1" height="1"><img src="data:x">'
        '<figure><img src="/lead.jpg" width="640"><figcaption>The harbour</figcaption></figure>'
        '<img src="/b.jpg">'
    )
    body = read(html, BASE)
    assert body.image == Image("https://news.example/lead.jpg", "The harbour")
    assert body.blocks == (Block("figure", "The harbour"),)


def test_a_caption_elsewhere_is_not_the_picture_s() -> None:
    html = '<figure><img src="/a.jpg"></figure><figure><figcaption>A film</figcaption></figure>'
    assert read(html, BASE).image == Image("https://news.example/a.jpg")


def test_blocks_have_an_end() -> None:
    assert len(read("<p>x</p>" * (MAX_BLOCKS + 5), BASE).blocks) == MAX_BLOCKS
    assert len(paragraphs("x\n\n" * (MAX_BLOCKS + 5))) == MAX_BLOCKS


def test_plain_text_is_parted_at_empty_lines() -> None:
    assert paragraphs("a\nb\n \nR&amp;D\n\n\n") == (Block("p", "a b"), Block("p", "R&D"))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 600,
        "<ul><li>" * 600,
        "<b class=x>" * 31 + "<p>x" * 300,
        "<p " + "a=b " * 3000 + ">",
        "<div></span>" * 600,
        "<p title='" + "x" * 9000,
    ],
)
def test_what_costs_sanitisers_quadratic_time_is_known(html: str) -> None:
    assert is_costly(html)


@pytest.mark.parametrize(
    "html", ["<p>x" * 5000, "<div>x</div>" * 5000, "<table>" + "<tr><td>x" * 2000, "<br><img src=x>" * 900]
)
def test_long_but_flat_pages_are_not_costly(html: str) -> None:
    assert not is_costly(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<p title='>'>b", "a b"),
        ("x<script>if (a<b) steal()</script>y<style>p{}</style>z", "x y z"),
        ("a<!-- c --><b>d</b>", "a d"),
        ("1 < 2", "1 < 2"),
        ("text <p unclosed", "text"),
        ("text <script>never closed", "text"),
    ],
)
def test_tags_go_even_in_the_crude_way(html: str, text: str) -> None:
    assert " ".join(without_tags(html).split()) == text


@given(st.text(st.sampled_from(list("<>/\"'= abpi!-")), max_size=80))
def test_the_crude_way_leaves_no_tag(html: str) -> None:
    assert "<p>" not in without_tags(html)
