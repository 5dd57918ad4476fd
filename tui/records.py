"""The commands themselves, as data: a new one is one record here and one ``action_…`` method.

The method belongs to a class whose BINDINGS name the place (``commands.bindings``). Keys are Textual's names,
keys to be pressed one after the other stand with a space between them ("g g"). Nothing else is needed:
footer, help, palette, the pop-up of what may follow, and the README's table are made from the records.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from aggregator.dataclass import dataclass


class Where(StrEnum):
    """The place that a command belongs to, by the name the help gives it."""

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
    TOPICS = "Topics"
    PICTURE = "Picture"
    CATALOGUE = "Catalogue"
    FIRST = "First start"
    HELP = "Help"


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a user can do.

    ``id`` is its name in [keys] of the configuration; the first of ``keys`` is the one shown in the footer;
    ``label`` is for the footer, ``help`` one sentence. ``action`` may hold ``{key}``, replaced by the pressed
    key. ``palette`` is False for what makes no sense once something else has been typed.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    action: str
    palette: bool = True
    where: Where = Where.APP


DIGITS = tuple("123456789")
LANGUAGES = (
    ("a", "ar", "Arabic"),
    ("e", "en", "English"),
    ("h", "he", "Hebrew"),
    ("p", "fa", "Persian"),
    ("t", "tr", "Turkish"),
)
"""Letter after ``c``, code, and name of a language that can be shown alone."""
BACK = ("escape", "q", "Q", "h", "left")
"""Q too: where a Hebrew keyboard prints q, it prints a slash."""
RECORDS: dict[Where, tuple[Command, ...]] = {
    Where.APP: (
        Command("help", ("question_mark", "f1"), "help", "Show every key and what it does.", "help"),
        Command(
            "palette", ("colon", "ctrl+p"), "commands", "Find a command by name.", "command_palette", False
        ),
        Command(
            "undo",
            ("u", "ctrl+z"),
            "undo",
            "Undo the last change: articles, feeds, filters.",
            "undo",
        ),
        Command("redo", ("ctrl+r",), "redo", "Do again what was undone.", "redo"),
        Command(
            "theme", ("T",), "theme", "Change to the next theme: dark, light, contrast, ansi.", "next_theme"
        ),
        Command(
            "order", (), "right to left", "Test how this terminal shows Arabic and Hebrew.", "order_question"
        ),
        Command("quit", ("ctrl+q",), "quit", "Leave Hakawati at once.", "quit"),
        Command("quit.how", ("ctrl+c",), "", "Say which key leaves Hakawati.", "help_quit"),
    ),
    Where.READER: (
        Command("leave", ("q", "Q"), "quit", "Go back; from the list, leave Hakawati.", "leave"),
        Command("back", ("escape", "h", "left"), "back", "Go back: article, list, feeds.", "back('{key}')"),
        Command("pane.next", ("tab",), "next pane", "Move to the next pane.", "pane(1)"),
        Command("pane.previous", ("shift+tab",), "", "Move to the pane before.", "pane(-1)"),
        Command("view.flip", ("v",), "view", "Change between stories and the latest articles.", "flip_view"),
        Command("view.stories", ("g s",), "stories", "Show stories, the hottest first.", "view('stories')"),
        Command("view.latest", ("g l",), "latest", "Show the latest articles.", "view('latest')"),
        Command("thread", ("Y",), "storyline", "Show the earlier and later stories by date.", "thread"),
        Command("story.read", ("S",), "story read", "Mark the whole story read.", "story_read"),
        Command("feeds", ("F", "g f"), "feeds", "Go to the feeds and saved filters.", "feeds"),
        Command("filter", ("slash",), "filter", "Filter the list as you type.", "filter"),
        Command("go.starred", ("g a",), "starred", "Show the starred articles.", "scope('starred')"),
        Command("go.new", ("g n",), "new", "Show what came since you last looked.", "scope('new')"),
        Command("seen.all", ("g z",), "all seen", "Count nothing as new that is here now.", "seen_all"),
        Command("topics", ("g t",), "topics", "Show what publishers call their articles' topics.", "topics"),
        *(
            Command(
                f"only.{code}",
                (f"c {letter}",),
                f"only {name}",
                f"Show only what is in {name}; again: all.",
                f"only('{code}')",
            )
            for letter, code, name in LANGUAGES
        ),
        Command("only.all", ("c c",), "all languages", "Show every language again.", "only('')"),
        Command("go.unread", ("g u",), "unread", "Show the unread articles.", "scope('unread')"),
        Command("go.all", ("g e",), "everything", "Show all articles.", "scope('all')"),
        Command("unread.next", ("n",), "unread", "Open the next unread article.", "unread(1)"),
        Command("unread.previous", ("N",), "", "Open the unread article before.", "unread(-1)"),
        Command("read", ("m",), "read", "Mark the article read, or unread again.", "toggle_read"),
        Command("read.all", ("M",), "all read", "Mark everything in the list read.", "read_all"),
        Command("star", ("s",), "star", "Star the article (kept for ever), or unstar it.", "toggle_star"),
        Command("mute", ("x",), "mute", "Mute the story, the outlet or words for a while.", "mute"),
        Command("tag", ("a",), "tag", "Tag the article, or take a tag away.", "tag"),
        Command("note", ("A",), "note", "Write a note to the article.", "note"),
        Command(
            "split",
            ("X",),
            "not this story",
            "Take it, or the selected related one, out of the story.",
            "split",
        ),
        Command("join", ("J",), "join stories", "Join the stories of two articles: J on each.", "join"),
        Command("why", ("w",), "why", "Say why the selected article is related.", "why"),
        Command(
            "filter.save", ("ctrl+s",), "save filter", "Save what the list shows as a filter.", "save_filter"
        ),
        Command("browser", ("o",), "browser", "Open the link in the web browser.", "browser"),
        Command("copy", ("y y", "y u"), "link", "Copy the link to the clipboard.", "copy"),
        Command("copy.title", ("y t",), "headline", "Copy the headline to the clipboard.", "copy_title"),
        Command(
            "copy.paragraph",
            ("y p",),
            "paragraph",
            "Copy the paragraph at the top of the window.",
            "copy_paragraph",
        ),
        Command("copy.text", ("y a",), "whole text", "Copy the article's whole text.", "copy_article"),
        Command(
            "copy.quote", ("y q",), "quote", "Copy headline, outlet and link to the clipboard.", "copy_quote"
        ),
        Command("fetch", ("t",), "whole text", "Fetch the article's page, for the whole text.", "fetch"),
        Command("flip", ("f",), "feed/page", "Change between the feed's text and the page's.", "flip"),
        Command("image", ("i",), "picture", "Fetch a picture of the article, and show it.", "image"),
        Command("sync", ("R",), "sync", "Ask all feeds for news now.", "sync"),
        Command("health", ("H", "g o"), "health", "Show how each feed is doing.", "health"),
        Command("catalogue", ("C", "g c"), "catalogue", "Choose which feeds to follow.", "catalogue"),
        Command("rules", ("E", "g r"), "rules", "Show rules and mutes; try a rule.", "rules"),
        Command("alerts", ("W", "g w"), "alerts", "Show what the watches told.", "alerts"),
        Command("past", ("B", "g p"), "history", "Show the articles that were opened.", "past"),
        Command(
            "article.next",
            ("right_square_bracket",),
            "next",
            "Open the next article of the story; alone, of the list.",
            "step(1)",
        ),
        Command("article.previous", ("left_square_bracket",), "", "Open the article before it.", "step(-1)"),
        Command(
            "story.next",
            ("right_curly_bracket",),
            "next story",
            "Open the next story or article of the list.",
            "next_story(1)",
        ),
        Command("story.previous", ("left_curly_bracket",), "", "Open the one before it.", "next_story(-1)"),
        Command(
            "letters",
            ("L",),
            "links",
            "Show letters on links: a letter follows one, a capital selects it.",
            "letters",
        ),
        Command(
            "direction",
            ("D",),
            "direction",
            "Let the text run by itself, from right, from left.",
            "direction",
        ),
        Command("zen", ("Z",), "only text", "Show only the text, or everything again.", "zen"),
        Command("width.more", ("plus", "equals_sign"), "", "Make the text wider.", "widen(1)"),
        Command("width.less", ("minus",), "", "Make the text narrower.", "widen(-1)"),
    ),
    Where.ROWS: (
        Command("row.down", ("j", "down"), "down", "Move one row down.", "move(1)"),
        Command("row.up", ("k", "up"), "up", "Move one row up.", "move(-1)"),
        Command("row.page", ("space", "pagedown"), "page", "Move one page down.", "page(1)"),
        Command("row.page_up", ("pageup", "b"), "", "Move one page up.", "page(-1)"),
        Command("row.first", ("g g", "home"), "top", "Go to the first row.", "first"),
        Command("row.last", ("G", "end"), "end", "Go to the last row.", "last"),
        Command("row.open", ("enter", "l", "right"), "open", "Open what the cursor is on.", "choose"),
    ),
    Where.FEEDS: (
        Command(
            "filter.remove",
            ("d", "delete"),
            "remove",
            "Remove the saved filter under the cursor.",
            "filter('remove')",
        ),
        Command(
            "filter.rename", ("e",), "rename", "Rename the saved filter under the cursor.", "filter('rename')"
        ),
        Command("filter.up", ("shift+up",), "", "Move the saved filter up.", "filter('up')"),
        Command("filter.down", ("shift+down",), "", "Move the saved filter down.", "filter('down')"),
        Command("fold", ("z",), "fold", "Show or hide the feeds of an outlet.", "fold"),
    ),
    Where.LIST: (),
    Where.ARTICLE: (
        Command("scroll.down", ("j", "down"), "scroll", "Scroll down; at the end, select.", "line(1)"),
        Command("scroll.up", ("k", "up"), "", "Scroll up, or select the row before.", "line(-1)"),
        Command("scroll.page", ("space", "pagedown"), "page", "Scroll a page down.", "page(1)"),
        Command("scroll.page_up", ("pageup", "b"), "", "Scroll a page up.", "page(-1)"),
        Command("scroll.top", ("g g", "home"), "top", "Go to the top of the article.", "top"),
        Command("scroll.end", ("G", "end"), "end", "Go to the end of the article.", "end"),
        Command("related", ("r",), "related", "Go to the related articles.", "select('related')"),
        Command(
            "follow",
            ("enter", "l", "right"),
            "follow",
            "Follow the selected related article or link.",
            "follow",
        ),
        Command(
            "follow.number",
            DIGITS,
            "related",
            "Open the related article with that number.",
            "follow_number({key})",
            False,
        ),
        Command("return", ("backspace",), "return", "Return to the article before.", "go_back"),
    ),
    Where.FILTER: (
        Command("filter.keep", ("enter", "down"), "keep", "Keep the filter, go to the list.", "keep", False),
        Command("filter.clear", ("escape",), "clear", "Clear the filter.", "clear", False),
        Command(
            "filter.complete",
            ("tab",),
            "complete",
            "Complete what is being typed; again for the next offer.",
            "complete(1)",
            False,
        ),
        Command("filter.complete_back", ("shift+tab",), "", "Take the offer before.", "complete(-1)", False),
    ),
    Where.DIALOG: (
        Command("dialog.cancel", ("escape",), "leave", "Change nothing.", "cancel", False),
        Command("dialog.digit", DIGITS, "choose", "Choose by number.", "digit({key})", False),
    ),
    Where.HEALTH: (
        Command("health.detail", ("e",), "why", "Say in full how the feed is doing, and why.", "detail"),
        Command("health.retry", ("R",), "retry", "Ask the feed under the cursor now.", "retry"),
        Command("health.pause", ("p",), "pause", "Ask the feed no more for now, or again.", "pause"),
        Command("health.disable", ("d",), "let go", "Follow the feed no longer.", "disable"),
        Command("health.sync", ("A",), "all", "Ask all feeds for news now.", "sync"),
        Command("health.catalogue", ("C",), "catalogue", "Choose which feeds to follow.", "catalogue"),
        Command("health.back", BACK, "back", "Back to the reader.", "back"),
    ),
    Where.RULES: (
        Command("rules.end", ("d", "delete"), "end", "End the mute under the cursor.", "end"),
        Command("rules.find", ("slash",), "try", "Try a rule.", "find"),
        Command("rules.back", BACK, "back", "Back to the articles.", "back"),
    ),
    Where.PAST: (
        Command("past.find", ("slash",), "find", "Find among them.", "find"),
        Command("past.back", BACK, "back", "Back to the articles.", "back"),
    ),
    Where.TOPICS: (
        Command("topics.find", ("slash",), "find", "Find a topic.", "find"),
        Command("topics.back", BACK, "back", "Back to the articles.", "back"),
    ),
    Where.PICTURE: (
        Command("picture.browser", ("o",), "browser", "Open the picture in the web browser.", "browser"),
        Command("picture.copy", ("y",), "copy link", "Copy the picture's address.", "copy"),
        Command("picture.back", (*BACK, "i", "enter", "space"), "back", "Back to the article.", "back"),
    ),
    Where.CATALOGUE: (
        Command("toggle", ("space", "x"), "on/off", "Follow the feed, or no longer.", "follow"),
        Command("find", ("slash",), "find", "Find feeds by name, language, country, desk.", "find"),
        Command("add", ("a",), "add", "Follow a feed by the address of it or of its site.", "add"),
        Command("catalogue.language", ("L",), "language", "Show one language, then the next.", "language"),
        Command("catalogue.desk", ("D",), "desk", "Show one desk, then the next.", "desk"),
        Command("catalogue.state", ("O",), "on, off", "Show what is on, what is off, or all.", "state"),
        Command("catalogue.back", BACK, "back", "Back to the reader.", "back"),
    ),
    Where.FIRST: (
        Command("first.tick", ("space", "x"), "tick", "Tick the language, or choose the desk.", "tick"),
        Command("first.start", ("enter",), "start", "Follow these feeds and fetch them.", "start"),
        Command("first.keep", ("escape", "q", "Q"), "keep", "Keep the shipped choice of feeds.", "keep"),
    ),
    Where.HELP: (
        Command("help.find", ("slash",), "find", "Find a key or a command.", "find"),
        Command("help.back", BACK, "back", "Back to where you were.", "back"),
    ),
}
"""Place -> its commands, in the order of the help."""

COMMANDS = tuple(replace(command, where=where) for where, group in RECORDS.items() for command in group)

RESERVED = {"g h": ""}
"""Keys that no other command of the reader may take: the action they wait for. ``g h`` stays free: an
Arabic keyboard's b types lam and alef, which are its g and its h (``layouts.LIGATURES``)."""

