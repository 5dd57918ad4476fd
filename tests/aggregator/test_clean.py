"""Whatever a publisher writes, the article is plain, safe, and the same each time."""

from __future__ import annotations

import dataclasses
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import clean
from aggregator.errors import ParseError
from aggregator.model import ArticleDraft, Enclosure, Image, ParsedEntry, ParsedFeed, PollHints
from aggregator.parse import parse
from aggregator.text.blocks import unpack_blocks
from aggregator.text.searchable import MAX_SEARCHABLE, columns

URL = "https://news.example/feed.xml"
LINK = "https://news.example/world/story-1"
FEED = ParsedFeed("rss20", "News", "https://news.example/", "", PollHints(), (), b"", 0)
ENTRY = ParsedEntry("id-1", LINK, "A title", False, "", "", "", None, None, URL, "")
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ufeff\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
SLOWEST = 2.0  # seconds that a hostile document may take


def make(**changes: Any) -> ArticleDraft:
    """The draft of ``ENTRY`` with some fields changed."""
    return clean.draft(dataclasses.replace(ENTRY, **changes), FEED, URL, "")


def texts(article: ArticleDraft) -> list[str]:
    """Every string of an article, at any depth."""
    found: list[str] = []
    queue: list[Any] = [dataclasses.astuple(article), unpack_blocks(article.body)]
    while queue:
        item = queue.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, (tuple, list)):
            queue += item
        elif dataclasses.is_dataclass(item):
            queue += [getattr(item, field.name) for field in dataclasses.fields(item)]
    return found


def addresses(article: ArticleDraft) -> list[str]:
    """Every address of an article that could be opened."""
    links = [link.url for block in unpack_blocks(article.body) for link in block.links]
    files = [item.url for item in article.enclosures]
    picture = [article.image.url] if article.image else []
    return [url for url in (article.url, *links, *files, *picture, *article.own_links) if url]


# --- identity -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guid", "link", "expected"),
    [
        (" tag:news.example,2026:1 ", LINK, "tag:news.example,2026:1"),
        ("", LINK + "?utm_source=rss", LINK),
        ("Case", LINK, "Case"),
    ],
)
def test_guid(guid: str, link: str, expected: str) -> None:
    assert make(guid=guid, link=link).guid == expected


@pytest.mark.parametrize("guid", ["x" * 501, "a\x00b", "a\ud800b", "a  b", "\u202eab"])
def test_a_guid_that_is_long_or_not_plain_is_hashed(guid: str) -> None:
    made = make(guid=guid).guid
    assert made.startswith("sha256:")
    assert made == make(guid=guid, title="Another title").guid != make(guid=guid + "x").guid


def test_without_guid_and_link_the_content_identifies() -> None:
    first = make(guid="", link="", summary="x")
    assert first.guid.startswith("hash:")
    assert first.guid == make(guid="", link="", summary="x").guid != make(guid="", link="", summary="y").guid


@pytest.mark.parametrize(
    ("link", "guid", "expected"),
    [
        ("/world/a", "", "https://news.example/world/a"),
        ("", "https://news.example/g", "https://news.example/g"),
        ("", "tag:x", ""),
        ("javascript:alert(1)", "", ""),
        ("file:///etc/passwd", "", ""),
        ("-oProxyCommand=x", "", ""),
        ("https://u:p@news.example/a", "", "https://news.example/a"),
    ],
)
def test_article_url(link: str, guid: str, expected: str) -> None:
    assert make(link=link, guid=guid).url == expected


def test_a_base_that_is_no_web_address_is_passed_over() -> None:
    assert make(link="a", base="javascript:x").url == "https://news.example/a"


def test_rotating_parameters_of_links_are_no_new_revision() -> None:
    one, two = (make(summary=f'<p>x <a href="{LINK}-2?utm_id={n}">y</a></p>') for n in (1, 2))
    assert one.content_hash == two.content_hash
    assert len(one.content_hash) == 8


@pytest.mark.parametrize(
    "change",
    [
        {"title": "B"},
        {"summary": "<p>b</p>"},
        {"content": "<p>b</p>"},
        {"summary": f'<a href="{LINK}-3">a</a>'},
    ],
)
def test_a_visible_change_is_a_new_revision(change: dict[str, str]) -> None:
    assert make(summary="<p>a</p>").content_hash != make(**{"summary": "<p>a</p>", **change}).content_hash


# --- one-line fields --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Talks resume [/b] today", "Talks resume [/b] today"),
        ("<b>Talks</b> &amp;amp; <i>more</i>", "Talks & more"),
        ("&lt;script&gt;x&lt;/script&gt;Talks", "Talks"),
        ("&amp;lt;img src=x onerror=y&amp;gt;Talks", "Talks"),
        ("R&D, 3 < 4 and <3", "R&D, 3 < 4 and <3"),
        ("one\n two<br>three", "one two three"),
        ("\x1b]0;x\x07Talks\u202e", "]0;xTalks"),
        ("x" * 600, "x" * 499 + "…"),
    ],
)
def test_title(title: str, expected: str) -> None:
    assert make(title=title).title == expected


