"""Publishers' sites on loopback, each at an address of its own, that note when what was asked of them.

with Sites(3) as sites:
    sites.serve(0, "/story/1", page(b"…"))
    sites.log       # [(seconds, host, path), …] in the order in which requests began
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Self

PATIENCE = 20.0  # seconds until a connection that hangs is given up here
CHUNK = b"x" * 65_536

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers as it was told to, keeps connections open."""

    server: Site
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE

    def do_GET(self) -> None:
        """Note the request and answer it."""
        self.server.note(self.path)
        try:
            answer = self.server.answers.get(self.path) or status(404)
            with contextlib.suppress(OSError):
                answer(self)
        finally:
            self.server.done()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Site(ThreadingHTTPServer):
    """One host with its own log."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, host: str, log: list[tuple[float, str, str]], lock: threading.Lock) -> None:
        super().__init__((host, 0), Handler)
        self.host = host
        self.answers: dict[str, Answer] = {}
        self.under_way = 0
        self.most_at_once = 0
        self.stopping = threading.Event()
        self._log = log
        self._lock = lock

    @property
    def url(self) -> str:
        """Its address without a slash."""
        return f"http://{self.host}:{self.server_port}"

    def note(self, path: str) -> None:
        """A request begins."""
        with self._lock:
            self._log.append((time.monotonic(), self.host, path))
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)

    def done(self) -> None:
        """A request is answered."""
        with self._lock:
            self.under_way -= 1


class Sites:
    """Some sites at 127.0.0.2 and on; a context manager."""

    def __init__(self, number: int) -> None:
        self.log: list[tuple[float, str, str]] = []
        lock = threading.Lock()
        self._sites = [Site(f"127.0.0.{2 + place}", self.log, lock) for place in range(number)]
        self._threads = [
            threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True) for site in self._sites
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for site in self._sites:
            site.stopping.set()
            site.shutdown()
            site.server_close()
        for thread in self._threads:
            thread.join()

    def __getitem__(self, place: int) -> Site:
        return self._sites[place]

    def serve(self, place: int, path: str, answer: Answer) -> str:
        """Say what a path of a site answers; returns its address."""
        self._sites[place].answers[path] = answer
        return self._sites[place].url + path

    def asked(self, place: int) -> list[str]:
        """The paths that were asked for at a site, in order."""
        return [path for _, host, path in self.log if host == self._sites[place].host]

    def gaps(self, place: int) -> list[float]:
        """The seconds between the beginnings of a site's requests."""
        times = [at for at, host, _ in self.log if host == self._sites[place].host]
        return [later - earlier for earlier, later in pairwise(times)]


def page(body: bytes, kind: str = "text/html; charset=utf-8") -> Answer:
    """A document."""
    return status(200, body, Content_Type=kind)


def status(number: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer with a status; ``_`` in the names of headers stands for ``-``."""

    def answer(handler: Handler) -> None:
        handler.send_response(number)
        for name, value in {**headers, "Content_Length": str(len(body))}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hang(handler: Handler) -> None:
    """Never answer."""
    handler.server.stopping.wait(PATIENCE)
    handler.close_connection = True


def endless(handler: Handler) -> None:
    """A body without end, as long as somebody takes it."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Connection", "close")
    handler.end_headers()
    while not handler.server.stopping.is_set():
        handler.wfile.write(CHUNK)


def five_gigabytes(handler: Handler) -> None:
    """A body that says that it has five gigabytes."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.send_header("Content-Length", str(5_000_000_000))
    handler.end_headers()
    while not handler.server.stopping.is_set():
        handler.wfile.write(CHUNK)


def report(log: list[tuple[float, str, str]]) -> dict[str, int]:
    """How many requests each host had."""
    counts: defaultdict[str, int] = defaultdict(int)
    for _, host, _ in log:
        counts[host] += 1
    return dict(counts)
