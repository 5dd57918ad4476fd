"""``hakawati filters`` and ``hakawati watches``, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from aggregator import cli
from aggregator import config as config_files
from aggregator.config import Config
from aggregator.errors import FINE, USAGE
from aggregator.library import Library
from aggregator.store.db import Store
from aggregator.text.times import iso
from tests.aggregator.newsroom import DAY, HOUR, NOW, START, Piece, bring
from tests.aggregator.rounds import write_config

OUTLETS = ("Cedar Daily", "Levant Courier", "Gulf Ledger")


@dataclass(frozen=True, slots=True)
class Done:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        """The output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Done]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A cache with a month of invented news, and a wave about oil on its last day."""
    pieces = [
        Piece(f"n{n}", f"Festival day {n}", OUTLETS[n % 3], START + n * DAY // 4) for n in range(4 * 29)
    ]
    pieces += [
        Piece(f"o{n}", f"Oil terminal burns, report {n}", OUTLETS[n % 3], START + 28 * DAY + n * HOUR // 6)
        for n in range(12)
    ]
    made = write_config(tmp_path, [])
    bring(made.cache, pieces)
    return made


@pytest.fixture
def run(config: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""

    def command(*words: str) -> Done:
        code = cli.main(["--config", str(config.path), *words])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return command


def names(config: Config) -> list[str]:
    """The saved filters, in order."""
    return [saved.name for saved in config_files.read(config.path).filters]


def test_filters_are_added_listed_renamed_moved_and_removed(run: Run, config: Config) -> None:
    assert run("filters", "add", "Oil", "oil", "-festival").out == "Saved Oil: 12 unread.\n"
    assert run("filters", "add", "Both", "filter:oil", "OR", "festival").code == FINE
    listed = run("filters", "--json").objects
    assert listed[0] == {"name": "Oil", "query": "oil -festival", "notify": "", "unread": 12}
    assert listed[1]["unread"] == 128
    assert run("filters", "rename", "oil", "Black gold").code == FINE
    assert config_files.read(config.path).filters[1].query == 'filter:"Black gold" OR festival'
    assert run("filters", "move", "Both", "1").code == FINE
    assert names(config) == ["Both", "Black gold"]
    refused = run("filters", "remove", "Black gold")
    assert refused.code == USAGE
    assert refused.err.count("\n") == 1
    assert run("filters", "remove", "Both").out == "Removed Both.\n"
    assert run("filters").out == "    12  Black gold  oil -festival\n"


def test_adding_can_make_a_watch_and_unmake_it(run: Run) -> None:
    run("filters", "add", "Oil", "oil", "--notify", "spike")
    assert "(tells an unusual number)" in run("filters").out
    run("filters", "add", "Oil", "oil fire")
    assert run("filters", "--json").objects[0]["notify"] == "spike"
    run("filters", "add", "--notify", "no", "Oil", "oil")
    assert run("filters", "--json").objects[0]["notify"] == ""


def test_a_filter_that_cannot_be_understood_is_told_and_the_others_are_listed(
    run: Run, config: Config
) -> None:
    with config.path.open("a") as file:
        for name, query in (("Bad\u2066", "nofield:x"), ("Oil", "oil")):
            file.write(f'\n[[filters]]\nname = "{name}"\nquery = "{query}"\n')
    done = run("filters")
    assert done.out == "     ?  Bad  nofield:x\n    12  Oil  oil\n"
    assert done.err.startswith("hakawati: the filter Bad cannot be understood: ")
    assert run("filters", "add", "Worse", "since:never").code == USAGE


@pytest.mark.parametrize(
    "words", [("nonsense",), ("add",), ("rename", "a"), ("move", "a", "up"), ("move", "a", "²"), ("remove",)]
)
def test_what_makes_no_sense_is_answered_with_what_does(run: Run, words: tuple[str, ...]) -> None:
    done = run("filters", *words)
    assert done.code == USAGE
    assert 'say "filters"' in done.err
    assert 'say "watches"' in run("watches", *words).err


def test_watches_are_listed_with_what_they_told_last(run: Run, config: Config) -> None:
    assert "No filter is a watch" in run("watches").out
    run("filters", "add", "Oil", "oil", "--notify", "every")
    with Store.open(config.cache) as store, store.write():
        store.alerts.add("Oil", "every", NOW, "Oil: first", [1])
        store.alerts.add("Oil", "every", NOW + 60, "Oil: second\x1b[2J", [2])
    lines = run("watches").out.splitlines()
    assert lines[0] == "Oil  oil  (tells every new article)"
    assert [line[18:] for line in lines[1:]] == ["Oil: second[2J", "Oil: first"]
    assert run("watches", "--json").objects[1] == {
        "name": "Oil",
        "kind": "every",
        "at": iso(NOW),
        "text": "Oil: first",
        "articles": [1],
    }


def test_a_watch_is_rehearsed_on_what_is_stored(
    run: Run, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Library, "now", NOW)
    run("filters", "add", "Oil wave", "oil", "--notify", "spike")
    run("filters", "add", "Oil", "oil", "--notify", "every")
    wave = run("watches", "test", "Oil", "wave", "--days", "3")
    assert wave.out.splitlines()[0][18:].startswith("Oil wave: ")
    assert wave.err == f"{len(wave.out.splitlines())} in 3 days of stored articles.\n"
    every = run("watches", "test", "Oil", "--json")
    assert len(every.objects) == 12
    assert every.objects[0]["at"] == iso(START + 28 * DAY)
    assert run("watches", "test", "Gas").code == USAGE
