"""Extraction over the shared set of real pages: how well, how fast, in how much memory.

    python tests/bench/bench_extract.py [--pages ../shared/pages] [--rounds 2]

Prints the figures of the set's own scorer, pages a second on one core, the slowest pages and the
highest memory of a process that has read the set as many times as there are rounds. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.aggregator.extract import pageset  # noqa: E402  # needs the path above

SHOWN = {
    "body_f1": "body F1, all",
    "title_exact": "title exact",
    "title_loose": "title, letters only",
    "date_exact": "date to the minute",
    "date_day": "date to the day",
    "authors_f1": "authors F1",
    "caption_found": "lead caption",
    "related_in_text_precision": "related in the text, precision",
    "related_in_text_recall": "related in the text, recall",
    "related_end_recall": "related at the end, recall",
    "related_leak": "related text left in the body",
    "pages_below_0.5": "pages below .5",
}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=Path, default=ROOT.parent / "shared" / "pages")
    options.add_argument("--rounds", type=int, default=2)
    chosen = options.parse_args()
    rows = pageset.index(chosen.pages)
    for _ in range(chosen.rounds):
        found, seconds = pageset.extracted(chosen.pages, rows)
    figures = pageset.measures(chosen.pages, found)
    for name, words in SHOWN.items():
        print(f"{words:<34}{figures[name]:>8.3f}")
    for words, languages in (("body F1, ar fa ur", ("ar", "fa", "ur")), ("body F1, tr", ("tr",))):
        print(f"{words:<34}{pageset.measures(chosen.pages, found, languages)['body_f1']:>8.3f}")
    ordered = sorted(seconds)
    print(f"{'pages a second, one core':<34}{len(seconds) / sum(seconds):>8.1f}")
    print(f"{'95th percentile, ms':<34}{ordered[int(len(ordered) * 0.95)] * 1000:>8.0f}")
    print(f"{'slowest, ms':<34}{ordered[-1] * 1000:>8.0f}")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'memory, MB':<34}{memory:>8.0f}  after {chosen.rounds * len(rows)} pages")


if __name__ == "__main__":
    main()
