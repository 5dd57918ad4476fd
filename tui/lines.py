"""Lines ready to draw, numbered links in text, and what can be followed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from aggregator.text.inert import safe_url
from tui import render
from tui.render import GLYPHS, Span

Range = tuple[int, int, int]
"""A piece of a text: start, end, and the number of the link it belongs to, 0 for none."""
Numbered = tuple[str, list[Range]]
"""A text with ``[n]`` behind each link, and where those stand."""


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
    """Facts with dots between them, without the empty ones."""
    return f" {GLYPHS.dot} ".join(render.inert(fact) for fact in facts if fact)


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


def line_of(text: Numbered, start: int, end: int, role: str, *before: Span) -> Line:
    """``start``..``end`` of a text as a line behind ``before``; a click on a number opens its link."""
    spans, clicks = list(before), {}
    for begin, stop, number in split(start, end, text[1]):
        if number:
            clicks[len(spans)] = f"open_number({number})"
        spans.append((text[0][begin:stop], "link" if number else role))
    return Line(tuple(spans), clicks=clicks or None)


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
