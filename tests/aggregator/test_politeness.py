"""Two weeks of polls at fifty publishers, with restarts, kills and clocks that jump, before a judge."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Self

import pytest

from aggregator import __version__, sync, turns
from aggregator import config as config_files
from aggregator.config import Config
from aggregator.digest import digest
from aggregator.errors import WorkerDied
from aggregator.fetch import Answer, Fetcher
from aggregator.jobs import DocumentJob
from aggregator.model import Digest
from aggregator.store.db import Store
from aggregator.wire import Wire
from tests.aggregator import publishers as p
from tests.aggregator.manners import Case, judge
from tests.aggregator.publishers import DAY, HOUR, MINUTE, START, Asked, Clock, Town
from tests.aggregator.rounds import query

CONTACT = "https://reader.example/bot"
SY = "<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>daily</sy:updatePeriod>"
SKIPPED_HOURS = "".join(f"<hour>{hour}</hour>" for hour in range(9, 15))
KILLER = b"ends its reader"


class InProcess:
    """The workers' work without the processes, which cost half a second each round."""

    def __init__(self, size: int) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def room(self) -> None:
        """There is always room."""

    async def document(self, job: DocumentJob) -> Digest:
        """Read a document; one that says so ends the process that reads it."""
        if KILLER in job.body:
            raise WorkerDied("reading the document took more than 20 s", job.url)
        return digest(job)


class Timed(Fetcher):
    """The fetcher, under the clock of the town."""

    def __init__(self, clock: Clock, *rest: Any) -> None:
        super().__init__(*rest, clock=clock.monotonic, sleep=clock.sleep)
        self.town_clock = clock

    async def _ask(self, *rest: Any) -> Answer:
        self.town_clock.under_way += 1
        try:
            return await super()._ask(*rest)
        finally:
            self.town_clock.under_way -= 1


async def nothing(*_: object, **__: object) -> None:
    """Stories are not what this is about, and take their time."""


class Killed(BaseException):
    """The process is no more."""


class Simulation:
    """A reader that cron starts, and the town it reads."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, town: Town) -> None:
        self.town = town
        self.clock = town.clock
        self.folder = folder
        self.patch = patch
        self.config: Config
        self.jumps: list[float] = []
        self.lost: list[Asked] = []  # requests whose answers were lost when the reader was killed
        patch.setattr(sync, "Pool", InProcess)
        patch.setattr(sync, "Fetcher", partial(Timed, self.clock))
        patch.setattr(sync, "catch_up", nothing)
        patch.setattr(Wire, "resolve", here)

    def follow(self, urls: list[str]) -> None:
        """Write the configuration."""
        lines = [
            "[fetch]",
            f'contact = "{CONTACT}"',
            'allow_private = ["127.0.0.1"]',
            "[full_text]",
            "per_sync = 0",
        ]
        lines += [
            "[related]",
            "vectors = false",
            *(f'[[feeds]]\nurl = "{url}"\nlanguage = "en"' for url in urls),
        ]
        path = self.folder / "config.toml"
        path.write_text("\n".join(lines))
        self.config = config_files.load(path)

    def sync(self, **options: Any) -> sync.Totals:
        """One run of ``hakawati sync``."""
        return asyncio.run(sync.run(self.config, clock=self.clock.reader, **options))

    def killed(self) -> None:
        """One that is killed when the answers are there and nothing is stored."""

        def dies(*_: object, **__: object) -> None:
            raise Killed

        seen = len(self.town.log)
        with self.patch.context() as patch, suppress(Killed):
            patch.setattr(sync, "store_batch", dies)
            patch.setattr(turns.Begun, "close", nothing)
            self.sync()
        self.lost += self.town.log[seen:]

    def jump(self, seconds: float) -> None:
        """Somebody sets the reader's clock."""
        self.clock.offset += seconds
        self.jumps.append(self.clock.true)

    def until(self, day: float, *, step: int = 15 * MINUTE) -> None:
        """Let cron start the reader every ``step`` seconds until a day; idle starts are left out."""
        end = START + day * DAY
        while (at := self.next_start(step)) < end:
            self.clock.true = max(self.clock.true, at)
            self.sync()
        self.clock.true = max(self.clock.true, end)

    def next_start(self, step: int) -> float:
        """The next start, of the true clock, at which a sync has anything to do."""
        with Store.open(self.config.cache) as store:
            due = store.turns.next_due(int(self.clock.reader()))
        assert due is not None
        wait = max(due - self.clock.reader(), 1)
        return START + -(-(self.clock.true - START + wait) // step) * step


async def here(wire: Wire, origin: object) -> list[ipaddress.IPv4Address]:
    """Every name is a host of the town."""
    return [ipaddress.IPv4Address("127.0.0.1")]


@pytest.fixture
def simulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulation]:
    random.seed(1_001)  # the spread of polls: the same two weeks each time
    with Town(Clock()) as town:
        yield Simulation(tmp_path, monkeypatch, town)


