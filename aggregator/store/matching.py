"""Conditions as expressions of FTS5 on the columns of the search index (``search_schema.COLUMNS``).

What a user types never becomes syntax: it is folded to words of letters and digits, and each is quoted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final

from aggregator.dataclass import dataclass
from aggregator.late import pattern
from aggregator.store.database import Database
from aggregator.store.search_schema import HEADS
from aggregator.store.vocabulary import beginning_with
from aggregator.text.fold import fold
from aggregator.text.forms import name_spellings, query_forms
from aggregator.text.heads import head
from aggregator.text.query_tree import WORDS, All, AnyOf, Node, Term, Value
from aggregator.text.urls import canonical_url, host

# field -> (columns of words as they are written, columns of their other forms)
_COLUMNS: Final = {
    WORDS: ("title text", "title_stems stems"),
    "title": ("title", "title_stems"),
    "text": ("text", "stems"),
    "author": ("author", ""),
}
# Private characters, which no text in search spelling has: a facet is never taken for a word.
_KINDS: Final = {"lang": "\ue000", "feed": "\ue001", "host": "\ue002", "topic": "\ue003"}
_ESCAPED: Final = {
    point: chr(0xE100 + point) for point in range(0x80) if not (chr(point).isalnum() and chr(point).isascii())
}
_ADDRESS: Final = pattern(r"[\d.]+|\[.*")
# Words with a beginning that are asked for one by one, 15-40 µs each. More make FTS5's own search for a
# prefix the quicker way, which reads all articles that any of them has.
MANY_WORDS: Final = 500
FEW_WORDS: Final = 100  # of a frequent beginning: in a language of which there is little it is not frequent
MAX_NAME: Final = 5  # words: no name of the gazetteer that is in the news has more
REMEMBERED: Final = 4096  # hosts; feeds link to few


@dataclass(frozen=True, slots=True)
class Sought:
    """Words in this order. ``begins``: the last may go on; ``formed``: or what it is a form of."""

    words: tuple[str, ...]
    begins: bool = False
    formed: bool = False


def sought(value: Value) -> tuple[Sought, ...]:
    """What a value is looked for as, itself first; () when it has no letter or digit."""
    words = tuple(fold(value.text).split())
    if not words:
        return ()
    if value.prefix or value.quoted:
        return (Sought(words, begins=value.prefix),)
    spellings = (*query_forms(" ".join(words)), *name_spellings(words))
    phrases = dict.fromkeys(tuple(spelling.split()) for spelling in spellings)
    return tuple(Sought(phrase, formed=len(phrase) == 1) for phrase in phrases)


def expression(database: Database, term: Term) -> str:
    """Articles with any value of a WORDS, title, text or author term; "" when there is nothing to seek."""
    written, forms = _COLUMNS[term.field]
    parts: dict[str, dict[str, None]] = {}
    for one in (one for value in term.values for one in sought(value)):
        columns = f"{written} {forms}".strip() if one.formed else written
        parts.setdefault(columns, {}).update(dict.fromkeys(_phrases(database, one)))
    return " OR ".join(f"{{{columns}}} : ({' OR '.join(phrases)})" for columns, phrases in parts.items())


def with_names(parts: Sequence[Node]) -> list[Node]:
    """The parts of a conjunction where bare words that together are a name may be its other spellings.

    The longest name counts: "hassan nasrallah" is not also sought as any other Hassan's.
    """
    found: list[Node] = []
    start = 0
    while start < len(parts):
        end = start + 1
        for longer in range(min(start + MAX_NAME, len(parts)), start + 1, -1):
            run = parts[start:longer]
            words = [word for part in run for word in _bare_words(part)]
            if all(map(_bare_words, run)) and (spellings := name_spellings(words)):
                others = Term(WORDS, tuple(Value(spelling, quoted=True) for spelling in spellings))
                itself = All(tuple(All((part,)) for part in run))  # brackets: it is not to be asked again
                found.append(AnyOf((itself, others)))
                end = longer
                break
        else:
            found.append(parts[start])
        start = end
    return found


def _bare_words(part: Node) -> list[str]:
    """The words of a term that is a bare word; [] of anything else."""
    if not isinstance(part, Term) or part.field != WORDS or len(part.values) > 1:
        return []
    value = part.values[0]
    return [] if value.quoted or value.prefix else fold(value.text).split()


def broad(database: Database, term: Term) -> tuple[Term | None, tuple[tuple[str, int], ...]]:
    """What of a term is better asked of the table ``search.indexed`` than of the index: frequent beginnings.

    Returns the rest of the term, if any, and for each beginning the column and the bit that tells of it.
    """
    if term.field != WORDS or not any(value.prefix for value in term.values):
        return term, ()
    found = {value: _frequent(database, value) for value in term.values}
    rest = tuple(value for value, place in found.items() if place is None)
    bits = tuple((HEADS[place[0]], place[1]) for place in found.values() if place)
    return replace(term, values=rest) if rest else None, bits


def _frequent(database: Database, value: Value) -> tuple[int, int] | None:
    """The place of a beginning that is noted of each article, where it is one of many words here."""
    beginning = fold(value.text)
    place = head(beginning) if value.prefix else None
    return place if place and beginning_with(database, beginning, FEW_WORDS) is None else None


def _phrases(database: Database, one: Sought) -> list[str]:
    """The phrases of FTS5 for what is sought."""
    if not one.begins:
        return [_quoted(one.words)]
    *before, last = one.words
    whole = beginning_with(database, last, MANY_WORDS)
    if whole is None:
        return [f"{_quoted(one.words)} *"]
    return [_quoted([*before, word]) for word in whole] or [_quoted(one.words)]


def _quoted(words: Iterable[str]) -> str:
    """Words as a phrase; there are no quotes in them."""
    return '"' + " ".join(words) + '"'


def facet(kind: str, value: str | int) -> str:
    """The token of what an article is. Kinds: lang (code), feed (id), host (its domains too), topic (folded).

    A host may be written with "www." or as a whole address.
    """
    if kind == "host":
        value = next(iter(domains(str(value))), "")
    elif kind == "topic":
        value = fold(str(value))
    return _KINDS[kind] + str(value).translate(_ESCAPED)


def facets(kind: str, values: Iterable[str | int]) -> str:
    """The articles that are any of ``values``; "" when there are none."""
    tokens = " OR ".join(f'"{facet(kind, value)}"' for value in values)
    return f"facets : ({tokens})" if tokens else ""


def facets_of(language: str, feed_id: int, url: str, tags: str) -> str:
    """All facets of an article; ``tags`` as in the articles' table ("|oil|gulf states|")."""
    tokens = [facet("lang", language), facet("feed", feed_id)]
    tokens += (_KINDS["host"] + name.translate(_ESCAPED) for name in domains(host(url)))
    tokens += (_KINDS["topic"] + tag.translate(_ESCAPED) for tag in tags.split("|") if tag)
    return " ".join(tokens)


@lru_cache(maxsize=REMEMBERED)
def domains(name: str) -> tuple[str, ...]:
    """A host, without "www." and its like, and the domains it belongs to; () where it is none."""
    bare = host(canonical_url(name if "://" in name else f"https://{name}"))
    if not bare or _ADDRESS.fullmatch(bare):
        return (bare,) if bare else ()
    labels = bare.split(".")
    return tuple(".".join(labels[start:]) for start in range(max(1, len(labels) - 1)))
