"""Marks, tags, notes, history, undo and redo from the command line."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import cli
from aggregator.config import Config
from aggregator.library import Library
from aggregator.store.db import Store
from aggregator.text.times import iso
from tests.aggregator.rounds import write_config
from tests.aggregator.storing import NOW, make

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    """A cache of three articles, the newest about a harbour."""
    conf = write_config(tmp_path, ["http://127.0.0.1:9/feed"])
    with Library(conf, clock=lambda: NOW), Store.open(conf.cache) as store, store.write():
        (feed,) = store.feeds.all()
        drafts = [make(1, title="Bread"), make(2, title="Winter"), make(3, title="Harbour")]
        store.search.index(store.articles.upsert(feed, drafts, NOW))
    return conf


@pytest.fixture
def run(conf: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process; returns exit code, output and diagnostics."""

    def call(*arguments: str) -> tuple[int, str, str]:
        try:
            code = cli.main(["--config", str(conf.path), *arguments])
        except SystemExit as exit_:
            code = int(str(exit_.code))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def newest(conf: Config) -> int:
    with Library(conf) as library:
        return library.ids()[0]


def test_marks_are_undone_and_done_again_in_words(run: Run) -> None:
    assert run("mark", "read", "-harbour") == (0, "2 articles changed.\n", "")
    assert run("mark", "star", "harbour") == (0, "1 article changed.\n", "")
    assert run("undo") == (0, "Undone: 1 article starred.\n", "")
    assert run("undo") == (0, "Undone: 2 articles marked read.\n", "")
    assert run("undo") == (0, "There is nothing to undo.\n", "")
    assert run("redo") == (0, "Done again: 2 articles marked read.\n", "")
    assert run("redo") == (0, "Done again: 1 article starred.\n", "")
    assert run("redo") == (0, "There is nothing to do again.\n", "")


def test_a_tag_is_its_name_before_the_filter(run: Run) -> None:
    assert run("mark", "tag", "Oil prices", "harbour OR bread") == (0, "2 articles changed.\n", "")
    assert run("mark", "tag", "Cold", "--", "-harbour", "-bread") == (0, "1 article changed.\n", "")
    assert run("tags") == (0, "      1  Cold\n      2  Oil prices\n", "")
    assert [json.loads(line) for line in run("tags", "--json")[1].splitlines()] == [
        {"tag": "Cold", "count": 1},
        {"tag": "Oil prices", "count": 2},
    ]
    assert run("mark", "untag", "oil prices", "bread")[1] == "1 article changed.\n"
    assert run("undo")[1] == "Undone: 1 article no longer tagged Oil prices.\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("tag", "oil"), "mark tag needs a tag's name and a filter"),
        (("untag", "oil"), "mark untag needs a tag's name and a filter"),
        (("tag", "***", "bread"), "A tag needs a letter or a digit."),
        (("tag", "x" * 61, "bread"), "A tag has at most 60 characters."),
        (("read", "lnag:ar"), "lang"),
    ],
)
def test_what_cannot_be_marked_is_refused_in_a_sentence(
    run: Run, arguments: tuple[str, ...], why: str
) -> None:
    code, output, diagnostics = run("mark", *arguments)
    assert (code, output) == (2, "")
    assert why in diagnostics


def test_a_note_is_written_shown_and_deleted(run: Run, conf: Config) -> None:
    article = str(newest(conf))
    assert run("note", article) == (0, "", "The article has no note.\n")
    assert run("note", article, "Ask", "the", "port.") == (0, "The note is written.\n", "")
    assert run("note", article, "Ask the port.") == (0, "The note is as it was.\n", "")
    assert run("note", "https://heron.example/3") == (0, "Ask the port.\n", "")
    assert run("note", article, "--clear") == (0, "The note is deleted.\n", "")
    assert run("undo")[1] == "Undone: a note deleted.\n"
    assert run("note", article)[1] == "Ask the port.\n"


def test_a_note_of_several_lines_comes_from_standard_input(
    run: Run, conf: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("One.\nTwo.\n"))
    assert run("note", str(newest(conf)), "-")[0] == 0
    assert run("note", str(newest(conf)))[1] == "One.\nTwo.\n"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("12345",), "no article has the id or address 12345"),
        (("https://heron.example/3", "text", "--clear"), "a text or --clear, not both"),
        (("https://heron.example/3", "x" * 10_001), "at most 10,000 characters"),
    ],
)
def test_a_note_that_cannot_be_written_is_refused_in_a_sentence(
    run: Run, arguments: tuple[str, ...], why: str
) -> None:
    code, output, diagnostics = run("note", *arguments)
    assert (code, output) == (2, "")
    assert why in diagnostics


def test_the_history_lists_what_was_opened_newest_first(run: Run, conf: Config) -> None:
    with Library(conf, clock=lambda: NOW) as library:
        one, two, _ = library.ids()
        library.opened(one)
    with Library(conf, clock=lambda: NOW + 3600) as library:
        library.opened(two)
        library.opened(one)
        assert [(at, row.id) for at, row in library.openings()] == [
            *((NOW + 3600, one), (NOW + 3600, two)),
            (NOW, one),
        ]
    lines = [json.loads(line) for line in run("history", "--json")[1].splitlines()]
    assert [(line["opened"], line["id"]) for line in lines] == [
        *((iso(NOW + 3600), one), (iso(NOW + 3600), two)),
        (iso(NOW), one),
    ]
    output = run("history", "--limit", "1")[1]
    assert len(output.splitlines()) == 1
    assert output.endswith("Harbour\n")


def test_the_library_tells_what_is_new_since_the_last_visit(conf: Config) -> None:
    now = [NOW + 60]
    with Library(conf, clock=lambda: now[0]) as library:
        assert library.look() == 0
        assert library.new_count() == 3
        now[0] = NOW + 7200
        assert library.look() == NOW + 60 == library.last_look()
        assert library.new_count() == 0
        now[0] = NOW + 14400
        assert library.look(ongoing=True) == NOW + 60


def test_the_reader_may_count_all_as_seen(conf: Config) -> None:
    with Library(conf, clock=lambda: NOW + 5) as library:
        assert library.seen_all() == 3
        assert library.new_count() == 0
        assert library.undo() == "Undone: what was new counted as seen."
        assert library.new_count() == 3
