"""The publisher's own links to related stories, told from the text and from advertising. Rules in order:

1. what lies between the first and the last paragraph is *in-text*, what follows to the first widget *end*;
2. never: navigation, forms, captions, quoted posts, lists of topics or people, other sites, itself;
3. a line that begins with a marker word and links to a story, whatever its element is called;
4. links to stories under a heading that is nothing but a marker;
5. a paragraph or card that is nothing but a link of four or more words to a story;
6. a link in an element that is called related, with a lower bar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.extract import links, markers
from aggregator.extract.body import Choice
from aggregator.extract.prose import is_prose
from aggregator.extract.structure import Piece
from aggregator.extract.tree import Element
from aggregator.extract.votes import key
from aggregator.text.urls import canonical_url

WHOLE_LINK: Final = 0.85  # share of a block's text that one link must be
SHARED_LINKS: Final = 0.5  # share of links in a list item, or in a block under a marker heading
LABEL: Final = 60  # characters of the label of a card
LEAST_WORDS: Final = 4  # of a bare link; shorter ones are labels
LEAST_LETTERS: Final = 15  # the same for scripts without spaces
RELATED_WORDS: Final = 3  # where the element is called related
MAX_CARD: Final = 600  # characters of a card around a link, that goes with it
CARD_PIECES: Final = 6
CARD_DEPTH: Final = 6  # elements around a headline within its card
MAX_HEADLINE: Final = 220
END_REACH: Final = 60  # pieces after the text in which its end links may stand
MAX_RELATED: Final = 40

_HEADINGS: Final = frozenset({"h2", "h3", "h4"})
_SOLD = re.compile(
    r"advertorial|anzeige|sponsored|promoted|\bad\b|reklam|اعلان|إعلان|تبلیغ|פרסומת|ממומן", re.IGNORECASE
)
_CARD_TAGS: Final = ("aside", "article", "div", "section", "li", "figure", "a")
_NEVER_TAGS: Final = frozenset({"nav", "footer", "form"})


@dataclass(slots=True)
class Found:
    """One link: the piece that carries it, its words and address."""

    at: int
    text: str
    marker: str
    url: str
    position: str


class Finder:
    """Looks through the pieces of one page."""

    def __init__(self, pieces: Sequence[Piece], choice: Choice, url: str, row_classes: Sequence[str]) -> None:
        self.pieces, self.choice, self.url = pieces, choice, url
        self.classes = frozenset(row_classes)
        self.first, self.last = choice.span[0], self._end_of_text()
        self.listed = self._lists_of_links()
        self.found: list[Found] = []
        self.heading_at = -1  # of the last marker heading; it goes once a link is found under it
        self.dropped: set[int] = set()  # pieces that are no text either: announcements, promotion

    def _end_of_text(self) -> int:
        """The piece after the last paragraph."""
        prose = [at for at in range(*self.choice.span) if self._chosen_prose(at)]
        return prose[-1] + 1 if prose else self.choice.span[1]

    def run(self) -> None:
        """Go through the text and what follows it."""
        heading = ""
        other = False  # under a heading that announces no related links
        end = min(len(self.pieces), self.last + END_REACH)
        for at in range(self.first, end):
            piece = self.pieces[at]
            if at >= self.last and self._is_over(piece):
                break
            if markers.is_label(piece.text):
                self.dropped.add(at)
            elif markers.is_other_heading(piece.text):
                other = True
            elif markers.is_heading(piece.text) and not self._chosen_prose(at):
                heading, other = piece.text, False
                self.heading_at = at
            else:
                if is_prose(piece) or (piece.kind in _HEADINGS and not piece.links):
                    heading, other = "", False
                self._look_at(at, heading, other=other)

    def _is_over(self, piece: Piece) -> bool:
        """True for the first piece after the text that belongs to the page's furniture."""
        around = (piece.element, *piece.element.iterancestors())
        return any(one.tag in _NEVER_TAGS for one in around)

    def _chosen_prose(self, at: int) -> bool:
        """True for a paragraph of the article."""
        return self.choice.chosen[at] and is_prose(self.pieces[at])

    def _look_at(self, at: int, heading: str, *, other: bool) -> None:
        """Apply rules 2 to 6 to one piece."""
        piece = self.pieces[at]
        if not piece.links or not self._is_allowed(piece):
            return
        targets = list(dict.fromkeys(links.target(href, self.url) for _, _, href in piece.links))
        line = markers.related_line(piece.text, piece.link_share, piece.links[0][0])
        if line and len(targets) == 1 and links.is_own(targets[0], self.url):
            if markers.is_promotion(line[1]) or not links.is_page(targets[0]):
                self.dropped.add(at)
            else:
                self._add(at, line[1], line[0], targets[0])
            return
        stories = [one for one in targets if self._is_story(one)]
        if other or not stories or len(stories) < len(targets) or self._is_sold(at):
            return
        heading = heading or (line[0] if line else "")
        if heading and len(targets) > 1 and piece.link_share >= SHARED_LINKS:
            for start, end, href in piece.links:
                self._add(at, piece.text[start:end], heading, links.target(href, self.url))
        elif len(targets) == 1:
            self._look_at_link(at, heading, targets[0])

    def _look_at_link(self, at: int, heading: str, url: str) -> None:
        """Rules 4 to 6: a piece with one link to a story."""
        piece, role = self.pieces[at], self.choice.roles[at]
        if role in ("chrome", "widget"):
            return
        is_announced = bool(heading) or self._is_named(piece.element)
        is_related = is_announced or role == "related"
        least_share = SHARED_LINKS if heading or at in self.listed else WHOLE_LINK
        if piece.link_share < least_share or not (is_announced or at < self.last):
            return  # behind the text, cards without a word are the outlet's latest or most read
        if self._is_headline(piece, RELATED_WORDS if is_related else LEAST_WORDS):
            self._add(at, piece.text, heading, url)

    def _is_story(self, url: str) -> bool:
        """True for another story of the same publisher."""
        return bool(url) and links.is_own(url, self.url) and links.is_story(url, self.url)

    def _is_sold(self, at: int) -> bool:
        """True for promotion, by its own words or by the label just before it."""
        before = " ".join(piece.text for piece in self.pieces[max(0, at - 2) : at] if len(piece.text) < LABEL)
        return markers.is_promotion(self.pieces[at].text) or bool(_SOLD.search(before))

    def _lists_of_links(self) -> set[int]:
        """The items of lists in which every item is one link with few words beside it."""
        items: dict[Element, list[int]] = {}
        for at in range(self.first, self.last):
            piece = self.pieces[at]
            around = next(
                (one for one in (piece.element, *piece.element.iterancestors()) if one.tag in ("ul", "ol")),
                None,
            )
            if around is not None and piece.kind == "li":
                items.setdefault(around, []).append(at)
        return {
            at
            for listed in items.values()
            if len(listed) > 1 and all(self._is_link_item(self.pieces[one]) for one in listed)
            for at in listed
        }

    def _is_link_item(self, piece: Piece) -> bool:
        """True for an item with one link over half of it."""
        targets = {links.target(href, self.url) for _, _, href in piece.links}
        return len(targets) == 1 and piece.link_share >= SHARED_LINKS

    def _is_allowed(self, piece: Piece) -> bool:
        """False in the places that never hold such a link."""
        if piece.kind in ("figure", "rule", "row"):
            return False
        return not self._is_over(piece)

    def _is_named(self, element: Element) -> bool:
        """True where the table of outlets names one of the classes around."""
        if not self.classes:
            return False
        around = [element, *list(element.iterancestors())[:4]]
        return any(
            not self.classes.isdisjoint(
                (
                    *one.get("class", "").split(),
                    one.get("data-component", ""),
                    one.get("data-test", ""),
                    one.get("name", ""),
                )
            )
            for one in around
        )

    @staticmethod
    def _is_headline(piece: Piece, least: int) -> bool:
        """True for a text as long as a headline."""
        words = len(piece.text.split())
        dense = words < least and len(key(piece.text)) >= LEAST_LETTERS and not piece.text.isascii()
        return (words >= least or dense) and len(piece.text) <= MAX_HEADLINE

    def _add(self, at: int, text: str, marker: str, url: str) -> None:
        """Keep a link, once for each address: a heading's words rather than a kicker's."""
        if self.heading_at >= 0 and marker == self.pieces[self.heading_at].text:
            self.dropped.add(self.heading_at)
        for known in self.found:
            if canonical_url(known.url) == canonical_url(url):
                is_better = self.pieces[at].kind in _HEADINGS and self.pieces[known.at].kind not in _HEADINGS
                if is_better or known.text.endswith(":"):
                    known.text = text
                self.dropped.add(at)
                return
        position = "in-text" if at < self.last else "end"
        self.found.append(Found(at, text, marker.strip(" :：|[]"), url, position))
        self.dropped.add(at)


