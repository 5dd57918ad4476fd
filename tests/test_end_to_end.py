"""All real documents over HTTP through a real sync into a real cache; then again, and nothing changes."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from aggregator.library import Library
from aggregator.model import Outcome
from tests.aggregator.fileserver import FileServer
from tests.aggregator.rounds import NOW, content, run, write_config


def documents(shared: Path) -> dict[str, tuple[bytes, str]]:
    """Every document of the corpus with the type a server would give it."""
    files = sorted(path for path in (shared / "feeds").iterdir() if path.suffix in (".xml", ".json"))
    kinds = {".xml": "application/xml", ".json": "application/feed+json"}
    return {path.name: (path.read_bytes(), kinds[path.suffix]) for path in files}


def entries_of(shared: Path) -> dict[str, int]:
    """How many entries the corpus's index counts in each document."""
    with (shared / "feeds" / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        rows = csv.DictReader(index, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: int(row["entries"] or 0) for row in rows}


def test_every_real_document_gives_articles_or_a_named_error_and_only_once(
    shared: Path, tmp_path: Path
) -> None:
    files, expected = documents(shared), entries_of(shared)
    with FileServer(files) as server:
        config = write_config(tmp_path, [server.url(name) for name in files])
        totals, results = run(config)
        before = content(config)
        assert totals.feeds == len(files)
        for name in files:
            result = results[server.url(name)]
            if expected[name]:
                assert result.new > 0 or result.error, name
            assert result.outcome is not Outcome.FAILED or result.error, name

        again, second = run(config, NOW + 3600, force=True)
        assert (again.new, again.updated) == (0, 0)
        assert content(config) == before
        assert {second[url].outcome for url in second} <= {Outcome.NOT_MODIFIED, Outcome.FAILED}

        server.conditional = False
        third, _ = run(config, NOW + 7200, force=True)
        assert (third.new, third.updated) == (0, 0)
        fourth, _ = run(config, NOW + 9000, full=True)
        assert (fourth.new, fourth.updated) == (0, 0)
        assert content(config) == before
    with Library(config) as library:
        articles, unread = library.counts()
        assert articles == unread == totals.new
        assert library.findings() == []
        top = library.page("", None, 1)[0]
        assert top.at <= NOW, "a date in the future must not put an article on top for ever"
    outcomes = Counter(result.outcome.value for result in results.values())
    print(f"\n{len(files)} documents, {articles} articles, first round {dict(outcomes)}")
