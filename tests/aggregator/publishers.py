"""A town of publishers on loopback, each with manners of its own, under a clock that the test moves.

Every publisher is a host by name (the reader's resolver is told where they are); what was asked of whom,
when, and what was answered is in ``Town.log``, for a judge.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Self

from tests.aggregator.rounds import item, rss

MINUTE, HOUR, DAY = 60, 3600, 86_400
START = 1_790_000_000  # a Monday, 14:13 UTC
OVERLAP = 0.001  # seconds an answer takes, so that two at once are seen to be


@dataclass
class Clock:
    """The time as it is, and the reader's, which may be wrong by ``offset``."""

    true: float = START
    offset: float = 0.0
    under_way: int = 0  # requests; while there are any, no time passes

    def reader(self) -> float:
        """What the reader's clock says."""
        return self.true + self.offset

    def monotonic(self) -> float:
        """What a clock says that nobody sets."""
        return self.true

    async def sleep(self, seconds: float) -> None:
        """Time passes, once what happens now has happened."""
        until = self.true + seconds
        while self.under_way:
            await asyncio.sleep(OVERLAP)
        self.true = max(self.true, until)


@dataclass(frozen=True)
class Asked:
    """A request and its answer."""

    at: float
    reader: float  # the same moment by the reader's clock
    host: str
    target: str
    method: str
    headers: Mapping[str, str]
    order: tuple[str, ...]
    status: int
    answer: Mapping[str, str]
    together: int  # requests under way at this host, this one included

    @property
    def url(self) -> str:
        """Host and path."""
        return f"{self.host}{self.target}"


Headers = dict[str, str]
Answer = tuple[int, Headers, bytes]
Manner = Callable[["Publisher", Headers, float], Answer]


@dataclass
class Publisher:
    """A feed: a new article every ``every`` seconds, the newest ``kept`` of them in its document."""

    url: str  # host and path
    manner: Manner
    every: int = 2 * DAY
    kept: int = 10
    extra: str = ""  # of the channel
    polls: int = 0
    first: int = field(default_factory=lambda: START - 30 * DAY)

    def newest(self, now: float) -> int:
        """The number of the newest article."""
        return int(now - self.first) // self.every

    def changed(self, now: float) -> float:
        """When that one came."""
        return self.first + self.newest(now) * self.every

    def document(self, now: float) -> bytes:
        """The feed as it is now."""
        numbers = range(self.newest(now), self.newest(now) - self.kept, -1)
        name = self.url.replace("/", ".")
        items = [
            item(n, f"{name} {n}", guid=f"{name}-{n}", when=formatdate(self.first + n * self.every))
            for n in numbers
        ]
        document = rss(*items).replace(b"<channel>", f"<channel>{self.extra}".encode())
        document = document.replace(b"Invented News", self.url.encode())
        return document.replace(b"news.example", self.url.partition("/")[0].encode())


# --- manners -------------------------------------------------------------------------------------


