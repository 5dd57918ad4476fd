"""The tables, as one ordered list of migrations.

A migration is a function of a connection; it runs in a transaction of its own that ends by raising
``user_version``, so one that is interrupted leaves the file as it was. To change the schema, append
a function to ``MIGRATIONS``; never change one that was released.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

APPLICATION_ID = 0x48414B41  # "HAKA", in the header of both files, this one and the search index

Migration = Callable[[sqlite3.Connection], None]

FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- A row a feed that was ever subscribed. "configured_" comes from config.toml, "own_" from the document;
-- outlet, title and language are what is shown, outlet_folded and title_folded what is searched.
CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    configured_title TEXT NOT NULL DEFAULT '',
    configured_outlet TEXT NOT NULL DEFAULT '',
    configured_language TEXT NOT NULL DEFAULT '',
    own_title TEXT NOT NULL DEFAULT '',
    own_language TEXT NOT NULL DEFAULT '',
    outlet TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    outlet_folded TEXT NOT NULL DEFAULT '',
    title_folded TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    subscribed INTEGER NOT NULL DEFAULT 1,
    fetch_url TEXT NOT NULL,
    etag TEXT,
    last_modified TEXT,
    validators_url TEXT NOT NULL DEFAULT '',
    body_hash BLOB NOT NULL DEFAULT x'',
    item_hashes BLOB NOT NULL DEFAULT x'',
    next_check INTEGER NOT NULL DEFAULT 0,
    interval INTEGER NOT NULL DEFAULT 0,
    fixed_interval INTEGER NOT NULL DEFAULT 0,
    last_checked INTEGER NOT NULL DEFAULT 0,
    last_success INTEGER NOT NULL DEFAULT 0,
    last_new INTEGER NOT NULL DEFAULT 0,
    last_full INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    error_kind TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    status INTEGER,
    parked TEXT NOT NULL DEFAULT '',
    moved_to TEXT NOT NULL DEFAULT '',
    moved_count INTEGER NOT NULL DEFAULT 0,
    moved_first INTEGER NOT NULL DEFAULT 0,
    hints TEXT NOT NULL DEFAULT '[null, [], []]', -- JSON: ttl in seconds, skipHours, skipDays
    imported INTEGER NOT NULL DEFAULT 0 -- made by an archive: in no configuration and never polled
) STRICT;

CREATE INDEX feeds_dropped ON feeds (id) WHERE NOT subscribed;

-- Kept by whoever writes articles or marks, in the same transaction; never counted when drawing.
CREATE TABLE feed_counts (
    feed_id INTEGER PRIMARY KEY REFERENCES feeds,
    unread INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What lists need, narrow. id = sorting time in seconds << 20 | counter, so newest first is by id.
-- url_key is a hash of the canonical address (0 = none); tags are folded: "|oil|gulf states|" or "".
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds,
    url_key INTEGER NOT NULL,
    edited INTEGER NOT NULL DEFAULT 0,
    related INTEGER NOT NULL DEFAULT 0,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    tags TEXT NOT NULL
) STRICT;
CREATE INDEX articles_by_feed ON articles (feed_id);
CREATE INDEX articles_by_url ON articles (url_key, feed_id);

-- The rest of an article; extra is JSON: tags, enclosures, image ("" when it has none of them).
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    guid TEXT NOT NULL,
    url TEXT NOT NULL,
    author TEXT NOT NULL,
    summary TEXT NOT NULL,
    published INTEGER,
    updated INTEGER,
    first_seen INTEGER NOT NULL,
    extra TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Which identity (see identity.py) is which article. Rows outlive pruning, with article_id 0: known, gone.
CREATE TABLE seen (
    feed_id INTEGER NOT NULL,
    identity INTEGER NOT NULL,
    article_id INTEGER NOT NULL,
    PRIMARY KEY (feed_id, identity)
) STRICT, WITHOUT ROWID;

-- Marks, as narrow sets: an article that is not in unread is read.
CREATE TABLE unread (id INTEGER PRIMARY KEY, feed_id INTEGER NOT NULL) STRICT;
CREATE TABLE starred (
    id INTEGER PRIMARY KEY REFERENCES articles, -- no cascade: nothing may delete what a user starred
    at INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;
-- What can be undone; ids are packed (see marks.py).
CREATE TABLE journal (
    id INTEGER PRIMARY KEY,
    action TEXT NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0,
    ids BLOB NOT NULL
) STRICT;

CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    content_hash BLOB NOT NULL,
    seen INTEGER NOT NULL,
    language TEXT NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (article_id, content_hash)
) STRICT;

CREATE TABLE fetch_log (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    error TEXT NOT NULL,
    elapsed_ms INTEGER NOT NULL,
    wire_bytes INTEGER NOT NULL,
    new INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX fetch_log_by_feed ON fetch_log (feed_id);

CREATE TABLE links (
    source INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    target INTEGER NOT NULL,
    kind TEXT NOT NULL,
    score REAL NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (source, target, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_target ON links (target);
CREATE TABLE own_links (
    url_key INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (url_key, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX own_links_by_article ON own_links (article_id);
CREATE TABLE features (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    terms BLOB NOT NULL
) STRICT;

CREATE TABLE stories (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    outlets INTEGER NOT NULL
) STRICT;
CREATE TABLE story_members (
    article_id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    story_id INTEGER NOT NULL REFERENCES stories
) STRICT;
CREATE INDEX story_members_by_story ON story_members (story_id);

CREATE TABLE ui (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

INSERT INTO meta VALUES ('search_serial', 0);
"""


