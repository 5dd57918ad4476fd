"""Whole articles at the keyboard: fetched when a summary is opened or by key, shown where the reader is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as replace_struct

from aggregator.config import Config, FullText, WholeText
from aggregator.library import Library
from aggregator.model import Block, Image, InlineLink, Page, PageReason, PageRelated
from aggregator.store.db import Store
from aggregator.text.pages import pack_page
from tui.words import SyncView

ROOT = Path(__file__).parent.parent.parent
NOW = 1_795_000_000
FEED = "https://harbour.example/news"
SUMMARY = "Yes, the council has approved the third berth."
SHOWN = "has approved the third berth."
PARAGRAPH = "Paragraph {} tells what the council of the harbour said about the berth and the money. "
PAGE = Page(
    fetched=NOW,
    url="https://pages.example/500",
    title="Third berth approved",
    blocks=tuple(Block("p", PARAGRAPH.format(number) * 4) for number in range(40)),
    related=(PageRelated("Old ferry is sold", "https://pages.example/old", "READ"),),
    images=(Image("https://files.example/a.jpg", "The council at work", "Harbour Post"),),
)
CHILD = """
import sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
from aggregator.store.db import Store
from aggregator.text.pages import unpack_page
cache, article, gate = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
page = bytes.fromhex(sys.argv[4])
while not gate.exists():
    time.sleep(0.01)
gate.unlink()
if page:
    with Store.open(cache) as store, store.write():
        store.pages.save(article, unpack_page(page))
sys.stderr.write({complaint!r})
sys.exit({code})
"""


class Fetching:
    """What fetches pages: a real process that ends when a test says so, and then does what it was told."""

    def __init__(self, config: Config, folder: Path) -> None:
        self.config, self.gate = config, folder / "gate"
        self.asked: list[int] = []
        self.page: Page | None = None
        self.complaint, self.code = "", 0

    def command(self, article_id: int) -> list[str]:
        """Instead of the library's."""
        self.asked.append(article_id)
        code = CHILD.format(root=str(ROOT), complaint=self.complaint, code=self.code)
        packed = pack_page(self.page).hex() if self.page else ""
        return [sys.executable, "-c", code, str(self.config.cache), str(article_id), str(self.gate), packed]

    def end(self) -> None:
        """Let the process go on to its end."""
        self.gate.touch()


@pytest.fixture
def brief(config: Config, make_draft, store_drafts) -> int:
    """The newest article is a summary; the others are whole."""
    (article_id,) = store_drafts(config, FEED, [make_draft(500, "Third berth", minutes=-5, text=SUMMARY)])
    return int(article_id)


@pytest.fixture
def save(config: Config) -> Callable[[int, Page], None]:
    """Stores a page as another process would."""

    def run(article_id: int, page: Page) -> None:
        with Store.open(config.cache) as store, store.write():
            assert store.pages.save(article_id, page)

    return run


def allow(library: Library, policy: WholeText, **feeds: WholeText) -> None:
    """Let pages be fetched by this policy; ``feeds`` have one of their own, by their outlet's first word."""
    settings = library.config.settings
    changed = tuple(
        replace_struct(feed, full_text=feeds.get(feed.outlet.partition(" ")[0])) for feed in settings.feeds
    )
    settings = replace_struct(settings, full_text=FullText(policy=policy), feeds=changed)
    library.config = replace_struct(library.config, settings=settings)


