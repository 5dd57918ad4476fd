"""Fills a cache under a limit on the size of files: ``python -m tests.aggregator.filling_child CACHE BYTES``.

Prints how many batches were stored and the sentence that ended it.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from aggregator.errors import StoreFull
from aggregator.store.db import Store
from tests.aggregator.storing import make, sync


def main(cache: Path, limit: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    stored = 0
    with Store.open(cache) as store:
        try:
            while stored < 10_000:
                sync(store, *(make(stored * 20 + i, text=f"Ferry {i}. " * 200) for i in range(20)))
                stored += 1
        except StoreFull as error:
            print(stored)
            print(error)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
