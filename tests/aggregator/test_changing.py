"""Changes of the configuration are undone and done again in one order with marks, to the byte."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import cli
from aggregator import config as config_files
from aggregator.errors import ConfigError, StoreLocked
from aggregator.library import Library
from aggregator.model import PAUSED, MarkAction
from aggregator.store.db import Store
from aggregator.store.lock import WriteLock
from tests.aggregator.storing import HERON, KESTREL, NOW, make, sync

PLOVER = "https://plover.example/feed"
SHIPPED = [feed for feed in config_files.read(config_files.shipped()).feeds if feed.language == "tr"][:2]
TEXT = f"""# arranged by hand
[[feeds]]
url = "{HERON}" # the best
title = "Heron"
enabled = true

[[feeds]]
title = "Kestrel"
url = "{KESTREL}"
username = "me"
password = "hunter2hunter2"

# asleep
[[feeds]]
url = "{PLOVER}"
title = "Plover"
enabled = false

[[filters]]
name = "Ports"
query = "harbour" # and bread?
notify = "every"

[[rules]]
name = "Quiet"
when = "filter:Ports bread"
do = ["read"]

[[feeds]]
url = "{SHIPPED[0].url}"
language = "tr"
country = "TR"

[[feeds]]
url = "{SHIPPED[1].url}"
language = "tr"
enabled = false
"""
NAMES = ("Ports", "Oil", "Bread")


@contextmanager
def reading(text: str = TEXT) -> Iterator[Library]:
    """A library over a configuration and some articles."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "config.toml")
        path.write_bytes(text.encode())
        config = config_files.load(path, Path(folder, "cache"))
        with Store.open(config.cache) as store:
            store.feeds.reconcile(config.settings.feeds)
            sync(store, *(make(number, title=f"harbour {number}") for number in range(6)))
        with Library(config, clock=lambda: NOW) as library:
            yield library


@pytest.fixture
def library() -> Iterator[Library]:
    """The same for one test."""
    with reading() as opened:
        yield opened


def text(library: Library) -> str:
    """The file as it is."""
    return library.config.path.read_bytes().decode()


def state(library: Library) -> tuple[Any, ...]:
    """All that a reader can change here: the file to the byte, and what follows from it."""
    feeds = sorted((info.state.url, info.state.parked) for info in library.feeds())
    with Store.open(library.config.cache) as store:
        looks = store._database.all("SELECT filter FROM looks ORDER BY filter")
        alerts = store._database.all("SELECT filter FROM alerts")
    marks = [library.ids(query).tolist() for query in ("unread", "starred")]
    return text(library), feeds, marks, looks, alerts


# --- what can be undone --------------------------------------------------------------------------


def test_a_feed_turned_off_comes_back_with_its_articles(library: Library) -> None:
    library.disable(HERON)
    assert (library.counts(), len(library.feeds())) == ((0, 0), 2)
    assert library.undo() == "Undone: Heron no longer followed."
    assert text(library) == TEXT
    assert library.counts() == (6, 6)
    assert library.redo() == "Done again: Heron no longer followed."
    assert library.counts() == (0, 0)
    assert library.redo() == ""


def test_undo_goes_back_through_marks_and_settings_in_their_order(library: Library) -> None:
    library.mark_query(MarkAction.STAR, "harbour")
    library.save_filter("Oil", "oil", "spike")
    library.mark_query(MarkAction.READ, "")
    library.enable(PLOVER)
    library.pause(HERON)
    told = [library.undo() for _ in range(6)]
    assert told == [
        "Undone: Heron paused.",
        "Undone: Plover followed.",
        "Undone: 6 articles marked read.",
        'Undone: filter "Oil" saved.',
        "Undone: 6 articles starred.",
        "",
    ]
    assert text(library) == TEXT


def test_a_watch_that_is_renamed_back_keeps_what_it_told(library: Library) -> None:
    with Store.open(library.config.cache) as store, store.write():
        store._database.run("INSERT INTO looks (filter, at, spike) VALUES ('Ports', 5, '')")
    library.rename_filter("ports", "Harbours")
    assert state(library)[3] == [("Harbours",)]
    library.undo()
    assert state(library)[3] == [("Ports",)]
    library.redo()
    assert state(library)[3] == [("Harbours",)]
    assert library.config.settings.rules[0].when == "filter:Harbours bread"


