"""The search probes asked of all real articles of ``../shared``; prints a table in markdown.

    python tests/bench/bench_probes.py [--every 1] [--articles ../shared]

A pair is a query and the words of a text in a language. It counts as found where an article with these words
stands among the first ten of the query's answer; a trap is out where its article is not in the answer at all.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.aggregator.probing import NOW, RANK, Probe, Probed, real_articles  # noqa: E402  # from any folder

SORTS = ("newest", "rank")
COLUMNS = ("language", "queries", "pairs", "newest", "by rank", "queries by rank", "traps", "out")


def main() -> None:
    """Fill a library, ask everything, print the table and what was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options = parser.parse_args()
    begun = time.perf_counter()
    articles = real_articles(options.shared, options.every)
    with tempfile.TemporaryDirectory() as folder, Probed(Path(folder), articles, NOW) as probed:
        filled = time.perf_counter()
        print(f"{probed.library.counts()[0]} articles in {filled - begun:.0f} s")
        report(probed)
        print(f"asked in {time.perf_counter() - filled:.0f} s")


def report(probed: Probed) -> None:
    """The table: a row a language. By rank, texts with the very words often fill the first places."""
    missed: list[tuple[str, Probe, int]] = []
    print(f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    for language in dict.fromkeys(probe.language for probe in probed.probes):
        pairs = [probe for probe in probed.probes if probe.language == language and probe.finds]
        traps = [probe for probe in probed.probes if probe.language == language and not probe.finds]
        ranks = {sort: [probed.rank(probe, sort) for probe in pairs] for sort in SORTS}
        good = {sort: sum(0 < rank <= RANK for rank in ranks[sort]) for sort in SORTS}
        queries = {probe.query for probe in pairs}
        best = {probe.query for probe, rank in zip(pairs, ranks["rank"], strict=True) if 0 < rank <= RANK}
        out = sum(not probed.finds(trap) for trap in traps)
        numbers = (len(queries), len(pairs), good["newest"], good["rank"], len(best), len(traps), out)
        print(f"| {language} | {' | '.join(map(str, numbers))} |")
        for sort in SORTS:
            missed += [(sort, p, r) for p, r in zip(pairs, ranks[sort], strict=True) if not 0 < r <= RANK]
    for sort, probe, rank in missed:
        print(f"{sort}: {probe.query} for {probe.words} ({probe.language}) at {rank}")


if __name__ == "__main__":
    main()
