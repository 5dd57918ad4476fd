"""What gets loaded when: asked of fresh interpreters, since a linter cannot see a deferred import."""

from __future__ import annotations

import subprocess
import sys

import pytest

# httpx loads its own command line, and rich with it, where click is installed: by our lint tools, not by us
NO_CLICK = "import sys; sys.modules['click'] = None\n"
MODULES = ("cli", "library", "sync", "syncing", "schedule", "digest", "doctor", "archive")
HEAVY = ("httpx", "feedparser", "apscheduler", "numpy", "tomlkit", "nh3")


def loaded_by(code: str, *names: str) -> set[str]:
    """Which of ``names`` a fresh interpreter has loaded after running ``code``."""
    script = f"{code}\nimport sys\nprint(*({set(names)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("module", MODULES)
def test_the_headless_half_loads_no_terminal_library(module: str) -> None:
    assert loaded_by(f"{NO_CLICK}import aggregator.{module}", "textual", "rich") == set()


def test_opening_the_reader_loads_no_fetcher_parser_or_scheduler() -> None:
    assert loaded_by("import tui.app", *HEAVY) == set()


def test_opening_the_library_loads_no_fetcher_parser_or_scheduler() -> None:
    assert loaded_by("import aggregator.library", *HEAVY) == set()


def test_a_sync_loads_no_parser_and_no_scheduler_in_its_own_process() -> None:
    assert loaded_by("import aggregator.sync", "feedparser", "apscheduler", "nh3") == set()


def test_the_version_is_told_without_loading_anything_slow() -> None:
    code = "import sys; from aggregator.cli import parser; parser()"
    assert loaded_by(code, *HEAVY, "asyncio", "textual", "sqlite3", "msgspec") == set()


def test_a_command_is_run_before_textual_is_loaded() -> None:
    run = "import tui.__main__\ntry:\n    tui.__main__.main(['--version'])\nexcept SystemExit:\n    pass"
    assert loaded_by(run, "textual", "rich") & {"textual", "rich"} == set()
