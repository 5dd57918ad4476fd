"""Every command of the reader as one record: bindings, footer, help, palette, README come from here.

A new command is one record below plus one ``action_…`` method on the class that ``Where`` names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from textual.binding import Binding


class Where(StrEnum):
    """The class that carries a command's binding and action, by the name the help gives it."""

    APP = "Everywhere"
    READER = "Reader"
    ROWS = "Any list"
    FEEDS = "Feeds"
    LIST = "Articles"
    ARTICLE = "Article"
    FILTER = "Filter bar"
    DIALOG = "A question"
    HEALTH = "Feed health"
    RULES = "Rules and mutes"
    PAST = "History and alerts"
    CATALOGUE = "Catalogue"
    HELP = "Help"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do.

    ``keys`` are Textual key names, the first is the one shown; ``label`` is for the footer, ``help``
    one sentence. ``action`` may hold ``{key}``, replaced by the pressed key. ``palette`` is False for
    moves of the cursor, which make no sense once the palette has been typed into.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    where: Where
    action: str
    palette: bool = True


KEY_NAMES = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "backspace": "Backspace",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "f1": "F1",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}
"""Textual's key names -> what is printed on the key."""

COMMANDS: tuple[Command, ...] = (
    Command("help", ("question_mark", "f1"), "help", "Show every key and what it does.", Where.APP, "help"),
    Command(
        "palette",
        ("colon", "ctrl+p"),
        "commands",
        "Find a command by name.",
        Where.APP,
        "command_palette",
        False,
    ),
    Command(
        "theme", ("T",), "theme", "Change between the dark and the light theme.", Where.APP, "next_theme"
    ),
    Command("quit", ("ctrl+q",), "quit", "Leave Hakawati at once.", Where.APP, "quit"),
    Command("leave", ("q",), "quit", "Go back; from the list, leave Hakawati.", Where.READER, "leave"),
    Command(
        "back",
        ("escape", "h", "left"),
        "back",
        "Go back: article, list, feeds.",
        Where.READER,
        "back('{key}')",
    ),
    Command("pane.next", ("tab",), "next pane", "Move to the next pane.", Where.READER, "pane(1)"),
    Command("pane.previous", ("shift+tab",), "", "Move to the pane before.", Where.READER, "pane(-1)"),
    Command("feeds", ("F",), "feeds", "Go to the feeds and saved filters.", Where.READER, "feeds"),
    Command("filter", ("slash",), "filter", "Filter the list as you type.", Where.READER, "filter"),
    Command("unread.next", ("n",), "unread", "Open the next unread article.", Where.READER, "unread(1)"),
    Command("unread.previous", ("N",), "", "Open the unread article before.", Where.READER, "unread(-1)"),
    Command("read", ("m",), "read", "Mark the article read, or unread again.", Where.READER, "toggle_read"),
    Command("read.all", ("M",), "all read", "Mark everything in the list read.", Where.READER, "read_all"),
    Command(
        "star", ("s",), "star", "Star the article (kept for ever), or unstar it.", Where.READER, "toggle_star"
    ),
    Command(
        "undo",
        ("u", "ctrl+z"),
        "undo",
        "Undo the last change: marks, tags, notes, mutes, stories.",
        Where.READER,
        "undo",
    ),
    Command("mute", ("x",), "mute", "Mute the story, the outlet or words for a while.", Where.READER, "mute"),
    Command("tag", ("a",), "tag", "Tag the article, or take a tag away.", Where.READER, "tag"),
    Command("note", ("A",), "note", "Write a note to the article.", Where.READER, "note"),
    Command("split", ("X",), "not this story", "Take the article out of its story.", Where.READER, "split"),
    Command("redo", ("ctrl+r",), "redo", "Do again what was undone.", Where.READER, "redo"),
    Command(
        "filter.save",
        ("ctrl+s",),
        "save filter",
        "Save what the list shows as a filter.",
        Where.READER,
        "save_filter",
    ),
    Command("browser", ("o",), "browser", "Open the link in the web browser.", Where.READER, "browser"),
    Command("copy", ("y",), "copy link", "Copy the link to the clipboard.", Where.READER, "copy"),
    Command(
        "fetch", ("t",), "whole text", "Fetch the article's page, for the whole text.", Where.READER, "fetch"
    ),
    Command(
        "flip", ("f",), "feed/page", "Change between the feed's text and the page's.", Where.READER, "flip"
    ),
    Command("sync", ("R",), "sync", "Ask all feeds for news now.", Where.READER, "sync"),
    Command("health", ("H",), "health", "Show how each feed is doing.", Where.READER, "health"),
    Command("catalogue", ("C",), "catalogue", "Choose which feeds to follow.", Where.READER, "catalogue"),
    Command("rules", ("E",), "rules", "Show rules and mutes; try a rule.", Where.READER, "rules"),
    Command("alerts", ("W",), "alerts", "Show what the watches told.", Where.READER, "alerts"),
    Command("past", ("B",), "history", "Show the articles that were opened.", Where.READER, "past"),
    Command(
        "article.next",
        ("right_square_bracket",),
        "next",
        "Open the next article of the list.",
        Where.READER,
        "step(1)",
    ),
    Command(
        "article.previous",
        ("left_square_bracket",),
        "",
        "Open the article before it.",
        Where.READER,
        "step(-1)",
    ),
    Command("row.down", ("j", "down"), "down", "Move one row down.", Where.ROWS, "move(1)", False),
    Command("row.up", ("k", "up"), "up", "Move one row up.", Where.ROWS, "move(-1)", False),
    Command("row.page", ("space", "pagedown"), "page", "Move one page down.", Where.ROWS, "page(1)", False),
    Command("row.page_up", ("pageup", "b"), "", "Move one page up.", Where.ROWS, "page(-1)", False),
    Command("row.first", ("g", "home"), "top", "Go to the first row.", Where.ROWS, "first", False),
    Command("row.last", ("G", "end"), "end", "Go to the last row.", Where.ROWS, "last", False),
    Command(
        "row.open",
        ("enter", "l", "right"),
        "open",
        "Open what the cursor is on.",
        Where.ROWS,
        "choose",
        False,
    ),
    Command(
        "filter.remove",
        ("d", "delete"),
        "remove",
        "Remove the saved filter under the cursor.",
        Where.FEEDS,
        "filter('remove')",
        False,
    ),
    Command(
        "filter.rename",
        ("e",),
        "rename",
        "Rename the saved filter under the cursor.",
        Where.FEEDS,
        "filter('rename')",
        False,
    ),
    Command("filter.up", ("K",), "", "Move the saved filter up.", Where.FEEDS, "filter('up')", False),
    Command(
        "filter.down",
        ("J",),
        "",
        "Move the saved filter down.",
        Where.FEEDS,
        "filter('down')",
        False,
    ),
    Command("fold", ("z",), "fold", "Show or hide the feeds of an outlet.", Where.FEEDS, "fold", False),
    Command(
        "scroll.down",
        ("j", "down"),
        "scroll",
        "Scroll down; at the end, select.",
        Where.ARTICLE,
        "line(1)",
        False,
    ),
    Command(
        "scroll.up", ("k", "up"), "", "Scroll up, or select the row before.", Where.ARTICLE, "line(-1)", False
    ),
    Command(
        "scroll.page", ("space", "pagedown"), "page", "Scroll a page down.", Where.ARTICLE, "page(1)", False
    ),
    Command("scroll.page_up", ("pageup", "b"), "", "Scroll a page up.", Where.ARTICLE, "page(-1)", False),
    Command("scroll.top", ("g", "home"), "top", "Go to the top of the article.", Where.ARTICLE, "top", False),
    Command("scroll.end", ("G", "end"), "end", "Go to the end of the article.", Where.ARTICLE, "end", False),
    Command(
        "related", ("r",), "related", "Go to the related articles.", Where.ARTICLE, "select('related')", False
    ),
    Command(
        "links", ("L",), "links", "Go to the links of the article.", Where.ARTICLE, "select('link')", False
    ),
    Command(
        "follow",
        ("enter", "l", "right"),
        "follow",
        "Follow the selected related article or link.",
        Where.ARTICLE,
        "follow",
        False,
    ),
    Command(
        "follow.number",
        tuple("123456789"),
        "related",
        "Open the related article with that number.",
        Where.ARTICLE,
        "follow_number({key})",
        False,
    ),
    Command(
        "return", ("backspace",), "return", "Return to the article before.", Where.ARTICLE, "go_back", False
    ),
    Command(
        "filter.keep",
        ("enter", "down"),
        "keep",
        "Keep the filter, go to the list.",
        Where.FILTER,
        "keep",
        False,
    ),
    Command("filter.clear", ("escape",), "clear", "Clear the filter.", Where.FILTER, "clear", False),
    Command(
        "filter.complete",
        ("tab",),
        "complete",
        "Complete what is being typed; again for the next offer.",
        Where.FILTER,
        "complete(1)",
        False,
    ),
    Command(
        "filter.complete_back",
        ("shift+tab",),
        "",
        "Take the offer before.",
        Where.FILTER,
        "complete(-1)",
        False,
    ),
    Command("dialog.cancel", ("escape",), "leave", "Change nothing.", Where.DIALOG, "cancel", False),
    Command(
        "dialog.digit",
        tuple("123456789"),
        "choose",
        "Choose by number.",
        Where.DIALOG,
        "digit({key})",
        False,
    ),
    Command("rules.end", ("d", "delete"), "end", "End the mute under the cursor.", Where.RULES, "end", False),
    Command("rules.find", ("slash",), "try", "Try a rule.", Where.RULES, "find"),
    Command("rules.back", ("escape", "q", "h", "left"), "back", "Back to the articles.", Where.RULES, "back"),
    Command("past.find", ("slash",), "find", "Find among them.", Where.PAST, "find"),
    Command("past.back", ("escape", "q", "h", "left"), "back", "Back to the articles.", Where.PAST, "back"),
    Command("health.sync", ("R",), "sync", "Ask all feeds for news now.", Where.HEALTH, "sync"),
    Command(
        "health.catalogue", ("C",), "catalogue", "Choose which feeds to follow.", Where.HEALTH, "catalogue"
    ),
    Command("health.back", ("escape", "q", "h", "left"), "back", "Back to the reader.", Where.HEALTH, "back"),
    Command(
        "toggle",
        ("space", "enter", "x"),
        "on/off",
        "Follow the feed, or no longer.",
        Where.CATALOGUE,
        "follow",
    ),
    Command("find", ("slash",), "find", "Find feeds by name, language, country.", Where.CATALOGUE, "find"),
    Command(
        "catalogue.back", ("escape", "q", "h", "left"), "back", "Back to the reader.", Where.CATALOGUE, "back"
    ),
    Command("help.find", ("slash",), "find", "Find a key or a command.", Where.HELP, "find"),
    Command("help.back", ("escape", "q", "h", "left"), "back", "Back to where you were.", Where.HELP, "back"),
)

