"""What watches would have told of real news: which events, how late, and how much else.

    python tests/bench/replay_watches.py ARTICLES

ARTICLES is the folder of dated articles (with rumca-rss-2022-2023.jsonl.gz in it, which has every second
fortnight). They are stored and indexed as those of an archive; each watch looks at them every quarter of
an hour. Whatever is told outside the week after an event of the list counts as false, though most of it
is some smaller event. The numbers of ``watching`` were chosen on the first part and kept for the second.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

from aggregator.model import ArticleDraft
from aggregator.store.db import Store
from aggregator.text.inert import clean_text
from aggregator.text.query import parse
from aggregator.text.searchable import searchable
from aggregator.watches import BACK, arrivals
from aggregator.watching import DAY, HOUR, LEAST_ARTICLES, Arrivals, Spike, replay, timeless
from aggregator.writer import Arrival, store_arrivals

FILE = "rumca-rss-2022-2023.jsonl.gz"
BATCH = 2000  # articles a transaction
HALF, END = "2023-07-01", "2023-12-31"
TRUE_DAYS = 7  # after an event, in which an alert is about it
WATCHES = {
    "earthquake": "earthquake OR quake",
    "gaza": "gaza",
    "iran protests": "iran (protest OR amini OR hijab OR demonstration)",
    "oil": "oil OR opec",
    "yemen": "yemen OR houthi",
}
EVENTS = {  # what everybody knows of these months
    "earthquake": (
        ("Cianjur, Indonesia", "2022-11-21"),
        ("Turkey and Syria", "2023-02-06"),
        ("Al Haouz, Morocco", "2023-09-08"),
        ("Herat, Afghanistan", "2023-10-07"),
        ("Gansu, China", "2023-12-18"),
    ),
    "gaza": (
        ("fire in Jabaliya", "2022-11-17"),
        ("rockets after a prisoner's death", "2023-05-02"),
        ("rockets after Jenin", "2023-07-04"),
        ("attack of 7 October", "2023-10-07"),
    ),
    "iran protests": (
        ("death of Mahsa Amini", "2022-09-16"),
        ("first execution", "2022-12-08"),
        ("anniversary", "2023-09-15"),
    ),
    "oil": (
        ("OPEC+ cuts two million", "2022-10-05"),
        ("price cap", "2022-12-05"),
        ("surprise cut", "2023-04-02"),
        ("Saudi cut", "2023-06-04"),
        ("OPEC+ meeting", "2023-11-27"),
    ),
    "yemen": (
        ("stampede in Sanaa", "2023-04-20"),
        ("missiles intercepted", "2023-10-19"),
        ("ship seized", "2023-11-19"),
        ("Red Sea coalition", "2023-12-18"),
    ),
}
TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Outcome:
    """An event: its first matching article and its first alert after that; None where there is none."""

    name: str
    day: str
    first: int | None
    alert: Spike | None

    @property
    def delay(self) -> float | None:
        """Hours from the one to the other."""
        return (self.alert.at - self.first) / HOUR if self.alert and self.first is not None else None


def seconds(day: str) -> int:
    """The beginning of a day, UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def plain(text: str | None) -> str:
    """Markup taken out, for words only."""
    return clean_text(html.unescape(TAG.sub(" ", text or "")), limit=4000)


