"""A proxy on loopback, SOCKS5 and HTTP CONNECT on one port, that leads every name to loopback and notes it.

with ProxyServer(port) as proxy:      # ``port``: where all names lead; 0: to the port that was asked for
    proxy.asked     # [("feeds.example", 443), …]
    proxy.logins    # [("user", "password"), …]
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Self

PATIENCE = 10.0  # seconds until a connection that nobody uses is given up


class ProxyServer:
    """Listens from construction to ``close``.

    ``code`` is what SOCKS answers to a request; ``password``: who may use it; ``says``: bytes that are said
    instead of any protocol.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        code: int = 0,
        password: str = "",
        says: bytes | None = None,
        mute: bool = False,
    ) -> None:
        self.asked: list[tuple[str, int]] = []
        self.logins: list[tuple[str, str]] = []
        self.heads: list[bytes] = []
        self._to = port
        self._code = code
        self._password = password
        self._says = says
        self._mute = mute
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def url(self, scheme: str = "socks5h", login: str = "") -> str:
        """Its address for a configuration."""
        return f"{scheme}://{login}127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        with connection, contextlib.suppress(OSError, IndexError):
            first = connection.recv(1)
            if self._mute:
                self._stop.wait(PATIENCE)
            elif self._says is not None:
                connection.recv(4096)
                connection.sendall(self._says)
            elif first == b"\x05":
                self._socks(connection)
            elif first:
                self._http(connection, first)

    def _socks(self, connection: socket.socket) -> None:
        methods = connection.recv(connection.recv(1)[0])
        wanted = 2 if self._password else 0
        if wanted not in methods:
            connection.sendall(b"\x05\xff")
            return
        connection.sendall(bytes([5, wanted]))
        if wanted and not self._login(connection):
            return
        kind = exactly(connection, 4)[3]
        if kind == 3:
            host = exactly(connection, exactly(connection, 1)[0]).decode()
        else:
            family, size = (socket.AF_INET, 4) if kind == 1 else (socket.AF_INET6, 16)
            host = socket.inet_ntop(family, exactly(connection, size))
        port = int.from_bytes(exactly(connection, 2), "big")
        self.asked.append((host, port))
        connection.sendall(bytes([5, self._code, 0, 1, 0, 0, 0, 0, 0, 0]))
        if not self._code:
            self._join(connection, port)

    def _login(self, connection: socket.socket) -> bool:
        exactly(connection, 1)
        user = exactly(connection, exactly(connection, 1)[0]).decode()
        password = exactly(connection, exactly(connection, 1)[0]).decode()
        self.logins.append((user, password))
        connection.sendall(bytes([1, password != self._password]))
        return password == self._password

    def _http(self, connection: socket.socket, head: bytes) -> None:
        while not head.endswith(b"\r\n\r\n"):
            head += exactly(connection, 1)
        self.heads.append(head)
        host, _, port = head.split(b" ")[1].decode().rpartition(":")
        self.asked.append((host, int(port)))
        if self._password and self._password.encode() not in head:
            connection.sendall(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 Go\r\nX-Proxy: 1\r\n\r\n")
        self._join(connection, int(port))

    def _join(self, near: socket.socket, port: int) -> None:
        """Carry bytes both ways."""
        with socket.create_connection(("127.0.0.1", self._to or port)) as far:
            other = {near: far, far: near}
            while not self._stop.is_set():
                for ready in select.select([near, far], [], [], 0.1)[0]:
                    if not (data := ready.recv(65_536)):
                        return
                    other[ready].sendall(data)


def exactly(connection: socket.socket, size: int) -> bytes:
    """The next ``size`` bytes."""
    data = b""
    while len(data) < size:
        data += connection.recv(size - len(data)) or b"\0" * size
    return data[:size]