def first(connection: sqlite3.Connection) -> None:
    """Version 1: everything."""
    run_script(connection, FIRST)


SECOND = """
-- What every article waits for after it was stored: to be compared with the others, and to get a vector.
CREATE TABLE unrelated (id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE) STRICT;
CREATE TABLE unencoded (id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE) STRICT;
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    vector BLOB NOT NULL
) STRICT;

-- Scored pairs of the last days, one < other: natural log-odds of one event, of one running story;
-- copy = 1 where both are the same text.
CREATE TABLE pairs (
    one INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    other INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    same REAL NOT NULL,
    thread REAL NOT NULL,
    copy INTEGER NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX pairs_by_other ON pairs (other);

ALTER TABLE links ADD COLUMN place INTEGER NOT NULL DEFAULT 0; -- in its source's list, from 0

-- Every compared article is in a story, also alone. members counts those that are no round-up or live
-- page (role 1), reports those that are no copy of another's text.
ALTER TABLE stories ADD COLUMN members INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stories ADD COLUMN reports INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stories ADD COLUMN languages TEXT NOT NULL DEFAULT '';
ALTER TABLE stories ADD COLUMN threaded INTEGER NOT NULL DEFAULT 0; -- earlier and later ones were sought
ALTER TABLE stories ADD COLUMN centre BLOB NOT NULL DEFAULT x'';
ALTER TABLE story_members ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
ALTER TABLE story_members ADD COLUMN copy_of INTEGER NOT NULL DEFAULT 0;
CREATE INDEX stories_by_last ON stories (last);
CREATE INDEX stories_unthreaded ON stories (id) WHERE NOT threaded;
-- The story that went on under another id.
CREATE TABLE story_aliases (
    old INTEGER PRIMARY KEY,
    story_id INTEGER NOT NULL REFERENCES stories ON DELETE CASCADE
) STRICT;
CREATE INDEX story_aliases_by_story ON story_aliases (story_id);
-- Rare names of a story (keys of stories.features with their rarity), to find earlier and later ones by.
CREATE TABLE story_names (
    name INTEGER NOT NULL,
    story_id INTEGER NOT NULL REFERENCES stories ON DELETE CASCADE,
    rarity REAL NOT NULL,
    PRIMARY KEY (name, story_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_names_by_story ON story_names (story_id);
-- Stories of one running story, each direction a row.
CREATE TABLE story_links (
    source INTEGER NOT NULL REFERENCES stories ON DELETE CASCADE,
    target INTEGER NOT NULL REFERENCES stories ON DELETE CASCADE,
    score REAL NOT NULL,
    evidence TEXT NOT NULL,
    PRIMARY KEY (source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX story_links_by_target ON story_links (target);
-- The reader's own word on two articles: one story (1) or two (0).
CREATE TABLE verdicts (
    one INTEGER NOT NULL,
    other INTEGER NOT NULL,
    together INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (one, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdicts_by_other ON verdicts (other);

-- Stories and links of the first engine are made anew, of the last month's articles and of every story
-- that a star keeps from being forgotten.
INSERT INTO unrelated SELECT DISTINCT n.article_id FROM starred s
    JOIN story_members m ON m.article_id = s.id JOIN story_members n ON n.story_id = m.story_id;
DELETE FROM links WHERE kind <> 'publisher';
DELETE FROM story_members;
DELETE FROM stories;
DELETE FROM features;
INSERT OR IGNORE INTO unrelated SELECT id FROM articles
    WHERE id >= ((SELECT coalesce(max(id), 0) FROM articles) >> 20) - 30 * 86400 << 20;
INSERT INTO unencoded SELECT id FROM unrelated;
UPDATE articles SET related = (SELECT count(DISTINCT target) FROM links WHERE source = articles.id)
    WHERE related > 0;
"""


