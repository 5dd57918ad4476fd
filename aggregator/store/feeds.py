"""Feeds: what the configuration says of them, what polling remembers, and the log of polls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, replace
from functools import lru_cache
from operator import attrgetter
from urllib.parse import urlsplit

from aggregator import config
from aggregator.model import PAUSED, FeedInfo, FeedMove, FeedState, FetchLogRow, PollHints, Validators
from aggregator.moving import TWIN
from aggregator.store.database import Database, Row
from aggregator.store.turns import mend_times
from aggregator.text.fold import fold

DISTINCT = 256  # different tags and polling hints kept in memory
LOG_KEPT = 40  # polls remembered a feed: about a day of a busy one

_COLUMNS = (
    "id, url, title, outlet, language, country, tags, subscribed, fetch_url, etag, "
    "last_modified, validators_url, body_hash, item_hashes, next_check, interval, fixed_interval, "
    "last_checked, last_success, last_new, last_full, "
    "failures, error_kind, error, status, parked, moved_to, moved_count, moved_first, hints, "
    "asked, attempts, deaths, failed_since, told_until, told_host, fresh_for, moves"
)
_SELECT = f"SELECT {_COLUMNS} FROM feeds"
_VALIDATORS = ("etag", "last_modified", "validators_url")
_POLLED = (
    *("fetch_url", "body_hash", "item_hashes", "next_check", "interval"),
    *("last_checked", "last_success", "last_new", "last_full"),
    *("failures", "error_kind", "error", "status", "parked", "moved_to", "moved_count", "moved_first"),
    *("asked", "attempts", "deaths", "failed_since", "told_until", "told_host", "fresh_for"),
)
_polled_values = attrgetter(*_POLLED)
# A pause is the user's: a poll that was under way neither ends one nor brings one back.
_PARKED = f"parked = iif(parked = '{PAUSED}', parked, ifnull(nullif(?, '{PAUSED}'), parked))"
_SET = (_PARKED if name == "parked" else f"{name} = ?" for name in (*_VALIDATORS, *_POLLED, "hints", "moves"))
_SAVE = f"UPDATE feeds SET {', '.join(_SET)} WHERE id = ?"
# Feeds whose articles were lost (an old backup, a hand in the file): none is left, and none was forgotten.
_EMPTIED = (
    "SELECT id FROM feeds WHERE last_new > 0 "
    "AND NOT EXISTS (SELECT 1 FROM articles WHERE feed_id = feeds.id) "
    "AND NOT EXISTS (SELECT 1 FROM seen WHERE feed_id = feeds.id AND article_id = 0)"
)
_NAMES = "configured_title, configured_outlet, configured_language, own_title, own_language"
_LOG_COLUMNS = "feed_id, at, outcome, status, error, elapsed_ms, wire_bytes, new, updated"


class Feeds:
    """The table of feeds, subscribed or once subscribed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[FeedState]:
        """Every feed we know, subscribed or not, in the order in which they were added."""
        return [_state(row) for row in self._database.all(f"{_SELECT} ORDER BY id")]

    def get(self, url: str) -> FeedState | None:
        """The feed with this address in the configuration."""
        row = self._database.one(f"{_SELECT} WHERE url = ?", (url,))
        return None if row is None else _state(row)

    def infos(self) -> list[FeedInfo]:
        """The subscribed feeds with their numbers of unread and of all articles."""
        rows = self._database.all(
            f"SELECT {_COLUMNS}, c.unread, c.total FROM feeds JOIN feed_counts c ON c.feed_id = id "
            "WHERE subscribed ORDER BY id"
        )
        return [FeedInfo(_state(row[:-2]), row[-2], row[-1]) for row in rows]

    def reconcile(self, feeds: Sequence[config.Feed]) -> None:
        """Make the rows agree with the configuration.

        An enabled feed is subscribed; any other keeps its row and articles but is no longer polled.
        One that is subscribed again is due at once, even if it was parked. Writes nothing when all
        agrees already.
        """
        known = {row[0]: row[1:] for row in self._database.all(_CONFIGURED)}
        wanted = {feed.url: _configured(feed) for feed in feeds if feed.enabled}
        fresh = [url for url in wanted if url not in known]
        changed = [url for url in wanted if url in known and known[url] != (*wanted[url], 1)]
        dropped = [url for url, row in known.items() if row[-1] and url not in wanted]
        if not (fresh or changed or dropped):
            return
        with self._database.write():
            self._database.many(
                "INSERT INTO feeds (url, fetch_url) VALUES (?, ?) "
                "ON CONFLICT (url) DO UPDATE SET imported = 0, parked = '', next_check = 0",
                ((url, url) for url in fresh),
            )
            self._database.run("INSERT OR IGNORE INTO feed_counts (feed_id) SELECT id FROM feeds")
            again = [(url,) for url in changed if not known[url][-1]]
            self._database.many(
                "UPDATE feeds SET parked = '', failures = 0, error = '', error_kind = '', next_check = 0 "
                "WHERE url = ?",
                again,
            )
            self._database.many(_CONFIGURE, ((*wanted[url], url) for url in (*fresh, *changed)))
            self._database.many("UPDATE feeds SET subscribed = 0 WHERE url = ?", ((url,) for url in dropped))
            self._database.many(  # who left the polling to one of these is asked again
                "UPDATE feeds SET parked = '', next_check = 0 WHERE parked = ?",
                ((TWIN + url,) for url in dropped),
            )
            for url in (*fresh, *changed):
                self._name(url)

    def ensure(self, url: str, outlet: str, language: str) -> FeedState:
        """The feed with this address, made if it is not known; for articles that come from an archive.

        One made so, or let go before, is listed like a subscription, though it is in no configuration
        and never polled.
        """
        with self._database.write():
            made = self._database.run(
                "INSERT INTO feeds (url, fetch_url, configured_outlet, configured_language, own_title, "
                "imported, parked) VALUES (?1, ?1, ?2, ?3, ?2, 1, 'imported from an archive') "
                "ON CONFLICT DO UPDATE SET imported = 1, subscribed = 1, parked = excluded.parked "
                "WHERE NOT subscribed",
                (url, outlet, language),
            )
            if made:
                self._database.run("INSERT OR IGNORE INTO feed_counts (feed_id) SELECT id FROM feeds")
                self._name(url)
        row = self._database.one(f"{_SELECT} WHERE url = ?", (url,))
        return _state(row or ())

    def due(self, now: int, *, urls: Sequence[str] | None = None, force: bool = False) -> list[FeedState]:
        """The subscribed feeds to ask now, the longest overdue first.

        ``urls`` names feeds to ask now whatever their time, even parked ones; ``force`` means all
        that are not parked. Times of a clock that was wrong are mended first.
        """
        mend_times(self._database, now)
        if urls is not None:
            named = json.dumps(list(urls))
            where, parameters = "subscribed AND url IN (SELECT value FROM json_each(?))", (named,)
        else:
            where = "subscribed AND parked = '' AND (next_check <= ? OR ?)"
            parameters = (now, force)  # type: ignore[assignment]  # a tuple of another shape
        rows = self._database.all(f"{_SELECT} WHERE {where} ORDER BY next_check, id", parameters)
        emptied = {row[0] for row in self._database.all(_EMPTIED)}
        return [_as_new(state) if state.id in emptied else state for state in map(_state, rows)]

    def save(self, states: Iterable[FeedState]) -> None:
        """Keep what polling learnt; names and subscription come from the configuration and stay."""
        with self._database.write():
            self._database.many(_SAVE, (_polled(state) for state in states))

    def set_parked(self, url: str, reason: str) -> None:
        """Stop polling a feed, saying why, or with "" take it up again: at once where polling gave it up."""
        with self._database.write():
            self._database.run(
                "UPDATE feeds SET parked = ?1, next_check = "
                f"iif(?1 = '' AND parked NOT IN ('', '{PAUSED}'), 0, next_check) WHERE url = ?2",
                (reason, url),
            )

    def facts(self, feed_id: int, title: str, language: str) -> None:
        """What the document says of itself; shown where the configuration gives nothing."""
        row = self._database.one("SELECT url, own_title, own_language FROM feeds WHERE id = ?", (feed_id,))
        if row is None or row[1:] == (title, language):
            return
        with self._database.write():
            self._database.run(
                "UPDATE feeds SET own_title = ?, own_language = ? WHERE id = ?", (title, language, feed_id)
            )
            self._name(row[0])

    def log(self, rows: Iterable[FetchLogRow]) -> None:
        """Note polls; each feed keeps its newest ``LOG_KEPT``."""
        noted = list(rows)
        with self._database.write():
            self._database.many(
                f"INSERT INTO fetch_log ({_LOG_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        r.feed_id,
                        r.at,
                        r.outcome,
                        r.status,
                        r.error,
                        r.elapsed_ms,
                        r.wire_bytes,
                        r.new,
                        r.updated,
                    )
                    for r in noted
                ),
            )
            self._database.many(
                "DELETE FROM fetch_log WHERE feed_id = ?1 AND id <= (SELECT id FROM fetch_log "
                f"WHERE feed_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET {LOG_KEPT})",
                ((feed_id,) for feed_id in {row.feed_id for row in noted}),
            )

    def own_title(self, feed_id: int) -> str:
        """What a feed's document calls itself, "" where none was read."""
        return str(self._database.value("SELECT own_title FROM feeds WHERE id = ?", (feed_id,)) or "")

    def asked_at(self, url: str, *, besides: int) -> str:
        """The address of another feed that is followed, not parked, and asked at ``url``; "" for none."""
        row = self._database.one(
            "SELECT url FROM feeds WHERE (url = ?1 OR fetch_url = ?1) AND subscribed AND parked = '' "
            "AND id <> ?2 ORDER BY id",
            (url, besides),
        )
        return row[0] if row else ""

    def history(self, feed_id: int, limit: int = 20) -> list[FetchLogRow]:
        """The newest polls of a feed, newest first."""
        rows = self._database.all(
            f"SELECT {_LOG_COLUMNS} FROM fetch_log WHERE feed_id = ? ORDER BY id DESC LIMIT ?",
            (feed_id, limit),
        )
        return [FetchLogRow(*row) for row in rows]

    def _name(self, url: str) -> None:
        """Work out what is shown for a feed, and its search spelling."""
        title, outlet, language, own_title, own_language = self._database.one(
            f"SELECT {_NAMES} FROM feeds WHERE url = ?", (url,)
        ) or ("", "", "", "", "")
        title = title or own_title or config.without_password(url)
        outlet = outlet or own_title or (urlsplit(url).hostname or "").removeprefix("www.")
        self._database.run(
            "UPDATE feeds SET title = ?, outlet = ?, language = ?, title_folded = ?, outlet_folded = ? "
            "WHERE url = ?",
            (title, outlet, language or own_language, fold(f"{title} {url}"), fold(outlet), url),
        )


