"""The records that travel between stages: frozen, plain, importing nothing of ours.

Times are integer seconds since 1970 in UTC. An *entry* is what the publisher wrote and lives only
between ``parse`` and ``clean``; an *article* is our cleaned record of it, everywhere after.
Strings in an article have been through ``text.inert`` and carry no control characters or markup.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from aggregator.dataclass import dataclass

UNKNOWN_OUTLET = "unknown"  # of an archive's line that names none; two such are not one outlet


class Outcome(StrEnum):
    """What one poll of one feed came to."""

    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not-modified"
    FAILED = "failed"
    RESTING = "resting"  # not asked after all: its server, or a minute's peace, comes first


class LinkKind(StrEnum):
    """Why one article points to another."""

    SAME = "same-event"
    MAYBE = "maybe"  # perhaps the same event, perhaps only like it
    EARLIER = "earlier"
    LATER = "later"
    PUBLISHER = "publisher"


class MarkAction(StrEnum):
    """What a user can do to articles."""

    READ = "read"
    UNREAD = "unread"
    STAR = "star"
    UNSTAR = "unstar"


# --- fetch ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Validators:
    """ETag and Last-Modified exactly as the server sent them (RFC 9110 §8.8); opaque to us.

    ``url`` is the address that gave them, the only one they may be sent to; "" means the address
    that was asked for, that is, there was no redirect.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 answer. ``body`` is inflated; ``url`` is where it came from in the end.

    ``permanent_url`` is set when every redirect on the way was a 301 or 308.
    ``freshness`` is how long, in seconds, the server says the answer stays good (max-age less Age,
    else Expires less Date), or None.
    """

    url: str
    body: bytes
    content_type: str
    validators: Validators
    permanent_url: str | None
    freshness: int | None
    wire_bytes: int
    elapsed_ms: int


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304 answer; ``validators`` are the request's, updated by what the 304 carried."""

    url: str
    validators: Validators
    permanent_url: str | None
    freshness: int | None
    elapsed_ms: int


# --- parse ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attached file: http(s) URL, media type ("" if unknown), length in bytes (0 if unknown)."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Image:
    """The lead picture of an entry with its caption and credit ("" where not given)."""

    url: str
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One item as the publisher wrote it; strings may hold HTML and must not be shown."""

    guid: str  # Atom id or RSS guid, "" where missing
    link: str
    title: str
    title_is_html: bool
    author: str
    summary: str
    content: str
    published: int | None
    updated: int | None
    base: str  # URL that relative links are relative to
    language: str
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: Image | None = None


@dataclass(frozen=True, slots=True)
class PollHints:
    """What the document says about how often to ask: seconds, hours of the day (UTC), weekdays."""

    ttl: int | None = None  # seconds: <ttl>, or sy:updatePeriod / sy:updateFrequency
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()  # "monday" …


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document as the publisher wrote it.

    ``item_hashes`` is a blob of 16 bytes an item (8 of the item's bytes and context, 8 of its guid)
    to be handed back at the next parse, or b"" where the cheap pass could not prove the boundaries.
    ``entries`` holds only items whose hash was not in the ``known`` blob that was passed in.
    """

    kind: str  # feedparser's version name, or "jsonfeed"
    title: str
    link: str
    language: str
    hints: PollHints
    entries: tuple[ParsedEntry, ...]
    item_hashes: bytes
    items_seen: int  # items in the document, parsed or skipped as known
    warning: str = ""  # one sentence where the document was damaged but gave entries


# --- clean ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InlineLink:
    """A link inside a block: ``text[start:end]`` points to ``url`` (http or https)."""

    start: int
    end: int
    url: str


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph-like piece of an article's body.

    ``kind``: p, h2, h3, h4, li, quote, pre, row (a table row, cells joined by " | "), figure, rule.
    """

    kind: str
    text: str
    links: tuple[InlineLink, ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """A cleaned entry, ready to be stored; made in a worker process.

    ``body`` is ``clean.pack_blocks(blocks)`` (zstd over msgpack). ``published`` is the publisher's
    time or None, not yet clamped. ``content_hash`` covers title, summary and blocks, so equal hash
    means nothing a reader could see has changed. ``folded`` is what can be found of it
    (``text.searchable``). ``terms`` are the packed features for related stories (see ``stories.features``).
    ``own_links`` are canonical URLs of same-site pages the body links to.
    """

    guid: str
    url: str
    title: str
    author: str
    summary: str
    body: bytes
    published: int | None
    updated: int | None
    language: str
    content_hash: bytes
    folded: str
    terms: bytes
    tags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    image: Image | None = None
    own_links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """What a worker makes of one document: the feed's facts and its new or changed articles."""

    kind: str
    title: str
    link: str
    language: str
    hints: PollHints
    drafts: tuple[ArticleDraft, ...]
    item_hashes: bytes
    items_seen: int
    warning: str = ""


