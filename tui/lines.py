"""Lines ready to draw, numbered links in text, and what can be followed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from aggregator.dataclass import dataclass
from aggregator.text.inert import safe_url
from tui import render
from tui.bidi import layout
from tui.render import GLYPHS, Span

Range = tuple[int, int, int]
"""A piece of a text: start, end, and the number of the link it belongs to, 0 for none."""
Numbered = tuple[str, list[Range]]
"""A text with ``[n]`` behind each link, and where those stand."""


OWN = {"title", "head"}
"""Roles of words that are the publisher's: they run as their language does, or as the user wants."""


@dataclass(frozen=True, slots=True)
class Target:
    """Something Enter follows: a related article, or a link."""

    kind: str  # "related" or "link"
    article_id: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """What a line shows in logical order: ``start``..``end`` of a text, from the cell ``left`` on.

    ``turned`` is the same as it is seen where that differs.
    """

    text: Numbered
    start: int
    end: int
    left: int = 0
    turned: layout.Line | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line; ``target`` is the index of what it belongs to; ``clicks`` maps spans to actions.

    ``numbers`` maps the spans that are ``[n]`` to n. ``paragraph`` is the index of the text that it is a
    piece of, and ``source`` that piece; neither is there for lines of our own.
    """

    spans: tuple[Span, ...] = ()
    target: int | None = None
    clicks: dict[int, str] | None = None
    numbers: Mapping[int, int] | None = None
    paragraph: int | None = None
    source: Source | None = None

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(text for text, _ in self.spans)


@dataclass(slots=True)
class Document:
    """Lines of at most ``width`` cells and what can be followed in them."""

    width: int
    lines: list[Line] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    language: str = ""
    """Of what is shown: says the direction where no letter does."""
    direction: layout.Direction = "auto"
    """The direction that the user forces on it."""
    paragraphs: list[str] = field(default_factory=list)
    """Of the article's text each paragraph in logical order, without numbers; "" for what is not its text."""

    def begin(self, source: str = "") -> int:
        """A new paragraph; returns its index."""
        self.paragraphs.append(source)
        return len(self.paragraphs) - 1

    def add(self, *spans: Span, target: int | None = None) -> None:
        """One line."""
        self.lines.append(Line(spans, target))

    def gap(self) -> None:
        """An empty line, never two."""
        if self.lines and self.lines[-1].spans:
            self.lines.append(Line())

    def text(self, text: str, role: str = "text", indent: str = "", target: int | None = None) -> None:
        """Wrapped text; lines after the first are indented by spaces of the same width."""
        rest = " " * render.cells(indent)
        width, paragraph = self.width - len(rest), self.begin()
        lead = (indent, role if indent.strip() else "dim")
        runs = (self.language, self.direction) if role in OWN else ()
        for line in flow((text, []), width, role, lead, (rest, "dim"), *runs):
            self.lines.append(replace(line, target=target, paragraph=paragraph))

    def facts(self, facts: Iterable[str], role: str = "dim") -> None:
        """Facts with dots between them; a line ends between two of them, as far as they fit."""
        line: list[str] = []
        for fact in filter(None, facts):
            if line and render.cells(joined([*line, fact])) > self.width:
                self.text(joined(line), role)
                line = []
            line.append(fact)
        self.text(joined(line), role)

    def first_line(self, target: int) -> int:
        """Where a target begins."""
        return next((index for index, line in enumerate(self.lines) if line.target == target), 0)

    def last_line(self, target: int) -> int:
        """Where a target ends."""
        return max((index for index, line in enumerate(self.lines) if line.target == target), default=0)