def rows(articles: Path, since: str, until: str) -> Iterator[tuple[str, ArticleDraft]]:
    """(outlet, article) of the file between two days."""
    with gzip.open(articles / FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if not since <= row["published"] < until:
                continue
            title, summary = plain(row["title"]), plain(row["summary"])
            yield (
                row["outlet"],
                ArticleDraft(
                    guid=row["id"],
                    url=row["url"],
                    title=title,
                    author="",
                    summary=summary,
                    body=b"",
                    published=int(datetime.fromisoformat(row["published"]).timestamp()),
                    updated=None,
                    language=row["lang"],
                    content_hash=blake2b(row["id"].encode(), digest_size=16).digest(),
                    folded=searchable(title, summary, "", language=row["lang"]),
                    terms=b"",
                ),
            )


def fill(cache: Path, articles: Path, since: str = "2022-01-01", until: str = END) -> None:
    """Store and index the articles between two days."""
    waiting: list[tuple[str, ArticleDraft]] = []
    with Store.open(cache) as store:
        for row in rows(articles, since, until):
            waiting.append(row)
            if len(waiting) == BATCH:
                keep(store, waiting)
                waiting = []
        keep(store, waiting)


def keep(store: Store, batch: list[tuple[str, ArticleDraft]]) -> None:
    """Store one batch."""
    by_outlet = defaultdict(list)
    for outlet, draft in batch:
        by_outlet[outlet].append(draft)
    made = [Arrival(f"archive:{name}", name, "en", tuple(drafts)) for name, drafts in by_outlet.items()]
    store_arrivals(made, seconds(END), store)


def past(store: Store, query: str, since: str, until: str) -> Arrivals:
    """What a watch has to judge between two days, with the history before them."""
    now = seconds(until)
    matches = store.alerts.matches(timeless(parse(query, now)), seconds(since) - BACK)
    return arrivals(matches, store.alerts.times_of_all(seconds(since) - BACK, now))


def outcomes(given: Arrivals, told: list[Spike], name: str, since: str, until: str) -> list[Outcome]:
    """What became of a watch's events between two days."""
    listed = []
    for event, day in EVENTS[name]:
        if not since <= day < until:
            continue
        began = seconds(day)
        first = next((at for at in given.times if at >= began), None)
        if first is None or given.count(first - 1, first + DAY) < LEAST_ARTICLES or first > began + 14 * DAY:
            listed.append(Outcome(event, day, None, None))
            continue
        near = (spike for spike in told if first <= spike.at <= first + TRUE_DAYS * DAY)
        listed.append(Outcome(event, day, first, next(near, None)))
    return listed


def false_alerts(told: list[Spike], found: list[Outcome]) -> list[Spike]:
    """Those that are not within the week after an event."""
    starts = [one.first for one in found if one.first is not None]
    return [
        spike for spike in told if not any(start <= spike.at <= start + TRUE_DAYS * DAY for start in starts)
    ]


def quiet_days(given: Arrivals, found: list[Outcome], since: str, until: str) -> int:
    """The days with articles that are not in the week after an event."""
    heard = {at // DAY for at in given.everything if seconds(since) <= at < seconds(until)}
    starts = [one.first // DAY for one in found if one.first is not None]
    return sum(not any(start <= day <= start + TRUE_DAYS for start in starts) for day in heard)


def moment(at: int | None) -> str:
    """A time for the table."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}" if at is not None else "-"


def part(store: Store, since: str, until: str) -> None:
    """Measure and print one part."""
    print(f"\n{since} to {until}")
    print(f"{'watch':<14} {'event':<34} {'first article':<17} {'alert':<17} {'delay':>7}  told as")
    for name, query in WATCHES.items():
        began = time.perf_counter()
        given = past(store, query, since, until)
        told = list(replay(given, seconds(since), seconds(until)))
        found = outcomes(given, told, name, since, until)
        for one in found:
            delay = "-" if one.delay is None else f"{one.delay:.1f} h"
            spike = one.alert
            words = f"{spike.count} in {spike.hours} h, usually {spike.usual:.1f}" if spike else ""
            words = words or ("not told" if one.first else "not in the data")
            alert = moment(spike.at if spike else None)
            print(f"{name:<14} {one.name:<34} {moment(one.first):<17} {alert:<17} {delay:>7}  {words}")
        false, days = false_alerts(told, found), quiet_days(given, found, since, until)
        rate = 30 * len(false) / days if days else 0.0
        took = time.perf_counter() - began
        print(f"{name:<14} {len(told)} alerts; other than these events {len(false)} in {days} days", end="")
        print(f" = {rate:.1f} per 30 days ({took:.1f} s)", *(moment(one.at) for one in false), sep="; ")


def main() -> None:
    """Measure both parts."""
    articles = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        fill(Path(folder), articles)
        with Store.open(Path(folder), readonly=True) as store:
            print(f"{store.articles.count()[0]} articles in {time.perf_counter() - began:.0f} s")
            part(store, "2022-09-01", HALF)
            part(store, HALF, END)


if __name__ == "__main__":
    main()
