"""``rules``, ``mute``, ``unmute``: what the rules do, what one would do, and quiet for a while."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from aggregator.actions import MUTES
from aggregator.console import library, print_json, say, show_lines
from aggregator.errors import FINE, USAGE, InputError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.library import Library
    from aggregator.model import RuleInfo
    from aggregator.ruling import Trial

MOST_SHOWN: Final = 200  # characters of a rule's name or query on a line

Command = Callable[..., argparse.ArgumentParser]


def add_parsers(command: Command) -> None:
    """The arguments of the three commands."""
    rules = command(
        "rules", run_rules, "list the rules and mutes, or try and apply one", json=True, plain=True
    )
    rules.add_argument(
        "words",
        nargs="*",
        metavar="QUERY",
        help="test QUERY or test NAME: what such a rule would do to the stored articles; "
        "apply NAME: mark the stored articles that a rule hits read or starred, as it says",
    )
    rules.add_argument(
        "--do",
        action="append",
        metavar="ACTION",
        help="with test: hide (default), read, star, tag:NAME, score:+5",
    )
    mute = command("mute", run_mute, "hide a story, a word in titles, or an outlet, for ever or for a while")
    mute.add_argument("kind", choices=MUTES)
    mute.add_argument(
        "value", nargs="+", metavar="VALUE", help="an article of the story; the word; the outlet"
    )
    mute.add_argument("--for", dest="span", metavar="TIME", help="for how long: 12h, 3d, 2w")
    unmute = command("unmute", run_unmute, "end a mute; what it hid comes back")
    unmute.add_argument(
        "mute", nargs="+", metavar="MUTE", help="its number or name, as hakawati rules lists it"
    )


def run_rules(arguments: argparse.Namespace, config: Config) -> int:
    """List, test or apply. Raises HakawatiError."""
    action, *rest = arguments.words or ["list"]
    handlers = {"list": run_list, "test": run_test, "apply": run_apply}
    if action not in handlers or (action == "list") == bool(rest):
        say('hakawati: say "rules", "rules test QUERY_OR_NAME" or "rules apply NAME".')
        return USAGE
    with library(config) as lib:
        return handlers[action](" ".join(rest), arguments, lib)


def run_list(_: str, arguments: argparse.Namespace, lib: Library) -> int:
    """Every rule and mute, and what is skipped."""
    from aggregator import plain

    for info in lib.rules():
        if arguments.json:
            print_json(rule_json(info))
        else:
            show_lines(plain.rule_lines(info) if arguments.plain else rule_lines(info))
    for name, why in lib.wrong_rules():
        say(f"hakawati: the rule {shown(name)} is skipped: {shown(why)}")
    return FINE


def run_test(text: str, arguments: argparse.Namespace, lib: Library) -> int:
    """What a rule would do: one that exists, or one with this query."""
    known = next((info for info in lib.rules() if info.name == text), None)
    query = known.query if known else text
    do = arguments.do or (known.actions if known else ("hide",))
    trial = lib.rule_trial(query, do)
    if arguments.json:
        print_json(trial_json(trial))
    else:
        show_lines(trial_lines(trial))
    return FINE


def run_apply(name: str, _: argparse.Namespace, lib: Library) -> int:
    """Mark what a rule hits."""
    read, starred = lib.rule_apply(name)
    show_lines([f"{counted(read)} marked read, {starred} starred."])
    return FINE


def run_mute(arguments: argparse.Namespace, config: Config) -> int:
    """Make a mute."""
    seconds = None if arguments.span is None else span(arguments.span)
    with library(config) as lib:
        info = lib.mute(arguments.kind, " ".join(arguments.value), seconds)
    show_lines(
        [
            f"{shown(info.name)} is muted{ends(info)}: {counted(info.hits)} hidden.",
            f"hakawati unmute {info.id} takes it back.",
        ]
    )
    return FINE


def run_unmute(arguments: argparse.Namespace, config: Config) -> int:
    """End a mute."""
    with library(config) as lib:
        info = lib.unmute(" ".join(arguments.mute))
    show_lines([f"{shown(info.name)} is muted no longer."])
    return FINE


def span(text: str) -> int:
    """The seconds of a span such as 12h, 3d or 2w; raises InputError."""
    from aggregator.text.query import span_seconds

    try:
        return span_seconds(text)
    except ValueError as error:
        raise InputError(f"{shown(str(error))}; write for example 12h, 3d or 2w.") from error


def rule_lines(info: RuleInfo) -> Iterator[str]:
    """A rule as a person reads it."""
    kind = "mute" if info.origin == "mute" else "rule"
    state = ends(info) if info.active else ", over"
    yield f"{info.id:>4}  {kind}  {shown(info.name)}{state}: {counted(info.hits)}"
    yield f"            {shown(info.query)} → {', '.join(info.actions)}"


def trial_lines(trial: Trial) -> Iterator[str]:
    """What a rule would do, in words."""
    from aggregator import printing

    yield f"{printing.counted(trial.matched, 'stored article')} would match."
    if trial.hidden:
        yield f"{trial.hidden} would be hidden that are not hidden now."
    if trial.tags and trial.matched:
        yield f"{trial.matched} would be tagged {', '.join(trial.tags)}."
    if trial.score and trial.matched:
        yield f"{trial.matched} would score {trial.score:+d}."
    if trial.read or trial.starred:
        yield f"With rules apply, {trial.read} would be marked read, {trial.starred} starred."
    if trial.unread_then != trial.unread_now:
        yield f"Unread articles: {trial.unread_now} now, {trial.unread_then} then."
    for row in trial.rows:
        yield f"  {printing.row_line(row)}"
    if len(trial.rows) < trial.matched:
        yield f"  … and {trial.matched - len(trial.rows)} older"


def rule_json(info: RuleInfo) -> dict[str, Any]:
    """A line of ``rules --json``."""
    from aggregator import printing

    return {
        "id": info.id or None,
        "name": info.name,
        "query": info.query,
        "do": list(info.actions),
        "until": printing.iso_or_none(info.until),
        "origin": info.origin,
        "active": info.active,
        "hits": info.hits,
    }


def trial_json(trial: Trial) -> dict[str, Any]:
    """The object of ``rules test --json``."""
    from aggregator import printing

    return {
        "matched": trial.matched,
        "hidden": trial.hidden,
        "read": trial.read,
        "starred": trial.starred,
        "tags": list(trial.tags),
        "score": trial.score,
        "unread_now": trial.unread_now,
        "unread_then": trial.unread_then,
        "articles": [printing.row_json(row) for row in trial.rows],
    }


def ends(info: RuleInfo) -> str:
    """Until when, after a comma, "" for ever."""
    from aggregator import printing

    return f", until {printing.when(info.until)}" if info.until else ""


def shown(text: str) -> str:
    """Foreign text on a line."""
    from aggregator.text.inert import clean_text

    return clean_text(text, limit=MOST_SHOWN)


def counted(number: int) -> str:
    """A number of articles."""
    from aggregator import printing

    return printing.counted(number, "article")