def test_an_article_always_has_a_title() -> None:
    assert make(title="<img src=x>", summary="<p>" + "word " * 20).title == "word " * 11 + "word…"
    assert make(title="", summary="").title == LINK
    assert make(title=" ", link="", guid="").title == "(untitled)"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("desk@news.example (The Desk)", "The Desk"),
        ("The Desk <desk@news.example>", "The Desk"),
        ("desk@news.example", "desk@news.example"),
        ("<b>The</b>\nDesk", "The Desk"),
    ],
)
def test_author(author: str, expected: str) -> None:
    assert make(author=author).author == expected


def test_tags_are_plain_and_stand_once() -> None:
    assert make(categories=("a", "<b>a</b>", "", "b\x1b")).tags == ("a", "b")
    assert len(make(categories=tuple(map(str, range(40)))).tags) == clean.MAX_TAGS


@pytest.mark.parametrize(
    ("entry", "declared", "feed", "expected"),
    [("fr", "de", "it", "fr"), ("", "de", "it", "de"), ("", "", "it", "it"), ("", "", "", "en")],
)
def test_language_is_the_nearest_declaration_s(entry: str, declared: str, feed: str, expected: str) -> None:
    parsed = dataclasses.replace(FEED, language=feed)
    assert (
        clean.draft(dataclasses.replace(ENTRY, title="Gala", language=entry), parsed, URL, declared).language
        == expected
    )
    assert make(title="سلام إلى العالم", language="en").language == "ar"


# --- summary and body -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("<p>One</p><p>two &amp;amp; three</p>", "One two & three"),
        ("One. The post <a href='/x'>Title</a> appeared first on <a href='/'>News</a>.", "One."),
        ("One two [&#8230;] Continue reading →", "One two…"),
        ("<p>One</p><p>Read more</p>", "One"),
        ("خبر. اقرأ المزيد...", "خبر."),
        ("One. READ MORE: Another headline", None),
        ("Minds that read more think more clearly about everything they meet", None),
        ("One\n\ntwo", "One two"),
    ],
)
def test_summary(summary: str, expected: str | None) -> None:
    expected = summary if expected is None else expected
    assert make(summary=summary).summary == expected
    assert make(summary=summary, content="<p>Another text</p>").summary == expected


def test_a_long_summary_is_cut_at_a_word() -> None:
    summary = make(summary="<p>" + "syllable " * 200 + "</p>").summary
    assert len(summary) <= clean.MAX_SUMMARY
    assert summary.endswith(" syllable…")


def test_the_body_is_the_content_or_else_the_summary() -> None:
    both = make(summary="Teaser", content="<p>Body</p><p>The post A appeared first on B.</p>")
    assert [block.text for block in unpack_blocks(both.body)] == ["Body"]
    assert [block.text for block in unpack_blocks(make(summary="Teaser").body)] == ["Teaser"]
    assert make().body == b""


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("<p>a</p><script>b</script><style>c</style><svg><text>d</text></svg><p>e</p>", ["a", "e"]),
        ("&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;", ["a", "b"]),
        ("a <b>b</b>\n\nc", ["a b", "c"]),
        ("a\n\nb & c", ["a", "b & c"]),
        ("<iframe srcdoc='<b>x</b>'></iframe>a", ["a"]),
        ("<p onclick=x>a<textarea>b</textarea><noscript><img alt='c'></noscript>", ["a"]),
        ("<div>" * 5000 + "deep<script>x</script>", ["deep"]),
        ("before<plaintext><b>x", ["before"]),
        ("a<p", ["a"]),
    ],
)
def test_body(raw: str, expected: list[str]) -> None:
    assert [block.text for block in unpack_blocks(make(content=raw).body)] == expected


def test_the_folded_text_holds_each_part_once() -> None:
    def found(**fields: str) -> tuple[str, str]:
        row, _ = columns(make(**fields).folded)
        return row.title, row.text

    assert found(title="Über", summary="<p>One two</p>") == ("uber", "one two")
    assert found(title="A", summary="Teaser", content="<p>Body</p>") == ("a", "teaser body")
    assert len(found(summary="<p>" + "word " * 9000)[1]) <= MAX_SEARCHABLE


# --- links and media ---------------------------------------------------------------------------------------


def test_own_links_are_the_publisher_s_other_articles() -> None:
    hrefs = [
        "/world/story-2?utm_source=rss",
        "http://www.news.example/world/story-2",
        "https://news.example/2026/11/22/third",
        LINK + "#comments",
        "/about",
        "/tag/story-2",
        "/uploads/story-2.jpg",
        "https://other.example/world/story-4",
        "https://arabic.news.example/world/story-5",
    ]
    body = "".join(f'<p><a href="{href}">x</a></p>' for href in hrefs)
    assert make(content=body).own_links == (
        "https://news.example/world/story-2",
        "https://news.example/2026/11/22/third",
        "https://arabic.news.example/world/story-5",
    )


