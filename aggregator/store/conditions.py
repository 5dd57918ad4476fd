"""Terms of a filter as leaves: what each field and flag means in tables, and in the search index.

User text never becomes SQL, nor FTS5 syntax: it is bound, or folded and quoted by ``matching``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from aggregator.late import pattern
from aggregator.store import matching
from aggregator.store.database import Database, Row
from aggregator.store.identity import NO_KEY, url_key
from aggregator.store.leaves import NOTHING, Leaf, Part, Source, every, negated, some, words
from aggregator.store.times import first_id
from aggregator.text.fold import fold
from aggregator.text.query import moment, span_seconds
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Not, Term
from aggregator.text.urls import canonical_url

SPARSE: Final = 20  # feeds that hold less than 1/20 of all articles are read by their index and sorted
# Feeds × their share of all articles up to which they are sought in the search index. There each feed is a
# list to be merged (0.1 ms for a page); to look at every article's feed costs the less the more are theirs.
MERGED_FEEDS: Final = 2.5
FEW_NEW: Final = 2000  # articles new since the last look that are quicker listed than looked up one by one
LIVE: Final = b"\x02"  # of a live page the second byte of features.terms (order of stories.titles.Kind)

OUTLETS: Final = (
    "coalesce((SELECT st.outlets FROM story_members sm JOIN stories st ON st.id = sm.story_id "
    "WHERE sm.article_id = {id}), 1)"
)
SCORE: Final = "coalesce((SELECT sc.score FROM scores sc WHERE sc.id = {id}), 0)"

_BY_FEED: Final = "articles AS a INDEXED BY articles_by_feed"
LISTED: Final = "(SELECT value FROM json_each(?))"
_BEGUN: Final = "EXISTS (SELECT 1 FROM search.indexed AS ix WHERE ix.id = {{id}} AND ix.{} & ?)"
_HOST: Final = pattern(r"[^\s/?#:@.]+(\.[^\s/?#:@.]+)+\.?")
_WHOLE_ADDRESS: Final = pattern(r"https?://", re.IGNORECASE)
_TEXT_FIELDS: Final = (WORDS, "title", "text", "author")
_FEED_FIELDS: Final = ("outlet", "feed", "country")
_OPERATORS: Final = {":": "=", "=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _set(table: str, condition: str = "", *, shown: bool = False, whole: bool = True, feed: str = "") -> Leaf:
    """Being in a table that has a row an article, keyed by its id."""
    also = f" AND {condition}" if condition else ""
    source = Source(f"{table} AS s", where=condition, shown=shown, whole=whole, feed=feed)
    return Leaf(f"EXISTS (SELECT 1 FROM {table} AS i WHERE i.id = {{id}}{also})", source=source)


HIDDEN: Final = _set("hidden", feed="s.feed_id")
UNREAD: Final = _set("unread", shown=True, feed="s.feed_id")
STARRED: Final = _set("starred")
NOTED: Final = _set("notes")
_TAGGED: Final = "{id} IN (SELECT article_id FROM article_tags)"
TAGGED: Final = Leaf(
    "EXISTS (SELECT 1 FROM article_tags AS it WHERE it.article_id = {id})",
    source=Source("articles AS a", "a.id", _TAGGED.format(id="a.id"), has_articles=True),
)
FLAGS: Final[dict[str, Part]] = {
    "unread": UNREAD,
    "read": negated(UNREAD),
    "starred": STARRED,
    "hidden": HIDDEN,
    "noted": NOTED,
    "tagged": TAGGED,
    "live": _set("features", f"substr(terms, 2, 1) = x'{LIVE.hex()}'", whole=False),
    "fulltext": _set("pages", "reason = ''", whole=False),
    "updated": Leaf("{article}.edited"),
    "related": Leaf("{article}.related > 0"),
}


class Conditions:
    """Makes parts of the nodes of one query."""

    def __init__(self, database: Database, now: int) -> None:
        self._database = database
        self._now = now
        self._rows: list[Row] | None = None

    def part(self, node: Node) -> Part:
        """A tree's meaning."""
        if isinstance(node, Not):
            return negated(self.part(node.part))
        if isinstance(node, All):
            return every(map(self.part, matching.with_names(node.parts)))
        if isinstance(node, AnyOf):
            return some(map(self.part, node.parts))
        return self._term(node)

    def _term(self, term: Term) -> Part:
        texts = [value.text for value in term.values]
        if term.field in _TEXT_FIELDS:
            return self._sought(term)
        if term.field in _FEED_FIELDS:
            return self._feeds(self._named(term.field, texts))
        make: Callable[[Term, list[str]], Part] = getattr(self, f"_{term.field}")
        return make(term, texts)

    def _sought(self, term: Term) -> Part:
        """Words of the index; what begins with a letter or two is noted of each article."""
        rest, beginnings = matching.broad(self._database, term)
        sought = [words(matching.expression(self._database, rest))] if rest else []
        return some([*(Leaf(_BEGUN.format(column), (bit,)) for column, bit in beginnings), *sought])

    # --- what the feed or the publisher says ---

    def _feed_rows(self) -> list[Row]:
        """The feeds, read once where a condition is about them."""
        if self._rows is None:
            self._rows = self._database.all(
                "SELECT f.id, f.outlet_folded, f.title_folded, f.country, f.tags, coalesce(c.total, 0) "
                "FROM feeds f LEFT JOIN feed_counts c ON c.feed_id = f.id"
            )
        return self._rows

    def _named(self, field: str, texts: Iterable[str]) -> set[int]:
        """The feeds of an outlet:, feed: or country: term."""
        if field == "country":
            codes = {text.upper() for text in texts}
            return {row[0] for row in self._feed_rows() if row[3].upper() in codes}
        column = 1 if field == "outlet" else 2
        parts = list(filter(None, map(fold, texts)))
        return {row[0] for row in self._feed_rows() if any(part in row[column] for part in parts)}

    def _feeds(self, feeds: set[int]) -> Part:
        """Being of one of these feeds."""
        if not feeds:
            return NOTHING
        share = self._share(feeds)
        match = matching.facets("feed", sorted(feeds)) if len(feeds) * share <= MERGED_FEEDS else None
        source = _of_feed(next(iter(feeds))) if len(feeds) == 1 else None
        if len(feeds) > 1 and share * SPARSE < 1:
            source = _of_feeds(feeds)
        return Leaf(f"{{feed}} IN {LISTED}", (json.dumps(sorted(feeds)),), match, source=source)

    def _share(self, feeds: set[int]) -> float:
        """Which part of all articles they hold."""
        totals = {row[0]: row[5] for row in self._feed_rows()}
        return float(sum(totals[feed] for feed in feeds) / max(1, sum(totals.values())))

    def _lang(self, term: Term, texts: list[str]) -> Part:
        codes = sorted({text.casefold() for text in texts if text})
        match = matching.facets("lang", codes)
        return Leaf(f"{{article}}.language IN {LISTED}", (json.dumps(codes),), match) if codes else NOTHING

    def _topic(self, term: Term, texts: list[str]) -> Part:
        """The publisher's own categories, and the tags of its feed."""
        topics = sorted(set(filter(None, map(fold, texts))))
        if not topics:
            return NOTHING
        own = " OR ".join("instr({article}.tags, ?)" for _ in topics)
        told = Leaf(f"({own})", tuple(f"|{topic}|" for topic in topics), matching.facets("topic", topics))
        tagged = {row[0] for row in self._feed_rows() if any(fold(t) in topics for t in json.loads(row[4]))}
        return some((told, self._feeds(tagged))) if tagged else told

    def _url(self, term: Term, texts: list[str]) -> Part:
        return some(map(self._address, texts))

    def _address(self, text: str) -> Part:
        """A whole address, a host with what is below it, or a part of an address."""
        if is_whole_address(text):
            key = url_key(text) if canonical_url(text) else NO_KEY
            return _among("SELECT id FROM articles WHERE url_key = ? UNION ALL "
                          "SELECT id FROM pages WHERE url_key = ?", key, key) if key else NOTHING  # fmt: skip
        if _HOST.fullmatch(text) and matching.domains(text):
            return words(matching.facets("host", [text]))
        sought = text.encode().lower().decode()  # as SQLite's lower() does: ASCII alone
        return Leaf(
            "EXISTS (SELECT 1 FROM bodies AS ib WHERE ib.id = {id} AND instr(lower(ib.url), ?))", (sought,)
        ) if sought else NOTHING  # fmt: skip

    # --- times ---

    def _since(self, term: Term, texts: list[str]) -> Part:
        return _from(min(moment(text, self._now) for text in texts))

    def _until(self, term: Term, texts: list[str]) -> Part:
        """Before the end of the day it names."""
        return _before(max(moment(text, self._now, end=True) for text in texts))

    def _age(self, term: Term, texts: list[str]) -> Part:
        """Younger than a span is later than its beginning."""
        return some(_aged(_OPERATORS[term.op], self._now - span_seconds(text)) for text in texts)

    # --- what we know and what the reader did ---

    def _is(self, term: Term, texts: list[str]) -> Part:
        return some(self._new() if text == "new" else FLAGS[text] for text in texts)

    def _new(self) -> Part:
        """First seen after the last look."""
        since = self._database.value("SELECT value FROM meta WHERE key = 'last_look'", (), 0)
        fresh = "SELECT id FROM bodies WHERE first_seen > ?"
        number = self._database.value(f"SELECT count(*) FROM ({fresh} LIMIT {FEW_NEW + 1})", (since,))
        if number <= FEW_NEW:
            return _among(fresh, since)
        return Leaf("EXISTS (SELECT 1 FROM bodies AS ib WHERE ib.id = {id} AND ib.first_seen > ?)", (since,))

    def _tag(self, term: Term, texts: list[str]) -> Part:
        """The reader's and the rules' tags, and all that topic: finds."""
        tags = sorted(set(filter(None, map(fold, texts))))
        return some((*map(_own_tag, tags), self._topic(term, texts))) if tags else NOTHING

    def _story(self, term: Term, texts: list[str]) -> Part:
        return some(self._one_story(int(text)) for text in texts)

    def _one_story(self, number: int) -> Part:
        """Its articles, also by a number that it had before."""
        row = self._database.one("SELECT story_id FROM story_aliases WHERE old = ?", (number,))
        story = row[0] if row else number
        return Leaf(
            "EXISTS (SELECT 1 FROM story_members AS im WHERE im.article_id = {id} AND im.story_id = ?)",
            (story,),
            source=Source("story_members AS s", "s.article_id", "s.story_id = ?", (story,)),
        )

    def _rule(self, term: Term, texts: list[str]) -> Part:
        named = {fold(text) or text for text in texts}
        rules = self._database.all("SELECT id, name FROM rules")
        return some(_hit(rule) for rule, name in rules if (fold(name) or name) in named)

    def _outlets(self, term: Term, texts: list[str]) -> Part:
        operator = _OPERATORS[term.op]
        return some(Leaf(f"{OUTLETS} {operator} ?", (int(text),)) for text in texts)

    def _score(self, term: Term, texts: list[str]) -> Part:
        return some(_scored(_OPERATORS[term.op], int(text)) for text in texts)


