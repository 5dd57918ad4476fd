"""A child of the tests in a network of its own, where nothing is but a proxy: one sync, and what it did.

Run as ``unshare -rn python -m tests.aggregator.cut_off FOLDER MODE``; prints a JSON object. MODE is ``own``
(each feed names the proxy), ``all`` ([fetch] names it), ``down`` (as all, but nobody listens) or ``none``
(there is no proxy: no network at all).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
from email.utils import formatdate
from pathlib import Path

from tests.aggregator.httpserver import Server, redirect, reply
from tests.aggregator.proxyserver import ProxyServer
from tests.aggregator.rounds import item, rss

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1  # linux/sockios.h, linux/if.h
CALLS = "connect,sendto,sendmsg,sendmmsg"  # all by which something can leave
CALL = re.compile(
    r"(connect|sendto|sendmsg|sendmmsg)\(.*?sa_family=(AF_INET6?),.*?htons\((\d+)\).*?\"([^\"]+)\""
)
FEEDS = ("http://one.example/feed", "http://two.example/moved", "http://93.184.215.14/feed")


def lift_loopback() -> None:
    """Bring ``lo`` up, which is down in a new network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def write_config(folder: Path, mode: str, proxy: str) -> Path:
    """Three feeds, whose pages are to be fetched too."""
    lines = ["[fetch]", "spacing = 0", f'proxy = "{proxy}"' if mode in ("all", "down") else ""]
    lines += [
        'allow_private = ["192.168.77.1"]',
        "[full_text]",
        "spacing = 0",
        'policy = "always"',
        "[related]",
        "vectors = false",
    ]
    for url in FEEDS:
        lines += ["[[feeds]]", f'url = "{url}"', f'proxy = "{proxy}"' if mode == "own" else ""]
    path = folder / "config.toml"
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return path


def contacted(trace: Path) -> list[str]:
    """Every address that a system call named, "host:port"."""
    if not trace.exists():
        return []
    return sorted({f"{found[4]}:{found[3]}" for found in CALL.finditer(trace.read_text(errors="replace"))})


def serve(server: Server) -> None:
    """The sites behind the proxy: all names lead here."""
    story = "<html><body><article><h1>A</h1>" + "<p>Invented words of a whole page. </p>" * 30
    server.answer("/robots.txt", reply(b"User-agent: *\nDisallow:\n", Content_Type="text/plain"))
    fresh = rss(item(1, when=formatdate())).replace(b"https://", b"http://")
    server.answer("/feed", reply(fresh))
    server.answer("/moved", redirect("http://three.example/feed"))
    server.answer("/story/1", reply(story.encode(), Content_Type="text/html"))


def main(folder: Path, mode: str) -> None:
    """One sync of it."""
    lift_loopback()
    trace = folder / "trace"
    with Server() as server, ProxyServer(server.port) as proxy:
        serve(server)
        address = "socks5h://127.0.0.1:1" if mode == "down" else proxy.url()
        command = [sys.executable, "-m", "aggregator", "sync", "--config"]
        command.append(str(write_config(folder, mode, address)))
        if strace := shutil.which("strace"):
            command = [strace, "-f", "-qq", "-e", f"trace={CALLS}", "-o", str(trace), *command]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=os.environ
        )
        result = {
            "names": sorted({host for host, _ in proxy.asked}),
            "targets": sorted({request.target for request in server.requests}),
            "contacted": contacted(trace),
            "traced": trace.exists(),
            "proxy": f"127.0.0.1:{proxy.port}",
            "said": done.stdout + done.stderr,
            "code": done.returncode,
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
