"""What can stand after a field of a filter, with how many articles that is: for completing what is typed.

Counts come from narrow tables that are kept as articles come and go, or from the newest articles alone:
they say what is worth typing, in a few milliseconds however large the cache is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final

from aggregator.store.database import Database
from aggregator.text.fold import fold

RECENT: Final = 5000  # articles that languages and topics are taken from: about a week of 300 feeds
MOST: Final = 50  # values at a time; who looks for more types another letter

Counted = list[tuple[str, int]]


class Values:
    """The values there are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._all: dict[str, Callable[[], Counter[str]]] = {
            "outlet": self._outlets,
            "feed": self._feeds,
            "country": self._countries,
            "lang": self._languages,
            "topic": self._topics,
            "tag": self._tags,
            "rule": self._rules,
        }

    def of(self, field: str, typed: str = "", *, most: int = MOST) -> Counted:
        """Values of a field in which a word begins with what was typed, the commonest first, with counts.

        Those that begin so themselves go first. Languages and topics are counted among the newest articles,
        rules by what they hit, the others by all articles. A field that has no list of values has none.
        """
        begun = fold(typed)
        found = self._all[field]() if field in self._all else Counter()
        fitting = [(value, number) for value, number in found.items() if f" {begun}" in f" {fold(value)}"]
        fitting.sort(key=lambda pair: (not fold(pair[0]).startswith(begun), -pair[1], pair[0]))
        return fitting[:most]

    def _outlets(self) -> Counter[str]:
        return self._by_feed("f.outlet")

    def _feeds(self) -> Counter[str]:
        return self._by_feed("f.title")

    def _countries(self) -> Counter[str]:
        return self._by_feed("upper(f.country)")

    def _by_feed(self, expression: str) -> Counter[str]:
        """What subscribed feeds have, with the number of their articles."""
        return self._counted(
            f"SELECT {expression} AS value, sum(c.total - c.hidden) FROM feeds AS f "
            "JOIN feed_counts AS c ON c.feed_id = f.id WHERE f.subscribed GROUP BY value"
        )

    def _languages(self) -> Counter[str]:
        return self._counted(
            "SELECT language, count(*) FROM (SELECT language FROM articles ORDER BY id DESC LIMIT ?) "
            "GROUP BY language",
            RECENT,
        )

    def _topics(self) -> Counter[str]:
        """The publishers' categories in search spelling, and the tags of feeds as they are written."""
        rows = self._database.all("SELECT tags FROM articles ORDER BY id DESC LIMIT ?", (RECENT,))
        found = Counter(topic for (tags,) in rows if tags for topic in tags[1:-1].split("|"))
        for tags, total in self._database.all(
            "SELECT f.tags, c.total FROM feeds AS f JOIN feed_counts AS c ON c.feed_id = f.id "
            "WHERE f.subscribed AND f.tags <> '[]'"
        ):
            _add(found, json.loads(tags), total)
        return found

    def _tags(self) -> Counter[str]:
        """The reader's and the rules' own, and all topics."""
        own = self._counted(
            "SELECT coalesce(n.name, t.tag), t.number FROM (SELECT tag, count(DISTINCT article_id) AS number "
            "FROM article_tags GROUP BY tag) AS t LEFT JOIN tag_names AS n ON n.tag = t.tag"
        )
        topics = self._topics()
        for name in own:
            topics.pop(fold(name), None)
        return topics + own

    def _rules(self) -> Counter[str]:
        return self._counted(
            "SELECT r.name, count(*) FROM rule_hits AS h JOIN rules AS r ON r.id = h.rule_id GROUP BY r.name"
        )

    def _counted(self, select: str, *parameters: int) -> Counter[str]:
        """Rows of value and number; a value without a name is none."""
        return Counter({value: number for value, number in self._database.all(select, parameters) if value})


def _add(found: Counter[str], names: Iterable[str], number: int) -> None:
    """Count names under the spelling that is there already."""
    for name in names:
        found[fold(name) if fold(name) in found else name] += number
