"""What tests of whole rounds share: a configuration for loopback servers, feeds written on the spot."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from aggregator import config as config_files
from aggregator import sync
from aggregator.config import Config
from aggregator.writer import FeedResult

NOW = 1_790_000_000

CONTENT = ("articles", "bodies", "revisions", "links", "stories", "story_members", "unread", "seen")


def write_config(folder: Path, urls: Sequence[str], fetch: str = "") -> Config:
    """A configuration in ``folder`` that subscribes to ``urls`` on loopback, unspaced, without the model."""
    lines = ["[fetch]", "spacing = 0", "per_host = 16", 'allow_private = ["127.0.0.0/8"]', fetch]
    lines += ["[related]", "vectors = false"]
    lines += [f'[[feeds]]\nurl = "{url}"\nlanguage = "en"' for url in urls]
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    return config_files.load(path)


def item(number: int, title: str = "", body: str = "", guid: str = "", when: str = "") -> str:
    """An RSS item; number makes guid, link and title its own."""
    return (
        f"<item><title>{title or f'Title {number}'}</title><link>https://news.example/story/{number}</link>"
        f"<guid>{guid or f'guid-{number}'}</guid><pubDate>{when or 'Mon, 21 Sep 2026 10:00:00 GMT'}</pubDate>"
        f"<description><![CDATA[{body or f'<p>Body of story {number}.</p>'}]]></description></item>"
    )


def rss(*items: str, built: str = "") -> bytes:
    """An RSS document."""
    head = f"<title>Invented News</title><link>https://news.example/</link><lastBuildDate>{built}</lastBuildDate>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{"".join(items)}</channel></rss>'.encode()


def run(config: Config, now: int = NOW, **options: Any) -> tuple[sync.Totals, dict[str, FeedResult]]:
    """One round at ``now``; its totals and the results by address."""
    results: dict[str, FeedResult] = {}

    def keep(result: FeedResult) -> None:
        results[result.url] = result

    totals = asyncio.run(sync.run(config, report=keep, clock=lambda: now, **options))
    return totals, results


def query(config: Config, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Rows of the cache's database file, read from outside."""
    with closing(sqlite3.connect(config.cache / "news.sqlite3")) as database:
        return database.execute(sql, parameters).fetchall()


def content(config: Config) -> str:
    """A checksum of everything that syncing the same bytes must leave as it is."""
    digest = hashlib.sha256()
    for table in CONTENT:
        for row in sorted(query(config, f"SELECT * FROM {table}"), key=repr):
            digest.update(repr(row).encode())
    return digest.hexdigest()
