"""Commands are records, and the records tell the truth."""

from __future__ import annotations

import itertools

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from aggregator.library import Library
from tui import commands
from tui.app import HakawatiApp
from tui.keys import DEFAULT
from tui.rebinding import keymap
from tui.records import CHAINS, COMMANDS, FOOTERS, RESERVED, Command, Where
from tui.screens.catalogue import CatalogueList, CatalogueScreen
from tui.screens.dialogs import Asking, Choosing, Dialog
from tui.screens.first_run import FirstRunList, FirstRunScreen
from tui.screens.health import HealthList, HealthScreen
from tui.screens.help import HelpList, HelpScreen
from tui.screens.past import AlertList, AlertsScreen, OpenedList, PastScreen
from tui.screens.picture import PictureScreen
from tui.screens.reader import ReaderScreen
from tui.screens.rules import RuleList, RulesScreen
from tui.screens.topics import TopicList, TopicsScreen
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
    Where.FIRST: [FirstRunScreen, FirstRunList],
    Where.HELP: [HelpScreen, HelpList],
    Where.FIRST: [FirstRunScreen, FirstRunList],
    Where.DIALOG: [Dialog, Asking, Choosing],
    Where.RULES: [RulesScreen, RuleList],
    Where.TOPICS: [TopicsScreen, TopicList],
    Where.PICTURE: [PictureScreen],
    Where.PAST: [PastScreen, AlertsScreen, OpenedList, AlertList],
}


NEARER = {
    ("toggle", "row.page"),  # in the catalogue a row is turned on and off by what elsewhere opens it
    ("toggle", "row.open"),
    ("first.tick", "row.page"),
    ("first.start", "row.open"),
    ("fold", "zen"),  # in the feeds pane there is no text to be alone with, and no story to join
    ("filter.down", "join"),
}
"""(the nearer command, another one with its key): where both are heard, the nearer one is meant."""
NOT_IN_THE_PALETTE = {
    "palette",  # it is the palette
    "follow.number",  # a number is needed
    "dialog.digit",
    "dialog.cancel",  # a question is open, or a text field has the focus
    "filter.keep",
    "filter.clear",
    "filter.complete",
    "filter.complete_back",
}


def test_every_command_has_help_and_an_action_that_exists() -> None:
    for command in COMMANDS:
        assert command.help.endswith("."), command.id
        assert len(command.help) > len("Help."), command.id
        name = "action_" + command.action.partition("(")[0]
        assert any(hasattr(cls, name) for cls in CLASSES[command.where]), command.id


def test_no_class_of_ours_has_a_binding_without_a_record() -> None:
    for where, classes in CLASSES.items():
        for cls in classes:
            for binding in cls.__dict__.get("BINDINGS", []):
                assert DEFAULT.by_id[binding.id].where is where, binding


def test_a_class_knows_its_places_nearest_first() -> None:
    for where, classes in CLASSES.items():
        if DEFAULT.at(where):
            assert any(where in commands.places(cls) for cls in classes), where
    assert commands.places(CatalogueList) == (Where.CATALOGUE, Where.ROWS)


def test_ids_are_unique() -> None:
    assert len(DEFAULT.by_id) == len(COMMANDS)


def test_every_place_is_heard_somewhere() -> None:
    assert set(itertools.chain.from_iterable(CHAINS)) == set(Where)


@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain[0])
def test_a_key_means_one_command_wherever_it_is_heard_and_begins_no_other(chain: tuple[Where, ...]) -> None:
    heard: dict[str, Command] = {}
    for where in chain:
        for command in DEFAULT.at(where):
            for key in command.keys:
                if key in heard and (heard[key].id, command.id) in NEARER:
                    continue
                assert key not in heard, (key, command.id, heard[key].id)
                heard[key] = command
    for one, other in itertools.permutations(heard, 2):
        assert not other.startswith(f"{one} "), (one, other)


def test_the_palette_leaves_out_only_what_cannot_be_run_from_it() -> None:
    assert {command.id for command in COMMANDS if not command.palette} == NOT_IN_THE_PALETTE


def test_what_waits_for_its_action_has_a_key_kept_for_it() -> None:
    """When the reader can do it, it should get a record, and leave the table of what is reserved."""
    places = (Where.READER, Where.ARTICLE, Where.LIST)
    taken = {key for where in places for command in DEFAULT.at(where) for key in command.keys}
    assert not taken & RESERVED.keys()
    for action in RESERVED.values():
        there = any(hasattr(cls, f"action_{action}") for cls in (ReaderScreen, ArticleView))
        assert not there, f"{action} has no record"


