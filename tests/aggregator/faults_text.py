"""The faults of documents: odd types and pages, encodings, XML, what a terminal must never see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.aggregator.faults_http import HTML, feed
from tests.aggregator.httpserver import reply
from tests.aggregator.rounds import item, rss

if TYPE_CHECKING:
    from tests.aggregator.faultserver import Faults

ARABIC, HEBREW, TURKISH = "خبر من بيروت", "ידיעה מחיפה", "İzmir'den ışıklı haber"
XML = "application/rss+xml"


def typed(f: Faults) -> None:
    """type, html, body: what a document says it is, and what it is."""
    body = feed("typed")
    kinds = ("text/plain", "text/html", "application/octet-stream", "image/png", "nonsense", "text/xml;")
    for place, kind in enumerate(kinds):
        f.ok(f"/type/{place}", reply(body, Content_Type=kind))
    f.ok("/type/none", reply(body))
    items = (
        b'{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "title": "1"}]}'
    )
    f.ok("/type/json", reply(items, Content_Type="application/feed+json"), items=1, title="1")
    page, html = "a web page, not a feed", {"Content_Type": "text/html"}
    link = b'<link rel="alternate" type="application/rss+xml" href="/type/none">'
    linked = HTML.replace(b"</head>", link + b"</head>")
    f.bad("/html/login", reply(HTML, **html), page)
    f.bad("/html/discovery", reply(linked, **html), page)
    f.bad("/html/as-xml", reply(HTML, Content_Type=XML), page)
    f.bad("/html/xhtml", reply(b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>'), page)
    f.bad("/html/parked", reply(b"<html><body>This domain is for sale</body></html>", **html), page)
    f.bad("/html/fragment", reply(b"<p>Down for maintenance</p>", **html), page)
    others = {
        "empty": b"",
        "space": b" \n ",
        "nul": b"\0" * 900,
        "png": b"\x89PNG\r\n\x1a\n" + b"\0" * 90,
        "pdf": b"%PDF-1.7\n",
        "zip": b"PK\x03\x04....",
        "json": b'{"error": "gone"}',
        "json-list": b"[]",
        "text": b"Service unavailable",
        "path": b"/etc/passwd",
        "url": f.canary.url("/body").encode(),
        "opml": b"<opml version='2.0'/>",
        "svg": b"<svg xmlns='x'/>",
        "sitemap": b"<urlset/>",
        "other": b"<?xml version='1.0'?><note/>",
    }
    for name, data in others.items():
        f.bad(f"/body/{name}", reply(data, Content_Type=XML))
    f.ok("/feed/empty", reply(rss()), items=0)
    f.ok("/feed/no-guid", reply(rss("<item><title>Alone</title></item>")), items=1, title="Alone")
    f.ok("/feed/validators", reply(body, ETag="unquoted", Last_Modified="in 2041"))
    f.ok("/feed/maxage", reply(body, Cache_Control="max-age=99999999999999999999, private"))
    f.ok("/feed/maxage-bad", reply(body, Cache_Control="max-age=soon, ,=,;", Expires="never"))


def charsets(f: Faults) -> None:
    """charset: which letters these are."""

    def one(
        name: str, title: str, encoding: str, said: str = "", kind: str = XML, expect: str = "ok"
    ) -> None:
        document = rss(item(1, "@")).decode().replace('"1.0"', f'"1.0" encoding="{said or encoding}"', 1)
        data = document.replace("@", title).encode(encoding, "surrogatepass")
        more = {"items": 1, "title": title} if expect == "ok" else {}
        f.add(f"/charset/{name}", expect, reply(data, Content_Type=kind), **more)

    one("utf-8", ARABIC, "utf-8")
    one("windows-1256", ARABIC, "windows-1256")
    one("iso-8859-6", ARABIC, "iso-8859-6")
    one("windows-1255", HEBREW, "windows-1255")
    one("iso-8859-8", HEBREW, "iso-8859-8")
    one("windows-1254", TURKISH, "windows-1254")
    one("iso-8859-9", TURKISH, "iso-8859-9")
    one("utf-16", ARABIC, "utf-16")
    one("header-beats-decl", ARABIC, "windows-1256", "utf-8", f"{XML}; charset=windows-1256")
    one("bom-beats-decl", HEBREW, "utf-8-sig", "windows-1255")
    one("bom-beats-header", HEBREW, "utf-8-sig", "utf-8", f"{XML}; charset=windows-1255")
    one("utf-16-le", ARABIC, "utf-16-le", expect="either")
    one("utf-32", ARABIC, "utf-32", expect="either")
    one("cesu", "\ud83d\ude00", "utf-8", expect="either")
    one("mislabelled", ARABIC, "windows-1256", "utf-8", expect="either")
    for name in ("idna", "zlib", "undefined", "unicode_escape", "no-such", "x" * 5000):
        one(f"codec-{name[:20]}", "Plain", "ascii", name, expect="either")
    f.odd("/charset/nul-name", reply(rss(item(1)).replace(b"?>", b' encoding="a\0b"?>', 1)))
    f.odd("/charset/invalid", reply(rss(item(1, "a@b")).replace(b"a@b", b"a\xff\xfe\xc0b")))


def documents(f: Faults) -> None:
    """xml: what a parser must survive; nothing named in a document is opened or fetched."""
    canary = f.canary.url("/entity")

    def xml(name: str, expect: str, prolog: str, text: str = "Safe", **more: object) -> None:
        data = rss(item(1, text)).decode().replace('<?xml version="1.0"?>', f'<?xml version="1.0"?>{prolog}')
        f.add(f"/xml/{name}", expect, reply(data.encode(), Content_Type=XML), **more)

    ten = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    xml("laughs", "either", f'<!DOCTYPE r [<!ENTITY l0 "ha">{ten}]>', "&l11;")
    xml("quadratic", "either", f'<!DOCTYPE r [<!ENTITY q "{"q" * 50_000}">]>', "&q;" * 5000)
    xml("xxe-file", "either", '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;")
    xml("xxe-http", "either", f'<!DOCTYPE r [<!ENTITY x SYSTEM "{canary}">]>', "&x;")
    xml("dtd-http", "either", f'<!DOCTYPE rss SYSTEM "{canary}">')
    xml("parameter", "either", f'<!DOCTYPE r [<!ENTITY % p SYSTEM "{canary}"> %p;]>')
    xml("stylesheet", "ok", f'<?xml-stylesheet href="{canary}" type="text/xsl"?>', items=1, title="Safe")
    include = f'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{canary}"/></x>'
    f.odd("/xml/xinclude", reply(rss(item(1), include)))
    f.odd("/xml/deep", reply(rss(item(1) + "<a>" * 20_000)))
    attributes = "".join(f' a{n}="1"' for n in range(50_000))
    f.odd("/xml/attrs", reply(rss(f"<item{attributes}><title>Many</title></item>")))
    f.odd(
        "/xml/author-redos", reply(rss(f"<item><title>Long</title><author>{'a@' * 30_000}</author></item>"))
    )
    f.ok("/xml/huge-title", reply(rss(item(1, "long " * 300_000))), items=1)
    f.odd("/xml/cut", reply(feed("cut")[:-60]))
    f.ok("/xml/leading-space", reply(b"\n\n  " + feed("spaced")))
    f.ok("/xml/warning", reply(b"<b>Warning</b>: something at line 3\n" + feed("warned")))
    f.ok("/xml/ampersand", reply(rss(item(1, "R & D"))), items=1, title="R & D")
    f.ok("/xml/prefix", reply(rss(item(1, "Prefix") + "<zz:unknown>x</zz:unknown>")), items=1)
    f.ok(
        "/xml/base",
        reply(rss(item(1, "Based")).replace(b"<rss", b'<rss xml:base="javascript:alert(1)"')),
        items=1,
    )
    for name, seconds in {"year-0": "0000", "year-10000": "10000", "letters": "soon"}.items():
        f.ok(
            f"/xml/date-{name}",
            reply(rss(item(1, name, when=f"Mon, 01 Jan {seconds} 00:00:00 GMT"))),
            items=1,
        )


def terminal(f: Faults) -> None:
    """term: what must not reach a screen; the route says only that the articles come."""
    hostile = {
        "esc": "a&#27;[31mb",
        "raw-esc": "a\x1b]0;owned\x07b",
        "c1": "a\x9b31mb",
        "osc52": "a\x9d52;c;eA==\x9cb",
        "bidi": "a\u202egnp.exe",
        "markup": "[@click=app.quit]a[/] [/b]",
        "zalgo": "a" + "\u0301" * 900,
        "tags": "a\U000e0041b",
        "nul": "a&#0;b",
        "width": "\ufdfd" * 90,
    }
    for name, title in hostile.items():
        f.odd(f"/term/{name}", reply(rss(item(1, title)), Content_Type=f"{XML}; charset=utf-8"))
    pixel = f'<img src="{f.canary.url("/pixel")}" width="1" height="1"><p>Text.</p>'
    f.ok("/term/pixels", reply(rss(item(1, "Pixels", pixel))), items=1, title="Pixels")


TABLES = (typed, charsets, documents, terminal)