def _of_feed(feed: int) -> Source:
    """The index by feed: of one feed it is in order."""
    return Source(_BY_FEED, "a.id", "a.feed_id = ?", (feed,), feed="a.feed_id", has_articles=True)


def _of_feeds(feeds: set[int]) -> Source:
    """The same of several, to be sorted."""
    return replace(
        _of_feed(0), where=f"a.feed_id IN {LISTED}", parameters=(json.dumps(sorted(feeds)),), whole=False
    )


def _among(select: str, *parameters: Any) -> Leaf:
    """Being in a short list."""
    source = Source("articles AS a", "a.id", f"a.id IN ({select})", parameters, has_articles=True)
    return Leaf(f"{{id}} IN ({select})", parameters, source=source)


def _own_tag(tag: str) -> Leaf:
    """The reader or a rule gave it this tag; of several rows the first counts."""
    first = (
        "s.tag = ? AND NOT EXISTS (SELECT 1 FROM article_tags AS ot "
        "WHERE ot.tag = s.tag AND ot.article_id = s.article_id AND ot.rule_id < s.rule_id)"
    )
    return Leaf(
        "EXISTS (SELECT 1 FROM article_tags AS it WHERE it.tag = ? AND it.article_id = {id})",
        (tag,),
        source=Source("article_tags AS s", "s.article_id", first, (tag,)),
    )


