"""Pages in the store: kept whole, linked to what is here, found by their words, not lost to a worse one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.config import Retention
from aggregator.errors import StoreDamaged
from aggregator.model import Block, Image, InlineLink, LinkKind, MarkAction, Page, PageHost, PageRelated
from aggregator.pages import keep
from aggregator.relate import publisher_edges
from aggregator.store.db import Store
from aggregator.store.schema import first, migrate, second, third
from tests.aggregator.older import make_older
from tests.aggregator.storing import DAY, HERON, KESTREL, NOW, feed, ids, make, sync, tell, titles

SITE = "https://heron.example"
READ = PageRelated("Ferries were laid up", f"{SITE}/2?utm_source=x", "READ", "in-text", 1)
ELSEWHERE = PageRelated("A story of long ago", f"{SITE}/1999", "READ", "end", 2)
PAGE = Page(
    fetched=NOW,
    url=f"{SITE}/1",
    title="Headline 1",
    standfirst="What happened at the quay",
    authors=("N. Writer",),
    dateline="ADEN",
    published=NOW - 60,
    language="en",
    images=(Image(f"{SITE}/a.jpg", "The quay", "Ann/AFP"),),
    blocks=(Block("p", "ADEN - A lanternfish was seen."), Block("quote", "See the map.", ())),
    related=(READ, ELSEWHERE),
    version=3,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "cache") as opened:
        yield opened


def stored(store: Store, page: Page = PAGE, number: int = 1, **facts: object) -> int:
    """An article with its page; its id."""
    sync(store, make(number))
    article = store.articles.by_url(f"{SITE}/{number}")
    assert article is not None
    keep(store, article, page, str(facts.get("own_url", "")), 0)
    return article


def page_of(store: Store, article_id: int) -> Page:
    article = store.articles.get(article_id)
    assert article is not None
    assert article.page is not None
    return article.page


def links(store: Store, article_id: int) -> list[tuple[str, tuple[str, ...]]]:
    """The publisher's links of an article: titles and evidence."""
    return [(r.row.title, r.evidence) for r in store.links.of(article_id) if r.kind is LinkKind.PUBLISHER]


# --- keeping ---------------------------------------------------------------------------------------


def test_a_page_comes_back_as_it_was_kept(store: Store) -> None:
    assert page_of(store, stored(store)) == PAGE


def test_an_article_without_a_page_has_none(store: Store) -> None:
    sync(store, make())
    article = store.articles.get(ids(store)[0])
    assert article is not None
    assert article.page is None
    assert not article.page_is_whole


def test_a_page_that_gave_no_text_does_not_take_the_place_of_one_that_did(store: Store) -> None:
    article = stored(store)
    keep(store, article, Page(NOW + DAY, PAGE.url, "missing"), "", 0)
    assert page_of(store, article) == PAGE
    newer = replace(PAGE, fetched=NOW + DAY, blocks=(Block("p", "Corrected."),))
    keep(store, article, newer, "", 0)
    assert page_of(store, article) == newer


def test_the_longer_text_is_shown_unless_it_may_be_another_articles(store: Store) -> None:
    article = store.articles.get(stored(store))
    assert article is not None
    assert article.page_is_whole
    assert not replace(article, page=replace(PAGE, reason="doubtful")).page_is_whole
    assert not replace(article, page=replace(PAGE, blocks=(Block("p", "Short."),))).page_is_whole


def test_a_page_of_an_article_that_is_gone_is_not_kept(store: Store) -> None:
    keep(store, 12345, PAGE, "", 0)
    with store.write():
        assert not store.pages.save(12345, PAGE)
    assert store.pages.get(12345) is None


def test_a_page_goes_with_its_article_and_leaves_no_words_behind(store: Store) -> None:
    article = stored(store)
    assert titles(store, "lanternfish") == ["Headline 1"]
    assert store.retention.prune(Retention(days=1), NOW + 9 * DAY) == 1
    assert store.pages.get(article) is None
    assert titles(store, "lanternfish") == []
    assert store.check() == []


def test_a_page_that_cannot_be_unpacked_is_told_as_damage_and_search_goes_on(
    store: Store, tmp_path: Path
) -> None:
    article = stored(store)
    with closing(sqlite3.connect(tmp_path / "cache" / "news.sqlite3")) as database, database:
        database.execute("UPDATE pages SET content = x'00'")
    with pytest.raises(StoreDamaged, match="page"):
        store.articles.get(article)
    store.search.remove([article])
    store.search.add([article])
    assert titles(store, "headline") == ["Headline 1"]


# --- finding ---------------------------------------------------------------------------------------


def test_an_article_is_found_by_the_words_of_its_page_and_by_those_of_its_feed(store: Store) -> None:
    stored(store)
    for words in ("lanternfish", "quay", "ferries sail"):
        assert titles(store, words) == ["Headline 1"]
    assert store.check() == []


