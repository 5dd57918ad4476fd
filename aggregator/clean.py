"""Entry → article draft: every field made plain, safe and canonical. The only door to nh3.

One named rule a field. Nothing leaves here with markup or control characters in it, and only http(s)
addresses leave at all. Pure: no network, no clock; the same entry gives the same draft.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from hashlib import blake2b, sha256
from itertools import islice
from typing import Final

import nh3

from aggregator.model import ArticleDraft, Block, Enclosure, Image, ParsedEntry, ParsedFeed
from aggregator.text import language, markup
from aggregator.text.blocks import pack_blocks
from aggregator.text.inert import ELLIPSIS, clean_text, safe_url
from aggregator.text.searchable import searchable
from aggregator.text.urls import canonical_url, site

MAX_HTML: Final = 262_144  # characters of a body that are read; the longest honest article has half
CUT: Final = "(The text goes on; it is longer than what is kept here.)"
MAX_RAW: Final = 8000  # characters of a one-line field that are looked at before it is cut
MAX_GUID: Final = 500
MAX_TITLE: Final = 500
MAX_AUTHOR: Final = 200
MAX_SUMMARY: Final = 1000
MAX_CAPTION: Final = 1000
MAX_TAG: Final = 60
MAX_TAGS: Final = 20
MAX_ENCLOSURES: Final = 20
MAX_OWN_LINKS: Final = 30
TITLE_WORDS: Final = 12  # of the text that stand in for a missing title
UNTITLED: Final = "(untitled)"
ROUNDS: Final = 3  # times that markup is taken off text: some publishers escape it twice

_GONE_WITH_CONTENT: Final = {
    "script",
    "style",
    "noscript",
    "iframe",
    "noembed",
    "noframes",
    "template",
    "textarea",
    "title",
    "svg",
} | {"math", "object", "embed", "select", "button", "audio", "video", "canvas", "xmp", "plaintext"}
_BODY = nh3.Cleaner(
    tags=set(markup.TAGS),
    clean_content_tags=_GONE_WITH_CONTENT,
    attributes={"a": {"href"}, "img": {"src", "width", "height"}},
    url_schemes={"http", "https"},
    link_rel=None,
)
_BARE = nh3.Cleaner(tags=set(), clean_content_tags=_GONE_WITH_CONTENT, attributes={}, link_rel=None)

_TAGGED = re.compile("<[a-zA-Z\u017f\u212a/!?]")
_ESCAPED_TAG = re.compile(
    "&(?:amp;)?(?:lt|#60|#x3c);/?"
    "(?:p|br|div|a|img|span|b|i|em|strong|ul|li|h[1-6]|table|script|style|iframe|svg)[ /&>]",
    re.IGNORECASE,
)
_MEDIA_TYPE = re.compile(
    r"[\w.+-]{1,60}/[\w.+-]{1,60}(?:\s*;[\w\s.+=,\"-]{0,60})?", re.ASCII
)  # RFC 6838 §4.2
_LOOKALIKES = re.compile("[\u017f\u212a]")  # the long s and the Kelvin sign: capitals of them are S and K
_FALSE_TAG = re.compile("</?[a-zA-Z\u017f\u212a][^\\s<>]*")
_BLOCK_TAG = re.compile(r"<(?:p|br|div|li|h[1-6]|tr|pre|blockquote)\b", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_EMAIL_THEN_NAME = re.compile(r"[^\s()<>]+@[^\s()<>]+ \((.+)\)")
_NAME_THEN_EMAIL = re.compile(r"(.+?) [(<][^\s()<>]+@[^\s()<>]+[)>]")
_TAIL_LENGTH: Final = 500  # characters at the end in which a teaser's last words stand
# One of these words is there, case folded, before the slower pattern below is tried.
_TAIL_WORDS: Final = (
    *(
        "first on",
        "first published",
        "continue reading",
        "read more",
        "read the full",
        "read the rest",
        "keep reading",
    ),
    *("ظهرت المقالة", "المزيد", "ادامه مطلب", "اولین بار در", "הופיע לראשונה", "קרא עוד", "קריאה", "לקרוא"),
    *("yazısı ilk önce", "devamını oku"),
)
# "Read more: a headline" is no such tail but the publisher's link to another article.
_TAIL = re.compile(
    r"\s*(?:The post .{1,400}? (?:appeared|was) first (?:on|published on) .{1,120}"
    r"|\(?Continue [Rr]eading\b.{0,160}|CONTINUE READING"
    r"|(?:Read (?:[Mm]ore|the (?:rest|[Ff]ull (?:[Ss]tory|[Aa]rticle)))|READ MORE|Keep reading)"
    r"(?: (?:at|on|of|here)\b.{0,60})?"
    r"|ظهرت المقالة .{1,300}? أولاً على .{1,120}|(?:اقرأ|إقرأ|لقراءة|قراءة) المزيد"
    r"|ادامه مطلب|نوشته .{1,300}? اولین بار در .{1,120}"
    r"|הפוסט .{1,300}? הופיע לראשונה ב.{1,120}|קרא עוד|להמשך קריאה|המשך לקרוא"
    r"|[^.!?]{1,200} yazısı ilk önce .{1,120} (?:üzerinde ortaya çıktı|yayınlandı)|Devamını [Oo]ku"
    r")[\])]?[.…»>→\s]*$"
)
_CUT_MARK = re.compile(r"\s*\[(?:…|\.\.\.)\]$")
_NO_ARTICLE = re.compile(
    r"https://[^/]+/(?:(?:tags?|categor(?:y|ies)|topics?|authors?|search|wp-content|feed)(?:/|$)"
    r"|.*\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|css|js|xml|rss)$)",
    re.IGNORECASE,
)
_ARTICLE_PATH = re.compile(r"https://[^/]+/(?:[^?]*[\d-]|[^/?]+/[^/?]|[^?]*\?.*\d)")


def draft(entry: ParsedEntry, feed: ParsedFeed, url: str, declared_language: str) -> ArticleDraft:
    """The article that ``entry`` of ``feed`` (fetched from ``url``) comes to; ``terms`` are left empty.

    ``declared_language`` is what the configuration says of the feed, or "".
    """
    base = base_of(entry, feed, url)
    link = article_url(entry, base)
    base = link or base
    body = body_of(entry.content or entry.summary, base)
    blocks = without_tail(body.blocks)
    text = text_of(blocks)
    summary = summary_of(entry.summary, base) if entry.content else shortened(one_line(blocks))
    title = title_of(entry, summary or text, link)
    keys = link_keys(blocks)
    author = author_of(entry.author)
    spoken = language_of(f"{title} {text[: language.SAMPLE]}", entry, feed, declared_language)
    return ArticleDraft(
        guid=guid_of(entry, link, title),
        url=link,
        title=title,
        author=author,
        summary=summary,
        body=pack_blocks(blocks),
        published=entry.published,
        updated=entry.updated,
        language=spoken,
        content_hash=content_hash(title, summary, blocks, keys),
        folded=searchable(title, summary, text, author=author, language=spoken),
        terms=b"",
        tags=tags_of(entry.categories),
        enclosures=enclosures_of(entry.enclosures, base),
        image=image_of(entry.image, body.image, base),
        own_links=own_links(keys.values(), link or base),
    )


def base_of(entry: ParsedEntry, feed: ParsedFeed, url: str) -> str:
    """What relative addresses are relative to: the first web address among entry, feed and document."""
    return next((known for known in (entry.base, feed.link, url) if safe_url(known)), "")


# --- identity --------------------------------------------------------------------------------


def article_url(entry: ParsedEntry, base: str) -> str:
    """The article's own address: its link, else a guid that is one, else ""."""
    link = safe_url(entry.link, base) if entry.link else ""
    return link or (safe_url(entry.guid) if entry.guid.lower().startswith(("http://", "https://")) else "")


