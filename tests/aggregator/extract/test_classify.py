"""Pages that are no whole article: each says why, and nothing is done to get round it."""

from __future__ import annotations

import json

import pytest

from aggregator.extract.classify import is_html
from aggregator.model import PageArticle, PageHints, PageReason
from tests.aggregator.extract import made

SHORT = made.html_paragraphs(2)


def bare(title: str, inside: str, scripts: int = 0) -> PageArticle:
    script = "<script src='/a.js'></script>" * scripts
    return made.read(f"<html><head><title>{title}</title>{script}</head><body>{inside}</body></html>")


@pytest.mark.parametrize(
    ("title", "inside", "scripts"),
    [
        ("Just a moment...", "<p>Checking your browser before you go on.</p>", 1),
        ("paper.example", "<h1>Are you a robot?</h1><p>Please solve the captcha.</p>", 2),
        ("paper.example", "<div id='app'></div>", 9),
        ("Attention Required!", "<p>Sorry, you have been blocked</p>", 0),
    ],
)
def test_a_test_whether_we_are_a_person_is_told_and_is_no_article(
    title: str, inside: str, scripts: int
) -> None:
    article = bare(title, inside, scripts)
    assert (article.reason, article.blocks, article.title) == (PageReason.CHALLENGE, (), "")


def test_a_page_that_is_all_code_is_a_challenge_and_one_that_names_itself_is_only_empty() -> None:
    code = f"<script>{'x = y;' * 1000}</script>"
    assert made.read(f"<html><head>{code}</head><body></body></html>").reason is PageReason.CHALLENGE
    named = f'<html><head><meta property="og:title" content="A story">{code * 9}</head><body></body></html>'
    assert made.read(named).reason is PageReason.EMPTY


@pytest.mark.parametrize(
    "title",
    [
        "404 Not Found",
        "Page not found - The Paper",
        "الصفحة غير موجودة",
        "صفحه مورد نظر یافت نشد",
        "הדף לא נמצא",
    ],
)
def test_a_missing_page_that_answers_all_the_same_is_missing(title: str) -> None:
    assert bare(title, "<p>Try the search, or go to the front page.</p>").reason is PageReason.MISSING


def test_a_question_about_cookies_is_no_article() -> None:
    text = (
        "<p>We use cookies. With your consent, we use cookies "
        "for our privacy policy and cookies of others.</p>"
    )
    assert bare("The Paper", text).reason is PageReason.CONSENT


def test_a_text_for_subscribers_gives_its_beginning_and_the_reason() -> None:
    data = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>'
    article = made.read(made.page(SHORT, head=data))
    assert article.reason is PageReason.PAYWALL
    assert made.texts(article) == made.paragraphs(2)


def test_a_whole_text_that_is_said_to_be_for_subscribers_is_whole() -> None:
    data = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'
    assert made.read(made.page(made.html_paragraphs(9), head=data)).reason is PageReason.NONE


def test_a_live_page_keeps_its_updates_and_says_so() -> None:
    update = (
        '{"@type":"BlogPosting","headline":"One update","datePublished":"2020-01-01","author":"Bo Noone"}'
    )
    data = f'{{"@type":"LiveBlogPosting","headline":"Harbour live","liveBlogUpdate":[{update}]}}'
    head = f'<script type="application/ld+json">{data}</script>'
    article = made.read(made.page(made.html_paragraphs(9), head=head))
    assert (article.reason, article.authors, article.date) == (PageReason.LIVE, (), "")
    assert len(made.texts(article)) == 9


