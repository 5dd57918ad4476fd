"""Where the most prose stands together: a second opinion where the engine took another part of the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from aggregator.extract import naming
from aggregator.extract.prose import is_prose
from aggregator.extract.structure import Piece
from aggregator.extract.tree import Element

MISSED: Final = 0.4  # share of the densest element's prose; with less of it voted for, the engine missed it
LEAST: Final = 400  # characters of prose that make an element worth the correction

_ASIDE: Final = frozenset({"nav", "footer", "aside", "form"})


def corrected(pieces: Sequence[Piece], voted: Sequence[bool]) -> list[bool]:
    """The votes, or, where they pass by the densest element, its prose."""
    weights: Counter[Element] = Counter()
    votes: Counter[Element] = Counter()
    places = [_place(piece) if is_prose(piece) else None for piece in pieces]
    for piece, vote, place in zip(pieces, voted, places, strict=True):
        if place is not None:
            weights[place] += len(piece.text)
            votes[place] += len(piece.text) if vote else 0
    if not weights:
        return list(voted)
    best, weight = weights.most_common(1)[0]
    if (
        weight < LEAST
        or votes[best] >= MISSED * weight
        or 2 * sum(votes.values()) > weight
        or _is_aside(best)
    ):
        return list(voted)
    return [place is best for place in places]


def _place(piece: Piece) -> Element | None:
    """The element whose text the piece is part of: a <p>'s parent, a <div> itself."""
    return piece.element.getparent() if piece.element.tag in ("p", "blockquote") else piece.element


def _is_aside(element: Element) -> bool:
    """True inside a part of the page that is never its article."""
    around = (element, *element.iterancestors())
    return any(one.tag in _ASIDE or _is_furniture(naming.names(one)) for one in around)


def _is_furniture(names: tuple[str, ...]) -> bool:
    """True for names of parts that are never an article."""
    return naming.has(names, naming.CHROME) or naming.has(names, naming.WIDGET)
