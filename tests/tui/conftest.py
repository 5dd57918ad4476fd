"""A real library over a real store, filled with invented news, and a reader on it."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from aggregator.config import Config, load
from aggregator.library import Library
from aggregator.model import ArticleDraft, Block, InlineLink, LinkEdge, LinkKind
from aggregator.store.db import Store
from aggregator.text.blocks import pack_blocks
from aggregator.text.searchable import searchable
from tui import scope
from tui.app import HakawatiApp
from tui.screens import whole

NOW = 1_795_000_000
HOSTILE = "[@click=app.quit]Click me[/] [/b] \x1b]52;c;aGk=\x07\x9b2J end"
CONFIG = """
[reader]
sync_on_start = false
rtl = "app"
start = "latest"
[full_text]
policy = "never"
[[filters]]
name = "About the port"
query = "port"
[[feeds]]
url = "https://harbour.example/news"
title = "News"
outlet = "Harbour Post"
language = "en"
country = "LB"
[[feeds]]
url = "https://harbour.example/business"
title = "Business"
outlet = "Harbour Post"
language = "en"
country = "LB"
[[feeds]]
url = "https://minaa.example/rss"
title = "Minaa"
outlet = "Al Minaa"
language = "ar"
country = "JO"
[[feeds]]
url = "https://quiet.example/rss"
outlet = "Quiet Courier"
language = "en"
country = "KW"
enabled = false
note = "weekly"
"""
TITLES = {
    "https://harbour.example/news": "Ferry line opens",
    "https://harbour.example/business": "Grain prices ease at the port",
    "https://minaa.example/rss": "الميناء يستأنف العمل",
}


def make_draft(
    number: int, title: str, *, language: str = "en", minutes: int = 0, text: str = "", url: str = ""
) -> ArticleDraft:
    """An invented article, ``minutes`` old."""
    body = text or "The ferries sail again, the harbour office says [see the notice]. " * 12
    blocks = (
        Block("p", body, (InlineLink(4, 11, "https://notice.example/ferries"),)),
        Block("li", "One berth"),
    )
    return ArticleDraft(
        guid=f"guid-{number}",
        url=url or f"https://pages.example/{number}",
        title=title,
        author="N. Writer",
        summary=body[:150],
        body=pack_blocks(blocks),
        published=NOW - 60 * minutes - 60,
        updated=None,
        language=language,
        content_hash=hashlib.blake2b(f"{number}{title}".encode(), digest_size=16).digest(),
        folded=searchable(title, body[:150], body, author="N. Writer", language=language),
        terms=b"",
    )


def store_drafts(config: Config, feed_url: str, drafts: list[ArticleDraft]) -> list[int]:
    """What a sync does, as another process would."""
    with Store.open(config.cache) as store, store.write():
        feed = store.feeds.get(feed_url)
        assert feed is not None
        changes = store.articles.upsert(feed, drafts, NOW)
        store.search.index(changes)
        return [change.id for change in changes]


@pytest.fixture
def empty_config(tmp_path: Path) -> Config:
    """Feeds, and nothing fetched yet."""
    (tmp_path / "config.toml").write_text(CONFIG)
    return load(tmp_path / "config.toml", tmp_path / "cache")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cache of thirty articles of three feeds, made once; tests get copies."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "config.toml").write_text(CONFIG)
    config = load(folder / "config.toml", folder / "cache")
    with Store.open(config.cache) as store, store.write():
        store.feeds.reconcile(config.settings.feeds)
    ids: list[int] = []
    for place, (url, title) in enumerate(TITLES.items()):
        language = "ar" if "minaa" in url else "en"
        numbers = range(place, 30, 3)
        drafts = [make_draft(n, f"{title} {n}", language=language, minutes=10 * n) for n in numbers]
        ids += store_drafts(config, url, drafts)
    ids.sort(reverse=True)
    kinds = (LinkKind.SAME, LinkKind.EARLIER, LinkKind.LATER, LinkKind.PUBLISHER)
    edges = [
        LinkEdge(ids[0], ids[other], kinds[other - 1], 0.9 - other / 10, ("ferry", "harbour"))
        for other in range(1, 5)
    ]
    with Store.open(config.cache) as store, store.write():
        store.links.add([*edges, LinkEdge(ids[1], ids[0], LinkKind.SAME, 0.9, ("ferry",))])
    return folder


@pytest.fixture
def config(filled: Path, empty_config: Config) -> Config:
    """Thirty articles of three feeds; the newest is number 0, every second one links to the next."""
    shutil.copytree(filled / "cache", empty_config.cache)
    return empty_config


@pytest.fixture
def library(config: Config) -> Iterator[Library]:
    """The filled library."""
    with Library(config, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture
def empty_library(empty_config: Config) -> Iterator[Library]:
    """A library before its first sync."""
    with Library(empty_config, clock=lambda: NOW) as opened:
        yield opened


Reading = Callable[..., AbstractAsyncContextManager["Reader"]]


class Reader:
    """A running reader, and what a test asks of it."""

    def __init__(self, app: HakawatiApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot, self.screen = app, pilot, app.reader

    async def settle(self) -> None:
        """Until every call to the library has been answered and shown."""
        for _ in range(20):
            await self.pilot.pause()
            if not self.app.desk.pending:
                break
            await asyncio.wait([asyncio.wrap_future(future) for future in tuple(self.app.desk.pending)])
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other, each with all its consequences."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def until(self, condition: Callable[[], Any]) -> None:
        """Until something that a timer starts has come true."""
        for _ in range(3000):  # a child process takes seconds on a busy machine
            if condition():
                return
            await self.pilot.pause(0.01)
        raise AssertionError("it never came true")

    async def rested(self) -> None:
        """Until an article has been open for longer than it takes to fetch its page unasked."""
        over: list[bool] = []
        self.screen.set_timer(2 * whole.REST, lambda: over.append(True))
        await self.until(lambda: over)
        await self.settle()

    async def type(self, text: str) -> None:
        """Put text into the filter at once, and wait for the list to follow."""
        self.screen.filter.input.insert_text_at_cursor(text)
        await self.pilot.pause()
        await self.until(lambda: self.screen.filter._rest is None)
        await self.settle()

    def lines(self, selector: str = "") -> list[str]:
        """The text of the screen, or of one widget, line by line."""
        if selector:
            widget = self.app.screen.query_one(selector)
            return [widget.render_line(y).text for y in range(widget.size.height)]
        return ["".join(s.text for s in line) for line in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The whole screen."""
        return "\n".join(self.lines())

    @property
    def error(self) -> str:
        """What the filter bar complains of."""
        return "".join(text for text, _ in self.screen.query_one("#filter-error").left)  # type: ignore[attr-defined]

    @property
    def current(self) -> str:
        """The title under the cursor."""
        row = self.screen.articles.current_row
        return row.title if row else ""

    @property
    def open_title(self) -> str:
        """The title of the open article."""
        return self.screen.view.article.row.title if self.screen.view.article else ""


@pytest.fixture
def reading() -> Reading:
    """Open the reader: ``async with reading(library, (80, 24)) as reader``."""

    @asynccontextmanager
    async def run(library: Library, size: tuple[int, int] = (80, 24)) -> Any:
        app = HakawatiApp(library, scope.load(library.ui_get(scope.KEY)), clock=lambda: NOW)
        async with app.run_test(size=size, notifications=True) as pilot:
            reader = Reader(app, pilot)
            await reader.settle()
            yield reader

    return run


@pytest.fixture(name="make_draft")
def make_draft_fixture() -> Callable[..., ArticleDraft]:
    """Invents an article."""
    return make_draft


@pytest.fixture(name="store_drafts")
def store_drafts_fixture() -> Callable[..., list[int]]:
    """Stores articles from outside of the reader."""
    return store_drafts


@pytest.fixture
def hostile() -> str:
    """A title that tries markup, an action and terminal control at once."""
    return HOSTILE
