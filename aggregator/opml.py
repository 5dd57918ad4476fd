"""Subscription lists: OPML in and out. A list is data from a stranger: nothing in it is run or fetched.

Own code on expat: the libraries for this only read, import HTTP clients, or follow ``include``. Lists in
the wild (https://opml.org/spec2.opml and its elder kin) are often malformed: what is plainly meant is put
right, what was read before worse damage counts, and everything left out is told with the reason.
"""

from __future__ import annotations

import codecs
import html.entities
import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from xml.parsers import expat

from aggregator import config
from aggregator.dataclass import dataclass
from aggregator.errors import ParseError
from aggregator.text.inert import clean_text, safe_url

MAX_BYTES = 20_000_000  # 5,000 subscriptions take about 1 MB
MAX_FEEDS = 20_000  # nobody follows more
MAX_URL = 2000  # characters; what servers and browsers take
MAX_TITLE = 200  # characters
MAX_TAG = 40  # characters
MAX_TAGS = 8  # of one feed: the innermost folders, then the categories
LANGUAGES = {
    "ar": "Arabic",
    "en": "English",
    "fa": "Persian",
    "fr": "French",
    "he": "Hebrew",
    "ku": "Kurdish",
    "tr": "Turkish",
}

DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})""")
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
REFERENCE = re.compile(
    r"&(?:#(?P<number>x[0-9a-fA-F]{1,6}|[0-9]{1,7});|(?P<name>[A-Za-z][A-Za-z0-9]{0,31});)?"
)
XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
FEED_SCHEME = re.compile(r"feed:(?://(?!/)(?=[^/]+)|(?=https?:))", re.IGNORECASE)
MAX_OUTLET = 200  # characters
TAG_UNFIT = re.compile(r"[\s,:\"']+")  # what the filter language would read as something else


@dataclass(frozen=True, slots=True)
class OpmlResult:
    """Feeds in the order of the list, each address once; and (what, why) for all that was left out."""

    feeds: tuple[config.Feed, ...]
    skipped: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class Reading:
    """What is known in the middle of a list. ``folders`` holds "" for outlines that are no folder."""

    feeds: dict[str, config.Feed] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    commented: int = 0  # depth at which a commented-out outline began, 0 = outside of one
    is_list: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        kind = local(name)
        self.is_list = self.is_list or kind in ("opml", "outline")
        if kind == "outline":
            self.outline({local(key): value.strip() for key, value in attributes.items()})

    def outline(self, keys: dict[str, str]) -> None:
        """An outline begins: a folder, a feed, or something that is left out."""
        title = clean_text(keys.get("text") or keys.get("title", ""), limit=MAX_TITLE)
        folder = "" if "xmlurl" in keys else title
        self.folders.append(folder)
        if self.commented or keys.get("iscomment", "").lower() == "true":
            self.commented = self.commented or len(self.folders)
            why = "is commented out" if keys.get("xmlurl") else ""
        else:
            why = refusal(keys)
        if why:
            self.skip(title or keys.get("xmlurl") or keys.get("url", ""), why)
        elif keys.get("xmlurl") and not self.commented:
            self.add(as_feed(keys, title, self.folders[:-1]))

    def add(self, feed: config.Feed) -> None:
        """Keep a feed unless it breaks a rule of the configuration or was listed before."""
        label = feed.title or feed.url
        if len(self.feeds) >= MAX_FEEDS:
            self.skip(label, f"comes after the first {MAX_FEEDS} feeds")
        elif feed.url in self.feeds:
            self.skip(label, "is listed twice")
        elif problem := next(config.feed_problems(feed, set()), None):
            self.skip(label, f"{problem[0]} {problem[1]}")
        else:
            self.feeds[feed.url] = feed

    def skip(self, what: str, why: str) -> None:
        """Note something that is left out."""
        label = clean_text(config.without_password(what), limit=MAX_TITLE)
        self.skipped.append((label or "an outline without a title", clean_text(why)))

    def end(self, name: str) -> None:
        """An element ends."""
        if local(name) == "outline" and self.folders:
            self.folders.pop()
            if len(self.folders) < self.commented:
                self.commented = 0


def read(data: bytes) -> OpmlResult:
    """The subscriptions of a list; folders and categories become tags. Raises ParseError.

    The feeds are enabled: who imports a list wants to read it.
    """
    if len(data) > MAX_BYTES:
        raise ParseError(f"The list is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    reading = Reading()
    damage = parse(mended(decode(data)), reading)
    if not reading.is_list:
        raise ParseError("This is no OPML list; export the subscriptions as OPML and try again.")
    if damage:
        reading.skip("the rest of the list", f"is damaged: {damage}")
    return OpmlResult(tuple(reading.feeds.values()), tuple(reading.skipped))


def parse(text: str, reading: Reading) -> str:
    """Fill ``reading``; what was wrong with the document, or "". Declared entities raise ParseError."""
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.EntityDeclHandler = refuse_entities
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        return str(error)
    return ""


def refuse_entities(*_: object) -> None:
    """A list needs no entities of its own: they are bombs, or reach for files."""
    raise ParseError("The list declares entities, as attacks do; it was refused and nothing was imported.")


# --- bytes to text ---------------------------------------------------------------------------------


def decode(data: bytes) -> str:
    """The text in the encoding of its mark or declaration; what cannot be read becomes U+FFFD."""
    for mark, encoding in BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    declared = DECLARED.search(data[:1000])
    try:
        return data.decode(declared[1].decode("ascii") if declared else "utf-8")
    except (LookupError, UnicodeError):  # an encoding that does not exist, is none of text, or is wrong
        return data.decode("utf-8" if declared else "windows-1252", "replace")


def mended(text: str) -> str:
    """The text with what is commonly wrong in lists put right, so that expat can read it."""
    return REFERENCE.sub(reference, NOT_XML.sub("", text)).lstrip("\ufeff \t\r\n")


def reference(match: re.Match[str]) -> str:
    """A reference as XML knows it: HTML's names as characters, a bare "&" as one."""
    if match["number"]:
        code = int("0" + match["number"], 0) if match["number"][0] == "x" else int(match["number"])
        fits = code in (9, 10, 13) or (0x20 <= code <= 0x10FFFF and not NOT_XML.match(chr(code)))
        return f"&#{code};" if fits else "\ufffd"
    name = match["name"]
    if name is None or name in XML_NAMES:
        return match[0] if name else "&amp;"
    known = html.entities.name2codepoint.get(name)
    return f"&#{known};" if known else f"&amp;{name};"