def test_the_words_of_a_page_that_was_replaced_are_not_found(store: Store) -> None:
    article = stored(store)
    keep(store, article, replace(PAGE, blocks=(Block("p", "A cormorant instead."),)), "", 0)
    assert titles(store, "lanternfish") == []
    assert titles(store, "cormorant") == ["Headline 1"]
    assert store.check() == []


def test_an_edit_of_the_feed_keeps_the_words_of_the_page(store: Store) -> None:
    stored(store)
    sync(store, make(text="The ferries stay."), now=NOW + 60)
    assert titles(store, "stay") == ["Headline 1"]
    assert titles(store, "sail") == []
    assert titles(store, "lanternfish") == ["Headline 1"]
    assert store.check() == []


def test_a_rebuilt_index_knows_the_pages(store: Store) -> None:
    article = stored(store)
    store.search.remove([article])
    assert titles(store, "lanternfish") == []
    assert store.search.rebuild() == 1
    assert titles(store, "lanternfish") == ["Headline 1"]


def test_no_article_is_found_by_a_text_that_may_be_another_articles(store: Store) -> None:
    stored(store, replace(PAGE, reason="doubtful"))
    assert titles(store, "lanternfish") == []


# --- linking ---------------------------------------------------------------------------------------


def test_a_link_to_an_article_that_is_here_becomes_an_edge_and_the_others_stay_with_the_page(
    store: Store,
) -> None:
    sync(store, make(2))
    article = stored(store)
    assert links(store, article) == [("Headline 2", ("linked in the article", "Ferries were laid up"))]
    assert page_of(store, article).related == (ELSEWHERE,)


def test_an_article_that_comes_later_is_linked_when_it_comes(store: Store) -> None:
    article = stored(store)
    assert page_of(store, article).related == (READ, ELSEWHERE)
    changes = sync(store, make(2))
    store.links.add(publisher_edges(store, changes))
    assert links(store, article) == [("Headline 2", ("linked in the article", "Ferries were laid up"))]
    assert page_of(store, article).related == (ELSEWHERE,)


def test_a_link_in_the_text_to_the_same_site_counts_and_one_to_another_site_does_not(store: Store) -> None:
    sync(store, make(2))
    sync(store, make(3, url="https://kestrel.example/3"), url=KESTREL)
    text = "Earlier they stayed at home, it says."
    inside = (InlineLink(0, 7, f"{SITE}/2"), InlineLink(8, 12, "https://kestrel.example/3"))
    article = stored(store, replace(PAGE, related=(), blocks=(Block("p", text, inside),)))
    assert links(store, article) == [("Headline 2", ("linked in the article", "Earlier"))]


def test_words_that_are_the_targets_title_are_not_said_twice(store: Store) -> None:
    sync(store, make(2))
    article = stored(store, replace(PAGE, related=(replace(READ, text="Headline 2"),)))
    assert links(store, article) == [("Headline 2", ("linked in the article",))]


def test_a_page_that_links_to_itself_is_no_link(store: Store) -> None:
    article = stored(store, replace(PAGE, related=(replace(READ, url=f"{SITE}/1"),)))
    assert links(store, article) == []


def test_the_address_that_a_page_calls_its_own_finds_the_article_too(store: Store) -> None:
    target = stored(store, replace(PAGE, related=()), 2, own_url=f"{SITE}/2027/the-real-one")
    assert store.articles.by_url(f"{SITE}/2027/the-real-one") == target
    assert store.articles.by_url(f"{SITE}/2") == target
    source = stored(store, replace(PAGE, related=(replace(READ, url=f"{SITE}/2027/the-real-one"),)), 1)
    assert [title for title, _ in links(store, source)] == ["Headline 2"]


def test_links_to_a_pages_own_address_are_made_when_that_becomes_known(store: Store) -> None:
    source = stored(store, replace(PAGE, related=(replace(READ, url=f"{SITE}/2027/the-real-one"),)))
    assert links(store, source) == []
    stored(store, replace(PAGE, related=()), 2, own_url=f"{SITE}/2027/the-real-one")
    assert [title for title, _ in links(store, source)] == ["Headline 2"]


def test_a_page_with_another_address_of_its_own_makes_no_second_article(store: Store) -> None:
    stored(store, own_url=f"{SITE}/2027/the-real-one")
    sync(store, make(guid="changed-at-each-fetch"), now=NOW + 60)
    assert titles(store) == ["Headline 1"]


# --- what comes next -------------------------------------------------------------------------------


def waiting(store: Store, *feeds: str, now: int = NOW, since: int = 0) -> list[str]:
    return [one.title for one in store.page_queue.wanted(feeds, since, now, 100)]


