"""Documents made to burn time or memory, invented here; each is worth one line: name -> what is fed."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
END = b"</channel></rss>"


def entry(inside: bytes, number: int = 1) -> bytes:
    return b"<item><title>T%d</title><link>http://a.example/%d</link>%s</item>" % (number, number, inside)


def feed(*items: bytes) -> bytes:
    return HEAD + b"".join(items) + END


def attributes(count: int) -> bytes:
    return b" ".join(b'a%d="1"' % number for number in range(count))


def body(markup: bytes) -> bytes:
    return feed(entry(b"<description><![CDATA[" + markup + b"]]></description>"))


def laughs(levels: int = 9) -> bytes:
    """Entities within entities, ten times each."""
    rounds = b"".join(
        b'<!ENTITY %c "%s">' % (98 + level, (b"&%c;" % (97 + level)) * 10) for level in range(levels)
    )
    head = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "' + b"ha" * 50 + b'">' + rounds + b"]>"
    return head + b"<rss><channel><title>&%c;</title>" % (97 + levels) + entry(b"") + END


def quick() -> Iterator[tuple[str, bytes]]:
    """Those that must be over in moments."""
    author = b"<author>%s</author>"
    yield "64 kB author", feed(entry(author % (b"a" * 64_000)))
    yield "500 kB author", feed(entry(author % (b"a" * 500_000)))
    yield "author in CDATA", feed(entry(author % (b"<![CDATA[" + b"a." * 32_000 + b"]]>")))
    yield "2,000 long authors", feed(*(entry(author % (b"a" * 900), n) for n in range(2000)))
    yield "100,000 attributes", feed(entry(b"<x " + attributes(100_000) + b"/>"))
    yield "500,000 div", body(b"<div>" * 500_000)
    yield "20,000 lists", body(b"<ul><li>" * 20_000)
    yield "200,000 open tags", body(b"<p" * 200_000)
    yield "100,000 open comments", body(b"<!--" * 100_000)
    yield "100,000 links", body(b'<a href="http://x.example/">' * 100_000)
    yield "table", body(b"<table>" + b"<tr><td>" * 30_000)
    yield "formatting", body(b"<b>" * 80_000 + b"<p>" * 1000)
    yield "20,000 items", feed(*(entry(b"<description>d</description>", n) for n in range(20_000)))
    yield "nested items", HEAD + b"<item><title>x</title><item></item></item>" * 50_000 + END
    yield "1,000,000 open elements", HEAD + b"<a>" * 1_000_000
    yield "200,000 elements deep", HEAD + b"<a>" * 200_000 + b"</a>" * 200_000 + END
    namespaces = b" ".join(b'xmlns:n%d="http://x/%d"' % (n, n) for n in range(2000))
    yield "2,000 namespaces", b"<rss " + namespaces + b"><channel>" + entry(b"") * 50 + END
    yield "laughs", laughs()
    spelled = laughs().decode().replace('1.0"', '1.0" encoding="utf-16"', 1)
    yield "laughs in UTF-16", b"\xff\xfe" + spelled.encode("utf-16-le")
    entity = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "' + b"a" * 100_000 + b'">]>'
    yield "quadratic", entity + b"<rss><channel><title>" + b"&a;" * 10_000 + b"</title>" + entry(b"") + END
    yield "4 MB title", feed(entry(b"").replace(b"T1", b"T" * 4_000_000))
    yield "9 MB of &", HEAD + b"&" * 9_000_000
    yield "9 MB of <", HEAD + b"<" * 9_000_000
    yield "9 MB of &nbsp;", feed(entry(b"<description>" + b"&nbsp;" * 1_500_000 + b"</description>"))
    start = b'{"version":"https://jsonfeed.org/version/1.1","title":"x","items":['
    yield "deep JSON", start + b"[" * 4_000_000
    yield "500,000 JSON items", start + b",".join(b'{"id":"%d"}' % n for n in range(500_000)) + b"]}"
    yield "10 MB of NUL", bytes(10_000_000)
    yield "9 MB guid", feed(entry(b"<guid>" + b"g" * 9_000_000 + b"</guid>"))
    yield "1 MB of dates", feed(entry(b"<pubDate>" + b"Mon, " * 200_000 + b"</pubDate>"))
