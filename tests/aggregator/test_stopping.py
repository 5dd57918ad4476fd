"""Told to stop: what is under way is stored, the exit code says by what, and nothing is waited for long."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aggregator.library import Library
from tests.aggregator.bombs import entry, feed
from tests.aggregator.commands import ROOT, finish, start
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, rss, write_config

SLOW = feed(*(entry(b"<category>a</category>" * 60_000, n) for n in range(5)))  # seconds of a worker's time

HANGING = """
import asyncio, time
from aggregator.stopping import Stopping
async def main():
    stopping = Stopping(seconds={seconds})
    print("ready", flush=True)
    await stopping.event.wait()
    print("heard", flush=True)
    {then}
asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_sync_that_is_told_to_stop_stores_what_came_and_says_by_what(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    gate = Gate()
    with Server() as server:
        quick = server.answer("/quick", reply(rss(item(1))))
        slow = server.answer("/slow", [gate, reply(rss(item(2)))])
        config = write_config(tmp_path, [quick, slow])
        sync = start(config, "sync", "--json")
        assert sync.stdout is not None
        sync.stdout.readline()  # the quick feed is stored
        sync.send_signal(number)
        ended, _, diagnostics = finish(sync)
        gate.event.set()
    assert ended == code
    assert diagnostics == "hakawati: stopped; what had come was stored, the rest is still due.\n"
    with Library(config) as library:
        assert library.counts() == (1, 1)
        assert [info.state.failures for info in library.feeds()] == [0, 0], "an interruption is no failure"


def test_a_document_that_is_being_read_does_not_hold_up_the_end_and_its_process_goes(tmp_path: Path) -> None:
    with Server() as server:
        config = write_config(tmp_path, [server.answer("/slow", reply(SLOW))])
        sync = start(config, "sync")
        assert server.asked.wait(20)
        worker = child_of(sync.pid)
        handle = os.pidfd_open(worker)
        try:
            sync.terminate()
            assert finish(sync)[0] == 143
            assert select.select([handle], [], [], 20)[0], "the worker is gone too"
        finally:
            os.close(handle)


def child_of(process: int) -> int:
    """The process that another one started; waits until it has."""
    children = Path(f"/proc/{process}/task/{process}/children")
    while not (found := children.read_text().split()):
        assert Path(f"/proc/{process}").exists()
    return int(found[0])


@pytest.mark.parametrize(
    ("seconds", "then", "signals"),
    [
        (0.05, "time.sleep(60)", 1),  # a loop that hangs
        (60, "await asyncio.sleep(60)", 2),  # somebody who will not wait
    ],
)
def test_who_does_not_end_is_ended(seconds: float, then: str, signals: int) -> None:
    code = HANGING.format(seconds=seconds, then=then)
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in ("ready\n", "heard\n")[:signals]:
            assert process.stdout.readline() == line
            process.terminate()
        assert process.wait(30) == 143


def test_what_was_ignored_at_the_start_stays_ignored() -> None:
    ending = HANGING.format(seconds=60, then="raise SystemExit(stopping.code)")
    command = ["sh", "-c", 'trap \'\' HUP; exec "$0" -c "$1"', sys.executable, ending]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGHUP)
        process.terminate()
        assert process.wait(30) == 143
