"""Every empty, failing or offline state says why, and which key to press."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from aggregator.library import Library
from tui import keys, rebinding, scope, words
from tui.scope import Scope
from tui.screens.past import PastScreen
from tui.words import SyncView

NOW = 1_795_000_000
ALL = Scope(name="All")
KEY = re.compile(r"\b(?:[A-Za-z]|Esc|Space|Enter)\b (?:\w+)")
FRESH = SyncView()


def empty(
    where: Scope = ALL, typed: str = "", subscribed: int = 3, articles: int = 9, view: SyncView = FRESH
) -> str:
    return " ".join(words.empty_list(where, typed, subscribed, articles, view))


@pytest.mark.parametrize(
    ("said", "why", "key"),
    [
        (empty(subscribed=0), "No feeds are followed", "C opens the catalogue"),
        (empty(articles=0), "Nothing has been fetched yet", "R fetches the feeds now"),
        (empty(articles=0, view=SyncView(running=True)), "The first sync is running", "H shows"),
        (empty(articles=0, view=SyncView(elsewhere=True)), "Another process is syncing", "H shows"),
        (empty(articles=0, view=SyncView(offline=True, ended=NOW)), "is this machine offline", "R tries"),
        (empty(articles=0, view=SyncView(problem="sync failed: disk full.")), "disk full.", "R tries again"),
        (empty(articles=0, view=SyncView(feeds=4, failed=4, ended=NOW)), "4 failed", "H says why"),
        (empty(typed="zeppelin"), "Nothing in All matches the filter", "Esc clears the filter, / changes it"),
        (
            empty(Scope("unread", "Unread", "unread")),
            "Everything is read",
            "F chooses another list",
        ),
        (
            empty(Scope("starred", "Starred", "starred")),
            "No article is starred",
            "s stars the article",
        ),
        (
            empty(Scope("new", "New", "new")),
            "Nothing came since you last looked",
            "R fetches",
        ),
        (
            empty(Scope("tag", "later", "tag:later")),
            "No article has this tag",
            "a tags an article",
        ),
        (
            empty(Scope("filter", "Gulf", "lang:ar")),
            "Nothing matches this saved filter",
            "F chooses",
        ),
        (empty(scope.feed("Al Minaa", "https://a.example/")), "Al Minaa has no articles", "H shows how"),
    ],
)
def test_an_empty_list_says_why_and_which_key_to_press(said: str, why: str, key: str) -> None:
    assert why in said
    assert key in said


@pytest.mark.parametrize("kind", ["all", *words.EMPTY, "outlet", "feed", "other"])
def test_no_kind_of_list_is_empty_without_a_key(kind: str) -> None:
    assert KEY.search(empty(Scope(kind, "Name")))


def test_a_name_in_a_sentence_is_inert() -> None:
    assert "\x1b" not in empty(Scope("feed", "A\x1b]52;c;x\x07", ""))


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (SyncView(offline=True, ended=NOW), "offline: showing what is cached, R tries again"),
        (SyncView(problem="sync failed: the disk is full."), "sync failed: the disk is full. R tries again"),
        (SyncView(running=True, feeds=2, new=5), "syncing: 2 feeds, 5 new"),
        (SyncView(elsewhere=True), "another process is syncing"),
        (SyncView(), "never synced"),
    ],
)
def test_the_header_says_how_syncing_goes(view: SyncView, said: str) -> None:
    assert words.sync_state(view, 0, NOW)[0][0] == said


def test_the_header_counts_what_fails() -> None:
    assert "! 2 failing" in "".join(text for text, _ in words.sync_spans(SyncView(), 2, NOW, NOW))


async def test_offline_is_told_in_the_list_and_in_the_header(empty_library: Library, reading) -> None:
    async with reading(empty_library, (100, 30)) as reader:
        reader.app.sync_reported(SyncView(offline=True, ended=NOW))
        await reader.settle()
        assert "No feed could be reached: is this machine" in reader.text
        assert "R tries again" in reader.lines("#header")[0]


async def test_a_failing_sync_is_told_in_an_empty_list(empty_library: Library, reading) -> None:
    async with reading(empty_library) as reader:
        reader.app.sync_reported(SyncView(problem="sync failed: the disk is full.", ended=NOW))
        await reader.settle()
        assert "hakawati doctor looks for what is wrong" in reader.text


async def test_a_filter_without_matches_says_how_to_go_on(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("slash")
        await reader.type("zeppelin")
        assert "matches the filter" in reader.text
        assert "Esc clears the filter" in reader.text


async def test_an_empty_history_says_how_it_fills(library: Library, reading) -> None:
    async with reading(library) as reader:
        await reader.press("B")
        assert isinstance(reader.app.screen, PastScreen)
        assert "No article was opened yet." in reader.text
        assert "Enter opens one" in reader.text


async def test_a_tiny_terminal_is_told_what_to_do(library: Library, reading) -> None:
    async with reading(library, (30, 8)) as reader:
        assert "30x8 is too small" in reader.text
        assert "press q to leave" in " ".join(reader.text.split())


# --- the keys that sentences name ---


VERBS = (
    "fetches shows chooses opens tries asks lists undoes renews goes says clears changes filters leaves "
    "stars tags joins follows keeps again lets mutes marks saves adds"
)
MEANT = re.compile(
    rf"(?<![\w'{{}}@.])(?:[A-Za-z]|[/:?{{}}+-]|Esc|Enter|Space) (?:{'|'.join(VERBS.split())})\b"
)
FIELD = re.compile(r"Enter (?:keeps|goes on|saves|looks)")
"""In a text field Enter is the field's own, and stays."""
SOURCES = [*Path(words.__file__).parent.rglob("*.py")]


def said_in(path: Path) -> list[str]:
    """The string constants of a module but for docstrings, comments and the commands' own words."""
    tree = ast.parse(path.read_text("utf-8"))
    shown = [
        node
        for statement in ast.walk(tree)
        if not isinstance(statement, ast.Expr)
        for node in ast.iter_child_nodes(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return [node.value for node in shown]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_sentence_names_a_key_that_may_be_another_one(path: Path) -> None:
    if path.name not in {"records.py"}:
        found = [text for text in said_in(path) if MEANT.search(FIELD.sub("", text))]
        assert not found, "take key_of(command)"


def test_sentences_name_the_keys_that_the_user_has() -> None:
    try:
        keys.use(rebinding.keymap({"sync": "F5", "feeds": ["g x", "F"], "undo": [], "filter": "Ctrl+F"}))
        assert "g x chooses another list, F5 fetches the feeds now, :undo undoes a marking." in empty(
            Scope("unread", "Unread", "unread")
        )
        assert "Ctrl+F changes it" in empty(typed="zeppelin")
        assert "F5 tries again" in empty(articles=0, view=SyncView(offline=True, ended=NOW))
        assert words.undone_by() == ":undo undoes it."
    finally:
        keys.use(keys.DEFAULT)
    assert words.undone_by() == "u undoes it."
