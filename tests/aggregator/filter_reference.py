"""What filters mean, said plainly and slowly: an evaluator of trees on plain records, which knows no SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aggregator.text.fold import fold
from aggregator.text.query import moment, span_seconds
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Not, Query, Term, Value

COMPARE: dict[str, Callable[[int, int], bool]] = {
    ":": operator.eq,
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Outlet:
    """A feed as its articles' filters see it."""

    id: int
    url: str
    title: str
    outlet: str
    country: str
    tags: tuple[str, ...]
    subscribed: bool


@dataclass
class Record:
    """An article with all that can be asked of it."""

    id: int
    at: int
    feed: Outlet
    title: str
    author: str
    text: str
    language: str
    categories: tuple[str, ...]
    url: str
    first_seen: int
    page_url: str = ""
    stories: tuple[int, ...] = ()  # the number of its story, and those that it had before
    outlets: int = 1
    score: int = 0
    rules: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)  # unread starred hidden live updated fulltext related noted


@dataclass(frozen=True)
class Reference:
    """A cache of records, in any order."""

    records: tuple[Record, ...]
    last_look: int

    def ids(self, query: Query) -> list[int]:
        """The articles of a query, in its order."""
        found = [
            r for r in self.records if self.shown(r, query.root) and self.holds(r, query.root, query.now)
        ]
        return [record.id for record in sorted(found, key=lambda record: order(record, query.sort))]

    def matching(self, query: Query) -> set[int]:
        """The articles of a query, those too that no list shows."""
        return {record.id for record in self.records if self.holds(record, query.root, query.now)}

    def shown(self, record: Record, root: Node) -> bool:
        """Whether lists show the article: it is not hidden, and its feed was not given up."""
        asked = list(outside_negations(root))
        if "hidden" in record.flags and not any(map(asks_for_hidden, asked)):
            return False
        kept = bool(record.flags & {"starred", "noted"}) or bool(record.tags)
        return record.feed.subscribed or kept or any(term.field in ("outlet", "feed") for term in asked)

    def holds(self, record: Record, node: Node, now: int) -> bool:
        """Whether a tree is true of an article."""
        match node:
            case Not(part):
                return not self.holds(record, part, now)
            case All(parts):
                return all(self.holds(record, part, now) for part in parts)
            case AnyOf(parts):
                return any(self.holds(record, part, now) for part in parts)
            case Term():
                return any(self.says(record, node, value, now) for value in node.values)

    def says(self, record: Record, term: Term, value: Value, now: int) -> bool:
        """Whether one value of a condition is true of an article."""
        if term.field == "is":
            return self.has_flag(record, value.text)
        if term.field in (WORDS, "title", "text", "author"):
            parts = ("title", "text") if term.field == WORDS else (term.field,)
            return any(has_words(getattr(record, part), value) for part in parts)
        if term.field in ("since", "until", "age", "outlets", "score"):
            return compares(record, term, value.text, now)
        return is_of(record, term.field, value.text)

    def has_flag(self, record: Record, flag: str) -> bool:
        """Whether a flag is up."""
        match flag:
            case "read":
                return "unread" not in record.flags
            case "tagged":
                return bool(record.tags)
            case "new":
                return record.first_seen > self.last_look
            case _:
                return flag in record.flags


def order(record: Record, sort: str) -> tuple[int, int]:
    """What an order sorts by: ascending."""
    match sort:
        case "oldest":
            return (0, record.id)
        case "score":
            return (-record.score, -record.id)
        case "outlets":
            return (-record.outlets, -record.id)
        case _:
            return (0, -record.id)


def outside_negations(node: Node) -> Iterator[Term]:
    """The conditions that are asked for rather than left out."""
    match node:
        case Term():
            yield node
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from outside_negations(part)


def asks_for_hidden(term: Term) -> bool:
    """Conditions that say exactly what is wanted, hidden or not."""
    texts = [value.text for value in term.values]
    return (
        term.field in ("rule", "story")
        or (term.field == "is" and "hidden" in texts)
        or (term.field == "url" and any(text.lower().startswith("http") for text in texts))
    )


def compares(record: Record, term: Term, text: str, now: int) -> bool:
    """Conditions on times and numbers."""
    compare = COMPARE[term.op]
    match term.field:
        case "since":
            return record.at >= moment(text, now)
        case "until":
            return record.at < moment(text, now, end=True)
        case "age":
            return compare(now - record.at, span_seconds(text))
        case "outlets":
            return compare(record.outlets, int(text))
        case _:
            return compare(record.score, int(text))


def is_of(record: Record, field: str, text: str) -> bool:
    """Conditions on where an article comes from and what it belongs to."""
    feed = record.feed
    answers = {
        "outlet": lambda: has_part(feed.outlet, text),
        "feed": lambda: has_part(f"{feed.title} {feed.url}", text),
        "lang": lambda: record.language == text.casefold(),
        "country": lambda: feed.country.upper() == text.upper(),
        "topic": lambda: is_one_of(text, (*record.categories, *feed.tags)),
        "tag": lambda: is_one_of(text, (*record.categories, *feed.tags, *record.tags)),
        "rule": lambda: is_one_of(text, record.rules),
        "story": lambda: int(text) in record.stories,
        "url": lambda: is_address(record, text),
    }
    return answers[field]()


def has_words(text: str, value: Value) -> bool:
    """Whether the words stand in the text, in search spelling and this order."""
    wanted, text = fold(value.text), f" {fold(text)} "
    if not wanted:
        return False
    return f" {wanted}" in text if value.prefix else f" {wanted} " in text


def has_part(text: str, part: str) -> bool:
    """Whether the part is in the text, both in search spelling."""
    return bool(fold(part)) and fold(part) in fold(text)


def is_one_of(text: str, names: Iterable[str]) -> bool:
    """Whether it is a name, in search spelling."""
    return bool(fold(text)) and fold(text) in map(fold, names)


def is_address(record: Record, text: str) -> bool:
    """The very address of article or page; a host or one above its; or a part of the address."""
    if text.lower().startswith("http"):
        return plain(text) in (plain(record.url), plain(record.page_url))
    if "." in text and "/" not in text:
        host = urlsplit(record.url).netloc
        return f".{host}".endswith(f".{text.lower()}")
    return text.lower() in record.url.lower()


def plain(url: str) -> str:
    """An address without what differs between copies of it; the sample has but these."""
    return url.replace("//www.", "//").rstrip("/")
