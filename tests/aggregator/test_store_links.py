"""Links between articles: directions, order, counts, what replacing leaves, what publishers link."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.model import LinkEdge, LinkKind
from aggregator.store.db import Store
from tests.aggregator.storing import KESTREL, ids, make, sync

SAME, EARLIER, PUBLISHER = LinkKind.SAME, LinkKind.EARLIER, LinkKind.PUBLISHER


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(4)))
        sync(opened, *(make(number, language="ar") for number in range(4, 6)), url=KESTREL)
        yield opened


def edge(
    source: int, target: int, kind: LinkKind = SAME, score: float = 0.5, *evidence: str, place: int = 0
) -> LinkEdge:
    return LinkEdge(source, target, kind, score, evidence, place)


def both(left: int, right: int) -> list[LinkEdge]:
    return [edge(left, right), edge(right, left)]


def related(store: Store) -> dict[int, int]:
    return {row.id: row.related for row in store.articles.rows(ids(store)) if row.related}


def test_related_articles_come_in_their_order_each_once_with_all_reasons(store: Store) -> None:
    a, b, c, d, *_ = ids(store)
    store.links.add(
        [
            edge(a, b, SAME, 0.4, "Mina", "grain", place=1),
            edge(a, c, EARLIER, 0.6, place=0),
            edge(a, b, PUBLISHER, 1.0, "linked", "Mina"),
            edge(a, d, PUBLISHER, 1.0, "linked"),
        ]
    )
    first, second, third = store.links.of(a)
    assert (first.row.id, first.kind) == (c, EARLIER)
    assert (second.row.id, second.kind, second.score) == (b, SAME, 0.4), "comparing says what the link is"
    assert second.evidence == ("Mina", "grain", "linked")
    assert (third.row.id, third.kind) == (d, PUBLISHER)
    assert store.links.of(b) == []
    assert related(store) == {a: 3}


def test_an_edge_that_comes_again_has_its_new_score(store: Store) -> None:
    a, b, *_ = ids(store)
    store.links.add([edge(a, b, SAME, 0.4, "x")])
    store.links.add([edge(a, b, SAME, 0.8, "y")])
    (found,) = store.links.of(a)
    assert (found.score, found.evidence) == (0.8, ("y",))


def test_edges_to_articles_that_are_not_there_are_dropped(store: Store) -> None:
    a = ids(store)[0]
    store.links.add([edge(a, 12345), edge(12345, a)])
    assert store.links.of(a) == []
    assert related(store) == {}


def test_replacing_changes_the_lists_of_its_sources_only_and_keeps_publishers_links(store: Store) -> None:
    a, b, c, *_ = ids(store)
    store.links.add([*both(a, b), *both(a, c), *both(b, c), edge(a, b, PUBLISHER, 1.0)])
    store.links.replace([a], [edge(a, c, EARLIER)])
    assert [(found.row.id, found.kind) for found in store.links.of(a)] == [(c, EARLIER), (b, PUBLISHER)]
    assert {found.row.id for found in store.links.of(b)} == {a, c}
    assert related(store) == {a: 2, b: 2, c: 2}
    store.links.replace([b], [])
    assert related(store) == {a: 2, c: 2}


def test_who_lists_an_article_is_known_but_for_publishers_links(store: Store) -> None:
    a, b, c, d, *_ = ids(store)
    store.links.add([edge(a, b), edge(c, b, EARLIER), edge(d, b, PUBLISHER)])
    assert sorted(store.links.sources_of([b])) == sorted([a, c])
    assert store.links.sources_of([a]) == []


def test_forgetting_between_articles_keeps_the_rest_and_publishers_links(store: Store) -> None:
    a, b, c, *_ = ids(store)
    store.links.add([*both(a, b), *both(a, c), *both(b, c), edge(a, b, PUBLISHER, 1.0)])
    with store.write():
        store.links.forget_between(a, [b])
    assert {(found.row.id, found.kind) for found in store.links.of(a)} == {(c, SAME), (b, PUBLISHER)}
    assert {found.row.id for found in store.links.of(b)} == {c}
    assert related(store) == {a: 2, b: 1, c: 2}


def test_an_edit_brings_new_features_and_links(store: Store) -> None:
    sync(store, make(0, text="Edited", terms=b"new", own_links=("https://heron.example/3",)))
    oldest = ids(store)[-1]
    assert [profile.terms for profile in store.relating.profiles([oldest])] == [b"new"]
    assert store.links.own_links([oldest]) == [(oldest, ids(store)[2])]
    sync(store, make(0, text="Edited again", terms=b"", own_links=()))
    assert [profile.terms for profile in store.relating.profiles([oldest])] == [b""]
    assert store.links.own_links([oldest]) == []


def test_a_publishers_link_is_known_whichever_article_comes_first(store: Store) -> None:
    later = "https://heron.example/100"
    (linking,) = sync(store, make(60, own_links=("https://www.heron.example/1?utm_source=x", later)))
    one = store.articles.by_url("https://heron.example/1")
    assert store.links.own_links([linking.id]) == [(linking.id, one)]
    assert store.links.waiting([later, ""]) == []
    (linked,) = sync(store, make(100))
    assert store.links.waiting([linked.draft.url]) == [(linking.id, linked.id)]
    assert sorted(store.links.own_links([linking.id])) == sorted([(linking.id, one), (linking.id, linked.id)])
