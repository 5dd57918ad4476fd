"""A power cut at any moment: the copy opens clean, and every star that was acknowledged is there."""

from __future__ import annotations

import random
from pathlib import Path

from aggregator.store.db import Store
from tests.aggregator.power import cuts
from tests.aggregator.storing import ids

CUTS = 20  # tests/bench/power_cuts.py makes 500


def test_power_cuts_lose_no_acknowledged_star_and_damage_nothing(tmp_path: Path) -> None:
    for cut in cuts(tmp_path, CUTS, random.Random(21)):
        with Store.open_restored(cut.cache, check_seconds=None) as store:
            assert store.told == []
            store.search.rebuild()
            assert store.check() == []
            assert cut.starred <= set(ids(store, "starred"))
