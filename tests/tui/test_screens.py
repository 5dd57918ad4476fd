"""Feed health and the catalogue."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import config as config_files
from aggregator import failures
from aggregator.config import Config
from aggregator.errors import FetchError
from aggregator.library import Library
from aggregator.model import FeedInfo, FetchLogRow
from aggregator.store.db import Store
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, rss
from tui.screens import feed_words
from tui.screens.adding import AddChild, outcome
from tui.screens.catalogue import CatalogueList, CatalogueScreen, following, matching
from tui.screens.dialogs import Choosing
from tui.screens.health import RETRY_REST, HealthList

NOW = 1_795_000_000
MINAA = "https://minaa.example/rss"


@pytest.fixture
def server() -> Iterator[Server]:
    """A publisher on loopback."""
    with Server() as running:
        yield running


@pytest.fixture
def near(config: Config) -> Config:
    """The same configuration, with loopback allowed, for processes that fetch."""
    text = config.path.read_text()
    config.path.write_text(f"[fetch]\nspacing = 0\nallow_private = ['127.0.0.0/8']\n{text}")
    return config


def said(reader) -> str:
    """The toasts that are on the screen, whatever their lines."""
    return " ".join(notification.message for notification in reader.app._notifications)


def fail(config: Config, url: str, times: int) -> None:
    """What a sync stores of a feed that fails."""
    with Store.open(config.cache) as store, store.write():
        state = store.feeds.get(url)
        assert state is not None
        store.feeds.save(
            [
                replace(
                    state,
                    failures=times,
                    error_kind="status",
                    error="The server answered 403 [b]Forbidden[/b].",
                    status=403,
                    next_check=NOW + 1800,
                    last_success=NOW - 7200,
                )
            ]
        )
        store.feeds.log(
            [FetchLogRow(state.id, NOW - 60, "failed", 403, "The server answered 403.", 40, 9, 0, 0)]
        )


async def test_failing_feeds_come_first_with_error_and_next_try(
    library: Library, config: Config, reading
) -> None:
    fail(config, "https://minaa.example/rss", 4)
    async with reading(library) as reader:
        await reader.press("H")
        first = reader.lines("#rows")[0]
        assert "! Al Minaa" in first
        assert "in 30 min" in first
        assert "4x" in first
        assert "[b]Forbidden[/b]" in reader.text
        assert "failed HTTP 403" in reader.text
        assert "1 failing of 3 feeds" in reader.text


async def test_enter_in_health_shows_the_articles_of_the_feed(
    library: Library, config: Config, reading
) -> None:
    fail(config, "https://minaa.example/rss", 4)
    async with reading(library) as reader:
        await reader.press("H", "enter")
        assert reader.app.screen is reader.screen
        assert reader.screen.scope.name == "Al Minaa: Minaa"
        assert len(reader.screen.articles.ids) == 10


async def test_one_key_follows_a_feed_and_lets_it_go(library: Library, config: Config, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "j", "j", "space")
        assert "[x]" in reader.lines("#rows")[3]
        assert "enabled = false" not in config.path.read_text()
        await reader.press("x")
        assert "[ ]" in reader.lines("#rows")[3]
        await reader.press("u")
        assert "[x]" in reader.lines("#rows")[3]
        await reader.press("ctrl+r")
        assert "[ ]" in reader.lines("#rows")[3]
        await reader.press("escape")
        assert reader.app.screen is reader.screen


async def test_a_feed_that_is_let_go_leaves_the_list(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "space", "escape")
        assert len(reader.screen.articles.ids) == 20


async def test_the_catalogue_is_found_by_name_language_country_and_state(library: Library, reading) -> None:
    entries = library.catalogue()
    assert [entry.outlet for entry in matching(entries, "ar")] == ["Al Minaa"]
    assert [entry.outlet for entry in matching(entries, "KW")] == ["Quiet Courier"]
    assert len(matching(entries, "harbour business")) == 1
    assert len(matching(entries, "off")) == 1
    assert matching(entries, "zeppelin") == []
    async with reading(library) as reader:
        await reader.press("C", "slash", *"quiet", "enter")
        rows = reader.app.screen.query_one(CatalogueList)
        assert [getattr(row, "outlet", row) for row in rows.entries] == [
            "English: 1 feed, 0 followed",
            "Quiet Courier",
        ]
        assert "1 feed shown" in reader.text


async def test_health_of_no_feeds_points_to_the_catalogue(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("H")
        rows = reader.app.screen.query_one(HealthList)
        rows.show([], NOW)
        await reader.settle()
        assert "C opens the catalogue" in reader.text
        await reader.press("C", "escape", "escape")
        assert reader.app.screen is reader.screen


# --- health: one feed ---


async def test_the_detail_says_what_happened_what_was_sent_and_what_comes_next(
    library: Library, config: Config, reading
) -> None:
    fail(config, MINAA, 4)
    error = FetchError("The server answered 403.", MINAA, kind="denied", status=403)
    error.headers = {"server": "wall/1", "set-cookie": "id=7"}
    error.beginning = b"<h1>[red]No entry[/red]</h1>\x1b]52;c;eA==\x07"
    with Store.open(config.cache) as store:
        state = store.feeds.get(MINAA)
        assert state is not None
        with store.write():
            store.ui.set(failures.key(state.id), failures.packed(error, NOW - 60))
    async with reading(library) as reader:
        await reader.press("H", "e")
        shown = " ".join(" ".join(reader.lines("#detail")).split())
        assert "It failed 4 times in a row" in shown
        assert "it last answered 2 h ago" in shown
        assert "What went wrong: The server answered 403 [b]Forbidden[/b]." in shown
        assert "The server sent HTTP 403 with server: wall/1" in shown
        assert "cookie" not in shown
        assert "It began with: <h1>[red]No entry[/red]</h1>" in shown
        assert "in 30 min: somebody has to change something at the server" in shown
        assert "R asks it now" in shown
        assert "Al Minaa" in reader.lines("#rows")[0]
        await reader.press("e")
        assert "What went wrong" not in reader.text


async def test_the_detail_follows_the_cursor(library: Library, config: Config, reading) -> None:
    fail(config, MINAA, 4)
    async with reading(library) as reader:
        await reader.press("H", "e", "j")
        assert "https://harbour.example/news" in reader.text
        assert "It has not been asked yet." in reader.text


def info_of(library: Library, **changes: object) -> FeedInfo:
    info = next(info for info in library.feeds() if info.state.url == MINAA)
    return replace(info, state=replace(info.state, **changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"parked": "gone (410)", "failures": 1},
            "it is stopped: gone (410). R asks it once more, d",
        ),
        ({"parked": "paused by you"}, "you paused it. p takes it up again"),
        ({"failures": 1, "error_kind": "dns", "next_check": NOW + 3600}, "in 1 h: the name of the server"),
        ({"failures": 2, "error_kind": "parse"}, "with the next sync: the document is no feed"),
        ({"failures": 2, "error_kind": "odd"}, "what fails is asked less often"),
        ({"fixed_interval": 900, "interval": 900, "next_check": NOW + 60}, "as your configuration says"),
        ({"interval": 7200, "next_check": NOW + 60}, "every 2 h now, learnt"),
        ({"interval": 0, "next_check": 0}, "Next: with the next sync."),
    ],
)
def test_what_comes_next_is_said_with_its_reason(
    library: Library, changes: dict[str, object], sentence: str
) -> None:
    assert sentence in feed_words.upcoming(info_of(library, **changes).state, NOW)


def test_every_kind_of_failure_has_a_reason() -> None:
    from aggregator.polling import BACK_OFF

    assert set(feed_words.WHY) == set(BACK_OFF)


def test_a_fine_feed_says_so_and_a_moved_one_where_it_is_asked(library: Library) -> None:
    info = info_of(library, last_checked=NOW - 60, last_success=NOW - 60, fetch_url="https://new.example/")
    words = feed_words.told(info, [], None, NOW)
    assert "It moved for good and is asked at https://new.example/" in words
    assert "It is fine: it last answered 1 min ago, nothing new came yet." in words


def test_a_feed_asked_offline_is_not_called_fine(library: Library) -> None:
    words = feed_words.doing(info_of(library, last_checked=NOW - 120).state, NOW)
    assert words == ["It was asked 2 min ago, while nothing at all could be reached; it never answered yet."]


async def test_a_pause_is_kept_told_and_taken_back(library: Library, config: Config, reading) -> None:
    async with reading(library) as reader:
        await reader.press("H", "p")
        assert "Paused: it is not asked until p" in said(reader)
        rows = reader.app.screen.query_one(HealthList)
        assert rows.infos[-1].state.parked == "paused by you"
        assert "- " in reader.lines("#rows")[2]
        assert "paused by you" in reader.lines("#rows")[2]
        await reader.press("G")
        assert "you paused it. p takes" in " ".join(reader.lines("#detail"))
        assert "0 failing of 3 feeds" in reader.text
    with Library(config, clock=lambda: NOW) as again:
        async with reading(again) as reader:
            await reader.press("H", "G", "e")
            assert "Next: never, for you paused it." in reader.text
            await reader.press("p")
            assert "paused" not in " ".join(reader.lines("#rows"))
            await reader.press("u")
            assert "paused" in " ".join(reader.lines("#rows"))


async def test_a_feed_is_let_go_from_health(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("H", "d")
        assert "is no longer followed; C, then Space on it, follows it again. u undoes it." in said(reader)
        assert reader.app.screen.query_one(HealthList).count == 2
        await reader.press("u")
        assert reader.app.screen.query_one(HealthList).count == 3, "undone where it was done"
        await reader.press("ctrl+r")
        assert reader.app.screen.query_one(HealthList).count == 2
        assert "Done again: " in said(reader)


async def test_what_came_from_an_archive_can_be_neither_paused_nor_let_go(
    library: Library, config: Config, reading
) -> None:
    with Store.open(config.cache) as store:
        store.feeds.ensure("https://old.example/", "Aa Old", "en")
    async with reading(library) as reader:
        await reader.press("H", "g", "g")
        for key in ("p", "d"):
            await reader.press(key)
            assert "It came from an archive" in said(reader)


async def test_one_key_asks_one_feed_now_and_not_again_at_once(
    library: Library, near: Config, server: Server, reading
) -> None:
    url = server.answer("/rss", reply(rss(item(1, "Lighthouse lit again"))))
    with near.path.open("a") as file:
        file.write(f'[[feeds]]\nurl = "{url}"\noutlet = "Aa Lighthouse"\nlanguage = "en"\n')
    library.reload()
    async with reading(library) as reader:
        await reader.press("H")
        assert "Aa Lighthouse" in reader.lines("#rows")[0]
        await reader.press("R")
        await reader.until(lambda: reader.app.sync_view.ended)
        await reader.settle()
        assert server.targets() == ["/rss"]
        assert reader.app.screen.query_one(HealthList).infos[0].total == 1
        await reader.press("R")
        assert "It was asked a moment ago" in said(reader)
        assert f"again in {RETRY_REST} s" in said(reader)


# --- the catalogue: what is shown ---


async def test_keys_show_one_language_one_desk_one_state(library: Library, reading) -> None:
    async with reading(library, (100, 30)) as reader:
        await reader.press("C", "L")
        rows = reader.app.screen.query_one(CatalogueList)
        assert rows.entries[0] == "English: 3 feeds, 2 followed"
        assert "English" in reader.lines("#header")[0]
        await reader.press("L")
        assert rows.entries[0] == "Arabic: 1 feed, 1 followed"
        await reader.press("D", "D")
        assert "No feed is Arabic, Gulf" in reader.text
        assert "L, D and O change language, desk and on or off" in reader.text
        await reader.press("L")
        assert [getattr(row, "outlet", row) for row in rows.entries][1:] == ["Quiet Courier"]
        await reader.press("O")
        assert "No feed is Gulf, Iraq, Yemen, on." in reader.text
        await reader.press("O", *"DDDDD")
        assert "off" in reader.lines("#header")[0]
        assert rows.count == 2
        await reader.press("O")
        assert rows.count == 6


def test_a_circle_ends_where_it_began() -> None:
    assert [following(value, ("a", "b")) for value in ("", "a", "b", "odd")] == ["a", "b", "", ""]


def test_a_desk_is_found_by_its_words(library: Library) -> None:
    entries = library.catalogue()
    assert [entry.outlet for entry in matching(entries, "gulf")] == ["Quiet Courier"]
    assert len(matching(entries, "levant")) == 3
    assert len(matching(entries, "levant ar")) == 1


async def test_enter_tells_a_feed_in_full(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "enter")
        shown = "\n".join(reader.lines("#detail"))
        assert "Harbour Post - English LB - Levant" in shown
        assert "https://harbour.example/news" in shown
        assert "Owner: not established." in shown
        assert "Whole text: never, as for all feeds" in shown
        assert "It has not been asked yet." in shown
        await reader.press("j", "j")
        shown = "\n".join(reader.lines("#detail"))
        assert "Note: weekly" in shown
        assert "Not followed." in shown
        await reader.press("enter")
        assert "Note: weekly" not in reader.text


async def test_words_that_nothing_has_say_how_to_go_on(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "slash", *"zeppelin")
        assert "No feed has these words." in reader.text
        assert "Esc in the field shows all; a adds a feed by its address." in reader.text


async def test_a_configuration_without_feeds_says_how_to_add_one(tmp_path: Path, reading) -> None:
    (tmp_path / "config.toml").write_text("[reader]\nsync_on_start = false\n")
    with Library(config_files.load(tmp_path / "config.toml", tmp_path / "cache")) as library:
        async with reading(library) as reader:
            await reader.press("C")
            assert "a adds one by its address" in reader.text
            await reader.press("enter", "space", "escape", "H")
            assert "No feeds are followed" in reader.text
            await reader.press("e", "R", "p", "d")
            assert "C opens the catalogue." in reader.text


# --- the catalogue: adding ---


async def add(reader, address: str) -> None:
    """Types an address and waits for what comes of it."""
    await reader.press("C", "a", *address, "enter")
    screen = reader.app.screen_stack[1]
    await reader.until(lambda: not getattr(screen, "looking", ""))
    await reader.settle()


async def test_an_address_is_added_and_fetched_while_the_screen_stays_alive(
    library: Library, near: Config, server: Server, reading
) -> None:
    gate = Gate()
    server.answer("/new", [gate, reply(rss(item(1, "Lighthouse lit again")))], reply(rss(item(1))))
    async with reading(library) as reader:
        await reader.press("C", "a", *server.url("/new"), "enter")
        screen = reader.app.screen
        assert isinstance(screen, CatalogueScreen)
        assert "looking for a feed at" in reader.lines("#header")[0]
        await reader.press("j")
        assert screen.query_one(CatalogueList).cursor == 2
        await reader.press("a")
        assert "Still looking for a feed" in said(reader)
        gate.event.set()
        await reader.until(lambda: not screen.looking)
        await reader.until(lambda: len(screen.entries) == 5)
        assert "Added Invented News" in said(reader)
        assert library.feed(server.url("/new")) is not None


async def test_a_failure_is_one_sentence_and_adds_nothing(
    library: Library, near: Config, server: Server, reading
) -> None:
    server.answer("/page", reply(b"<html>no feed here</html>", Content_Type="text/html"))
    before = near.path.read_bytes()
    async with reading(library) as reader:
        await add(reader, server.url("/page"))
        assert "Not added:" in said(reader)
        assert "No feed was found" in said(reader)
    assert near.path.read_bytes() == before


async def test_of_several_feeds_one_is_chosen(
    library: Library, near: Config, server: Server, reading
) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}">' for n in "ab")
    server.answer("/site", reply(f"<html><head>{links}</head></html>".encode(), Content_Type="text/html"))
    for name in "ab":
        server.answer(f"/{name}", reply(rss(item(1))))
    async with reading(library) as reader:
        await add(reader, server.url("/site"))
        assert isinstance(reader.app.screen, Choosing)
        assert server.url("/b") in reader.text
        await reader.press("2")
        screen = reader.app.screen_stack[1]
        await reader.until(lambda: not screen.looking and len(screen.entries) == 5)  # type: ignore[attr-defined]
        assert library.feed(server.url("/b")) is not None


@pytest.mark.parametrize("typed", ["-x", "--config=/etc/passwd", "ftp://a.example/", "javascript:alert(1)"])
async def test_what_is_no_web_address_starts_nothing(library: Library, reading, typed: str) -> None:
    async with reading(library) as reader:
        await reader.press("C")
        screen = reader.app.screen
        assert isinstance(screen, CatalogueScreen)
        screen.add(typed)
        await reader.settle()
        assert not screen.looking
        assert "is no web address" in said(reader)


async def test_leaving_the_question_adds_nothing(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("C", "a", "escape")
        assert isinstance(reader.app.screen, CatalogueScreen)
        await reader.press("a", "enter")
        assert not reader.app.screen.looking  # type: ignore[attr-defined]


async def test_a_process_that_says_nothing_is_told_so() -> None:
    child = AddChild([sys.executable, "-c", "raise SystemExit(7)"])
    assert (await child.run()).sentence == "Not added: adding it ended with code 7 and said nothing"
    assert "No process can be started" in (await AddChild(["/nowhere/program"]).run()).sentence


def test_a_feed_that_was_added_but_cannot_be_fetched_is_followed() -> None:
    added = outcome(1, "Added A  https://a.example/\n0 articles fetched.\n", "")
    assert added.done
    assert added.sentence == "Added A https://a.example/ 0 articles fetched. H says what went wrong."


def test_a_long_line_of_a_feeds_detail_goes_on_further_in() -> None:
    lines = ["Short.", "       12:00 ok, 3 new and more words that need another line than this one"]
    found = feed_words.hanging(lines, 43)
    assert found[0] == " Short."
    assert found[1].startswith("        12:00 ok")
    assert len(found) > 2
    assert all(line.startswith("   ") and len(line) <= 50 for line in found[2:])


@pytest.mark.parametrize("key", ["", "H", "C"])
async def test_after_a_window_that_was_too_small_keys_go_where_they_went(
    library: Library, reading, key: str
) -> None:
    async with reading(library, (80, 24)) as reader:
        await reader.press(*filter(None, [key]))
        before = reader.app.screen.focused
        assert before is not None
        await reader.pilot.resize_terminal(20, 5)
        await reader.settle()
        assert "too small" in reader.text
        await reader.pilot.resize_terminal(80, 24)
        await reader.settle()
        await reader.until(lambda: reader.app.screen.focused is before)


async def test_a_narrow_health_view_still_says_why_a_feed_fails(library: Library, reading) -> None:
    async with reading(library, (60, 20)) as reader:
        await reader.press("H")
        assert reader.lines("#columns")[0].rstrip().endswith("last ok state")
        assert "not asked yet" in reader.text
