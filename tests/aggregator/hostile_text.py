"""Hostile text by rule: what stands in a field, a feed around it, and the same for queries and dates.

All invented. ``TOKENS`` are what steers terminals, turns text round, is markup, or makes parsers slow; a case
is put together of them by a random generator of which the seed is known.
"""

from __future__ import annotations

import html
import json
from random import Random
from typing import Final

ESC, BEL, CSI, OSC, ST = "\x1b", "\x07", "\x9b", "\x9d", "\x9c"
MARK: Final = "PWNMARK"
CONTROLS: Final = {
    "title": f"{ESC}]0;{MARK}{BEL}",
    "title-st": f"{ESC}]2;{MARK}{ESC}\\",
    "title-c1": f"{OSC}0;{MARK}{ST}",
    "clipboard": f"{ESC}]52;c;UFdO{BEL}",
    "link": f"{ESC}]8;;http://127.0.0.3/{ESC}\\{MARK}{ESC}]8;;{ESC}\\",
    "notify": f"{ESC}]9;{MARK}{BEL}{ESC}]777;notify;{MARK};x{BEL}",
    "file": f"{ESC}]1337;File=inline=1:UFdO{BEL}",
    "picture": f"{ESC}_Ga=T,f=100;UFdO{ESC}\\{ESC}Pq#0;2;0;0;0{ESC}\\",
    "colour": f"{ESC}[31;5m{MARK}{CSI}0m",
    "clear": f"{ESC}[2J{ESC}[H{ESC}c{ESC}[?1049h",
    "ask": f"{ESC}[6n{ESC}[c{ESC}[21t{ESC}]10;?{BEL}\x05",
    "paste": f"{ESC}[200~rm -rf x\r{ESC}[201~",
    "mouse": f"{ESC}[?1000h{ESC}[?1003h",
    "open": f"{ESC}[{ESC}]0;{ESC}P{ESC}X{ESC}^",
    "bells": BEL * 30,
    "back": "safe" + "\x08" * 4 + MARK,
    "return": f"safe\r{MARK}",
    "shift": "\x0e\x0fabc\x0e",
    "flow": "\x11\x13",
    "substitute": "\x1a\x18",
    "nul": "a\x00b",
    "delete": "a\x7f\x7fb",
    "c1": "".join(map(chr, range(0x80, 0xA0))),
    "lines": "a\x85b\u2028c\u2029d\x0be\x0cf",
}
DIRECTIONS: Final = {
    "override": "abc\u202egnp.exe",
    "embedding": "\u202b\u202a\u202dabc",
    "isolate": "abc\u2067\u2066\u2068def",
    "closing": "\u2069\u2069\u202cabc",
    "marks": "\u200e\u200f\u061cabc\u200e",
    "tags": "\U000e0001\U000e0041\U000e0042\U000e007f",
    "joiners": "\u200d" * 60 + "\u200b\u2060\ufeff",
    "zalgo": "e" + "\u0301\u0489\u20dd" * 40,
    "vocal": "ب" + "\u0651\u064e\u0670\u0655" * 9,
    "selectors": "☎" + "\ufe0f" * 30 + "\U000e0100" * 30,
    "family": "\u200d".join(["\U0001f468"] * 80),
    "wide": "Ａ界\u1100\u3000﷽𒐫꧅",
    "private": "\ue000\U000f0000\U0010fffd",
    "nonchar": "\ufffe\uffff\ufdd0\U0001ffff",
    "lone": "a\ud800b\udfffc",
    "hebrew": "ש\u05bc\u05c1\u05b8\u05c2\u05b0לום",
}
MARKUP: Final = {
    "action": "[@click=app.quit]free[/]",
    "close": "Talks resume [/b] today [/] [[",
    "terminal-link": "[link=file:///etc/passwd]x[/link]",
    "shell": "$(touch PWN) `touch PWN` ; touch PWN | sh",
    "option": "-oProxyCommand=touch --version",
    "format": "%s%n%x {0.__class__} ${jndi:x} {{7*7}}",
    "sql": "'; DROP TABLE articles; --",
    "path": "../../../../etc/passwd\x00.txt",
    "script": "<script>XSSMARK</script><p onclick=XSSMARK>x</p>",
    "image": "<img src=x onerror=XSSMARK><svg/onload=XSSMARK><math><mtext></mtext></math>",
    "style": "<style>XSSMARK</style><b style='background:url(javascript:XSSMARK)'>x</b>",
    "scheme": "<a href='java\tscript:XSSMARK'>x</a><a href='data:text/html,XSSMARK'>y</a>",
    "frame": "<iframe srcdoc='<script>XSSMARK</script>'></iframe><object data=x>XSS</object>",
    "plaintext": "<plaintext><textarea><xmp><!--",
    "torn": "<p <b <![CDATA[ ]]> <? <!x </ <a href='",
    "nested": "<div>" * 60 + "x",
    "references": "&#27;[31m&#x9b;31m&#0;&#xD800;&#x110000;&#99999999999;&amp;#27;&amp;amp;#x1b;",
    "names": "&nbsp;&lrm;&rlm;&zwnj;&shy;&nosuch;&copy",
    "word": "w" * 3000,
    "signs": "\U0001f1e6" * 99 + "\U0001f3fb" * 9,
}
TOKENS: Final = CONTROLS | DIRECTIONS | MARKUP
ADDRESSES: Final = (
    "javascript:XSSMARK",
    "JaVaScRiPt:XSSMARK",
    "java\nscript:XSSMARK",
    "data:text/html;base64,UFdO",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://harbour.example/x",
    "view-source:http://harbour.example/",
    "-oProxyCommand=touch",
    "--new-window",
    "http://",
    "http:///x",
    "http://[bad/",
    "http://[::1",
    "http://a\u202eb.example/",
    "http://harbour.example:99999/",
    "http://user:SECRETMARK@harbour.example/a b?c=\x1b[31m",
    "http://harbour.example/;touch PWN;$(x)`y`",
    "//harbour.example/x",
    "\\\\harbour.example\\x",
    "http:\\\\harbour.example\\x",
    "http://harbour.example\\@127.0.0.3/",
    "http://127.0.0.3:9/canary",
    "http://xn--80ak6aa92e.com/",
    "http://аррӏе.example/",
    "http://خبر.example/خبر?utm_source=x&id=7#y",
    "http://harbour.example/?utm_source=x&fbclid=y&id=3&amp;gclid=z",
    "../../../../etc/passwd",
    "?a=%0d%0aX:1",
    "#",
    "",
    "http://harbour.example/" + "a" * 3000,
)
DATES: Final = (
    "Mon, 06 Jan 2025 10:00:00 GMT",
    "2025-01-06T10:00:00+03:30",
    "2025-01-06",
    "2025-W02-1",
    "2025-006",
    "20250106T100000Z",
    "1736157600",
    "1403/10/17",
    "1403-10-17T10:00:00",
    "۱۷ دی ۱۴۰۳",
    "۱۴۰۳/۱۰/۱۷ ۱۲:۳۰",
    "١٧ كانون الثاني ٢٠٢٥",
    "٦ رجب ١٤٤٦",
    "1446-07-06",
    "6 רגב 5785",
    "ו׳ בטבת תשפ״ה",
    "6 Tevet 5785",
    "6 Ocak 2025 Pazartesi",
    "٢٠٢٥-٠١-٠٦",
    "Mon, 31 Feb 2025 25:61:61 +9999",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "10000-01-01",
    "-1",
    "1e999",
    "NaN",
    "now",
    "9" * 60,
    "2099-01-01T00:00:00Z",
    "Mon, 06 Jan 25 10:00 XYZ",
    "01/02/03",
)
WORDS: Final = ("", "ferry", "خبر", "חדשות", "اخبار می‌شود", "İstanbul", "Talks resume", "x")
QUERIES: Final = (
    *("AND", "OR", "NOT a", '"', '""', "'", "(", ")", "((", "*", "^a", "a*", "-", "--", "-a", "a-b", "a OR"),
    *("nosuch:x", "outlet:", "outlet:,", "lang:ar,", "since:2d", "since:99999999d", "until:2025-99-99"),
    *("outlets>=3", "outlets>=x", "outlets>=999999999999999999", "score:", "sort:oldest", "sort:x"),
    *("unread", "-unread", "starred", "NEAR(a b)", "rank MATCH 'x'", "title:[", "{", "}", "|", "a|b", ":"),
    *("zzz:1", "before:yesterday", "date:2025-99-99", "\u200b", "ı", "🇱🇧", "'; DROP TABLE articles; --"),
    *("%", "_", "tag:*", "filter:x", "::", "a:", "\\"),
)


