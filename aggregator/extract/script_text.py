"""The text of pages that scripts put together: it stands in the page too, as JSON.

Either as ``articleBody`` of the structured data, or as escaped HTML in a script. Both are taken only
where the page itself shows next to nothing of it.
"""

from __future__ import annotations

import html as entities
import json
import re
from typing import Final

from lxml import etree, html

from aggregator.extract.structure import Piece, pieces
from aggregator.extract.structured import Record
from aggregator.extract.tree import MAX_SCRIPT, Element

LEAST: Final = 400  # characters of text that make a script's string an article
NOTHING: Final = 200  # characters; a page that shows less of the article shows none of it
SHOWN: Final = 0.4  # share of that text which the page must show for the page to be believed

_STRING = re.compile(r'"((?:[^"\\]|\\.){400,})"')
_HTML = re.compile(r"<p\b.*</p>", re.DOTALL | re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\s*(?:\r?\n){1,}\s*")
_TAGS = re.compile(r"<(?:p|br|div|h\d|li)\b", re.IGNORECASE)


def hidden_text(tree: Element, article: Record, shown: int) -> list[Piece]:
    """The pieces of the article's text in the page's scripts, [] where the page shows it itself.

    ``shown`` is how many characters of text were found in the page.
    """
    told = article.get("articleBody")
    best = _pieces(told) if isinstance(told, str) else []
    if shown < NOTHING and _size(best) < LEAST:
        for script in tree.iter("script"):
            best = max(best, _longest(script.text or ""), key=_size)
    return best if _size(best) >= LEAST and shown < SHOWN * _size(best) else []


def _size(found: list[Piece]) -> int:
    """How many characters of text the pieces have."""
    return sum(len(piece.text) for piece in found)


def _longest(script: str) -> list[Piece]:
    """The longest text that stands as escaped HTML in a script."""
    if len(script) > MAX_SCRIPT or ("\\u003cp" not in script and "<p" not in script):
        return []
    strings = [one for one in _STRING.findall(script) if "\\u003cp" in one or "<p" in one]
    try:
        text = json.loads(f'"{max(strings, key=len, default="")}"', strict=False)
    except ValueError:
        return []
    found = _HTML.search(text)
    return _pieces(found[0]) if found else []


def _pieces(text: str) -> list[Piece]:
    """The pieces of a text that is HTML or plain with line ends."""
    if "&lt;" in text:
        text = entities.unescape(text)
    if not _TAGS.search(text):
        escaped = entities.escape(entities.unescape(text), quote=False)
        text = "".join(f"<p>{line}</p>" for line in _PARAGRAPHS.split(escaped))
    try:
        return pieces(html.document_fromstring(f"<body>{text}</body>"))
    except (etree.LxmlError, ValueError):
        return []
