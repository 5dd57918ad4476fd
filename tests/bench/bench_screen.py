"""The reader in a pseudo-terminal on caches of invented articles: CPU, bytes and memory, beside their goals.

    python tests/bench/bench_screen.py [--million] [--keep FOLDER] [--rounds 5] [--size 120x40]

Both faces of the list are measured: the newest articles, and the front page of stories. The reader starts as
its installed command does. CPU is that of the whole process tree; the only wall times are the first frames
(as a ratio to a bare Textual app of the same run) and those from a key to what it shows. Prints a table in
Markdown; asserts nothing.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import select
import signal
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import screen_caches  # the bench runs from any folder

HELLO = (
    "from textual.app import App\nfrom textual.widgets import Static\n"
    "class Hello(App):\n    def compose(self):\n        yield Static('Headline0')\nHello().run()"
)
TEXTUAL = b"\x1b[?2026$p"  # Textual has the terminal from here on
ROW = b"Headline"
ANSWER = b"\x1bP>|XTerm(379)\x1b\\\x1b[?64;1c"  # who the terminal is, when it is asked
QUIET = 0.25  # seconds without output after which a screen counts as settled
KEYS, PAGES = 30, 8
VIEWS = ("latest", "stories")
START = "import sys; from tui.__main__ import main; sys.exit(main())"  # what an installed command says
GOALS = {
    "bare Textual app: CPU s": "anchor",
    "first useful frame: CPU s": "0.40",
    "first useful frame: wall / bare Textual": "1.3",
    "headlines readable: wall / bare Textual": "0.2",
    "headlines readable: CPU s": "",
    "one key: CPU ms": "4",
    "one key: bytes": "1000",
    "page: CPU ms": "15",
    "page: bytes": "",
    "key to repaint p95 ms, idle": "",
    "the same while another process writes / idle": "1.5",
    "filter: ms from the last letter to the first rows": "100",
    "the same until all is counted": "",
    "mark all read: ms to repaint": "100 (at 100 k)",
    "the same until it is stored": "",
    "undo it: ms to repaint": "100 (at 100 k)",
    "the same until all is shown": "",
    "memory, idle: PSS MB": "60 (at 1 M)",
    "idle: CPU ms/s": "5",
    "idle: bytes in 5 s": "0",
}


class Terminal:
    """A program in a pseudo-terminal that answers as xterm does."""

    def __init__(self, command: list[str], size: tuple[int, int]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        environment = os.environ | {
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(screen_caches.ROOT),
            "TEXTUAL_ANIMATIONS": "none",
        }
        self.seen, self.answered = b"", False
        self.started = self.pressed = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
        os.close(slave)

    def read(self, seconds: float) -> bool:
        """Read once; False when nothing came."""
        if not select.select([self._master], [], [], max(0.0, seconds))[0]:
            return False
        try:
            self.seen += os.read(self._master, 65536)
        except OSError:
            raise SystemExit(f"the reader has ended: {self.seen[-800:]!r}") from None
        if not self.answered and b"\x1b[c" in self.seen:
            self.answered = True
            os.write(self._master, ANSWER)
        return True

    def until(self, wanted: Callable[[bytes], bool], seconds: float = 120) -> float:
        """Read until what was written satisfies ``wanted``; seconds since the start."""
        deadline = time.perf_counter() + seconds
        while not wanted(self.seen):
            if not self.read(deadline - time.perf_counter()):
                raise SystemExit(f"it never came; the end of what came: {self.seen[-800:]!r}")
        return time.perf_counter() - self.started

    def settle(self, quiet: float = QUIET) -> float:
        """Read until nothing comes for a while; the time of the last bytes."""
        last = time.perf_counter()
        while self.read(quiet):
            last = time.perf_counter()
        return last

    def press(self, keys: bytes, quiet: float = QUIET) -> float:
        """Milliseconds from keys to the last byte that they made it write; ``seen`` is what it wrote."""
        self.seen = b""
        self.pressed = time.perf_counter()
        os.write(self._master, keys)
        return (self.settle(quiet) - self.pressed) * 1000

    def since(self, wanted: Callable[[bytes], bool]) -> float:
        """Milliseconds from the last keys to what satisfies ``wanted``."""
        self.until(wanted)
        return (time.perf_counter() - self.pressed) * 1000

    def settled(self) -> float:
        """Milliseconds from the last keys to the last byte that they made it write."""
        return (max(self.settle(), self.pressed) - self.pressed) * 1000

    def press_until(self, keys: bytes, wanted: bytes) -> float:
        """Milliseconds from keys to something that they show."""
        self.seen = b""
        self.pressed = time.perf_counter()
        os.write(self._master, keys)
        return self.since(lambda seen: wanted in seen)

    def cpu(self) -> float:
        """CPU seconds of the process tree since its start."""
        return sum(cpu_of(pid) for pid in tree(self.process.pid))

    def pss(self) -> float:
        """MB of memory, shared pages divided among those who share them."""
        text = "".join(Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in tree(self.process.pid))
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1024

    def close(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(number)
        while self.process.poll() is None:
            try:
                self.read(0.05)
            except SystemExit:  # it has ended
                break
        self.process.wait()
        os.close(self._master)


def cpu_of(pid: int) -> float:
    """CPU seconds of the living threads of a process; those of Python's pools live on."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def tree(pid: int) -> Iterator[int]:
    """A process and its children."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from tree(int(child))


@contextmanager
def reader(config: Path, size: tuple[int, int]) -> Iterator[Terminal]:
    """The reader, started."""
    terminal = Terminal([sys.executable, "-c", START, "--config", str(config)], size)
    try:
        yield terminal
    finally:
        terminal.close()


def textual_row(seen: bytes) -> bool:
    """Has Textual itself written a headline?"""
    return TEXTUAL in seen and ROW in seen.split(TEXTUAL, 1)[1]


def starts(config: Path, size: tuple[int, int], rounds: int) -> dict[str, float]:
    """First frames, the best of several; after a first start that leaves a page for the next ones."""
    with reader(config, size) as terminal:
        terminal.until(textual_row)
        terminal.settle()
    found: dict[str, list[float]] = {name: [] for name in list(GOALS)[:5]}
    walls: dict[str, list[float]] = {"bare": [], "useful": [], "painted": []}
    for _ in range(rounds):
        bare = Terminal([sys.executable, "-c", HELLO], size)
        walls["bare"].append(bare.until(lambda seen: b"Headline0" in seen))
        found["bare Textual app: CPU s"].append(bare.cpu())
        bare.close(signal.SIGKILL)
        with reader(config, size) as terminal:
            walls["painted"].append(terminal.until(lambda seen: ROW in seen))
            found["headlines readable: CPU s"].append(terminal.cpu())
            walls["useful"].append(terminal.until(textual_row))
            found["first useful frame: CPU s"].append(terminal.cpu())
            terminal.settle()
    best = {name: min(values) for name, values in walls.items()}
    figures = {name: min(values) for name, values in found.items() if values}
    figures["first useful frame: wall / bare Textual"] = best["useful"] / best["bare"]
    figures["headlines readable: wall / bare Textual"] = best["painted"] / best["bare"]
    return figures


def inside(config: Path, size: tuple[int, int]) -> dict[str, float]:
    """Keys, filter, marks, memory and idleness."""
    figures: dict[str, float] = {}
    with reader(config, size) as terminal:
        terminal.until(textual_row)
        terminal.settle(2.5)
        figures |= idle(terminal)
        figures |= keys(terminal)
        waits = [terminal.press(key, 0.1) for key in (b"j", b"k") * KEYS]
        figures["key to repaint p95 ms, idle"] = p95(waits)
        writer = subprocess.Popen(
            [sys.executable, screen_caches.__file__, str(config.parent), "--write"], stdout=subprocess.DEVNULL
        )
        time.sleep(2)
        busy = [terminal.press_until(key, b"\x1b") for key in (b"j", b"k") * KEYS]
        calm = figures["key to repaint p95 ms, idle"]
        figures["the same while another process writes / idle"] = p95(busy) / calm
        writer.terminate()
        writer.wait()
        terminal.settle(3)
        figures |= changes(terminal)
    return figures


def changes(terminal: Terminal) -> dict[str, float]:
    """Milliseconds until other rows are there: of a filter whose last letter changes them, of marks."""
    figures: dict[str, float] = {}
    terminal.press(b"/")
    terminal.press(b"m", 0.5)
    figures["filter: ms from the last letter to the first rows"] = terminal.press_until(b"u", ROW)
    figures["the same until all is counted"] = terminal.settled()
    terminal.press(b"\x1b")
    terminal.settle(2)
    figures["mark all read: ms to repaint"] = terminal.press_until(b"M", ROW)
    figures["the same until it is stored"] = terminal.since(lambda seen: b"marked read" in seen)
    terminal.settle(2)
    figures["undo it: ms to repaint"] = terminal.press_until(b"u", ROW)
    figures["the same until all is shown"] = terminal.since(lambda seen: b"Undone" in seen)
    terminal.settle(2)
    return figures


def idle(terminal: Terminal) -> dict[str, float]:
    """What it costs while nobody touches it."""
    terminal.seen, before = b"", terminal.cpu()
    terminal.settle(5)
    spent = (terminal.cpu() - before) * 1000
    return {
        "idle: CPU ms/s": spent / 5,
        "idle: bytes in 5 s": len(terminal.seen),
        "memory, idle: PSS MB": terminal.pss(),
    }


def keys(terminal: Terminal) -> dict[str, float]:
    """CPU and bytes of the cursor's keys."""
    figures = {}
    for name, key, times in (("one key", b"j", KEYS), ("page", b"\x1b[6~", PAGES)):
        spent, written = [], []
        for _ in range(times):
            before = terminal.cpu()
            terminal.press(key, 0.1)
            spent.append((terminal.cpu() - before) * 1000)
            written.append(len(terminal.seen))
        figures[f"{name}: CPU ms"] = statistics.median(spent)
        figures[f"{name}: bytes"] = statistics.median(written)
    return figures


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return sorted(values)[int(len(values) * 0.95) - 1]


