"""An article as lines ready to draw: header, text with numbered links, and Related below it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from aggregator.dataclass import dataclass
from aggregator.model import Article, Block, Enclosure, Image, Page, PageReason, Related, Revision, Story
from tui import blocks, related, render, words
from tui.bidi.layout import Direction
from tui.keys import key_of
from tui.lines import Document, add_link, joined, listed, readable
from tui.render import GLYPHS

SHORT = 500
"""Characters of text below which an article may be a summary: two paragraphs."""
FEW = 2
"""Blocks of a summary, at most: what has more was written as an article, however short."""
ENOUGH, PARAGRAPHS = 1_200, 3
"""Characters, or paragraphs, that make a feed's text the article; with less, its page is worth fetching."""
MEGABYTE = 1_000_000
NO_TEXT = {"figure", "embed", "rule"}
"""Kinds of blocks that are not counted as text."""
A_MINUTE = 200
"""Words read in a minute, one round number for every script: readers of English manage somewhat more, of
Arabic and Hebrew, whose words hold more, somewhat fewer. It tells two minutes from ten, no more."""


Text = Literal["", "feed", "page"]
"""Whose text a reader asked for; "" leaves it to what there is."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How fetching the page goes; ``failure`` is why it failed this time, in words."""

    fetching: bool = False
    failure: str = ""


IDLE = Progress()


def build(
    article: Article,
    found: Sequence[Related],
    width: int,
    now: int,
    text: Text = "",
    progress: Progress = IDLE,
    *,
    story: Story | None = None,
    below: bool = True,
    direction: Direction = "auto",
) -> Document:
    """Lay an article out in ``width`` cells; ``below``: with what is ``found`` related below it."""
    page = shown_page(article, text)
    language = (page and page.language) or article.row.language
    document = Document(width, language=language, direction=direction)
    urls: dict[str, int] = {}
    header(document, article, page, now)
    counted = [reading_time(article, page), extent(article, page), updated(article, now)]
    counted += [position(article.row.id, story), "starred" if article.row.starred else ""]
    document.facts([*counted, origin(article, page, progress, now)])
    missing(document, article, progress)
    kept(document, article)
    edited(document, article, now)
    document.add((GLYPHS.rule * document.width, "dim"))
    picture(document, next(iter(page.images), None) if page else article.image)
    if page:
        blocks.lay(document, page_blocks(page), urls)
    else:
        feed_text(document, article, progress, urls)
    files(document, article.enclosures)
    links(document, urls)
    if below:
        document.gap()
        rule(document, "Related", related_keys())
        related.section(document, article, found, now)
    return document


def related_keys() -> str:
    """What can be done with related articles."""
    return f"{key_of('related')} goes there, {key_of('why')} says why"


def rule(document: Document, title: str, keys: str) -> None:
    """A line with a title in it, and at its end the keys, where there is room."""
    left, right = f"{GLYPHS.rule * 2} {title} ", f" {keys} {GLYPHS.rule * 2}"
    between = document.width - render.cells(left) - render.cells(right)
    if between <= 0:
        right, between = "", document.width - render.cells(left)
    document.add((left + GLYPHS.rule * between, "head"), (right, "dim"))


def build_aside(article: Article, found: Sequence[Related], width: int, now: int) -> Document:
    """The related articles for a pane of their own beside the text."""
    document = Document(width)
    document.text(f"Related: {related_keys()}", "dim")
    related.section(document, article, found, now)
    return document


def feed_blocks(article: Article) -> tuple[Block, ...]:
    """The feed's text; where it gives none, its summary."""
    return article.blocks or ((Block("p", article.summary),) if article.summary else ())


def page_blocks(page: Page) -> tuple[Block, ...]:
    """The page's text, without a first paragraph that is the standfirst once more."""
    repeated = bool(page.blocks) and page.blocks[0].text == page.standfirst
    return page.blocks[1:] if repeated else page.blocks


def size(text: Sequence[Block]) -> int:
    """Characters of running text."""
    return sum(len(block.text) for block in text if block.kind not in NO_TEXT)


def is_summary(article: Article) -> bool:
    """Does the feed give less than an article?"""
    text = feed_blocks(article)
    return size(text) < ENOUGH and sum(block.kind == "p" for block in text) < PARAGRAPHS


def shown_page(article: Article, text: Text = "") -> Page | None:
    """The page whose text is shown, None where it is the feed's.

    Unasked, that is the page that has more to say, unless it seems to be about something else.
    """
    page = article.page
    if page is None or not page.blocks or text == "feed":
        return None
    better = page.reason != PageReason.DOUBTFUL and size(page.blocks) > size(feed_blocks(article))
    return page if better or text == "page" else None


def other_text(article: Article, text: Text) -> Text:
    """Whose text is not shown: what a flip leads to; "" where there is none."""
    if article.page is None or not article.page.blocks:
        return ""
    return "feed" if shown_page(article, text) else "page"


