"""A scripted HTTP server on loopback: it answers exactly what it was told to, faults included.

    with Server() as server:
        server.answer("/feed", reply(b"<rss/>", ETag='"1"'), reply(status=304))
        server.url("/feed")
        server.requests[0].header("user-agent")

The answers of a path are given in turn, the last one for ever after. An answer is bytes, or a list of
steps: bytes, ``Drip`` (byte after byte), ``Endless`` (over and over), ``Gate`` (wait for an event),
``RESET``, ``CLOSE``; or a function of the request that gives one of these.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

PATIENCE = 20.0  # seconds until a server that nobody closes gives up
TLS_HELLO = b"\x16"  # first byte of a TLS record that opens a handshake
CLOSE = object()
RESET = object()


@dataclass(frozen=True)
class Drip:
    """Bytes that come one by one, ``every`` seconds."""

    data: bytes
    every: float = 0.02


@dataclass(frozen=True)
class Endless:
    """Bytes that come over and over, as long as somebody takes them."""

    data: bytes


@dataclass(frozen=True)
class Gate:
    """Holds the answer until the event is set."""

    event: threading.Event = field(default_factory=threading.Event)


Step = bytes | Drip | Endless | Gate | object


@dataclass(frozen=True)
class Request:
    """A request as it came: ``head`` is every byte of it, ``connection`` counts from 0."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    head: bytes
    connection: int

    def header(self, name: str) -> str | None:
        """The value of a header, None where it was not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Answer = bytes | list[Step] | Callable[[Request], bytes | list[Step]]


def reply(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """A whole well-formed answer; ``_`` in header names stands for ``-``."""
    names = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    if status not in (204, 304):
        names.setdefault("content-length", str(len(body)))
    lines = [f"HTTP/1.1 {status} Any", *(f"{name}: {value}" for name, value in names.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def gzipped(body: bytes, **headers: str) -> bytes:
    """The same, compressed."""
    return reply(gzip.compress(body), Content_Encoding="gzip", **headers)


def redirect(location: str, status: int = 302, **headers: str) -> bytes:
    """A redirect."""
    return reply(status=status, Location=location, **headers)


class Server:
    """Listens on ``host`` from construction to ``close``; a thread for each connection."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.tls = tls
        self.requests: list[Request] = []
        self.connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self.asked = threading.Event()  # set once anything was asked
        self._answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server((host, 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def url(self, path: str = "/", host: str = "") -> str:
        """The address of a path here, by another name of the host if given."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host or self.host}:{self.port}{path}"

    def answer(self, target: str, *answers: Answer) -> str:
        """Say what ``target`` answers; returns its URL."""
        self._answers[target] = list(answers)
        return self.url(target)

    def targets(self) -> list[str]:
        """What was asked for, in order."""
        return [request.target for request in self.requests]

    def close(self) -> None:
        """Stop listening, cut all connections, wait for the threads."""
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, work: object, *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._serve, connection, self.connections)
            self.connections += 1

    def _serve(self, plain: socket.socket, number: int) -> None:
        plain.settimeout(PATIENCE)
        connection = plain
        with self._lock:
            self._open.add(plain)
        with contextlib.suppress(OSError):
            if self.tls is not None:
                connection = self.tls.wrap_socket(plain, server_side=True)
                with self._lock:
                    self._open = {*self._open - {plain}, connection}
            while (request := self._read(connection, number)) is not None:
                if not self._play(connection, self._next(request)):
                    break
        with self._lock:
            self._open.discard(connection)
        connection.close()

    def _read(self, connection: socket.socket, number: int) -> Request | None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return None
            head += byte
            if head == TLS_HELLO:  # as web servers do when TLS comes to a plain port
                connection.sendall(reply(status=400))
                return None
        first, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = first.split(" ")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        request = Request(method, target, headers, head, number)
        with self._lock:
            self.requests.append(request)
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.asked.set()
        return request

    def _next(self, request: Request) -> list[Step]:
        with self._lock:
            answers = self._answers[request.target] or [reply(status=404)]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if callable(answer):
            answer = answer(request)
        return [answer] if isinstance(answer, bytes) else answer

    def _play(self, connection: socket.socket, steps: list[Step]) -> bool:
        """Send an answer; False where the connection ends with it."""
        *first, last = steps
        for step in first:
            if not self._step(connection, step):
                return self._answered(False)
        with self._lock:
            self.in_flight -= 1  # before the last byte, so that the next request cannot overtake us
        return self._step(connection, last)

    def _answered(self, goes_on: bool) -> bool:
        with self._lock:
            self.in_flight -= 1
        return goes_on

    def _step(self, connection: socket.socket, step: Step) -> bool:
        if isinstance(step, bytes):
            connection.sendall(step)
            return True
        if isinstance(step, Drip):
            return self._drip(connection, step)
        if isinstance(step, Gate):
            return self._wait(step)
        if isinstance(step, Endless):
            return self._go_on(connection, step.data)
        if step is RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _drip(self, connection: socket.socket, step: Drip) -> bool:
        for byte in step.data:
            connection.sendall(bytes([byte]))
            if self._stop.wait(step.every):
                return False
        return True

    def _wait(self, step: Gate) -> bool:
        while not step.event.wait(0.05):
            if self._stop.is_set():
                return False
        return True

    def _go_on(self, connection: socket.socket, data: bytes) -> bool:
        while not self._stop.is_set():
            connection.sendall(data)
        return False
