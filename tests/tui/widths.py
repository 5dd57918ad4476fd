"""Rows of every kind made of any string, and how many cells a real terminal gives them."""

from __future__ import annotations

import gzip
import json
import os
import random
import shlex
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.style import Style

from aggregator.model import ArticleRow, StoryRow
from tests.tui.conftest import NOW
from tui import render, rows, scope, words

PALETTE: Final = {"text": Style.null()}
WIDTHS: Final = (40, 60, 79, 120, 160)
"""Cells of a row: each breakpoint of a row, and the two sizes that everything is drawn for."""
INSIDE, END = "\u00a6", "#"
"""What is written behind a row, and then over it, where the row is as wide as it should be."""
LAST: Final = "these were all rows"
PATIENCE: Final = 60.0
"""Seconds until a terminal that shows nothing is broken."""

ALPHABETS: Final = (
    "abcXYZ 019 .,()[]{}«»\u201c\u201d'\"!?-\u2013\u2014\u2026/\\|",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءآأإؤئلا ٠١٢٣ ،؛؟ـ",
    "پچژگکی۰۱۲۳ڤڕڵێەۆ",
    "אבגדהוזחטיכךלמםנןסעפףצץקרשת ״׳־",
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u05b0\u05b8\u05c1\u0301\u0308",
    "\u200b\u200c\u200d\u200e\u200f\u061c\u2066\u2067\u2068\u2069\u202a\u202e\u2060\ufeff\u00ad\u0600\u0605\u06dd",
    "\x00\x07\x08\x1b\x7f\x80\x9b\t\n\r\x0b\x85\u2028\u2029",
    "中文日本語ｱｲｳＡＢ한국어\u3000",
    "😀👨👩👧👍\U0001f3fd❤\ufe0f✈\ufe0e☎⌚1\ufe0f\u20e3🏴\U000e0067\U000e007f",
    "กเทहनക İıſßﬁ",
    "│─█▌★●○•·→⇒∑∞☀☂♠①㊗",
    "\U0001f1f1\U0001f1e7\U0001f1f8 \u0903\u093e\u094b\u09be\u0bca\u302e \u2630\u2637\u268a\u4dff\u3248",
    "\ue000\uf8ff\U000f1234\U0010fffd \u0378\u0530\u2fff\u31ef\ufa6e\ufaff\U00018cff\U0001d300\U0001d376 x",
    "\u1100\u1112\u1161\u11ab\ud7b0\ud7cb\u3164\uffa0\u115f\u1160 \u0897\u0ece\u1acf\U0001fae8\U0001faf8 ॐक",
)
"""What is hard about width in news of this region and far from it; each string takes a few of them."""


def fuzzed(number: int, seed: int = 1) -> Iterator[str]:
    """Nasty strings, the same for a seed."""
    chance = random.Random(seed)
    for _ in range(number):
        letters = "".join(chance.sample(ALPHABETS, chance.randint(1, 4)))
        yield "".join(chance.choices(letters, k=chance.randint(1, 90)))


def titles(shared: Path) -> Iterator[tuple[str, str, str]]:
    """Title, outlet and language of every article of the article sets."""
    for path in sorted((shared / "articles").glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                found = json.loads(line)
                yield found.get("title") or "", found.get("outlet") or "", found.get("lang") or ""


def drawn(kind: int, title: str, outlet: str, language: str, width: int) -> list[str]:
    """A row of the list, of the front page, or the header, as text of ``width`` cells."""
    if kind == 0:
        article = ArticleRow(
            id=1, feed_id=1, title=title, outlet=outlet, language=language, at=NOW, unread=True, starred=True,
            updated=True, related=7,
        )  # fmt: skip
        spans = [rows.row_spans(article, width, NOW)]
    elif kind == 1:
        story = StoryRow(
            id=1, lead=1, title=title, language=language, first=NOW - 9000, last=NOW, articles=5, outlets=4,
            unread=2, new=3, starred=True, live=True, counts=((language, 3), ("en", 2)),
            leading=(outlet, title, "Tern"), activity=(0, 0, 1, 2, 4),
        )  # fmt: skip
        spans = [rows.headline_spans(story, 12, width, NOW), rows.outlet_spans(story, width)]
    else:
        named = scope.Scope("feed", title, title)
        spans = [render.cut(words.list_spans(named, outlet, 12_345, 7, 3, True), width)]
    return [render.strip(each, width, PALETTE).text for each in spans]


def wrong_to_us(shown: str, width: int) -> bool:
    """Is the row another number of cells than it should be, by Rich's count?"""
    return cell_len(shown) != width


def wrong_to_tmux(shown: Sequence[tuple[str, int]], folder: Path) -> list[str]:
    """The rows that take another number of cells in tmux, as tmux shows them.

    Behind each row a sign is written, then another one at the column that must follow it: where the first
    sign stays, the row is narrower or wider.
    """
    lines = [f"{text}{INSIDE}\x1b[{width + 1}G{END}\r\n" for text, width in shown if INSIDE not in text]
    (folder / "rows").write_text("".join(lines) + f"{LAST}\r\n", "utf-8")
    socket = f"hakawati-{uuid.uuid4().hex[:12]}"
    environment = os.environ | {"LC_ALL": "C.UTF-8"}  # tmux asks the locale how wide a letter is

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-L", socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    (folder / "tmux.conf").write_text(f"set -g history-limit {len(lines) + 100}\n")
    shell = f"stty raw; cat {shlex.quote(str(folder / 'rows'))}; cat"
    tmux(
        "-f",
        str(folder / "tmux.conf"),
        "-u",
        "new-session",
        "-d",
        "-x",
        str(max(WIDTHS) + 9),
        "-y",
        "50",
        shell,
    )
    try:
        end = time.monotonic() + PATIENCE
        while LAST not in tmux("capture-pane", "-p").split("\n"):
            assert time.monotonic() < end, "tmux never showed the rows"
        captured = tmux("capture-pane", "-p", "-S", "-", "-E", "-").split("\n")
    finally:
        tmux("kill-server")
    rows_shown = captured[: captured.index(LAST)]
    assert len(rows_shown) == len(lines), (len(rows_shown), len(lines))
    return [line for line in rows_shown if INSIDE in line or not line.endswith(END)]
