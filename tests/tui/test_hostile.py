"""Nothing that a feed sends leaves the reader but as letters: every byte of a visit is looked at."""

from __future__ import annotations

import base64
import os
import select
from pathlib import Path

import pytest

from aggregator.config import Config
from tests.tui import hostile
from tests.tui.conftest import NOW
from tests.tui.test_terminal import Terminal, terminal
from tui import render

QUIET = 0.12
"""Seconds without a byte after which the reader has answered a key."""
ROWS = 15
"""Of the list, at least, that a page of the terminal shows."""
WHOLE = ("made/term", "made/html")
"""Folders of which every document is shown."""
EVERY = 16
"""Of the others one document of so many is; tests/bench/hostile_bytes.py shows all."""
LITERAL = [
    "[@click=app.quit]Click me[/] [/b] \x1b]52;c;aGk=\x07\x9b2J end",
    "[/b] unclosed [link=x",
    "$(reboot) `id`",
]


def rest(term: Terminal, quiet: float = QUIET) -> None:
    """Read on until nothing comes any more."""
    while select.select([term.master], [], [], quiet)[0]:
        try:
            term.seen += os.read(term.master, 1 << 16)
        except OSError:
            return


def opened(term: Terminal) -> None:
    """Wait until Textual has the screen: before, keys wait in the terminal's queue."""
    term.read_until(b"\x1b[?2004h")
    rest(term)


def left(term: Terminal) -> None:
    """Leave; the reader must be alive until then."""
    assert term.process.poll() is None, hostile.text_of(term.seen)[-2000:]
    term.press(b"\x11")
    assert term.drain() == 0
    assert b"Traceback" not in term.seen


def visit(term: Terminal, pages: int) -> None:
    """Every place of the reader, with as many pages of the list and articles."""
    opened(term)
    for _ in range(pages):
        term.press(b" ")
        rest(term, QUIET / 4)
    for keys in (
        b"gg\r",
        b"   ",
        b"r",
        b"w",
        b"L",
        b"\x1b",
        b"]]]",
        b"}}",
        b"\x1b",
        b"v",
        b"\r",
        b"\x1b",
        b"v",
    ):
        term.press(keys)
        rest(term)
    for _ in range(pages):
        term.press(b"\r")
        rest(term, QUIET / 4)
        term.press(b"\x1b")
        rest(term, QUIET / 4)
        term.press(b"jjj")
    for key in (b"F", b"H", b"C", b"E", b"W", b"B", b"?", b":"):
        term.press(key)
        rest(term)
        term.press(b"e\r" if key == b"H" else b"jj")
        rest(term)
        term.press(b"\x1b")
        rest(term)


def page_through(term: Terminal, rows: int) -> None:
    """The whole list, page by page, with one article of each page."""
    term.press(b"gg")
    for _ in range(rows // ROWS + 1):
        term.press(b"\r")
        rest(term, QUIET / 4)
        term.press(b"\x1b")
        rest(term, QUIET / 4)
        term.press(b" ")
        rest(term, QUIET / 4)


@pytest.fixture
def sample(shared: Path) -> list[Path]:
    every = hostile.documents(shared)
    whole = [path for path in every if any(folder in str(path) for folder in WHOLE)]
    assert len(whole) > 100
    return [*whole, *(path for path in every[::EVERY] if path not in whole)]


def test_hostile_documents_are_letters_and_do_nothing(config: Config, sample: list[Path]) -> None:
    raw = hostile.fill(config, sample, NOW)
    with terminal(config) as term:
        visit(term, pages=3)
        page_through(term, len(raw) + len(sample))
        left(term)
    assert hostile.foreign(term.seen) == []
    assert b"\x1b]52" not in term.seen


def test_hostile_titles_are_shown_as_they_are_written(config: Config, make_draft, store_drafts) -> None:
    drafts = [make_draft(300 + n, text, minutes=-1) for n, text in enumerate(LITERAL)]
    store_drafts(config, hostile.ADDRESSES[0], drafts)
    with terminal(config) as term:
        opened(term)
        for text in LITERAL:
            term.read_until(render.inert(text)[:30].encode())
        left(term)
    shown = hostile.text_of(term.seen)
    for text in LITERAL:
        assert render.inert(text)[:40].rstrip() in shown
    assert hostile.foreign(term.seen) == []


def test_only_the_key_that_copies_writes_to_the_clipboard(config: Config, make_draft, store_drafts) -> None:
    store_drafts(config, hostile.ADDRESSES[0], [make_draft(300, LITERAL[0], minutes=-1, text=LITERAL[0])])
    with terminal(config) as term:
        opened(term)
        term.press(b"\r")
        term.read_until(b"back")
        rest(term)
        assert b"\x1b]52" not in term.seen
        term.press(b"yt")
        term.read_until(b"\x1b]52")
        left(term)
    _, *copies = term.seen.split(b"\x1b]52;c;")
    assert [base64.b64decode(copy.split(b"\x07")[0]).decode() for copy in copies] == [
        render.inert(LITERAL[0])
    ]
    assert hostile.foreign(term.seen, copied=True) == []


def test_hostile_text_that_is_pasted_into_the_filter_is_letters(config: Config) -> None:
    with terminal(config) as term:
        opened(term)
        for text in (
            *LITERAL,
            "a\x00b",
            "'\" OR 1=1 --",
            "((((((((",
            "\u202egnp.exe",
            "title:[@click=app.quit]x[/]",
        ):
            term.press(b"/\x1b[200~" + text.encode() + b"\x1b[201~")
            rest(term)
            term.press(b"\x1b")
            rest(term, QUIET / 2)
        left(term)
    assert hostile.foreign(term.seen) == []


@pytest.fixture
def refused(config: Config) -> Config:
    """A configuration that names an escape sequence where a key should be."""
    config.path.write_text('"\\u001b]0;title\\u0007" = 1\n[reader]\n"\\u009b2J[@click=app.quit]x" = 3\n')
    return config


def test_a_configuration_that_is_refused_is_quoted_inertly(refused: Config) -> None:
    with terminal(refused) as term:
        assert term.drain() == 2
    assert hostile.foreign(term.seen) == []
    assert len(term.seen.splitlines()) == 1
