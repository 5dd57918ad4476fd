"""What the demo serves: eight invented outlets as feeds in four formats, and their pages.

Pure but for reading ``sample/``, one TOML file an outlet. Keys of an article:
``hours`` (age when the demo starts, so it is always fresh), ``epoch`` (1: comes with the second sync),
``edited`` and ``edited_note`` (its title and a note from the second sync on), ``event`` (what it tells, for
tests), ``body`` (paragraphs; lines that begin with "<" are HTML; ``[[slug|text]]`` links to another article
of the outlet; ``{day:98}`` is the weekday 98 hours ago), ``page`` (the same, in place of ``body``: what only
the article's page tells after the summary). An outlet whose articles have no body sends summaries only.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import struct
import tomllib
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from functools import cache, lru_cache
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

import msgspec

from aggregator.dataclass import dataclass

SAMPLE = Path(__file__).with_name("sample")
HOUR = 3600
SPREAD = 50 * 60  # seconds by which articles of one hour are drawn apart, so that no two look alike
RIGHT_TO_LEFT = ("ar", "fa", "he")
WEEKDAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "ar": "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
    "he": "שני שלישי רביעי חמישי שישי שבת ראשון",
    "fa": "دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه شنبه یکشنبه",
    "tr": "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
}
ATOM = "http://www.w3.org/2005/Atom"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RSS1 = "http://purl.org/rss/1.0/"
DC = "http://purl.org/dc/elements/1.1/"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
PREFIXES = {"dc": DC, "content": CONTENT, "media": MEDIA, "rdf": RDF, "rss": RSS1, "atom": ATOM}
for prefix, namespace in PREFIXES.items():
    register_namespace(prefix, namespace)


class Item(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An article as its file tells it; see above."""

    slug: str
    event: str
    hours: int
    title: str
    summary: str
    author: str
    tags: tuple[str, ...]
    body: str = ""
    page: str = ""
    image: str = ""  # the caption of its picture
    credit: str = ""
    epoch: int = 0
    edited: str = ""
    edited_note: str = ""


