"""kill -9 at random moments over the program: ``python -m tests.bench.kill_trials --sync 1000 --mark 500 …``.

A trial forks a child that does what the program does, kills it at a random moment and looks at what is left.
What the child printed is acknowledged and must be there. Every family compares with an undisturbed twin that
does the same. Prints one JSON line a family; ends with 1 if anything was lost, doubled or damaged.

sync       rounds over a loopback server whose feeds grow and are edited; now and then one that may finish
mark       marks, tags, notes, undo and redo by Library and by command; the state is that after k or k + 1
migration  caches of every earlier version are opened
config     feeds and filters are changed; the text is that after k or k + 1 edits, comments included
relate     an archive is imported and related; the next sync comes to the same stories
keep       a copy is made or taken back; the copy and the cache are wholly the old one or wholly the new
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from aggregator import cli, subscriptions
from aggregator import config as config_files
from aggregator.config import Config
from aggregator.errors import FINE
from aggregator.library import Library
from aggregator.model import MarkAction
from aggregator.store.db import Store
from aggregator.store.schema import MIGRATIONS
from tests.aggregator import storing
from tests.aggregator.fileserver import FileServer
from tests.aggregator.newsroom import broken, events, groups, write_archive
from tests.aggregator.older import make_older
from tests.aggregator.rounds import item, query, rss, write_config

FEEDS, ITEMS = 8, 12  # of the sync family
TRIALS_A_CACHE = 25  # then a sync may finish, all is compared, and a fresh cache is taken
ARTICLES = 60  # of the mark family
BEYOND = 1.1  # kills fall between the start and a little after the end of an undisturbed run

Work = Callable[[], object]
Documents = dict[str, tuple[bytes, str]]  # path -> body and type


@dataclass
class Tally:
    """What a family's trials came to."""

    family: str
    trials: int = 0
    alive: int = 0  # children that the kill found at work
    compared: int = 0  # whole states compared with the undisturbed twin
    leftovers: int = 0  # files of a killed run that the next one had to clear away
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def need(self, *, holds: bool, what: str) -> None:
        """Note a problem where something does not hold."""
        if not holds:
            self.problems.append(f"trial {self.trials}: {what}")


def forked(work: Work, delay: float | None) -> tuple[bytes, bool]:
    """Do the work in a child and kill it after ``delay`` seconds (None: never).

    Returns its output, and whether it was alive then. Raises RuntimeError where the work itself failed.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            os.dup2(writing, 1)
            os.close(writing)
            with os.fdopen(1, "w", closefd=False) as sys.stdout:
                work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    output, lived = watched(child, reading, delay)
    os.close(reading)
    return output, lived


def watched(child: int, reading: int, delay: float | None) -> tuple[bytes, bool]:
    """Read what the child says until it ends or is killed."""
    until = None if delay is None else time.monotonic() + delay
    output, lived = b"", False
    os.set_blocking(reading, False)
    while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        output += drained(reading)
        if until is not None and time.monotonic() >= until:
            os.kill(child, signal.SIGKILL)
            lived = True
            break
        time.sleep(0.0005)
    status = os.waitpid(child, 0)[1]
    if status and not lived:
        raise RuntimeError("the work failed by itself")
    return output + drained(reading), lived


def drained(reading: int) -> bytes:
    """What is in the pipe now."""
    output = b""
    try:
        while data := os.read(reading, 65_536):
            output += data
    except BlockingIOError:
        pass
    return output


def took(work: Work) -> float:
    """Seconds of an undisturbed run."""
    started = time.monotonic()
    forked(work, None)
    return time.monotonic() - started


def sound(config: Config, tally: Tally, *, related: bool = True) -> None:
    """The cache is whole: every check of ours, once the index has what the kill kept from it.

    ``related``: its articles came with what is compared.
    """
    with Store.open(config.cache) as store:
        store.search.rebuild()
        for finding in store.check():
            tally.need(holds=False, what=finding)
    for what in broken(config) if related else ():
        tally.need(holds=False, what=what)


# --- sync ------------------------------------------------------------------------------------------


class GrowingServer:
    """Feeds of a moment, served by a process of its own; the moment is shared memory."""

    def __init__(self, documents: Callable[[int], Documents]) -> None:
        self._moment = mmap.mmap(-1, 4)
        self._documents = documents
        self._owner = os.getpid()
        reading, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            try:
                self._serve(writing)
            finally:
                os._exit(0)
        self.port = int(os.read(reading, 16))
        os.close(reading)
        os.close(writing)

    def _serve(self, writing: int) -> None:
        outer = self

        class Feeds(FileServer):
            def answer(self, request: BaseHTTPRequestHandler) -> None:
                self.files = outer._documents(outer.moment)
                super().answer(request)

        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # who was killed hangs up, which is no news
        server = Feeds({})
        with server:
            os.write(writing, server.url("").split(":")[2].strip("/").encode())
            while os.getppid() == self._owner:  # it must not outlive us
                time.sleep(1)

    @property
    def moment(self) -> int:
        """The time of the feeds: a number that grows."""
        return int.from_bytes(self._moment[:4], "little")

    @moment.setter
    def moment(self, value: int) -> None:
        self._moment[:4] = value.to_bytes(4, "little")

    def urls(self) -> list[str]:
        """The addresses of the feeds."""
        return [f"http://127.0.0.1:{self.port}/feed{number}" for number in range(FEEDS)]

    def close(self) -> None:
        """End the process."""
        os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)


def headlines(feed: int, moment: int) -> dict[str, str]:
    """guid -> title of a feed's items at a moment: one more each time, and the first is edited."""
    count = ITEMS + moment % (TRIALS_A_CACHE + 1)
    return {f"guid-{feed}-{n}": f"Feed {feed} story {n} v{moment if n == 0 else 0}" for n in range(count)}