def _hit(rule: int) -> Leaf:
    return Leaf(
        "EXISTS (SELECT 1 FROM rule_hits AS ih WHERE ih.rule_id = ? AND ih.article_id = {id})",
        (rule,),
        source=Source("rule_hits AS s", "s.article_id", "s.rule_id = ?", (rule,)),
    )


def _scored(operator: str, number: int) -> Leaf:
    """A comparison of the score; only where 0 is left out, the scores that there are answer it alone."""
    of_nothing = {"=": number == 0, "<": number > 0, "<=": number >= 0, ">": number < 0, ">=": number <= 0}
    source = Source("scores AS s", where=f"s.score {operator} ?", parameters=(number,))
    return Leaf(f"{SCORE} {operator} ?", (number,), source=None if of_nothing[operator] else source)


def _from(second: int) -> Leaf:
    """At that second or later."""
    return Leaf("{id} >= ?", (first_id(second),), bound=True)


def _before(second: int) -> Leaf:
    """Before that second."""
    return Leaf("{id} < ?", (first_id(second),), bound=True)


def _aged(operator: str, second: int) -> Part:
    """A comparison of an age, as one of times: they run the other way."""
    made: dict[str, tuple[Part, ...]] = {
        "<": (_from(second + 1),),
        "<=": (_from(second),),
        ">": (_before(second),),
        ">=": (_before(second + 1),),
        "=": (_from(second), _before(second + 1)),
    }
    return every(made[operator])


def earlier(article_id: int) -> Leaf:
    """Older than an article."""
    return Leaf("{id} < ?", (article_id,), bound=True)


def is_whole_address(text: str) -> bool:
    """Whether a value of url: is the address of one article."""
    return _WHOLE_ADDRESS.match(text) is not None
