"""What ``hakawati doctor`` asks: are the files sound, private, and do the kept numbers agree?"""

from __future__ import annotations

import stat
from collections.abc import Iterator

from aggregator.store.database import Database
from aggregator.store.places import Files

MAX_FINDINGS = 20  # a damaged file can have thousands; the first ones tell enough


def findings(database: Database, files: Files) -> Iterator[str]:
    """What is wrong, a sentence each. Reads both files wholly."""
    yield from _sound(database)
    yield from _counts(database)
    yield from _hidden(database)
    yield from _private(files)


def _sound(database: Database) -> Iterator[str]:
    for (answer,) in database.all(f"PRAGMA quick_check({MAX_FINDINGS})"):
        if answer != "ok":
            yield f"A database file is damaged: {answer}."
    orphans = database.all("PRAGMA main.foreign_key_check")
    if orphans:
        tables = ", ".join(sorted({row[0] for row in orphans}))
        yield f"{len(orphans)} rows belong to articles or feeds that are not there (in {tables})."


def _counts(database: Database) -> Iterator[str]:
    wrong = database.value(
        "SELECT count(*) FROM feeds f LEFT JOIN feed_counts c ON c.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM articles GROUP BY feed_id) a ON a.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM unread GROUP BY feed_id) u ON u.feed_id = f.id "
        "LEFT JOIN (SELECT feed_id, count(*) AS n FROM hidden GROUP BY feed_id) h ON h.feed_id = f.id "
        "WHERE c.total IS NOT coalesce(a.n, 0) OR c.unread IS NOT coalesce(u.n, 0) "
        "OR c.hidden IS NOT coalesce(h.n, 0)"
    )
    if wrong:
        yield f"The kept numbers of articles are wrong for {wrong} feeds."
    stray = database.value("SELECT count(*) FROM unread WHERE id NOT IN (SELECT id FROM articles)")
    if stray:
        yield f"{stray} articles are marked unread but are not there."


def _hidden(database: Database) -> Iterator[str]:
    both = database.value("SELECT count(*) FROM hidden h JOIN unread u ON u.id = h.id")
    if both:
        yield f"{both} articles are hidden and in the lists of unread ones at once."
    ruled = database.value(
        "SELECT count(*) FROM articles a LEFT JOIN hidden h ON h.id = a.id WHERE (h.id IS NOT NULL) <> "
        "EXISTS (SELECT 1 FROM rule_hits r JOIN rules q ON q.id = r.rule_id "
        "WHERE r.article_id = a.id AND q.hides)"
    )
    if ruled:
        yield f"{ruled} articles are hidden without a rule, or shown in spite of one."


def _private(files: Files) -> Iterator[str]:
    for path in (files.cache, files.news, files.search):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield f"{path}: can be read by other users of this computer; run `chmod go= {path}`."
