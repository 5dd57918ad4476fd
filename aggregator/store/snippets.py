"""The piece of a text around what was sought, as it is written, with the matching words marked. Pure.

A text is compared word by word in search spelling; what is marked is the whole written word, with its
prefixes and vowel signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from aggregator.late import pattern
from aggregator.model import Snippet
from aggregator.store.matching import Sought, sought, with_names
from aggregator.text.fold import fold
from aggregator.text.forms import index_forms
from aggregator.text.inert import ELLIPSIS
from aggregator.text.query_tree import WORDS, All, Node, Not, Term

LENGTH: Final = 160  # characters, two lines of a list
BEFORE: Final = 40  # characters that lead to the first match
REMEMBERED: Final = 20_000  # words whose forms are kept

_CHUNK = pattern(r"\S+")
# Letters and digits with the signs on them: accents, tashkeel, tatweel, niqqud, the zero-width joiner.
_PIECE = pattern(
    r"(?:[^\W_]|[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    r"\u064b-\u065f\u0670\u06d6-\u06ed\u200d])+"
)
_MARKS_OF_DIRECTION: Final = dict.fromkeys([0x61C, 0x200E, 0x200F, *range(0x2066, 0x206A)])


class Word(NamedTuple):
    """A word in search spelling and where it stands in the text."""

    word: str
    start: int
    end: int


class Hit(NamedTuple):
    """A match: of which group of alternatives, and where."""

    group: int
    start: int
    end: int


def groups_of(node: Node) -> list[list[Sought]]:
    """What of a query may stand in a text: the alternatives of each of its words, outside of any negation."""
    if isinstance(node, Not):
        return []
    if isinstance(node, Term):
        found = [one for value in node.values for one in sought(value)]
        return [found] if found and node.field in (WORDS, "text") else []
    parts = with_names(node.parts) if isinstance(node, All) else node.parts
    return [group for part in parts for group in groups_of(part)]


class Seeker:
    """Finds groups of alternatives in texts of one language."""

    def __init__(self, groups: Sequence[Sequence[Sought]], language: str) -> None:
        self._language = language
        self._groups = len(groups)
        self._single: dict[str, set[int]] = {}
        self._formed: dict[str, set[int]] = {}
        self._others: list[tuple[int, Sought]] = []
        for number, one in ((number, one) for number, group in enumerate(groups) for one in group):
            if one.begins or len(one.words) > 1:
                self._others.append((number, one))
            else:
                self._single.setdefault(one.words[0], set()).add(number)
                if one.formed:
                    self._formed.setdefault(one.words[0], set()).add(number)

    def snippet(self, paragraphs: Iterable[str]) -> Snippet:
        """The best piece of a text; its beginning, with nothing marked, where nothing matches."""
        best, best_hits, most = "", [], -1
        for paragraph in paragraphs:
            text = " ".join(paragraph.translate(_MARKS_OF_DIRECTION).split())
            hits = self._hits(text)
            groups = len({hit.group for hit in hits})
            if groups > most and text:
                best, best_hits, most = text, hits, groups
            if groups == self._groups:
                break
        return _cut(best, best_hits)

    def _hits(self, text: str) -> list[Hit]:
        """All matches in a paragraph."""
        if not any(True for _ in self._found(fold(text).split())):
            return []
        words = list(written(text))
        return [
            Hit(group, words[start].start, words[end - 1].end)
            for group, start, end in self._found([word.word for word in words])
        ]

    def _found(self, words: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """(group, first word, word after the last) of the matches."""
        for at, word in enumerate(words):
            for group in self._of_word(word):
                yield group, at, at + 1
            for group, one in self._others:
                if _stands_at(words, at, one):
                    yield group, at, at + len(one.words)

    def _of_word(self, word: str) -> set[int]:
        groups = self._single.get(word, set())
        if self._formed:
            for form in _forms(word, self._language):
                groups = groups | self._formed.get(form, set())
        return groups


def _stands_at(words: Sequence[str], at: int, one: Sought) -> bool:
    *before, last = one.words
    if words[at : at + len(before)] != before or at + len(before) >= len(words):
        return False
    found = words[at + len(before)]
    return found.startswith(last) if one.begins else found == last


@lru_cache(maxsize=REMEMBERED)
def _forms(word: str, language: str) -> tuple[str, ...]:
    return tuple(index_forms((word,), language))


def written(text: str) -> Iterator[Word]:
    """The words of a text in search spelling with their places, as ``fold`` of the whole text gives them."""
    for chunk in _CHUNK.finditer(text):
        words = fold(chunk[0]).split()
        pieces = list(_PIECE.finditer(chunk[0]))
        if not words or not pieces:
            continue
        start, end = chunk.start() + pieces[0].start(), chunk.start() + pieces[-1].end()
        parted = [fold(piece[0]) for piece in pieces]
        if len(words) > 1 and parted == words:
            for word, piece in zip(words, pieces, strict=True):
                yield Word(word, chunk.start() + piece.start(), chunk.start() + piece.end())
        else:
            for word in words:
                yield Word(word, start, end)


def _cut(text: str, hits: Sequence[Hit]) -> Snippet:
    """At most ``LENGTH`` characters of a paragraph, where the most groups stand together."""
    start = _best_start(text, hits)
    end = len(text)
    if end - start > LENGTH - (start > 0):
        end = start + LENGTH - (start > 0) - 1
        space = text.rfind(" ", start, end + 1)
        end = space if space > start + LENGTH // 2 else end
    shift = start - (start > 0)
    piece = (ELLIPSIS if start else "") + text[start:end] + (ELLIPSIS if end < len(text) else "")
    inside = sorted({(h.start - shift, h.end - shift) for h in hits if h.start >= start and h.end <= end})
    return Snippet(piece, tuple(_apart(inside)))


def _best_start(text: str, hits: Sequence[Hit]) -> int:
    """Where to begin: a little before the match after which the most others follow within the length."""
    if len(text) <= LENGTH or not hits:
        return 0
    ordered = sorted(hits, key=lambda hit: hit.start)
    reach = LENGTH - BEFORE
    near = {
        hit: {other.group for other in ordered if 0 <= other.start - hit.start < reach} for hit in ordered
    }
    first = max(ordered, key=lambda hit: (len(near[hit]), -hit.start))
    if first.end <= LENGTH // 2:
        return 0
    start = min(first.start - BEFORE, len(text) - LENGTH + 1)
    space = text.find(" ", max(start - 1, 0), first.start)
    return space + 1 if space >= 0 else max(start, 0)


def _apart(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans in order, those that overlap made one."""
    last: tuple[int, int] | None = None
    for start, end in spans:
        if last is not None and start < last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (start, end)
    if last is not None:
        yield last
