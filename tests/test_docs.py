"""What the documents say is what the program does: keys, commands, settings, exit codes, JSON keys."""

from __future__ import annotations

import argparse
import dataclasses
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import cli, config, printing
from aggregator.model import (
    Article,
    ArticleRow,
    FeedInfo,
    FeedMove,
    FeedState,
    LinkKind,
    Outcome,
    Page,
    PollHints,
    Related,
    Story,
    Validators,
)
from aggregator.sync import Totals
from aggregator.writer import FeedResult
from tui import commands

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
JSON = (ROOT / "docs" / "json.md").read_text("utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")

ROW = ArticleRow(1, 1, "o", "t", "en", 1, True, False, 0, False)
ARTICLE = Article(ROW, "g", "u", "a", "s", (), 1, None, 1, "f", "u", "", (), (), None, ())
RELATED = [Related(ROW, LinkKind.SAME, 1.0, ())]
GUIDS: dict[int, tuple[str, int | None]] = {1: ("g", 1)}
STATE = FeedState(
    *(1, "u", "t", "o", "en", "", (), True, "u", Validators(), b"", b"", 1, 1, 0, 1, 1, 1, 1, 0),
    *("", "", None, "", "", 0, 0, PollHints()),
)


MOVED = replace(STATE, moves=(FeedMove("u", "v", 1, "why"),))


def subcommands() -> list[str]:
    parser = cli.parser()
    action = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return list(action.choices)


def keys_of(record: dict[str, Any]) -> list[str]:
    """The keys of an object and of the objects in its lists."""
    inner = [part for value in record.values() if isinstance(value, list) for part in value]
    return [*record, *(key for part in inner if isinstance(part, dict) for key in part)]


def test_the_readme_shows_every_key() -> None:
    shown = README.partition("<!-- keys -->")[2].partition("<!-- end keys -->")[0]
    assert shown.strip() == commands.markdown_table().strip(), "paste tui.commands.markdown_table()"


@pytest.mark.parametrize("command", subcommands())
def test_the_readme_names_every_command(command: str) -> None:
    assert re.search(rf"(?:\bhakawati|\|) {command}\b", README)


@pytest.mark.parametrize(
    "code", [cli.FINE, cli.SOME_FAILED, cli.USAGE, cli.STORE, cli.LOCKED, cli.INTERRUPTED]
)
def test_the_readme_tells_every_exit_code(code: int) -> None:
    assert re.search(rf"\b{code} [a-z]", README.partition("Exit codes:")[2])


@pytest.mark.parametrize(
    "table",
    [
        *(config.Settings, config.Fetch, config.Retention, config.RelatedSettings, config.FullText),
        *(config.Reader, config.Feed),
    ],
)
def test_the_shipped_configuration_explains_every_setting(table: type) -> None:
    text = (ROOT / "config.toml").read_text("utf-8")
    missing = [name for name in table.__struct_fields__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []


@pytest.mark.parametrize(
    "record",
    [
        printing.sync_json(FeedResult("u", Outcome.NEW, 0, 0, "", 200, 1)),
        {field.name: 0 for field in dataclasses.fields(Totals)},
        printing.article_json(ARTICLE),
        printing.whole_json(ARTICLE, RELATED),
        printing.page_json(Page(1, "u")),
        printing.story_json(Story(1, "t", 1, 1, 1, ("en",), 1, (ROW,)), GUIDS),
        printing.links_json(ROW, 1, RELATED, GUIDS),
        printing.feed_json(FeedInfo(MOVED, 0, 0), 1),
    ],
    ids=["sync", "totals", "list", "show", "page", "stories", "links", "feeds"],
)
def test_every_json_key_is_documented(record: dict[str, object]) -> None:
    assert [key for key in keys_of(record) if f"`{key}`" not in JSON] == []


def test_the_architecture_names_files_that_exist() -> None:
    named = set(re.findall(r"`((?:aggregator|tui|tests|docs)/[\w/.*-]+)`", ARCHITECTURE))
    assert named
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []


def test_no_document_is_longer_than_it_may_be() -> None:
    assert len(ARCHITECTURE.splitlines()) <= 150
