"""Unicode's conformance files through the right-to-left engine, and what real titles cost.

    python tests/bench/bench_bidi.py [--ucd /usr/share/unicode] [--every 1] [--articles ../shared/articles]

Exits with 1 where a case fails, a title has another width than was asked for, or GNU FriBidi orders or joins
one in another way. The files BidiTest.txt and BidiCharacterTest.txt are in Debian's package unicode-data,
FriBidi in libfribidi0; what is not there is left out, and that is said. Speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from rich.cells import cell_len  # noqa: E402  # the bench runs from any folder

from aggregator.text.inert import clean_text  # noqa: E402
from tui.bidi import classes, layout, levels  # noqa: E402
from tui.bidi.clusters import VOWELS  # noqa: E402

SAMPLES = {
    **{"L": "a", "R": "א", "AL": "ا", "EN": "0", "ES": "+", "ET": "#", "AN": "٠", "CS": ",", "NSM": "\u0300"},
    **{"BN": "\u200b", "B": "\u2029", "S": "\t", "WS": " ", "ON": "!", "PDF": "\u202c", "PDI": "\u2069"},
    **{"LRE": "\u202a", "RLE": "\u202b", "LRO": "\u202d", "RLO": "\u202e"},
    **{"LRI": "\u2066", "RLI": "\u2067", "FSI": "\u2068"},
}
"""A character of each class; none is a bracket."""
UNSENT = re.compile(
    "[\u200b-\u200f\u2066-\u2069\u061c\u034f\u00ad\u0600\ufe0f\u20e3\ufeff\U0001f3fb-\U0001f3ff]"
)
"""What terminals give different widths to."""
Case = tuple[str, int | None, list[str], list[int]]
"""A text, its paragraph level (None: by the text), the expected levels (x: none) and order."""


def class_cases(path: Path, every: int) -> Iterator[Case]:
    """The cases of BidiTest.txt, of every so-many-th line."""
    expected: list[str] = []
    order: list[int] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if line.startswith("@Levels:"):
            expected = line.split()[1:]
        elif line.startswith("@Reorder:"):
            order = [int(place) for place in line.split()[1:]]
        elif line and line[0] not in "#@" and number % every == 0:
            names, _, bits = line.partition(";")
            text = "".join(SAMPLES[name] for name in names.split())
            for bit, base in ((1, None), (2, 0), (4, 1)):
                if int(bits, 16) & bit:
                    yield text, base, expected, order


def character_cases(path: Path, every: int) -> Iterator[Case]:
    """The cases of BidiCharacterTest.txt, of every so-many-th line."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        if line and line[0] != "#" and number % every == 0:
            codes, direction, _, expected, order = line.split(";")
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


def conform(folder: Path, every: int = 1) -> tuple[int, list[str]]:
    """How many cases ran, and the failures."""
    cases = chain(
        class_cases(folder / "BidiTest.txt", every), character_cases(folder / "BidiCharacterTest.txt", every)
    )
    count, failures = 0, []
    for case in cases:
        count += 1
        if found := failure(case):
            failures.append(found)
    return count, failures


# real titles


def titles(folder: Path) -> tuple[list[str], list[str]]:
    """The titles of the shared articles, cleaned: right-to-left ones, and the others."""
    found = set()
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            found |= {json.loads(line)["title"] for line in lines}
    cleaned = sorted(map(clean_text, found))
    return [text for text in cleaned if not classes.is_plain(text)], list(filter(classes.is_plain, cleaned))


def fribidi() -> Callable[[str], str] | None:
    """GNU FriBidi's order and shapes of a text, None where its library is not installed."""
    try:
        library = ctypes.CDLL("libfribidi.so.0")
    except OSError:
        return None

    def order(text: str) -> str:
        size, direction = len(text), ctypes.c_uint32(0x40)  # by the first strong letter
        visual = (ctypes.c_uint32 * (size + 1))()
        source = (ctypes.c_uint32 * size)(*map(ord, text))
        library.fribidi_log2vis(source, size, ctypes.byref(direction), visual, None, None, None)
        return UNSENT.sub("", "".join(map(chr, visual[:size])))

    return order


def shown(text: str) -> str:
    """Our order and shapes of a text."""
    return layout.Paragraph(text).line(0, len(text)).text


def differing(texts: Sequence[str], oracle: Callable[[str], str]) -> list[str]:
    """Texts that FriBidi shows in another way; without vowel signs, which it would keep."""
    return [text for text in (VOWELS.sub("", text) for text in texts) if shown(text) != oracle(text)]


def mismeasured(texts: Sequence[str]) -> list[str]:
    """Texts that take another width than was asked for, or send what terminals disagree on."""
    keep = layout.Drawing(marks="keep")
    found = []
    for text in texts:
        for width, drawing in ((20, layout.DRAWING), (40, keep), (70, layout.DRAWING)):
            line = layout.drawn.__wrapped__(text, width, "", drawing)
            if cell_len(line) != width or UNSENT.search(line):
                found.append(text)
    return found


def microseconds(texts: Sequence[str], work: Callable[[str], object]) -> float:
    """What a text costs on average, the best of five rounds."""
    rounds = []
    for _ in range(5):
        begun = time.process_time()
        for text in texts:
            work(text)
        rounds.append(time.process_time() - begun)
    return min(rounds) / len(texts) * 1e6


def try_titles(folder: Path) -> int:
    """Widths, FriBidi's order, and speed on real titles; how many are wrong."""
    right, left = titles(folder)
    wrong = mismeasured(right)
    print(f"widths: {len(right) - len(set(wrong)):,} of {len(right):,} right-to-left titles")
    oracle = fribidi()
    if oracle is None:
        print("FriBidi: not installed, left out")
    else:
        other = differing(right, oracle)
        wrong += other
        print(f"FriBidi: {len(right) - len(other):,} of {len(right):,} titles in its order and shapes")
    uncached = layout.drawn.__wrapped__
    print(
        f"a title: {microseconds(left, layout.needs_layout):.2f} µs from left to right, from right to left "
        f"{microseconds(right, levels.resolve):.0f} µs for levels, "
        f"{microseconds(right, lambda text: uncached(text, 60)):.0f} µs in all"
    )
    return len(wrong)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ucd", type=Path, default=Path("/usr/share/unicode"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--articles", type=Path, default=ROOT.parent / "shared" / "articles")
    options = parser.parse_args()
    failures: list[str] = []
    if (options.ucd / "BidiTest.txt").exists():
        begun = time.process_time()
        count, failures = conform(options.ucd, options.every)
        seconds = time.process_time() - begun
        print(f"conformance: {count - len(failures):,} of {count:,} cases, {seconds:.1f} s")
        print(*failures[:20], sep="\n", end="\n" if failures else "")
    else:
        print("conformance: Unicode's files are not installed, left out")
    wrong = try_titles(options.articles) if options.articles.is_dir() else 0
    return int(bool(failures or wrong))


if __name__ == "__main__":
    sys.exit(main())
