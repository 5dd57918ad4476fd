"""The publisher's own related links: what is found, which traps stay out, that none is left in the text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from aggregator.extract import links, markers
from aggregator.model import PageArticle
from aggregator.text.urls import canonical_url
from tests.aggregator.extract import made

TEXT = made.html_paragraphs(6)
HEADLINE = "The harbour was closed for repairs"


def between(inside: str) -> PageArticle:
    """A page with something between its third and its fourth paragraph."""
    return made.read(made.page([*TEXT[:3], inside, *TEXT[3:]]))


def related(inside: str) -> list[tuple[str, str, str]]:
    """(marker, text, position) of the related links; the text around is whole in any case."""
    article = between(inside)
    assert made.texts(article) == made.paragraphs(6)
    return [(one.marker, one.text, one.position) for one in article.related]


FOUND = {
    "a marker line": f'<p><strong>READ MORE: <a href="{made.STORY}">{HEADLINE}</a></strong></p>',
    "a marker inside the link": f'<p><a href="{made.STORY}">READ MORE: {HEADLINE}</a></p>',
    "a marker in brackets": f'<p>[READ MORE: <a href="{made.STORY}">{HEADLINE}</a>]</p>',
    "a marker that ends where the link begins": f'<p>Read more <a href="{made.STORY}">{HEADLINE}</a></p>',
    "a heading and a list": f'<h3>Read more</h3><ul><li><a href="{made.STORY}">{HEADLINE}</a></li></ul>',
    "a bare link in capitals": f'<p><a href="{made.STORY}">{HEADLINE.upper()}</a></p>',
    "a card in an aside": (
        f'<aside><a href="{made.STORY}"><h3>{HEADLINE}</h3><p>A teaser of it.</p></a></aside>'
    ),
    "an element that is called related": (
        f'<div class="related-box"><a href="{made.STORY}">{HEADLINE}</a></div>'
    ),
}


@pytest.mark.parametrize("inside", FOUND.values(), ids=FOUND)
def test_each_shape_of_a_related_link_is_found_and_taken_out(inside: str) -> None:
    ((marker, text, position),) = related(inside)
    assert text.casefold() == HEADLINE.casefold()
    assert marker in ("", "READ MORE", "Read more")
    assert position == "in-text"


@pytest.mark.parametrize(
    ("marker", "headline"),
    [
        ("اقرأ أيضاً", "الميناء القديم مغلق للترميم منذ عام"),
        ("بیشتر بخوانید", "بندر قدیمی برای تعمیر بسته شد"),
        ("קראו גם", "הנמל הישן נסגר לשיפוצים עד הקיץ"),
        ("İlgili haber", "Eski liman onarım için kapatıldı"),
        ("À lire aussi", "Le vieux port est fermé pour travaux"),
    ],
)
def test_markers_of_the_regions_languages_are_known(marker: str, headline: str) -> None:
    assert related(f'<p>{marker}: <a href="{made.STORY}">{headline}</a></p>') == [
        (marker, headline, "in-text")
    ]
    assert related(f'<h3>{marker}</h3><p><a href="{made.STORY}">{headline}</a></p>') == [
        (marker, headline, "in-text")
    ]


TRAPS = {
    "a topic": '<p><a href="/tag/harbours-of-the-south">All about harbours of the south</a></p>',
    "an author": '<p><a href="/author/ann-nobody-of-the-sea">All stories by Ann Nobody</a></p>',
    "the article itself": f'<p><a href="{made.URL}#comments">The harbour opens again today</a></p>',
    "a subscription": (
        '<p>READ MORE: <a href="/2024/05/get-a-subscription">Get 75 % off an annual subscription</a></p>'
    ),
    "a newsletter": (
        '<p><a href="/2024/05/our-morning-newsletter-here">Sign up for the morning newsletter</a></p>'
    ),
    "the most read": f'<h3>Most read</h3><ul><li><a href="{made.STORY}">{HEADLINE}</a></li></ul>',
    "trending": f'<div class="trending"><a href="{made.STORY}">{HEADLINE}</a></div>',
    "an advertorial": f'<div class="related"><p>Advertorial</p><a href="{made.STORY}">{HEADLINE}</a></div>',
}


@pytest.mark.parametrize("inside", TRAPS.values(), ids=TRAPS)
def test_traps_are_neither_related_nor_text(inside: str) -> None:
    assert related(inside) == []


def test_a_marker_line_to_another_site_stays_in_the_text() -> None:
    elsewhere = "https://elsewhere.example/2024/a-long-story-of-theirs"
    article = between(f'<p>READ MORE: <a href="{elsewhere}">Their long story</a></p>')
    assert article.related == ()
    assert "READ MORE: Their long story" in made.texts(article)


@pytest.mark.parametrize(
    "label", ["Story continues below advertisement", "Haberin Devamı", "(جاری ہے)", "ADVERTISEMENT", "إعلان"]
)
def test_labels_between_paragraphs_are_no_text(label: str) -> None:
    assert made.texts(between(f"<p>{label}</p>")) == made.paragraphs(6)


def test_a_sentence_with_a_link_is_text() -> None:
    sentence = f'Read <a href="{made.STORY}">the report of the council</a> and you will know what it costs. '
    article = between(f"<p>{sentence * 2}</p>")
    assert article.related == ()
    assert len(made.texts(article)) == 7


def test_a_video_caption_that_begins_with_watch_is_a_caption() -> None:
    article = between('<figure><img src="/a.jpg"><figcaption>WATCH: The ferry comes in</figcaption></figure>')
    assert article.related == ()
    assert [image.caption for image in article.images] == ["WATCH: The ferry comes in"]


def test_links_after_the_text_are_at_the_end_and_the_same_address_counts_once() -> None:
    again = f'<p>READ: <a href="{made.STORY}?utm_source=x">{HEADLINE}</a></p>'
    box = f'<h3>Related</h3><ul><li><a href="{made.OTHER}">Fishermen ask for a new pier</a></li></ul>'
    first = f'<p>READ: <a href="{made.STORY}">{HEADLINE}</a></p>'
    article = made.read(made.page([*TEXT[:3], first, *TEXT[3:], again, box]))
    assert [(one.text, one.position, one.after) for one in article.related] == [
        (HEADLINE, "in-text", 3),
        ("Fishermen ask for a new pier", "end", 6),
    ]


def test_every_link_of_a_block_under_a_marker_heading_counts() -> None:
    two = (
        f'<a href="{made.STORY}">{HEADLINE}</a> [NEWS]<br><a '
        f'href="{made.OTHER}">Fishermen ask for a pier</a> [VIDEO]'
    )
    assert [text for _, text, _ in related(f"<p>DON'T MISS</p><p>{two}</p>")] == [
        HEADLINE,
        "Fishermen ask for a pier",
    ]


def test_a_heading_of_a_markers_words_stays_where_no_links_follow_it() -> None:
    article = made.read(made.page([*TEXT[:3], "<h2>Background</h2>", *TEXT[3:]]))
    assert [block.text for block in article.blocks if block.kind == "h2"] == ["Background"]


def test_a_list_of_links_within_the_text_goes_and_a_list_of_facts_stays() -> None:
    items = (
        f'<li>News: <a href="{made.STORY}">{HEADLINE}</a></li><li>'
        f'Sea: <a href="{made.OTHER}">Fishermen ask for it</a></li>'
    )
    assert len(related(f"<ul>{items}</ul>")) == 2
    facts = between("<ul><li>Forty stones were raised</li><li>Eleven months were needed</li></ul>")
    assert [block.kind for block in facts.blocks].count("li") == 2


def test_the_shared_marker_lines_are_told_apart_but_for_one_at_most(shared: Path) -> None:
    with (shared / "pages" / "marker-cases.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = [
        row["text"]
        for row in rows
        if bool(markers.related_line(row["text"], float(row["link_share"]))) != (row["expected"] == "related")
    ]
    assert len(rows) >= 70
    assert len(wrong) <= 1, wrong


def test_the_shared_addresses_are_the_same_story_or_not(shared: Path) -> None:
    with (shared / "pages" / "url-cases.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = [
        row
        for row in rows
        if (canonical_url(row["url_a"]) == canonical_url(row["url_b"])) != (row["expected"] == "same")
    ]
    assert rows
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "is_story"),
    [
        (made.STORY, True),
        ("https://paper.example/news/12345678", True),
        ("https://paper.example/?p=123456", True),
        ("https://paper.example/", False),
        ("https://paper.example/world", False),
        ("https://paper.example/tag/a-b-c-d", False),
        ("https://paper.example/2024/05/picture-of-a-pier.jpg", False),
        ("https://paper.example/newsletter/a-b-c", False),
    ],
)
def test_an_address_tells_a_story_from_a_list(url: str, *, is_story: bool) -> None:
    assert links.is_story(url, made.URL) is is_story
