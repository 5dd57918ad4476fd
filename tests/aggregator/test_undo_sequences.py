"""Whatever a reader does, in any order: undo goes back to exactly what was, redo to exactly what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator import ruling
from aggregator.actions import Actions
from aggregator.model import LinkEdge, LinkKind, MarkAction
from aggregator.store import marks
from aggregator.store.db import Store
from aggregator.store.rules import MUTE
from aggregator.text.query import parse
from tests.aggregator.storing import KESTREL, NOW, ids, make, sync, tell

NUMBER = 12  # articles
WORDS = ("harbour", "bread", "winter")
QUERIES = ("", "hidden", "lang:ar", "tag:oil", "starred", "unread", "noted or outlets>1")

# Every table that holds what the reader did or sees of it. What is left out: the journal itself, what waits
# for the engine, numbers that never go back (of stories), mutes that are over.
STATE = (
    *("unread", "starred", "hidden", "article_tags", "tag_names", "notes", "verdicts", "rule_hits"),
    *("scores", "story_members", "stories", "story_aliases", "story_names", "story_links", "links"),
    *("feed_counts", "rules WHERE active", "meta WHERE key = 'last_look'"),
)
Dump = dict[str, list[tuple[Any, ...]]]


def dump(store: Store) -> Dump:
    """All of it."""
    found = {table: sorted(store._database.all(f"SELECT * FROM {table}"), key=repr) for table in STATE}
    found["related"] = store._database.all("SELECT id, related FROM articles ORDER BY id")
    return found


@contextmanager
def cache() -> Iterator[Path]:
    """A small cache with stories, links between their articles, and a thread."""
    with TemporaryDirectory() as folder:
        with Store.open(Path(folder)) as store:
            titles = [f"{WORDS[number % 3]} {number}" for number in range(NUMBER)]
            sync(store, *(make(number, title=titles[number]) for number in range(0, 8)))
            arabic = [make(number, title=titles[number], language="ar") for number in range(8, NUMBER)]
            sync(store, *arabic, url=KESTREL)
            every = ids(store)
            one, two, _ = tell(store, every[0:4], every[4:7], every[7:9])
            store.links.add(
                LinkEdge(source, target, LinkKind.SAME, 0.9, ("harbour",))
                for source in every[:4]
                for target in every[:4]
                if source != target
            )
            with store.write():
                store.threads.describe(one, b"centre", {5: 2.5})
                store.threads.replace(one, [(two, 0.5, ("harbour",))])
        yield Path(folder)


class Reader:
    """Does what is drawn; each step a second later."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.every = ids(store)

    def do(self, name: str, *arguments: Any) -> None:
        self.now += 1
        action: Callable[..., object] = getattr(self, name)
        action(*arguments)

    def chosen(self, numbers: set[int]) -> list[int]:
        return [self.every[number] for number in numbers]

    def mark(self, action: MarkAction, numbers: set[int]) -> None:
        self.store.marks.apply(action, self.chosen(numbers), self.now)

    def mark_query(self, action: MarkAction, query: str) -> None:
        self.store.marks.apply_query(action, parse(query, NOW), self.now)

    def apply(self, numbers: set[int]) -> None:
        both = [MarkAction.READ, MarkAction.STAR]
        self.store.marks.apply_together(both, self.chosen(numbers), "A rule", self.now)

    def tag(self, numbers: set[int], name: str) -> None:
        self.store.tags.tag(self.chosen(numbers), name, self.now)

    def untag(self, numbers: set[int], name: str) -> None:
        self.store.tags.untag(self.chosen(numbers), name, self.now)

    def note(self, number: int, text: str) -> None:
        self.store.notes.set(self.every[number], text, self.now)

    def split(self, number: int) -> None:
        self.store.corrections.split(self.every[number], self.now)

    def join(self, one: int, other: int) -> None:
        self.store.corrections.join(self.every[one], self.every[other], self.now)

    def seen_all(self) -> None:
        self.store.visits.begin_anew(self.now)

    def mute(self, word: str) -> None:
        asked = parse(f"title:{word}", NOW)
        wanted = ruling.specify(f"word: {word}", asked, Actions(hide=True), 0, MUTE)
        self.store.rules.mute(wanted, self.now)

    def unmute(self) -> None:
        for info in self.store.rules.infos():
            if info.active:
                self.store.rules.unmute(info.id, self.now)
                return

    def reopen(self) -> None:
        cache = self.store.files.cache
        self.store.close()
        self.store = Store.open(cache)


