"""Hours in minutes: a reader open, two syncs that never rest, and marks by command, over one cache.

    python -m tests.bench.soak --minutes 30

The feeds of a loopback server grow and are edited every few seconds. Every mark that a command said it made
must stand at the end; nothing may be locked out; the reader must answer its keys. Prints a JSON object;
ends with 1 where a mark was lost, a lock was in the way, or a process failed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pty
import random
import select
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from aggregator import config as config_files
from aggregator.config import Config
from aggregator.errors import FINE, LOCKED
from aggregator.store.db import Store
from tests.aggregator.newsroom import broken
from tests.aggregator.rounds import item, query, rss, write_config
from tests.bench.kill_trials import FEEDS, Documents, GrowingServer

ROOT = Path(__file__).parent.parent.parent
WINDOW = 40  # items that a feed shows at a time
BUMP = 4.0  # seconds between two states of the feeds
SLOW = 0.1  # seconds from which on a key is told of
KEY = 0.4  # seconds between two keys
MOST_SLOW = 40  # slow keys that are told
LOOK = 15.0  # seconds between two looks at memory, files and the log of the database
PATIENT = 5.0  # seconds that a key is waited for
PATIENCE = 30.0  # seconds for the reader to end
PRIORITY = -10  # of the reader, where it may be set
LOWER = 15  # how much nicer than the reader the others are: a machine syncs while somebody reads
KEYS = (b"j", b"j", b"k", b"j", b"\r", b"\x1b", b"k", b"k")
"""Moves, opens, comes back, ends where it began: each of them changes what is on the screen, for one that
does not would be answered by the next repaint, whenever that is."""
MOVES = frozenset({b"j", b"k"})
CURSOR = "\u258c".encode()  # what a key that moves writes
QUIET = 20.0  # seconds of keys before the syncs, which the others are compared with


Answered = tuple[bytes, float]  # a key, and the seconds from it to what it shows


@dataclass
class Seen:
    """What happened, by all the threads together."""

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)  # (what, guid) that a command said it made
    idle: list[Answered] = field(default_factory=list)  # nothing else going on
    busy: list[Answered] = field(default_factory=list)  # the same while syncs run
    slow: list[tuple[float, str, int]] = field(default_factory=list)  # when, which key, ms
    memory: list[int] = field(default_factory=list)  # of the reader, kB
    descriptors: list[int] = field(default_factory=list)
    wal: list[int] = field(default_factory=list)  # bytes


def growing(moment: int) -> Documents:
    """The feeds at a moment: a window that moves over items, the oldest of it edited."""
    return {f"feed{feed}": (rss(*items(feed, moment)), "application/rss+xml") for feed in range(FEEDS)}


def items(feed: int, moment: int) -> list[str]:
    """What a feed shows, the newest first."""
    return [
        item(
            feed * 1_000_000 + number,
            f"Feed{feed} story{number} told{moment if number == moment else 0}",
            guid=f"guid-{feed}-{number}",
        )
        for number in reversed(range(moment, moment + WINDOW))
    ]


class Reader:
    """The reader in a pseudo-terminal, at the priority of a person."""

    def __init__(self, config: Config) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tui", "--config", str(config.path)]
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)
        with contextlib.suppress(PermissionError):  # only root may
            os.setpriority(os.PRIO_PROCESS, self.process.pid, PRIORITY)

    def drain(self, seconds: float) -> int:
        """Read what it writes for so long; how many bytes."""
        until, size = time.monotonic() + seconds, 0
        while (left := until - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                size += len(os.read(self._master, 65_536))
        return size

    def press(self, key: bytes) -> float | None:
        """Seconds from the key to what it shows; None where that does not come in 5 s."""
        wanted = CURSOR if key in MOVES else b""
        started, seen = time.monotonic(), b""
        os.write(self._master, key)
        while (left := started + PATIENT - time.monotonic()) > 0:
            if select.select([self._master], [], [], left)[0]:
                seen += os.read(self._master, 65_536)
                if wanted in seen:
                    return time.monotonic() - started
        return None

    def close(self) -> int:
        """End it as a user does; its exit code."""
        try:
            for key in (b"\x1b", b"\x1b", b"q"):
                os.write(self._master, key)
                self.drain(1)
            until = time.monotonic() + PATIENCE
            while self.process.poll() is None and time.monotonic() < until:
                self.drain(0.2)
        except OSError:  # the terminal is gone with it
            pass
        self.process.terminate()
        os.close(self._master)
        return self.process.wait(PATIENCE)


def command(config: Config, *words: str) -> tuple[int, str]:
    """The program with its own words; exit code and complaint."""
    done = subprocess.run(
        ["nice", "-n", str(LOWER), sys.executable, "-m", "aggregator", "--config", str(config.path), *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return done.returncode, done.stderr.strip()


def sync_again_and_again(config: Config, seen: Seen, stop: threading.Event) -> None:
    """A loop of syncs; that another one runs is no problem, anything else is."""
    while not stop.is_set():
        code, complaint = command(config, "sync", "--force", "--json")
        seen.counts[f"sync {code}"] += 1
        if code not in (FINE, LOCKED):
            seen.problems.append(f"sync {code}: {complaint[-300:]}")
        stop.wait(0.2)


def mark_again_and_again(config: Config, seen: Seen, stop: threading.Event, seed: int) -> None:
    """A loop of marks on articles that are there; each that was acknowledged is remembered."""
    chance = random.Random(seed)
    while not stop.is_set():
        stored = query(config, "SELECT b.guid FROM bodies b ORDER BY b.id DESC LIMIT 400")
        if not stored:
            stop.wait(0.5)
            continue
        guid = chance.choice(stored)[0]
        _, feed, number = guid.split("-")
        what = chance.choice(["star", "read", f"tag t{chance.randrange(5)}"])
        code, complaint = command(config, "mark", *what.split(), f"feed{feed} story{number}")
        seen.counts[f"mark {code}"] += 1
        if code == FINE:
            seen.marks.append((what, guid))
        else:
            seen.problems.append(f"mark {code}: {complaint[-300:]}")


def bump(server: GrowingServer, stop: threading.Event) -> None:
    """The news go on."""
    while not stop.wait(BUMP):
        server.moment += 1


def use(reader: Reader, config: Config, seen: Seen, seconds: float, into: list[Answered]) -> None:
    """Read: a key now and then, and a look at what the reader takes; whole rounds of keys."""
    until, look = time.monotonic() + seconds, time.monotonic()
    number = 0
    while (time.monotonic() < until or number % len(KEYS)) and reader.process.poll() is None:
        reader.drain(KEY)
        key = KEYS[number % len(KEYS)]
        took = reader.press(key)
        number += 1
        if took is None:
            seen.counts["keys without an answer"] += 1
        else:
            into.append((key, took))
        if took is None or took > SLOW:
            seen.slow.append((round(time.monotonic(), 2), key.decode(), round((took or PATIENT) * 1000)))
        if time.monotonic() >= look:
            look += LOOK
            observe(reader, config, seen)
    if reader.process.poll() is not None:
        seen.problems.append(f"the reader ended with {reader.process.returncode}")


def observe(reader: Reader, config: Config, seen: Seen) -> None:
    """Memory, files and the size of the database's log."""
    process = Path(f"/proc/{reader.process.pid}")
    status = (process / "status").read_text()
    seen.memory.append(int(status.split("VmRSS:")[1].split()[0]))
    seen.descriptors.append(len(list((process / "fd").iterdir())))
    wal = config.cache / "news.sqlite3-wal"
    seen.wal.append(wal.stat().st_size if wal.exists() else 0)


