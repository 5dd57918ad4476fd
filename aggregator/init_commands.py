"""``init``: the first choice without a screen: which languages and which desk, hence which feeds."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from aggregator.console import library
from aggregator.errors import FINE, InputError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.first_run import Desk, Offer

T = TypeVar("T")

KEPT = "Nothing was changed."
# Those of first_run, which is loaded only when it is needed.
DESK_IDS = "all, levant, gulf, iran, turkey, israel-palestine, egypt-maghreb"


def add_parsers(command: Callable[..., argparse.ArgumentParser]) -> None:
    """init."""
    init = command("init", run_init, "choose the feeds of the catalogue by language and desk")
    init.add_argument("--languages", metavar="ar,en", help="languages you read, the dearest first")
    init.add_argument("--desk", metavar="DESK", help=f"one of {DESK_IDS}")
    init.add_argument("--yes", action="store_true", help="ask nothing; what is not said is guessed")


def run_init(arguments: argparse.Namespace, config: Config) -> int:
    """Ask what is not said, write it, tell what was done. Raises InputError and ConfigError."""
    from aggregator import first_run  # loads the configuration's checks

    given = first_run.offer(config.settings)
    if not given.feeds:
        raise InputError(
            f"{config.path} lists no feed of the catalogue; hakawati feeds add ADDRESS adds one."
        )
    asking = sys.stdin.isatty() and not arguments.yes
    if not (asking or arguments.yes or arguments.languages):
        raise InputError("There is nobody to ask here; say --languages ar,en and --desk gulf, or --yes.")
    languages = languages_for(arguments, given, asking)
    desk = desk_for(arguments, given, languages, asking)
    followed = given.turned_on(languages, desk.id)
    names = ", ".join(map(first_run.language_name, languages))
    if asking and followed and not agreed(f"This follows {feeds(len(followed))} ({names}; {desk.name})."):
        print(KEPT)
        return FINE
    with library(config) as lib:
        count = lib.choose(languages, desk.id)
    print(f"{feeds(count)} followed: {names}; {desk.name}. Written to {config.path}.")
    print("hakawati sync fetches them now; the reader does it when it opens.")
    return FINE


def languages_for(arguments: argparse.Namespace, given: Offer, asking: bool) -> tuple[str, ...]:
    """The languages that were named, or answered, or guessed."""
    from aggregator import first_run  # loads the configuration's checks

    if arguments.languages:
        return first_run.languages_named(arguments.languages, given.languages)
    usual = first_run.guess(os.environ, given.languages) or given.languages
    if not asking:
        return usual
    print("Which languages do you read? The dearest first, such as: ar, en")
    for code in given.languages:
        print(f"  {code}  {first_run.language_name(code)}, {feeds(given.count(code))} in the usual choice")
    return ask(usual, ",".join(usual), lambda text: first_run.languages_named(text, given.languages))


def desk_for(arguments: argparse.Namespace, given: Offer, languages: tuple[str, ...], asking: bool) -> Desk:
    """The desk that was named, or answered; else the whole region."""
    from aggregator import first_run  # loads the configuration's checks

    if arguments.desk or not asking:
        return first_run.desk_named(arguments.desk or first_run.WHOLE)
    print("Which desk do you want first?")
    for number, desk in enumerate(first_run.DESKS, 1):
        count = len(given.turned_on(languages, desk.id))
        print(f"  {number}  {desk.name}, {feeds(count)}  ({desk.id})")
    return ask(first_run.DESKS[0], first_run.WHOLE, first_run.desk_named)


def ask(usual: T, shown: str, read: Callable[[str], T]) -> T:
    """An answer that can be understood; Enter alone is the usual one. Raises InputError."""
    while True:
        text = answer(f"[{shown}] ")
        try:
            return read(text) if text else usual
        except InputError as error:
            print(error)


def agreed(sentence: str) -> bool:
    """Whether the user says yes, or nothing."""
    return answer(f"{sentence} Write it? [Y/n] ").casefold() in ("", "y", "yes")


def answer(prompt: str) -> str:
    """One line from the user. Raises InputError where the input ends."""
    try:
        return input(prompt).strip()
    except EOFError:
        raise InputError(f"The input ended. {KEPT}") from None


def feeds(count: int) -> str:
    """ "1 feed", "2 feeds"."""
    return f"{count} feed" if count == 1 else f"{count} feeds"
