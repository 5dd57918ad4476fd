"""An article's page, bytes in, ``PageArticle`` out. Pure: no network, no clock, no files but our tables.

The parts: ``tree`` reads the bytes, ``structure`` gives the pieces of text, ``engine`` says where the
article is, ``body`` judges each piece, ``own_related`` takes the publisher's links to other stories out,
``metadata``, ``bylines``, ``page_dates`` and ``captions`` read what stands around, ``classify`` says why
there is no article where there is none. Only text leaves, made inert; no HTML is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from aggregator.extract import (
    bylines,
    calendars,
    captions,
    classify,
    engine,
    live,
    making,
    markers,
    metadata,
    naming,
    own_related,
    page_dates,
    script_text,
    sites,
    structure,
    tree,
)
from aggregator.extract.body import Choice, choose
from aggregator.extract.captions import Figure
from aggregator.extract.metadata import Page
from aggregator.extract.own_related import Found
from aggregator.extract.structure import Piece
from aggregator.extract.votes import key
from aggregator.model import Block, Image, PageArticle, PageHints, PageReason, PageRelated
from aggregator.text import language as languages
from aggregator.text.inert import clean_text, safe_url

VERSION: Final = 1  # raise it when a rule changes what comes out, so that stored pages are read again
BEFORE_HEADLINE: Final = 4  # pieces before the headline in which date and byline may stand
AFTER_HEADLINE: Final = 15
MAX_IMAGES: Final = 60
SAMPLE: Final = 1000  # characters of the text that tell its language
MAX_LINE: Final = 200
MAX_DATE_LINE: Final = 60  # characters of a line that is nothing but a date
HEAD_LINES: Final = 3  # first pieces of the text that may be byline or date line
TAIL_LINES: Final = 2
STANDFIRST_WORDS: Final = 5  # of a standfirst; less is a label
SAME_BEGIN: Final = 60  # letters in which a summary is told to be the beginning of the text
LINKED: Final = 0.08  # share of links of a line that wants the reader to go somewhere
NO_HINTS: Final = PageHints()

_NO_PAGE: Final = (PageReason.CHALLENGE, PageReason.CONSENT, PageReason.MISSING)
_DATELINE = re.compile(
    r"^((?:[A-ZÀ-Ž][A-ZÀ-Ž .,’'/-]{2,60}"
    r"|[\u0600-\u06ff\u200c ،,/]{3,40}?)\s*(?:\([\w /.-]{2,30}\))?)\s*(?:--|[–—-])\s"
)


def extract(body: bytes, url: str, *, content_type: str = "", hints: PageHints = NO_HINTS) -> PageArticle:
    """The article on the page that ``body`` is, fetched from ``url`` ("" for an unknown address).

    Never raises for what a page holds: ``reason`` says why there is no article, and the other fields
    hold what could be read.
    """
    url = safe_url(url)
    root = tree.read(body, content_type) if classify.is_html(body, content_type) else None
    if root is None:
        return PageArticle(url, reason=PageReason.NOT_HTML, version=VERSION)
    page = metadata.read(root, url)
    return _Reading(page, hints).article()


class _Reading:
    """One page being read."""

    def __init__(self, page: Page, hints: PageHints) -> None:
        self.page, self.hints = page, hints
        self.pieces = structure.pieces(page.tree)
        self.h1 = metadata.headline(page)
        self.title = metadata.title(page, self.h1, hints.title)
        self.description = metadata.description(page)
        self.site = sites.of(page.url, languages.code(metadata.language(page)) or hints.language, hints.zone)

    def article(self) -> PageArticle:
        """Everything put together."""
        choice = choose(self.pieces, engine.votes(self.page.tree), self.title, self.description)
        found = own_related.find(self.pieces, choice, self.page.url, self.site.related)
        lines = self._lines(choice)
        authors = self._authors(choice, lines)
        self._drop_signatures(choice, authors)
        standfirst = self._standfirst(choice)
        figures = self._figures(choice, [standfirst, self.description, *(one.text for one in found)])
        blocks, places = self._blocks(choice, figures)
        blocks = self._from_scripts(blocks) or blocks
        text = "\n".join(block.text for block in blocks if block.kind not in ("figure", "embed"))
        reason = self._reason(text)
        if reason in _NO_PAGE:
            return PageArticle(self.page.url, reason=reason, version=VERSION)
        dateline = _dateline(blocks)
        if reason is PageReason.LIVE:
            blocks, headings = live.dated(blocks, live.updates(self.page.records))
            places = [live.moved(place, headings) for place in places]
        stamp = page_dates.published(
            self._dates(), lines, self.site.zone, self.hints.published, month_first=self._month_first()
        )
        return PageArticle(
            url=metadata.canonical(self.page),
            title=self.title,
            standfirst=standfirst,
            authors=authors,
            dateline=dateline,
            published=stamp.seconds() if stamp else None,
            date=stamp.iso() if stamp else "",
            language=self._language(text),
            images=self._images(figures),
            blocks=blocks,
            related=_related(found, places),
            reason=reason,
            version=VERSION,
        )

    def _reason(self, text: str) -> PageReason:
        """Why there is no whole article, where there is none."""
        found = classify.reason(self.page, text, " ".join(piece.text for piece in self.pieces))
        told = f"{self.title} {self.description} {text}"
        if found is PageReason.NONE and classify.is_doubtful(told, self.hints.summary):
            return PageReason.DOUBTFUL
        return found

    def _from_scripts(self, blocks: Sequence[Block]) -> tuple[Block, ...]:
        """The text that only the page's scripts hold, () where the page shows it."""
        shown = sum(len(block.text) for block in blocks)
        hidden = script_text.hidden_text(self.page.tree, self.page.article, shown)
        return making.article_blocks([making.block(piece, piece.kind, self.page.url) for piece in hidden])

    def _language(self, text: str) -> str:
        """The language that title and text are in."""
        declared = metadata.language(self.page) or self.hints.language
        return languages.guess(f"{self.title} {text[:SAMPLE]}", declared)

    def _figures(self, choice: Choice, told: Iterable[str]) -> list[Figure]:
        """The figures in and before the region, else the first of the page; none that repeats ``told``."""
        said = set(map(key, told)) - {""}
        for around, fits, most in (
            (choice.around, choice.is_text, MAX_IMAGES),
            (self.page.tree, choice.is_shown, 1),
        ):
            figures = captions.figures(around, self.page.url) if around is not None else ()
            found = (one for one in figures if key(one.image.caption) not in said and fits(one.element))
            if kept := list(islice(found, most)):
                return kept
        return []

    def _blocks(self, choice: Choice, figures: Sequence[Figure]) -> tuple[tuple[Block, ...], list[int]]:
        """The article's blocks, and for each piece how many blocks stand before it."""
        made: list[Block | None] = []
        places: list[int] = []
        shown = {one.element: one.image for one in figures[1:]}
        first, last = choice.span
        for at, piece in enumerate(self.pieces):
            places.append(len(made))
            if choice.chosen[at]:
                made.append(making.block(piece, piece.kind, self.page.url))
            elif first <= at < last:
                made += self._beside(piece, choice.roles[at], shown)
        return making.article_blocks(made), places

    def _beside(self, piece: Piece, role: str, shown: dict[object, Image]) -> list[Block]:
        """What of a piece that is no text is kept in its place: a caption, an embedded post, a rule."""
        if piece.kind == "rule":
            return [Block("rule", "")]
        if role == "embed":
            return [making.block(piece, "embed", self.page.url)]
        for element in (piece.element, *piece.element.iterancestors()):
            if image := shown.pop(element, None):
                return [making.figure(image)] if image.caption else []
        return []

    def _lines(self, choice: Choice) -> list[str]:
        """The short lines around the headline, in which date and byline stand."""
        wanted = key(self.title)
        first = choice.span[0] or len(self.pieces)
        spots = [at for at, one in enumerate(self.pieces[: first + 1]) if wanted and key(one.text) == wanted]
        at = spots[-1] if spots else max(0, first - AFTER_HEADLINE)
        near = self.pieces[max(0, at - BEFORE_HEADLINE) : at + AFTER_HEADLINE]
        later = [one.text for one in near[BEFORE_HEADLINE:]] + [one.text for one in near[:BEFORE_HEADLINE]]
        return [text for text in later if len(text) <= MAX_LINE]

    def _dates(self) -> list[str]:
        """The machine-readable dates of the page, best first."""
        told = self.page.article.get("datePublished")
        meta = [self.page.meta[name] for name in page_dates.META_NAMES if name in self.page.meta]
        times = page_dates.stamps_in_times(self.page.tree, self.h1)
        return [*([told] if isinstance(told, str) else []), *meta, *times]

    def _month_first(self) -> bool:
        """True where 3/4/2020 is the fourth of March: in American English."""
        return metadata.language(self.page).lower().replace("_", "-") == "en-us"

    def _authors(self, choice: Choice, lines: Sequence[str]) -> tuple[str, ...]:
        """The authors' names, the feed's where the page gives none."""
        text = choice.texts(self.pieces)
        own = metadata.own_names(metadata.outlet(self.page), self.page.url)
        found = bylines.authors(self.page, own, lines, [*text[:1], *text[-1:]])
        return found or tuple(bylines.split(self.hints.author))

    def _drop_signatures(self, choice: Choice, authors: Sequence[str]) -> None:
        """Byline, date line and promotion go from the ends of the text, where they are no text."""
        chosen = [at for at, one in enumerate(choice.chosen) if one]
        for at in (*chosen[:HEAD_LINES], *chosen[-TAIL_LINES:]):
            text = self.pieces[at].text
            is_last = at in chosen[-TAIL_LINES:] and len(text) <= markers.MAX_LINE
            is_linked = self.pieces[at].link_share >= LINKED
            sells = is_last and is_linked and markers.is_promotion(text)
            is_number = not key(text) or key(text).isdigit()
            is_label = len(text) <= MAX_DATE_LINE and not text.endswith((".", "!", "?", "؟"))
            is_date = is_label and calendars.written(text) is not None
            if sells or is_date or is_number or bylines.is_signature(text, authors):
                choice.chosen[at] = False

    def _standfirst(self, choice: Choice) -> str:
        """The text under the headline, else the head's description where that is no part of the text."""
        start = choice.span[0]
        for at in range(max(0, start - AFTER_HEADLINE), min(start + 1, len(self.pieces))):
            piece = self.pieces[at]
            is_long = len(piece.text.split()) >= STANDFIRST_WORDS and key(piece.text) != key(self.title)
            if choice.roles[at] in ("", "related") and is_long and naming.is_standfirst(piece.element):
                return clean_text(piece.text, limit=metadata.MAX_STANDFIRST)
        told = key(self.description)
        text = "".join(map(key, choice.texts(self.pieces)))
        return "" if told[:SAME_BEGIN] in text or told == key(self.title) else self.description

    def _images(self, figures: Sequence[Figure]) -> tuple[Image, ...]:
        """The lead picture and the others that have a caption."""
        first = captions.lead(figures, self.page.article, self.page.meta, self.page.url)
        return ((first,) if first else ()) + tuple(one.image for one in figures[1:])


def _related(found: Sequence[Found], places: Sequence[int]) -> tuple[PageRelated, ...]:
    """The related links as records; ``places`` says how many blocks stand before each piece."""
    return tuple(
        PageRelated(clean_text(one.text), one.url, clean_text(one.marker), one.position, places[one.at])
        for one in found
    )


def _dateline(blocks: Sequence[Block]) -> str:
    """ "BEIRUT (Reuters)" of a first paragraph that begins so; it stays in the text too."""
    match = _DATELINE.match(blocks[0].text) if blocks else None
    return match[1].strip() if match else ""
