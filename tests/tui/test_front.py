"""The front page: stories with their outlets and languages, opened, marked and left again."""

from __future__ import annotations

from array import array

import pytest
from rich.cells import cell_len

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import StoryRow
from aggregator.store.db import Store
from aggregator.store.stories import Placed
from tests.tui.conftest import NOW
from tui import render
from tui.rows import activity, fitting, headline_spans, outlet_spans


@pytest.fixture
def told(config: Config, library: Library) -> list[int]:
    """Two stories of three and two outlets, among thirty articles; their ids, newest first."""
    ids = library.ids().tolist()
    with Store.open(config.cache) as store, store.write():
        placed = [Placed(None, sorted(ids[0:3]), [], {}), Placed(None, sorted(ids[4:6]), [], {})]
        placed += [Placed(None, [alone], [], {}) for alone in (ids[3], *ids[6:])]
        store.stories.arrange(placed, {})
    return ids


def story(**changes: object) -> StoryRow:
    fields: dict[str, object] = {
        "id": 7,
        "lead": 1,
        "title": "Ferry line opens",
        "language": "en",
        "first": NOW - 7200,
        "last": NOW - 600,
        "articles": 5,
        "outlets": 4,
        "unread": 2,
        "new": 3,
        "starred": False,
        "live": False,
        "counts": (("ar", 3), ("en", 2)),
        "leading": ("Harbour Post", "Al Minaa", "Quiet Courier", "Tern"),
        "activity": (0, 0, 1, 2, 4),
    }
    return StoryRow(**fields | changes)  # type: ignore[arg-type]


def text(spans: list[render.Span]) -> str:
    return "".join(part for part, _ in spans)


@pytest.mark.parametrize("width", [30, 60, 79, 120, 160])
def test_both_lines_fill_their_width_exactly(width: int) -> None:
    for row in (
        story(),
        story(title="الميناء يستأنف العمل " * 9, language="ar", live=True, leading=("ا" * 90,)),
    ):
        assert cell_len(text(headline_spans(row, 12, width, NOW))) == width
        assert cell_len(text(outlet_spans(row, width))) == max(width, 30)


def test_a_story_tells_outlets_age_languages_and_growth() -> None:
    first, second = text(headline_spans(story(), 1, 79, NOW)), text(outlet_spans(story(), 79))
    assert first.startswith("*   1 Ferry line opens")
    assert first.rstrip().endswith("4 outlets  10m")
    assert "ar3 en2 - Harbour Post, Al Minaa, Quiet Courier, Tern" in second
    assert second.rstrip().endswith("^3 new")


def test_outlets_that_do_not_fit_are_counted() -> None:
    names = ("Harbour Post", "Al Minaa", "Quiet Courier")
    assert fitting(names, 40) == "Harbour Post, Al Minaa, Quiet Courier"
    assert fitting(names, 30) == "Harbour Post, Al Minaa +1"
    assert render.cells(fitting(names, 5)) <= 5
    assert fitting((), 10) == ""


def test_the_bar_rises_with_the_number_of_articles() -> None:
    assert activity((0, 0, 1, 2, 4)) == "  .:|"
    assert activity((0, 0)) == "  "
    assert activity(()) == ""


async def test_the_hottest_story_is_first_and_opens_with_one_key(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("v")
        first, second, third, *_ = reader.lines("#stories")
        assert "2 outlets" in first
        assert "en2 ar1" in second or "ar1" in second
        assert third.lstrip().startswith("*   2")
        assert "28 articles of one outlet alone" not in reader.text
        await reader.press("enter")
        assert reader.screen.view.article is not None
        assert reader.screen.view.article.row.id in told[0:3]
        seen = {reader.screen.view.article.row.id}
        await reader.press("right_square_bracket")
        seen.add(reader.screen.view.article.row.id)
        await reader.press("right_square_bracket")
        seen.add(reader.screen.view.article.row.id)
        assert seen == set(told[0:3])
        await reader.press("right_square_bracket")
        assert "last article of this" in reader.text
        await reader.press("escape")
        assert reader.app.focused is reader.screen.front


async def test_a_whole_story_is_marked_read_and_taken_back(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("v", "m")
        assert library.counts()[1] == 27
        await reader.press("m")
        assert library.counts()[1] == 30
        await reader.press("u", "u")
        assert library.counts()[1] == 30
        await reader.press("M")
        assert library.counts()[1] == 0


async def test_what_one_outlet_tells_is_one_row_that_lists_it(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("v", "G")
        assert "25 articles of one outlet alone" in reader.text
        await reader.press("enter")
        assert reader.screen.flat
        assert len(reader.screen.articles.ids) == 25
        await reader.press("v")
        assert not reader.screen.flat


async def test_the_filter_narrows_the_front_page(library: Library, told: list[int], reading) -> None:
    async with reading(library) as reader:
        await reader.press("v", "slash")
        await reader.type("title:grain")
        assert len(reader.screen.front.stories) == 2
        await reader.press("escape", "slash")
        await reader.type("nothing-of-it")
        assert reader.screen.front.stories == array("q")
        assert "matches the filter" in reader.text


async def test_the_view_comes_back_after_a_restart(library: Library, told: list[int], reading) -> None:
    async with reading(library) as reader:
        await reader.press("v", "q")
    async with reading(library) as reader:
        assert not reader.screen.flat
        assert len(reader.screen.front.stories) == 2


async def test_the_pane_beside_shows_the_story_under_the_cursor(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library, (160, 45)) as reader:
        await reader.press("v")
        await reader.until(lambda: reader.screen.view.article is not None)
        await reader.until(lambda: reader.screen.view.article.row.id in told[0:3])
        await reader.press("j")
        await reader.until(lambda: reader.screen.view.article.row.id in told[4:6])


async def test_a_sync_moves_no_story_from_under_the_cursor(
    library: Library, config: Config, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("v", "j")
        under = reader.screen.front.current
        assert under is not None
        with Store.open(config.cache) as store, store.write():
            store.stories.arrange([Placed(None, sorted(told[6:12]), [], {})], {})
        reader.screen.changed()
        await reader.settle()
        assert len(reader.screen.front.stories) == 3
        assert reader.screen.front.current == under


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (56, 20), (100, 30)])
async def test_every_size_shows_the_front_page(
    library: Library, told: list[int], reading, size: tuple[int, int]
) -> None:
    async with reading(library, size) as reader:
        await reader.press("v")
        first = reader.lines("#stories")[0]
        assert "  1 " in first
        assert first.rstrip().endswith(" 1m") or "1m" in first[-12:]
        assert all(cell_len(line) == size[0] for line in reader.lines())


async def test_in_one_language_a_story_shows_and_opens_its_headline(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("g", "s")
        await reader.press("c", "e")
        assert reader.screen.front.current.language == "en"
        await reader.press("c", "a")
        assert reader.screen.front.current.language == "ar"
        await reader.press("enter")
        assert reader.screen.view.article.row.language == "ar"


@pytest.mark.parametrize("key", ["]", "}"])
async def test_what_is_opened_from_a_narrow_list_is_seen(
    library: Library, told: list[int], reading, key: str
) -> None:
    async with reading(library, (80, 24)) as reader:
        await reader.press(
            "g", "s", "enter", "q", {"]": "right_square_bracket", "}": "right_curly_bracket"}[key]
        )
        assert reader.screen.pane == "article"
