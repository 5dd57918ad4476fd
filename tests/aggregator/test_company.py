"""What is hidden is in no number that lists show of others, and is in it again when it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator import ruling
from aggregator.actions import Actions
from aggregator.model import LinkEdge, LinkKind
from aggregator.store.db import Store
from aggregator.store.rules import MUTE
from aggregator.text.query import parse
from tests.aggregator.storing import KESTREL, NOW, ids, make, sync, tell


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three articles of two outlets in one story, each linked with the others."""
    with Store.open(tmp_path) as opened:
        sync(opened, make(1, title="harbour"), make(2, title="bread"))
        sync(opened, make(3, title="winter"), url=KESTREL)
        every = ids(opened)
        tell(opened, every)
        opened.links.add(
            LinkEdge(one, other, LinkKind.SAME, 0.9, ()) for one in every for other in every if one != other
        )
        yield opened


def numbers(store: Store) -> tuple[int, list[int]]:
    """The outlets of the story, and how many articles each shown one is related to."""
    outlets = int(store._database.value("SELECT outlets FROM stories"))
    return outlets, [row.related for row in store.articles.page(parse("", NOW), None, 9)]


def mute(store: Store, word: str) -> None:
    """Hide what has a word in its title."""
    wanted = ruling.specify(word, parse(f"title:{word}", NOW), Actions(hide=True), 0, MUTE)
    store.rules.mute(wanted, NOW)


def test_numbers_follow_mutes_as_they_come_and_go(store: Store) -> None:
    assert numbers(store) == (2, [2, 2, 2])
    mute(store, "winter")
    assert numbers(store) == (1, [1, 1])
    assert ids(store, "outlets>=2") == []
    store.journal.undo()
    assert numbers(store) == (2, [2, 2, 2])
    store.journal.redo()
    mute(store, "bread")
    assert numbers(store) == (1, [0])
    assert ids(store, "related") == []


def test_what_is_compared_later_counts_only_what_is_shown(store: Store) -> None:
    mute(store, "winter")
    every = ids(store, "hidden OR -hidden")
    with store.write():
        store.stories.refresh([store.stories.id_of(every[0])])
        store.links.add([LinkEdge(every[0], every[1], LinkKind.SAME, 0.8, ())])
    assert numbers(store) == (1, [1, 1])


def test_a_story_that_is_hidden_wholly_has_one_outlet(store: Store) -> None:
    for word in ("winter", "bread", "harbour"):
        mute(store, word)
    assert numbers(store) == (1, [])
