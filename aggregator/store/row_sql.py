"""The statement that reads rows of lists, apart from the records: a first look needs no more than this."""

from __future__ import annotations

from typing import Final

# What is unread of a hidden article stands in hidden; tags as written, JSON.
ROW: Final = (
    "SELECT a.id, a.feed_id, f.outlet, a.title, a.language, u.id IS NOT NULL OR h.unread IS 1, "
    "s.id IS NOT NULL, a.related, a.edited, h.id IS NOT NULL, "
    "(SELECT json_group_array(DISTINCT n.name) FROM article_tags t JOIN tag_names n ON n.tag = t.tag "
    "WHERE t.article_id = a.id), o.id IS NOT NULL, coalesce(c.score, 0) "
    "FROM json_each(?) AS wanted CROSS JOIN articles AS a ON a.id = wanted.value "
    "JOIN feeds AS f ON f.id = a.feed_id LEFT JOIN unread AS u ON u.id = a.id "
    "LEFT JOIN starred AS s ON s.id = a.id LEFT JOIN hidden AS h ON h.id = a.id "
    "LEFT JOIN notes AS o ON o.id = a.id LEFT JOIN scores AS c ON c.id = a.id ORDER BY wanted.key"
)
NO_TAGS: Final = "[]"  # most have none; telling that needs no JSON reader