def populate(town: Town) -> list[str]:
    """Fifty feeds; returns their addresses."""
    add, validating = town.add, p.validating
    quick, busy = {"every": 16 * HOUR}, {"every": 30 * MINUTE, "kept": 20}
    known = add("known.example/feed", lambda one, asked, now: p.polite(known_as, asked, now))
    feeds = [
        known,
        add("both.example/feed", p.polite),
        add("both-quick.example/feed", p.polite, every=40 * MINUTE),
        add("etag.example/feed", validating(etag='"{}"'), **quick),
        add("date.example/feed", validating(modified="date"), **quick),
        add("none.example/feed", p.bare, every=2 * DAY),
        add("none-busy.example/feed", p.bare, **busy),
        add("rotating.example/feed", p.rotating, every=9 * DAY),
        add("unquoted.example/feed", validating(etag="{}"), **quick),
        add("weak.example/feed", validating(etag='W/"{}"'), **quick),
        add("odd-tag.example/feed", validating(etag='"a,b; c=\\{}"')),
        add("odd-date.example/feed", validating(modified="yesterday, about noon")),
        add("future.example/feed", validating(modified="Fri, 31 Dec 2041 23:59:59 GMT")),
        add(
            "fresh.example/feed",
            validating(etag='"{}"', Cache_Control="public, max-age=10800", Age="600"),
            **quick,
        ),
        add("brief.example/feed", validating(etag='"{}"', Cache_Control="max-age=1800"), **quick),
        add("fresh-for-ever.example/feed", validating(etag='"{}"', Cache_Control="max-age=99999999999")),
        add("fresh-bad.example/feed", validating(etag='"{}"', Cache_Control="max-age=soon, =, max-age")),
        add("expires.example/feed", p.expiring, **quick),
        add("expired.example/feed", validating(etag='"{}"', Expires="0"), **quick),
        add("ttl.example/feed", p.polite, extra="<ttl>240</ttl>", **quick),
        add("ttl-huge.example/feed", p.polite, extra="<ttl>999999</ttl>", **quick),
        add("daily.example/feed", p.polite, extra=SY, **quick),
        add("hours.example/feed", p.polite, extra=f"<skipHours>{SKIPPED_HOURS}</skipHours>", **quick),
        add("days.example/feed", p.polite, extra="<skipDays><day>Friday</day><day>Saturday</day></skipDays>"),
        add("limit.example/feed", p.refusing(429, "7200"), **quick),
        add("limit-date.example/feed", p.refusing(429, "+18000"), **quick),
        add("limit-bare.example/feed", p.refusing(429), **quick),
        add("limit-huge.example/feed", p.refusing(429, "99999999", days=(2, 3)), **quick),
        add("busy-server.example/feed", p.refusing(503, "soon", "-5", "1e9", "")),
        add("busy-server-date.example/feed", p.refusing(503, "+90000")),
        add("error-wait.example/feed", p.refusing(500, "30000"), **quick),
        add("flaky.example/feed", p.by_turns),
        add("missing.example/feed", p.failing(404)),
        add("never.example/feed", p.failing(404, after=0)),
        add("broken.example/feed", p.failing(500)),
        add("gone.example/feed", p.failing(410, after=3)),
        add("walled.example/feed", p.walled),
        add("old-301.example/feed", p.going_to("new-301.example/feed", 301)),
        add("old-308.example/feed", p.going_to("new-308.example/feed", 308, since=1)),
        add("old-302.example/feed", p.going_to("new-302.example/feed", 302)),
        add("old-303.example/feed", p.going_to("new-303.example/feed", 303)),
        add("old-307.example/feed", p.going_to("new-307.example/feed", 307)),
        add("to-page.example/feed", p.going_to("portal.example/page", 301, since=1)),
        add("to-nothing.example/feed", p.going_to("portal.example/nothing", 301, since=1)),
        add("captive.example/feed", p.going_to("portal.example/page", 301, since=4, until=7)),
        add("to-other.example/feed", p.going_to("stranger.example/feed", 301, since=1)),
        add("to-known.example/feed", p.going_to("known.example/feed", 301, since=1)),
        add("loop.example/feed", p.going_to("loop.example/feed", 301)),
        add("page.example/feed", p.page),
        add("page-at-times.example/feed", p.page_at_times, **quick),
        add("false-304.example/feed", p.false_304),
        add("packed.example/feed", p.packed, **quick),
        add("killer.example/feed", p.polite, extra=f"<copyright>{KILLER.decode()}</copyright>"),
        *(add(f"many.example/{n}", p.polite, **quick) for n in range(5)),
        add("many.example/limit", p.refusing(429, "20000", days=(6, 7)), **quick),
    ]
    known_as = town.publishers["to-known.example/feed"]
    for number in (301, 308, 302, 303, 307):
        # the same articles at the new address
        old, new = f"old-{number}.example/feed", f"new-{number}.example/feed"
        add(new, alike(town.publishers[old]))
    add("portal.example/page", p.page)
    add("portal.example/nothing", p.failing(404, after=0))
    add("stranger.example/feed", p.polite)
    add("lock.example/feed", p.locked)
    add("lock.example/elsewhere", p.going_to("open.example/feed", 302))
    add("open.example/feed", p.polite)
    return [*feeds, town.at("lock.example/feed").replace("//", "//reader:secret@")]