# --- store ---------------------------------------------------------------------------------

PAUSED = "paused by you"
"""Why a feed is parked that the user wants asked no more for now; polling neither sets nor clears it."""


@dataclass(frozen=True, slots=True)
class FeedMove:
    """From ``at`` on (seconds) a feed was asked at another address."""

    old: str
    new: str
    at: int
    why: str


@dataclass(frozen=True, slots=True)
class FeedState:
    """All we remember of one feed between polls. ``url`` is the address in the configuration."""

    id: int
    url: str
    title: str
    outlet: str
    language: str
    country: str
    tags: tuple[str, ...]
    subscribed: bool
    fetch_url: str  # where we ask: url, or the address it moved to for good
    validators: Validators
    body_hash: bytes
    item_hashes: bytes
    next_check: int
    interval: int  # seconds, current adaptive interval
    fixed_interval: int  # seconds from the configuration, 0 = adaptive
    last_checked: int
    last_success: int
    last_new: int
    last_full: int  # when we last asked without validators
    failures: int  # in a row
    error_kind: str
    error: str
    status: int | None
    parked: str  # why polling is off ("" = it is on), e.g. "gone (410)"
    moved_to: str  # permanent redirect seen, not yet adopted
    moved_count: int
    moved_first: int
    hints: PollHints  # what its last document said about how often to ask
    asked: int = 0  # when the last request was begun
    attempts: int = 0  # requests begun in a row whose end nobody wrote down: we were killed
    deaths: int = 0  # how often in a row reading its document ended the worker process
    failed_since: int = 0  # the first of the failures in a row, 0 = it is fine
    told_until: int = 0  # until when a server asked to be left alone (Retry-After) …
    told_host: str = ""  # … and which
    fresh_for: int = 0  # seconds: what its last answer that said so stays good for, 0 = unsaid
    moves: tuple[FeedMove, ...] = ()  # the addresses it had, newest last


@dataclass(frozen=True, slots=True)
class FetchLogRow:
    """One poll, for the operator."""

    feed_id: int
    at: int
    outcome: str
    status: int | None
    error: str
    elapsed_ms: int
    wire_bytes: int
    new: int
    updated: int


@dataclass(frozen=True, slots=True)
class Change:
    """An article that a sync stored: new, or updated in place."""

    id: int
    kind: Outcome  # NEW or UPDATED
    draft: ArticleDraft
    feed_id: int
    at: int  # the article's sorting time, seconds


@dataclass(frozen=True, slots=True)
class LinkEdge:
    """An edge between two articles, stored once for each direction.

    ``score`` is a probability 0..1: of one event for SAME and MAYBE, of one running story for EARLIER
    and LATER. ``evidence`` are short human words: shared names and terms, "same wording"…
    ``place`` orders the edges of one source, best first.
    """

    source: int
    target: int
    kind: LinkKind
    score: float
    evidence: tuple[str, ...]
    place: int = 0


# --- what front ends see ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """One line of a list. ``at`` is the sorting time: min(published, first_seen)."""

    id: int
    feed_id: int
    outlet: str
    title: str
    language: str
    at: int
    unread: bool
    starred: bool
    related: int  # number of links to other articles
    updated: bool  # edited since first stored
    hidden: bool = False  # by a rule or a mute
    tags: tuple[str, ...] = ()  # the reader's own and those of rules, as written
    noted: bool = False
    score: int = 0  # the sum of what rules give


