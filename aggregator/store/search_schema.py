"""The tables of the search file: it can be made anew at any time, so a new version replaces the old one."""

from __future__ import annotations

SEARCH_VERSION = 1  # raise it when the search tables or the folding of text change: they are then rebuilt

# The text is folded already (text.fold): words of letters and digits with spaces between. So the
# tokenizer has only to split at spaces, and "ascii" does that whatever Unicode tables SQLite has.
# "indexed" tells what the index holds: content is the start of the article's content_hash, folded a
# checksum of the text, which proves that we delete from the index exactly what we put there.
SEARCH = f"""
CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, tokenize='ascii');
INSERT INTO words (words, rank) VALUES ('hashsize', {32 * 2**20}); -- bytes gathered before they are written
INSERT INTO words (words, rank) VALUES ('automerge', 16); -- merge late: a quarter cheaper to fill
INSERT INTO words (words, rank) VALUES ('crisismerge', 64); -- never all at once inside a sync's write phase
CREATE TABLE indexed (id INTEGER PRIMARY KEY, content BLOB NOT NULL, folded INTEGER NOT NULL) STRICT;
CREATE TABLE state (serial INTEGER NOT NULL, complete INTEGER NOT NULL) STRICT;
INSERT INTO state VALUES (0, 0);
"""
