"""In what two articles are alike -> how sure we are that they tell one event, or one running story.

Pure. Four logistic models: same event and same thread, each with the sentence vectors and without. The
weights are data (``weights.json``), fitted by ``tests/bench/fit_stories.py`` on labelled days; pairs in
one language and pairs across two have weights of their own (research note on related stories, §3.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from operator import mul
from typing import Any, Final

import msgspec

from aggregator.dataclass import dataclass
from aggregator.stories.window import Parts

TEMPLATE: Final = 0.3  # likeness of one outlet's headlines from which they may be one stock phrase
REFILLED: Final = -2.0  # the most that the log-odds of one event are then
LEAST: Final = -5.0  # log-odds of one event below which a pair is not worth keeping

# What is weighted, by name, of a pair in one language and of one across two. Words compare only within
# a language, so they need no second weight.
WITHIN: Final = (
    "words",
    "title",
    "template",
    "concepts",
    "meaning",
    "places",
    "days",
    "outlet",
    "speaker",
    "places of one outlet",
)
ACROSS: Final = (
    "crossing",
    "names across",
    "concepts across",
    "meaning across",
    "places across",
    "days",
    "outlet",
    "speaker",
    "places of one outlet",
)


class Model:
    """One logistic model: the log-odds of a pair are ``bias`` and the weighted sum of its terms."""

    def __init__(self, bias: float, weights: Mapping[str, float]) -> None:
        self.bias = bias
        self._within = tuple(weights.get(name, 0.0) for name in WITHIN)
        self._across = tuple(weights.get(name, 0.0) for name in ACROSS)

    def odds(self, crossing: bool, values: Sequence[float]) -> float:
        """Natural log-odds of a pair with these values of WITHIN or ACROSS."""
        return sum(map(mul, self._across if crossing else self._within, values), self.bias)


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
        crossing, values = parts.crossing > 0, values_of(parts)
        same = self.same[which].odds(crossing, values)
        if same < LEAST:
            return same, same  # not kept, so the other question is not asked
        thread = self.thread[which].odds(crossing, values)
        if parts.template >= TEMPLATE and parts.refilled and not parts.speaker:
            same = min(same, REFILLED)
        return same, thread


def values_of(parts: Parts) -> tuple[float, ...]:
    """The values of a pair in the order of ACROSS or WITHIN."""
    common = (parts.days, parts.outlet, parts.speaker, parts.places * parts.outlet)
    meaning = parts.meaning or 0.0
    if parts.crossing:
        return 1.0, parts.names, parts.concepts, meaning, parts.places, *common
    own = (parts.words, parts.title, parts.template, parts.concepts, meaning, parts.places)
    return *own, *common


def terms(parts: Parts) -> dict[str, float]:
    """The same by name."""
    return dict(zip(ACROSS if parts.crossing else WITHIN, values_of(parts), strict=True))


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
