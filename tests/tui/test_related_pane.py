"""Related articles at the keyboard: beside the text or below it, why, put right, storyline, letters, zen."""

from __future__ import annotations

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import LinkEdge, LinkKind
from aggregator.store.db import Store
from aggregator.store.stories import Placed
from tui.screens.related import Letters, Why
from tui.screens.thread import ThreadList, ThreadScreen

WIDE, SMALL = (160, 45), (80, 24)


@pytest.fixture
def told(config: Config, library: Library) -> list[int]:
    """Stories of five and two articles and a third that went before; the ids, newest first."""
    ids = library.ids().tolist()
    with Store.open(config.cache) as store, store.write():
        placed = [sorted(ids[0:5]), sorted(ids[6:8]), sorted(ids[20:22])]
        placed += [[alone] for alone in (ids[5], *ids[8:20], *ids[22:])]
        first, second, third, *_ = store.stories.arrange([Placed(None, some, [], {}) for some in placed], {})
        store.threads.replace(first, [(second, 0.8, ("ferry",))])
        store.threads.replace(second, [(third, 0.7, ("ferry",))])
    return ids


def shows(reader, selector: str) -> bool:
    return bool(reader.screen.query_one(selector).display)


@pytest.mark.parametrize(
    ("size", "beside"), [(SMALL, False), ((99, 30), False), ((120, 30), True), (WIDE, True)]
)
async def test_related_stand_beside_the_text_from_120_columns(
    library: Library, told: list[int], reading, size: tuple[int, int], beside: bool
) -> None:
    async with reading(library, size) as reader:
        await reader.press("enter")
        assert shows(reader, "#related") == beside
        below = any("── Related" in line.text for line in reader.screen.view.document.lines)
        assert below != beside
        assert reader.screen.view.document.width == 72
        await reader.press("r", "j")
        assert reader.screen.view.target.article_id == told[2]
        await reader.press("enter")
        assert reader.open_title.endswith(" 2")
        await reader.press("backspace", "5")
        assert reader.open_title.endswith(" 4")


async def test_another_width_moves_related_and_keeps_what_is_selected(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library, WIDE) as reader:
        await reader.press("enter", "r", "j")
        held = reader.screen.view.target
        await reader.pilot.resize_terminal(80, 24)
        await reader.settle()
        assert not shows(reader, "#related")
        assert reader.screen.view.target == held
        await reader.pilot.resize_terminal(160, 45)
        await reader.settle()
        assert reader.screen.view.target == held
        assert any("▌ 2" in line for line in reader.lines("#related"))


async def test_a_click_on_a_row_beside_opens_it(library: Library, told: list[int], reading) -> None:
    async with reading(library, WIDE) as reader:
        await reader.press("enter")
        y = next(i for i, line in enumerate(reader.lines("#related")) if line.startswith("   1 "))
        await reader.pilot.click("#related", offset=(20, y))
        await reader.settle()
        assert reader.open_title.endswith(" 1")


async def test_why_explains_the_selected_row_or_the_first_and_any_key_closes(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library, SMALL) as reader:
        await reader.press("enter", "w")
        assert isinstance(reader.app.screen, Why)
        assert "Both tell the same story." in reader.text
        assert "shared: ferry, harbour" in reader.text
        await reader.press("escape", "r", "j", "w")
        assert "An earlier story that this one goes on from." in reader.text
        await reader.press("w")
        assert reader.app.screen is reader.screen
        assert reader.screen.pane == "article"


