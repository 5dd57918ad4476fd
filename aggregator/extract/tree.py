"""Bytes of a page → an lxml tree of bounded size, without what is never text.

Nothing is loaded from anywhere: the HTML parser knows no external entities, and ``huge_tree`` is off, so
libxml2's own bounds on depth and length hold.
"""

from __future__ import annotations

import re
from typing import Final, TypeAlias

from lxml import etree, html

from aggregator.text.charset import codec, to_utf8

MAX_BYTES: Final = 5_000_000  # of a page; the longest of hundreds of real ones has 2.2 MB
MAX_DEPTH: Final = 200  # open elements; real pages have 60, and the engine recurses at each
MAX_ELEMENTS: Final = 30_000  # real pages have 11,000 at most; the engine takes 10 s for 60,000
MAX_SCRIPT: Final = 1_000_000  # characters of one script that are looked into; real ones have 200,000
MAX_ATTRIBUTE: Final = 1500  # characters of a class, style or id that are matched against patterns
MAX_TAG: Final = 8000  # characters of one tag without its quoted values
HEAD: Final = 4096  # bytes in which the page may declare its encoding

_META_CHARSET = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=", re.IGNORECASE)

_SCRIPT = re.compile(rb"<(script|style)\b.*?</\1\b", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(rb"""<[a-zA-Z](?:[^>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+""")
_VALUE = re.compile(rb"""=\s*+(?:"[^"]*+"|'[^']*+')""")

Element: TypeAlias = html.HtmlElement


def read(body: bytes, content_type: str = "") -> Element | None:
    """The page's tree, or None where there is none or it is deeper or larger than any honest page."""
    text, _ = to_utf8(body[:MAX_BYTES], _declared(body, content_type))
    if not text.strip() or _has_endless_tag(text):
        return None
    parser = html.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        tree = html.document_fromstring(text, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None
    return tree if isinstance(tree, html.HtmlElement) and _is_bounded(tree) else None


def _declared(body: bytes, content_type: str) -> str:
    """The content type, with the encoding of the page's own meta element where the header names none."""
    if _CHARSET.search(content_type):
        return content_type
    found = _META_CHARSET.search(body[:HEAD])
    name = codec(found[1].decode("ascii", "replace")) if found else ""
    return f"text/html; charset={name}" if name else content_type


def _has_endless_tag(text: bytes) -> bool:
    """True where a tag has more attributes than any honest one: the parser takes quadratic time for them."""
    return any(len(_VALUE.sub(b"", tag)) > MAX_TAG for tag in _TAG.findall(_SCRIPT.sub(b"", text)))


def _is_bounded(tree: Element) -> bool:
    """True where depth and number of elements are those of a page; attributes of any length are cut."""
    depth = count = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        count += event == "start"
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            return False
        if event == "start":
            for name in ("class", "id", "style"):
                if len(value := element.get(name, "")) > MAX_ATTRIBUTE:
                    element.set(name, value[:MAX_ATTRIBUTE])
    return True
