"""An article as lines ready to draw: header, text with numbered links, and Related below it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from aggregator.model import Article, Block, Enclosure, LinkKind, Related, Revision
from aggregator.text.inert import safe_url
from tui import render
from tui.render import GLYPHS, Span

SHORT = 500
"""Characters of text below which an article may be a summary: two paragraphs."""
FEW = 2
"""Blocks of a summary, at most: what has more was written as an article, however short."""
SHOWN_LINKS = 99
"""Links of one article that get a number; more is a navigation bar, not a text."""
MEGABYTE = 1_000_000
HEADINGS = {
    LinkKind.SAME: "Same event",
    LinkKind.EARLIER: "Earlier",
    LinkKind.LATER: "Later",
    LinkKind.MAYBE: "Maybe related",
    LinkKind.PUBLISHER: "From the publisher",
}
PREFIX = {"quote": f"{GLYPHS.bar} ", "li": f"{GLYPHS.bullet} "}
"""What stands before the first line of a block's text."""
BLOCK_ROLES = {"h2": "title", "h3": "head", "h4": "head", "figure": "dim", "quote": "text"}
TIGHT = {"li", "row"}
"""Kinds that follow one another without an empty line."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something Enter follows: a related article, or a link."""

    kind: str  # "related" or "link"
    article_id: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``target`` is the index of what it belongs to; ``clicks`` maps spans to actions."""

    spans: tuple[Span, ...] = ()
    target: int | None = None
    clicks: dict[int, str] | None = None


@dataclass(slots=True)
class Document:
    """Lines of at most ``width`` cells and what can be followed in them."""

    width: int
    lines: list[Line] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def add(self, *spans: Span, target: int | None = None) -> None:
        """One line."""
        self.lines.append(Line(spans, target))

    def gap(self) -> None:
        """An empty line, never two."""
        if self.lines and self.lines[-1].spans:
            self.lines.append(Line())

    def text(self, text: str, role: str = "text", indent: str = "", target: int | None = None) -> None:
        """Wrapped text; lines after the first are indented by spaces of the same width."""
        lead = indent
        for start, end in render.wrap(text, self.width - render.cells(indent)):
            self.add((lead, role if lead.strip() else "dim"), (text[start:end], role), target=target)
            lead = " " * render.cells(indent)

    def first_line(self, target: int) -> int:
        """Where a target begins."""
        return next((index for index, line in enumerate(self.lines) if line.target == target), 0)

    def last_line(self, target: int) -> int:
        """Where a target ends."""
        return max((index for index, line in enumerate(self.lines) if line.target == target), default=0)


def build(article: Article, related: Sequence[Related], width: int, now: int) -> Document:
    """Lay an article out in ``width`` cells."""
    document = Document(width)
    header(document, article, now)
    urls: dict[str, int] = {}
    body(document, article, urls)
    picture(document, article)
    files(document, article.enclosures)
    links(document, urls)
    related_section(document, article, related, now)
    return document


def header(document: Document, article: Article, now: int) -> None:
    """Title, who and when, and what it was before it was edited."""
    row = article.row
    document.text(render.inert(row.title) or "(no title)", "title")
    at = article.published or article.first_seen
    seen = "" if article.published else "first seen "
    facts = [row.outlet, article.author, f"{seen}{render.full_time(at, now)}, {ago(at, now)}", row.language]
    if article.updated and article.published and article.updated - article.published >= render.MINUTE:
        facts.append(f"updated {render.clock(article.updated, now)}")
    if row.starred:
        facts.append("starred")
    document.text(joined(facts), "dim")
    if article.tags:
        document.text("tags: " + ", ".join(article.tags[:12]), "dim")
    edited(document, article, now)
    document.add((GLYPHS.rule * document.width, "dim"))


def ago(at: int, now: int) -> str:
    """``3 h ago``; a time that has not come yet is said to be so."""
    if at > now + render.MINUTE:
        return f"dated {render.duration(at - now)} ahead"
    return "just now" if now - at < render.MINUTE else f"{render.duration(now - at)} ago"


def joined(facts: Iterable[str]) -> str:
    """Facts with dots between them, without the empty ones."""
    return f" {GLYPHS.dot} ".join(render.inert(fact) for fact in facts if fact)


def edited(document: Document, article: Article, now: int) -> None:
    """Say that the wording changed, and show the first title if it was another."""
    if not article.revisions:
        return
    first: Revision = min(article.revisions, key=lambda revision: revision.seen)
    when = render.clock(max(revision.seen for revision in article.revisions), now)
    if first.title and first.title != article.row.title:
        document.text(f"~ edited {when}, first seen as: {render.inert(first.title)}", "warn")
    else:
        document.text(f"~ edited {when}: the text changed, the title did not", "warn")


def body(document: Document, article: Article, urls: dict[str, int]) -> None:
    """The text; where the feed gives none, its summary."""
    blocks = article.blocks or ((Block("p", article.summary),) if article.summary else ())
    before = ""
    for block in blocks:
        if not (block.kind in TIGHT and block.kind == before):
            document.gap()
        before = block.kind
        block_lines(document, block, urls)
    size = sum(len(block.text) for block in blocks)
    if size < SHORT and len(blocks) <= FEW:
        document.gap()
        what = "only a summary" if size else "only a title"
        document.text(f"The feed gives {what}. o opens the page in the browser.", "dim")


def block_lines(document: Document, block: Block, urls: dict[str, int]) -> None:
    """One block of the text."""
    if block.kind == "rule":
        document.add((GLYPHS.rule * min(20, document.width), "dim"))
    elif block.kind == "pre":
        for part in block.text.split("\n"):
            document.add((render.inert(part) if not part.isascii() else part.expandtabs(4), "text"))
    else:
        flowing(document, block, urls)


def flowing(document: Document, block: Block, urls: dict[str, int]) -> None:
    """A block whose words flow, with a number behind each link."""
    text, ranges = numbered(block, urls)
    role = BLOCK_ROLES.get(block.kind, "text")
    prefix = PREFIX.get(block.kind, "")
    lead = prefix
    for start, end in render.wrap(text, document.width - render.cells(prefix)):
        spans, clicks = [(lead, "dim")], {}
        for begin, stop, number in split(start, end, ranges):
            if number:
                clicks[len(spans)] = f"open_number({number})"
            spans.append((text[begin:stop], "link" if number else role))
        document.lines.append(Line(tuple(spans), clicks=clicks or None))
        lead = prefix if block.kind == "quote" else " " * render.cells(prefix)


def numbered(block: Block, urls: dict[str, int]) -> tuple[str, list[tuple[int, int, int]]]:
    """The block's text with ``[n]`` behind each link, and where those stand: (start, end, n)."""
    parts, ranges, position, length = [], [], 0, 0
    for link in sorted(block.links, key=lambda link: link.end):
        url = safe_url(link.url)
        if not url or link.end < position or (url not in urls and len(urls) >= SHOWN_LINKS):
            continue
        number = urls.setdefault(url, len(urls) + 1)
        piece = block.text[position : link.end]
        sign = f"[{number}]"
        parts += [piece, sign]
        length += len(piece)
        ranges.append((length, length + len(sign), number))
        length += len(sign)
        position = link.end
    return "".join([*parts, block.text[position:]]), ranges