def documents(moment: int) -> Documents:
    """The feeds at a moment."""
    made = {}
    for feed in range(FEEDS):
        items = [
            item(feed * 1000 + n, title, guid=guid)
            for n, (guid, title) in enumerate(headlines(feed, moment).items())
        ]
        made[f"feed{feed}"] = (rss(*items), "application/rss+xml")
    return made


def stored(config: Config) -> dict[str, dict[str, str]]:
    """url -> guid -> title of what is cached; a guid that stands twice is told by ``broken``."""
    sql = (
        "SELECT f.url, b.guid, a.title FROM articles a JOIN bodies b USING (id) "
        "JOIN feeds f ON f.id = a.feed_id"
    )
    found: dict[str, dict[str, str]] = {}
    for url, guid, title in query(config, sql):
        found.setdefault(url, {})[guid] = title
    return found


def syncing(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill rounds over growing feeds."""
    server = GrowingServer(documents)
    try:
        for first in range(0, trials, TRIALS_A_CACHE):
            cache = folder / str(first)
            cache.mkdir()
            sync_one_cache(cache, min(TRIALS_A_CACHE, trials - first), server, chance, tally)
            shutil.rmtree(cache)
    finally:
        server.close()


def sync_one_cache(
    folder: Path, trials: int, server: GrowingServer, chance: random.Random, tally: Tally
) -> None:
    """Some kills over one cache, then a round that may finish."""
    config, quiet = (write_config(made_folder(folder / name), server.urls()) for name in ("killed", "quiet"))
    server.moment += (TRIALS_A_CACHE + 1) - server.moment % (TRIALS_A_CACHE + 1)
    once = took(lambda: sync(quiet))
    known: dict[str, dict[str, str]] = {}
    for _ in range(trials):
        server.moment += 1
        tally.trials += 1
        output, lived = forked(lambda: sync(config), chance.uniform(0, once * BEYOND))
        tally.alive += lived
        if (config.cache / "news.sqlite3").exists():
            sound(config, tally)
            now = stored(config)
            for url, guids in known.items():
                tally.need(holds=guids.keys() <= now.get(url, {}).keys(), what="an article is lost")
            known = now
            for url in acknowledged(output):
                wanted = headlines(int(url.rpartition("feed")[2]), server.moment)
                tally.need(
                    holds=wanted.items() <= now.get(url, {}).items(), what="what was acknowledged is lost"
                )
    for one in (config, quiet):
        forked(lambda: sync(one), None)  # noqa: B023  # used at once
    sound(config, tally)
    tally.compared += 1
    tally.need(
        holds=stored(config) == stored(quiet), what="the finished cache is not that of an undisturbed run"
    )
    tally.need(holds=findable(config) == findable(quiet), what="the index finds something else")


def sync(config: Config) -> None:
    """A round, as the command does it."""
    if cli.main(["--config", str(config.path), "sync", "--force", "--json"]) != FINE:
        raise RuntimeError("the sync failed")


def acknowledged(output: bytes) -> Iterator[str]:
    """The feeds whose line came whole before the kill."""
    for line in output.split(b"\n")[:-1]:
        record = json.loads(line)
        if record.get("outcome") in ("new", "updated", "unchanged", "not-modified", "not_modified"):
            yield record["url"]


def findable(config: Config) -> tuple[int, tuple[int, int]]:
    """How many articles the index finds, and how many there are."""
    with Library(config) as library:
        return len(library.ids("story")), library.counts()


# --- marks -----------------------------------------------------------------------------------------


def marking(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill marks, tags, notes, undo and redo; the twin does what was acknowledged, and perhaps one more."""
    killed, twin = (filled(made_folder(folder / name)) for name in ("killed", "twin"))
    for number in range(trials):
        tally.trials += 1
        by_command = number % 5 == 0
        seed = chance.randrange(2**32)
        output, lived = forked(
            lambda: keep_marking(killed, seed, by_command=by_command),  # noqa: B023  # used at once
            chance.uniform(0.01, 0.25),
        )
        tally.alive += lived
        done = output.count(b"done\n")
        if number % 10 == 0:
            sound(killed, tally, related=False)
        steps = changes(seed)
        with Library(twin) as library:
            for _ in range(done):
                next(steps)(library)
        same = state(killed) == state(twin)
        if not same and lived:  # the one that was at work may be there, whole
            with Library(twin) as library:
                next(steps)(library)
            same = state(killed) == state(twin)
        tally.compared += 1
        tally.need(holds=same, what=f"after {done} acknowledged changes the state is another")
        if not same:
            killed, twin = (filled(made_folder(folder / f"{name}{number}")) for name in ("killed", "twin"))


def filled(folder: Path) -> Config:
    """A cache with articles."""
    config = write_config(folder, [])
    with Store.open(config.cache) as store:
        storing.sync(store, *(storing.make(number) for number in range(ARTICLES)))
    return config


def keep_marking(config: Config, seed: int, *, by_command: bool) -> None:
    """Change after change until we are killed, each told when it is done."""
    if by_command:
        for number in range(1000):
            words, _ = command_at(seed, number)
            cli.main(["--config", str(config.path), *words])
            os.write(1, b"done\n")
        return
    with Library(config) as library:
        for change in changes(seed):
            change(library)
            os.write(1, b"done\n")


def changes(seed: int) -> Iterator[Callable[[Library], object]]:
    """The same changes for the same seed."""
    for number in range(1000):
        yield command_at(seed, number)[1]


def command_at(seed: int, number: int) -> tuple[list[str], Callable[[Library], object]]:
    """A change as a command and as a call."""
    chance = random.Random(f"{seed} {number}")
    action = chance.choice(list(MarkAction))
    words, tag = f"headline {chance.randrange(ARTICLES)}", f"t{number % 5}"
    choices: list[tuple[list[str], Callable[[Library], object]]] = [
        (["mark", action.value, words], lambda library: library.mark_query(action, words)),
        (["mark", action.value, "lang:en"], lambda library: library.mark_query(action, "lang:en")),
        (["mark", "tag", tag, words], lambda library: library.tag_query(words, tag)),
        (["undo"], lambda library: library.undo()),
        (["redo"], lambda library: library.redo()),
    ]
    return chance.choice(choices)


def state(config: Config) -> list[Any]:
    """All that the reader did, without times."""
    return [
        sorted(query(config, sql))
        for sql in (
            "SELECT id FROM unread",
            "SELECT id FROM starred",
            "SELECT * FROM article_tags",
            "SELECT feed_id, total, unread FROM feed_counts",
        )
    ]


# --- migration -------------------------------------------------------------------------------------


def migrating(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill the first opening of caches of every earlier version."""
    template = write_config(made_folder(folder / "now"), [])
    with Store.open(template.cache) as store:
        for part in range(4):
            storing.sync(store, *(storing.make(part * 500 + n) for n in range(500)))
        store.marks.apply(MarkAction.STAR, storing.ids(store)[:50])
        store.marks.apply(MarkAction.READ, storing.ids(store)[100:300])
        store.checkpoint()
    oldest = max(1, len(MIGRATIONS) - 3)  # versions that today's rows can be poured back into
    ages = {}
    for version in range(oldest, len(MIGRATIONS)):
        old = folder / f"v{version}"
        shutil.copytree(template.cache, old)
        make_older(old, MIGRATIONS[:version])
        quiet = copied(old, folder / f"quiet{version}")
        ages[version] = (old, took(lambda: opened(quiet)), everything(quiet))  # noqa: B023  # used at once
    for number in range(trials):
        tally.trials += 1
        old, once, wanted = ages[oldest + number % len(ages)]
        config = copied(old, folder / "killed")
        tally.alive += forked(lambda: opened(config), chance.uniform(0, once * BEYOND))[1]  # noqa: B023
        tally.leftovers += len(list(config.cache.rglob("*.tmp*")))
        forked(lambda: opened(config), None)  # noqa: B023  # the next run finishes it
        sound(config, tally, related=False)
        tally.compared += 1
        tally.need(holds=everything(config) == wanted, what="the finished cache is another")
        for copy in (config.cache / "backups").glob("*.sqlite3"):
            with closing(sqlite3.connect(copy)) as database:
                answer = database.execute("PRAGMA quick_check").fetchone()
                count = database.execute("SELECT count(*) FROM articles").fetchone()
            tally.need(holds=(answer, count) == (("ok",), (2000,)), what=f"the copy {copy.name} is not whole")
        shutil.rmtree(config.path.parent)


def opened(config: Config) -> None:
    """What every command does first."""
    with Library(config) as library:
        library.counts()


def everything(config: Config) -> list[Any]:
    """What stands in the cache for its reader."""
    tables = ("articles", "unread", "starred", "seen", "feed_counts")
    return [sorted(query(config, f"SELECT * FROM {table}"), key=repr) for table in tables]


def copied(cache: Path, folder: Path) -> Config:
    """A configuration in a new folder with a copy of a cache."""
    config = write_config(made_folder(folder), [])
    shutil.copytree(cache, config.cache)
    return config


# --- configuration ---------------------------------------------------------------------------------


def configuring(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill edits of the configuration; the twin's text is the same after k or k + 1 of them."""
    shipped = config_files.shipped().read_text("utf-8")
    comments = [line for line in shipped.splitlines() if line.startswith("#")]
    killed, twin = (configured(made_folder(folder / name), shipped) for name in ("killed", "twin"))
    for _ in range(trials):
        tally.trials += 1
        seed = chance.randrange(2**32)
        output, lived = forked(lambda: keep_editing(killed, seed), chance.uniform(0.005, 0.4))  # noqa: B023
        tally.alive += lived
        done, steps = output.count(b"done\n"), edits(seed)
        for _ in range(done):
            next(steps)(twin)
        text = killed.read_text("utf-8")
        if text != twin.read_text("utf-8") and lived:
            next(steps)(twin)
        tally.compared += 1
        same = text == twin.read_text("utf-8")
        tally.need(holds=same, what=f"after {done} acknowledged edits the text is another")
        tally.need(holds=all(line in text for line in comments), what="a comment is lost")
        config_files.parse(text, killed)
        left = [path for path in killed.parent.iterdir() if path != killed]
        tally.leftovers += bool(left)
        tally.need(holds=len(left) <= 1, what=f"{len(left)} files are left over")
        if not same:
            killed.write_text(twin.read_text("utf-8"))


def configured(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return path


def keep_editing(path: Path, seed: int) -> None:
    """Edit after edit until we are killed, each told when it is done."""
    for edit in edits(seed):
        edit(path)
        os.write(1, b"done\n")


def edits(seed: int) -> Iterator[Callable[[Path], object]]:
    """The same edits for the same seed."""
    from aggregator import saved_filters

    chance = random.Random(seed)
    for _ in range(1000):
        number, name = chance.randrange(40), f"f{chance.randrange(6)}"
        feed = config_files.Feed(
            url=f"https://added.example/{number}", title=f"Added {number}", language="en"
        )
        choices: list[Callable[[Path], object]] = [
            lambda path, n=number: switched(path, n),  # type: ignore[misc]
            lambda path, f=feed: added(path, f),  # type: ignore[misc]
            lambda path, n=name: saved_filters.save(path, n, "oil unread", 1_800_000_000),  # type: ignore[misc]
        ]
        yield chance.choice(choices)


def switched(path: Path, number: int) -> None:
    """Turn a feed on or off."""
    feed = config_files.read(path).feeds[number]
    subscriptions.set_enabled(path, feed.url, not feed.enabled)


def added(path: Path, feed: config_files.Feed) -> None:
    """Add a feed, or take it out where it is there."""
    if any(one.url == feed.url for one in config_files.read(path).feeds):
        subscriptions.remove(path, feed.url)
    else:
        subscriptions.add(path, feed)


# --- relating --------------------------------------------------------------------------------------


def relating(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill an import that relates, twice or thrice a cache; then a sync finishes it."""
    archive = write_archive(folder / "news.jsonl", events(60, seed=7, most=3))
    quiet = write_config(made_folder(folder / "quiet"), [])
    once = took(lambda: imported(quiet, archive))
    wanted = groups(quiet)
    while tally.trials < trials:
        killed = write_config(made_folder(folder / "killed"), [])
        for _ in range(min(3, trials - tally.trials)):
            tally.trials += 1
            tally.alive += forked(lambda: imported(killed, archive), chance.uniform(0, once * BEYOND))[1]  # noqa: B023
            if (killed.cache / "news.sqlite3").exists():
                sound(killed, tally)
        forked(lambda: imported(killed, archive), None)  # noqa: B023
        tally.compared += 1
        tally.need(holds=groups(killed) == wanted, what="the finished stories are others")
        sound(killed, tally)
        shutil.rmtree(killed.path.parent)


def imported(config: Config, archive: Path) -> None:
    """Import, then what waits still is related by a sync without feeds."""
    cli.main(["--config", str(config.path), "archive", "import", str(archive)])


# --- copies ----------------------------------------------------------------------------------------


def keeping(folder: Path, trials: int, chance: random.Random, tally: Tally) -> None:
    """Kill backup and restore by turns."""
    old, new = (starred_cache(made_folder(folder / f"stars{count}"), count) for count in (10, 20))
    copy = folder / "copy.sqlite3"
    cli.main(["--config", str(old.path), "backup", str(copy)])
    once = took(lambda: cli.main(["--config", str(new.path), "backup", str(folder / "other.sqlite3")]))
    for number in range(trials):
        tally.trials += 1
        config = copied(new.cache, folder / "killed")
        file = config.path.parent / "mine.sqlite3"
        shutil.copy(copy, file)
        words = ["restore", str(file)] if number % 2 else ["backup", str(file), "--replace"]
        output, lived = forked(
            lambda: cli.main(["--config", str(config.path), *words]),  # noqa: B023  # used at once
            chance.uniform(0, once * BEYOND),
        )
        tally.alive += lived
        with Library(config) as library:
            stars = library.starred_count()
        sound(config, tally, related=False)
        tally.compared += 1
        wanted = {20} if words[0] == "backup" else {10} if output else {10, 20}
        tally.need(holds=stars in wanted, what=f"after {words[0]} there are {stars} stars")
        with closing(sqlite3.connect(file)) as database:
            answer = database.execute("PRAGMA quick_check").fetchone()
            (kept,) = database.execute("SELECT count(*) FROM starred").fetchone()
        wanted = {10} if words[0] == "restore" else {20} if output else {10, 20}
        tally.need(holds=answer == ("ok",) and kept in wanted, what=f"the copy has {kept} stars, {answer}")
        tally.leftovers += bool(list(config.path.parent.rglob("*.new*")))
        shutil.rmtree(config.path.parent)


def starred_cache(folder: Path, stars: int) -> Config:
    """A cache with so many stars, at rest."""
    config = filled(folder)
    with Store.open(config.cache) as store:
        store.marks.apply(MarkAction.STAR, storing.ids(store)[:stars])
        store.checkpoint()
    return config


# --- all -------------------------------------------------------------------------------------------


def made_folder(folder: Path) -> Path:
    """A new folder."""
    folder.mkdir()
    return folder


FAMILIES: dict[str, Callable[[Path, int, random.Random, Tally], None]] = {
    "sync": syncing,
    "mark": marking,
    "migration": migrating,
    "config": configuring,
    "relate": relating,
    "keep": keeping,
}


def main() -> int:
    """Run what is asked for; 1 where anything was lost, doubled or damaged."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in FAMILIES:
        parser.add_argument(f"--{name}", type=int, default=0, metavar="TRIALS")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    bad = False
    for name, family in FAMILIES.items():
        if trials := getattr(arguments, name):
            tally = Tally(name)
            started = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="hakawati-kill-") as folder:
                family(Path(folder), trials, random.Random(f"{arguments.seed} {name}"), tally)
            tally.seconds = round(time.monotonic() - started, 1)
            told = vars(tally) | {"problems": len(tally.problems), "first": tally.problems[:3]}
            print(json.dumps(told), flush=True)
            bad = bad or bool(tally.problems)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
