"""Thirty kill -9 at random moments over the real program; ``tests.bench.kill_trials`` does thousands."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.aggregator.commands import ROOT

TRIALS = {"sync": 4, "mark": 8, "migration": 6, "config": 6, "relate": 2, "keep": 4}


def test_thirty_kills_lose_nothing_double_nothing_and_damage_nothing() -> None:
    wanted = [word for name, trials in TRIALS.items() for word in (f"--{name}", str(trials))]
    command = [sys.executable, "-m", "tests.bench.kill_trials", *wanted]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert {one["family"]: one["trials"] for one in told} == TRIALS, done.stderr
    assert [one["first"] for one in told] == [[]] * len(TRIALS)
    assert done.returncode == 0
    assert sum(one["alive"] for one in told) > sum(TRIALS.values()) // 3, "or the kills came too late"
