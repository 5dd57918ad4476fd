"""What comes, what fails, and what is back after a restart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from aggregator.config import Config, load
from aggregator.library import Library
from tui import scope


async def test_a_restart_brings_back_list_filter_article_and_theme(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("F")
        tree = reader.screen.feed_tree
        tree.go_to(next(i for i, node in enumerate(tree.nodes) if node.label == "Harbour Post"))
        await reader.press("enter", "slash")
        await reader.type("grain")
        await reader.press("enter", "j", "j", "T", "enter", "space")
        title, place = reader.open_title, round(reader.screen.view.scroll_y)
        reader.app.exit()
    async with reading(library) as reader:
        assert reader.screen.scope.name == "Harbour Post"
        assert reader.screen.filter.text == "grain"
        assert reader.screen.pane == "article"
        assert reader.open_title == title
        assert round(reader.screen.view.scroll_y) == place > 0
        assert reader.app.theme == "hakawati-light"
        await reader.press("escape")
        assert reader.current == title


async def test_a_restart_shows_the_row_that_was_selected(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("enter", "space", "h", "G")
        last = reader.current
        place = reader.screen.view.place
        reader.app.exit()
    async with reading(library) as reader:
        rows = reader.screen.articles
        assert reader.current == last
        assert 0 <= rows.cursor - round(rows.scroll_y) < rows.size.height
        await reader.press("tab")
        assert round(reader.screen.view.scroll_y) == place > 0


async def test_the_theme_of_the_configuration_rules_until_the_user_chooses(library: Library, reading) -> None:
    async with reading(library) as reader:
        assert reader.screen.state().theme == ""
        await reader.press("T")
        assert reader.screen.state().theme == "light"


def test_unreadable_state_is_a_fresh_start() -> None:
    assert scope.load("{broken") == scope.State()
    assert scope.load('{"pane": 4}') == scope.State()


async def test_new_articles_do_not_move_what_the_user_looks_at(
    library: Library, config: Config, reading, make_draft, store_drafts
) -> None:
    async with reading(library) as reader:
        await reader.press(*"jjj")
        before, line = reader.current, reader.screen.articles.cursor - round(reader.screen.articles.scroll_y)
        store_drafts(
            config, "https://minaa.example/rss", [make_draft(100 + n, f"Fresh {n}") for n in range(3)]
        )
        await reader.until(lambda: len(reader.screen.articles.ids) == 33)
        await reader.settle()
        assert reader.current == before
        assert reader.screen.articles.cursor - round(reader.screen.articles.scroll_y) == line
        assert "3 new" in reader.lines("#header")[0]
        await reader.press("g", "g")
        assert reader.current.startswith("Fresh")
        assert "3 new" not in reader.lines("#header")[0]


async def test_an_edited_article_carries_its_sign_and_its_first_title(
    library: Library, config: Config, reading, make_draft, store_drafts
) -> None:
    store_drafts(config, "https://harbour.example/news", [make_draft(0, "Ferry line opens, pilots say")])
    async with reading(library) as reader:
        assert "~" in reader.lines("#list")[0]
        await reader.press("enter")
        assert "first seen as: Ferry line opens 0" in reader.text


async def test_hostile_titles_are_shown_as_letters_and_do_nothing(
    library: Library, config: Config, reading, make_draft, store_drafts, hostile: str
) -> None:
    store_drafts(config, "https://harbour.example/news", [make_draft(200, hostile, minutes=-1, text=hostile)])
    for size in ((80, 24), (160, 45)):
        async with reading(library, size) as reader:
            assert "[@click=app.quit]Click me[/] [/b]" in reader.text
            await reader.press("enter")
            await reader.pilot.click("#article", offset=(8, 0))
            await reader.settle()
            assert reader.app.is_running
            drawn = reader.text
            assert "[@click=app.quit]Click me[/]" in drawn
            assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 for char in drawn.replace("\n", ""))
            await reader.press("escape")


async def test_no_feeds_and_no_articles_say_what_to_do(
    empty_library: Library, reading, tmp_path: Path
) -> None:
    async with reading(empty_library) as reader:
        assert "Nothing has been fetched yet" in reader.text
        assert "R fetches" in reader.text
        await reader.press(
            "enter", "m", "s", "M", "n", "u", "y", "o", "j", "G", "right_square_bracket", "tab", "r"
        )
        assert reader.app.is_running
    (tmp_path / "bare.toml").write_text("[reader]\nsync_on_start = false\n")
    with Library(load(tmp_path / "bare.toml", tmp_path / "bare")) as bare:
        async with reading(bare) as reader:
            assert "No feeds are followed" in reader.text
            await reader.press("C")
            assert "The configuration names no feed" in reader.text


async def test_an_expected_error_is_a_sentence_on_the_screen(
    library: Library, reading, config: Config
) -> None:
    async with reading(library) as reader:
        config.path.write_text("[reader]\ncolour = 3\n")
        await reader.press("C", "space")
        assert reader.app.is_running
        assert any(
            "colour" in str(note.message) or "config" in str(note.message)
            for note in reader.app._notifications
        )


async def test_a_saved_filter_that_cannot_be_read_hides_no_feed(empty_config: Config, reading) -> None:
    text = empty_config.path.read_text().replace('query = "port"', 'query = "lnag:ar"')
    empty_config.path.write_text(text)
    with Library(load(empty_config.path, empty_config.cache)) as library:
        async with reading(library) as reader:
            assert any("saved filter" in str(note.message) for note in reader.app._notifications)
            assert any(node.label == "Al Minaa" for node in reader.screen.feed_tree.nodes)


def child_that(tmp_path: Path, lines: list[object], code: int = 0, complaint: str = "") -> list[str]:
    """argv of a process that prints these lines as a sync would."""
    script = tmp_path / "child.py"
    script.write_text(
        "import sys\n"
        + "".join(f"print({json.dumps(json.dumps(line))}, flush=True)\n" for line in lines)
        + f"sys.stderr.write({complaint!r})\nsys.exit({code})\n"
    )
    return [sys.executable, str(script)]


@pytest.mark.parametrize(
    ("lines", "code", "complaint", "shown"),
    [
        ([{"url": "a", "outcome": "new", "new": 3}, {"totals": True, "offline": False}], 0, "", "3 new"),
        (
            [{"url": "a", "outcome": "failed"}, {"totals": True, "offline": True}],
            1,
            "",
            "offline: showing what is cached",
        ),
        ([], 75, "", "another process is syncing"),
        ([], 3, "Traceback\nhakawati: the disk is full.\n", "sync failed: hakawati: the disk is full."),
        ([{"totals": True}], 3, "hakawati: The cache file was mended.\n", "the cache was mended"),
        ([], 9, "", "sync failed: syncing ended with code 9"),
        ([[1], "x", {"outcome": "new", "new": "many"}], 0, "", "synced"),
    ],
)
async def test_the_header_says_how_the_sync_went(
    library: Library, reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines, code, complaint, shown
) -> None:
    monkeypatch.setattr(
        library, "sync_command", lambda *options: child_that(tmp_path, lines, code, complaint)
    )
    monkeypatch.setattr(library, "sync_running", lambda: code == 75)
    async with reading(library, (120, 24)) as reader:
        await reader.press("R")
        await reader.until(lambda: shown in reader.lines("#header")[0])
        assert not reader.app.sync_view.running


async def test_a_child_that_cannot_start_is_told(
    library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "sync_command", lambda *options: ["/nowhere/hakawati"])
    async with reading(library, (120, 24)) as reader:
        await reader.press("R")
        await reader.until(lambda: "cannot be started" in reader.lines("#header")[0])


async def test_asking_asks_every_feed_and_asking_again_soon_only_what_is_due(
    library: Library, reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def command(*options: str) -> list[str]:
        asked.append(options)
        return child_that(tmp_path, [{"totals": True, "offline": False}])

    monkeypatch.setattr(library, "sync_command", command)
    async with reading(library, (120, 24)) as reader:
        for count in (1, 2):
            await reader.press("R")
            await reader.until(lambda count=count: len(asked) == count and not reader.app.sync_view.running)
    assert asked == [("--force",), ()]


async def test_leaving_ends_the_syncing_process(
    library: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = [sys.executable, "-c", "import time; print('{}', flush=True); time.sleep(600)"]
    monkeypatch.setattr(library, "sync_command", lambda *options: argv)
    async with reading(library) as reader:
        await reader.press("R")
        await reader.until(lambda: reader.app.sync_view.feeds)
        child = reader.app._child
        await reader.press("R")
        assert any("running already" in str(note.message) for note in reader.app._notifications)
    assert child is not None
    assert child._process is not None
    assert child._process.returncode is not None
