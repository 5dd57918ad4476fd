"""A few seconds of what tests/bench/fuzz.py does for hours, with the same cases each time."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random

import pytest

from tests.aggregator import fuzzing
from tests.conftest import SHARED

CASES = {"feeds": 50, "hostile": 120, "invented": 100, "json": 100, "pages": 20, "query": 60}
"""Of those that cost more than a millisecond each."""
MANY = 400
TARGETS = fuzzing.targets(SHARED if SHARED.is_dir() else None)


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_nothing_that_is_damaged_or_invented_breaks_anything(target: fuzzing.Target, tmp_path: Path) -> None:
    random = Random(f"{target.name}:ci")
    check = target.check(tmp_path)
    for number in range(CASES.get(target.name, MANY)):
        case = target.make(random)
        began = time.process_time()
        check(case)
        assert time.process_time() - began < fuzzing.SECONDS, f"case {number}"


FOUND = {
    "strings": [
        "e" + "\u0301" * 60 + ".example",
        "x-option=" + "\U0001f468\u200d" * 80 + ".example",
        "harbour.example\\@elsewhere.example",
    ],
    "query": ["since:9d\x1b[31m", "score:\x07x", "sort:x\x1b]0;t\x07", "(" * 3000],
    "pages": ['<link rel="alternate" type="application/rss+xml" href="/a\x1e\x7f\x9b">'],
    "opml": [
        '<opml><outline text="t" xmlUrl="http://h.example/' + "e" + "\u0301" * 60 + '"/></opml>',
        '<opml><outline text="t" xmlUrl="http://h\u202e.example/"/></opml>',
    ],
    "hostile": ["<rss>\u00e9" + "w" * 60_000, "<" * 60_000 + "\u00e9"],
    "dates": ["2025-W02-1", "2025-006", "10000-01-01", "12:30", "2025-02-30T25:61:61Z"],
}
"""What broke something once, invented anew."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_mended(name: str, tmp_path: Path) -> None:
    (target,) = (target for target in TARGETS if target.name == name)
    check = target.check(tmp_path)
    for text in FOUND[name]:
        coding = "latin-1" if name == "hostile" else "utf-8"
        began = time.process_time()
        check(text.encode(coding))
        assert time.process_time() - began < fuzzing.SECONDS, text[:40]
