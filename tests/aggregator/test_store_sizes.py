"""How large the cache is, what it will grow to, and giving back what is free inside it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.config import Retention
from aggregator.doctor import forecast_lines
from aggregator.errors import StoreError
from aggregator.store.db import Store
from aggregator.store.sizes import Forecast
from tests.aggregator.storing import DAY, NOW, ids, make, sync, titles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def test_an_empty_cache_has_nothing_to_forecast(store: Store) -> None:
    found = store.sizes.forecast(Retention(), NOW)
    assert (found.articles, found.per_day, found.later, found.later_bytes) == (0, 0.0, 0, None)


def test_the_forecast_goes_by_what_came_lately_and_the_tighter_limit(store: Store) -> None:
    for day in range(10):
        sync(store, make(2 * day), make(2 * day + 1), now=NOW + day * DAY)
    at = NOW + 10 * DAY
    found = store.sizes.forecast(Retention(days=100), at)
    assert found.articles == 20
    assert found.per_day == pytest.approx(2.0)
    assert found.later == 200
    assert found.later_bytes == round(found.used / 20 * 200)
    assert store.sizes.forecast(Retention(days=100, max_articles=50), at).later == 50
    assert store.sizes.forecast(Retention(days=0, max_articles=0), at).later is None
    assert store.sizes.forecast(Retention(), at + 100 * DAY).per_day == 0


def test_compacting_gives_back_what_was_deleted_and_loses_nothing(store: Store) -> None:
    sync(store, *(make(number, text=f"word{number} " * 400) for number in range(300)))
    store.retention.prune(Retention(days=0, max_articles=3), NOW)
    store.checkpoint()
    kept = ids(store)
    before = store.files.news.stat().st_size
    assert store.sizes.compact() > 0
    assert store.files.news.stat().st_size < before
    assert ids(store) == kept
    assert titles(store, "word299") == ["Headline 299"]
    assert store.check() == []
    assert store.sizes.forecast(Retention(), NOW).free == 0


def test_a_connection_that_reads_does_not_compact(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path, readonly=True) as reading, pytest.raises(StoreError, match="only reads"):
        reading.sizes.compact()


def test_the_forecast_in_words() -> None:
    limited = Forecast(100, 1_000_000, 90_000_000, 50.0, 9000, 90_000_000)
    assert list(forecast_lines(limited, Retention(days=180))) == [
        "forecast       50 articles a day: by the limit of 180 days about 9,000 articles and 90 MB",
        "free           90 MB inside the files; hakawati compact gives them back",
    ]
    free = Forecast(100, 1_000_000, 0, 50.0, None, None)
    assert list(forecast_lines(free, Retention(days=0, max_articles=0))) == [
        "forecast       50 articles and 0.5 MB a day, without a limit"
    ]
    still = Forecast(100, 1_000_000, 0, 0.0, 0, 0)
    assert list(forecast_lines(still, Retention())) == []
