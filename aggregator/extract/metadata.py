"""Title, standfirst, address, language, outlet's name: from what a page says in several places at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.extract import structured
from aggregator.extract.structured import Record, strings
from aggregator.extract.tree import Element
from aggregator.extract.votes import key
from aggregator.text.inert import clean_text, safe_url
from aggregator.text.urls import host, site

MAX_TITLE: Final = 500
MAX_STANDFIRST: Final = 1500

# How much each place's word counts for the title: readers see the h1, the others agree with it or are
# made for search and sharing.
_WEIGHTS: Final = {"h1": 5, "structured": 4, "og:title": 4, "twitter:title": 2, "title": 2, "feed": 1}
_SPELLING: Final = (
    "og:title",
    "h1",
    "structured",
    "twitter:title",
    "title",
    "feed",
)  # whose, at equal counts
_SUFFIX = re.compile(r"\s+[|–—·»-]+\s+|\s*[|｜ㅣ]\s*|::|：")  # before an outlet's name in a title
_SEPARATORS: Final = " |–—·»:-｜ㅣ："
LONG_KEY: Final = 12  # letters from which a title that another begins with is that other without its tail


@dataclass(slots=True)
class Page:
    """A page's tree with what its head says, read once."""

    tree: Element
    url: str
    records: list[Record] = field(default_factory=list)
    article: Record = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)  # name, property or itemprop in lower case → content


def read(tree: Element, url: str) -> Page:
    """The head of a page; ``url`` is where it was fetched from, or ""."""
    records = structured.records(tree)
    meta: dict[str, str] = {}
    for element in tree.iter("meta"):
        content = element.get("content", "").strip()
        for attribute in ("property", "name", "itemprop"):
            if content and (name := element.get(attribute)):
                meta.setdefault(name.lower(), content)
    return Page(tree, url or _own_address(tree, meta), records, structured.article(records), meta)


def _own_address(tree: Element, meta: dict[str, str]) -> str:
    """Where a page whose address nobody knows says it is, "" where it does not."""
    links = (one.get("href", "") for one in tree.iter("link") if one.get("rel", "").lower() == "canonical")
    return next((url for one in (*links, meta.get("og:url", "")) if (url := safe_url(one))), "")


def outlet(page: Page) -> str:
    """What the outlet calls itself, "" where the page does not say."""
    names = [page.meta.get("og:site_name", ""), page.meta.get("application-name", "")]
    names += strings(page.article.get("publisher"))
    return next((clean_text(name, limit=200, unescape=True) for name in names if name.strip()), "")


def canonical(page: Page) -> str:
    """The address that the page calls its own, where it is an article of the same site; else its address."""
    for element in page.tree.iter("link"):
        if element.get("rel", "").lower() == "canonical":
            target = safe_url(element.get("href", ""), page.url)
            path = target.split("://", 1)[-1].partition("/")[2].strip("/")
            if target and path and site(target) == site(page.url):
                return target
            break
    return page.url


def language(page: Page) -> str:
    """The language that the page declares, "" where it does not."""
    root = page.tree.getroottree().getroot()
    declared = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    return str(declared or page.meta.get("og:locale", "") or page.article.get("inLanguage") or "")[:20]


# --- title -----------------------------------------------------------------------------------------


def headline(page: Page) -> Element | None:
    """The h1 that is the article's headline: the one that the page's head agrees with, else the first."""
    ones = [element for element in page.tree.iter("h1") if _text(element)]
    told = {key(title) for name, title in _titles(page, None) if name != "h1"}
    told_whole = "\n".join(told)
    agreed = [
        one for one in ones if (made := key(_text(one))) in told or (len(made) > 12 and made in told_whole)
    ]
    long = [one for one in ones if len(_text(one).split()) > 2]
    return next(iter(agreed), None) if agreed else next(iter(long or ones), None)