@dataclass(frozen=True, slots=True)
class Revision:
    """An earlier wording of an article, and when we saw it replaced."""

    seen: int
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Article:
    """One whole article."""

    row: ArticleRow
    guid: str
    url: str
    author: str
    summary: str
    blocks: tuple[Block, ...]
    published: int | None
    updated: int | None
    first_seen: int
    feed_title: str
    feed_url: str
    country: str
    tags: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    image: Image | None
    revisions: tuple[Revision, ...]
    page: Page | None = None  # its page, where that was fetched
    note: str = ""  # the reader's own
    rules: tuple[
        str, ...
    ] = ()  # names of rules and mutes that hit it; of a hidden one, of those that hide it

    @property
    def text(self) -> str:
        """The body as plain text, paragraphs separated by an empty line."""
        return "\n\n".join(block.text for block in self.blocks if block.text)

    @property
    def pictures(self) -> tuple[Image, ...]:
        """Its pictures: the feed's lead one, attached ones, the page's; an address once, with its caption.

        A page that comes adds to the end, so that a picture's number goes on meaning the same one.
        """
        attached = (Image(each.url) for each in self.enclosures if each.type.startswith("image/"))
        found = (*([self.image] if self.image else ()), *attached, *(self.page.images if self.page else ()))
        by_url: dict[str, Image] = {}
        for image in found:
            known = by_url.get(image.url)
            by_url[image.url] = known if known and (known.caption or not image.caption) else image
        return tuple(image for url, image in by_url.items() if url)

    @property
    def page_is_whole(self) -> bool:
        """Whether the page tells more than the feed does, and is surely this article's."""
        page = self.page
        return page is not None and page.reason != PageReason.DOUBTFUL and len(page.text) > len(self.text)


@dataclass(frozen=True, slots=True)
class Page:
    """What the publisher's page of an article gave, when we fetched it last (``fetched``, seconds).

    ``url`` is where it came from in the end. ``reason`` is a ``PageReason`` or, where nothing could be
    fetched, a sentence without full stop; "" with a whole text. ``related`` are the publisher's links to
    other stories that no article in the cache is found for; the others are edges, as any other link.
    """

    fetched: int
    url: str
    reason: str = ""
    title: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    dateline: str = ""
    published: int | None = None
    language: str = ""
    images: tuple[Image, ...] = ()
    blocks: tuple[Block, ...] = ()
    related: tuple[PageRelated, ...] = ()
    version: int = 0  # of the extractor

    @property
    def text(self) -> str:
        """The page's text, paragraphs separated by an empty line."""
        return "\n\n".join(block.text for block in self.blocks if block.text)


@dataclass(frozen=True, slots=True)
class Related:
    """A row of the Related section. ``also`` names the outlets that bring the same text."""

    row: ArticleRow
    kind: LinkKind
    score: float
    evidence: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that tell one event, newest first.

    ``reports`` counts those that are no copy of another's text; ``copies`` gives of each copy (by id)
    the article whose text it is.
    """

    id: int
    title: str
    first: int
    last: int
    outlets: int
    languages: tuple[str, ...]
    reports: int
    articles: tuple[ArticleRow, ...]
    copies: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story on the front page; numbers leave out what is hidden.

    ``title`` and ``language`` are those of the article ``lead``: the first report in the reader's first
    language that has one. ``counts`` are (language, articles), the most first; ``leading`` the outlets in the
    order in which they reported. ``new`` came since the last look; ``activity`` counts the articles of the
    last hours, oldest first, ``ACTIVITY_HOURS`` a step.
    """

    id: int
    lead: int
    title: str
    language: str
    first: int
    last: int
    articles: int
    outlets: int
    unread: int
    new: int
    starred: bool
    live: bool
    counts: tuple[tuple[str, int], ...]
    leading: tuple[str, ...]
    activity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """Numbers of stories, the hottest first; and how many articles of the last day one outlet alone tells."""

    stories: array[int]
    alone: int


