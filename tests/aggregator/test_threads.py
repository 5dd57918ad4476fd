"""Threads in a real cache: an invented crisis of twelve days, step by step, beside another one."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.config import Config
from aggregator.library import Library
from aggregator.model import LinkKind
from aggregator.relate import Relater
from aggregator.store.db import Store
from aggregator.stories import threads
from aggregator.stories.threads import MAX_LINKS, PER_DAY, Head, chosen, may_precede, rare_names, strength
from tests.aggregator import storing
from tests.aggregator.newsroom import DAY, HOUR, NOW, START, Piece, bring, broken, ids_of
from tests.aggregator.rounds import query, write_config

DAM = (
    "Engineers warn Balmirzadeh that the Karvandi dam may crack",
    "Ministry of Balmirzadeh orders the Karvandi dam emptied",
    "Villages below Karvandi begin to leave, Balmirzadeh told",
    "Cracks: Balmirzadeh blames the builders of Karvandi",
    "Court summons Balmirzadeh with the owner of Karvandi works",
    "Pumps from abroad reach Karvandi, Balmirzadeh thankful",
    "Angry Balmirzadeh sacks head of the Karvandi authority",
    "Reservoir half empty, says Balmirzadeh at Karvandi",
    "Farmers block road of Balmirzadeh to Karvandi over lost water",
    "Deal signed by Balmirzadeh and farmers near Karvandi",
    "Families return home to Karvandi with Balmirzadeh",
    "Inquiry clears Balmirzadeh over the Karvandi cracks",
)
OPERA = (
    "Singer Telmissani cancels her Qarmalaya concert",
    "Tickets refunded in Qarmalaya as Telmissani stays silent",
    "Doctor visits Telmissani, paper in Qarmalaya reports",
    "Directors of Qarmalaya sue singer Telmissani",
    "Conductor denies feud of Qarmalaya with Telmissani",
    "Fans of Telmissani camp outside the Qarmalaya hall",
    "Mayor of Qarmalaya pleads with Telmissani",
    "Lawyer of Telmissani meets the Qarmalaya directors",
    "Understudy named in Qarmalaya for Telmissani",
    "Apology by Telmissani to all of Qarmalaya",
    "Square of Qarmalaya hears Telmissani for nothing",
    "Suit dropped, Telmissani will return to Qarmalaya",
)
DAYS = len(DAM)


def crisis(name: str, headlines: tuple[str, ...]) -> list[Piece]:
    """A story a day, each told by two outlets."""
    return [
        Piece(f"{name}-{day}-{turn}", f"{headline}{ending}", outlet, START + day * DAY + turn * HOUR)
        for day, headline in enumerate(headlines)
        for turn, (outlet, ending) in enumerate((("Cedar Daily", ""), ("Levant Courier", ", officials say")))
    ]


def company(number: int) -> list[Piece]:
    """Other news of these days, or no name would be rare."""
    source = random.Random(11)
    words = ["".join(source.choices("bdfghklmnprstvwz", k=5)) for _ in range(4000)]
    return [
        Piece(
            f"other-{n}", " ".join(source.sample(words, 6)), "Gulf Ledger", START + n * DAYS * DAY // number
        )
        for n in range(number)
    ]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """A cache that holds both crises and 1,200 other articles, imported at once."""
    config = write_config(tmp_path_factory.mktemp("crises"), [])
    bring(config.cache, [*crisis("dam", DAM), *crisis("opera", OPERA), *company(1200)])
    return config


def steps(config: Config) -> list[tuple[str, int, str, int, float]]:
    """(crisis, day, crisis, day, score) of every thread between stories of the two crises."""
    first = (
        "(SELECT b.guid FROM story_members m JOIN bodies b ON b.id = m.article_id "
        "WHERE m.story_id = {} AND m.role = 0 ORDER BY m.article_id LIMIT 1)"
    )
    sql = f"SELECT {first.format('l.source')}, {first.format('l.target')}, l.score FROM story_links l"
    found = []
    for later, earlier, score in query(config, sql):
        if "other" not in (later[:5], earlier[:5]):
            (one, day, _), (other, before, _) = later.split("-"), earlier.split("-")
            found.append((one, int(day), other, int(before), score))
    return found


def test_every_day_of_a_crisis_goes_on_from_days_before_it(told: Config) -> None:
    for name in ("dam", "opera"):
        later = {day for one, day, *_ in steps(told) if one == name}
        earlier = {day for *_, other, day, _ in steps(told) if other == name}
        assert len(later) >= DAYS - 3, name
        assert 0 in earlier, "the beginning is not lost though it left the window long before the end"
        assert all(before < day for _, day, _, before, _ in steps(told))


def test_no_crisis_goes_on_from_another_one(told: Config) -> None:
    assert len(steps(told)) > 2 * DAYS
    assert [step for step in steps(told) if step[0] != step[2]] == []


def test_a_story_has_at_most_eight_earlier_ones_and_two_of_a_day(told: Config) -> None:
    per_story = Counter((one, day) for one, day, *_ in steps(told))
    assert max(per_story.values()) == MAX_LINKS, "there were eleven to choose from"
    per_day = Counter((one, day, before) for one, day, _, before, _ in steps(told))
    assert max(per_day.values()) <= PER_DAY


def test_of_like_steps_the_nearer_in_time_is_surer(told: Config) -> None:
    last = sorted((before, score) for one, day, _, before, score in steps(told) if (one, day) == ("dam", 11))
    assert len(last) > 3
    assert last[0][1] < last[-1][1]


def test_readers_see_what_led_to_an_article_and_what_came_of_it(told: Config) -> None:
    with Library(told, clock=lambda: NOW) as library:
        of = ids_of(library)
        related = library.related(of["dam-6-0"])
        titles = {r.row.title: r.kind for r in related if r.kind in (LinkKind.EARLIER, LinkKind.LATER)}
        dates = {r.kind: [] for r in related}
        for r in related:
            dates[r.kind].append(r.row.at)
    assert not any("Telmissani" in title for title in titles)
    assert len([kind for kind in titles.values() if kind is LinkKind.EARLIER]) >= 3
    assert len([kind for kind in titles.values() if kind is LinkKind.LATER]) >= 2
    here = START + 6 * DAY
    assert max(dates[LinkKind.EARLIER]) < here < min(dates[LinkKind.LATER])


def test_the_cache_is_whole_with_its_threads(told: Config) -> None:
    assert broken(told) == []


def test_a_crisis_that_comes_day_by_day_has_the_same_kind_of_thread(tmp_path: Path) -> None:
    config = write_config(tmp_path, [])
    everything = sorted([*crisis("dam", DAM), *company(600)], key=lambda piece: piece.at)
    for day in range(0, DAYS, 2):
        begin, end = START + day * DAY, START + (day + 2) * DAY
        bring(config.cache, [piece for piece in everything if begin <= piece.at < end])
    later = {day for one, day, *_ in steps(config) if one == "dam"}
    assert len(later) >= DAYS - 4
    assert broken(config) == []


def test_articles_without_a_name_and_without_vectors_have_no_thread(tmp_path: Path) -> None:
    config = write_config(tmp_path, [])
    nameless = [
        Piece(
            f"calm-{day}",
            "calm returns to the harbour after the long strike",
            "Cedar Daily",
            START + day * 4 * DAY,
        )
        for day in range(4)
    ]
    bring(config.cache, [*nameless, *company(300)])
    threaded = query(
        config,
        "SELECT b.guid FROM story_links l JOIN story_members m ON m.story_id IN (l.source, l.target) "
        "JOIN bodies b ON b.id = m.article_id WHERE b.guid LIKE 'calm%'",
    )
    assert threaded == []
    assert query(config, "SELECT count(*) FROM stories WHERE NOT threaded") == [(0,)]


# --- strength and choice ---


def head(number: int, day: float, names: dict[int, float] | None = None, members: int = 2) -> Head:
    at = int(START + day * DAY)
    return Head(number, at, at + HOUR, members, b"", names or {})


RARE = {1: 6.0, 2: 7.0}


def test_without_meaning_names_must_be_rare_enough_together() -> None:
    names = {1: threads.LEAST_NAMES - 2, 2: 2.0}
    assert strength(head(2, 1, names), head(1, 0, names), None) > 0
    little = {1: threads.LEAST_NAMES - 2, 2: 1.9}
    assert strength(head(2, 1, little), head(1, 0, little), None) == 0
    one = {1: 2 * threads.LEAST_NAMES}
    assert strength(head(2, 1, one), head(1, 0, one), None) == 0, "one name may be two persons"
    assert strength(head(2, 1), head(1, 0), None) == 0
    assert strength(head(2, 1, {1: 9.0}), head(1, 0, {2: 9.0}), None) == 0


def test_with_meaning_a_shared_name_is_needed_only_where_it_is_unsure() -> None:
    named, nameless = head(2, 1, RARE), head(2, 1)
    assert strength(nameless, head(1, 0), threads.SURE_MEANING) > 0
    assert strength(nameless, head(1, 0), threads.SURE_MEANING - 0.01) == 0
    assert strength(named, head(1, 0, RARE), 0.3) > 0
    assert strength(named, head(1, 0, RARE), 0.6) > strength(nameless, head(1, 0), 0.6)
    assert strength(named, head(1, 0, RARE), -0.5) == 0


def test_what_is_a_half_life_older_counts_half() -> None:
    now = head(9, 100, RARE)
    for meaning, half_life in ((0.6, threads.HALF_LIFE), (None, threads.HALF_LIFE_NAMES)):
        near = Head(1, now.first - 2 * DAY, now.first - DAY, 2, b"", RARE)
        far = Head(2, near.first - half_life, near.last - half_life, 2, b"", RARE)
        assert strength(now, far, meaning) == pytest.approx(strength(now, near, meaning) / 2)


def test_within_a_day_meaning_must_be_nearer_than_over_days() -> None:
    now, before = head(2, 1), head(1, 0)
    near = Head(1, now.first - 5 * 3600, now.first - 4 * 3600, 2, b"", {})
    assert strength(now, before, 0.5) > 0
    assert strength(now, near, 0.5) == 0
    assert strength(now, near, threads.NEAR_MEANING) > 0


def test_without_meaning_stories_of_one_day_are_left_to_the_comparing_of_their_articles() -> None:
    names = {1: 9.0, 2: 9.0}
    now = head(2, 1, names)
    near = Head(1, now.first - 5 * 3600, now.first - 4 * 3600, 2, b"", names)
    assert strength(now, near, None) == 0
    assert strength(now, near, 0.6) > 0
    assert strength(now, head(1, 0, names), None) > 0


def test_an_earlier_story_began_before_and_not_too_long_ago_for_its_weight() -> None:
    now = head(9, 100)
    assert may_precede(now, head(1, 99))
    assert not may_precede(now, head(1, 101))
    assert not may_precede(now, head(9, 99))
    assert may_precede(now, head(1, 11))
    assert not may_precede(now, head(1, 9))
    assert may_precede(now, head(1, 87, members=1))
    assert not may_precede(now, head(1, 85, members=1)), "a single article is followed for two weeks only"


def test_eight_are_chosen_the_strongest_two_of_a_day() -> None:
    scored = [(0.9 - 0.01 * n, head(n, n // 3)) for n in range(40)]
    found = chosen(scored)
    assert len(found) == MAX_LINKS
    assert [score for score, _ in found] == sorted((score for score, _ in found), reverse=True)
    assert max(Counter(h.first // DAY for _, h in found).values()) == PER_DAY
    assert [h.id for _, h in found[:3]] == [0, 1, 3]
    assert chosen([(threads.LEAST - 0.001, head(1, 1))]) == []
    assert len(chosen([(threads.LEAST, head(1, 1))])) == 1


def test_the_rarest_names_are_kept_each_with_its_greatest_rarity() -> None:
    counted = [(1, 3.0), (1, 5.0), (2, 4.0), *((n, 2.0) for n in range(10, 30))]
    kept = rare_names(counted)
    assert (kept[1], kept[2], len(kept)) == (5.0, 4.0, 12)
    assert list(kept)[:2] == [1, 2]
    assert 10 in kept


# --- in the store ---


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path) as opened:
        storing.sync(opened, *(storing.make(number) for number in range(6)))
        yield opened


def test_a_story_that_changes_waits_to_be_followed_again(store: Store) -> None:
    a, b, c, *_ = sorted(storing.ids(store))
    one, two = storing.tell(store, [a], [b])
    assert store.threads.waiting(9) == [one, two]
    with store.write():
        store.threads.replace(two, [(one, 0.5, ("Karvandi",))])
        store.threads.replace(one, [])
    assert store.threads.waiting(9) == []
    with store.write():
        store.stories.put_together(b, c)
    assert store.threads.waiting(9) == [two]


def test_stories_that_share_names_are_found_the_rarest_first(store: Store) -> None:
    a, b, c, d, *_ = sorted(storing.ids(store))
    one, two, three, four = storing.tell(store, [a], [b], [c], [d])
    with store.write():
        store.threads.describe(one, b"", {1: 2.0})
        store.threads.describe(two, b"", {1: 2.0, 2: 5.0})
        store.threads.describe(three, b"", {3: 9.0})
    until = a >> 20
    late = (d >> 20) + 1
    assert store.threads.sharing([1, 2], 0, late, 9) == [two, one]
    assert store.threads.sharing([1, 2], 0, late, 1) == [two]
    assert store.threads.sharing([1, 2], 0, until, 9) == [one]
    assert store.threads.sharing([1, 2], until + 1, late, 9) == [two]
    with store.write():
        store.threads.describe(two, b"", {4: 1.0})
    assert store.threads.sharing([2], 0, late, 9) == []
    assert [h.id for h in store.threads.heads([four, two])] == [four, two]
    assert store.threads.heads([two])[0].names == {4: 1.0}


def test_threads_are_read_from_both_ends_the_surest_first(store: Store) -> None:
    a, b, c, d, *_ = sorted(storing.ids(store))
    one, two, three, four = storing.tell(store, [a], [b], [c], [d])
    with store.write():
        store.threads.replace(three, [(one, 0.4, ("x",)), (two, 0.6, ("y",))])
        store.threads.replace(four, [(three, 0.5, ("z",)), (999, 0.9, ())])
    found = [(s.story, s.later, s.score, s.evidence) for s in store.threads.of(three, 8)]
    assert found == [(two, False, 0.6, ("y",)), (one, False, 0.4, ("x",)), (four, True, 0.5, ("z",))]
    assert [s.story for s in store.threads.of(three, 1)] == [two, four]
    assert [s.story for s in store.threads.of(four, 8)] == [three], "there is no story 999"


def test_a_story_that_ends_leaves_no_thread_and_no_name(store: Store) -> None:
    a, b, *_ = sorted(storing.ids(store))
    one, two = storing.tell(store, [a], [b])
    with store.write():
        store.threads.describe(one, b"", {1: 2.0})
        store.threads.replace(two, [(one, 0.5, ())])
        store.stories.leave([a])
    assert store.threads.of(two, 8) == []
    assert store._database.all("SELECT * FROM story_names") == []


def test_following_does_nothing_where_nothing_changed(told: Config) -> None:
    from aggregator.follow import Follower

    before = query(told, "SELECT * FROM story_links")
    with Store.open(told.cache) as opened:
        assert Follower(Relater()).step(opened) == 0
    assert query(told, "SELECT * FROM story_links") == before