FOOTERS: dict[Where, tuple[str, ...]] = {
    Where.FEEDS: ("row.open", "fold", "filter", "sync", "health", "catalogue", "help", "leave"),
    Where.LIST: ("row.open", "unread.next", "filter", "read", "star", "feeds", "help", "leave"),
    Where.ARTICLE: ("back", "related", "unread.next", "star", "browser", "copy", "article.next", "help"),
    Where.FILTER: ("filter.keep", "filter.complete", "filter.save", "filter.clear"),
    Where.RULES: ("row.open", "rules.find", "rules.end", "help", "rules.back"),
    Where.PAST: ("row.open", "past.find", "help", "past.back"),
    Where.HEALTH: ("row.open", "health.sync", "health.catalogue", "help", "health.back"),
    Where.CATALOGUE: ("toggle", "find", "help", "catalogue.back"),
    Where.HELP: ("help.find", "help.back"),
}
"""The commands that matter most in each place, in the order of the footer; they fit 80 columns."""

LAYOUTS = {
    "h": "اי",
    "j": "تח",
    "k": "نל",
    "l": "مך",
    "n": "ىدמ",
    "m": "ةپצ",
    "s": "سד",
    "u": "عו",
    "o": "خם",
    "y": "غט",
    "r": "قר",
    "t": "فא",
    "f": "بכ",
    "q": "ض",
    "z": "ئז",
    "g": "لע",
    "x": "ءס",
    "a": "شש",
    "d": "يג",
    "e": "ثק",
    "slash": "ظ",
    "question_mark": "؟",
} | {str(digit): chr(0x660 + digit) + chr(0x6F0 + digit) for digit in range(1, 10)}
"""What the key prints under an Arabic (101), Persian or Hebrew layout: a reader of Arabic types Arabic."""