def test_what_the_reader_asked_for_comes_first_then_what_is_followed_then_the_newest(store: Store) -> None:
    sync(store, *(make(number) for number in range(1, 6)))
    newest_first = ids(store)
    store.marks.apply(MarkAction.STAR, [newest_first[4]])
    store.page_queue.want(newest_first[2], NOW)
    assert waiting(store, HERON)[:2] == ["Headline 3", "Headline 1"]
    assert waiting(store, HERON)[2:] == ["Headline 5", "Headline 4", "Headline 3", "Headline 2", "Headline 1"]
    assert waiting(store) == ["Headline 3", "Headline 1"]


def test_unread_articles_of_a_story_with_a_star_are_followed(store: Store) -> None:
    sync(store, *(make(number) for number in range(1, 5)))
    one, two, three, four = reversed(ids(store))
    tell(store, [one, two, three])
    store.marks.apply(MarkAction.STAR, [one])
    store.marks.apply(MarkAction.READ, [two, one])
    assert waiting(store) == ["Headline 3", "Headline 1"]
    assert four


def test_a_page_that_is_here_is_not_fetched_again_unless_asked_for(store: Store) -> None:
    article = stored(store)
    assert waiting(store, HERON) == []
    store.page_queue.want(article, NOW)
    assert waiting(store, HERON) == ["Headline 1"]
    keep(store, article, PAGE, "", 0)
    assert waiting(store, HERON) == [], "the wish is fulfilled"


def test_a_page_that_was_not_to_be_had_comes_again_when_its_time_has_come(store: Store) -> None:
    sync(store, make(1), make(2))
    two, one = ids(store)
    keep(store, one, Page(NOW, PAGE.url, "the server hung"), "", NOW + DAY)
    keep(store, two, Page(NOW, PAGE.url, "missing"), "", 0)
    assert waiting(store, HERON) == []
    assert waiting(store, HERON, now=NOW + DAY) == ["Headline 1"]


def test_a_page_is_read_again_some_hours_later_when_the_feed_edited_its_article(store: Store) -> None:
    stored(store)
    sync(store, make(text="The ferries stay."), now=NOW + 60)
    assert waiting(store, HERON, now=NOW + 3600) == []
    assert waiting(store, HERON, now=NOW + 6 * 3600) == ["Headline 1"]
    stored(store, replace(PAGE, fetched=NOW + 6 * 3600))
    assert waiting(store, HERON, now=NOW + 2 * DAY) == []


def test_only_recent_articles_of_a_feed_are_fetched_ahead(store: Store) -> None:
    sync(store, make(1, published=NOW - 20 * DAY), make(2))
    assert waiting(store, HERON, since=NOW - 14 * DAY) == ["Headline 2"]


def test_an_article_without_an_address_has_no_page(store: Store) -> None:
    sync(store, make(url=""))
    assert waiting(store, HERON) == []
    assert store.page_queue.one(ids(store)[0]) is None


def test_what_a_feed_says_goes_along_for_the_reader_of_the_page(store: Store) -> None:
    sync(store, make(summary="In short."))
    wanted = store.page_queue.one(ids(store)[0])
    assert wanted is not None
    assert (wanted.feed, wanted.blocks) == (HERON, (Block("p", "The ferries sail again."),))
    assert (wanted.hints().title, wanted.hints().summary) == ("Headline 1", "In short.")


def test_a_wish_for_what_is_gone_is_no_wish(store: Store) -> None:
    feed(store)
    store.page_queue.want(12345, NOW)
    assert waiting(store) == []
    assert store.check() == []


def test_what_was_asked_of_a_site_is_remembered(store: Store) -> None:
    assert store.page_queue.host("heron.example") == PageHost("heron.example")
    asked = PageHost("heron.example", 20000, 3, NOW + 0.5, NOW + 60, 2, True, "User-agent: *", NOW)
    store.page_queue.save_host(asked)
    assert store.page_queue.host("heron.example") == asked
    both = store.page_queue.hosts(["heron.example", "kestrel.example"])
    assert both == {"heron.example": asked, "kestrel.example": PageHost("kestrel.example")}


# --- migrating -------------------------------------------------------------------------------------


TABLES = ("page_hosts", "page_links", "pages", "wanted_pages")


def test_a_cache_of_the_version_before_keeps_its_articles_and_gets_room_for_pages(tmp_path: Path) -> None:
    with Store.open(tmp_path) as store:
        sync(store, make(1), make(2))
    make_older(tmp_path, (first, second))
    with Store.open(tmp_path) as store:
        assert titles(store) == ["Headline 2", "Headline 1"]
        assert page_of(store, stored(store)).blocks == PAGE.blocks
        assert store.check() == []


def test_the_second_version_and_the_third_differ_by_the_tables_of_pages() -> None:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        migrate(database, (first, second))
        before = tables(database)
        migrate(database, (first, second, third))
        assert sorted(tables(database) - before) == list(TABLES)


def tables(database: sqlite3.Connection) -> set[str]:
    return {row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
