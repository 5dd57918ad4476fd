"""Many power cuts by model; run by hand: ``python tests/bench/power_cuts.py [number] [seed]``.

Prints how many copies of a cache that was being written opened clean, and how many acknowledged stars were
there. See tests/aggregator/power.py for the model.
"""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from aggregator.store.db import Store
from tests.aggregator.power import cuts
from tests.aggregator.storing import ids

EACH = 100  # cuts of one writing process


def main(number: int, seed: int) -> None:
    """Make the cuts and tell."""
    began, chance = time.monotonic(), random.Random(seed)
    done = clean = wanted = found = 0
    while done < number:
        with tempfile.TemporaryDirectory(prefix="power-") as folder:
            for cut in cuts(Path(folder), min(EACH, number - done), chance):
                done += 1
                with Store.open_restored(cut.cache, check_seconds=None) as store:
                    store.search.rebuild()
                    clean += not store.told and not store.check()
                    wanted += len(cut.starred)
                    found += len(cut.starred & set(ids(store, "starred")))
                shutil.rmtree(cut.cache)
    print(f"{clean}/{done} clean, {found}/{wanted} acknowledged stars, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*(int(word) for word in (sys.argv[1:] + ["500", "1"][len(sys.argv) - 1 :])))
