"""Which pieces of a page are the article's text: the engine's votes, corrected by where pieces stand.

The engine is right about the region and now and then wrong about a piece. So its votes give the region
(first to last paragraph of prose, and the elements these stand in), and there each piece is judged by
its own element: a paragraph among chosen ones belongs, a caption, a box, a headline does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.extract import density, naming
from aggregator.extract.prose import is_prose
from aggregator.extract.roles import Judge
from aggregator.extract.structure import Piece
from aggregator.extract.tree import Element
from aggregator.extract.votes import Votes, key

LINKS_ONLY: Final = 0.85  # share of links from which a piece is no text
AFTER_TITLE: Final = 0.8  # share of the prose that comes after a headline
REGION: Final = 0.85  # share of the voted prose that the region's element holds


def weigh(pieces: Sequence[Piece], voted: Sequence[bool]) -> tuple[dict[Element, int], int]:
    """For each element the characters of voted prose inside it, and their sum."""
    weights: Counter[Element] = Counter()
    total = 0
    for piece, vote in zip(pieces, voted, strict=True):
        if vote and is_prose(piece):
            total += len(piece.text)
            weights[piece.element] += len(piece.text)
            for ancestor in piece.element.iterancestors():
                weights[ancestor] += len(piece.text)
    return weights, total


def region_of(weights: dict[Element, int], total: int) -> Element | None:
    """The innermost element that holds nearly all of the voted prose."""
    enough = [element for element, weight in weights.items() if weight >= REGION * total]
    return max(enough, key=_depth, default=None)


def _depth(element: Element) -> int:
    """How many elements are around it."""
    return sum(1 for _ in element.iterancestors())


@dataclass(slots=True)
class Choice:
    """The answer: for each piece, whether it belongs and what it is; the region's element and pieces."""

    chosen: list[bool]
    roles: list[str]
    element: Element | None
    span: tuple[int, int]
    judge: Judge
    around: Element | None = None  # the element that holds headline and text

    def texts(self, pieces: Sequence[Piece]) -> list[str]:
        """The text of each piece that belongs."""
        return [piece.text for piece, chosen in zip(pieces, self.chosen, strict=True) if chosen]

    def is_text(self, element: Element) -> bool:
        """True for an element that is no part of the page's furniture."""
        return self.judge.role(element) in ("", "caption")

    def is_shown(self, element: Element) -> bool:
        """True for an element that is at least no advertising and no link to another story."""
        return self.judge.role(element) not in ("related", "widget")


def choose(pieces: Sequence[Piece], votes: Votes, title: str, standfirst: str) -> Choice:
    """Judge every piece of a page."""
    keys = [key(piece.text) for piece in pieces]
    voted = [bool(one) and votes.has(one) for one in keys]
    voted = density.corrected(pieces, voted)
    weights, total = weigh(pieces, voted)
    judge = Judge(weights, total)
    roles = [judge.role(piece.element) or ("caption" if piece.kind == "figure" else "") for piece in pieces]
    core = [at for at, piece in enumerate(pieces) if voted[at] and is_prose(piece) and roles[at] == ""]
    if not core:
        return Choice([False] * len(pieces), roles, None, (0, 0), judge)
    start = _start(pieces, keys, core, title)
    core = [at for at in core if at >= start]
    places = {place for at in core for place in _places(pieces[at])}
    beside = [not places.isdisjoint(_places(piece)) for piece in pieces]
    first = next(at for at in range(start, len(pieces)) if at == core[0] or beside[at])
    last = next(at for at in range(len(pieces) - 1, -1, -1) if at == core[-1] or beside[at])
    ending = max(at for at in range(first, last + 1) if beside[at] and is_prose(pieces[at]))
    chosen = [
        first <= at <= last
        and (voted[at] or (beside[at] and at <= ending))
        and roles[at] == ""
        and keys[at] != key(title)
        and piece.kind != "rule"
        and piece.link_share < LINKS_ONLY
        for at, piece in enumerate(pieces)
    ]
    region = region_of(weights, total)
    _drop_behind(pieces, chosen, region)
    _drop_standfirst(pieces, chosen, core, key(standfirst))
    _drop_bare_headings(pieces, chosen)
    return Choice(chosen, roles, region, (first, last + 1), judge, _around(region, pieces, start))


def _around(element: Element | None, pieces: Sequence[Piece], start: int) -> Element | None:
    """The innermost element that holds the region and the headline before it."""
    if element is None or start == 0:
        return element
    headline = {pieces[start - 1].element, *pieces[start - 1].element.iterancestors()}
    return next((one for one in (element, *element.iterancestors()) if one in headline), element)


def _places(piece: Piece) -> tuple[object, object]:
    """What siblings of one text share: the element around, and the classes of both elements."""
    element, parent = piece.element, piece.element.getparent()
    listed = next(element.iterancestors("ul", "ol", "table"), None) if element.tag in ("li", "tr") else None
    if parent is None or listed is not None:
        around = listed.getparent() if listed is not None else None
        return around, around
    return parent, (element.tag, element.get("class", ""), parent.tag, parent.get("class", ""))


def _start(pieces: Sequence[Piece], keys: Sequence[str], core: Sequence[int], title: str) -> int:
    """The piece after the headline, where nearly all of the prose comes after it; else 0."""
    wanted = key(title)
    all_prose = sum(len(pieces[at].text) for at in core)
    for at, piece in enumerate(pieces[: core[-1]]):
        if keys[at] == wanted or piece.element.tag == "h1":
            after = sum(len(pieces[one].text) for one in core if one > at)
            if after >= AFTER_TITLE * all_prose:
                return at + 1
    return 0


def _drop_behind(pieces: Sequence[Piece], chosen: list[bool], region: Element | None) -> None:
    """What stands behind the <article> or <main> around the region is another part of the page."""
    around = [] if region is None else [region, *region.iterancestors("article", "main")]
    if len(around) < 2 and (region is None or region.tag not in ("article", "main")):
        return
    inside = [at for at, piece in enumerate(pieces) if chosen[at] and _is_within(piece.element, around[-1])]
    for at in range(inside[-1] + 1 if inside else len(pieces), len(pieces)):
        chosen[at] = False


def _is_within(element: Element, region: Element | None) -> bool:
    """True for the region's element and those inside it."""
    return element is region or any(one is region for one in element.iterancestors())


def _drop_standfirst(
    pieces: Sequence[Piece], chosen: list[bool], core: Sequence[int], standfirst: str
) -> None:
    """The first piece goes where it is the text under the headline and stands apart from the paragraphs."""
    at = core[0]
    places = set(_places(pieces[at]))
    apart = len(core) > 2 and all(places.isdisjoint(_places(pieces[one])) for one in core[1:])
    if apart and (naming.is_standfirst(pieces[at].element) or key(pieces[at].text) == standfirst):
        chosen[at] = False


def _drop_bare_headings(pieces: Sequence[Piece], chosen: list[bool]) -> None:
    """A heading that no text follows before the next one of its kind, or at the end, goes."""
    waiting: list[int] = []
    for at in [at for at, one in enumerate(chosen) if one]:
        if pieces[at].kind in ("h2", "h3", "h4"):
            waiting.append(at)
        else:
            waiting = []
    for at in waiting:
        chosen[at] = False
