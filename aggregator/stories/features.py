"""ArticleDraft -> packed features for related stories. Pure; runs where the article is cleaned.

What is compared is compared as 32-bit hashes (CRC-32 of the UTF-8): a window of ten thousands of
articles stays small, and whether two share a word is one integer comparison. The words themselves are
read again from the article when it must be said why two are related (see ``why``).
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import field
from typing import Final
from zlib import crc32

from aggregator.dataclass import dataclass
from aggregator.model import ArticleDraft
from aggregator.stories import lexicon
from aggregator.stories.names import skeletons
from aggregator.stories.titles import Kind, attribution, clean_title, kind_of
from aggregator.stories.words import stems
from aggregator.text import gazetteer
from aggregator.text.blocks import unpack_blocks
from aggregator.text.fold import fold

VERSION: Final = 2  # raise it when anything below, or a table it reads, changes what is compared
LEAD_CHARS: Final = 400  # of the summary, or of the body where there is none: research note, §3.2
SHORT_SUMMARY: Final = 60  # characters; below that the body's first paragraphs say more
LONG_NAME: Final = 4  # consonant classes from which an unknown name in two stories is hardly chance
MAX_TERMS: Final = 255  # of one kind; a title and a lead have far fewer
ENCODED_CHARS: Final = 200  # of the lead that go into the sentence vector: §3.2, "one vector is enough"

_NUMBER: Final = re.compile(r"\d[\d.,٬٫]*\d|\d{2,}")
_PARTS: Final = ("title", "lead", "names", "concepts", "speakers", "places", "fillings")
_KINDS: Final = tuple(Kind)


def key(term: str) -> int:
    """The number that stands for a term; odd where it is a name that tells enough to follow a story by."""
    telling = term.startswith("@") or (len(term) >= LONG_NAME and not term.startswith("#"))
    return crc32(term.encode("utf-8", "replace")) & ~1 | telling


def is_telling(name: int) -> bool:
    """Whether a key is that of a known name or of a long skeleton: short ones meet by chance."""
    return name & 1 == 1


def _none() -> array[int]:
    return array("I")


@dataclass(frozen=True, slots=True)
class Features:
    """What an article is compared by; every part holds distinct keys in reading order.

    ``title`` and ``lead`` are stems (those of the lead that the title lacks); ``names`` are skeletons,
    gazetteer keys and written numbers, ``concepts`` words of the lexicon, ``speakers`` the
    names of whom the headline quotes, ``places`` the towns and sites that the headline names, ``fillings``
    all known names and numbers in it: what changes from one use of a stock phrase to the next.
    """

    kind: Kind = Kind.REPORT
    title: array[int] = field(default_factory=_none)
    lead: array[int] = field(default_factory=_none)
    names: array[int] = field(default_factory=_none)
    concepts: array[int] = field(default_factory=_none)
    speakers: array[int] = field(default_factory=_none)
    places: array[int] = field(default_factory=_none)
    fillings: array[int] = field(default_factory=_none)


def features(draft: ArticleDraft, outlet: str = "") -> bytes:
    """The packed features of a cleaned article."""
    text = lead_of(draft.summary, draft.body)
    return pack(extract(draft.title, text, draft.language, draft.url, draft.tags, outlet))


def lead_of(summary: str, body: bytes) -> str:
    """The first sentences as written: the summary, else the start of the body (packed blocks)."""
    if len(summary) >= SHORT_SUMMARY or not body:
        return summary[:LEAD_CHARS]
    text = summary
    for block in unpack_blocks(body):
        text += " " + block.text
        if len(text) >= LEAD_CHARS:
            break
    return text.strip()[:LEAD_CHARS]


def sentence(title: str, lead: str) -> str:
    """The text that a sentence vector is made of: the headline as it is, rubrics and all, reads best."""
    return f"{title}. {lead[:ENCODED_CHARS]}"


def extract(
    title: str, lead: str, language: str, url: str = "", tags: tuple[str, ...] = (), outlet: str = ""
) -> Features:
    """The features of an article given as it is written."""
    headline = clean_title(title, outlet)
    lead = lead[:LEAD_CHARS]
    top = terms(headline, language)
    below = terms(lead, language)
    return Features(
        kind=kind_of(title, url, tags, outlet),
        title=_keys(top.stems),
        lead=_keys(stem for stem in below.stems if stem not in top.stems),
        names=_keys({**top.names, **below.names, **top.numbers, **below.numbers}),
        concepts=_keys({**top.concepts, **below.concepts}),
        speakers=_keys(terms(attribution(title), language).names),
        places=_keys(name for name in top.names if is_place(name)),
        fillings=_keys(name for name in (*top.names, *top.numbers) if name[0] in "@#"),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a text, each with how the text writes it, in reading order."""

    stems: dict[str, str]
    names: dict[str, str]
    concepts: dict[str, str]
    numbers: dict[str, str]


def terms(text: str, language: str) -> Terms:
    """What of a text can be compared, with its spelling there."""
    found: dict[str, str] = {}
    for stem, word in stems(text, language):
        found.setdefault(stem, word)
    folded = fold(text, language).split()
    meant = {f"%{key}": " ".join(folded[start:end]) for start, end, key in lexicon.find(folded, language)}
    named = {f"@{key}": " ".join(folded[start:end]) for start, end, key in gazetteer.find(folded, language)}
    return Terms(found, named | skeletons(text, language), meant, numbers_of(text))


def numbers_of(text: str) -> dict[str, str]:
    """Numbers of two digits or more, in ASCII digits without separators of thousands."""
    found = {}
    for match in _NUMBER.finditer(text):
        number = re.sub(r"[,٬](?=\d{3})", "", match.group())
        found[f"#{fold(number).replace(' ', '.')}"] = match.group()
    return found


def is_place(name: str) -> bool:
    """Whether a name is a gazetteer key of a town, a region below a state, a site or a water."""
    return name.startswith("@") and gazetteer.kind(name[1:]) in {"city", "capital", "region", "site", "water"}


def _keys(found: Iterable[str]) -> array[int]:
    return array("I", dict.fromkeys(map(key, found)))


def pack(found: Features) -> bytes:
    """Version, kind, and each part's length in a byte; then the keys of all parts."""
    parts: list[array[int]] = [getattr(found, name)[:MAX_TERMS] for name in _PARTS]
    header = bytes((VERSION, _KINDS.index(found.kind), *map(len, parts)))
    return header + b"".join(part.tobytes() for part in parts)


def unpack(data: bytes) -> Features | None:
    """The features of packed bytes; None for those of another version."""
    if len(data) < 2 + len(_PARTS) or data[0] != VERSION:
        return None
    at = 2 + len(_PARTS)
    parts: list[array[int]] = []
    for length in data[2:at]:
        part = array("I")
        part.frombytes(data[at : at + 4 * length])
        parts.append(part)
        at += 4 * length
    return Features(_KINDS[data[1]], *parts)
