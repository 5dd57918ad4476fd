"""Hostile documents as news in a cache, and the bytes that may leave the reader.

``SEQUENCES`` is the whole of what the program may send to a terminal besides text: anything else, or a
control character outside of them, came from a feed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Final

from aggregator.clean import draft
from aggregator.config import Config, load
from aggregator.errors import HakawatiError
from aggregator.library import Library
from aggregator.model import ArticleDraft, Block
from aggregator.parse import parse
from aggregator.store.db import Store
from aggregator.text.blocks import pack_blocks
from aggregator.text.searchable import searchable

FEED_GROUPS: Final = frozenset(
    {"term", "html", "sanitize", "html5", "xml", "invalid", "illformed", "enc", "encoding"}
    | {"dates", "ids", "links", "enclosure", "json"}
)
"""Groups of the index that are documents of feeds."""
ADDRESSES: Final = ("https://harbour.example/news", "https://minaa.example/rss")
NAMES: Final = 12
"""Hostile strings that become tags and filters: what a screen shows of them."""
MOST: Final = 300
"""Characters of a hostile string that is stored as it came."""

SEQUENCES: Final = {
    rb"\x1b\[[0-9;]*m": "colours and weights of text",
    rb"\x1b\[(\d+;\d+)?H": "where the next text goes",
    rb"\x1b\[2J": "the first page starts from an empty screen",
    rb"\x1b\[\?(7|25|1000|1002|1003|1004|1006|1015|1049|2004|2026|2031|2048)[hl]": (
        "line wrap, cursor, mouse, focus, the other screen, pastes in brackets, frames shown whole, "
        "changes of the colour scheme and of the size"
    ),
    rb"\x1b\[\?(2026|2048)\$p": "does the terminal show frames whole, does it tell its size",
    rb"\x1b\[\?996n": "is the terminal light or dark",
    rb"\x1b\[>\d+u|\x1b\[<u": "unambiguous keys, for our time only",
    rb"\x1b\[8[hl]": "who puts right-to-left text in order",
    rb"\x1b\[8\$p\x1b\[>q\x1b\[c": "who are you, and do you reorder text; asked once at the start",
    rb"\x1b\]22;(default|pointer|text)\x07": "the shape of the mouse pointer",
}
"""Pattern of a sequence -> why it is sent."""
COPY: Final = rb"\x1b\]52;c;[A-Za-z0-9+/=]*\x07"
"""The clipboard: only after the key that copies."""

_KNOWN = re.compile(b"|".join(b"(?:%s)" % pattern for pattern in SEQUENCES))
_LETTER = re.compile(
    "[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What no text may hold: C0 but line ends, DEL, C1, joiners, directions, tags."""
_BETWEEN = re.compile(r">([^<>]{3,})<|<!\[CDATA\[(.{3,}?)\]\]>", re.DOTALL)


def foreign(seen: bytes, *, copied: bool = False) -> list[str]:
    """What of the bytes is neither text nor a sequence of ours, each with what is around it.

    A sequence that is unknown begins with the ESC that ``_KNOWN`` left.
    """
    rest = _KNOWN.sub(b"", re.sub(COPY, b"", seen) if copied else seen)
    text = rest.decode("utf-8", "surrogateescape")
    return sorted({repr(text[max(0, at.start() - 15) : at.start() + 25]) for at in _LETTER.finditer(text)})


def text_of(seen: bytes) -> str:
    """Everything that was written, one after the other, without sequences."""
    return re.sub(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?<>$]*[ -/]*[@-~]", b"", seen).decode(
        "utf-8", "replace"
    )


def documents(shared: Path) -> list[Path]:
    """The files that are documents of feeds, in the order of the index."""
    lines = (shared / "hostile" / "INDEX.tsv").read_text("utf-8").splitlines()[1:]
    named = (line.split("\t") for line in lines)
    return [shared / "hostile" / name for name, group, *_ in named if group in FEED_GROUPS]


def drafts(path: Path) -> list[ArticleDraft]:
    """The articles that parsing and cleaning make of a document, as a sync would."""
    kind = "application/json" if path.suffix == ".json" else "application/xml"
    try:
        feed = parse(path.read_bytes(), ADDRESSES[0], kind)
        return [draft(entry, feed, ADDRESSES[0], "") for entry in feed.entries[:20]]
    except HakawatiError:
        return []


def strings(path: Path) -> Iterator[str]:
    """What stands between the tags of a document, as hostile as it came: neither parsed nor cleaned."""
    body = path.read_bytes()
    for coding in ("utf-8", "latin-1"):
        text = body.decode(coding, "ignore")
        for found in _BETWEEN.finditer(text[:100_000]):
            raw = html.unescape(html.unescape(found[1] or found[2]))
            if raw.strip():
                yield raw.encode("utf-8", "ignore").decode()[:MOST]


def raw_draft(text: str, number: int) -> ArticleDraft:
    """An article all of whose words are ``text``, past every cleaning."""
    return ArticleDraft(
        guid=f"raw-{number}",
        url=f"https://pages.example/raw/{number}",
        title=text,
        author=text,
        summary=text,
        body=pack_blocks([Block("p", text), Block("h2", text), Block("li", text), Block("quote", text)]),
        published=None,
        updated=None,
        language="",
        content_hash=blake2b(f"{number}{text}".encode(), digest_size=16).digest(),
        folded=searchable(text, text, text, author=text, language=""),
        terms=b"",
    )


def fill(config: Config, paths: Sequence[Path], now: int) -> list[str]:
    """Store the documents twice: as a sync does, and their strings as they came; gives those.

    Titles of feeds, reasons why they fail, notes, names of tags and saved filters are such strings too.
    """
    raw = [*dict.fromkeys(text for path in paths for text in strings(path))]
    with Store.open(config.cache) as store, store.write():
        feeds = [store.feeds.get(address) for address in ADDRESSES]
        clean = [each for path in paths for each in drafts(path)]
        ids: list[int] = []
        for feed, news in zip(
            feeds, (clean, [raw_draft(text, n) for n, text in enumerate(raw)]), strict=True
        ):
            assert feed is not None
            changes = store.articles.upsert(feed, news, now)
            store.search.index(changes)
            ids += [change.id for change in changes]
            store.feeds.facts(feed.id, raw[feed.id % len(raw)], "en")
            store.feeds.save([replace(feed, failures=3, error=raw[-feed.id % len(raw)], status=403)])
    with Library(load(config.path, config.cache), clock=lambda: now) as library:
        for number, text in enumerate(raw[:: max(1, len(raw) // NAMES)][:NAMES]):
            library.note(ids[-1 - number], text)
            library.opened(ids[number])
            with suppress(HakawatiError, ValueError):  # refused is as good as inert
                library.tag(ids[:3], text)
            with suppress(HakawatiError, ValueError):
                library.save_filter(text, "unread")
    return raw