def test_the_updates_of_a_live_page_are_sections_under_their_times() -> None:
    told = made.paragraphs(3)
    updates = [
        {"@type": "BlogPosting", "headline": f"Update {n}", "articleBody": text, "datePublished": when}
        for n, (text, when) in enumerate(
            zip(told, ("2020-01-02T12:30:00+02:00", "2020-01-02T11:05:00Z", "no time"), strict=True)
        )
    ]
    data = json.dumps({"@type": "LiveBlogPosting", "headline": "Harbour live", "liveBlogUpdate": updates})
    head = f'<script type="application/ld+json">{data}</script>'
    article = made.read(made.page([f"<p>{text}</p>" for text in told], head=head))
    assert article.reason is PageReason.LIVE
    assert [(b.kind, b.text) for b in article.blocks] == [
        ("h4", "2020-01-02 12:30:00+02:00"),
        ("p", told[0]),
        ("h4", "2020-01-02 11:05:00+00:00"),
        ("p", told[1]),
        ("p", told[2]),
    ]


def test_the_times_of_updates_that_a_page_does_not_show_are_not_invented() -> None:
    update = {"@type": "BlogPosting", "headline": "Nowhere to be found", "datePublished": "2020-01-02T12:30Z"}
    data = json.dumps({"@type": "LiveBlogPosting", "headline": "Harbour live", "liveBlogUpdate": update})
    head = f'<script type="application/ld+json">{data}</script>'
    article = made.read(made.page(made.html_paragraphs(4), head=head))
    assert article.reason is PageReason.LIVE
    assert {block.kind for block in article.blocks} == {"p"}


def test_a_page_of_a_video_is_told() -> None:
    data = '<script type="application/ld+json">{"@type":"VideoObject","name":"The ferry"}</script>'
    assert made.read(made.page(made.html_paragraphs(1), head=data)).reason is PageReason.MEDIA


def test_a_page_without_text_is_empty() -> None:
    assert made.read(made.page("<p>Soon.</p>")).reason is PageReason.EMPTY


def test_words_about_robots_in_a_long_article_are_no_challenge() -> None:
    text = [f"<p>Are you a robot? asked the captcha. {one}</p>" for one in made.paragraphs(6)]
    assert made.read(made.page(text, title="Are you a robot?")).reason is PageReason.NONE


@pytest.mark.parametrize(
    ("body", "content_type", "is_page"),
    [
        (b"<!doctype html><p>x", "text/html; charset=utf-8", True),
        (b"<html>", "", True),
        (b"<html>", "application/xhtml+xml", True),
        (b"%PDF-1.7", "text/html", False),
        (b"\x89PNG\r\n", "", False),
        (b'{"a": 1}', "text/html", False),
        (b"<rss version='2.0'>", "", False),
        (b"<html>", "image/png", False),
        (b"just words", "text/html", False),
    ],
)
def test_what_is_no_page_is_known_by_header_or_first_bytes(
    body: bytes, content_type: str, *, is_page: bool
) -> None:
    assert is_html(body, content_type) is is_page


@pytest.mark.parametrize("encoding", ["windows-1256", "iso-8859-6", "utf-8", "utf-16"])
def test_the_encoding_is_taken_from_mark_header_or_meta_element(encoding: str) -> None:
    arabic = "فتح الميناء القديم ابوابه يوم الثلاثاء بعد احد عشر شهرا من اعمال الترميم في رصيفه الطويل. " * 3
    page = made.page([f"<p>{n} {arabic}</p>" for n in range(5)], title="الميناء يفتح")
    declared = page.decode().replace('charset="utf-8"', f'charset="{encoding}"')
    assert made.read(declared.encode(encoding, "replace")).title == "الميناء يفتح"


def test_a_text_that_says_nothing_of_its_feeds_summary_is_doubtful() -> None:
    page = made.page(made.html_paragraphs(6))
    other = "Farmers in the northern hills have begun to harvest their olives two weeks early this year."
    own = made.paragraphs(1)[0]
    anew = "After eleven months of work the harbour opened on Tuesday, and the first ferry came in late."
    assert made.read(page, hints=PageHints(summary=other)).reason is PageReason.DOUBTFUL
    assert made.read(page, hints=PageHints(summary=own)).reason is PageReason.NONE
    assert made.read(page, hints=PageHints(summary=anew)).reason is PageReason.NONE
    assert made.read(page, hints=PageHints(summary="Too short")).reason is PageReason.NONE
