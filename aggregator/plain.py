"""Records -> lines for ``--plain``: what a screen reader reads aloud well. Pure.

One fact a line, each with its name before it; an empty line between records; no columns, no signs that stand
for words, no colour. Text is in logical order: the terminal, the screen reader or the Braille line turns it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aggregator import printing
from aggregator.config import without_password
from aggregator.first_run import language_name
from aggregator.model import Article, ArticleRow, Block, FeedInfo, Page, Related, RuleInfo, Story
from aggregator.polling import describe_next
from aggregator.text import reasons
from aggregator.text.inert import clean_text

if TYPE_CHECKING:
    from aggregator.config import SavedFilter

LONG = 100_000  # characters of a paragraph or a note
ADDRESS = 2000  # characters of an address
KINDS = {"h2": "Heading: ", "h3": "Heading: ", "h4": "Heading: ", "li": "Item: ", "quote": "Quote: "}
KINDS |= {"rule": "Break.", "figure": "Picture: ", "embed": "Embedded: "}

Fact = tuple[str, str]
"""What a fact is called, and the fact; "" is none."""


def record(title: str, facts: Iterable[Fact]) -> Iterator[str]:
    """A title, what is known of it, an empty line."""
    yield clean_text(title) or "No title"
    for name, fact in facts:
        if line := clean_text(fact, limit=ADDRESS):
            yield f"{name}: {line}"
    yield ""


def languages(codes: Iterable[str]) -> str:
    """Languages by their names."""
    return ", ".join(language_name(code) for code in codes)


def state(row: ArticleRow) -> str:
    """Every mark of an article in words."""
    marks = {"starred": row.starred, "edited since": row.updated, "hidden": row.hidden, "noted": row.noted}
    return ", ".join(["unread" if row.unread else "read", *(word for word, is_so in marks.items() if is_so)])


def row_facts(row: ArticleRow) -> list[Fact]:
    """What is known of an article in a list."""
    return [
        ("Outlet", row.outlet),
        ("Time", printing.when(row.at)),
        ("Language", languages([row.language] if row.language else ())),
        ("State", state(row)),
        ("Tags", ", ".join(row.tags)),
        ("Related", str(row.related) if row.related else ""),
        ("Article", str(row.id)),
    ]


def row_lines(row: ArticleRow, *facts: Fact) -> Iterator[str]:
    """An article of ``list`` or, with when it was opened, of ``history``."""
    return record(row.title, [*facts, *row_facts(row)])


def article_lines(article: Article, related: list[Related], source: str = "") -> Iterator[str]:
    """The lines of ``show``; ``source`` as in ``printing.shows_page``."""
    row, page = article.row, article.page
    shown = page if page and printing.shows_page(article, source) else None
    author = ", ".join(shown.authors) if shown and shown.authors else article.author
    facts = [("Author", author), *row_facts(row), ("Address", article.url)]
    facts += [("Hidden by" if row.hidden else "Matched by", ", ".join(article.rules))]
    facts += [
        (f"Headline until {printing.when(revision.seen)}", revision.title) for revision in article.revisions
    ]
    yield from record(row.title, [*facts, ("Page", reasons.told(page.reason) if page else "")])
    if article.note:
        yield from ("Note: " + clean_text(article.note, limit=LONG, multiline=True), "")
    if shown:
        yield from head_lines(shown)
    yield from text_lines(shown.blocks if shown else article.blocks, article.summary)
    yield from related_lines(related, page)


def head_lines(page: Page) -> Iterator[str]:
    """What stands above a page's text."""
    if page.standfirst:
        yield from (clean_text(page.standfirst, limit=LONG), "")
    for image in page.images[:1]:
        if caption := " ".join(part for part in (image.caption, image.credit) if part):
            yield from ("Picture: " + clean_text(caption, limit=LONG), "")


def text_lines(blocks: Iterable[Block], summary: str) -> Iterator[str]:
    """Paragraph by paragraph; links by number where they stand, their addresses after the text."""
    links: list[str] = []
    none = True
    for block in blocks:
        none, text = False, block.text
        numbered = list(enumerate(block.links, len(links) + 1))
        for number, link in reversed(numbered):
            text = f"{text[: link.end]} (link {number}){text[link.end :]}"
        links += [link.url for link in block.links]
        yield KINDS.get(block.kind, "") + clean_text(text, limit=LONG, multiline=True)
        yield ""
    if none:
        yield from (clean_text(summary, limit=LONG), "")
    for number, url in enumerate(links, 1):
        yield f"Link {number}: {clean_text(url, limit=ADDRESS)}"
    if links:
        yield ""


def related_lines(related: list[Related], page: Page | None = None) -> Iterator[str]:
    """Related articles: of each what it is to this one, and why."""
    for kind, heading in printing.HEADINGS.items():
        for other in related:
            if other.kind is kind:
                facts = [("Relation", heading), ("Why", ", ".join(other.evidence))]
                yield from row_lines(other.row, *facts, ("Also in", ", ".join(other.also)))
    for one in page.related if page else ():
        facts = [("Relation", "From the publisher, not stored"), ("Marked", one.marker), ("Address", one.url)]
        yield from record(one.text, facts)


def story_lines(story: Story) -> Iterator[str]:
    """A story and its articles, copies of one text named with it."""
    yield from record(
        story.title,
        [
            ("Story", str(story.id)),
            ("Outlets", str(story.outlets)),
            ("Reports", str(story.reports)),
            ("Languages", languages(story.languages)),
        ],
    )
    for row in story.articles:
        if row.id not in story.copies:
            also = [other.outlet for other in story.articles if story.copies.get(other.id) == row.id]
            story_of = ("In story", str(story.id))
            yield from row_lines(row, story_of, ("Also in", ", ".join(dict.fromkeys(also))))


def links_lines(row: ArticleRow, related: list[Related]) -> Iterator[str]:
    """An article of ``links``, then what is related to it."""
    yield from row_lines(row)
    yield from related_lines(related)


def feed_lines(info: FeedInfo, now: int) -> Iterator[str]:
    """A feed of ``feeds``: how it fares, and why it fails where it does."""
    feed = info.state
    return record(
        feed.title or feed.outlet or without_password(feed.url),
        [
            ("Address", without_password(feed.url)),
            ("Outlet", feed.outlet),
            ("Language", languages([feed.language] if feed.language else ())),
            ("Unread", str(info.unread)),
            ("Articles", str(info.total)),
            ("Trouble", feed.error),
            ("Failures in a row", str(feed.failures) if feed.failures else ""),
            ("Last success", printing.when(feed.last_success)),
            ("Next", describe_next(feed, now)),
        ],
    )


def rule_lines(info: RuleInfo) -> Iterator[str]:
    """A rule or mute of ``rules``."""
    return record(
        info.name,
        [
            ("Kind", "mute" if info.origin == "mute" else "rule"),
            ("Number", str(info.id) if info.id else ""),
            ("Filter", info.query),
            ("Does", ", ".join(info.actions)),
            ("State", "in force" if info.active else "over"),
            ("Until", printing.when(info.until) if info.until else ""),
            ("Hits", str(info.hits)),
        ],
    )


def filter_lines(saved: SavedFilter, unread: int | None, tells: str) -> Iterator[str]:
    """A saved filter; ``unread`` is None where it cannot be understood, ``tells`` what a watch tells."""
    known = "cannot be understood" if unread is None else str(unread)
    return record(saved.name, [("Filter", saved.query), ("Unread", known), ("Tells", tells)])
