"""The tables of the search file: it can be made anew at any time, so a new version replaces the old one."""

from __future__ import annotations

from aggregator.text.heads import NUMBERS

SEARCH_VERSION = 3  # raise it when the search tables or what is put into them change: they are then rebuilt

# The columns are those of ``text.searchable.Columns``. What is in them is folded already (text.fold): words
# of letters and digits with spaces between. So the tokenizer has only to split at spaces, and "ascii" does
# that whatever Unicode tables SQLite has.
COLUMNS = "title, author, text, title_stems, stems, facets"
HEADS = tuple(f"heads{number}" for number in range(NUMBERS))  # columns of "indexed"
OPTIONS = "content='', columnsize=1, tokenize='ascii'"

# "indexed" tells what the index holds: content is the start of the article's content_hash, folded a
# checksum of the row, which proves that we delete from the index exactly what we put there.
# heads are the bits of ``text.heads``: which frequent beginnings of words title and text have.
# "vocabulary" has each word of the columns title, author and text.
SEARCH = f"""
CREATE VIRTUAL TABLE words USING fts5({COLUMNS}, {OPTIONS});
INSERT INTO words (words, rank) VALUES ('hashsize', {32 * 2**20}); -- bytes gathered before they are written
INSERT INTO words (words, rank) VALUES ('automerge', 16); -- late; Search.settle does the rest
INSERT INTO words (words, rank) VALUES ('usermerge', 4); -- parts of one size that settling makes one
INSERT INTO words (words, rank) VALUES ('crisismerge', 64); -- never all at once inside a sync's write phase
CREATE TABLE vocabulary (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE indexed (
    id INTEGER PRIMARY KEY,
    content BLOB NOT NULL,
    folded INTEGER NOT NULL,
    {", ".join(f"{name} INTEGER NOT NULL" for name in HEADS)}
) STRICT;
CREATE TABLE state (serial INTEGER NOT NULL, complete INTEGER NOT NULL) STRICT;
INSERT INTO state VALUES (0, 0);
"""

# The same for the articles of one batch, in memory: rules are decided among them alone.
ARRIVING = (
    "CREATE TABLE IF NOT EXISTS temp.arriving (id INTEGER PRIMARY KEY) STRICT",
    f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.arriving_words USING fts5({COLUMNS}, {OPTIONS})",
    f"INSERT INTO temp.arriving_words (arriving_words, rank) VALUES ('hashsize', {32 * 2**20})",
)