class Outlet(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An outlet as its file tells it; ``notice`` ends each article and says that it is invented."""

    name: str  # of its file: the first part of its addresses
    title: str
    outlet: str
    language: str
    country: str
    tags: tuple[str, ...]
    format: str
    notice: str
    articles: tuple[Item, ...]

    @property
    def path(self) -> str:
        """Where its feed lies on the server."""
        return f"/feeds/{self.name}.{'json' if self.format == 'json' else 'xml'}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides how everything reads: the server's address, when the demo began, and the epoch."""

    base: str
    now: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Page:
    """A document of the server."""

    type: str
    body: bytes

    @property
    def etag(self) -> str:
        """Weak, because the same tag stands for the packed form."""
        return f'W/"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@lru_cache(maxsize=1)
def outlets() -> tuple[Outlet, ...]:
    """All invented outlets, by name."""
    files = sorted(SAMPLE.glob("*.toml"))
    told = ({"name": file.stem, **tomllib.loads(file.read_text("utf-8"))} for file in files)
    return tuple(msgspec.convert(outlet, Outlet) for outlet in told)


# --- what an article says --------------------------------------------------------------------------


def published(item: Item, scene: Scene) -> int:
    """When it came out, in seconds; never in the future."""
    return scene.now - item.hours * HOUR + zlib.crc32(item.slug.encode()) % SPREAD


def iso(seconds: int) -> str:
    """A moment as Atom, Dublin Core and JSON Feed write it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def visible(outlet: Outlet, scene: Scene) -> list[Item]:
    """The articles that are out in this epoch, newest first."""
    out = [item for item in outlet.articles if item.epoch <= scene.epoch]
    return sorted(out, key=lambda item: published(item, scene), reverse=True)


def title_of(item: Item, scene: Scene) -> str:
    """The title, which one outlet corrects in the second epoch."""
    return item.edited if item.edited and scene.epoch > 0 else item.title


def address(outlet: Outlet, slug: str, scene: Scene) -> str:
    """Where an article's page lies."""
    return f"{scene.base}/{outlet.name}/{slug}"


def picture(item: Item, scene: Scene) -> str:
    """Where an article's picture lies."""
    return f"{scene.base}/images/{item.slug}.png"


def prose(text: str, outlet: Outlet, scene: Scene) -> str:
    """Text with its weekdays put in."""
    names = WEEKDAYS[outlet.language].split(" ")

    def weekday(match: re.Match[str]) -> str:
        return names[datetime.fromtimestamp(scene.now - int(match[1]) * HOUR, UTC).weekday()]

    return re.sub(r"\{day:(\d+)\}", weekday, text)


def body_of(outlet: Outlet, item: Item, scene: Scene) -> str:
    """The whole article as HTML, or "" where the outlet sends summaries only."""
    if not item.body:
        return ""
    parts = linked(item.body, outlet, scene).split("\n\n")
    if item.edited_note and scene.epoch > 0:
        parts.append(f"<em>{item.edited_note}</em>")
    if item.image and outlet.format != "rss":  # RSS carries it in Media RSS
        caption = html.escape(f"{item.image} {item.credit}")
        image = f'<img src="{picture(item, scene)}" alt="">'
        parts.insert(1, f"<figure>{image}<figcaption>{caption}</figcaption></figure>")
    parts.append(f"<em>{outlet.notice}</em>")
    return "\n".join(part if re.match("<(?!em>)", part) else f"<p>{part}</p>" for part in parts)


def linked(text: str, outlet: Outlet, scene: Scene) -> str:
    """Text with its links and weekdays put in."""
    return re.sub(
        r"\[\[([^|\]]+)\|([^\]]+)\]\]",
        lambda match: f'<a href="{address(outlet, match[1], scene)}">{match[2]}</a>',
        prose(text.strip(), outlet, scene),
    )


def page_of(outlet: Outlet, item: Item, scene: Scene) -> str:
    """What the article's page shows as HTML: the feed's text, or all of what the feed only sums up."""
    if not item.page:
        return body_of(outlet, item, scene) or f"<p>{html.escape(summary_of(outlet, item, scene))}</p>"
    lead = prose(item.summary, outlet, scene)
    parts = [lead, *linked(item.page, outlet, scene).split("\n\n"), f"<em>{outlet.notice}</em>"]
    return "\n".join(f"<p>{part}</p>" for part in parts)


def summary_of(outlet: Outlet, item: Item, scene: Scene) -> str:
    """The lead; where it is all there is, it ends by saying that it is invented."""
    lead = prose(item.summary, outlet, scene)
    return lead if item.body else f"{lead} {outlet.notice}"


# --- the four formats ------------------------------------------------------------------------------


def element(parent: Element, tag: str, text: str, **attributes: str) -> Element:
    """A child element with text."""
    child = SubElement(parent, tag, attributes)
    child.text = text
    return child


def document(root: Element) -> bytes:
    """An XML document in UTF-8."""
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + str(tostring(root, encoding="unicode")).encode()


def rss(outlet: Outlet, scene: Scene) -> bytes:
    """RSS 2.0 with full content, Dublin Core authors and Media RSS pictures."""
    root = Element("rss", version="2.0")
    channel = SubElement(root, "channel")
    element(channel, "title", outlet.title)
    element(channel, "link", f"{scene.base}/{outlet.name}/")
    element(channel, "description", outlet.notice)
    element(channel, "language", outlet.language)
    for item in visible(outlet, scene):
        node = SubElement(channel, "item")
        element(node, "title", title_of(item, scene))
        element(node, "link", address(outlet, item.slug, scene))
        element(node, "guid", f"{outlet.name}:{item.slug}", isPermaLink="false")
        element(node, "pubDate", formatdate(published(item, scene)))
        element(node, f"{{{DC}}}creator", item.author)
        for tag in item.tags:
            element(node, "category", tag)
        element(node, "description", summary_of(outlet, item, scene))
        element(node, f"{{{CONTENT}}}encoded", body_of(outlet, item, scene))
        if item.image:
            media = SubElement(node, f"{{{MEDIA}}}content", url=picture(item, scene), medium="image")
            element(media, f"{{{MEDIA}}}description", item.image)
            element(media, f"{{{MEDIA}}}credit", item.credit)
    return document(root)


def atom(outlet: Outlet, scene: Scene) -> bytes:
    """Atom 1.0 (RFC 4287) with HTML content."""
    root = Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": outlet.language})
    items = visible(outlet, scene)
    element(root, f"{{{ATOM}}}title", outlet.title)
    element(root, f"{{{ATOM}}}id", f"tag:hakawati.invalid,2026:{outlet.name}")
    element(root, f"{{{ATOM}}}updated", iso(published(items[0], scene)))
    SubElement(root, f"{{{ATOM}}}link", href=f"{scene.base}/{outlet.name}/")
    for item in items:
        node = SubElement(root, f"{{{ATOM}}}entry")
        element(node, f"{{{ATOM}}}title", title_of(item, scene))
        element(node, f"{{{ATOM}}}id", f"tag:hakawati.invalid,2026:{outlet.name}:{item.slug}")
        SubElement(node, f"{{{ATOM}}}link", href=address(outlet, item.slug, scene))
        element(node, f"{{{ATOM}}}published", iso(published(item, scene)))
        element(node, f"{{{ATOM}}}updated", iso(published(item, scene)))
        element(SubElement(node, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", item.author)
        for tag in item.tags:
            SubElement(node, f"{{{ATOM}}}category", term=tag)
        element(node, f"{{{ATOM}}}summary", summary_of(outlet, item, scene))
        element(node, f"{{{ATOM}}}content", body_of(outlet, item, scene), type="html")
    return document(root)


def rdf(outlet: Outlet, scene: Scene) -> bytes:
    """RSS 1.0: summaries, Dublin Core dates, authors and subjects."""
    root = Element(f"{{{RDF}}}RDF")
    channel = SubElement(root, f"{{{RSS1}}}channel", {f"{{{RDF}}}about": f"{scene.base}{outlet.path}"})
    element(channel, f"{{{RSS1}}}title", outlet.title)
    element(channel, f"{{{RSS1}}}link", f"{scene.base}/{outlet.name}/")
    element(channel, f"{{{RSS1}}}description", outlet.notice)
    element(channel, f"{{{DC}}}language", outlet.language)
    for item in visible(outlet, scene):
        where = address(outlet, item.slug, scene)
        node = SubElement(root, f"{{{RSS1}}}item", {f"{{{RDF}}}about": where})
        element(node, f"{{{RSS1}}}title", title_of(item, scene))
        element(node, f"{{{RSS1}}}link", where)
        element(node, f"{{{RSS1}}}description", summary_of(outlet, item, scene))
        element(node, f"{{{DC}}}date", iso(published(item, scene)))
        element(node, f"{{{DC}}}creator", item.author)
        for tag in item.tags:
            element(node, f"{{{DC}}}subject", tag)
    return document(root)


def jsonfeed(outlet: Outlet, scene: Scene) -> bytes:
    """JSON Feed 1.1."""
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": outlet.title,
            "home_page_url": f"{scene.base}/{outlet.name}/",
            "feed_url": f"{scene.base}{outlet.path}",
            "description": outlet.notice,
            "language": outlet.language,
            "items": [json_item(outlet, item, scene) for item in visible(outlet, scene)],
        },
        ensure_ascii=False,
    ).encode()


def json_item(outlet: Outlet, item: Item, scene: Scene) -> dict[str, object]:
    """An item of a JSON Feed."""
    return {
        "id": f"{outlet.name}:{item.slug}",
        "url": address(outlet, item.slug, scene),
        "title": title_of(item, scene),
        "summary": summary_of(outlet, item, scene),
        "content_html": body_of(outlet, item, scene),
        "date_published": iso(published(item, scene)),
        "authors": [{"name": item.author}],
        "tags": item.tags,
    }


FORMATS: dict[str, tuple[str, Callable[[Outlet, Scene], bytes]]] = {
    "rss": ("application/rss+xml", rss),
    "atom": ("application/atom+xml", atom),
    "rdf": ("application/rdf+xml", rdf),
    "json": ("application/feed+json", jsonfeed),
}


# --- pages -----------------------------------------------------------------------------------------


def pages(scene: Scene) -> dict[str, Page]:
    """Every document of the server by its path."""
    made = dict(outlet_pages(scene))
    links = listing((f"/{outlet.name}/", outlet.title) for outlet in outlets())
    return {"/": web_page("en", "Hakawati sample outlets", links), **made}


def outlet_pages(scene: Scene) -> Iterator[tuple[str, Page]]:
    """Feeds, front pages, article pages and pictures."""
    for outlet in outlets():
        kind, render = FORMATS[outlet.format]
        yield outlet.path, Page(f"{kind}; charset=utf-8", render(outlet, scene))
        items = visible(outlet, scene)
        alternate = f'<link rel="alternate" type="{kind}" href="{outlet.path}">'
        front = listing((item.slug, title_of(item, scene)) for item in items)
        yield f"/{outlet.name}/", web_page(outlet.language, outlet.title, front, alternate)
        for item in items:
            text = page_of(outlet, item, scene)
            yield f"/{outlet.name}/{item.slug}", web_page(outlet.language, title_of(item, scene), text)
            if item.image:
                yield f"/images/{item.slug}.png", sample_picture()


def listing(links: Iterable[tuple[str, str]]) -> str:
    """(address, title) pairs as a list of links."""
    points = (f'<li><a href="{where}">{html.escape(title)}</a></li>' for where, title in links)
    return f"<ul>{''.join(points)}</ul>"


def web_page(language: str, title: str, body: str, head: str = "") -> Page:
    """A plain web page that says on top what it is."""
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    text = (
        f'<!doctype html><html lang="{language}" dir="{direction}"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>{head}</head><body><p>Sample content of Hakawati (invented).</p>"
        f"<article><h1>{html.escape(title)}</h1>{body}</article></body></html>"
    )
    return Page("text/html; charset=utf-8", text.encode())


@cache
def sample_picture() -> Page:
    """An invented picture: a sun over a sea, 192 x 108 pixels."""
    width, height, sea = 192, 108, 72
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter (PNG, 9.2)
        for x in range(width):
            sun = (x - 140) ** 2 + (y - 40) ** 2 < 400
            water = (20, 60 + y // 2, 110 + (x * y) % 7)
            rows.extend((250, 220, 120) if sun and y < sea else (120 + y, 150, 190) if y < sea else water)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    return Page("image/png", b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks))


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A piece of a PNG (its section 5.3)."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