def title(page: Page, h1: Element | None, feed_title: str) -> str:
    """The headline: the wording that most places agree on, as most of them spell it."""
    told = [(name, text) for name, text in _titles(page, h1) if text]
    if feed_title:
        told.append(("feed", clean_text(feed_title, limit=MAX_TITLE)))
    votes: Counter[str] = Counter()
    for name, text in told:
        votes[key(text)] += _WEIGHTS[name]
    if not votes:
        return ""
    best = votes.most_common(1)[0][0]
    told.sort(key=lambda one: _SPELLING.index(one[0]))
    return Counter(text for _, text in told if key(text) == best).most_common(1)[0][0]


def _titles(page: Page, h1: Element | None) -> Iterator[tuple[str, str]]:
    """(place, title) for each place that has one, without the outlet's name or another tail."""
    name = outlet(page)
    own = own_names(name, page.url)
    head = page.tree.find(".//head/title")
    shorter: list[str] = []
    for place, text in (
        ("h1", _text(h1) if h1 is not None else ""),
        ("structured", next(iter(strings(page.article.get("headline"))), "")),
        ("og:title", page.meta.get("og:title", "")),
        ("twitter:title", page.meta.get("twitter:title", "")),
        ("title", str(head.text_content()) if head is not None else ""),
    ):
        cleaned = text if place == "h1" else _without_tail(_cleaned(text, own), shorter)
        if cleaned and key(cleaned) not in own:
            shorter.append(cleaned)
            yield place, cleaned


def _without_tail(text: str, others: Sequence[str]) -> str:
    """``text`` cut to one of the others that it begins with: the rest is an outlet's or a section's name."""
    whole = key(text)
    for other in others:
        wanted = key(other)
        if LONG_KEY <= len(wanted) < len(whole) and whole.startswith(wanted):
            end = next(at for at in range(len(text)) if len(key(text[:at])) >= len(wanted))
            closing = re.search(r"[^\w\s]*$", other)
            tail = closing[0] if closing and text.startswith(closing[0], end) else ""
            return text[:end] + tail
    return text


def own_names(name: str, url: str) -> set[str]:
    """What the outlet is called, as keys."""
    return {key(name), key(host(url).removeprefix("www.")), key(site(url).partition(".")[0])} - {""}


def _text(element: Element) -> str:
    """An element's text on one line."""
    return clean_text(_spaced(element), limit=MAX_TITLE)


def _spaced(element: Element) -> str:
    """An element's text, with a space where a part of it stands on its own line."""
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str) or child.tag in ("script", "style", "svg", "button"):
            parts.append(child.tail or "")
            continue
        wall = " " if child.tag in ("br", "div", "p", "span") else ""
        parts += [wall, _spaced(child), wall if child.tag != "span" else "", child.tail or ""]
    return "".join(parts)


def _cleaned(text: str, own: set[str]) -> str:
    """A title without the outlet's name behind it (or before it)."""
    text = clean_text(text, limit=MAX_TITLE, unescape=True)
    parts = [part for part in _SUFFIX.split(text) if part]
    while len(parts) > 1 and _is_name(key(parts[-1]), own):
        text = text[: text.rindex(parts[-1])].rstrip(_SEPARATORS)
        parts.pop()
    if len(parts) > 1 and _is_name(key(parts[0]), own):
        text = text[len(parts[0]) :].lstrip(_SEPARATORS)
    return text


def _is_name(part: str, known: Iterable[str]) -> bool:
    """True for a part of a title that is the outlet's name, more or less."""
    return any(
        part == one or (len(one) > 3 and (one in part or part in one) and len(part) < 40) for one in known
    )


# --- standfirst ------------------------------------------------------------------------------------


def description(page: Page) -> str:
    """The summary that the head gives, "" where it gives none."""
    told = (
        page.meta.get("og:description", ""),
        page.meta.get("description", ""),
        *strings(page.article.get("description"))[:1],
    )
    return next((clean_text(one, limit=MAX_STANDFIRST, unescape=True) for one in told if one.strip()), "")
