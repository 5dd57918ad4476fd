"""What ``doctor`` says of right-to-left text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from aggregator.config import Config
from tests.tui.test_terminal import ANSWERS, ROOT, TURNED, Terminal
from tui import render, scripts
from tui.bidi.layout import Drawing
from tui.rtl import Face, decide
from tui.terminal import Look


@pytest.fixture(autouse=True)
def drawing() -> Iterator[None]:
    yield
    render.use(Drawing(ellipsis=render.GLYPHS.ellipsis))


def test_each_script_is_told_as_it_is_written() -> None:
    said: list[str] = []
    scripts.tell(said.append)
    assert [line.split()[0] for line in said[1:]] == ["Arabic", "Persian", "Hebrew", "Turkish"]
    assert all(text in line for line, (_, _, text) in zip(said[1:], scripts.SAMPLES, strict=True))


def test_drawn_lines_are_all_as_wide_and_stand_at_the_side_they_are_read_from() -> None:
    lines = list(scripts.drawn())
    assert {render.cell_len(line) for line in lines} == {2 + 8 + 1 + scripts.WIDTH + 1}
    assert [line[11].isspace() for line in lines] == [True, True, True, False]
    assert lines[2].endswith("למנה|")


def test_who_orders_is_said_with_what_would_be_better() -> None:
    said: list[str] = []
    scripts.tell_drawn(Face(decide("auto", Look(), "konsole")), said.append)
    assert "rtl = terminal, in konsole" in said[0]
    assert "Bi-Directional" in said[1]
    assert scripts.SAMPLES[2][2] in said[4]


def test_in_a_pipe_it_is_plain_logical_text_and_no_textual_is_loaded(config: Config) -> None:
    code = (
        "import sys; from tui.__main__ import main; main(sys.argv[1:]);"
        "assert 'textual' not in sys.modules and 'tui.app' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", str(config.path), "--cache", str(config.cache), "doctor"],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = done.stdout.decode()
    assert all(text in said for _, _, text in scripts.SAMPLES)
    assert "\x1b" not in said


def test_on_a_terminal_it_asks_draws_and_gives_the_order_back(config: Config) -> None:
    config.path.write_text(config.path.read_text().replace('rtl = "app"', 'rtl = "auto"'))
    code = "import sys; from tui.__main__ import main; sys.exit(main([*sys.argv[1:], 'doctor']))"
    term = Terminal(config, code)
    try:
        term.read_until(b"\x1b[c")
        term.press(ANSWERS)
        assert term.drain() == 0
        assert TURNED in term.seen
        assert b"rtl = app, in vte" in term.seen
        assert term.orders == "lh"
    finally:
        term.close()


def test_either_command_says_the_same(config: Config) -> None:
    places = ["--config", str(config.path), "--cache", str(config.cache)]
    said = [
        subprocess.run(
            [sys.executable, "-m", module, *places, "doctor"],
            cwd=ROOT,
            env=os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0"},
            capture_output=True,
            check=False,
        )
        for module in ("aggregator", "tui")
    ]
    assert [done.returncode for done in said] == [0, 0]
    assert said[0].stdout.decode().splitlines()[4:] == said[1].stdout.decode().splitlines()[4:]
    assert scripts.SAMPLES[0][2] in said[0].stdout.decode()
