"""Watches at the end of a sync: what is new is told once, what cannot be is kept, old things are no news."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aggregator import archive, watches
from aggregator import config as config_files
from aggregator.config import Config, Notifications, SavedFilter, Settings
from aggregator.errors import ConfigError
from aggregator.library import Library
from aggregator.model import Alert, FetchLogRow, MarkAction
from aggregator.store.alerts import ALERTS_KEPT, Look
from aggregator.store.db import Store
from aggregator.text.query import Query, parse
from aggregator.watching import DAY, HOUR, LEAST_DAYS
from tests.aggregator.httpserver import Server, reply
from tests.aggregator.newsroom import Piece, write_archive
from tests.aggregator.rounds import NOW, item, rss, run, write_config
from tests.aggregator.storing import FEEDS, HERON, KESTREL, make
from tests.bench import replay_watches

LATER = 4 * HOUR  # until a feed of the tests is due again
KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + '\\n')"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def set_up(folder: Path, url: str, watch: str, code: str = KEEP, more: str = "") -> Config:
    """A configuration with a watch and a command that runs ``code`` with a file as its argument."""
    config = write_config(folder, [url])
    program = folder / "tell.py"
    program.write_text(code)
    command = json.dumps([sys.executable, str(program), str(folder / "told")])
    with config.path.open("a") as file:
        file.write(f"\n[notify]\ndesktop = false\ncommand = {command}\n{more}\n{watch}\n")
    return config_files.load(config.path)


def watch(name: str, query: str, notify: str = "every") -> str:
    """A block of the configuration."""
    return f'[[filters]]\nname = "{name}"\nquery = "{query}"\nnotify = "{notify}"'


def told(folder: Path) -> list[dict[str, Any]]:
    """What the command got."""
    path = folder / "told"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def alerts(config: Config) -> list[tuple[str, str]]:
    """Kind and words of all alerts, oldest first."""
    with Library(config) as library:
        return [(alert.kind, alert.text) for alert in reversed(library.alerts())]


# --- every new article, in whole rounds ----------------------------------------------------------


def test_a_first_sync_is_no_news_and_what_comes_then_is_told_once(server: Server, tmp_path: Path) -> None:
    old, new = [item(n, f"Oil price {n}") for n in (1, 2)], item(3, "Oil spill off Basra")
    url = server.answer("/feed", reply(rss(*old)), reply(rss(*old, new, item(4, "A film festival"))))
    config = set_up(tmp_path, url, watch("Oil", "oil"))
    run(config, NOW)
    assert told(tmp_path) == []
    run(config, NOW + LATER)
    run(config, NOW + 3 * LATER)
    (message,) = told(tmp_path)
    assert (message["kind"], message["name"]) == ("every", "Oil")
    assert message["text"] == "Oil: Oil spill off Basra (Invented News)"
    (article,) = message["articles"]
    assert article["title"] == "Oil spill off Basra"
    assert article["url"] == "https://news.example/story/3"


def test_more_than_most_are_told_in_one_message(server: Server, tmp_path: Path) -> None:
    items = [item(n, f"Oil price {n}") for n in range(10)]
    url = server.answer("/feed", reply(rss(items[0])), reply(rss(*items[:3])), reply(rss(*items)))
    config = set_up(tmp_path, url, watch("Oil", "oil"), more="most = 5")
    for turn in range(3):
        run(config, NOW + turn * LATER, force=True)
    texts = [message["text"] for message in told(tmp_path)]
    assert len(texts) == 3
    assert texts[2].startswith("7 new in Oil: Oil price 9; Oil price ")


def test_a_new_watch_tells_what_comes_with_its_first_sync_only(server: Server, tmp_path: Path) -> None:
    url = server.answer(
        "/feed", reply(rss(item(1, "Oil one"))), reply(rss(item(1, "Oil one"), item(2, "Oil two")))
    )
    run(write_config(tmp_path, [url]), NOW)
    config = set_up(tmp_path, url, watch("Oil", "oil"))
    run(config, NOW + LATER)
    assert alerts(config) == [("every", "Oil: Oil two (Invented News)")]


def test_an_imported_archive_is_no_news(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1, "Oil one"))))
    config = set_up(tmp_path, url, watch("Oil", "oil") + "\n" + watch("Wave", "oil", "spike"))
    run(config, NOW)
    pieces = [
        Piece(f"p{n}", f"Oil again {n}", "Cedar Daily", NOW + LATER - n * 60, language="en")
        for n in range(20)
    ]
    path = write_archive(tmp_path / "old.jsonl", pieces)

    async def bring() -> None:
        await archive.import_file(config, path, NOW + LATER, lambda lines: None)

    asyncio.run(bring())
    run(config, NOW + LATER + 60, force=True)
    assert alerts(config) == []


def test_what_a_command_refused_is_told_with_the_next_sync_and_given_up_in_the_end(
    server: Server, tmp_path: Path
) -> None:
    url = server.answer("/feed", reply(rss(item(1))), reply(rss(item(1), item(2, "Oil spill"))))
    config = set_up(tmp_path, url, watch("Oil", "oil"), "import sys; sys.exit(1)")
    run(config, NOW)
    run(config, NOW + LATER)
    assert told(tmp_path) == []
    (tmp_path / "tell.py").write_text(KEEP)
    run(config, NOW + LATER + (watches.RETRY_HOURS - 1) * HOUR, force=True)
    assert [message["text"] for message in told(tmp_path)] == ["Oil: Oil spill (Invented News)"]
    run(config, NOW + LATER + (watches.RETRY_HOURS - 1) * HOUR + 60, force=True)
    assert len(told(tmp_path)) == 1


def test_what_could_not_be_told_for_hours_is_only_listed(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))), reply(rss(item(1), item(2, "Oil spill"))))
    config = set_up(tmp_path, url, watch("Oil", "oil"), "import sys; sys.exit(1)")
    run(config, NOW)
    run(config, NOW + LATER)
    (tmp_path / "tell.py").write_text(KEEP)
    run(config, NOW + LATER + (watches.RETRY_HOURS + 1) * HOUR, force=True)
    assert told(tmp_path) == []
    assert alerts(config) == [("every", "Oil: Oil spill (Invented News)")]


def test_a_rule_that_notifies_is_told_too(server: Server, tmp_path: Path) -> None:
    url = server.answer("/feed", reply(rss(item(1))), reply(rss(item(1), item(2, "Oil spill"))))
    config = set_up(tmp_path, url, '[[rules]]\nname = "Spills"\nwhen = "spill"\ndo = ["notify"]')
    run(config, NOW)
    run(config, NOW + LATER)
    (message,) = told(tmp_path)
    assert (message["kind"], message["text"]) == ("rule", "Spills: Oil spill (Invented News)")
    assert alerts(config) == [("rule", "Spills: Oil spill (Invented News)")]


def test_what_a_rule_left_in_several_batches_is_one_message() -> None:
    due = [
        Alert(1, "Spills", "rule", NOW, 0, "", (5, 3)),
        Alert(2, "Oil", "every", NOW, 0, "Oil: x", (4,)),
        Alert(3, "Spills", "rule", NOW, 0, "", (6,)),
        Alert(4, "Spills", "rule", NOW, 1, "", (7,)),
    ]
    told = [(alert.articles, ids) for alert, ids in watches.together(due)]
    assert told == [((6, 5, 3), [1, 3]), ((4,), [2]), ((7,), [4])]


# --- looking, on a store that is filled by hand --------------------------------------------------


SPIKE = SavedFilter(name="Oil", query="oil unread since:24h", notify="spike")
EVERY = SavedFilter(name="Oil", query="oil", notify="every")
BROKEN = SavedFilter(name="Broken", query="nofield:x", notify="every")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        opened.feeds.reconcile(FEEDS)
        yield opened


def poll(store: Store, url: str, at: int, *titles_at: tuple[str, int]) -> None:
    """A poll of a feed at a time that brought these (title, published)."""
    state = store.feeds.get(url)
    assert state is not None
    drafts = [
        make(title=title, text="", guid=f"{title}{when}", url="", published=when) for title, when in titles_at
    ]
    with store.write():
        store.search.index(store.articles.upsert(state, drafts, at))
        store.feeds.log([FetchLogRow(state.id, at, "new", 200, "", 0, 0, len(drafts), 0)])


def month(store: Store) -> None:
    """Four weeks of polls, twice a day: some articles of both feeds, oil in a few."""
    source = random.Random(1)
    for half in range(2 * 28, 0, -1):
        at = NOW - half * DAY // 2
        for url in (HERON, KESTREL):
            made = [(f"News {half} {n}", at - source.randrange(DAY // 2)) for n in range(8)]
            made += [("Oil prices", at - source.randrange(DAY // 2))] if source.random() < 0.2 else []
            poll(store, url, at, *made)


def look(store: Store, *saved: SavedFilter, now: int = NOW, most: int = 5) -> list[str]:
    """One look of these watches; the words of the alerts so far, oldest first."""
    settings = Settings(filters=saved, notify=Notifications(most=most))
    watches.look(store, settings, now - 10, now)
    return [alert.text for alert in reversed(store.alerts.since(0))]


def asked(saved: SavedFilter) -> Query:
    """A filter's query at the time of the tests."""
    return parse(saved.query, NOW)


