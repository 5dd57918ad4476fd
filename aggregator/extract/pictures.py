"""Small boxes that hold a picture and a line under it, without any name that says so."""

from __future__ import annotations

import re
from typing import Final

from aggregator.extract.tree import Element

MAX_PARTS: Final = 15  # elements inside; a box with more is a part of the page
MAX_TEXT: Final = 300  # characters of a caption
LEAST_WORDS: Final = 4  # of one without a name; less is the name of a person beside a portrait
ICON: Final = 99  # pixels of width up to which a picture is an icon or a portrait

_OTHER: Final = frozenset(
    {"a", "h1", "h2", "h3", "h4", "h5", "ul", "ol", "table", "time", "form", "button", "style", "script"}
)
_NUMBER = re.compile(r"\d{1,5}")


def is_box(element: Element) -> bool:
    """True for an element with one picture and one short line of text, and nothing else."""
    if element.tag not in ("div", "p", "span") or len(element) == 0:
        return False
    pictures = 0
    for count, part in enumerate(element.iter()):
        if count > MAX_PARTS or (part.tag in _OTHER and _says_something(part)):
            return False
        pictures += part.tag == "img" and not _is_icon(part)
    text = str(element.text_content()).strip() if pictures == 1 else ""
    return len(text) <= MAX_TEXT and len(text.split()) >= LEAST_WORDS


def _says_something(element: Element) -> bool:
    """True for an element with text in it; a link may hold the picture alone."""
    return element.tag not in ("a", "button") or bool(str(element.text_content()).strip())


def _is_icon(image: Element) -> bool:
    """True for a picture that says it is small."""
    width = _NUMBER.match(image.get("width", ""))
    return width is not None and int(width[0]) <= ICON
