"""Tags, notes, mutes, saved filters, rules, history and alerts on the screen."""

from __future__ import annotations

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.store.db import Store
from tests.tui.conftest import NOW, make_draft
from tui.screens.dialogs import Asking, Choosing
from tui.screens.past import AlertList, OpenedList
from tui.screens.rules import RuleList

NEWS = "https://harbour.example/news"


def write_setting(config: Config, text: str) -> None:
    config.path.write_text(config.path.read_text("utf-8") + text)


async def test_a_tag_is_given_shown_found_undone_and_taken_away(library: Library, reading) -> None:
    async with reading(library, (120, 40)) as reader:
        await reader.press("a")
        assert isinstance(reader.app.screen, Asking)
        await reader.press(*"later", "enter")
        assert library.tags() == [("later", 1)]
        await reader.press("enter")
        await reader.until(lambda: "tags: later" in reader.text)
        await reader.press("F")
        assert "later" in "".join(reader.lines("#feeds"))
        await reader.press("escape", "slash")
        await reader.type("tag:later")
        assert len(reader.screen.articles.ids) == 1
        await reader.press("escape", "a", *"LATER", "enter")
        assert library.tags() == []
        await reader.press("u")
        assert library.tags() == [("later", 1)]


async def test_esc_in_a_question_changes_nothing(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("a", *"later", "escape")
        assert reader.app.screen is reader.screen
        assert library.tags() == []
        await reader.press("a", "enter", "A", "enter", "x", "escape", "x", "1", "escape")
        assert library.tags() == []
        assert [rule for rule in library.rules() if rule.origin == "mute"] == []


async def test_a_note_is_kept_shown_and_taken_back(library: Library, reading) -> None:
    async with reading(library, (120, 40)) as reader:
        article = reader.screen.articles.current
        await reader.press("A", *"ask them", "enter", "enter")
        await reader.until(lambda: "note: ask them" in reader.text)
        found = library.article(article)
        assert found is not None
        assert found.note == "ask them"
        await reader.press("u", "u")  # the first takes back that it was read
        assert "note: ask them" not in reader.text


async def test_keys_typed_into_a_question_run_no_command(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("A", *"Mq9smu", "escape")
        assert library.counts()[1] == 30
        assert library.starred_count() == 0


async def test_an_outlet_is_muted_for_a_week_and_comes_back(library: Library, reading) -> None:
    async with reading(library) as reader:
        outlet = reader.screen.articles.current_row.outlet
        before = len(reader.screen.articles.ids)
        await reader.press("x")
        assert isinstance(reader.app.screen, Choosing)
        await reader.press("2", "2")
        assert len(reader.screen.articles.ids) == before - 20
        (mute,) = [rule for rule in library.rules() if rule.origin == "mute"]
        assert (mute.hits, mute.until) == (20, NOW + 7 * 86400)
        await reader.press("u")
        assert len(reader.screen.articles.ids) == before
        await reader.press("ctrl+r", "E")
        assert outlet in reader.lines("#rows")[0]
        await reader.press("d")
        assert not any(rule.active for rule in library.rules())
        await reader.press("escape")
        assert len(reader.screen.articles.ids) == before


async def test_a_word_is_muted(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("x", "3", *"grain", "enter", "1")
        assert len(reader.screen.articles.ids) == 20
        assert library.counts() == (20, 20)


async def test_a_filter_is_saved_renamed_moved_and_removed(library: Library, config: Config, reading) -> None:
    def names() -> list[str]:
        return [saved.name for saved in library.config.settings.filters]

    async with reading(library, (120, 40)) as reader:
        await reader.press("slash")
        await reader.type("grain lang:en")
        await reader.press("enter", "ctrl+s", *"Corn", "enter")
        assert names() == ["About the port", "Corn"]
        tree = reader.screen.feed_tree
        await reader.press("escape", "F")
        assert "Corn" in "".join(reader.lines("#feeds"))
        while tree.nodes[tree.cursor].label != "Corn":
            await reader.press("j")
        await reader.press("shift+up")
        assert names() == ["Corn", "About the port"]
        await reader.press("e", *["backspace"] * 4, *"Maize", "enter")
        assert names() == ["Maize", "About the port"]
        await reader.press("d")
        assert names() == ["About the port"]
        await reader.press("u")
        assert names() == ["Maize", "About the port"], "the running reader has read the configuration again"
        await reader.until(lambda: "Maize" in "".join(reader.lines("#feeds")))
        await reader.press("u", "u")
        assert names() == ["About the port", "Corn"]
        await reader.press("ctrl+r", "ctrl+r", "ctrl+r")
        assert names() == ["About the port"]
        assert "# a comment" not in config.path.read_text()


async def test_nothing_is_saved_where_nothing_is_filtered(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("ctrl+s")
        assert "There is no filter to save" in reader.text
        await reader.press("F", "d")
        assert "The cursor is on no saved filter" in reader.text


async def test_a_rule_can_be_tried_before_there_is_one(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("E", "slash", *"grain")
        await reader.until(lambda: "would hit 10 stored articles" in reader.text)
        rows = reader.app.screen.query_one(RuleList)
        assert rows.tried is not None
        assert len(rows.tried) == 10
        await reader.press(*" (")
        await reader.until(lambda: "would hit" not in reader.text)
        await reader.press("escape")
        assert "There is no rule and no mute" in reader.text


async def test_a_hidden_article_says_which_rule_hid_it(config: Config, reading) -> None:
    write_setting(config, '[[rules]]\nname = "No ferries"\nwhen = "title:ferry"\ndo = ["hide"]\n')
    from aggregator.config import load

    with Library(load(config.path, config.cache), clock=lambda: NOW) as library:
        async with reading(library, (120, 40)) as reader:
            assert len(reader.screen.articles.ids) == 20
            await reader.press("E", "enter")
            assert len(reader.screen.articles.ids) == 10
            await reader.press("enter")
            await reader.until(lambda: "hidden by: No ferries" in reader.text)


async def test_what_was_opened_is_listed_newest_first(library: Library, reading) -> None:
    async with reading(library) as reader:
        first = reader.current
        await reader.press("enter", "right_square_bracket")
        second = reader.open_title
        await reader.press("B")
        rows = reader.app.screen.query_one(OpenedList)
        assert [row.title for _, row in rows.opened] == [second, first]
        await reader.press("j", "enter")
        await reader.until(lambda: reader.open_title == first)


async def test_what_came_since_the_last_look_is_a_list_of_its_own(
    library: Library, config: Config, reading
) -> None:
    with Store.open(config.cache) as store:
        store.visits.look(NOW - 7200)
        store.visits.look(NOW + 1)
    with Library(config, clock=lambda: NOW + 7200) as later:
        with Store.open(config.cache) as store, store.write():
            state = store.feeds.get(NEWS)
            assert state is not None
            changes = store.articles.upsert(state, [make_draft(99, "Fresh from the quay")], NOW + 3600)
            store.search.index(changes)
        async with reading(later, (120, 40)) as reader:
            tree = reader.screen.feed_tree
            node = next(node for node in tree.nodes if node.label == "New since last look")
            assert node.count == 1
            await reader.press("slash")
            await reader.type("new")
            assert reader.current == "Fresh from the quay"
            await reader.press("escape", "g", "z")
            assert next(n for n in tree.nodes if n.scope and n.scope.kind == "new").count == 0
            await reader.press("u")
            assert next(n for n in tree.nodes if n.scope and n.scope.kind == "new").count == 1


async def test_alerts_are_said_once_and_listed(library: Library, config: Config, reading) -> None:
    async with reading(library) as reader:
        await reader.press("W")
        assert "No watch has told anything yet" in reader.text
        assert reader.app.screen.query_one(AlertList).alerts == []


async def test_tab_completes_a_value_with_its_number(library: Library, reading) -> None:
    async with reading(library, (120, 40)) as reader:
        await reader.press("slash")
        await reader.type("lang:")
        await reader.until(lambda: "ar 10" in reader.lines("#filter-offers")[0])
        await reader.press("tab")
        assert reader.screen.filter.text == "lang:en"
        await reader.press("tab")
        assert reader.screen.filter.text == "lang:ar"
        await reader.until(lambda: len(reader.screen.articles.ids) == 10)
        await reader.press("shift+tab")
        assert reader.screen.filter.text == "lang:en"


async def test_an_article_that_is_alone_is_taken_out_of_nothing(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("X")
        assert "in no story" in reader.text


async def test_an_alert_that_comes_is_said_once_here_and_to_the_terminal(
    library: Library, config: Config, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(library) as reader:
        sent: list[str] = []
        monkeypatch.setattr(reader.app._driver, "write", sent.append)
        article = reader.screen.articles.current
        with Store.open(config.cache) as store, store.write():
            store.alerts.add(
                "Ferries", "spike", NOW + 1, "Ferries: 14 articles in 2 h\x1b]9;evil\x07", [article]
            )
        for _ in range(2):
            reader.app.changed()
            await reader.settle()
        said = [str(note.message) for note in reader.app._notifications]
        assert sum("Ferries: 14 articles in 2 h" in message for message in said) == 1
        (notice,) = [text for text in sent if text.startswith("\x1b]9;")]
        assert notice.startswith("\x1b]9;Ferries: 14 articles in 2 h")
        assert notice.count("\x1b") == 1
        assert notice.count("\x07") == 1
        await reader.press("W")
        assert "Ferries: 14 articles in 2 h" in reader.text
