"""Adding a feed by its own address or by its site's: find the feed, look at it, subscribe.

Raises FetchError, ParseError or ConfigError; several candidates are returned, not guessed among.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from aggregator import __version__, changing, discover, subscriptions
from aggregator.config import Config, Feed, without_password
from aggregator.dataclass import dataclass
from aggregator.errors import ConfigError, HakawatiError, NotAFeed, ParseError
from aggregator.fetch import Fetcher
from aggregator.jobs import DocumentJob
from aggregator.model import Digest, Fetched
from aggregator.text.inert import clean_text
from aggregator.workers import Pool

MAX_PROBES = 6  # well-known addresses tried on a site that names no feed; each is a request


@dataclass(frozen=True, slots=True)
class Found:
    """A feed that can be subscribed to: its address, its own title, its articles just now; and ``page``."""

    url: str
    title: str
    language: str
    entries: int
    page: Fetched


async def look(config: Config, url: str) -> list[Found]:
    """The feeds at an address: the feed itself, those its page links to, or one at a well-known path.

    Raises FetchError when the address cannot be fetched, NotAFeed when nothing is found.
    """
    address = url if "://" in url else f"https://{url}"
    async with Fetcher(config.settings.fetch, __version__) as fetcher, Pool(1) as pool:
        page = await fetcher.get_page(address)
        try:
            digest = await pool.document(DocumentJob(page.body, page.url, page.content_type, b"", ""))
            return [found_at(page.permanent_url or address, digest, page)]
        except ParseError:
            named = discover.candidates(page.body.decode("utf-8", "replace"), page.url)
        found = [await probe(fetcher, pool, one.url) for one in named]
        if not any(found):
            found = [await first_feed(fetcher, pool, discover.well_known(page.url)[:MAX_PROBES])]
    feeds = [one for one in found if one]
    if not feeds:
        raise NotAFeed(f"No feed was found at {address}; give the feed's own address.", address)
    return feeds


async def first_feed(fetcher: Fetcher, pool: Pool, urls: list[str]) -> Found | None:
    """The first of the addresses that is a feed, asked one after the other."""
    for url in urls:
        if found := await probe(fetcher, pool, url):
            return found
    return None


async def probe(fetcher: Fetcher, pool: Pool, url: str) -> Found | None:
    """The feed at this address, or None."""
    try:
        page = await fetcher.get_page(url)
        digest = await pool.document(DocumentJob(page.body, page.url, page.content_type, b"", ""))
    except HakawatiError:
        return None
    return found_at(page.permanent_url or url, digest, page)


def found_at(url: str, digest: Digest, page: Fetched) -> Found:
    """The feed that was fetched for an address."""
    return Found(url, digest.title, digest.language, digest.items_seen, page)


def add(config: Config, found: Found) -> Feed:
    """Append the feed to the configuration, or enable it where it is listed; returns it. Can be undone."""
    listed = {feed.url: feed for feed in config.settings.feeds}
    if found.url in listed:
        feed = listed[found.url]
        with changing.noted(config, f"{changing.name_of(feed)} followed", int(time.time())):
            subscriptions.set_enabled(config.path, found.url, True)
        return feed
    host = (urlsplit(found.url).hostname or found.url).removeprefix("www.")
    title = clean_text(found.title, limit=100) or host
    feed = Feed(url=found.url, title=title, outlet=title, language=found.language[:2].lower())
    with changing.noted(config, f"{title} added", int(time.time())):
        subscriptions.add(config.path, feed)
    return feed


def resolve(config: Config, name: str) -> str:
    """The address of a subscribed feed named by address, title or outlet; raises ConfigError."""
    feeds = [feed for feed in config.settings.feeds if feed.enabled]
    for feed in feeds:
        if name in (feed.url, without_password(feed.url)):
            return feed.url
    wanted = name.casefold()
    matches = [feed for feed in feeds if wanted in {feed.title.casefold(), feed.outlet.casefold()}]
    if len(matches) == 1:
        return matches[0].url
    if matches:
        listed = ", ".join(without_password(feed.url) for feed in matches)
        raise ConfigError(
            f'"{name}" names {len(matches)} feeds; give one address: {listed}.', str(config.path)
        )
    raise ConfigError(
        f'"{name}" is no subscribed feed of {config.path}; hakawati feeds lists them.', str(config.path)
    )
