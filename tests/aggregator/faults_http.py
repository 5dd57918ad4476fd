"""The faults of connections, HTTP, codings, redirects, statuses and TLS."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Callable
from email.utils import formatdate
from typing import TYPE_CHECKING

from tests.aggregator.httpserver import CLOSE, RESET, Drip, Endless, Gate, Request, Server, redirect, reply
from tests.aggregator.rounds import item, rss

if TYPE_CHECKING:
    from tests.aggregator.faultserver import Faults

DAY = 86_400
SECRET = "SECRETMARK"  # of every password here: it may be in requests and nowhere else
LOGIN = f'username = "me"\npassword = "{SECRET}"'
KEY = f'headers = {{ "X-Api-Key" = "{SECRET}" }}'
PLAIN = b"HTTP/1.1 200 OK\r\n"
CHUNKED = PLAIN + b"Transfer-Encoding: chunked\r\n\r\n"
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Members only.</p></body></html>"
CHALLENGE = (
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    b"<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)


def feed(name: str, items: int = 2) -> bytes:
    """A sound feed whose items are called after ``name``."""
    return rss(*(item(n, f"{name} number {n}", guid=f"{name}/{n}") for n in range(items)))


def sized(body: bytes, length: object) -> bytes:
    """An answer that says it has another length."""
    return PLAIN + f"Content-Length: {length}\r\n\r\n".encode() + body


def chunks(body: bytes, size: int, extension: bytes = b"", end: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunks."""
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + end


def coded(body: bytes, coding: str) -> bytes:
    """An answer that says how it is coded."""
    return reply(body, Content_Encoding=coding)


def connections(f: Faults) -> None:
    """hang, drip, close: nothing comes, or too slowly, or not all of it."""
    slow = "no answer within"
    f.subscribe(f"http://127.0.0.1:{f.mute()}/hang/accept", "error", words=slow)
    f.bad("/hang/headers", [Gate()], slow)
    f.bad("/hang/body", [sized(feed("hang")[:90], 900), Gate()], slow)
    f.bad("/hang/chunk", [CHUNKED + b"5\r\n<rss>\r\n", Gate()], slow)
    f.bad("/hang/gzip", [coded(gzip.compress(feed("hang")), "gzip")[:-9], Gate()], slow)
    f.bad("/drip/headers", [Drip(reply(feed("drip")), 0.2)], slow)
    f.bad("/drip/body", [sized(b"", 9000), Drip(feed("drip"), 0.2)], slow)
    f.ok("/drip/slow-ok", [sized(b"", 400), Drip(feed("slow", 1)[:399].ljust(400), 0.001)], items=1)
    body = feed("slow")
    f.ok("/drip/pieces-ok", [sized(b"", len(body)), body[:40], Drip(body[40:90], 0.01), body[90:]])
    f.bad("/close/rst", [RESET], "connection reset by host")
    f.bad("/close/silent", [CLOSE], "closed the connection without an answer")
    f.bad("/close/status", [PLAIN, CLOSE], "rules of HTTP")
    f.bad("/close/body", [sized(feed("cut")[:90], 900), CLOSE], "cut short")
    f.bad("/close/body-rst", [sized(feed("cut")[:90], 900), RESET])
    f.ok("/close/keepalive", [reply(feed("keep")), CLOSE])
    f.ok("/close/keepalive-again", [reply(feed("keep")), CLOSE])
    f.ok("/close/until-close", [PLAIN + b"\r\n" + feed("until"), CLOSE])
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    f.subscribe(f"http://127.0.0.1:{port}/closed/port", "error", words="connection refused")
    f.subscribe("http://name.invalid/closed/dns", "error")


