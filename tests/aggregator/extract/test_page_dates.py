"""When an article was published: which of a page's dates counts, and in which zone."""

from __future__ import annotations

import datetime as dt

import pytest

from aggregator.extract import sites
from aggregator.extract.page_dates import machine, offset_in, published
from tests.aggregator.extract import made

YOUM7 = "https://www.youm7.com/story/2020/8/24/the-harbour/1"  # an outlet whose zone the table knows
TEXT = made.html_paragraphs(6)


def date_of(*, head: str = "", line: str = "", url: str = made.URL) -> str:
    inside = [f"<p class='when'>{line}</p>"] if line else []
    return made.read(made.page([*inside, *TEXT], head=head), url).date


def test_the_offset_that_the_page_gives_is_kept() -> None:
    head = '<meta property="article:published_time" content="2024-05-06T10:30:00+03:00">'
    assert date_of(head=head) == "2024-05-06T10:30:00+03:00"


def test_structured_data_comes_before_meta_elements_and_these_before_time_elements() -> None:
    data = (
        '<script type="application/ld+json">'
        '{"@type":"NewsArticle","datePublished":"2024-05-06T08:00Z"}</script>'
    )
    meta = '<meta property="article:published_time" content="2024-05-07T08:00Z">'
    time = "<time datetime='2024-05-08T08:00Z'>8 May</time>"
    assert date_of(head=data + meta).startswith("2024-05-06")
    assert date_of(head=meta, line=time).startswith("2024-05-07")
    assert date_of(line=time).startswith("2024-05-08")


def test_a_bare_day_is_made_exact_by_the_line_under_the_headline() -> None:
    head = '<meta name="date" content="2024-05-06">'
    assert date_of(head=head, line="6 May 2024 10:30", url="https://paper.com.tr/haber/12345") == (
        "2024-05-06T10:30:00+03:00"
    )
    assert date_of(head=head) == "2024-05-06"


def test_a_time_without_offset_is_in_the_outlets_zone() -> None:
    line = "۲۹ بهمن ۱۳۹۸ - ۰۶:۵۵"
    assert date_of(line=line, url="https://paper.ir/news/12345") == "2020-02-18T06:55:00+03:30"
    summer = "۲ تیر ۱۳۹۹ - ۰۶:۵۵"  # until 2022 Tehran had summer time
    assert date_of(line=summer, url="https://paper.ir/news/12345") == "2020-06-22T06:55:00+04:30"


def test_utc_that_the_page_shows_as_its_local_clock_is_local() -> None:
    head = '<meta property="article:published_time" content="2020-08-24T09:23:13Z">'
    assert date_of(head=head, line="24 August 2020 09:23", url=YOUM7) == ("2020-08-24T09:23:13+02:00")
    assert date_of(head=head, line="24 August 2020 11:23", url=YOUM7) == ("2020-08-24T09:23:13+00:00")


def test_a_time_in_a_place_that_nobody_knows_stays_without_offset() -> None:
    assert date_of(line="6 May 2024 10:30") == "2024-05-06T10:30:00"


def test_the_feed_decides_where_the_page_is_far_off_or_only_knows_the_day() -> None:
    feed = int(dt.datetime(2024, 5, 6, 7, 30, tzinfo=dt.UTC).timestamp())
    far = published(["2021-01-01T00:00Z"], [], "", feed, month_first=False)
    assert far is not None
    assert far.iso() == "2024-05-06T07:30:00+00:00"
    day = published(["2024-05-06"], [], "", feed, month_first=False)
    assert day is not None
    assert day.iso() == "2024-05-06T07:30:00+00:00"
    near = published(["2024-05-05T22:00Z"], [], "", feed, month_first=False)
    assert near is not None
    assert near.iso() == "2024-05-05T22:00:00+00:00"


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2024-13-01", "2024-05-06T25:00", "0001-01-01", "9" * 80],
)
def test_what_is_no_machine_readable_date_is_none(text: str) -> None:
    assert machine(text) is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("2024-05-06T10:30:00.123Z", "2024-05-06T10:30:00+00:00"),
        ("20240506", "2024-05-06"),
        ("2024-05-06 10:30 +0200", "2024-05-06T10:30:00+02:00"),
        ("Fri Apr 28 2023 17:52:31 GMT+0000 (Coordinated Universal Time)", "2023-04-28T17:52:00+00:00"),
        ("Mon, 06 May 2024 10:30:00 +0200", "2024-05-06T10:30:00+02:00"),
    ],
)
def test_dates_of_software_come_in_several_forms(text: str, meaning: str) -> None:
    stamp = machine(text)
    assert stamp is not None
    assert stamp.iso() == meaning


def test_an_outlets_zone_is_found_by_its_row_its_country_or_its_language() -> None:
    assert sites.of("https://www.middleeastmonitor.com/x").zone == "Europe/London"
    assert sites.of("https://news.paper.co.il/x").zone == "Asia/Jerusalem"
    assert sites.of("https://paper.example/x", "fa").zone == "Asia/Tehran"
    assert sites.of("https://paper.example/x", zone="Asia/Beirut").zone == "Asia/Beirut"
    assert sites.of("https://paper.example/x").zone == ""


def test_every_zone_of_the_table_exists() -> None:
    table = sites._table()
    zones = {row.get("zone", "") for row in table["site"].values()}
    zones |= {*table["countries"].values(), *table["languages"].values()}
    moment = (dt.date(2024, 5, 6), dt.time(12))
    assert [zone for zone in zones if zone and offset_in(zone, *moment) is None] == []
    assert offset_in("No/Where", *moment) is None
