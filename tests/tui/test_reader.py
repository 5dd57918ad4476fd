"""The reader at the keyboard: keys in, screen and marks out."""

from __future__ import annotations

import pytest

from aggregator.library import Library
from aggregator.model import MarkAction


async def test_enter_opens_and_marks_read_and_escape_returns(library: Library, reading) -> None:
    async with reading(library) as reader:
        assert reader.current == "Ferry line opens 0"
        await reader.press("enter")
        assert reader.screen.pane == "article"
        assert reader.open_title == "Ferry line opens 0"
        await reader.press("escape")
        assert reader.screen.pane == "list"
        assert not reader.screen.articles.current_row.unread


async def test_each_width_shows_its_panes(library: Library, reading) -> None:
    for size, seen in (((80, 24), 1), ((120, 30), 2), ((160, 45), 3)):
        async with reading(library, size) as reader:
            shown = [
                pane for pane in ("feeds", "list", "article") if reader.screen.query_one(f"#{pane}").display
            ]
            assert len(shown) == seen
            assert "list" in shown


async def test_tab_goes_round_the_panes_even_one_at_a_time(library: Library, reading) -> None:
    async with reading(library) as reader:
        seen = [reader.screen.pane]
        for _ in range(3):
            await reader.press("tab")
            seen.append(reader.screen.pane)
        assert seen == ["list", "article", "feeds", "list"]


async def test_back_leads_from_the_article_to_the_feeds(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "h", "h")
        assert reader.screen.pane == "feeds"
        await reader.press("l")
        assert reader.screen.pane == "list"


async def test_q_goes_back_from_the_article_and_leaves_from_the_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "q")
        assert reader.screen.pane == "list"
        assert reader.app.is_running
        await reader.pilot.press("q")
        assert reader.app._exit


async def test_no_article_is_marked_while_the_cursor_is_on_a_feed(library: Library, reading) -> None:
    async with reading(library) as reader:
        before = library.counts(), library.starred_count()
        await reader.press("F", "m", "s", "M")
        await reader.until(lambda: reader.app._notifications)
        assert (library.counts(), library.starred_count()) == before
        assert any("cursor is on a feed" in str(note.message) for note in reader.app._notifications)


async def test_an_outlet_in_the_feeds_pane_narrows_the_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F")
        tree = reader.screen.feed_tree
        row = next(i for i, node in enumerate(tree.nodes) if node.label == "Al Minaa")
        tree.go_to(row)
        await reader.press("enter")
        assert len(reader.screen.articles.ids) == 10
        assert "Al Minaa" in reader.lines("#header")[0]


