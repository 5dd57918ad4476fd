"""Links between articles: what comparing found, and what publishers link to themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from aggregator.model import ArticleRow, LinkEdge, LinkKind, Related
from aggregator.store.articles import Articles
from aggregator.store.company import WORTH_SHOWING as WORTH_SHOWING
from aggregator.store.company import count_related
from aggregator.store.database import Database
from aggregator.store.identity import url_key

_COMPUTED = f"kind <> '{LinkKind.PUBLISHER}'"  # what comparing made; a publisher's own link stays


class Links:
    """The edges of the graph of articles, each direction a row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, edges: Iterable[LinkEdge]) -> None:
        """Store edges; one that is there already gets the new score and evidence."""
        rows = sorted(map(_columns, edges))
        if not rows:
            return
        with self._database.write():
            self._database.many(
                "INSERT INTO links SELECT ?1, ?2, ?3, ?4, ?5, ?6 "
                "WHERE EXISTS (SELECT 1 FROM articles WHERE id = ?1) "
                "AND EXISTS (SELECT 1 FROM articles WHERE id = ?2) "
                "ON CONFLICT DO UPDATE SET score = excluded.score, evidence = excluded.evidence, "
                "place = excluded.place",
                rows,
            )
            self._count({row[0] for row in rows})

    def replace(self, source_ids: Sequence[int], edges: Sequence[LinkEdge]) -> None:
        """Store these edges in place of those that comparing had found from the same sources."""
        wanted = json.dumps(list(source_ids))
        with self._database.write():
            self._database.run(
                f"DELETE FROM links WHERE source IN (SELECT value FROM json_each(?)) AND {_COMPUTED}",
                (wanted,),
            )
            self.add(edges)
            self._count(source_ids)

    def computed(self, source_ids: Sequence[int]) -> list[LinkEdge]:
        """What comparing had found from some articles, in the order of their lists."""
        rows = self._database.all(
            "SELECT l.source, l.target, l.kind, l.score, l.evidence, l.place FROM json_each(?) w "
            f"CROSS JOIN links l ON l.source = w.value WHERE {_COMPUTED} ORDER BY l.source, l.place",
            (json.dumps(list(source_ids)),),
        )
        return [
            LinkEdge(source, target, LinkKind(kind), score, tuple(json.loads(evidence)), place)
            for source, target, kind, score, evidence, place in rows
        ]

    def sources_of(self, ids: Sequence[int]) -> list[int]:
        """The articles in whose computed lists some articles stand."""
        rows = self._database.all(
            f"SELECT DISTINCT l.source FROM json_each(?) w CROSS JOIN links l ON l.target = w.value "
            f"WHERE {_COMPUTED}",
            (json.dumps(list(ids)),),
        )
        return [row[0] for row in rows]

    def forget_between(self, article: int, others: Sequence[int]) -> None:
        """Delete what comparing found between an article and others; in a write phase."""
        wanted = json.dumps(list(others))
        theirs = "IN (SELECT value FROM json_each(?2))"
        run = self._database.run
        run(f"DELETE FROM links WHERE source = ?1 AND target {theirs} AND {_COMPUTED}", (article, wanted))
        run(f"DELETE FROM links WHERE target = ?1 AND source {theirs} AND {_COMPUTED}", (article, wanted))
        self._count([article, *others])

    def forget(self, ids: Sequence[int], condition: str = "true") -> None:
        """Delete the links from and to articles; inside a write phase."""
        if not ids:
            return
        wanted = json.dumps(list(ids))
        ours = "IN (SELECT value FROM json_each(?))"
        run = self._database.run
        others = self._database.all(
            f"SELECT source FROM links WHERE target {ours} AND {condition}", (wanted,)
        )
        run(f"DELETE FROM links WHERE target {ours} AND {condition}", (wanted,))
        run(f"DELETE FROM links WHERE source {ours} AND {condition}", (wanted,))
        self._count({row[0] for row in others} | set(ids))

    def of(self, article_id: int) -> list[Related]:
        """The articles that an article is linked to, best first, each once; the publisher's own at the end.

        What the publisher links to and comparing found as well stays where comparing put it, unless that
        was a mere perhaps.
        """
        found = self._database.all(
            "SELECT target, kind, score, evidence FROM links WHERE source = ? "
            f"ORDER BY {_COMPUTED} DESC, place, score DESC, target DESC",
            (article_id,),
        )
        rows = {row.id: row for row in self._rows({edge[0] for edge in found})}
        related: dict[int, Related] = {}
        for target, kind, score, evidence in found:
            if target not in rows:
                continue
            words = tuple(json.loads(evidence))
            first = related.get(target) or Related(rows[target], LinkKind(kind), score, ())
            merged = tuple(dict.fromkeys((*first.evidence, *words)))
            if kind == LinkKind.PUBLISHER and first.kind is LinkKind.MAYBE:
                first = Related(first.row, LinkKind.PUBLISHER, score, ())
            related[target] = Related(first.row, first.kind, first.score, merged)
        return list(related.values())

    def own_links(self, ids: Sequence[int]) -> list[tuple[int, int]]:
        """(article, linked article) for the stored pages that these articles' bodies link to."""
        return self._own("o.article_id", ids)

    def waiting(self, urls: Sequence[str]) -> list[tuple[int, int]]:
        """(article, linked article) for the stored articles whose bodies link to one of these addresses."""
        return self._own("o.url_key", [url_key(url) for url in urls if url])

    def _own(self, column: str, values: Sequence[int]) -> list[tuple[int, int]]:
        rows = self._database.all(
            f"SELECT DISTINCT o.article_id, a.id FROM json_each(?) w "
            f"CROSS JOIN own_links o ON {column} = w.value "
            "JOIN articles a ON a.url_key = o.url_key WHERE a.id <> o.article_id",
            (json.dumps(list(values)),),
        )
        return [(source, target) for source, target in rows]

    def _rows(self, ids: Iterable[int]) -> list[ArticleRow]:
        return Articles(self._database).rows(list(ids))

    def _count(self, ids: Iterable[int]) -> None:
        """Keep the number of related articles that lists show."""
        count_related(self._database, ids)


def _columns(edge: LinkEdge) -> tuple[int, int, str, float, str, int]:
    evidence = json.dumps(edge.evidence, ensure_ascii=False)
    return edge.source, edge.target, edge.kind.value, edge.score, evidence, edge.place
