"""Links and stories: both directions, counted, joined, taken apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.model import LinkEdge, LinkKind
from aggregator.store import links, stories
from aggregator.store.db import Store
from aggregator.text.query import EVERYTHING, parse
from tests.aggregator.storing import DAY, KESTREL, NOW, ids, make, sync, titles

SAME, EARLIER, PUBLISHER = LinkKind.SAME, LinkKind.EARLIER, LinkKind.PUBLISHER


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(4)))
        sync(opened, *(make(number, language="ar") for number in range(4, 6)), url=KESTREL)
        yield opened


def edge(source: int, target: int, kind: LinkKind = SAME, score: float = 0.5, *evidence: str) -> LinkEdge:
    return LinkEdge(source, target, kind, score, evidence)


def both(left: int, right: int) -> list[LinkEdge]:
    return [edge(left, right), edge(right, left)]


def related(store: Store) -> dict[int, int]:
    return {row.id: row.related for row in store.articles.rows(ids(store)) if row.related}


def test_related_articles_come_strongest_first_each_once_with_all_reasons(store: Store) -> None:
    a, b, c, *_ = ids(store)
    store.links.add(
        [
            edge(a, b, SAME, 0.4, "Mina", "grain"),
            edge(a, c, EARLIER, 0.6),
            edge(a, b, PUBLISHER, 1.0, "linked", "Mina"),
        ]
    )
    first, second = store.links.of(a)
    assert (first.row.id, first.kind, first.score) == (b, PUBLISHER, 1.0)
    assert first.evidence == ("linked", "Mina", "grain")
    assert (second.row.id, second.kind) == (c, EARLIER)
    assert store.links.of(b) == []
    assert related(store) == {a: 2}


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


def test_replacing_forgets_both_directions_but_no_publishers_link(
    store: Store,
) -> None:
    a, b, c, *_ = ids(store)
    store.links.add([*both(a, b), *both(a, c), *both(b, c), edge(a, b, PUBLISHER, 1.0)])
    store.links.replace([a], both(a, c))
    assert [(found.row.id, found.kind) for found in store.links.of(a)] == [(b, PUBLISHER), (c, SAME)]
    assert [found.row.id for found in store.links.of(b)] == [c]
    assert related(store) == {a: 2, b: 1, c: 2}


def test_the_window_has_the_features_of_recent_articles_oldest_first(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "STEP", 2)
    sync(store, make(50, published=NOW - 9 * DAY), make(51, terms=b""))
    window = list(store.links.window(NOW - DAY))
    assert [entry[0] for entry in window] == [i for i in ids(store, "since:1d")[::-1] if i != ids(store)[0]]
    assert window[0][1:] == (NOW - 3600, 1, "en", "The Heron", b"terms 0")
    assert [entry[4] for entry in store.links.window(0, "ar")] == ["Kestrel Post"] * 2


def test_an_edit_brings_new_features_and_links(store: Store) -> None:
    sync(store, make(0, text="Edited", terms=b"new", own_links=("https://heron.example/3",)))
    oldest = ids(store)[-1]
    assert next(iter(store.links.window(0)))[5] == b"new"
    assert store.links.own_links([oldest]) == [(oldest, ids(store)[2])]
    sync(store, make(0, text="Edited again", own_links=()))
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


# --- stories ---


def members(store: Store) -> dict[int, list[int]]:
    return {story.id: [row.id for row in story.articles] for story in store.stories.page(EVERYTHING, 99)}


def test_pairs_make_a_story_with_the_earliest_title_and_distinct_outlets(store: Store) -> None:
    f, e, d, c, *_ = ids(store)
    store.stories.assign([(f, c), (d, c)])
    story = store.stories.of(d)
    assert story is not None
    assert [row.id for row in story.articles] == [f, d, c]
    assert (story.title, story.outlets) == ("Headline 2", 2)
    assert (story.first, story.last) == (NOW - 3600 + 2, NOW - 3600 + 5)
    assert store.stories.of(e) is None


def test_where_stories_meet_the_lower_id_survives_and_no_id_is_used_again(store: Store) -> None:
    f, e, d, c, b, a = ids(store)
    store.stories.assign([(a, b)])
    store.stories.assign([(e, f)])
    assert members(store) == {2: [f, e], 1: [b, a]}
    store.stories.assign([(e, b), (c, d)])
    assert members(store) == {1: [f, e, b, a], 3: [d, c]}
    store.stories.assign([(c, f)])
    assert members(store) == {1: [f, e, d, c, b, a]}
    store.stories.assign([])


def test_pairs_of_articles_that_are_not_there_make_no_story(store: Store) -> None:
    a, b, *_ = ids(store)
    store.stories.assign([(a, 999), (998, 999)])
    assert members(store) == {}
    store.stories.assign([(a, 999), (999, b)])
    assert members(store) == {1: [a, b]}


def test_stories_are_paged_by_their_newest_article_that_the_query_has(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "STEP", 1)
    f, e, d, c, b, a = ids(store)
    store.stories.assign([(a, f), (b, e), (c, d)])
    assert [story.id for story in store.stories.page(EVERYTHING, 9)] == [1, 2, 3]
    assert [story.id for story in store.stories.page(parse("lang:en", NOW), 9)] == [3, 2, 1]
    assert [story.id for story in store.stories.page(parse("lang:en", NOW), 2)] == [3, 2]
    assert store.stories.page(parse("absent", NOW), 9) == []
    assert len(titles(store)) == 6