def forget(folder: Path) -> None:
    """Start as at the first time."""
    with closing(sqlite3.connect(folder / "cache" / "news.sqlite3")) as database, database:
        database.execute("DELETE FROM ui WHERE key IN ('reader', 'page')")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=VIEWS)
    parser.add_argument("--starts", action="store_true", help="only the first frames")
    parser.add_argument("--articles", type=int, nargs="+", default=[1_000, 100_000])
    options = parser.parse_args()
    columns, rows = (int(number) for number in options.size.split("x"))
    sizes = [*options.articles, *([1_000_000] if options.million else [])]
    table: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for articles in sizes:
            folder = (options.keep or Path(name)) / str(articles)
            screen_caches.fill(folder, articles)
            for view in options.views:
                forget(folder)
                config = screen_caches.configure(folder, view)
                found = starts(config, (columns, rows), options.rounds)
                if not options.starts:
                    found |= inside(config, (columns, rows))
                table[f"{view} {articles:,}"] = found
                print(f"{view} {articles:,} done", file=sys.stderr, flush=True)
    print(f"| {options.size} | goal | " + " | ".join(table) + " |")
    print("|---" * (2 + len(table)) + "|")
    for what, goal in GOALS.items():
        if any(what in found for found in table.values()):
            shown = " | ".join(f"{found[what]:.3g}" if what in found else "" for found in table.values())
            print(f"| {what} | {goal} | {shown} |")


if __name__ == "__main__":
    main()
