"""``doctor``: what this installation and this cache look like, and what to do about trouble."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from aggregator import __version__
from aggregator.access import exposed
from aggregator.config import Config, Retention, without_password
from aggregator.library import Library
from aggregator.library_base import PACKAGES as FOLDER
from aggregator.store.db import Store
from aggregator.store.sizes import Forecast
from aggregator.text.inert import clean_text
from aggregator.text.times import iso

PACKAGES = ("feedparser", "httpx", "APScheduler", "textual", "msgspec", "nh3", "zstandard")
SCRIPTS = "import sys; sys.path.insert(0, {!r}); from tui.scripts import main; main(sys.argv[1:])"
MUCH_FREE = 50_000_000  # bytes inside the files that are worth a word


def examine(config: Config, say: Callable[[str], None], *, repair: bool = False) -> int:
    """Say what is found, line by line; returns how many findings need the user.

    ``repair`` mends: also a file with nothing of ours in it is set aside, and rights are narrowed.
    """
    say(f"hakawati {__version__}, Python {platform.python_version()}, {platform.system()}")
    say("  " + ", ".join(f"{name} {installed(name)}" for name in PACKAGES))
    say(f"configuration  {config.path}")
    say(f"cache          {config.cache}  ({size(config)})")
    if sentence := exposed(config):
        say(f"TROUBLE        {sentence}")
    for line in Store.ground(config.cache):
        say(line)
    mended = Store.restore(config.cache, anything=True) if repair else []
    with Library(config) as library:
        for sentence in (*mended, *library.told):
            say(f"mended         {sentence}")
        for sentence in library.repair() if repair else ():
            say(f"mended         {sentence}")
        return examine_library(library, say)


def examine_library(library: Library, say: Callable[[str], None]) -> int:
    """The cache's soundness, the counts, the feeds in trouble."""
    articles, unread = library.counts()
    say(f"articles       {articles}, {unread} unread, {library.starred_count()} starred")
    for line in forecast_lines(library.forecast(), library.config.settings.retention):
        say(line)
    feeds = library.feeds()
    failing = [info.state for info in feeds if info.state.failures]
    say(f"feeds          {len(feeds)} subscribed, {len(failing)} failing")
    if library.sync_running():
        say("sync           one is running now")
    for state in failing:
        since = f"since {iso(state.last_success)}" if state.last_success else "yet"
        say(f"  no success {since}: {without_password(state.url)} ({state.error})")
    tell_wrong(library, say)
    if mended := library.mend():
        say(f"search         {mended} articles were missing from the index (after a crash?) and were added")
    findings = library.findings()
    for finding in findings:
        say(f"TROUBLE        {finding}")
    if not findings:
        say("The cache is sound.")
    return len(findings)


def forecast_lines(forecast: Forecast, limits: Retention) -> Iterator[str]:
    """How large the cache will become, in words, and what is free inside it where that is much."""
    if not forecast.per_day:
        pass  # nothing came lately: an archive, or a cache that is not synced
    elif forecast.later is not None and forecast.later_bytes is not None:
        why = f"{limits.days} days" if forecast.later != limits.max_articles else "max_articles"
        yield (
            f"forecast       {forecast.per_day:,.0f} articles a day: by the limit of {why} about "
            f"{forecast.later:,} articles and {forecast.later_bytes / 1e6:,.0f} MB"
        )
    elif forecast.articles:
        daily = forecast.used / forecast.articles * forecast.per_day / 1e6
        yield f"forecast       {forecast.per_day:,.0f} articles and {daily:,.1f} MB a day, without a limit"
    if forecast.free > max(MUCH_FREE, forecast.used // 4):
        free = forecast.free / 1e6
        yield f"free           {free:,.0f} MB inside the files; hakawati compact gives them back"


def tell_wrong(library: Library, say: Callable[[str], None]) -> None:
    """The saved filters and rules that cannot be understood."""
    for name, problem in library.wrong_filters():
        say(f"filter         {name}: {problem}")
    for name, problem in library.wrong_rules():
        say(f"rule           {clean_text(name)} is skipped: {clean_text(problem)}")


def tell_terminal(config: Config, say: Callable[[str], None]) -> None:
    """What the reader makes of this terminal and of right-to-left text in it.

    The reader says it, in a process of its own: nothing here knows it, and it may not be installed.
    """
    if not (find_spec("tui") and find_spec("rich")):
        say("terminal       not looked at: the reader is not installed here")
        return
    places = ["--config", str(config.path), "--cache", str(config.cache)]
    argv = [sys.executable, "-P", "-c", SCRIPTS.format(FOLDER), *places]
    letters = os.environ | {"PYTHONIOENCODING": "utf-8:replace"}  # whatever the locale says
    sys.stdout.flush()
    if sys.stdout.isatty():  # it asks the terminal, and draws
        subprocess.run(argv, check=False, env=letters)  # noqa: S603  # our own program
        return
    done = subprocess.run(argv, check=False, env=letters, stdout=subprocess.PIPE)  # noqa: S603  # the same
    for line in done.stdout.decode(errors="replace").splitlines():
        say(line)


def installed(name: str) -> str:
    """The version of a package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def size(config: Config) -> str:
    """What the cache takes on disk."""
    try:
        if not config.cache.is_dir():
            return "not made yet"
        total = sum(path.stat().st_size for path in config.cache.iterdir() if path.is_file())
    except OSError as error:
        return f"cannot be looked into: {error.strerror}"
    return f"{total / 1e6:.1f} MB"