_CONFIGURED_NAMES = (
    *("configured_title", "configured_outlet", "configured_language", "country", "tags", "fixed_interval"),
)
_CONFIGURED = f"SELECT url, {', '.join(_CONFIGURED_NAMES)}, subscribed FROM feeds WHERE NOT imported"
_CONFIGURE = (
    f"UPDATE feeds SET {', '.join(f'{name} = ?' for name in _CONFIGURED_NAMES)}, subscribed = 1 WHERE url = ?"
)


def _configured(feed: config.Feed) -> Row:
    """The columns that come from the configuration, in the order of ``_CONFIGURED_NAMES``."""
    tags = json.dumps(feed.tags, ensure_ascii=False)
    return (feed.title, feed.outlet, feed.language, feed.country, tags, feed.interval_seconds)


def _polled(state: FeedState) -> Row:
    """The columns that polling changes, in the order of ``_SAVE``, and the id."""
    validators = state.validators
    hints = _hints_text(state.hints)
    return (
        validators.etag,
        validators.last_modified,
        validators.url,
        *_polled_values(state),
        hints,
        _moves_text(state.moves),
        state.id,
    )


def _state(row: Row) -> FeedState:
    """A row of ``_COLUMNS``."""
    tags, subscribed, fetch_url = row[6:9]
    validators = Validators(*row[9:12])
    named = (*row[:6], _tags(tags), bool(subscribed), fetch_url, validators)
    values: Row = (*named, *row[12:29], _hints(row[29]), *row[30:-1], _moves(row[-1]))
    return FeedState(*values)


