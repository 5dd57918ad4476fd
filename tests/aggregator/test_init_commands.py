"""The first choice without a screen: what it switches, what it asks, what it refuses."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import cli, first_run, init_commands
from aggregator import config as config_files
from aggregator.config import Config, Feed, Settings
from aggregator.errors import InputError
from aggregator.first_run import DESKS, Offer
from aggregator.library import Library
from tests.aggregator.commands import ROOT

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The user's own copy, just made."""
    shutil.copy(config_files.shipped(), tmp_path / "config.toml")
    return config_files.load(tmp_path / "config.toml", tmp_path / "cache")


@pytest.fixture
def run(config: Config, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs init in this process, with nobody to ask; returns exit code, output and diagnostics."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = cli.main(["--config", str(config.path), "--cache", str(config.cache), "init", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def followed(config: Config) -> list[Feed]:
    return [feed for feed in config_files.read(config.path).feeds if feed.enabled]


def made(url: str, language: str = "en", country: str = "", *tags: str) -> Feed:
    return Feed(url=f"https://{url}.example/", language=language, country=country, tags=tags)


# --- what is chosen ---


def test_the_whole_region_is_what_comes_switched_on_in_these_languages() -> None:
    offer = Offer((made("a"), made("b"), made("c", "ar")), frozenset({"https://a.example/"}))
    assert offer.turned_on(["en", "ar"]) == ["https://a.example/"]
    assert offer.turned_on(["ar"]) == []


def test_a_desk_is_all_of_it_and_what_comes_on_about_no_desk() -> None:
    gulf, tagged, wide, off = made("g", "en", "QA"), made("t", "en", "GB", "yemen"), made("w"), made("o")
    other = made("l", "en", "LB")
    offer = Offer((gulf, tagged, wide, off, other), frozenset({wide.url, other.url}))
    assert offer.turned_on(["en"], "gulf") == [gulf.url, tagged.url, wide.url]
    assert offer.count("en", "levant") == 2
    assert offer.count("fa", "gulf") == 0


def test_every_desk_has_feeds_in_the_shipped_catalogue() -> None:
    offer = first_run.offer(config_files.read(config_files.shipped()))
    assert set(offer.languages) >= {"en", "ar", "he", "fa", "tr"}
    for desk in DESKS:
        assert offer.turned_on(offer.languages, desk.id), desk.id
    shipped = {feed.url for feed in config_files.read(config_files.shipped()).feeds if feed.enabled}
    assert set(offer.turned_on(offer.languages)) == shipped


def test_languages_are_guessed_from_the_system_and_english_comes_with_it() -> None:
    known = ("en", "ar", "he")
    assert first_run.guess({"LANG": "ar_LB.UTF-8"}, known) == ("ar", "en")
    assert first_run.guess({"LC_ALL": "he_IL", "LANG": "ar_LB"}, known) == ("he", "en")
    assert first_run.guess({"LANG": "C"}, known) == ("en",)
    assert first_run.guess({}, ("he",)) == ()


def test_languages_are_named_by_code_or_word_in_their_order() -> None:
    assert first_run.languages_named("Arabic, en ar", ("en", "ar")) == ("ar", "en")
    with pytest.raises(InputError, match="No language"):
        first_run.languages_named(" , ", ("en",))


def test_desks_are_named_by_id_number_or_country() -> None:
    assert first_run.desk_named(" Gulf ").id == "gulf"
    assert first_run.desk_named("2").id == "levant"
    assert first_run.desk_named("palestine").id == "israel-palestine"
    assert first_run.desk_named("maghreb").id == "egypt-maghreb"


def test_only_an_untouched_configuration_is_as_shipped(config: Config, tmp_path: Path) -> None:
    assert first_run.as_shipped(config.path)
    config.path.write_bytes(config.path.read_bytes().replace(b"\n", b"\r\n"))
    assert first_run.as_shipped(config.path)
    config.path.write_text(config.path.read_text().replace("enabled = true", "enabled = false", 1))
    assert not first_run.as_shipped(config.path)
    assert not first_run.as_shipped(tmp_path / "absent.toml")


def test_where_nothing_would_be_followed_nothing_is_written(config: Config) -> None:
    offer = first_run.offer(config.settings)
    before = config.path.read_bytes()
    with pytest.raises(InputError, match="no feed"):
        first_run.write(config.path, offer, (), "gulf")
    assert config.path.read_bytes() == before


# --- what is written ---


def test_init_switches_feeds_and_sets_languages_in_one_edit_that_keeps_all_else(
    run: Run, config: Config
) -> None:
    before = config.path.read_text().splitlines()
    code, output, diagnostics = run("--languages", "ar,en", "--desk", "gulf")
    assert (code, diagnostics) == (0, "")
    after = config.path.read_text().splitlines()
    assert after.count('languages = ["ar", "en"]') == 1
    after.remove('languages = ["ar", "en"]')
    changed = {line for pair in zip(before, after, strict=True) if pair[0] != pair[1] for line in pair}
    assert changed == {"enabled = true", "enabled = false"}
    now = followed(config)
    assert {feed.language for feed in now} == {"ar", "en"}
    assert any(feed.country == "KW" for feed in now)
    assert not any(feed.country == "TR" for feed in now)
    assert f"{len(now)} feeds followed: Arabic, English; Gulf" in output
    assert str(config.path) in output


def test_init_again_chooses_anew_and_leaves_own_feeds_alone(run: Run, config: Config) -> None:
    with config.path.open("a") as file:
        file.write('\n[[feeds]] # mine\nurl = "https://mine.example/rss"\nlanguage = "en"\n')
    run("--languages", "ar,en", "--desk", "gulf")
    assert run("--languages", "he", "--desk", "israel")[0] == 0
    now = followed(config)
    assert {feed.language for feed in now if feed.language != "he"} == {"en"}
    assert now[-1].url == "https://mine.example/rss"
    assert config_files.read(config.path).reader.languages == ("he",)
    assert "[[feeds]] # mine" in config.path.read_text()


@pytest.mark.parametrize(
    "reader",
    [
        '[reader]\nlanguages = ["fa"] # mine\n',
        'reader = {languages = ["fa"]} # mine\n',
        'reader.theme = "light" # mine\n',
        "# mine\n",
    ],
)
def test_languages_are_set_however_the_table_is_written(tmp_path: Path, reader: str) -> None:
    from aggregator import subscriptions

    path = tmp_path / "config.toml"
    feeds = '[[feeds]]\nurl = "https://a.example/" # the first\n[[feeds]]\nurl = "https://b.example/"\n'
    path.write_text(reader + feeds)
    subscriptions.choose(path, {"https://a.example/": False}, ("ar", "en"))
    settings = config_files.read(path)
    assert settings.reader.languages == ("ar", "en")
    assert [feed.enabled for feed in settings.feeds] == [False, True]
    assert "# mine" in path.read_text()
    assert "# the first" in path.read_text()


def test_yes_alone_follows_what_the_system_language_suggests(
    run: Run, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    assert run("--yes")[0] == 0
    assert {feed.language for feed in followed(config)} == {"tr", "en"}
    assert config_files.read(config.path).reader.languages == ("tr", "en")


def test_a_choice_is_remembered_so_that_the_reader_does_not_ask_again(run: Run, config: Config) -> None:
    with Library(config) as library:
        assert library.first_run_due()
    run("--languages", "en", "--desk", "all")
    with Library(config_files.load(config.path, config.cache)) as library:
        assert not library.first_run_due()


# --- what is refused ---


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--languages", "en,xx"), "The catalogue has nothing in xx; it has en (English)"),
        (("--languages", "en", "--desk", "moon"), 'There is no desk "moon"; there are all, levant'),
        (("--languages", "he", "--desk", "egypt"), "no feed of this desk"),
        (("--desk", "gulf"), "say --languages ar,en"),
        ((), "say --languages ar,en and --desk gulf, or --yes"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_changes_nothing(
    run: Run, config: Config, arguments: tuple[str, ...], sentence: str
) -> None:
    before = config.path.read_bytes()
    code, output, diagnostics = run(*arguments)
    assert (code, output) == (2, "")
    assert sentence in diagnostics
    assert diagnostics.count("\n") == 1
    assert config.path.read_bytes() == before


def test_a_configuration_without_the_catalogue_is_told_so(run: Run, config: Config) -> None:
    config.path.write_text('[[feeds]]\nurl = "https://mine.example/rss"\n')
    code, _, diagnostics = run("--yes")
    assert code == 2
    assert "lists no feed of the catalogue" in diagnostics


# --- questions ---


def ask_on_a_terminal(config: Config, answers: str) -> tuple[int, str]:
    """Runs init on a terminal of its own, and types."""
    screen, terminal = pty.openpty()
    command = [sys.executable, "-m", "aggregator", "--config", str(config.path), "--cache", str(config.cache)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [*command, "init"], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
    )
    os.write(screen, answers.encode())
    output, _ = process.communicate(timeout=60)
    os.close(screen)
    os.close(terminal)
    return process.returncode, output.decode()


def test_on_a_terminal_it_asks_and_asks_again_what_it_cannot_read(config: Config) -> None:
    code, output = ask_on_a_terminal(config, "klingon\nfa, ar\niran\n\n")
    assert code == 0
    assert "nothing in klingon" in output
    assert "Iran, 9 feeds  (iran)" in output
    assert "Write it? [Y/n]" in output
    assert config_files.read(config.path).reader.languages == ("fa", "ar")
    assert {feed.language for feed in followed(config)} == {"fa", "ar"}


def test_no_changes_nothing(config: Config) -> None:
    before = config.path.read_bytes()
    code, output = ask_on_a_terminal(config, "\n\nn\n")
    assert code == 0
    assert "Nothing was changed." in output
    assert config.path.read_bytes() == before


def test_an_end_of_input_changes_nothing(config: Config) -> None:
    before = config.path.read_bytes()
    code, output = ask_on_a_terminal(config, "en\n\x04")
    assert code == 2
    assert "The input ended. Nothing was changed." in output
    assert config.path.read_bytes() == before


def test_an_offer_holds_only_feeds_of_the_catalogue() -> None:
    assert first_run.offer(Settings(feeds=(made("mine"),))).feeds == ()


def test_the_help_names_the_desks_there_are() -> None:
    assert ", ".join(desk.id for desk in first_run.DESKS) == init_commands.DESK_IDS
