"""The first start: what is asked, what is written, when it is not asked at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aggregator import config as config_files
from aggregator.config import Config
from aggregator.library import Library
from aggregator.library_feeds import DECIDED
from tui import child
from tui.app import HakawatiApp
from tui.screens.first_run import FirstRunList, FirstRunScreen


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What syncing processes would be started; no feed of the catalogue is asked by a test."""
    commands: list[list[str]] = []

    async def run(self: child.SyncChild) -> child.SyncView:
        commands.append(self._argv)
        return child.SyncView()

    monkeypatch.setattr(child.SyncChild, "run", run)
    monkeypatch.setenv("LC_ALL", "ar_LB.UTF-8")
    return commands


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The user's own copy, just made."""
    shutil.copy(config_files.shipped(), tmp_path / "config.toml")
    return config_files.load(tmp_path / "config.toml", tmp_path / "cache")


@pytest.fixture
def library(config: Config) -> Iterator[Library]:
    """Before the first sync."""
    with Library(config) as opened:
        yield opened


def followed(config: Config) -> set[str]:
    return {feed.language for feed in config_files.read(config.path).feeds if feed.enabled}


async def test_a_new_reader_is_asked_before_anything_is_fetched(
    library: Library, reading, started: list[list[str]]
) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        assert "Which languages do you read?" in reader.text
        assert "[1] Arabic" in reader.text
        assert "[2] English" in reader.text
        assert "[ ] Hebrew" in reader.text
        assert "(*) Whole region" in reader.text
        assert "Israel and Palestine" in reader.text
        assert "Enter follows 26 feeds" in reader.text
        assert not started


async def test_enter_writes_the_choice_and_the_first_sync_starts(
    library: Library, config: Config, reading, started: list[list[str]]
) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        rows = reader.app.screen.query_one(FirstRunList)
        await reader.press("space")  # English, the largest, is first: no longer
        assert rows.languages == ["ar"]
        await reader.press("G", "k", "k", "k", "k", "x")
        assert "(*) Gulf" in reader.text
        count = len(rows.followed())
        assert f"Enter follows {count} feeds" in reader.text
        await reader.press("enter")
        await reader.until(lambda: reader.app.screen is reader.screen)
        await reader.until(lambda: started)
        assert followed(config) == {"ar"}
        assert library.config.settings.reader.languages == ("ar",)
        assert len(library.feeds()) == count
        assert "--force" not in started[0]
    async with reading(library) as reader:
        assert reader.app.screen is reader.screen


async def test_escape_keeps_the_shipped_choice_and_is_not_asked_again(
    library: Library, config: Config, reading, started: list[list[str]]
) -> None:
    before = config.path.read_bytes()
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.press("escape")
        await reader.until(lambda: reader.app.screen is reader.screen)
        await reader.until(lambda: started)
    assert config.path.read_bytes() == before
    assert library.ui_get(DECIDED) == "kept"
    async with reading(library) as reader:
        assert reader.app.screen is reader.screen


async def test_an_edited_configuration_is_not_asked_about(
    library: Library, config: Config, reading, started: list[list[str]]
) -> None:
    with config.path.open("a") as file:
        file.write("# mine\n")
    async with reading(library) as reader:
        await reader.until(lambda: started)
        assert reader.app.screen is reader.screen


async def test_nothing_ticked_says_which_key_to_press(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        await reader.press("space", "j", "space")
        assert "Tick a language with Space" in reader.text
        await reader.press("enter")
        assert isinstance(reader.app.screen, FirstRunScreen)
        assert "Nothing would be followed" in reader.text


async def test_a_desk_without_these_languages_says_so(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        rows = reader.app.screen.query_one(FirstRunList)
        rows.languages = ["he"]
        await reader.press("G", "space")
        assert "This desk has no feed in these languages" in reader.text


async def test_a_click_ticks(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        await reader.pilot.click("#rows", offset=(10, 3))
        await reader.settle()
        assert reader.app.screen.query_one(FirstRunList).languages == ["ar", "en", "tr"]
        assert "[3] Turkish" in reader.text


async def test_a_configuration_that_cannot_be_written_is_told_and_asks_on(
    library: Library, config: Config, reading
) -> None:
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        config.path.unlink()
        await reader.press("enter")
        assert isinstance(reader.app.screen, FirstRunScreen)
        assert "cannot be read" in reader.text


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 45)])
async def test_it_can_be_used_at_every_size(library: Library, reading, size: tuple[int, int]) -> None:
    async with reading(library, size) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        await reader.press("G")
        assert "Egypt, Sudan, Maghreb" in reader.text
        assert "Enter" in reader.text


async def test_the_terminal_may_be_asked_about_before_anything_is_fetched(
    library: Library, reading, started: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Callable[[], None]] = []
    monkeypatch.setattr(HakawatiApp, "ask_order", lambda _, languages, then: asked.append(then))
    async with reading(library) as reader:
        await reader.until(lambda: isinstance(reader.app.screen, FirstRunScreen))
        await reader.settle()
        assert not asked
        await reader.press("enter")
        await reader.until(lambda: asked)
        assert not started
        asked[0]()
        await reader.until(lambda: started)
