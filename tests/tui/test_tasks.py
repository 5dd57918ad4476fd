"""What people do most, by the number of keys it takes at 80x24, and the same from the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from aggregator import cli
from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import LinkEdge, LinkKind
from aggregator.store.db import Store
from aggregator.store.stories import Placed
from tests.tui.conftest import NOW

FAILING = "https://minaa.example/rss"
REASON = "The server answered 403 Forbidden."
COPIED = "\x1b]52;"

Plain = Callable[..., list[dict[str, str]]]


@pytest.fixture
def news(config: Config) -> list[int]:
    """A story of three outlets at the top, one of two below it, a feed that fails; articles, newest first."""
    with Library(config, clock=lambda: NOW) as library:
        ids = library.ids().tolist()
    with Store.open(config.cache) as store, store.write():
        placed = [Placed(None, sorted(ids[0:3]), [], {}), Placed(None, sorted(ids[4:6]), [], {})]
        store.stories.arrange([*placed, *(Placed(None, [one], [], {}) for one in (ids[3], *ids[6:]))], {})
        kinds = (LinkKind.SAME, LinkKind.EARLIER, LinkKind.PUBLISHER)
        for each in ids[1:3]:
            store.links.add(
                [LinkEdge(each, ids[6 + n], kind, 0.9, ("ferry",)) for n, kind in enumerate(kinds)]
            )
        feed = store.feeds.get(FAILING)
        assert feed is not None
        store.feeds.save([replace(feed, failures=14, error=REASON, status=403, last_checked=NOW - 60)])
    return ids


@pytest.fixture
def front(news: list[int], config: Config, library: Library) -> Library:
    """The library behind the front page."""
    library.ui_set("reader", '{"flat": false}')
    return library


async def test_the_top_story_is_one_key_away_and_its_third_related_article_two(
    front: Library, reading
) -> None:
    async with reading(front) as reader:
        top = reader.screen.front.current
        assert top is not None
        await reader.press("enter")
        assert reader.open_title == top.title
        third = reader.screen.view.related[2].row.title
        await reader.press("3")
        assert reader.open_title == third


async def test_the_next_unread_article_is_one_key_away(front: Library, reading) -> None:
    async with reading(front) as reader:
        await reader.press("enter")
        before = reader.open_title
        await reader.press("n")
        assert reader.open_title not in ("", before)


async def test_why_a_feed_fails_is_at_most_three_keys_away(front: Library, reading) -> None:
    async with reading(front) as reader:
        await reader.press("H", "e")
        assert "403" in reader.text


async def test_a_star_is_one_key_and_taking_it_back_another(front: Library, reading) -> None:
    async with reading(front) as reader:
        await reader.press("s")
        assert front.starred_count() == 1
        await reader.press("u")
        assert front.starred_count() == 0


async def test_the_address_is_copied_by_two_keys(
    front: Library, reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reading(front) as reader:
        copied: list[str] = []
        monkeypatch.setattr(reader.app, "copy_to_clipboard", copied.append)
        await reader.press("enter", "y", "y")
        assert copied == [reader.screen.view.article.url]


# --- the same without a screen ---


@pytest.fixture
def plain(news: list[int], config: Config, capsys: pytest.CaptureFixture[str]) -> Plain:
    """Runs a command with --plain; gives its records: the title under "", then each fact under its name."""

    def run(*arguments: str) -> list[dict[str, str]]:
        given = ["--config", str(config.path), "--cache", str(config.cache), *arguments, "--plain"]
        assert cli.main(given) == 0
        records: list[dict[str, str]] = []
        for block in capsys.readouterr().out.strip().split("\n\n"):
            title, *facts = block.split("\n")
            assert not any(sign in block for sign in "│─┌•·✓▌★\x1b\t")
            assert "  " not in block
            records.append({"": title} | dict(fact.split(": ", 1) for fact in facts))
        return records

    return run


@pytest.fixture
def say(config: Config, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs any command; gives what it prints."""

    def run(*arguments: str) -> str:
        assert cli.main(["--config", str(config.path), "--cache", str(config.cache), *arguments]) == 0
        return capsys.readouterr().out

    return run


def test_the_top_story_and_its_third_related_article_are_read_aloud(plain: Plain, news: list[int]) -> None:
    story, first, *_ = plain("stories", "--limit", "1")
    assert story["Outlets"] == "2"
    assert first["In story"] == story["Story"]
    assert first["Article"] == str(news[0])
    shown = plain("show", first["Article"])
    assert shown[0]["Address"].startswith("https://pages.example/")
    assert any(record[""].startswith("The ferries (link 1) sail again") for record in shown)
    related = [record for record in shown if "Relation" in record]
    assert [record["Relation"] for record in related] == [
        "Same event",
        "Earlier",
        "Later",
        "From the publisher",
    ]
    assert plain("show", related[2]["Article"])[0][""] == related[2][""]


def test_the_next_unread_article_and_one_language_are_filters(plain: Plain, news: list[int]) -> None:
    (one,) = plain("list", "unread", "--limit", "1")
    assert (one["Article"], one["State"]) == (str(news[0]), "unread")
    assert {record["Language"] for record in plain("list", "lang:ar")} == {"Arabic"}


def test_why_a_feed_fails_stands_with_the_feed(plain: Plain) -> None:
    (failing,) = [record for record in plain("feeds") if "Trouble" in record]
    assert failing["Address"] == FAILING
    assert failing["Trouble"] == REASON
    assert failing["Failures in a row"] == "14"


def test_a_star_is_given_and_taken_back(plain: Plain, say: Callable[..., str]) -> None:
    title = plain("list", "--limit", "1")[0][""]
    say("mark", "star", f'"{title}"')
    assert plain("list", "starred")[0]["State"] == "unread, starred"
    assert say("undo").startswith("Undone")


def test_what_was_saved_and_opened_is_one_fact_a_line(
    plain: Plain, say: Callable[..., str], config: Config
) -> None:
    with Library(config, clock=lambda: NOW) as library:
        library.opened(library.ids()[0])
        library.mute("word", "grain", 3600)
    say("mark", "tag", "sea", "ferry")
    say("filters", "add", "Boats", "ferry", "--notify", "every")
    assert plain("filters")[-1] == {
        "": "Boats",
        "Filter": "ferry",
        "Unread": plain("filters")[-1]["Unread"],
        "Tells": "every new article",
    }
    assert plain("watches")[0][""] == "Boats"
    assert plain("tags")[0][""].startswith("sea: ")
    assert plain("rules")[0]["Kind"] == "mute"
    assert "Opened" in plain("history")[0]
    links = plain("links")
    assert [record for record in links if record.get("Relation") == "Same event"]


def test_plain_and_json_exclude_each_other(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--config", str(config.path), "list", "--json", "--plain"])
    assert "not allowed with" in capsys.readouterr().err