def renamed(saved: SavedFilter, name: str) -> SavedFilter:
    """The same filter under another name."""
    return msgspec.structs.replace(saved, name=name)


def wave(count: int, end: int = NOW) -> list[tuple[str, int]]:
    """Titles of a wave before ``end``."""
    return [(f"Oil terminal burns, report {n}", end - 60 * n) for n in range(count)]


def test_an_unusual_number_is_told_with_what_is_usual_and_its_newest_articles(store: Store) -> None:
    month(store)
    poll(store, HERON, NOW, *wave(6))
    poll(store, KESTREL, NOW, *wave(6))
    (text,) = look(store, SPIKE)
    assert text == "Oil: 12 articles in 24 h, usually less than 1, 2 outlets"
    (alert,) = store.alerts.since(0)
    assert len(alert.articles) == 12
    assert list(alert.articles) == sorted(alert.articles, reverse=True)


def test_the_same_wave_is_told_again_only_when_it_doubles(store: Store) -> None:
    month(store)
    poll(store, HERON, NOW, *wave(4))
    poll(store, KESTREL, NOW, *wave(4))
    look(store, SPIKE)
    poll(store, HERON, NOW + HOUR, *wave(4, NOW + HOUR))
    assert len(look(store, SPIKE, now=NOW + HOUR)) == 1
    poll(store, KESTREL, NOW + 2 * HOUR, *wave(9, NOW + 2 * HOUR))
    assert len(look(store, SPIKE, now=NOW + 2 * HOUR)) == 2


