"""Forgetting: what goes, what stays, and that nothing comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.config import Retention
from aggregator.model import LinkEdge, LinkKind, MarkAction
from aggregator.store import retention
from aggregator.store.db import Store
from aggregator.store.retention import Limits
from aggregator.store.stories import Placed
from aggregator.text.query import EVERYTHING
from tests.aggregator.storing import DAY, KESTREL, NOW, ids, make, sync, tell, titles

MONTH = Retention(days=30, max_articles=0)
LATER = NOW + 100 * DAY
PER_ARTICLE = (
    *("articles", "bodies", "unread", "starred", "revisions"),
    *("features", "own_links", "links", "story_members"),
    *("unrelated", "unencoded", "vectors", "pairs", "verdicts"),
)

PER_STORY = ("stories", "story_names", "story_links", "story_aliases")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        yield opened


def old(number: int = 1, **changes: object):  # as make
    return make(number, **{"published": NOW - 50 * DAY + number, **changes})


def rows(store: Store) -> dict[str, int]:
    tables = (*PER_ARTICLE, *PER_STORY, "search.indexed")
    return {table: store._database.value(f"SELECT count(*) FROM {table}") for table in tables}


def test_what_is_old_goes_with_all_that_belongs_to_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    sync(store, *(old(number, own_links=("https://heron.example/x",)) for number in range(10)))
    sync(store, old(3, text="Edited.", own_links=("https://heron.example/y",)))
    sync(store, make(90), url=KESTREL)
    every = ids(store)
    store.links.add([LinkEdge(a, b, LinkKind.SAME, 1, ()) for a in every[:4] for b in every[:4] if a != b])
    one, other = tell(store, every[1:2], every[2:4])
    with store.write():
        store.stories.arrange([Placed(other, every[1:4], [], {every[1]: every[2]})], {one: 0})
        store.verdicts.say([(every[0], every[1])], NOW, together=False)
        pairs = {every[0]: {every[1]: (1.0, 1.0, False)}}
        store.relating.replace_pairs(every, pairs)
        (third,) = tell(store, every[:1])
        store.threads.describe(third, b"c", {7: 2.0})
        store.threads.replace(third, [(other, 0.5, ("why",))])
    store.relating.queue(every)
    store.relating.save_vectors([(every[1], b"v")])
    assert [table for table, number in rows(store).items() if not number] == ["starred"]
    store.marks.apply(MarkAction.READ, every)  # by age a story with something unread would stay
    assert store.retention.prune(MONTH, NOW + 31 * DAY) == 10 + 1
    assert set(rows(store).values()) == {0}
    assert store.articles.count() == (0, 0)
    assert store._database.all("SELECT rowid FROM search.words WHERE words MATCH 'ferries OR edited'") == []
    assert store.check() == []


def test_what_is_young_or_new_to_us_stays(store: Store) -> None:
    sync(store, old(1))
    sync(store, make(2), now=LATER)
    assert store.retention.prune(MONTH, NOW + 29 * DAY) == 0  # old, but seen for the first time 29 days ago
    assert store.retention.prune(MONTH, NOW + 31 * DAY) == 1
    assert titles(store) == ["Headline 2"]


def test_stars_and_their_stories_stay(store: Store) -> None:
    sync(store, *(old(number) for number in range(5)))
    _, d, c, b, a = ids(store)
    store.marks.apply(MarkAction.STAR, [a])
    tell(store, [a, c], [b, d])
    store.marks.apply(MarkAction.READ, [a, b, c, d])
    assert store.retention.prune(MONTH, LATER) == 3
    assert ids(store) == [c, a]
    store.marks.apply(MarkAction.UNSTAR, [a])
    assert store.retention.prune(MONTH, LATER) == 2


def test_by_age_a_story_with_something_unread_stays_and_by_number_it_goes(store: Store) -> None:
    sync(store, *(old(number) for number in range(4)))
    every = ids(store)
    tell(store, every[:2])
    store.marks.apply(MarkAction.READ, [every[0], *every[2:]])
    assert store.retention.prune(MONTH, LATER) == 2
    assert ids(store) == every[:2]
    assert store.retention.prune(Retention(days=0, max_articles=1), LATER) == 1


def test_a_story_that_loses_its_articles_ends_or_shrinks(store: Store) -> None:
    sync(store, old(1), make(2), make(3), make(4), now=NOW - 40 * DAY)
    newest, middle, other, oldest = ids(store)
    tell(store, [oldest, middle, newest])
    assert store.retention.prune(Retention(days=0, max_articles=3), NOW) == 1
    story = store.stories.of(newest)
    assert story is not None
    assert [row.id for row in story.articles] == [newest, middle]
    assert story.title == "Headline 3"
    assert store.retention.prune(Retention(days=0, max_articles=1), NOW) == 2
    assert other not in ids(store)
    assert store.stories.of(newest) is None, "it is alone in it"
    assert store.stories.id_of(newest) == story.id
    store.marks.apply(MarkAction.READ, [newest])
    assert store.retention.prune(MONTH, LATER) == 1
    assert rows(store)["stories"] == 0


def test_of_too_many_the_newest_stay(store: Store) -> None:
    sync(store, *(make(number) for number in range(10)))
    newest = ids(store)[:4]
    assert store.retention.prune(Retention(days=0, max_articles=4), NOW) == 6
    assert ids(store) == newest
    assert store.articles.count() == (4, 4)
    assert store.retention.prune(Retention(days=0, max_articles=4), NOW) == 0


def test_zero_means_no_limit(store: Store) -> None:
    sync(store, old(1))
    assert store.retention.prune(Retention(days=0, max_articles=0), LATER) == 0


def test_the_number_of_related_articles_of_what_stays_is_right(store: Store) -> None:
    sync(store, old(1), make(2), make(3))
    c, b, a = ids(store)
    store.links.add([LinkEdge(c, a, LinkKind.PUBLISHER, 1, ()), LinkEdge(c, b, LinkKind.SAME, 1, ())])
    store.retention.prune(Retention(days=0, max_articles=2), NOW)
    assert [row.related for row in store.articles.rows([c, b])] == [1, 0]


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"guid": "another guid"},
        {"guid": "another guid", "title": "Another title", "text": "Another text"},
        {"text": "Edited since"},
    ],
)
def test_what_was_pruned_and_is_still_in_the_feed_does_not_come_back(
    store: Store, again: dict[str, str]
) -> None:
    sync(store, old())
    assert store.retention.prune(MONTH, LATER) == 1
    assert sync(store, old(**again), now=LATER) == []
    assert titles(store) == []


def test_an_item_under_a_pruned_link_that_is_dated_later_is_new(store: Store) -> None:
    sync(store, old())
    store.retention.prune(MONTH, LATER)
    assert len(sync(store, old(guid="new", published=LATER - DAY), now=LATER)) == 1


def test_items_that_share_a_guid_do_not_come_back_either(store: Store) -> None:
    drafts = [old(number, guid="same", text=f"{number}") for number in range(3)]
    sync(store, drafts[0])
    sync(store, *drafts)
    assert store.retention.prune(MONTH, LATER) == 3
    assert sync(store, *drafts, now=LATER) == []
    assert len(sync(store, make(9, guid="same"), *drafts, now=LATER)) == 1


def test_the_front_page_link_of_a_pruned_item_hides_no_later_item(store: Store) -> None:
    front = "https://heron.example/"
    sync(store, old(1, url=front))
    store.retention.prune(MONTH, LATER)
    assert len(sync(store, old(2, url=front, published=NOW - 60 * DAY), now=LATER)) == 1


def test_an_id_that_is_free_again_brings_no_confusion(store: Store) -> None:
    sync(store, old(1))
    (first,) = ids(store)
    store.retention.prune(MONTH, LATER)
    (change,) = sync(store, old(1, guid="b", url="https://heron.example/b"), now=LATER)
    assert change.id == first
    assert sync(store, old(1), now=LATER) == []
    assert titles(store) == ["Headline 1"]


def test_undoing_a_mark_of_what_is_gone_does_nothing(store: Store) -> None:
    sync(store, old(1), make(2))
    store.marks.apply_query(MarkAction.READ, EVERYTHING)
    store.retention.prune(Retention(days=0, max_articles=1), NOW)
    step = store.journal.undo()
    assert step is not None
    assert step.remark == "1 of them, the others are gone or changed since"
    assert store.articles.count() == (1, 1)
    assert store.check() == []


def tag(store: Store, article: int, rule: int = 0) -> None:
    with store.write():
        store._database.run("INSERT INTO article_tags VALUES ('keep', ?, ?)", (article, rule))


def test_what_the_reader_tagged_or_noted_stays_whatever_the_limits(store: Store) -> None:
    sync(store, *(old(number) for number in range(4)))
    every = ids(store)
    tag(store, every[0])
    with store.write():
        store._database.run("INSERT INTO notes VALUES (?, 'see page 3', 0)", (every[1],))
    assert store.retention.prune(MONTH, LATER) == 2
    assert store.retention.prune(Retention(days=0, max_articles=1), LATER) == 0
    assert ids(store) == every[:2]


def test_what_a_rule_tagged_or_a_watch_watches_stays_by_age_but_not_by_number(store: Store) -> None:
    sync(store, *(old(number) for number in range(4)))
    every = ids(store)
    tag(store, every[2], rule=7)
    assert store.retention.prune(MONTH, LATER, watched=[every[3]]) == 2
    assert ids(store) == every[2:]
    assert store.retention.prune(Retention(days=0, max_articles=1), LATER, watched=[every[3]]) == 1
    assert ids(store) == [every[2]]
    assert store.retention.prune(Retention(days=1, max_articles=0), LATER) == 0
    sync(store, old(9))
    assert store.retention.prune(Retention(days=0, max_articles=1), LATER) == 1
    assert store._database.value("SELECT count(*) FROM article_tags") == 0


def test_a_feed_keeps_as_many_as_it_may(store: Store) -> None:
    sync(store, *(make(number) for number in range(5)))
    sync(store, *(make(number) for number in range(10, 13)), url=KESTREL)
    heron, kestrel = (state.id for state in store.feeds.all())
    everything = Retention(days=0, max_articles=0)
    assert store.retention.prune(everything, NOW, own={heron: Limits(articles=0)}) == 0
    assert store.retention.prune(everything, NOW, own={heron: Limits(articles=4)}) == 1
    each = Retention(days=0, max_articles=0, per_feed=2)
    assert store.retention.prune(each, NOW, own={heron: Limits(articles=3)}) == 1 + 1
    assert titles(store) == ["Headline 12", "Headline 11", "Headline 4", "Headline 3", "Headline 2"]
    assert kestrel != heron


def test_a_feed_keeps_as_long_as_it_may(store: Store) -> None:
    sync(store, old(1), make(2, published=NOW - 5 * DAY))
    sync(store, old(3), make(4, published=NOW - 5 * DAY), url=KESTREL)
    heron, kestrel = (state.id for state in store.feeds.all())
    own = {heron: Limits(days=0), kestrel: Limits(days=1)}
    assert store.retention.prune(MONTH, NOW + 2 * DAY, own=own) == 2
    assert titles(store) == ["Headline 2", "Headline 1"]


def test_the_hidden_are_forgotten_like_the_read_and_the_counts_follow(store: Store) -> None:
    sync(store, old(1), old(2), make(3))
    first = ids(store)[-1]
    database = store._database
    with store.write():
        database.run("INSERT INTO hidden SELECT id, feed_id, 1 FROM unread WHERE id = ?", (first,))
        database.run("DELETE FROM unread WHERE id = ?", (first,))
        database.run("UPDATE feed_counts SET hidden = 1, unread = unread - 1")
    assert store.retention.prune(Retention(days=0, max_articles=1), NOW) == 2
    assert database.all("SELECT total, unread, hidden FROM feed_counts WHERE total > 0") == [(1, 1, 0)]
