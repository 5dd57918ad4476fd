"""Title, authors, language: which of the things that a page says about itself is believed."""

from __future__ import annotations

import pytest

from aggregator.extract import bylines
from aggregator.model import PageHints
from tests.aggregator.extract import made

TEXT = made.html_paragraphs(6)


def title_of(h1: str, head: str, feed: str = "") -> str:
    page = (
        made.page(TEXT, title="@@")
        .decode()
        .replace("<h1>@@</h1>", h1)
        .replace("<title>@@ | The Paper</title>", "")
    )
    return made.read(page.replace("</head>", f"{head}</head>"), hints=PageHints(title=feed)).title


def test_the_headline_of_the_page_is_its_title() -> None:
    assert title_of("<h1>The pier is done</h1>", "<title>Pier done - The Paper</title>") == "The pier is done"


def test_where_all_others_agree_against_the_h1_they_are_right() -> None:
    head = (
        '<meta property="og:title" content="After eleven months: The pier is done">'
        "<title>After eleven months: The pier is done | Paper</title>"
        '<meta property="og:site_name" content="Paper">'
    )
    assert title_of("<h1>The pier is done</h1>", head) == "After eleven months: The pier is done"


def test_an_h1_that_is_the_outlets_name_is_no_title() -> None:
    head = (
        '<meta property="og:site_name" content="The Paper">'
        '<meta property="og:title" content="The pier is done">'
    )
    assert title_of("<h1>The Paper</h1><h1>The pier is done</h1>", head) == "The pier is done"


@pytest.mark.parametrize(
    "written",
    [
        "The pier is done | The Paper",
        "The pier is done - The Paper",
        "The Paper: x" and "The Paper | The pier is done",
    ],
)
def test_the_outlets_name_is_no_part_of_a_title(written: str) -> None:
    head = f'<meta property="og:site_name" content="The Paper"><title>{written}</title>'
    assert title_of("", head) == "The pier is done"


def test_a_section_behind_the_headline_is_no_part_of_the_title() -> None:
    head = '<meta property="og:title" content="The long pier is done at last - World"><title>The pier</title>'
    data = (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"The '
        'long pier is done at last"}</script>'
    )
    assert title_of("", head + data) == "The long pier is done at last"


def test_entities_that_were_escaped_twice_are_decoded() -> None:
    head = '<meta property="og:title" content="Ships &amp;amp; piers">'
    assert title_of("", head) == "Ships & piers"


def test_the_feeds_title_stands_in_for_a_missing_one() -> None:
    assert title_of("", "", feed="The pier is done") == "The pier is done"


def authors_of(head: str = "", line: str = "", feed: str = "") -> tuple[str, ...]:
    inside = [line, *TEXT]
    return made.read(made.page(inside, head=head), hints=PageHints(author=feed)).authors


def data(author: str) -> str:
    return (
        '<script type="application/ld+json">'
        '{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",'
        f'"headline":"x","publisher":{{"name":"The Paper"}},"author":{author}}},'
        '{"@type":"Person","@id":"#ann","name":"Ann Nobody"}]}</script>'
    )


def test_authors_come_from_the_structured_data_in_all_its_forms() -> None:
    assert authors_of(data('{"@type":"Person","name":"Ann Nobody"}')) == ("Ann Nobody",)
    assert authors_of(data('["Ann Nobody","Bo Noone"]')) == ("Ann Nobody", "Bo Noone")
    assert authors_of(data('{"name":"Ann Nobody and Bo Noone"}')) == ("Ann Nobody", "Bo Noone")
    assert authors_of(data('{"@id":"#ann"}')) == ("Ann Nobody",)


def test_the_outlet_is_no_author_where_a_person_signs() -> None:
    line = '<p class="byline">By <a href="/author/ann">Ann Nobody</a></p>'
    assert authors_of(data('{"name":"The Paper"}'), line) == ("Ann Nobody",)
    assert authors_of(data('{"name":"The Paper"}')) == ("The Paper",)


def test_an_address_is_no_author() -> None:
    assert authors_of('<meta property="article:author" content="https://social.example/paper">') == ()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Ann Nobody and Bo Noone, Invented News", ("Ann Nobody", "Bo Noone", "Invented News")),
        ("كتب: سمير لا أحد", ("سمير لا أحد",)),
        ("كتبت ليلى لا أحد", ("ليلى لا أحد",)),
        ("Von Ann Nobody", ("Ann Nobody",)),
        ("By Ann Nobody in Port Town | 5 May 2024", ("Ann Nobody",)),
        ("Ann Nobody | 05.05.2024 - 12:30", ("Ann Nobody",)),
    ],
)
def test_a_line_under_the_headline_signs_the_article(line: str, names: tuple[str, ...]) -> None:
    assert authors_of(line=f"<div class='meta-line'>{line}</div>") == names


def test_a_bare_name_before_the_text_is_the_author_and_no_text() -> None:
    article = made.read(made.page(["<p>Ann Nobody</p>", *TEXT]))
    assert article.authors == ("Ann Nobody",)
    assert made.texts(article) == made.paragraphs(6)


def test_the_feeds_author_stands_in_for_a_missing_one() -> None:
    assert authors_of(feed="By Ann Nobody") == ("Ann Nobody",)


@pytest.mark.parametrize(
    "text", ["admin", "https://paper.example/ann", "ann@paper.example", "x" * 90, "", "12345"]
)
def test_what_is_no_name_is_none(text: str) -> None:
    assert list(bylines.split(text)) == []


def test_the_language_is_what_the_text_shows_before_what_the_page_declares() -> None:
    turkish = (
        "Eski liman onarım için bir yıl kapalı kaldı ve bu hafta yeniden açıldı, başkan şöyle dedi. " * 2
    )
    page = made.page([f"<p>{n} {turkish}</p>" for n in range(5)], title="Eski liman yeniden açıldı")
    assert made.read(page).language == "tr"
    assert made.read(made.page(TEXT)).language == "en"
