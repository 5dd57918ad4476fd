"""Pages made to hang, to hide or to steer: bounded work, and nothing but inert text comes out."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.extract import tree
from aggregator.model import PageArticle, PageReason
from aggregator.text.inert import is_clean, safe_url
from tests.aggregator.extract import made

PARAGRAPHS = made.html_paragraphs(6)
COSTLY = {
    "deep": b"<div>" * 100_000,
    "deep formatting": b"<p><font><b><i>x" * 20_000,
    "nested tables": b"<table><tr><td>" * 5000,
    "one tag with 100,000 attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(100_000)) + b">",
    "unclosed quotes": b'<p a="' * 100_000,
    "a class of 4 MB": b'<p class="' + b"a " * 2_000_000 + b'">x',
    "half tags": b"<a" * 500_000,
    "line breaks": b"x<br>" * 300_000,
    "links": b'<a href="/a-b-c">word word word word</a> ' * 60_000,
    "brackets in structured data": b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script>",
    "brackets in a caption": b"<p class=caption>" + b"(" * 100_000,
    "half strings in a script": b"<script>" + b'"<p' * 100_000 + b"</script>",
    "bars in a title": b"<title>" + b" | x" * 100_000 + b"</title>",
    "more elements than any page has": b"<p>word</p>" * 200_000,
}


@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY)
def test_a_page_made_to_hang_ends_with_a_reason(body: bytes) -> None:
    article = made.read(b"<html><body>" + body)
    assert article.reason is not PageReason.NONE
    assert article.blocks == ()


def test_no_more_of_a_page_is_read_than_the_limit() -> None:
    beyond = b"<p>" + b"Beyond the limit. " * 100
    page = made.page(PARAGRAPHS).replace(b"</body></html>", b" " * tree.MAX_BYTES + beyond)
    assert made.texts(made.read(page)) == made.paragraphs(6)


def test_entities_of_the_document_are_neither_expanded_nor_fetched() -> None:
    kind = b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/hostname"><!ENTITY b "&a;&a;&a;&a;">]>'
    article = made.read(kind + made.page([f"<p>&b; {text}</p>" for text in made.paragraphs(6)]))
    assert made.texts(article)[0].startswith(("&b;", "The harbour"))


def strings(article: PageArticle) -> list[str]:
    """Every text that leaves the extractor."""
    return [
        *(article.title, article.standfirst, article.dateline, article.date, article.language),
        *article.authors,
        *(part for image in article.images for part in (image.caption, image.credit)),
        *(block.text for block in article.blocks),
        *(part for one in article.related for part in (one.text, one.marker)),
    ]


def addresses(article: PageArticle) -> list[str]:
    """Every address that leaves it."""
    return [
        *(link.url for block in article.blocks for link in block.links),
        *(image.url for image in article.images if image.url),
        *(one.url for one in article.related),
    ]


def assert_inert(article: PageArticle) -> None:
    assert [text for text in strings(article) if not is_clean(text)] == []
    assert [url for url in addresses(article) if safe_url(url) != url] == []


def test_controls_and_overrides_are_taken_out_of_every_field() -> None:
    evil = "\x1b[31m\x07\u202e\u2066\ufeff\x9b\x00"
    inside = [
        f"<figure><img src='/a.jpg'><figcaption>A pier{evil} (Ann{evil}/AFP)</figcaption></figure>",
        *(f"<p>{evil}{text}{evil}<a href='/x{evil}y'>a{evil}b</a></p>" for text in made.paragraphs(6)),
        f"<p><b>READ{evil}:</b> <a href='{made.STORY}{evil}'>The harbour{evil} was closed</a></p>",
        PARAGRAPHS[0],
    ]
    head = f"<meta name='author' content='Ann{evil} Nobody'><meta name='date' content='2020-01-01{evil}'>"
    article = made.read(made.page(inside, head=head, title=f"The harbour{evil} opens"))
    assert_inert(article)
    assert article.title == "The harbour[31m opens"
    assert len(article.blocks) >= 6


def test_markup_in_structured_data_and_meta_elements_is_text() -> None:
    head = (
        "<meta property='og:title' content='&lt;b&gt;Bold&lt;/b&gt; &amp;amp; brave'>"
        '<script type="application/ld+json">'
        '{"@type":"NewsArticle","author":{"name":"<i>Ann</i> Nobody"}}</script>'
    )
    assert_inert(made.read(made.page(PARAGRAPHS, head=head)))


def test_the_shared_hostile_fragments_leave_nothing_but_text(shared: Path) -> None:
    files = sorted((shared / "hostile" / "made" / "html").glob("*.xml"))
    files += sorted((shared / "hostile" / "made" / "term").iterdir())
    assert len(files) > 50
    for file in files:
        fragment = html.unescape(file.read_text("utf-8", "replace"))
        article = made.read(made.page([*PARAGRAPHS[:3], f"<div>{fragment}</div>", *PARAGRAPHS[3:]]))
        assert_inert(article)
        assert not any("XSSMARK" in url for url in addresses(article) if "javascript" in url.lower())


TAGS = (
    "p",
    "div",
    "h1",
    "h2",
    "a",
    "ul",
    "li",
    "figure",
    "figcaption",
    "table",
    "tr",
    "td",
    "time",
    "script",
    "aside",
)
NAMES = ("", "caption", "related", "byline", "newsletter", "standfirst", "tweet", "\x1b[31m", "x" * 3000)
PARTS = st.one_of(
    st.sampled_from(
        [(f"<{tag} class='{name}' href='/a-b-c-1' datetime='2020'>") for tag in TAGS for name in NAMES]
    ),
    st.sampled_from([f"</{tag}>" for tag in TAGS]),
    st.text(max_size=200),
    st.sampled_from(made.paragraphs(8)),
    st.sampled_from(
        ['{"@type":"NewsArticle","author":[[{"name":{"name":[]}}]],"headline":7,"image":[]}', "<br><br>"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(PARTS, max_size=60), st.sampled_from(["", '<script type="application/ld+json">']))
def test_whatever_a_page_is_made_of_it_is_read_and_inert(parts: list[str], before: str) -> None:
    assert_inert(made.read((before + "".join(parts)).encode("utf-8", "replace")))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000))
def test_bytes_that_are_no_page_are_read_too(body: bytes) -> None:
    assert_inert(made.read(b"<html>" + body))


def test_structured_data_of_odd_types_is_passed_over() -> None:
    nested = '{"name":' * 500 + '"x"' + "}" * 500
    data = (
        f'{{"@type":["NewsArticle",5],"headline":["A","B"],"author":{nested},"datePublished":5,"image":"x"}}'
    )
    head = f'<script type="application/ld+json">{data}</script>'
    article = made.read(made.page(PARAGRAPHS, head=head))
    assert article.authors == ()
    assert len(article.blocks) == 6
