"""The words by which publishers announce a link to another story of theirs: "READ MORE:", «اقرأ أيضا».

Compared in search spelling, so that capitals, accents, hamza and half-spaces make no difference.
Data in ``markers.toml``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

from aggregator.text.fold import fold

MAX_LINE: Final = 260  # characters of a marker line: a headline with its marker
MAX_HEADING: Final = 60  # characters of a heading that is nothing but a marker
MAX_MARKER: Final = 45  # characters in which the marker's end must come
LEAST_LINKED: Final = 0.5  # share of the line that is link: a sentence that begins so has less
OF_REST: Final = 0.6  # share of what follows the marker

_SEPARATOR = re.compile(r"\s*[:：|>–—»›←→•‹«]+\s*|\s+-\s+")
_ADDRESS = re.compile(r"https?://|pic\.twitter\.com")


def _phrases(section: str) -> frozenset[str]:
    """The phrases of a section of ``markers.toml``, in search spelling."""
    listed = ",".join(_TABLE[section].values()).split(",")
    return frozenset(made for phrase in listed if (made := fold(phrase)))


_TABLE: Final = tomllib.loads(Path(__file__).with_name("markers.toml").read_text("utf-8"))
LINE_MARKERS: Final = _phrases("lines")
HEADING_MARKERS: Final = LINE_MARKERS | _phrases("headings")
OTHER_HEADINGS: Final = _phrases("other")
LABELS: Final = _phrases("labels")
_PROMOTION: Final = _phrases("promotion")


def split(text: str, link_at: int | None = None) -> tuple[str, str] | None:
    """(marker, headline) of a line that begins with a marker, else None.

    The marker ends at a colon, bar or arrow, or, where ``link_at`` says so, where the line's link begins.
    """
    if len(text) > MAX_LINE:
        return None
    text = text.lstrip("[(•–-▪►▶■» \ufeff")
    match = _SEPARATOR.search(text, 1, MAX_MARKER)
    if match and fold(text[: match.start()]) in LINE_MARKERS and text[match.end() :]:
        return text[: match.start()].strip(), text[match.end() :].rstrip("]) ")
    if link_at and link_at <= MAX_MARKER and fold(text[:link_at]) in LINE_MARKERS:
        return text[:link_at].strip(), text[link_at:].strip("]) ")
    return None


def related_line(text: str, link_share: float, link_at: int | None = None) -> tuple[str, str] | None:
    """(marker, headline) where the line is the publisher's link to another story, else None."""
    found = split(text, link_at)
    if found is None or link_share < LEAST_LINKED or _ADDRESS.search(text):
        return None
    rest = len(found[1]) / max(1, len(text))
    return found if link_share >= OF_REST * rest else None


def is_heading(text: str) -> bool:
    """True for a text that is nothing but a marker: what follows are links to other stories."""
    if len(text) > MAX_HEADING:
        return False
    folded = fold(text)
    return folded in HEADING_MARKERS


def is_other_heading(text: str) -> bool:
    """True for a heading above links that are no choice for this story: most read, latest, advertising."""
    return len(text) <= MAX_HEADING and fold(text) in OTHER_HEADINGS


def is_label(text: str) -> bool:
    """True for a line about the page: "Story continues below advertisement"."""
    return len(text) <= MAX_HEADING and fold(text) in LABELS


def is_promotion(text: str) -> bool:
    """True for words about subscribing, following or installing something."""
    return not _PROMOTION.isdisjoint(fold(text).split())
