"""A whole page: what comes out, and what never does."""

from __future__ import annotations

import pytest

from aggregator.extract.page import VERSION
from aggregator.model import Block, Image, PageHints, PageReason, PageRelated
from tests.aggregator.extract import made

# A page in the shape that the Middle East Monitor's articles have; every word of it is invented.
MONITOR_URL = "https://www.middleeastmonitor.com/20190301-salt-road-opens-between-two-oases/"
MONITOR = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="UTF-8">
<title>Salt road opens between two oases &#8211; Middle East Monitor</title>
<meta property="og:site_name" content="Middle East Monitor">
<meta property="og:title" content="Salt road opens between two oases">
<meta property="og:image" content="https://www.middleeastmonitor.com/wp-content/uploads/2019/03/salt.jpg">
<link rel="canonical" href="https://www.middleeastmonitor.com/20190301-salt-road-opens-between-two-oases/">
</head><body class="post-template-default single single-post">
<div id="memo-header"><a href="/"><img src="/logo.png" alt="MEMO"></a>
<p class="tagline">Creating new crossroads since 2009</p>
<ul class="menu"><li><a href="/category/region/">Regions</a></li><li><a href="/news/">News</a></li></ul></div>
<div class="memo-single-news-wrap"><article class="post type-post">
<h1 class="memo-news-title">Salt road opens between two oases</h1>
<div class="memo-news-date">March 1, 2019 at 1:45 pm</div>
<div class="memo-news-image"><div class="wp-caption aligncenter">
<img src="/wp-content/uploads/2019/03/salt-caravan-1200x800.jpg" width="1200" height="800">
<p class="wp-caption-text">A caravan carries salt along the new road near the second oasis, on
27 February 2019 [Amal Nobody/Invented Images]</p></div></div>
<div class="memo-news-content">PARAGRAPHS</div>
<div class="memo-share"><a href="https://social.example/share">Share this</a></div></article>
<div class="memo-most-read"><h3>Most read</h3><ul><li><a href="/20190220-a-well-is-dug-in-the-desert/">
A well is dug in the desert after many years</a></li></ul></div></div>
<div id="footer"><p>Unless otherwise stated, this work may be copied by anybody who invents pages.</p></div>
</body></html>"""
LEAD = "A caravan carries salt along the new road near the second oasis, on 27 February 2019"


def monitor() -> str:
    between = (
        '<p><a href="https://www.middleeastmonitor.com/20190228-the-caravan-leaves-the-first-oasis/">'
        "<strong>READ: The caravan leaves the first oasis</strong></a></p>"
    )
    after = (
        '<p><strong>READ: <a href="https://www.middleeastmonitor.com/20190227-no-salt-at-the-market/">'
        "No salt at the market</a></strong></p>"
    )
    text = made.html_paragraphs(10)
    return MONITOR.replace("PARAGRAPHS", "\n".join([*text[:4], between, *text[4:], after]))


def test_a_page_of_the_monitors_shape_comes_out_exactly() -> None:
    article = made.read(monitor(), MONITOR_URL)
    assert article.title == "Salt road opens between two oases"
    assert article.date == "2019-03-01T13:45:00+00:00"  # London, in winter
    assert article.published == 1551447900
    assert article.images == (
        Image(
            "https://www.middleeastmonitor.com/wp-content/uploads/2019/03/salt-caravan-1200x800.jpg",
            LEAD,
            "Amal Nobody/Invented Images",
        ),
    )
    assert article.blocks == tuple(Block("p", text) for text in made.paragraphs(10))
    base = "https://www.middleeastmonitor.com/"
    assert article.related == (
        PageRelated(
            "The caravan leaves the first oasis",
            f"{base}20190228-the-caravan-leaves-the-first-oasis/",
            "READ",
            "in-text",
            4,
        ),
        PageRelated("No salt at the market", f"{base}20190227-no-salt-at-the-market/", "READ", "end", 10),
    )
    assert (article.authors, article.standfirst, article.language) == ((), "", "en")
    assert (article.reason, article.version) == (PageReason.NONE, VERSION)


def test_the_same_page_without_any_class_comes_out_the_same() -> None:
    text = made.html_paragraphs(10)
    read = '<p><a href="/20190228-the-caravan-leaves-the-oasis/">READ: The caravan leaves the oasis</a></p>'
    after = '<p>READ: <a href="/20190227-no-salt-at-the-market/">No salt at the market</a></p>'
    inside = "\n".join([*text[:6], read, *text[6:], after])
    page = f"""<html lang="en"><head><title>Salt road opens between two oases</title></head><body>
