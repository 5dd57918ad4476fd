"""What the parts of a page are for, by the names of their elements: the article's text, or something else."""

from __future__ import annotations

from collections import Counter
from typing import Final

from aggregator.extract import captions, naming, pictures
from aggregator.extract.tree import Element

HOLDS: Final = 0.5  # share of the voted prose from which an element is the article, whatever it is called

_EMBEDS: Final = frozenset({"tweet", "instagram", "tiktok", "facebook", "telegram", "bluesky", "truthsocial"})
# What these are called says nothing of the page's part that they stand in.
_UNNAMED: Final = frozenset({"a", "figure", "tbody", "tr", "td", "th"})
_CHROME_ROLES: Final = ("navigation", "complementary", "contentinfo")
_BY_TAG: Final = {
    "nav": "chrome",
    "footer": "chrome",
    "form": "chrome",
    "aside": "related",
    "figcaption": "caption",
}
_NAMED: Final = (
    ("widget", naming.WIDGET),
    ("related", naming.RELATED),
    ("chrome", naming.CHROME),
    ("caption", naming.CAPTION),
)
_RANK: Final = ("", "embed", "caption", "chrome", "related", "widget")


class Judge:
    """What each element is, by its name and its ancestors'; answers are kept per element."""

    def __init__(self, weights: dict[Element, int], total: int) -> None:
        """``weights`` are the characters of voted prose inside each element, ``total`` those of the page."""
        self._weights, self._total = weights, total
        self._known: dict[Element, str] = {}
        self._by_class: Counter[str] = Counter()
        for element, weight in weights.items():
            self._by_class[element.get("class", "")] += weight

    def role(self, element: Element) -> str:
        """What the element or one around it is: one of ``_RANK``, where what stands later counts more."""
        chain: list[Element] = []
        at: Element | None = element
        while at is not None and at not in self._known:
            chain.append(at)
            at = at.getparent()
        role = self._known[at] if at is not None else ""
        for one in reversed(chain):
            role = "" if self.holds(one) else max(self._own(one), role, key=_RANK.index)
            self._known[one] = role
        return role

    def holds(self, element: Element) -> bool:
        """True for an element that holds so much of the text, alone or with others of its class."""
        enough = HOLDS * self._total
        name = element.get("class", "")
        return self._weights.get(element, 0) > enough or bool(name and self._by_class[name] > enough)

    @staticmethod
    def _own(element: Element) -> str:
        """The role that the element's own tag and names give it."""
        if element.tag in _UNNAMED:
            return ""
        found = naming.names(element)
        for role, names in _NAMED:
            if naming.has(found, names):
                return role
        if element.get("role") in _CHROME_ROLES:
            return "chrome"
        if not _EMBEDS.isdisjoint(found):
            return "embed"
        if pictures.is_box(element) or (element.tag == "p" and captions.picture_before(element) is not None):
            return "caption"
        return _BY_TAG.get(element.tag, "")