def test_what_was_read_or_is_older_than_the_watchs_span_counts_as_history(store: Store) -> None:
    month(store)
    with store.write():
        store.marks.apply_query(MarkAction.READ, parse("", NOW))
    poll(store, HERON, NOW, *wave(6))
    poll(store, KESTREL, NOW, *wave(6))
    (text,) = look(store, SPIKE)
    assert "usually less than 1" in text


def test_a_new_feeds_first_document_is_no_wave(store: Store) -> None:
    month(store)
    new = config_files.Feed(url="https://new.example/", title="New", outlet="New Paper", language="en")
    store.feeds.reconcile([*FEEDS, new])
    poll(store, new.url, NOW, *wave(30))
    assert look(store, SPIKE, EVERY) == []


@pytest.mark.parametrize("heard", [False, True])
def test_a_first_document_after_any_number_of_failures_is_no_news(store: Store, *, heard: bool) -> None:
    if heard:
        poll(store, HERON, NOW - 9 * DAY, ("News", NOW - 9 * DAY))
    state = store.feeds.get(HERON)
    assert state is not None
    with store.write():
        failed = [FetchLogRow(state.id, NOW - HOUR * n, "failed", None, "", 0, 0, 0, 0) for n in range(1, 60)]
        store.feeds.log(failed[::-1])
        store.alerts.looked("Oil", Look(NOW - HOUR))
    poll(store, HERON, NOW, ("Oil spill", NOW))
    assert look(store, EVERY) == (["Oil: Oil spill (The Heron)"] if heard else [])


def test_in_the_first_days_of_polling_nothing_is_unusual(store: Store) -> None:
    for hours in range(LEAST_DAYS * 24 - 6, 0, -6):
        poll(store, HERON, NOW - hours * HOUR, (f"News {hours}", NOW - hours * HOUR - 30 * DAY))
    poll(store, KESTREL, NOW - DAY, ("News", NOW - DAY))
    poll(store, HERON, NOW, *wave(10))
    poll(store, KESTREL, NOW, *wave(10))
    assert look(store, SPIKE) == []


def test_a_watch_with_a_broken_query_stops_no_other(store: Store) -> None:
    poll(store, HERON, NOW - DAY, ("News", NOW - DAY))
    poll(store, HERON, NOW, ("Oil spill", NOW))
    assert look(store, BROKEN, EVERY) == ["Oil: Oil spill (The Heron)"]
    assert {*store.alerts.looks()} == {"Oil"}


def test_a_clock_that_was_wrong_does_not_silence_a_watch(store: Store) -> None:
    poll(store, HERON, NOW - DAY, ("News", NOW - DAY))
    with store.write():
        store.alerts.looked("Oil", Look(NOW + 400 * DAY))
    poll(store, HERON, NOW, ("Oil spill", NOW))
    assert look(store, EVERY) == ["Oil: Oil spill (The Heron)"]