@pytest.mark.parametrize("where", list(FOOTERS))
def test_a_footer_fits_eighty_columns_and_keeps_help_in_forty(where: Where) -> None:
    assert fitting(DEFAULT, where, 80) == list(DEFAULT.footer(where))
    narrow = fitting(DEFAULT, where, 40)
    assert sum(footer_cells(command) for command in narrow) <= 40
    assert ("help" in [command.id for command in narrow]) == ("help" in FOOTERS[where])


def test_the_readme_table_has_every_command() -> None:
    table = commands.markdown_table()
    assert all(f"| {command.help} | {command.id} |" in table for command in COMMANDS)
    assert len(table.splitlines()) == len(COMMANDS) + 2


async def test_the_help_lists_every_command_and_finds_by_word(library: Library, reading) -> None:
    async with reading(library, (100, 170)) as reader:
        await reader.press("question_mark")
        shown = reader.text
        assert all(command.help in shown for command in COMMANDS)
        await reader.press("slash", *"browser")
        rows = reader.app.screen.query_one(HelpList)
        found = [entry.id for entry in rows.entries if not isinstance(entry, (str, Where))]
        assert found == ["browser", "picture.browser"]
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


@pytest.mark.parametrize(
    ("keys", "places"),
    [
        (("g", "l"), (Where.LIST, Where.ROWS, Where.READER, Where.APP)),
        (("F",), (Where.FEEDS, Where.ROWS, Where.READER, Where.APP)),
        (("g", "l", "enter"), (Where.ARTICLE, Where.READER, Where.APP)),
        (("H",), (Where.HEALTH, Where.ROWS, Where.APP)),
    ],
)
async def test_the_palette_has_every_command_of_the_place(
    library: Library, reading, keys: tuple[str, ...], places: tuple[Where, ...]
) -> None:
    async with reading(library) as reader:
        await reader.press(*keys, "colon")
        rows = reader.app.screen.query_one(OptionList)
        wanted = [command.help for where in places for command in DEFAULT.at(where) if command.palette]
        await reader.until(lambda: rows.option_count == len(wanted))
        shown = [str(rows.get_option_at_index(index).prompt) for index in range(rows.option_count)]
        for sentence in wanted:
            assert any(sentence.rstrip(".") in prompt for prompt in shown), sentence


def test_a_command_without_a_key_is_found_all_the_same() -> None:
    own = keymap({"sync": [], "health": "F9"})
    assert [command.id for command in own.matching("ask all feeds")] == ["sync", "health.sync"]
    assert own.by_id["sync"] not in own.footer(Where.FEEDS)
    assert own.by_id["health"] in own.footer(Where.FEEDS)


async def test_a_command_typed_by_its_name_is_the_first_that_the_palette_offers(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("colon", *"order")
        rows = reader.app.screen.query_one(OptionList)
        await reader.until(
            lambda: rows.option_count and "Test how" in str(rows.get_option_at_index(0).prompt)
        )


async def test_a_toast_gives_way_to_the_next_and_to_what_asks(library: Library, reading) -> None:
    async with reading(library) as reader:

        def said() -> list[str]:
            return [str(note.message) for note in reader.app._notifications]

        reader.app.say("A feed fails.", severity="warning")
        await reader.press("D", "D")
        assert [sentence.split()[0] for sentence in said()] == ["A", "Direction"]
        await reader.press("a")
        assert said() == ["A feed fails."], "warnings stay for their time"
        await reader.press("escape", "D", "y")
        await reader.until(lambda: reader.app.screen.query("WhichKey"))
        assert said() == ["A feed fails."]


async def test_a_click_on_a_view_shows_it(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("g", "l")
        await reader.pilot.click("#header", offset=(3, 0))
        await reader.until(lambda: not reader.screen.flat)
        await reader.pilot.click("#header", offset=(12, 0))
        await reader.until(lambda: reader.screen.flat)


@pytest.mark.parametrize("width", [60, 80])
def test_a_line_of_the_help_that_is_cut_says_so(width: int) -> None:
    rows = HelpList()
    rows.entries = list(COMMANDS)
    for index, command in enumerate(COMMANDS):
        text = "".join(text for text, _ in rows.spans(index, width))
        assert cell_len(text) <= width, command.id
        assert command.help in text or "…" in text, command.id
