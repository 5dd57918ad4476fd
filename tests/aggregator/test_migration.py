"""A cache of version 1 is opened: what the user has stays, what the first engine made is made anew."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import LinkKind, MarkAction
from aggregator.store.db import Store
from aggregator.store.files import Files, bring_up_to_date, prepare_folder, version_of
from aggregator.store.identity import url_key
from aggregator.store.schema import MIGRATIONS, first, fourth, second, third
from tests.aggregator import storing
from tests.aggregator.newsroom import DAY, NOW, Piece, bring, broken, groups, ids_of, in_company
from tests.aggregator.older import make_older
from tests.aggregator.rounds import query, write_config
from tests.aggregator.test_relate import FIRE, FLOOD

OLD = Piece("old", "Locust swarm strips 400 farms around Aden", "Cedar Daily", FIRE[0].at - 40 * DAY)
ALL = (OLD, *FIRE, *FLOOD)


def fill(connection: sqlite3.Connection) -> None:
    """Articles as version 1 stored them, with links, stories and marks of the first engine."""
    run = connection.execute
    number = {piece.guid: (piece.at << 20) + at for at, piece in enumerate(ALL)}
    outlets = sorted({piece.outlet for piece in ALL})
    for at, outlet in enumerate(outlets, 1):
        run(
            "INSERT INTO feeds (id, url, fetch_url, outlet, title, language, imported) "
            "VALUES (?, ?, ?, ?, ?, 'en', 1)",
            (at, f"archive:{outlet}", f"archive:{outlet}", outlet, outlet),
        )
    for piece in ALL:
        article, feed = number[piece.guid], outlets.index(piece.outlet) + 1
        run(
            "INSERT INTO articles (id, feed_id, url_key, language, title, content_hash, tags, related) "
            "VALUES (?, ?, ?, 'en', ?, ?, '', 2)",
            (article, feed, url_key(piece.address), piece.title, piece.guid.encode()),
        )
        run(
            "INSERT INTO bodies VALUES (?, ?, ?, '', '', ?, NULL, ?, '', x'')",
            (article, piece.guid, piece.address, piece.at, piece.at),
        )
        run("INSERT INTO seen VALUES (?, ?, ?)", (feed, article, article))
        run("INSERT INTO unread VALUES (?, ?)", (article, feed))
        run("INSERT INTO features VALUES (?, x'0102')", (article,))
    run("DELETE FROM unread WHERE id = ?", (number["flood-1"],))
    run("INSERT INTO starred (id, at) VALUES (?, 7)", (number["old"],))
    run("INSERT INTO feed_counts SELECT feed_id, count(*), count(*) FROM articles GROUP BY feed_id")
    run(
        "UPDATE feed_counts SET unread = "
        "(SELECT count(*) FROM unread u WHERE u.feed_id = feed_counts.feed_id)"
    )
    run("INSERT INTO ui VALUES ('theme', 'light')")
    wrong = ((number["fire-1"], number["flood-1"]), (number["flood-1"], number["fire-1"]))
    for source, target in wrong:
        run("INSERT INTO links VALUES (?, ?, 'same-event', 0.9, '[\"grain\"]')", (source, target))
    run(
        "INSERT INTO links VALUES (?, ?, 'publisher', 1.0, '[\"linked in the article\"]')",
        (number["fire-2"], number["old"]),
    )
    run("INSERT INTO own_links VALUES (?, ?)", (url_key(OLD.address), number["fire-2"]))
    run("INSERT INTO stories VALUES (1, 'A story of the first engine', 1, 2, 2)")
    run("INSERT INTO meta VALUES ('last_story', 1)")
    for guid in ("fire-1", "flood-1"):
        run("INSERT INTO story_members VALUES (?, 1)", (number[guid],))


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    """A configuration whose cache is of version 1."""
    config = write_config(tmp_path, [])
    files = Files(config.cache)
    prepare_folder(files.cache)
    bring_up_to_date(files, (first,))
    with closing(sqlite3.connect(files.news)) as connection:
        fill(connection)
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert version_of(files.news, 1) == 1
    return config


@pytest.fixture
def library(conf: Config) -> Callable[[], Library]:
    return lambda: Library(conf, clock=lambda: NOW)


def test_it_opens_with_its_articles_marks_and_state(conf: Config, library: Callable[[], Library]) -> None:
    with library() as opened:
        assert opened.counts() == (len(ALL), len(ALL) - 1)
        assert set(ids_of(opened)) == {piece.guid for piece in ALL}
        assert [row.title for row in opened.page("starred")] == [OLD.title]
        assert FLOOD[0].title not in {row.title for row in opened.page("unread")}
        assert opened.ui_get("theme") == "light"
    assert version_of(Files(conf.cache).news, len(MIGRATIONS)) == len(MIGRATIONS)


def test_the_file_from_before_is_kept(conf: Config, library: Callable[[], Library]) -> None:
    library().close()
    (copy,) = Files(conf.cache).backups.iterdir()
    assert version_of(copy, 1) == 1
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM articles").fetchone() == (len(ALL),)
        assert connection.execute("SELECT count(*) FROM links").fetchone() == (3,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_first_engines_links_and_stories_go_and_the_publishers_stay(
    conf: Config, library: Callable[[], Library]
) -> None:
    with library() as opened:
        of = ids_of(opened)
        (edge,) = opened.related(of["fire-2"])
        assert (edge.row.id, edge.kind) == (of["old"], LinkKind.PUBLISHER)
        assert edge.evidence == ("linked in the article",)
        assert opened.related(of["fire-1"]) == []
        assert opened.stories() == []
        numbers = {row.title: row.related for row in opened.page()}
    assert numbers == {piece.title: int(piece.guid == "fire-2") for piece in ALL}


def test_the_next_catching_up_makes_stories_and_links_anew(
    conf: Config, library: Callable[[], Library]
) -> None:
    library().close()
    bring(conf.cache)
    with library() as opened:
        assert in_company(opened, "fire-1") == {"fire-1", "fire-2", "fire-3"}
        assert in_company(opened, "flood-1") == {"flood-1", "flood-2"}
        kinds = {r.row.title: r.kind for r in opened.related(ids_of(opened)["fire-2"])}
        assert kinds[OLD.title] is LinkKind.PUBLISHER
        assert kinds[FIRE[0].title] is LinkKind.SAME
        opened.mend()
        assert opened.findings() == []
    assert query(conf, "SELECT count(*) FROM stories WHERE id <= 1") == [(0,)], "no number is used again"
    assert query(conf, "SELECT count(*) FROM unrelated") == [(0,)]


def test_only_the_last_month_is_compared_again(conf: Config, library: Callable[[], Library]) -> None:
    library().close()
    bring(conf.cache)
    assert not [group for group in groups(conf) if "old" in group]
    assert [what for what in broken(conf) if "no junk is in no story" not in what] == []
    with library() as opened:
        old = ids_of(opened)["old"]
        assert opened.story_of(old) is None
        assert opened.related(old) == []


def test_marks_work_after_it(conf: Config, library: Callable[[], Library]) -> None:
    with library() as opened:
        of = ids_of(opened)
        assert opened.mark(MarkAction.READ, [of["fire-1"]]) == 1
        assert opened.undo() == "Undone: 1 article marked read."
        assert opened.counts() == (len(ALL), len(ALL) - 1)


def test_an_empty_cache_of_version_1_opens_too(tmp_path: Path) -> None:
    files = Files(tmp_path)
    bring_up_to_date(files, (first,))
    with Store.open(tmp_path) as store:
        assert store.check() == []
        assert store.relating.waiting_count() == 0


def test_a_reader_that_opens_it_first_migrates_it_as_well(conf: Config) -> None:
    with Store.open(conf.cache, readonly=True) as store:
        assert store.articles.count()[0] == len(ALL)
        assert store.stories.get(1) is None


def test_marks_and_what_can_be_undone_survive_the_fourth_version(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        storing.sync(store, storing.make(1), storing.make(2), storing.make(3))
        one, two, three = storing.ids(store)
        store.marks.apply(MarkAction.STAR, [one])
        store.marks.apply(MarkAction.READ, [two, three])
    make_older(tmp_path, (first, second, third))
    with Store.open(tmp_path) as store:
        assert storing.ids(store, "starred") == [one]
        assert storing.ids(store, "unread") == [one]
        step = store.journal.undo()
        assert step is not None
        assert step.sentence("Undone") == "Undone: 2 articles marked read."
        assert storing.ids(store, "unread") == [one, two, three]
        assert store.journal.redo() is not None
        assert storing.ids(store, "unread") == [one]
        assert store.check() == []


def test_a_restart_with_the_fifth_version_resets_no_timer(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        storing.sync(store, storing.make(1))
        state = store.feeds.all()[0]
        store.feeds.save([replace(state, next_check=NOW + DAY, last_checked=NOW, failures=2, last_success=7)])
    make_older(tmp_path, (first, second, third, fourth))
    with Store.open(tmp_path) as store:
        assert state.url not in {feed.url for feed in store.feeds.due(NOW)}
        state = store.feeds.all()[0]
    assert (state.next_check, state.asked, state.failed_since, state.moves) == (NOW + DAY, NOW, 7, ())