def guid_of(entry: ParsedEntry, link: str, title: str) -> str:
    """The publisher's id; one that is too long or not plain is hashed, so that two never become one.

    Without an id the canonical link, without a link a hash of what the entry says.
    """
    guid = entry.guid.strip()
    if guid and len(guid) <= MAX_GUID and clean_text(guid) == guid and not _TAGGED.search(guid):
        return guid
    if guid:
        return "sha256:" + sha256(guid.encode("utf-8", "surrogatepass")).hexdigest()
    if link:
        return canonical_url(link)
    said = "\0".join((title, str(entry.published), entry.summary))
    return "hash:" + blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def content_hash(title: str, summary: str, blocks: Sequence[Block], keys: dict[str, str]) -> bytes:
    """8 bytes that change when a reader could see a change; links count by their ``keys``."""
    parts = [title, summary]
    for block in blocks:
        parts += (block.kind, block.text)
        if block.links:
            parts += [f"{link.start}-{link.end} {keys[link.url]}" for link in block.links]
    return blake2b("\0".join(parts).encode(), digest_size=8).digest()


# --- fields of one line ------------------------------------------------------------------------


def plain(text: str) -> str:
    """``text`` without tags and entities, also where they were escaped more than once; not yet inert."""
    text = text[:MAX_RAW]
    if "<" not in text and "&" not in text:
        return text
    for _ in range(ROUNDS):
        if _TAGGED.search(text):
            text = html.unescape(sanitised(_BARE, _spaced(text)))
        elif "&" in text and (decoded := html.unescape(text)) != text:
            text = decoded
        else:
            break
    return html.unescape(sanitised(_BARE, text)) if _TAGGED.search(text) else text


