"""Storing what a feed brought: what is new, what is an edit, what is the same, what is gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import config
from aggregator.model import Block, Enclosure, Image, MarkAction, Outcome
from aggregator.store.db import Store
from aggregator.store.intake import REVISIONS_KEPT
from aggregator.store.times import first_id, time_of
from aggregator.text.query import EVERYTHING, parse
from tests.aggregator.storing import DAY, HERON, KESTREL, NOW, feed, ids, make, sync, titles


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        feed(opened)
        yield opened


def kinds(changes: list) -> list[tuple[str, str]]:
    return [(change.kind.value, change.draft.title) for change in changes]


# --- times and ids ---


@pytest.mark.parametrize(
    ("published", "expected"),
    [(NOW - 5, NOW - 5), (None, NOW), (NOW + DAY, NOW), (-5, 0), (2**40, NOW), (-(2**40), 0)],
)
def test_the_sorting_time_is_the_publishers_but_never_the_future(
    store: Store, published: int | None, expected: int
) -> None:
    (change,) = sync(store, make(published=published))
    assert change.at == time_of(change.id) == expected
    article = store.articles.get(change.id)
    assert article is not None
    assert (article.published, article.first_seen, article.row.at) == (published, NOW, expected)


def test_ids_fit_where_floating_point_is_exact() -> None:
    assert first_id(2**32) < 2**53


def test_articles_of_one_second_get_ids_of_their_own_across_feeds_and_batches(store: Store) -> None:
    sync(store, make(1, published=NOW), make(2, published=NOW))
    sync(store, make(3, published=NOW), url=KESTREL)
    sync(store, make(4, published=NOW))
    assert ids(store) == [first_id(NOW) + counter for counter in (3, 2, 1, 0)]


def test_an_edited_date_moves_no_article(store: Store) -> None:
    (new,) = sync(store, make(1, published=NOW - DAY))
    (edited,) = sync(store, make(1, text="Longer.", published=NOW))
    assert (edited.id, edited.at) == (new.id, NOW - DAY)
    assert store.articles.get(new.id).published == NOW


# --- new, same, edited ---


def test_everything_of_an_article_is_kept(store: Store) -> None:
    draft = make(
        summary="In short.",
        tags=("Oil & Gas", 'צה"ל'),
        enclosures=(Enclosure("https://heron.example/a.mp3", "audio/mpeg", 123),),
        image=Image("https://heron.example/i.jpg", "Caption", "Credit"),
        updated=NOW,
    )
    (change,) = sync(store, draft)
    assert (change.kind, change.draft, change.feed_id) == (Outcome.NEW, draft, feed(store).id)
    article = store.articles.get(change.id)
    assert article is not None
    for name in ("guid", "url", "author", "summary", "published", "updated", "tags", "enclosures", "image"):
        assert getattr(article, name) == getattr(draft, name), name
    assert article.blocks == (Block("p", "The ferries sail again."),)
    assert (article.row.title, article.row.language, article.row.outlet) == ("Headline 1", "en", "The Heron")
    assert (article.row.unread, article.row.starred, article.row.updated) == (True, False, False)
    assert (article.feed_title, article.feed_url, article.revisions) == ("Heron", HERON, ())


def test_the_same_again_writes_nothing_at_all(store: Store) -> None:
    drafts = [make(number, published=None) for number in range(20)]
    sync(store, *drafts)
    state, before = feed(store), store._database.changes
    with store.write():
        assert store.articles.upsert(state, drafts[::-1], NOW + DAY) == []
        assert store.articles.upsert(state, drafts[3:9], NOW + DAY) == []
    assert store._database.changes == before


def test_an_edit_changes_the_article_in_place_and_keeps_marks_and_the_old_wording(store: Store) -> None:
    (new,) = sync(store, make(summary="Old summary."))
    store.marks.apply(MarkAction.READ, [new.id])
    store.marks.apply(MarkAction.STAR, [new.id])
    edited = make(title="Better headline", text="More is known.", tags=("Ports",))
    assert kinds(sync(store, edited, now=NOW + 60)) == [("updated", "Better headline")]
    article = store.articles.get(new.id)
    assert article is not None
    assert (article.row.title, article.text, article.tags) == (
        "Better headline",
        "More is known.",
        ("Ports",),
    )
    assert (article.row.unread, article.row.starred, article.row.updated) == (False, True, True)
    (revision,) = article.revisions
    assert (revision.seen, revision.title, revision.summary) == (NOW + 60, "Headline 1", "Old summary.")
    assert store.articles.count() == (1, 0)


def test_a_page_that_changes_to_and_fro_does_not_grow(store: Store) -> None:
    (new,) = sync(store, make(text="A"))
    for round_ in range(6):
        assert len(sync(store, make(text="AB"[round_ % 2 == 0]), now=NOW + round_)) == 1
    assert len(store.articles.get(new.id).revisions) == 2


def test_only_the_newest_wordings_are_kept(store: Store) -> None:
    (new,) = sync(store, make(title="Take 0"))
    for number in range(1, REVISIONS_KEPT + 6):
        sync(store, make(title=f"Take {number}"))
    kept = [revision.title for revision in store.articles.get(new.id).revisions]
    assert kept == [f"Take {number}" for number in range(REVISIONS_KEPT + 4, 4, -1)]


# --- identity ---


def test_the_same_guid_in_two_feeds_is_two_articles(store: Store) -> None:
    sync(store, make())
    assert kinds(sync(store, make(), url=KESTREL)) == [("new", "Headline 1")]


def test_an_item_twice_in_a_document_is_stored_once_as_it_stands_first(store: Store) -> None:
    assert kinds(sync(store, make(text="newer"), make(text="older"))) == [("new", "Headline 1")]
    assert sync(store, make(text="newer"), make(text="older")) == []


def test_guids_that_change_at_each_fetch_bring_no_flood(store: Store) -> None:
    sync(store, *(make(number) for number in range(10)))
    for fetch in range(3):
        assert sync(store, *(make(number, guid=f"random-{fetch}-{number}") for number in range(10))) == []


def test_a_guid_that_changes_with_an_edit_is_an_edit(store: Store) -> None:
    (new,) = sync(store, make(guid="https://heron.example/1#0"))
    (edited,) = sync(store, make(guid="https://heron.example/1#1", title="Longer headline", text="More."))
    assert (edited.kind, edited.id) == (Outcome.UPDATED, new.id)
    assert sync(store, make(guid="https://heron.example/1#1", title="Longer headline", text="More.")) == []


def test_tracking_parameters_in_a_link_make_no_new_article(store: Store) -> None:
    sync(store, make(guid="a", url="https://heron.example/1?utm_source=rss"))
    assert sync(store, make(guid="b", url="https://www.heron.example/1#top")) == []


def test_items_that_all_link_to_the_front_page_are_different_articles(store: Store) -> None:
    front = "https://heron.example/"
    for number in range(3):
        assert len(sync(store, make(number, url=front, text=f"{number}"))) == 1
    assert len(sync(store, make(7, url=front, text="7"), make(8, url=front, text="8"))) == 2
    assert len(titles(store)) == 5


def test_items_that_share_a_link_in_one_document_are_different_articles(store: Store) -> None:
    live = "https://heron.example/live"
    drafts = [make(number, url=live, text=f"{number}", published=NOW - number) for number in range(3)]
    assert len(sync(store, *drafts)) == 3
    assert sync(store, *drafts[::-1]) == []
    assert len(sync(store, make(9, url=live, text="9", published=NOW))) == 1


@pytest.mark.parametrize("order", [1, -1])
def test_one_guid_on_items_with_different_links_loses_none_of_them(store: Store, order: int) -> None:
    drafts = [make(number, guid="same", text=f"{number}") for number in range(4)]
    assert len(sync(store, *drafts)) == 4
    assert sync(store, *drafts[::order]) == []
    assert sync(store, drafts[2]) == []
    newer = make(5, guid="same", text="5")
    assert kinds(sync(store, newer, *drafts[::order])) == [("new", "Headline 5")]
    assert kinds(sync(store, replace(newer, title="Edited", content_hash=b"e" * 16))) == [
        ("updated", "Edited")
    ]
    assert len(titles(store)) == 5


def test_a_guid_found_to_be_shared_later_loses_nothing_either(store: Store) -> None:
    first, second, third = (make(number, guid="same", text=f"{number}") for number in range(3))
    for draft in (first, second, third):
        assert kinds(sync(store, draft)) == [("new", draft.title)]
    assert sync(store, third, second, first) == []


def test_a_link_that_changes_under_a_guid_is_an_edit(store: Store) -> None:
    (new,) = sync(store, make(url="https://heron.example/draft-slug"))
    (edited,) = sync(store, make(url="https://heron.example/final-slug", text="Edited."))
    assert (edited.kind, edited.id) == (Outcome.UPDATED, new.id)
    assert store.articles.by_url("https://heron.example/final-slug") == new.id
    assert store.articles.by_url("https://heron.example/draft-slug") is None


def test_items_without_guid_and_link_are_known_by_their_content(store: Store) -> None:
    bare = make(guid="", url="")
    assert len(sync(store, bare)) == 1
    assert sync(store, bare) == []
    assert len(sync(store, make(guid="", url="", text="Another."))) == 1


@pytest.mark.parametrize("guid", ["x" * 900_000, "'; DROP TABLE articles; --", "\ud800", "\x00", "5", "5 "])
def test_a_guid_may_be_anything(store: Store, guid: str) -> None:
    stored = guid.encode("utf-8", "replace").decode()
    assert len(sync(store, make(1, guid=stored), make(2))) == 2
    assert sync(store, make(1, guid=stored), make(2)) == []


def test_items_that_leave_and_return_stay_read(store: Store) -> None:
    sync(store, make(1), make(2))
    store.marks.apply_query(MarkAction.READ, EVERYTHING)
    sync(store, make(3))
    sync(store, make(1), make(2))
    assert titles(store, "unread") == ["Headline 3"]


# --- reading ---


def test_rows_come_in_the_order_asked_for_without_what_is_missing(store: Store) -> None:
    sync(store, make(1), make(2), make(3))
    three, two, one = ids(store)
    assert [row.id for row in store.articles.rows([one, 99, three, two])] == [one, three, two]
    assert store.articles.rows([]) == []


def test_pages_follow_one_another_without_gap_or_overlap(store: Store) -> None:
    sync(store, *(make(number, published=NOW - number % 7) for number in range(50)))
    found: list[int] = []
    before: int | None = None
    while page := store.articles.page(EVERYTHING, before, 8):
        found += [row.id for row in page]
        before = found[-1]
    assert found == sorted(found, reverse=True) == ids(store)
    assert len(set(found)) == 50


def test_an_article_is_found_by_its_address_however_it_is_written(store: Store) -> None:
    (change,) = sync(store, make(7))
    assert store.articles.by_url("http://www.heron.example/7?utm_medium=x") == change.id
    assert store.articles.by_url("https://heron.example/8") is None
    assert store.articles.by_url("") is None
    assert store.articles.get(123) is None


def test_the_next_unread_is_the_next_older_one_and_then_the_newest(store: Store) -> None:
    sync(store, *(make(number) for number in range(5)))
    four, three, two, one, zero = ids(store)
    store.marks.apply(MarkAction.READ, [three, zero])
    follow = store.articles.next_unread
    assert follow(EVERYTHING, four) == two
    assert follow(EVERYTHING, one) == four
    assert follow(parse("-headline", NOW), four) is None
    store.marks.apply(MarkAction.READ, [two, one])
    assert follow(EVERYTHING, two) == four
    assert follow(EVERYTHING, four) is None
    store.marks.apply(MarkAction.READ, [four])
    assert follow(EVERYTHING, zero) is None


def test_going_through_all_articles_leaves_out_none(store: Store) -> None:
    sync(store, *(make(number) for number in range(30)))
    sync(store, make(99), url=KESTREL)
    store.feeds.reconcile([config.Feed(url=HERON)])
    assert sorted(article.row.id for article in store.articles.iter_all()) == sorted(
        ids(store) + ids(store, "feed:kestrel")
    )
