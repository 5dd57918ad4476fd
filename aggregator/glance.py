"""Where the configuration and the cache lie, and a first look into it, before anything large is loaded.

The rules are those of ``config.load``; where they cannot be followed without reading TOML, there is no look.
"""

from __future__ import annotations

import os
import sys

from aggregator.late import pattern
from aggregator.store.glance import Glance

__all__ = ["Glance", "look", "places"]

APP = "hakawati"
HEAD_BYTES = 65_536  # of a configuration: the settings before its first table
CACHE_LINE = pattern(r"""[ \t]*["']?cache["']?[ \t]*=""")
PLAIN_CACHE = pattern(r"""cache[ \t]*=[ \t]*(?:"([^"\\\n]*)"|'([^'\n]*)')[ \t\r]*(?:#.*)?""")


def look(cache: str) -> Glance | None:
    """A look into the cache of a folder, None where there is none or it cannot be had now."""
    if not os.path.exists(os.path.join(cache, "news.sqlite3")):  # noqa: PTH110, PTH118 - see Glance
        return None
    try:
        return Glance(cache)
    except OSError:
        return None


def places(config: str = "", cache: str = "") -> tuple[str, str] | None:
    """(configuration, cache folder), absolute, as ``config.load`` finds them; None where only it can tell."""
    path = os.path.abspath(os.path.expanduser(config or _found()))  # noqa: PTH100, PTH111 - see Glance
    if cache:
        return path, os.path.abspath(os.path.expanduser(cache))  # noqa: PTH100, PTH111
    setting = _cache_setting(path)
    if setting is None:
        return None
    folder = os.path.dirname(path)  # noqa: PTH120
    if setting:
        return path, os.path.abspath(os.path.join(folder, os.path.expanduser(setting)))  # noqa: PTH100, PTH111, PTH118
    if path == _user("config"):
        return path, _user("data")
    return path, os.path.join(folder, "cache")  # noqa: PTH118


def _found() -> str:
    """See ``config.find``; nothing is made here."""
    here = os.path.abspath("config.toml")  # noqa: PTH100
    if os.path.isfile(here) and os.path.isdir("aggregator"):  # noqa: PTH112, PTH113
        return here
    return _user("config")


def _user(kind: str) -> str:
    """The user's own configuration, or data folder, as platformdirs gives them."""
    if not sys.platform.startswith("linux"):
        import platformdirs  # a quarter of the time of a look, so only where its rules are not simple

        if kind == "config":
            return os.path.join(platformdirs.user_config_dir(APP), "config.toml")  # noqa: PTH118
        return os.path.join(platformdirs.user_data_dir(APP), "cache")  # noqa: PTH118
    name, usual, last = {
        "config": ("XDG_CONFIG_HOME", "~/.config", "config.toml"),
        "data": ("XDG_DATA_HOME", "~/.local/share", "cache"),
    }[kind]
    base = os.environ.get(name, "").strip() or os.path.expanduser(usual)  # noqa: PTH111
    return os.path.join(base, APP, last)  # noqa: PTH118


def _cache_setting(path: str) -> str | None:
    """The setting ``cache``, "" where it is not there, None where TOML has to be read to tell."""
    if not os.path.isfile(path):  # noqa: PTH113 - what comes through a pipe can be read only once
        return None
    try:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            head = file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return None
    for line in head.split("\n"):
        if line.lstrip().startswith("["):
            return ""
        if CACHE_LINE.match(line):
            found = PLAIN_CACHE.fullmatch(line)
            return None if found is None else found[1] or found[2] or ""
    return "" if len(head) < HEAD_BYTES else None