def feed_title(raw: str) -> str:
    """What a feed calls itself, "" where it says nothing."""
    return clean_text(plain(raw), limit=MAX_AUTHOR)


def title_of(entry: ParsedEntry, text: str, link: str) -> str:
    """The headline; else the first words of ``text``, else the address, else ``UNTITLED``.

    Tags go even where the feed calls the title plain: many do and send HTML. Brackets stay.
    """
    title = clean_text(plain(entry.title), limit=MAX_TITLE)
    if title:
        return title
    first = text.split(maxsplit=TITLE_WORDS)
    start = " ".join(first[:TITLE_WORDS]) + (ELLIPSIS if len(first) > TITLE_WORDS else "")
    return clean_text(start, limit=MAX_TITLE) or clean_text(link, limit=MAX_TITLE) or UNTITLED


def author_of(raw: str) -> str:
    """The author's name, without the e-mail address that RSS wants around it."""
    name = clean_text(plain(raw), limit=MAX_AUTHOR)
    if "@" in name and (match := _EMAIL_THEN_NAME.fullmatch(name) or _NAME_THEN_EMAIL.fullmatch(name)):
        return clean_text(match[1], limit=MAX_AUTHOR)
    return name


def tags_of(categories: Iterable[str]) -> tuple[str, ...]:
    """The publisher's categories, each once."""
    names = dict.fromkeys([clean_text(plain(name), limit=MAX_TAG) for name in categories])
    names.pop("", None)
    return tuple(names)[:MAX_TAGS]


def language_of(sample: str, entry: ParsedEntry, feed: ParsedFeed, declared: str) -> str:
    """The text's language; the entry's word counts before the configuration's and the feed's."""
    return language.guess(sample, entry.language or declared or feed.language)


# --- body and summary -------------------------------------------------------------------------


