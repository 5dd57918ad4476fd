"""Which panes a terminal of some width shows, and how wide they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping

PANES = ("feeds", "list", "article")
RELATED = "related"
"""Stands beside an article; keys reach it through the article."""
FOUR, THREE, BESIDE, TWO = 180, 140, 120, 100
"""Columns from which: the list stays beside an article and its related ones; three panes stand side by side;
an article has its related ones beside it, not below; two panes stand side by side. Below, one is shown."""
LEAST = (40, 10)
"""Columns and rows below which nothing useful fits."""
AROUND = 6
"""Cells of the article pane that are no text: two at each side, the scroll bar, the line at its left."""
ASIDE = (40, 60)
"""The least and the most cells of the related pane: headlines of three lines, and of one or two."""


def shown(width: int, focused: str, *, zen: bool = False) -> tuple[str, ...]:
    """The panes beside each other, left to right."""
    if zen:
        return ("article",)
    if focused == "article" and width >= BESIDE:
        return ("list", "article", RELATED) if width >= FOUR else ("article", RELATED)
    if width >= THREE:
        return PANES
    if width >= TWO:
        return ("feeds", "list") if focused == "feeds" else ("list", "article")
    return (focused,)


def widths(width: int, measure: int, seen: tuple[str, ...]) -> Mapping[str, int]:
    """Panes whose width is given where related articles stand beside a text of ``measure`` cells."""
    if RELATED not in seen:
        return {}
    least, most = ASIDE
    if "list" in seen:
        article = min(measure + AROUND, width // 2)
        return {"article": article, RELATED: min(most, max(least, (width - article) // 2))}
    return {RELATED: min(most, max(least, width - measure - AROUND))}


def neighbour(pane: str, step: int) -> str:
    """The next pane, round and round."""
    return PANES[(PANES.index(pane) + step) % len(PANES)]


def before(pane: str) -> str:
    """Where ``back`` leads: article, list, feeds."""
    return PANES[max(0, PANES.index(pane) - 1)]


def too_small(width: int, height: int) -> bool:
    """Is the terminal too small to be of use?"""
    return width < LEAST[0] or height < LEAST[1]
