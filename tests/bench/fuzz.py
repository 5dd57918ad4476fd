"""Damage documents and invent some, and see that nothing breaks on their way: parse, clean, store, render.

    python tests/bench/fuzz.py [--seconds N] [--seed N] [--only NAME] [--shared ../shared]

Rounds of a hundred cases until the processor time is over; each round prints its seed, and with ``--seed`` it
is made again as it was. A find is printed and its case kept in ``--finds``. Exit code 1 where there is any.
"""

from __future__ import annotations

import argparse
import faulthandler
import io
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from random import Random

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from tests.aggregator import fuzzing  # noqa: E402

ROUND = 100
"""Cases of a round: its seed makes them all again."""
STUCK = 600
"""Seconds after which a round is taken to have no end, and where it stands is printed."""
MEMORY = 3 * 2**30
"""Bytes of address space: more is a find too."""


def run_round(target: fuzzing.Target, seed: int, finds: Path | None) -> list[str]:
    """A hundred cases; what was found, in a line each."""
    random = Random(f"{target.name}:{seed}")
    found = []
    with tempfile.TemporaryDirectory() as folder:
        check = target.check(Path(folder))
        for number in range(ROUND):
            case = target.make(random)
            if problem := outcome(check, case):
                found.append(f"{target.name} seed {seed} case {number}: {problem}")
                keep(case, target.name, finds)
    return found


def outcome(check: Callable[[bytes], None], case: bytes) -> str:
    """What is wrong with a case: an exception, or the time it took; "" where nothing is."""
    before = time.process_time()
    try:
        check(case)
    except Exception:  # what we are looking for
        return traceback.format_exc(limit=-4)
    used = time.process_time() - before
    return f"took {used:.1f} s" if used > fuzzing.SECONDS else ""


def keep(case: bytes, name: str, finds: Path | None) -> None:
    """Write a case that was found to a file of its own."""
    if finds:
        finds.mkdir(parents=True, exist_ok=True)
        (finds / f"{name}-{blake2b(case, digest_size=6).hexdigest()}").write_bytes(case)


def fuzz(targets: Sequence[fuzzing.Target], seconds: float, seed: int, finds: Path | None) -> int:
    """Rounds of all targets, for each as much processor time; returns how much was found."""
    spent = {target.name: 0.0 for target in targets}
    rounds: Counter[str] = Counter()
    total = 0
    while sum(spent.values()) < seconds:
        target = min(targets, key=lambda each: spent[each.name])
        faulthandler.dump_traceback_later(STUCK, exit=True)
        print(f"{target.name:<9} seed {seed + rounds[target.name]}", end="", flush=True)
        before = time.process_time()
        found = run_round(target, seed + rounds[target.name], finds)
        used = time.process_time() - before
        print(f"  {used:5.1f} s", *found, sep="\n" if found else "", flush=True)
        spent[target.name] += used
        rounds[target.name] += 1
        total += len(found)
    faulthandler.cancel_dump_traceback_later()
    cases = ", ".join(f"{name} {number * ROUND:,}" for name, number in rounds.items())
    print(f"{sum(spent.values()):,.0f} s of processor time, cases: {cases}; {total} finds")
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options and fuzz."""
    options = argparse.ArgumentParser(
        description="Damage documents, invent some, and see that nothing breaks."
    )
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default="")
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    options.add_argument("--finds", type=Path)
    given = options.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a find may hold half a character
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
    targets = [each for each in fuzzing.targets(given.shared) if given.only in ("", each.name)]
    return 1 if fuzz(targets, given.seconds, given.seed, given.finds) else 0


if __name__ == "__main__":
    sys.exit(main())
