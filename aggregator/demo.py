"""The demo: a server on the loopback address for the invented outlets of ``demo_pages``."""

from __future__ import annotations

import gzip
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from aggregator.demo_pages import Outlet, Page, Scene, outlets, pages

HOST = "127.0.0.1"
PATIENCE = 5  # seconds a connection may idle before its thread ends
STOP_WITHIN = 0.05  # seconds until the server notices that it shall stop
FILTERS = (
    ("Unread", "unread"),
    ("Starred", "starred"),
    ("Arabic, last day", "lang:ar since:24h"),
    ("Steam train", '"Wadi Rum"'),
)
SETTINGS = f"""# The demo's configuration; thrown away when the demo ends.

[fetch]
allow_private = ["{HOST}"] # the sample outlets live on this machine
spacing = 0 # … and do not mind
per_host = 4

[full_text]
spacing = 0

[related]
vectors = false # so that the demo opens at once and is the same on every machine
"""


class Site(ThreadingHTTPServer):
    """The listening socket and what it serves."""

    daemon_threads = False  # closing waits for the threads, so that no socket is left
    pages: dict[str, Page]


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of the pages, with validators and packing. One request a connection (HTTP/1.0)."""

    server: Site
    timeout = PATIENCE
    server_version = "HakawatiDemo"
    sys_version = ""

    def do_GET(self) -> None:
        """The page, or 304 where it is known already, or 404."""
        page = self.server.pages.get(self.path)
        if page is None:
            self.answer(404, Page("text/plain; charset=utf-8", b"no such sample page"))
        elif self.headers.get("If-None-Match") == page.etag:
            self.answer(304, Page(page.type, b""), page.etag)
        else:
            self.answer(200, page, page.etag)

    do_HEAD = do_GET

    def answer(self, status: int, page: Page, etag: str = "") -> None:
        """Send a page; packed where the client can unpack it."""
        packed = bool(page.body) and "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(page.body, mtime=0) if packed else page.body
        self.send_response(status)
        headers = {"Content-Type": page.type, "Content-Length": str(len(body)), "Vary": "Accept-Encoding"}
        for name, value in {**headers, "ETag": etag, "Content-Encoding": "gzip" if packed else ""}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal belongs to the reader."""


class DemoServer:
    """The sample outlets on a free port of the loopback address while the ``with`` block lasts.

    ``epoch`` is 0 at first; 1 brings a corrected headline and the latest articles. ``now`` (seconds)
    is what the ages of the articles are counted from. ``url`` is the server's address without a slash.
    """

    def __init__(self, now: int | None = None) -> None:
        self._now = int(time.time()) if now is None else now
        self._site = Site((HOST, 0), Handler)
        self._thread = threading.Thread(target=self._site.serve_forever, args=(STOP_WITHIN,), daemon=True)
        self.url = f"http://{HOST}:{self._site.server_port}"
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """Which edition is served."""
        return self._epoch

    @epoch.setter
    def epoch(self, value: int) -> None:
        self._epoch = value
        self._site.pages = pages(Scene(self.url, self._now, value))

    def __enter__(self) -> DemoServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._site.shutdown()
        self._thread.join()
        self._site.server_close()


def demo_config(base_url: str, folder: Path) -> Path:
    """Write the demo's config.toml into an existing folder; its path."""
    filters = (block("filters", {"name": name, "query": query}) for name, query in FILTERS)
    feeds = (block("feeds", feed_keys(outlet, base_url)) for outlet in outlets())
    path = folder / "config.toml"
    path.write_text("\n".join([SETTINGS, *filters, *feeds]), "utf-8")
    return path


def feed_keys(outlet: Outlet, base_url: str) -> dict[str, object]:
    """What the configuration says of a sample outlet."""
    whole: dict[str, object] = {"full_text": "always"} if any(item.page for item in outlet.articles) else {}
    return whole | {
        "url": base_url + outlet.path,
        "title": outlet.title,
        "outlet": outlet.outlet,
        "language": outlet.language,
        "country": outlet.country,
        "owner": "nobody: invented for the demo",
        "tags": outlet.tags,
    }


def block(table: str, keys: dict[str, object]) -> str:
    """A table of an array of tables; JSON's texts and lists of texts are TOML's too."""
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in keys.items())
    return f"[[{table}]]\n{''.join(lines)}"