def whole(one: Publisher, now: float, **headers: str) -> Answer:
    """A document; ``_`` in header names stands for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return 200, {"Content-Type": "application/rss+xml", **named}, one.document(now)


def etag_of(one: Publisher, now: float) -> str:
    """A hash of the document."""
    return hashlib.md5(one.document(now), usedforsecurity=False).hexdigest()


def validating(*, etag: str = "", modified: str = "", **headers: str) -> Manner:
    """A feed with validators, of the forms given: ``{}`` stands for the hash, "date" for the real date."""

    def manner(one: Publisher, asked: Headers, now: float) -> Answer:
        given = dict(headers)
        if etag:
            given["ETag"] = etag.format(etag_of(one, now))
        if modified:
            given["Last_Modified"] = (
                formatdate(one.changed(now), usegmt=True) if modified == "date" else modified
            )
        same_tag = etag and asked.get("if-none-match") == given["ETag"]
        same_date = (
            not etag and modified == "date" and asked.get("if-modified-since") == given["Last_Modified"]
        )
        if same_tag or same_date:
            return 304, {name.replace("_", "-"): value for name, value in given.items()}, b""
        return whole(one, now, **given)

    return manner


polite = validating(etag='"{}"', modified="date")


def bare(one: Publisher, asked: Headers, now: float) -> Answer:
    """No validators."""
    return whole(one, now)


def rotating(one: Publisher, asked: Headers, now: float) -> Answer:
    """Another ETag with each answer."""
    return whole(one, now, ETag=f'"{one.polls}"')


def packed(one: Publisher, asked: Headers, now: float) -> Answer:
    """Compressed, with a cookie."""
    status, headers, body = polite(one, asked, now)
    return (
        status,
        headers | {"Content-Encoding": "gzip", "Set-Cookie": "id=7"},
        gzip.compress(body) if body else b"",
    )


def expiring(one: Publisher, asked: Headers, now: float) -> Answer:
    """Good for four hours, by date."""
    status, headers, body = polite(one, asked, now)
    return status, headers | {"Expires": formatdate(now + 4 * HOUR, usegmt=True)}, body


def refusing(status: int, *waits: str, days: tuple[int, int] = (2, 4)) -> Manner:
    """Refuses between two days, with each of ``waits`` in turn as Retry-After ("": none, "+N": a date)."""

    def manner(one: Publisher, asked: Headers, now: float) -> Answer:
        if not days[0] <= (now - START) / DAY < days[1]:
            return polite(one, asked, now)
        wait = waits[one.polls % len(waits)] if waits else ""
        if wait.startswith("+"):
            wait = formatdate(now + int(wait), usegmt=True)
        return status, {"Retry-After": wait} if wait else {}, b"no"

    return manner


def failing(status: int, *, after: int = 1) -> Manner:
    """Answers ``after`` times well, then never again."""

    def manner(one: Publisher, asked: Headers, now: float) -> Answer:
        return polite(one, asked, now) if one.polls < after else (status, {}, b"no")

    return manner


def by_turns(one: Publisher, asked: Headers, now: float) -> Answer:
    """Every other answer is an error."""
    return (500, {}, b"") if one.polls % 2 else polite(one, asked, now)


def going_to(place: str, status: int, *, since: int = 0, until: int = 99) -> Manner:
    """Redirects between two days."""

    def manner(one: Publisher, asked: Headers, now: float) -> Answer:
        if since <= (now - START) / DAY < until:
            return status, {"Location": place}, b""
        return polite(one, asked, now)

    return manner


def page(one: Publisher, asked: Headers, now: float) -> Answer:
    """A web page with an ETag."""
    return (
        200,
        {"Content-Type": "text/html", "ETag": '"page"'},
        b"<!doctype html><title>Sign in</title><p>Hello</p>",
    )


def page_at_times(one: Publisher, asked: Headers, now: float) -> Answer:
    """Every third answer is a page, which has an ETag too."""
    return page(one, asked, now) if one.polls % 3 == 2 else polite(one, asked, now)


def false_304(one: Publisher, asked: Headers, now: float) -> Answer:
    """Now and then "not modified" to a question that had no condition."""
    conditional = "if-none-match" in asked or "if-modified-since" in asked
    return (304, {}, b"") if not conditional and one.polls in (0, 5) else polite(one, asked, now)


def walled(one: Publisher, asked: Headers, now: float) -> Answer:
    """A bot check."""
    return 403, {"cf-mitigated": "challenge", "Content-Type": "text/html"}, b"<html>Just a moment</html>"


def locked(one: Publisher, asked: Headers, now: float) -> Answer:
    """Wants a password, and sends on to another host once it has it."""
    if "authorization" not in asked:
        return 401, {}, b""
    return 302, {"Location": "/elsewhere"}, b""


# --- the server ----------------------------------------------------------------------------------


class Town:
    """The publishers' server; a thread with a loop of its own."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.publishers: dict[str, Publisher] = {}
        self.log: list[Asked] = []
        self.unknown: list[str] = []
        self._together: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}  # type: ignore[arg-type]  # there is one
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def add(self, url: str, manner: Manner, *, every: int = 2 * DAY, kept: int = 10, extra: str = "") -> str:
        """A publisher at "host/path"; returns the address to ask."""
        self.publishers[url] = Publisher(url, manner, every, kept, extra)
        return self.at(url)

    def at(self, url: str) -> str:
        """The address of "host/path"."""
        host, _, path = url.partition("/")
        return f"http://{host}:{self.port}/{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                await self._answer(head, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> None:
        first, *lines = head.split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        headers = {name.lower(): value for name, value in pairs}
        host = headers["host"].partition(":")[0]
        now = self.clock.true
        self._together[host] += 1
        await asyncio.sleep(OVERLAP)
        status, answer, body = self._said(f"{host}{target}", headers, now)
        self.log.append(
            Asked(
                now,
                self.clock.reader(),
                host,
                target,
                method,
                headers,
                tuple(name for name, _ in pairs),
                status,
                {name.lower(): value for name, value in answer.items()},
                self._together[host],
            )
        )
        named = {"Date": formatdate(now, usegmt=True), **answer}
        if status != 304:
            named["Content-Length"] = str(len(body))
        rows = [f"HTTP/1.1 {status} Any", *(f"{name}: {value}" for name, value in named.items()), "", ""]
        self._together[host] -= 1
        writer.write("\r\n".join(rows).encode("latin-1") + body)

    def _said(self, url: str, headers: Headers, now: float) -> Answer:
        one = self.publishers.get(url)
        if one is None:
            self.unknown.append(url)
            return 404, {}, b""
        status, answer, body = one.manner(one, headers, now)
        one.polls += 1
        if answer.get("Location", "").startswith(("http", "/")) is False and "Location" in answer:
            answer = answer | {"Location": self.at(answer["Location"])}
        return status, answer, body

    def of(self, url: str) -> list[Asked]:
        """What was asked of "host/path"."""
        return [one for one in self.log if one.url == url]

    def by_url(self) -> Iterator[tuple[str, list[Asked]]]:
        """All of the log, by address."""
        for url in dict.fromkeys(one.url for one in self.log):
            yield url, self.of(url)