def split(start: int, end: int, ranges: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int, int]]:
    """``start``..``end`` cut at the ranges: (start, end, number or 0)."""
    for begin, stop, number in ranges:
        if stop <= start or begin >= end:
            continue
        if begin > start:
            yield start, begin, 0
        yield max(start, begin), min(end, stop), number
        start = min(end, stop)
    if start < end:
        yield start, end, 0


def picture(document: Document, article: Article) -> None:
    """What the lead picture shows and whose it is."""
    if article.image and (article.image.caption or article.image.credit):
        document.gap()
        document.text(joined(("Picture: " + article.image.caption, article.image.credit)), "dim")


def files(document: Document, enclosures: Sequence[Enclosure]) -> None:
    """Attached files."""
    document.gap()
    for enclosure in enclosures:
        size = f"{enclosure.length / MEGABYTE:.1f} MB" if enclosure.length else ""
        add_link(document, joined((enclosure.type or "file", size)), enclosure.url)


def links(document: Document, urls: dict[str, int]) -> None:
    """The list of numbered links."""
    document.gap()
    for url, number in urls.items():
        add_link(document, f"[{number}]", url)


def add_link(document: Document, label: str, url: str) -> None:
    """A line that can be followed to a web address."""
    if checked := safe_url(url):
        document.targets.append(Target("link", url=checked))
        label = render.line(label, min(render.cells(label), document.width // 2))
        width = document.width - render.cells(label) - 1
        document.add(
            (label, "link"),
            (" ", "text"),
            (render.line(checked, width), "dim"),
            target=len(document.targets) - 1,
        )


def related_section(document: Document, article: Article, related: Sequence[Related], now: int) -> None:
    """The related articles by kind, numbered through, each with why it is there."""
    document.gap()
    title = f"{GLYPHS.rule * 2} Related "
    document.add((title + GLYPHS.rule * (document.width - render.cells(title)), "head"))
    if not related:
        document.text(
            "None yet. They are looked for when an article arrives, in all feeds and languages.", "dim"
        )
    number = 0
    for kind, heading in HEADINGS.items():
        group = [item for item in related if item.kind is kind]
        if group:
            document.gap()
            document.add((heading, "head"))
        for item in group:
            number += 1
            related_row(document, item, number, article.row.at, now)


def related_row(document: Document, item: Related, number: int, reference: int, now: int) -> None:
    """One related article: number and title, then outlet, language, time and why."""
    document.targets.append(Target("related", article_id=item.row.id))
    target = len(document.targets) - 1
    lead = f"{number:>2} "
    document.text(
        render.inert(item.row.title) or "(no title)", "unread" if item.row.unread else "text", lead, target
    )
    if item.evidence:
        why = "why: " + ", ".join(item.evidence)
    else:
        why = "why: the publisher links to it" if item.kind is LinkKind.PUBLISHER else ""
    when = f"{render.clock(item.row.at, now)}, {render.distance(item.row.at, reference)}"
    also = f"also in {', '.join(item.also)}" if item.also else ""
    facts = joined((item.row.outlet, also, item.row.language, when, why))
    document.text(facts, "dim", "   ", target)