# Most feeds say the same, or nothing; a round reads and writes all of them.
@lru_cache(maxsize=DISTINCT)
def _tags(text: str) -> tuple[str, ...]:
    """The column ``tags``."""
    return tuple(json.loads(text))


@lru_cache(maxsize=DISTINCT)
def _hints(text: str) -> PollHints:
    """The column ``hints``."""
    ttl, hours, days = json.loads(text)
    return PollHints(ttl, tuple(hours), tuple(days))


@lru_cache(maxsize=DISTINCT)
def _hints_text(hints: PollHints) -> str:
    """What is stored in the column ``hints``."""
    return json.dumps([hints.ttl, hints.skip_hours, hints.skip_days])


def _as_new(state: FeedState) -> FeedState:
    """The feed without what would keep its document from being sent and read wholly."""
    return replace(state, validators=Validators(), body_hash=b"", item_hashes=b"")


@lru_cache(maxsize=DISTINCT)
def _moves(text: str) -> tuple[FeedMove, ...]:
    """The column ``moves``."""
    return tuple(FeedMove(*move) for move in json.loads(text))


@lru_cache(maxsize=DISTINCT)
def _moves_text(moves: tuple[FeedMove, ...]) -> str:
    """What is stored in the column ``moves``."""
    return json.dumps([astuple(move) for move in moves], ensure_ascii=False)
