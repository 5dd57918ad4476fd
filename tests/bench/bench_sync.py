"""Sync rounds over 1,000 feeds x 30 entries from the local feed server, against curl on the same work.

    python tests/bench/bench_sync.py [--feeds 1000] [--rounds 3] [--latency-ms 0]

Prints wall and processor seconds (all processes together), the ratio to curl, peak memory of all
processes together, and rows written. Needs ../shared and curl. Speed is printed, never asserted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SERVER = ROOT.parent / "shared" / "bench" / "feedserver.py"
PHASES = {
    "first": "",
    "304": "",
    "same": "conditional=off",
    "tick": "conditional=off&tick=%2B1",
    "new": "conditional=off&epoch=%2B1",
}
IN_FLIGHT = 64


@dataclass
class Figures:
    """One timed command: seconds, seconds of processor, MB at the peak."""

    wall: float
    cpu: float
    memory: float


@contextlib.contextmanager
def feed_server(feeds: int, port: int) -> Iterator[str]:
    """The server as a process of its own; yields its control address."""
    command = [sys.executable, str(SERVER), "--port", str(port), "--feeds", str(feeds), "--entries", "30"]
    server = subprocess.Popen([*command, "--hosts", "200"], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    server.stdout.readline()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def ask(url: str) -> dict[str, object]:
    """The server's answer to a control or statistics request."""
    with urllib.request.urlopen(url) as answer:
        loaded: dict[str, object] = json.loads(answer.read() or b"{}")
        return loaded


def timed(command: list[str], env: dict[str, str] | None = None) -> Figures:
    """Run a command to its end, sampling the memory of its whole process tree."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=env)
    peak: list[float] = [0.0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    code = process.wait()
    wall = time.perf_counter() - started
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if code not in (0, 1):
        raise SystemExit(f"{command} ended with {code}")
    return Figures(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak[0])


def watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    """Keep the highest sum of proportional memory of the process and its descendants, in MB."""
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(pss, tree(process.pid))) / 1024)
        time.sleep(0.05)


def tree(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from tree(int(child))


def pss(pid: int) -> int:
    """Proportional set size in KB, 0 for a process that has ended."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0


def write_config(folder: Path, feeds: int, port: int) -> Path:
    """A configuration that subscribes to every feed of the server and does not space requests."""
    lines = [f'[fetch]\nspacing = 0\nconcurrency = {IN_FLIGHT}\nallow_private = ["127.0.0.0/8"]\n']
    lines += [f'[[feeds]]\nurl = "{url}"\n' for url in urls(feeds, port)]
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    return path


def urls(feeds: int, port: int) -> list[str]:
    """The server's feeds, spread over 200 loopback hosts as it does itself."""
    return [f"http://127.0.0.{1 + k % 200}:{port}/feed/{k}.xml" for k in range(feeds)]


def curl_config(folder: Path, feeds: int, port: int, *, conditional: bool) -> list[str]:
    """curl --parallel over the same addresses, bodies to files; with validators from a first run."""
    out = folder / "curl"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    extra = 'header = "If-None-Match: *"\n' if conditional else ""
    text = "".join(f'url = "{u}"\noutput = "{out}/{n}"\n{extra}' for n, u in enumerate(urls(feeds, port)))
    (folder / "curl.txt").write_text(text)
    parallel = ["--parallel", "--parallel-max", str(IN_FLIGHT), "--compressed"]
    return ["curl", "-s", *parallel, "-K", str(folder / "curl.txt")]


def one_round(feeds: int, port: int, latency: int) -> dict[str, tuple[Figures, Figures]]:
    """All phases once, on a fresh cache and a fresh server."""
    figures = {}
    with tempfile.TemporaryDirectory() as name, feed_server(feeds, port) as base:
        folder = Path(name)
        config = write_config(folder, feeds, port)
        sync = [sys.executable, "-m", "aggregator", "--config", str(config), "sync", "--force", "--json"]
        ask(f"{base}/_ctl?latency_ms={latency}")
        for phase, control in PHASES.items():
            if control:
                ask(f"{base}/_ctl?{control}")
            ours = timed(sync, env=os.environ | {"PYTHONPATH": str(ROOT)})
            figures[phase] = ours, timed(curl_config(folder, feeds, port, conditional=phase == "304"))
        size = sum(path.stat().st_size for path in (folder / "cache").iterdir()) / 1e6
    print(f"cache after the round: {size:.0f} MB", flush=True)
    return figures


def main() -> None:
    """Print the table: medians over the rounds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--feeds", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--port", type=int, default=9531)
    options.add_argument("--latency-ms", type=int, default=0)
    chosen = options.parse_args()
    rounds = [one_round(chosen.feeds, chosen.port + n, chosen.latency_ms) for n in range(chosen.rounds)]
    print(f"{'phase':<8}{'wall s':>8}{'cpu s':>8}{'peak MB':>9}{'curl s':>8}{'x curl':>8}")
    for phase in PHASES:
        ours = [figures[phase][0] for figures in rounds]
        curl = statistics.median(figures[phase][1].wall for figures in rounds)
        wall = statistics.median(one.wall for one in ours)
        cpu = statistics.median(one.cpu for one in ours)
        memory = max(one.memory for one in ours)
        print(f"{phase:<8}{wall:>8.2f}{cpu:>8.2f}{memory:>9.0f}{curl:>8.2f}{wall / curl:>8.1f}")


if __name__ == "__main__":
    main()
