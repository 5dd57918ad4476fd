"""Who wrote an article: names out of JSON-LD, meta elements and bylines, without what is glued to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from aggregator.extract import naming
from aggregator.extract.calendars import written
from aggregator.extract.metadata import Page
from aggregator.extract.structured import Record, strings
from aggregator.extract.tree import Element
from aggregator.extract.votes import key
from aggregator.text.inert import clean_text

MAX_NAME: Final = 60  # characters; a longer "name" is a sentence
MAX_WORDS: Final = 6
MAX_AUTHORS: Final = 12
MAX_BYLINE: Final = 200  # characters of an element that is a byline

META_NAMES: Final = (
    *(
        "author",
        "article:author",
        "parsely-author",
        "sailthru.author",
        "dc.creator",
        "dcterms.creator",
        "byl",
    ),
    *("citation_author", "cxenseparse:author", "article.author", "news_author"),
)
_BY = re.compile(
    r"^(?:(?:written|reported|posted|published|story|article|words"
    r"|analysis|text)\s+)?(?:by|von|par|por|di|da|av|oleh|door)\s+"
    r"|^(?:كتب|كتبت|بقلم|تحرير|إعداد|نویسنده|به قلم|گزارش|خبرنگار"
    r"|מאת|כתב|כתבה|yazan|yazar|haber|автор|текст)\s*[:：]?\s+"
    r"|^(?:author|autor|auteur|editor|reporter|penulis)\s*[:：]\s*",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s*(?:,|;|\s/\s|\||•|·|&|،)\s*|\s+(?:and|und|et|y|e|og|och|ve|و)\s+(?:و)?|\s+ו(?=[א-ת])|\s+-\s+",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|@|\d{3}|^(?:admin|administrator|editor"
    r"|redaktion|newsroom|staff|user|author|unknown|null|none|online"
    r"|web ?desk|guest|team|content|reporter|journalist|correspondent|updated?|published|posted)s?$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\s*(?:\(.*\)|\[.*\]|<.*>|,\s+(?:staff writer"
    r"|senior reporter|correspondent|reporter|editor|redakteurin?))$",
    re.IGNORECASE,
)
_NO_PERSON = re.compile(
    r"://|\b(?:news|agency|group|media|press|magazine|admin)\b|خبرگزاری|وكالة|موقع", re.IGNORECASE
)
_FURTHER = re.compile(r"\s+(?:in|on|at|für|aus|auf)\s+|\s*\d")  # what stands behind the names
_BARS = re.compile(r"\s+[|•·–—-]\s+")
_BARE_NAME = re.compile(r"[A-ZÀ-ŽĐ][^\W\d_]+(?:[ /-]+(?:[a-z]{2,3} )?[A-ZÀ-ŽĐ][^\W\d_]*\.?){1,5}")
_BYLINE: Final = frozenset(
    {"byline", "author", "authors", "authorname", "writer", "reporter", "journalist", "muhabir"}
)
_NO_BYLINE: Final = frozenset({"bio", "image", "avatar", "box", "more"})
_WRAPPERS: Final = ("p", "span", "div", "a", "address", "li", "strong", "h4", "h5", "h6", "em", "b")


def authors(page: Page, own: set[str], lines: Sequence[str], ends: Sequence[str]) -> tuple[str, ...]:
    """The authors' names, each once: of the first source that gives a person rather than the outlet itself.

    ``own`` is what the outlet is called, as keys; ``lines`` are the short ones around the headline,
    ``ends`` the first and the last line of the text. Where only the outlet signs, it is the author.
    """
    outlet = own | set(map(key, strings(page.article.get("publisher")))) - {""}
    signed: tuple[str, ...] = ()
    for source in _sources(page, lines, ends):
        found = tuple(dict.fromkeys(name for text in source for name in split(text)))
        people = tuple(name for name in found if not _is_outlet(key(name), outlet))
        if people:
            return people[:MAX_AUTHORS]
        signed = signed or found
    return signed[:MAX_AUTHORS]


def _is_outlet(name: str, outlet: set[str]) -> bool:
    """True for the outlet's own name, also with more or less of it."""
    return any(name == one or (len(name) > 5 and (name in one or one in name)) for one in outlet)


def _sources(page: Page, lines: Sequence[str], ends: Sequence[str]) -> Iterator[list[str]]:
    """What each place says, the most trustworthy first."""
    tree, meta = page.tree, page.meta
    known = {str(one.get("@id")): one for one in page.records if one.get("name")}
    yield _named(page.article.get("author"), known)
    yield from (
        [meta[name]] for name in META_NAMES if meta.get(name) and _NO_PERSON.search(meta[name]) is None
    )
    yield strings(page.article.get("creator"))
    yield _texts(one for one in tree.iter(*_WRAPPERS) if "author" in one.get("itemprop", "").split())
    yield _texts(one for one in tree.iter("a") if one.get("rel") == "author")
    yield _signed(lines)
    yield _texts(_bylines(tree))
    yield [line for line in ends if _BARE_NAME.fullmatch(line)]


def _signed(lines: Iterable[str]) -> list[str]:
    """The first line that begins with "By", «كتب» and their like, or holds a bare name and a date."""
    for line in lines:
        if len(line) > MAX_BYLINE:
            continue
        parts = [part for part in _BARS.split(line) if part]
        if by := next((part for part in parts if _BY.match(part)), ""):
            return [_FURTHER.split(by)[0]]
        if len(parts) > 1 and _BARE_NAME.fullmatch(parts[0]) and any(map(written, parts[1:])):
            return parts[:1]
    return []


def is_signature(text: str, names: Iterable[str]) -> bool:
    """True for a line that is nothing but a byline of these names."""
    if len(text) > MAX_BYLINE:
        return False
    keys = set(map(key, names))
    return bool(keys) and all(key(name) in keys for name in [*split(text), text][:-1] or [text])


def _named(value: object, by_id: dict[str, Record]) -> list[str]:
    """Names of authors, some of which are only references to another object of the page."""
    ones = value if isinstance(value, list) else [value]
    resolved = [
        by_id.get(str(one.get("@id")), one) if isinstance(one, dict) and not one.get("name") else one
        for one in ones
    ]
    return strings(resolved) or [
        str(one["byline"]) for one in resolved if isinstance(one, dict) and one.get("byline")
    ]


def _bylines(tree: Element) -> Iterator[Element]:
    """Short elements that are called a byline, before any list of comments."""
    for element in tree.iter(*_WRAPPERS):
        found = naming.words(element.get("class", ""))
        if "comment" in found or "comments" in found:
            return
        if not _BYLINE.isdisjoint(found) and _NO_BYLINE.isdisjoint(found):
            yield element


def _texts(elements: Iterable[Element]) -> list[str]:
    """The text of the first of the elements that has a short one."""
    for element in elements:
        names = [clean_text(str(one.text_content())) for one in element.iter("a")]
        text = clean_text(str(element.text_content()))
        if any(names) and len(text) < MAX_BYLINE:
            return [name for name in names if name]
        if 0 < len(text) <= MAX_BYLINE:
            return [text]
    return []


def split(text: str) -> Iterator[str]:
    """The names in a byline: "By Ann Lee and Bo Ray, Reuters" gives three."""
    text = clean_text(text, limit=500, unescape=True)
    for part in _AND.split(_BY.sub("", text)):
        name = _BY.sub("", _ROLE.sub("", part or "").strip(" .,:–—-|"))
        if (
            len(name) > 1
            and len(name) <= MAX_NAME
            and len(name.split()) <= MAX_WORDS
            and not _NO_NAME.search(name)
        ):
            yield name
