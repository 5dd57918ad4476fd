"""Feed health and the catalogue."""

from __future__ import annotations

from dataclasses import replace

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import FetchLogRow
from aggregator.store.db import Store
from tui.screens.catalogue import CatalogueList, matching
from tui.screens.health import HealthList

NOW = 1_795_000_000


def fail(config: Config, url: str, times: int) -> None:
    """What a sync stores of a feed that fails."""
    with Store.open(config.cache) as store, store.write():
        state = store.feeds.get(url)
        assert state is not None
        store.feeds.save(
            [
                replace(
                    state,
                    failures=times,
                    error_kind="status",
                    error="The server answered 403 [b]Forbidden[/b].",
                    status=403,
                    next_check=NOW + 1800,
                    last_success=NOW - 7200,
                )
            ]
        )
        store.feeds.log(
            [FetchLogRow(state.id, NOW - 60, "failed", 403, "The server answered 403.", 40, 9, 0, 0)]
        )


async def test_failing_feeds_come_first_with_error_and_next_try(
    library: Library, config: Config, reading
) -> None:
    fail(config, "https://minaa.example/rss", 4)
    async with reading(library) as reader:
        await reader.press("H")
        first = reader.lines("#rows")[0]
        assert "! Al Minaa" in first
        assert "in 30 min" in first
        assert "4x" in first
        assert "[b]Forbidden[/b]" in reader.text
        assert "failed HTTP 403" in reader.text
        assert "1 failing of 3 feeds" in reader.text


async def test_enter_in_health_shows_the_articles_of_the_feed(
    library: Library, config: Config, reading
) -> None:
    fail(config, "https://minaa.example/rss", 4)
    async with reading(library) as reader:
        await reader.press("H", "enter")
        assert reader.app.screen is reader.screen
        assert reader.screen.scope.name == "Al Minaa: Minaa"
        assert len(reader.screen.articles.ids) == 10


async def test_one_key_follows_a_feed_and_lets_it_go(library: Library, config: Config, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "G", "space")
        assert "[x]" in reader.lines("#rows")[3]
        assert "enabled = true" in config.path.read_text() or "enabled = false" not in config.path.read_text()
        await reader.press("space")
        assert "[ ]" in reader.lines("#rows")[3]
        await reader.press("escape")
        assert reader.app.screen is reader.screen


async def test_a_feed_that_is_let_go_leaves_the_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "space", "escape")
        assert len(reader.screen.articles.ids) == 20


async def test_the_catalogue_is_found_by_name_language_country_and_state(library: Library, reading) -> None:
    entries = library.catalogue()
    assert [entry.outlet for entry in matching(entries, "ar")] == ["Al Minaa"]
    assert [entry.outlet for entry in matching(entries, "KW")] == ["Quiet Courier"]
    assert len(matching(entries, "harbour business")) == 1
    assert len(matching(entries, "off")) == 1
    assert matching(entries, "zeppelin") == []
    async with reading(library) as reader:
        await reader.press("C", "slash", *"quiet", "enter")
        assert reader.app.screen.query_one(CatalogueList).count == 1
        assert "1 feed shown" in reader.text


async def test_health_of_no_feeds_points_to_the_catalogue(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("H")
        rows = reader.app.screen.query_one(HealthList)
        rows.show([], NOW)
        await reader.settle()
        assert "C opens the catalogue" in reader.text
        await reader.press("C", "escape", "escape")
        assert reader.app.screen is reader.screen