def test_a_feed_that_polling_gave_up_is_given_up_again_by_undo(library: Library) -> None:
    with Store.open(library.config.cache) as store:
        store.feeds.set_parked(HERON, "gone (410)")
    library.resume(HERON)
    library.undo()
    assert ("gone (410)") in [info.state.parked for info in library.feeds()]
    library.redo()
    with Store.open(library.config.cache) as store:
        store.feeds.set_parked(HERON, "moved")
    assert library.undo() == "Undone: Heron asked again (but by now the feed is moved)."
    assert "moved" in [info.state.parked for info in library.feeds()]


def test_pausing_what_is_paused_is_no_step(library: Library) -> None:
    library.pause(HERON)
    library.pause(HERON)
    library.pause("https://unknown.example/")
    assert PAUSED in [info.state.parked for info in library.feeds()]
    assert [library.undo(), library.undo()] == ["Undone: Heron paused.", ""]


def test_what_changes_nothing_is_no_step(library: Library) -> None:
    library.enable(HERON)
    library.save_filter("Ports", "harbour")
    assert library.undo() == ""


def test_the_command_line_undoes_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(TEXT)
    outlines = "".join(f'<outline xmlUrl="{url}" text="{url[8:12]}"/>' for url in (PLOVER, f"{HERON}/2"))
    (tmp_path / "mine.opml").write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')

    def run(*words: str) -> str:
        cli.main(["--config", str(tmp_path / "config.toml"), *words])
        return capsys.readouterr().out

    assert run("feeds", "import", str(tmp_path / "mine.opml")).startswith("2 feeds added, 0 already there")
    assert run("feeds", "remove", "Heron").startswith("Removed")
    assert run("filters", "move", "Ports", "1") == "Moved Ports.\n"
    assert run("undo") == "Undone: Heron removed.\n"
    assert run("undo") == "Undone: feeds imported from mine.opml.\n", "in one step"
    assert (tmp_path / "config.toml").read_text() == TEXT
    assert run("redo") == "Done again: feeds imported from mine.opml.\n"
    assert [feed.enabled for feed in config_files.read(tmp_path / "config.toml").feeds] == [
        *[True] * 4,
        False,
        True,
    ]


# --- what cannot ---------------------------------------------------------------------------------


def test_lines_edited_by_hand_since_are_left_alone_and_the_step_is_passed_over(library: Library) -> None:
    library.mark_query(MarkAction.READ, "")
    library.disable(HERON)
    mine = text(library).replace("enabled = false", "enabled = false # mine", 1)
    library.config.path.write_text(mine)
    with pytest.raises(ConfigError, match=r"followed. cannot be undone: these lines of .* since"):
        library.undo()
    assert text(library) == mine
    assert library.undo() == "Undone: 6 articles marked read."


def test_what_was_edited_by_hand_elsewhere_stays_through_undo_and_redo(library: Library) -> None:
    library.disable(HERON)
    before, after = TEXT, text(library)
    for old, new in (("# arranged", "# well arranged"), ("bread?", "bread and fish?")):
        library.config.path.write_text(text(library).replace(old, new))
        before, after = before.replace(old, new), after.replace(old, new)
    library.undo()
    assert text(library) == before
    library.redo()
    assert text(library) == after


def test_what_a_hand_took_back_already_counts_as_undone(library: Library) -> None:
    library.mark_query(MarkAction.READ, "")
    library.disable(HERON)
    library.config.path.write_text(TEXT)
    library.reload()
    assert library.undo() == "Undone: 6 articles marked read."
    library.redo()
    assert library.redo() == "Done again: Heron no longer followed."


def test_an_undo_that_would_leave_no_configuration_is_refused(library: Library) -> None:
    cli.main(["--config", str(library.config.path), "feeds", "remove", "Plover"])
    mine = f'[[feeds]]\nurl = "{PLOVER}"\n\n{text(library)}'
    library.config.path.write_text(mine)
    with pytest.raises(ConfigError, match="that is no configuration any more"):
        library.undo()
    assert text(library) == mine


def test_undo_of_letting_a_paused_feed_go_pauses_it_again(library: Library) -> None:
    library.pause(HERON)
    library.disable(HERON)
    library.undo()
    assert PAUSED in [info.state.parked for info in library.feeds()]


def test_a_password_is_never_copied_into_the_cache(library: Library) -> None:
    library.disable(KESTREL)
    library.disable(HERON)
    library.undo()
    library.undo()
    assert text(library) == TEXT
    cli.main(["--config", str(library.config.path), "feeds", "remove", "Kestrel"])
    with pytest.raises(ConfigError, match=r"removed. cannot be undone: it had a password or headers"):
        library.undo()
    library.close()
    with Store.open(library.config.cache) as store:
        rows = store._database.all("SELECT id, action, at, label, ids, detail FROM journal")
        kept = [repr(store.journal._entry(row)) for row in rows]
    assert not [entry for entry in kept if "hunter2" in entry or '"me"' in entry]


