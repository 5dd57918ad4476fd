"""Which panes a terminal of some width shows. Pure."""

from __future__ import annotations

PANES = ("feeds", "list", "article")
THREE, TWO = 140, 100
"""Columns from which three and two panes stand side by side; below, one is shown at a time."""
LEAST = (40, 10)
"""Columns and rows below which nothing useful fits."""


def shown(width: int, focused: str) -> tuple[str, ...]:
    """The panes beside each other, left to right."""
    if width >= THREE:
        return PANES
    if width >= TWO:
        return ("feeds", "list") if focused == "feeds" else ("list", "article")
    return (focused,)


def neighbour(pane: str, step: int) -> str:
    """The next pane, round and round."""
    return PANES[(PANES.index(pane) + step) % len(PANES)]


def before(pane: str) -> str:
    """Where ``back`` leads: article, list, feeds."""
    return PANES[max(0, PANES.index(pane) - 1)]


def too_small(width: int, height: int) -> bool:
    """Is the terminal too small to be of use?"""
    return width < LEAST[0] or height < LEAST[1]
