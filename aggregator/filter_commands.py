"""``filters`` and ``watches``: what is saved, how it is changed, what watches told and would have told."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from aggregator.console import library, print_json, say, show_lines, whole
from aggregator.errors import FINE, USAGE
from aggregator.text.inert import clean_text
from aggregator.text.times import iso

if TYPE_CHECKING:
    from aggregator.config import Config, SavedFilter
    from aggregator.library import Library
    from aggregator.model import Alert

NOTIFY: Final = ("every", "spike", "no")
SHOWN: Final = 20  # alerts listed: what a screen holds
DAYS: Final = 30  # rehearsed: a month tells whether a watch talks too much

Command = Callable[..., argparse.ArgumentParser]


def add_parsers(command: Command) -> None:
    """The arguments of both commands."""
    told = "list, add, remove, rename or move saved filters"
    filters = command("filters", run_filters, told, json=True, plain=True)
    filters.add_argument(
        "words",
        nargs="*",
        metavar="ACTION",
        help="add NAME QUERY: save a query, or give a name another one; remove NAME; rename OLD NEW, also "
        "where filters and rules use it; move NAME PLACE, the first place being 1",
    )
    filters.add_argument(
        "--notify", choices=NOTIFY, help="with add: tell every new article, an unusual number, or nothing"
    )
    told = "list the watches and their last alerts, or try one"
    watches = command("watches", run_watches, told, json=True, plain=True)
    watches.add_argument(
        "words", nargs="*", metavar="ACTION", help="test NAME: what it would have told of the stored articles"
    )
    watches.add_argument(
        "--days", type=whole, default=DAYS, metavar="N", help=f"with test: how many days back ({DAYS})"
    )


# --- filters -------------------------------------------------------------------------------------


def run_filters(arguments: argparse.Namespace, config: Config) -> int:
    """List them or change one. Raises HakawatiError."""
    action, *rest = arguments.words or ["list"]
    with library(config) as lib:
        match action, rest:
            case "list", []:
                return list_filters(arguments, lib)
            case "add", [name, *query]:
                return add(name, " ".join(query), arguments.notify, lib)
            case "remove", [name]:
                lib.remove_filter(name)
                print(f"Removed {shown(name)}.")
            case "rename", [old, new]:
                lib.rename_filter(old, new)
                print(f"Renamed {shown(old)} to {shown(new)}.")
            case "move", [name, place] if place.isascii() and place.isdigit():
                lib.move_filter(name, int(place) - 1)
                print(f"Moved {shown(name)}.")
            case _:
                say(
                    'hakawati: say "filters", "filters add NAME QUERY", "filters remove NAME", '
                    '"filters rename OLD NEW" or "filters move NAME PLACE".'
                )
                return USAGE
    return FINE


def add(name: str, query: str, notify: str | None, lib: Library) -> int:
    """Save a query."""
    kinds: dict[str | None, Any] = {"no": "", "every": "every", "spike": "spike"}
    lib.save_filter(name, query, kinds.get(notify))
    print(f"Saved {shown(name)}: {lib.unread_in(query)} unread.")
    return FINE


def list_filters(arguments: argparse.Namespace, lib: Library) -> int:
    """Every filter with its unread articles; one that cannot be understood is told apart."""
    wrong = dict(lib.wrong_filters())
    for saved in lib.config.settings.filters:
        unread = None if saved.name in wrong else lib.unread_in(saved.query)
        if arguments.json:
            print_json(filter_json(saved, unread))
        elif arguments.plain:
            show_plainly(saved, unread)
        else:
            count = "?" if unread is None else str(unread)
            watch = f"  (tells {told_kind(saved)})" if saved.notify else ""
            print(f"{count:>6}  {shown(saved.name)}  {shown(saved.query)}{watch}")
    for name, why in wrong.items():
        say(f"hakawati: the filter {shown(name)} cannot be understood: {clean_text(why)}")
    return FINE


def show_plainly(saved: SavedFilter, unread: int | None) -> None:
    """Print a filter, one fact a line."""
    from aggregator import plain

    show_lines(plain.filter_lines(saved, unread, told_kind(saved) if saved.notify else ""))


def filter_json(saved: SavedFilter, unread: int | None) -> dict[str, Any]:
    """A filter as ``filters --json`` prints it."""
    return {"name": saved.name, "query": saved.query, "notify": saved.notify, "unread": unread}


def told_kind(saved: SavedFilter) -> str:
    """What a watch tells, in words."""
    return "every new article" if saved.notify == "every" else "an unusual number"


# --- watches -------------------------------------------------------------------------------------


def run_watches(arguments: argparse.Namespace, config: Config) -> int:
    """List them with the last alerts, or try one. Raises HakawatiError."""
    with library(config) as lib:
        match arguments.words:
            case []:
                return list_watches(arguments, lib)
            case ["test", *name] if name:
                return rehearse(" ".join(name), arguments, lib)
            case _:
                say('hakawati: say "watches" or "watches test NAME [--days N]".')
                return USAGE


def list_watches(arguments: argparse.Namespace, lib: Library) -> int:
    """The watches, then what they and the rules told, newest first."""
    alerts = lib.alerts(limit=SHOWN)
    if arguments.json:
        for alert in alerts:
            print_json(alert_json(alert))
        return FINE
    for saved in lib.watches():
        if arguments.plain:
            show_plainly(saved, lib.unread_in(saved.query))
        else:
            print(f"{shown(saved.name)}  {shown(saved.query)}  (tells {told_kind(saved)})")
    if not lib.watches():
        print('No filter is a watch; make one so: hakawati filters add "Oil" oil --notify spike')
    for alert in alerts:
        print(f"{local(alert.at)}  {clean_text(alert.text)}")
    return FINE


def rehearse(name: str, arguments: argparse.Namespace, lib: Library) -> int:
    """What a watch would have told."""
    told = lib.rehearse(name, arguments.days)
    for at, text in told:
        if arguments.json:
            print_json({"at": iso(at), "text": text})
        else:
            print(f"{local(at)}  {clean_text(text)}")
    if not arguments.json:
        say(f"{len(told)} in {arguments.days} days of stored articles.")
    return FINE


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert as ``watches --json`` prints it."""
    return {
        "name": alert.name,
        "kind": alert.kind,
        "at": iso(alert.at),
        "text": alert.text,
        "articles": alert.articles,
    }


def local(at: int) -> str:
    """A time on the reader's own clock."""
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"  # noqa: DTZ006


def shown(text: str) -> str:
    """Text of the configuration or the command line, inert."""
    return clean_text(text, limit=200)