def lengths(f: Faults) -> None:
    """chunk, len, endless: how long an answer is."""
    body = feed("lengths")
    f.ok("/chunk/plain", CHUNKED + chunks(body, 100))
    f.ok("/chunk/one-byte", CHUNKED + chunks(body, 1))
    f.ok("/chunk/extensions", CHUNKED + chunks(body, 64, b';a="b";c'))
    f.ok("/chunk/trailers", CHUNKED + chunks(body, 64, end=b"0\r\nX-Sum: 1\r\n\r\n"))
    f.ok("/chunk/upper-case", CHUNKED + b"%X\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    f.bad("/chunk/bad-size", [CHUNKED + b"zz\r\n" + body, CLOSE], "rules of HTTP")
    f.bad("/chunk/negative", [CHUNKED + b"-5\r\n" + body, CLOSE], "rules of HTTP")
    f.bad("/chunk/huge-size", [CHUNKED + b"f" * 16 + b"\r\n" + body, CLOSE])
    f.bad("/chunk/longest-size", [CHUNKED + b"f" * 400 + b"\r\n" + body, CLOSE])
    f.bad("/chunk/no-end", [CHUNKED + chunks(body, 100, end=b""), CLOSE], "cut short")
    f.bad("/chunk/truncated", [CHUNKED + b"%x\r\n%s" % (len(body), body[:50]), CLOSE], "cut short")
    f.bad("/chunk/no-newline", [CHUNKED + b"5\r\n<rss>XX", CLOSE])
    f.ok("/len/exact", reply(body))
    f.odd("/len/short", [sized(body, len(body) - 40), CLOSE])
    f.bad("/len/long", [sized(body, len(body) + 40), CLOSE], "cut short")
    for name, length in {
        "negative": "-5",
        "letters": "five",
        "plus": "+5",
        "hex": "0x99",
        "none": "",
    }.items():
        f.bad(f"/len/{name}", [sized(body, length), CLOSE], "rules of HTTP")
    f.bad("/len/huge", [sized(body, 10**12), CLOSE], "larger than")
    f.bad("/len/absurd", [sized(body, 10**40), CLOSE])
    f.bad("/len/two", [PLAIN + b"Content-Length: 3\r\nContent-Length: 9\r\n\r\n" + body, CLOSE])
    f.bad("/len/both", [sized(CHUNKED.partition(b"\r\n")[2] + body, 5)[:-2], CLOSE])
    f.bad("/len/and-chunked", [PLAIN + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n", CLOSE])
    f.bad("/len/coding-unknown", [PLAIN + b"Transfer-Encoding: gzip\r\n\r\n" + body, CLOSE])
    f.bad("/endless/items", [CHUNKED, Endless(b"4000\r\n" + b"<item/>\n" * 2048 + b"\r\n")], "larger")
    f.bad("/endless/spaces", [PLAIN + b"\r\n", Endless(b" " * 65536)], "larger than")
    f.bad("/endless/headers", [PLAIN, Endless(b"X-More: and more\r\n" * 500)], "rules of HTTP")
    f.bad("/endless/1xx", [Endless(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50)], "rules of HTTP")
    f.bad("/endless/chunk-ext", [CHUNKED + b"5;x=", Endless(b"y" * 9000)], "rules of HTTP")
    f.bad("/endless/chunk-exts", [CHUNKED, Endless(b"1;x=" + b"y" * 50_000 + b"\r\n<\r\n")])
    f.bad("/endless/trailers", [CHUNKED + b"0\r\n", Endless(b"X-More: and more\r\n" * 500)])
    f.bad("/endless/status", [b"HTTP/1.1 200 ", Endless(b"OK" * 9000)], "rules of HTTP")


def heads(f: Faults) -> None:
    """header: odd status lines and headers."""
    body = feed("heads")

    def odd(name: str, expect: str, head: bytes, tail: bytes = body) -> None:
        f.add(f"/header/{name}", expect, [head + b"\r\n" + tail, CLOSE], items=2 if expect == "ok" else None)

    odd("http10", "ok", b"HTTP/1.0 200 OK\r\n")
    odd("no-reason", "ok", b"HTTP/1.1 200\r\n")
    odd("lower-case", "ok", PLAIN + b"content-type: application/rss+xml\r\n")
    odd("cookie", "ok", PLAIN + b"Set-Cookie: id=1; Path=/\r\n")
    odd("hint", "ok", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN)
    odd("two-types", "ok", PLAIN + b"Content-Type: text/plain\r\nContent-Type: text/xml\r\n")
    odd("reason", "either", b"HTTP/1.1 200 \x1b]0;owned\x07\r\n")
    odd("bytes", "either", PLAIN + b"X-Name: \xff\xfe\x1b[31m\r\n")
    odd("nul", "error", PLAIN + b"X-Name: a\0b\r\n")
    odd("folded", "either", PLAIN + b"X-Name: a\r\n b\r\n")
    odd("space-colon", "either", PLAIN + b"X-Name : a\r\n")
    odd("many", "either", PLAIN + b"X-Name: a\r\n" * 2000)
    odd("huge", "error", PLAIN + b"X-Name: " + b"a" * 200_000 + b"\r\n")
    odd("huge-etag", "ok", PLAIN + b'ETag: "' + b"a" * 30_000 + b'"\r\n')
    odd("lf", "either", b"HTTP/1.1 200 OK\nContent-Type: text/xml\n")
    odd("http2", "either", b"HTTP/2.0 200 OK\r\n")
    odd("status-letters", "error", b"HTTP/1.1 abc OK\r\n")
    odd("status-huge", "error", b"HTTP/1.1 99999 OK\r\n")
    f.odd("/header/http09", [body, CLOSE])
    f.bad("/header/status-garbage", [b"SSH-2.0-OpenSSH_9.9\x1b[2J\r\n", CLOSE], "rules of HTTP")
    f.bad("/header/mail", [b"220 mail.example ESMTP\r\n", CLOSE], "rules of HTTP")
    f.bad("/header/101", [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", CLOSE])


def codings(f: Faults) -> None:
    """enc, bomb: what is done to a body on its way."""
    body = feed("codings")
    packed = gzip.compress(body)
    raw = zlib.compressobj(wbits=-15)
    f.ok("/enc/gzip", coded(packed, "gzip"))
    f.ok("/enc/x-gzip", coded(packed, "x-gzip"))
    f.ok("/enc/GZIP", coded(packed, "GZIP"))
    f.ok("/enc/identity", coded(body, "identity"))
    f.ok("/enc/deflate", coded(zlib.compress(body), "deflate"))
    f.ok("/enc/deflate-raw", coded(raw.compress(body) + raw.flush(), "deflate"))
    f.ok("/enc/gzip-chunked", CHUNKED[:-2] + b"Content-Encoding: gzip\r\n\r\n" + chunks(packed, 7))
    f.ok("/enc/members", coded(gzip.compress(body[:200]) + gzip.compress(body[200:]), "gzip"))
    f.ok("/enc/trailing", coded(packed + b"\0" * 9, "gzip"))
    f.bad("/enc/double", coded(gzip.compress(packed), "gzip"), "compressed data")
    f.odd("/enc/double-said", coded(gzip.compress(packed), "gzip, gzip"))
    f.bad("/enc/unsaid", reply(packed), "compressed data")
    f.bad("/enc/lie-gzip", coded(body, "gzip"), "damaged")
    f.bad("/enc/empty", coded(b"", "gzip"))
    f.bad("/enc/truncated", coded(packed[:-30], "gzip"), "cut short")
    f.bad("/enc/no-trailer", coded(packed[:-8], "gzip"), "cut short")
    f.bad("/enc/bad-crc", coded(packed[:-8] + b"\0" * 8, "gzip"), "damaged")
    f.bad("/enc/br-unasked", coded(b"\x8b\x02\x80rss\x03", "br"), 'coded as "br"')
    f.bad("/enc/zstd-unasked", coded(b"\x28\xb5\x2f\xfd" + body, "zstd"), 'coded as "zstd"')
    f.bad("/enc/unknown", coded(body, "\x1b[31m"))
    f.bad("/enc/empty-members", coded(gzip.compress(b"") * 5000, "gzip"), "no end")
    bomb = gzip.compress(b"\0" * 50_000_000, 1)
    f.bad("/bomb/gzip", coded(bomb, "gzip"), "larger than")
    f.bad("/bomb/deflate", coded(zlib.compress(b" " * 50_000_000, 1), "deflate"), "larger than")
    f.bad("/bomb/gzip-gzip", coded(gzip.compress(bomb), "gzip"))
    f.bad("/bomb/feed", coded(gzip.compress(body[:-20] + b" " * 50_000_000, 1), "gzip"), "larger")
    f.bad("/bomb/members", coded(gzip.compress(b"\0" * 100_000) * 400, "gzip"), "larger than")


def redirects(f: Faults) -> None:
    """redir: where answers lead."""
    good = feed("redirected")
    for lane in f.lanes:
        lane.answer("/good", reply(good))
    f.foreign.answer("/good", reply(good))
    for status in (302, 303, 307):
        f.ok(f"/redir/{status}", redirect("/good", status))
    for status in (301, 308):
        f.add(f"/redir/{status}", "moved", redirect("/good", status), items=2)
    for status in (300, 305, 306):
        f.bad(f"/redir/{status}", redirect("/good", status), str(status))
    relative(f)
    hops(f)
    for name, location in {
        "none": "", "garbage": "http://[::1", "space": "http://a b/", "port": "http://127.0.0.1:99999/",
        "file": "file:///etc/passwd", "ftp": "ftp://127.0.0.3/", "gopher": "gopher://127.0.0.3:70/",
        "data": "data:application/rss+xml,<rss/>", "javascript": "javascript:alert(1)", "no-host": "http:///x",
    }.items():  # fmt: skip
        f.bad(f"/redir/{name}", redirect(location))
    f.bad("/redir/no-location", reply(status=302), "says not where to")
    f.ok("/redir/body", [redirect("/good", Content_Length="99999"), b"x" * 70_000, CLOSE])
    f.bad("/redir/perm-html", redirect("/redir/page", 301), "a web page, not a feed")
    f.bad("/redir/captive", redirect("/redir/page"), "a web page, not a feed")
    f.bad("/redir/perm-404", redirect("/nowhere", 301), "404")
    for lane in f.lanes:
        lane.answer("/redir/page", reply(HTML, Content_Type="text/html"))
    private(f)


def relative(f: Faults) -> None:
    """Locations that are whole only beside the address that gave them, and those that are more than that."""
    lane = f.lanes[0]
    lane.answer("/redir/good?x", reply(feed("redirected")))
    at = lane.url("")[len("http:") :]
    locations = {
        "relative": "good?x",
        "absolute-path": "/good",
        "fragment": "/good#part",
        "dots": "/a/../good",
        "no-scheme": f"{at}/good",
        "upper": f"HTTP:{at}/good",
        "login": f"http://a:b@{at[2:]}/good",
    }
    for name, location in locations.items():
        f.ok(f"/redir/{name}", redirect(location), server=lane)


def hops(f: Faults) -> None:
    """Chains."""
    lane = f.lanes[0]
    for left in range(8):
        lane.answer(f"/redir/chain-{left}", redirect(f"/redir/chain-{left - 1}" if left else "/good"))
        lane.answer(f"/redir/slow-{left}", [Drip(b"H", 0.9), redirect(f"/redir/slow-{left - 1}")[1:]])
    f.subscribe(lane.url("/redir/chain-4"), "ok", items=2)
    f.subscribe(lane.url("/redir/chain-5"), "error", words="more than 5 redirects")
    f.subscribe(lane.url("/redir/slow-7"), "error")
    f.bad("/redir/self", redirect("/redir/self"), "in a loop", server=lane)
    f.bad("/redir/loop-a", redirect("/redir/loop-b"), "in a loop", server=lane)
    lane.answer("/redir/loop-b", redirect("/redir/loop-a"))
    f.bad("/redir/endless", redirect("/redir/endless/1"), "more than 5", server=lane)
    for step in range(1, 9):
        lane.answer(f"/redir/endless/{step}", redirect(f"/redir/endless/{step + 1}"))
    f.ok("/redir/perm-temp", redirect("/redir/302-here", 301), server=lane)
    f.ok("/redir/temp-perm", redirect("/redir/301-here", 302), server=lane)
    lane.answer("/redir/302-here", redirect("/good", 302))
    lane.answer("/redir/301-here", redirect("/good", 301))


def private(f: Faults) -> None:
    """Where no redirect and no subscription may lead; and a foreign host, which may see nothing of ours."""
    port = f.canary.port
    spellings = (
        *("127.0.0.3", "2130706435", "0x7f000003", "0177.0.0.3", "127.3", "0x7f.0.0.3"),
        *("[::ffff:127.0.0.3]", "[::ffff:7f00:3]", "[64:ff9b::7f00:3]", "[2002:7f00:3::]", "127.0.0.3."),
        *(
            "[::1]",
            "0.0.0.0",
            "[::]",
            "10.0.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "172.16.0.1",
        ),
        *("[fe80::1]", "[fd00::1]", "224.0.0.1", "255.255.255.255", "192.0.2.1", "localhost"),
    )
    for place, host in enumerate(spellings):
        f.bad(f"/redir/private-{place}", redirect(f"http://{host}:{port}/canary"))
    for host in spellings[:8]:
        f.subscribe(f"http://{host}:{port}/subscribed", "error")
    f.ok("/redir/foreign", redirect(f.foreign.url("/good")))
    f.ok("/redir/foreign-secret", redirect(f.foreign.url("/good")), keys=f"{LOGIN}\n{KEY}")


def statuses(f: Faults) -> None:
    """status, auth, later: answers that are no feed."""
    for status in (
        201,
        202,
        203,
        204,
        205,
        206,
        207,
        226,
        400,
        402,
        404,
        405,
        406,
        408,
        418,
        421,
        500,
        501,
        502,
        504,
    ):
        f.bad(f"/status/{status}", reply(b"" if status == 204 else b"no", status=status), str(status))
    named = {401: "asks for a password", 403: "refuses us access", 407: "asks for a password", 451: "legal"}
    for status, words in {**named, 520: "520", 599: "599", 999: "999"}.items():
        f.bad(f"/status/{status}", reply(b"no", status=status), words)
    f.bad("/status/304-unasked", reply(status=304), "304 though")
    f.add("/status/410", "gone", reply(status=410), words="gone for good")
    f.bad("/status/500-feed", reply(feed("refusal"), status=500), "500")
    html = {"Content_Type": "text/html"}
    check = "blocked by a bot check"
    f.bad("/status/cloudflare", reply(CHALLENGE, status=403, Cf_Mitigated="challenge", **html), check)
    f.bad("/status/challenge-503", reply(CHALLENGE, status=503, **html), check)
    f.bad("/status/challenge-429", reply(CHALLENGE, status=429, **html), check)
    f.bad("/html/challenge", reply(CHALLENGE, **html), check)
    f.bad("/html/challenge-said", reply(HTML, Cf_Mitigated="challenge", **html), check)
    auth(f)
    now = formatdate(usegmt=True)
    waits = {
        "seconds": ("7200", 7200),
        "date": ("Wed, 01 Jan 2020 03:00:00 GMT", 10_800),
        "huge": ("9" * 30, 6 * DAY),
        "negative": ("-5", 3000),
        "garbage": ("soon", 3000),
        "zero": ("0", 3000),
        "past": ("Wed, 01 Jan 2019 00:00:00 GMT", 3000),
    }
    for status in (429, 503):
        f.add(f"/later/{status}-none", "later", reply(status=status), wait=3000)
        for name, (told, wait) in waits.items():
            date = "Wed, 01 Jan 2020 00:00:00 GMT" if name == "date" else now
            answer = reply(status=status, Retry_After=told, Date=date)
            f.add(f"/later/{status}-{name}", "later", answer, wait=wait)


def auth(f: Faults) -> None:
    """Who is let in."""

    def only(name: str, value: str) -> Callable[[Request], bytes]:
        def answer(request: Request) -> bytes:
            return reply(feed("auth")) if request.header(name) == value else reply(b"no", status=401)

        return answer

    basic = only("Authorization", "Basic bWU6U0VDUkVUTUFSSw==")
    f.bad("/auth/without", basic, "asks for a password")
    f.bad("/auth/wrong", basic, "asks for a password", keys='username = "me"\npassword = "no"')
    f.ok("/auth/basic", basic, keys=LOGIN)
    told = 'username = "me"\npassword_command = ["printf", "SECRET%s\\\\nnote", "MARK"]'
    f.ok("/auth/command", basic, keys=told)
    fails = 'username = "me"\npassword_command = ["false"]'
    f.bad("/auth/command-fails", basic, "password_command failed", keys=fails)
    f.bad("/auth/command-missing", basic, "cannot be used", keys=fails.replace("false", "/nowhere/x"))
    key = f'headers = {{ "X-Api-Key" = "a {{password}}" }}\npassword = "{SECRET}"'
    f.ok("/auth/header", only("X-Api-Key", f"a {SECRET}"), keys=key)
    url = f.lanes[-1].answer("/auth/address", basic)
    f.subscribe(url.replace("://", f"://me:{SECRET}@"), "ok", items=2)
    f.lanes[-1].answer("/auth/final", basic)
    f.ok("/auth/redirected", redirect("/auth/final"), server=f.lanes[-1], keys=LOGIN)


def secure(f: Faults) -> None:
    """tls: who the server is."""
    good = f.tls("member")
    f.ok("/tls/good", reply(feed("tls")), server=good)
    f.bad("/tls/downgrade", redirect(f.lanes[0].url("/good"), 301), "down to http", server=good)
    reasons = {
        "good": "signed by nobody but itself",
        "member-past": "expired (is this machine's clock right?)",
        "member-future": "not yet valid (is this machine's clock right?)",
        "member-elsewhere": "for another host",
    }
    for name, words in reasons.items():
        f.bad(f"/tls/{name}", reply(feed("tls")), words, server=f.tls(name))
    f.subscribe(f"https://127.0.0.1:{f.mute()}/tls/hang", "error", words="no answer within")
    f.subscribe(f"https://127.0.0.1:{shut(f).port}/tls/cut", "error")
    f.subscribe(
        f.lanes[0].url("/tls/plain").replace("http:", "https:"), "error", words="TLS handshake failed"
    )


def shut(f: Faults) -> Server:
    """A server that closes what it takes."""
    from tests.aggregator.faultserver import Shut

    return f.opened(Shut())


TABLES = (connections, lengths, heads, codings, redirects, statuses, secure)