FOOTERS: dict[Where, tuple[str, ...]] = {
    Where.FEEDS: ("row.open", "fold", "filter", "sync", "health", "catalogue", "help", "leave"),
    Where.LIST: ("row.open", "unread.next", "filter", "read", "star", "feeds", "help", "leave"),
    Where.ARTICLE: ("back", "related", "unread.next", "star", "browser", "copy", "article.next", "help"),
    Where.FILTER: ("filter.keep", "filter.complete", "filter.save", "filter.clear"),
    Where.RULES: ("row.open", "rules.find", "rules.end", "help", "rules.back"),
    Where.PAST: ("row.open", "past.find", "help", "past.back"),
    Where.TOPICS: ("row.open", "topics.find", "help", "topics.back"),
    Where.PICTURE: ("picture.browser", "picture.copy", "help", "picture.back"),
    Where.HEALTH: (
        "row.open",
        "health.detail",
        "health.retry",
        "health.pause",
        "health.disable",
        "help",
        "health.back",
    ),
    Where.CATALOGUE: (
        "toggle",
        "row.open",
        "add",
        "find",
        "catalogue.language",
        "catalogue.desk",
        "help",
        "catalogue.back",
    ),
    Where.FIRST: ("first.tick", "first.start", "first.keep", "help"),
    Where.HELP: ("help.find", "help.back"),
}
"""The commands that matter most in each place, in the order of the footer; they fit 80 columns."""

READING = (Where.READER, Where.APP)
CHAINS: tuple[tuple[Where, ...], ...] = (
    (Where.FEEDS, Where.ROWS, *READING),
    (Where.LIST, Where.ROWS, *READING),
    (Where.ARTICLE, *READING),
    (Where.FILTER,),  # a text field: what it does not want goes on to the reader
    (Where.DIALOG, Where.ROWS),  # modal: nothing beneath it hears a key
    *(
        (screen, Where.ROWS, Where.APP)
        for screen in (
            Where.HEALTH,
            Where.RULES,
            Where.PAST,
            Where.TOPICS,
            Where.CATALOGUE,
            Where.FIRST,
            Where.HELP,
        )
    ),
    (Where.PICTURE, Where.APP),
)
"""The places that hear the same key, nearest first: a key means one command in each of these chains."""
