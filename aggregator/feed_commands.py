"""``feeds add``, ``remove``, ``pause``, ``back`` …: change the subscriptions and say what was done."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

from aggregator import changing, opml, subscribe, subscriptions, sync
from aggregator import config as config_files
from aggregator.config import Config, without_password
from aggregator.errors import FINE, SOME_FAILED, USAGE, ArchiveError, ConfigError, StoreLocked
from aggregator.locks import SyncLock
from aggregator.model import PAUSED
from aggregator.moving import BY_USER, TWIN
from aggregator.moving import back as go_back
from aggregator.printing import counted
from aggregator.store.db import Store
from aggregator.text.inert import clean_text

STEERED = ("pause", "resume", "back")
MAX_OPML = 16_000_000  # bytes; thousands of feeds take one million


def run(arguments: argparse.Namespace, config: Config) -> int:
    """Run one of them; returns its exit code. Raises HakawatiError kinds."""
    if arguments.action == "add":
        return add(config, arguments.url)
    if arguments.action == "remove":
        return remove(config, arguments.feed)
    if arguments.action in STEERED:
        return steer(config, arguments.feed, arguments.action)
    if arguments.action == "import":
        return import_opml(config, Path(arguments.file))
    sys.stdout.write(opml.write([f for f in config.settings.feeds if f.enabled]).decode("utf-8"))
    return FINE


def add(config: Config, url: str) -> int:
    """Find the feed, append it to the configuration, fetch it at once."""
    found = asyncio.run(subscribe.look(config, url))
    if len(found) > 1:
        print(f"{clean_text(url)} offers {counted(len(found), 'feed')}; add one of them by its address:")
        for one in found:
            print(
                f"  {without_password(one.url)}  {clean_text(one.title)} ({counted(one.entries, 'article')})"
            )
        return USAGE
    if any(feed.enabled and feed.url == found[0].url for feed in config.settings.feeds):
        print(f"{without_password(found[0].url)} is followed already.")
        return FINE
    feed = subscribe.add(config, found[0])
    print(f"Added {clean_text(feed.title)}  {without_password(feed.url)}")
    fresh = config_files.load(config.path, config.cache)
    try:
        with SyncLock(fresh.cache):
            # what was looked at is not fetched again
            given = {feed.url: found[0].page}
            totals = asyncio.run(sync.run(fresh, urls=[feed.url], given=given))
    except StoreLocked:
        print("Another sync is running; the feed is fetched with the next one.")
        return FINE
    print(f"{counted(totals.new, 'article')} fetched.")
    return SOME_FAILED if totals.failed or totals.offline else FINE


def remove(config: Config, name: str) -> int:
    """Take a feed's block out of the configuration; its articles stay in the cache, out of the lists."""
    wanted = name.casefold()
    matches = [f for f in config.settings.feeds if name == f.url or wanted == f.title.casefold()]
    if len(matches) != 1:
        what = "no feed" if not matches else f"{len(matches)} feeds"
        raise ConfigError(
            f"{config.path}: {what} with the address or title {clean_text(name)}.", str(config.path)
        )
    with changing.noted(config, f"{changing.name_of(matches[0])} removed", int(time.time())):
        subscriptions.remove(config.path, matches[0].url)
    print(f"Removed {without_password(matches[0].url)}. Its articles come back if you add it again.")
    return FINE


def steer(config: Config, name: str, action: str) -> int:
    """Pause a feed, take it up again, or go back to the address that the configuration gives."""
    url = subscribe.resolve(config, name)
    shown = without_password(url)
    with Store.open(config.cache) as store:
        store.feeds.reconcile(config.settings.feeds)
        if action == "back":
            return back(store, url)
        store.feeds.set_parked(url, PAUSED if action == "pause" else "")
    if action == "pause":
        print(f"{shown} is asked no more, until: hakawati feeds resume {shown}")
    else:
        print(f"{shown} is asked again.")
    return FINE


def back(store: Store, url: str) -> int:
    """Undo a move to another address, for good; the feed is due at once."""
    state = store.feeds.get(url)
    if state is None or (state.fetch_url == url and not state.parked.startswith(TWIN)):
        print(f"{without_password(url)} has not moved.")
        return FINE
    now = int(time.time())
    state = replace(go_back(state, now, BY_USER), parked="", next_check=now)
    store.feeds.save([state])
    print(f"{without_password(url)} is asked at this address again.")
    return FINE


def import_opml(config: Config, path: Path) -> int:
    """Subscribe to every feed of an OPML file that is not listed yet; those listed are enabled."""
    try:
        with path.open("rb") as file:
            result = opml.read(file.read(MAX_OPML))
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror}).") from error
    with changing.noted(config, f"feeds imported from {path.name}", int(time.time())):
        added = subscriptions.follow_all(config.path, result.feeds)
    for what, why in result.skipped:
        print(f"skipped {clean_text(what)}: {clean_text(why)}", file=sys.stderr)
    there = len(result.feeds) - added
    print(f"{counted(added, 'feed')} added, {there} already there, {len(result.skipped)} skipped.")
    return FINE
