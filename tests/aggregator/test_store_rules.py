"""Rules in the store: hits and what follows from them, exact after every step, given back without a trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.actions import Actions, read_actions
from aggregator.model import ArticleDraft, MarkAction
from aggregator.ruling import specify
from aggregator.store import rules as rules_module
from aggregator.store.db import Store
from aggregator.store.rules import CONFIG, GONE, MUTE, StoredRule, Wanted
from aggregator.text.query import parse
from tests.aggregator.storing import KESTREL, NOW, ids, make, sync, titles

HIDE = ("hide",)


def piece(number: int, word: str) -> ArticleDraft:
    """A draft with a word in its title and none in its text that a rule here asks for."""
    return make(number, title=f"{word} {number}", text="Calm.")


def wanted(query: str, do: Sequence[str] = HIDE, *, name: str = "", until: int = 0) -> Wanted:
    return specify(name or query, parse(query, NOW), read_actions(do), until, CONFIG)


def rule(store: Store, query: str, do: Sequence[str] = HIDE, **more: object) -> StoredRule:
    """A rule that has looked at everything."""
    with store.write():
        number = store.rules.put(wanted(query, do, **more), CONFIG, NOW)  # type: ignore[arg-type]
    while store.rules.look():
        pass
    made = store.rules.get(number)
    assert made is not None
    return made


def end(store: Store, number: int, origin: str = GONE) -> None:
    with store.write():
        store.rules.end(number, origin)
    while store.rules.take_back():
        pass


def counts(store: Store) -> list[tuple[int, int]]:
    return [(info.unread, info.total) for info in store.feeds.infos()]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        sync(opened, *(make(number, title=f"Ferry {number}", text="Calm.") for number in range(6)))
        sync(
            opened,
            *(make(number, title=f"Harvest {number}", text="Calm.") for number in range(6, 9)),
            url=KESTREL,
        )
        yield opened


def test_a_hidden_article_is_in_no_list_nor_count_that_does_not_ask_for_it(store: Store) -> None:
    rule(store, "ferry")
    assert titles(store) == ["Harvest 8", "Harvest 7", "Harvest 6"]
    assert len(titles(store, "hidden")) == 6
    assert counts(store) == [(0, 6), (3, 3)]
    assert store.articles.count()[1] == 3
    assert store.check() == []


def test_what_a_rule_hid_comes_back_unread_or_read_as_it_was(store: Store) -> None:
    read = ids(store, "ferry")[:2]
    store.marks.apply(MarkAction.READ, read)
    before = (ids(store), ids(store, "unread"), counts(store))
    end(store, rule(store, "ferry").id)
    assert (ids(store), ids(store, "unread"), counts(store)) == before
    assert store.rules.all() == []


def test_what_two_rules_hide_comes_back_with_the_second(store: Store) -> None:
    first, second = rule(store, "ferry"), rule(store, "title:3")
    (both,) = ids(store, "hidden title:3")
    end(store, first.id)
    assert ids(store, "hidden") == [both]
    assert hidden_by(store, both) == ("title:3",)
    end(store, second.id)
    assert ids(store, "hidden") == []
    assert len(ids(store, "unread")) == 9


def test_a_hidden_article_names_just_the_rules_that_hide_it(store: Store) -> None:
    hide, _ = rule(store, "title:3"), rule(store, "ferry", ["tag:sea", "score:+1"])
    (article,) = ids(store, "hidden")
    assert hidden_by(store, article) == ("title:3",)
    end(store, hide.id)
    assert hidden_by(store, article) == ("ferry",), "it is not hidden, and this has hit it"


def hidden_by(store: Store, article_id: int) -> tuple[str, ...]:
    article = store.articles.get(article_id)
    assert article is not None
    return article.rules


def test_scores_of_several_rules_add_up_and_nothing_is_kept_of_none(store: Store) -> None:
    up, down = rule(store, "ferry", ["score:+5"]), rule(store, "title:3,4", ["score:-5"])
    assert len(ids(store, "score>0")) == 4
    assert len(ids(store, "ferry score<1")) == 2
    end(store, up.id)
    assert len(ids(store, "score<0")) == 2
    end(store, down.id)
    assert ids(store, "score<0 OR score>0") == []


def test_a_rules_tag_goes_with_the_rule_and_the_readers_own_stays(store: Store) -> None:
    made = rule(store, "ferry", ["tag:Sea Traffic"])
    one = ids(store, "ferry")[0]
    store.tags.tag([one], "sea traffic", NOW)
    assert len(ids(store, 'tag:"sea traffic"')) == 6
    end(store, made.id)
    assert ids(store, 'tag:"sea traffic"') == [one]


def test_a_rule_looks_at_stored_articles_in_steps_and_goes_on_where_it_stopped(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_module, "STEP", 2)
    with store.write():
        number = store.rules.put(wanted("ferry"), CONFIG, NOW)
    seen = []
    while store.rules.look():
        seen.append(len(store.rules.hits(number)))
    assert seen == [2, 4, 6, 6]
    with store.write():
        store.rules.end(number, GONE)
    left = []
    while store.rules.take_back():
        left.append(len(ids(store, "hidden")))
    assert left == [4, 2, 0, 0]
    assert store.rules.all() == []


def test_a_rule_that_is_put_again_before_its_hits_were_taken_back_hits_everything_once_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules_module, "STEP", 2)
    made = rule(store, "ferry", ["hide", "score:+5"])
    with store.write():
        store.rules.end(made.id, GONE)
    store.rules.take_back()
    assert rule(store, "ferry", ["hide", "score:+5"]).id == made.id
    assert len(ids(store, "hidden score=5")) == 6
    assert not store.rules.take_back()


def test_looking_steps_back_when_another_process_wrote_meanwhile(store: Store, tmp_path: Path) -> None:
    with store.write():
        number = store.rules.put(wanted("ferry"), CONFIG, NOW)
    matching = store.rules.matching

    def meanwhile(*asked: object, **more: object) -> object:
        store.rules.matching = matching  # type: ignore[method-assign]
        found = matching(*asked, **more)  # type: ignore[arg-type]
        with Store.open(tmp_path) as other, other.write():
            other.rules.end(number, CONFIG)
        return found

    store.rules.matching = meanwhile  # type: ignore[assignment,method-assign]
    assert store.rules.look()
    assert not store.rules.look()
    assert ids(store, "hidden") == []


def test_a_write_phase_that_fails_leaves_no_hit_behind(store: Store) -> None:
    before = (ids(store), counts(store))

    def fail() -> None:
        with store.write():
            number = store.rules.put(wanted("ferry", ["hide", "tag:x", "score:+1"]), CONFIG, NOW)
            made = store.rules.get(number)
            assert made is not None
            store.rules.hit(made, ids(store, "ferry"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (ids(store), counts(store)) == before
    assert store.rules.all() == []


def test_pruned_articles_take_their_hits_with_them(store: Store) -> None:
    from aggregator import config

    made = rule(store, "ferry", ["hide", "tag:x", "score:+1"])
    store.retention.prune(config.Retention(max_articles=4), NOW)
    assert len(store.rules.hits(made.id)) == 1
    assert store.check() == []
    end(store, made.id)
    assert len(ids(store)) == 4
    assert store.check() == []


# --- mutes ---


def mute(store: Store, query: str, until: int = 0) -> StoredRule:
    made = specify(f"word: {query}", parse(query, NOW), Actions(hide=True), until, MUTE)
    return store.rules.mute(made, NOW)


def test_a_mute_is_undone_and_done_again(store: Store) -> None:
    made = mute(store, "ferry")
    assert len(ids(store)) == 3
    step = store.journal.undo()
    assert step is not None
    assert step.label == "word: ferry muted"
    assert len(ids(store)) == 9
    assert store.journal.redo() is not None
    assert len(ids(store)) == 3
    store.rules.unmute(made.id, NOW)
    assert len(ids(store)) == 9
    assert store.journal.undo() is not None
    assert len(ids(store)) == 3
    assert store.check() == []


def test_muting_again_moves_the_end_and_undoing_moves_it_back(store: Store) -> None:
    first = mute(store, "ferry", NOW + 100)
    assert mute(store, "ferry", NOW + 900).id == first.id
    assert [info.until for info in store.rules.infos()] == [NOW + 900]
    store.journal.undo()
    assert [(info.until, info.active) for info in store.rules.infos()] == [(NOW + 100, True)]
    store.journal.undo()
    assert [(info.active, info.hits) for info in store.rules.infos()] == [(False, 0)]


def test_old_mutes_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "MUTES_KEPT", 1)
    for word in ("ferry", "harvest", "wolves"):
        store.rules.unmute(mute(store, word).id, NOW)
    mute(store, "owls")
    assert [info.name for info in store.rules.infos()] == ["word: wolves", "word: owls"]
    for _ in range(5):
        store.journal.undo()  # of a mute that is forgotten too: nothing happens


# --- exact, whatever happens ---

QUERIES = ("ferry", "harvest", "title:1,3,5", "-ferry", "outlet:kestrel", "lang:en OR harvest")
ACTIONS = (
    ("hide",),
    ("hide", "score:+2"),
    ("score:+3",),
    ("score:-3",),
    ("tag:a", "tag:b"),
    ("tag:a", "hide"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("put", "end", "look", "back", "read", "unread", "drafts", "undo", "mute")),
        st.integers(0, 5),
        st.integers(0, 5),
    ),
    max_size=14,
)


def do(store: Store, step: tuple[str, int, int], number: int) -> None:
    what, one, other = step
    rules = store.rules.all()
    if what == "put":
        with store.write():
            store.rules.put(wanted(QUERIES[one], ACTIONS[other]), CONFIG, NOW)
    elif what == "end":
        with store.write():
            for ended in rules[one:]:
                store.rules.end(ended.id, GONE)
    elif what == "mute":
        mute(store, QUERIES[one])
    elif what == "drafts":
        fresh = make(100 + number, title=f"Ferry {one}", text="Calm.")
        sync(store, fresh, make(other, title=f"Harvest {one}", text="Calm."))
    elif what in ("read", "unread"):
        store.marks.apply(MarkAction(what), ids(store, "hidden OR unread OR read")[one : one + other])
    else:
        {"look": store.rules.look, "back": store.rules.take_back, "undo": store.journal.undo}[what]()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_what_is_hidden_tagged_and_scored_always_follows_from_the_hits(
    steps: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Store.open(tmp_path_factory.mktemp("cache")) as store:
        sync(store, *(make(number, title=f"Ferry {number}", text="Calm.") for number in range(4)))
        sync(
            store,
            *(make(number, title=f"Harvest {number}", text="Calm.") for number in range(4, 7)),
            url=KESTREL,
        )
        for number, step in enumerate(steps):
            do(store, step, number)
            check(store)
        while store.rules.take_back() or store.rules.look():
            pass
        check(store)
        assert store.check() == []
        for one in store.rules.all():
            query = parse(one.query, NOW)
            assert one.active or not store.rules.hits(one.id)
            if one.active and not any(step[0] == "drafts" for step in steps):
                assert store.rules.hits(one.id) == store.rules.matching(query)


def check(store: Store) -> None:
    """Work everything out anew from the hits and compare."""
    everything = ids(store, "hidden OR unread OR read")
    hidden, scores, tags = set(), Counter[int](), {}
    for one in store.rules.all():
        for article in store.rules.hits(one.id):
            hidden |= {article} if one.actions.hide else set()
            scores[article] += one.actions.score
            for tag in one.actions.tags:
                tags.setdefault(tag, set()).add(article)
    assert set(ids(store, "hidden")) == hidden
    assert set(ids(store)) == set(everything) - hidden
    for article in everything:
        (row,) = store.articles.rows([article])
        assert (row.hidden, row.score) == (article in hidden, scores[article])
        assert set(row.tags) == {tag for tag, tagged in tags.items() if article in tagged}
    for info in store.feeds.infos():
        unread = ids(store, f"unread feed:{info.state.url}")
        total = sum(row.feed_id == info.state.id for row in store.articles.rows(everything))
        assert (info.unread, info.total) == (len(unread), total)