def find(pieces: Sequence[Piece], choice: Choice, url: str, row_classes: Sequence[str]) -> list[Found]:
    """The related links of a page; the pieces that carry them are taken out of ``choice``."""
    if choice.element is None:
        return []
    finder = Finder(pieces, choice, url, row_classes)
    finder.run()
    for at in finder.dropped:
        choice.chosen[at] = False
    for at in _card_mates(pieces, choice, [one.at for one in finder.found]):
        choice.chosen[at] = False
    return finder.found[:MAX_RELATED]


def _card_mates(pieces: Sequence[Piece], choice: Choice, taken: Sequence[int]) -> Iterator[int]:
    """The other pieces of the cards that carry links: teaser, kicker, time."""
    by_element: dict[Element, list[int]] = {}
    for at in range(*choice.span):
        for one in (pieces[at].element, *list(pieces[at].element.iterancestors())[:CARD_DEPTH]):
            by_element.setdefault(one, []).append(at)
    for at in taken:
        mates: list[int] = []
        for one in pieces[at].element.iterancestors(*_CARD_TAGS):
            inside = by_element.get(one, [])
            if one is choice.element or not _is_card([pieces[mate] for mate in inside]):
                break
            mates = inside
        yield from mates


def _is_card(inside: Sequence[Piece]) -> bool:
    """True for pieces that may be one card: few, short, with one teaser at most."""
    teasers = sum(is_prose(piece) for piece in inside)
    return len(inside) <= CARD_PIECES and teasers < 2 and sum(len(piece.text) for piece in inside) <= MAX_CARD
