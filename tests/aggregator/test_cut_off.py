"""In a network where nothing is but a proxy: all goes through it, nothing around it; and with none at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aggregator import config as config_files
from tests.aggregator.rounds import query

PAGES = {"/robots.txt", "/story/1"}


def cut_off(folder: Path, mode: str) -> dict[str, Any]:
    """What a sync did in a network of its own; skips where none can be made."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("no network of one's own can be made here (unshare -rn)")
    command = [unshare, "-rn", sys.executable, "-m", "tests.aggregator.cut_off", str(folder), mode]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.mark.parametrize("mode", ["own", "all"])
def test_feeds_redirects_pages_and_robots_go_through_the_proxy_and_nothing_around_it(
    tmp_path: Path, mode: str
) -> None:
    result = cut_off(tmp_path, mode)
    feeds = ["93.184.215.14", "one.example", "three.example", "two.example"]
    assert result["names"] == sorted([*feeds, "news.example"]), result["said"]
    assert {"/feed", "/moved"} | PAGES <= set(result["targets"])
    assert not result["traced"] or result["contacted"] == [result["proxy"]]


def test_when_the_proxy_is_down_nothing_goes_around_it(tmp_path: Path) -> None:
    result = cut_off(tmp_path, "down")
    assert "the proxy socks5h://127.0.0.1:1 cannot be reached (connection refused by host)" in result["said"]
    assert not result["traced"] or result["contacted"] == ["127.0.0.1:1"]
    assert result["code"] == 1


def test_without_a_network_one_line_says_so_and_no_feed_is_blamed(tmp_path: Path) -> None:
    result = cut_off(tmp_path, "none")
    lines = result["said"].splitlines()
    assert [line for line in lines if "this machine has no network" in line] == [lines[0]]
    assert "0 failed" in lines[-1]
    assert len(lines) == 2
    config = config_files.load(tmp_path / "config.toml")
    assert query(config, "SELECT max(failures), max(error) FROM feeds") == [(0, "")]
