"""OPML: good outlines come in, the rest is listed with a reason, nothing is run or fetched."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config, opml
from aggregator.errors import ParseError
from aggregator.text.inert import clean_text


def listed(body: str, head: str = "") -> opml.OpmlResult:
    """The result for the outlines of a list."""
    return opml.read(f'{head}<opml version="2.0"><head/><body>{body}</body></opml>'.encode())


def rss(url: str, **keys: str) -> str:
    """An outline for a feed."""
    more = "".join(f' {key}="{value}"' for key, value in keys.items())
    return f'<outline type="rss" text="t" xmlUrl="{url}"{more}/>'


def only(result: opml.OpmlResult) -> config.Feed:
    """The single feed of a result without losses."""
    assert result.skipped == ()
    (feed,) = result.feeds
    return feed


# --- in ------------------------------------------------------------------------------------------


def test_a_feed_has_title_address_language_and_tags() -> None:
    inside = rss("https://a.example/", language="ar-SA", category="x,/y/z")
    feed = only(listed(f'<outline text="Gulf News">{inside}</outline>'))
    assert (feed.url, feed.title, feed.language) == ("https://a.example/", "t", "ar")
    assert feed.tags == ("gulf-news", "x", "y", "z")
    assert feed.enabled


def test_a_title_stands_in_for_text_and_both_are_made_inert() -> None:
    body = '<outline title=" &#x9d;0;PWN&#x9c; \n a &#x202e;b" xmlUrl="https://a.example/"/>'
    assert only(listed(body)).title == "0;PWN a b"


def test_attribute_names_may_be_written_in_any_case() -> None:
    assert only(listed('<outline text="t" XMLURL="https://a.example/"/>')).url == "https://a.example/"


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("feed://a.example/x", "http://a.example/x"),
        ("feed:https://a.example/x", "https://a.example/x"),
        (" https://a.example/x ", "https://a.example/x"),
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
        ("https://a.example/?a=1&copy=2", "https://a.example/?a=1&copy=2"),
    ],
)
def test_what_is_plainly_meant_as_an_address_is_taken(written: str, url: str) -> None:
    assert only(listed(rss(written))).url == url


@pytest.mark.parametrize(
    "url",
    [
        "exec:touch x",
        "|touch x",
        "filter:cmd:https://a.example/",
        "query:x:unread",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ftp://a.example/",
        "https://a.example/&#10;X",
        "https://a.example:99999/",
        "https:///x",
        "http://127.0.0.1\\@a.example/",
        "http://a.example\\@b.example/",
        "http://a℀b.example/",
        "http://127.0.0.3/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://localhost:8080/",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_other_addresses_are_listed_with_a_reason(url: str) -> None:
    result = listed(rss(url) + rss("https://good.example/"))
    assert [feed.url for feed in result.feeds] == ["https://good.example/"]
    assert [what for what, _ in result.skipped] == ["t"]
    assert result.skipped[0][1].startswith("has an address ")


@pytest.mark.parametrize(
    ("outline", "why"),
    [
        ('<outline type="include" text="t" url="http://a.example/x.opml"/>', "not fetched"),
        ('<outline type="LINK" url="http://a.example/x.opml"/>', "not fetched"),
        (rss("https://a.example/", filtercmd="/bin/x"), "no command is run"),
        ('<outline type="HTML+XPath" text="t" xmlUrl="https://a.example/"/>', "by rules"),
        ('<outline type="rss" text="t"/>', "has no feed address"),
        ('<outline text="t" xmlUrl=""/>', "has no feed address"),
        (rss("https://a.example/", isComment="true"), "is commented out"),
        (f'<outline text="f" isComment="true">{rss("https://a.example/")}</outline>', "is commented out"),
    ],
)
def test_what_is_no_feed_is_left_out_with_a_reason(outline: str, why: str) -> None:
    result = listed(outline)
    assert result.feeds == ()
    assert len(result.skipped) == 1
    assert why in result.skipped[0][1]


def test_after_a_commented_folder_feeds_count_again() -> None:
    body = f'<outline text="f" isComment="true"><outline text="x"/></outline>{rss("https://a.example/")}'
    assert [feed.url for feed in listed(body).feeds] == ["https://a.example/"]


def test_a_feed_listed_twice_is_one() -> None:
    result = listed(rss("https://a.example/") * 2)
    assert len(result.feeds) == 1
    assert result.skipped == (("t", "is listed twice"),)


def test_a_password_in_an_address_is_not_repeated_in_the_reason() -> None:
    result = listed('<outline xmlUrl="ftp://user:SECRETMARK@a.example/"/>')
    assert "SECRETMARK" not in str(result.skipped)


def test_a_damaged_list_gives_what_came_before_and_says_so() -> None:
    result = opml.read(b'<opml><body><outline text="a" xmlUrl="https://a.example/"/><outline te')
    assert [feed.url for feed in result.feeds] == ["https://a.example/"]
    assert result.skipped[-1][0] == "the rest of the list"


def test_deep_folders_keep_the_innermost_as_tags() -> None:
    deep = "".join(f'<outline text="f{n}">' for n in range(3000))
    feed = only(listed(deep + rss("https://a.example/") + "</outline>" * 3000))
    assert feed.tags[0] == "f2999"
    assert len(feed.tags) == opml.MAX_TAGS


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE o [<!ENTITY % p SYSTEM "http://127.0.0.3/x.dtd"> %p;]>',
    ],
)
def test_declared_entities_are_refused(doctype: str) -> None:
    with pytest.raises(ParseError, match="declares entities"):
        listed(rss("https://a.example/"), head=doctype)


@pytest.mark.parametrize("data", [b"", b"   ", b"<rss/>", b"<html>x</html>", b"\x00\xff\xfe", b"[]"])
def test_what_is_no_list_is_said(data: bytes) -> None:
    with pytest.raises(ParseError, match="no OPML list"):
        opml.read(data)


@pytest.mark.parametrize(
    ("declared", "actual"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("windows-1256", "windows-1256"),
        ("no-such-encoding", "utf-8"),
        ("hex", "utf-8"),
        ("utf-32", "utf-8"),
    ],
)
def test_an_encoding_is_believed_where_it_fits(declared: str, actual: str) -> None:
    text = f'<?xml version="1.0" encoding="{declared}"?><opml><body><outline text="خبر" xmlUrl="https://a.example/"/></body></opml>'
    assert only(opml.read(text.encode(actual))).title == "خبر"


def test_latin_bytes_without_declaration_are_read_as_windows_text() -> None:
    assert (
        only(opml.read('<opml><outline text="é" xmlUrl="https://a.example/"/></opml>'.encode("cp1252"))).title
        == "é"
    )


# --- hostile files ---------------------------------------------------------------------------------


def test_hostile_lists_are_read_twice_alike_without_network_or_processes(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("a list made something run")

    monkeypatch.setattr(socket, "socket", never)
    monkeypatch.setattr(subprocess, "Popen", never)
    folder = shared / "hostile"
    rows = [line.split("\t") for line in (folder / "INDEX.tsv").read_text("utf-8").splitlines()[1:]]
    files = [folder / row[0] for row in rows if row[1] == "opml"]
    assert len(files) > 40
    for path in files:
        try:
            result = opml.read(path.read_bytes())
        except ParseError:
            continue
        assert result == opml.read(path.read_bytes())
        for feed in result.feeds:
            assert feed.url.startswith("http"), path
            assert feed.title.isprintable(), path
        assert all((what + why).isprintable() for what, why in result.skipped), path


def test_the_good_outline_beside_a_hostile_one_is_imported(shared: Path) -> None:
    folder = shared / "hostile/made/opml"
    for path in folder.glob("url-*.opml"):
        result = opml.read(path.read_bytes())
        assert [feed.title for feed in result.feeds] == ["good"], path
        assert len(result.skipped) == 1, path
    for name in ("esc-ref", "lone", "folder-slash", "category-attr", "no-opml", "old", "version"):
        assert len(opml.read((folder / f"{name}.opml").read_bytes()).feeds) == 1, name


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_a_parse_error(noise: bytes) -> None:
    for data in (noise, b'<opml><outline text="' + noise + b'" xmlUrl="https://a.example/"/></opml>'):
        with contextlib.suppress(ParseError):
            opml.read(data)


# --- out, and back ---------------------------------------------------------------------------------


def test_what_is_written_reads_back_the_same() -> None:
    feeds = (
        config.Feed(
            url="https://a.example/?a=1&b=<2>", title='خبر "x" & <y>', language="ar", tags=("gulf", "a-b")
        ),
        config.Feed(url="https://b.example/", title="b", language="de"),
        config.Feed(url="https://c.example/", title="c", tags=("iran",)),
    )
    result = opml.read(opml.write(feeds))
    assert {feed.url: feed for feed in result.feeds} == {feed.url: feed for feed in feeds}
    assert result.skipped == ()


def test_the_shipped_catalogue_goes_out_and_comes_back() -> None:
    feeds = config.read(config.shipped()).feeds
    result = opml.read(opml.write(feeds))
    back = {feed.url: feed for feed in result.feeds}
    assert result.skipped == ()
    assert {feed.url: (feed.title, feed.language, feed.tags) for feed in feeds} == {
        url: (feed.title, feed.language, feed.tags) for url, feed in back.items()
    }


def test_what_is_written_is_opml_2_in_folders_by_language() -> None:
    text = opml.write([config.Feed(url="https://a.example/", outlet="A", language="ar")]).decode()
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">')
    assert '<outline text="Arabic">' in text
    assert 'type="rss" text="A" title="A" xmlUrl="https://a.example/" language="ar"' in text


WORDS = st.text(
    st.one_of(
        st.sampled_from("خبر عاجل חדשות می\u200cشود <&>\"'/,"), st.characters(categories=("L", "N", "P"))
    ),
    max_size=30,
)


@given(
    st.lists(
        st.builds(
            lambda number, title, outlet, language, tags: config.Feed(
                url=f"https://h{number}.example/?a={number}&b=<x>",
                title=clean_text(title, limit=opml.MAX_TITLE),
                outlet=clean_text(outlet),
                language=language,
                tags=tuple(dict.fromkeys(opml.tags_of([], ",".join(tags))))[: opml.MAX_TAGS],
            ),
            st.integers(0, 10**6),
            WORDS,
            WORDS,
            st.sampled_from(["", "ar", "he", "fa", "en", "de"]),
            st.lists(WORDS, max_size=4),
        ),
        max_size=8,
        unique_by=lambda feed: feed.url,
    )
)
def test_any_feeds_that_go_out_come_back(feeds: list[config.Feed]) -> None:
    result = opml.read(opml.write(feeds))
    assert result.skipped == ()
    for back in result.feeds:
        (feed,) = (one for one in feeds if one.url == back.url)
        assert back.title == feed.title or not feed.title
        assert (back.outlet, back.language) == (feed.outlet, feed.language)
        assert set(back.tags) <= set(feed.tags)
    assert len(result.feeds) == len(feeds)


def test_five_thousand_feeds_in_folders_are_read_and_written_in_no_time() -> None:
    began = time.process_time()
    folders = "".join(
        f'<outline text="Folder {n}">'
        + "".join(rss(f"https://h{n}-{m}.example/") for m in range(100))
        + "</outline>"
        for n in range(50)
    )
    result = listed(folders)
    assert len(result.feeds) == 5000
    assert opml.read(opml.write(result.feeds)).skipped == ()
    assert time.process_time() - began < 5


def test_a_password_does_not_go_out() -> None:
    feed = config.Feed(url="https://user:SECRETMARK@a.example/feed", title="a")
    assert b"SECRETMARK" not in opml.write([feed])
