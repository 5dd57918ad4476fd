"""What is fuzzed: how a case is made, and what must hold on its way (see tests/bench/fuzz.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from aggregator import config, discover, opml
from aggregator.config import load
from aggregator.errors import ConfigError, HakawatiError, ParseError, QueryError
from aggregator.extract.page import extract
from aggregator.library import Library
from aggregator.model import Outcome
from aggregator.store.db import Store
from aggregator.text import dates, query, urls
from aggregator.text.inert import clean_text, safe_url
from tests.aggregator import hostile_text, ways_out
from tui import opener

SECONDS: Final = ways_out.SECONDS
SMALL: Final = 40_000
"""Bytes of a document that is worth damaging: larger ones only take longer."""
LARGEST: Final = 150_000
"""Bytes of a case."""
URL: Final = "https://harbour.example/news"
NOW: Final = ways_out.NOW
FEED_KINDS: Final = (
    "application/xml",
    "application/rss+xml; charset=utf-8",
    "text/xml; charset=windows-1256",
    "",
)

Check = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """``make`` invents a case; ``check`` gives, for a folder to work in, what raises at something wrong."""

    name: str
    make: Callable[[Random], bytes]
    check: Callable[[Path], Check]


def targets(shared: Path | None) -> list[Target]:
    """All of them; without the shared folder, the seeds are ours alone."""
    ours = read([*(Path(__file__).parent.parent / "feeds").glob("*.xml")])
    index = shared / "hostile" / "INDEX.tsv" if shared else None
    named = (
        [line.split("\t") for line in index.read_text("utf-8").splitlines()[1:]] if index and shared else []
    )

    def of(*groups: str) -> list[bytes]:
        return read([shared / "hostile" / row[0] for row in named if row[1] in groups]) if shared else []

    feeds = ours + (read(sorted((shared / "feeds").glob("*.*ml"))) if shared else [])
    hostile = of("term", "html", "sanitize", "xml", "invalid", "illformed", "enc", "encoding", "dates", "ids")
    pages = read(sorted((shared / "pages/html").glob("*")), 200_000)[:120] if shared else []
    toml = [config.shipped().read_bytes()[:8000], *of("config", "toml")]
    lists = [opml.write(config.read(config.shipped()).feeds[:20]), *of("opml")]
    return [
        Target("feeds", partial(damaged, feeds), feed_check),
        Target("hostile", partial(damaged, hostile or feeds), feed_check),
        Target("invented", hostile_text.feed, feed_check),
        Target("json", hostile_text.json_feed, feed_check),
        Target("opml", partial(damaged, lists), plainly(opml_check)),
        Target("toml", partial(damaged, toml), plainly(toml_check)),
        Target("query", hostile_text.query, query_check),
        Target("dates", hostile_text.date, plainly(date_check)),
        Target("strings", hostile_text.string, plainly(string_check)),
        Target("pages", partial(damaged, [*pages, *of("discover")] or feeds), plainly(page_check)),
    ]


def read(paths: Sequence[Path], most: int = SMALL) -> list[bytes]:
    """The files that are small enough."""
    return [path.read_bytes() for path in paths if path.is_file() and path.stat().st_size <= most]


# --- cases ----------------------------------------------------------------------------------------


def damaged(seeds: Sequence[bytes], random: Random) -> bytes:
    """A document with a few things done to it."""
    data = bytearray(random.choice(seeds))
    for _ in range(random.choice((1, 1, 2, 4, 8, 30))):
        random.choice(DAMAGES)(data, random, seeds)
    return bytes(data[:LARGEST])


def flip(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """One byte is another."""
    if data:
        data[random.randrange(len(data))] = random.randrange(256)


def drop(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """Some bytes are gone."""
    at = random.randrange(len(data) + 1)
    del data[at : at + random.choice((1, 2, 10, 200))]


def cut(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """The end is gone, now and then."""
    if random.random() < 0.3:
        del data[random.randrange(len(data) + 1) :]


def repeat(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """A piece stands there many times."""
    at = random.randrange(len(data) + 1)
    piece = bytes(data[at : at + random.choice((1, 5, 40, 400))])
    data[at:at] = piece * min(random.choice((1, 3, 50, 2000)), LARGEST // 4 // max(1, len(piece)))


def splice(data: bytearray, random: Random, seeds: Sequence[bytes]) -> None:
    """A piece of another document stands in this one."""
    other = random.choice(seeds)
    start, at = random.randrange(len(other) + 1), random.randrange(len(data) + 1)
    data[at:at] = other[start : start + random.choice((5, 50, 500))]


def insert(data: bytearray, random: Random, _: Sequence[bytes]) -> None:
    """Something hostile stands somewhere, or where text of an element begins."""
    at = random.randrange(len(data) + 1)
    if random.random() < 0.5:
        at = data.find(b">", at) + 1
    data[at:at] = hostile_text.token(random).encode("utf-8", "surrogatepass")


DAMAGES = (flip, flip, drop, cut, repeat, splice, insert, insert)


# --- what must hold -------------------------------------------------------------------------------


def plainly(check: Check) -> Callable[[Path], Check]:
    """A check that needs no folder."""
    return lambda folder: check


def feed_check(folder: Path) -> Check:
    """Parse, clean, store, read back and render; every document is a poll of one feed."""
    (folder / "config.toml").write_text(f'[[feeds]]\nurl = "{URL}"\noutlet = "Harbour"\n')
    settings = load(folder / "config.toml", folder / "cache")
    Library(settings).close()

    def check(body: bytes) -> None:
        kind = FEED_KINDS[len(body) % len(FEED_KINDS)]
        try:
            feed, drafts = ways_out.articles(body, URL, kind)
        except ParseError as error:
            assert_clean("error", str(error))
            return
        assert_clean("warning", feed.warning)
        for draft in drafts[:40]:
            for text in ways_out.stored(draft):
                assert_clean("stored", text)
            for address in ways_out.addresses(draft):
                assert address == "" or address.startswith(("http://", "https://")), address
        if feed.item_hashes:
            again, _ = ways_out.articles(body, URL, kind, feed.item_hashes)
            assert again.entries == (), "known items were read again"
        store_and_show(settings, drafts[:40])

    return check


def store_and_show(settings: config.Config, drafts: Sequence[ways_out.ArticleDraft]) -> None:
    """The drafts as a poll stores them, twice, and every way out of what is new."""
    with Store.open(settings.cache) as store:
        state = store.feeds.get(URL)
        assert state is not None
        with store.write():
            changes = store.articles.upsert(state, drafts, NOW)
            store.search.index(changes)
        with store.write():
            again = [
                change for change in store.articles.upsert(state, drafts, NOW) if change.kind is Outcome.NEW
            ]
        assert not again, "the same document brings new articles"
        for change in changes[:5]:
            article = store.articles.get(change.id)
            assert article is not None
            for way, text in (*ways_out.row_ways(article.row), *ways_out.article_ways(article, [])):
                assert_clean(way, text)


def assert_clean(way: str, text: str) -> None:
    """Nothing forbidden goes this way."""
    found = ways_out.forbidden(text)
    assert not found, f"{way}: {found[:3]}"


def opml_check(data: bytes) -> None:
    """A list is refused, or read: then it goes out and comes back the same."""
    try:
        result = opml.read(data)
    except ParseError as error:
        assert_clean("error", str(error))
        return
    for feed in result.feeds:
        assert_clean("title", f"{feed.title} {feed.outlet} {' '.join(feed.tags)} {feed.url}")
        assert not opml.is_private(feed.url), feed.url
    for what, why in result.skipped:
        assert_clean("skipped", what + why)
    back = opml.read(opml.write(result.feeds))
    sent = {config.without_password(feed.url) for feed in result.feeds}  # whose login stays here
    assert {feed.url for feed in back.feeds} == sent, back.skipped


def toml_check(data: bytes) -> None:
    """A configuration loads, or is refused in one line that says where."""
    path = Path("config.toml")
    try:
        config.parse(data.decode("utf-8", "replace"), path)
    except ConfigError as error:
        said = str(error)
        assert_clean("error", said)
        assert said.startswith("config.toml"), said
        assert "\n" not in said, said
        assert "SECRETMARK" not in said, said


def query_check(folder: Path) -> Check:
    """A query is told what is wrong with it, or is answered; what it says, said again, is the same."""
    (folder / "config.toml").write_text(f'[[feeds]]\nurl = "{URL}"\noutlet = "Harbour"\n')
    settings = load(folder / "config.toml", folder / "cache")
    Library(settings).close()
    _, drafts = ways_out.articles(hostile_text.feed(Random(7)), URL, "")
    store_and_show(settings, drafts)

    def check(data: bytes) -> None:
        text = data.decode("utf-8", "surrogatepass")
        with Library(settings, clock=lambda: NOW) as library:
            for typed in (False, True):
                with suppress(HakawatiError):
                    library.ids(text, typed=typed)
                    library.snippets(library.ids(text, typed=typed)[:3], text)
        query.coloured(text)
        try:
            found = query.parse(text, NOW)
        except QueryError as error:
            assert_clean("error", str(error))
            return
        assert query.describe(query.parse(query.describe(found), NOW)) == query.describe(found)

    return check


def date_check(data: bytes) -> None:
    """A date is none, or lies where news lies; never a crash."""
    text = data.decode("utf-8", "replace")
    for moment in (dates.iso(text), dates.local(text)):
        assert moment is None or dates.EARLIEST <= moment < dates.LATEST
    body = (
        f"<rss version='2.0'><channel><item><title>t</title><pubDate>{text}</pubDate></item></channel></rss>"
    )
    with suppress(ParseError):
        feed, _ = ways_out.articles(body.encode(), URL, "")
        for entry in feed.entries:
            assert entry.published is None or dates.EARLIEST <= entry.published < dates.LATEST, entry


def string_check(data: bytes) -> None:
    """Cleaning is done once and for all; an address stays what it is."""
    text = data.decode("utf-8", "surrogatepass")
    for multiline in (False, True):
        once = clean_text(text, multiline=multiline, unescape=True)
        assert_clean("clean_text", once)
        assert clean_text(once, multiline=multiline) == once
    for address in (text, f"https://harbour.example/{text}", f"https://{text}/"):
        safe = safe_url(address)
        assert_clean("address", safe)
        assert safe_url(safe) == safe
        key = urls.canonical_url(address)
        assert urls.canonical_url(key) == key, (address, key)
        opened = opener.address(address)
        assert opened == "" or (opened.startswith(("http://", "https://")) and opened.isprintable()), opened


def page_check(data: bytes) -> None:
    """A web page is read, or is none; feeds that it offers are on the web."""
    article = extract(data, "https://harbour.example/2026/11/ferries")
    for text in (article.title, article.standfirst, article.dateline, *article.authors):
        assert_clean("page", text)
    for block in article.blocks:
        assert_clean("page", block.text)
    for image in article.images:
        assert_clean("page", image.caption + image.credit + image.url)
    for one in article.related:
        assert_clean("page", one.text + one.url + one.marker)
    for candidate in discover.candidates(data.decode("utf-8", "replace"), URL):
        assert candidate.url.startswith(("http://", "https://")), candidate
        assert_clean("candidate", candidate.title + candidate.url)
