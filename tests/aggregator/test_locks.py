"""One sync at a time: the second is told at once who runs, and no lock outlives its owner."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aggregator.errors import StoreLocked
from aggregator.locks import SyncLock, owner_of, sync_running
from tests.aggregator.commands import ROOT, finish, start
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, rss, write_config

HOLDER = """
import sys
from pathlib import Path
from aggregator.locks import SyncLock
with SyncLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_of_two_that_start_at_once_one_runs_twenty_times(tmp_path: Path) -> None:
    together, apart = threading.Barrier(2), threading.Barrier(2)

    def one() -> str:
        together.wait()
        try:
            with SyncLock(tmp_path):
                apart.wait()  # held until the other has tried
                return "ran"
        except StoreLocked as error:
            apart.wait()
            return str(error)

    with ThreadPoolExecutor(2) as pool:
        for _ in range(20):
            told, ran = sorted(future.result() for future in [pool.submit(one), pool.submit(one)])
            assert ran == "ran"
            assert f"(process {os.getpid()}, since " in told


def test_two_programs_that_sync_at_once(tmp_path: Path) -> None:
    gate = Gate()
    with Server() as server:
        config = write_config(tmp_path, [server.answer("/feed", [gate, reply(rss(item(1)))])])
        first = start(config, "sync")
        assert server.asked.wait(20)
        code, output, diagnostics = finish(start(config, "sync", "--force"))
        assert (code, output) == (75, "")
        assert f"(process {first.pid}, since 2" in diagnostics
        waiting = start(config, "sync", "--wait")
        gate.event.set()
        assert finish(first)[0] == 0
        code, output, _ = finish(waiting)
        assert (code, "Nothing is due." in output) == (0, True)
    assert server.targets() == ["/feed"], "none of the three asked twice"


def test_the_lock_dies_with_its_owner(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert sync_running(tmp_path)
        holder.kill()
        holder.wait()
    assert not sync_running(tmp_path)
    with SyncLock(tmp_path):
        assert sync_running(tmp_path)


@pytest.mark.parametrize("written", [b"", b"x", b"-1", b"1 2 3", b"\xff\xfe", b"99 99999999999999999999999"])
def test_whatever_stands_in_the_file_it_is_told_soberly(written: bytes) -> None:
    assert owner_of(written) in ("process unknown", "process 99")


def test_a_file_of_an_earlier_version_names_the_process() -> None:
    assert owner_of(b"4711") == "process 4711"