def lost(config: Config, seen: Seen) -> list[str]:
    """The acknowledged marks that do not stand."""

    def of(sql: str) -> set[str]:
        return {row[0] for row in query(config, sql)}

    starred = of("SELECT guid FROM bodies JOIN starred USING (id)")
    unread = of("SELECT guid FROM bodies JOIN unread USING (id)")
    kept = of("SELECT guid FROM bodies")
    tagged = {
        (guid, tag)
        for guid, tag in query(
            config, "SELECT b.guid, t.tag FROM bodies b JOIN article_tags t ON t.article_id = b.id"
        )
    }
    stands: dict[str, Callable[[str, str], bool]] = {
        "star": lambda guid, _: guid in starred,
        "read": lambda guid, _: guid in kept - unread,
        "tag": lambda guid, tag: (guid, tag) in tagged,
    }
    return [
        f"{what} {guid}" for what, guid in seen.marks if not stands[what.split()[0]](guid, what.split()[-1])
    ]


def soak(folder: Path, minutes: float) -> Seen:
    """All of it for so long."""
    server = GrowingServer(growing)
    config = quiet_reader(write_config(folder, server.urls()))
    seen, stop = Seen(), threading.Event()
    code, complaint = command(config, "sync", "--json")
    if code != FINE:
        raise SystemExit(f"the first sync failed: {complaint}")
    threads = [
        threading.Thread(target=sync_again_and_again, args=(config, seen, stop)),
        threading.Thread(target=sync_again_and_again, args=(config, seen, stop)),
        threading.Thread(target=mark_again_and_again, args=(config, seen, stop, 1)),
        threading.Thread(target=bump, args=(server, stop)),
    ]
    reader = Reader(config)
    while not reader.drain(1):  # until it has drawn
        pass
    reader.drain(3)
    use(reader, config, seen, QUIET, seen.idle)
    for thread in threads:
        thread.start()
    try:
        use(reader, config, seen, minutes * 60, seen.busy)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        ended = reader.close()
        server.close()
    if ended:
        seen.problems.append(f"the reader ended with {ended}")
    seen.problems += [f"lost: {what}" for what in lost(config, seen)]
    with Store.open(config.cache) as store:
        store.search.rebuild()
        seen.problems += store.check()
        seen.counts["articles"] = store.articles.count()[0]
    seen.problems += broken(config)
    return seen


