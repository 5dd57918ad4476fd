"""Articles' pages from real sites on loopback: what is asked, how patiently, and what one bad site costs."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator import config as config_files
from aggregator import wire, wire_words
from aggregator.config import Config
from aggregator.errors import HakawatiError, StoreError
from aggregator.exchange import Origin
from aggregator.model import Article, LinkKind, MarkAction, PageHost
from aggregator.page_policy import DAY, HOUR
from aggregator.pages import BY_ROBOTS, PageFetcher, Prefetched, fetch_one, prefetch
from aggregator.store.db import Store
from aggregator.store.pages import Pages
from aggregator.text.hosts import host_of
from aggregator.writer import Writer
from tests.aggregator.extract import made
from tests.aggregator.sites import Sites, endless, five_gigabytes, hang, page, report, status
from tests.aggregator.storing import HERON, KESTREL, NOW, make

WALL = b"<html><head><title>Just a moment...</title></head><body><div id='cf-chl-widget'></div></body></html>"
FAST = "spacing = 0"
SHORT_BODY = "max_bytes = 300000"


@pytest.fixture
def sites() -> Iterator[Sites]:
    with Sites(6) as running:
        yield running


def story(number: int = 1, *links: str) -> bytes:
    """A page of an article, with links to others."""
    read = [f'<p>READ: <a href="{url}">The ferry of number {n}</a></p>' for n, url in enumerate(links, 1)]
    text = made.html_paragraphs(6)
    return made.page([*text[:3], *read, *text[3:]], title=f"The harbour opens again: part {number}")


def configured(folder: Path, *, whole: str = "always", fetch: str = "", full_text: str = FAST) -> Config:
    """A configuration whose only followed feed is never asked in these tests."""
    lines = ["[fetch]", 'allow_private = ["127.0.0.0/8"]', "deadline = 2.0", SHORT_BODY, fetch]
    lines += ["[full_text]", full_text, f'[[feeds]]\nurl = "{HERON}"\nfull_text = "{whole}"']
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    return config_files.load(path)


def bring(config: Config, *urls: str) -> list[int]:
    """Articles at these addresses, the last the newest, as a feed with summaries brings them; their ids."""
    drafts = [make(n, url=url, title=f"The harbour opens again: part {n}") for n, url in enumerate(urls, 1)]
    with Store.open(config.cache) as store:
        store.feeds.reconcile(config.settings.feeds)
        state = store.feeds.get(HERON)
        assert state is not None
        with store.write():
            changes = store.articles.upsert(state, drafts, NOW)
            store.search.index(changes)
        return sorted(change.id for change in changes)


def clock(late: float = 0.0) -> Callable[[], float]:
    """A clock that begins when these articles are new, or ``late`` seconds after that."""
    started = time.monotonic()
    return lambda: NOW + late + time.monotonic() - started


def ahead(config: Config, late: float = 0.0) -> Prefetched:
    """The step of a sync that fetches pages."""

    async def run() -> Prefetched:
        async with Writer(config.cache) as writer:
            return await prefetch(config, writer, asyncio.Event(), clock=clock(late))

    return asyncio.run(run())


def article(config: Config, article_id: int) -> Article:
    with Store.open(config.cache, readonly=True) as store:
        found = store.articles.get(article_id)
    assert found is not None
    return found


def reasons(config: Config, *ids: int) -> list[str | None]:
    """Why pages gave no text; None where there is no page."""
    pages = [article(config, one).page for one in ids]
    return [page.reason if page else None for page in pages]


def host(config: Config, url: str) -> PageHost:
    with Store.open(config.cache, readonly=True) as store:
        return store.page_queue.host(host_of(url))


# --- what comes back -------------------------------------------------------------------------------


def test_a_page_is_fetched_read_kept_and_linked(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    two = sites.serve(0, "/2", page(story(2)))
    far = f"{sites[0].url}/1999/the-ferries-of-that-year"
    one = sites.serve(0, "/1", page(story(1, two, far)))
    first, second = bring(config, one, two)
    assert ahead(config) == Prefetched(2, 0)
    found = article(config, first)
    assert found.page is not None
    assert found.page_is_whole
    assert [block.text for block in found.page.blocks] == made.paragraphs(6)
    assert [related.url for related in found.page.related] == [far]
    with Store.open(config.cache, readonly=True) as store:
        (link,) = [r for r in store.links.of(first) if r.kind is LinkKind.PUBLISHER]
    assert (link.row.id, link.evidence) == (second, ("linked in the article", "The ferry of number 1"))


def test_what_is_here_is_not_asked_for_again(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    bring(config, sites.serve(0, "/1", page(story())))
    assert ahead(config) == Prefetched(1, 0)
    assert ahead(config, DAY) == Prefetched(0, 0)
    assert sites.asked(0) == ["/robots.txt", "/1"]


def test_nothing_is_asked_where_nothing_is_to_be_fetched(sites: Sites, tmp_path: Path) -> None:
    for whole, full_text in (("never", "spacing = 0"), ("auto", "spacing = 0"), ("always", "per_sync = 0")):
        folder = tmp_path / f"{whole}{len(full_text)}"
        folder.mkdir()
        config = configured(folder, whole=whole, full_text=full_text)
        bring(config, sites.serve(0, "/1", page(story())))
        assert ahead(config) == Prefetched(0, 0)
    assert sites.log == []


def test_a_starred_article_is_fetched_ahead_by_default(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path, whole="auto")
    first, _ = bring(config, sites.serve(0, "/1", page(story())), sites.serve(0, "/2", page(story())))
    with Store.open(config.cache) as store:
        store.marks.apply(MarkAction.STAR, [first])
    assert ahead(config) == Prefetched(1, 0)
    assert sites.asked(0) == ["/robots.txt", "/1"]


def test_a_redirect_is_followed_and_its_end_is_where_the_page_came_from(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    end = sites.serve(1, "/story", page(story()))
    (one,) = bring(config, sites.serve(0, "/1", status(302, Location=end)))
    assert ahead(config) == Prefetched(1, 0)
    found = article(config, one).page
    assert found is not None
    assert found.url == end
    assert host(config, end).count == 1, "the other site had a visit too"


def test_six_redirects_are_too_many(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path, fetch="max_redirects = 20")
    for number in range(6):
        sites.serve(0, f"/{number}", status(302, Location=f"/{number + 1}"))
    sites.serve(0, "/6", page(story()))
    (one,) = bring(config, f"{sites[0].url}/0")
    assert ahead(config) == Prefetched(0, 1)
    assert reasons(config, one) == ["more than 5 redirects"]


def test_no_address_inside_our_own_network_is_asked(sites: Sites, tmp_path: Path) -> None:
    closed = configured(tmp_path, full_text="")
    closed.path.write_text(closed.path.read_text().replace('["127.0.0.0/8"]', "[]"))
    closed = config_files.load(closed.path)
    (one,) = bring(closed, sites.serve(0, "/1", page(story())))
    ahead(closed)
    assert sites.log == []
    (told,) = reasons(closed, one)
    assert told is not None
    assert "private address" in told


def test_no_cookie_and_no_referrer_is_sent(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    seen: list[dict[str, str]] = []

    def noting(handler: object) -> None:
        seen.append({name.lower(): value for name, value in handler.headers.items()})  # type: ignore[attr-defined]
        status(200, story(), Set_Cookie="who=me", Content_Type="text/html")(handler)  # type: ignore[arg-type]

    bring(config, sites.serve(0, "/1", noting), sites.serve(0, "/2", noting))
    assert ahead(config) == Prefetched(2, 0)
    assert all(headers["user-agent"].startswith("hakawati/") for headers in seen)
    assert all("cookie" not in headers and "referer" not in headers for headers in seen)


# --- robots.txt ------------------------------------------------------------------------------------


def test_a_robots_txt_is_obeyed_and_asked_for_once_a_day(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    sites.serve(0, "/robots.txt", page(b"User-agent: *\nDisallow: /private/\n", "text/plain"))
    urls = [sites.serve(0, path, page(story())) for path in ("/private/1", "/2")]
    hidden, open_ = bring(config, *urls)
    assert ahead(config) == Prefetched(1, 1)
    assert reasons(config, hidden, open_) == [BY_ROBOTS, ""]
    assert sites.asked(0) == ["/robots.txt", "/2"]
    bring(config, *urls, sites.serve(0, "/3", page(story())))
    assert ahead(config, HOUR) == Prefetched(1, 0)
    assert sites.asked(0)[2:] == ["/3"]
    assert ahead(config, DAY + HOUR) == Prefetched(0, 1)
    assert sites.asked(0)[3:] == ["/robots.txt"]


def test_a_rule_for_us_by_name_goes_before_that_for_all(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    rules = b"User-agent: hakawati\nDisallow: /\n\nUser-agent: *\nDisallow:\n"
    sites.serve(0, "/robots.txt", page(rules, "text/plain"))
    (one,) = bring(config, sites.serve(0, "/1", page(story())))
    assert ahead(config) == Prefetched(0, 1)
    assert reasons(config, one) == [BY_ROBOTS]


def test_a_site_whose_robots_txt_is_out_of_order_rests(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    sites.serve(0, "/robots.txt", status(500))
    one, two = bring(config, *(sites.serve(0, f"/{n}", page(story())) for n in (1, 2)))
    assert ahead(config) == Prefetched(0, 1)
    assert sites.asked(0) == ["/robots.txt"]
    assert reasons(config, one, two) == [None, None]
    sites.serve(0, "/robots.txt", status(404))
    assert ahead(config, HOUR + 1) == Prefetched(2, 0)


def test_a_person_obeys_robots_txt_too_unless_the_configuration_says_otherwise(
    sites: Sites, tmp_path: Path
) -> None:
    sites.serve(0, "/robots.txt", page(b"User-agent: *\nDisallow: /", "text/plain"))
    url = sites.serve(0, "/1", page(story()))
    config = configured(tmp_path)
    (one,) = bring(config, url)
    assert asyncio.run(fetch_one(config, one)).reason == BY_ROBOTS
    config = configured(tmp_path, full_text='spacing = 0\nrobots = "prefetch"')
    assert asyncio.run(fetch_one(config, one)).blocks
    assert article(config, one).page_is_whole


# --- patience --------------------------------------------------------------------------------------


def test_sixty_pages_of_six_sites_come_spaced_and_one_at_a_time(
    sites: Sites, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spacing = 0.15
    config = configured(tmp_path, full_text=f"spacing = {spacing}\nper_sync = 60")
    urls = [sites.serve(place, f"/{n}", page(story(n))) for n in range(10) for place in range(6)]
    bring(config, *urls)
    assert ahead(config) == Prefetched(60, 0)
    assert report(sites.log) == {f"127.0.0.{2 + place}": 11 for place in range(6)}, "and a robots.txt each"
    gaps = [min(sites.gaps(place)) for place in range(6)]
    assert min(gaps) >= spacing
    assert [sites[place].most_at_once for place in range(6)] == [1] * 6
    began, ended = sites.log[0][0], sites.log[-1][0]
    assert ended - began < 6 * 10 * spacing, "the sites are asked beside each other"
    with capsys.disabled():
        told = ", ".join(f"{name} {number}" for name, number in report(sites.log).items())
        print(f"\n66 requests in {ended - began:.1f} s ({told}), least gap {min(gaps) * 1000:.0f} ms")


def test_a_delay_that_robots_txt_asks_for_is_kept(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    sites.serve(0, "/robots.txt", page(b"User-agent: *\nCrawl-delay: 0.3\n", "text/plain"))
    bring(config, *(sites.serve(0, f"/{n}", page(story())) for n in range(3)))
    assert ahead(config) == Prefetched(3, 0)
    assert min(sites.gaps(0)[1:]) >= 0.3


def test_a_site_that_says_too_many_requests_is_left_alone_as_long_as_it_says(
    sites: Sites, tmp_path: Path
) -> None:
    config = configured(tmp_path)
    urls = [sites.serve(0, f"/{n}", status(429, Retry_After=str(3 * HOUR))) for n in range(5)]
    ids = bring(config, *urls)
    assert ahead(config) == Prefetched(0, 1)
    assert sites.asked(0) == ["/robots.txt", "/4"]
    for n in range(5):
        sites.serve(0, f"/{n}", page(story()))
    assert ahead(config, 2 * HOUR) == Prefetched(0, 0)
    with pytest.raises(HakawatiError, match="refused us lately and is left in peace"):
        by_hand(config, ids[0], 2 * HOUR)
    assert ahead(config, 3 * HOUR + 1) == Prefetched(4, 0)
    assert reasons(config, ids[4]) == ["the server asks us to wait (429)"]
    assert ahead(config, DAY + 1) == Prefetched(1, 0), "the refused page has its turn a day later"


def by_hand(config: Config, article_id: int, late: float = 0.0) -> str:
    """A person's wish; the reason of the page."""

    async def run() -> str:
        async with Writer(config.cache) as writer, PageFetcher(config, writer, clock=clock(late)) as fetcher:
            wanted = await writer.call(lambda store: store.page_queue.one(article_id))
            assert wanted is not None
            return (await fetcher.get(wanted, by_hand=True)).reason

    return asyncio.run(run())


