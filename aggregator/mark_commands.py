"""What the reader does to articles, from the command line: mark, tags, note, history, undo and redo."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from aggregator.console import EVERYTHING, library, print_json, say, show_lines, whole
from aggregator.errors import FINE, USAGE
from aggregator.model import MarkAction
from aggregator.text.inert import clean_text

if TYPE_CHECKING:
    from aggregator.config import Config

TAG, UNTAG = "tag", "untag"
ACTIONS: Final = (*(action.value for action in MarkAction), TAG, UNTAG)
SHOWN: Final = 50  # opened articles listed when no number is given: what a person looks through
STANDARD_INPUT: Final = "-"  # in place of a note's text

Command = Callable[..., argparse.ArgumentParser]


def add_parsers(command: Command) -> None:
    """The arguments of mark, undo, redo, tags, note, history."""
    mark = command("mark", run_mark, "mark or tag all articles that match")
    mark.add_argument("action", choices=ACTIONS, help="tag and untag take a tag's NAME before the filter")
    mark.add_argument("query", nargs="+", metavar="QUERY", help="a filter, as in the reader")
    command("undo", run_undo, "take back the last change to articles, stories, feeds, filters or mutes")
    command("redo", run_redo, "do again what was undone last")
    command("tags", run_tags, "list the tags that you and the rules gave", json=True, plain=True)
    note = command("note", run_note, "show or write your note on an article")
    note.add_argument("id", metavar="ARTICLE", help="the article's id or address")
    note.add_argument("text", nargs="*", metavar="TEXT", help="the note; - reads it from standard input")
    note.add_argument("--clear", action="store_true", help="delete the note")
    told = "list the articles that were opened, newest first"
    history = command("history", run_history, told, json=True, plain=True)
    history.add_argument("--limit", type=whole, default=SHOWN, metavar="N", help="at most N; 0 for all")


def run_mark(arguments: argparse.Namespace, config: Config) -> int:
    """Mark or tag everything that matches."""
    from aggregator import printing

    action, words = arguments.action, arguments.query
    if action in (TAG, UNTAG) and len(words) < 2:
        return wrong(f"mark {action} needs a tag's name and a filter, as in: mark {action} oil since:2d")
    with library(config) as lib:
        if action in (TAG, UNTAG):
            change = lib.tag_query if action == TAG else lib.untag_query
            number = change(" ".join(words[1:]), words[0])
        else:
            number = lib.mark_query(MarkAction(action), " ".join(words))
    print(f"{printing.counted(number, 'article')} changed.")
    return FINE


def run_undo(arguments: argparse.Namespace, config: Config) -> int:
    """Take back the last change and say what it was."""
    with library(config) as lib:
        print(lib.undo() or "There is nothing to undo.")
    return FINE


def run_redo(arguments: argparse.Namespace, config: Config) -> int:
    """Do again what was undone last and say what it was."""
    with library(config) as lib:
        print(lib.redo() or "There is nothing to do again.")
    return FINE


def run_tags(arguments: argparse.Namespace, config: Config) -> int:
    """The tags and how many articles have each."""
    with library(config) as lib:
        for name, count in lib.tags():
            if arguments.json:
                print_json({"tag": name, "count": count})
            elif arguments.plain:
                print(f"{clean_text(name)}: {count}")
            else:
                print(f"{count:>7}  {clean_text(name)}")
    return FINE


def run_note(arguments: argparse.Namespace, config: Config) -> int:
    """Show, write or delete the note on an article."""
    if arguments.clear and arguments.text:
        return wrong("note takes a text or --clear, not both.")
    with library(config) as lib:
        article = lib.find(arguments.id)
        if article is None:
            return wrong(f"no article has the id or address {clean_text(arguments.id, limit=300)}.")
        if not arguments.text and not arguments.clear:
            show_note(article.note)
            return FINE
        text = text_of(arguments.text)
        changed = lib.note(article.row.id, text)
    done = "written" if text.strip() else "deleted"
    print(f"The note is {done}." if changed else "The note is as it was.")
    return FINE


def text_of(words: Sequence[str]) -> str:
    """The note that was given, or that standard input gives."""
    return sys.stdin.read() if list(words) == [STANDARD_INPUT] else " ".join(words)


def show_note(text: str) -> None:
    """Print a note."""
    if text:
        print(clean_text(text, limit=len(text), multiline=True))
    else:
        say("The article has no note.")


def run_history(arguments: argparse.Namespace, config: Config) -> int:
    """What was opened, newest first."""
    from aggregator import plain, printing
    from aggregator.text.times import iso

    with library(config) as lib:
        for at, row in lib.openings(arguments.limit or EVERYTHING):
            if arguments.json:
                print_json({"opened": iso(at)} | printing.row_json(row))
            elif arguments.plain:
                show_lines(plain.row_lines(row, ("Opened", printing.when(at))))
            else:
                print(f"{printing.when(at)}  {printing.row_line(row)}")
    return FINE


def wrong(sentence: str) -> int:
    """Say what is wrong with a command; returns the exit code for that."""
    say(f"hakawati: {sentence}")
    return USAGE