ACTIVITY_HOURS = 2
ACTIVITY_STEPS = 5


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """A subscribed feed with its numbers, for lists, health and the catalogue."""

    state: FeedState
    unread: int
    total: int


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """A feed of config.toml, subscribed (enabled) or not."""

    url: str
    title: str
    outlet: str
    language: str
    country: str
    tags: tuple[str, ...]
    enabled: bool
    note: str


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule or a mute as it is in force. ``until`` in seconds, 0 = for ever; ``hits`` counts articles."""

    id: int
    name: str
    query: str
    actions: tuple[str, ...]
    until: int
    origin: str  # "config" or "mute"
    active: bool
    hits: int


@dataclass(frozen=True, slots=True)
class Alert:
    """What a watch or a rule found worth telling, at ``at`` (UTC seconds).

    ``name`` is the filter's or the rule's; ``kind`` is "every", "spike" or "rule"; ``text`` says it in one
    inert line ("" for a rule's, which its articles say); ``articles`` are the newest of them.
    ``told`` are the channels that are done with it, see ``notify.Channel``.
    """

    id: int
    name: str
    kind: str
    at: int
    told: int
    text: str
    articles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of an article's text in the original spelling, and where in it the matches are."""

    text: str
    marks: tuple[tuple[int, int], ...]  # start, end: offsets into text, ascending, none overlapping


# --- extract -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PageHints:
    """What we know of an article before its page is read: the feed's word settles what the page leaves open.

    ``zone`` is the outlet's IANA time zone, "" where unknown; ``published`` is the feed's time.
    """

    title: str = ""
    summary: str = ""
    author: str = ""
    language: str = ""
    zone: str = ""
    published: int | None = None


@dataclass(frozen=True, slots=True)
class PageRelated:
    """A link to another story of the publisher, taken out of the text of an article's page.

    ``text`` is without the words that announce it, which are ``marker`` ("READ", «اقرأ أيضا», or "").
    ``position`` is "in-text" or "end"; ``after`` is the number of blocks of the article before it.
    """

    text: str
    url: str
    marker: str = ""
    position: str = "in-text"
    after: int = 0


@dataclass(frozen=True, slots=True)
class PageWanted:
    """An article whose page may be fetched, with what its feed gave. ``feed`` is the feed's address."""

    id: int
    url: str
    feed: str
    title: str
    summary: str
    author: str
    language: str
    published: int | None
    blocks: tuple[Block, ...] = ()
    asked: bool = False  # the reader wished for it
    followed: bool = False  # starred, or unread in a story with a starred article

    def hints(self) -> PageHints:
        """What the feed says, for whoever reads the page."""
        return PageHints(self.title, self.summary, self.author, self.language, "", self.published)


@dataclass(frozen=True, slots=True)
class PageHost:
    """What we asked of a publisher's site: ``count`` pages on ``day`` (since 1970).

    ``turn_at`` is the end of the last request, or the start of the one that is booked; ``next_at`` the
    end of its rest after ``failures`` in a row, the last of them the server's own refusal where it is
    ``told_off``. All in seconds. ``robots`` is its robots.txt as it was at ``robots_at`` (0: not asked
    yet), "" for none.
    """

    host: str
    day: int = 0
    count: int = 0
    turn_at: float = 0.0
    next_at: int = 0
    failures: int = 0
    told_off: bool = False
    robots: str = ""
    robots_at: int = 0


class PageReason(StrEnum):
    """Why a page gives no whole article; nothing is done to get round any of these."""

    NONE = ""
    NOT_HTML = "not-html"  # a picture, a PDF, data; or too large or too deeply nested to be read
    MISSING = "missing"  # a "not found" page that says 200
    CHALLENGE = "challenge"  # a test whether we are a person
    CONSENT = "consent"  # a question about cookies in place of the page
    PAYWALL = "paywall"  # the text is for subscribers; the blocks hold what everybody sees
    LIVE = "live"  # updates that go on; the blocks hold those of now
    MEDIA = "media"  # a video or a series of pictures
    EMPTY = "empty"  # no text was found
    DOUBTFUL = "doubtful"  # the text has little of what the feed's summary says


@dataclass(frozen=True, slots=True)
class PageArticle:
    """What an article's page shows, all of it inert. ``reason`` says why there is no whole text, or is "".

    ``date`` is ISO 8601 in the publisher's own offset; only a day where no time is known; "" for none.
    ``published`` is the same as seconds UTC. ``images`` are the pictures with a caption, the lead first.
    Kinds of blocks are those of ``Block``, and ``embed`` (a player or post: its title, linked).
    ``version`` is the extractor's: a stored article of an older one may be read again from its page.
    """

    url: str
    title: str = ""
    standfirst: str = ""
    authors: tuple[str, ...] = ()
    dateline: str = ""
    published: int | None = None
    date: str = ""
    language: str = ""
    images: tuple[Image, ...] = ()
    blocks: tuple[Block, ...] = ()
    related: tuple[PageRelated, ...] = ()
    reason: PageReason = PageReason.NONE
    version: int = 0