def quiet_reader(config: Config) -> Config:
    """The same with a reader that lists articles, starts no sync of its own and asks its terminal nothing."""
    text = config.path.read_text("utf-8")
    config.path.write_text(
        '[reader]\nsync_on_start = false\nstart = "latest"\nrtl = "app"\n[full_text]\npolicy = "never"\n'
        + text,
        "utf-8",
    )
    return config_files.load(config.path)


def shares(answered: list[Answered], *, moves: bool) -> dict[str, float]:
    """Milliseconds that half of the keys took, most, nearly all, the slowest; of moves, or of the others."""
    ordered = sorted(took for key, took in answered if (key in MOVES) is moves) or [0.0]
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000, 1)
        for name, part in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("max", 1.0))
    }


def told(seen: Seen, seconds: float) -> dict[str, object]:
    """What is printed."""
    return {
        "seconds": round(seconds),
        "counts": dict(seen.counts),
        "keys": len(seen.busy),
        "move_ms": [shares(found, moves=True) for found in (seen.idle, seen.busy)],  # idle, then busy
        "open_ms": [shares(found, moves=False) for found in (seen.idle, seen.busy)],
        "slow": seen.slow[:MOST_SLOW],
        "reader_mb": [round(kb / 1024, 1) for kb in (*seen.memory[:1], max(seen.memory), *seen.memory[-1:])],
        "reader_files": [seen.descriptors[0], max(seen.descriptors), seen.descriptors[-1]],
        "wal_mb": round(max(seen.wal) / 1e6, 2),
        "locked": sum("lock" in problem or "has been writing" in problem for problem in seen.problems),
        "lost": sum(problem.startswith("lost: ") for problem in seen.problems),
        "problems": len(seen.problems),
        "first": seen.problems[:5],
    }


def main() -> int:
    """Run it; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=30)
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hakawati-soak-") as folder:
        seen = soak(Path(folder), arguments.minutes)
    print(json.dumps(told(seen, time.monotonic() - started)), flush=True)
    return int(bool(seen.problems))


if __name__ == "__main__":
    sys.exit(main())