def alike(other: p.Publisher) -> p.Manner:
    """Another publisher's articles."""

    def manner(one: p.Publisher, asked: p.Headers, now: float) -> p.Answer:
        return p.polite(other, asked, now)

    return manner


def case_of(simulation: Simulation) -> Case:
    """What the judge has to know."""
    return Case(
        simulation.town,
        jumps=simulation.jumps,
        lost=simulation.lost,
        agent=f"hakawati/{__version__} (+{CONTACT})",
        moved=["old-301.example/feed", "old-308.example/feed", "to-known.example/feed"],
        stays=[
            *(f"old-{number}.example/feed" for number in (302, 303, 307)),
            *(
                "to-page.example/feed",
                "to-nothing.example/feed",
                "captive.example/feed",
                "to-other.example/feed",
            ),
        ],
        secret="lock.example",
        busy=["none-busy.example/feed"],
        skips={
            "hours.example/feed": lambda at: 9 <= at.hour < 15,
            "days.example/feed": lambda at: at.weekday() in (4, 5),
        },
        ttl={"ttl.example/feed": 4 * HOUR, "ttl-huge.example/feed": DAY, "daily.example/feed": DAY},
        shared=["known.example/feed", "portal.example/page"],
        unread=[
            "page.example/feed",
            "page-at-times.example/feed",
            "killer.example/feed",
            "portal.example/page",
        ],
    )


def test_two_weeks_before_the_judge(simulation: Simulation) -> None:
    town, clock = simulation.town, simulation.clock
    simulation.follow(populate(town))
    simulation.sync()
    simulation.sync()  # a restart at once
    simulation.until(1.3)
    clock.true += 2 * HOUR
    for _ in range(6):  # a unit that crashes, and is started again by systemd
        simulation.killed()
        clock.true += 20
    simulation.until(2.5)
    for _ in range(5):
        simulation.sync()
    simulation.until(6.5, step=HOUR // 2)
    simulation.jump(365 * DAY)  # for five minutes the clock is a year ahead …
    asked = len(town.log)
    simulation.sync()
    clock.true += 5 * MINUTE
    simulation.sync()
    assert len(town.log) - asked <= 1.5 * len(simulation.config.settings.feeds), "no storm"
    simulation.jump(-365 * DAY)
    simulation.until(8, step=2 * HOUR)
    simulation.jump(-365 * DAY)  # … and later a year behind, until the end
    simulation.until(14, step=2 * HOUR)
    complaints = judge(case_of(simulation))
    assert not complaints, "\n".join(f"{name} {line}" for name, lines in complaints.items() for line in lines)
    assert_nothing_lost(simulation)


def assert_nothing_lost(simulation: Simulation) -> None:
    """The feed that is fast and always comes whole has its articles, once, but for one in a hundred.

    The rate of the last poll is a guess of the next one's, and two late starts in a row can pass its window.
    """
    busy = simulation.town.publishers["none-busy.example/feed"]
    first, *_, last = (one.at for one in simulation.town.of(busy.url) if one.at < simulation.jumps[0])
    wanted = range(busy.newest(first) - busy.kept + 1, busy.newest(last) + 1)
    rows = query(simulation.config, "SELECT guid FROM bodies WHERE guid LIKE 'none-busy%'")
    lost = {(f"none-busy.example.feed-{number}",) for number in wanted} - set(rows)
    assert len(lost) <= len(wanted) / 100
    assert len(rows) == len(set(rows))