def second(connection: sqlite3.Connection) -> None:
    """Version 2: stories across languages, threads, the reader's own word on them."""
    run_script(connection, SECOND)


THIRD = """
-- The publisher's page of an article as it was read last; content is packed (see text/pages.py). url is
-- where it came from, url_key what it calls its own address. An article's own url_key stays its feed's,
-- by which the feed's next items are known. again_at is when a page that was not to be had may be asked
-- for again (seconds), 0 = only by the reader's own wish.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    fetched INTEGER NOT NULL,
    url TEXT NOT NULL,
    url_key INTEGER NOT NULL,
    reason TEXT NOT NULL,
    version INTEGER NOT NULL,
    again_at INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE INDEX pages_by_url ON pages (url_key);
-- The publisher's links to other stories on that page, with the words that are linked.
CREATE TABLE page_links (
    url_key INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES pages ON DELETE CASCADE,
    text TEXT NOT NULL,
    PRIMARY KEY (url_key, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX page_links_by_article ON page_links (article_id);
-- Pages the reader asked for; the urgent ones go before all others.
CREATE TABLE wanted_pages (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    asked INTEGER NOT NULL,
    urgent INTEGER NOT NULL
) STRICT;
-- What was asked of each site ("host" or "host:port"): how many pages on day (since 1970), when the last
-- request ended; until when it rests after so many failures, and whether the last was the server's own
-- refusal; its robots.txt ("" = none) as it was at robots_at.
CREATE TABLE page_hosts (
    host TEXT PRIMARY KEY,
    day INTEGER NOT NULL,
    count INTEGER NOT NULL,
    turn_at REAL NOT NULL,
    next_at INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    told_off INTEGER NOT NULL,
    robots TEXT NOT NULL,
    robots_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""


def third(connection: sqlite3.Connection) -> None:
    """Version 3: the articles' pages."""
    run_script(connection, THIRD)