def test_a_step_of_another_configuration_with_the_same_cache_is_not_turned_here(
    library: Library, tmp_path: Path
) -> None:
    library.disable(HERON)
    other = tmp_path / "other.toml"
    other.write_text(text(library))
    with (
        Library(config_files.load(other, library.config.cache)) as second,
        pytest.raises(ConfigError, match="it was made in "),
    ):
        second.undo()
    assert "enabled = true" not in other.read_text()


# --- whenever the machine stops ------------------------------------------------------------------


def killed(action: Any, at: str) -> None:
    """Do something in a process that is killed before or after the file is changed."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL
        return
    replace = Path.replace

    def dying(self: Path, target: Path) -> Path:
        if at == "after":
            replace(self, target)
        os.kill(os.getpid(), signal.SIGKILL)
        return target

    Path.replace = dying  # type: ignore[method-assign,assignment]
    try:
        action()
    finally:
        os._exit(1)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child lives on one thread, and dies
@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("what", ["do", "undo", "redo"])
def test_a_kill_between_file_and_journal_loses_nothing_and_lies_about_nothing(what: str, at: str) -> None:
    off = TEXT.replace("enabled = true", "enabled = false", 1)
    with reading() as library:
        config = library.config
        library.mark_query(MarkAction.READ, "")
        if what != "do":
            library.disable(HERON)
        if what == "redo":
            library.undo()
        library.close()

        def act() -> None:
            with Library(config, clock=lambda: NOW) as again:
                {"do": lambda: again.disable(HERON), "undo": again.undo, "redo": again.redo}[what]()

        killed(act, at)
        changed = (what == "undo") == (at == "before")
        assert text(library) == (off if changed else TEXT)
        with Library(config_files.load(config.path, config.cache), clock=lambda: NOW) as again:
            if changed:
                assert again.undo() == "Undone: Heron no longer followed."
            assert again.undo() == "Undone: 6 articles marked read.", "what did not come about is not undone"
            assert text(again) == TEXT
            again.redo()
            assert again.redo() == "Done again: Heron no longer followed."
            assert text(again) == off


def test_where_the_journal_cannot_be_written_nothing_is_changed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Store.open.__func__.__kwdefaults__, "lock_wait", 0.0)  # type: ignore[attr-defined]
    with WriteLock(library.config.cache / "write.lock", 0.0), pytest.raises(StoreLocked):
        library.disable(HERON)
    assert text(library) == TEXT
    assert library.undo() == ""


# --- whatever is done ----------------------------------------------------------------------------


def drawn(source: Random) -> tuple[Any, ...]:
    """One change of any kind."""
    url, name = source.choice([HERON, KESTREL, PLOVER]), source.choice(NAMES)
    return source.choice(
        [
            ("mark_query", source.choice(list(MarkAction)), source.choice(["", "starred", "unread"])),
            (source.choice(["enable", "disable", "pause", "resume"]), url),
            ("save_filter", name, source.choice(["oil", "bread", "harbour"]), source.choice(["", "every"])),
            ("remove_filter", name),
            ("rename_filter", name, source.choice(NAMES)),
            ("move_filter", name, source.randint(0, 2)),
            ("choose", ["tr"], "turkey"),
        ]
    )


def did(library: Library, step: tuple[Any, ...]) -> None:
    """Do it, if it can be done."""
    with suppress(ConfigError):
        getattr(library, step[0])(*step[1:])


def noted(library: Library) -> int:
    with Store.open(library.config.cache) as store:
        return int(store._database.value("SELECT count(*) FROM journal WHERE NOT undone"))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=4, deadline=None)
def test_any_changes_of_the_configuration_and_marks_are_undone_and_done_again_to_the_byte(seed: int) -> None:
    source = Random(seed)
    with reading() as library:
        states, at = [state(library)], 0
        for _ in range(30):
            turn = source.choice(["do", "do", "do", "undo", "redo"])
            before = noted(library)
            if turn == "undo":
                at -= bool(library.undo())
            elif turn == "redo":
                at += bool(library.redo())
            else:
                did(library, drawn(source))
                if noted(library) > before:
                    at += 1
                    states[at:] = [state(library)]
            assert state(library) == states[at]
        for wanted in states[:at][::-1]:
            assert library.undo()
            assert state(library) == wanted
        assert library.undo() == ""
        for wanted in states[1:]:
            assert library.redo()
            assert state(library) == wanted
        assert library.redo() == ""