BY_ID = {command.id: command for command in COMMANDS}


def at(where: Where) -> Iterator[Command]:
    """The commands that belong to one place."""
    return (command for command in COMMANDS if command.where is where)


def bindings(*places: Where) -> list[Binding]:
    """Textual bindings of these places, for a class's BINDINGS."""
    return [
        Binding(typed, command.action.format(key=key), command.label, show=False, id=f"{command.id}:{typed}")
        for place in places
        for command in at(place)
        for key in command.keys
        for typed in (key, *LAYOUTS.get(key, ""))
    ]


def key_name(key: str) -> str:
    """How a key is written for people: ``Esc``, ``Ctrl+P``, ``M``."""
    if key in KEY_NAMES:
        return KEY_NAMES[key]
    if key.startswith("ctrl+"):
        return "Ctrl+" + key[5:].upper()
    return key


def keys_text(command: Command) -> str:
    """All keys of a command on one line; a run of digits is written as a range."""
    if command.keys == tuple("123456789"):
        return "1-9"
    return " ".join(key_name(key) for key in command.keys)


def footer(where: Where) -> tuple[Command, ...]:
    """The footer's commands for the focused place."""
    return tuple(BY_ID[identity] for identity in FOOTERS.get(where, ()))


def grouped() -> list[tuple[Where, list[Command]]]:
    """All commands by place, in the order of ``Where``."""
    return [(where, list(at(where))) for where in Where]


def matching(words: str, commands: Iterable[Command] = COMMANDS) -> list[Command]:
    """The commands whose keys, label or help hold every word."""
    wanted = words.casefold().split()
    return [
        command
        for command in commands
        if all(
            word in f"{keys_text(command)} {command.label} {command.help} {command.where}".casefold()
            for word in wanted
        )
    ]


def markdown_table() -> str:
    """The README's table of keys."""
    lines = ["| where | key | does |", "| --- | --- | --- |"]
    for where, commands in grouped():
        for command in commands:
            keys = " ".join(f"`{key_name(key)}`" for key in command.keys)
            lines.append(f"| {where} | {keys if len(command.keys) < 9 else '`1`-`9`'} | {command.help} |")
    return "\n".join(lines) + "\n"
