"""What of an article can be found by its words: made when it is cleaned, and again from what is stored.

The search index keeps no text, so to take an article out of it the very same words must be given again;
that is why both ends call this one function.
"""

from __future__ import annotations

from typing import Final

from aggregator.text.fold import fold
from aggregator.text.inert import ELLIPSIS

MAX_SEARCHABLE: Final = 20_000  # characters; a later word of so long a text is rarely sought


def searchable(title: str, summary: str, text: str) -> str:
    """Title, summary and text in search spelling; the summary only where the text does not begin so."""
    parts = [title, text[:MAX_SEARCHABLE]]
    if summary and not text.startswith(summary.rstrip(ELLIPSIS)):
        parts.insert(1, summary)
    return fold("\n".join(parts))[:MAX_SEARCHABLE]