def token(random: Random) -> str:
    """One hostile thing."""
    return random.choice((*TOKENS.values(), *ADDRESSES, *DATES))


def string(random: Random) -> bytes:
    """Some of them between words; as UTF-8 where lone surrogates are bytes too."""
    parts = [random.choice((token(random), random.choice(WORDS))) for _ in range(random.randrange(1, 5))]
    if random.random() < 0.2:
        parts = [html.escape(part) for part in parts]
    if random.random() < 0.3:
        parts.append("".join(chr(random.randrange(1, 0x3000)) for _ in range(random.randrange(20))))
    return random.choice(("", " ", "")).join(parts).encode("utf-8", "surrogatepass")


def date(random: Random) -> bytes:
    """A date of some calendar, perhaps damaged."""
    text = random.choice(DATES)
    for _ in range(random.choice((0, 1, 1, 3))):
        at = random.randrange(len(text) + 1)
        text = text[:at] + random.choice("0123456789٣۴:-/TZ+, ") + text[at + random.randrange(2) :]
    return text.encode()


def query(random: Random) -> bytes:
    """What somebody might type into the search, by mistake or not."""
    parts = [
        random.choice((random.choice(QUERIES), random.choice(WORDS))) for _ in range(random.randrange(1, 6))
    ]
    if random.random() < 0.2:
        parts.append(token(random))
    text = random.choice((" ", " ", "")).join(parts)
    if random.random() < 0.05:
        text = random.choice(("(", '"', "-", "a ", "a OR ")) * random.choice((20, 500, 20_000))
    return text.encode("utf-8", "surrogatepass")


