"""A loopback server of real documents: an ETag for each, 304 for who has it, and a switch to forget both."""

from __future__ import annotations

import threading
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class FileServer:
    """Serves ``files`` (path -> bytes, content type) on 127.0.0.1; counts answers by status."""

    def __init__(self, files: dict[str, tuple[bytes, str]]) -> None:
        self.files = files
        self.conditional = True
        self.statuses: dict[int, int] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str) -> str:
        """The address of a document."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{path}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body, kind = self.files[request.path.lstrip("/")]
        tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
        status = 304 if self.conditional and request.headers.get("If-None-Match") == tag else 200
        self.statuses[status] = self.statuses.get(status, 0) + 1
        request.send_response(status)
        if self.conditional:
            request.send_header("ETag", tag)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", "0" if status == 304 else str(len(body)))
        request.end_headers()
        if status == 200:
            request.wfile.write(body)
