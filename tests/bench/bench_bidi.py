"""Unicode's conformance files through the right-to-left engine, and what real titles cost.

    python tests/bench/bench_bidi.py [--ucd /usr/share/unicode] [--every 1] [--articles ../shared/articles]

Exits with 1 where a case fails. The files BidiTest.txt and BidiCharacterTest.txt are in Debian's package
unicode-data, among others. Speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tui.bidi import classes, levels  # noqa: E402  # the bench runs from any folder

SAMPLES = {
    **{"L": "a", "R": "א", "AL": "ا", "EN": "0", "ES": "+", "ET": "#", "AN": "٠", "CS": ",", "NSM": "\u0300"},
    **{"BN": "\u200b", "B": "\u2029", "S": "\t", "WS": " ", "ON": "!", "PDF": "\u202c", "PDI": "\u2069"},
    **{"LRE": "\u202a", "RLE": "\u202b", "LRO": "\u202d", "RLO": "\u202e"},
    **{"LRI": "\u2066", "RLI": "\u2067", "FSI": "\u2068"},
}
"""A character of each class; none is a bracket."""
Case = tuple[str, int | None, list[str], list[int]]
"""A text, its paragraph level (None: by the text), the expected levels (x: none) and order."""


def class_cases(path: Path) -> Iterator[Case]:
    """The cases of BidiTest.txt."""
    expected: list[str] = []
    order: list[int] = []
    for line in path.open(encoding="utf-8"):
        if line.startswith("@Levels:"):
            expected = line.split()[1:]
        elif line.startswith("@Reorder:"):
            order = [int(place) for place in line.split()[1:]]
        elif line[0] not in "#@\n":
            classes, _, bits = line.partition(";")
            text = "".join(SAMPLES[name] for name in classes.split())
            for bit, base in ((1, None), (2, 0), (4, 1)):
                if int(bits, 16) & bit:
                    yield text, base, expected, order


def character_cases(path: Path) -> Iterator[Case]:
    """The cases of BidiCharacterTest.txt."""
    for line in path.open(encoding="utf-8"):
        if line[0] not in "#\n":
            codes, direction, _, expected, order = line.rstrip("\n").split(";")
            text = "".join(chr(int(code, 16)) for code in codes.split())
            base = None if direction == "2" else int(direction)
            yield text, base, expected.split(), [int(place) for place in order.split()]


def failure(case: Case) -> str:
    """What is wrong with a case, "" where nothing is."""
    text, base, expected, order = case
    resolved = levels.resolve(text, base)
    found = levels.line_levels(resolved, 0, len(text))
    shown = [i for i, kind in enumerate(resolved.kinds) if kind not in classes.REMOVED]
    told = ["x" if kind in classes.REMOVED else str(found[i]) for i, kind in enumerate(resolved.kinds)]
    placed = [shown[i] for i in levels.visual_order(bytes(found[i] for i in shown))]
    if told == expected and placed == order:
        return ""
    return f"{text!a} {base}: {told} {placed}, not {expected} {order}"


def conform(folder: Path, every: int) -> tuple[int, list[str]]:
    """How many cases ran, and the failures."""
    count, failures = 0, []
    for read, name in ((class_cases, "BidiTest.txt"), (character_cases, "BidiCharacterTest.txt")):
        for number, case in enumerate(read(folder / name)):
            if number % every == 0:
                count += 1
                if found := failure(case):
                    failures.append(found)
    return count, failures


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ucd", type=Path, default=Path("/usr/share/unicode"))
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    begun = time.process_time()
    count, failures = conform(options.ucd, options.every)
    print(f"conformance: {count - len(failures):,} of {count:,} cases, {time.process_time() - begun:.1f} s")
    print(*failures[:20], sep="\n", end="\n" if failures else "")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
