"""Topics, and one language alone: what can be shown with two keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.config import Config
from aggregator.library import Library
from tests.tui.conftest import make_draft, store_drafts
from tui import scope
from tui.screens.topics import TopicsScreen


async def test_topics_are_listed_with_numbers_and_one_is_shown(
    config: Config, library: Library, reading
) -> None:
    drafts = [
        replace(
            make_draft(60 + n, f"Boat {n}", minutes=n), tags=("Harbours", "Sea [x]") if n else ("Harbours",)
        )
        for n in range(3)
    ]
    store_drafts(config, "https://harbour.example/news", drafts)
    async with reading(library) as reader:
        await reader.press("g", "t")
        assert isinstance(reader.app.screen, TopicsScreen)
        rows = reader.lines("#rows")
        assert rows[0].split()[:3] == ["▌", "harbours", "3"] or "harbours" in rows[0]
        assert "2" in next(row for row in rows if "sea" in row)
        await reader.press("slash", *"sea", "enter", "enter")
        assert reader.app.screen is reader.screen
        assert len(reader.screen.articles.ids) == 2
        assert "unread" not in reader.lines("#header")[0], "that of all articles is not the topic's"
        await reader.press("g", "t", "slash", *"zeppelin")
        assert "No topic has these words" in reader.text


@pytest.mark.parametrize(
    ("typed", "language", "comes_to"),
    [
        ("", "ar", "lang:ar"),
        ("lang:ar", "ar", ""),
        ("lang:ar", "he", "lang:he"),
        ("port", "ar", "lang:ar port"),
        ("lang:ar port", "ar", "port"),
        ("lang:ar,fa port since:2d", "fa", "lang:fa port since:2d"),
        ('title:"lang:x y" -lang:en', "tr", 'lang:tr title:"lang:x y" -lang:en'),
        ("ship OR ferry", "ar", "lang:ar (ship OR ferry)"),
        ("lang:ar port", "", "port"),
        ("", "", ""),
    ],
)
def test_one_language_goes_into_what_is_typed_and_out_of_it(typed: str, language: str, comes_to: str) -> None:
    assert scope.only(typed, language) == comes_to


@pytest.mark.parametrize(
    ("query", "limited"),
    [
        ("lang:ar", ("ar",)),
        ("lang:AR,fa port", ("ar", "fa")),
        ("(unread) lang:he", ("he",)),
        ("port", ()),
        ("lang:ar OR port", ()),
        ("-lang:ar", ()),
        ('title:"lang:ar"', ()),
    ],
)
def test_headlines_are_in_the_language_that_is_asked_for(query: str, limited: tuple[str, ...]) -> None:
    assert scope.languages(query) == limited


async def test_two_keys_show_arabic_alone_and_again_all(library: Library, reading) -> None:
    async with reading(library, (80, 24)) as reader:
        whole = len(reader.screen.articles.ids)
        await reader.press("c", "a")
        assert len(reader.screen.articles.ids) == 10
        assert "lang:ar" in reader.text
        await reader.press("c", "e")
        assert len(reader.screen.articles.ids) == 20
        await reader.press("c", "c")
        assert len(reader.screen.articles.ids) == whole
        await reader.press("enter", "c", "a")
        assert reader.screen.pane == "list"
        await reader.press("escape")
        assert len(reader.screen.articles.ids) == whole