def test_enclosures_have_a_web_address() -> None:
    given_files = (Enclosure("/a.mp3", "audio/mpeg\x1b", -1), Enclosure("file:///x"), Enclosure(""))
    assert make(enclosures=given_files).enclosures == (
        Enclosure("https://news.example/a.mp3", "audio/mpeg", 0),
    )


def test_the_entry_s_picture_goes_before_the_body_s() -> None:
    body = '<figure><img src="/b.jpg"><figcaption>B</figcaption></figure>'
    given_image = Image("/a.jpg", "<b>A</b> &amp; co", "Agency\x9b")
    assert make(content=body, image=given_image).image == Image(
        "https://news.example/a.jpg", "A & co", "Agency"
    )
    assert make(content=body, image=Image("data:x")).image == Image("https://news.example/b.jpg", "B")
    assert make(content='<img src="/p.gif" width=1 height=1>').image is None


# --- the hostile --------------------------------------------------------------------------------

TAGS = (
    "<p>",
    "</p>",
    "<a href='",
    "'>",
    "</a>",
    "<b",
    "<table><tr><td>",
    "<br>",
    "<script>",
    "</script>",
    "<!--",
)
CODES = (
    "&lt;",
    "&amp;",
    "&#27;",
    "\x9b",
    "\x1b[",
    "\ud800",
    "\u202e",
    "\u2067",
    "text ",
    "\n\n",
    "https://x.example/",
)
SCRAPS = st.lists(st.sampled_from(TAGS + CODES), max_size=25).map("".join)


@given(SCRAPS, SCRAPS)
def test_nothing_raises_and_nothing_forbidden_comes_out(one: str, two: str) -> None:
    article = make(
        guid=one,
        link=two,
        title=one,
        author=two,
        summary=one,
        content=two,
        categories=(one,),
        image=Image(one, two, one),
    )
    assert not [text for text in texts(article) if FORBIDDEN.search(text)]
    for block in unpack_blocks(article.body):
        assert all(0 <= link.start < link.end <= len(block.text) for link in block.links)


GROUPS = ("html", "sanitize", "term", "links", "enclosure", "ids", "invalid", "illformed")


def hostile(shared: Path, *groups: str) -> list[Path]:
    """The files of some groups of the hostile collection."""
    lines = (shared / "hostile" / "INDEX.tsv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    return [shared / "hostile" / row[0] for row in rows if row[1] in groups]


def drafts_of(file: Path) -> list[ArticleDraft]:
    """The articles of a feed file; none where it cannot be parsed, which is the parser's business."""
    try:
        feed = parse(file.read_bytes(), URL, "application/xml")
    except ParseError:
        return []
    return [clean.draft(entry, feed, URL, "") for entry in feed.entries]


def test_hostile_feeds_come_out_inert(shared: Path) -> None:
    files = hostile(shared, *GROUPS)
    assert files
    for file in files:
        begin = time.process_time()
        for article in drafts_of(file):
            assert not [text for text in texts(article) if FORBIDDEN.search(text)], file
            assert all(url.startswith(("http://", "https://")) for url in addresses(article)), file
        assert time.process_time() - begin < SLOWEST, file


def test_hostile_html_shows_what_is_before_and_nothing_of_scripts(shared: Path) -> None:
    for file in hostile(shared, "html"):
        for article in drafts_of(file):
            shown = [article.title, article.summary, *(block.text for block in unpack_blocks(article.body))]
            marked = [text for text in shown if "XSSMARK" in text or re.search("<[a-z/!]", text)]
            assert not [text for text in marked if "<ſcript" not in text], file  # the long s makes no tag
            assert "before" in shown[-2] + shown[1] or b"before" not in file.read_bytes(), file


def test_tokenizer_tests_of_html5_come_out_inert(shared: Path) -> None:
    for file in hostile(shared, "html5"):
        for case in json.loads(file.read_text(encoding="utf-8"))["tests"]:
            for raw in (case["input"], case["input"].encode().decode("unicode_escape", "replace")):
                article = make(title=raw, content=raw)
                assert not [text for text in texts(article) if FORBIDDEN.search(text)], case


def test_tags_in_letters_of_another_kind_are_tags() -> None:
    assert clean.plain("a <\u017fcript>alert</\u017fcript> b") == "a  b"
    assert [block.text for block in clean.body_of("<p>a</p><\u017fcript>alert</\u017fcript>", "").blocks] == [
        "a"
    ]
    assert clean.plain("Ma\u017fs 3 < 4") == "Ma\u017fs 3 < 4"


@pytest.mark.parametrize("kind", ["<b>audio/mpeg</b>", "../../x", "audio", "a/b/c", "\x1b/\x07"])
def test_what_is_no_kind_of_file_is_left_out(kind: str) -> None:
    assert clean.media_type(kind) == ""
    assert clean.media_type("Audio/mpeg; codecs=opus") == "Audio/mpeg; codecs=opus"


def test_an_id_with_tags_is_hashed_and_markup_escaped_twice_in_numbers_is_markup() -> None:
    assert make(guid="<b>1</b>").guid.startswith("sha256:")
    body = clean.body_of("&#60;script&#62;x&#60;/script&#62;y", "")
    assert [block.text for block in body.blocks] == ["y"]
