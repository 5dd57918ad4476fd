"""kill -9 in the middle of a sync, at twenty random moments: nothing lost, doubled or broken."""

from __future__ import annotations

import random
from pathlib import Path

from aggregator.library import Library
from tests.aggregator.commands import command, finish, start
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import item, query, rss, write_config

FEEDS, ITEMS, TRIALS = 24, 20, 20

WHAT = (
    "SELECT f.url, b.guid, a.title FROM articles a JOIN bodies b USING (id) JOIN feeds f ON f.id = a.feed_id"
)


def documents(epoch: int) -> dict[str, tuple[bytes, str]]:
    """The feeds at a time: each epoch brings an item and edits one."""
    stories = {
        feed: [
            item(feed * 1000 + n, f"Feed {feed} story {n} v{0 if n else epoch}") for n in range(ITEMS + epoch)
        ]
        for feed in range(FEEDS)
    }
    return {f"feed{feed}": (rss(*items), "application/rss+xml") for feed, items in stories.items()}


def test_twenty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    chance = random.Random(20)
    with FileServer(documents(0)) as server:
        config = write_config(tmp_path, [server.url(name) for name in documents(0)])
        for trial in range(TRIALS):
            server.files = documents(trial)
            process = start(config, "sync", "--force", "--json")
            assert process.stdout is not None
            # the program's own output is the clock: a random number of feeds into the round, or before it
            for _ in range(chance.randrange(FEEDS)):
                process.stdout.readline()
            process.kill()
            finish(process)
            with Library(config) as library:
                library.mend()  # the index is a file of its own: a kill may fall between the two commits
                assert library.findings() == [], f"trial {trial}"
        code, _, diagnostics = command(config, "sync", "--force")
        assert (code, diagnostics) == (0, "")
    articles = query(config, WHAT)
    expected = FEEDS * (ITEMS + TRIALS - 1)
    assert len(articles) == len({row[:2] for row in articles}) == expected
    assert all(row[2].endswith(f"v{TRIALS - 1}") for row in articles if " story 0 " in row[2])
    with Library(config) as library:
        assert library.counts() == (expected, expected)
        assert library.findings() == []
        assert sum(info.unread for info in library.feeds()) == expected
        assert len(library.ids("story")) == expected, "the search index holds every article"