def test_a_person_may_try_again_at_once_what_only_hung(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    (one,) = bring(config, sites.serve(0, "/1", hang))
    assert ahead(config) == Prefetched(0, 1)
    assert reasons(config, one) == ["no answer within 2 s"]
    sites.serve(0, "/1", page(story()))
    assert by_hand(config, one, 60) == ""
    assert host(config, sites[0].url).failures == 0


def test_a_site_gives_no_more_than_its_pages_of_a_day(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path, full_text="spacing = 0\nper_day = 3")
    ids = bring(config, *(sites.serve(0, f"/{n}", page(story(n))) for n in range(5)))
    assert ahead(config) == Prefetched(3, 0)
    assert ahead(config) == Prefetched(0, 0)
    with pytest.raises(HakawatiError, match=r"3 pages of .* were fetched today"):
        by_hand(config, ids[0])
    assert ahead(config, DAY) == Prefetched(2, 0)


def test_a_sync_fetches_the_newest_pages_first_and_the_next_one_goes_on(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path, full_text="spacing = 0\nper_sync = 2")
    bring(config, *(sites.serve(0, f"/{n}", page(story(n))) for n in range(3)))
    assert ahead(config) == Prefetched(2, 0)
    assert sites.asked(0) == ["/robots.txt", "/2", "/1"]
    assert ahead(config) == Prefetched(1, 0)


# --- what goes wrong -------------------------------------------------------------------------------


def test_one_bad_site_stops_nobody_else(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    bad = [hang, endless, five_gigabytes, page(WALL), status(403, Cf_Mitigated="challenge")]
    good = [sites.serve(5, f"/{n}", page(story(n))) for n in range(6)]
    ids = bring(config, *(sites.serve(place, "/bad", answer) for place, answer in enumerate(bad)), *good)
    assert ahead(config) == Prefetched(6, 5)
    assert reasons(config, *ids[5:]) == [""] * 6
    assert reasons(config, *ids[:5]) == [
        "no answer within 2 s",
        "the answer is larger than 300,000 bytes",
        "the answer is larger than 300,000 bytes",
        "challenge",
        "challenge",
    ]


def test_bad_pages_of_a_good_site_stop_none_of_its_others(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    urls = [
        sites.serve(0, "/1", page(story())),
        sites.serve(0, "/2", page(b"%PDF-1.7 ...", "application/pdf")),
        sites.serve(0, "/3", status(404)),
        sites.serve(0, "/4", status(410)),
        sites.serve(0, "/5", page(b"<html><body></body></html>")),
        sites.serve(0, "/6", status(402)),
    ]
    ids = bring(config, *urls)
    assert ahead(config) == Prefetched(1, 5)
    assert reasons(config, *ids) == ["", "not-html", "missing", "missing", "empty", "paywall"]
    assert ahead(config, DAY) == Prefetched(0, 0), "none of them will be there tomorrow"


def test_a_site_that_nobody_answers_for_is_not_the_articles_fault(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    (one,) = bring(config, "http://127.0.0.99:1/1")
    assert ahead(config) == Prefetched(0, 1)
    assert reasons(config, one) == [None]
    with pytest.raises(HakawatiError, match="connection refused"):
        by_hand(config, one, 2 * HOUR)


@pytest.mark.parametrize("robots", ["always", "prefetch"])
def test_a_machine_without_a_network_is_held_against_no_site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, robots: str
) -> None:
    def nowhere(origin: Origin) -> list[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "no name server")

    monkeypatch.setattr(wire, "look_up", nowhere)
    monkeypatch.setattr(wire_words, "has_route", lambda: False)
    config = configured(tmp_path, full_text=f'{FAST}\nrobots = "{robots}"')
    url = "http://news.example/story/1"
    (one,) = bring(config, url)
    with pytest.raises(HakawatiError, match="this machine has no network"):
        by_hand(config, one)
    assert host(config, url).failures == 0
    assert reasons(config, one) == [None]


def test_a_stop_ends_the_step_and_keeps_what_came(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path)
    stop = asyncio.Event()
    loop_of: list[asyncio.AbstractEventLoop] = []

    def stopping(handler: object) -> None:
        loop_of[0].call_soon_threadsafe(stop.set)
        hang(handler)  # type: ignore[arg-type]

    ids = bring(config, sites.serve(0, "/1", stopping), sites.serve(0, "/2", page(story(2))))

    async def run() -> Prefetched:
        loop_of.append(asyncio.get_running_loop())
        async with Writer(config.cache) as writer:
            return await prefetch(config, writer, stop, clock=clock())

    assert asyncio.run(run()) == Prefetched(1, 0)
    assert reasons(config, *ids) == [None, ""]


def test_a_store_that_fails_ends_the_step_with_its_own_error(
    sites: Sites, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path)
    bring(config, sites.serve(0, "/1", page(story())), sites.serve(1, "/2", hang))

    def full(*_: object, **__: object) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Pages, "save", full)
    with pytest.raises(StoreError, match="the disk is full"):
        ahead(config)


def test_an_article_without_an_address_is_told_in_a_sentence(tmp_path: Path) -> None:
    config = configured(tmp_path)
    (one,) = bring(config, "")
    with pytest.raises(HakawatiError, match="no address"):
        asyncio.run(fetch_one(config, one))


def test_pages_of_feeds_that_are_not_followed_wait_for_the_readers_wish(sites: Sites, tmp_path: Path) -> None:
    config = configured(tmp_path, whole="always")
    assert KESTREL not in {feed.url for feed in config.settings.feeds}
    url = sites.serve(0, "/1", page(story()))
    with Store.open(config.cache) as store:
        state = store.feeds.ensure(KESTREL, "Kestrel", "en")
        with store.write():
            (change,) = store.articles.upsert(state, [make(1, url=url)], NOW)
        assert ahead(config) == Prefetched(0, 0)
        store.page_queue.want(change.id, NOW)
    assert ahead(config) == Prefetched(1, 0)
