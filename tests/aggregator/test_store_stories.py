"""Stored stories: who is in which, their numbers, the ids they had, copies, order of a list; who waits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from aggregator.actions import Actions
from aggregator.model import LinkKind
from aggregator.ruling import specify
from aggregator.store import stories
from aggregator.store.db import Store
from aggregator.store.rules import MUTE
from aggregator.store.stories import Placed
from aggregator.text.query import EVERYTHING, parse
from tests.aggregator.storing import DAY, KESTREL, NOW, ids, make, sync, tell, titles
from tests.aggregator.test_store_links import edge


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number) for number in range(4)))
        sync(opened, *(make(number, language="ar") for number in range(4, 6)), url=KESTREL)
        yield opened


def arrange(store: Store, *placed: Placed, ended: dict[int, int] | None = None) -> list[int]:
    with store.write():
        return store.stories.arrange(placed, ended or {})


def into(story: int, members: Sequence[int]) -> Placed:
    return Placed(story, members, [], {})


def members(store: Store) -> dict[int, list[int]]:
    return {story.id: [row.id for row in story.articles] for story in store.stories.page(EVERYTHING, 99)}


def test_a_story_has_its_first_title_its_times_outlets_and_languages(store: Store) -> None:
    f, e, d, c, *_ = ids(store)
    tell(store, [f, d, c])
    story = store.stories.of(d)
    assert story is not None
    assert [row.id for row in story.articles] == [f, d, c]
    assert (story.title, story.outlets, story.languages) == ("Headline 2", 2, ("ar", "en"))
    assert (story.first, story.last, story.reports) == (NOW - 3600 + 2, NOW - 3600 + 5, 3)
    assert store.stories.of(e) is None


def test_the_title_and_the_reports_are_the_members_not_those_beside_them(store: Store) -> None:
    *_, c, b, a = ids(store)
    (number,) = arrange(store, Placed(None, [b, c], [a], {c: b}))
    story = store.stories.get(number)
    assert story is not None
    assert (story.title, story.reports, len(story.articles)) == ("Headline 1", 1, 3)
    assert story.copies == {c: b}
    assert story.first == NOW - 3600 + 1, "a live page that began before does not date the event"


def test_an_article_alone_has_a_story_but_no_company(store: Store) -> None:
    a, *_ = ids(store)
    (number,) = tell(store, [a])
    assert store.stories.id_of(a) == number
    assert store.stories.of(a) is None
    assert store.stories.get(number) is not None
    assert members(store) == {}


def test_a_number_of_a_story_that_went_on_in_another_leads_there_however_often_it_moved(store: Store) -> None:
    f, e, d, c, b, a = ids(store)
    one, two, three = tell(store, [a, b], [c, d], [e, f])
    arrange(store, into(two, [a, b, c, d]), ended={one: 0})
    arrange(store, into(three, [a, b, c, d, e, f]), ended={two: 0})
    for number in (one, two, three):
        story = store.stories.get(number)
        assert story is not None
        assert story.id == three
    assert members(store) == {three: [f, e, d, c, b, a]}
    assert store.stories.get(999) is None


def test_no_number_is_used_again(store: Store) -> None:
    f, e, d, c, b, a = ids(store)
    one, two = tell(store, [a, b], [c, d])
    arrange(store, into(one, [a, b, c, d]), ended={two: 0})
    with store.write():
        store.stories.leave([a, b, c, d])
    assert store.stories.get(one) is None
    assert store.stories.get(two) is None
    (three,) = tell(store, [e, f])
    assert three not in (one, two)


def test_an_article_is_in_one_story_and_the_one_it_left_is_right_without_it(store: Store) -> None:
    f, _, _, c, b, a = ids(store)
    one, two = tell(store, [a, b, f], [c])
    arrange(store, into(two, [c, f]))
    assert store.stories.placed([a, b, c, f]) == {a: one, b: one, c: two, f: two}
    left = store.stories.get(one)
    assert left is not None
    assert (left.last, left.outlets, left.languages, left.reports) == (NOW - 3600 + 1, 1, ("en",), 2)


def test_taking_out_and_putting_together_tell_who_was_with_whom(store: Store) -> None:
    *_, d, c, b, a = ids(store)
    one, two = tell(store, [a, b], [c, d])
    with store.write():
        assert sorted(store.stories.take_out(b)) == [a]
        assert store.stories.take_out(b) == [], "it is alone already"
        ours, theirs = store.stories.put_together(d, b)
    assert (sorted(ours), theirs) == ([c, d], [b])
    assert store.stories.id_of(b) == two
    assert members(store) == {two: [d, c, b]}
    assert store.stories.id_of(a) == one


def test_articles_without_a_story_can_be_put_together(store: Store) -> None:
    b, a, *_ = ids(store)
    with store.write():
        assert store.stories.put_together(a, b) == ([a], [b])
    assert list(members(store).values()) == [[b, a]]


def test_stories_are_paged_by_their_newest_article_that_the_query_has(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "STEP", 1)
    f, e, d, c, b, a = ids(store)
    one, two, three = tell(store, [a, f], [b, e], [c, d])
    assert [story.id for story in store.stories.page(EVERYTHING, 9)] == [one, two, three]
    assert [story.id for story in store.stories.page(parse("lang:en", NOW), 9)] == [three, two, one]
    assert [story.id for story in store.stories.page(parse("lang:en", NOW), 2)] == [three, two]
    assert store.stories.page(parse("absent", NOW), 9) == []
    assert len(titles(store)) == 6


def hide(store: Store, article: int) -> None:
    with store.write():
        number = store.rules.put(
            specify("quiet", parse("ferries", NOW), Actions(hide=True), 0, MUTE), MUTE, NOW
        )
        rule = store.rules.get(number)
        assert rule is not None
        store.rules.hit(rule, [article])


def test_hidden_articles_are_in_no_listed_story_that_is_not_asked_for_them(store: Store) -> None:
    f, e, d, c, *_ = ids(store)
    one, two = tell(store, [c, d, e], [f, ids(store)[5]])
    hide(store, d)
    hide(store, f)
    assert members(store) == {one: [e, c]}, "a story of one that shows is no story"
    asked = store.stories.page(parse("hidden", NOW), 9)
    assert {story.id: len(story.articles) for story in asked} == {one: 3, two: 2}
    assert len(store.stories.page(parse(f"story:{one}", NOW), 9)[0].articles) == 3


# --- related lists ---


def test_hidden_articles_are_not_listed_as_related(store: Store) -> None:
    f, e, d, c, b, _ = ids(store)
    store.links.add([edge(c, target, place=place) for place, target in enumerate((f, e))])
    early, now = tell(store, [b, d], [c])
    with store.write():
        store.threads.replace(now, [(early, 0.6, ())])
    hide(store, f)
    assert [found.row.id for found in store.related.of(c)] == [e, b]
    hide(store, b)
    assert [found.row.id for found in store.related.folded(c)] == [e, d], "another stands for the story"


def test_articles_of_one_text_are_one_line_that_names_the_other_outlets(store: Store) -> None:
    f, e, d, c, *_ = ids(store)
    arrange(store, Placed(None, [c, d, e, f], [], {e: d, f: d}))
    store.links.add([edge(c, target, place=place) for place, target in enumerate((f, d, e))])
    (line,) = store.related.folded(c)
    assert (line.row.id, line.also) == (f, ("The Heron",))
    assert len(store.related.of(c)) == 3
    store.links.add([edge(d, target, place=place) for place, target in enumerate((f, e, c))])
    first, second = store.related.folded(d)
    assert (first.row.id, first.also) == (f, ()), "both copies are of one outlet"
    assert second.row.id == c


def test_a_perhaps_with_little_behind_it_is_listed_but_not_shown(store: Store) -> None:
    c, b, a, *_ = ids(store)
    store.links.add([edge(a, b, LinkKind.MAYBE, 0.19), edge(a, c, LinkKind.MAYBE, 0.2, place=1)])
    assert [found.row.id for found in store.related.folded(a)] == [c]
    assert [found.row.id for found in store.related.of(a)] == [b, c]
    assert [row.related for row in store.articles.rows([a])] == [1], "nor counted"


def test_the_steps_of_a_thread_follow_in_the_articles_language_where_one_is(store: Store) -> None:
    f, e, d, c, *_ = ids(store)
    early, now, late = tell(store, [c, e], [d], [f])
    with store.write():
        store.threads.replace(now, [(early, 0.6, ("Mina",))])
        store.threads.replace(late, [(now, 0.7, ("grain",))])
    found = store.related.of(d)
    assert [(r.row.id, r.kind, r.evidence) for r in found] == [
        (f, LinkKind.LATER, ("grain",)),
        (c, LinkKind.EARLIER, ("Mina",)),
    ]
    assert [r.row.id for r in store.related.of(f)] == [d], "of a story of two, one article stands for it"
    with store.write():
        store.threads.replace(late, [(early, 0.7, ())])
    assert [r.row.id for r in store.related.of(f)] == [e], "rather one in its own language"
    store.links.add([edge(d, e)])
    assert [r.row.id for r in store.related.of(d) if r.kind is LinkKind.EARLIER] == [], "it is listed already"


# --- who waits ---


def test_the_oldest_wait_first_and_no_step_spans_more_than_it_may(store: Store) -> None:
    old = sync(store, make(50, published=NOW - 9 * DAY), make(51, published=NOW - 8 * DAY))
    store.relating.queue(ids(store))
    early = [change.id for change in old]
    assert store.relating.waiting(100, 3 * DAY) == early
    assert store.relating.waiting(1, 3 * DAY) == early[:1]
    with store.write():
        store.relating.related(early)
    assert store.relating.waiting(100, 3 * DAY) == sorted(ids(store))[2:]


def test_the_newest_get_their_vectors_first_and_are_then_compared_again(store: Store) -> None:
    newest, second, *others = ids(store)
    store.relating.queue([newest, second, *others])
    with store.write():
        store.relating.related([newest, second, *others])
    assert store.relating.unencoded(2) == [newest, second]
    store.relating.save_vectors([(newest, b"v")], [newest, second])
    assert store.relating.vectors([newest, second]) == [(newest, b"v")]
    assert store.relating.waiting(9, DAY) == [newest]
    assert store.relating.unencoded_count() == len(others)
    store.relating.queue([newest])
    assert store.relating.vectors([newest]) == [], "its text may have changed"


def test_what_is_too_old_to_be_compared_is_let_go(store: Store) -> None:
    newest, *_, oldest = ids(store)
    with store.write():
        store.relating.replace_pairs([newest], {newest: {oldest: (1.0, 2.0, True)}})
    assert store.relating.pairs(oldest) == {newest: (1.0, 2.0, True)}
    assert store.relating.pairs(newest) == {oldest: (1.0, 2.0, True)}
    store.relating.queue([newest, oldest])
    store.relating.save_vectors([(oldest, b"v")])
    just_after = (oldest >> 20) + 1
    store.relating.forget_before(just_after, just_after)
    assert store.relating.pairs(oldest) == store.relating.pairs(newest) == {}
    assert store.relating.vectors([oldest]) == []
    assert store.relating.unencoded(9) == [newest]


# --- the reader's word ---


def test_the_last_word_on_a_pair_counts_whichever_way_round_it_is_said(store: Store) -> None:
    c, b, a, *_ = ids(store)
    with store.write():
        store.verdicts.say([(a, b), (c, b), (a, a)], NOW, together=True)
        store.verdicts.say([(b, a)], NOW + 1, together=False)
    assert store.verdicts.among([a, b, c]) == ([(a, b)], [(b, c)])
    assert store.verdicts.among([a, c]) == ([], [])
    assert store.verdicts.partners([b]) == [c]
    with store.write():
        store.verdicts.forget([b])
    assert store.verdicts.among([a, b, c]) == ([], [])
