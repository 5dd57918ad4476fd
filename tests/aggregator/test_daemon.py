"""The daemon: it syncs what is due, stops cleanly when told, and a restart resets no timer."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from aggregator.library import Library
from aggregator.locks import SyncLock
from tests.aggregator.commands import command, finish, start
from tests.aggregator.httpserver import Gate, Server, reply
from tests.aggregator.rounds import item, rss, write_config


def read_totals(daemon: subprocess.Popen[str]) -> dict[str, object]:
    """Read the daemon's output until a round's closing line."""
    assert daemon.stdout is not None
    for line in daemon.stdout:
        record: dict[str, object] = json.loads(line)
        if record.get("totals"):
            return record
    raise AssertionError("the daemon ended")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_syncs_at_once_and_ends_with_zero_when_told(number: signal.Signals, tmp_path: Path) -> None:
    with Server() as server:
        url = server.answer("/feed", reply(rss(item(1))))
        config = write_config(tmp_path, [url])
        daemon = start(config, "daemon", "--json")
        assert read_totals(daemon)["new"] == 1
        daemon.send_signal(number)
        code, _, diagnostics = finish(daemon)
    assert code == 0
    assert diagnostics.splitlines()[-1] == "hakawati daemon: stopped."
    assert "Traceback" not in diagnostics


def test_a_restart_asks_nothing_that_is_not_due(tmp_path: Path) -> None:
    with Server() as server:
        url = server.answer("/feed", reply(rss(item(1))))
        later = server.answer("/later", reply(rss(item(2))))
        first = start(write_config(tmp_path, [url]), "daemon", "--json")
        read_totals(first)
        first.terminate()
        finish(first)
        config = write_config(tmp_path, [url, later])  # something due, so that the second has a round to end
        second = start(config, "daemon", "--json")
        read_totals(second)
        second.terminate()
        finish(second)
        assert server.targets() == ["/feed", "/later"]


def test_a_round_under_way_is_stored_before_it_stops(tmp_path: Path) -> None:
    gate = Gate()
    with Server() as server:
        quick = server.answer("/quick", reply(rss(item(1))))
        slow = server.answer("/slow", [gate, reply(rss(item(2)))])
        config = write_config(tmp_path, [quick, slow])
        daemon = start(config, "daemon", "--json")
        assert daemon.stdout is not None
        daemon.stdout.readline()  # the quick feed is stored
        daemon.terminate()
        code, _, _ = finish(daemon)
        gate.event.set()
    assert code == 0
    with Library(config) as library:
        assert library.counts() == (1, 1)


def test_a_second_sync_says_who_is_syncing_and_changes_nothing(tmp_path: Path) -> None:
    config = write_config(tmp_path, ["http://127.0.0.1:9/feed"])
    with SyncLock(config.cache):
        code, output, diagnostics = command(config, "sync")
    assert (code, output) == (75, "")
    assert "Another sync of this cache is running (process " in diagnostics