NUMBERS = st.sets(st.integers(0, NUMBER - 1), min_size=1, max_size=5)
ONE = st.integers(0, NUMBER - 1)
ACTIONS = st.sampled_from(list(MarkAction))
CHANGE = st.one_of(
    st.tuples(st.just("mark"), ACTIONS, NUMBERS),
    st.tuples(st.just("mark_query"), ACTIONS, st.sampled_from(QUERIES)),
    st.tuples(st.sampled_from(["tag", "untag"]), NUMBERS, st.sampled_from(["Oil", "OIL", "Ports"])),
    st.tuples(st.just("apply"), NUMBERS),
    st.tuples(st.just("note"), ONE, st.sampled_from(["", "Ask.", "Asked."])),
    st.tuples(st.just("split"), ONE),
    st.tuples(st.just("join"), ONE, ONE),
    st.tuples(st.just("seen_all")),
    st.tuples(st.just("mute"), st.sampled_from(WORDS)),
    st.tuples(st.just("unmute")),
)
TURN = st.tuples(st.sampled_from(["undo", "undo", "redo", "reopen"]))


def noted(store: Store) -> int:
    return int(store._database.value("SELECT count(*) FROM journal WHERE NOT undone"))


def play(reader: Reader, steps: list[tuple[Any, ...]]) -> tuple[list[Dump], int]:
    """Do the steps; returns the states that undo and redo lead to, in their order, and which one is now."""
    states, at = [dump(reader.store)], 0
    for step in steps:
        before = noted(reader.store)
        match step[0]:
            case "undo":
                at -= reader.store.journal.undo() is not None
            case "redo":
                at += reader.store.journal.redo() is not None
            case _:
                reader.do(*step)
                if noted(reader.store) > before:
                    at += 1
                    states[at:] = [dump(reader.store)]
        assert dump(reader.store) == states[at], step
    return states, at


def go_all_ways(reader: Reader, states: list[Dump], at: int) -> None:
    """Undo everything and do it all again, looking after every step, with restarts between."""
    for state in states[:at][::-1]:
        assert reader.store.journal.undo() is not None
        assert dump(reader.store) == state
    assert reader.store.journal.undo() is None
    reader.reopen()
    for state in states[1:]:
        assert reader.store.journal.redo() is not None
        assert dump(reader.store) == state
    assert reader.store.journal.redo() is None
    assert reader.store.check() == []


@contextmanager
def reading(many: int) -> Iterator[Reader]:
    """A reader whose marks take the way of whole ranges from ``many`` on."""
    with cache() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(marks, "_MANY", many)
        reader = Reader(Store.open(folder))
        try:
            yield reader
        finally:
            reader.store.close()


@given(steps=st.lists(st.one_of(CHANGE, CHANGE, CHANGE, TURN), max_size=30), many=st.sampled_from([2, 1000]))
@settings(max_examples=15, deadline=None)
def test_any_actions_with_undo_and_redo_between_them_agree_with_a_list_of_states(
    steps: list[tuple[Any, ...]], many: int
) -> None:
    with reading(many) as reader:
        go_all_ways(reader, *play(reader, steps))


def drawn(source: Random) -> tuple[Any, ...]:
    """One change of any kind, each kind as likely as another: lists of 200 are too long to be shrunk."""
    numbers = set(source.sample(range(NUMBER), source.randint(1, 5)))
    one, other = source.sample(range(NUMBER), 2)
    action, name = source.choice(list(MarkAction)), source.choice(["Oil", "OIL", "Ports"])
    return source.choice(
        [
            ("mark", action, numbers),
            ("mark_query", action, source.choice(QUERIES)),
            (source.choice(["tag", "untag"]), numbers, name),
            ("note", one, source.choice(["", "Ask.", "Asked."])),
            ("split", one),
            ("join", one, other),
            ("seen_all",),
            ("mute", source.choice(WORDS)),
            ("unmute",),
        ]
    )


@given(seed=st.integers(0, 2**32), many=st.sampled_from([2, 1000]))
@settings(max_examples=3, deadline=None)
def test_two_hundred_actions_are_undone_to_the_first_state_and_done_again_to_the_last(
    seed: int, many: int
) -> None:
    source = Random(seed)
    with reading(many) as reader:
        states, at = play(reader, [drawn(source) for _ in range(200)])
        assert at == len(states) - 1 > 60, "most of them change something"
        go_all_ways(reader, states, at)
