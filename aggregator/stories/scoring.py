"""In what two articles are alike -> how sure we are that they tell one event, or one running story.

Pure. Four logistic models: same event and same thread, each with the sentence vectors and without. The
weights are data (``weights.json``), fitted by ``tests/bench/fit_stories.py`` on labelled days; pairs in
one language and pairs across two have weights of their own (research note on related stories, §3.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec

from aggregator.stories.window import Parts

TEMPLATE: Final = 0.3  # likeness of one outlet's headlines from which they may be one stock phrase
REFILLED: Final = -2.0  # the most that the log-odds of one event are then
LEAST: Final = -5.0  # log-odds of one event below which a pair is not worth keeping

Terms = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Model:
    """One logistic model: the log-odds of a pair are ``bias`` and the weighted sum of its terms."""

    bias: float
    weights: Mapping[str, float]

    def odds(self, parts: Parts) -> float:
        """Natural log-odds."""
        return self.bias + sum(self.weights.get(name, 0.0) * value for name, value in terms(parts))


@dataclass(frozen=True, slots=True)
class Models:
    """The models of one version of the weights: (with vectors, without) for each question."""

    version: int
    same: tuple[Model, Model]
    thread: tuple[Model, Model]

    def odds(self, parts: Parts) -> tuple[float, float]:
        """Log-odds that a pair tells one event, and that it belongs to one running story.

        One outlet's stock phrase with other names or numbers in it ("Minister meets ambassador of …",
        "Shelling of …") is not one event, however alike the words are (research note, §3.9).
        """
        which = 0 if parts.meaning is not None else 1
        same, thread = self.same[which].odds(parts), self.thread[which].odds(parts)
        if parts.template >= TEMPLATE and parts.refilled and not parts.speaker:
            same = min(same, REFILLED)
        return same, thread


def terms(parts: Parts) -> Terms:
    """What is weighted, by name. Words compare only within a language, so they need no second weight."""
    common = (
        ("days", parts.days),
        ("outlet", parts.outlet),
        ("speaker", parts.speaker),
        ("places of one outlet", parts.places * parts.outlet),
    )
    meaning = parts.meaning or 0.0
    if parts.crossing:
        return (
            ("crossing", 1.0),
            ("names across", parts.names),
            ("concepts across", parts.concepts),
            ("meaning across", meaning),
            ("places across", parts.places),
            *common,
        )
    return (
        ("words", parts.words),
        ("title", parts.title),
        ("template", parts.template),
        ("concepts", parts.concepts),
        ("meaning", meaning),
        ("places", parts.places),
        *common,
    )


@cache
def models() -> Models:
    """The weights that ship with the program."""
    data = msgspec.json.decode(files("aggregator.stories").joinpath("weights.json").read_bytes())
    return read(data)


def read(data: Mapping[str, Any]) -> Models:
    """Models from the decoded JSON."""

    def pair(name: str) -> tuple[Model, Model]:
        with_vectors, without = (data[name][kind] for kind in ("with vectors", "without"))
        return Model(**with_vectors), Model(**without)

    return Models(data["version"], pair("same"), pair("thread"))