async def test_a_feed_of_an_outlet_is_shown_once_unfolded(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F")
        tree = reader.screen.feed_tree
        tree.go_to(next(i for i, node in enumerate(tree.nodes) if node.label == "Harbour Post"))
        await reader.press("z", "j", "enter")
        assert reader.screen.scope.name == "Harbour Post: Business"
        assert len(reader.screen.articles.ids) == 10


async def test_feeds_and_saved_filters_carry_unread_counts(library: Library, reading) -> None:
    async with reading(library) as reader:
        counts = {node.label: node.count for node in reader.screen.feed_tree.nodes}
        assert counts["All articles"] == 30
        assert counts["Harbour Post"] == 20
        assert counts["About the port"] == 10
        await reader.press("enter")
        counts = {node.label: node.count for node in reader.screen.feed_tree.nodes}
        assert counts["Harbour Post"] == 19


async def test_m_turns_read_and_unread_and_u_undoes_it(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("m")
        assert not reader.screen.articles.current_row.unread
        await reader.press("m")
        assert reader.screen.articles.current_row.unread
        await reader.press("m", "u")
        assert reader.screen.articles.current_row.unread
        await reader.press("ctrl+r")
        assert not reader.screen.articles.current_row.unread


async def test_all_read_can_be_undone_and_says_so(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("M")
        assert library.counts() == (30, 0)
        assert any("30 articles marked read" in str(note.message) for note in reader.app._notifications)
        await reader.press("u")
        assert library.counts() == (30, 30)


async def test_all_read_marks_the_list_only(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("grain")
        await reader.press("enter", "M")
        assert library.counts() == (30, 20)


async def test_star_is_a_sign_and_a_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("j", "s")
        assert reader.screen.articles.current_row.starred
        assert library.starred_count() == 1
        await reader.press("s")
        assert library.starred_count() == 0


async def test_n_opens_what_is_unread_across_feeds(library: Library, reading) -> None:
    newest = library.ids("").tolist()
    library.mark(MarkAction.READ, newest[:4])
    async with reading(library) as reader:
        await reader.press("n")
        assert reader.open_title.endswith(" 4")
        await reader.press("n")
        assert reader.open_title.endswith(" 5")
        await reader.press("N")
        assert reader.open_title.endswith(" 29")


async def test_n_leaves_a_list_without_unread_and_says_so(library: Library, reading) -> None:
    library.mark(MarkAction.READ, library.ids('outlet:"Al Minaa"').tolist())
    async with reading(library) as reader:
        await reader.press("F")
        tree = reader.screen.feed_tree
        tree.go_to(next(i for i, node in enumerate(tree.nodes) if node.label == "Al Minaa"))
        await reader.press("enter", "n")
        assert reader.screen.scope.kind == "all"
        assert reader.open_title == "Ferry line opens 0"


async def test_what_was_just_read_stays_in_the_unread_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F", "j", "enter")
        assert reader.screen.scope.kind == "unread"
        await reader.press("enter", "escape")
        assert len(reader.screen.articles.ids) == 30
        assert reader.current == "Ferry line opens 0"


async def test_brackets_step_through_the_list_from_the_article(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "right_square_bracket")
        assert reader.open_title.endswith(" 1")
        await reader.press("left_square_bracket")
        assert reader.open_title.endswith(" 0")


async def test_related_is_followed_by_number_and_backspace_returns_to_the_place(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "r")
        place = round(reader.screen.view.scroll_y)
        await reader.press("2")
        assert reader.open_title.endswith(" 2")
        await reader.press("backspace")
        assert reader.open_title.endswith(" 0")
        assert round(reader.screen.view.scroll_y) == place


async def test_j_reaches_the_related_rows_and_enter_follows(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "G", "j", "j")
        assert reader.screen.view.target is not None
        assert reader.screen.view.target.kind == "related"
        await reader.press("enter")
        assert reader.open_title.endswith(" 2")
        await reader.press("backspace", "backspace")
        assert reader.screen.pane == "list"


async def test_copy_sends_the_link_to_the_terminal(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("y", "y")
        assert reader.app.clipboard == "https://pages.example/0"


async def test_without_a_display_the_browser_key_copies(
    library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    async with reading(library) as reader:
        await reader.press("o")
        assert reader.app.clipboard == "https://pages.example/0"
        assert any("clipboard" in str(note.message) for note in reader.app._notifications)


async def test_the_cursor_previews_on_a_wide_screen_without_reading(library: Library, reading) -> None:
    async with reading(library, (160, 45)) as reader:
        await reader.until(lambda: reader.open_title.endswith(" 0"))
        await reader.press("j")
        await reader.until(lambda: reader.open_title.endswith(" 1"))
        assert library.counts() == (30, 30)


async def test_theme_changes_and_a_tiny_terminal_is_told(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("T")
        assert reader.app.theme == "hakawati-light"
        await reader.pilot.resize_terminal(30, 8)
        await reader.settle()
        assert "needs 40x10" in reader.text


async def test_a_letter_of_another_layout_is_the_key_it_lies_on(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("ت")
        assert reader.current.endswith(" 1")
        await reader.press("ל")
        assert reader.current.endswith(" 0")


async def test_the_mouse_selects_and_opens(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.pilot.click("#list", offset=(20, 3))
        await reader.settle()
        assert reader.current.endswith(" 3")
        await reader.pilot.click("#list", offset=(20, 3), times=2)
        await reader.settle()
        assert reader.open_title.endswith(" 3")
        await reader.pilot.click("#footer", offset=(3, 0))
        await reader.settle()
        assert reader.screen.pane == "list"


async def test_a_link_of_the_text_is_selected_and_copied(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "L", "A", "y", "y")
        assert reader.app.clipboard == "https://notice.example/ferries"
        await reader.press("k")
        assert reader.screen.view.selected is None


async def test_keys_typed_ahead_reach_the_filter_and_mark_nothing(library: Library, reading) -> None:
    from textual import events

    async with reading(library) as reader:
        for key in ("slash", "M", "m", "backspace", "backspace", *"grain", "enter"):
            reader.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await reader.until(lambda: len(reader.screen.articles.ids) == 10 and reader.screen.pane == "list")
        await reader.settle()
        assert reader.screen.filter.text == "grain"
        assert library.counts() == (30, 30)


async def test_a_write_that_is_told_of_while_the_screen_closes_does_no_harm(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "escape")
        await reader.screen.view.remove()
        reader.screen.changed()
        assert not reader.screen.has_panes
