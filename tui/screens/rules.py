"""Rules and mutes: what is in force, how often each hit, and what a rule would do before there is one."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from aggregator.errors import HakawatiError
from aggregator.model import ArticleRow, RuleInfo
from tui import commands, render
from tui.commands import Where
from tui.keys import key_of
from tui.messages import RowChosen
from tui.screens.listing import ListingScreen
from tui.widgets.virtual_list import VirtualList

Tried = tuple[int, list[ArticleRow]]
"""How many stored articles a query finds, and the first of them."""


class RuleList(VirtualList):
    """Rows are rules, or the articles that a query typed above would find."""

    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.RULES)]

    def __init__(self) -> None:
        super().__init__(id="rows")
        self.rules: list[RuleInfo] = []
        self.tried: list[ArticleRow] | None = None
        self.now = 0

    def show(self, rules: list[RuleInfo], tried: list[ArticleRow] | None, now: int) -> None:
        """Other rows."""
        self.rules, self.tried, self.now = rules, tried, now
        self.recount(len(rules if tried is None else tried))

    @property
    def rule(self) -> RuleInfo | None:
        """The rule under the cursor."""
        return self.rules[self.cursor] if self.tried is None and self.cursor < len(self.rules) else None

    def spans(self, index: int, width: int) -> list[render.Span]:
        """What it does, how often, until when, and its name."""
        if self.tried is not None:
            return article_spans(self.tried[index], width, self.now)
        rule = self.rules[index]
        head: list[render.Span] = [
            ("mute " if rule.origin == "mute" else "rule ", "dim"),
            (render.line(" ".join(rule.actions), 16) + " ", "accent" if rule.active else "dim"),
            (f"{rule.hits:>7,} ", "text"),
            (render.line(ends(rule, self.now), 13) + " ", "dim"),
        ]
        name = rule.name if rule.name == rule.query else f"{rule.name}: {rule.query}"
        return [*head, (render.line(name, width - render.span_cells(head)), "text")]


def article_spans(row: ArticleRow, width: int, now: int) -> list[render.Span]:
    """An article in one line."""
    head: list[render.Span] = [
        (f"{render.age(row.at, now):>4} ", "dim"),
        (render.line(row.outlet, 18) + " ", "dim"),
    ]
    title = render.line(row.title, width - render.span_cells(head), row.language)
    return [*head, (title, "unread" if row.unread else "text")]


def ends(rule: RuleInfo, now: int) -> str:
    """When a rule ends."""
    if not rule.active:
        return "over"
    return f"until {render.local(rule.until):%d %b}" if rule.until else ""


class RulesScreen(ListingScreen):
    """Lists rules and mutes; Enter gives the query of one back, to show what it hit."""

    WHERE = Where.RULES
    FIND = " / try: a filter, to see what a rule with it would do to the stored articles"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings(Where.RULES)]

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.rules: list[RuleInfo] = []

    def rows(self) -> VirtualList:
        """The rules."""
        return RuleList()

    def on_mount(self) -> None:
        """Ask for them."""
        self.load()

    def load(self) -> None:
        """Ask for the rules."""
        self.ask("rules", self.library.rules, self.show)

    def changed(self) -> None:
        """Something was written: counts may differ."""
        self.load()

    def show(self, rules: list[RuleInfo]) -> None:
        """The rules as they are now."""
        self.rules = rules
        self.find(self.words)

    def find(self, words: str) -> None:
        """Show what a rule with this query would hit."""
        self.words = words.strip()
        if not self.words:
            self.show_rules()
            return
        query = self.words
        self.ask("try", lambda: self.library.rule_test(query), self.show_tried, self.misunderstood)

    def show_rules(self) -> None:
        """The rules themselves."""
        rows = self.query_one(RuleList)
        rows.say(
            "There is no rule and no mute.",
            f"{key_of('mute')} mutes; [[rules]] in the configuration make rules.",
        )
        rows.show(self.rules, None, self.hakawati.now())
        active = sum(rule.active for rule in self.rules)
        self.head("Rules and mutes", f"{active} in force")

    def show_tried(self, tried: Tried) -> None:
        """What would be hit."""
        count, first = tried
        rows = self.query_one(RuleList)
        rows.say("No stored article matches.", f"{key_of('rules.back')} in the field shows the rules.")
        rows.show(self.rules, first, self.hakawati.now())
        self.head("A rule with this filter", f"would hit {render.counted(count, 'stored article')}")

    def misunderstood(self, error: HakawatiError) -> None:
        """Say why, where the number would stand."""
        self.head("A rule with this filter", str(error))

    @on(RowChosen)
    def chosen(self) -> None:
        """Show what the rule hit."""
        if rule := self.query_one(RuleList).rule:
            self.dismiss(f'rule:"{rule.name}"' if '"' not in rule.name else rule.query)

    def action_end(self) -> None:
        """End the mute under the cursor; a rule ends where it stands, in the configuration."""
        rule = self.query_one(RuleList).rule
        if rule is None:
            return
        if rule.origin != "mute":
            self.say("A rule is ended in the configuration: take it out there, or say enabled = false.")
            return
        self.do(lambda: self.library.unmute(rule.id), lambda _: self.ended(rule))

    def ended(self, rule: RuleInfo) -> None:
        """Say so."""
        self.offer_undo(f"{rule.name} is muted no longer.")
        self.hakawati.changed()