def place_in(new: Document, old: Document, top: int, bottom: int, held: Target | None) -> int:
    """The first line of a window on ``new`` that shows what one on ``old`` showed from ``top`` to ``bottom``.

    ``held`` is what is selected; it stays on its line of the screen. Without it the first line stays that
    says the same as one line alone in both; a window at the top stays there.
    """
    if held in old.targets and held in new.targets:
        return top + new.first_line(new.targets.index(held)) - old.first_line(old.targets.index(held))
    if top == 0:
        return 0
    known, found = (Counter(line.text for line in document.lines) for document in (old, new))
    for at, line in enumerate(old.lines[top:bottom]):
        if line.text and known[line.text] == found[line.text] == 1:
            return next(i for i, other in enumerate(new.lines) if other.text == line.text) - at
    return top


def joined(facts: Iterable[str]) -> str:
    """Facts with dots between them, without the empty ones; each keeps its own direction."""
    return f" {GLYPHS.dot} ".join(render.apart(fact) for fact in facts if fact)


def listed(names: Iterable[str]) -> str:
    """Names with commas between them; each keeps its own direction."""
    return ", ".join(map(render.apart, names))


def readable(text: str) -> str:
    """A text as it can be laid out: one that is turned keeps its marks of direction and its joiners."""
    return render.clean(text) if render.turned(text) else render.inert(text)


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


def flow(
    text: Numbered,
    width: int,
    role: str,
    first: Span,
    rest: Span,
    language: str = "",
    direction: layout.Direction = "auto",
) -> Iterator[Line]:
    """Lines of at most ``width`` cells behind ``first`` and ``rest``; those stand right of turned lines."""
    lead = first
    if not render.turned(text[0], language, direction):
        for start, end in render.wrap(text[0], width):
            yield line_of(text, start, end, role, lead)
            lead = rest
        return
    paragraph = render.paragraph(text[0], language, direction)
    for start, end in paragraph.wrap(width):
        line, after = paragraph.line(start, end, width), (lead[0][::-1], lead[1])
        turned = turned_line(line, text, role, *(() if line.base else (lead,)))
        yield replace(turned, spans=(*turned.spans, after)) if line.base else turned
        lead = rest


def turned_line(line: layout.Line, text: Numbered, role: str, *before: Span) -> Line:
    """A line as it is seen behind ``before``; a click on a number opens its link."""
    pieces = list(before)
    pieces += line.spans([(start, end, f"link {number}") for start, end, number in text[1]], role)
    numbers = {
        at: int(name.removeprefix("link ")) for at, (_, name) in enumerate(pieces) if name.startswith("link ")
    }
    spans = tuple((piece, name.split(" ")[0]) for piece, name in pieces)
    source = Source(text, line.start, line.end, render.span_cells(before), line)
    return Line(spans, clicks=clicks_of(numbers), numbers=numbers or None, source=source)


def line_of(text: Numbered, start: int, end: int, role: str, *before: Span) -> Line:
    """``start``..``end`` of a text as a line behind ``before``; a click on a number opens its link."""
    if render.turned(text[0][start:end]):
        piece = render.paragraph(text[0][start:end])
        ranges = [(a - start, b - start, number) for a, b, number in text[1]]
        return turned_line(piece.line(0, end - start), (piece.text, ranges), role, *before)
    spans, numbers = list(before), {}
    for begin, stop, number in split(start, end, text[1]):
        if number:
            numbers[len(spans)] = number
        spans.append((text[0][begin:stop], "link" if number else role))
    source = Source(text, start, end, render.span_cells(before))
    return Line(tuple(spans), clicks=clicks_of(numbers), numbers=numbers or None, source=source)


def clicks_of(numbers: Mapping[int, int]) -> dict[int, str] | None:
    """What a click on the numbers does."""
    return {place: f"open_number({number})" for place, number in numbers.items()} or None


def split(start: int, end: int, ranges: Sequence[Range]) -> Iterator[Range]:
    """``start``..``end`` cut at the ranges."""
    for begin, stop, number in ranges:
        if stop <= start or begin >= end:
            continue
        if begin > start:
            yield start, begin, 0
        yield max(start, begin), min(end, stop), number
        start = min(end, stop)
    if start < end:
        yield start, end, 0
