"""The filter bar: the list follows the keys."""

from __future__ import annotations

from aggregator.library import Library


async def test_the_list_follows_while_a_word_is_typed(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("gra")
        assert len(reader.screen.articles.ids) == 10
        assert "10" in reader.lines("#filter-count")[0]


async def test_enter_keeps_the_filter_and_escape_clears_it(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("grain")
        await reader.press("enter")
        assert reader.screen.pane == "list"
        assert len(reader.screen.articles.ids) == 10
        await reader.press("escape")
        assert len(reader.screen.articles.ids) == 30
        assert reader.current.startswith("Grain prices")
        assert not reader.screen.filter.display


async def test_what_cannot_be_understood_keeps_the_list_and_points_at_the_place(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("grain")
        await reader.type(" lnag:ar")
        assert len(reader.screen.articles.ids) == 10
        assert 'did you mean "lang:"' in reader.error
        line = reader.lines("#filter-error")[0]
        assert line.index("^") == 3 + len("grain ")


async def test_the_filter_narrows_the_chosen_outlet_and_says_both(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F")
        tree = reader.screen.feed_tree
        tree.go_to(next(i for i, node in enumerate(tree.nodes) if node.label == "Harbour Post"))
        await reader.press("enter", "slash")
        await reader.type("grain")
        assert len(reader.screen.articles.ids) == 10
        assert "Harbour Post · 10 articles · grain" in reader.lines("#header")[0]


async def test_an_error_points_into_the_typed_text_even_with_a_scope(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F", "j", "enter", "slash")
        await reader.type("lnag:ar")
        assert reader.lines("#filter-error")[0].index("^") == 3


async def test_letters_typed_into_the_filter_are_no_commands(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.press(*"Mqs")
        assert reader.screen.filter.text == "Mqs"
        assert reader.app.is_running
        assert library.counts() == (30, 30)


async def test_nothing_found_says_why_and_which_key_helps(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("zeppelin")
        assert "matches the filter" in reader.text
        assert "Esc clears the filter" in reader.text


async def test_words_languages_states_and_spans_combine(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("lang:ar unread since:1h")
        assert len(reader.screen.articles.ids) == 2


async def test_the_piece_with_the_words_that_were_looked_for_is_shown_and_goes(
    library: Library, reading
) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("harbour")
        await reader.until(lambda: reader.screen.query_one("#snippet").display)
        shown = reader.lines("#snippet")[0]
        assert "the harbour office says [see the notice]" in shown
        await reader.press("escape")
        await reader.until(lambda: not reader.screen.query_one("#snippet").display)
