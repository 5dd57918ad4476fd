"""What the reader keeps of articles beyond marks: tags, notes, mutes, saved filters, stories put right."""

from __future__ import annotations

from textual import on

from aggregator.model import ArticleRow, RuleInfo
from tui import render
from tui.keys import key_of
from tui.messages import FilterAsked
from tui.screens.dialogs import Asking, Choosing, leaves
from tui.screens.marking import UNDO_SECONDS
from tui.screens.whole import Whole

SPANS = (("86400", "for a day"), ("604800", "for a week"), ("2592000", "for a month"), ("0", "for ever"))
"""How long a mute lasts, in seconds; 0 has no end."""
NEW_LINE = " ¶ "
"""Stands for a line's end while a note is typed on one line."""


class Keeping(Whole):
    """Commands on the article under the cursor that ask for a word first."""

    # --- tags and notes ---

    def action_tag(self) -> None:
        """Give the article a tag, or take it away where it has it."""
        if row := self.subject():
            have = f"It has: {', '.join(row.tags)}. " if row.tags else ""
            self.app.push_screen(
                Asking("Tag this article", hint=f"{have}A tag it has is taken away. Enter, or {leaves()}."),
                lambda name: self.tagged(row, name or ""),
            )

    def tagged(self, row: ArticleRow, name: str) -> None:
        """Do it."""
        if not name:
            return
        if name.casefold() in (tag.casefold() for tag in row.tags):
            self.do(
                lambda: self.library.untag([row.id], name), lambda _: self.told(f"No longer tagged {name}.")
            )
        else:
            self.do(lambda: self.library.tag([row.id], name), lambda _: self.told(f"Tagged {name}."))

    def action_note(self) -> None:
        """Write something to the article."""
        if row := self.subject():
            self.hakawati.expect()  # what is typed at once belongs into the note
            self.ask(
                "note",
                lambda: self.library.article(row.id),
                lambda article: self.ask_note(row, article.note if article else ""),
            )

    def ask_note(self, row: ArticleRow, text: str) -> None:
        """The note as it is."""
        lines = text.replace("\n", NEW_LINE)
        self.app.push_screen(
            Asking(
                "Note to this article",
                lines,
                hint=f"Enter keeps it, empty it goes, {leaves()} changes nothing.",
            ),
            lambda typed: self.noted(row, lines, typed),
        )

    def noted(self, row: ArticleRow, before: str, typed: str | None) -> None:
        """Keep it."""
        if typed is None or typed == before:
            return
        text = typed.replace(NEW_LINE, "\n")
        self.do(
            lambda: self.library.note(row.id, text),
            lambda _: self.told("Noted." if text else "The note is gone."),
        )

    # --- mutes ---

    def action_mute(self) -> None:
        """Hide the story, the outlet or words for a while."""
        if row := self.subject():
            self.app.push_screen(
                Choosing(
                    "Mute what?",
                    [
                        ("story", "This story: every article of it, also those to come"),
                        ("outlet", f"The outlet {row.outlet}"),
                        ("word", "A word or phrase"),
                    ],
                ),
                lambda kind: self.mute_what(row, kind),
            )

    def mute_what(self, row: ArticleRow, kind: str | None) -> None:
        """The words, then the time."""
        if kind == "word":
            self.app.push_screen(
                Asking(
                    "Mute articles with these words",
                    hint=f'Words, or a "phrase". Enter goes on, {leaves()} leaves it.',
                ),
                lambda words: self.mute_long(kind, words or ""),
            )
        elif kind:
            self.mute_long(kind, str(row.id) if kind == "story" else row.outlet)

    def mute_long(self, kind: str, value: str) -> None:
        """How long."""
        if value:
            self.app.push_screen(
                Choosing("Mute it how long?", SPANS), lambda span: self.mute(kind, value, span)
            )

    def mute(self, kind: str, value: str, span: str | None) -> None:
        """Do it."""
        if span is not None:
            seconds = int(span) or None
            self.do(lambda: self.library.mute(kind, value, seconds), self.muted)

    def muted(self, rule: RuleInfo) -> None:
        """Say what it came to."""
        hidden, undo = render.counted(rule.hits, "article"), key_of("undo")
        self.say(
            f"Muted {rule.name}: {hidden} hidden. {undo} undoes it, {key_of('rules')} lists mutes.",
            seconds=UNDO_SECONDS,
        )
        self.changed()

    # --- stories ---

    def action_split(self) -> None:
        """The article is not of this story."""
        if row := self.subject():
            self.do(lambda: self.library.split(row.id), self.was_split)

    def was_split(self, others: int) -> None:
        """Say so."""
        if others:
            self.told(f"Taken out of a story of {others + 1}.")
        else:
            self.say("This article is in no story with others.")

    # --- saved filters ---

    def action_save_filter(self) -> None:
        """Keep what the list shows under a name."""
        query = self.query_text.strip()
        if not query:
            self.say(f"There is no filter to save: {key_of('filter')} filters the list first.")
            return
        self.app.push_screen(
            Asking("Save this filter as", hint=f"{query} - Enter saves it, {leaves()} leaves it."),
            lambda name: self.save_filter(name or "", query),
        )

    def save_filter(self, name: str, query: str) -> None:
        """Write it to the configuration."""
        if name:
            self.do(lambda: self.library.save_filter(name, query), lambda _: self.told(f'Saved as "{name}".'))

    @on(FilterAsked)
    def filter_asked(self, message: FilterAsked) -> None:
        """Something is to be done to the saved filter under the cursor of the feeds pane."""
        if not (name := self.filter_name()):
            return
        if message.what == "remove":
            self.do(lambda: self.library.remove_filter(name), lambda _: self.told(f'"{name}" is gone.'))
        elif message.what == "rename":
            self.app.push_screen(
                Asking("Rename the filter", name), lambda new: self.rename_filter(name, new or "")
            )
        else:
            self.move_filter(name, -1 if message.what == "up" else 1)

    def rename_filter(self, old: str, name: str) -> None:
        """Do it."""
        if name and name != old:
            self.do(
                lambda: self.library.rename_filter(old, name),
                lambda _: self.told(f'"{old}" is called "{name}".'),
            )

    def move_filter(self, name: str, step: int) -> None:
        """Move it up or down; at the ends it stays."""
        names = [saved.name for saved in self.library.config.settings.filters]
        place = names.index(name) + step if name in names else -1
        if 0 <= place < len(names):
            self.do(lambda: self.library.move_filter(name, place), lambda _: self.changed())

    def filter_name(self) -> str:
        """The saved filter under the cursor of the feeds pane; "" and a word about it where there is none."""
        node = self.feed_tree.node(self.feed_tree.cursor) if self.pane == "feeds" else None
        if node is None or node.scope is None or node.scope.kind != "filter":
            self.say("The cursor is on no saved filter.")
            return ""
        return node.scope.name

    # --- what is new ---

    def action_seen_all(self) -> None:
        """What was new counts as seen."""

        def done(count: int) -> None:
            self.told(f"{render.counted(count, 'new article')} count as seen.")

        self.do(self.library.seen_all, done)

    # --- other places ---

    def action_rules(self) -> None:
        """Go to the rules and mutes."""
        self.hakawati.show_rules()

    def action_past(self) -> None:
        """Go to what was opened."""
        self.hakawati.show_past()

    def action_alerts(self) -> None:
        """Go to what the watches told."""
        self.hakawati.show_alerts()
