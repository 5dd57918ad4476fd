"""Splits and joins are undone to the row, or left to the engine where it has grouped stories anew since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.config import Config, Retention
from aggregator.library import Library
from aggregator.store.corrections import REGROUPED
from aggregator.store.db import Store
from tests.aggregator.newsroom import NOW, bring, broken, groups, ids_of, in_company
from tests.aggregator.rounds import query, write_config
from tests.aggregator.test_relate import FIRE, FLOOD

TABLES = ("stories", "story_members", "story_aliases", "story_names", "story_links", "links", "verdicts")
FIRES = frozenset({"fire-1", "fire-2", "fire-3"})
FLOODS = frozenset({"flood-1", "flood-2"})


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    written = write_config(tmp_path, [])
    bring(written.cache, [*FIRE, *FLOOD])
    return written


@pytest.fixture
def library(conf: Config) -> Iterator[Library]:
    with Library(conf, clock=lambda: NOW) as opened:
        yield opened


def dump(conf: Config) -> dict[str, list[tuple[Any, ...]]]:
    found = {table: sorted(query(conf, f"SELECT * FROM {table}"), key=repr) for table in TABLES}
    found["related"] = query(conf, "SELECT id, related FROM articles ORDER BY id")
    return found


def waiting(conf: Config) -> int:
    return int(query(conf, "SELECT count(*) FROM unrelated")[0][0])


def test_a_split_is_undone_and_done_again_to_the_row(conf: Config, library: Library) -> None:
    before = dump(conf)
    assert library.split(ids_of(library)["fire-3"]) == 2
    after = dump(conf)
    assert groups(conf) == {FIRES - {"fire-3"}, frozenset({"fire-3"}), FLOODS}
    assert library.undo() == "Undone: an article taken out of a story of 3."
    assert dump(conf) == before
    assert library.redo() == "Done again: an article taken out of a story of 3."
    assert dump(conf) == after
    library.undo()
    bring(conf.cache)
    assert groups(conf) == {FIRES, FLOODS}, "the engine agrees"
    assert broken(conf) == []


def test_a_join_is_undone_and_done_again_to_the_row(conf: Config, library: Library) -> None:
    before = dump(conf)
    library.join(ids_of(library)["fire-1"], ids_of(library)["flood-2"])
    after = dump(conf)
    assert groups(conf) == {FIRES | FLOODS}
    assert library.undo() == "Undone: 5 articles joined in one story."
    assert dump(conf) == before
    assert library.redo() == "Done again: 5 articles joined in one story."
    assert dump(conf) == after
    assert broken(conf) == []


def test_after_the_engine_grouped_anew_an_undone_split_leaves_the_rest_to_it(
    conf: Config, library: Library
) -> None:
    library.split(ids_of(library)["fire-3"])
    bring(conf.cache)
    assert groups(conf) == {FIRES - {"fire-3"}, frozenset({"fire-3"}), FLOODS}
    assert library.undo() == f"Undone: an article taken out of a story of 3 ({REGROUPED})."
    assert query(conf, "SELECT * FROM verdicts") == []
    assert waiting(conf) == 3
    bring(conf.cache)
    assert groups(conf) == {FIRES, FLOODS}
    assert REGROUPED in library.redo()
    bring(conf.cache)
    assert groups(conf) == {FIRES - {"fire-3"}, frozenset({"fire-3"}), FLOODS}
    assert broken(conf) == []


def test_after_the_engine_grouped_anew_an_undone_join_leaves_the_rest_to_it(
    conf: Config, library: Library
) -> None:
    library.join(ids_of(library)["fire-1"], ids_of(library)["flood-2"])
    bring(conf.cache)
    assert groups(conf) == {FIRES | FLOODS}
    assert REGROUPED in library.undo()
    bring(conf.cache)
    assert groups(conf) == {FIRES, FLOODS}
    assert broken(conf) == []


def test_the_readers_earlier_word_on_a_pair_comes_back(conf: Config, library: Library) -> None:
    articles = ids_of(library)
    library.split(articles["fire-3"])
    apart = query(conf, "SELECT * FROM verdicts")
    library.join(articles["fire-3"], articles["fire-1"])
    assert {row[2] for row in query(conf, "SELECT * FROM verdicts")} == {1}
    bring(conf.cache)
    library.undo()
    assert query(conf, "SELECT * FROM verdicts") == apart


def test_no_word_comes_back_on_an_article_that_is_gone(conf: Config, library: Library) -> None:
    articles = ids_of(library)
    library.split(articles["fire-3"])
    library.undo()
    with Store.open(conf.cache) as store:
        assert store.retention.prune(Retention(days=0, max_articles=4), NOW) == 1
    assert REGROUPED in library.redo()
    left = set(ids_of(library).values())
    words = query(conf, "SELECT one, other FROM verdicts")
    assert all({one, other} <= left for one, other in words)
    assert broken(conf) == []


def test_what_changes_nothing_is_no_step(conf: Config, library: Library) -> None:
    library.split(ids_of(library)["fire-3"])
    assert library.split(ids_of(library)["fire-3"]) == 0
    library.undo()
    assert library.undo() == ""
    assert in_company(library, "fire-3") == FIRES
