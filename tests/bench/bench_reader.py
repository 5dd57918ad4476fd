"""The reader on caches of 10,000 and 100,000 invented articles, in a real pseudo-terminal.

    python tests/bench/bench_reader.py [--articles 10000 100000]

Prints seconds from start to the first headline, and milliseconds from a key to what it shows:
a filter letter, an article opened, a page down. Speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import select
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from aggregator.config import Feed  # noqa: E402  # the bench runs from any folder
from aggregator.model import ArticleDraft, Block  # noqa: E402
from aggregator.store.db import Store  # noqa: E402
from aggregator.text.blocks import pack_blocks  # noqa: E402

FEEDS = 200
WORDS = ("harbour", "olive", "tram", "museum", "storm", "ferry", "orchard", "bridge", "market", "lantern")
ROUNDS = 7
QUIET = 0.25  # seconds without output after which a screen counts as settled


def fill(folder: Path, articles: int) -> None:
    """A cache of invented articles, a minute apart."""
    now = int(time.time())
    feeds = [
        Feed(url=f"https://outlet{n}.example/feed", outlet=f"Outlet {n}", language="en") for n in range(FEEDS)
    ]
    lines = [f'[[feeds]]\nurl = "{feed.url}"\noutlet = "{feed.outlet}"\nlanguage = "en"' for feed in feeds]
    (folder / "config.toml").write_text(
        '[reader]\nsync_on_start = false\nrtl = "app"\n[full_text]\npolicy = "never"\n' + "\n".join(lines)
    )
    with Store.open(folder / "cache") as store:
        store.feeds.reconcile(feeds)
        states = store.feeds.all()
        for start in range(0, articles, 5000):
            with store.write():
                changes = []
                for feed in range(FEEDS):
                    numbers = range(start + feed, min(start + 5000, articles), FEEDS)
                    changes += store.articles.upsert(states[feed], [draft(n, now) for n in numbers], now)
                store.search.index(changes)
        store.checkpoint()


def draft(number: int, now: int) -> ArticleDraft:
    """One invented article; the highest number is the newest."""
    one, two = WORDS[number % len(WORDS)], WORDS[number // 7 % len(WORDS)]
    title = f"Headline{number:07d} of {one} and {two}"
    text = f"Body{number:07d} tells of the {one}. " + "The rest of it is told at length. " * 30
    return ArticleDraft(
        guid=f"g{number}",
        url=f"https://outlet.example/{number}",
        title=title,
        author="Sample Author",
        summary="",
        body=pack_blocks([Block("p", text)]),
        published=now - (10_000_000 - number) * 60 // 20,
        updated=None,
        language="en",
        content_hash=number.to_bytes(8, "big"),
        folded=f"{title} {text}".lower(),
        terms=b"",
    )


class Terminal:
    """The reader in a pseudo-terminal of 120x40."""

    def __init__(self, folder: Path) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = os.environ | {
            "TERM": "xterm-256color",
            "PYTHONPATH": str(ROOT),
            "TEXTUAL_ANIMATIONS": "none",
        }
        command = [sys.executable, "-m", "tui", "--config", str(folder / "config.toml")]
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)

    def wait(self, wanted: bytes, seconds: float = 60) -> float:
        """Read until ``wanted`` was written; returns the time at which it was."""
        seen, deadline = b"", time.perf_counter() + seconds
        while wanted not in seen:
            ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.perf_counter()))
            if not ready:
                raise SystemExit(f"{wanted!r} never came; the end of what came: {seen[-500:]!r}")
            seen += os.read(self._master, 65536)
        return time.perf_counter()

    def settle(self) -> float:
        """Read until nothing comes for QUIET seconds; returns the time at which the last bytes came."""
        last = time.perf_counter()
        while select.select([self._master], [], [], QUIET)[0]:
            os.read(self._master, 65536)
            last = time.perf_counter()
        return last

    def key(self, keys: bytes) -> float:
        """Milliseconds from typing ``keys`` to the last byte that they made the reader write."""
        self.settle()
        started = time.perf_counter()
        os.write(self._master, keys)
        return (self.settle() - started) * 1000

    def close(self) -> None:
        """End the reader."""
        self.process.terminate()
        self.process.wait()
        os.close(self._master)


@contextlib.contextmanager
def reader(folder: Path) -> Iterator[Terminal]:
    """The reader, started."""
    terminal = Terminal(folder)
    try:
        yield terminal
    finally:
        terminal.close()


def hello() -> float:
    """Seconds until a Textual app that only says hello is on the screen: the floor."""
    code = (
        "from textual.app import App\nfrom textual.widgets import Static\n"
        "class Hello(App):\n    def compose(self):\n        yield Static('Headline0')\nHello().run()"
    )
    with tempfile.TemporaryDirectory() as name:
        terminal = Terminal.__new__(Terminal)
        terminal._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        terminal.started = time.perf_counter()
        terminal.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=slave, stdout=slave, stderr=slave, cwd=name
        )
        os.close(slave)
        seconds = terminal.wait(b"Headline0") - terminal.started
        terminal.close()
    return seconds


def forget_state(folder: Path) -> None:
    """Start each time as at the first time: the reader would come back to its filter and article."""
    with contextlib.closing(sqlite3.connect(folder / "cache" / "news.sqlite3")) as database, database:
        database.execute("DELETE FROM ui")


def measure(folder: Path) -> dict[str, float]:
    """Medians over ROUNDS starts."""
    found: dict[str, list[float]] = {
        "start s": [],
        "filter ms": [],
        "open ms": [],
        "page ms": [],
        "PSS MB": [],
    }
    for _ in range(ROUNDS):
        forget_state(folder)
        with reader(folder) as terminal:
            found["start s"].append(terminal.wait(b"Headline") - terminal.started)
            rollup = Path(f"/proc/{terminal.process.pid}/smaps_rollup").read_text().splitlines()
            found["PSS MB"].append(int(next(x for x in rollup if x.startswith("Pss:")).split()[1]) / 1024)
            found["page ms"].append(terminal.key(b"\x1b[6~"))
            terminal.key(b"/")
            for letter in b"olive":
                found["filter ms"].append(terminal.key(bytes([letter])))
            terminal.key(b"\r")
            found["open ms"].append(terminal.key(b"\r"))
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--articles", type=int, nargs="+", default=[10_000, 100_000])
    floor = statistics.median(hello() for _ in range(ROUNDS))
    print(f"hello-world Textual app: {floor:.2f} s")
    for articles in options.parse_args().articles:
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name), articles)
            figures = measure(Path(name))
        shown = ", ".join(f"{name} {value:.2f}" for name, value in figures.items())
        print(f"{articles} articles: {shown} ({figures['start s'] / floor:.2f} x hello)", flush=True)


if __name__ == "__main__":
    main()
