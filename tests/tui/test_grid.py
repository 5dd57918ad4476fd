"""Whole screens as text: a diff of one tells a person what moved.

``UPDATE_GRIDS=1 pytest tests/tui/test_grid.py`` writes the files in ``grids`` anew; look at their diff before
you keep them. Under the text stands how it looks: a letter for each style, line by line in runs.
"""

from __future__ import annotations

import os
import string
import time
from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff
from itertools import groupby
from pathlib import Path

import pytest
from rich.segment import Segment

from aggregator.config import Config
from aggregator.library import Library
from aggregator.store.db import Store
from aggregator.store.stories import Placed
from tests.tui.conftest import NOW, make_draft, store_drafts
from tui.words import SyncView

GRIDS = Path(__file__).parent / "grids"
UPDATE = bool(os.environ.get("UPDATE_GRIDS"))
SIZES = [(80, 24), (160, 45)]
NEWS = (
    ("he", "קו המעבורת נפתח מחדש בנמל (לאחר שנה)"),
    ("fa", "خط کشتی «بندر» پس از ۱۴۰۴ دوباره باز شد"),
    ("tr", "Liman İstanbul seferleri yeniden başladı"),
    ("en", "Olive harvest [Live]: growers bring in the first crop before the autumn rain arrives"),
)
WALK: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("latest", (), ()),
    ("help", ("question_mark",), ("escape",)),
    ("rules", ("E",), ("escape",)),
    ("health", ("H",), ()),
    ("health-why", ("e",), ("escape", "escape")),
    ("catalogue", ("C",), ("escape",)),
    ("feeds", ("F",), ("escape",)),
    ("article", ("enter",), ()),
    ("related", ("r",), ("escape",)),
    ("front", ("v",), ("v",)),
    ("filter-error", ("slash",), ()),
)
"""A way through the reader: the name of a screen, the keys that lead to it, those that lead on."""
WRONG = "since:24h lang:arab (unread"


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same time zone, colours and stillness everywhere."""
    for name, value in {"TZ": "UTC", "TEXTUAL_ANIMATIONS": "none", "COLORTERM": "truecolor"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def config(config: Config) -> Config:
    """News in five languages, two stories, a mute, a feed that fails."""
    drafts = [
        make_draft(40 + n, title, language=language, minutes=25 * n + 5)
        for n, (language, title) in enumerate(NEWS)
    ]
    store_drafts(config, "https://harbour.example/business", drafts)
    with Library(config, clock=lambda: NOW) as library:
        ids = library.ids().tolist()
        library.mute("word", "seafood", 3 * 86_400)
    with Store.open(config.cache) as store, store.write():
        placed = [Placed(None, sorted(ids[0:4]), [], {}), Placed(None, sorted(ids[5:7]), [], {})]
        placed += [Placed(None, [alone], [], {}) for alone in (ids[4], *ids[7:])]
        store.stories.arrange(placed, {})
        feed = store.feeds.get("https://minaa.example/rss")
        assert feed is not None
        error = "The server answered 403 Forbidden."
        failing = replace(feed, failures=14, error=error, status=403, last_checked=NOW - 600)
        store.feeds.save([replace(failing, last_success=NOW - 3 * 86_400, next_check=NOW + 4200)])
    return config


def look(segment: Segment) -> str:
    """A style in words."""
    style = segment.style
    if style is None:
        return "plain"
    colours = [each.get_truecolor().hex if each else "default" for each in (style.color, style.bgcolor)]
    marks = [name for name in ("bold", "italic", "underline", "reverse") if getattr(style, name)]
    return " ".join([f"{colours[0]} on {colours[1]}", *marks])


def grid(reader) -> str:
    """The screen as text, and under it a letter for each cell's style."""
    lines = [list(line) for line in reader.app.screen._compositor.render_strips()]
    letters: dict[str, str] = {}
    maps = []
    for line in lines:
        styles = [
            letters.setdefault(look(part), string.ascii_letters[len(letters)])
            for part in line
            for _ in range(part.cell_length)
        ]
        maps.append(" ".join(f"{letter}{len([*run])}" for letter, run in groupby(styles)))
    text = ["".join(part.text for part in line).rstrip() for line in lines]
    changes = [at for at, styles in enumerate(maps) if at == 0 or styles != maps[at - 1]]
    looks = [f"{at + 1:>3}  {maps[at]}" for at in changes]
    legend = [f"  {letter}  {style}" for style, letter in letters.items()]
    return "\n".join([*text, "--- styles, from this line on ---", *looks, "--- letters ---", *legend]) + "\n"


def differs(reader, name: str, size: tuple[int, int]) -> list[str]:
    """What is other than when the screen was looked at last, as a diff."""
    path = GRIDS / f"{name}-{size[0]}x{size[1]}.txt"
    shown = grid(reader)
    if UPDATE:
        GRIDS.mkdir(exist_ok=True)
        path.write_text(shown, "utf-8")
    before = path.read_text("utf-8").splitlines()
    return [*unified_diff(before, shown.splitlines(), f"{path.name} as kept", "as shown", lineterm="")]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_screen_is_as_it_was_looked_at(library: Library, reading, size: tuple[int, int]) -> None:
    found: list[str] = []
    async with reading(library, size) as reader:
        for name, there, on in WALK:
            await reader.press(*there)
            if name == "filter-error":
                reader.screen.filter.input.cursor_blink = False
                await reader.type(WRONG)
            found += differs(reader, name, size)
            await reader.press(*on)
        await reader.press("escape")
        reader.app.sync_reported(SyncView(offline=True, failed=3, ended=NOW))
        await reader.settle()
        found += differs(reader, "offline", size)
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_an_empty_cache_is_told_as_it_was_looked_at(
    empty_library: Library, reading, size: tuple[int, int]
) -> None:
    async with reading(empty_library, size) as reader:
        found = differs(reader, "empty", size)
    assert not found, "\n" + "\n".join(found)