@pytest.fixture
def fetching(
    config: Config, brief: int, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Fetching:
    """A library whose pages come when the test lets them."""
    made = Fetching(config, tmp_path)
    monkeypatch.setattr(library, "page_command", made.command)
    allow(library, "auto")
    return made


async def test_a_stored_page_is_the_text_of_the_article(library: Library, brief: int, save, reading) -> None:
    save(brief, PAGE)
    async with reading(library) as reader:
        await reader.press("enter")
        assert "Third berth approved" in reader.text
        assert "text from the page, fetched just now · f shows the feed's" in reader.text
        assert "Picture: The council at work (Harbour Post)" in reader.text
        assert "Paragraph 0 tells" in reader.text


async def test_f_changes_the_text_and_comes_back_to_where_each_was_left(
    library: Library, brief: int, save, reading
) -> None:
    save(brief, PAGE)
    async with reading(library) as reader:
        await reader.press("enter", "space", "space", "f")
        assert SHOWN in reader.text
        assert "text from the feed · f shows the page's" in reader.text
        assert round(reader.screen.view.scroll_y) == 0
        await reader.press("f")
        assert round(reader.screen.view.scroll_y) == 2 * (reader.screen.view.size.height - 1)


async def test_f_says_that_there_is_one_text_only(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "f")
        assert any("one text only" in str(note.message) for note in reader.app._notifications)


async def test_a_summary_that_is_opened_becomes_whole_by_itself(
    library: Library, fetching: Fetching, brief: int, reading
) -> None:
    fetching.page = PAGE
    async with reading(library) as reader:
        await reader.press("enter")
        assert SHOWN in reader.text
        await reader.until(lambda: "fetching the whole text" in reader.text)
        assert SHOWN in reader.text
        fetching.end()
        await reader.until(lambda: "text from the page" in reader.text)
        assert "Paragraph 0 tells" in reader.text
        assert "fetching" not in reader.text
        await reader.press("escape", "enter")
        assert fetching.asked == [brief]


@pytest.mark.parametrize(
    ("text", "policy", "feeds", "asks"),
    [
        (SUMMARY, "auto", {}, True),
        (SUMMARY, "always", {}, True),
        (SUMMARY, "never", {}, False),
        (SUMMARY, "auto", {"Harbour": "never"}, False),
        (SUMMARY, "never", {"Harbour": "auto"}, True),
        (PARAGRAPH * 20, "auto", {}, False),
    ],
    ids=["auto", "always", "never", "never for the feed", "for the feed only", "whole in the feed"],
)
async def test_only_a_summary_asks_its_publisher_and_only_where_the_settings_allow(
    library: Library,
    config: Config,
    fetching: Fetching,
    reading,
    make_draft,
    store_drafts,
    text: str,
    policy: WholeText,
    feeds: dict[str, WholeText],
    asks: bool,
) -> None:
    store_drafts(config, FEED, [make_draft(501, "The newest", minutes=-9, text=text)])
    allow(library, policy, **feeds)
    async with reading(library) as reader:
        await reader.press("enter")
        assert reader.open_title == "The newest"
        await reader.rested()
        assert bool(fetching.asked) == asks


async def test_a_page_that_is_known_is_not_asked_for_again(
    library: Library, fetching: Fetching, brief: int, save, reading
) -> None:
    save(brief, Page(NOW, PAGE.url, PageReason.PAYWALL))
    async with reading(library) as reader:
        await reader.press("enter")
        await reader.rested()
        assert fetching.asked == []
        assert "subscribers" in reader.text


async def test_while_nothing_can_be_reached_no_page_is_asked_for_unasked(
    library: Library, fetching: Fetching, reading
) -> None:
    async with reading(library) as reader:
        reader.app.sync_reported(SyncView(offline=True))
        await reader.press("enter")
        await reader.rested()
        assert fetching.asked == []
        await reader.press("t")
        assert len(fetching.asked) == 1


async def test_what_the_cursor_only_passes_asks_no_publisher(
    library: Library, fetching: Fetching, reading
) -> None:
    async with reading(library, (160, 45)) as reader:
        await reader.until(lambda: reader.open_title == "Third berth")
        await reader.rested()
        assert fetching.asked == []


async def test_t_fetches_the_page_of_any_article_and_again(
    library: Library, fetching: Fetching, reading
) -> None:
    fetching.page = replace(PAGE, title="Ferries, at length")
    async with reading(library) as reader:
        await reader.press("j", "enter", "t")
        assert "text from the feed · fetching the whole text" in reader.text
        await reader.press("t")
        fetching.end()
        await reader.until(lambda: "Ferries, at length" in reader.text)
        await reader.press("f", "t")
        fetching.end()
        await reader.until(lambda: "f shows the feed's" in reader.text)
        assert len(fetching.asked) == 2


async def test_t_in_the_list_fetches_ahead_and_says_what_came_of_it(
    library: Library, fetching: Fetching, brief: int, reading
) -> None:
    fetching.page = PAGE
    async with reading(library) as reader:
        await reader.press("t")
        fetching.end()
        await reader.until(
            lambda: any("is in the cache" in str(note.message) for note in reader.app._notifications)
        )
        article = library.article(brief)
        assert article is not None
        assert article.page == replace(PAGE, related=PAGE.related)


async def test_a_failure_is_one_sentence_under_the_summary(
    library: Library, fetching: Fetching, reading
) -> None:
    fetching.complaint = "Traceback\nhakawati: pages.example rests until noon.\n"
    fetching.code = 1
    async with reading(library) as reader:
        await reader.press("enter", "t")
        fetching.end()
        await reader.until(lambda: "not be fetched: pages.example rests until noon." in reader.text)
        assert SHOWN in reader.text
        await reader.press("escape", "enter")
        assert "rests until noon" in reader.text


async def test_a_page_that_says_why_it_has_no_text_is_not_contradicted(
    library: Library, fetching: Fetching, reading
) -> None:
    fetching.page = Page(NOW, PAGE.url, PageReason.CHALLENGE)
    fetching.complaint, fetching.code = "hakawati: told once already.\n", 1
    async with reading(library) as reader:
        await reader.press("enter", "t")
        fetching.end()
        await reader.until(lambda: "person" in reader.text)
        await reader.settle()
        assert "told once already" not in reader.text
        assert SHOWN in reader.text


async def test_a_process_that_cannot_start_is_told(
    library: Library, brief: int, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "page_command", lambda article_id: ["/nowhere/hakawati"])
    async with reading(library) as reader:
        await reader.press("enter", "t")
        await reader.until(lambda: "no process can be started" in reader.text)


async def test_a_text_that_comes_moves_nothing_that_is_looked_at(
    library: Library, fetching: Fetching, save, brief: int, reading
) -> None:
    save(brief, replace(PAGE, blocks=PAGE.blocks[:20]))
    async with reading(library) as reader:
        await reader.press("enter", "space", "t")
        before = reader.lines("#article")
        fetching.page = replace(PAGE, standfirst="A standfirst that came later.", blocks=PAGE.blocks[:30])
        await reader.settle()
        top = reader.screen.view.place
        save(brief, fetching.page)
        await reader.until(lambda: reader.screen.view.place != top)
        await reader.settle()
        assert reader.lines("#article") == before
        fetching.end()


async def test_a_short_text_is_laid_out_as_the_long_one_that_follows_it(
    library: Library, brief: int, save, reading
) -> None:
    async with reading(library, (160, 45)) as reader:
        await reader.press("enter")
        view = reader.screen.view
        width, margin = view.document.width, view.margin
        save(brief, PAGE)
        await reader.until(lambda: len(view.document.lines) > 200)
        await reader.settle()
        assert (view.document.width, view.margin) == (width, margin)


async def test_a_selected_row_stays_selected_and_in_its_place_when_the_text_comes(
    library: Library, brief: int, save, reading
) -> None:
    links = tuple(PageRelated(f"Link {n}", f"https://pages.example/link/{n}", "READ") for n in range(30))
    save(brief, Page(NOW, PAGE.url, "", related=links))
    async with reading(library) as reader:
        await reader.press("enter", "r", "j", "j")
        view = reader.screen.view
        before = reader.lines("#article")
        save(brief, replace(PAGE, related=links))
        await reader.until(lambda: len(view.document.lines) > 200)
        await reader.settle()
        assert reader.lines("#article") == before
        assert view.target.url == links[2].url


async def test_what_the_publisher_links_to_elsewhere_is_opened_or_copied_as_a_link(
    library: Library, brief: int, save, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    save(brief, PAGE)
    async with reading(library) as reader:
        await reader.press("enter", "r")
        assert "READ: Old ferry is sold" in reader.text
        assert "not cached · https://pages.example/old" in reader.text
        await reader.press("y", "y")
        assert reader.app.clipboard == "https://pages.example/old"
        await reader.press("enter")
        assert any("clipboard" in str(note.message) for note in reader.app._notifications)
        assert reader.open_title == "Third berth"
        await reader.press("j", "k", "1")
        assert reader.open_title == "Third berth"


async def test_what_the_publisher_links_to_in_the_cache_opens_here(
    library: Library, config: Config, brief: int, reading
) -> None:
    known = PageRelated("Ferry line opens", "https://pages.example/0?utm_source=x", "READ")
    with Store.open(config.cache) as store, store.write():
        store.pages.save(brief, replace(PAGE, related=(known, *PAGE.related)))
        store.links.add(store.pages.edges([brief]))
    async with reading(library) as reader:
        await reader.press("enter", "r")
        row = next(line for line in reader.lines() if line.strip().startswith("▌ 1 en Harbour Post"))
        assert " cached " in row
        assert "READ: Ferry line opens" not in reader.text
        await reader.press("enter")
        assert reader.open_title == "Ferry line opens 0"


async def test_nothing_that_a_page_says_reaches_the_terminal_as_more_than_letters(
    library: Library, brief: int, save, reading, hostile: str
) -> None:
    url = "https://pages.example/x"
    kinds = ("p", "h2", "li", "quote", "row", "figure", "embed", "pre")
    save(
        brief,
        Page(
            *(NOW, url, hostile, hostile, hostile, (hostile, hostile), hostile),
            images=(Image(url, hostile, hostile),),
            blocks=tuple(Block(kind, hostile * 9, (InlineLink(0, 9, url),)) for kind in kinds),
            related=(PageRelated(hostile, url, hostile),),
        ),
    )
    async with reading(library) as reader:
        await reader.press("enter")
        for key in ("space", "space", "G"):
            drawn = reader.text
            assert "[@click=app.quit]Click me[/]" in drawn
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in drawn.replace("\n", ""))
            await reader.pilot.click("#article", offset=(8, 0))
            await reader.press(key)
        assert reader.app.is_running


async def test_two_pages_come_at_a_time_and_the_last_asked_is_next(
    library: Library, fetching: Fetching, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("t", "j", "t", "j", "t", "j", "t")
        ids = library.ids("").tolist()
        assert fetching.asked == ids[:2]
        fetching.end()
        await reader.until(lambda: len(fetching.asked) == 3)
        assert fetching.asked[2] == ids[3]


async def test_keys_are_answered_while_a_page_is_fetched(
    library: Library, fetching: Fetching, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "t", "right_square_bracket", "s", "escape", "j")
        assert reader.current == "Ferry line opens 0" or reader.current.startswith("Grain")
        assert library.starred_count() == 1


async def test_leaving_ends_what_fetches(library: Library, fetching: Fetching, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "t")
        fetches = reader.screen.fetches
        await reader.until(lambda: all(child._process for child in fetches._children.values()))
        children = list(fetches._children.values())
    assert len(children) == 1
    assert all(child._process and child._process.returncode is not None for child in children)
