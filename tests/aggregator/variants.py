"""Documents by rule, a few hundred: each hostile thing in each way of writing it, in every field at once."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Final

from tests.aggregator.hostile_text import ADDRESSES, CONTROLS, DATES, DIRECTIONS, FORMS, MARKUP, written
from tests.aggregator.keeping import Document

TEXTS: Final = {
    "خبر عاجل من بيروت": ("cp1256", "iso8859-6", "cp720", "utf-8", "utf-16", "utf-32"),
    "حافلات جديدة تربط المدينة بالمرفأ القديم": ("cp1256", "iso8859-6", "cp720", "mac-arabic"),
    "חדשות מתל אביב והצפון": ("cp1255", "iso8859-8", "cp862", "utf-8-sig"),
    "خبر تازه از بندر گناوه": ("cp1256", "utf-8"),
    "Şehirde yağış, İzmir'de güneş": ("cp1254", "iso8859-9", "cp857"),
}
"""A title, and encodings in which it is written."""
DECLARED: Final = (
    "",
    "right",
    "us-ascii",
    "utf-8",
    "iso-8859-1",
    "bogus",
    "undefined",
    "unicode_escape",
    "idna",
)
"""What a document says of its encoding: nothing, the truth, or something else."""
FEED: Final = (
    '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">'
    "<channel><title>{text}</title><link>https://news.example/</link><description>{text}</description>"
    "<item><title>{text}</title><link>https://news.example/1</link><guid>{text}</guid>"
    "<pubDate>{text}</pubDate><author>{text}</author><dc:creator>{text}</dc:creator>"
    "<category>{text}</category><comments>{text}</comments><source url='{attribute}'>{text}</source>"
    "<description>{text}</description><content:encoded>{text}</content:encoded>"
    "<enclosure url='{attribute}' type='{attribute}' length='{attribute}'/>"
    "<media:content url='{attribute}' medium='image'><media:description>{text}</media:description>"
    "<media:credit>{text}</media:credit></media:content></item>"
    "<item><title>whole</title><guid>whole</guid></item></channel></rss>"
)
FEED_OF_ONE: Final = (
    "<rss version='2.0'><channel><title>{text}</title><item><title>{text}</title><guid>1</guid>"
    "<description>{text}</description></item></channel></rss>"
)


def documents() -> Iterator[Document]:
    """All of them."""
    yield from everywhere()
    yield from encodings()
    yield from addresses()
    yield from moments()


def everywhere() -> Iterator[Document]:
    """Each hostile thing in every field."""
    for group, things in (("term", CONTROLS | DIRECTIONS), ("html", MARKUP)):
        for name, text in things.items():
            for form in FORMS:
                attribute = html.escape(text, quote=True).replace("'", "&#39;")
                if form in ("ref", "ref2"):
                    attribute = written(text, form)
                body = FEED.format(text=written(text, form), attribute=attribute)
                yield Document(f"{name}.{form}", group, "", body.encode("utf-8", "surrogatepass"))


def encodings() -> Iterator[Document]:
    """Each title in each encoding, with each thing that may be said of it."""
    for text, codings in TEXTS.items():
        for coding in codings:
            for said in DECLARED:
                name = coding if said == "right" else said
                declaration = f'<?xml version="1.0" encoding="{name}"?>' if name else ""
                body = (declaration + FEED_OF_ONE.format(text=text)).encode(coding)
                yield Document(f"{coding}.{said}", "enc", text, body)


def addresses() -> Iterator[Document]:
    """Each address as link, in a text, and as an attached file."""
    for number, address in enumerate(ADDRESSES):
        inside = html.escape(html.escape(address), quote=True)
        outside = html.escape(address, quote=True)
        item = (
            f"<item><title>t</title><guid>g</guid><link>{outside}</link><enclosure url='{outside}'/>"
            f"<description>&lt;a href='{inside}'&gt;elsewhere.example&lt;/a&gt;</description></item>"
        )
        body = f"<rss version='2.0'><channel>{item}</channel></rss>"
        yield Document(f"address {number}", "links", "", body.encode("utf-8", "surrogatepass"))


def moments() -> Iterator[Document]:
    """Each date in RSS and in Atom."""
    for number, date in enumerate(DATES):
        rss = f"<item><title>t</title><guid>g</guid><pubDate>{html.escape(date)}</pubDate></item>"
        yield Document(f"rss {number}", "dates", date, f"<rss><channel>{rss}</channel></rss>".encode())
        atom = f"<entry><id>e</id><title>t</title><updated>{html.escape(date)}</updated></entry>"
        feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{atom}</feed>'
        yield Document(f"atom {number}", "dates", date, feed.encode())
