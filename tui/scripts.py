"""A line of each script for ``doctor``: as it is written, and as the reader would draw it here."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from aggregator import cli
from aggregator import config as config_files
from aggregator.library import Library
from tui import render, rtl, terminal
from tui.rtl import Face

SAMPLES: Final = (
    ("Arabic", "ar", "الميناء يستقبل 12 سفينة (يوميًا)، قالت Ferry One."),
    ("Persian", "fa", "پل تازه‌ی اصفهان در ۱۴۰۴ باز می‌شود؟"),
    ("Hebrew", "he", "הנמל נפתח מחדש ב-9:30 (חינם), נמסר היום."),
    ("Turkish", "tr", "İzmir'de yağış: vapur seferleri gecikti."),
)
"""Script, its language, an invented sentence with what goes wrong first: digits, brackets, joined letters."""
WIDTH: Final = 56
"""Cells of a drawn line: what stands at the right is seen to do so, in 80 columns."""
FONTS: Final = (
    "Boxes, or letters that do not touch? Try another font: DejaVu Sans Mono, Cascadia Code, Courier New."
)


def tell(say: Callable[[str], None]) -> None:
    """The sentences as they are written, for terminals and programs that put them in order themselves."""
    say("scripts        as they are written:")
    for name, _, text in SAMPLES:
        say(f"  {name:<8} {text}")


def tell_drawn(face: Face, say: Callable[[str], None]) -> None:
    """The same as the reader would draw them, who puts them in order and why."""
    decision = face.decision
    say(f"right to left  rtl = {face.mode}, in {decision.name or 'this terminal'}: {decision.why}")
    if decision.hint:
        say(f"  {decision.hint}")
    if face.mode == "app":
        face.order.take(terminal.write)
    for line in drawn():
        say(line)
    if face.order.ours:
        face.order.give_back(terminal.write)
    say(f"  {FONTS}")


def drawn() -> Iterator[str]:
    """The sentences as they are drawn."""
    return (f"  {name:<8} {render.line(text, WIDTH, language)}|" for name, language, text in SAMPLES)


def main(argv: Sequence[str]) -> None:
    """What ``doctor`` says of right-to-left text; on a terminal also how the reader would draw it there."""
    tell(print)
    if not (sys.stdout.isatty() and sys.stdin.isatty()):
        return
    found = cli.global_options(argv)
    config = config_files.load(found.config, found.cache)
    reader = config.settings.reader
    with (
        Library(config) as library,
        terminal.given_back() as order,
        terminal.asked(rtl.wants_look(reader.rtl)) as look,
    ):
        face = rtl.of_reader(reader.rtl, reader.marks, look(), library.ui_get, order=order, asks=False)
        tell_drawn(face, print)
