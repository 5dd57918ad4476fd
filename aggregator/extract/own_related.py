"""The publisher's own links to related stories, told from the text and from advertising. Rules in order:

1. what lies between the first and the last paragraph is *in-text*, what follows to the first widget *end*;
2. never: navigation, forms, captions, quoted posts, lists of topics or people, other sites, itself;
3. a line that begins with a marker word and links to a story, whatever its element is called;
4. links to stories under a heading that is nothing but a marker;
5. a paragraph or card that is nothing but a link of four or more words to a story;
6. a link in an element that is called related, with a lower bar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from aggregator.extract import links, markers
from aggregator.extract.body import Choice
from aggregator.extract.engine import key
from aggregator.extract.prose import is_prose
from aggregator.extract.structure import Piece
from aggregator.extract.tree import Element

WHOLE_LINK: Final = 0.85  # share of a block's text that one link must be
LEAST_WORDS: Final = 4  # of a bare link; shorter ones are labels
LEAST_LETTERS: Final = 15  # the same for scripts without spaces
RELATED_WORDS: Final = 3  # where the element is called related
MAX_CARD: Final = 600  # characters of a card around a link, that goes with it
MAX_HEADLINE: Final = 220
END_REACH: Final = 60  # pieces after the text in which its end links may stand
MAX_RELATED: Final = 40

_HEADINGS: Final = frozenset({"h2", "h3", "h4"})
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
        self.first, self.last = choice.span
        self.found: list[Found] = []
        self.dropped: set[int] = set()  # pieces that are no text either: announcements, promotion

    def run(self) -> None:
        """Go through the text and what follows it."""
        heading = ""
        end = min(len(self.pieces), self.last + END_REACH)
        for at in range(self.first, end):
            piece = self.pieces[at]
            if at >= self.last and self._is_over(piece):
                break
            if markers.is_heading(piece.text) and not self._chosen_prose(at):
                heading = piece.text
                self.dropped.add(at)
                continue
            if is_prose(piece) or (piece.kind in _HEADINGS and not piece.links):
                heading = ""
            self._look_at(at, heading)

    def _is_over(self, piece: Piece) -> bool:
        """True for the first piece after the text that belongs to the page's furniture."""
        around = (piece.element, *piece.element.iterancestors())
        return any(one.tag in _NEVER_TAGS for one in around)

    def _chosen_prose(self, at: int) -> bool:
        return self.choice.chosen[at] and is_prose(self.pieces[at])

    def _look_at(self, at: int, heading: str) -> None:
        """Apply rules 2 to 6 to one piece."""
        piece = self.pieces[at]
        url = self._story(piece)
        if not url or not self._is_allowed(piece):
            return
        line = markers.related_line(piece.text, piece.link_share, piece.links[0][0])
        if line:
            if markers.is_promotion(line[1]):
                self.dropped.add(at)
            else:
                self._add(at, line[1], line[0], url)
            return
        role = self.choice.roles[at]
        if role == "chrome" or piece.link_share < WHOLE_LINK or markers.is_promotion(piece.text):
            return
        is_related = bool(heading) or role == "related" or self._is_named(piece.element)
        if self._is_headline(piece, RELATED_WORDS if is_related else LEAST_WORDS) and (
            is_related or at < self.last
        ):
            self._add(at, piece.text, heading, url)

    def _story(self, piece: Piece) -> str:
        """The own story that the piece links to, "" where there is none or there are several."""
        targets = list(dict.fromkeys(links.target(href, self.url) for _, _, href in piece.links))
        own = [
            one for one in targets if one and links.is_own(one, self.url) and links.is_story(one, self.url)
        ]
        return own[0] if own and len(targets) == 1 else ""

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
        for known in self.found:
            if known.url == url:
                if self.pieces[at].kind in _HEADINGS and self.pieces[known.at].kind not in _HEADINGS:
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
        for one in (pieces[at].element, *list(pieces[at].element.iterancestors())[:6]):
            by_element.setdefault(one, []).append(at)
    for at in taken:
        card = pieces[at].element
        for one in card.iterancestors("aside", "article", "div", "section", "li", "figure", "a"):
            inside = by_element.get(one, [])
            if (
                sum(len(pieces[mate].text) for mate in inside) > MAX_CARD
                or len(inside) > 6
                or one is choice.element
            ):
                break
            card = one
        if card is not pieces[at].element:
            yield from by_element.get(card, [])
