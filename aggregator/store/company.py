"""The numbers of others that lists show beside an article: outlets of its story, related articles.

Both are kept, so that no list counts. What is hidden is in neither: whoever hides articles or shows them
again counts anew what they touch, in the same write phase.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from aggregator.model import LinkKind
from aggregator.store.database import Database

WORTH_SHOWING: Final = 0.2  # probability of one event below which a perhaps is kept from the reader's eyes

OUTLETS: Final = (
    "max(1, count(DISTINCT iif(EXISTS (SELECT 1 FROM hidden h WHERE h.id = m.article_id), NULL, f.outlet)))"
)
"""The outlets of a story's shown articles, of story_members AS m and feeds AS f grouped by story."""

_COUNT_OUTLETS: Final = (
    f"UPDATE stories SET outlets = n.outlets FROM (SELECT m.story_id, {OUTLETS} AS outlets "
    "FROM (SELECT DISTINCT t.story_id FROM json_each(?) w "
    "CROSS JOIN story_members t ON t.article_id = w.value) AS touched "
    "CROSS JOIN story_members m ON m.story_id = touched.story_id "
    "CROSS JOIN articles a ON a.id = m.article_id JOIN feeds f ON f.id = a.feed_id GROUP BY m.story_id) AS n "
    "WHERE stories.id = n.story_id AND stories.outlets <> n.outlets"
)
_COUNT_RELATED: Final = (
    "UPDATE articles SET related = n.number FROM (SELECT w.value AS id, "
    "(SELECT count(DISTINCT l.target) FROM links l WHERE l.source = w.value "
    f"AND (l.kind <> '{LinkKind.MAYBE}' OR l.score >= {WORTH_SHOWING}) "
    "AND NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = l.target)) AS number "
    "FROM json_each(?) w) AS n WHERE articles.id = n.id AND articles.related <> n.number"
)
_LINKED: Final = "SELECT DISTINCT l.source FROM json_each(?) w CROSS JOIN links l ON l.target = w.value"


def count_related(database: Database, ids: Iterable[int]) -> None:
    """Count anew what is related to these articles and shown."""
    database.run(_COUNT_RELATED, (json.dumps(list(ids)),))


def recount(database: Database, ids: Iterable[int]) -> None:
    """Count anew wherever these articles, hidden or shown again just now, are in the numbers."""
    wanted = json.dumps(list(ids))
    database.run(_COUNT_OUTLETS, (wanted,))
    count_related(database, (source for (source,) in database.all(_LINKED, (wanted,))))
