"""The demo's outlets over a real loopback server: rich enough to show everything, and plainly invented."""

from __future__ import annotations

import gzip
import json
import re
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import feedparser
import pytest

from aggregator import config
from aggregator.demo import DemoServer, demo_config
from aggregator.demo_pages import Outlet, Scene, body_of, outlets, pages, published, summary_of
from aggregator.text import query

NOW = 1_795_500_000  # a Tuesday in November 2026
HREF = re.compile(r'(?:href|src|url|about)="(https?://[^"]+)"|>(https?://[^<]+)<')


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    """A running demo in its first epoch."""
    with DemoServer(NOW) as running:
        yield running


def get(url: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    """The answer and its body."""
    wanted = {key.replace("_", "-"): value for key, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(url, headers=wanted)) as answer:
        return answer, answer.read()


def entries(server: DemoServer, outlet: Outlet) -> list[Any]:
    """The entries of an outlet's feed as a feed parser sees them; JSON items in the same words."""
    _, body = get(server.url + outlet.path)
    if outlet.format == "json":
        return [
            {**item, "link": item["url"], "content": [{"value": item["content_html"]}]}
            for item in json.loads(body)["items"]
        ]
    parsed = feedparser.parse(body)
    assert not parsed.bozo, outlet.name
    return list(parsed.entries)


def named(name: str) -> Outlet:
    """An outlet by its file's name."""
    return next(outlet for outlet in outlets() if outlet.name == name)


# --- what is told ----------------------------------------------------------------------------------


def test_there_are_eight_outlets_in_five_languages_and_four_formats() -> None:
    assert len(outlets()) == 8
    assert {outlet.language for outlet in outlets()} == {"en", "ar", "he", "fa", "tr"}
    assert {outlet.format for outlet in outlets()} == {"rss", "atom", "rdf", "json"}
    assert len({outlet.country for outlet in outlets()}) >= 6


def test_many_articles_of_one_week_tell_many_events() -> None:
    items = [item for outlet in outlets() for item in outlet.articles]
    assert len(items) >= 55
    assert len({item.event for item in items}) >= 12
    assert all(0 < item.hours <= 7 * 24 for item in items)


def test_events_have_several_reports_in_one_language() -> None:
    reports: dict[tuple[str, str], set[str]] = defaultdict(set)
    for outlet in outlets():
        for item in outlet.articles:
            reports[outlet.language, item.event].add(outlet.name)
    assert sum(len(names) >= 2 for (language, _), names in reports.items() if language == "en") >= 8
    assert sum(len(names) >= 2 for (language, _), names in reports.items() if language == "ar") >= 4


def test_every_language_has_a_thread_over_days() -> None:
    for outlet in outlets():
        times: dict[str, list[int]] = defaultdict(list)
        for item in outlet.articles:
            times[item.event].append(item.hours)
        spans = [max(hours) - min(hours) for hours in times.values()]
        assert outlet.name in ("sawt-al-waha",) or max(spans) >= 24, outlet.name


def test_one_text_appears_word_for_word_in_two_outlets() -> None:
    texts = Counter((item.title, item.body) for outlet in outlets() for item in outlet.articles if item.body)
    assert [count for count in texts.values() if count > 1] == [2]


def test_one_outlet_sends_summaries_only() -> None:
    assert [outlet.name for outlet in outlets() if not any(item.body for item in outlet.articles)] == [
        "sawt-al-waha"
    ]


def test_bodies_hold_paragraphs_and_every_kind_of_block() -> None:
    scene = Scene("http://127.0.0.1:1", NOW, 1)
    bodies = [body_of(outlet, item, scene) for outlet in outlets() for item in outlet.articles if item.body]
    assert all(3 <= body.count("<p>") <= 7 for body in bodies)
    everything = "".join(bodies)
    assert all(tag in everything for tag in ("<a href=", "<ul>", "<blockquote>", "<table>", "<figcaption>"))
    assert "[[" not in everything
    assert "{day" not in everything


def test_every_article_ends_by_saying_that_it_is_invented() -> None:
    scene = Scene("http://127.0.0.1:1", NOW, 1)
    for outlet in outlets():
        assert "(sample)" in outlet.title
        assert "Hakawati" in outlet.notice or re.search("حكواتي|חכוואתי|حکواتی", outlet.notice)
        for item in outlet.articles:
            text = body_of(outlet, item, scene) or summary_of(outlet, item, scene)
            assert re.sub("<[^>]+>", "", text).endswith(outlet.notice), item.slug


def test_weekdays_follow_the_day_on_which_the_demo_starts() -> None:
    outlet = named("harbour-gazette")
    item = next(item for item in outlet.articles if item.slug == "crude-fujairah-stocks")
    for day in range(7):
        scene = Scene("http://127.0.0.1:1", NOW + day * 86_400, 0)
        name = datetime.fromtimestamp(scene.now - 32 * 3600, UTC).strftime("%A")
        assert f"on {name} after" in body_of(outlet, item, scene)


def test_nothing_is_dated_in_the_future() -> None:
    scene = Scene("http://127.0.0.1:1", NOW, 1)
    assert all(published(item, scene) < NOW for outlet in outlets() for item in outlet.articles)


# --- how it is served ------------------------------------------------------------------------------


@pytest.mark.parametrize("outlet", outlets(), ids=lambda outlet: outlet.name)
def test_a_feed_carries_its_articles_whole(server: DemoServer, outlet: Outlet) -> None:
    out = [item for item in outlet.articles if item.epoch == 0]
    found = entries(server, outlet)
    assert [entry["title"] for entry in found] == [
        item.title for item in sorted(out, key=lambda item: -published(item, Scene("", NOW, 0)))
    ]
    assert len({entry["id"] for entry in found}) == len(out)
    assert len({entry["link"] for entry in found}) == len(out)
    for entry in found:
        assert entry.get("author") or entry["authors"][0]["name"]
        assert entry.get("published_parsed") or entry.get("updated_parsed") or entry["date_published"]
        assert ("content" in entry) == any(item.body for item in outlet.articles)


def test_pictures_have_caption_and_credit(server: DemoServer) -> None:
    media = [
        entry
        for outlet in outlets()
        if outlet.format == "rss"
        for entry in entries(server, outlet)
        if "media_content" in entry
    ]
    assert len(media) >= 3
    assert all(entry["media_credit"][0]["content"] for entry in media)
    for entry in media:
        answer, _ = get(entry["media_content"][0]["url"])
        assert answer.headers["Content-Type"] == "image/png"


@pytest.mark.parametrize("epoch", [0, 1])
def test_every_address_is_the_servers_own_and_answers(epoch: int) -> None:
    base = "http://127.0.0.1:1"
    site = pages(Scene(base, NOW, epoch))
    for path, page in site.items():
        text = page.body.decode(errors="replace")
        for one, other in HREF.findall(text):
            url = (one or other).partition("&")[0]
            assert url.startswith(base), f"{path} names {url}"
            assert url.removeprefix(base) in site, f"{path} links to {url}, which is not there"


def test_links_between_articles_lead_to_articles_of_the_feed(server: DemoServer) -> None:
    linked = 0
    for outlet in outlets():
        found = entries(server, outlet)
        own = {entry["link"] for entry in found}
        for entry in found:
            for url in re.findall(
                'href="([^"]+)"', entry["content"][0]["value"] if "content" in entry else ""
            ):
                assert url in own
                linked += 1
    assert linked >= 10


def test_every_page_says_that_it_is_sample_content(server: DemoServer) -> None:
    for path, page in pages(Scene(server.url, NOW, 1)).items():
        if page.type.startswith("text/html"):
            assert b"Sample content of Hakawati" in page.body, path


def test_the_index_and_right_to_left_pages_are_web_pages(server: DemoServer) -> None:
    answer, body = get(server.url + "/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert body.count(b"<li>") == 8
    _, body = get(server.url + "/shaar-hayam/")
    assert b'dir="rtl"' in body
    assert b'rel="alternate"' in body


def test_a_known_document_is_not_sent_again(server: DemoServer) -> None:
    url = server.url + outlets()[0].path
    answer, _ = get(url)
    with pytest.raises(HTTPError) as caught:
        get(url, If_None_Match=answer.headers["ETag"])
    with caught.value as not_modified:
        assert not_modified.code == 304
        assert not_modified.headers["ETag"] == answer.headers["ETag"]
        assert not_modified.read() == b""


def test_a_client_that_can_unpack_gets_it_packed(server: DemoServer) -> None:
    url = server.url + outlets()[0].path
    answer, packed = get(url, Accept_Encoding="gzip, deflate")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed) == get(url)[1]
    assert len(packed) == int(answer.headers["Content-Length"])


def test_what_is_not_there_is_404(server: DemoServer) -> None:
    for path in ("/none", "/../../etc/passwd", "/feeds/", "/%00"):
        with pytest.raises(HTTPError) as caught:
            get(server.url + path)
        with caught.value as error:
            assert error.code == 404


def test_the_second_epoch_corrects_a_headline_and_brings_late_articles() -> None:
    with DemoServer(NOW) as server:
        before = {entry["id"]: entry for outlet in outlets() for entry in entries(server, outlet)}
        tag = get(server.url + named("harbour-gazette").path)[0].headers["ETag"]
        server.epoch = 1
        after = {entry["id"]: entry for outlet in outlets() for entry in entries(server, outlet)}
        assert get(server.url + named("harbour-gazette").path, If_None_Match=tag)[0].status == 200
    assert before.keys() < after.keys()
    assert 2 <= len(after) - len(before) <= 6
    edited = [key for key in before if before[key]["title"] != after[key]["title"]]
    assert len(edited) == 1
    assert "Correction" in after[edited[0]]["content"][0]["value"]


# --- its configuration -----------------------------------------------------------------------------


def test_the_demo_has_a_configuration_of_its_own(tmp_path: Path) -> None:
    loaded = config.load(demo_config("http://127.0.0.1:8000", tmp_path))
    assert loaded.cache == tmp_path / "cache"
    assert loaded.settings.fetch.allow_private == ("127.0.0.1",)
    assert loaded.settings.fetch.spacing == 0
    assert len(loaded.settings.filters) >= 3
    assert all(query.parse(saved.query, NOW).root.parts for saved in loaded.settings.filters)
    feeds = loaded.settings.feeds
    assert [feed.url for feed in feeds] == [f"http://127.0.0.1:8000{outlet.path}" for outlet in outlets()]
    assert all(feed.enabled and feed.outlet and feed.language and feed.country for feed in feeds)
