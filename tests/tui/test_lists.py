"""The virtual list: what it draws, and that it draws no more."""

from __future__ import annotations

from array import array

from textual.app import ComposeResult
from textual.screen import Screen

from aggregator.model import ArticleRow
from tui.messages import RowsNeeded
from tui.pressing import KeyedApp
from tui.rows import row_spans
from tui.themes import THEMES
from tui.widgets.article_list import PAGE, ArticleList, index_of, merged, place

NOW = 1_795_000_000
MILLION = 1_000_000


def make_row(number: int, **changes: object) -> ArticleRow:
    facts: dict[str, object] = {
        "id": number,
        "feed_id": 1,
        "outlet": "Harbour Post",
        "title": f"Story {number}",
        "language": "en",
        "at": NOW - 60,
        "unread": True,
        "starred": False,
        "related": 0,
        "updated": False,
    }
    return ArticleRow(**(facts | changes))  # type: ignore[arg-type]


class OneList(Screen[None]):
    """Only a list; answers its requests at once and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []

    def compose(self) -> ComposeResult:
        yield ArticleList(id="list")

    def on_rows_needed(self, message: RowsNeeded) -> None:
        self.asked.append(len(message.ids))
        self.query_one(ArticleList).fill(message.ids, [make_row(number) for number in message.ids])


class Host(KeyedApp):
    """A list in the reader's own style."""

    CSS_PATH = "../../tui/app.tcss"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEMES["dark"].variables

    def get_default_screen(self) -> Screen[None]:
        return OneList()


def falling(count: int) -> array[int]:
    return array("q", range(count, 0, -1))


async def test_a_million_rows_ask_for_pages_of_what_is_seen_only() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.screen.query_one(ArticleList)
        rows.show(falling(MILLION))
        rows.focus()
        await pilot.pause()
        await pilot.press("G")
        for _ in range(5):
            await pilot.pause()
        assert rows.current == 1
        assert "Story 1 " in rows.render_line(rows.size.height - 1).text
        assert isinstance(app.screen, OneList)
        assert sum(app.screen.asked) <= 3 * PAGE
        assert len(rows.rows) <= 3 * PAGE


async def test_a_key_redraws_two_rows_and_no_others() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.screen.query_one(ArticleList)
        rows.show(falling(1000))
        rows.focus()
        await pilot.pause()
        drawn: list[int] = []
        original = rows.render_line
        rows.render_line = lambda y: (drawn.append(y), original(y))[1]  # type: ignore
        await pilot.press("j")
        await pilot.pause()
        assert sorted(drawn) == [0, 1]
        drawn.clear()
        rows.renew(falling(1000))
        await pilot.pause()
        assert drawn == []


async def test_the_anchor_keeps_its_line_when_rows_come_above_and_below() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.screen.query_one(ArticleList)
        rows.show(array("q", range(2000, 0, -2)))
        rows.go_to(500)
        await pilot.pause()
        anchor, line = rows.current, rows.cursor - round(rows.scroll_y)
        rows.renew(falling(2000))
        await pilot.pause()
        assert (rows.current, rows.cursor - round(rows.scroll_y)) == (anchor, line)
        assert rows.arrived == 1000


async def test_a_vanished_anchor_leaves_the_cursor_on_its_neighbour() -> None:
    app = Host()
    async with app.run_test(size=(80, 24)) as pilot:
        rows = app.screen.query_one(ArticleList)
        rows.show(array("q", [50, 40, 30, 20, 10]))
        rows.go_to(2)
        rows.renew(array("q", [50, 40, 20, 10]))
        await pilot.pause()
        assert rows.current == 20
        rows.renew(array("q", [50]))
        assert rows.current == 50
        rows.renew(array("q"))
        assert rows.current is None


def test_ids_that_fall_are_found_and_merged_in_place() -> None:
    ids = array("q", [50, 40, 20])
    assert (index_of(ids, 40), index_of(ids, 30), place(ids, 30)) == (1, None, 2)
    assert merged(ids, [30, 40, 60]).tolist() == [60, 50, 40, 30, 20]
    assert merged(array("q"), range(1, 500)).tolist() == list(range(499, 0, -1))


def test_a_row_shows_marks_age_outlet_language_title_and_related_count() -> None:
    row = make_row(7, starred=True, updated=True, related=3)
    text = "".join(part for part, _ in row_spans(row, 79, NOW))
    assert text.startswith("*★~ 1m Harbour Post   en Story 7")
    assert text.endswith(" +3")
    assert len(text) == 79
    assert "".join(part for part, _ in row_spans(make_row(7, unread=False), 79, NOW)).startswith("    1m")