<div><a href="/">Home</a> <a href="/news">News</a></div><p>Creating new crossroads since 2009</p>
<div><h1>Salt road opens between two oases</h1><p>March 1, 2019 at 1:45 pm</p><p><img src="/salt.jpg"></p>
<p>{LEAD} [Amal Nobody/Invented Images]</p>{inside}</div></body></html>"""
    article = made.read(page, MONITOR_URL)
    assert article.title == "Salt road opens between two oases"
    assert article.date == "2019-03-01T13:45:00+00:00"
    assert [(one.caption, one.credit) for one in article.images] == [(LEAD, "Amal Nobody/Invented Images")]
    assert made.texts(article) == made.paragraphs(10)
    assert [one.text for one in article.related] == ["The caravan leaves the oasis", "No salt at the market"]


def test_in_summer_the_same_clock_is_another_hour_in_utc() -> None:
    page = monitor().replace("March 1, 2019", "July 1, 2019")
    assert made.read(page, MONITOR_URL).date == "2019-07-01T13:45:00+01:00"


def test_the_half_space_of_persian_and_vowel_signs_stay_in_the_text() -> None:
    text = (
        "می\u200cخواهیم بندر را دوباره باز کنیم و ماهیگیران "
        "سال\u200cها منتظر این روز بوده\u200cاند، شهردار گفت. "
    ) * 2
    page = made.page([f"<p>{n} {text}</p>" for n in range(6)], title="بندر دوباره باز می\u200cشود")
    article = made.read(page)
    assert article.title == "بندر دوباره باز می\u200cشود"
    assert texts_of(article.blocks)[0] == f"0 {text.strip()}"
    assert article.language == "fa"


def texts_of(blocks: tuple[Block, ...]) -> list[str]:
    return [block.text for block in blocks]


def test_kinds_of_blocks_are_kept_in_their_order() -> None:
    text = made.html_paragraphs(6)
    inside = [
        *text[:2],
        "<h2>How it began</h2>",
        text[2],
        "<ul><li>The first pier of the town</li><li>The second pier of the town</li></ul>",
        "<blockquote><p>Nobody has ever seen a harbour like this one, and nobody will.</p></blockquote>",
        text[3],
        "<table><tr><th>Year</th><th>Boats</th></tr><tr><td>2020</td><td>31</td></tr></table>",
        *text[4:],
    ]
    article = made.read(made.page(inside))
    kinds = [block.kind for block in article.blocks]
    assert kinds == ["p", "p", "h2", "p", "li", "li", "quote", "p", "row", "row", "p", "p"]
    assert "Year | Boats" in texts_of(article.blocks)


def test_a_figure_within_the_text_keeps_its_place_with_caption_and_credit() -> None:
    text = made.html_paragraphs(6)
    first = '<figure><img src="/one.jpg"><figcaption>The pier at dawn. Photo: Bo Nobody</figcaption></figure>'
    second = '<figure><img src="/two.jpg"><figcaption>The ferry (Ann Nobody/AFP)</figcaption></figure>'
    article = made.read(made.page([first, *text[:3], second, *text[3:]]))
    assert article.images == (
        Image("https://paper.example/one.jpg", "The pier at dawn.", "Bo Nobody"),
        Image("https://paper.example/two.jpg", "The ferry", "Ann Nobody/AFP"),
    )
    assert article.blocks[3] == Block("figure", "The ferry [Ann Nobody/AFP]")


def test_links_in_the_text_are_absolute_and_stand_at_their_words() -> None:
    text = made.html_paragraphs(6)
    linked = (
        "<p>The council <a href='/plan'>published its plan</a>"
        f", and this is a link. {made.paragraphs()[0]}</p>"
    )
    article = made.read(made.page([text[0], linked, *text[1:]]))
    (link,) = article.blocks[1].links
    assert article.blocks[1].text[link.start : link.end] == "published its plan"
    assert link.url == "https://paper.example/plan"


def test_a_script_address_is_no_link() -> None:
    bad = f"<p><a href='javascript:alert(1)'>A word</a> that looks harmless. {made.paragraphs()[1]}</p>"
    article = made.read(made.page([*made.html_paragraphs(4), bad]))
    assert all(not block.links for block in article.blocks)


def test_text_with_line_breaks_instead_of_paragraphs_is_parted() -> None:
    text = "<br><br>".join(made.paragraphs(6))
    assert made.texts(made.read(made.page(text))) == made.paragraphs(6)


def test_the_standfirst_is_no_part_of_the_text() -> None:
    standfirst = "<div class='standfirst'><p>Eleven months have passed, and the ferry comes again.</p></div>"
    body = made.page(made.html_paragraphs(6)).replace(b"</h1>", b"</h1>" + standfirst.encode())
    article = made.read(body)
    assert article.standfirst == "Eleven months have passed, and the ferry comes again."
    assert made.texts(article) == made.paragraphs(6)


def test_the_headline_is_no_standfirst_and_a_summary_that_begins_the_text_neither() -> None:
    summary = made.paragraphs(1)[0]
    head = f'<meta property="og:description" content="{summary[:90]}">'
    body = made.page(made.html_paragraphs(6), head=head).replace(b"<main>", b"<main class='intro'>")
    assert made.read(body).standfirst == ""


def test_a_heading_as_long_as_a_paragraph_is_one() -> None:
    text = made.paragraphs(6)
    article = made.read(made.page([f"<h2>{text[0]}</h2>", *(f"<p>{one}</p>" for one in text[1:])]))
    assert [block.kind for block in article.blocks] == ["p"] * 6


def test_numbers_dates_and_promotion_at_the_end_are_no_text() -> None:
    promotion = "<p>For more stories <a href='/signup'>sign up to our newsletter</a> today.</p>"
    article = made.read(made.page([*made.html_paragraphs(6), promotion, "<p>17302</p>"]))
    assert made.texts(article) == made.paragraphs(6)


def test_a_dateline_is_told_and_stays_in_the_text() -> None:
    first, *rest = made.paragraphs(6)
    inside = [f"<p>PORT TOWN (Invented News) — {first}</p>", *(f"<p>{text}</p>" for text in rest)]
    article = made.read(made.page(inside))
    assert article.dateline == "PORT TOWN (Invented News)"
    assert article.blocks[0].text.startswith("PORT TOWN")
    arabic = (
        "بيروت - فتح الميناء القديم أبوابه يوم الثلاثاء بعد أحد عشر شهرا من أعمال الترميم في رصيفه الطويل."
    )
    again = made.read(made.page([f"<p>{arabic}</p>", *(f"<p>{n} {arabic[8:]}</p>" for n in range(5))]))
    assert again.dateline == "بيروت"


def test_comments_newsletters_and_lists_of_the_most_read_are_no_text() -> None:
    text = made.html_paragraphs(6)
    long = (
        "It takes a minute and costs nothing, and you will never again miss a story of ours in the morning."
    )
    inside = [
        *text[:3],
        f"<div class='newsletter-signup'><h3>Our newsletter</h3><p>{long}</p></div>",
        *text[3:],
        f"<div id='comments'><p>{long} said a reader.</p><p>{long} said another.</p></div>",
    ]
    assert made.texts(made.read(made.page(inside))) == made.paragraphs(6)


def test_a_class_that_only_holds_such_a_word_does_not_hide_the_text() -> None:
    inside = (
        f"<div class='shareholder-report has-sidebar no-comments'>{''.join(made.html_paragraphs(6))}</div>"
    )
    assert made.texts(made.read(made.page(inside))) == made.paragraphs(6)


def test_the_names_of_a_tables_rows_hide_nothing() -> None:
    rows = "".join(f"<tr class='player-{n}'><td>Runner {n}</td><td>{n} points</td></tr>" for n in range(3))
    text = made.html_paragraphs(6)
    article = made.read(made.page([*text[:3], f"<table>{rows}</table>", *text[3:]]))
    assert [block.text for block in article.blocks if block.kind == "row"] == [
        *("Runner 0 | 0 points", "Runner 1 | 1 points", "Runner 2 | 2 points")
    ]


def test_the_whole_text_is_no_advertising_whatever_its_element_is_called() -> None:
    inside = f"<div class='sidebar-grid paywall'>{''.join(made.html_paragraphs(6))}</div>"
    assert made.texts(made.read(made.page(inside))) == made.paragraphs(6)


def test_what_a_browser_hides_is_no_text() -> None:
    hidden = f"<p style='display: none'>Hidden. {made.paragraphs()[2]}</p>"
    assert made.texts(made.read(made.page([*made.html_paragraphs(6), hidden]))) == made.paragraphs(6)


def test_a_page_that_a_script_puts_together_is_read_from_its_data() -> None:
    text = "\\n\\n".join(made.paragraphs(6))
    data = f'{{"@type": "NewsArticle", "headline": "The harbour opens again", "articleBody": "{text}"}}'
    head = f'<script type="application/ld+json">{data}</script>'
    assert made.texts(made.read(made.page("<div id='app'></div>", head=head))) == made.paragraphs(6)


def test_streamed_parts_of_a_page_are_text() -> None:
    streamed = f"<div hidden id='S:1'><div>{''.join(made.html_paragraphs(6))}</div></div>"
    assert made.texts(made.read(made.page(streamed))) == made.paragraphs(6)


def test_the_feed_fills_what_the_page_leaves_open() -> None:
    hints = PageHints(author="Ann Nobody", published=1_715_000_000)
    article = made.read(made.page(made.html_paragraphs(6)), hints=hints)
    assert (article.authors, article.published) == (("Ann Nobody",), 1_715_000_000)


def test_the_canonical_address_is_taken_from_the_same_site_only() -> None:
    def canonical(href: str) -> str:
        head = f'<link rel="canonical" href="{href}">'
        return made.read(made.page(made.html_paragraphs(6), head=head), made.URL + "?utm_source=x").url

    assert canonical(made.URL) == made.URL
    assert canonical("https://elsewhere.example/story") == made.URL + "?utm_source=x"
    assert canonical("https://paper.example/") == made.URL + "?utm_source=x"


def test_a_page_of_unknown_address_says_itself_where_it_is() -> None:
    head = f'<link rel="canonical" href="{made.URL}">'
    link = f'<p>READ: <a href="{made.STORY}">The harbour was closed</a></p>'
    text = made.html_paragraphs(6)
    article = made.read(made.page([*text[:3], link, *text[3:]], head=head), "")
    assert article.url == made.URL
    assert [one.url for one in article.related] == [made.STORY]


@pytest.mark.parametrize("body", [b"", b"   ", b"\0" * 500, b"<", b"<html>", b"plain words only"])
def test_next_to_nothing_is_no_article_and_no_error(body: bytes) -> None:
    article = made.read(body)
    assert article.blocks == ()
    assert article.reason is not PageReason.NONE