async def test_why_without_anything_related_says_so(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("G", "enter", "w")
        assert reader.app.screen is reader.screen
        assert any("Nothing related" in str(note.message) for note in reader.app._notifications)


async def test_brackets_lead_through_the_story_and_braces_through_the_list(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter")
        assert "5 of 5 in its story" in reader.text
        await reader.press("left_square_bracket", "left_square_bracket")
        assert reader.screen.view.article.row.id == told[2]
        assert "3 of 5 in its story" in reader.text
        await reader.press(*["right_square_bracket"] * 3)
        assert reader.screen.view.article.row.id == told[0]
        assert "last article of this" in reader.text
        await reader.press("right_curly_bracket")
        assert reader.screen.view.article.row.id == told[1]
        await reader.press("left_curly_bracket")
        assert reader.screen.view.article.row.id == told[0]


async def test_braces_go_from_story_to_story_on_the_front_page(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("v", "enter")
        before = reader.screen.front.cursor
        await reader.press("right_curly_bracket")
        assert reader.screen.front.cursor == before + 1
        row = reader.screen.front.current
        assert reader.screen.view.article.row.id == row.lead
        assert row.lead not in told[0:5]


async def test_x_takes_the_selected_article_out_and_u_puts_it_back(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "r", "X")
        assert library.story_of(told[1]) is None
        assert library.story_of(told[0]) is not None
        assert all(item.row.id != told[1] for item in reader.screen.view.related)
        assert "4 of 4 in its story" in "\n".join(line.text for line in reader.screen.view.document.lines)
        await reader.press("u")
        assert len(library.story_of(told[1]).articles) == 5
        assert any(item.row.id == told[1] for item in reader.screen.view.related)


async def test_x_leaves_alone_what_is_in_no_story_with_this_one(
    library: Library, told: list[int], reading
) -> None:
    with Store.open(library.config.cache) as store, store.write():
        store.stories.take_out(told[2])
    async with reading(library) as reader:
        await reader.press("enter", "r", "j")
        assert reader.screen.view.target.article_id == told[2]
        await reader.press("X")
        assert any("in another story" in str(note.message) for note in reader.app._notifications)
        await reader.press("j", "j", "j")
        assert reader.screen.view.target.article_id == told[4]
        await reader.press("X")
        assert any("links to it itself" in str(note.message) for note in reader.app._notifications)
        assert len(library.story_of(told[0]).articles) == 4


async def test_j_holds_an_article_and_joins_it_with_the_next(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("J")
        assert "J on another article joins its story with: Ferry line o" in reader.text
        assert "Esc leaves it" in reader.text
        await reader.press("J")
        assert library.story_of(told[6]) is not None
        for _ in range(6):
            await reader.press("j")
        await reader.press("J")
        assert not shows(reader, "#joining")
        assert len(library.story_of(told[0]).articles) == 7
        await reader.press("u")
        assert len(library.story_of(told[0]).articles) == 5


async def test_esc_lets_go_of_what_was_to_be_joined(library: Library, told: list[int], reading) -> None:
    async with reading(library) as reader:
        await reader.press("J", "escape")
        assert not shows(reader, "#joining")
        assert reader.screen.pane == "list"
        await reader.press(*["j"] * 6, "J")
        assert reader.screen.joining.id == told[6]
        assert shows(reader, "#joining")
        assert len(library.story_of(told[0]).articles) == 5


async def test_the_storyline_lists_its_stories_by_date_and_opens_one(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "Y")
        assert isinstance(reader.app.screen, ThreadScreen)
        rows = reader.app.screen.query_one(ThreadList)
        assert len(rows.stories) == 3
        assert [row.first for row in rows.stories] == sorted(row.first for row in rows.stories)
        assert rows.stories[rows.cursor].articles == 5
        assert "(this)" in reader.text
        assert "5 articles, 2 outlets: " in reader.text
        await reader.press("k", "enter")
        assert reader.screen.view.article.row.id in told[6:8]
        await reader.press("backspace")
        assert reader.screen.view.article.row.id == told[0]


async def test_the_storyline_is_found_through_and_left(library: Library, told: list[int], reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "Y", "slash", *"no such word")
        assert "No story of this storyline" in reader.text
        await reader.press("escape", "escape")
        assert reader.app.screen is reader.screen


async def test_a_story_without_a_past_has_no_storyline(library: Library, told: list[int], reading) -> None:
    async with reading(library) as reader:
        await reader.press("G", "Y")
        assert reader.app.screen is reader.screen
        assert any("No earlier" in str(note.message) for note in reader.app._notifications)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_letter_follows_a_link(
    library: Library, told: list[int], reading, size: tuple[int, int]
) -> None:
    async with reading(library, size) as reader:
        await reader.press("enter", "r", "L")
        assert isinstance(reader.app.screen, Letters)
        names = {target: name for name, target in reader.app.screen.names.items()}
        second = next(
            at for at, target in enumerate(reader.screen.view.targets) if target.article_id == told[2]
        )
        assert f" {names[second]} 2 en" in reader.text or f" {names[second]} 2 ar" in reader.text
        await reader.press(names[second])
        assert reader.open_title.endswith(" 2")
        assert reader.screen.view.letters == {}


async def test_letters_end_with_esc_and_are_read_on_an_arabic_keyboard(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "r", "L", "escape")
        assert reader.app.screen is reader.screen
        assert reader.screen.view.letters == {}
        await reader.press("L")
        names = reader.app.screen.names
        wanted = reader.screen.view.targets[names["s"]]
        await reader.press("س")  # on the key that prints s
        assert reader.screen.view.article.row.id == wanted.article_id


async def test_zen_shows_only_the_text_and_esc_leaves_it(library: Library, told: list[int], reading) -> None:
    async with reading(library, WIDE) as reader:
        await reader.press("enter", "Z")
        assert not any(shows(reader, name) for name in ("#header", "#footer", "#related", "#list", "#feeds"))
        assert "Related" not in reader.text
        assert "Ferry line opens 0" in reader.lines()[0]
        await reader.press("escape")
        assert reader.screen.pane == "article"
        assert all(shows(reader, name) for name in ("#header", "#footer", "#related"))
        await reader.press("Z", "Z", "escape")
        assert reader.screen.pane == "list"
        assert shows(reader, "#list")


async def test_the_width_of_the_text_is_changed_and_comes_back(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library, WIDE) as reader:
        await reader.press("enter", "minus", "minus")
        assert reader.screen.view.document.width == 64
        await reader.press("escape", "q")
    async with reading(library, WIDE) as reader:
        assert reader.screen.view.text_width == 64
        await reader.press("enter", "plus", "plus", "plus")
        assert reader.screen.view.document.width == 76


async def test_the_paragraph_at_the_top_is_copied_as_it_was_written(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "y", "p")
        assert reader.app.clipboard == library.article(told[0]).blocks[0].text.strip()
        await reader.press("y", "u")
        assert reader.app.clipboard == "https://pages.example/0"


async def test_what_the_mouse_selects_is_copied_without_numbers_and_line_ends(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter")
        view = reader.screen.view
        first = next(i for i, line in enumerate(view.document.lines) if "ferries[1]" in line.text)
        reader.screen.selections = {
            view: Selection(Offset(view.margin + 4, first), Offset(view.margin + 7, first + 1))
        }
        await reader.settle()
        await reader.press("ctrl+c")
        assert reader.app.clipboard.startswith("ferries sail again, the harbour office says [see the ")
        assert "\n" not in reader.app.clipboard


async def test_dragging_over_the_text_selects_and_follows_nothing(
    library: Library, told: list[int], reading
) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "r")
        place = reader.screen.view.document.first_line(reader.screen.view.selected)
        y = place - round(reader.screen.view.scroll_y)
        await reader.pilot.mouse_down("#article", offset=(10, y))
        await reader.pilot.hover("#article", offset=(40, y + 1))
        await reader.pilot.mouse_up("#article", offset=(40, y + 1))
        await reader.settle()
        assert reader.screen.selections
        assert reader.screen.view.article.row.id == told[0]


async def test_what_is_perhaps_the_same_can_be_told_apart_and_that_undone(
    config: Config, library: Library, told: list[int], reading
) -> None:
    with Store.open(config.cache) as store, store.write():
        store.links.add([LinkEdge(told[5], told[10], LinkKind.MAYBE, 0.4, ("ferry",))])
    async with reading(library, SMALL) as reader:
        reader.screen.select(told[5])
        await reader.settle()
        await reader.press("r")
        assert reader.screen.view.target.article_id == told[10]
        await reader.press("X")
        assert "No longer in this story" in reader.text
        assert [item.kind for item in library.related(told[5]) if item.row.id == told[10]] == []
        await reader.press("u")
        assert LinkKind.MAYBE in [item.kind for item in library.related(told[5])]
