"""Rules between configuration and store: when they decide, what they see, how they come and go."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import ruling, writer
from aggregator.config import Rule, SavedFilter, Settings, load
from aggregator.library import Library
from aggregator.model import ArticleDraft, Change, FetchLogRow, MarkAction
from aggregator.ruling import decide, reconcile, settle, wanted
from aggregator.store.db import Store
from aggregator.store.rules import MUTE
from aggregator.text.arrival import objection, waits
from aggregator.text.query import parse
from tests.aggregator.httpserver import Server, reply
from tests.aggregator.newsroom import bring
from tests.aggregator.rounds import NOW as NOW_OF_ROUNDS
from tests.aggregator.rounds import item, query, rss, run, write_config
from tests.aggregator.storing import DAY, FEEDS, HERON, KESTREL, NOW, feed, ids, tell, titles
from tests.aggregator.storing import make as drafted
from tests.aggregator.test_relate import FIRE, FLOOD

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        opened.feeds.reconcile(FEEDS)
        with opened.write():
            opened.feeds.log(
                FetchLogRow(state.id, NOW - DAY, "new", 200, "", 0, 0, 0, 0) for state in opened.feeds.all()
            )
        yield opened


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


def make(number: int = 1, *, text: str = "Calm.", **changes: Any) -> ArticleDraft:
    """A draft whose text is about nothing that rules here ask for."""
    return drafted(number, text=text, **changes)


def ruled(*rules: Rule, filters: Sequence[SavedFilter] = ()) -> Settings:
    return Settings(rules=rules, filters=tuple(filters), feeds=FEEDS)


def bring_rules(store: Store, *rules: Rule, now: int = NOW, **more: Any) -> list[str]:
    problems = reconcile(store, ruled(*rules, **more), now)
    while ruling.step(store):
        pass
    return [f"{name}: {why}" for name, why in problems]


def arrive(store: Store, *drafts: ArticleDraft, url: str = HERON, now: int = NOW) -> list[Change]:
    """What a sync does with a document."""
    state = feed(store, url)
    with store.write():
        changes = store.articles.upsert(state, drafts, now)
        store.search.index(changes)
        decide(store, changes, now)
    return changes


def hides(when: str, **more: Any) -> Rule:
    return Rule(when=when, do=("hide",), **more)


# --- what arrives ---


def test_a_rule_decides_when_an_article_arrives(store: Store) -> None:
    bring_rules(store, hides("ferry"), Rule(when="harvest", do=("tag:Fields", "score:+5")))
    brought = ("Ferry sinks", "Harvest begins", "Calm")
    arrive(store, *(make(number, title=title, text="-") for number, title in enumerate(brought)))
    assert titles(store) == ["Calm", "Harvest begins"]
    assert titles(store, "hidden") == ["Ferry sinks"]
    assert titles(store, "tag:fields score>=5") == ["Harvest begins"]
    assert titles(store, "rule:ferry") == ["Ferry sinks"]
    assert store.articles.count()[1] == 2
    assert store.check() == []


def test_an_edit_that_leaves_a_rules_match_leaves_the_rule(store: Store) -> None:
    bring_rules(store, hides("title:ferry"), Rule(when="title:ferry", do=("tag:sea", "score:-2")))
    arrive(store, make(1, title="Ferry sinks"))
    assert titles(store) == []
    arrive(store, make(1, title="Boat sinks"))
    assert titles(store, "unread") == ["Boat sinks"]
    assert ids(store, "tag:sea") == ids(store, "score<0") == []
    arrive(store, make(1, title="Ferry sinks after all"))
    assert titles(store, "hidden tag:sea score=-2") == ["Ferry sinks after all"]
    assert store.check() == []


def test_an_edit_keeps_what_the_reader_did_to_a_hidden_article(store: Store) -> None:
    bring_rules(store, hides("title:ferry"))
    arrive(store, make(1, title="Ferry sinks"))
    store.marks.apply(MarkAction.READ, ids(store, "hidden"))
    arrive(store, make(1, title="Boat sinks"))
    assert titles(store, "read") == ["Boat sinks"]
    assert titles(store, "unread") == []


def test_read_and_star_are_done_once_on_arrival(store: Store) -> None:
    bring_rules(store, Rule(when="ferry", do=("read", "star")))
    (change,) = arrive(store, make(1, title="Ferry sinks"))
    assert titles(store, "read starred") == ["Ferry sinks"]
    store.marks.apply(MarkAction.UNREAD, [change.id])
    store.marks.apply(MarkAction.UNSTAR, [change.id])
    arrive(store, make(1, title="Ferry sinks, again"))
    assert titles(store, "unread -starred") == ["Ferry sinks, again"]


def test_a_new_rule_marks_nothing_that_is_stored(store: Store) -> None:
    arrive(store, make(1, title="Ferry sinks"))
    bring_rules(store, Rule(when="ferry", do=("read", "star", "notify", "tag:sea")))
    assert titles(store, "unread -starred tag:sea") == ["Ferry sinks"]
    assert alerts(store) == []


def test_hidden_is_stronger_than_word_of_it_and_read_goes_with_both(store: Store) -> None:
    bring_rules(
        store,
        Rule(name="loud", when="ferry", do=("notify",)),
        hides("title:quiet"),
        Rule(when="title:quiet", do=("read", "star", "score:+1")),
    )
    changes = arrive(store, make(1, title="Quiet ferry"), make(2, title="Ferry sinks"))
    assert alerts(store) == [("loud", "rule", 0, [changes[1].id])]
    assert titles(store, "hidden read starred score=1") == ["Quiet ferry"]
    bring_rules(store)
    assert titles(store, "read") == ["Quiet ferry"]
    assert titles(store, "unread") == ["Ferry sinks"]
    assert store.check() == []


def test_old_articles_are_no_news_to_tell(store: Store) -> None:
    bring_rules(store, Rule(name="loud", when="ferry", do=("notify",)))
    arrive(store, make(1, title="Ferry sank", published=NOW - 5 * DAY))
    assert alerts(store) == []


def test_a_feeds_first_document_is_no_news_to_tell(store: Store, tmp_path: Path) -> None:
    with Store.open(tmp_path / "fresh") as fresh:
        fresh.feeds.reconcile(FEEDS)
        bring_rules(fresh, Rule(name="loud", when="ferry", do=("notify",)))
        arrive(fresh, make(1, title="Ferry sinks"))
        assert alerts(fresh) == []


def test_an_edit_that_enters_a_rules_match_is_told(store: Store) -> None:
    bring_rules(store, Rule(name="loud", when="ferry", do=("notify",)))
    arrive(store, make(1, title="Boat sinks"))
    (change,) = arrive(store, make(1, title="Ferry sinks"))
    arrive(store, make(1, title="Ferry sinks, again"))
    assert alerts(store) == [("loud", "rule", 0, [change.id])]


def test_what_a_rule_hides_it_still_sees(store: Store) -> None:
    bring_rules(store, hides("title:ferry"))
    arrive(store, make(1, title="Ferry one"))
    bring_rules(store, hides("title:ferry"), hides("title:one"))
    bring_rules(store, hides("title:one"))
    assert titles(store, "hidden") == ["Ferry one"]


def test_articles_of_a_feed_that_was_given_up_are_ruled_too(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"))
    store.feeds.reconcile(FEEDS[1:])
    bring_rules(store, hides("ferry"))
    store.feeds.reconcile(FEEDS)
    assert titles(store) == []


def alerts(store: Store) -> list[tuple[str, str, int, list[int]]]:
    rows = store._database.all("SELECT filter, kind, told, articles FROM alerts")
    return [(name, kind, told, json.loads(articles)) for name, kind, told, articles in rows]


# --- what depends on the story ---


def test_articles_that_join_a_muted_story_are_hidden_and_those_that_leave_it_come_back(store: Store) -> None:
    first, second, other = arrive(store, *(make(number, title=f"Ferry {number}") for number in range(3)))
    (story,) = tell(store, [first.id])
    bring_rules(store, hides(f"story:{story}"))
    assert titles(store, "hidden") == ["Ferry 0"]
    with store.write():
        store.stories.put_together(first.id, second.id)
    settle(store, NOW)
    assert titles(store, "hidden") == ["Ferry 1", "Ferry 0"]
    store.stories.take_out(second.id)
    settle(store, NOW)
    assert titles(store) == ["Ferry 2", "Ferry 1"]
    assert other.id in ids(store)


def test_a_mute_follows_the_story_when_it_goes_on_under_another_number(store: Store) -> None:
    first, second = arrive(store, make(1), make(2))
    one, two = tell(store, [first.id], [second.id])
    bring_rules(store, hides(f"story:{two}"))
    with store.write():
        store.stories.put_together(first.id, second.id)  # under the first number
    settle(store, NOW)
    assert one < two
    assert titles(store) == []


def test_a_rule_on_the_number_of_outlets_decides_when_stories_were_arranged(store: Store) -> None:
    bring_rules(store, Rule(name="big", when="outlets>=2", do=("star", "notify", "tag:big")))
    (one,) = arrive(store, make(1))
    (two,) = arrive(store, make(2), url=KESTREL)
    settle(store, NOW)
    assert ids(store, "starred") == []
    tell(store, [one.id, two.id])
    settle(store, NOW)
    assert sorted(ids(store, "starred tag:big")) == sorted([one.id, two.id])
    settle(store, NOW)
    assert [(name, sorted(told)) for name, _, _, told in alerts(store)] == [("big", sorted([one.id, two.id]))]


def test_an_edit_leaves_the_word_on_its_story_to_the_comparing(store: Store) -> None:
    (one,) = arrive(store, make(1))
    (story,) = tell(store, [one.id])
    bring_rules(store, hides(f"story:{story}"))
    arrive(store, make(1, title="Edited"))
    assert titles(store, "hidden") == ["Edited"]


def test_real_reports_that_join_a_muted_story_are_hidden_at_the_end_of_the_import(tmp_path: Path) -> None:
    conf = write_config(tmp_path, [])
    bring(conf.cache, [FIRE[0], *FLOOD])
    with Library(conf) as library:
        article = next(a.row.id for a in library.every_article() if a.guid == FIRE[0].guid)
        library.mute("story", article)
        before = library.counts()[1]
    bring(conf.cache, FIRE[1:])
    with Library(conf) as library:
        hidden = {a.guid for a in map(library.article, library.ids("hidden")) if a is not None}
        assert hidden >= {FIRE[0].guid, FIRE[1].guid}
        assert library.counts()[1] == before + len(FIRE) - len(hidden)
        assert library.findings() == []


# --- how rules come and go ---


def test_a_rule_that_vanishes_gives_back_only_its_own(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"), make(2, title="Ferry two"))
    bring_rules(
        store, hides("title:one"), hides("title:ferry", name="all"), Rule(when="two", do=("score:+3",))
    )
    bring_rules(store, hides("title:one"), Rule(when="two", do=("score:+3",)))
    assert titles(store) == ["Ferry two"]
    assert titles(store, "score=3") == ["Ferry two"]
    assert [info.name for info in store.rules.infos()] == ["title:one", "two"]


def test_only_a_changed_rule_looks_at_the_stored_articles_again(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"))
    bring_rules(store, hides("title:ferry"), hides("title:one"))
    kept = {rule.name: rule.id for rule in store.rules.all()}
    reconcile(store, ruled(hides("title:ferry"), Rule(when="title:one", do=("tag:x",))), NOW)
    assert [rule.name for rule in store.rules.all() if rule.active and rule.below] == ["title:one"]
    while ruling.step(store):
        pass
    now = {rule.name: rule.id for rule in store.rules.all()}
    assert now["title:ferry"] == kept["title:ferry"]
    assert now["title:one"] != kept["title:one"]


def test_another_name_or_end_makes_nothing_look_again_and_nothing_new_writes_nothing(store: Store) -> None:
    bring_rules(store, hides("ferry"))
    reconcile(store, ruled(hides("ferry", name="No boats", until="2099-01-01")), NOW)
    (rule,) = store.rules.all()
    assert (rule.name, rule.below, rule.until > NOW) == ("No boats", 0, True)
    before = store._database.changes
    reconcile(store, ruled(hides("ferry", name="No boats", until="2099-01-01")), NOW)
    assert not ruling.step(store)
    assert store._database.changes == before


def test_a_rule_ends_after_its_last_day_and_comes_back_with_a_later_one(store: Store) -> None:
    last = datetime.fromtimestamp(NOW).astimezone()
    rule = hides("ferry", until=f"{last:%Y-%m-%d}")
    arrive(store, make(1, title="Ferry one"))
    bring_rules(store, rule)
    end = int((datetime.combine(last, time()) + timedelta(days=1)).timestamp())
    bring_rules(store, rule, now=end - 1)
    assert titles(store) == []
    arrive(store, make(2, title="Ferry two"), now=end)  # before anything was brought in line
    assert titles(store) == ["Ferry two"]
    bring_rules(store, rule, now=end)
    assert titles(store) == ["Ferry two", "Ferry one"]
    assert [(info.active, info.hits) for info in store.rules.infos()] == [(False, 0)]
    bring_rules(store, hides("ferry", until="2099-01-01"), now=end)
    assert titles(store) == []


def test_mutes_end_by_themselves_and_no_configuration_ends_them(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"))
    one = ruling.specify("ferry", parse("ferry", NOW), ruling.read_actions(["hide"]), NOW + 100, MUTE)
    store.rules.mute(one, NOW)
    bring_rules(store, now=NOW + 99)
    assert titles(store) == []
    bring_rules(store, now=NOW + 100)
    assert titles(store) == ["Ferry one"]


def test_a_changed_saved_filter_changes_the_rules_that_name_it(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"), make(2, title="Harvest two"))
    boats = SavedFilter(name="Boats", query="ferry")
    assert bring_rules(store, hides("filter:Boats"), filters=[boats]) == []
    assert titles(store) == ["Harvest two"]
    bring_rules(store, hides("filter:Boats"), filters=[SavedFilter(name="Boats", query="harvest")])
    assert titles(store) == ["Ferry one"]


def test_a_rule_that_cannot_be_read_is_told_and_stops_no_other(store: Store) -> None:
    told = bring_rules(
        store, hides("outlte:x"), hides("ferry"), hides("unread", name="mine"), hides("(", enabled=False)
    )
    assert len(told) == 2
    assert "outlet" in told[0]
    assert told[1].startswith('mine: No rule can ask for "unread": every article is unread')
    arrive(store, make(1, title="Ferry one"))
    assert titles(store) == []


def test_two_rules_that_do_the_same_are_one(store: Store) -> None:
    told = bring_rules(store, hides("ferry", name="a"), hides(" ferry ", name="b"))
    assert told == ['b: It does the same as "a".']


def test_a_rule_too_long_with_its_filters_is_told(store: Store) -> None:
    long = SavedFilter(name="long", query=" OR ".join(f"word{number}" for number in range(30)))
    told = bring_rules(store, hides("filter:long " * 30), filters=[long])
    assert len(told) == 1


def test_steps_end_when_the_time_is_up_and_the_next_process_goes_on(store: Store) -> None:
    arrive(store, make(1, title="Ferry one"))
    reconcile(store, ruled(hides("ferry"), hides("one")), NOW)
    assert not ruling.catch_up(store, -1)
    assert ruling.catch_up(store, 60)
    assert [info.hits for info in store.rules.infos()] == [1, 1]


# --- what a rule can ask for ---


@pytest.mark.parametrize(
    "text",
    ["unread", "-read", "starred", "tag:oil", "x OR tagged", "rule:y", "score>3", "age<2d", "since:24h",
     "until:today", "-(hidden x)", "new", "noted", "fulltext", "x sort:oldest"],
)  # fmt: skip
def test_no_rule_can_ask_for_what_is_not_known_when_an_article_comes(text: str) -> None:
    why = objection(parse(text, NOW))
    assert why
    assert not why.endswith(".")
    _, (problem,) = wanted(ruled(hides(text)), NOW)
    assert problem.why == f"No rule can ask for {why}."


@pytest.mark.parametrize(
    ("text", "later"),
    [("ferry title:x -author:y", False), ("since:2026-01-01 until:2027-01-01", False), ("live", False),
     ("lang:ar,fa country:LB topic:oil url:x.example outlet:y feed:z", False),
     ("x story:3", True), ("-(outlets<2)", True), ("a OR related", True)],
)  # fmt: skip
def test_what_a_rule_can_ask_for(text: str, later: bool) -> None:
    assert objection(parse(text, NOW)) == ""
    assert waits(parse(text, NOW)) == later


# --- whole rounds ---

RULES_TOML = """
[[rules]]
name = "boats"
when = "title:ferry"
do = ["hide"]
[[rules]]
name = "typo"
when = "outlte:x"
do = ["hide"]
"""


def test_a_round_brings_rules_in_line_before_it_stores_and_tells_what_it_skips(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.answer(
        "/feed",
        reply(rss(item(1, "Ferry one"))),
        reply(rss(item(1, "Ferry one"), item(2, "Ferry two"), item(3, "Owls"))),
    )
    conf = write_config(tmp_path, [url])
    run(conf)
    conf.path.write_text(conf.path.read_text() + RULES_TOML)
    conf = load(conf.path)
    run(conf, NOW_OF_ROUNDS + DAY)
    assert "the rule typo is skipped" in caplog.text
    hidden = "SELECT a.title FROM hidden h JOIN articles a ON a.id = h.id ORDER BY a.title"
    assert query(conf, hidden) == [("Ferry one",), ("Ferry two",)]
    assert query(conf, "SELECT total, unread, hidden FROM feed_counts") == [(3, 1, 2)]


def test_a_batch_that_fails_is_stored_without_its_articles_and_without_their_hits(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.answer("/feed", reply(rss(item(1, "Ferry one"))))
    conf = write_config(tmp_path, [url])
    conf.path.write_text(conf.path.read_text() + RULES_TOML)
    conf = load(conf.path)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(writer, "arrived", fail)  # right after the rules decided
        run(conf)
    for table in ("articles", "hidden", "rule_hits", "unread"):
        assert query(conf, f"SELECT count(*) FROM {table}") == [(0,)], table
    run(conf, NOW_OF_ROUNDS + DAY, force=True)
    assert query(conf, "SELECT total, unread, hidden FROM feed_counts") == [(1, 0, 1)]


KILLS = 5
LONGEST_LIFE = 0.1  # seconds after a turn: somewhere in the next ones


def test_killed_at_any_moment_hidden_tags_and_counts_agree_with_the_hits(tmp_path: Path) -> None:
    source = random.Random(5)
    cache = tmp_path / "cache"
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.aggregator.ruling_child", str(cache)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(source.random() * LONGEST_LIFE)
            child.kill()
        with Store.open(cache) as store:
            store.search.rebuild()  # a file of its own: a kill may fall between the two commits
            assert store.check() == []
            hits = store.rules.hits_of(ids(store, "hidden OR read OR unread"))
            tagged = [rule.id for rule in store.rules.all() if rule.actions.tags]
            assert set(ids(store, "tag:sea (hidden OR read OR unread)")) == set().union(
                *(hits.get(rule, set()) for rule in tagged)
            )
    with Store.open(cache) as store:
        bring_rules(store)
        assert ids(store, "hidden OR tag:sea OR score>0") == []
        assert store.check() == []


# --- exact, whatever comes ---

WORDS = ("ferry", "harvest", "owl")
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
DRAFTS = st.lists(st.tuples(st.integers(0, 5), TITLES), max_size=4)
RULES = st.lists(
    st.tuples(
        st.sampled_from(
            ("title:ferry", "title:harvest", "-title:owl", "title:ferry OR title:owl", "outlet:heron")
        ),
        st.sampled_from((("hide",), ("score:+2",), ("tag:t",), ("hide", "score:-1"))),
    ),
    max_size=4,
    unique=True,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rounds=st.lists(st.tuples(RULES, st.lists(st.tuples(st.integers(0, 5), TITLES), max_size=4)), max_size=5)
)
def test_deciding_on_arrival_comes_to_the_same_as_looking_at_everything_anew(
    rounds: list[Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with Store.open(tmp_path_factory.mktemp("cache")) as store:
        store.feeds.reconcile(FEEDS)
        for number, (rules, drafts) in enumerate(rounds):
            bring_rules(store, *(Rule(name=f"r{n}", when=when, do=do) for n, (when, do) in enumerate(rules)))
            articles = dict(drafts).items()
            arrive(store, *(make(which, title=title, text=str(number)) for which, title in articles))
        for rule in store.rules.all():
            assert set(store.rules.hits(rule.id)) == set(store.rules.matching(parse(rule.query, NOW)))
        shown = set(ids(store, "read OR unread"))
        assert shown | set(ids(store, "hidden")) == set(ids(store, "hidden OR read OR unread"))
        assert store.check() == []
