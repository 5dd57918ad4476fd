"""Every hostile document in the reader, every byte that leaves it.

    python tests/bench/hostile_bytes.py ../shared

Batches of documents are stored as a sync stores them, and their strings once more as they came; the reader is
visited in a pseudo-terminal. Prints what is neither text nor a sequence of the list; exit code 1 where there
is any, or where the reader ended by itself.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from aggregator.config import load  # noqa: E402
from aggregator.store.db import Store  # noqa: E402
from tests.tui import hostile, test_hostile  # noqa: E402
from tests.tui.conftest import CONFIG, NOW  # noqa: E402
from tests.tui.test_terminal import terminal  # noqa: E402

BATCH = 40
"""Documents of one visit."""
PAGES = 15
"""Pages and articles of one visit."""


def visited(paths: list[Path], folder: Path) -> tuple[int, list[str]]:
    """Show some documents; (bytes that were written, what is wrong with them)."""
    (folder / "config.toml").write_text(CONFIG)
    config = load(folder / "config.toml", folder / "cache")
    with Store.open(config.cache) as store, store.write():
        store.feeds.reconcile(config.settings.feeds)
    hostile.fill(config, paths, NOW)
    with terminal(config) as term:
        test_hostile.visit(term, PAGES)
        test_hostile.left(term)
    wrong = hostile.foreign(term.seen)
    return len(term.seen), wrong + (["OSC 52"] if b"\x1b]52" in term.seen else [])


def refused(path: Path, folder: Path) -> list[str]:
    """What is wrong with the words about a hostile configuration."""
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--config", str(path), "--cache", str(folder), "list"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    said = done.stdout + done.stderr
    wrong = hostile.foreign(said)
    wrong += ["traceback"] * (b"Traceback" in said) + ["a secret"] * (b"SECRETMARK" in said)
    return wrong + [f"ended with {done.returncode}"] * (done.returncode not in (0, 2))


def main(shared: Path) -> int:
    """Show all of them."""
    paths, bad = hostile.documents(shared), 0
    for start in range(0, len(paths), BATCH):
        with tempfile.TemporaryDirectory() as folder:
            size, wrong = visited(paths[start : start + BATCH], Path(folder))
        bad += len(wrong)
        last = min(start + BATCH, len(paths))
        print(f"documents {start + 1:>4}-{last:<4} {size:>9,} bytes  {wrong or 'fine'}", flush=True)
    for path in sorted((shared / "hostile").rglob("*.toml")):
        with tempfile.TemporaryDirectory() as folder:
            if wrong := refused(path, Path(folder)):
                bad += len(wrong)
                print(f"{path.name}: {wrong}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
