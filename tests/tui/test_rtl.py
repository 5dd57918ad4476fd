"""Who puts right-to-left text in order: how that is found out, asked once, and remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aggregator.library import Library
from tui import render, rtl, terminal
from tui.bidi.layout import Drawing
from tui.rtl import Face, decide
from tui.screens.terminal_question import FONTS, TerminalQuestion
from tui.terminal import Look

VTE = b"\x1b[8;1$y\x1bP>|VTE(7006)\x1b\\\x1b[?65;1;9c"
GUESS = decide("auto", Look(), "tmux")


@pytest.fixture(autouse=True)
def drawing() -> Iterator[None]:
    yield
    render.use(Drawing(ellipsis=render.GLYPHS.ellipsis))


# --- what the terminal answers ---


def test_answers_and_keys_are_told_apart_in_any_order() -> None:
    look = terminal.read(b"j\x1b[A" + VTE + b"\x1b[Bq")
    assert look == Look(bdsm=True, version="VTE(7006)", typed=b"j\x1b[A\x1b[Bq", whole=True)
    assert terminal.read(b"abc") == Look(typed=b"abc")


def test_a_mode_that_is_unknown_or_fixed_cannot_be_set() -> None:
    modes = {number: terminal.read(b"\x1b[8;%d$y" % number).bdsm for number in range(5)}
    assert modes == {0: False, 1: True, 2: True, 3: False, 4: False}


def test_a_name_is_inert_however_it_comes() -> None:
    look = terminal.read(b"\x1bP>|evil\x9b2J\x07\x1b[?1c")
    assert look.version.isprintable()
    assert rtl.name_of(look).isprintable()


# --- its name ---


@pytest.mark.parametrize(
    ("version", "environment", "name"),
    [
        ("XTerm(379)", {"KONSOLE_VERSION": "221203"}, "xterm"),
        ("xterm.js(5.5.0)", {}, "xterm.js"),
        ("VTE(7006)", {}, "vte"),
        ("Konsole 22.12.3", {}, "konsole"),
        ("kitty(0.26.5)", {}, "kitty"),
        ("tmux 3.3a", {"KITTY_WINDOW_ID": "1"}, "tmux"),
        ("New Thing(1.0)", {}, "new"),
        ("", {"TMUX": "/tmp/x", "ALACRITTY_WINDOW_ID": "1"}, "tmux"),
        ("", {"STY": "1.x"}, "screen"),
        ("", {"TERM_PROGRAM": "Apple_Terminal", "TERM": "xterm-256color"}, "apple terminal"),
        ("", {"WT_SESSION": "x", "TERM": "xterm-256color"}, "windows terminal"),
        ("", {"VTE_VERSION": "5202"}, "old vte"),
        ("", {"VTE_VERSION": "7006"}, "vte"),
        ("", {"TERM": "foot-extra"}, "foot"),
        ("", {"TERM": "xterm-kitty"}, "kitty"),
        ("", {"TERM": "xterm-256color"}, "xterm-256color"),
        ("", {}, ""),
    ],
)
def test_a_terminal_is_known_by_what_it_says_then_by_its_variables(
    version: str, environment: dict[str, str], name: str
) -> None:
    assert rtl.name_of(Look(version=version), environment) == name


# --- the decision ---


def test_the_configuration_wins_then_an_answer_then_the_terminal() -> None:
    able = Look(bdsm=True)
    assert decide("off", able, "vte", "terminal").mode == "off"
    assert decide("auto", able, "vte", "terminal").mode == "terminal"
    assert decide("auto", able, "konsole", "nonsense").mode == "app"
    assert not decide("auto", able, "vte").guess


def test_known_terminals_need_no_question() -> None:
    for name in rtl.LOGICAL:
        assert decide("auto", Look(), name) == rtl.Decision("app", name, decide("auto", Look(), name).why)
    for name in rtl.REORDERS:
        decision = decide("auto", Look(), name)
        assert (decision.mode, decision.guess) == ("terminal", False)
        assert decision.hint
    kitty = decide("auto", Look(), "kitty")
    assert kitty.mode == "app"
    assert "force_ltr" in kitty.hint


def test_an_unknown_terminal_and_tmux_are_a_guess() -> None:
    for name in ("tmux", "screen", "iterm2", "xterm-256color", ""):
        assert decide("auto", Look(), name).guess
        assert not decide("auto", Look(), name, "terminal").guess


def test_an_answer_is_remembered_for_the_terminal_of_that_name_alone() -> None:
    stored = {rtl.KEY.format("tmux"): "terminal"}

    def face(version: str) -> Face:
        look = Look(version=version)
        return rtl.of_reader(
            "auto", "strip", look, lambda key: stored.get(key, ""), order=terminal.Order(), asks=True
        )

    assert face("tmux 3.3a").mode == "terminal"
    assert not face("tmux 3.4").ask_needed
    assert face("iTerm2 3.5").ask_needed


def test_the_mode_decides_how_everything_is_drawn() -> None:
    assert render.line("سلام", 6) == "   ﻡﻼﺳ"
    Face(decide("terminal", Look(), ""))
    assert render.line("سلام", 6) == "سلام  "
    Face(decide("app", Look(), ""), "keep")
    assert render.drawing().marks == "keep"


def test_languages_that_run_from_right_to_left_are_known_with_their_countries() -> None:
    assert rtl.written(["en", "ar-EG"])
    assert not rtl.written(["en", "tr", ""])


# --- what is sent ---


def test_tmux_is_asked_to_hand_it_on_as_well() -> None:
    assert terminal.sequence(terminal.EXPLICIT, {}) == "\x1b[8l"
    packed = "\x1b[8l\x1bPtmux;\x1b\x1b[8l\x1b\\"
    assert terminal.sequence(terminal.EXPLICIT, {"TMUX": "/tmp/x,1,0"}) == packed


def test_some_terminals_are_not_asked_because_they_would_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.isatty", lambda _: True)
    assert terminal.askable({"TERM": "xterm"})
    assert not terminal.askable({"TERM": "linux"})
    assert not terminal.askable({"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"})
    monkeypatch.setattr("os.isatty", lambda number: number == 0)
    assert not terminal.askable({"TERM": "xterm"})


def test_without_a_terminal_nothing_is_asked() -> None:
    with terminal.asked(True) as look:
        assert look() == Look()


# --- the question ---


async def test_one_look_decides_and_is_kept(library: Library, reading: Callable[..., Any]) -> None:
    async with reading(library) as reader:
        assert "ءﺎﻨﻴﻤﻟﺍ" in reader.text
        reader.app.face = Face(GUESS, asks=True)
        done: list[bool] = []
        reader.app.ask_order(["ar"], lambda: done.append(True))
        await reader.until(lambda: isinstance(reader.app.screen, TerminalQuestion))
        await reader.settle()
        assert f"[ {rtl.ALEF} ]" in reader.text
        assert not done
        await reader.press("2")
        await reader.until(lambda: done)
        await reader.settle()
        assert "الميناء" in reader.text
        assert library.ui_get("rtl tmux") == "terminal"
        assert not reader.app.face.ask_needed
        reader.app.ask_order(["ar"], lambda: done.append(True))
        assert done == [True, True]


async def test_who_does_not_answer_is_not_asked_again(library: Library, reading: Callable[..., Any]) -> None:
    async with reading(library) as reader:
        reader.app.face = Face(GUESS, asks=True)
        reader.app.ask_order(["ar"], lambda: None)
        await reader.until(lambda: isinstance(reader.app.screen, TerminalQuestion))
        await reader.press("escape")
        await reader.until(lambda: reader.app.screen is reader.screen)
        await reader.settle()
        assert library.ui_get("rtl tmux") == "app"
        assert not reader.app.face.ask_needed


async def test_whoever_sees_no_letters_is_told_which_fonts_have_them(
    library: Library, reading: Callable[..., Any]
) -> None:
    async with reading(library) as reader:
        reader.app.face = Face(GUESS, asks=True)
        reader.app.ask_order(["he"], lambda: None)
        await reader.until(lambda: isinstance(reader.app.screen, TerminalQuestion))
        await reader.press("3")
        await reader.until(lambda: any(toast.message == FONTS for toast in reader.app._notifications))
        assert reader.app.face.mode == "app"


async def test_nobody_is_asked_for_languages_that_need_no_order(
    library: Library, reading: Callable[..., Any]
) -> None:
    async with reading(library) as reader:
        reader.app.face = Face(GUESS, asks=True)
        done: list[bool] = []
        reader.app.ask_order(["en", "tr"], lambda: done.append(True))
        assert done
        assert reader.app.face.ask_needed


async def test_a_hint_about_the_terminal_is_given_once(library: Library, reading: Callable[..., Any]) -> None:
    async with reading(library) as reader:
        for _ in range(2):
            reader.app.face = Face(decide("auto", Look(), "kitty"), asks=True)
            reader.app.ask_order(["ar"], lambda: None)
            await reader.settle()
        told = [toast for toast in reader.app._notifications if "force_ltr" in toast.message]
        assert len(told) == 1


async def test_where_the_terminal_orders_text_panes_do_not_share_lines(
    library: Library, reading: Callable[..., Any]
) -> None:
    async with reading(library, (110, 30)) as reader:
        await reader.press("enter")
        assert reader.screen.sees("list")
        reader.app.order_text("terminal")
        await reader.settle()
        assert [pane for pane in ("feeds", "list", "article") if reader.screen.sees(pane)] == ["article"]
        assert not reader.screen.widget_of("list").display
        reader.app.order_text("app")
        await reader.settle()
        assert reader.screen.widget_of("list").display
