"""Which stored article a draft is: decided here, from hashes alone, without touching the database.

The rules, in order (a feed is looked at by itself; the same guid in two feeds is two articles):

1. A publisher's guid names the article, unless the guid is *shared*.
2. A guid is shared once items with different links carry it; from then on guid and link together
   name the article. This is remembered (a row of ``seen`` with the guid's ``shared`` identity).
3. A known guid that comes with another link, another title and another date is such a shared guid;
   with fewer differences it is an edit.
4. An unknown guid whose link is stored already is the same article when title, content or date
   agree (some publishers change guids at each fetch or each edit), or when the link is an article's
   own: not the front page, stored once and sent once.
5. One article is taken by one draft of a batch; who comes by guid goes before who comes by link.
6. An unknown guid whose link is that of a pruned article, and that is not dated later, is gone too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from aggregator.dataclass import dataclass
from aggregator.model import ArticleDraft
from aggregator.text.urls import canonical_url

GONE = 0  # the article_id in ``seen`` of what we know but have no longer; also of "shared" markers
NO_KEY = 0  # the url_key of an article without a link


def hash_of(text: str) -> int:
    """64 bits of a text as a signed integer, as SQLite holds it; never 0."""
    digest = blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def url_key(url: str) -> int:
    """The hash of an address without what differs between copies of the same; NO_KEY for none."""
    return hash_of(canonical_url(url)) if url else NO_KEY


def by_guid(guid: str) -> int:
    """The identity of an article by its guid alone."""
    return hash_of(guid)


def by_guid_and_link(guid: str, key: int) -> int:
    """The identity of an article whose guid is shared."""
    return hash_of(f"{guid}\x00{key}")


def by_link(key: int) -> int:
    """The identity that remembers the link of a pruned article; its "article id" is minus its time."""
    return hash_of(f"\x00link\x00{key}")


def shared_marker(guid: str) -> int:
    """The identity that says that a guid is shared."""
    return hash_of(f"\x00shared\x00{guid}")


class Incoming(NamedTuple):
    """A draft with what names it."""

    draft: ArticleDraft
    guid: str
    key: int

    @classmethod
    def of(cls, draft: ArticleDraft) -> Incoming:
        """A draft; one without guid goes by its link, else by its content."""
        return cls(draft, draft.guid or draft.url or draft.content_hash.hex(), url_key(draft.url))


class Stored(NamedTuple):
    """What we know of a stored article."""

    id: int
    key: int
    title: str
    content_hash: bytes
    published: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of a batch: articles (or GONE) by identity, and articles by link."""

    seen: Mapping[int, int]
    articles: Mapping[int, Stored]
    by_key: Mapping[int, Sequence[Stored]]


class Decision(NamedTuple):
    """What a draft is: ``stored`` (None = new) under ``identity``; ``gone`` when pruned earlier."""

    incoming: Incoming
    identity: int
    stored: Stored | None
    gone: bool = False


def identities(incoming: Iterable[Incoming]) -> list[int]:
    """All identities that deciding on these drafts asks for."""
    wanted: set[int] = set()
    for item in incoming:
        wanted |= {by_guid(item.guid), by_guid_and_link(item.guid, item.key), shared_marker(item.guid)}
        if item.key != NO_KEY:
            wanted.add(by_link(item.key))
    return list(wanted)


def decide(
    batch: Sequence[Incoming], known: Known, *, trust_guids: bool = False
) -> tuple[list[Decision], list[int]]:
    """What each draft of a feed is, and the markers of newly shared guids.

    With ``trust_guids`` a guid that we do not know is a new article, whatever its link: an archive's
    ids were given once, while a feed's may change at each fetch (rules 4 to 6).

    A draft that repeats another of the batch (same guid and link) is left out; the first counts, as
    publishers put the newest first.
    """
    distinct = list({(item.guid, item.key): item for item in reversed(batch)}.values())[::-1]
    links = Counter(item.guid for item in distinct)
    shared = {item.guid for item in distinct if links[item.guid] > 1 or _is_shared(item, known)}
    taken: set[int] = set()
    named = [_by_name(item, item.guid in shared, known, taken) for item in distinct]
    sent = Counter(item.key for item in distinct)
    decisions = [
        decision
        if trust_guids or decision.stored or decision.gone
        else _by_link(decision, sent, known, taken)
        for decision in named
    ]
    return decisions, [marker for guid in shared if (marker := shared_marker(guid)) not in known.seen]


def _is_shared(item: Incoming, known: Known) -> bool:
    """Rule 2 as remembered, and rule 3."""
    if not known.seen:
        return False
    if shared_marker(item.guid) in known.seen:
        return True
    stored = known.articles.get(known.seen.get(by_guid(item.guid), GONE))
    return stored is not None and _differs_in_all(item, stored)


def _differs_in_all(item: Incoming, stored: Stored) -> bool:
    draft = item.draft
    return (
        NO_KEY not in (item.key, stored.key)
        and item.key != stored.key
        and draft.title != stored.title
        and None not in (draft.published, stored.published)
        and draft.published != stored.published
    )


def _by_name(item: Incoming, shared: bool, known: Known, taken: set[int]) -> Decision:
    """Rules 1 and 2."""
    if not shared:
        return _named(item, by_guid(item.guid), known, taken)
    identity = by_guid_and_link(item.guid, item.key)
    if identity in known.seen:
        return _named(item, identity, known, taken)
    first = known.articles.get(known.seen.get(by_guid(item.guid), GONE))
    if first is not None and first.key == item.key and first.id not in taken:  # stored before it was shared
        return _named(item, by_guid(item.guid), known, taken)
    return Decision(item, identity, None)


def _named(item: Incoming, identity: int, known: Known, taken: set[int]) -> Decision:
    """The draft under an identity: the article there, or that it is gone, or that it is new."""
    if identity not in known.seen:
        return Decision(item, identity, None)
    stored = known.articles.get(known.seen[identity])
    if stored is None:
        return Decision(item, identity, None, gone=True)
    taken.add(stored.id)
    return Decision(item, identity, stored)


def _by_link(decision: Decision, sent: Mapping[int, int], known: Known, taken: set[int]) -> Decision:
    """Rules 4 and 5 for a draft whose guid we do not know."""
    item = decision.incoming
    if item.key == NO_KEY or not (known.seen or known.by_key):
        return decision
    candidates = [stored for stored in known.by_key.get(item.key, ()) if stored.id not in taken]
    agreeing = [stored for stored in candidates if _agrees(item.draft, stored)]
    if (
        not agreeing
        and len(known.by_key.get(item.key, ())) == sent[item.key] == 1
        and not is_front_page(item.draft.url)
    ):
        agreeing = candidates
    if agreeing:
        taken.add(agreeing[0].id)
        return Decision(item, decision.identity, agreeing[0])
    return Decision(item, decision.identity, None, gone=_is_pruned(item, known))


def _is_pruned(item: Incoming, known: Known) -> bool:
    """Rule 6."""
    pruned_at = known.seen.get(by_link(item.key)) if known.seen else None
    published = item.draft.published
    return pruned_at is not None and published is not None and published <= -pruned_at


def _agrees(draft: ArticleDraft, stored: Stored) -> bool:
    return (
        draft.title == stored.title
        or draft.content_hash == stored.content_hash
        or (draft.published is not None and draft.published == stored.published)
    )


def is_front_page(url: str) -> bool:
    """Whether an address is a site's own front page, which is no article's link."""
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query