# --- outlines to feeds -----------------------------------------------------------------------------


def local(name: str) -> str:
    """An element's or attribute's name without prefix, in small letters (lists write xmlURL, htmlurl…)."""
    return name.rpartition(":")[2].lower()


def refusal(keys: dict[str, str]) -> str:
    """Why an outline is no feed we take, or "": a folder, or a feed."""
    kind, url = keys.get("type", "").lower(), keys.get("xmlurl", "")
    if kind in ("link", "include"):
        return "points to another list or page, which is not fetched"
    if keys.get("filtercmd"):
        return "is piped through a command, and no command is run"
    if "+" in kind:
        return f"is made from a web page by rules ({kind}), which Hakawati does not know"
    if url:
        return address_refusal(feed_address(url))
    return "has no feed address" if kind or "xmlurl" in keys else ""


def address_refusal(url: str) -> str:
    """Why an address is not taken, or ""."""
    if not config.WEB_ADDRESS.fullmatch(url) or not config.has_host(url):
        return "has an address that is not http or https"
    if len(url) > MAX_URL:
        return f"has an address longer than {MAX_URL} characters"
    if "\\" in url or not (url.isascii() or safe_url(url)):  # programs do not agree on whose host that is
        return "has an address that is not http or https"
    return "has an address inside a private network; add it by hand if you mean it" if is_private(url) else ""


def is_private(url: str) -> bool:
    """Whether a host is plainly not on the public network; names are looked up by the fetcher only."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local", ".internal"))


def feed_address(url: str) -> str:
    """The address with ``feed:`` and ``feed://`` made http, as older lists write it, and escaped."""
    match = FEED_SCHEME.match(url)
    if match:
        url = ("http://" if match[0].endswith("/") else "") + url[match.end() :]
    return url if url.isascii() else safe_url(url) or url


def as_feed(keys: dict[str, str], title: str, folders: Sequence[str]) -> config.Feed:
    """The feed of an outline that was not refused."""
    code = re.match(r"[A-Za-z]{2,3}(?![A-Za-z])", keys.get("language", ""))
    language = code[0].lower() if code else ""
    known = {language, LANGUAGES.get(language, "").lower()}
    tags = (tag for tag in tags_of(folders, keys.get("category", "")) if tag not in known)
    country = keys.get("country", "").strip().upper()
    return config.Feed(
        url=feed_address(keys["xmlurl"]),
        title=title,
        outlet=clean_text(keys.get("outlet", ""), limit=MAX_OUTLET),
        language=language,
        country=country if config.COUNTRY.fullmatch(country) else "",
        tags=tuple(dict.fromkeys(tags))[:MAX_TAGS],
    )


def tags_of(folders: Sequence[str], category: str) -> Iterator[str]:
    """Tags of folders (innermost first) and of a category list such as "/Region/Gulf,economy"."""
    for name in [*reversed(folders[-MAX_TAGS:]), *re.split("[,/]", category)]:
        tag = clean_text(TAG_UNFIT.sub("-", name.strip().lower()), limit=MAX_TAG).strip("-.")
        if any(char.isalnum() for char in tag):
            yield tag


# --- out -------------------------------------------------------------------------------------------


def write(feeds: Sequence[config.Feed], title: str = "Hakawati") -> bytes:
    """The feeds as OPML 2.0 (UTF-8), in one folder a language; tags become categories."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = title
    body = SubElement(root, "body")
    folders: dict[str, Element] = {"": body}
    for feed in feeds:
        if feed.language not in folders:
            name = LANGUAGES.get(feed.language, feed.language)
            folders[feed.language] = SubElement(body, "outline", text=name)
        SubElement(folders[feed.language], "outline", outline_keys(feed))
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'.encode()


def outline_keys(feed: config.Feed) -> dict[str, str]:
    """The attributes of a feed's outline."""
    address = config.without_password(feed.url)
    name = feed.title or feed.outlet or address
    keys = {"type": "rss", "text": name, "title": name, "xmlUrl": address, "language": feed.language}
    # not in OPML 2.0, which lets other attributes be; another reader ignores them
    ours = {"outlet": feed.outlet, "country": feed.country, "category": ",".join(feed.tags)}
    return {key: value for key, value in {**keys, **ours}.items() if value}
