"""The shared set of real pages: its extraction and its own scorer, for the test and the bench."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from aggregator.extract.page import extract
from aggregator.page_commands import scored


def scorer(pages: Path) -> ModuleType:
    """The scorer that lies beside the pages."""
    spec = importlib.util.spec_from_file_location("pages_score", pages / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def index(pages: Path) -> list[dict[str, str]]:
    """The rows of the set's list."""
    with (pages / "INDEX.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def extracted(pages: Path, rows: list[dict[str, str]]) -> tuple[dict[str, dict[str, Any]], list[float]]:
    """Each page's fields by its id, and the seconds that each took."""
    found: dict[str, dict[str, Any]] = {}
    seconds: list[float] = []
    for row in rows:
        body = gzip.decompress((pages / "html" / f"{row['id']}.html.gz").read_bytes())
        started = time.perf_counter()
        article = extract(body, row["url"])
        seconds.append(time.perf_counter() - started)
        found[row["id"]] = {"id": row["id"], **scored(article)}
    return found, seconds


def measures(
    pages: Path, found: dict[str, dict[str, Any]], languages: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The scorer's figures over the pages in these languages, or all."""
    module = scorer(pages)
    truths, related = module.load_pages(pages)
    if languages:
        truths = {name: one for name, one in truths.items() if one.get("lang") in languages}
    figures: dict[str, Any] = module.evaluate(truths, related, found, boot=0)[0]
    return figures
