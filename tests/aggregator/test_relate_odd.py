"""Relating when something odd happens: another process writes meanwhile, old news is edited, texts repeat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.config import Config, Retention
from aggregator.follow import Follower
from aggregator.library import Library
from aggregator.relate import Relater
from aggregator.store.db import Store
from aggregator.store.relating import Pairs
from aggregator.stories.grouping import connected
from aggregator.stories.threads import Head
from aggregator.writer import store_arrivals
from tests.aggregator.newsroom import (
    DAY,
    HOUR,
    NOW,
    START,
    Piece,
    arrivals,
    bring,
    broken,
    groups,
    ids_of,
    in_company,
)
from tests.aggregator.rounds import query, write_config

CEDAR, COURIER, LEDGER = OUTLETS = "Cedar Daily", "Levant Courier", "Gulf Ledger"
FIRE = (
    Piece("fire-1", "Fire guts old museum in Latakia, 158 evacuated", CEDAR, START),
    Piece("fire-2", "158 flee as blaze sweeps Latakia museum", COURIER, START + HOUR),
    Piece("fire-3", "Latakia museum fire: 158 people evacuated from old halls", LEDGER, START + 2 * HOUR),
)
FLOOD = (
    Piece("flood-1", "Flash flood drowns 311 homes in Basra", CEDAR, START),
    Piece("flood-2", "Basra flood leaves 311 homes under water", COURIER, START + HOUR),
)
MUCH = (
    *(piece.title for piece in FIRE),
    "Blaze at old Latakia museum, 158 visitors evacuated",
    "Old museum burns in Latakia; 158 evacuated from fire",
    "Museum in Latakia gutted by fire: 158 evacuated",
)
LATER = Piece("later", "Locust swarm strips 200 farms around Irbid", CEDAR, START + 29 * DAY)


@pytest.fixture
def conf(tmp_path: Path) -> Config:
    return write_config(tmp_path, [])


@pytest.fixture
def library(conf: Config) -> Iterator[Library]:
    with Library(conf, clock=lambda: NOW) as opened:
        yield opened


class Disturbed(Relater):
    """A relater beside which something else happens once, between reading and writing."""

    def __init__(self, event: Callable[[], object]) -> None:
        super().__init__()
        self._event: Callable[[], object] | None = event

    def _compare(self, ids: Iterable[int]) -> dict[int, Pairs]:
        found = super()._compare(ids)
        event, self._event = self._event, None
        if event is not None:
            event()
        return found


def relate_beside(conf: Config, pieces: Iterable[Piece], event: Callable[[], object]) -> None:
    """Relate new pieces while ``event`` happens in another process."""
    with Store.open(conf.cache) as store:
        store_arrivals(arrivals(pieces), NOW, store)
        relater = Disturbed(event)
        while relater.step(store):
            pass


def many() -> list[Piece]:
    """One fire in a dozen reports."""
    return [
        Piece(f"fire-{n}", f"{title} again" if n > 5 else title, OUTLETS[n % 3], START + n * HOUR)
        for n, title in enumerate(MUCH * 2)
    ]


# --- another process ---


def test_an_edit_that_comes_while_an_article_is_compared_is_compared_too(conf: Config) -> None:
    def edit() -> None:
        piece = replace(FIRE[2], title="Basra flood: 311 homes drown as river bursts banks")
        with Store.open(conf.cache) as other:
            store_arrivals(arrivals([piece]), NOW, other)

    bring(conf.cache, [*FIRE[:2], *FLOOD])
    relate_beside(conf, [FIRE[2]], edit)
    assert groups(conf) == {frozenset({"fire-1", "fire-2"}), frozenset({"fire-3", "flood-1", "flood-2"})}
    assert query(conf, "SELECT count(*) FROM unrelated") == [(0,)]
    assert broken(conf) == []


def test_a_split_that_comes_while_the_story_is_compared_stays(conf: Config, library: Library) -> None:
    bring(conf.cache, FIRE)
    edited = [replace(piece, lead="Corrected.") for piece in FIRE]
    relate_beside(conf, edited, lambda: library.split(ids_of(library)["fire-3"]))
    assert groups(conf) == {frozenset({"fire-1", "fire-2"}), frozenset({"fire-3"})}
    assert broken(conf) == []


def test_articles_that_are_forgotten_while_they_are_compared_stay_forgotten(conf: Config) -> None:
    def prune() -> None:
        with Store.open(conf.cache) as other:
            assert other.retention.prune(Retention(days=0, max_articles=1), NOW) == 2

    bring(conf.cache, FIRE[:2])
    relate_beside(conf, [FIRE[2]], prune)
    assert groups(conf) == {frozenset({"fire-3"})}
    assert broken(conf) == []


def test_stories_that_the_reader_changes_while_threads_are_followed_are_followed_anew(
    conf: Config, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe = Follower._describe

    def joining(self: Follower, *asked: object) -> dict[int, tuple[bytes, dict[int, float]]]:
        found = describe(self, *asked)  # type: ignore[arg-type]
        library.join(ids_of(library)["fire-1"], ids_of(library)["flood-1"])
        return {story: (centre, {1: 5.0}) for story, (centre, _) in found.items()}

    def splitting(self: Follower, store: Store, head: Head) -> list[tuple[float, Head]]:
        library.split(ids_of(library)["fire-1"])
        return [(0.9, head)]

    monkeypatch.setattr(Follower, "_describe", joining)
    monkeypatch.setattr(Follower, "_earlier", splitting)
    with Store.open(conf.cache) as store:
        store_arrivals(arrivals([*FIRE, *FLOOD]), NOW, store)
        relater = Relater()
        relater.step(store)
        Follower(relater).step(store)
    (story,) = library.stories()
    assert len(story.articles) == len(FIRE) + len(FLOOD) - 1
    assert query(conf, "SELECT count(*) FROM stories WHERE threaded") == [(0,)], "it waits: it has changed"
    assert broken(conf) == []


def test_a_story_is_never_both_an_earlier_and_a_later_step_of_another(conf: Config) -> None:
    bring(conf.cache, [FIRE[0], replace(FLOOD[0], at=START + HOUR), replace(FLOOD[1], at=START + 2 * HOUR)])
    with Store.open(conf.cache) as store, store.write():
        (fire,) = store.stories.placed(
            [row[0] for row in query(conf, "SELECT min(id) FROM articles")]
        ).values()
        flood = store.stories.id_of(query(conf, "SELECT max(id) FROM articles")[0][0])
        store.threads.replace(flood, [(fire, 0.9, ("Basra",))])
        query_first = "UPDATE stories SET first = first + 7200 WHERE id = ?"
        store.threads._database.run(query_first, (fire,))
        store.threads.replace(fire, [(flood, 0.9, ("Basra",))])
    assert query(conf, "SELECT source, target FROM story_links") == [(fire, flood)]


# --- old news ---


def test_an_edit_of_old_news_whose_pairs_are_forgotten_takes_no_story_apart(
    conf: Config, library: Library
) -> None:
    pieces = many()
    bring(conf.cache, [*pieces, LATER])
    whole = frozenset(piece.guid for piece in pieces)
    assert query(conf, "SELECT count(*) FROM pairs") == [(0,)], "or nothing was forgotten"
    listed = {row.id: row.related for row in library.page()}
    bring(conf.cache, [replace(pieces[3], lead="Corrected: nobody was hurt in the garden.")])
    assert groups(conf) == {whole, frozenset({"later"})}
    assert all(row.related >= min(listed[row.id], 5) for row in library.page())
    assert broken(conf) == []


def test_a_story_beyond_the_reach_of_what_is_compared_again_stays_and_keeps_its_links(
    conf: Config, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = many()
    bring(conf.cache, [*pieces, LATER])
    monkeypatch.setattr("aggregator.relate.AGAIN_ROUNDS", 0)
    listed = {row.id: row.related for row in library.page()}
    changed = ids_of(library)["fire-3"]
    bring(conf.cache, [replace(pieces[3], lead="Corrected: nobody was hurt in the garden.")])
    assert groups(conf) == {frozenset(piece.guid for piece in pieces), frozenset({"later"})}
    kept = [row for row in library.page() if row.id != changed]
    assert all(row.related >= listed[row.id] - 1 for row in kept)
    assert broken(conf) == []


# --- junk, copies, the reader's word ---


def test_an_article_that_becomes_junk_loses_its_list(conf: Config, library: Library) -> None:
    bring(conf.cache, [*FIRE, *FLOOD])
    bring(conf.cache, [replace(FIRE[2], title="Video - Gulf Ledger")])
    assert library.related(ids_of(library)["fire-3"]) == []
    assert in_company(library, "fire-1") == {"fire-1", "fire-2"}
    assert broken(conf) == []


def test_when_an_original_is_forgotten_its_first_copy_is_the_report(conf: Config, library: Library) -> None:
    wire = (
        "The governor of Latakia said on Monday that the old museum had burned down to its cellar, that "
        "158 visitors had been led out through the garden, and that nobody was hurt."
    )
    title = "Old museum in Latakia burns down, governor says"
    bring(conf.cache, [Piece(f"wire-{n}", title, OUTLETS[n], START + n * HOUR, wire) for n in range(3)])
    with Store.open(conf.cache) as store:
        assert store.retention.prune(Retention(days=0, max_articles=2), NOW) == 1
    (story,) = library.stories()
    ids = ids_of(library)
    assert (story.reports, story.copies) == (1, {ids["wire-2"]: ids["wire-1"]})


def test_one_text_in_so_many_outlets_that_no_word_is_rare_is_one_text_all_the_same(conf: Config) -> None:
    bring(
        conf.cache,
        [replace(FIRE[0], guid=f"copy-{n}", at=START + n, outlet=OUTLETS[n % 3]) for n in range(50)],
    )
    assert groups(conf) == {frozenset(f"copy-{n}" for n in range(50))}


def test_stories_that_the_reader_joins_stay_one_however_large(conf: Config, library: Library) -> None:
    told = ((FIRE[0], "fire"), (FLOOD[0], "flood"))
    bring(
        conf.cache,
        [
            replace(
                piece, guid=f"{guid}-{n}", title=f"{piece.title} x{n}", at=START + n, outlet=OUTLETS[n % 3]
            )
            for piece, guid in told
            for n in range(40)
        ],
    )
    assert sorted(map(len, groups(conf))) == [40, 40]
    library.join(ids_of(library)["fire-1"], ids_of(library)["flood-1"])
    bring(conf.cache)
    assert sorted(map(len, groups(conf))) == [80]


def test_junk_that_the_reader_puts_into_a_story_stays_beside_it(conf: Config, library: Library) -> None:
    bring(conf.cache, [*FIRE, Piece("junk", "Video - Gulf Ledger", LEDGER, START)])
    library.join(ids_of(library)["fire-1"], ids_of(library)["junk"])
    bring(conf.cache)
    assert in_company(library, "junk") == {"fire-1", "fire-2", "fire-3", "junk"}
    assert broken(conf) == []


def test_what_pairs_connect() -> None:
    found = connected([(1, 2), (3, 4), (2, 3), (7, 8)])
    assert sorted(map(sorted, found)) == [[1, 2, 3, 4], [7, 8]]
    assert connected([]) == []
