"""Running text, told from lists of links, headings and labels by its length and its links."""

from __future__ import annotations

from typing import Final

from aggregator.extract.structure import Piece

PROSE: Final = 80  # characters from which a piece is taken for prose
DENSE_PROSE: Final = 40  # the same in scripts without spaces, which say more in a character
MAX_LINK_SHARE: Final = 0.5  # of prose; above, it is a list of links
SAMPLE: Final = 80  # characters looked at to tell the script
DENSE_LETTERS: Final = 20  # of them in such a script


def is_prose(piece: Piece) -> bool:
    """True for a piece that is a paragraph of running text."""
    if piece.kind in ("figure", "rule", "h2", "h3", "h4") or piece.link_share >= MAX_LINK_SHARE:
        return False
    return len(piece.text) >= (DENSE_PROSE if is_dense(piece.text) else PROSE)


def is_dense(text: str) -> bool:
    """True for text in Chinese, Japanese or Korean letters."""
    sample = text[:SAMPLE]
    if sample.isascii():
        return False
    return (
        sum("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in sample) > DENSE_LETTERS
    )
