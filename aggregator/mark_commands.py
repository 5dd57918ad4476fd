"""What the reader does to articles, from the command line: mark, tags, note, history, undo and redo."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from aggregator.config import Config
from aggregator.errors import FINE, USAGE
from aggregator.model import MarkAction
from aggregator.text.inert import clean_text

TAG, UNTAG = "tag", "untag"
ACTIONS: Final = (*(action.value for action in MarkAction), TAG, UNTAG)
SHOWN: Final = 50  # opened articles listed when no number is given: what a person looks through
ALL: Final = 2**31
STANDARD_INPUT: Final = "-"

Command = Callable[..., argparse.ArgumentParser]


def add_parsers(command: Command, number: Callable[[str], int] = int) -> None:
    """mark, undo, redo, tags, note, history; ``number`` reads a --limit."""
    mark = command("mark", run_mark, "mark all articles that match")
    mark.add_argument("action", choices=ACTIONS, help="tag and untag take the tag's NAME before the filter")
    mark.add_argument("query", nargs="+", metavar="QUERY", help="a filter, as in the reader")
    command("undo", run_undo, "take back the last change to marks, tags, notes, mutes or stories")
    command("redo", run_redo, "do again what was undone last")
    command("tags", run_tags, "list the tags on articles", json=True)
    note = command("note", run_note, "show or write your note on an article")
    note.add_argument("id", metavar="ARTICLE", help="the article's id or address")
    note.add_argument("text", nargs="*", metavar="TEXT", help="the note; - reads it from standard input")
    note.add_argument("--clear", action="store_true", help="delete the note")
    history = command("history", run_history, "list the articles that were opened, newest first", json=True)
    history.add_argument("--limit", type=number, default=SHOWN, metavar="N", help="at most N; 0 for all")


def run_mark(arguments: argparse.Namespace, config: Config) -> int:
    """Mark or tag everything that matches."""
    from aggregator.library import Library
    from aggregator.printing import counted

    action, words = arguments.action, arguments.query
    if action in (TAG, UNTAG) and len(words) < 2:
        return wrong(f"mark {action} needs the tag's name and a filter, as in: mark {action} oil since:2d")
    with Library(config) as library:
        if action in (TAG, UNTAG):
            change = library.tag_query if action == TAG else library.untag_query
            number = change(" ".join(words[1:]), words[0])
        else:
            number = library.mark_query(MarkAction(action), " ".join(words))
    print(f"{counted(number, 'article')} changed.")
    return FINE


def run_undo(arguments: argparse.Namespace, config: Config) -> int:
    """Take back the last change and say what it was."""
    from aggregator.library import Library

    with Library(config) as library:
        print(clean_text(library.undo()) or "There is nothing to undo.")
    return FINE


def run_redo(arguments: argparse.Namespace, config: Config) -> int:
    """Do again what was undone last and say what it was."""
    from aggregator.library import Library

    with Library(config) as library:
        print(clean_text(library.redo()) or "There is nothing to do again.")
    return FINE


def run_tags(arguments: argparse.Namespace, config: Config) -> int:
    """The tags and how many articles have each."""
    from aggregator.library import Library

    with Library(config) as library:
        for name, count in library.tags():
            if arguments.json:
                print_json({"tag": name, "count": count})
            else:
                print(f"{count:>7}  {clean_text(name)}")
    return FINE


def run_note(arguments: argparse.Namespace, config: Config) -> int:
    """Show, write or delete the note on an article."""
    from aggregator.library import Library

    if arguments.clear and arguments.text:
        return wrong("note takes a text or --clear, not both.")
    with Library(config) as library:
        article = library.find(arguments.id)
        if article is None:
            return wrong(f"no article has the id or address {clean_text(arguments.id, limit=300)!r}.")
        if not arguments.text and not arguments.clear:
            show_note(article.note)
            return FINE
        changed = library.note(article.row.id, text_of(arguments.text))
    print("The note is written." if changed and arguments.text else NOTE_SAID[changed])
    return FINE


NOTE_SAID: Final = {True: "The note is deleted.", False: "The note is as it was."}


def text_of(words: Sequence[str]) -> str:
    """The note that was given, or that standard input gives."""
    return sys.stdin.read() if list(words) == [STANDARD_INPUT] else " ".join(words)


def show_note(text: str) -> None:
    """Print a note."""
    if text:
        print(clean_text(text, limit=len(text), multiline=True))
    else:
        print("The article has no note.", file=sys.stderr)


def run_history(arguments: argparse.Namespace, config: Config) -> int:
    """What was opened, newest first."""
    from aggregator.library import Library
    from aggregator.printing import row_json, row_line, when
    from aggregator.text.times import iso

    with Library(config) as library:
        for at, row in library.openings(arguments.limit or ALL):
            if arguments.json:
                print_json({"opened": iso(at)} | row_json(row))
            else:
                print(f"{when(at)}  {row_line(row)}")
    return FINE


def wrong(sentence: str) -> int:
    """Say what is wrong with a command; returns the exit code for that."""
    print(f"hakawati: {sentence}", file=sys.stderr)
    return USAGE


def print_json(record: Any) -> None:
    """One JSON object on a line of its own."""
    print(msgspec.json.encode(record).decode(), flush=True)