def test_a_look_that_was_lost_is_made_up_for(store: Store) -> None:
    poll(store, HERON, NOW - DAY, ("News", NOW - DAY))
    look(store, EVERY, now=NOW - DAY)
    poll(store, HERON, NOW - 5 * HOUR, ("Oil one", NOW - 5 * HOUR))  # and killed before its look
    poll(store, HERON, NOW, ("Oil two", NOW))
    assert look(store, EVERY) == ["Oil: Oil one (The Heron)", "Oil: Oil two (The Heron)"]


def test_the_budget_is_of_all_watches_together(store: Store) -> None:
    poll(store, HERON, NOW - DAY, ("News", NOW - DAY))
    poll(store, HERON, NOW, *wave(2))
    second = renamed(EVERY, "Fires")
    texts = look(store, EVERY, second, most=3)
    assert [text.partition(":")[0] for text in texts] == ["Oil", "Oil", "2 new in Fires"]


def test_what_is_no_watch_any_more_is_forgotten_and_old_alerts_too(store: Store) -> None:
    poll(store, HERON, NOW - DAY, ("News", NOW - DAY))
    look(store, EVERY)
    with store.write():
        for number in range(ALERTS_KEPT + 5):
            store.alerts.add("Oil", "every", NOW + number, f"Oil: {number}", [])
    texts = look(store, renamed(EVERY, "Fires"))
    assert len(texts) == ALERTS_KEPT
    assert {*store.alerts.looks()} == {"Fires"}


# --- the library ---------------------------------------------------------------------------------


def test_a_renamed_watch_keeps_its_alerts_and_its_look(tmp_path: Path) -> None:
    config = write_config(tmp_path, ["http://127.0.0.1:9/feed"])
    with Library(config, clock=lambda: NOW) as library:
        library.save_filter("Oil", "oil", "every")
        with Store.open(config.cache) as store, store.write():
            store.alerts.looked("Oil", Look(NOW, ""))
            store.alerts.add("Oil", "every", NOW, "Oil: spill", [])
        library.rename_filter("oil", "Black gold")
        assert [(alert.name, alert.text) for alert in library.alerts(NOW)] == [("Black gold", "Oil: spill")]
        assert [saved.name for saved in library.watches()] == ["Black gold"]
        assert library.alerts(NOW + 1) == []
        with pytest.raises(ConfigError, match="no saved filter"):
            library.rehearse("Oil", 3)
    with Store.open(config.cache, readonly=True) as store:
        assert store.alerts.looks() == {"Black gold": Look(NOW, "")}


def test_a_rehearsal_tells_what_a_watch_would_have_told(tmp_path: Path) -> None:
    config = write_config(tmp_path, [])
    with Store.open(config.cache) as store:
        store.feeds.reconcile(FEEDS)
        month(store)
        poll(store, HERON, NOW, *wave(6))
        poll(store, KESTREL, NOW, *wave(6))
        spiking = list(watches.rehearse(store, SPIKE, asked(SPIKE), 2))
        each = list(watches.rehearse(store, EVERY, asked(EVERY), 1))
    assert len(spiking) == 1
    assert spiking[0][0] <= NOW
    assert [text for _, text in each][-1].startswith("Oil: Oil terminal burns")
    assert [at for at, _ in each] == sorted(at for at, _ in each)


# --- real news -----------------------------------------------------------------------------------

SPANS = (("2022-08-25", "2022-10-17"), ("2023-01-02", "2023-02-08"), ("2023-09-04", "2023-10-11"))
GREAT = {
    "iran protests": ("death of Mahsa Amini", 0),
    "earthquake": ("Turkey and Syria", 1),
    "gaza": ("attack of 7 October", 2),
}


def test_great_events_are_told_within_a_day_and_quiet_months_stay_quiet(shared: Path, tmp_path: Path) -> None:
    for span in SPANS:
        replay_watches.fill(tmp_path, shared / "articles", *span)
    with Store.open(tmp_path, readonly=True) as store:
        for name, (event, number) in GREAT.items():
            since, until = SPANS[number]
            given = replay_watches.past(store, replay_watches.WATCHES[name], since, until)
            spikes = list(
                replay_watches.replay(given, replay_watches.seconds(since), replay_watches.seconds(until))
            )
            found = replay_watches.outcomes(given, spikes, name, since, until)
            delay = next(one.delay for one in found if one.name == event)
            assert delay is not None
            assert delay <= 24
            quiet = replay_watches.quiet_days(given, found, since, until)
            assert quiet > 10
            assert 30 * len(replay_watches.false_alerts(spikes, found)) <= 3 * quiet
