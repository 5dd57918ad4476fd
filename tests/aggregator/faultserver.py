"""Publishers' servers with every fault of the catalogue, on loopback: each route with what must come of it.

with Faults() as faults:
    faults.config(folder)      # subscribes to all of them, in ``folder``
    faults.routes              # [Route(url, expect, …), …]

127.0.0.1 is subscribed, on several ports so that hanging routes do not wait for each other; 127.0.0.2 is a
foreign host that redirects lead to; 127.0.0.3 is a canary that nothing may ever ask.
"""

from __future__ import annotations

import itertools
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.aggregator.httpserver import Answer, Server

CERTS = Path(__file__).parent / "certs"
LANES = 6  # ports of the subscribed host


@dataclass(frozen=True)
class Route:
    """An address and what one sync must make of it: ok, error, either, gone, moved, later.

    ``items`` articles where it is known; ``title`` of one of them; ``words`` in the error;
    ``wait``: seconds that must pass before the next poll; ``keys`` for its block of the configuration.
    """

    url: str
    expect: str
    items: int | None = None
    title: str = ""
    words: str = ""
    wait: int = 0
    keys: str = ""


class Shut(Server):
    """Takes a connection and closes it at once."""

    def _serve(self, plain: socket.socket, number: int) -> None:
        plain.close()


class Faults:
    """All servers with all routes; a context manager."""

    def __init__(self) -> None:
        from tests.aggregator import faults_http, faults_text

        self.routes: list[Route] = []
        self._stack = ExitStack()
        self.lanes = [self.opened(Server()) for _ in range(LANES)]
        self.foreign = self.opened(Server("127.0.0.2"))
        self.canary = self.opened(Server("127.0.0.3"))
        self._turn = itertools.cycle(self.lanes)
        for table in (*faults_http.TABLES, *faults_text.TABLES):
            table(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def opened(self, server: Server) -> Server:
        """A server that is closed with the others."""
        return self._stack.enter_context(server)

    def tls(self, certificate: str) -> Server:
        """A TLS server with one of the certificates."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / f"{certificate}.pem")
        return self.opened(Server(tls=context))

    def mute(self) -> int:
        """The port of a socket that takes connections and never says a word."""
        listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port: int = listener.getsockname()[1]
        return port

    def ok(self, path: str, answer: Answer, *, items: int = 2, title: str = "", **more: Any) -> Route:
        """A route that must give so many articles."""
        return self.add(path, "ok", answer, items=items, title=title, **more)

    def bad(self, path: str, answer: Answer, words: str = "", **more: Any) -> Route:
        """A route that must fail in these words."""
        return self.add(path, "error", answer, words=words, **more)

    def odd(self, path: str, answer: Answer) -> Route:
        """A route of which no more is asked than that it does no harm."""
        return self.add(path, "either", answer)

    def add(self, path: str, expect: str, answer: Answer, server: Server | None = None, **more: Any) -> Route:
        """A route of the subscribed host; ``server`` where it must be a certain one."""
        return self.subscribe((server or next(self._turn)).answer(path, answer), expect, **more)

    def subscribe(self, url: str, expect: str, **more: Any) -> Route:
        """An address that is no path of ours, or of another server."""
        route = Route(url, expect, **more)
        self.routes.append(route)
        return route

    def config(self, folder: Path, *, deadline: float) -> Path:
        """A configuration that follows every route, for its owner's eyes only; returns its path."""
        path = folder / "config.toml"
        path.touch(mode=0o600)
        path.write_text("\n".join(self.lines(deadline)), "utf-8")
        return path

    def lines(self, deadline: float) -> Iterator[str]:
        """The lines of that configuration."""
        yield "[fetch]\nspacing = 0\nper_host = 16\nmax_bytes = 3000000"
        yield f'deadline = {deadline}\nca_file = "{CERTS / "authority.pem"}"'
        yield 'allow_private = ["127.0.0.1", "127.0.0.2"]'
        yield "[related]\nvectors = false\n[full_text]\nper_sync = 0"
        for route in self.routes:
            yield f'[[feeds]]\nurl = "{route.url}"\n{route.keys}'
