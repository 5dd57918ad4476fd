"""What of an article can be found, column by column of the index: made when it is cleaned, and again later.

The search index keeps no text, so to take an article out of it the very same words must be given again;
that is why both ends, the worker that cleans and the store that reads what it has kept, call these functions.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aggregator.model import Page
from aggregator.text.fold import fold
from aggregator.text.forms import index_forms
from aggregator.text.heads import heads_of
from aggregator.text.inert import ELLIPSIS

MAX_SEARCHABLE: Final = 20_000  # characters; a later word of so long a text is rarely sought
_PARTS: Final = 6  # of a packed text; none of them can hold the line feed that parts them


class Columns(NamedTuple):
    """A row of the index: words in search spelling, one space between.

    ``title_stems`` and ``stems`` are the other forms (``forms.index_forms``) of the words of title and text;
    ``facets`` are tokens of what an article is (``store.matching``), not of what it says.
    """

    title: str
    author: str
    text: str
    title_stems: str = ""
    stems: str = ""
    facets: str = ""


def searchable(title: str, summary: str, text: str, *, author: str = "", language: str = "") -> str:
    """What can be found of a cleaned entry, as one string for ``columns``.

    The summary counts only where the text does not begin with it.
    """
    parts = [text[:MAX_SEARCHABLE]]
    if summary and not text.startswith(summary.rstrip(ELLIPSIS)):
        parts.insert(0, summary)
    head, body = fold(title), fold("\n".join(parts))[:MAX_SEARCHABLE]
    of_head, of_body = head.split(), body.split()
    forms = (" ".join(index_forms(words, language)) for words in (of_head, of_body))
    bits = heads_of((*of_head, *of_body))
    return "\n".join((body, head, fold(author), *forms, f"{bits:x}"))


def columns(
    folded: str, *, page: Page | None = None, language: str = "", facets: str = ""
) -> tuple[Columns, int]:
    """The row of an article, and the bits of its ``heads``.

    ``folded`` is what ``searchable`` made of its entry (a string without line feeds is all text); the text
    of its page comes after that.
    """
    text, title, author, title_stems, own, bits = (folded + "\n" * _PARTS).split("\n")[:_PARTS]
    heads = int(bits, 16) if bits else heads_of(text.split())
    if page is not None:
        added = fold("\n".join((page.title, page.standfirst, page.text[:MAX_SEARCHABLE])))[:MAX_SEARCHABLE]
        words = added.split()
        text, own = f"{text} {added}", " ".join((own, *index_forms(words, language)))
        heads |= heads_of(words)
    return Columns(title, author, text, title_stems, own, facets), heads
