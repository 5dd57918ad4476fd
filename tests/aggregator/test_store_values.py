"""Completing a field: the values there are, the commonest first, each with its number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.db import Store
from tests.aggregator.storing import HERON, KESTREL, make, sync


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        changes = sync(
            opened, *(make(n, tags=("Oil", "Gulf States") if n else ()) for n in range(3)), url=HERON
        )
        changes += sync(opened, make(9, language="ar", tags=("النفط",)), url=KESTREL)
        with opened.write():
            run = opened._database.run
            run("INSERT INTO tag_names VALUES ('follow up', 'Follow up')")
            for change, rule in ((changes[0], 0), (changes[0], 1), (changes[1], 0)):
                run("INSERT INTO article_tags VALUES ('follow up', ?, ?)", (change.id, rule))
            run(
                "INSERT INTO rules (id, key, name, query, actions, until, origin, active, made, hides, "
                "score, below) VALUES (1, 'k', 'No oil', '', '[]', 0, 'config', 1, 0, 0, 0, 0)"
            )
            run("INSERT INTO rule_hits SELECT 1, id FROM articles")
        yield opened


@pytest.mark.parametrize(
    ("field", "typed", "values"),
    [
        ("outlet", "", [("The Heron", 3), ("Kestrel Post", 1)]),
        ("outlet", "her", [("The Heron", 3)]),
        ("outlet", "POST", [("Kestrel Post", 1)]),
        ("feed", "k", [("Kestrel", 1)]),
        ("lang", "", [("en", 3), ("ar", 1)]),
        ("topic", "", [("world", 3), ("gulf states", 2), ("oil", 2), ("النفط", 1)]),
        ("topic", "sta", [("gulf states", 2)]),
        ("topic", "النّ", [("النفط", 1)]),
        ("tag", "f", [("Follow up", 2)]),
        ("tag", "o", [("oil", 2)]),
        ("rule", "oil", [("No oil", 4)]),
        ("score", "", []),
    ],
)
def test_values_that_begin_so_with_their_numbers(
    store: Store, field: str, typed: str, values: list[tuple[str, int]]
) -> None:
    found = [(value.casefold(), number) for value, number in store.values.of(field, typed)]
    assert found == [(value.casefold(), number) for value, number in values]


def test_countries_are_codes_in_capitals(store: Store) -> None:
    with store.write():
        store._database.run("UPDATE feeds SET country = 'eg'")
    assert store.values.of("country") == [("EG", 4)]


def test_what_is_hidden_or_given_up_does_not_count(store: Store) -> None:
    with store.write():
        store._database.run("UPDATE feed_counts SET hidden = 1")
        store._database.run("UPDATE feeds SET subscribed = 0 WHERE url = ?", (KESTREL,))
    assert store.values.of("outlet") == [("The Heron", 2)]


def test_only_so_many_values_come(store: Store) -> None:
    assert len(store.values.of("topic", most=2)) == 2