def written(text: str, how: str) -> str:
    """``text`` as it stands in XML: raw, as references, as references twice, in CDATA, or as HTML."""
    if how == "cdata":
        return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
    if how == "ref":
        return "".join(char if char.isalnum() and char.isascii() else f"&#{ord(char)};" for char in text)
    if how == "ref2":
        return written(text, "ref").replace("&", "&amp;")
    return html.escape(html.escape(f"<p>{text}</p>")) if how == "html" else html.escape(text)


FORMS: Final = ("raw", "ref", "ref2", "cdata", "html")
FIELDS: Final = (
    *(
        "title",
        "link",
        "guid",
        "description",
        "author",
        "category",
        "pubDate",
        "comments",
        "dc:creator",
        "dc:date",
    ),
    *("content:encoded", "source", "media:title", "media:credit", "media:description", "itunes:author"),
)


def feed(random: Random) -> bytes:
    """A feed with hostile things in some of its fields."""
    if random.random() < 0.3:
        return atom(random)
    items = "".join(item(random) for _ in range(random.randrange(1, 6)))
    head = "".join(
        element(name, random) for name in random.sample(("title", "link", "description", "ttl"), 2)
    )
    spaces = "".join(
        f' xmlns:{prefix}="http://{prefix}.example/"' for prefix in ("dc", "content", "media", "itunes")
    )
    return f'<rss version="2.0"{spaces}><channel>{head}{items}</channel></rss>'.encode(
        "utf-8", "surrogatepass"
    )


def item(random: Random) -> str:
    """An item of an RSS feed."""
    inside = "".join(element(name, random) for name in random.sample(FIELDS, random.randrange(1, 9)))
    if random.random() < 0.3:
        url, kind = (html.escape(value(name, random)) for name in ("link", "title"))
        inside += (
            f'<enclosure url="{url}" type="{kind}" length="-1"/><media:content url="{url}" medium="image"/>'
        )
    return f"<item>{inside}</item>"


def value(name: str, random: Random) -> str:
    """What may stand in a field of this name."""
    if name in ("link", "guid", "comments", "source"):
        return random.choice(ADDRESSES)
    if name in ("pubDate", "dc:date", "updated", "published"):
        return random.choice(DATES)
    return string(random).decode("utf-8", "surrogatepass")


def element(name: str, random: Random) -> str:
    """An element with something in it."""
    return f"<{name}>{written(value(name, random), random.choice(FORMS))}</{name}>"


def atom(random: Random) -> bytes:
    """The same as Atom."""
    entries = ""
    for _ in range(random.randrange(1, 5)):
        kind = random.choice(("text", "html", "xhtml", "text/plain", "image/png"))
        link = html.escape(random.choice(ADDRESSES))
        inside = element("id", random) + element("updated", random) + element("title", random)
        inside += f'<link rel="alternate" href="{link}"/><content type="{kind}" xml:base="{link}">'
        entries += (
            f"<entry>{inside}{written(value('content', random), random.choice(FORMS))}</content></entry>"
        )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>{entries}</feed>'.encode(
        "utf-8", "surrogatepass"
    )


def json_feed(random: Random) -> bytes:
    """The same as JSON Feed, with values of the wrong kind here and there."""
    odd = (None, True, -1, 1e308, 10**30, [], {}, [None], "x", {"name": "n"}, [{"name": 5}])
    keys = (
        "id",
        "url",
        "external_url",
        "title",
        "summary",
        "content_html",
        "content_text",
        "image",
        "language",
    )
    keys += ("date_published", "date_modified", "authors", "author", "tags", "attachments")

    def one(key: str) -> object:
        if random.random() < 0.3:
            return random.choice(odd)
        if key == "attachments":
            return [{"url": random.choice(ADDRESSES), "mime_type": string(random).decode("utf-8", "replace")}]
        kind = {"url": "link", "date_published": "pubDate", "date_modified": "pubDate"}.get(key, key)
        return value(kind, random)

    items = [{key: one(key) for key in random.sample(keys, random.randrange(8))} for _ in range(3)]
    document = {"version": "https://jsonfeed.org/version/1.1", "title": one("title"), "next_url": one("url")}
    text = json.dumps(document | {"items": [*items, random.choice(odd)]}, ensure_ascii=random.random() < 0.5)
    return text[: random.choice((len(text), len(text), random.randrange(len(text)))) or 1].encode(
        "utf-8", "surrogatepass"
    )
