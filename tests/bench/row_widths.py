"""Every title of the article sets, and many fuzzed strings, in every kind of row at every width.

    python tests/bench/row_widths.py ../shared

Compares Rich's count and tmux's with the width of the column. Prints rows and mismatches; exit code 1 where
there is any.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.tui import widths

FUZZED = 20_000
BATCH = 20_000
"""Rows that one tmux shows."""


def main(shared: Path) -> int:
    """Draw them all."""
    texts = [*widths.titles(shared), *((text, text[::-1], "") for text in widths.fuzzed(FUZZED, seed=2))]
    rows = ours = theirs = 0
    for kind in (0, 1, 2):
        turns = itertools.cycle(widths.WIDTHS)
        drawn = (
            (line, width)
            for (title, outlet, language), width in zip(texts, turns, strict=False)
            for line in widths.drawn(kind, title, outlet, language, width)
        )
        while batch := [*itertools.islice(drawn, BATCH)]:
            with tempfile.TemporaryDirectory() as folder:
                wrong = widths.wrong_to_tmux(batch, Path(folder))
            rows, theirs = rows + len(batch), theirs + len(wrong)
            ours += sum(widths.wrong_to_us(text, width) for text, width in batch)
            for line in wrong[:3]:
                print(repr(line))
    print(f"{rows:,} rows, {ours} mismatches by Rich's count, {theirs} by tmux's")
    return 1 if ours or theirs else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
