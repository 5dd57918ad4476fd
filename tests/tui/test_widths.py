"""A row is as wide as its column, by our count and in a real terminal, whatever its words are."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path

import pytest

from tests.tui import widths

EVERY = 13
"""One title of so many: 5,000 of 64,000."""
FUZZED = 4_000
"""tests/bench/row_widths.py takes all titles and 20,000 fuzzed strings."""


@pytest.fixture(scope="module", autouse=True)
def tmux() -> None:
    if shutil.which("tmux") is None:
        if os.environ.get("CI"):
            pytest.fail("tmux is absent, and CI must have it")
        pytest.skip("tmux is absent")


def mismatches(texts: list[tuple[str, str, str]], folder: Path) -> list[str]:
    """Every text in a row; kinds and widths take turns."""
    turns = itertools.cycle(itertools.product((0, 1, 2), widths.WIDTHS))
    shown = [
        (line, width)
        for (title, outlet, language), (kind, width) in zip(texts, turns, strict=False)
        for line in widths.drawn(kind, title, outlet, language, width)
    ]
    wrong = [repr(text) for text, width in shown if widths.wrong_to_us(text, width)]
    return wrong + widths.wrong_to_tmux(shown, folder)


def test_titles_of_real_articles_are_as_wide_as_their_column(shared: Path, tmp_path: Path) -> None:
    assert mismatches([*widths.titles(shared)][::EVERY], tmp_path) == []


def test_fuzzed_strings_are_as_wide_as_their_column(tmp_path: Path) -> None:
    texts = [(text, text[::-1], "") for text in widths.fuzzed(FUZZED)]
    assert mismatches(texts, tmp_path) == []
