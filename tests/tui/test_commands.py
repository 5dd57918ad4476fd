"""Commands are records, and the records tell the truth."""

from __future__ import annotations

from collections import Counter

import pytest

from aggregator.library import Library
from tui import commands
from tui.app import HakawatiApp
from tui.commands import Where
from tui.screens.catalogue import CatalogueList, CatalogueScreen
from tui.screens.health import HealthList, HealthScreen
from tui.screens.help import HelpList, HelpScreen
from tui.screens.reader import ReaderScreen
from tui.widgets.article_list import ArticleList
from tui.widgets.article_view import ArticleView
from tui.widgets.feed_tree import FeedTree
from tui.widgets.filter_bar import FilterBar
from tui.widgets.painted import fitting, footer_cells
from tui.widgets.virtual_list import VirtualList

CLASSES = {
    Where.APP: [HakawatiApp],
    Where.READER: [ReaderScreen],
    Where.ROWS: [VirtualList],
    Where.FEEDS: [FeedTree],
    Where.LIST: [ArticleList],
    Where.ARTICLE: [ArticleView],
    Where.FILTER: [FilterBar],
    Where.HEALTH: [HealthScreen, HealthList],
    Where.CATALOGUE: [CatalogueScreen, CatalogueList],
    Where.HELP: [HelpScreen, HelpList],
}


def test_every_command_has_help_and_an_action_that_exists() -> None:
    for command in commands.COMMANDS:
        assert command.help.endswith("."), command.id
        name = "action_" + command.action.partition("(")[0]
        assert any(hasattr(cls, name) for cls in CLASSES[command.where]), command.id


def test_every_binding_of_our_classes_comes_from_a_record() -> None:
    known = {f"{command.id}:" for command in commands.COMMANDS}
    for classes in CLASSES.values():
        for cls in classes:
            for binding in cls.__dict__.get("BINDINGS", []):
                assert any(binding.id.startswith(prefix) for prefix in known), binding


def test_no_key_means_two_things_in_one_place() -> None:
    for where in Where:
        keys = Counter(binding.key for binding in commands.bindings(where))
        assert [key for key, times in keys.items() if times > 1] == [], where


def test_ids_are_unique() -> None:
    assert len(commands.BY_ID) == len(commands.COMMANDS)


@pytest.mark.parametrize("where", list(commands.FOOTERS))
def test_a_footer_fits_eighty_columns_and_keeps_help_in_forty(where: Where) -> None:
    assert fitting(where, 80) == list(commands.footer(where))
    narrow = fitting(where, 40)
    assert sum(footer_cells(command) for command in narrow) <= 40
    assert ("help" in [command.id for command in narrow]) == ("help" in commands.FOOTERS[where])


def test_the_readme_table_has_every_command() -> None:
    table = commands.markdown_table()
    assert all(command.help in table for command in commands.COMMANDS)
    assert len(table.splitlines()) == len(commands.COMMANDS) + 2


async def test_the_help_lists_every_command_and_finds_by_word(library: Library, reading) -> None:
    async with reading(library, (100, 90)) as reader:
        await reader.press("question_mark")
        shown = reader.text
        assert all(command.help in shown for command in commands.COMMANDS)
        await reader.press("slash", *"browser")
        rows = reader.app.screen.query_one(HelpList)
        assert [entry.id for entry in rows.entries if not isinstance(entry, (str, Where))] == ["browser"]
        await reader.press("enter", "escape")
        assert reader.app.screen is reader.screen


async def test_the_palette_runs_a_command(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("colon", *"star the")
        await reader.until(lambda: "Star the article" in reader.text)
        await reader.press("enter")
        await reader.until(lambda: library.starred_count() == 1)
        await reader.settle()


async def test_the_footer_follows_the_focus(library: Library, reading) -> None:
    async with reading(library) as reader:
        for key, word in (("F", "fold"), ("l", "star"), ("enter", "related"), ("slash", "clear")):
            await reader.press(key)
            assert word in reader.lines("#footer")[0]
