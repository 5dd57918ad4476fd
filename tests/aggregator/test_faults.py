"""One real sync, in a process of its own, subscribed to every fault that we know: each has its outcome."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from aggregator import config as config_files
from aggregator.config import without_password
from aggregator.library import Library
from tests.aggregator.faults_http import SECRET
from tests.aggregator.faultserver import Faults, Route
from tests.aggregator.rounds import query

DEADLINE = 2.0  # seconds for each request
MOST_MEMORY = 300_000  # kB, of the sync and of each of its processes
PATIENCE = 120.0  # seconds until the sync is ended here
WEEK = 7 * 86_400
TITLES = "SELECT f.url, a.title FROM articles a JOIN feeds f ON f.id = a.feed_id"


@dataclass(frozen=True)
class Synced:
    """What one sync said and left."""

    config: config_files.Config
    said: dict[str, dict[str, Any]]
    output: str
    memory: int
    at: int


# a process counts the memory of whoever made it as its own; so somebody small does
MEASURED = (
    "import os, subprocess, sys; command = subprocess.Popen(sys.argv[2:]); "
    "open(sys.argv[1], 'w').write(str(os.wait4(command.pid, 0)[2].ru_maxrss)); command.returncode = 0"
)


def synced(path: Path) -> Synced:
    """Run ``sync --json`` as a user would."""
    sync = [sys.executable, "-m", "aggregator", "sync", "--json", "--config", str(path)]
    command = [sys.executable, "-c", MEASURED, str(path.with_name("memory")), *sync]
    out, err = path.with_name("out"), path.with_name("err")
    at = int(time.time())
    with out.open("wb") as stdout, err.open("wb") as stderr:
        subprocess.run(command, stdout=stdout, stderr=stderr, check=True)
    memory = int(path.with_name("memory").read_text())
    output = out.read_text("utf-8")
    rows = [json.loads(line) for line in output.splitlines()]
    said = {row["url"]: row for row in rows if "url" in row}
    return Synced(config_files.load(path), said, output + err.read_text("utf-8"), memory, at)


def wrong(route: Route, row: dict[str, Any], state: Any, titles: list[str], at: int) -> str:
    """What is not as the route asks, "" where all is."""
    failed = row["outcome"] == "failed"
    if route.expect == "either":
        return ""
    if route.expect in ("error", "gone", "later"):
        if not failed:
            return f"no error but {row}"
        if route.words not in row["error"]:
            return f'"{row["error"]}" lacks "{route.words}"'
    elif failed:
        return f"failed: {row['error']}"
    elif row["new"] != route.items:
        return f"{row['new']} articles, not {route.items}"
    elif route.title and route.title not in titles:
        return f"{titles} lacks {route.title}"
    return wrong_state(route, state, at)


def wrong_state(route: Route, state: Any, at: int) -> str:
    """The same for what is remembered of the feed."""
    if bool(state.parked) != (route.expect == "gone"):
        return f"parked: {state.parked!r}"
    if bool(state.moved_to) != (route.expect == "moved"):
        return f"moved to {state.moved_to!r}"
    if not at + route.wait <= state.next_check <= at + WEEK + PATIENCE:
        return f"next check in {state.next_check - at} s"
    return ""


@pytest.fixture(scope="module")
def faults() -> Any:
    with Faults() as running:
        yield running


def test_one_sync_of_every_fault_gives_each_its_outcome(faults: Faults, tmp_path: Path) -> None:
    result = synced(faults.config(tmp_path, deadline=DEADLINE))
    problems = []
    with Library(result.config) as library:
        states = {info.state.url: info.state for info in library.feeds()}
    titles: dict[str, list[str]] = {}
    for url, title in query(result.config, TITLES):
        titles.setdefault(url, []).append(title)
    for route in faults.routes:
        row = result.said.get(without_password(route.url))
        told = (
            wrong(route, row, states[route.url], titles.get(route.url, []), result.at) if row else "no line"
        )
        if told:
            problems.append(f"{route.url}: {told}")
    assert not problems, "\n".join(problems)
    assert not faults.canary.connections
    assert result.memory < MOST_MEMORY
    assert SECRET not in result.output
    for request in faults.foreign.requests:
        names = [name.lower() for name, _ in request.headers]
        assert names == ["host", "user-agent", "accept", "accept-encoding"]