FOURTH = """
-- What rules and mutes hide. A hidden article is in no list that does not ask for it, nor in unread: the
-- column unread keeps what it was. feed_counts.hidden counts them, total does too, unread does not.
CREATE TABLE hidden (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    feed_id INTEGER NOT NULL,
    unread INTEGER NOT NULL
) STRICT;
ALTER TABLE feed_counts ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0;
-- Rules of the configuration (origin "config") and mutes (origin "mute"), also those that are over: a hidden
-- article says which one it was. key names the content (query and actions); until 0 is for ever; actions
-- is a JSON list, hides and score are what it says of these. Stored articles below the id "below" are yet to
-- be looked at; hits of a rule that is not active are yet to be taken back.
CREATE TABLE rules (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    actions TEXT NOT NULL,
    until INTEGER NOT NULL,
    origin TEXT NOT NULL,
    active INTEGER NOT NULL,
    made INTEGER NOT NULL,
    hides INTEGER NOT NULL,
    score INTEGER NOT NULL,
    below INTEGER NOT NULL
) STRICT;
CREATE TABLE rule_hits (
    rule_id INTEGER NOT NULL REFERENCES rules,
    article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    PRIMARY KEY (rule_id, article_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX rule_hits_by_article ON rule_hits (article_id);
CREATE TABLE scores (
    id INTEGER PRIMARY KEY REFERENCES articles ON DELETE CASCADE,
    score INTEGER NOT NULL
) STRICT;

-- The reader's own tags (rule_id 0) and those that rules give; tag is folded, tag_names has it as written.
-- No cascade: nothing may delete what a user tagged or noted.
CREATE TABLE article_tags (
    tag TEXT NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles,
    rule_id INTEGER NOT NULL,
    PRIMARY KEY (tag, article_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_tags_by_article ON article_tags (article_id);
CREATE TABLE tag_names (tag TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY REFERENCES articles,
    text TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;

-- What was opened when, newest last; bounded.
CREATE TABLE openings (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles ON DELETE CASCADE,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX openings_by_article ON openings (article_id);
CREATE INDEX bodies_by_first_seen ON bodies (first_seen);

-- What watches and rules (kind "rule") have to tell: filter is the name, detail the words, articles a JSON
-- list. told are bits, a channel each, that are done with it: 0 is told nowhere yet, 3 everywhere.
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    filter TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    told INTEGER NOT NULL,
    detail TEXT NOT NULL,
    articles TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_by_filter ON alerts (filter, at);
-- When a watch last looked: what came since is new to it. spike is JSON: the last unusual number it told.
CREATE TABLE looks (
    filter TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    spike TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What else is in the search index of an earlier wording, to take it out; tags as in articles.
ALTER TABLE revisions ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE revisions ADD COLUMN tags TEXT NOT NULL DEFAULT '';

-- An action of the journal may be more than ids of articles: label says it in words, detail is packed.
ALTER TABLE journal ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE journal ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN detail BLOB NOT NULL DEFAULT x'';
"""


def fourth(connection: sqlite3.Connection) -> None:
    """Version 4: rules, tags, notes, history, alerts, a journal of every change."""
    run_script(connection, FOURTH)


FIFTH = """
-- What polling must know after a crash: when the last request was begun (asked), how many were begun in a row
-- whose end nobody wrote down (attempts), how often in a row reading the document ended the worker (deaths).
ALTER TABLE feeds ADD COLUMN asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0;
-- The first failure of those in a row; until when a server (told_host) asked to be left alone; how long its
-- last answer that said so stays good (seconds); JSON: its moves, [from, to, at, why], newest last.
ALTER TABLE feeds ADD COLUMN failed_since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN told_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN told_host TEXT NOT NULL DEFAULT '';
ALTER TABLE feeds ADD COLUMN fresh_for INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feeds ADD COLUMN moves TEXT NOT NULL DEFAULT '[]';
UPDATE feeds SET asked = last_checked;
UPDATE feeds SET failed_since = max(last_success, 1) WHERE failures > 0;
"""


def fifth(connection: sqlite3.Connection) -> None:
    """Version 5: what polling must know of requests that were begun, of refusals and of moves."""
    run_script(connection, FIFTH)


MIGRATIONS: tuple[Migration, ...] = (first, second, third, fourth, fifth)


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements one by one (``executescript`` would commit the open transaction)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def migrate(connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring an open database to the newest version, a transaction a step."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, migration in enumerate(migrations[version:], version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            migration(connection)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # a full disk ends it by itself
                connection.execute("ROLLBACK")
            raise
