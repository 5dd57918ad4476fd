"""The real program on a terminal's grid: each cell of a right-to-left line is where the layout puts it."""

from __future__ import annotations

import re
import time

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import Block, InlineLink
from tests.tui.conftest import make_draft, store_drafts
from tests.tui.test_terminal import Terminal, terminal
from tui import blocks, rows
from tui.lines import Document

pyte = pytest.importorskip("pyte", reason="pyte, a terminal in memory, is not installed")

UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*u|\x1b\[\?\d+\$p|\x1b\[8[hl]|\x1b\]22;[a-z-]*\x07")
"""What pyte would take for text: terminals ignore what they do not know, it does not."""
TITLES = (
    ("ar", "الميناء يستقبل 12 سفينة (يوميًا)، قالت Ferry One: «أهلًا»"),
    ("he", "הנמל נפתח מחדש ב-9:30 (חינם), נמסר מ-OpenPort היום"),
    ("fa", "پل تازه‌ی اصفهان در ۱۴۰۴ باز می‌شود؟ آری!"),
)


@pytest.fixture
def mixed(config: Config) -> Config:
    """Three more articles, the newest of all, in three scripts."""
    for at, (language, title) in enumerate(TITLES):
        draft = make_draft(300 + at, title, language=language, minutes=-1 - at, text=f"{title}. " * 9)
        store_drafts(config, "https://minaa.example/rss", [draft])
    return config


def grid(term: Terminal, wanted: bytes) -> list[str]:
    """The rows of an 80x24 terminal once it has been told everything up to ``wanted``, and after a rest."""
    term.read_until(wanted)
    term.rest()
    screen = pyte.Screen(80, 24)
    pyte.ByteStream(screen).feed(UNKNOWN.sub(b"", term.seen))
    return list(screen.display)


def test_every_cell_of_a_list_is_where_the_layout_puts_it(mixed: Config) -> None:
    began = int(time.time())
    with Library(mixed) as library, terminal(mixed) as term:
        shown = grid(term, b"12")
        articles = library.rows(library.ids("")[:20])
        assert [row.language for row in articles[:3]] == ["fa", "he", "ar"]
        for line, row in zip(shown[1:], articles, strict=False):
            drawn = {
                "".join(text for text, _ in rows.row_spans(row, 78, now))
                for now in range(began, int(time.time()) + 1)
            }
            assert line[1:79] in drawn


def test_every_cell_of_an_article_is_where_the_layout_puts_it(mixed: Config) -> None:
    with terminal(mixed) as term:
        grid(term, b"12")
        for language, title in reversed(TITLES):
            document = Document(72, language=language)
            link = InlineLink(4, 11, "https://notice.example/ferries")  # as make_draft has it
            blocks.lay(document, [Block("p", f"{title}. " * 9, (link,))], {})
            term.press(b"\r")
            shown = grid(term, document.lines[-1].text.strip().encode())
            first = next(at for at, line in enumerate(shown) if document.lines[0].text in line)
            column = shown[first].index(document.lines[0].text)
            for line, cells in zip(document.lines, shown[first:], strict=False):
                assert cells[column : column + 72].ljust(72) == line.text.ljust(72)
            term.press(b"h")
            term.rest()
            term.press(b"j")
            term.rest()