def header(document: Document, article: Article, page: Page | None, now: int) -> None:
    """Title, standfirst, who and when."""
    row = article.row
    document.text(readable((page and page.title) or row.title) or "(no title)", "title")
    if page and page.standfirst:
        document.gap()
        document.text(readable(page.standfirst), "head")
        document.gap()
    published = (page and page.published) or article.published
    at = published or article.first_seen
    facts = [
        row.outlet,
        (page and ", ".join(page.authors)) or article.author,
        page.dateline if page else "",
        f"{'' if published else 'first seen '}{render.full_time(at, now)} {zone(at)}, {words.ago(at, now)}",
        (page and page.language) or row.language,
    ]
    document.facts(facts)
    if article.tags:
        document.text("topics: " + listed(article.tags[:12]), "dim")


def zone(at: int) -> str:
    """The reader's time zone at a time: ``(+03)``, ``(+0330)``, ``(UTC)``."""
    offset = f"{render.local(at):%z}"
    return "(UTC)" if offset == "+0000" else f"({offset.removesuffix('00')})"


def reading_time(article: Article, page: Page | None) -> str:
    """How long the text that is shown takes to read: words by ``A_MINUTE``, rounded up; "" without text."""
    text = page_blocks(page) if page else feed_blocks(article)
    number = sum(len(block.text.split()) for block in text if block.kind not in NO_TEXT)
    return f"{-(-number // A_MINUTE)} min" if number else ""


def extent(article: Article, page: Page | None) -> str:
    """Is what is shown the whole text?"""
    if page:
        return "whole text" if not page.reason else "text of the page"
    if not feed_blocks(article):
        return "title only"
    return "summary" if is_summary(article) else "whole text"


def updated(article: Article, now: int) -> str:
    """How often the publisher changed it since it was seen first, or when it was changed before that."""
    if number := len(article.revisions):
        return f"updated {'once' if number == 1 else f'{number} times'}"
    if article.updated and article.published and article.updated - article.published >= render.MINUTE:
        return f"updated {render.clock(article.updated, now)}"
    return ""


def position(article_id: int, story: Story | None) -> str:
    """Where in its story an article stands, by time: ``3 of 9 in its story``."""
    places = in_order(story)
    if article_id not in places:
        return ""
    return f"{places.index(article_id) + 1} of {len(places)} in its story"


def in_order(story: Story | None) -> list[int]:
    """The articles of a story, the first one first: an article's number grows with its time."""
    return sorted(row.id for row in story.articles) if story else []


def kept(document: Document, article: Article) -> None:
    """What the reader put to the article, and which rules it met."""
    if article.row.tags:
        document.text("tags: " + listed(article.row.tags), "accent")
    if article.rules:
        what = "hidden by" if article.row.hidden else "matched by"
        document.text(f"{what}: {listed(article.rules)}", "warn")
    if article.note:
        for line in article.note.splitlines():
            document.text(f"note: {render.apart(line)}", "accent")


def origin(article: Article, page: Page | None, progress: Progress, now: int) -> str:
    """Where the text is from, and what is being done about it."""
    where = words.from_page(page.fetched, now) if page else words.FROM_FEED
    other = words.other_text("feed" if page else "page") if article.page and article.page.blocks else ""
    again = words.again() if page and page.reason == PageReason.LIVE else ""
    return joined((where, *([words.FETCHING] if progress.fetching else [other, again])))


def missing(document: Document, article: Article, progress: Progress) -> None:
    """Why the text is not the whole."""
    why = progress.failure or (article.page.reason if article.page else "")
    if why:
        document.text(words.no_whole_text(why), "warn")


def edited(document: Document, article: Article, now: int) -> None:
    """Say that the wording changed, and show the first title if it was another."""
    if not article.revisions:
        return
    first: Revision = min(article.revisions, key=lambda revision: revision.seen)
    when = render.clock(max(revision.seen for revision in article.revisions), now)
    if first.title and first.title != article.row.title:
        document.text(f"~ edited {when}, first seen as: {render.apart(first.title)}", "warn")
    else:
        document.text(f"~ edited {when}: the text changed, the title did not", "warn")


def picture(document: Document, image: Image | None) -> None:
    """What the lead picture shows and whose it is."""
    if image and (image.caption or image.credit):
        document.gap()
        caption, credit = render.apart(image.caption), render.apart(image.credit)
        told = " ".join(filter(None, ("Picture:", caption, credit and f"({credit})")))
        document.text(f"{told} {GLYPHS.dot} {key_of('image')} fetches it", "dim")


def feed_text(document: Document, article: Article, progress: Progress, urls: dict[str, int]) -> None:
    """What the feed gives, and what to do where that is little."""
    text = feed_blocks(article)
    blocks.lay(document, text, urls)
    if size(text) < SHORT and len(text) <= FEW:
        document.gap()
        what = "only a summary" if text else "only a title"
        asked = progress.fetching or article.page is not None
        fetch = "" if asked else f"{key_of('fetch')} fetches the whole text, "
        browser = f"{key_of('browser')} opens the page in the browser."
        document.text(f"The feed gives {what}. {fetch}{browser}", "dim")


def files(document: Document, enclosures: Sequence[Enclosure]) -> None:
    """Attached files."""
    document.gap()
    for enclosure in enclosures:
        length = f"{enclosure.length / MEGABYTE:.1f} MB" if enclosure.length else ""
        add_link(document, joined((enclosure.type or "file", length)), enclosure.url)


def links(document: Document, urls: dict[str, int]) -> None:
    """The list of numbered links."""
    document.gap()
    for url, number in urls.items():
        add_link(document, f"[{number}]", url)