def sanitised(cleaner: nh3.Cleaner, text: str) -> str:
    """``text`` through nh3, without CDATA marks (left over from XML inside XML).

    nh3 takes no lone surrogates, so they are replaced. Tags that are letters of another kind are tags too.
    """
    if "<![CDATA[" in text:
        text = text.replace("<![CDATA[", "").replace("]]>", "")
    if _LOOKALIKES.search(text):
        text = _FALSE_TAG.sub(lambda match: match[0].replace("\u017f", "s").replace("\u212a", "k"), text)
    try:
        return cleaner.clean(text)
    except UnicodeEncodeError:
        return cleaner.clean(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def body_of(raw: str, base: str) -> markup.Body:
    """The blocks and the first picture of a body, HTML or plain text; one that is cut says so at its end."""
    if len(raw) > MAX_HTML:
        body = _body_of(raw[:MAX_HTML], base)
        return markup.Body((*body.blocks, Block("p", CUT)), body.image)
    return _body_of(raw, base)


def _body_of(raw: str, base: str) -> markup.Body:
    tagged = _TAGGED.search(raw)
    if not tagged and "&" in raw and _ESCAPED_TAG.search(raw):  # escaped once too often
        raw = html.unescape(html.unescape(raw))
        tagged = _TAGGED.search(raw)
    if not tagged:
        return markup.Body(markup.paragraphs(raw))
    if markup.is_costly(raw):
        return markup.Body(markup.paragraphs(markup.without_tags(raw)))
    if "\n" in raw and not _BLOCK_TAG.search(raw):
        raw = _EMPTY_LINE.sub("<br><br>", raw)  # text with a link in it, whose paragraphs are empty lines
    return markup.read(sanitised(_BODY, raw), base)


def text_of(blocks: Iterable[Block]) -> str:
    """The blocks as plain text, an empty line between two."""
    return "\n\n".join(block.text for block in blocks if block.text)


def one_line(blocks: Iterable[Block]) -> str:
    """The beginning of the blocks as one paragraph, at least as long as a summary may be."""
    kept: list[str] = []
    length = 0
    for block in blocks:
        if length > MAX_SUMMARY:
            break
        kept.append(" ".join(block.text.split()) if block.kind == "pre" else block.text)
        length += len(block.text)
    return " ".join(part for part in kept if part)


def summary_of(raw: str, base: str) -> str:
    """The entry's summary as one paragraph."""
    if "<" not in raw and "&" not in raw:
        return shortened(clean_text(raw, limit=MAX_HTML))
    return shortened(one_line(body_of(raw, base).blocks))


def shortened(text: str) -> str:
    """``text`` without a teaser's last words, cut at a word where it is too long."""
    text = without_teaser(text)
    if text.endswith("]"):
        text = _CUT_MARK.sub(ELLIPSIS, text)
    if len(text) > MAX_SUMMARY:
        cut = text[: MAX_SUMMARY - 1]
        at = cut.rfind(" ")
        text = (cut[:at] if at > MAX_SUMMARY // 2 else cut).rstrip(" ,;:،") + ELLIPSIS
    return clean_text(text, limit=MAX_SUMMARY)


def without_teaser(text: str) -> str:
    """``text`` without "The post … appeared first on …", "Continue reading" and their like at its end."""
    start = max(0, len(text) - _TAIL_LENGTH)
    end = text[start:].casefold()
    if not any(map(end.__contains__, _TAIL_WORDS)):
        return text
    match = _TAIL.search(text, start)
    return text[: match.start()].rstrip() if match else text


def without_tail(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """``blocks`` without a last one that is nothing but such words."""
    last = blocks[-1].text if len(blocks) > 1 else ""
    return blocks[:-1] if 0 < len(last) <= _TAIL_LENGTH and not without_teaser(last) else blocks


# --- links and media ----------------------------------------------------------------------------


def link_keys(blocks: Iterable[Block]) -> dict[str, str]:
    """Each address that the blocks link to, with its canonical form."""
    return {link.url: canonical_url(link.url) for block in blocks if block.links for link in block.links}


def own_links(keys: Iterable[str], own: str) -> tuple[str, ...]:
    """The canonical addresses among ``keys`` that are articles of the site of ``own``, not itself."""
    articles = [key for key in dict.fromkeys(keys) if looks_like_article(key)]
    here = site(own) if articles else ""
    if not here:
        return ()
    me = canonical_url(own)
    return tuple(islice((key for key in articles if key != me and site(key) == here), MAX_OWN_LINKS))


def looks_like_article(key: str) -> bool:
    """True for an address with a path of an article: deep, or with digits or hyphens."""
    return bool(_ARTICLE_PATH.match(key)) and not _NO_ARTICLE.match(key)


def enclosures_of(enclosures: Iterable[Enclosure], base: str) -> tuple[Enclosure, ...]:
    """The attached files that have a web address."""
    safe = (
        Enclosure(address, media_type(item.type), max(0, item.length))
        for item in enclosures
        if item.url and (address := safe_url(item.url, base))
    )
    return tuple(islice(safe, MAX_ENCLOSURES))


def media_type(written: str) -> str:
    """The kind of a file where it is one, such as "audio/mpeg"."""
    kind = clean_text(written, limit=100)
    return kind if _MEDIA_TYPE.fullmatch(kind) else ""


def image_of(given: Image | None, found: Image | None, base: str) -> Image | None:
    """The entry's picture, else the first of its body."""
    if given and given.url and (address := safe_url(given.url, base)):
        caption, credit = (
            clean_text(plain(text), limit=MAX_CAPTION) for text in (given.caption, given.credit)
        )
        return Image(address, caption, credit)
    return found


def _spaced(text: str) -> str:
    """``text`` with a space before each block tag, which goes without a trace otherwise."""
    return _BLOCK_TAG.sub(lambda match: " " + match[0], text)
