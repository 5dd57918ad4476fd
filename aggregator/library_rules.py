"""The part of the library that knows the rules: what they would do, what they did, and mutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aggregator import ruling
from aggregator.actions import MUTES, Actions, read_actions
from aggregator.errors import InputError, QueryError
from aggregator.late import pattern
from aggregator.library_base import LibraryBase
from aggregator.model import ArticleRow, MarkAction, RuleInfo
from aggregator.ruling import Trial
from aggregator.store.db import Store
from aggregator.store.rules import MUTE, tree
from aggregator.text.arrival import objection
from aggregator.text.fold import fold
from aggregator.text.inert import clean_text
from aggregator.text.query_tree import All, Node, Not, Query, Term, Value

HIDE: Final = Actions(hide=True)
OPEN_SECONDS: Final = 0.5  # for new and ended rules when the reader opens; the next sync does the rest
MOST_NAME: Final = 80  # characters of a mute's name
SYNTAX: Final = pattern(r"[^\w\u064b-\u0652\u200c]")  # in a word: it is taken as it stands, in quotes


class LibraryRules(LibraryBase):
    """Rules of the configuration, and mutes, which are rules that the reader makes and that end."""

    # --- what there is ---

    def rules(self) -> list[RuleInfo]:
        """The rules of the configuration that can be read, then the mutes, also those that are over."""
        stored = self._read().rules.infos()
        rules = [info for info in stored if info.origin != MUTE]
        mutes = [info for info in stored if info.origin == MUTE]
        known = {info.name for info in rules}
        listed, _ = ruling.wanted(self.config.settings, self.now)
        over = [  # by their date, before they were ever stored
            RuleInfo(0, one.name, one.query, one.actions.words(), one.until, "config", active=False, hits=0)
            for one in listed
            if one.name not in known
        ]
        return [*rules, *over, *mutes]

    def wrong_rules(self) -> list[tuple[str, str]]:
        """The rules that are skipped, as (name, why)."""
        _, problems = ruling.wanted(self.config.settings, self.now)
        return [(problem.name, problem.why) for problem in problems]

    # --- what they would do ---

    def rule_test(self, query: str) -> tuple[int, list[ArticleRow]]:
        """How many stored articles a rule with this query would hit, and the newest of them."""
        found = self.rule_trial(query)
        return found.matched, list(found.rows)

    def rule_trial(self, query: str, do: Sequence[str] = ("hide",)) -> Trial:
        """What a rule would do to the stored articles; changes nothing. Raises QueryError, InputError."""
        asked = self._query(query)
        if why := objection(asked):
            raise QueryError(f"No rule can ask for {why}.", query, 0)
        try:
            actions = read_actions(do)
        except ValueError as error:
            raise InputError(f"{error}.") from error
        return ruling.trial(self._read(), asked, actions)

    def rule_apply(self, name: str) -> tuple[int, int]:
        """Mark the stored articles that a rule hits as it says; returns how many became (read, starred).

        Can be undone in one step. Raises InputError when no rule in force has this name, or it marks nothing.
        """
        info = next((one for one in self.rules() if one.name == name and one.active), None)
        if info is None:
            raise self._unknown(name)
        actions = read_actions(info.actions)
        wanted = {MarkAction.READ: actions.read, MarkAction.STAR: actions.star}
        if not any(wanted.values()):
            raise InputError(f'"{clean_text(name)}" neither marks read nor stars; what it does is done.')
        with self._writing(durable=True) as store:
            changed = store.marks.apply_together(
                [action for action, is_wanted in wanted.items() if is_wanted],
                store.rules.hits(info.id),
                clean_text(name, limit=MOST_NAME),
                self.now,
            )
        return changed.get(MarkAction.READ, 0), changed.get(MarkAction.STAR, 0)

    # --- mutes ---

    def mute(self, kind: str, value: str | int, seconds: int | None = None) -> RuleInfo:
        """Hide what there is and what comes of a story, a word or an outlet, for a while or for ever (None).

        ``kind`` is "story" (the value is the id or address of an article in it), "word" (a word in any
        of its forms, or words as they stand; in titles) or "outlet" (its name). Can be undone.
        Raises InputError.
        """
        now = self.now
        if seconds is not None and seconds <= 0:
            raise InputError("A mute for no time hides nothing; write for example 12h, 3d or 2w.")
        with self._writing(durable=True) as store:
            name, node = self._muted(store, kind, str(value).strip())
            until = now + seconds if seconds else 0
            wanted = ruling.specify(clean_text(name, limit=MOST_NAME), Query(node), HIDE, until, MUTE)
            if tree(wanted.query) is None:
                raise InputError(f'"{wanted.name}" is too long to be muted.')
            rule = store.rules.mute(wanted, now)
        return self._info(rule.id)

    def unmute(self, reference: int | str) -> RuleInfo:
        """End a mute, named by its number or its name; what it hid comes back. Can be undone."""
        text = str(reference)
        mutes = [one for one in self.rules() if one.origin == MUTE and one.active]
        found = next((one for one in mutes if text in (str(one.id), one.name)), None)
        if found is None:
            raise self._unknown(text, "mute")
        with self._writing(durable=True) as store:
            store.rules.unmute(found.id, self.now)
        return self._info(found.id)

    def _muted(self, store: Store, kind: str, value: str) -> tuple[str, Node]:
        """A mute's name and what it asks for."""
        if kind == "story":
            return self._muted_story(store, value)
        if not fold(value):
            raise InputError("Say what is to be muted: a word, or an outlet's name.")
        if kind == "outlet":
            return f"outlet: {value}", self._muted_outlet(store, value)
        if kind != "word":
            raise InputError(f'"{kind}" cannot be muted; {", ".join(MUTES)} can.')
        quoted = bool(SYNTAX.search(value))
        return f"word: {value}", Term("title", (Value(value.replace('"', " "), quoted),))

    def _muted_story(self, store: Store, reference: str) -> tuple[str, Node]:
        is_id = reference.isascii() and reference.isdigit() and len(reference) < 19
        article = int(reference) if is_id else store.articles.by_url(reference)
        story = store.stories.id_of(article) if article is not None else 0
        head = store.stories.get(story) if story else None
        if head is None:
            shown = clean_text(reference, limit=MOST_NAME)
            raise InputError(f'"{shown}" is in no story yet; the end of the next sync finds its story.')
        return f"story: {head.title}", Term("story", (Value(str(story)),))

    def _muted_outlet(self, store: Store, name: str) -> Node:
        """The outlet of exactly this name, where there is one, and not those whose longer names hold it."""
        folded = fold(name)
        outlets = {fold(state.outlet): state.outlet for state in store.feeds.all()}
        meant = Term("outlet", (Value(name.replace('"', " ")),))
        longer = [known for key, known in outlets.items() if folded in key and key != folded]
        if folded not in outlets or not longer:
            return meant
        others = tuple(Value(known.replace('"', " ")) for known in longer)
        return All((meant, Not(Term("outlet", others))))

    # --- inside ---

    def _begin_rules(self, store: Store) -> None:
        """Bring the stored rules in line with configuration and time; when a library opens or reloads."""
        if not ruling.is_current(store, self.config.settings, self.now):
            ruling.reconcile(store, self.config.settings, self.now)
        ruling.catch_up(store, OPEN_SECONDS)

    def _info(self, rule_id: int) -> RuleInfo:
        return next(one for one in self._read().rules.infos() if one.id == rule_id)

    def _unknown(self, name: str, kind: str = "rule") -> InputError:
        shown = clean_text(name, limit=MOST_NAME)
        return InputError(f'No {kind} in force is called "{shown}"; hakawati rules lists them.')
